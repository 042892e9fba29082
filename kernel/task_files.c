/* Calls that look into other processes: pidfd_getfd takes a descriptor out of one, kcmp tells
 * what two of them share. */
#include <linux/kcmp.h>

#include "um/err.h"
#include "um/fs.h"
#include "um/pid.h"
#include "um/pidfd.h"
#include "um/sched.h"
#include "um/syscall.h"

/* The task's open file; no reference, NULL if there is none. */
static struct file *task_file(const struct task *task, unsigned fd)
{
	const struct files *files = task->files;

	return files && fd < files->max ? files->fd[fd].file : NULL;
}

/* With a reference; or ERR_PTR. */
static struct file *take_file(struct task *task, unsigned fd)
{
	struct file *file;

	if (!task)
		return ERR_PTR(-ESRCH);
	if (!may_inspect(task))
		return ERR_PTR(-EPERM);
	file = task_file(task, fd);
	if (file)
		return file_get(file);
	return ERR_PTR(task->flags & PF_EXITING || !task->files ? -ESRCH : -EBADF);
}

SYSCALL_DEFINE3(pidfd_getfd, A_FD, int, pidfd, A_FD, int, fd, A_HEX, unsigned, flags)
{
	struct file *file, *taken;
	struct pid *pid;

	if (flags)
		return -EINVAL;
	file = fget_io(pidfd);
	if (!file)
		return -EBADF;
	pid = pidfd_pid(file);
	taken = pid ? take_file(pid->task, (unsigned)fd) : ERR_PTR(-EBADF);
	fput(file);
	if (IS_ERR(taken))
		return PTR_ERR(taken);
	return fd_install_new(taken, O_CLOEXEC);
}

/* --- kcmp */

/* 0: the same; 1 and 2: an order of no other meaning. */
static long order(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;

	return x == y ? 0 : x < y ? 1 : 2;
}

static long compare_files(const struct task *a, const struct task *b, unsigned long fd_a,
			  unsigned long fd_b)
{
	const struct file *file_a = task_file(a, (unsigned)fd_a);
	const struct file *file_b = task_file(b, (unsigned)fd_b);

	return file_a && file_b ? order(file_a, file_b) : -EBADF;
}

SYSCALL_DEFINE5(kcmp, A_PID, int, pid_a, A_PID, int, pid_b, A_INT, int, type, A_ULONG,
		unsigned long, idx_a, A_ULONG, unsigned long, idx_b)
{
	struct task *a = find_task(pid_a), *b = find_task(pid_b);

	if (!a || !b)
		return -ESRCH;
	if (!may_inspect(a) || !may_inspect(b))
		return -EPERM;
	switch (type) {
	case KCMP_FILE:
		return compare_files(a, b, idx_a, idx_b);
	case KCMP_VM:
		return order(a->mm, b->mm);
	case KCMP_FILES:
		return order(a->files, b->files);
	case KCMP_FS:
		return order(a->fs, b->fs);
	case KCMP_SIGHAND:
		return order(a->sighand, b->sighand);
	case KCMP_SYSVSEM:
	case KCMP_EPOLL_TFD:
		return -EOPNOTSUPP;	/* as a Linux built without these */
	}
	return -EINVAL;
}
