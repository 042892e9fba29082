/* i386: how K talks to the layer's batch executor (arch/sys-i386/layer_batch.S). */
#ifndef __SYSDEP_I386_LAYER_H
#define __SYSDEP_I386_LAYER_H

#ifndef __ASSEMBLER__
#include "sysdep/ptrace.h"
#endif

/* A call and its arguments take all registers but the stack pointer, which is the executor's
 * place in the batch.  So it has no counter: there is one copy of its code for each operation,
 * at the start of a page, and K says where to begin. */
#define BATCH_STEPS 64
#define BATCH_STEP_SIZE 32
#define BATCH_SIZE (BATCH_STEPS * BATCH_STEP_SIZE)

/* The calls a batch is made of. */
#define LAYER_NR_MMAP __NR_mmap2
#define LAYER_MMAP_OFFSET(bytes) ((bytes) >> 12)

/* Registers of a thread that is to run `count` operations at address `ops`.  It needs no TLS. */
#define LAYER_BATCH_START(gp, entry, ops, count)                                                   \
	do {                                                                                       \
		(gp)[HOST_IP] = (entry) + (BATCH_STEPS - (count)) * BATCH_STEP_SIZE;               \
		(gp)[HOST_SP] = (ops);                                                             \
		(gp)[HOST_ORIG_AX] = -1UL;                                                         \
		(gp)[HOST_EFLAGS] = 0x202;                                                         \
		(gp)[HOST_TLS_OWNER] = -1UL;                                                       \
	} while (0)
/* After the last, or the one that failed. */
#define LAYER_BATCH_RESULT(gp) ((long)(gp)[HOST_AX])
#define LAYER_BATCH_LEFT(gp) (BATCH_STEPS - (gp)[HOST_IP] % 4096 / BATCH_STEP_SIZE)

#include "asm-um/layer-generic.h"

#endif
