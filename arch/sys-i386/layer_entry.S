/*
 * The layer's ways in, where no C code can be: signals, the mapper.
 *
 * A guest can jump to any instruction here, with any registers.  The system calls that it can
 * make so are those its filter allows (os/space_filter.c): harmless ones.
 */
#include <asm/unistd.h>

#include "um/layer.h"

#define SECCOMP_SET_MODE_FILTER 1	/* <linux/seccomp.h>, which is not for assembly */
/* Channels and the ring lie at multiples of this. */
#define ALIGNED_DOWN(reg16) xorw reg16, reg16
#define SHARED_OF_RING(field) (LAYER_SHARED_OFFSET - LAYER_RING_OFFSET + (field))
#define COMMON_OF_RING(field) (LAYER_COMMON_OFFSET - LAYER_RING_OFFSET + (field))

	.section layer_text, "ax", @progbits
	.globl layer_handler, layer_restorer, layer_parked, layer_first_trap, layer_mapper
	.hidden layer_trap, layer_go

/*
 * A host signal, on the channel's signal stack; esp is the frame, the signal's number in it.  All
 * others are blocked.  From layer_parked on nothing is used but esp and what K wrote: K has seen
 * by the host's word that a thread of a recycled space sleeps there with that esp.
 */
	.balign 16
layer_handler:
	movl	%esp, %ebx
	movl	%esp, %esi
	ALIGNED_DOWN(%si)
	movl	%ebx, CHO_FRAME(%esi)
	movl	$0, CHO_FRAME + 4(%esi)
	movl	4(%ebx), %eax
	andl	$-16, %esp
	subl	$8, %esp
	pushl	%esi
	pushl	%eax
	call	layer_trap
	movl	%ebx, %esp
	testl	%eax, %eax
	jnz	2f
1:	movl	%esp, %ebx
	ALIGNED_DOWN(%bx)
	xorl	%ecx, %ecx		/* FUTEX_WAIT */
	movl	$CH_TRAP_ASLEEP, %edx
	xorl	%esi, %esi
	movl	$__NR_futex, %eax
	int	$0x80
layer_parked:
	movl	%esp, %ebx
	ALIGNED_DOWN(%bx)
	cmpl	$CH_TRAP_ASLEEP, CHO_STATE(%ebx)
	je	1b
2:	movl	%esp, %ebx
	movl	%esp, %esi
	ALIGNED_DOWN(%si)
	andl	$-16, %esp
	subl	$12, %esp
	pushl	%esi
	call	layer_go
	leal	4(%ebx), %esp
layer_restorer:
	movl	$__NR_rt_sigreturn, %eax
	int	$0x80
layer_first_trap:
	ud2

/*
 * The mapper.  A call takes all registers but esp, so this is its whole state: the ring's
 * address, and in its lower half, which is 0 in that, the number of the next operation, modulo
 * 2^16; it is never a stack.  What the mapper stores is for this space's threads, not for itself.
 * A thread that it makes is on its own at once, and narrows its filter before it touches any
 * memory.
 */
	.balign 16
layer_mapper:
1:	movl	%esp, %eax
	ALIGNED_DOWN(%ax)
	cmpw	%sp, RINGO_POSTED(%eax)
	je	3f
	movl	%esp, %ecx
	andl	$RING_OPS - 1, %ecx
	shll	$6, %ecx
	leal	RINGO_FIRST(%eax, %ecx), %eax
	movl	8(%eax), %ebx
	movl	16(%eax), %ecx
	movl	24(%eax), %edx
	movl	32(%eax), %esi
	movl	40(%eax), %edi
	movl	48(%eax), %ebp
	movl	(%eax), %eax
	cmpl	$__NR_clone, %eax
	jne	2f
	movl	%esp, %ebp		/* by which a new thread finds the layer */
2:	int	$0x80
	/* What follows clone is run by the child before its memory is its own: no store there. */
	incw	%sp
	testl	%eax, %eax
	jz	7f
	movl	%esp, %ebx
	ALIGNED_DOWN(%bx)
	leal	-1(%esp), %ecx
	andl	$RING_OPS - 1, %ecx
	movl	%eax, %edx
	sarl	$31, %edx
	leal	COMMON_OF_RING(COMMONO_RESULTS)(%ebx, %ecx, 8), %esi
	movl	%eax, (%esi)
	movl	%edx, 4(%esi)
	shll	$6, %ecx
	movl	RINGO_FIRST + 4(%ebx, %ecx), %ecx
	cmpl	$-4095, %eax
	jae	5f
	andl	$RING_OPS - 1, %ecx
	addw	%cx, %sp
	jmp	1b

	/* The number in full: not far behind the one that K has posted. */
3:	movl	%eax, %ebp
	movl	RINGO_POSTED(%ebp), %edx
	movl	%edx, %ecx
	subw	%sp, %cx
	movzwl	%cx, %ecx
	subl	%ecx, %edx
	movl	%edx, %eax
	xchgl	%eax, COMMON_OF_RING(COMMONO_DONE)(%ebp)
	xorl	%eax, %eax
	xchgl	%eax, COMMON_OF_RING(COMMONO_WAITERS)(%ebp)
	movl	%edx, %edi
	testl	%eax, %eax
	jz	4f
	leal	COMMON_OF_RING(COMMONO_WAITERS)(%ebp), %ebx
	movl	$1, %ecx		/* FUTEX_WAKE */
	movl	$0x7fffffff, %edx
	movl	$__NR_futex, %eax
	int	$0x80
4:	leal	RINGO_POSTED(%ebp), %ebx
	xorl	%ecx, %ecx		/* FUTEX_WAIT */
	movl	%edi, %edx
	xorl	%esi, %esi
	movl	$__NR_futex, %eax
	int	$0x80
	jmp	1b

	/* One failed. */
5:	testl	$RING_FATAL, %ecx
	jnz	6f
	andl	$RING_OPS - 1, %ecx
	addw	%cx, %sp
	movl	$__NR_write, %eax
	leal	RINGO_TOKEN(%ebx), %ecx
	movl	$SPACE_FD_ACK, %ebx
	movl	$8, %edx
	int	$0x80
	jmp	1b
6:	movl	$99, %ebx
	movl	$__NR_exit_group, %eax
	int	$0x80
	ud2

	/* It gave 0: only in a new thread is ebx still this.  The thread must not read the ring, where
	 * K may have put something else before it gets a CPU: all it needs is the filter, and esp. */
7:	cmpl	$LAYER_CLONE_THREAD, %ebx
	jne	1b
	decw	%sp
	movl	$__NR_seccomp, %eax
	movl	$SECCOMP_SET_MODE_FILTER, %ebx
	xorl	%ecx, %ecx
	ALIGNED_DOWN(%bp)
	leal	SHARED_OF_RING(SHAREDO_FILTER)(%ebp), %edx
	int	$0x80
	testl	%eax, %eax
	jnz	6b
	jmp	layer_restorer

	.section .note.GNU-stack, "", @progbits
