/*
 * Pipes and FIFOs.
 *
 * A pipe is a ring of slots, each holding a page of physmem while it has data.  head and tail run
 * freely; head - tail slots are in use.  A write of up to PIPE_BUF bytes either joins the last
 * slot whole or takes a new one, which is what makes it atomic.
 *
 * pipe->lock is held while data moves, since copying to and from user memory may sleep.  Nobody
 * sleeps for data or room with it held.  A pipe lives as long as files (or openers of a FIFO
 * that wait for their partner) use it; inode->pipe points to it meanwhile.
 */
#include "pipe_internal.h"

#include <linux/eventpoll.h>

#include <asm/ioctls.h>

#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/signal.h"
#include "um/uaccess.h"

#define EV_READABLE (EPOLLIN | EPOLLRDNORM)
#define EV_WRITABLE (EPOLLOUT | EPOLLWRNORM)

/* --- life */

/* A pipe of the usual size, nobody's yet. */
struct pipe *pipe_new(void)
{
	struct pipe *pipe = kzalloc_type(struct pipe);

	mutex_init(&pipe->lock);
	init_waitqueue_head(&pipe->rd_wait);
	init_waitqueue_head(&pipe->wr_wait);
	pipe->nr_slots = PIPE_DEF_SLOTS;
	pipe->slots = kzalloc(PIPE_DEF_SLOTS * sizeof(*pipe->slots));
	return pipe;
}

static void pipe_free(struct pipe *pipe)
{
	unsigned i;

	for (; !pipe_empty(pipe); pipe->tail++)
		page_put(slot_at(pipe, pipe->tail)->page);
	for (i = 0; i < SPARE_PAGES; i++)
		if (pipe->spare[i])
			page_put(pipe->spare[i]);
	kfree(pipe->slots);
	kfree(pipe);
}

/* Drops a user; the last one frees the pipe with what is in it. */
void pipe_put(struct inode *inode, struct pipe *pipe)
{
	if (--pipe->users)
		return;
	inode->pipe = NULL;
	pipe_free(pipe);
}

static int page_for_pipe(struct pipe *pipe, struct page **page)
{
	int i, err;

	for (i = 0; i < SPARE_PAGES; i++) {
		if (!pipe->spare[i])
			continue;
		*page = pipe->spare[i];
		pipe->spare[i] = NULL;
		return 0;
	}
	while (!(*page = alloc_page(false))) {
		err = out_of_memory();
		if (err)
			return err;
	}
	return 0;
}

static void page_from_pipe(struct pipe *pipe, struct page *page)
{
	int i;

	for (i = 0; i < SPARE_PAGES; i++) {
		if (!pipe->spare[i]) {
			pipe->spare[i] = page;
			return;
		}
	}
	page_put(page);
}

/* --- reading */

/* Takes what the iterator has room for.  Bytes, or -EFAULT when not even one could be put. */
static ssize_t pipe_take(struct pipe *pipe, struct iov_iter *to)
{
	ssize_t done = 0;

	while (!pipe_empty(pipe) && to->count) {
		struct pipe_slot *slot = slot_at(pipe, pipe->tail);
		size_t n = min((size_t)slot->len, to->count);
		const u8 *data = page_address(slot->page);
		bool packet = slot->packet;

		if (copy_to_iter(data + slot->offset, n, to) < n)
			return done ? done : -EFAULT;
		done += n;
		slot->offset += n;
		slot->len -= n;
		if (packet)
			slot->len = 0;
		if (!slot->len) {
			page_from_pipe(pipe, slot->page);
			slot->page = NULL;
			pipe->tail++;
		}
		if (packet)
			break;
	}
	return done;
}

static ssize_t pipe_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	struct pipe *pipe = pipe_of(file);
	bool was_full, wake_next = false;
	ssize_t ret;

	if (!to->count)
		return 0;
	mutex_lock(&pipe->lock);
	for (;;) {
		was_full = pipe_full(pipe);
		ret = pipe_empty(pipe) ? 0 : pipe_take(pipe, to);
		if (ret || !pipe->writers)
			break;
		if (file->flags & O_NONBLOCK) {
			ret = -EAGAIN;
			break;
		}
		mutex_unlock(&pipe->lock);
		if (wait_event_interruptible_exclusive(&pipe->rd_wait, pipe_readable(pipe)))
			return -ERESTARTSYS;
		wake_next = true;
		mutex_lock(&pipe->lock);
	}
	if (pipe_empty(pipe))
		wake_next = false;
	mutex_unlock(&pipe->lock);
	if (was_full && !pipe_full(pipe))
		wake_up_poll(&pipe->wr_wait, EV_WRITABLE);
	if (wake_next)
		wake_up_poll(&pipe->rd_wait, EV_READABLE);
	if (ret > 0)
		touch_atime(file);
	return ret;
}

/* --- writing */

/* Joins the odd bytes of a write to the last slot, if they fit there whole. */
static ssize_t pipe_join(struct pipe *pipe, struct iov_iter *from)
{
	size_t n = from->count & (PAGE_SIZE - 1);
	struct pipe_slot *slot;
	size_t end;

	if (!n || pipe_empty(pipe))
		return 0;
	slot = slot_at(pipe, pipe->head - 1);
	end = slot->offset + slot->len;
	if (slot->packet || end + n > PAGE_SIZE)
		return 0;
	if (copy_from_iter((u8 *)page_address(slot->page) + end, n, from) < n)
		return -EFAULT;
	slot->len += n;
	return n;
}

