/*
 * x86_64: struct uml_pt_regs and its access macros.  Safe for kernel and host-side code alike:
 * no C library and no kernel header.
 *
 * Registers are either in gp[], in the order of the host's user_regs_struct, or, when sc is set,
 * in the signal frame that sc points at.
 */
#ifndef __SYSDEP_X86_64_PTRACE_H
#define __SYSDEP_X86_64_PTRACE_H

/* Indexes as in struct user_regs_struct (sys/user.h); ptrace offsets are eight times these. */
enum {
	HOST_R15, HOST_R14, HOST_R13, HOST_R12, HOST_BP, HOST_BX, HOST_R11, HOST_R10,
	HOST_R9, HOST_R8, HOST_AX, HOST_CX, HOST_DX, HOST_SI, HOST_DI, HOST_ORIG_AX,
	HOST_IP, HOST_CS, HOST_EFLAGS, HOST_SP, HOST_SS, HOST_FS_BASE, HOST_GS_BASE,
	HOST_DS, HOST_ES, HOST_FS, HOST_GS, MAX_REG_NR,
	USER_REG_NR = MAX_REG_NR
};

/* For show_regs; what is left out it does not print. */
#define ARCH_REG_NAMES                                                                             \
	[HOST_IP] = "rip", [HOST_SP] = "rsp", [HOST_EFLAGS] = "flags", [HOST_AX] = "rax",          \
	[HOST_BX] = "rbx", [HOST_CX] = "rcx", [HOST_DX] = "rdx", [HOST_SI] = "rsi",                \
	[HOST_DI] = "rdi", [HOST_BP] = "rbp", [HOST_R8] = "r8", [HOST_R9] = "r9",                  \
	[HOST_R10] = "r10", [HOST_R11] = "r11", [HOST_R12] = "r12", [HOST_R13] = "r13",            \
	[HOST_R14] = "r14", [HOST_R15] = "r15", [HOST_CS] = "cs", [HOST_SS] = "ss",                \
	[HOST_FS_BASE] = "fs", [HOST_GS_BASE] = "gs"

struct uml_pt_regs {
	unsigned long gp[MAX_REG_NR];
	long syscall;		/* the call being made, or -1 */
	int is_user;		/* entered from user mode; always so here */
	void *sc;		/* the signal frame that holds the registers, or NULL: gp */
};

#define EMPTY_UML_PT_REGS { .gp = { 0 }, .syscall = -1, .is_user = 0, .sc = (void *)0 }

/* Where register `reg` is now. */
static inline unsigned long *upt_slot(struct uml_pt_regs *regs, int reg)
{
	return &regs->gp[reg];
}

/* May a debugger set it so?  Of selectors only what it holds already, or null for a data segment. */
static inline int upt_allowed(struct uml_pt_regs *regs, int reg, unsigned long value)
{
	switch (reg) {
	case HOST_CS:
	case HOST_SS:
		return value == regs->gp[reg];
	case HOST_DS:
	case HOST_ES:
	case HOST_FS:
	case HOST_GS:
		return !value || value == regs->gp[reg];
	case HOST_FS_BASE:
	case HOST_GS_BASE:
		return value < (1UL << 47) - 4096;
	}
	return 1;
}

/* struct user of <sys/user.h>: its size, and where the debug registers are. */
#define USER_SIZE 912
#define USER_DEBUGREG 848

#define UPT_REG(regs, reg) (*upt_slot((regs), (reg)))
#define UPT_SET(regs, reg, val) ((void)(*upt_slot((regs), (reg)) = (val)))
#define UPT_IP(regs) UPT_REG(regs, HOST_IP)
#define UPT_SP(regs) UPT_REG(regs, HOST_SP)
#define UPT_FP(regs) UPT_REG(regs, HOST_BP)
#define UPT_SYSCALL_ARG1(regs) UPT_REG(regs, HOST_DI)
#define UPT_SYSCALL_ARG2(regs) UPT_REG(regs, HOST_SI)
#define UPT_SYSCALL_ARG3(regs) UPT_REG(regs, HOST_DX)
#define UPT_SYSCALL_ARG4(regs) UPT_REG(regs, HOST_R10)
#define UPT_SYSCALL_ARG5(regs) UPT_REG(regs, HOST_R8)
#define UPT_SYSCALL_ARG6(regs) UPT_REG(regs, HOST_R9)
#define UPT_SYSCALL_NR(regs) ((regs)->syscall)
#define UPT_ORIG_SYSCALL(regs) UPT_REG(regs, HOST_AX)
#define UPT_SYSCALL_RET(regs) ((long)UPT_REG(regs, HOST_AX))
#define UPT_SET_SYSCALL_RETURN(regs, res) UPT_SET(regs, HOST_AX, (unsigned long)(res))
/* `syscall` is two bytes long; the number goes back to where the instruction takes it from. */
#define UPT_RESTART_SYSCALL(regs)                                                                  \
	do {                                                                                       \
		UPT_IP(regs) -= 2;                                                                 \
		UPT_ORIG_SYSCALL(regs) = (regs)->syscall;                                          \
	} while (0)
#define UPT_SYSCALL_INSN_SIZE 2
/* What a tracer and a seccomp action find as the result before the call is made. */
#define UPT_TRACE_ENTRY(regs) UPT_SET_SYSCALL_RETURN(regs, -38 /* ENOSYS */)

#endif
