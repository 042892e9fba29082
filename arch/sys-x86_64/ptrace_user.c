/* x86_64: a stopped thread's registers; this CPU's Linux has both calls. */
#include <errno.h>
#include <sys/ptrace.h>

#include "sysdep/ptrace_user.h"

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out)
{
	return ptrace(PTRACE_GETREGS, pid, 0, regs_out) ? -errno : 0;
}

int ptrace_setregs(long pid, struct sys_pt_regs *regs)
{
	return ptrace(PTRACE_SETREGS, pid, 0, regs) ? -errno : 0;
}
