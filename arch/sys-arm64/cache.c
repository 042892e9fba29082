/*
 * arm64: instruction fetches see what has been stored only after this.  Caches are looked up by
 * physical address here, or behave so to those who invalidate by the address of another mapping;
 * so it may be done through K's (Arm ARM D7.5).
 */
#include "um/arch.h"

/* CTR_EL0: log2 of the smallest line of the caches, in words; and what is not needed. */
enum { CTR_ILINE = 0, CTR_DLINE = 16, CTR_NO_CLEAN = 1 << 28, CTR_NO_INVALIDATE = 1 << 29 };

void arch_sync_icache(const void *start, size_t n)
{
	unsigned long ctr, from = (unsigned long)start, end = from + n;

	__asm__("mrs %0, ctr_el0" : "=r"(ctr));
	if (!(ctr & CTR_NO_CLEAN)) {
		unsigned long line = 4UL << (ctr >> CTR_DLINE & 15);

		for (unsigned long at = ALIGN_DOWN(from, line); at < end; at += line)
			__asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
	}
	__asm__ volatile("dsb ish" : : : "memory");
	if (!(ctr & CTR_NO_INVALIDATE)) {
		unsigned long line = 4UL << (ctr >> CTR_ILINE & 15);

		for (unsigned long at = ALIGN_DOWN(from, line); at < end; at += line)
			__asm__ volatile("ic ivau, %0" : : "r"(at) : "memory");
		__asm__ volatile("dsb ish" : : : "memory");
	}
}
