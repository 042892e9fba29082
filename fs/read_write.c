/*
 * read, write, their vector and positioned forms, and lseek.
 *
 * Positions: a descriptor's own position is locked while a call uses it, if the open file is
 * shared and has a position that matters (regular files and directories).  Writes to a regular
 * file go one at a time under the inode's write_lock, so that O_APPEND never overwrites.
 */
#include <linux/inotify.h>

#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

#define RWF_KNOWN (RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND)

/* --- positions */

loff_t *file_pos_begin(struct file *file, loff_t *dummy, bool *locked)
{
	*locked = false;
	*dummy = 0;
	if (file->mode & FMODE_STREAM)
		return dummy;
	/* The table has one reference and this call another. */
	if ((file->refs > 2 || current->files->refs > 1) && file->inode &&
	    (S_ISREG(file->inode->mode) || S_ISDIR(file->inode->mode))) {
		mutex_lock(&file->pos_lock);
		*locked = true;
	}
	*dummy = file->pos;
	return dummy;
}

/* Stores the position that a call has advanced, and lets others at it. */
static void file_pos_store(struct file *file, loff_t pos)
{
	if (!(file->mode & FMODE_STREAM))
		file->pos = pos;
}

void file_pos_end(struct file *file, bool locked)
{
	if (locked)
		mutex_unlock(&file->pos_lock);
}

/* Moves a position: lseek(2) on files whose size the inode knows. */
loff_t generic_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t size = file->inode->size;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (__builtin_add_overflow(offset, file->pos, &offset))
			return -EINVAL;
		break;
	case SEEK_END:
		if (__builtin_add_overflow(offset, size, &offset))
			return -EINVAL;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0 || offset >= size)
			return -ENXIO;
		if (whence == SEEK_HOLE)
			offset = size;
		break;
	default:
		return -EINVAL;
	}
	if (offset < 0 || offset > file->inode->sb->max_size)
		return -EINVAL;
	file->pos = offset;
	return offset;
}

static loff_t vfs_llseek(struct file *file, loff_t offset, int whence)
{
	if (file->ops->llseek)
		return file->ops->llseek(file, offset, whence);
	if (file->mode & FMODE_STREAM)
		return -ESPIPE;
	return generic_llseek(file, offset, whence);
}

static loff_t do_lseek(int fd, loff_t offset, int whence)
{
	struct file *file = fget_io(fd);
	bool locked;
	loff_t pos;

	if (!file)
		return -EBADF;
	if (whence < 0 || whence > SEEK_MAX) {
		fput(file);
		return -EINVAL;
	}
	file_pos_begin(file, &pos, &locked);
	pos = vfs_llseek(file, offset, whence);
	file_pos_end(file, locked);
	fput(file);
	return pos;
}

SYSCALL_DEFINE3(lseek, A_FD, int, fd, A_LOFF, long, offset, A_WHENCE, int, whence)
{
	loff_t pos = do_lseek(fd, offset, whence);

	return pos > LONG_MAX ? -EOVERFLOW : (long)pos;
}

SYSCALL_DEFINE5(_llseek, A_FD, int, fd, A_ULONG, unsigned long, high, A_ULONG, unsigned long, low,
		A_PTR, uaddr_t, result, A_WHENCE, int, whence)
{
	loff_t pos = do_lseek(fd, (loff_t)((u64)high << 32 | (u32)low), whence);

	if (pos < 0)
		return (long)pos;
	return put_user(pos, result);
}

/* --- reading */

static int check_read(struct file *file, loff_t pos)
{
	if (!(file->mode & FMODE_READ))
		return -EBADF;
	if (file->inode && S_ISDIR(file->inode->mode))
		return -EISDIR;
	if (!file->ops->read)
		return -EINVAL;
	return pos < 0 && !(file->mode & FMODE_STREAM) ? -EINVAL : 0;
}

/* Never more than MAX_RW_COUNT, nor beyond the largest position. */
static void clamp_count(struct file *file, struct iov_iter *it, loff_t pos)
{
	u64 most = MAX_RW_COUNT;

	if (!(file->mode & FMODE_STREAM))
		most = min(most, (u64)(LLONG_MAX - pos));
	if (it->count > most)
		it->count = most;
}

