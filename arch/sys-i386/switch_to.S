/*
 * void switch_to(void **save, void *load): fibers.  The System V ABI's callee-saved registers,
 * x87 control word and MXCSR go onto the running stack; the rest the caller has saved.
 */
	.text
	.globl switch_to
	.type switch_to, @function
switch_to:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	subl	$8, %esp
	stmxcsr	(%esp)
	fnstcw	4(%esp)
	movl	%esp, (%eax)
	movl	%edx, %esp
	ldmxcsr	(%esp)
	fldcw	4(%esp)
	addl	$8, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.size switch_to, . - switch_to
	.section .note.GNU-stack, "", @progbits
