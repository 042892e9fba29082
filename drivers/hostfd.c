/*
 * um run: a standard descriptor of um that is no terminal, as a guest file of its own kind.
 * Reads and writes go straight to the host descriptor, with no line discipline and nothing
 * buffered in K, so nothing is left over when um ends.
 *
 * The host descriptor is watched only while somebody waits or polls for what it is not ready for.
 */
#include <stdio.h>

#include <asm/ioctls.h>

#include "channel.h"

#include "um/err.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/os.h"
#include "um/os_tty.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/signal.h"

#define PIECE 65536

struct hostfd {
	int files;		/* open guest files */
	int std;		/* the number it was given to um as */
	int fd;			/* our own on the same thing, or the same as std */
	bool nonblock;		/* it is our own */
	bool closed;		/* the last guest file has gone: std is /dev/null now */
	u64 events_seen;	/* grows with each event of the watch */
	struct os_watch watch;
	struct wait_queue_head wait;
	struct inode *inode;
};

static struct hostfd hostfds[3];

static struct hostfd *hostfd_of(const struct file *file)
{
	return file->private;
}

/* --- waiting */

static void unwatch(struct hostfd *h)
{
	if (h->watch.events)
		os_watch_change(&h->watch, 0);
}

static void hostfd_event(struct os_watch *watch, unsigned events)
{
	struct hostfd *h = container_of(watch, struct hostfd, watch);
	u32 key = events & (OS_EV_ERR | OS_EV_HUP);

	if (events & OS_EV_IN)
		key |= EPOLLIN | EPOLLRDNORM;
	if (events & OS_EV_OUT)
		key |= EPOLLOUT | EPOLLWRNORM;
	unwatch(h);
	h->events_seen++;
	wake_up_key(&h->wait, INT_MAX, key);
}

static void watch_for(struct hostfd *h, unsigned events)
{
	events |= h->watch.events;
	if (events == h->watch.events)
		return;
	if (h->watch.events) {
		os_watch_change(&h->watch, events);
		return;
	}
	h->watch.fd = h->fd;
	h->watch.ready = hostfd_event;
	h->watch.events = events;
	if (os_watch_add(&h->watch))
		h->watch.events = 0;	/* a kind that is always ready */
}

static int wait_for(struct hostfd *h, unsigned events)
{
	u64 before = h->events_seen;

	watch_for(h, events);
	if (!h->watch.events) {
		yield();
		return signal_pending(current) ? -ERESTARTSYS : 0;
	}
	return wait_event_interruptible(&h->wait, h->events_seen != before);
}

/* An edge-triggered poller wants to hear of the next change. */
static void would_block(struct hostfd *h, unsigned events)
{
	if (waitqueue_active(&h->wait))
		watch_for(h, events);
}

/* --- reading and writing */

static ssize_t host_read(struct hostfd *h, void *buf, size_t n)
{
	return h->nonblock ? os_read(h->fd, buf, n) : os_read_nowait(h->fd, buf, n);
}

static ssize_t host_write(struct hostfd *h, const void *buf, size_t n)
{
	return h->nonblock ? os_write(h->fd, buf, n) : os_write_nowait(h->fd, buf, n);
}

static ssize_t read_waiting(struct file *file, void *buf, size_t n)
{
	struct hostfd *h = hostfd_of(file);
	ssize_t got;
	int err;

	while ((got = host_read(h, buf, n)) == -EAGAIN) {
		if (file->flags & O_NONBLOCK) {
			would_block(h, OS_EV_IN);
			return -EAGAIN;
		}
		err = wait_for(h, OS_EV_IN);
		if (err)
			return err;
	}
	return got;
}

static ssize_t hostfd_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	size_t n = min(to->count, (size_t)PIECE), len;
	ssize_t got;
	void *buf;

	if (!n)
		return 0;
	if (!iov_run(to, true, &len))	/* before anything is taken from the host */
		return -EFAULT;
	buf = kmalloc_user(n);
	if (!buf)
		return -ENOMEM;
	got = read_waiting(file, buf, n);
	if (got > 0) {
		size_t put = copy_to_iter(buf, (size_t)got, to);

		got = put ? (ssize_t)put : -EFAULT;
	}
	kfree(buf);
	return got;
}

/* All of one piece, unless a signal or O_NONBLOCK cuts it short. */
static ssize_t write_waiting(struct file *file, const u8 *buf, size_t n)
{
	struct hostfd *h = hostfd_of(file);
	size_t done = 0;
	ssize_t put = 0;
	int err;

	while (done < n) {
		put = host_write(h, buf + done, n - done);
		if (put >= 0) {
			done += (size_t)put;
			continue;
		}
		if (put != -EAGAIN)
			break;
		if (file->flags & O_NONBLOCK) {
			would_block(h, OS_EV_OUT);
			break;
		}
		err = wait_for(h, OS_EV_OUT);
		if (err) {
			put = err;
			break;
		}
	}
	if (put == -EPIPE)
		send_signal(SIGPIPE, NULL, current, false);
	return done ? (ssize_t)done : put;
}

