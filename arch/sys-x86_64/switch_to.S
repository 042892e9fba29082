/*
 * void switch_to(void **save, void *load): fibers.  The System V ABI's callee-saved registers,
 * x87 control word and MXCSR go onto the running stack; the rest the caller has saved.
 */
	.text
	.globl switch_to
	.type switch_to, @function
switch_to:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	ldmxcsr	(%rsp)
	fldcw	4(%rsp)
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size switch_to, . - switch_to
	.section .note.GNU-stack, "", @progbits
