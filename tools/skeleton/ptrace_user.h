/* @CPU@: the host's view of a stopped thread's registers, for code that calls ptrace(2). */
#ifndef __SYSDEP_@CPU_UPPER@_PTRACE_USER_H
#define __SYSDEP_@CPU_UPPER@_PTRACE_USER_H

#include "asm-um/ptrace_user.h"

/* Optional: PT_STEP_FLAG with PT_SET_STEP and PT_CLEAR_STEP, where a flag among the registers makes the
 * CPU trap after the next instruction; PT_STOPS_HIDE true, where a call's stops hide a register;
 * UM_HAVE_GETREGS and UM_HAVE_SETREGS, where PTRACE_GETREGS is to be used; PT_OWN_REQUEST, a ptrace
 * request that only this port's ptrace_user.c makes: K is confined, and may make no other. */

/* The register set of PTRACE_GETREGSET with the FPU's state, as a signal frame carries it. */
#define PT_FP_REGSET 2	/* NT_PRFPREG, <linux/elf.h> */

#endif
