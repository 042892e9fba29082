/*
 * ppc: a stopped thread's registers.
 *
 * At the stop before a call the host is not done with it: what K leaves in r3 it makes, should it
 * look like an error, a positive number and a flag.  That is right for results; but K also sets
 * other registers there, those of code that a signal had interrupted for one.  And a filter's stop
 * drops a call only if r0, where its number is, says so.  In both cases the thread first goes on to
 * the stop behind the call, where all registers are K's to set.
 */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "sysdep/ptrace_user.h"

/* A filter has stopped a call: then each stop may be such. */
static bool filtered;

static int move(long request, long pid, unsigned long *words)
{
	struct iovec iov = { words, HOST_WORDS * sizeof(*words) };

	return ptrace(request, pid, (long)NT_PRSTATUS, &iov) ? -errno : 0;
}

int ptrace_getregs(long pid, struct sys_pt_regs *regs_out)
{
	unsigned long *gp = regs_out->regs;
	int err = move(PTRACE_GETREGSET, pid, gp);

	gp[HOST_SYSCALL] = gp[PT_R0];
	/* At a filter's stop the argument is not in its place, but this. */
	if (gp[PT_TRAP] == TRAP_SYSCALL && gp[PT_R3] == -(unsigned long)ENOSYS) {
		gp[PT_R3] = gp[PT_ORIG_R3];
		filtered = true;
	}
	return err;
}

/* Which stop is the thread at: PTRACE_SYSCALL_INFO_*. */
static int stop_kind(long pid)
{
	struct __ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
	return info.op;
}

static int leave_call(long pid, unsigned long *words)
{
	int status, got, err;

	words[PT_R0] = -1UL;
	err = move(PTRACE_SETREGSET, pid, words);
	if (err || ptrace(PTRACE_SYSCALL, pid, 0, 0))
		return err ? err : -errno;
	do
		got = waitpid((pid_t)pid, &status, __WALL);
	while (got < 0 && errno == EINTR);
	return got == pid && WIFSTOPPED(status) && status >> 8 == (SIGTRAP | 0x80) ? 0 : -ESRCH;
}

/* Where it is to make no call the host must see none of its own to restart either: no trap. */
int ptrace_setregs(long pid, struct sys_pt_regs *regs)
{
	unsigned long words[HOST_WORDS];
	int kind = PTRACE_SYSCALL_INFO_NONE, err = 0;
	bool drop = regs->regs[HOST_SYSCALL] == -1UL;

	memcpy(words, regs->regs, sizeof(words));
	if (drop)
		words[PT_TRAP] = 0;
	else
		words[PT_R0] = regs->regs[HOST_SYSCALL];
	if (drop && (filtered || words[PT_R3] >= -4095UL))
		kind = stop_kind(pid);
	if (kind == PTRACE_SYSCALL_INFO_ENTRY || kind == PTRACE_SYSCALL_INFO_SECCOMP) {
		err = leave_call(pid, words);
		words[PT_R0] = regs->regs[PT_R0];
	}
	return err ? err : move(PTRACE_SETREGSET, pid, words);
}
