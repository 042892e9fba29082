/*
 * timerfd(2): timers that are read through a descriptor.
 *
 * A periodic timer rests after it fired; what has passed meanwhile is counted, and the timer
 * started again, when somebody asks (`expired`).  With TFD_TIMER_CANCEL_ON_SET the file waits on
 * clock_was_set itself, and its next read fails with ECANCELED.
 */
#include <linux/timerfd.h>

#include "um/clock.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

struct timerfd {
	struct clock_timer timer;
	int clock;			/* immutable */
	u64 ticks;			/* expiries not read yet */
	bool expired;			/* has fired: a periodic one has to be started again */
	bool canceled;			/* the clock was set */
	unsigned settime_flags;
	struct wait_entry clock_set;	/* on clock_was_set with TFD_TIMER_CANCEL_ON_SET */
	struct wait_queue_head wait;
};

static void timerfd_tick(struct timerfd *ctx)
{
	ctx->ticks++;
	wake_up_poll(&ctx->wait, EPOLLIN);
}

static void timerfd_fired(struct clock_timer *timer)
{
	struct timerfd *ctx = container_of(timer, struct timerfd, timer);

	ctx->expired = true;
	timerfd_tick(ctx);
}

static bool timerfd_clock_set(struct wait_entry *entry, u32 key __maybe_unused)
{
	struct timerfd *ctx = container_of(entry, struct timerfd, clock_set);

	ctx->canceled = true;
	timerfd_tick(ctx);
	return false;
}

/* Counts the periods since it fired, less the one that has been counted then. */
static void timerfd_catch_up(struct timerfd *ctx)
{
	u64 count;

	if (!ctx->expired || !ctx->timer.interval)
		return;
	ctx->expired = false;
	count = clock_timer_forward(&ctx->timer, clock_now(ctx->timer.clock));
	if (count)
		ctx->ticks += count - 1;
	clock_timer_restart(&ctx->timer);
}

static void timerfd_release(struct file *file)
{
	struct timerfd *ctx = file->private;

	clock_timer_cancel(&ctx->timer);
	remove_wait_queue(&ctx->clock_set);
	kfree(ctx);
}

static u32 timerfd_poll(struct file *file, struct poll_table *pt)
{
	struct timerfd *ctx = file->private;

	poll_wait(file, &ctx->wait, pt);
	return ctx->ticks ? EPOLLIN : 0;
}

static ssize_t timerfd_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	struct timerfd *ctx = file->private;
	u64 ticks;
	int err;

	if (to->count < sizeof(ticks))
		return -EINVAL;
	if (!ctx->ticks && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	err = wait_event_interruptible(&ctx->wait, ctx->ticks);
	if (err)
		return err;
	if (ctx->canceled) {
		ctx->canceled = ctx->expired = false;
		ctx->ticks = 0;
		return -ECANCELED;
	}
	timerfd_catch_up(ctx);
	ticks = ctx->ticks;
	ctx->ticks = 0;
	ctx->expired = false;
	if (copy_to_iter(&ticks, sizeof(ticks), to) != sizeof(ticks))
		return -EFAULT;
	return sizeof(ticks);
}

/* Checkpoint and restore set the count of expiries. */
static long timerfd_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct timerfd *ctx = file->private;
	u64 ticks;

	if (cmd != TFD_IOC_SET_TICKS)
		return -ENOTTY;
	if (get_user(ticks, arg))
		return -EFAULT;
	if (!ticks)
		return -EINVAL;
	if (ctx->canceled)
		return -ECANCELED;
	ctx->ticks = ticks;
	wake_up_poll(&ctx->wait, EPOLLIN);
	return 0;
}

