/* The signal calls that a task makes for itself: handlers, masks, waiting, the other stack. */
#include "signal_internal.h"

#include "um/frame.h"
#include "um/syscall.h"
#include "um/uaccess.h"

/* struct sigaction as rt_sigaction(2) takes it; the UAPI header of some CPUs shows an older one.
 * Source: sigaction(2), "C library/kernel differences". */
struct user_sigaction {
	unsigned long handler;
	unsigned long flags;
#ifdef SA_RESTORER
	unsigned long restorer;
#endif
	unsigned long mask[KNSIG / (8 * sizeof(unsigned long))];
};

#ifdef SA_RESTORER
#define PORT_SA_FLAGS SA_RESTORER
#else
#define PORT_SA_FLAGS 0
#endif
/* Unknown bits read back as 0, so that programs can tell what is offered (sigaction(2)). */
#define KNOWN_SA_FLAGS                                                                             \
	((unsigned long)(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART |      \
			 SA_NODEFER | SA_EXPOSE_TAGBITS | PORT_SA_FLAGS) |                         \
	 (unsigned long)SA_RESETHAND)

static int sigaction_get(struct k_sigaction *action, uaddr_t from)
{
	struct user_sigaction user;

	if (copy_from_user(&user, from, sizeof(user)))
		return -EFAULT;
	if (sigset_get(&action->mask, from + offsetof(struct user_sigaction, mask)))
		return -EFAULT;
	action->handler = user.handler;
	action->flags = user.flags;
	action->restorer = 0;
#ifdef SA_RESTORER
	action->restorer = user.restorer;
#endif
	return 0;
}

static int sigaction_put(uaddr_t to, const struct k_sigaction *action)
{
	struct user_sigaction user;

	memset(&user, 0, sizeof(user));
	user.handler = action->handler;
	user.flags = action->flags;
#ifdef SA_RESTORER
	user.restorer = action->restorer;
#endif
	if (copy_to_user(to, &user, offsetof(struct user_sigaction, mask)))
		return -EFAULT;
	return sigset_put(to + offsetof(struct user_sigaction, mask), action->mask);
}

int sigaction_set(int sig, struct k_sigaction *new, struct k_sigaction *old)
{
	struct k_sigaction *slot;

	if (sig < 1 || sig > KNSIG || (new && (sigbit(sig) & SIG_KERNEL_ONLY)))
		return -EINVAL;
	slot = &current->sighand->action[sig - 1];
	*old = *slot;
	if (!new)
		return 0;
	new->mask &= ~SIG_KERNEL_ONLY;
	new->flags &= KNOWN_SA_FLAGS;
	*slot = *new;
	if (new->handler == ACT_IGN ||
	    (new->handler == ACT_DFL && (sigbit(sig) & SIG_DEFAULT_IGNORED)))
		flush_group(current->group, sigbit(sig));
	return 0;
}

SYSCALL_DEFINE4(rt_sigaction, A_SIG, int, sig, A_SIGACT_IN, uaddr_t, act, A_SIGACT_OUT, uaddr_t,
		oact, A_SIZE, size_t, size)
{
	struct k_sigaction new, old;
	int err;

	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (act && sigaction_get(&new, act))
		return -EFAULT;
	err = sigaction_set(sig, act ? &new : NULL, &old);
	return err || !oact ? err : sigaction_put(oact, &old);
}

int sigmask_change(int how, ksigset_t set)
{
	switch (how) {
	case SIG_BLOCK:
		set |= current->blocked;
		break;
	case SIG_UNBLOCK:
		set = current->blocked & ~set;
		break;
	case SIG_SETMASK:
		break;
	default:
		return -EINVAL;
	}
	set_blocked(current, set);
	return 0;
}

SYSCALL_DEFINE4(rt_sigprocmask, A_SIGHOW, int, how, A_SIGSET, uaddr_t, set, A_SIGSET, uaddr_t, oset,
		A_SIZE, size_t, size)
{
	ksigset_t old = current->blocked, mask;
	int err;

	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (set) {
		if (sigset_get(&mask, set))
			return -EFAULT;
		err = sigmask_change(how, mask);
		if (err)
			return err;
	}
	return oset ? sigset_put(oset, old) : 0;
}

ksigset_t sigs_pending(void)
{
	return (current->pending.set | current->group->shared_pending.set) & current->blocked;
}

SYSCALL_DEFINE2(rt_sigpending, A_SIGSET, uaddr_t, set, A_SIZE, size_t, size)
{
	unsigned long words[SIGSET_WORDS];

	if (size > sizeof(ksigset_t))
		return -EINVAL;
	sigset_to_words(words, sigs_pending());
	return copy_to_user(set, words, size);
}

long sigsuspend(ksigset_t mask)
{
	current->saved_sigmask = current->blocked;
	set_blocked(current, mask);
	while (!signal_pending(current)) {
		current->state = TASK_INTERRUPTIBLE;
		schedule();
	}
	current->restore_sigmask = true;
	return -ERESTARTNOHAND;
}

SYSCALL_DEFINE2(rt_sigsuspend, A_SIGSET, uaddr_t, set, A_SIZE, size_t, size)
{
	ksigset_t mask;

	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (sigset_get(&mask, set))
		return -EFAULT;
	return sigsuspend(mask);
}

