# make examples: the small programs of examples/, static, in $(B)/examples/.
#
# They are not part of `all`; the tests run them.
E := $(B)/examples
EXAMPLES := $(patsubst examples/%.c,$(E)/%,$(wildcard examples/*.c))

# -Iinclude and sysdep/ as the kernel has them: the examples show the port's headers in use.
EXAMPLE_CFLAGS = -O2 -g -std=gnu11 -D_GNU_SOURCE -static $(WARNINGS) -Iinclude -I$(O)/include

# What reads and writes a stopped thread's registers on this CPU.
$(E)/ptrace_test: EXAMPLE_SRCS = $(filter %/ptrace_user.c,$(SYS_SRCS))

$(EXAMPLES): $(E)/%: examples/%.c examples/rules.mk $(wildcard include/sysdep-$(SUBARCH)/*.h) \
	| $(O)/include/sysdep
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(EXAMPLE_CFLAGS) -o $@ $< $(EXAMPLE_SRCS)

examples: $(EXAMPLES)

tests: examples

.PHONY: examples
