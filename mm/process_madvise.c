/* process_madvise: advice about another process's memory, and process_mrelease: its memory is
 * wanted back once it has been killed. */
#include "internal.h"
#include "um/fs.h"
#include "um/iov.h"
#include "um/kmalloc.h"
#include "um/pid.h"
#include "um/pidfd.h"
#include "um/syscall.h"

/* Advice that changes nothing another process could notice by its data. */
static bool for_others(int advice)
{
	return advice == MADV_COLD || advice == MADV_PAGEOUT || advice == MADV_WILLNEED;
}

/* The living process that a pidfd stands for, with a reference; ERR_PTR(-EBADF, -ESRCH). */
static struct task *pidfd_task(int pidfd)
{
	struct file *file = fget_io(pidfd);
	struct task *task = ERR_PTR(-EBADF);
	struct pid *pid;

	if (!file)
		return task;
	pid = pidfd_pid(file);
	if (pid)
		task = pid->task ? task_get(pid->task) : ERR_PTR(-ESRCH);
	fput(file);
	return task;
}

static struct mm *advised_mm(int pidfd, int advice)
{
	struct task *task = pidfd_task(pidfd);
	struct mm *mm;
	int err = 0;

	if (IS_ERR(task))
		return ERR_PTR(PTR_ERR(task));
	mm = task->mm;
	if (!mm)
		err = -ESRCH;
	else if (mm != current->mm && !may_inspect(task))
		err = -EPERM;
	else if (mm != current->mm && !for_others(advice))
		err = -EINVAL;
	else if (mm != current->mm && !capable(CAP_SYS_NICE))
		err = -EPERM;
	task_put(task);
	return err ? ERR_PTR(err) : mm_hold(mm);
}

static long advise_vector(struct mm *mm, const struct iov_iter *it, int advice)
{
	size_t done = 0;
	int err = 0;

	for (unsigned i = 0; i < it->nr && !err; i++) {
		err = do_madvise(mm, (uaddr_t)it->iov[i].iov_base, it->iov[i].iov_len, advice);
		if (!err)
			done += it->iov[i].iov_len;
		if (fatal_signal_pending(current))
			break;
	}
	return done ? (long)done : err;
}

SYSCALL_DEFINE5(process_madvise, A_FD, int, pidfd, A_IOV_IN, uaddr_t, uvec, A_ULONG, unsigned long,
		nr, A_MADVICE, int, advice, A_HEX, unsigned, flags)
{
	struct iovec *to_free;
	struct iov_iter it;
	struct mm *mm;
	long result;

	if (flags)
		return -EINVAL;
	result = iov_import(&it, uvec, nr, &to_free);
	if (result)
		return result;
	mm = advised_mm(pidfd, advice);
	if (IS_ERR(mm)) {
		result = PTR_ERR(mm);
		goto free;
	}
	result = advise_vector(mm, &it, advice);
	mm_drop(mm);
free:
	kfree(to_free);
	return result;
}

/* A killed process gives its memory back by itself, and soon: this waits until it has. */
static int wait_for_end(struct task *task)
{
	if (!task->mm)
		return -ESRCH;
	if (!task->group->group_exit && !fatal_signal_pending(task))
		return -EINVAL;
	if (wait_event_killable(&task->exit_wait, !task->mm || task->state >= TASK_ZOMBIE))
		return -EINTR;
	return 0;
}

SYSCALL_DEFINE2(process_mrelease, A_FD, int, pidfd, A_HEX, unsigned, flags)
{
	struct task *task;
	int err;

	if (flags)
		return -EINVAL;
	task = pidfd_task(pidfd);
	if (IS_ERR(task))
		return PTR_ERR(task);
	err = wait_for_end(task);
	task_put(task);
	return err;
}
