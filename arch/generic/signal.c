/*
 * Entering a signal handler and coming back, for CPUs whose sigcontext is one structure with all
 * that is restored.  The frame is kernel/frame.c's; the port has regs_to_sc and sc_restore_regs,
 * and the three functions at the end of um/frame.h.  SC_IS_FLAT says that it is the same
 * structure in K and on a guest's stack.
 *
 * A guest can call sigreturn with any frame.
 */
#include "um/frame.h"
#include "um/kmalloc.h"
#include "um/signal.h"
#include "um/uaccess.h"

#include "sysdep/sigcontext.h"

#ifdef SC_IS_FLAT
int sc_size(void *data __maybe_unused)
{
	return sizeof(struct sigcontext);
}

int copy_sc_to_user(void *to, void *from, void *data __maybe_unused)
{
	return copy_to_user((uaddr_t)to, from, sizeof(struct sigcontext));
}

int copy_sc_from_user(void *to, void *from, void *data __maybe_unused)
{
	return copy_from_user(to, (uaddr_t)from, sizeof(struct sigcontext));
}

void sc_to_sc(void *to, void *from)
{
	memcpy(to, from, sizeof(struct sigcontext));
}
#endif

int arch_signal_frame(struct task *task, int sig, const struct k_sigaction *action,
		      const siginfo_t *info, ksigset_t oldset)
{
	struct sigcontext *sc = kzalloc(sizeof(*sc));
	struct user_frame frame;
	int err;

	regs_to_sc(sc, &task->regs);
	err = sc_save_state(sc, task, oldset);
	if (!err)
		err = frame_put(task, action, info, oldset, sc, &frame);
	kfree(sc);
	if (err)
		return err;
	arch_enter_handler(task, sig, action, &frame);
	task->regs.syscall = -1;
	return 0;
}

static long come_back(struct task *task, struct sigcontext *sc, int err)
{
	if (!err)
		err = sc_restore_state(task, sc);
	if (!err)
		sc_restore_regs(&task->regs, sc);
	kfree(sc);
	return err ? -EFAULT : 0;
}

long arch_sigreturn(struct task *task, ksigset_t *set)
{
	struct sigcontext *sc = kzalloc(sizeof(*sc));
	stack_t altstack;

	if (come_back(task, sc, frame_get(task, sc, set, &altstack)))
		return -EFAULT;
	/* An alternate stack that is refused stays as it was, and nobody is told (Linux). */
	sigaltstack_set(task, &altstack, UPT_SP(&task->regs));
	return 0;
}

#ifdef FRAME_OLD_CONTEXT
long arch_old_sigreturn(struct task *task, ksigset_t *set)
{
	struct sigcontext *sc = kzalloc(sizeof(*sc));

	return come_back(task, sc, frame_get_old(task, sc, set));
}
#endif
