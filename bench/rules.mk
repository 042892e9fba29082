# make bench: builds and runs the measurements of bench/.
#
#   make bench                           bench/compare, all of it
#   make bench BENCH_ARGS=--quick        its short form; BENCH_ARGS= goes to bench/compare
#   make bench-nullcall                  bench/nullcall; NULLCALL_ARGS= are its options
BENCH := $(B)/bench
BENCH_ARGS ?=
NULLCALL_ARGS ?=
BENCH_CFLAGS := -O2 -g -std=gnu11 -D_GNU_SOURCE $(WARNINGS)
BENCH_PROGRAMS := $(addprefix $(BENCH)/,rows keeper regset.so nullcall)

# Static, since it is its own guest program; the port's register access is what um's gate uses.
$(BENCH)/nullcall: bench/nullcall.c $(SYS)/ptrace_user.c bench/rules.mk \
	$(wildcard include/sysdep-$(SUBARCH)/*.h) | $(O)/include/sysdep
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(BENCH_CFLAGS) -static -Iinclude -I$(O)/include -o $@ \
		bench/nullcall.c $(SYS)/ptrace_user.c

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

bench: all bench-programs
	@bench/compare --um $(B)/um --out $(BENCH) $(BENCH_ARGS)

bench-nullcall: all $(BENCH)/nullcall
	@$(BENCH)/nullcall $(NULLCALL_ARGS) $(B)/um

.PHONY: bench bench-nullcall bench-programs
