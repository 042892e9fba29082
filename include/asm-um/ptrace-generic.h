/* struct pt_regs over the port's struct uml_pt_regs. */
#ifndef __UM_PTRACE_GENERIC_H
#define __UM_PTRACE_GENERIC_H

#include "sysdep/ptrace.h"

#ifndef EMPTY_UML_PT_REGS
#error "sysdep/ptrace.h: define EMPTY_UML_PT_REGS, an initializer of struct uml_pt_regs"
#endif
#ifndef UPT_IP
#error "sysdep/ptrace.h: define UPT_IP(regs): the instruction pointer, assignable"
#endif
#ifndef UPT_SP
#error "sysdep/ptrace.h: define UPT_SP(regs): the stack pointer, assignable"
#endif
#ifndef UPT_REG
#error "sysdep/ptrace.h: define UPT_REG(regs, reg): a register by its ptrace index"
#endif
#ifndef UPT_SET
#error "sysdep/ptrace.h: define UPT_SET(regs, reg, val): sets a register by its ptrace index"
#endif
#ifndef UPT_SYSCALL_NR
#error "sysdep/ptrace.h: define UPT_SYSCALL_NR(regs): the call number at entry"
#endif
#ifndef UPT_SYSCALL_RET
#error "sysdep/ptrace.h: define UPT_SYSCALL_RET(regs): a call's result"
#endif
#ifndef UPT_SET_SYSCALL_RETURN
#error "sysdep/ptrace.h: define UPT_SET_SYSCALL_RETURN(regs, res): sets a call's result"
#endif
#ifndef UPT_RESTART_SYSCALL
#error "sysdep/ptrace.h: define UPT_RESTART_SYSCALL(regs): the call is made again"
#endif
#ifndef UPT_ORIG_SYSCALL
#error "sysdep/ptrace.h: define UPT_ORIG_SYSCALL(regs): where the number is when it restarts"
#endif
#ifndef UPT_TRACE_ENTRY
/* The result shares its register with an argument: a tracer finds the argument. */
#define UPT_TRACE_ENTRY(regs) ((void)(regs))
#endif
#ifndef ARCH_PRSTATUS_WORDS
/* How many registers the host's NT_PRSTATUS has, the first ones of MAX_REG_NR. */
#define ARCH_PRSTATUS_WORDS MAX_REG_NR
#endif

struct pt_regs {
	struct uml_pt_regs regs;
};

#define PT_REGS_IP(r) UPT_IP(&(r)->regs)
#define PT_REGS_SP(r) UPT_SP(&(r)->regs)
#define PT_REGS_SYSCALL_NR(r) UPT_SYSCALL_NR(&(r)->regs)
#define PT_REGS_SYSCALL_RET(r) UPT_SYSCALL_RET(&(r)->regs)
#define PT_REGS_SET_SYSCALL_RETURN(r, res) UPT_SET_SYSCALL_RETURN(&(r)->regs, res)
#define PT_REGS_RESTART_SYSCALL(r) UPT_RESTART_SYSCALL(&(r)->regs)

#endif
