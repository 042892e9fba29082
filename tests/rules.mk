# make check: everything is built, then one prove runs all tests.
#
# tests/abi/X.c is built static as $(T)/abi/X; $(T)/abi/X.t is compare.pl under that name, which
# runs X here and in guests.  tests/run/*.t drive um from outside.  Unit tests are programs that
# unit.mk adds to UNIT_TESTS.
T := $(B)/tests
NPROC := $(shell nproc 2>/dev/null || echo 2)
PROVE ?= prove
# In one prove: more jobs than CPUs would make deadlines meaningless.
PROVE_JOBS ?= $(NPROC)

ABI_AREAS := $(filter-out abi,$(basename $(notdir $(wildcard tests/abi/*.c))))
ABI_PROGRAMS := $(addprefix $(T)/abi/,$(ABI_AREAS))
ABI_T := $(addsuffix .t,$(ABI_PROGRAMS))
ABI_CFLAGS = -O2 -g -std=gnu11 -D_FILE_OFFSET_BITS=64 -Wall -Wextra -pthread -static
RUN_T := $(sort $(wildcard tests/run/*.t))
TREE_T := $(sort $(wildcard tests/*.t))

UNIT_TESTS :=
-include tests/unit/unit.mk
-include tests/port/port.mk

ABI_LIBS_fp = -lm
# On CPUs without 64-bit atomic operations.
ABI_LIBS_vdso = -latomic

$(ABI_PROGRAMS): $(T)/abi/%: tests/abi/%.c tests/abi/abi.c $(wildcard tests/abi/*.h) tests/rules.mk
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(ABI_CFLAGS) -o $@ $< tests/abi/abi.c $(ABI_LIBS_$*)

$(ABI_T): | tests/abi/compare.pl
	@mkdir -p $(@D)
	@ln -sfn $(abspath tests/abi/compare.pl) $@

# Those of tests/run for which it matters how a guest's calls and faults reach K, once more in the
# modes that are not the default.  The ptrace gate makes, maps, interrupts and ends spaces and
# threads in its own way, and waits for the host's descriptors through the bell.  nosysemu differs
# from it in the stops of a call alone, so only what makes, breaks or ends calls runs there too.
# Not here: what ends before there is a guest (errors), is about names alone (escape), or chooses
# its modes itself (attack, boot, compare, reflect_attack, rewrite).
NOSYSEMU_RUN := examples leaks leftovers options pipes programs status strace stress vdso
PTRACE_RUN := $(NOSYSEMU_RUN) confine fuzz gdb hostile limits lost scale terminal
MODE_T := $(PTRACE_RUN:%=$(T)/ptrace/%.t) $(NOSYSEMU_RUN:%=$(T)/nosysemu/%.t)

$(MODE_T): | tests/run/in_mode.pl
	@mkdir -p $(@D)
	@ln -sfn $(abspath tests/run/in_mode.pl) $@

# Small programs that tests/run uses in guests.  Those that attack the reflect gate know the layer's
# code, as it is on one CPU.
GUEST_PROGRAMS := $(patsubst tests/run/%.c,$(T)/run/%,$(wildcard tests/run/*.c))
ifneq ($(SUBARCH),x86_64)
GUEST_PROGRAMS := $(filter-out $(T)/run/reflect_attack_%,$(GUEST_PROGRAMS))
endif

$(GUEST_PROGRAMS): $(T)/run/%: tests/run/%.c $(wildcard tests/run/*.h) tests/rules.mk
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(ABI_CFLAGS) -Iinclude -o $@ $<

# The root that tests copy.
$(T)/root.made: tools/mkroot.sh | $(CROSS_BUSYBOX)
	@rm -rf $(T)/root
	@mkdir -p $(T)
	@BUSYBOX=$(CROSS_BUSYBOX) tools/mkroot.sh $(T)/root
	@touch $@

# The unit tests once more, with the sanitizers, in a tree of their own; not for another CPU, whose
# programs are static, which sanitizers do not work with.
ifeq ($(SANITIZE)$(CROSS_LDFLAGS),)
SANITIZED_TESTS := $(patsubst $(B)/%,$(B)/sanitize/%,$(UNIT_TESTS))
sanitized: | $(UNIT_TESTS)
	@$(MAKE) --no-print-directory SANITIZE=address,undefined unit-programs
endif

unit-programs: $(UNIT_TESTS)

tests: $(T)/root.made $(ABI_PROGRAMS) $(ABI_T) $(MODE_T) $(GUEST_PROGRAMS) $(UNIT_TESTS) bench-programs \
	$(if $(SANITIZED_TESTS),sanitized)

MORE_JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(NPROC))

# Both parts run whatever the first one says.
ifeq ($(SUBARCH),$(HOSTARCH))
check: deps-tests
	@$(MAKE) --no-print-directory $(MORE_JOBS) all tests
	@status=0; $(MAKE) --no-print-directory prove || status=1; \
		$(MAKE) --no-print-directory check-ports PORTS="$(PORTS_CHECKED)" || status=1; exit $$status
else ifeq ($(filter $(SUBARCH),$(PORT_NATIVE)),)
check: deps-tests
	@$(MAKE) --no-print-directory check-port PORT_SUITE=full
else
# A um that this machine runs is also driven from outside, as its own one is.
check: deps-tests
	@$(MAKE) --no-print-directory $(MORE_JOBS) all tests
	@status=0; $(MAKE) --no-print-directory prove TESTS="$(RUN_T) $(MODE_T)" || status=1; \
		$(MAKE) --no-print-directory check-port PORT_SUITE=full || status=1; exit $$status
endif

# Only the tests, of what is built.  TESTS= names some: make prove TESTS=tests/run/status.t
# UM_ARGS= are switches for every um: make check-run UM_ARGS=nosysemu
# prove-rules.yml says which tests run alone.
TESTS ?= $(TREE_T) $(UNIT_TESTS) $(SANITIZED_TESTS) $(PORT_TESTS) $(RUN_T) $(MODE_T) $(ABI_T)
prove:
	@HARNESS_RULESFILE=tests/prove-rules.yml ASAN_OPTIONS=detect_leaks=0 UM=$(abspath $(B)/um) \
		UM_ABI_DIR=$(abspath $(T)/abi) UM_GUEST_DIR=$(abspath $(T)/run) \
		UM_OBJ_DIR=$(abspath $(O)) UM_ARGS="$(UM_ARGS)" CC="$(CC)" $(PROVE) -j$(PROVE_JOBS) $(TESTS)

check-abi: all tests
	@$(MAKE) --no-print-directory prove TESTS="$(ABI_T)"

check-run: all tests
	@$(MAKE) --no-print-directory prove TESTS="$(RUN_T)"

check-modes: all tests
	@$(MAKE) --no-print-directory prove TESTS="$(MODE_T)"

.PHONY: check check-abi check-modes check-run prove sanitized tests unit-programs
-include tests/lab/rules.mk
