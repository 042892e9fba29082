/*
 * The layer's batch executor: runs host calls that K has put into the batch page.
 *
 *	x19	address of the first struct layer_op
 *	x20	how many
 *
 * When all are done it stops at brk (SIGTRAP).  When one fails it stops at udf (SIGILL) with the
 * -errno in x0 and in x20 how many were left.  It uses no memory but the page that only K can
 * write, and no stack: other threads of the space can change nothing that it relies on.
 *
 * The text is copied to where the layer is mapped: position-independent, no data.
 */
	.section .rodata.layer, "a"
	.globl layer_text_start, layer_text_end, layer_batch
	.balign 64
layer_text_start:
layer_batch:
1:	ldp	x8, x0, [x19]
	ldp	x1, x2, [x19, #16]
	ldp	x3, x4, [x19, #32]
	ldr	x5, [x19, #48]
	svc	#0
	cmn	x0, #4095
	b.hs	2f
	add	x19, x19, #56
	subs	x20, x20, #1
	b.ne	1b
	brk	#0
2:	udf	#0
layer_text_end:
	.section .note.GNU-stack, "", %progbits
