/* pidfds: readable once their process has ended (pidfd_open(2)). */
#include "um/err.h"
#include "um/fs.h"
#include "um/pid.h"
#include "um/pidfd.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/syscall.h"

static u32 pidfd_poll(struct file *file, struct poll_table *pt)
{
	struct pid *pid = file->private;

	poll_wait(file, &pid->poll_wait, pt);
	if (!pid->task || pid->task->group->nr_threads == 0)
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

static void pidfd_release(struct file *file)
{
	pid_put(file->private);
}

static void pidfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct pid *pid = file->private;

	seq_printf(m, "Pid:\t%d\nNSpid:\t%d\n", pid->task ? pid->nr : -1, pid->task ? pid->nr : -1);
}

static const struct file_ops pidfd_ops = {
	.poll = pidfd_poll,
	.release = pidfd_release,
	.show_fdinfo = pidfd_show_fdinfo,
};

int pidfd_create(struct pid *pid, unsigned flags)
{
	struct file *file = anon_file("anon_inode:[pidfd]", &pidfd_ops, pid_get(pid),
				      O_RDWR | (flags & O_NONBLOCK));

	if (IS_ERR(file)) {
		pid_put(pid);
		return (int)PTR_ERR(file);
	}
	return fd_install_new(file, O_CLOEXEC);
}

struct pid *pidfd_pid(struct file *file)
{
	return file->ops == &pidfd_ops ? file->private : NULL;
}

SYSCALL_DEFINE2(pidfd_open, A_PID, int, nr, A_HEX, unsigned, flags)
{
	struct pid *pid;

	if (flags & ~(unsigned)O_NONBLOCK || nr <= 0)
		return -EINVAL;
	pid = pid_find(nr);
	if (!pid || !pid->task)
		return -ESRCH;
	if (!thread_group_leader(pid->task))
		return -EINVAL;
	return pidfd_create(pid, flags);
}
