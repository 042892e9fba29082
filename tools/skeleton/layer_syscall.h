/* @CPU@: what the layer's C code needs of the CPU, for the reflect gate (level 11).  Freestanding. */
#ifndef __SYSDEP_@CPU_UPPER@_LAYER_SYSCALL_H
#define __SYSDEP_@CPU_UPPER@_LAYER_SYSCALL_H

#include "um/layer.h"

/* Needed as soon as there is an arch/sys-@CPU@/layer_entry.S:
 *
 * layer_enter_mapper(entry, ring)	into the mapper's loop, never to return
 * layer_syscall4(nr, a, b, c, d)	a host call; what the kernel returns, -errno too
 * layer_ticks()			a counter for spinning that user code can read
 * layer_relax(), layer_trap_now()	a spin loop's hint; an illegal instruction
 * layer_set_tls(channel)		loads channel->tls into the TLS registers
 */
#error "not yet: layer_syscall4"

#endif
