/* @CPU@: what the layer's C code needs of the CPU, for the reflect gate (level 11).  Freestanding.
 * All are inline: layer.c's code is copied to where spaces have the layer. */
#ifndef __SYSDEP_@CPU_UPPER@_LAYER_SYSCALL_H
#define __SYSDEP_@CPU_UPPER@_LAYER_SYSCALL_H

#include <asm/unistd.h>

#include "um/layer.h"

/* Where the running code's copy of the layer begins; to be left out where the compiler's own way to
 * __start_layer_text holds in a copy: by the distance in bytes (x86_64), not by pages, tables or
 * absolute addresses. */
#error "not yet: LAYER_BASE, or leave it to the compiler"

/* Into the mapper's loop, never to return: the ring's address and no operation done yet, in the
 * registers that layer_mapper has them in. */
static inline __attribute__((always_inline, noreturn)) void layer_enter_mapper(unsigned long entry,
									       unsigned long ring)
{
#error "not yet: layer_enter_mapper"
}

/* A host call; what the kernel returns, errors as -errno. */
static inline __attribute__((always_inline)) long layer_syscall4(long nr, long a, long b, long c,
								  long d)
{
#error "not yet: layer_syscall4"
}

/* A counter that user code can read, for spinning: it wraps in seconds at the least. */
static inline __attribute__((always_inline)) u32 layer_ticks(void)
{
#error "not yet: layer_ticks"
}

/* A spin loop's hint; nothing where the CPU has none. */
static inline __attribute__((always_inline)) void layer_relax(void)
{
}

/* An illegal instruction: SIGILL. */
static inline __attribute__((always_inline)) void layer_trap_now(void)
{
#error "not yet: layer_trap_now"
}

/* Loads ch->tls into the TLS registers.  Where that takes a system call it is LAYER_TLS_CALL, and the
 * threads' filter lets it pass (os/space_filter.c: LAYER_TLS_ARG_1, LAYER_TLS_ARG_2). */
static inline __attribute__((always_inline)) void layer_set_tls(struct channel *ch)
{
#error "not yet: layer_set_tls"
}

#endif
