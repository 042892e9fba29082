/* riscv64: how K talks to the layer's batch executor (arch/sys-riscv64/layer_batch.S). */
#ifndef __SYSDEP_RISCV64_LAYER_H
#define __SYSDEP_RISCV64_LAYER_H

#include "sysdep/ptrace.h"

/* One host call for the executor; word offsets are layer_batch.S's. */
struct layer_op {
	unsigned long nr;
	unsigned long arg[6];
};

/* The call that maps memory, and its last argument: bytes, or (mmap2) units of 4096. */
#define LAYER_NR_MMAP __NR_mmap
#define LAYER_MMAP_OFFSET(bytes) (bytes)

/* Registers of a thread that is to run `count` operations at address `ops`, from `entry` on. */
#define LAYER_BATCH_START(gp, entry, ops, count) \
	do { \
		(gp)[HOST_PC] = (entry); \
		(gp)[HOST_S1] = (ops); \
		(gp)[HOST_S2] = (count); \
		(gp)[HOST_A0] = 0; /* not a result upon which the host makes a call again */ \
		(gp)[HOST_SYSCALL] = -1UL; \
	} while (0)
/* The signal of the stop when all is done.  Any other: the -errno of the operation that failed, and
 * how many were left, with it. */
#define LAYER_DONE_SIGNAL 5	/* SIGTRAP: ebreak */
#define LAYER_BATCH_RESULT(gp) ((long)(gp)[HOST_A0])
#define LAYER_BATCH_LEFT(gp) ((gp)[HOST_S2])

#ifndef __ASSEMBLER__
extern const char layer_text_start[], layer_text_end[];
extern const char layer_batch[];
extern const char layer_breakpoint[];	/* not here: sites are not rewritten */
#endif

#endif
