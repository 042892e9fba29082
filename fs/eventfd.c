/*
 * eventfd(2): a counter that is read and written through a descriptor.
 *
 * The counter never reaches ULLONG_MAX by writes; a write that would take it there waits.
 */
#include <linux/fcntl.h>

#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/syscall.h"

/* eventfd(2); no UAPI header has them. */
#define EFD_SEMAPHORE 1
#define EFD_CLOEXEC O_CLOEXEC
#define EFD_NONBLOCK O_NONBLOCK

struct eventfd {
	u64 count;
	bool semaphore;		/* immutable: reads take one at a time */
	int id;			/* immutable: for fdinfo */
	struct wait_queue_head wait;	/* readers and writers alike */
};

loff_t noop_llseek(struct file *file, loff_t offset __maybe_unused, int whence __maybe_unused)
{
	return file->pos;
}

static void eventfd_release(struct file *file)
{
	kfree(file->private);
}

static u32 eventfd_poll(struct file *file, struct poll_table *pt)
{
	struct eventfd *ctx = file->private;
	u32 events = 0;

	poll_wait(file, &ctx->wait, pt);
	if (ctx->count > 0)
		events |= EPOLLIN;
	if (ctx->count == UINT64_MAX)
		events |= EPOLLERR;
	if (ctx->count < UINT64_MAX - 1)
		events |= EPOLLOUT;
	return events;
}

static ssize_t eventfd_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	struct eventfd *ctx = file->private;
	u64 value;
	int err;

	if (to->count < sizeof(value))
		return -EINVAL;
	if (!ctx->count && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	err = wait_event_interruptible(&ctx->wait, ctx->count);
	if (err)
		return err;
	value = ctx->semaphore ? 1 : ctx->count;
	ctx->count -= value;
	wake_up_poll(&ctx->wait, EPOLLOUT);
	if (copy_to_iter(&value, sizeof(value), to) != sizeof(value))
		return -EFAULT;
	return sizeof(value);
}

static ssize_t eventfd_write(struct file *file, struct iov_iter *from, loff_t *pos __maybe_unused)
{
	struct eventfd *ctx = file->private;
	u64 value;
	int err;

	if (from->count < sizeof(value))
		return -EINVAL;
	if (copy_from_iter(&value, sizeof(value), from) != sizeof(value))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	if (value >= UINT64_MAX - ctx->count && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	err = wait_event_interruptible(&ctx->wait, value < UINT64_MAX - ctx->count);
	if (err)
		return err;
	ctx->count += value;
	wake_up_poll(&ctx->wait, EPOLLIN);
	return sizeof(value);
}

static void eventfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventfd *ctx = file->private;

	seq_printf(m, "eventfd-count: %16llx\neventfd-id: %d\n", (unsigned long long)ctx->count,
		   ctx->id);
}

static const struct file_ops eventfd_ops = {
	.release = eventfd_release,
	.read = eventfd_read,
	.write = eventfd_write,
	.llseek = noop_llseek,
	.poll = eventfd_poll,
	.show_fdinfo = eventfd_show_fdinfo,
};

static long eventfd_create(unsigned count, int flags)
{
	static int next_id;
	struct eventfd *ctx;
	struct file *file;

	if (flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
		return -EINVAL;
	ctx = kzalloc_type(struct eventfd);
	ctx->count = count;
	ctx->semaphore = flags & EFD_SEMAPHORE;
	ctx->id = next_id++;
	init_waitqueue_head(&ctx->wait);
	file = anon_file("anon_inode:[eventfd]", &eventfd_ops, ctx,
			 O_RDWR | (flags & EFD_NONBLOCK));
	if (IS_ERR(file)) {
		kfree(ctx);
		return PTR_ERR(file);
	}
	return fd_install_new(file, flags);
}

SYSCALL_DEFINE2(eventfd2, A_UINT, unsigned, count, A_OFLAGS, int, flags)
{
	return eventfd_create(count, flags);
}

SYSCALL_DEFINE1(eventfd, A_UINT, unsigned, count)
{
	return eventfd_create(count, 0);
}
