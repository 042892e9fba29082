/* i386: what the layer's C code needs of the CPU.  Freestanding. */
#ifndef __SYSDEP_I386_LAYER_SYSCALL_H
#define __SYSDEP_I386_LAYER_SYSCALL_H

#include <asm/unistd.h>

#include "um/layer.h"

#include "asm-um/layer-x86.h"

#include "sysdep/tls.h"

/* The host's system call that sets a TLS descriptor, which guest threads may make from the layer:
 * its argument is in their own memory, and it is one of their own descriptors. */
#define LAYER_TLS_CALL __NR_set_thread_area

/* Where the running code's copy of the layer begins. */
static inline __attribute__((always_inline)) const char *layer_base(void)
{
	const char *base;

	__asm__("call 1f\n"
		"1:\tpopl %0\n\t"
		"addl $__start_layer_text - 1b, %0"
		: "=r"(base));
	return base;
}
#define LAYER_BASE layer_base()

/* Into the mapper's loop, never to return: the ring's address, and no operation done yet. */
static inline __attribute__((always_inline, noreturn)) void layer_enter_mapper(unsigned long entry,
									       unsigned long ring)
{
	__asm__ volatile("movl %0, %%esp\n\t"
			 "jmp *%1"
			 :
			 : "r"(ring), "r"(entry)
			 : "memory");
	__builtin_unreachable();
}

static inline __attribute__((always_inline)) long layer_syscall4(long nr, long a, long b, long c,
								  long d)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d)
			 : "memory");
	return result;
}

static inline __attribute__((always_inline)) void layer_set_tls(struct channel *ch)
{
	for (u32 i = 0; i < TLS_ENTRIES; i++) {
		u64 words = ch->tls[i];
		struct tls_desc desc;

		tls_unpack(&desc, tls_first_entry() + i, (u32)words, (u32)(words >> 32));
		layer_syscall4(LAYER_TLS_CALL, (long)&desc, 0, 0, 0);
	}
}

#endif
