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
#include "um/pipe.h"

#include <linux/eventpoll.h>
#include <linux/limits.h>

#include <asm/ioctls.h>

#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/signal.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define PIPE_DEF_SLOTS 16
#define PIPE_MAX_BYTES (1UL << 31)	/* fcntl(2) cannot say more */
#define SPARE_PAGES 2

#define EV_READABLE (EPOLLIN | EPOLLRDNORM)
#define EV_WRITABLE (EPOLLOUT | EPOLLWRNORM)

struct pipe_slot {
	struct page *page;
	u32 offset, len;
	bool packet;		/* O_DIRECT: read as one, never joined */
};

struct pipe {
	int users;
	struct mutex lock;
	struct pipe_slot *slots;
	unsigned nr_slots;	/* a power of two */
	unsigned head, tail;	/* free running */
	int readers, writers;	/* open files */
	unsigned r_counter, w_counter;	/* opens so far, for FIFO openers that wait */
	bool polled;		/* somebody polls: tell about each write, for EPOLLET */
	struct page *spare[SPARE_PAGES];
	struct wait_queue_head rd_wait, wr_wait;
};

/* One open file. */
struct pipe_end {
	struct pipe *pipe;
	unsigned w_seen;	/* w_counter when a FIFO was opened without a writer, nonblocking:
				   no hangup until one has come and gone */
	bool no_hup_yet;
};

unsigned pipe_max_size = 1024 * 1024;

static bool pipe_empty(const struct pipe *pipe)
{
	return pipe->head == pipe->tail;
}

static bool pipe_full(const struct pipe *pipe)
{
	return pipe->head - pipe->tail >= pipe->nr_slots;
}

static bool pipe_readable(const struct pipe *pipe)
{
	return !pipe_empty(pipe) || !pipe->writers;
}

static bool pipe_writable(const struct pipe *pipe)
{
	return !pipe_full(pipe) || !pipe->readers;
}

static struct pipe_slot *slot_at(const struct pipe *pipe, unsigned pos)
{
	return &pipe->slots[pos & (pipe->nr_slots - 1)];
}

/* --- life */

static struct pipe *pipe_new(void)
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

static void pipe_put(struct inode *inode, struct pipe *pipe)
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

static struct pipe *pipe_of(const struct file *file)
{
	return ((struct pipe_end *)file->private)->pipe;
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

static void broken_pipe(void)
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

/* --- FIFOs: opening waits for the other side */

static int wait_for_partner(struct pipe *pipe, const unsigned *counter)
{
	unsigned before = *counter;

	return wait_event_interruptible(&pipe->rd_wait, *counter != before);
}

static void wake_partner(struct pipe *pipe)
{
	wake_up_all(&pipe->rd_wait);
}

static int fifo_open_reader(struct pipe *pipe, struct file *file)
{
	struct pipe_end *end = file->private;
	int err;

	pipe->r_counter++;
	if (pipe->readers++ == 0)
		wake_partner(pipe);
	if (pipe->writers)
		return 0;
	if (file->flags & O_NONBLOCK) {
		end->w_seen = pipe->w_counter;
		end->no_hup_yet = true;
		return 0;
	}
	err = wait_for_partner(pipe, &pipe->w_counter);
	if (err && --pipe->readers == 0)
		wake_up_all(&pipe->wr_wait);
	return err;
}

static int fifo_open_writer(struct pipe *pipe, struct file *file)
{
	int err;

	if ((file->flags & O_NONBLOCK) && !pipe->readers)
		return -ENXIO;
	pipe->w_counter++;
	if (pipe->writers++ == 0)
		wake_partner(pipe);
	if (pipe->readers)
		return 0;
	err = wait_for_partner(pipe, &pipe->r_counter);
	if (err && --pipe->writers == 0)
		wake_up_all(&pipe->rd_wait);
	return err;
}

static int fifo_open_both(struct pipe *pipe)
{
	pipe->r_counter++;
	pipe->w_counter++;
	pipe->readers++;
	pipe->writers++;
	if (pipe->readers == 1 || pipe->writers == 1)
		wake_partner(pipe);
	return 0;
}

static int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe_end *end;
	struct pipe *pipe;
	int err = -EINVAL;