SYSCALL_DEFINE0(pause)
{
	while (!signal_pending(current)) {
		current->state = TASK_INTERRUPTIBLE;
		schedule();
	}
	return -ERESTARTNOHAND;
}

/* Sleeps with `these` unblocked, so that they wake, but kill or stop nobody meanwhile. */
static int sigtimedwait_sleep(ksigset_t these, u64 deadline, siginfo_t *info)
{
	current->real_blocked = current->blocked;
	current->blocked &= ~these;
	recalc_sigpending(current);
	while (!signal_pending(current) && ktime_mono() < deadline)
		sleep_until(TASK_INTERRUPTIBLE, deadline);
	set_blocked(current, current->real_blocked);
	current->real_blocked = 0;
	return dequeue_signal(current, these, info);
}

static long sigtimedwait(uaddr_t uthese, uaddr_t uinfo, uaddr_t uts, size_t size)
{
	u64 timeout = KTIME_MAX;
	ksigset_t these;
	siginfo_t info;
	int sig, err;

	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (sigset_get(&these, uthese))
		return -EFAULT;
	err = uts ? timespec_get(&timeout, uts) : 0;
	if (err)
		return err;
	these &= ~SIG_KERNEL_ONLY;
	sig = dequeue_signal(current, these, &info);
	if (!sig && timeout) {
		u64 deadline = uts ? deadline_after(timeout) : KTIME_MAX;

		sig = sigtimedwait_sleep(these, deadline, &info);
		if (!sig)
			return ktime_mono() >= deadline ? -EAGAIN : -EINTR;
	}
	if (!sig)
		return -EAGAIN;
	if (uinfo && siginfo_put(uinfo, &info))
		return -EFAULT;
	return sig;
}

SYSCALL_TIME4(rt_sigtimedwait, rt_sigtimedwait_time64, A_SIGSET, uaddr_t, these, A_SIGINFO_OUT,
	      uaddr_t, info, A_TIMESPEC_IN, uaddr_t, timeout, A_SIZE, size_t, size)
{
	return sigtimedwait(these, info, timeout, size);
}

static long come_back(long (*restore)(struct task *task, ksigset_t *set))
{
	ksigset_t set;

	task_full_regs(current);
	current->in_syscall = false;
	current->restart.fn = NULL;
	if (restore(current, &set)) {
		force_sig(SIGSEGV, current);
		return 0;
	}
	set_blocked(current, set);
	/* The result register is the interrupted code's, like all others. */
	return UPT_SYSCALL_RET(&current->regs);
}

SYSCALL_DEFINE0(rt_sigreturn)
{
	return come_back(arch_sigreturn);
}

#ifdef FRAME_OLD_CONTEXT
/* From the frame of a handler without SA_SIGINFO. */
SYSCALL_DEFINE0(sigreturn)
{
	return come_back(arch_old_sigreturn);
}
#endif

SYSCALL_DEFINE0(restart_syscall)
{
	struct restart_block *restart = &current->restart;

	return restart->fn ? restart->fn(restart) : -EINTR;
}

static bool on_sig_stack(const struct task *task, uaddr_t sp)
{
	if (task->sas_flags & (int)SS_AUTODISARM)
		return false;
	return sp > task->sas_sp && sp - task->sas_sp <= task->sas_size;
}

/* The current state in the form that sigaltstack(2) and frames show; sp is the user's. */
static void sas_show(const struct task *task, uaddr_t sp, stack_t *out)
{
	memset(out, 0, sizeof(*out));
	out->ss_sp = (void *)task->sas_sp;
	out->ss_size = task->sas_size;
	if (!task->sas_size)
		out->ss_flags = SS_DISABLE;
	else if (on_sig_stack(task, sp))
		out->ss_flags = SS_ONSTACK;
	out->ss_flags |= task->sas_flags & (int)SS_FLAG_BITS;
}

int sigaltstack_set(struct task *task, const stack_t *ss, uaddr_t sp)
{
	unsigned mode = (unsigned)ss->ss_flags & ~SS_FLAG_BITS;

	if (on_sig_stack(task, sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		task->sas_sp = 0;
		task->sas_size = 0;
	} else {
		if (ss->ss_size < MINSIGSTKSZ)
			return -ENOMEM;
		task->sas_sp = (uaddr_t)ss->ss_sp;
		task->sas_size = ss->ss_size;
	}
	task->sas_flags = ss->ss_flags;
	return 0;
}

SYSCALL_DEFINE2(sigaltstack, A_PTR, uaddr_t, ss, A_PTR, uaddr_t, oss)
{
	stack_t new, old;
	uaddr_t sp;
	int err;

	task_full_regs(current);
	sp = UPT_SP(&current->regs);
	if (ss && copy_from_user(&new, ss, sizeof(new)))
		return -EFAULT;
	sas_show(current, sp, &old);
	if (ss) {
		err = sigaltstack_set(current, &new, sp);
		if (err)
			return err;
	}
	return oss ? copy_to_user(oss, &old, sizeof(old)) : 0;
}
