/* @CPU@: how K talks to the layer's batch executor (arch/sys-@CPU@/layer_batch.S). */
#ifndef __SYSDEP_@CPU_UPPER@_LAYER_H
#define __SYSDEP_@CPU_UPPER@_LAYER_H

#include "sysdep/ptrace.h"

/* Where user code can set its TLS register without a system call, and a signal's frame does not hold
 * it: #define LAYER_TLS_CHANGES 1, and layer_handler leaves it in the channel for arch_note_tls
 * (um/layer_regs.h). */

/* Registers of a thread that is to run `count` operations at address `ops`, from `entry` on: two that
 * a system call keeps.  And no call is to be restarted. */
#error "not yet: LAYER_BATCH_START(gp, entry, ops, count)"
/* When not all is done: the -errno of the operation that failed, and how many were left, with it. */
#error "not yet: LAYER_BATCH_RESULT(gp)"
#error "not yet: LAYER_BATCH_LEFT(gp)"

#include "asm-um/layer-generic.h"

#endif
