/*
 * riscv64: a stopped thread's registers.  A call's number is in a7, and the host drops a call whose
 * number has been made negative; but then that is what the program finds in a7 behind the call, and
 * no later stop to put it right.  So -1 here stands for "no call to change": a7 is written as it was,
 * and calls are kept from the host by another in their place, up to whose exit K has a7 back.
 */
#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include <linux/ptrace.h>

#include "sysdep/ptrace_user.h"

static int move(long request, long pid, unsigned long *gp)
{
	struct iovec iov = { gp, ARCH_PRSTATUS_WORDS * sizeof(*gp) };

	return ptrace(request, pid, (long)NT_PRSTATUS, &iov) ? -errno : 0;
}

/* From Linux 6.13 on a0 is -ENOSYS at a call's entry, and the argument is elsewhere. */
static unsigned long first_argument(long pid, unsigned long a0)
{
	struct ptrace_syscall_info info = { 0 };

	if (a0 != -(unsigned long)ENOSYS || ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return a0;
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY && info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return a0;
	return info.entry.args[0];
}

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out)
{
	unsigned long *gp = regs_out->regs;
	int err = move(PTRACE_GETREGSET, pid, gp);

	if (err)
		return err;
	gp[HOST_A0] = first_argument(pid, gp[HOST_A0]);
	gp[HOST_SYSCALL] = gp[HOST_A7];
	gp[HOST_ORIG_A0] = gp[HOST_A0];
	return 0;
}

int ptrace_setregs(long pid, struct sys_pt_regs *regs)
{
	unsigned long *gp = regs->regs, a7 = gp[HOST_A7];
	int err;

	if ((long)gp[HOST_SYSCALL] >= 0)
		gp[HOST_A7] = gp[HOST_SYSCALL];
	err = move(PTRACE_SETREGSET, pid, gp);
	gp[HOST_A7] = a7;
	return err;
}
