/* ppc: the host's view of a stopped thread's registers, for code that calls ptrace(2). */
#ifndef __SYSDEP_PPC_PTRACE_USER_H
#define __SYSDEP_PPC_PTRACE_USER_H

#include "asm-um/ptrace_user.h"

/* Floating point and vectors are two of the host's sets, which K has one behind the other. */
#define FP_REGSET_SIZE 264	/* 33 doubles, the last of which has FPSCR */
#define VMX_REGSET_SIZE 544	/* 34 vectors, of which the last two have VSCR and VRSAVE */
#define FP_FRAME_SIZE ((FP_REGSET_SIZE + VMX_REGSET_SIZE) / sizeof(unsigned long))
#define PT_FP_REGSET 2		/* NT_PRFPREG, <linux/elf.h> */
#define PT_VMX_REGSET 0x100	/* NT_PPC_VMX */
#define ARCH_FP_REGSETS                                                                            \
	{ PT_FP_REGSET, 0, FP_REGSET_SIZE }, { PT_VMX_REGSET, FP_REGSET_SIZE, VMX_REGSET_SIZE }

/* What guests find by ptrace(2): general registers and, from word 48 on, floating point. */
#define ARCH_USER_WORDS (PT_RESULT + 1)
#define ARCH_USER_FP PT_FPR0
#define ARCH_REGSET_REQUESTS                                                                       \
	{ PTRACE_GETREGS, PTRACE_SETREGS, 1 /* NT_PRSTATUS */, 4 * (PT_RESULT + 1) },              \
	{ PTRACE_GETFPREGS, PTRACE_SETFPREGS, PT_FP_REGSET, FP_REGSET_SIZE },                      \
	{ PTRACE_GETVRREGS, PTRACE_SETVRREGS, PT_VMX_REGSET, 33 * 16 + 4 }

/* What ptrace_setregs asks with where a thread has stopped. */
#define PT_OWN_REQUEST PTRACE_GET_SYSCALL_INFO

#define PT_IS_STATE(i) ((i) == PT_TRAP)

/* The C library's, of the running code: it has no other name here. */
#define PT_THREAD_POINTER ({ register char *r2 __asm__("r2"); r2; })

#endif
