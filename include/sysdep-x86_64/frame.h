/* x86_64: where the host's signal frame has its parts.  The contract's names; used by the host code
 * that captures a frame and by kernel/frame.c.  From the stack pointer up: return address,
 * ucontext, siginfo; then the XSAVE area. */
#ifndef __SYSDEP_X86_64_FRAME_H
#define __SYSDEP_X86_64_FRAME_H

/* The bytes below the stack pointer that belong to the interrupted code (System V ABI, 3.2.2). */
#define FRAME_REDZONE 128
/* sigreturn is called after the handler's `ret` has popped the restorer. */
#define FRAME_SP_AT_SIGRETURN 8
#define FRAME_FSAVE_SIZE 0

#include "asm-um/frame-x86.h"

#endif
