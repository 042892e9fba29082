/* The vDSO image inside um, for kernel/vdso.c. */
	.section .rodata
	.globl vdso_image_start, vdso_image_end
	.balign 16
vdso_image_start:
	.incbin VDSO_IMAGE
vdso_image_end:
	.section .note.GNU-stack, "", %progbits
