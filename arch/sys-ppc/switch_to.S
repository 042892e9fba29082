/*
 * void switch_to(void **save, void *load): fibers.  What a called function keeps (System V ABI,
 * PowerPC supplement, 3): r14 to r31, f14 to f31 and the condition register go onto the running
 * stack, the link register into its caller's frame; the rest the caller has saved.  r2 and r13
 * are the same in all fibers.
 */
	.text
	.globl switch_to
	.type switch_to, @function
switch_to:
	stwu	1, -240(1)
	mflr	0
	stw	0, 244(1)
	mfcr	0
	stw	0, 8(1)
	.irp	n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	stfd	\n, (16 + 8 * (\n - 14))(1)
	.endr
	stmw	14, 160(1)
	stw	1, 0(3)
	mr	1, 4
	lmw	14, 160(1)
	.irp	n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	lfd	\n, (16 + 8 * (\n - 14))(1)
	.endr
	lwz	0, 8(1)
	mtcr	0
	lwz	0, 244(1)
	mtlr	0
	addi	1, 1, 240
	blr
	.size switch_to, . - switch_to
	.section .note.GNU-stack, "", @progbits
