/* riscv64: how K talks to the layer's batch executor (arch/sys-riscv64/layer_batch.S). */
#ifndef __SYSDEP_RISCV64_LAYER_H
#define __SYSDEP_RISCV64_LAYER_H

#include "sysdep/ptrace.h"

/* Registers of a thread that is to run `count` operations at address `ops`, from `entry` on. */
#define LAYER_BATCH_START(gp, entry, ops, count) \
	do { \
		(gp)[HOST_PC] = (entry); \
		(gp)[HOST_S1] = (ops); \
		(gp)[HOST_S2] = (count); \
		(gp)[HOST_A0] = 0; /* not a result upon which the host makes a call again */ \
		(gp)[HOST_SYSCALL] = -1UL; \
	} while (0)
/* After the last, or the one that failed. */
#define LAYER_BATCH_RESULT(gp) ((long)(gp)[HOST_A0])
#define LAYER_BATCH_LEFT(gp) ((gp)[HOST_S2])

#include "asm-um/layer-generic.h"

#endif
