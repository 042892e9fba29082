/*
 * The wait and wake pair on a word that two sides share: the port's spin hint for the waiter, and
 * loads and stores that order what stands around them.  What sleeps instead of spinning goes
 * through the host's futex (os/).
 */
#include "um/semaphore.h"

#if __has_include("sysdep/layer_syscall.h")
#include "sysdep/layer_syscall.h"
#else
#define layer_relax() ((void)0)
#endif

void cpu_relax(void)
{
	layer_relax();
}

u32 word_load_acquire(const u32 *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

void word_store_release(u32 *word, u32 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

bool word_wait(const u32 *word, u32 old, unsigned turns)
{
	for (; turns; turns--) {
		if (word_load_acquire(word) != old)
			return true;
		cpu_relax();
	}
	return word_load_acquire(word) != old;
}
