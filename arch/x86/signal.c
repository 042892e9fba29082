/*
 * x86: entering a signal handler and coming back.  The frame is kernel/frame.c's, the FP state
 * xsave.c's; how a handler is called is the port's.
 *
 * A guest can call sigreturn with any frame.  Selectors of code and stack and system flags never
 * come from it.
 */
#include "um/signal.h"

#include "asm-um/xsave.h"
#include "sysdep/frame.h"
#include "sysdep/sigcontext.h"
#include "um/frame.h"
#include "um/gate.h"
#include "um/kmalloc.h"

/* DF, TF and RF are off in a handler (System V ABI). */
#define HANDLER_EFLAGS_OFF 0x10500UL

int arch_signal_frame(struct task *task, int sig, const struct k_sigaction *action,
		      const siginfo_t *info, ksigset_t oldset)
{
	struct uml_pt_regs *regs = &task->regs;
	struct user_frame frame;
	struct sigcontext sc;
	int err;

	memset(&sc, 0, sizeof(sc));
	regs_to_sc(&sc, regs);
	sc.err = task->arch.fault_err;
	sc.trapno = task->arch.fault_trap;
	sc.cr2 = task->arch.fault_addr;
	sc.oldmask = (unsigned long)oldset;
	sc.fpstate = (struct _fpstate *)xsave_for_frame(task);
	err = frame_put(task, action, info, oldset, &sc, &frame);
	kfree(sc.fpstate);
	if (!err)
		err = arch_call_handler(task, sig, action, &frame);
	if (err)
		return err;
	UPT_SET(regs, HOST_EFLAGS, UPT_REG(regs, HOST_EFLAGS) & ~HANDLER_EFLAGS_OFF);
	UPT_SET(regs, HOST_ORIG_AX, -1UL);
	UPT_SP(regs) = frame.sp;
	UPT_IP(regs) = action->handler;
	regs->syscall = -1;
	return 0;
}

/* altstack NULL: an old frame, which has none. */
static int get_frame(struct task *task, struct sigcontext *sc, ksigset_t *set, stack_t *altstack)
{
#ifdef FRAME_OLD_CONTEXT
	if (!altstack)
		return frame_get_old(task, sc, set);
#endif
	return frame_get(task, sc, set, altstack);
}

static long come_back(struct task *task, ksigset_t *set, stack_t *altstack)
{
	ssize_t fp_size = gate->fp_get(task, NULL, 0);
	struct sigcontext sc;
	void *room;
	int err;

	if (fp_size < 0)
		return -EFAULT;
	room = kzalloc(max((size_t)fp_size, frame_fp_size()));
	sc.fpstate = room;
	err = get_frame(task, &sc, set, altstack);
	if (!err)
		err = xsave_from_frame(task, (u8 *)sc.fpstate, (size_t)fp_size);
	kfree(room);
	if (err)
		return -EFAULT;
	sc_restore_regs(&task->regs, &sc);
	/* An alternate stack that is refused stays as it was, and nobody is told (Linux). */
	if (altstack)
		sigaltstack_set(task, altstack, UPT_SP(&task->regs));
	return 0;
}

long arch_sigreturn(struct task *task, ksigset_t *set)
{
	stack_t altstack;

	return come_back(task, set, &altstack);
}

long arch_old_sigreturn(struct task *task, ksigset_t *set)
{
	return come_back(task, set, NULL);
}
