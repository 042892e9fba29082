/* riscv64: the host's view of a stopped thread's registers, for code that calls ptrace(2). */
#ifndef __SYSDEP_RISCV64_PTRACE_USER_H
#define __SYSDEP_RISCV64_PTRACE_USER_H

#include "asm-um/ptrace_user.h"

/* struct __riscv_d_ext_state, 264 bytes, which a signal frame carries too. */
#define PT_FP_REGSET 2	/* NT_PRFPREG, <linux/elf.h> */

/* Linux has no PTRACE_SINGLESTEP for this CPU. */
#define PT_HOST_STEPS false
/* What ptrace_user.c asks for the first argument. */
#define PT_OWN_REQUEST PTRACE_GET_SYSCALL_INFO

#endif
