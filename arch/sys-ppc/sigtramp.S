/*
 * ppc: what signal handlers return to, with notes by which unwinders find in the frame what the
 * interrupted code had in its registers (DWARF 4, 6.4).  As Linux has it in its vDSO; libgcc's own
 * way to know a frame by this code ends in abort().
 */
#include <asm/unistd.h>

/* Where struct mcontext is from r1 (sysdep/frame.h), and FP and vector registers in it. */
#define RT_REGS 400
#define OLD_REGS 96
#define FREGS 192
#define VREGS 464

/* DW_CFA_expression, DW_OP_breg1: the register is at r1 + at. */
.macro saved reg, at
	.cfi_escape 0x10, \reg, 3, 0x71, ((\at) & 0x7f) | 0x80, (\at) >> 7
.endm

/* The frame's address is the other code's r1: DW_CFA_def_cfa_expression, DW_OP_breg1, DW_OP_deref.
 * An instruction before the first: unwinders look for what is before a return address. */
.macro trampoline nr, regs
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_return_column 67
	.cfi_escape 0x0f, 4, 0x71, ((\regs + 4) & 0x7f) | 0x80, (\regs + 4) >> 7, 0x06
	saved	67, \regs + 4 * 32	/* pc */
	saved	65, \regs + 4 * 36	/* lr */
	saved	70, \regs + 4 * 38	/* cr */
	.irp	n, 0,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	saved	\n, \regs + 4 * \n
	.endr
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	saved	32 + \n, \regs + FREGS + 8 * \n
	saved	77 + \n, \regs + VREGS + 16 * \n
	.endr
	nop
	li	0, \nr
	sc
	.cfi_endproc
.endm

	.text
	trampoline __NR_rt_sigreturn, RT_REGS
	trampoline __NR_sigreturn, OLD_REGS
