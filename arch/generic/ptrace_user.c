/*
 * A stopped thread's registers, by the calls that nearly every Linux has.  struct sys_pt_regs is
 * the host's NT_PRSTATUS; a port whose K keeps more of a thread has a file of this name.
 */
#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "sysdep/ptrace_user.h"

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out)
{
#ifdef UM_HAVE_GETREGS
	return ptrace(PTRACE_GETREGS, pid, 0, regs_out) ? -errno : 0;
#else
	struct iovec iov = { regs_out, sizeof(*regs_out) };

	return ptrace(PTRACE_GETREGSET, pid, (long)NT_PRSTATUS, &iov) ? -errno : 0;
#endif
}

int ptrace_setregs(long pid, struct sys_pt_regs *regs)
{
#ifdef UM_HAVE_SETREGS
	return ptrace(PTRACE_SETREGS, pid, 0, regs) ? -errno : 0;
#else
	struct iovec iov = { regs, sizeof(*regs) };

	return ptrace(PTRACE_SETREGSET, pid, (long)NT_PRSTATUS, &iov) ? -errno : 0;
#endif
}
