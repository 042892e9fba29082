# make bench: builds and runs the measurements of bench/.
#
# BENCH_ARGS= goes to nullcall: -c CPU, -n CALLS, -r ROUNDS.
BENCH := $(B)/bench
BENCH_ARGS ?=

# Static, since it is its own guest program; the port's register access is what um's gate uses.
$(BENCH)/nullcall: bench/nullcall.c $(SYS)/ptrace_user.c bench/rules.mk \
	$(wildcard include/sysdep-$(SUBARCH)/*.h) | $(O)/include/sysdep
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) -O2 -g -std=gnu11 -D_GNU_SOURCE -static $(WARNINGS) -Iinclude -I$(O)/include -o $@ \
		bench/nullcall.c $(SYS)/ptrace_user.c

# um itself, with the calls of bench/kcall.c in the place of the first user code.
KCALL_OBJS := $(O)/bench/kcall.o $(O)/bench/kcall_host.o
$(O)/bench/kcall_host.o: KFLAGS += $(HOSTFLAGS)
$(BENCH)/kcall: $(OBJS) $(SYS_O) $(KCALL_OBJS) bench/rules.mk
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS_UM) -Wl,--wrap=main -Wl,--wrap=user_mode_run -o $@ \
		$(OBJS) $(SYS_O) $(KCALL_OBJS) $(LDLIBS_UM)

# usage: make bench-kcall: ns that K takes for each of some calls.
bench-kcall: $(BENCH)/kcall $(BENCH)/nullcall
	@$(BENCH)/kcall $(BENCH)/nullcall

bench: all $(BENCH)/nullcall
	@$(BENCH)/nullcall $(BENCH_ARGS) $(B)/um

.PHONY: bench bench-kcall
-include $(KCALL_OBJS:.o=.d)
