/* arm64: a stopped thread's registers are in three of the host's sets. */
#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "sysdep/ptrace_user.h"

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

static int move(long request, long pid, long type, void *data, size_t size)
{
	struct iovec iov = { data, size };

	return ptrace(request, pid, type, &iov) ? -errno : 0;
}

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out)
{
	unsigned long *gp = regs_out->regs;
	int nr = -1;
	int err = move(PTRACE_GETREGSET, pid, NT_PRSTATUS, gp, ARCH_PRSTATUS_WORDS * sizeof(*gp));

	if (!err)
		err = move(PTRACE_GETREGSET, pid, NT_ARM_TLS, &gp[HOST_TLS], sizeof(*gp));
	if (!err)
		err = move(PTRACE_GETREGSET, pid, NT_ARM_SYSTEM_CALL, &nr, sizeof(nr));
	gp[HOST_SYSCALL] = (unsigned long)nr;
	gp[HOST_ORIG_X0] = gp[HOST_X0];
	return err;
}

/* The number is written at every stop: the host must see no call of its own to make or restart. */
int ptrace_setregs(long pid, struct sys_pt_regs *regs)
{
	unsigned long *gp = regs->regs;
	int nr = (int)gp[HOST_SYSCALL];
	int err = move(PTRACE_SETREGSET, pid, NT_PRSTATUS, gp, ARCH_PRSTATUS_WORDS * sizeof(*gp));

	if (!err)
		err = move(PTRACE_SETREGSET, pid, NT_ARM_TLS, &gp[HOST_TLS], sizeof(*gp));
	if (!err)
		err = move(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &nr, sizeof(nr));
	return err;
}
