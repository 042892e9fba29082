/*
 * arm64: struct uml_pt_regs and its access macros.  Safe for kernel and host-side code alike:
 * no C library and no kernel header.
 *
 * gp[] begins as the host's struct user_pt_regs.  Behind that is what the host has in other
 * register sets, and the first argument of the call being made, which its result overwrites.
 */
#ifndef __SYSDEP_ARM64_PTRACE_H
#define __SYSDEP_ARM64_PTRACE_H

enum {
	HOST_X0, HOST_X1, HOST_X2, HOST_X3, HOST_X4, HOST_X5, HOST_X8 = 8, HOST_X19 = 19,
	HOST_X20, HOST_X29 = 29, HOST_X30, HOST_SP, HOST_PC, HOST_PSTATE,
	HOST_SYSCALL, HOST_TLS, HOST_ORIG_X0, MAX_REG_NR
};

/* For show_regs; what is left out it does not print. */
#define ARCH_REG_NAMES                                                                             \
	"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",    \
	"x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", \
	"x27", "x28", "x29", "x30", "sp", "pc", "flags", [HOST_TLS] = "tls"

/* ptrace(2)'s sets that are a run of gp[]. */
#define ARCH_PRSTATUS_WORDS (HOST_PSTATE + 1)
#define ARCH_REGSETS                                                                               \
	{ 0x401 /* NT_ARM_TLS */, HOST_TLS, 1, 8 },                                                \
	{ 0x404 /* NT_ARM_SYSTEM_CALL */, HOST_SYSCALL, 1, 4 }

struct uml_pt_regs {
	unsigned long gp[MAX_REG_NR];
	long syscall;		/* the call being made, or -1 */
	int is_user;		/* entered from user mode; always so here */
	void *sc;		/* registers are never left in a frame: NULL */
};

#define EMPTY_UML_PT_REGS                                                                          \
	{ .gp = { [HOST_SYSCALL] = -1UL }, .syscall = -1, .is_user = 0, .sc = (void *)0 }

#define UPT_REG(regs, reg) ((regs)->gp[reg])
#define UPT_SET(regs, reg, val) ((void)((regs)->gp[reg] = (val)))
#define UPT_IP(regs) UPT_REG(regs, HOST_PC)
#define UPT_SP(regs) UPT_REG(regs, HOST_SP)
#define UPT_FP(regs) UPT_REG(regs, HOST_X29)
#define UPT_TLS(regs) UPT_REG(regs, HOST_TLS)
#define UPT_SYSCALL_ARG1(regs) UPT_REG(regs, HOST_X0)
#define UPT_SYSCALL_ARG2(regs) UPT_REG(regs, HOST_X1)
#define UPT_SYSCALL_ARG3(regs) UPT_REG(regs, HOST_X2)
#define UPT_SYSCALL_ARG4(regs) UPT_REG(regs, HOST_X3)
#define UPT_SYSCALL_ARG5(regs) UPT_REG(regs, HOST_X4)
#define UPT_SYSCALL_ARG6(regs) UPT_REG(regs, HOST_X5)
#define UPT_SYSCALL_NR(regs) ((regs)->syscall)
#define UPT_ORIG_SYSCALL(regs) UPT_REG(regs, HOST_X8)
#define UPT_SYSCALL_RET(regs) ((long)UPT_REG(regs, HOST_X0))
#define UPT_SET_SYSCALL_RETURN(regs, res) UPT_SET(regs, HOST_X0, (unsigned long)(res))
/* `svc` is four bytes long, and the number is still in x8; x0 is the argument again. */
#define UPT_SYSCALL_INSN_SIZE 4
#define UPT_RESTART_SYSCALL(regs)                                                                  \
	do {                                                                                       \
		UPT_IP(regs) -= UPT_SYSCALL_INSN_SIZE;                                             \
		UPT_REG(regs, HOST_X0) = UPT_REG(regs, HOST_ORIG_X0);                              \
	} while (0)

#endif
