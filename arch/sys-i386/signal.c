/*
 * i386: entering a signal handler and coming back.  The frame is kernel/frame.c's; here are the
 * registers, and what is on the stack because of the calling convention.
 *
 * A guest can call sigreturn with any frame.  The code segment and system flags never come from it.
 */
#include "um/signal.h"

#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include <asm/unistd.h>

#include "asm-um/xsave.h"
#include "sysdep/frame.h"
#include "sysdep/sigcontext.h"
#include "um/frame.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/uaccess.h"

/* DF, TF and RF are off in a handler (System V ABI). */
#define HANDLER_EFLAGS_OFF 0x10500UL

/* Without a restorer the handler returns to code in its frame, which is there in any case: debuggers
 * know a signal's frame by it (Linux). */
static int put_restorer(const struct k_sigaction *action, const struct user_frame *frame, bool info)
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
	if (action->flags & SA_RESTORER)
		at = action->restorer;
	return put_user(at, frame->sp);
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

static void enter_handler(struct task *task, int sig, const struct k_sigaction *action,
			  const struct user_frame *frame)
{
	struct uml_pt_regs fresh, *regs = &task->regs;

	arch_start_thread(&fresh, 0, 0);
	for (int reg = HOST_DS; reg <= HOST_ES; reg++)
		regs->gp[reg] = fresh.gp[reg];
	regs->gp[HOST_AX] = (unsigned long)sig;
	regs->gp[HOST_DX] = frame->siginfo;
	regs->gp[HOST_CX] = frame->ucontext;
	regs->gp[HOST_EFLAGS] &= ~HANDLER_EFLAGS_OFF;
	regs->gp[HOST_ORIG_AX] = -1UL;
	UPT_SP(regs) = frame->sp;
	UPT_IP(regs) = action->handler;
	regs->syscall = -1;
}

int arch_signal_frame(struct task *task, int sig, const struct k_sigaction *action,
		      const siginfo_t *info, ksigset_t oldset)
{
	bool with_info = action->flags & SA_SIGINFO;
	struct user_frame frame;
	struct sigcontext sc;
	int err;

	memset(&sc, 0, sizeof(sc));
	regs_to_sc(&sc, &task->regs);
	sc.err = task->arch.fault_err;
	sc.trapno = task->arch.fault_trap;
	sc.cr2 = task->arch.fault_addr;
	sc.oldmask = (u32)oldset;
	sc.fpstate = (struct _fpstate_32 *)xsave_for_frame(task);
	err = frame_put(task, action, info, oldset, &sc, &frame);
	kfree(sc.fpstate);
	if (err || put_restorer(action, &frame, with_info) || put_arguments(&frame, sig, with_info))
		return -EFAULT;
	enter_handler(task, sig, action, &frame);
	return 0;
}

/* sigreturn: old, and no alternate stack in the frame. */
static long come_back(struct task *task, ksigset_t *set, bool old)
{
	ssize_t fp_size = gate->fp_get(task, NULL, 0);
	struct sigcontext sc;
	stack_t altstack;
	u8 *room;
	int err;

	if (fp_size < 0)
		return -EFAULT;
	room = kzalloc(max((size_t)fp_size, frame_fp_size()));
	sc.fpstate = (struct _fpstate_32 *)room;
	err = old ? frame_get_old(task, &sc, set) : frame_get(task, &sc, set, &altstack);
	if (!err)
		err = xsave_from_frame(task, (u8 *)sc.fpstate, (size_t)fp_size);
	kfree(room);
	if (err)
		return -EFAULT;
	sc_restore_regs(&task->regs, &sc);
	/* An alternate stack that is refused stays as it was, and nobody is told (Linux). */
	if (!old)
		sigaltstack_set(task, &altstack, UPT_SP(&task->regs));
	return 0;
}

long arch_sigreturn(struct task *task, ksigset_t *set)
{
	return come_back(task, set, false);
}

long arch_old_sigreturn(struct task *task, ksigset_t *set)
{
	return come_back(task, set, true);
}
