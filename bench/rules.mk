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

bench: all $(BENCH)/nullcall
	@$(BENCH)/nullcall $(BENCH_ARGS) $(B)/um

.PHONY: bench
