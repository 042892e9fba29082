/* arm64: how K talks to the layer's batch executor (arch/sys-arm64/layer_batch.S). */
#ifndef __SYSDEP_ARM64_LAYER_H
#define __SYSDEP_ARM64_LAYER_H

#include "sysdep/ptrace.h"

/* One host call for the executor; word offsets are layer_batch.S's. */
struct layer_op {
	unsigned long nr;
	unsigned long arg[6];
};

/* User code sets tpidr_el0 itself. */
#define LAYER_TLS_CHANGES 1

/* The calls a batch is made of. */
#define LAYER_NR_MMAP __NR_mmap
#define LAYER_MMAP_OFFSET(bytes) (bytes)

/* Registers of a thread that is to run `count` operations at address `ops`. */
#define LAYER_BATCH_START(gp, entry, ops, count)                                                   \
	do {                                                                                       \
		(gp)[HOST_PC] = (entry);                                                           \
		(gp)[HOST_X19] = (ops);                                                            \
		(gp)[HOST_X20] = (count);                                                          \
		(gp)[HOST_SYSCALL] = -1UL;                                                         \
		(gp)[HOST_PSTATE] = 0;                                                             \
	} while (0)
/* The signal of the stop when all is done.  Any other: the -errno of the operation that failed,
 * and how many were left. */
#define LAYER_DONE_SIGNAL 5	/* SIGTRAP: brk */
#define LAYER_BATCH_RESULT(gp) ((long)(gp)[HOST_X0])
#define LAYER_BATCH_LEFT(gp) ((gp)[HOST_X20])

#ifndef __ASSEMBLER__
extern const char layer_text_start[], layer_text_end[];
extern const char layer_batch[];
extern const char layer_breakpoint[];	/* not here: sites are not rewritten */
#endif

#endif
