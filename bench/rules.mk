# make bench: builds and runs the measurements of bench/.
#
#   make bench                      all of it: bench/nullcall, then bench/compare
#   make bench BENCH_ARGS=--quick   within 3 minutes; BENCH_ARGS= goes to bench/compare
#   make bench-nullcall             bench/nullcall alone; NULLCALL_ARGS= goes to it
#   make bench-compare              bench/compare alone
BENCH := $(B)/bench
BENCH_ARGS ?=
NULLCALL_ARGS ?=
BENCH_CFLAGS := -O2 -g -std=gnu11 -D_GNU_SOURCE $(WARNINGS)
BENCH_PROGRAMS := $(addprefix $(BENCH)/,rows keeper regset.so nullcall)

# Static, since it is its own guest program; the port's register access is what um's gate uses.
$(BENCH)/nullcall: bench/nullcall.c $(filter %/ptrace_user.c,$(SYS_SRCS)) bench/rules.mk \
	$(wildcard include/sysdep-$(SUBARCH)/*.h) | $(O)/include/sysdep
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(BENCH_CFLAGS) -static -Iinclude -I$(O)/include -o $@ \
		bench/nullcall.c $(filter %/ptrace_user.c,$(SYS_SRCS))

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

-include $(KCALL_OBJS:.o=.d)

# Static, so that it is the same program in every contender.
$(BENCH)/rows: $(wildcard bench/rows/*.[ch]) bench/rules.mk
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(BENCH_CFLAGS) -pthread -static -o $@ $(filter %.c,$^)

$(BENCH)/keeper: bench/keeper.c bench/rules.mk
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(BENCH_CFLAGS) -o $@ $<

$(BENCH)/regset.so: bench/regset.c bench/rules.mk
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(BENCH_CFLAGS) -shared -fPIC -o $@ $<

bench-programs: $(BENCH_PROGRAMS)

bench-nullcall: all $(BENCH)/nullcall
	@$(BENCH)/nullcall $(NULLCALL_ARGS) $(B)/um

bench-compare: all bench-programs
	@bench/compare --um $(B)/um --out $(BENCH) $(BENCH_ARGS)

# One after the other, or they would measure each other.
bench: bench-nullcall
	@$(MAKE) --no-print-directory bench-compare

.PHONY: bench bench-compare bench-kcall bench-nullcall bench-programs
