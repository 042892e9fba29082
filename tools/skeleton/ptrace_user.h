/* @CPU@: the host's view of a stopped thread's registers, for code that calls ptrace(2). */
#ifndef __SYSDEP_@CPU_UPPER@_PTRACE_USER_H
#define __SYSDEP_@CPU_UPPER@_PTRACE_USER_H

#include "sysdep/ptrace.h"

#define PT_OFFSET(reg) ((reg) * sizeof(unsigned long))

#define PT_SYSCALL_NR_OFFSET PT_OFFSET(REGNO_NR)
#define PT_SYSCALL_NR(regs) ((regs)[REGNO_NR])
#define PT_SYSCALL_ARG1_OFFSET PT_OFFSET(REGNO_ARG1)
#define PT_SYSCALL_ARG2_OFFSET PT_OFFSET(REGNO_ARG2)
#define PT_SYSCALL_ARG3_OFFSET PT_OFFSET(REGNO_ARG3)
#define PT_SYSCALL_ARG4_OFFSET PT_OFFSET(REGNO_ARG4)
#define PT_SYSCALL_ARG5_OFFSET PT_OFFSET(REGNO_ARG5)
#define PT_SYSCALL_ARG6_OFFSET PT_OFFSET(REGNO_ARG6)
#define PT_SYSCALL_RET_OFFSET PT_OFFSET(REGNO_RET)
#define PT_SYSCALL_RET(regs) ((regs)[REGNO_RET])
#define PT_IP_OFFSET PT_OFFSET(REGNO_IP)
#define PT_IP(regs) ((regs)[REGNO_IP])
#define PT_SP_OFFSET PT_OFFSET(REGNO_SP)
#define PT_SP(regs) ((regs)[REGNO_SP])

/* Optional: PT_STEP_FLAG with PT_SET_STEP and PT_CLEAR_STEP, where a flag among the registers makes the
 * CPU trap after the next instruction; PT_STOPS_HIDE true, where a call's stops hide a register;
 * UM_HAVE_GETREGS and UM_HAVE_SETREGS, where PTRACE_GETREGS is to be used; PT_OWN_REQUEST, a ptrace
 * request that only this port's ptrace_user.c makes: K is confined, and may make no other. */

/* In words and in bytes: what ptrace_getregs writes. */
#define FRAME_SIZE MAX_REG_NR
#define FRAME_SIZE_OFFSET PT_OFFSET(FRAME_SIZE)

/* The register set of PTRACE_GETREGSET with the FPU's state, as a signal frame carries it. */
#define PT_FP_REGSET 2	/* NT_PRFPREG, <linux/elf.h> */

struct sys_pt_regs {
	unsigned long regs[FRAME_SIZE];
};

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out);
int ptrace_setregs(long pid, struct sys_pt_regs *regs);

#endif
