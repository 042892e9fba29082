/* For a port's sysdep/layer.h: how K talks to the layer's batch executor, as far as it is the same
 * for all.  What the port has defined before it is included stays.  arch/sys-X/layer_batch.S */
#ifndef __UM_LAYER_GENERIC_H
#define __UM_LAYER_GENERIC_H

#include <asm/unistd.h>

/* The call that maps memory, and its last argument: bytes, or (mmap2) units of 4096. */
#ifndef LAYER_NR_MMAP
#ifdef __NR_mmap2
#define LAYER_NR_MMAP __NR_mmap2
#define LAYER_MMAP_OFFSET(bytes) ((bytes) >> 12)
#else
#define LAYER_NR_MMAP __NR_mmap
#define LAYER_MMAP_OFFSET(bytes) (bytes)
#endif
#endif

/* The signal of the stop when all is done.  Any other: the -errno of the operation that failed is
 * LAYER_BATCH_RESULT(gp), and LAYER_BATCH_LEFT(gp) says how many were left, with it. */
#ifndef LAYER_DONE_SIGNAL
#define LAYER_DONE_SIGNAL 5	/* SIGTRAP: a breakpoint */
#endif

#ifndef __ASSEMBLER__
/* One host call for the executor; word offsets are layer_batch.S's. */
struct layer_op {
	unsigned long nr;
	unsigned long arg[6];
};

/* The executor's text, and in it the executor and, where sites are rewritten, the breakpoint. */
extern const char layer_text_start[], layer_text_end[];
extern const char layer_batch[], layer_breakpoint[];
#endif

#endif
