/* @CPU@: how K talks to the layer's batch executor (arch/sys-@CPU@/layer_batch.S). */
#ifndef __SYSDEP_@CPU_UPPER@_LAYER_H
#define __SYSDEP_@CPU_UPPER@_LAYER_H

#include "sysdep/ptrace.h"

/* One host call for the executor; word offsets are layer_batch.S's. */
struct layer_op {
	unsigned long nr;
	unsigned long arg[6];
};

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
extern const char layer_breakpoint[];	/* only with LAYER_AT_BREAKPOINT */
#endif

#endif
