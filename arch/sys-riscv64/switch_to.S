/*
 * void switch_to(void **save, void *load): fibers.  The registers that a called function keeps
 * (RISC-V psABI, "Register Convention"): ra, s0 to s11 and fs0 to fs11, go onto the running stack;
 * the rest the caller has saved.  gp and tp are the same for all fibers.
 */
	.text
	.globl switch_to
	.type switch_to, %function
switch_to:
	addi	sp, sp, -208
	sd	ra, 0(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 8 + 8 * \n(sp)
	fsd	fs\n, 104 + 8 * \n(sp)
	.endr
	sd	sp, 0(a0)
	mv	sp, a1
	ld	ra, 0(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 8 + 8 * \n(sp)
	fld	fs\n, 104 + 8 * \n(sp)
	.endr
	addi	sp, sp, 208
	ret
	.size switch_to, . - switch_to
	.section .note.GNU-stack, "", %progbits
