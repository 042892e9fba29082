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

/* Which register has which part in a system call. */
#define REGNO_IP HOST_PC
#define REGNO_SP HOST_SP
#define REGNO_FP HOST_X29
#define REGNO_TLS HOST_TLS
#define REGNO_NR HOST_SYSCALL
#define REGNO_ORIG_NR HOST_X8
#define REGNO_RET HOST_X0
#define REGNO_ARG1 HOST_X0
#define REGNO_ARG2 HOST_X1
#define REGNO_ARG3 HOST_X2
#define REGNO_ARG4 HOST_X3
#define REGNO_ARG5 HOST_X4
#define REGNO_ARG6 HOST_X5
#define REGNO_ORIG_ARG1 HOST_ORIG_X0
#define UPT_SYSCALL_INSN_SIZE 4	/* svc */

#include "asm-um/uml-pt-regs.h"

#endif