	if (!inode->pipe)
		inode->pipe = pipe_new();
	pipe = inode->pipe;
	pipe->users++;
	end = kzalloc_type(struct pipe_end);
	end->pipe = pipe;
	file->private = end;
	file->mode = (file->mode | FMODE_STREAM) & ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	switch (file->mode & (FMODE_READ | FMODE_WRITE)) {
	case FMODE_READ:
		err = fifo_open_reader(pipe, file);
		break;
	case FMODE_WRITE:
		err = fifo_open_writer(pipe, file);
		break;
	case FMODE_READ | FMODE_WRITE:
		err = fifo_open_both(pipe);
		break;
	}
	if (err) {
		file->private = NULL;
		kfree(end);
		pipe_put(inode, pipe);
	}
	return err;
}

/* --- pipe(2) */

static struct file *pipe_end_file(struct inode *inode, struct pipe *pipe, unsigned flags)
{
	struct pipe_end *end = kzalloc_type(struct pipe_end);
	struct file *file;

	end->pipe = pipe;
	file = anon_inode_file(ihold(inode), "pipe:", &pipe_ops, end, flags);
	if (IS_ERR(file)) {
		kfree(end);
		return file;
	}
	file->mode = (file->mode | FMODE_STREAM) & ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	pipe->users++;
	return file;
}

/* The two ends of a new pipe, read end first. */
static int pipe_files(struct file *files[2], unsigned flags)
{
	struct inode *inode = anon_inode_new(S_IFIFO | 0600);
	struct pipe *pipe;
	int err = 0;

	if (IS_ERR_OR_NULL(inode))
		return -ENFILE;
	pipe = pipe_new();
	pipe->users = 1;	/* ours, until both files are there */
	inode->pipe = pipe;
	inode->fops = &fifo_ops;
	files[1] = pipe_end_file(inode, pipe, O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)));
	if (IS_ERR(files[1])) {
		err = PTR_ERR(files[1]);
		goto put_pipe;
	}
	pipe->writers = 1;
	files[0] = pipe_end_file(inode, pipe, O_RDONLY | (flags & O_NONBLOCK));
	if (IS_ERR(files[0])) {
		err = PTR_ERR(files[0]);
		fput(files[1]);
		goto put_pipe;
	}
	pipe->readers = 1;
put_pipe:
	pipe_put(inode, pipe);
	iput(inode);
	return err;
}

static long do_pipe(uaddr_t ufds, unsigned flags)
{
	unsigned limit = (unsigned)min(rlimit(RLIMIT_NOFILE), (u64)INT_MAX);
	struct file *files[2] = { NULL, NULL };
	int fd[2], err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	err = pipe_files(files, flags);
	if (err)
		return err;
	err = fd[0] = fd_alloc(0, limit);
	if (err < 0)
		goto put_files;
	err = fd[1] = fd_alloc(0, limit);
	if (err < 0)
		goto release_first;
	err = copy_to_user(ufds, fd, sizeof(fd));
	if (err)
		goto release_both;
	fd_install(fd[0], files[0], flags & O_CLOEXEC);
	fd_install(fd[1], files[1], flags & O_CLOEXEC);
	return 0;

release_both:
	fd_release(fd[1]);
release_first:
	fd_release(fd[0]);
put_files:
	fput(files[0]);
	fput(files[1]);
	return err;
}

SYSCALL_DEFINE2(pipe2, A_PIPE_OUT, uaddr_t, fds, A_OFLAGS, int, flags)
{
	return do_pipe(fds, flags);
}

SYSCALL_DEFINE1(pipe, A_PIPE_OUT, uaddr_t, fds)
{
	return do_pipe(fds, 0);
}

/* --- for fcntl and splice */

/* The pipe behind an open file, or NULL. */
struct pipe *file_pipe(struct file *file)
{
	if (file->ops != &pipe_ops && file->ops != &fifo_ops)
		return NULL;
	return file->private ? pipe_of(file) : NULL;
}

/* What read could return in all, now. */
size_t pipe_bytes(const struct pipe *pipe)
{
	size_t sum = 0;
	unsigned i;

	for (i = pipe->tail; i != pipe->head; i++)
		sum += slot_at(pipe, i)->len;
	return sum;
}

