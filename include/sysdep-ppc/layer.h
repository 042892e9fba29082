/* ppc: how K talks to the layer's batch executor (arch/sys-ppc/layer_batch.S). */
#ifndef __SYSDEP_PPC_LAYER_H
#define __SYSDEP_PPC_LAYER_H

#include "sysdep/ptrace.h"

/* Registers of a thread that is to run `count` operations at address `ops`. */
#define LAYER_BATCH_START(gp, entry, ops, count)                                                   \
	do {                                                                                       \
		(gp)[PT_NIP] = (entry);                                                            \
		(gp)[PT_R14] = (ops);                                                              \
		(gp)[PT_R15] = (count);                                                            \
		(gp)[HOST_SYSCALL] = -1UL;                                                         \
	} while (0)
/* After the last, or the one that failed. */
#define LAYER_BATCH_RESULT(gp) (-(long)(gp)[PT_R3])
#define LAYER_BATCH_LEFT(gp) ((gp)[PT_R15])

#include "asm-um/layer-generic.h"

#endif
