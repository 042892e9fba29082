/* @CPU@: what the layer's C code needs of the CPU, for the reflect gate (level 11).  Freestanding.
 * All are inline: layer.c's code is copied to where spaces have the layer. */
#ifndef __SYSDEP_@CPU_UPPER@_LAYER_SYSCALL_H
#define __SYSDEP_@CPU_UPPER@_LAYER_SYSCALL_H

#include <asm/unistd.h>

#include "um/layer.h"

/* K spins too, so this is asked for from level 1 on: a spin loop's hint, if the CPU has one. */
static inline __attribute__((always_inline)) void layer_relax(void)
{
}

/* Needed as soon as there is an arch/sys-@CPU@/layer_entry.S, when the build asks for them:
 *
 * LAYER_BASE				where the running code's copy of the layer begins; to be left out
 *					where the compiler's own way to __start_layer_text holds in a copy:
 *					by the distance in bytes (x86_64), not by pages or tables
 * layer_enter_mapper(entry, ring)	into the mapper's loop, never to return
 * layer_syscall4(nr, a, b, c, d)	a host call; what the kernel returns, -errno too
 * layer_ticks()			a counter for spinning that user code can read
 * layer_trap_now()			an illegal instruction
 * layer_set_tls(channel)		loads channel->tls into the TLS registers; nothing where these
 *					are among those that a signal frame restores.  If that takes a
 *					system call it is LAYER_TLS_CALL, with LAYER_TLS_ARG_1 or _2
 */

#endif
