/*
 * For a port's sysdep/ptrace.h: struct uml_pt_regs and its access macros, once the port has said
 * how many registers K keeps of a thread, MAX_REG_NR, and which has which part in a system call:
 *
 *	REGNO_IP REGNO_SP REGNO_FP REGNO_TLS
 *	REGNO_NR	the number of the call that the host is to make; -1: none
 *	REGNO_ORIG_NR	where the instruction takes the number from
 *	REGNO_RET REGNO_ARG1 to 6
 *	REGNO_ORIG_ARG1	where K keeps the first argument, if that is all that a result overwrites
 *
 * What the port has defined before it is included stays.
 */
#ifndef __UM_UML_PT_REGS_H
#define __UM_UML_PT_REGS_H

struct uml_pt_regs {
	unsigned long gp[MAX_REG_NR];
	long syscall;		/* the call being made, or -1 */
	int is_user;		/* entered from user mode; always so here */
	void *sc;		/* registers are never left in a frame: NULL */
};

#define EMPTY_UML_PT_REGS                                                                          \
	{ .gp = { [REGNO_NR] = -1UL }, .syscall = -1, .is_user = 0, .sc = (void *)0 }

#define UPT_REG(regs, reg) ((regs)->gp[reg])
#define UPT_SET(regs, reg, val) ((void)((regs)->gp[reg] = (val)))
#define UPT_IP(regs) UPT_REG(regs, REGNO_IP)
#define UPT_SP(regs) UPT_REG(regs, REGNO_SP)
#define UPT_FP(regs) UPT_REG(regs, REGNO_FP)
#ifdef REGNO_TLS
#define UPT_TLS(regs) UPT_REG(regs, REGNO_TLS)
#endif
#define UPT_SYSCALL_ARG1(regs) UPT_REG(regs, REGNO_ARG1)
#define UPT_SYSCALL_ARG2(regs) UPT_REG(regs, REGNO_ARG2)
#define UPT_SYSCALL_ARG3(regs) UPT_REG(regs, REGNO_ARG3)
#define UPT_SYSCALL_ARG4(regs) UPT_REG(regs, REGNO_ARG4)
#define UPT_SYSCALL_ARG5(regs) UPT_REG(regs, REGNO_ARG5)
#define UPT_SYSCALL_ARG6(regs) UPT_REG(regs, REGNO_ARG6)
#define UPT_SYSCALL_NR(regs) ((regs)->syscall)
#define UPT_ORIG_SYSCALL(regs) UPT_REG(regs, REGNO_ORIG_NR)
/* Results of -4095 to -1 are errors. */
#ifndef UPT_SYSCALL_RET
#define UPT_SYSCALL_RET(regs) ((long)UPT_REG(regs, REGNO_RET))
#define UPT_SET_SYSCALL_RETURN(regs, res) UPT_SET(regs, REGNO_RET, (unsigned long)(res))
#endif
#ifdef REGNO_ORIG_ARG1
/* Before the call has a result. */
#define UPT_SET_SYSCALL_ARG1(regs, val)                                                            \
	((void)(UPT_REG(regs, REGNO_ARG1) = UPT_REG(regs, REGNO_ORIG_ARG1) = (unsigned long)(val)))
#endif
/* The number is still where the instruction takes it from. */
#if !defined(UPT_RESTART_SYSCALL) && defined(REGNO_ORIG_ARG1)
#define UPT_RESTART_SYSCALL(regs)                                                                  \
	do {                                                                                       \
		UPT_IP(regs) -= UPT_SYSCALL_INSN_SIZE;                                             \
		UPT_SYSCALL_ARG1(regs) = UPT_REG(regs, REGNO_ORIG_ARG1);                           \
	} while (0)
#endif

#endif