/* Fills one new slot.  Bytes, or -errno with nothing added. */
static ssize_t pipe_fill(struct pipe *pipe, struct iov_iter *from, bool packet)
{
	size_t n = min((size_t)from->count, (size_t)PAGE_SIZE);
	struct pipe_slot *slot;
	struct page *page;
	int err = page_for_pipe(pipe, &page);

	if (err)
		return err;
	if (copy_from_iter(page_address(page), n, from) < n) {
		page_from_pipe(pipe, page);
		return -EFAULT;
	}
	slot = slot_at(pipe, pipe->head++);
	*slot = (struct pipe_slot){ .page = page, .len = n, .packet = packet };
	return n;
}

/* Fills slots while there are free ones. */
static ssize_t pipe_give(struct pipe *pipe, struct iov_iter *from, bool packet)
{
	ssize_t done = 0, n;

	while (from->count && !pipe_full(pipe)) {
		n = pipe_fill(pipe, from, packet);
		if (n < 0)
			return done ? done : n;
		done += n;
	}
	return done;
}

/* Nobody reads any more. */
void broken_pipe(void)
{
	send_signal(SIGPIPE, NULL, current, false);
}

/* The loop of a write: called and left with the lock held.  *was_empty says whether readers have
 * to be told about what was added since the lock was last taken. */
static ssize_t pipe_write_locked(struct pipe *pipe, struct file *file, struct iov_iter *from,
				 bool *was_empty, bool *wake_next)
{
	bool packet = file->flags & O_DIRECT;
	ssize_t done = 0, n;
	int err;

	n = pipe->readers && !packet ? pipe_join(pipe, from) : 0;
	if (n < 0)
		return n;
	done = n;
	for (;;) {
		if (!from->count)
			return done;
		if (!pipe->readers) {
			broken_pipe();
			return done ? done : -EPIPE;
		}
		n = pipe_give(pipe, from, packet);
		if (n < 0)
			return done ? done : n;
		done += n;
		if (!from->count)
			return done;
		if (!pipe_full(pipe))	/* a bad address further on */
			continue;
		if (file->flags & O_NONBLOCK)
			return done ? done : -EAGAIN;
		if (signal_pending(current))
			return done ? done : -ERESTARTSYS;
		mutex_unlock(&pipe->lock);
		if (*was_empty || pipe->polled)
			wake_up_poll(&pipe->rd_wait, EV_READABLE);
		err = wait_event_interruptible_exclusive(&pipe->wr_wait, pipe_writable(pipe));
		mutex_lock(&pipe->lock);
		*was_empty = pipe_empty(pipe);
		*wake_next = true;
		if (err && !pipe_writable(pipe))
			return done ? done : -ERESTARTSYS;
	}
}

static ssize_t pipe_write(struct file *file, struct iov_iter *from, loff_t *pos __maybe_unused)
{
	struct pipe *pipe = pipe_of(file);
	bool was_empty, wake_next = false;
	ssize_t ret;

	if (!from->count)
		return 0;
	mutex_lock(&pipe->lock);
	was_empty = pipe_empty(pipe);
	ret = pipe_write_locked(pipe, file, from, &was_empty, &wake_next);
	if (pipe_full(pipe))
		wake_next = false;
	mutex_unlock(&pipe->lock);
	if ((was_empty || pipe->polled) && !pipe_empty(pipe))
		wake_up_poll(&pipe->rd_wait, EV_READABLE);
	if (wake_next)
		wake_up_poll(&pipe->wr_wait, EV_WRITABLE);
	if (ret > 0)
		inode_touch(file->inode, ATTR_MTIME | ATTR_CTIME);
	return ret;
}

/* --- poll, ioctl, release */

static u32 pipe_poll(struct file *file, struct poll_table *pt)
{
	struct pipe_end *end = file->private;
	struct pipe *pipe = end->pipe;
	u32 mask = 0;

	pipe->polled = true;
	if (file->mode & FMODE_READ)
		poll_wait(file, &pipe->rd_wait, pt);
	if (file->mode & FMODE_WRITE)
		poll_wait(file, &pipe->wr_wait, pt);
	if (file->mode & FMODE_READ) {
		if (!pipe_empty(pipe))
			mask |= EV_READABLE;
		if (!pipe->writers && !(end->no_hup_yet && end->w_seen == pipe->w_counter))
			mask |= EPOLLHUP;
	}
	if (file->mode & FMODE_WRITE) {
		if (!pipe_full(pipe))
			mask |= EV_WRITABLE;
		if (!pipe->readers)
			mask |= EPOLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	int count;

	if (cmd != FIONREAD)
		return -ENOIOCTLCMD;
	count = (int)min(pipe_bytes(pipe_of(file)), (size_t)INT_MAX);
	return put_user(count, arg);
}

static void pipe_release(struct file *file)
{
	struct pipe_end *end = file->private;
	struct pipe *pipe = end->pipe;

	if (file->mode & FMODE_READ)
		pipe->readers--;
	if (file->mode & FMODE_WRITE)
		pipe->writers--;
	if (!pipe->readers != !pipe->writers) {
		wake_up_key(&pipe->rd_wait, INT_MAX, EV_READABLE | EPOLLERR | EPOLLHUP);
		wake_up_key(&pipe->wr_wait, INT_MAX, EV_WRITABLE | EPOLLERR | EPOLLHUP);
	}
	pipe_put(file->inode, pipe);
	kfree(end);
}

const struct file_ops pipe_ops = {
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
};

const struct file_ops fifo_ops = {
	.open = fifo_open,
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
};
