/* riscv64: the host's view of a stopped thread's registers, for code that calls ptrace(2). */
#ifndef __SYSDEP_RISCV64_PTRACE_USER_H
#define __SYSDEP_RISCV64_PTRACE_USER_H

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

/* In words and in bytes: all that K keeps of a thread, in the order of the enum. */
#define FRAME_SIZE MAX_REG_NR
#define FRAME_SIZE_OFFSET PT_OFFSET(FRAME_SIZE)

/* struct __riscv_d_ext_state, 264 bytes, which a signal frame carries too. */
#define PT_FP_REGSET 2	/* NT_PRFPREG, <linux/elf.h> */

/* Linux has no PTRACE_SINGLESTEP for this CPU. */
#define PT_HOST_STEPS false
/* What ptrace_user.c asks for the first argument. */
#define PT_OWN_REQUEST PTRACE_GET_SYSCALL_INFO

struct sys_pt_regs {
	unsigned long regs[FRAME_SIZE];
};

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out);
int ptrace_setregs(long pid, struct sys_pt_regs *regs);

#endif
