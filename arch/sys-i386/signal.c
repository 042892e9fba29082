/* i386: how a signal handler is called. */
#include "um/signal.h"

#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include <asm/unistd.h>

#include "asm-um/xsave.h"
#include "um/frame.h"
#include "um/sigpage.h"
#include "um/uaccess.h"

/* The code in the frame is there in any case, though stacks are not executed: debuggers know a
 * signal's frame by it (Linux). */
static int put_restorer(const struct task *task, const struct k_sigaction *action,
			const struct user_frame *frame, bool info)
{
	/* pop %eax; mov $__NR_sigreturn, %eax; int $0x80 */
	static const u8 old_code[8] = { 0x58, 0xb8, __NR_sigreturn, 0, 0, 0, 0xcd, 0x80 };
	/* mov $__NR_rt_sigreturn, %eax; int $0x80 */
	static const u8 code[8] = { 0xb8, __NR_rt_sigreturn, 0, 0, 0, 0xcd, 0x80, 0 };
	uaddr_t at = info ? frame->ucontext + offsetof(struct ucontext, uc_sigmask) +
				    sizeof(ksigset_t) :
			    frame->sp + FRAME_OLD_SIZE - FRAME_TAIL_SIZE;

	if (copy_to_user(at, info ? code : old_code, sizeof(code)))
		return -EFAULT;
	return put_user(sigpage_restorer(task, action), frame->sp);
}

/* The C handler's arguments, behind the return address. */
static int put_arguments(const struct user_frame *frame, int sig, bool info)
{
	uaddr_t at = frame->sp + sizeof(uaddr_t);

	if (put_user(sig, at))
		return -EFAULT;
	if (!info)
		return 0;
	if (put_user(frame->siginfo, at + sizeof(uaddr_t)))
		return -EFAULT;
	return put_user(frame->ucontext, at + 2 * sizeof(uaddr_t));
}

int arch_call_handler(struct task *task, int sig, const struct k_sigaction *action,
		      const struct user_frame *frame)
{
	static const u8 segments[] = { HOST_CS, HOST_SS, HOST_DS, HOST_ES };
	bool info = action->flags & SA_SIGINFO;
	struct uml_pt_regs fresh, *regs = &task->regs;

	if (put_restorer(task, action, frame, info) || put_arguments(frame, sig, info))
		return -EFAULT;
	arch_start_thread(&fresh, 0, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(segments); i++)
		regs->gp[segments[i]] = fresh.gp[segments[i]];
	/* For handlers that take arguments in registers (gcc's regparm). */
	regs->gp[HOST_AX] = (unsigned long)sig;
	regs->gp[HOST_DX] = frame->siginfo;
	regs->gp[HOST_CX] = frame->ucontext;
	return 0;
}
