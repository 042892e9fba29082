/*
 * The layer's batch executor: runs host calls that K has put into the batch page.  esp is the
 * place in it, and the code's own place says how many are left (sysdep/layer.h).
 *
 * When all are done it stops at int3 (SIGTRAP).  When one fails it stops at ud2 (SIGILL) with the
 * -errno in eax.  It uses no memory but the page that only K can write: other threads of the
 * space can change nothing that it relies on.
 *
 * The text is copied to where the layer is mapped: position-independent, no data.
 */
#include "sysdep/layer.h"

	.section .rodata.layer, "a"
	.globl layer_text_start, layer_text_end, layer_batch
	.balign 64
layer_text_start:
layer_batch:
	.rept BATCH_STEPS
	.balign BATCH_STEP_SIZE, 0x90	/* nop */
	popl	%eax
	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
	int	$0x80
	cmpl	$-4095, %eax
	jb	1f
	ud2
1:
	.endr
	.balign BATCH_STEP_SIZE, 0x90	/* nop */
	int3
layer_text_end:
	.section .note.GNU-stack, "", @progbits
