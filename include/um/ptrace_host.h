/* sysdep/ptrace_user.h and sysdep/layer.h, and what holds for the gates where the port says
 * nothing. */
#ifndef UM_PTRACE_HOST_H
#define UM_PTRACE_HOST_H

#include "um/types.h"

#include "sysdep/layer.h"
#include "sysdep/ptrace_user.h"

/* Is there a flag among the registers that makes the CPU trap after the next instruction? */
#ifdef PT_SET_STEP
#define PT_STEP_FLAG true
#else
#define PT_STEP_FLAG false
#define PT_SET_STEP(gp) ((void)(gp))
#define PT_CLEAR_STEP(gp) ((void)(gp))
#endif
/* Has Linux PTRACE_SINGLESTEP for this CPU? */
#ifndef PT_HOST_STEPS
#define PT_HOST_STEPS true
#endif
/* Do the stops of PTRACE_SYSEMU and PTRACE_SYSCALL hide a register, and drop what is written there?
 * A seccomp filter's show all: those are tried first then, and others cost a signal's stop more. */
#ifndef PT_STOPS_HIDE
#define PT_STOPS_HIDE false
#endif
/* Where PTRACE_POKEUSER turns the debug registers off; 0: they cannot be set that way. */
#ifndef PT_DEBUG_CONTROL_OFFSET
#define PT_DEBUG_CONTROL_OFFSET 0
#endif
/* What a call is turned into that the host must not make, where it has to make one: getpid, unless
 * the registers say that the number would be understood as another CPU's. */
#ifndef PT_NULL_CALL
#define PT_NULL_CALL(gp) __NR_getpid
#endif
/* This code's own thread pointer. */
#ifndef PT_THREAD_POINTER
#define PT_THREAD_POINTER __builtin_thread_pointer()
#endif
/* Is word i of what ptrace_getregs reads no register, but the host's note of why the thread has
 * stopped, in whose place ptrace_setregs writes what the host is to do next? */
#ifndef PT_IS_STATE
#define PT_IS_STATE(i) ((void)(i), false)
#endif
/* A port with layer_breakpoint, for rewritten sites under the ptrace gate, has its own. */
#ifndef LAYER_AT_BREAKPOINT
#define LAYER_BREAKPOINT false
#define LAYER_AT_BREAKPOINT(gp, entry) ((void)(gp), (void)(entry), false)
#define LAYER_BREAKPOINT_TO_SYSCALL(gp) ((void)(gp))
#else
#define LAYER_BREAKPOINT true
#endif
/* The host's register sets that are the floating-point state in K, one behind the other. */
#ifndef ARCH_FP_REGSETS
#define ARCH_FP_REGSETS { PT_FP_REGSET, 0, 1 << 20 }
#endif
struct fp_regset {
	unsigned type;		/* NT_*, <linux/elf.h> */
	size_t offset, size;	/* in K; the size is at least what the host has */
};

#endif
