/* arm64: how K talks to the layer's batch executor (arch/sys-arm64/layer_batch.S). */
#ifndef __SYSDEP_ARM64_LAYER_H
#define __SYSDEP_ARM64_LAYER_H

#include "sysdep/ptrace.h"

/* User code sets tpidr_el0 itself. */
#define LAYER_TLS_CHANGES 1

/* Registers of a thread that is to run `count` operations at address `ops`. */
#define LAYER_BATCH_START(gp, entry, ops, count)                                                   \
	do {                                                                                       \
		(gp)[HOST_PC] = (entry);                                                           \
		(gp)[HOST_X19] = (ops);                                                            \
		(gp)[HOST_X20] = (count);                                                          \
		(gp)[HOST_SYSCALL] = -1UL;                                                         \
		(gp)[HOST_PSTATE] = 0;                                                             \
	} while (0)
/* After the last, or the one that failed. */
#define LAYER_BATCH_RESULT(gp) ((long)(gp)[HOST_X0])
#define LAYER_BATCH_LEFT(gp) ((gp)[HOST_X20])

#include "asm-um/layer-generic.h"

#endif
