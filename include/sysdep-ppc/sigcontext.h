/* ppc: reading and changing a signal frame's sigcontext; the contract's names.  What the contract
 * and generic code call so, the registers at a frame's end, is struct mcontext here; the UAPI's
 * struct sigcontext is but a head of older frames with a pointer to that. */
#ifndef __SYSDEP_PPC_SIGCONTEXT_H
#define __SYSDEP_PPC_SIGCONTEXT_H

#include "sysdep/ptrace.h"

#define sigcontext uapi_sigcontext
#define pt_regs uapi_pt_regs
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#undef pt_regs
#undef sigcontext
#define sigcontext mcontext

/* Frames have nothing of it elsewhere (arch/generic/signal.c). */
#define SC_IS_FLAT

/* Why the code was interrupted, and DSISR's bit for stores: Programming Environments Manual, 6.4.3
 * and 6.4.4. */
#define SC_TRAP(sc) ((sc)->mc_gregs[PT_TRAP] & ~0xfUL)
#define TRAP_DATA 0x300
#define TRAP_INSTRUCTION 0x400
#define DSISR_STORE 0x02000000UL

#define SC_RESTART_SYSCALL(sc) ((void)((sc)->mc_gregs[PT_NIP] -= UPT_SYSCALL_INSN_SIZE))
#define SC_SET_SYSCALL_RETURN(sc, result)                                                          \
	upt_set_return((unsigned long *)(sc)->mc_gregs, (long)(result))
#define SC_FAULT_ADDR(sc) (sc)->mc_gregs[SC_FAULT_EXEC(sc) ? PT_NIP : PT_DAR]
#define SC_FAULT_WRITE(sc)                                                                         \
	(SC_TRAP(sc) == TRAP_DATA && ((sc)->mc_gregs[PT_DSISR] & DSISR_STORE))
#define SC_FAULT_EXEC(sc) (SC_TRAP(sc) == TRAP_INSTRUCTION)
#define SEGV_IS_FIXABLE(sc) (SC_TRAP(sc) == TRAP_DATA || SC_FAULT_EXEC(sc))
/* The result's register is the first argument's: nothing to set before the call. */
#define SC_START_SYSCALL(sc) ((void)(sc))

#include "asm-um/sigcontext-generic.h"

#endif
