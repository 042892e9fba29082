/*
 * Handlers for what guest code raises, set as rt_sigaction(2) takes them, since the C library's
 * sigaction would put in a restorer of its own.
 *
 * Of the headers only the UAPI's say whether this CPU's form has a restorer, and <signal.h> cannot
 * be included beside them.  The form is spelled out, for their struct sigaction can be an older
 * call's.
 */
#include <asm/signal.h>
#include <asm/unistd.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "um/os_reflect.h"

struct host_sigaction {
	unsigned long handler;
	unsigned long flags;
#ifdef SA_RESTORER
	unsigned long restorer;
#endif
	unsigned long mask[sizeof(u64) / sizeof(long)];
};

static const int handled[] = { SIGSYS, SIGSEGV, SIGBUS, SIGTRAP, SIGILL, SIGFPE,
			       OS_INTERRUPT_SIGNAL };

int os_guest_handlers(unsigned long handler, unsigned long restorer __maybe_unused)
{
	struct host_sigaction act = { .handler = handler, .flags = SA_SIGINFO | SA_ONSTACK };

#ifdef SA_RESTORER
	act.flags |= SA_RESTORER;
	act.restorer = restorer;
#endif
	memset(act.mask, 0xff, sizeof(act.mask));
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		if (syscall(__NR_rt_sigaction, handled[i], &act, NULL, sizeof(act.mask)))
			return -errno;
	return 0;
}

u64 os_guest_sigmask(void)
{
	u64 mask = ~0ULL;

	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		mask &= ~(1ULL << (handled[i] - 1));
	return mask;
}
