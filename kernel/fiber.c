/* Fibers: stacks with a guard page, kept for reuse, and the switch between them. */
#include "um/arch.h"
#include "um/bug.h"
#include "um/counter.h"
#include "um/err.h"
#include "um/fiber.h"
#include "um/kmalloc.h"
#include "um/os.h"

enum { STACKS_KEPT = 16 };

struct fiber main_fiber;
struct fiber *running_fiber = &main_fiber;

static void *kept_stacks[STACKS_KEPT];
static unsigned nr_kept;
static u64 nr_fibers;

/* The last fiber never returned from some functions; AddressSanitizer's marks of their frames would
 * make it find the next fiber's wrong. */
#ifdef __SANITIZE_ADDRESS__
void __asan_unpoison_memory_region(const volatile void *addr, size_t size);

static void forget_frames(void *stack)
{
	__asan_unpoison_memory_region(stack, FIBER_STACK_SIZE);
}
#else
static void forget_frames(void *stack __maybe_unused)
{
}
#endif

static void *stack_new(void)
{
	size_t guard = os_page_size();
	char *mem;

	if (nr_kept) {
		mem = kept_stacks[--nr_kept];
		forget_frames(mem);
		return mem;
	}
	mem = os_map_private(FIBER_STACK_SIZE + guard);
	if (IS_ERR(mem))
		return NULL;
	if (os_protect_none(mem, guard)) {
		os_unmap(mem, FIBER_STACK_SIZE + guard);
		return NULL;
	}
	return mem + guard;
}

static void stack_free(void *stack)
{
	size_t guard = os_page_size();

	if (nr_kept < STACKS_KEPT) {
		kept_stacks[nr_kept++] = stack;
		return;
	}
	forget_frames(stack);
	os_unmap((char *)stack - guard, FIBER_STACK_SIZE + guard);
}

static void fiber_entry(void)
{
	running_fiber->fn(running_fiber->arg);
	BUG();
}

struct fiber *fiber_new(void (*fn)(void *arg), void *arg)
{
	struct fiber *fiber = kzalloc_type(struct fiber);

	fiber->stack = stack_new();
	if (!fiber->stack) {
		kfree(fiber);
		return NULL;
	}
	nr_fibers++;
	fiber->fn = fn;
	fiber->arg = arg;
	fiber->sp = switch_prepare((char *)fiber->stack + FIBER_STACK_SIZE, fiber_entry);
	return fiber;
}

void fiber_free(struct fiber *fiber)
{
	BUG_ON(fiber == running_fiber);
	stack_free(fiber->stack);
	nr_fibers--;
	kfree(fiber);
}

void fiber_switch(struct fiber *to)
{
	struct fiber *from = running_fiber;

	running_fiber = to;
	switch_to(&from->sp, to->sp);
}

UM_COUNTER(fibers)
{
	return nr_fibers;
}

UM_COUNTER(fiber_stacks_kept)
{
	return nr_kept;
}
