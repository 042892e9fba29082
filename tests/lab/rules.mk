# The ports' tests: what runs on another CPU than this machine's, in the port lab or, where this
# machine's kernel runs such programs, here.
#
#   make check-ports              a short suite for every port
#   make check-ports PORTS=arm64  for some
#   make SUBARCH=arm64 check      all that port.pl has, for one
PORTS ?= $(filter-out $(HOSTARCH),$(SUBARCHS))
# Those whose short suite passes, and so is part of make check.
PORTS_CHECKED := $(filter-out $(HOSTARCH),i386 arm64 ppc riscv64)
PORT_SUITE ?= short
PORTS_T = $(PORTS:%=build/tests/lab/%.t)

# All that port.pl puts into the lab.
port-programs: $(B)/um $(T)/root.made $(ABI_PROGRAMS) $(MM_TEST_PROGRAMS) $(B)/examples/ptrace_test

$(sort $(PORTS_T) build/tests/lab/$(SUBARCH).t): | tests/lab/port.pl
	@mkdir -p $(@D)
	@ln -sfn $(abspath tests/lab/port.pl) $@

# Each port's test sets up and builds by itself, so that one of them cannot stop the others.
check-ports: $(PORTS_T)
	@PORT_SUITE=$(PORT_SUITE) $(PROVE) -j$(PROVE_JOBS) $(PORTS_T)

check-port: build/tests/lab/$(SUBARCH).t
	@PORT_SUITE=$(PORT_SUITE) $(PROVE) $<

.PHONY: check-ports check-port port-programs
