/* @CPU@: how K talks to the layer's batch executor (arch/sys-@CPU@/layer_batch.S). */
#ifndef __SYSDEP_@CPU_UPPER@_LAYER_H
#define __SYSDEP_@CPU_UPPER@_LAYER_H

#include "sysdep/ptrace.h"

/* One host call for the executor; word offsets are layer_batch.S's. */
struct layer_op {
	unsigned long nr;
	unsigned long arg[6];
};

/* Where user code can set its TLS register without a system call, and a signal's frame does not hold
 * it: #define LAYER_TLS_CHANGES 1, and layer_handler leaves it in the channel for arch_note_tls
 * (um/layer_regs.h). */

/* The call that maps memory, and its last argument: bytes, or (mmap2) units of 4096. */
#define LAYER_NR_MMAP @NR_MMAP@
#define LAYER_MMAP_OFFSET(bytes) @MMAP_OFFSET@

/* Registers of a thread that is to run `count` operations at address `ops`, from `entry` on: two that
 * a system call keeps.  And no call is to be restarted. */
#error "not yet: LAYER_BATCH_START(gp, entry, ops, count)"
/* The signal of the stop when all is done (a breakpoint: SIGTRAP).  Any other: the -errno of the
 * operation that failed, and how many were left, with it. */
#define LAYER_DONE_SIGNAL 5
#error "not yet: LAYER_BATCH_RESULT(gp)"
#error "not yet: LAYER_BATCH_LEFT(gp)"

#ifndef __ASSEMBLER__
extern const char layer_text_start[], layer_text_end[];
extern const char layer_batch[];
extern const char layer_breakpoint[];	/* not here: sites are not rewritten */
#endif

#endif
