# make port-check: how far up the porter's levels this port comes.  Documentation/porting.md
#
# Each level that needs no um is one static program (level 7: two) over the port's objects and those
# few of the kernel's that use them.  What a port has not written, or what is of no concern here,
# need not be there: a name without a definition is an address of 0.
PORT_T := $(T)/port
PORT_LEVELS := level3 level4 level5 level6 level7_faults level7_frames level8 level9
# PORT_UP_TO=5: only the programs up to that level.
PORT_UP_TO ?= 9
PORT_HARNESS := check host host_action kernel_stub frame_child
PORT_KERNEL := kernel/frame kernel/fiber kernel/syscall_narrow os/frame os/guest_signals os/ptrace \
	os/probe
PORT_PROGRAMS := $(PORT_LEVELS:%=$(PORT_T)/%)
PORT_LINKED := $(PORT_HARNESS:%=$(O)/tests/port/%.o) $(PORT_KERNEL:%=$(O)/%.o) \
	$(filter $(O)/layer/layer.o $(SIGTRAMP)_image.o,$(OBJS)) $(SYS_O)

$(O)/tests/port/host.o: KFLAGS += $(HOSTFLAGS)

$(PORT_PROGRAMS): $(PORT_T)/%: $(O)/tests/port/%.o $(PORT_LINKED)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(CROSS_LDFLAGS) -static -no-pie -Wl,--unresolved-symbols=ignore-all \
		-o $@ $^ -lm

# What the levels with um run in guests.
$(PORT_T)/guest: tests/port/guest.c tests/port/check.c tests/port/check.h
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(ABI_CFLAGS) -D_FILE_OFFSET_BITS=64 -o $@ $(filter %.c,$^)

# The first thing to compile: all that the port's headers promise.
port-contract: $(O)/tests/port/level3.o
port-levels: $(foreach n,$(wordlist 1,$(PORT_UP_TO),1 2 3 4 5 6 7 8 9),$(filter \
	$(PORT_T)/level$(n)%,$(PORT_PROGRAMS))) $(B)/examples/ptrace_test
level-programs: port-levels $(PORT_T)/guest $(CROSS_BUSYBOX)

# CPUs whose programs this machine runs.
PORT_NATIVE := $(HOSTARCH) $(if $(filter x86_64,$(HOSTARCH)),i386)

# LEVELS=3-7: only those.
port-check:
	@tests/port/port-check --subarch $(SUBARCH) --native '$(filter $(SUBARCH),$(PORT_NATIVE))' \
		--build $(B) $(if $(LEVELS),--levels $(LEVELS))

# For make check: the climb on this machine, the mutations, and newport.
PORT_TESTS := $(sort $(wildcard tests/port/*.t))
tests: level-programs

.PHONY: port-contract port-levels level-programs port-check
-include $(PORT_PROGRAMS:$(PORT_T)/%=$(O)/tests/port/%.d) $(PORT_HARNESS:%=$(O)/tests/port/%.d)
