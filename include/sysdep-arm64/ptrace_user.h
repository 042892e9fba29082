/* arm64: the host's view of a stopped thread's registers, for code that calls ptrace(2). */
#ifndef __SYSDEP_ARM64_PTRACE_USER_H
#define __SYSDEP_ARM64_PTRACE_USER_H

#include "sysdep/ptrace.h"

#define PT_OFFSET(reg) ((reg) * sizeof(unsigned long))

#define PT_SYSCALL_NR_OFFSET PT_OFFSET(HOST_SYSCALL)
#define PT_SYSCALL_NR(regs) ((regs)[HOST_SYSCALL])
#define PT_SYSCALL_ARG1_OFFSET PT_OFFSET(HOST_X0)
#define PT_SYSCALL_ARG2_OFFSET PT_OFFSET(HOST_X1)
#define PT_SYSCALL_ARG3_OFFSET PT_OFFSET(HOST_X2)
#define PT_SYSCALL_ARG4_OFFSET PT_OFFSET(HOST_X3)
#define PT_SYSCALL_ARG5_OFFSET PT_OFFSET(HOST_X4)
#define PT_SYSCALL_ARG6_OFFSET PT_OFFSET(HOST_X5)
#define PT_SYSCALL_RET_OFFSET PT_OFFSET(HOST_X0)
#define PT_SYSCALL_RET(regs) ((regs)[HOST_X0])
#define PT_IP_OFFSET PT_OFFSET(HOST_PC)
#define PT_IP(regs) ((regs)[HOST_PC])
#define PT_SP_OFFSET PT_OFFSET(HOST_SP)
#define PT_SP(regs) ((regs)[HOST_SP])

/* At the stops of PTRACE_SYSEMU and PTRACE_SYSCALL the host has its own value in x7, and drops what
 * K writes there; the stops of filters and signals leave it alone. */
#define PT_STOPS_HIDE true

/* All that K keeps of a thread, in the order of enum. */
#define FRAME_SIZE MAX_REG_NR
#define FRAME_SIZE_OFFSET PT_OFFSET(FRAME_SIZE)

/* struct user_fpsimd_state, 528 bytes. */
#define FP_FRAME_SIZE (528 / sizeof(unsigned long))
#define PT_FP_REGSET 2	/* NT_PRFPREG, <linux/elf.h> */

struct sys_pt_regs {
	unsigned long regs[FRAME_SIZE];
};

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out);
int ptrace_setregs(long pid, struct sys_pt_regs *regs);

#endif
