/*
 * setns(2).  The guest has one namespace of each kind, so that whoever may enter one by a pidfd
 * is there already.  Another user or mount namespace than the own one cannot be meant, and the
 * own ones Linux refuses, or would change root and cwd for.
 */
#include "um/err.h"
#include "um/fs.h"
#include "um/pid.h"
#include "um/pidfd.h"
#include "um/sched.h"
#include "um/syscall.h"

#define ENTERABLE                                                                                  \
	(CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET)

static int enter(const struct pid *pid, unsigned flags)
{
	if (!flags || flags & ~(unsigned)ENTERABLE)
		return -EINVAL;
	if (!pid->task)
		return -ESRCH;
	if (!may_inspect(pid->task))
		return -EPERM;
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

SYSCALL_DEFINE2(setns, A_FD, int, fd, A_CLONEFLAGS, unsigned, flags)
{
	struct file *file = fget_io(fd);
	struct pid *pid;
	int err;

	if (!file)
		return -EBADF;
	pid = pidfd_pid(file);
	err = pid ? enter(pid, flags) : -EINVAL;
	fput(file);
	return err;
}
