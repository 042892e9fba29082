/*
 * The layer's ways in, where no C code can be: signals, the mapper.
 *
 * A guest can jump to any instruction here, with any registers.  The system calls that it can
 * make so are those its filter allows (os/space_filter.c): harmless ones.
 */
#include <asm/unistd.h>

#include "um/layer.h"

#define SECCOMP_SET_MODE_FILTER 1	/* <linux/seccomp.h>, which is not for assembly */
/* Of a 64-bit word, where a value of 32 bits is. */
#define LOW(offset) ((offset) + 4)
/* The channel that r1 is in. */
#define CHANNEL_OF_R1(reg) rlwinm reg, 1, 0, 0, 15
/* Of the ring's address: distances are multiples of 64 KiB, addis's unit. */
#define TO_COMMON ((LAYER_COMMON_OFFSET - LAYER_RING_OFFSET) >> 16)
#define TO_SHARED (-((LAYER_RING_OFFSET - LAYER_SHARED_OFFSET) >> 16))

	.section layer_text, "ax", @progbits
	.globl layer_handler, layer_restorer, layer_parked, layer_first_trap, layer_mapper
	.hidden layer_trap, layer_go

/*
 * A host signal, on the channel's signal stack; r1 is the frame, r3 the signal.  All others are
 * blocked.  From layer_parked on nothing is used but r1 and what K wrote: K has seen by the host's
 * word that a thread of a recycled space sleeps there with that r1.
 */
	.balign 16
layer_handler:
	CHANNEL_OF_R1(4)
	li	0, 0
	stw	0, CHO_FRAME(4)
	stw	1, LOW(CHO_FRAME)(4)
	bl	layer_trap
	cmpwi	3, 0
	bne	2f
1:	CHANNEL_OF_R1(3)
	li	4, 0			/* FUTEX_WAIT */
	li	5, CH_TRAP_ASLEEP
	li	6, 0
	li	0, __NR_futex
	sc
layer_parked:
	CHANNEL_OF_R1(3)
	lwz	4, CHO_STATE(3)
	cmpwi	4, CH_TRAP_ASLEEP
	beq	1b
	isync
2:	CHANNEL_OF_R1(3)
	bl	layer_go
layer_restorer:
	li	0, __NR_rt_sigreturn
	sc
layer_first_trap:
	.long	0

/*
 * The mapper: r31 is the ring, r30 the next operation.  State in registers only: no stack, no
 * memory but the ring.  What it stores is for this space's threads, not for itself.  A thread that
 * it makes is on its own at once, and narrows its filter before it touches any memory.
 */
	.balign 16
layer_mapper:
1:	lwz	9, RINGO_POSTED(31)
	cmplw	9, 30
	beq	3f
	isync
	andi.	29, 30, RING_OPS - 1
	slwi	28, 29, 6
	add	28, 28, 31
	addi	28, 28, RINGO_FIRST
	lwz	0, 0(28)
	lwz	3, LOW(8)(28)
	lwz	4, LOW(16)(28)
	lwz	5, LOW(24)(28)
	lwz	6, LOW(32)(28)
	lwz	7, LOW(40)(28)
	lwz	8, LOW(48)(28)
	lwz	1, LOW(56)(28)
	mr	27, 3
	sc
	/* What follows clone is run by the child before its memory is its own: no store there. */
	addi	30, 30, 1
	bns	2f
	neg	3, 3
2:	cmpwi	3, 0
	beq	7f
	addis	9, 31, TO_COMMON
	slwi	10, 29, 3
	add	9, 9, 10
	srawi	4, 3, 31
	stw	4, COMMONO_RESULTS(9)
	stw	3, LOW(COMMONO_RESULTS)(9)
	lwz	26, 4(28)
	li	4, -4095
	cmplw	3, 4
	bge	5f
2:	andi.	26, 26, RING_OPS - 1
	add	30, 30, 26
	b	1b

	/* All done: first that is said, then looked whether somebody sleeps until it is. */
3:	addis	9, 31, TO_COMMON
	sync
	stw	30, COMMONO_DONE(9)
	sync
	lwz	10, COMMONO_WAITERS(9)
	cmpwi	10, 0
	beq	4f
	li	10, 0
	stw	10, COMMONO_WAITERS(9)
	addi	3, 9, COMMONO_WAITERS
	li	4, 1			/* FUTEX_WAKE */
	lis	5, 0x7fff
	li	0, __NR_futex
	sc
4:	addi	3, 31, RINGO_POSTED
	li	4, 0			/* FUTEX_WAIT */
	mr	5, 30
	li	6, 0
	li	0, __NR_futex
	sc
	b	1b

	/* One failed. */
5:	cmpwi	26, 0			/* RING_FATAL */
	blt	6f
	li	3, SPACE_FD_ACK
	addi	4, 31, RINGO_TOKEN
	li	5, 8
	li	0, __NR_write
	sc
	b	2b
6:	li	3, 99
	li	0, __NR_exit_group
	sc
	.long	0

	/* It gave 0: only in a new thread was the first argument this.  The thread must not read the
	 * ring, where K may have put something else before it gets a CPU: all it needs is the filter,
	 * and r1. */
7:	lis	9, LAYER_CLONE_THREAD >> 16
	ori	9, 9, LAYER_CLONE_THREAD & 0xffff
	cmplw	27, 9
	bne	1b
	li	3, SECCOMP_SET_MODE_FILTER
	li	4, 0
	addis	5, 31, TO_SHARED
	addi	5, 5, SHAREDO_FILTER
	li	0, __NR_seccomp
	sc
	bso	6b
	b	layer_restorer

	.section .note.GNU-stack, "", @progbits
