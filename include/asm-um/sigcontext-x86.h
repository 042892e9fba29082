/* x86: reading and changing a signal frame's sigcontext; the contract's names.  Included by
 * sysdep/sigcontext.h, which says where a sigcontext has which register: SC_IP SC_AX ARCH_SC_REGS
 * ARCH_SC_SELECTORS. */
#ifndef __UM_SIGCONTEXT_X86_H
#define __UM_SIGCONTEXT_X86_H

#include <asm/sigcontext.h>

#include "sysdep/ptrace.h"

/* `syscall` and `int $0x80` are two bytes long. */
#define SC_RESTART_SYSCALL(sc) ((void)(SC_IP(sc) -= UPT_SYSCALL_INSN_SIZE))
#define SC_SET_SYSCALL_RETURN(sc, result) ((void)(SC_AX(sc) = (unsigned long)(result)))
#define SC_FAULT_ADDR(sc) ((sc)->cr2)
/* Page-fault error code, Intel SDM vol. 3, 4.7: bit 1 is a write, bit 4 an instruction fetch. */
#define SC_FAULT_WRITE(sc) (((sc)->err & 2) != 0)
#define SC_FAULT_EXEC(sc) (((sc)->err & 16) != 0)
/* Only page faults (trap 14) go away by mapping something. */
#define SEGV_IS_FIXABLE(sc) ((sc)->trapno == 14)
/* Tracers expect to see this result at the entry of a call. */
#define SC_START_SYSCALL(sc) SC_SET_SYSCALL_RETURN(sc, -38 /* ENOSYS */)

#include "asm-um/sigcontext-generic.h"

#endif
