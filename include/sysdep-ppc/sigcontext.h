/* ppc: reading and changing a signal frame's sigcontext, that is its struct mcontext; the
 * contract's names. */
#ifndef __SYSDEP_PPC_SIGCONTEXT_H
#define __SYSDEP_PPC_SIGCONTEXT_H

#include "sysdep/mcontext.h"

/* Why the code was interrupted, and DSISR's bit for stores: Programming Environments Manual, 6.4.3
 * and 6.4.4. */
#define SC_TRAP(sc) ((sc)->mc_gregs[PT_TRAP] & ~0xfUL)
#define TRAP_DATA 0x300
#define TRAP_INSTRUCTION 0x400
#define DSISR_STORE 0x02000000UL

#define SC_RESTART_SYSCALL(sc) ((void)((sc)->mc_gregs[PT_NIP] -= UPT_SYSCALL_INSN_SIZE))
#define SC_SET_SYSCALL_RETURN(sc, result) upt_set_return((sc)->mc_gregs, (long)(result))
#define SC_FAULT_ADDR(sc) (sc)->mc_gregs[SC_FAULT_EXEC(sc) ? PT_NIP : PT_DAR]
#define SC_FAULT_WRITE(sc)                                                                         \
	(SC_TRAP(sc) == TRAP_DATA && ((sc)->mc_gregs[PT_DSISR] & DSISR_STORE))
#define SC_FAULT_EXEC(sc) (SC_TRAP(sc) == TRAP_INSTRUCTION)
#define SEGV_IS_FIXABLE(sc) (SC_TRAP(sc) == TRAP_DATA || SC_FAULT_EXEC(sc))
/* The result's register is the first argument's: nothing to set before the call. */
#define SC_START_SYSCALL(sc) ((void)(sc))

/* Copies the registers of a frame that a call or fault left; syscall is -1 for none. */
void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall);
/* What user code may set of a frame goes into regs; the processor state stays. */
void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc);
/* All but that of the frame's state which says whether it has vectors. */
void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs);

/* From the start of the sigcontext to its end.  data: not used. */
int sc_size(void *data);
/* `to` is a user address, `from` K's.  0, -EFAULT. */
int copy_sc_to_user(void *to, void *from, void *data);
int copy_sc_from_user(void *to, void *from, void *data);
void sc_to_sc(void *to, void *from);

#endif
