/*
 * The layer's batch executor: runs host calls that K has put into the batch page.
 *
 *	rbx	address of the first struct layer_op
 *	rbp	how many
 *
 * It stops at int3 with rax 0, or with the -errno of the operation that failed and in rbp how
 * many were left.  It uses no memory but the page that only K can write, and no stack: other
 * threads of the space can change nothing that it relies on.
 *
 * The text is copied to where the layer is mapped: position-independent, no data.
 */
	.section .rodata.layer, "a"
	.globl layer_text_start, layer_text_end, layer_batch
	.balign 64
layer_text_start:
layer_batch:
	xorl	%eax, %eax
	testq	%rbp, %rbp
	jz	2f
1:	movq	0(%rbx), %rax
	movq	8(%rbx), %rdi
	movq	16(%rbx), %rsi
	movq	24(%rbx), %rdx
	movq	32(%rbx), %r10
	movq	40(%rbx), %r8
	movq	48(%rbx), %r9
	syscall
	cmpq	$-4095, %rax
	jae	2f
	xorl	%eax, %eax
	addq	$56, %rbx
	decq	%rbp
	jnz	1b
2:	int3
	jmp	2b
layer_text_end:
	.section .note.GNU-stack, "", @progbits
