/*
 * x86_64: the host's view of a stopped thread's registers, for code that calls ptrace(2).
 * Indexes and offsets come from <asm/ptrace-abi.h>'s order of struct user_regs_struct.
 */
#ifndef __SYSDEP_X86_64_PTRACE_USER_H
#define __SYSDEP_X86_64_PTRACE_USER_H

#ifndef __FRAME_OFFSETS
#define __FRAME_OFFSETS	/* ORIG_RAX and the others, as offsets in bytes */
#endif
#include <asm/ptrace-abi.h>

#define PT_INDEX(offset) ((offset) / sizeof(unsigned long))

#define PT_SYSCALL_NR_OFFSET ORIG_RAX
#define PT_SYSCALL_NR(regs) ((regs)[PT_INDEX(ORIG_RAX)])
#define PT_SYSCALL_ARG1_OFFSET RDI
#define PT_SYSCALL_ARG2_OFFSET RSI
#define PT_SYSCALL_ARG3_OFFSET RDX
#define PT_SYSCALL_ARG4_OFFSET R10
#define PT_SYSCALL_ARG5_OFFSET R8
#define PT_SYSCALL_ARG6_OFFSET R9
#define PT_SYSCALL_RET_OFFSET RAX
#define PT_SYSCALL_RET(regs) ((regs)[PT_INDEX(RAX)])
#define PT_IP_OFFSET RIP
#define PT_IP(regs) ((regs)[PT_INDEX(RIP)])
#define PT_SP_OFFSET RSP
#define PT_SP(regs) ((regs)[PT_INDEX(RSP)])

/* The trap flag: the CPU traps after the next instruction. */
#define PT_SET_STEP(regs) ((void)((regs)[PT_INDEX(EFLAGS)] |= 0x100))
#define PT_CLEAR_STEP(regs) ((void)((regs)[PT_INDEX(EFLAGS)] &= ~0x100UL))

/* DR7, u_debugreg[7] of struct user in <sys/user.h>: zero turns all breakpoints off. */
#define PT_DEBUG_CONTROL_OFFSET 904

/* 27 words: struct user_regs_struct in <sys/user.h>.  <asm/ptrace-abi.h> has the name for something
 * else, the bytes of the host kernel's own frame. */
#undef FRAME_SIZE
#define FRAME_SIZE 27
#define FRAME_SIZE_OFFSET (FRAME_SIZE * sizeof(unsigned long))

/* struct user_fpregs_struct, 512 bytes. */
#define FP_FRAME_SIZE (512 / sizeof(unsigned long))

#define UM_HAVE_GETREGS
#define UM_HAVE_SETREGS
#define UM_HAVE_GETFPREGS
#define UM_HAVE_SETFPREGS

/* The register set of ptrace(PTRACE_GETREGSET) that a signal frame carries. */
#define PT_FP_REGSET 0x202	/* NT_X86_XSTATE, <linux/elf.h> */

struct sys_pt_regs {
	unsigned long regs[FRAME_SIZE];
};

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out);
int ptrace_setregs(long pid, struct sys_pt_regs *regs);

#endif