/* Reads at *pos into the iterator: bytes, 0 at the end, or -errno. */
ssize_t vfs_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	ssize_t n = check_read(file, *pos);

	if (n)
		return n;
	clamp_count(file, to, *pos);
	n = file->ops->read(file, to, pos);
	if (n <= 0)
		return n;
	fsnotify_dentry(file->path.dentry, IN_ACCESS);
	if (file->inode && S_ISREG(file->inode->mode))
		touch_atime(file);
	return n;
}

/* Reads into K's memory until n bytes or the end. */
ssize_t kernel_read(struct file *file, void *buf, size_t n, loff_t *pos)
{
	size_t done = 0;

	while (done < n) {
		struct iov_iter it;
		ssize_t got;

		iov_kernel(&it, (char *)buf + done, n - done);
		got = file->ops->read ? file->ops->read(file, &it, pos) : -EINVAL;
		if (got < 0)
			return done ? (ssize_t)done : got;
		if (!got)
			break;
		done += got;
	}
	return done;
}

/* --- writing */

static int check_write(struct file *file, loff_t pos)
{
	if (!(file->mode & FMODE_WRITE))
		return -EBADF;
	if (!file->ops->write)
		return -EINVAL;
	return pos < 0 && !(file->mode & FMODE_STREAM) ? -EINVAL : 0;
}

/* RLIMIT_FSIZE and the file system's largest size; may shorten the write. */
static int check_size_limits(struct file *file, struct iov_iter *from, loff_t pos)
{
	u64 limit = rlimit(RLIMIT_FSIZE);
	loff_t max_size = file->inode->sb->max_size;

	if (!(file->flags & O_LARGEFILE) && sizeof(long) < 8)
		max_size = min(max_size, (loff_t)0x7fffffff);
	if (limit != RLIM64_INFINITY && (u64)pos >= limit) {
		send_sig(SIGXFSZ, current);
		return -EFBIG;
	}
	if (pos >= max_size)
		return -EFBIG;
	limit = min(limit, (u64)max_size);
	if (from->count > limit - pos)
		from->count = limit - pos;
	return 0;
}

static ssize_t write_regular(struct file *file, struct iov_iter *from, loff_t *pos, bool append)
{
	struct inode *inode = file->path.dentry->inode;
	ssize_t n;

	mutex_lock(&inode->write_lock);
	if (append)
		*pos = file->inode->size;
	clamp_count(file, from, *pos);
	n = check_size_limits(file, from, *pos);
	if (!n)
		n = file_remove_privs(file);
	if (!n)
		n = file->ops->write(file, from, pos);
	mutex_unlock(&inode->write_lock);
	return n;
}

static ssize_t write_checked(struct file *file, struct iov_iter *from, loff_t *pos, int rwf)
{
	ssize_t n = check_write(file, *pos);
	bool append = file->flags & O_APPEND || rwf & RWF_APPEND;
	loff_t start;

	if (n)
		return n;
	if (file->inode && S_ISREG(file->inode->mode)) {
		if (!from->count)
			return 0;
		n = write_regular(file, from, pos, append);
	} else {
		clamp_count(file, from, *pos);
		n = file->ops->write(file, from, pos);
	}
	if (n <= 0)
		return n;
	fsnotify_dentry(file->path.dentry, IN_MODIFY);
	start = *pos - n;
	return file_sync_after_write(file, start, n, rwf & (RWF_DSYNC | RWF_SYNC),
				     rwf & RWF_SYNC);
}

/* What O_SYNC and O_DSYNC promise: n, or the error of bringing it to the disk. */
int file_sync_after_write(struct file *file, loff_t start, ssize_t n, bool data, bool all)
{
	int err;

	if (!data && !(file->flags & O_DSYNC))
		return n;
	if (!file->ops->fsync)
		return n;
	all |= (file->flags & O_SYNC) == O_SYNC;
	err = vfs_fsync(file, start, start + n - 1, !all);
	return err ? err : n;
}

/* Writes the iterator at *pos: bytes, or -errno. */
ssize_t vfs_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	return write_checked(file, from, pos, 0);
}

