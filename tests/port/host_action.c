/* What the host has on record of a handler, in the UAPI's form, which the C library hides. */
#include <asm/signal.h>
#include <asm/unistd.h>

#include "host.h"

long syscall(long nr, ...);

struct host_action host_action_of(int sig)
{
	struct sigaction action = { 0 };
	struct host_action found = { 0, 0 };

	syscall(__NR_rt_sigaction, (long)sig, 0L, &action, 8L);
	found.flags = (unsigned long)action.sa_flags;
#ifdef SA_RESTORER
	found.restorer = (unsigned long)action.sa_restorer;
#endif
	return found;
}