static void show_time(struct seq_file *m, const char *name, u64 ns)
{
	seq_printf(m, "%s: (%llu, %llu)\n", name, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

static void timerfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct timerfd *ctx = file->private;

	seq_printf(m, "clockid: %d\nticks: %llu\nsettime flags: 0%o\n", ctx->clock,
		   (unsigned long long)ctx->ticks, ctx->settime_flags);
	show_time(m, "it_value", clock_timer_remaining(&ctx->timer));
	show_time(m, "it_interval", ctx->timer.interval);
}

static const struct file_ops timerfd_ops = {
	.release = timerfd_release,
	.read = timerfd_read,
	.llseek = noop_llseek,
	.poll = timerfd_poll,
	.ioctl = timerfd_ioctl,
	.show_fdinfo = timerfd_show_fdinfo,
};

static bool is_alarm(int clock)
{
	return clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
}

static bool valid_clock(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
	       is_alarm(clock);
}

SYSCALL_DEFINE2(timerfd_create, A_CLOCK, int, clock, A_OFLAGS, int, flags)
{
	struct timerfd *ctx;
	struct file *file;

	if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) || !valid_clock(clock))
		return -EINVAL;
	if (is_alarm(clock) && !capable(CAP_WAKE_ALARM))
		return -EPERM;
	ctx = kzalloc_type(struct timerfd);
	ctx->clock = clock;
	clock_timer_init(&ctx->timer, timerfd_fired);
	INIT_LIST_HEAD(&ctx->clock_set.node);
	ctx->clock_set.wake = timerfd_clock_set;
	init_waitqueue_head(&ctx->wait);
	file = anon_file("anon_inode:[timerfd]", &timerfd_ops, ctx,
			 O_RDWR | (flags & TFD_NONBLOCK));
	if (IS_ERR(file)) {
		kfree(ctx);
		return PTR_ERR(file);
	}
	return fd_install_new(file, flags);
}

/* A timerfd with a reference to its file; ERR_PTR(-EBADF, -EINVAL). */
static struct file *timerfd_get(int fd)
{
	struct file *file = fget_io(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->ops == &timerfd_ops)
		return file;
	fput(file);
	return ERR_PTR(-EINVAL);
}

static void timerfd_set(struct timerfd *ctx, unsigned flags, u64 value, u64 interval)
{
	bool absolute = flags & TFD_TIMER_ABSTIME;

	remove_wait_queue(&ctx->clock_set);
	if (absolute && (flags & TFD_TIMER_CANCEL_ON_SET) && clock_is_real(ctx->clock))
		add_wait_queue(&clock_was_set, &ctx->clock_set);
	ctx->canceled = ctx->expired = false;
	ctx->ticks = 0;
	ctx->settime_flags = flags;
	clock_timer_cancel(&ctx->timer);
	ctx->timer.interval = interval;
	if (value)
		clock_timer_set(&ctx->timer, ctx->clock, absolute, value, interval);
}

SYSCALL_TIME4(timerfd_settime, timerfd_settime64, A_FD, int, fd, A_INT, int, flags, A_PTR, uaddr_t,
	      new, A_PTR, uaddr_t, old)
{
	u64 interval, value, old_interval, old_value;
	struct timerfd *ctx;
	struct file *file;
	int err;

	err = itimerspec_get(&interval, &value, new);
	if (err)
		return err;
	if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return -EINVAL;
	file = timerfd_get(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ctx = file->private;
	if (is_alarm(ctx->clock) && !capable(CAP_WAKE_ALARM)) {
		err = -EPERM;
		goto out;
	}
	timerfd_catch_up(ctx);
	old_interval = ctx->timer.interval;
	old_value = clock_timer_remaining(&ctx->timer);
	timerfd_set(ctx, flags, value, interval);
	if (old)
		err = itimerspec_put(old, old_interval, old_value);
out:
	fput(file);
	return err;
}

SYSCALL_TIME2(timerfd_gettime, timerfd_gettime64, A_FD, int, fd, A_PTR, uaddr_t, setting)
{
	struct file *file = timerfd_get(fd);
	struct timerfd *ctx;
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ctx = file->private;
	timerfd_catch_up(ctx);
	err = itimerspec_put(setting, ctx->timer.interval, clock_timer_remaining(&ctx->timer));
	fput(file);
	return err;
}
