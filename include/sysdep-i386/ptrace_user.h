/* i386: the host's view of a stopped thread's registers, for code that calls ptrace(2).  Indexes
 * are <asm/ptrace-abi.h>'s. */
#ifndef __SYSDEP_I386_PTRACE_USER_H
#define __SYSDEP_I386_PTRACE_USER_H

#include <asm/ptrace-abi.h>

#include "sysdep/ptrace.h"
#include "sysdep/tls.h"

#define PT_OFFSET(index) ((index) * sizeof(unsigned long))

#define PT_SYSCALL_NR_OFFSET PT_OFFSET(ORIG_EAX)
#define PT_SYSCALL_NR(regs) ((regs)[ORIG_EAX])
#define PT_SYSCALL_ARG1_OFFSET PT_OFFSET(EBX)
#define PT_SYSCALL_ARG2_OFFSET PT_OFFSET(ECX)
#define PT_SYSCALL_ARG3_OFFSET PT_OFFSET(EDX)
#define PT_SYSCALL_ARG4_OFFSET PT_OFFSET(ESI)
#define PT_SYSCALL_ARG5_OFFSET PT_OFFSET(EDI)
#define PT_SYSCALL_ARG6_OFFSET PT_OFFSET(EBP)
#define PT_SYSCALL_RET_OFFSET PT_OFFSET(EAX)
#define PT_SYSCALL_RET(regs) ((regs)[EAX])
#define PT_IP_OFFSET PT_OFFSET(EIP)
#define PT_IP(regs) ((regs)[EIP])
#define PT_SP_OFFSET PT_OFFSET(UESP)
#define PT_SP(regs) ((regs)[UESP])

/* The trap flag: the CPU traps after the next instruction. */
#define PT_STEP_FLAG true
#define PT_SET_STEP(regs) ((void)((regs)[EFL] |= 0x100))
#define PT_CLEAR_STEP(regs) ((void)((regs)[EFL] &= ~0x100UL))

/* DR7, u_debugreg[7] of struct user in <sys/user.h>: zero turns all breakpoints off. */
#define PT_DEBUG_CONTROL_OFFSET 280

/* 17 words: struct user_regs_struct in <sys/user.h>. */
#undef FRAME_SIZE
#define FRAME_SIZE USER_REG_NR
#define FRAME_SIZE_OFFSET PT_OFFSET(FRAME_SIZE)
/* struct user_fpregs_struct, 108 bytes; struct user_fpxregs_struct, 512. */
#define FP_FRAME_SIZE (108 / sizeof(unsigned long))
#define FPX_FRAME_SIZE (512 / sizeof(unsigned long))

#define UM_HAVE_GETREGS
#define UM_HAVE_SETREGS
#define UM_HAVE_GETFPREGS
#define UM_HAVE_SETFPREGS
#define UM_HAVE_GETFPXREGS
#define UM_HAVE_SETFPXREGS

/* Under a 64-bit kernel a program can jump to 64-bit code, whose calls have other numbers. */
#define PT_NULL_CALL(gp) ((gp)[HOST_CS] == user_cs() ? __NR_getpid : -1UL)

/* What ptrace_setregs sets TLS descriptors with. */
#define PT_OWN_REQUEST PTRACE_SET_THREAD_AREA

/* The register set of ptrace(PTRACE_GETREGSET) that a signal frame carries. */
#define PT_FP_REGSET 0x202	/* NT_X86_XSTATE, <linux/elf.h> */

/* What uml_pt_regs keeps: what the host has in its struct, and the TLS descriptors. */
struct sys_pt_regs {
	unsigned long regs[MAX_REG_NR];
};

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out);
int ptrace_setregs(long pid, struct sys_pt_regs *regs);

#endif
