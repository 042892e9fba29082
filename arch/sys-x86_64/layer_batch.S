/*
 * The layer's batch executor: runs host calls that K has put into the batch page.
 *
 *	rbx	address of the first struct layer_op
 *	rbp	how many
 *
 * When all are done it stops at int3 (SIGTRAP).  When one fails it stops at ud2 (SIGILL) with the
 * -errno in rax and in rbp how many were left, so that K need not read registers to know that
 * all is well.  It uses no memory but the page that only K can write, and no stack: other
 * threads of the space can change nothing that it relies on.
 *
 * The text is copied to where the layer is mapped: position-independent, no data.
 */
	.section .rodata.layer, "a"
	.globl layer_text_start, layer_text_end, layer_batch, layer_breakpoint
	.balign 64
layer_text_start:
layer_batch:
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
	addq	$56, %rbx
	decq	%rbp
	jnz	1b
	int3
2:	ud2
/*
 * Where rewritten system call sites go under the ptrace gate (rewrite): a stop that tells K the
 * number, in eax, and the return address, in rcx.
 */
layer_breakpoint:
	int3
layer_text_end:
	.section .note.GNU-stack, "", @progbits
