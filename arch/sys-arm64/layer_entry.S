/*
 * The layer's ways in, where no C code can be: signals, the mapper.
 *
 * A guest can jump to any instruction here, with any registers.  The system calls that it can
 * make so are those its filter allows (os/space_filter.c): harmless ones.
 */
#include <asm/unistd.h>

#include "um/layer.h"

#define SECCOMP_SET_MODE_FILTER 1	/* <linux/seccomp.h>, which is not for assembly */

/* The channel that sp is in. */
.macro channel_of_sp reg
	mov	\reg, sp
	and	\reg, \reg, #-CHANNEL_SIZE
.endm

	.section layer_text, "ax", %progbits
	.globl layer_handler, layer_restorer, layer_parked, layer_first_trap, layer_mapper
	.hidden layer_trap, layer_go

/*
 * A host signal, on the channel's signal stack; sp is the frame, w0 the signal.  All others are
 * blocked.  The frame does not hold the TLS register, so K is told.  From layer_parked on nothing
 * is used but sp and what K wrote: K has seen by the host's word that a thread of a recycled space
 * sleeps there with that sp.
 */
	.balign 16
layer_handler:
	channel_of_sp x1
	mov	x9, sp
	str	x9, [x1, #CHO_FRAME]
	mrs	x10, tpidr_el0
	str	x10, [x1, #CHO_TLS]
	bl	layer_trap
	cbnz	w0, 2f
1:	channel_of_sp x0
	mov	x1, #0			/* FUTEX_WAIT */
	mov	x2, #CH_TRAP_ASLEEP
	mov	x3, #0
	mov	x8, #__NR_futex
	svc	#0
layer_parked:
	channel_of_sp x0
	ldar	w1, [x0]		/* CHO_STATE */
	cmp	w1, #CH_TRAP_ASLEEP
	b.eq	1b
2:	channel_of_sp x0
	bl	layer_go
layer_restorer:
	mov	x8, #__NR_rt_sigreturn
	svc	#0
layer_first_trap:
	msr	tpidr_el0, xzr
	udf	#0

/*
 * The mapper: x19 is the ring, w20 the next operation.  State in registers only: no stack, no
 * memory but the ring.  What it stores is for this space's threads, not for itself.  A thread that
 * it makes is on its own at once, and narrows its filter before it touches any memory.
 */
	.balign 16
layer_mapper:
1:	ldar	w9, [x19]		/* RINGO_POSTED */
	cmp	w20, w9
	b.eq	3f
	and	w22, w20, #RING_OPS - 1
	add	x23, x19, #RINGO_FIRST
	add	x23, x23, x22, lsl #6
	ldr	w8, [x23]
	ldp	x0, x1, [x23, #8]
	ldp	x2, x3, [x23, #24]
	ldp	x4, x5, [x23, #40]
	ldr	x9, [x23, #56]
	mov	sp, x9
	mov	x24, x0
	svc	#0
	/* What follows clone is run by the child before its memory is its own: no store there. */
	add	w20, w20, #1
	cbz	x0, 7f
	add	x9, x19, #LAYER_COMMON_OFFSET - LAYER_RING_OFFSET
	add	x9, x9, #COMMONO_RESULTS
	str	x0, [x9, x22, lsl #3]
	ldr	w25, [x23, #4]
	cmn	x0, #4095
	b.hs	5f
2:	and	w25, w25, #RING_OPS - 1
	add	w20, w20, w25
	b	1b

	/* All done: first that is said, then looked whether somebody sleeps until it is. */
3:	add	x9, x19, #LAYER_COMMON_OFFSET - LAYER_RING_OFFSET
	stlr	w20, [x9]		/* COMMONO_DONE */
	dmb	ish
	add	x0, x9, #COMMONO_WAITERS
	ldr	w10, [x0]
	cbz	w10, 4f
	str	wzr, [x0]
	mov	x1, #1			/* FUTEX_WAKE */
	mov	x2, #0x7fffffff
	mov	x8, #__NR_futex
	svc	#0
4:	mov	x0, x19			/* RINGO_POSTED */
	mov	x1, #0			/* FUTEX_WAIT */
	mov	w2, w20
	mov	x3, #0
	mov	x8, #__NR_futex
	svc	#0
	b	1b

	/* One failed. */
5:	tbnz	w25, #31, 6f		/* RING_FATAL */
	mov	x0, #SPACE_FD_ACK
	add	x1, x19, #RINGO_TOKEN
	mov	x2, #8
	mov	x8, #__NR_write
	svc	#0
	b	2b
6:	mov	x0, #99
	mov	x8, #__NR_exit_group
	svc	#0
	udf	#0

	/* It gave 0: only in a new thread was the first argument this.  The thread must not read the
	 * ring, where K may have put something else before it gets a CPU: all it needs is the filter,
	 * and sp. */
7:	mov	w9, #LAYER_CLONE_THREAD & 0xffff
	movk	w9, #LAYER_CLONE_THREAD >> 16, lsl #16
	cmp	x24, x9
	b.ne	1b
	mov	x0, #SECCOMP_SET_MODE_FILTER
	mov	x1, #0
	sub	x2, x19, #LAYER_RING_OFFSET - LAYER_SHARED_OFFSET
	add	x2, x2, #SHAREDO_FILTER
	mov	x8, #__NR_seccomp
	svc	#0
	cbnz	x0, 6b
	b	layer_restorer

	.section .note.GNU-stack, "", %progbits