static ssize_t hostfd_write(struct file *file, struct iov_iter *from, loff_t *pos __maybe_unused)
{
	size_t size = min(from->count, (size_t)PIECE), n;
	ssize_t done = 0, put = 0;
	u8 *buf;

	if (!size)
		return 0;
	buf = kmalloc_user(size);
	if (!buf)
		return -ENOMEM;
	while (from->count) {
		n = copy_from_iter(buf, min(from->count, size), from);
		put = n ? write_waiting(file, buf, n) : -EFAULT;
		if (put > 0)
			done += put;
		if (put < (ssize_t)n || !n)
			break;
	}
	kfree(buf);
	return done ? done : put;
}

static u32 hostfd_poll(struct file *file, struct poll_table *pt)
{
	struct hostfd *h = hostfd_of(file);
	unsigned want = 0, ready;
	u32 mask = 0;

	poll_wait(file, &h->wait, pt);
	if (file->mode & FMODE_READ)
		want |= OS_EV_IN;
	if (file->mode & FMODE_WRITE)
		want |= OS_EV_OUT;
	ready = os_poll_fd(h->fd, want, 0);
	if ((want & ~ready) && !(ready & (OS_EV_ERR | OS_EV_HUP)) && waitqueue_active(&h->wait))
		watch_for(h, want & ~ready);
	if (ready & OS_EV_IN)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (ready & OS_EV_OUT)
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask | (ready & (OS_EV_ERR | OS_EV_HUP));
}

/* --- open and close */

static void hostfd_attach(struct hostfd *h, struct file *file)
{
	h->files++;
	file->private = h;
	file->mode = (file->mode | FMODE_STREAM) & ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
}

/* /dev/stdin and the like, by way of /proc/self/fd. */
static int hostfd_open(struct inode *inode, struct file *file)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(hostfds); i++) {
		if (hostfds[i].inode != inode || hostfds[i].closed)
			continue;
		hostfd_attach(&hostfds[i], file);
		return 0;
	}
	return -ENXIO;
}

/* The last guest file has gone: whoever is at the other end shall see that. */
static void hostfd_release(struct file *file)
{
	struct hostfd *h = hostfd_of(file);

	if (--h->files)
		return;
	unwatch(h);
	h->closed = true;
	h->inode = NULL;
	if (h->fd != h->std)
		os_close(h->fd);
	if (h->std != 2)	/* K's own messages go there */
		os_fd_to_null(h->std);
}

static const struct file_ops hostfd_ops = {
	.open = hostfd_open,
	.release = hostfd_release,
	.read = hostfd_read,
	.write = hostfd_write,
	.poll = hostfd_poll,
};

/* A descriptor of our own that does not block, where sharing the file's offset does not matter. */
static void choose_fd(struct hostfd *h, enum os_fd_kind kind)
{
	int own = -1;

	if (kind == OS_FD_PIPE || kind == OS_FD_CHAR || kind == OS_FD_TTY)
		own = os_reopen_nonblock(h->std, h->std == 0, h->std != 0);
	h->nonblock = own >= 0;
	h->fd = own >= 0 ? own : h->std;
}

/* What fstat shows: the host's device, or a FIFO for all else. */
static struct inode *hostfd_inode(enum os_fd_kind kind, unsigned ma, unsigned mi)
{
	bool device = kind == OS_FD_CHAR || kind == OS_FD_TTY;
	struct inode *inode = anon_inode_new(device ? S_IFCHR | 0666 : S_IFIFO | 0600);

	if (IS_ERR_OR_NULL(inode))
		return NULL;
	if (device)
		inode->rdev = MKDEV(ma, mi);
	inode->fops = &hostfd_ops;
	return inode;
}

/* The guest file for um's descriptor 0, 1 or 2; ERR_PTR. */
struct file *hostfd_file(int fd)
{
	struct hostfd *h = &hostfds[fd];
	unsigned ma = 0, mi = 0;
	enum os_fd_kind kind = os_fd_kind(fd, &ma, &mi);
	struct inode *inode = hostfd_inode(kind, ma, mi);
	const char *name = S_ISFIFO(inode ? inode->mode : 0) ? "pipe:" : "/dev/null";
	struct file *file;

	if (!inode)
		return ERR_PTR(-ENFILE);
	init_waitqueue_head(&h->wait);
	h->std = fd;
	h->inode = inode;
	choose_fd(h, kind);
	file = anon_inode_file(inode, name, &hostfd_ops, h, O_RDWR);
	if (!IS_ERR(file))
		hostfd_attach(h, file);
	return file;
}
