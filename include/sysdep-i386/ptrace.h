/*
 * i386: struct uml_pt_regs and its access macros.  Safe for kernel and host-side code alike: no C
 * library and no kernel header.
 *
 * What a thread has in its segment descriptors for TLS counts as registers here: K writes it to
 * the host's thread with the others (arch/sys-i386/ptrace_user.c, layer_regs.c).
 */
#ifndef __SYSDEP_I386_PTRACE_H
#define __SYSDEP_I386_PTRACE_H

#define TLS_ENTRIES 3	/* GDT_ENTRY_TLS_ENTRIES: descriptors of a thread's own */

/* Indexes as in struct user_regs_struct (sys/user.h); ptrace offsets are four times these. */
enum {
	HOST_BX, HOST_CX, HOST_DX, HOST_SI, HOST_DI, HOST_BP, HOST_AX, HOST_DS, HOST_ES,
	HOST_FS, HOST_GS, HOST_ORIG_AX, HOST_IP, HOST_CS, HOST_EFLAGS, HOST_SP, HOST_SS,
	USER_REG_NR,
	/* Two words for each descriptor, as in the GDT (Intel SDM vol. 3, 3.4.5). */
	HOST_TLS = USER_REG_NR,
	/* The host's thread that has them so; 0: none yet. */
	HOST_TLS_OWNER = HOST_TLS + 2 * TLS_ENTRIES,
	MAX_REG_NR
};

/* For show_regs; what is left out it does not print. */
#define ARCH_REG_NAMES                                                                             \
	[HOST_IP] = "eip", [HOST_SP] = "esp", [HOST_EFLAGS] = "flags", [HOST_AX] = "eax",          \
	[HOST_BX] = "ebx", [HOST_CX] = "ecx", [HOST_DX] = "edx", [HOST_SI] = "esi",                \
	[HOST_DI] = "edi", [HOST_BP] = "ebp", [HOST_CS] = "cs", [HOST_SS] = "ss",                  \
	[HOST_DS] = "ds", [HOST_ES] = "es", [HOST_FS] = "fs", [HOST_GS] = "gs"

struct uml_pt_regs {
	unsigned long gp[MAX_REG_NR];
	long syscall;		/* the call being made, or -1 */
	int is_user;		/* entered from user mode; always so here */
	void *sc;		/* NULL: the registers are in gp */
};

#define EMPTY_UML_PT_REGS { .gp = { 0 }, .syscall = -1, .is_user = 0, .sc = (void *)0 }

/* Where register `reg` is now. */
static inline unsigned long *upt_slot(struct uml_pt_regs *regs, int reg)
{
	return &regs->gp[reg];
}

/* May a debugger set it so?  Of selectors those of user code, or null; of code only what it is. */
static inline int upt_allowed(struct uml_pt_regs *regs, int reg, unsigned long value)
{
	if (reg == HOST_CS)
		return value == regs->gp[reg];
	if (reg == HOST_SS)
		return (value & 3) == 3 && value <= 0xffff;
	if (reg >= HOST_DS && reg <= HOST_GS)
		return !value || ((value & 3) == 3 && value <= 0xffff);
	return 1;
}

/* struct user of <sys/user.h>: its size, and where the debug registers are. */
#define USER_SIZE 284
#define USER_DEBUGREG 252

#define UPT_REG(regs, reg) (*upt_slot((regs), (reg)))
#define UPT_SET(regs, reg, val) ((void)(*upt_slot((regs), (reg)) = (val)))
#define UPT_IP(regs) UPT_REG(regs, HOST_IP)
#define UPT_SP(regs) UPT_REG(regs, HOST_SP)
#define UPT_FP(regs) UPT_REG(regs, HOST_BP)
#define UPT_SYSCALL_ARG1(regs) UPT_REG(regs, HOST_BX)
#define UPT_SYSCALL_ARG2(regs) UPT_REG(regs, HOST_CX)
#define UPT_SYSCALL_ARG3(regs) UPT_REG(regs, HOST_DX)
#define UPT_SYSCALL_ARG4(regs) UPT_REG(regs, HOST_SI)
#define UPT_SYSCALL_ARG5(regs) UPT_REG(regs, HOST_DI)
#define UPT_SYSCALL_ARG6(regs) UPT_REG(regs, HOST_BP)
#define UPT_SYSCALL_NR(regs) ((regs)->syscall)
#define UPT_ORIG_SYSCALL(regs) UPT_REG(regs, HOST_AX)
#define UPT_SYSCALL_RET(regs) ((long)UPT_REG(regs, HOST_AX))
#define UPT_SET_SYSCALL_RETURN(regs, res) UPT_SET(regs, HOST_AX, (unsigned long)(res))
/* `int $0x80` is two bytes long; the number goes back to where the instruction takes it from. */
#define UPT_RESTART_SYSCALL(regs)                                                                  \
	do {                                                                                       \
		UPT_IP(regs) -= 2;                                                                 \
		UPT_ORIG_SYSCALL(regs) = (regs)->syscall;                                          \
	} while (0)
#define UPT_SYSCALL_INSN_SIZE 2
/* What a tracer and a seccomp action find as the result before the call is made. */
#define UPT_TRACE_ENTRY(regs) UPT_SET_SYSCALL_RETURN(regs, -38 /* ENOSYS */)

#endif
