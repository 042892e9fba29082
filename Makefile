# umkit's one build.
#
#   make              builds um for SUBARCH (default: this machine's CPU)
#   make SUBARCH=X    for another CPU, with a cross compiler (tools/portlab setup X)
#   make run          installs what is missing, builds, boots a busybox guest to a prompt
#   make check        builds and runs the tests
#   make port-check   which hook of a port is the next to write (Documentation/porting.md)
#   make bench        builds and runs the measurements of bench/
#   make deps         installs the Debian packages that are missing
#
# The native program is build/um, another CPU's build/<subarch>/um.

.DEFAULT_GOAL := all
include tools/cross.mk

# SANITIZE=address,undefined builds a separate tree with the sanitizers.
ifdef SANITIZE
B := $(B)/sanitize
SANFLAGS := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
endif
O := $(B)/obj

VERSION := 0.1
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror -Wno-missing-field-initializers
KFLAGS = -std=gnu11 -fno-pie -fno-strict-aliasing -fno-common -Iinclude -I$(O)/include \
	-DUM_VERSION='"$(VERSION)"' -DUM_SUBARCH='"$(SUBARCH)"' -DUM_START_ADDR=$(START_ADDR) \
	-MMD -MP $(WARNINGS) $(ARCH_CFLAGS) $(CROSS_CFLAGS) $(SANFLAGS)
# Files that make host calls see the C library's view of the world.
HOSTFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DUM_HOST_CODE
LDFLAGS_UM = -no-pie -Wl,-Ttext-segment=$(START_ADDR) -Wl,-z,noexecstack -static-libgcc \
	$(CROSS_LDFLAGS) $(SANFLAGS)
LDLIBS_UM = -lseccomp -lpthread

DIRS := kernel kernel/gate mm fs $(patsubst %/,%,$(wildcard fs/*/)) drivers \
	$(patsubst %/,%,$(wildcard drivers/*/)) net lib os ptproxy layer
SYS := arch/sys-$(SUBARCH)
# The reflect gate, for ports that have the layer's entry.
REFLECT_SRCS := kernel/gate/reflect%.c layer/layer.c os/reflect.c os/space_filter.c \
	os/guest_signals.c os/guest_thread.c
