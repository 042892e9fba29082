/* x86_64: how K talks to the layer's batch executor (arch/sys-x86_64/layer_batch.S). */
#ifndef __SYSDEP_X86_64_LAYER_H
#define __SYSDEP_X86_64_LAYER_H

#include "sysdep/ptrace.h"

#define LAYER_CALLS 1

/* Registers of a thread that is to run `count` operations at address `ops`. */
#define LAYER_BATCH_START(gp, entry, ops, count)                                                   \
	do {                                                                                       \
		(gp)[HOST_IP] = (entry);                                                           \
		(gp)[HOST_BX] = (ops);                                                             \
		(gp)[HOST_BP] = (count);                                                           \
		(gp)[HOST_ORIG_AX] = -1UL;                                                         \
		(gp)[HOST_EFLAGS] = 0x202;                                                         \
	} while (0)
/* The signal of the stop when all is done.  Any other: the -errno of the operation that failed,
 * and how many were left. */
#define LAYER_DONE_SIGNAL 5	/* SIGTRAP: int3 */
#define LAYER_BATCH_RESULT(gp) ((long)(gp)[HOST_AX])
#define LAYER_BATCH_LEFT(gp) ((gp)[HOST_BP])

/* Has the thread stopped at the breakpoint at `entry`, where rewritten sites go? */
#define LAYER_AT_BREAKPOINT(gp, entry) ((gp)[HOST_IP] == (entry) + 1)
/* Gives it the registers of a thread that has just made the system call. */
#define LAYER_BREAKPOINT_TO_SYSCALL(gp)                                                            \
	do {                                                                                       \
		(gp)[HOST_IP] = (gp)[HOST_CX];                                                     \
		(gp)[HOST_R11] = (gp)[HOST_EFLAGS];                                                \
		(gp)[HOST_ORIG_AX] = (gp)[HOST_AX];                                                \
	} while (0)

#include "asm-um/layer-generic.h"

#endif
