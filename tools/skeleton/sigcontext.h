/* @CPU@: reading and changing a signal frame's sigcontext, @SIGCONTEXT_SIZE@ bytes here. */
#ifndef __SYSDEP_@CPU_UPPER@_SIGCONTEXT_H
#define __SYSDEP_@CPU_UPPER@_SIGCONTEXT_H

#include <asm/sigcontext.h>

#include "sysdep/ptrace.h"

/* Optional: SC_IS_FLAT, where a sigcontext is the same structure in K and on a guest's stack and
 * leads to nothing elsewhere: sc_size to sc_to_sc are then arch/generic/signal.c's. */

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

#include "asm-um/sigcontext-generic.h"

#endif
