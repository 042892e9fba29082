/* x86: the FP state of a task, an XSAVE area in the standard form (Intel SDM vol. 1, 13.4), which
 * begins with an FXSAVE image.  arch/x86/xsave.c */
#ifndef __UM_XSAVE_H
#define __UM_XSAVE_H

#include "um/types.h"

#define FXSAVE_SIZE 512
#define FXSAVE_SOFTWARE 464	/* from here on nothing of the CPU's (10.5.1): _fpx_sw_bytes */
#define XSAVE_FEATURES 512	/* XSTATE_BV (13.4.2), the header's first word */
#define XSAVE_HEADER_END 576

struct k_sigaction;
struct task;
struct user_frame;

/* As a signal frame has it, or with more room; the caller kfrees.  NULL: the gate could not tell. */
u8 *xsave_for_frame(struct task *task);
/* What a frame has had, `size` bytes, changed so that the host takes it; NULL: none, which is the
 * state of a new program.  0, -EFAULT. */
int xsave_from_frame(struct task *task, u8 *fp, size_t size);
/* The first bytes, for ptrace: of what FXSAVE has; what lies behind it stays.  0 or -errno. */
int xsave_get(struct task *task, void *buf, size_t size);
int xsave_set_legacy(struct task *task, const void *buf, size_t size);

/* A register set to or from user memory; none that is larger than FXSAVE's.  arch/x86/regset.c */
long regset_move(struct task *child, unsigned type, unsigned long at, bool set);

/* --- the port's: requests of ptrace(2) that only it has; -EIO for others. */
long arch_own_request(struct task *child, long request, unsigned long addr, unsigned long data);
/* arch/sys-X/signal.c: registers and stack as a handler finds them, but for stack
 * pointer, flags and address.  The frame has been written.  0, -EFAULT. */
int arch_call_handler(struct task *task, int sig, const struct k_sigaction *action,
		      const struct user_frame *frame);

#endif
