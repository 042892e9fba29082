/*
 * riscv64: struct uml_pt_regs and its access macros.  Safe for kernel and host-side code alike: no C
 * library and no kernel header.
 */
#ifndef __SYSDEP_RISCV64_PTRACE_H
#define __SYSDEP_RISCV64_PTRACE_H

/* The host's NT_PRSTATUS, struct user_regs_struct of <asm/ptrace.h>, in its order.  Behind it is what
 * the host does not show: the number of the call that has stopped (or -1), which is kept apart from
 * a7, where programs find what they had; and the first argument, which the result overwrites. */
enum {
	HOST_PC = 0,
	HOST_RA = 1,
	HOST_SP = 2,
	HOST_GP = 3,
	HOST_TP = 4,
	HOST_T0 = 5,
	HOST_T1 = 6,
	HOST_T2 = 7,
	HOST_S0 = 8,
	HOST_S1 = 9,
	HOST_A0 = 10,
	HOST_A1 = 11,
	HOST_A2 = 12,
	HOST_A3 = 13,
	HOST_A4 = 14,
	HOST_A5 = 15,
	HOST_A6 = 16,
	HOST_A7 = 17,
	HOST_S2 = 18,
	HOST_S3 = 19,
	HOST_S4 = 20,
	HOST_S5 = 21,
	HOST_S6 = 22,
	HOST_S7 = 23,
	HOST_S8 = 24,
	HOST_S9 = 25,
	HOST_S10 = 26,
	HOST_S11 = 27,
	HOST_T3 = 28,
	HOST_T4 = 29,
	HOST_T5 = 30,
	HOST_T6 = 31,
	HOST_SYSCALL,
	HOST_ORIG_A0,
	MAX_REG_NR
};

/* Which register has which part in a system call. */
#define REGNO_IP HOST_PC
#define REGNO_SP HOST_SP
#define REGNO_FP HOST_S0
#define REGNO_NR HOST_SYSCALL
#define REGNO_ORIG_NR HOST_A7
#define REGNO_RET HOST_A0
#define REGNO_ARG1 HOST_A0
#define REGNO_ARG2 HOST_A1
#define REGNO_ARG3 HOST_A2
#define REGNO_ARG4 HOST_A3
#define REGNO_ARG5 HOST_A4
#define REGNO_ARG6 HOST_A5
#define REGNO_ORIG_ARG1 HOST_ORIG_A0
#define REGNO_TLS HOST_TP

/* For show_regs; what is left out it does not print. */
#define ARCH_REG_NAMES \
	"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", \
	"a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", \
	"t3", "t4", "t5", "t6"

/* ptrace(2)'s general registers for guests: words of NT_PRSTATUS. */
#define ARCH_PRSTATUS_WORDS 32

#define UPT_SYSCALL_INSN_SIZE 4	/* ecall */

#include "asm-um/uml-pt-regs.h"

#endif
