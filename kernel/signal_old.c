/*
 * The signal calls of CPUs that have known 32 signals only: their sets are one long, the lowest
 * word of a ksigset_t.
 */
#include "signal_internal.h"

#include "um/frame.h"
#include "um/syscall.h"
#include "um/uaccess.h"

typedef unsigned long old_sigset_t;

/* What sigaction(2), "C library/kernel differences", calls the original structure. */
struct sigaction_32 {
	unsigned long handler;
	old_sigset_t mask;
	unsigned long flags;
	unsigned long restorer;
};

SYSCALL_DEFINE3(sigaction, A_SIG, int, sig, A_PTR, uaddr_t, act, A_PTR, uaddr_t, oact)
{
	struct sigaction_32 user;
	struct k_sigaction new, old;
	int err;

	if (act) {
		if (get_user(user, act))
			return -EFAULT;
		new = (struct k_sigaction){ .handler = user.handler, .flags = user.flags,
					    .restorer = user.restorer, .mask = user.mask };
	}
	err = sigaction_set(sig, act ? &new : NULL, &old);
	if (err || !oact)
		return err;
	user = (struct sigaction_32){ .handler = old.handler, .flags = old.flags,
				       .restorer = old.restorer, .mask = (old_sigset_t)old.mask };
	return put_user(user, oact);
}

/* The first signal(2): a handler works once, and may be interrupted by its own signal. */
SYSCALL_DEFINE2(signal, A_SIG, int, sig, A_PTR, uaddr_t, handler)
{
	struct k_sigaction old, new = { .handler = handler };
	int err;

	new.flags = (unsigned long)SA_RESETHAND | (unsigned long)SA_NODEFER;
	err = sigaction_set(sig, &new, &old);
	return err ? err : (long)old.handler;
}

SYSCALL_DEFINE3(sigprocmask, A_SIGHOW, int, how, A_PTR, uaddr_t, set, A_PTR, uaddr_t, oset)
{
	const old_sigset_t old = (old_sigset_t)current->blocked;
	ksigset_t others = current->blocked & ~(ksigset_t)(old_sigset_t)-1;
	old_sigset_t mask;
	int err;

	if (set) {
		if (get_user(mask, set))
			return -EFAULT;
		err = sigmask_change(how, how == SIG_SETMASK ? mask | others : mask);
		if (err)
			return err;
	}
	return oset ? put_user(old, oset) : 0;
}

SYSCALL_DEFINE1(sigpending, A_PTR, uaddr_t, set)
{
	const old_sigset_t pending = (old_sigset_t)sigs_pending();

	return put_user(pending, set);
}

#if ARCH_OLD_SIGSUSPEND3
SYSCALL_DEFINE3(sigsuspend, A_INT, int, unused1 __maybe_unused, A_INT, int, unused2 __maybe_unused,
		A_HEX, old_sigset_t, mask)
#else
SYSCALL_DEFINE1(sigsuspend, A_HEX, old_sigset_t, mask)
#endif
{
	return sig_suspend(mask);
}

SYSCALL_DEFINE0(sgetmask)
{
	return (long)(old_sigset_t)current->blocked;
}

SYSCALL_DEFINE1(ssetmask, A_HEX, old_sigset_t, mask)
{
	const old_sigset_t old = (old_sigset_t)current->blocked;

	set_blocked(current, mask);
	return (long)old;
}
