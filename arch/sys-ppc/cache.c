/* ppc: code that K writes has to get from the data cache into memory, and out of the instruction
 * caches (Programming Environments Manual, 5.1.5.2). */
#include "um/arch.h"

enum { BLOCK = 16 };	/* the smallest of any CPU: larger ones are done more than once */

void arch_sync_icache(const void *start, size_t n)
{
	const char *begin = (const char *)ALIGN_DOWN((unsigned long)start, BLOCK);
	const char *end = (const char *)start + n;

	for (const char *p = begin; p < end; p += BLOCK)
		__asm__ volatile("dcbst 0, %0" : : "r"(p) : "memory");
	__asm__ volatile("sync" : : : "memory");
	for (const char *p = begin; p < end; p += BLOCK)
		__asm__ volatile("icbi 0, %0" : : "r"(p) : "memory");
	__asm__ volatile("sync\n\tisync" : : : "memory");
}