/* vfs_read and vfs_write with K's memory, once: for what moves data between files. */
ssize_t file_splice_read(struct file *file, void *buf, size_t n, loff_t *pos)
{
	struct iov_iter it;

	iov_kernel(&it, buf, n);
	return vfs_read(file, &it, pos);
}

ssize_t file_splice_write(struct file *file, const void *buf, size_t n, loff_t *pos)
{
	struct iov_iter it;

	iov_kernel(&it, buf, n);
	return vfs_write(file, &it, pos);
}

/* Writes K's memory. */
ssize_t kernel_write(struct file *file, const void *buf, size_t n, loff_t *pos)
{
	size_t done = 0;

	while (done < n) {
		struct iov_iter it;
		ssize_t put;

		iov_kernel(&it, (const char *)buf + done, n - done);
		put = file->ops->write ? file->ops->write(file, &it, pos) : -EINVAL;
		if (put < 0)
			return done ? (ssize_t)done : put;
		if (!put)
			break;
		done += put;
	}
	return done;
}

/* --- at the descriptor's own position */

/* A single piece of user memory that no address space could hold: vectors are checked when they
 * are taken in. */
static bool beyond_user(const struct iov_iter *it)
{
	uaddr_t base = (uaddr_t)it->one.iov_base;

	if (!it->user || it->iov != &it->one)
		return false;
	return it->count > task_size || base > task_size - it->count;
}

