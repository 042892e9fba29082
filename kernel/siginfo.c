/*
 * siginfo between K and user memory.  K keeps a siginfo_t with all unused bytes zero; what the
 * CPU's layout has as its last field is followed by zeroes in user memory too.
 */
#include "um/signal.h"
#include "um/uaccess.h"

/* The part of siginfo_t that carries fields; the rest is room for the future. */
struct siginfo_fields {
	__SIGINFO;
};

int siginfo_put(uaddr_t to, const siginfo_t *info)
{
	siginfo_t out;

	memset(&out, 0, sizeof(out));
	memcpy(&out, info, sizeof(struct siginfo_fields));
	if (out.si_code == SI_TIMER)
		out.si_sys_private = 0;
	return copy_to_user(to, &out, sizeof(out));
}

/* How many codes a signal defines of its own; 0 for those that have none. */
static int specific_codes(int sig)
{
	switch (sig) {
	case SIGILL:
		return NSIGILL;
	case SIGFPE:
		return NSIGFPE;
	case SIGSEGV:
		return NSIGSEGV;
	case SIGBUS:
		return NSIGBUS;
	case SIGTRAP:
		return NSIGTRAP;
	case SIGCHLD:
		return NSIGCHLD;
	case SIGSYS:
		return NSIGSYS;
	}
	return 0;
}

static bool known_layout(const siginfo_t *info)
{
	int limit = specific_codes(info->si_signo);

	if (info->si_code == SI_KERNEL)
		return true;
	if (info->si_code > 0)
		return info->si_code <= (limit ? limit : NSIGPOLL);
	return info->si_code >= SI_DETHREAD || info->si_code == SI_ASYNCNL;
}

/* 0; -EFAULT; -E2BIG: fields beyond those that K knows are set in an unknown kind. */
int siginfo_get(siginfo_t *info, uaddr_t from)
{
	size_t i, known = sizeof(struct siginfo_fields);

	if (copy_from_user(info, from, sizeof(*info)))
		return -EFAULT;
	for (i = known; i < sizeof(*info); i++)
		if (((const u8 *)info)[i] && !known_layout(info))
			return -E2BIG;
	memset((u8 *)info + known, 0, sizeof(*info) - known);
	return 0;
}
