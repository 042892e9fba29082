/*
 * The layer's batch executor: runs host calls that K has put into the batch page, struct layer_op one
 * behind the other.  Two registers hold the address of the first and how many there are.
 *
 * When all are done it stops at a breakpoint (SIGTRAP).  When one fails, its result being -4095 to
 * -1 (or the CPU's flag), it stops at an illegal instruction (SIGILL) with the -errno in a
 * register, and how many were left, with it, in another.  No memory but that page, and no stack:
 * other threads of the space can change nothing that it relies on.
 *
 * The text is copied to where the layer is mapped: position-independent, no data.
 */
	.error "not yet: layer_batch"
	.section .rodata.layer, "a"
	.globl layer_text_start, layer_text_end, layer_batch
	.balign 64
layer_text_start:
layer_batch:
layer_text_end:
	.section .note.GNU-stack, "", %progbits
