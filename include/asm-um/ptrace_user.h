/* For a port's sysdep/ptrace_user.h: the contract's names for a stopped thread's registers, where
 * ptrace_getregs has them as K has: gp[], with which struct uml_pt_regs begins. */
#ifndef __UM_PTRACE_USER_H
#define __UM_PTRACE_USER_H

#include "sysdep/ptrace.h"

#define PT_REGS_OF(gp) ((struct uml_pt_regs *)(gp))
#define PT_OFFSET(reg) ((reg) * sizeof(unsigned long))

#define PT_SYSCALL_NR_OFFSET PT_OFFSET(HOST_SYSCALL)
#define PT_SYSCALL_NR(gp) ((gp)[HOST_SYSCALL])
#define PT_SYSCALL_ARG1_OFFSET ((unsigned long)&UPT_SYSCALL_ARG1(PT_REGS_OF(0)))
#define PT_SYSCALL_ARG2_OFFSET ((unsigned long)&UPT_SYSCALL_ARG2(PT_REGS_OF(0)))
#define PT_SYSCALL_ARG3_OFFSET ((unsigned long)&UPT_SYSCALL_ARG3(PT_REGS_OF(0)))
#define PT_SYSCALL_ARG4_OFFSET ((unsigned long)&UPT_SYSCALL_ARG4(PT_REGS_OF(0)))
#define PT_SYSCALL_ARG5_OFFSET ((unsigned long)&UPT_SYSCALL_ARG5(PT_REGS_OF(0)))
#define PT_SYSCALL_ARG6_OFFSET ((unsigned long)&UPT_SYSCALL_ARG6(PT_REGS_OF(0)))
#define PT_IP_OFFSET ((unsigned long)&UPT_IP(PT_REGS_OF(0)))
#define PT_IP(gp) UPT_IP(PT_REGS_OF(gp))
#define PT_SP_OFFSET ((unsigned long)&UPT_SP(PT_REGS_OF(0)))
#define PT_SP(gp) UPT_SP(PT_REGS_OF(gp))

/* All that K keeps of a thread, in the order of gp[]. */
#define FRAME_SIZE MAX_REG_NR
#define FRAME_SIZE_OFFSET PT_OFFSET(FRAME_SIZE)

struct sys_pt_regs {
	unsigned long regs[FRAME_SIZE];
};

/* 0 or -errno. */
int ptrace_getregs(long pid, struct sys_pt_regs *regs_out);
int ptrace_setregs(long pid, struct sys_pt_regs *regs);

#endif
