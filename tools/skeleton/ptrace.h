/*
 * @CPU@: struct uml_pt_regs and its access macros.  Safe for kernel and host-side code alike: no C
 * library and no kernel header.
 */
#ifndef __SYSDEP_@CPU_UPPER@_PTRACE_H
#define __SYSDEP_@CPU_UPPER@_PTRACE_H

/* The host's NT_PRSTATUS, @STRUCT@, in its order.  What K keeps of a thread
 * beside that goes behind it (a TLS register that is in no set, the first argument of a call where
 * the result overwrites it): then the port has a ptrace_user.c of its own. */
enum {
@REGISTERS@
	MAX_REG_NR
};

/* Which register has which part in a system call.  Level 4 shows whether these are right.
 *
 * K writes -1 to REGNO_NR at every stop that is not to become a host call, and what it does not write
 * otherwise the program finds as it was.  Where the host takes the number from a register that programs
 * use again behind the call, REGNO_NR is a word of K's own behind the host's, and ptrace_user.c says
 * what the host is given (riscv64). */
#error "not yet: UPT_IP: #define REGNO_IP, the instruction pointer's index, one of the enum's"
#error "not yet: UPT_SP: #define REGNO_SP, the stack pointer's"
#error "not yet: UPT_FP: #define REGNO_FP, the frame pointer's"
#error "not yet: UPT_SYSCALL_NR: #define REGNO_NR, where a stopped call's number is read and changed"
#error "not yet: UPT_ORIG_SYSCALL: #define REGNO_ORIG_NR, where the instruction takes the number from"
#error "not yet: UPT_SYSCALL_RET: #define REGNO_RET, a call's result"
#error "not yet: UPT_SYSCALL_ARG1: #define REGNO_ARG1"
#error "not yet: UPT_SYSCALL_ARG2: #define REGNO_ARG2"
#error "not yet: UPT_SYSCALL_ARG3: #define REGNO_ARG3"
#error "not yet: UPT_SYSCALL_ARG4: #define REGNO_ARG4"
#error "not yet: UPT_SYSCALL_ARG5: #define REGNO_ARG5"
#error "not yet: UPT_SYSCALL_ARG6: #define REGNO_ARG6"
#error "not yet: UPT_TLS: #define REGNO_TLS; a CPU that keeps it elsewhere has a tls.c instead"

/* For show_regs; what is left out it does not print. */
#define ARCH_REG_NAMES \
@REGISTER_NAMES@

/* ptrace(2)'s register sets for guests: words of NT_PRSTATUS; other runs of gp[] that Linux has a
 * set for go into ARCH_REGSETS (arch/generic/regset.c). */
#define ARCH_PRSTATUS_WORDS @NR_REGISTERS@

/* Results of -4095 to -1 are errors.  Where the CPU says so in a flag (CR0.SO on powerpc) the port
 * has its own UPT_SYSCALL_RET and UPT_SET_SYSCALL_RETURN, which translate (ppc). */

/* Makes the call again: back over the instruction, with number and arguments as they were.  Where
 * the result overwrites the first argument alone, it is enough to define REGNO_ORIG_ARG1, where K
 * keeps that (riscv64). */
#error "not yet: UPT_SYSCALL_INSN_SIZE: bytes of the system call instruction"
#error "not yet: UPT_RESTART_SYSCALL: a statement that makes the call be made again"
/* Optional: UPT_TRACE_ENTRY(regs), where tracers find -ENOSYS as the result before the call. */

/* struct uml_pt_regs and the access macros. */
#include "asm-um/uml-pt-regs.h"

#endif