SRCS := $(filter-out $(if $(wildcard $(SYS)/layer_entry.S),,$(REFLECT_SRCS)), \
	$(wildcard $(addsuffix /*.c,$(DIRS))))
OBJS := $(patsubst %.c,$(O)/%.o,$(SRCS))
# A file of the port takes the place of the one of that name in arch/generic/.  What the ports of
# one family of CPUs have in common is in arch/ARCH_FAMILY/.
SYS_SRCS := $(filter-out $(SYS)/sigtramp.S,$(wildcard $(SYS)/*.c $(SYS)/*.S))
SYS_SRCS += $(if $(ARCH_FAMILY),$(wildcard arch/$(ARCH_FAMILY)/*.c))
SYS_SRCS += $(filter-out $(addprefix arch/generic/,$(notdir $(SYS_SRCS))), \
	$(wildcard arch/generic/*.c))
SYS_OBJS := $(patsubst %,$(O)/%.o,$(basename $(SYS_SRCS)))
SYS_O := $(O)/$(SYS)/sys.o

# The guests' vDSO, for ports that say what its functions are called.
VDSO_MAP := $(wildcard $(SYS)/vdso.map)
VDSO := $(O)/layer/vdso
ifneq ($(VDSO_MAP),)
OBJS += $(VDSO)/image.o
endif

# Signal trampolines with notes for unwinders, for ports whose C library does not bring its own.
SIGTRAMP_SRC := $(wildcard $(SYS)/sigtramp.S)
SIGTRAMP := $(O)/layer/sigtramp
ifneq ($(SIGTRAMP_SRC),)
OBJS += $(SIGTRAMP)_image.o
endif

all: $(B)/um
	@:

-include $(wildcard tests/rules.mk bench/rules.mk examples/rules.mk)

$(B)/um: $(OBJS) $(SYS_O)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS_UM) -o $@ $^ $(LDLIBS_UM)

$(SYS_O): $(SYS_OBJS)
	@$(LD) -r -o $@ $^

# sysdep/ is the port's headers, under the one name that generic code includes.
$(O)/include/sysdep: | include/sysdep-$(SUBARCH) $(CROSS_LIBSECCOMP)
	@mkdir -p $(O)/include
	@ln -sfn $(abspath include/sysdep-$(SUBARCH)) $@

# The layer is copied into spaces: no stack protector, no tables, nothing of the FPU.
$(O)/layer/%.o: KFLAGS += -fpie -ffreestanding -fno-stack-protector -fno-jump-tables \
	-fno-tree-loop-distribute-patterns -fno-sanitize=all $(LAYER_CFLAGS)

# Nor may the compiler prefer calls of the C library, which is not there.
$(O)/layer/%.o: ARCH_CFLAGS := $(filter-out -mmem%,$(ARCH_CFLAGS))

$(O)/os/%.o: KFLAGS += $(HOSTFLAGS)
$(O)/%_user.o: KFLAGS += $(HOSTFLAGS)

$(O)/%.o: %.c Makefile Makefile-$(SUBARCH) | $(O)/include/sysdep
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CFLAGS) $(KFLAGS) -c -o $@ $<

$(O)/%.o: %.S Makefile Makefile-$(SUBARCH) | $(O)/include/sysdep
	@mkdir -p $(@D)
	@echo "  AS    $<"
	@$(CC) $(CFLAGS) $(KFLAGS) -c -o $@ $<

# The vDSO is a program of the guest's: nothing of the host, no sanitizer.
$(VDSO)/vdso.o: layer/vdso/vdso.c Makefile Makefile-$(SUBARCH) | $(O)/include/sysdep
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CFLAGS) $(filter-out $(SANFLAGS) -fno-pie,$(KFLAGS)) -O2 -fpic -ffreestanding \
		-fno-stack-protector -fasynchronous-unwind-tables -c -o $@ $<

$(VDSO)/vdso.lds: layer/vdso/vdso.lds.S include/sysdep-$(SUBARCH)/vdso.h | $(O)/include/sysdep
	@mkdir -p $(@D)
	@$(CC) -E -P -Iinclude -I$(O)/include -o $@ $<

$(VDSO)/vdso.so: $(VDSO)/vdso.o $(VDSO)/vdso.lds $(VDSO_MAP)
	@echo "  LD    $@"
	@$(LD) -shared -s -soname linux-vdso.so.1 --hash-style=both --eh-frame-hdr --build-id=none \
		-Bsymbolic -z noexecstack --no-undefined --version-script=$(VDSO_MAP) \
		-T $(VDSO)/vdso.lds -o $@ $<

$(VDSO)/image.o: KFLAGS += -DVDSO_IMAGE='"$(VDSO)/vdso.so"'
$(VDSO)/image.o: $(VDSO)/vdso.so

$(SIGTRAMP).so: $(O)/$(SYS)/sigtramp.o layer/sigtramp.lds
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(LD) -shared -s --hash-style=both --eh-frame-hdr --build-id=none -z noexecstack \
		-T layer/sigtramp.lds -o $@ $<

$(SIGTRAMP)_image.o: KFLAGS += -DSIGTRAMP_IMAGE='"$(SIGTRAMP).so"'
$(SIGTRAMP)_image.o: $(SIGTRAMP).so

objs: $(OBJS) $(SYS_OBJS)

# Another compiler's and a checker's opinion, where they are installed.  cppcheck takes the bounds
# of a linker table for two objects, and does not know the macros of <bsd/sys/tree.h>.
LINT_SRCS = $(SRCS) $(filter %.c,$(SYS_SRCS)) $(if $(VDSO_MAP),layer/vdso/vdso.c)
LINT_FLAGS = $(filter-out -MMD -MP -mmem%,$(KFLAGS))
lint: | $(O)/include/sysdep
	@status=0; for f in $(LINT_SRCS); do \
		case $$f in os/*|*_user.c) host="$(HOSTFLAGS)";; *) host=;; esac; \
		clang -fsyntax-only $(LINT_FLAGS) $$host $$f || status=1; \
	done; exit $$status
	@cppcheck -j2 --quiet --error-exitcode=1 --enable=portability --inline-suppr \
		--suppress=comparePointers --suppress=unknownMacro --suppress=internalAstError \
		--suppress=uninitvar --suppress=missingIncludeSystem -DNR_NONE=-1 \
		-Iinclude -I$(O)/include $(LINT_SRCS)

deps:
	@tools/deps.sh

deps-tests:
	@tools/deps.sh --tests

# A guest of busybox on this terminal; its root stays in build/root, with what was written there.
run: deps
	@$(MAKE) --no-print-directory $(MORE_JOBS) all
	@tools/mkroot.sh build/root
	@$(B)/um root=build/root $(UM_ARGS)

# The manual's list of system calls.
syscalls: $(B)/um
	@CC="$(CC)" tools/list-syscalls $< >build/syscalls.md
	@echo "  build/syscalls.md"

clean:
	rm -rf build

.PHONY: all objs deps deps-tests run syscalls clean
-include $(OBJS:.o=.d) $(SYS_OBJS:.o=.d) $(VDSO)/vdso.d
