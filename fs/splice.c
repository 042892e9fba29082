/*
 * Data from file to file: splice, tee, vmsplice, sendfile, copy_file_range.
 *
 * Everything goes through a buffer of K's.  What comes from a pipe is looked at, written, and
 * only then taken, so that a failed or short write loses nothing; what comes from a file is read
 * at a position that moves only by what was written.
 */
#include "um/kmalloc.h"
#include "um/pipe.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

/* splice(2)'s flags; the UAPI headers leave them to the C library. */
#define SPLICE_MOVE 1
#define SPLICE_NONBLOCK 2
#define SPLICE_MORE 4
#define SPLICE_GIFT 8
#define SPLICE_KNOWN (SPLICE_MOVE | SPLICE_NONBLOCK | SPLICE_MORE | SPLICE_GIFT)

#define CHUNK (64 * 1024UL)

struct transfer {
	struct file *in, *out;
	struct pipe *ipipe, *opipe;	/* NULL: not a pipe */
	loff_t *in_pos, *out_pos;	/* of those that are not pipes */
	size_t len;
	bool nonblock;			/* of pipes */
	char *buf;			/* CHUNK bytes */
};

/* Takes n bytes, which have been looked at before, off a pipe. */
static void pipe_consume(struct file *file, char *buf, size_t n)
{
	loff_t dummy = 0;

	while (n) {
		struct iov_iter it;
		ssize_t got;

		iov_kernel(&it, buf, n);
		got = file->ops->read(file, &it, &dummy);
		if (got <= 0)
			break;
		n -= got;
	}
}

static ssize_t pipe_to_file(struct transfer *t)
{
	int ready = pipe_wait_readable(t->ipipe, t->nonblock);
	ssize_t n;

	if (ready <= 0)
		return ready;
	n = pipe_peek(t->ipipe, 0, t->buf, min(t->len, CHUNK));
	n = file_splice_write(t->out, t->buf, n, t->out_pos);
	if (n > 0)
		pipe_consume(t->in, t->buf, n);
	return n;
}

static ssize_t file_to_pipe(struct transfer *t)
{
	loff_t start = *t->in_pos, dummy = 0;
	int ready = pipe_wait_writable(t->opipe, t->nonblock);
	ssize_t n;

	if (ready < 0)
		return ready;
	n = min(min(t->len, CHUNK), max(pipe_room(t->opipe), (size_t)PAGE_SIZE));
	n = file_splice_read(t->in, t->buf, n, t->in_pos);
	if (n <= 0)
		return n;
	n = file_splice_write(t->out, t->buf, n, &dummy);
	if (!(t->in->mode & FMODE_STREAM))
		*t->in_pos = start + max(n, (ssize_t)0);
	return n;
}

/* Both waits may have to be done again: either pipe may change while the other is waited for. */
static ssize_t pipes_ready(struct transfer *t)
{
	for (;;) {
		int ready = pipe_wait_readable(t->ipipe, t->nonblock);

		if (ready <= 0)
			return ready;
		ready = pipe_wait_writable(t->opipe, t->nonblock);
		if (ready < 0)
			return ready;
		if (pipe_bytes(t->ipipe) && pipe_room(t->opipe))
			return 1;
	}
}

static ssize_t pipe_to_pipe(struct transfer *t, bool consume)
{
	ssize_t n = pipes_ready(t);
	loff_t dummy = 0;

	if (n <= 0)
		return n;
	n = pipe_peek(t->ipipe, 0, t->buf, min(min(t->len, CHUNK), pipe_room(t->opipe)));
	n = file_splice_write(t->out, t->buf, n, &dummy);
	if (n > 0 && consume)
		pipe_consume(t->in, t->buf, n);
	return n;
}

/* Would reading what is not a pipe wait?  After the first bytes a splice does not. */
static bool input_idle(const struct transfer *t)
{
	return !t->ipipe && t->in->ops->poll && !(vfs_poll(t->in, NULL) & (EPOLLIN | EPOLLHUP));
}

static ssize_t transfer_once(struct transfer *t)
{
	if (t->ipipe && t->opipe)
		return pipe_to_pipe(t, true);
	return t->ipipe ? pipe_to_file(t) : file_to_pipe(t);
}

