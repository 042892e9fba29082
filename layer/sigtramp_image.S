/* The image with a port's signal trampolines inside um, for kernel/sigpage.c. */
	.section .rodata
	.globl sigtramp_image_start, sigtramp_image_end
	.balign 16
sigtramp_image_start:
	.incbin SIGTRAMP_IMAGE
sigtramp_image_end:
	.section .note.GNU-stack, "", %progbits
