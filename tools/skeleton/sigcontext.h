/* @CPU@: reading and changing a signal frame's sigcontext, @SIGCONTEXT_SIZE@ bytes here. */
#ifndef __SYSDEP_@CPU_UPPER@_SIGCONTEXT_H
#define __SYSDEP_@CPU_UPPER@_SIGCONTEXT_H

#include <asm/sigcontext.h>

#include "sysdep/ptrace.h"

/* For the reflect gate, of a frame that a call has left: makes the call again; sets its result; what
 * a tracer sees as the result before the call is made (where it shares a register with an argument,
 * nothing). */
#error "not yet: SC_RESTART_SYSCALL(sc)"
#error "not yet: SC_SET_SYSCALL_RETURN(sc, result)"
#define SC_START_SYSCALL(sc) ((void)(sc))
/* Of a frame that a fault has left: the address; was it a write; was it the fetch of an instruction;
 * would mapping a page, or other rights for it, make it go away?  A CPU whose frames say nothing of
 * faults leaves out all four: K then goes by the siginfo (kernel/gate/fault.c). */
#error "not yet: SC_FAULT_ADDR(sc)"
#error "not yet: SC_FAULT_WRITE(sc)"
#error "not yet: SC_FAULT_EXEC(sc)"
#error "not yet: SEGV_IS_FIXABLE(sc)"

/* Copies the registers of a frame that a call or fault left; syscall is -1 for none. */
void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall);
/* What user code may set of a frame goes into regs; system flags stay. */
void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc);
void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs);

/* From the start of the sigcontext to the end of its FP state.  data: struct arch_frame_data. */
int sc_size(void *data);
/* `to` is a user address, `from` K's.  0, -EFAULT. */
int copy_sc_to_user(void *to, void *from, void *data);
/* The other way: the guest may have put anything there. */
int copy_sc_from_user(void *to, void *from, void *data);
void sc_to_sc(void *to, void *from);

#endif