/* As splice does: waits only for the first bytes. */
static ssize_t transfer_run(struct transfer *t)
{
	ssize_t done = 0, n;

	t->buf = kzalloc(CHUNK);
	while (t->len) {
		n = transfer_once(t);
		if (n <= 0) {
			done = done ? done : n;
			break;
		}
		done += n;
		t->len -= n;
		t->nonblock = true;
		if (signal_pending(current) || (t->len && input_idle(t)))
			break;
	}
	kfree(t->buf);
	return done;
}

/* --- splice */

static int splice_check(struct transfer *t, uaddr_t off_in, uaddr_t off_out)
{
	if (!(t->in->mode & FMODE_READ) || !(t->out->mode & FMODE_WRITE))
		return -EBADF;
	if ((t->ipipe && off_in) || (t->opipe && off_out))
		return -ESPIPE;
	if (t->ipipe == t->opipe)	/* also: neither is a pipe */
		return -EINVAL;
	if (off_in && t->in->mode & FMODE_STREAM)
		return -EINVAL;
	if (off_out && t->out->mode & FMODE_STREAM)
		return -EINVAL;
	if (!t->opipe && t->out->flags & O_APPEND)
		return -EINVAL;
	return 0;
}

static bool splice_nonblock(const struct transfer *t, unsigned flags)
{
	if (flags & SPLICE_NONBLOCK)
		return true;
	return (t->ipipe && t->opipe) ? (t->in->flags | t->out->flags) & O_NONBLOCK
				      : t->opipe && t->out->flags & O_NONBLOCK;
}

/* The side that is not a pipe: at the given offset, or at its own position. */
static ssize_t splice_at(struct transfer *t, struct file *file, uaddr_t uoff, loff_t **slot)
{
	bool locked = false;
	loff_t pos;
	ssize_t n;

	*slot = &pos;
	if (uoff && get_user(pos, uoff))
		return -EFAULT;
	if (!uoff)
		file_pos_begin(file, &pos, &locked);
	n = pos < 0 ? -EINVAL : transfer_run(t);
	if (!uoff && n > 0 && !(file->mode & FMODE_STREAM))
		file->pos = pos;
	file_pos_end(file, locked);
	if (uoff && n >= 0 && put_user(pos, uoff))
		return -EFAULT;
	return n;
}

static ssize_t do_splice(struct file *in, uaddr_t off_in, struct file *out, uaddr_t off_out,
			 size_t len, unsigned flags)
{
	struct transfer t = { .in = in, .out = out, .ipipe = file_pipe(in),
			      .opipe = file_pipe(out), .len = min(len, (size_t)MAX_RW_COUNT) };
	int err = splice_check(&t, off_in, off_out);

	if (err)
		return err;
	t.nonblock = splice_nonblock(&t, flags);
	if (t.ipipe && t.opipe)
		return transfer_run(&t);
	if (t.ipipe)
		return splice_at(&t, out, off_out, &t.out_pos);
	return splice_at(&t, in, off_in, &t.in_pos);
}

SYSCALL_DEFINE6(splice, A_FD, int, fd_in, A_PTR, uaddr_t, off_in, A_FD, int, fd_out, A_PTR, uaddr_t,
		off_out, A_SIZE, size_t, len, A_HEX, unsigned, flags)
{
	struct file *in, *out;
	ssize_t n = -EBADF;

	if (!len)
		return 0;
	if (flags & ~SPLICE_KNOWN)
		return -EINVAL;
	in = fget_io(fd_in);
	if (!in)
		return -EBADF;
	out = fget_io(fd_out);
	if (out) {
		n = do_splice(in, off_in, out, off_out, len, flags);
		fput(out);
	}
	fput(in);
	return n;
}

/* --- tee, vmsplice */

static ssize_t do_tee(struct file *in, struct file *out, size_t len, unsigned flags)
{
	struct transfer t = { .in = in, .out = out, .ipipe = file_pipe(in),
			      .opipe = file_pipe(out), .len = min(len, (size_t)MAX_RW_COUNT) };
	ssize_t n;

	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (!t.ipipe || !t.opipe || t.ipipe == t.opipe)
		return -EINVAL;
	t.nonblock = splice_nonblock(&t, flags);
	t.buf = kzalloc(CHUNK);
	n = pipe_to_pipe(&t, false);
	kfree(t.buf);
	return n;
}

