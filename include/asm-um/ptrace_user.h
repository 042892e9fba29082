/* For a port's sysdep/ptrace_user.h: the contract's names for a stopped thread's registers, where
 * ptrace_getregs has them as K has: gp[] of asm-um/uml-pt-regs.h. */
#ifndef __UM_PTRACE_USER_H
#define __UM_PTRACE_USER_H

#include "sysdep/ptrace.h"

#define PT_OFFSET(reg) ((reg) * sizeof(unsigned long))

#define PT_SYSCALL_NR_OFFSET PT_OFFSET(REGNO_NR)
#define PT_SYSCALL_NR(gp) ((gp)[REGNO_NR])
#define PT_SYSCALL_ARG1_OFFSET PT_OFFSET(REGNO_ARG1)
#define PT_SYSCALL_ARG2_OFFSET PT_OFFSET(REGNO_ARG2)
#define PT_SYSCALL_ARG3_OFFSET PT_OFFSET(REGNO_ARG3)
#define PT_SYSCALL_ARG4_OFFSET PT_OFFSET(REGNO_ARG4)
#define PT_SYSCALL_ARG5_OFFSET PT_OFFSET(REGNO_ARG5)
#define PT_SYSCALL_ARG6_OFFSET PT_OFFSET(REGNO_ARG6)
#define PT_SYSCALL_RET_OFFSET PT_OFFSET(REGNO_RET)
#define PT_SYSCALL_RET(gp) ((gp)[REGNO_RET])
#define PT_IP_OFFSET PT_OFFSET(REGNO_IP)
#define PT_IP(gp) ((gp)[REGNO_IP])
#define PT_SP_OFFSET PT_OFFSET(REGNO_SP)
#define PT_SP(gp) ((gp)[REGNO_SP])

/* In words and in bytes: all that K keeps of a thread, in the order of gp[]. */
#define FRAME_SIZE MAX_REG_NR
#define FRAME_SIZE_OFFSET PT_OFFSET(FRAME_SIZE)

struct sys_pt_regs {
	unsigned long regs[FRAME_SIZE];
};

/* 0 or -errno. */
int ptrace_getregs(long pid, struct sys_pt_regs *regs_out);
int ptrace_setregs(long pid, struct sys_pt_regs *regs);

#endif