static int check_access(struct file *file, const struct iov_iter *it, bool write)
{
	if (!(file->mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (write ? !file->ops->write : !file->ops->read && !S_ISDIR(file->inode->mode))
		return -EINVAL;
	return beyond_user(it) ? -EFAULT : 0;
}

static ssize_t rw_own_pos(struct file *file, struct iov_iter *it, bool write, int rwf)
{
	ssize_t n = check_access(file, it, write);
	bool locked;
	loff_t pos;

	if (n)
		return n;
	file_pos_begin(file, &pos, &locked);
	n = write ? write_checked(file, it, &pos, rwf) : vfs_read(file, it, &pos);
	if (n >= 0)
		file_pos_store(file, pos);
	file_pos_end(file, locked);
	return n;
}

SYSCALL_DEFINE3(read, A_FD, int, fd, A_BUF_OUT, uaddr_t, buf, A_SIZE, size_t, count)
{
	struct file *file = fget_io(fd);
	struct iov_iter it;
	ssize_t n;

	if (!file)
		return -EBADF;
	iov_user(&it, buf, count);
	n = rw_own_pos(file, &it, false, 0);
	fput(file);
	return n;
}

SYSCALL_DEFINE3(write, A_FD, int, fd, A_BUF_IN, uaddr_t, buf, A_SIZE, size_t, count)
{
	struct file *file = fget_io(fd);
	struct iov_iter it;
	ssize_t n;

	if (!file)
		return -EBADF;
	iov_user(&it, buf, count);
	n = rw_own_pos(file, &it, true, 0);
	fput(file);
	return n;
}

/* --- at a given position */

static ssize_t rw_at(struct file *file, struct iov_iter *it, loff_t pos, bool write, int rwf)
{
	int err;

	if (file->mode & FMODE_STREAM)
		return -ESPIPE;
	err = check_access(file, it, write);
	if (err)
		return err;
	return write ? write_checked(file, it, &pos, rwf) : vfs_read(file, it, &pos);
}

/* One buffer at an offset of its own. */
static ssize_t rw_buffer_at(int fd, uaddr_t buf, size_t count, loff_t pos, bool write)
{
	struct file *file;
	struct iov_iter it;
	ssize_t n;

	if (pos < 0)
		return -EINVAL;
	file = fget_io(fd);
	if (!file)
		return -EBADF;
	iov_user(&it, buf, count);
	n = rw_at(file, &it, pos, write, 0);
	fput(file);
	return n;
}

SYSCALL_DEFINE4(pread64, A_FD, int, fd, A_BUF_OUT, uaddr_t, buf, A_SIZE, size_t, count, A_LOFF,
		loff_t, pos)
{
	return rw_buffer_at(fd, buf, count, pos, false);
}

SYSCALL_DEFINE4(pwrite64, A_FD, int, fd, A_BUF_IN, uaddr_t, buf, A_SIZE, size_t, count, A_LOFF,
		loff_t, pos)
{
	return rw_buffer_at(fd, buf, count, pos, true);
}

/* --- vectors */

/* RWF_NOWAIT is for what can say whether it would wait. */
static int check_rwf(struct file *file, bool write, int rwf)
{
	if (rwf & ~RWF_KNOWN)
		return -EOPNOTSUPP;
	if (!(rwf & RWF_NOWAIT))
		return 0;
	if (!file->ops->poll)
		return -EOPNOTSUPP;
	return vfs_poll(file, NULL) & (write ? EPOLLOUT | EPOLLERR : EPOLLIN | EPOLLHUP) ? 0
										       : -EAGAIN;
}

/* pos: NULL for the descriptor's own. */
static ssize_t do_vector(int fd, uaddr_t vec, unsigned long nr, const loff_t *pos, bool write,
			 int rwf)
{
	struct file *file = fget_io(fd);
	struct iovec *to_free = NULL;
	struct iov_iter it;
	ssize_t n;

	if (!file)
		return -EBADF;
	n = -EBADF;
	if (!(file->mode & (write ? FMODE_WRITE : FMODE_READ)))
		goto put;
	n = -ESPIPE;
	if (pos && file->mode & FMODE_STREAM)
		goto put;
	n = iov_import(&it, vec, nr, &to_free);
	if (!n && it.count)
		n = check_rwf(file, write, rwf);
	if (!n && it.count)
		n = pos ? rw_at(file, &it, *pos, write, rwf) : rw_own_pos(file, &it, write, rwf);
	kfree(to_free);
put:
	fput(file);
	return n;
}

SYSCALL_DEFINE3(readv, A_FD, int, fd, A_IOV_OUT, uaddr_t, vec, A_ULONG, unsigned long, nr)
{
	return do_vector(fd, vec, nr, NULL, false, 0);
}

SYSCALL_DEFINE3(writev, A_FD, int, fd, A_IOV_IN, uaddr_t, vec, A_ULONG, unsigned long, nr)
{
	return do_vector(fd, vec, nr, NULL, true, 0);
}

/* The halves of a position; where a long is 64 bits, the low one has it all. */
static loff_t pos_from_halves(unsigned long high, unsigned long low)
{
	const int half = sizeof(long) * 8 / 2;

	return (loff_t)((u64)high << half << half | low);
}

static ssize_t vector_at(int fd, uaddr_t vec, unsigned long nr, loff_t pos, bool write, int rwf,
			 bool minus_one_is_own)
{
	if (pos == -1 && minus_one_is_own)
		return do_vector(fd, vec, nr, NULL, write, rwf);
	if (pos < 0)
		return -EINVAL;
	return do_vector(fd, vec, nr, &pos, write, rwf);
}

SYSCALL_DEFINE5(preadv, A_FD, int, fd, A_IOV_OUT, uaddr_t, vec, A_ULONG, unsigned long, nr,
		A_ULONG, unsigned long, low, A_ULONG, unsigned long, high)
{
	return vector_at(fd, vec, nr, pos_from_halves(high, low), false, 0, false);
}

SYSCALL_DEFINE5(pwritev, A_FD, int, fd, A_IOV_IN, uaddr_t, vec, A_ULONG, unsigned long, nr,
		A_ULONG, unsigned long, low, A_ULONG, unsigned long, high)
{
	return vector_at(fd, vec, nr, pos_from_halves(high, low), true, 0, false);
}

SYSCALL_DEFINE6(preadv2, A_FD, int, fd, A_IOV_OUT, uaddr_t, vec, A_ULONG, unsigned long, nr,
		A_ULONG, unsigned long, low, A_ULONG, unsigned long, high, A_HEX, int, flags)
{
	return vector_at(fd, vec, nr, pos_from_halves(high, low), false, flags, true);
}

SYSCALL_DEFINE6(pwritev2, A_FD, int, fd, A_IOV_IN, uaddr_t, vec, A_ULONG, unsigned long, nr,
		A_ULONG, unsigned long, low, A_ULONG, unsigned long, high, A_HEX, int, flags)
{
	return vector_at(fd, vec, nr, pos_from_halves(high, low), true, flags, true);
}
