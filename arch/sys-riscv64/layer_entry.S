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
	li	\reg, -CHANNEL_SIZE
	and	\reg, \reg, sp
.endm

	.section layer_text, "ax", %progbits
	.globl layer_handler, layer_restorer, layer_parked, layer_first_trap, layer_mapper
	.hidden layer_trap, layer_go

/*
 * A host signal, on the channel's signal stack; sp is the frame, a0 the signal.  All others are
 * blocked.  From layer_parked on nothing is used but sp and what K wrote: K has seen by the host's
 * word that a thread of a recycled space sleeps there with that sp.
 */
	.balign 16
layer_handler:
	channel_of_sp a1
	sd	sp, CHO_FRAME(a1)
	call	layer_trap
	bnez	a0, 2f
1:	channel_of_sp a0
	li	a1, 0			/* FUTEX_WAIT */
	li	a2, CH_TRAP_ASLEEP
	li	a3, 0
	li	a7, __NR_futex
	ecall
layer_parked:
	channel_of_sp a0
	lw	a1, CHO_STATE(a0)
	fence	r, rw
	li	a2, CH_TRAP_ASLEEP
	beq	a1, a2, 1b
2:	channel_of_sp a0
	call	layer_go
layer_restorer:
	li	a7, __NR_rt_sigreturn
	ecall
layer_first_trap:
	unimp

/*
 * The mapper: s1 is the ring, s2 the next operation, as a signed word.  State in registers only: no
 * stack, no memory but the ring.  What it stores is for this space's threads, not for itself.  A
 * thread that it makes is on its own at once, and narrows its filter before it touches any memory.
 */
	.balign 16
layer_mapper:
1:	lw	t0, RINGO_POSTED(s1)
	fence	r, rw
	beq	s2, t0, 3f
	andi	s4, s2, RING_OPS - 1
	slli	s5, s4, 6
	add	s5, s5, s1
	li	t0, RINGO_FIRST
	add	s5, s5, t0
	lw	a7, 0(s5)
	ld	a0, 8(s5)
	ld	a1, 16(s5)
	ld	a2, 24(s5)
	ld	a3, 32(s5)
	ld	a4, 40(s5)
	ld	a5, 48(s5)
	ld	sp, 56(s5)
	mv	s6, a0
	ecall
	/* What follows clone is run by the child before its memory is its own: no store there. */
	addiw	s2, s2, 1
	beqz	a0, 7f
	li	t0, LAYER_COMMON_OFFSET - LAYER_RING_OFFSET + COMMONO_RESULTS
	add	t0, t0, s1
	slli	t1, s4, 3
	add	t0, t0, t1
	sd	a0, 0(t0)
	lw	s7, 4(s5)
	li	t0, -4095
	bgeu	a0, t0, 5f
2:	andi	s7, s7, RING_OPS - 1
	addw	s2, s2, s7
	j	1b

	/* All done: first that is said, then looked whether somebody sleeps until it is. */
3:	li	t0, LAYER_COMMON_OFFSET - LAYER_RING_OFFSET
	add	t0, t0, s1
	fence	rw, w
	sw	s2, COMMONO_DONE(t0)
	fence	rw, rw
	addi	a0, t0, COMMONO_WAITERS
	lw	t1, 0(a0)
	beqz	t1, 4f
	sw	zero, 0(a0)
	li	a1, 1			/* FUTEX_WAKE */
	li	a2, 0x7fffffff
	li	a7, __NR_futex
	ecall
4:	mv	a0, s1			/* RINGO_POSTED */
	li	a1, 0			/* FUTEX_WAIT */
	mv	a2, s2
	li	a3, 0
	li	a7, __NR_futex
	ecall
	j	1b

	/* One failed. */
5:	bltz	s7, 6f			/* RING_FATAL */
	li	a0, SPACE_FD_ACK
	addi	a1, s1, RINGO_TOKEN
	li	a2, 8
	li	a7, __NR_write
	ecall
	j	2b
6:	li	a0, 99
	li	a7, __NR_exit_group
	ecall
	unimp

	/* It gave 0: only in a new thread was the first argument this.  The thread must not read the
	 * ring, where K may have put something else before it gets a CPU: all it needs is the filter,
	 * and sp. */
7:	li	t0, LAYER_CLONE_THREAD
	bne	s6, t0, 1b
	li	a0, SECCOMP_SET_MODE_FILTER
	li	a1, 0
	li	t0, LAYER_RING_OFFSET - LAYER_SHARED_OFFSET
	sub	a2, s1, t0
	addi	a2, a2, SHAREDO_FILTER
	li	a7, __NR_seccomp
	ecall
	bnez	a0, 6b
	j	layer_restorer

	.section .note.GNU-stack, "", %progbits
