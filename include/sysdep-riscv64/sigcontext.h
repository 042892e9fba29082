/* riscv64: reading and changing a signal frame's sigcontext, 784 bytes here. */
#ifndef __SYSDEP_RISCV64_SIGCONTEXT_H
#define __SYSDEP_RISCV64_SIGCONTEXT_H

#include <asm/sigcontext.h>

#include "sysdep/ptrace.h"

#define SC_RESTART_SYSCALL(sc) ((void)((sc)->sc_regs.pc -= UPT_SYSCALL_INSN_SIZE))
#define SC_SET_SYSCALL_RETURN(sc, result) ((void)((sc)->sc_regs.a0 = (unsigned long)(result)))
/* The result's register is the first argument's: nothing to set before the call. */
#define SC_START_SYSCALL(sc) ((void)(sc))
/* No SC_FAULT_*: a frame says nothing of a fault, but for its siginfo. */

#include "asm-um/sigcontext-generic.h"

#endif
