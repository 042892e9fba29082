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

/* Copies the registers of a frame that a call or fault left; syscall is -1 for none. */
void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall);
/* What user code may set of a frame goes into regs: all. */
void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc);
void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs);

/* From the start of the sigcontext to its end.  data: not used. */
int sc_size(void *data);
/* `to` is a user address, `from` K's.  0, -EFAULT. */
int copy_sc_to_user(void *to, void *from, void *data);
/* The other way: the guest may have put anything there. */
int copy_sc_from_user(void *to, void *from, void *data);
void sc_to_sc(void *to, void *from);

#endif
