/* riscv64: what the layer's C code needs of the CPU.  Freestanding. */
#ifndef __SYSDEP_RISCV64_LAYER_SYSCALL_H
#define __SYSDEP_RISCV64_LAYER_SYSCALL_H

#include <asm/unistd.h>

#include "um/layer.h"

/* Into the mapper's loop, never to return: the ring's address, and no operation done yet. */
static inline __attribute__((always_inline, noreturn)) void layer_enter_mapper(unsigned long entry,
									       unsigned long ring)
{
	__asm__ volatile("mv s1, %0\n\t"
			 "li s2, 0\n\t"
			 "jr %1"
			 :
			 : "r"(ring), "r"(entry)
			 : "s1", "s2", "memory");
	__builtin_unreachable();
}

static inline __attribute__((always_inline)) long layer_syscall4(long nr, long a, long b, long c,
								  long d)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
	return a0;
}

/* The timer: 1 MHz to 1 GHz, wraps in seconds at the least. */
static inline __attribute__((always_inline)) u32 layer_ticks(void)
{
	unsigned long ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks) : : "memory");
	return (u32)ticks;
}

/* `pause` of Zihintpause: a fence that orders nothing on CPUs that do not know it. */
static inline __attribute__((always_inline)) void layer_relax(void)
{
	__asm__ volatile(".4byte 0x0100000f");
}

static inline __attribute__((always_inline)) void layer_trap_now(void)
{
	__asm__ volatile("unimp");
}

/* tp comes with the frame. */
static inline __attribute__((always_inline)) void layer_set_tls(struct channel *ch)
{
	(void)ch;
}

#endif