/* Whole free slots, in bytes. */
size_t pipe_room(const struct pipe *pipe)
{
	unsigned used = pipe->head - pipe->tail;

	return used >= pipe->nr_slots ? 0 : (size_t)(pipe->nr_slots - used) << PAGE_SHIFT;
}

/* Copies without taking; the number of bytes copied. */
size_t pipe_peek(const struct pipe *pipe, size_t skip, void *buf, size_t n)
{
	size_t done = 0;
	unsigned i;

	for (i = pipe->tail; i != pipe->head && done < n; i++) {
		const struct pipe_slot *slot = slot_at(pipe, i);
		size_t part;

		if (skip >= slot->len) {
			skip -= slot->len;
			continue;
		}
		part = min(slot->len - skip, n - done);
		memcpy((u8 *)buf + done, (u8 *)page_address(slot->page) + slot->offset + skip, part);
		done += part;
		skip = 0;
	}
	return done;
}

/* 1: there is data; 0: nothing, and all writers have gone; -EAGAIN, -ERESTARTSYS. */
int pipe_wait_readable(struct pipe *pipe, bool nonblock)
{
	if (!pipe_readable(pipe) && nonblock)
		return -EAGAIN;
	if (wait_event_interruptible(&pipe->rd_wait, pipe_readable(pipe)))
		return -ERESTARTSYS;
	return !pipe_empty(pipe);
}

/* 1: there is a free slot; -EPIPE after sending SIGPIPE; -EAGAIN, -ERESTARTSYS. */
int pipe_wait_writable(struct pipe *pipe, bool nonblock)
{
	if (!pipe_writable(pipe) && nonblock)
		return -EAGAIN;
	if (wait_event_interruptible(&pipe->wr_wait, pipe_writable(pipe)))
		return -ERESTARTSYS;
	if (pipe->readers)
		return 1;
	broken_pipe();
	return -EPIPE;
}

static size_t round_pipe_size(unsigned long size)
{
	size_t rounded = PAGE_SIZE;

	if (size > PIPE_MAX_BYTES)
		return 0;
	while (rounded < size)
		rounded <<= 1;
	return rounded;
}

static int pipe_resize(struct pipe *pipe, unsigned nr_slots)
{
	unsigned used, i;
	struct pipe_slot *slots = kmalloc_user(nr_slots * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	mutex_lock(&pipe->lock);
	used = pipe->head - pipe->tail;
	if (nr_slots < used) {
		mutex_unlock(&pipe->lock);
		kfree(slots);
		return -EBUSY;
	}
	for (i = 0; i < used; i++)
		slots[i] = *slot_at(pipe, pipe->tail + i);
	kfree(pipe->slots);
	pipe->slots = slots;
	pipe->nr_slots = nr_slots;
	pipe->tail = 0;
	pipe->head = used;
	mutex_unlock(&pipe->lock);
	wake_up_all(&pipe->wr_wait);
	return 0;
}

static long pipe_set_size(struct pipe *pipe, unsigned long arg)
{
	size_t size = arg > UINT_MAX ? 0 : round_pipe_size(arg);
	unsigned nr_slots;
	int err;

	if (!size)
		return -EINVAL;
	nr_slots = (unsigned)(size >> PAGE_SHIFT);
	if (nr_slots > pipe->nr_slots && size > pipe_max_size && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	err = pipe_resize(pipe, nr_slots);
	return err ? err : (long)size;
}

/* F_SETPIPE_SZ and F_GETPIPE_SZ. */
long pipe_fcntl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct pipe *pipe = file_pipe(file);

	if (!pipe)
		return -EBADF;
	switch (cmd) {
	case F_SETPIPE_SZ:
		return pipe_set_size(pipe, arg);
	case F_GETPIPE_SZ:
		return (long)((size_t)pipe->nr_slots << PAGE_SHIFT);
	}
	return -EINVAL;
}

/* The sysctl: rounded up to what a pipe can have. */
int pipe_set_max_size(unsigned size)
{
	size_t rounded = round_pipe_size(size);

	if (!rounded || rounded > UINT_MAX)
		return -EINVAL;
	pipe_max_size = (unsigned)rounded;
	return 0;
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
