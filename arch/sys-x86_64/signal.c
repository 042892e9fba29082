/*
 * x86_64: entering a signal handler and coming back.  The frame is kernel/frame.c's; here are the
 * registers, the FP state is arch/x86/xsave.c's.
 *
 * A guest can call sigreturn with any frame.  Selectors and system flags never come from it.
 */
#include "um/signal.h"

#include <asm/sigcontext.h>

#include "asm-um/xsave.h"
#include "sysdep/frame.h"
#include "sysdep/sigcontext.h"
#include "um/frame.h"
#include "um/gate.h"
#include "um/kmalloc.h"

/* DF, TF and RF are off in a handler (System V ABI, 3.2.1). */
#define HANDLER_EFLAGS_OFF 0x10500UL

static void enter_handler(struct task *task, int sig, const struct k_sigaction *action,
			  const struct user_frame *frame)
{
	struct uml_pt_regs *regs = &task->regs;

	UPT_SET(regs, HOST_DI, (unsigned long)sig);
	UPT_SET(regs, HOST_SI, frame->siginfo);
	UPT_SET(regs, HOST_DX, frame->ucontext);
	UPT_SET(regs, HOST_AX, 0);
	UPT_SET(regs, HOST_EFLAGS, UPT_REG(regs, HOST_EFLAGS) & ~HANDLER_EFLAGS_OFF);
	UPT_SET(regs, HOST_ORIG_AX, -1UL);
	UPT_SP(regs) = frame->sp;
	UPT_IP(regs) = action->handler;
	regs->syscall = -1;
}

int arch_signal_frame(struct task *task, int sig, const struct k_sigaction *action,
		      const siginfo_t *info, ksigset_t oldset)
{
	struct user_frame frame;
	struct sigcontext sc;
	int err;

	if (!(action->flags & SA_RESTORER))
		return -EFAULT;
	memset(&sc, 0, sizeof(sc));
	regs_to_sc(&sc, &task->regs);
	sc.err = task->arch.fault_err;
	sc.trapno = task->arch.fault_trap;
	sc.cr2 = task->arch.fault_addr;
	sc.oldmask = oldset;
	sc.fpstate = (struct _fpstate *)xsave_for_frame(task);
	err = frame_put(task, action, info, oldset, &sc, &frame);
	kfree(sc.fpstate);
	if (!err)
		enter_handler(task, sig, action, &frame);
	return err;
}

long arch_sigreturn(struct task *task, ksigset_t *set)
{
	ssize_t fp_size = gate->fp_get(task, NULL, 0);
	struct sigcontext sc;
	struct _fpstate *room;
	stack_t altstack;
	int err;

	if (fp_size < 0)
		return -EFAULT;
	room = kzalloc(max((size_t)fp_size, frame_fp_size()));
	sc.fpstate = room;
	err = frame_get(task, &sc, set, &altstack);
	if (!err)
		err = xsave_from_frame(task, (u8 *)sc.fpstate, (size_t)fp_size);
	kfree(room);
	if (err)
		return -EFAULT;
	sc_restore_regs(&task->regs, &sc);
	/* An alternate stack that is refused stays as it was, and nobody is told (Linux). */
	sigaltstack_set(task, &altstack, UPT_SP(&task->regs));
	return 0;
}
