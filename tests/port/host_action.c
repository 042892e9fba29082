/* What the host has on record of a handler, in the form that rt_sigaction(2) has on most CPUs.  The
 * C library hides it, and the UAPI's struct sigaction can be an older call's. */
#include <asm/signal.h>
#include <asm/unistd.h>

#include "host.h"

long syscall(long nr, ...);

struct record {
	unsigned long handler, flags;
#ifdef SA_RESTORER
	unsigned long restorer;
#endif
	unsigned long long mask;
};

struct host_action host_action_of(int sig)
{
	struct record action = { 0 };
	struct host_action found = { 0, 0 };

	syscall(__NR_rt_sigaction, (long)sig, 0L, &action, 8L);
	found.flags = action.flags;
#ifdef SA_RESTORER
	found.restorer = action.restorer;
#endif
	return found;
}
