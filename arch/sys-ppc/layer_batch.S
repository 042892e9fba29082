/*
 * The layer's batch executor: runs host calls that K has put into the batch page.
 *
 *	r14	address of the first struct layer_op
 *	r15	how many
 *
 * When all are done it stops at a trap (SIGTRAP).  When one fails it stops at no instruction
 * (SIGILL) with the errno in r3 and in r15 how many were left.  It uses no memory but the page that
 * only K can write, and no stack: other threads of the space can change nothing that it relies on.
 * It is copied to where the layer is mapped: position-independent, no data.
 */
	.section .rodata.layer, "a"
	.globl layer_text_start, layer_text_end, layer_batch
	.balign 64
layer_text_start:
layer_batch:
1:	lwz	0, 0(14)
	lwz	3, 4(14)
	lwz	4, 8(14)
	lwz	5, 12(14)
	lwz	6, 16(14)
	lwz	7, 20(14)
	lwz	8, 24(14)
	sc
	bso	2f
	addi	14, 14, 28
	addic.	15, 15, -1
	bne	1b
	trap
2:	.long	0
layer_text_end:
	.section .note.GNU-stack, "", @progbits
