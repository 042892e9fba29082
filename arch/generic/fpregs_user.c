/* A stopped thread's floating-point state: the host's register set PT_FP_REGSET.  A port whose
 * state is in several sets has a file of this name, which puts them one behind the other. */
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "um/os_process.h"

#include "sysdep/ptrace_user.h"

ssize_t os_getfp(int tid, void *buf, size_t size)
{
	struct iovec iov = { buf, size };

	if (ptrace(PTRACE_GETREGSET, tid, (long)PT_FP_REGSET, &iov))
		return -errno;
	return (ssize_t)iov.iov_len;
}

int os_setfp(int tid, const void *buf, size_t size)
{
	struct iovec iov = { (void *)buf, size };

	return ptrace(PTRACE_SETREGSET, tid, (long)PT_FP_REGSET, &iov) ? -errno : 0;
}
