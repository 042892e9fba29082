/*
 * Signal frames.  At boot the host is made to raise a signal in K; the frame it wrote is kept as
 * the template, in which number, siginfo, sigcontext, restorer and FP state are replaced.  So K
 * needs to know of the layout only what the UAPI's ucontext says.  kernel/frame.c, os/frame.c
 */
#ifndef UM_FRAME_H
#define UM_FRAME_H

#include "um/sched.h"

#include "sysdep/frame.h"

#include "asm-um/sigcontext-generic.h"

/* Most CPUs' frames hold the FP state as ptrace's register set has it.  A port where it differs,
 * but not in size, defines FRAME_FP_OWN_FORM and these two in its sysdep/frame.h. */
#ifndef FRAME_FP_OWN_FORM
static inline void fp_to_frame(void *in_frame, const void *fp, size_t size)
{
	memcpy(in_frame, fp, size);
}

static inline void fp_from_frame(void *fp, const void *in_frame, size_t size)
{
	memcpy(fp, in_frame, size);
}
#endif

struct sigcontext;

/* Where a frame's parts are in user memory; an old frame has no siginfo and no ucontext. */
struct user_frame {
	uaddr_t sp, siginfo, ucontext;
};

/* Writes a frame for the action: on the alternate stack if it asks for it, below the red zone.
 * sc is the state to return to, its fpstate K's copy of the FP state or NULL.  0, -EFAULT. */
int frame_put(struct task *task, const struct k_sigaction *action, const siginfo_t *info,
	      ksigset_t oldset, struct sigcontext *sc, struct user_frame *out);
/* Reads the frame that sigreturn finds at the user's stack pointer.  sc->fpstate is room for the
 * FP state on entry; NULL on return if the frame has none.  0, -EFAULT. */
int frame_get(struct task *task, struct sigcontext *sc, ksigset_t *set, stack_t *altstack);
/* The same for sigreturn(2), whose frames are those of handlers without SA_SIGINFO.  Only on CPUs
 * where these are others: their sysdep/frame.h has FRAME_OLD_CONTEXT(sp), where the sigcontext is
 * in such a frame, FRAME_OLD_SIZE, the whole frame's without the FP state, FRAME_OLD_MASK_LOW and
 * _HIGH, the mask's words from the sigcontext, FRAME_OLD_SP_AT_SIGRETURN, and
 * FRAME_OLD_SIGRETURN_AT, where in FRAME_SIGRETURN_CODE their part begins. */
int frame_get_old(struct task *task, struct sigcontext *sc, ksigset_t *set);
/* A host frame in a channel, and its parts. */
struct sigcontext *frame_sigcontext(void *frame);
const siginfo_t *frame_siginfo(const void *frame);
void *frame_fpstate(void *frame);
/* What the host restores from a frame beside registers: signal mask and signal stack.  The frame is
 * at `addr` for the host. */
void frame_set_host_state(void *frame, uaddr_t addr, ksigset_t mask, uaddr_t stack,
			  size_t stack_size);
/* After its FP state has been written: the frame is at `addr` for the host. */
void frame_fp_seal(void *frame, uaddr_t addr);
/* A frame without FP state, for a thread's first return; the template's size. */
void frame_first(void *frame, const struct uml_pt_regs *regs);
/* How much room the FP state of a frame takes. */
size_t frame_fp_size(void);
const struct arch_frame_data *frame_arch_data(void);

/* --- the port's */

/* sc_to_regs and its kin: asm-um/sigcontext-generic.h */

/* The port's part of arch/generic/signal.c.  What a frame has beside the registers, FP state and
 * fault details, into sc, all zeros but for these; and back.  0 or -errno. */
int sc_save_state(struct sigcontext *sc, struct task *task, ksigset_t oldset);
int sc_restore_state(struct task *task, struct sigcontext *sc);
/* The registers with which a handler begins. */
void arch_enter_handler(struct task *task, int sig, const struct k_sigaction *action,
			const struct user_frame *frame);

/* sigaltstack(2)'s rules for a new stack, with the user's stack pointer at sp.  0 or -errno. */
int sigaltstack_set(struct task *task, const stack_t *ss, uaddr_t sp);

#endif