SYSCALL_DEFINE4(tee, A_FD, int, fd_in, A_FD, int, fd_out, A_SIZE, size_t, len, A_HEX, unsigned,
		flags)
{
	struct file *in, *out;
	ssize_t n = -EBADF;

	if (flags & ~SPLICE_KNOWN)
		return -EINVAL;
	if (!len)
		return 0;
	in = fget_io(fd_in);
	if (!in)
		return -EBADF;
	out = fget_io(fd_out);
	if (out) {
		n = do_tee(in, out, len, flags);
		fput(out);
	}
	fput(in);
	return n;
}

static ssize_t do_vmsplice(struct file *file, struct iov_iter *it, bool nonblock)
{
	struct pipe *pipe = file_pipe(file);
	bool write = file->mode & FMODE_WRITE;
	loff_t dummy = 0;
	int ready;

	if (!pipe)
		return -EBADF;
	if (!it->count)
		return 0;
	if (!nonblock)
		return write ? vfs_write(file, it, &dummy) : vfs_read(file, it, &dummy);
	ready = write ? pipe_wait_writable(pipe, true) : pipe_wait_readable(pipe, true);
	if (ready <= 0)
		return ready;
	if (!write)
		return vfs_read(file, it, &dummy);
	it->count = min(it->count, pipe_room(pipe));
	return vfs_write(file, it, &dummy);
}

SYSCALL_DEFINE4(vmsplice, A_FD, int, fd, A_IOV_IN, uaddr_t, vec, A_ULONG, unsigned long, nr, A_HEX,
		unsigned, flags)
{
	struct iovec *to_free = NULL;
	struct iov_iter it;
	struct file *file;
	ssize_t n;

	if (flags & ~SPLICE_KNOWN)
		return -EINVAL;
	file = fget_io(fd);
	if (!file)
		return -EBADF;
	n = iov_import(&it, vec, nr, &to_free);
	if (!n)
		n = do_vmsplice(file, &it, flags & SPLICE_NONBLOCK);
	kfree(to_free);
	fput(file);
	return n;
}

/* --- file to file */

/* Copies up to len bytes; both positions move by what was written. */
static ssize_t copy_data(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			 size_t len)
{
	char *buf = kzalloc(CHUNK);
	ssize_t done = 0, n = 0;

	while (len) {
		loff_t at = *in_pos;
		ssize_t got = file_splice_read(in, buf, min(len, CHUNK), &at);

		n = got;
		if (got > 0)
			n = file_splice_write(out, buf, got, out_pos);
		if (n <= 0)
			break;
		*in_pos += n;
		done += n;
		len -= n;
		if (n < got || signal_pending(current))
			break;
		yield();
	}
	kfree(buf);
	return done ? done : n;
}

static int sendfile_check(struct file *in, struct file *out, bool has_offset)
{
	if (!(in->mode & FMODE_READ))
		return -EBADF;
	if (has_offset && in->mode & FMODE_STREAM)
		return -ESPIPE;
	if (!(out->mode & FMODE_WRITE))
		return -EBADF;
	if (in->mode & FMODE_STREAM || out->flags & O_APPEND)
		return -EINVAL;
	return 0;
}

static ssize_t sendfile_at(struct file *in, loff_t *pos, struct file *out, size_t count)
{
	loff_t out_pos;
	bool locked;
	ssize_t n;

	if (*pos < 0)
		return -EINVAL;
	count = min(count, (size_t)MAX_RW_COUNT);
	file_pos_begin(out, &out_pos, &locked);
	n = copy_data(in, pos, out, &out_pos, count);
	if (n > 0 && !(out->mode & FMODE_STREAM))
		out->pos = out_pos;
	file_pos_end(out, locked);
	return n;
}

/* offset: NULL for the input's own position. */
static ssize_t do_sendfile(int out_fd, int in_fd, loff_t *offset, size_t count)
{
	struct file *in = fget_io(in_fd), *out;
	ssize_t n = -EBADF;

	if (!in)
		return -EBADF;
	out = fget_io(out_fd);
	if (!out)
		goto put_in;
	n = sendfile_check(in, out, offset);
	if (!n && offset) {
		n = sendfile_at(in, offset, out, count);
	} else if (!n) {
		loff_t pos = in->pos;

		n = sendfile_at(in, &pos, out, count);
		in->pos = pos;
	}
	fput(out);
put_in:
	fput(in);
	return n;
}

