/* Captures a host signal frame: raises a signal on a stack of the caller's and records, in the
 * handler, where everything is.  The port's part is sysdep/frame.h.
 *
 * On some CPUs the frame of a handler without SA_SIGINFO is another: FRAME_OLD_CONTEXT says where
 * its sigcontext is, by the frame's address. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "um/os_frame.h"

static struct frame_raw *capture_to;

/* frame_sp() and frame_restorer() are about this very function's frame. */
static __attribute__((noinline)) void capture_handler(int sig, siginfo_t *info, void *context)
{
	struct frame_raw *raw = capture_to;
	ucontext_t *uc = context;

	(void)sig;
	raw->sp = frame_sp();
	raw->restorer = frame_restorer();
	raw->siginfo = (unsigned long)info;
	raw->ucontext = (unsigned long)uc;
	raw->sigcontext = (unsigned long)FRAME_HOST_SIGCONTEXT(uc);
	setup_arch_frame_raw(&raw->arch, (struct sigcontext *)raw->sigcontext);
}

#ifdef FRAME_OLD_CONTEXT
static __attribute__((noinline)) void capture_old_handler(int sig)
{
	struct frame_raw *raw = capture_to;

	(void)sig;
	raw->sp = frame_sp();
	raw->restorer = frame_restorer();
	raw->sigcontext = FRAME_OLD_CONTEXT(raw->sp);
	setup_arch_frame_raw(&raw->arch, (struct sigcontext *)raw->sigcontext);
}
#endif

static int capture_on_stack(bool old)
{
	struct sigaction action, old_action;
	sigset_t only, old_mask;
	int err = 0;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = capture_handler;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
#ifdef FRAME_OLD_CONTEXT
	if (old) {
		action.sa_handler = capture_old_handler;
		action.sa_flags = SA_ONSTACK;
	}
#else
	(void)old;
#endif
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGUSR1, &action, &old_action))
		return -errno;
	sigemptyset(&only);
	sigaddset(&only, SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &only, &old_mask);
	if (raise(SIGUSR1))
		err = -errno;
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	sigaction(SIGUSR1, &old_action, NULL);
	return err;
}

int os_capture_frame(void *stack, size_t size, bool old, struct frame_raw *raw)
{
	stack_t altstack = { .ss_sp = stack, .ss_size = size }, before;
	int err;

	memset(raw, 0, sizeof(*raw));
	if (sigaltstack(&altstack, &before))
		return -errno;
	capture_to = raw;
	err = capture_on_stack(old);
	if (before.ss_flags & SS_ONSTACK)
		before.ss_flags &= ~SS_ONSTACK;
	sigaltstack(&before, NULL);
	if (!err && (raw->sp < (unsigned long)stack || raw->sp >= (unsigned long)stack + size))
		err = -EFAULT;
	return err;
}
