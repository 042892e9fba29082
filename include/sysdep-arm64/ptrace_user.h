/* arm64: the host's view of a stopped thread's registers, for code that calls ptrace(2). */
#ifndef __SYSDEP_ARM64_PTRACE_USER_H
#define __SYSDEP_ARM64_PTRACE_USER_H

#include "asm-um/ptrace_user.h"

/* At the stops of PTRACE_SYSEMU and PTRACE_SYSCALL the host has its own value in x7, and drops what
 * K writes there; the stops of filters and signals leave it alone. */
#define PT_STOPS_HIDE true

/* struct user_fpsimd_state, 528 bytes. */
#define FP_FRAME_SIZE (528 / sizeof(unsigned long))
#define PT_FP_REGSET 2	/* NT_PRFPREG, <linux/elf.h> */

#endif
