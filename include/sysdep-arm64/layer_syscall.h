/* arm64: what the layer's C code needs of the CPU.  Freestanding. */
#ifndef __SYSDEP_ARM64_LAYER_SYSCALL_H
#define __SYSDEP_ARM64_LAYER_SYSCALL_H

#include <asm/unistd.h>

#include "um/layer.h"

/* Where the running code's copy of the layer begins, by the distance in bytes.  The compiler would
 * go by pages, and the copy begins at one while the original does not. */
static inline __attribute__((always_inline)) const char *layer_base(void)
{
	const char *base;

	__asm__("adr %0, __start_layer_text" : "=r"(base));
	return base;
}
#define LAYER_BASE layer_base()

/* Into the mapper's loop, never to return: the ring's address, and no operation done yet. */
static inline __attribute__((always_inline, noreturn)) void layer_enter_mapper(unsigned long entry,
									       unsigned long ring)
{
	__asm__ volatile("mov x19, %0\n\t"
			 "mov w20, wzr\n\t"
			 "br %1"
			 :
			 : "r"(ring), "r"(entry)
			 : "x19", "x20", "memory");
	__builtin_unreachable();
}

static inline __attribute__((always_inline)) long layer_syscall4(long nr, long a, long b, long c,
								  long d)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}

/* The virtual counter: 1 MHz to 1 GHz, wraps in seconds at the least. */
static inline __attribute__((always_inline)) u32 layer_ticks(void)
{
	unsigned long ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return (u32)ticks;
}

static inline __attribute__((always_inline)) void layer_relax(void)
{
	__asm__ volatile("yield");
}

static inline __attribute__((always_inline)) void layer_trap_now(void)
{
	__asm__ volatile("udf #0");
}

/* User code may set it: no system call. */
static inline __attribute__((always_inline)) void layer_set_tls(struct channel *ch)
{
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(ch->tls[0]));
}

#endif
