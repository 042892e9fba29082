/* x86_64: how a signal handler is called. */
#include "asm-um/xsave.h"
#include "um/frame.h"
#include "um/signal.h"

int arch_call_handler(struct task *task, int sig, const struct k_sigaction *action,
		      const struct user_frame *frame)
{
	struct uml_pt_regs *regs = &task->regs;

	if (!(action->flags & SA_RESTORER))
		return -EFAULT;
	UPT_SET(regs, HOST_DI, (unsigned long)sig);
	UPT_SET(regs, HOST_SI, frame->siginfo);
	UPT_SET(regs, HOST_DX, frame->ucontext);
	UPT_SET(regs, HOST_AX, 0);
	return 0;
}
