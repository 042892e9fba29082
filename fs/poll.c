/* poll(2), ppoll(2). */
#include <linux/poll.h>

#include "poll_wait.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define INLINE_FDS 16

static u32 poll_fd(struct pollfd *pfd, struct poll_waiter *waiter)
{
	u32 wanted = (u16)pfd->events | EPOLLERR | EPOLLHUP;
	struct file *file;
	u32 events;

	pfd->revents = 0;
	if (pfd->fd < 0)
		return 0;
	file = fget_io(pfd->fd);
	if (!file) {
		pfd->revents = POLLNVAL;
		return POLLNVAL;
	}
	waiter->pt.events = wanted;
	events = vfs_poll(file, &waiter->pt) & wanted;
	fput(file);
	pfd->revents = events;
	return events;
}

/* How many have something to tell.  Once one has, the others need not be queued on. */
static int poll_round(struct pollfd *fds, unsigned n, struct poll_waiter *waiter)
{
	int count = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (poll_fd(&fds[i], waiter)) {
			count++;
			waiter->pt.queue = NULL;
		}
	}
	waiter->pt.queue = NULL;
	return count;
}

/* The count; 0 after the deadline; -EINTR, -ENOMEM. */
static long poll_fds(struct pollfd *fds, unsigned n, u64 deadline)
{
	struct poll_waiter waiter;
	int count, err = 0;

	poll_waiter_init(&waiter);
	for (;;) {
		count = poll_round(fds, n, &waiter);
		if (count || err)
			break;
		err = waiter.error;
		if (!err)
			err = poll_waiter_sleep(&waiter, deadline);
	}
	poll_waiter_end(&waiter);
	if (count)
		return count;
	return err == -ETIMEDOUT ? 0 : err;
}

static int put_revents(uaddr_t ufds, const struct pollfd *fds, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (put_user(fds[i].revents,
			     ufds + i * sizeof(struct pollfd) + offsetof(struct pollfd, revents)))
			return -EFAULT;
	return 0;
}

/* deadline 0: only a look; KTIME_MAX: none. */
static long do_poll(uaddr_t ufds, unsigned n, u64 deadline)
{
	struct pollfd inline_fds[INLINE_FDS], *fds = inline_fds;
	long ret;

	if (n > rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	if (n > INLINE_FDS)
		fds = kmalloc_user(n * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	ret = copy_from_user(fds, ufds, n * sizeof(*fds));
	if (ret)
		goto out;
	ret = poll_fds(fds, n, deadline);
	if (ret >= 0 && put_revents(ufds, fds, n))
		ret = -EFAULT;
out:
	if (fds != inline_fds)
		kfree(fds);
	return ret;
}

static long restart_poll(struct restart_block *rb);

static long poll_or_restart(uaddr_t ufds, unsigned n, u64 deadline)
{
	long ret = do_poll(ufds, n, deadline);

	if (ret != -EINTR)
		return ret;
	current->restart.fn = restart_poll;
	current->restart.data[0] = ufds;
	current->restart.data[1] = n;
	current->restart.data[2] = deadline;
	return -ERESTART_RESTARTBLOCK;
}

static long restart_poll(struct restart_block *rb)
{
	return poll_or_restart(rb->data[0], rb->data[1], rb->data[2]);
}

SYSCALL_DEFINE3(poll, A_POLLFDS, uaddr_t, ufds, A_UINT, unsigned, nfds, A_INT, int, timeout)
{
	u64 deadline = KTIME_MAX;

	if (timeout >= 0)
		deadline = timeout ? deadline_after(timeout * NSEC_PER_MSEC) : 0;
	return poll_or_restart(ufds, nfds, deadline);
}

SYSCALL_TIME5(ppoll, ppoll_time64, A_POLLFDS, uaddr_t, ufds, A_UINT, unsigned, nfds, A_TIMESPEC_IN,
	      uaddr_t, tsp, A_SIGSET, uaddr_t, sigmask, A_SIZE, size_t, sigsetsize)
{
	struct poll_timeout timeout;
	long ret;

	ret = poll_timeout_get(&timeout, tsp);
	if (!ret)
		ret = set_user_sigmask(sigmask, sigsetsize);
	if (ret)
		return ret;
	ret = do_poll(ufds, nfds, timeout.zero ? 0 : timeout.deadline);
	return poll_finish(&timeout, ret == -EINTR ? -ERESTARTNOHAND : ret);
}
