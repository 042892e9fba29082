/* ppc: what the layer's C code needs of the CPU.  Freestanding. */
#ifndef __SYSDEP_PPC_LAYER_SYSCALL_H
#define __SYSDEP_PPC_LAYER_SYSCALL_H

#include <asm/unistd.h>

#include "um/layer.h"

/* Where the running code's copy of the layer begins. */
static inline __attribute__((always_inline)) const char *layer_base(void)
{
	const char *base;

	__asm__("bcl 20, 31, 1f\n"
		"1:\tmflr %0\n\t"
		"addis %0, %0, (__start_layer_text - 1b)@ha\n\t"
		"addi %0, %0, (__start_layer_text - 1b)@l"
		: "=b"(base)
		:
		: "lr");
	return base;
}
#define LAYER_BASE layer_base()

/* Into the mapper's loop, never to return: the ring's address, and no operation done yet. */
static inline __attribute__((always_inline, noreturn)) void layer_enter_mapper(unsigned long entry,
									       unsigned long ring)
{
	__asm__ volatile("mtctr %1\n\t"
			 "mr 31, %0\n\t"
			 "li 30, 0\n\t"
			 "bctr"
			 :
			 : "r"(ring), "r"(entry)
			 : "memory");
	__builtin_unreachable();
}

static inline __attribute__((always_inline)) long layer_syscall4(long nr, long a, long b, long c,
								  long d)
{
	register long r0 __asm__("r0") = nr;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;
	register long r6 __asm__("r6") = d;

	__asm__ volatile("sc\n\t"
			 "bns+ 1f\n\t"
			 "neg 3, 3\n"
			 "1:"
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
			 :
			 : "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
	return r3;
}

/* The time base: 16 to 512 MHz, wraps in seconds at the least. */
static inline __attribute__((always_inline)) u32 layer_ticks(void)
{
	u32 ticks;

	__asm__ volatile("mftb %0" : "=r"(ticks));
	return ticks;
}

/* Lowers the thread's priority on CPUs with several threads, and does nothing on others. */
static inline __attribute__((always_inline)) void layer_relax(void)
{
	__asm__ volatile("or 1, 1, 1\n\tor 2, 2, 2" : : : "memory");
}

static inline __attribute__((always_inline)) void layer_trap_now(void)
{
	__asm__ volatile(".long 0");
}

/* r2 is in the frame with the other registers. */
static inline __attribute__((always_inline)) void layer_set_tls(struct channel *ch)
{
	(void)ch;
}

#endif
