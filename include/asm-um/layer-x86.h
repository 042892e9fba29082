/* For sysdep/layer_syscall.h of the x86 CPUs: what the layer's C code needs of all of them. */
#ifndef __UM_LAYER_X86_H
#define __UM_LAYER_X86_H

#include "um/types.h"

/* The time stamp counter in units of 64: wraps in minutes. */
static inline __attribute__((always_inline)) u32 layer_ticks(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return low >> 6 | high << 26;
}

static inline __attribute__((always_inline)) void layer_relax(void)
{
	__asm__ volatile("pause");
}

static inline __attribute__((always_inline)) void layer_trap_now(void)
{
	__asm__ volatile("ud2");
}

#endif
