/* ppc: the part of arch/generic/signal.c that knows the CPU: what a frame has beside general
 * registers, and how a handler is called. */
#include "um/frame.h"
#include "um/gate.h"
#include "um/mm.h"
#include "um/uaccess.h"

#include "sysdep/ptrace_user.h"
#include "sysdep/sigcontext.h"

_Static_assert(sizeof(struct uapi_sigcontext) == 32, "sysdep/frame.h");

int sc_save_state(struct sigcontext *sc, struct task *task, ksigset_t oldset __maybe_unused)
{
	u8 state[FP_REGSET_SIZE + VMX_REGSET_SIZE], fresh[sizeof(state)];

	if (gate->fp_get(task, state, sizeof(state)) < 0)
		return -EFAULT;
	fp_to_frame(sc->mc_fregs, state, sizeof(state));
	/* A handler begins with floating-point exceptions off, and all other fields of FPSCR 0. */
	memcpy(fresh, state, sizeof(fresh));
	memset(fresh + FP_REGSET_SIZE - sizeof(u64), 0, sizeof(u64));
	if (!memcmp(fresh, state, sizeof(fresh)))
		return 0;
	return gate->fp_set(task, fresh, sizeof(fresh));
}

int sc_restore_state(struct task *task, struct sigcontext *sc)
{
	u8 state[FP_REGSET_SIZE + VMX_REGSET_SIZE];

	fp_from_frame(state, sc->mc_fregs, sizeof(state));
	return gate->fp_set(task, state, sizeof(state));
}

/* The head of a frame without SA_SIGINFO, whose mask is kernel/frame.c's. */
static void put_old_head(const struct user_frame *frame, int sig, const struct k_sigaction *action)
{
	const uaddr_t head = frame->sp + FRAME_OLD_HEAD, regs = FRAME_OLD_CONTEXT(frame->sp);

	if (put_user((u32)sig, head + offsetof(struct uapi_sigcontext, signal)) ||
	    put_user((u32)action->handler, head + offsetof(struct uapi_sigcontext, handler)))
		return;
	(void)!put_user((u32)regs, head + offsetof(struct uapi_sigcontext, regs));
}

void arch_enter_handler(struct task *task, int sig, const struct k_sigaction *action,
			const struct user_frame *frame)
{
	struct uml_pt_regs *regs = &task->regs;
	bool info = action->flags & SA_SIGINFO;

	/* Where frame_put has written there is memory: no error is left to happen. */
	(void)!put_user((u32)UPT_SP(regs), frame->sp);
	if (!info)
		put_old_head(frame, sig, action);
	UPT_SET(regs, PT_R3, (unsigned long)sig);
	UPT_SET(regs, PT_R4, info ? frame->siginfo : frame->sp + FRAME_OLD_HEAD);
	UPT_SET(regs, PT_R5, info ? frame->ucontext : UPT_REG(regs, PT_R5));
	UPT_SET(regs, PT_R6, info ? frame->siginfo : UPT_REG(regs, PT_R6));
	UPT_SET(regs, PT_LNK, task->mm->sigpage + (info ? 0 : FRAME_OLD_SIGRETURN));
	UPT_SET(regs, PT_TRAP, 0);
	UPT_SP(regs) = frame->sp;
	UPT_IP(regs) = action->handler;
}
