/* A stopped thread's floating-point state: the host's register sets, ARCH_FP_REGSETS, one behind
 * the other. */
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "um/os_process.h"
#include "um/ptrace_host.h"

static const struct fp_regset sets[] = { ARCH_FP_REGSETS };

/* The first must be there; what the host has not of the others is zeros. */
ssize_t os_getfp(int tid, void *buf, size_t size)
{
	size_t end = 0;

	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]) && sets[i].offset < size; i++) {
		size_t room = min(size - sets[i].offset, sets[i].size);
		struct iovec iov = { (char *)buf + sets[i].offset, room };

		if (ptrace(PTRACE_GETREGSET, tid, (long)sets[i].type, &iov)) {
			if (i == 0)
				return -errno;
			memset(iov.iov_base, 0, room);
		}
		end = sets[i].offset + iov.iov_len;
	}
	return (ssize_t)end;
}

int os_setfp(int tid, const void *buf, size_t size)
{
	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]) && sets[i].offset < size; i++) {
		struct iovec iov = { (char *)buf + sets[i].offset,
				     min(size - sets[i].offset, sets[i].size) };

		if (ptrace(PTRACE_SETREGSET, tid, (long)sets[i].type, &iov) && i == 0)
			return -errno;
	}
	return 0;
}
