# Unit tests of lib/ and mm/: native programs with stubs for the rest of the kernel.
#   make unit                             builds and runs them
#   make unit SANITIZE=address,undefined  the same under the sanitizers

MM_TESTS := radix page_alloc pgtable space_queue iov mm
# For CPUs whose system call sites are known.
ifneq ($(wildcard $(SYS)/layer_site.c),)
MM_TESTS += rewrite site
endif
MM_TEST_PROGRAMS := $(MM_TESTS:%=$(B)/tests/unit/%_test)
UNIT_TESTS += $(MM_TEST_PROGRAMS)
# Without process_madvise.c: it is about other tasks, and the stubs have none.
MM_LINKED := $(patsubst %.c,$(O)/%.o,$(filter-out mm/process_madvise.c,$(wildcard mm/*.c)) $(wildcard kernel/syscall_narrow.c) \
	lib/kmalloc.c lib/radix.c lib/iov.c \
	$(wildcard $(SYS)/*site*.c) os/heap.c os/mem.c os/hugefile.c tests/unit/stub.c tests/unit/stub_os.c)
# What mm/ calls of the port, and nothing else of it.
MM_SYS := $(T)/unit-sys.a

$(O)/tests/unit/stub_os.o: KFLAGS += $(HOSTFLAGS)

$(MM_SYS): $(SYS_OBJS)
	@mkdir -p $(@D)
	@rm -f $@
	@$(AR) rc $@ $^

$(MM_TEST_PROGRAMS): $(B)/tests/unit/%: $(O)/tests/unit/%.o $(MM_LINKED) $(MM_SYS)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(SANFLAGS) $(CROSS_LDFLAGS) -no-pie -o $@ $^

unit: $(UNIT_TESTS)
	@prove $(UNIT_TESTS)

.PHONY: unit
-include $(MM_LINKED:.o=.d) $(MM_TESTS:%=$(O)/tests/unit/%_test.d)
