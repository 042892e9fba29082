/*
 * The layer's batch executor: runs host calls that K has put into the batch page.
 *
 *	s1	address of the first struct layer_op
 *	s2	how many
 *
 * When all are done it stops at ebreak (SIGTRAP).  When one fails it stops at unimp (SIGILL) with
 * the -errno in a0 and in s2 how many were left.  It uses no memory but the page that only K can
 * write, and no stack: other threads of the space can change nothing that it relies on.
 *
 * The text is copied to where the layer is mapped: position-independent, no data.
 */
	.section .rodata.layer, "a"
	.globl layer_text_start, layer_text_end, layer_batch
	.balign 64
layer_text_start:
layer_batch:
1:	ld	a7, 0(s1)
	ld	a0, 8(s1)
	ld	a1, 16(s1)
	ld	a2, 24(s1)
	ld	a3, 32(s1)
	ld	a4, 40(s1)
	ld	a5, 48(s1)
	ecall
	li	t0, -4095
	bgeu	a0, t0, 2f
	addi	s1, s1, 56
	addi	s2, s2, -1
	bnez	s2, 1b
	ebreak
2:	unimp
layer_text_end:
	.section .note.GNU-stack, "", %progbits
