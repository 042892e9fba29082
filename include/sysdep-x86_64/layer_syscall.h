/* x86_64: what the layer's C code needs of the CPU.  Freestanding. */
#ifndef __SYSDEP_X86_64_LAYER_SYSCALL_H
#define __SYSDEP_X86_64_LAYER_SYSCALL_H

#include <asm/prctl.h>
#include <asm/unistd.h>

#include "um/layer.h"

#include "asm-um/layer-x86.h"

/* The host's system call that sets a TLS register, which guest threads may make from the layer,
 * and what its first argument may be. */
#define LAYER_TLS_CALL __NR_arch_prctl
#define LAYER_TLS_ARG_1 ARCH_SET_FS
#define LAYER_TLS_ARG_2 ARCH_SET_GS

/* Into the mapper's loop, never to return: the ring's address, and no operation done yet. */
static inline __attribute__((always_inline, noreturn)) void layer_enter_mapper(unsigned long entry,
									       unsigned long ring)
{
	__asm__ volatile("movq %0, %%rbx\n\t"
			 "xorl %%r15d, %%r15d\n\t"
			 "jmp *%1"
			 :
			 : "r"(ring), "a"(entry)
			 : "rbx", "r15", "memory");
	__builtin_unreachable();
}

static inline __attribute__((always_inline)) long layer_syscall4(long nr, long a, long b, long c,
								  long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

/* tls[0] is fs, the guest's own; tls[1] is gs, the channel's address unless the guest has one. */
static inline __attribute__((always_inline)) void layer_set_tls(struct channel *ch)
{
	layer_syscall4(__NR_arch_prctl, ARCH_SET_FS, (long)ch->tls[0], 0, 0);
	layer_syscall4(__NR_arch_prctl, ARCH_SET_GS, (long)ch->tls[1], 0, 0);
}

#endif
