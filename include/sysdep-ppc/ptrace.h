/*
 * ppc: struct uml_pt_regs and its access macros.  Safe for kernel and host-side code alike: no C
 * library, and of the kernel's headers the one whose struct pt_regs is another than K's.
 *
 * gp[] begins as the host's NT_PRSTATUS.  A call that fails says so by a flag, CR0.SO, with the
 * positive error number as its result.
 */
#ifndef __SYSDEP_PPC_PTRACE_H
#define __SYSDEP_PPC_PTRACE_H

#define pt_regs uapi_pt_regs
#include <asm/ptrace.h>
#undef pt_regs

enum {
	HOST_WORDS = 48,		/* ELF_NGREG of <asm/elf.h> */
	/* The number of the call that the host is to make; -1: none. */
	HOST_SYSCALL = HOST_WORDS,
	MAX_REG_NR
};

/* What PT_TRAP is when a system call was made. */
#define TRAP_SYSCALL 0xc00UL
#define CR0_SO 0x10000000UL
/* The processor state of user code; what MSR_VEC says of a frame: it has vector registers. */
#define MSR_OF_USER 0xd032UL
#define MSR_VEC 0x02000000UL

#define ARCH_PRSTATUS_WORDS HOST_WORDS
/* For show_regs; what is left out it does not print. */
#define ARCH_REG_NAMES                                                                             \
	"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13",    \
	"r14", "r15", "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23", "r24", "r25", "r26", \
	"r27", "r28", "r29", "r30", "r31", "pc", "msr", "orig3", "ctr", "lr", "xer", "cr",         \
	[PT_TRAP] = "trap", [PT_DAR] = "dar", [PT_DSISR] = "dsisr"

/* Which register has which part in a system call. */
#define REGNO_IP PT_NIP
#define REGNO_SP PT_R1
#define REGNO_FP PT_R31
#define REGNO_TLS PT_R2
#define REGNO_NR HOST_SYSCALL
#define REGNO_ORIG_NR PT_R0
#define REGNO_RET PT_R3
#define REGNO_ARG1 PT_R3
#define REGNO_ARG2 PT_R4
#define REGNO_ARG3 PT_R5
#define REGNO_ARG4 PT_R6
#define REGNO_ARG5 PT_R7
#define REGNO_ARG6 PT_R8

/* Where a call leaves its result, or -errno. */
static inline void upt_set_return(unsigned long *gp, long result)
{
	int failed = (unsigned long)result >= -4095UL;

	gp[PT_CCR] = failed ? gp[PT_CCR] | CR0_SO : gp[PT_CCR] & ~CR0_SO;
	gp[PT_R3] = (unsigned long)(failed ? -result : result);
}

#define UPT_SYSCALL_RET(regs)                                                                      \
	(UPT_REG(regs, PT_CCR) & CR0_SO ? -(long)UPT_REG(regs, PT_R3) : (long)UPT_REG(regs, PT_R3))
#define UPT_SET_SYSCALL_RETURN(regs, res) upt_set_return((regs)->gp, (long)(res))
/* `sc` is four bytes long; number, argument and flag are as it found them. */
#define UPT_SYSCALL_INSN_SIZE 4
#define UPT_RESTART_SYSCALL(regs)                                                                  \
	do {                                                                                       \
		UPT_IP(regs) -= UPT_SYSCALL_INSN_SIZE;                                             \
		UPT_REG(regs, PT_R0) = (unsigned long)(regs)->syscall;                             \
		UPT_REG(regs, PT_R3) = UPT_REG(regs, PT_ORIG_R3);                                  \
		UPT_REG(regs, PT_CCR) &= ~CR0_SO;                                                  \
	} while (0)

#include "asm-um/uml-pt-regs.h"

#endif