SYSCALL_DEFINE4(sendfile, A_FD, int, out_fd, A_FD, int, in_fd, A_PTR, uaddr_t, uoffset, A_SIZE,
		size_t, count)
{
	loff_t pos;
	long offset;
	ssize_t n;

	if (!uoffset)
		return do_sendfile(out_fd, in_fd, NULL, count);
	if (get_user(offset, uoffset))
		return -EFAULT;
	pos = offset;
	n = do_sendfile(out_fd, in_fd, &pos, count);
	offset = pos;
	return put_user(offset, uoffset) ? -EFAULT : n;
}

SYSCALL_DEFINE4(sendfile64, A_FD, int, out_fd, A_FD, int, in_fd, A_PTR, uaddr_t, uoffset, A_SIZE,
		size_t, count)
{
	loff_t pos;
	ssize_t n;

	if (!uoffset)
		return do_sendfile(out_fd, in_fd, NULL, count);
	if (get_user(pos, uoffset))
		return -EFAULT;
	n = do_sendfile(out_fd, in_fd, &pos, count);
	return put_user(pos, uoffset) ? -EFAULT : n;
}

/* --- copy_file_range */

static int copy_range_check(struct file *in, struct file *out)
{
	if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
		return -EISDIR;
	if (!S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
		return -EINVAL;
	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE) || out->flags & O_APPEND)
		return -EBADF;
	if (in->path.dentry->sb != out->path.dentry->sb)
		return -EXDEV;
	return 0;
}

static ssize_t copy_range(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			  size_t len)
{
	loff_t size = in->inode->size;

	if (*in_pos < 0 || *out_pos < 0)
		return -EINVAL;
	if (len > (u64)(LLONG_MAX - *in_pos) || len > (u64)(LLONG_MAX - *out_pos))
		return -EOVERFLOW;
	len = min((u64)len, *in_pos < size ? (u64)(size - *in_pos) : 0);
	len = min(len, (size_t)MAX_RW_COUNT);
	if (in->inode == out->inode && *out_pos < *in_pos + (loff_t)len &&
	    *in_pos < *out_pos + (loff_t)len)
		return -EINVAL;
	return len ? copy_data(in, in_pos, out, out_pos, len) : 0;
}

static int get_copy_pos(struct file *file, uaddr_t uoff, loff_t *pos)
{
	*pos = file->pos;
	return uoff && get_user(*pos, uoff) ? -EFAULT : 0;
}

static int put_copy_pos(struct file *file, uaddr_t uoff, loff_t pos)
{
	if (uoff)
		return put_user(pos, uoff);
	file->pos = pos;
	return 0;
}

static ssize_t do_copy_range(struct file *in, uaddr_t off_in, struct file *out, uaddr_t off_out,
			     size_t len)
{
	loff_t in_pos, out_pos;
	ssize_t n;

	if (get_copy_pos(in, off_in, &in_pos) || get_copy_pos(out, off_out, &out_pos))
		return -EFAULT;
	n = copy_range_check(in, out);
	if (!n)
		n = copy_range(in, &in_pos, out, &out_pos, len);
	if (n > 0 && (put_copy_pos(in, off_in, in_pos) || put_copy_pos(out, off_out, out_pos)))
		return -EFAULT;
	return n;
}

SYSCALL_DEFINE6(copy_file_range, A_FD, int, fd_in, A_PTR, uaddr_t, off_in, A_FD, int, fd_out, A_PTR,
		uaddr_t, off_out, A_SIZE, size_t, len, A_HEX, unsigned, flags)
{
	struct file *in = fget_io(fd_in), *out;
	ssize_t n = -EBADF;

	if (!in)
		return -EBADF;
	out = fget_io(fd_out);
	if (out) {
		n = flags ? -EINVAL : do_copy_range(in, off_in, out, off_out, len);
		fput(out);
	}
	fput(in);
	return n;
}
