/*
 * void switch_to(void **save, void *load): fibers.  The registers that a called function keeps, those
 * of the FPU too, go onto the running stack, and its pointer into *save; then the same from `load`.
 */
	.error "not yet: switch_to"
	.text
	.globl switch_to
switch_to:
	.section .note.GNU-stack, "", %progbits
