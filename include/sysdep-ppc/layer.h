/* ppc: how K talks to the layer's batch executor (arch/sys-ppc/layer_batch.S). */
#ifndef __SYSDEP_PPC_LAYER_H
#define __SYSDEP_PPC_LAYER_H

#include "sysdep/ptrace.h"

/* One host call for the executor; word offsets are layer_batch.S's. */
struct layer_op {
	unsigned long nr;
	unsigned long arg[6];
};

/* The calls a batch is made of. */
#define LAYER_NR_MMAP __NR_mmap2
#define LAYER_MMAP_OFFSET(bytes) ((bytes) >> 12)

/* Registers of a thread that is to run `count` operations at address `ops`. */
#define LAYER_BATCH_START(gp, entry, ops, count)                                                   \
	do {                                                                                       \
		(gp)[PT_NIP] = (entry);                                                            \
		(gp)[PT_R14] = (ops);                                                              \
		(gp)[PT_R15] = (count);                                                            \
		(gp)[HOST_SYSCALL] = -1UL;                                                         \
	} while (0)
/* The signal of the stop when all is done.  Any other: the -errno of the operation that failed,
 * and how many were left. */
#define LAYER_DONE_SIGNAL 5	/* SIGTRAP: trap */
#define LAYER_BATCH_RESULT(gp) (-(long)(gp)[PT_R3])
#define LAYER_BATCH_LEFT(gp) ((gp)[PT_R15])

#endif
