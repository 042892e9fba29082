/*
 * i386: where the host's signal frames have their parts.  The contract's names; used by the host
 * code that captures a frame and by kernel/frame.c.
 *
 * The frame of a handler with SA_SIGINFO, from the stack pointer up: return address, the three
 * arguments, siginfo, ucontext, 8 bytes of code.  One without has return address, signal number,
 * sigcontext, room for an FPU state that is not used, the second word of the mask, and code.
 * Above both are the FSAVE image and the XSAVE area.
 */
#ifndef __SYSDEP_I386_FRAME_H
#define __SYSDEP_I386_FRAME_H

/* Nothing below the stack pointer belongs to the interrupted code. */
#define FRAME_REDZONE 0
/* rt_sigreturn is called after the handler's `ret` has popped the restorer. */
#define FRAME_SP_AT_SIGRETURN 4
/* What handlers without a restorer return to, as Linux's vDSO has it: mov $173, %eax; int $0x80; nop;
 * and for old frames pop %eax; mov $119, %eax; int $0x80. */
#define FRAME_SIGRETURN_CODE { 0x0000adb8, 0x9080cd00, 0x0077b858, 0x80cd0000 }
#define FRAME_OLD_SIGRETURN_AT 8
/* The same code, in the frame. */
#define FRAME_TAIL_SIZE 8
/* um/frame.h: the frame without SA_SIGINFO.  sigreturn is called by code that has popped the
 * signal number too. */
#define FRAME_OLD_CONTEXT(sp) ((sp) + 8)
#define FRAME_OLD_MASK_LOW offsetof(struct sigcontext, oldmask)
#define FRAME_OLD_MASK_HIGH (sizeof(struct sigcontext) + sizeof(struct _fpstate_32))
#define FRAME_OLD_SIZE (8 + FRAME_OLD_MASK_HIGH + sizeof(u32) + FRAME_TAIL_SIZE)
#define FRAME_OLD_SP_AT_SIGRETURN 8
#define FRAME_FSAVE_SIZE 112

#include "asm-um/frame-x86.h"

#endif
