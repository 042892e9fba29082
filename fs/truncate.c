/* File sizes: truncate, ftruncate, fallocate. */
#include <linux/falloc.h>
#include <linux/inotify.h>

#include "um/sched.h"
#include "um/syscall.h"
#include "internal.h"

static int may_truncate(const struct path *path)
{
	struct inode *inode = path->dentry->inode;
	int err;

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -EINVAL;
	err = mnt_want_write(path->mnt);
	if (!err)
		err = inode_permission(inode, MAY_WRITE);
	if (!err && inode->flags & S_APPEND_INODE)
		err = -EPERM;
	return err;
}

static int truncate_path(const struct path *path, loff_t size)
{
	struct inode *inode = path->dentry->inode;
	int err = may_truncate(path);

	if (err)
		return err;
	err = get_write_access(inode);
	if (err)
		return err;
	err = do_truncate(path->dentry, size, ATTR_MTIME | ATTR_CTIME, NULL);
	put_write_access(inode);
	return err;
}

static long do_truncate_user(uaddr_t name, loff_t size)
{
	struct path path;
	int err;

	if (size < 0)
		return -EINVAL;
	err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	err = truncate_path(&path, size);
	path_put(&path);
	return err;
}

static int ftruncate_file(struct file *file, loff_t size)
{
	struct inode *inode = file->path.dentry->inode;

	if (!S_ISREG(inode->mode) || !(file->mode & FMODE_WRITE))
		return -EINVAL;
	if (inode->flags & S_APPEND_INODE)
		return -EPERM;
	return do_truncate(file->path.dentry, size, ATTR_MTIME | ATTR_CTIME, file);
}

static long do_ftruncate(int fd, loff_t size)
{
	struct file *file;
	int err;

	if (size < 0)
		return -EINVAL;
	file = fget_io(fd);
	if (!file)
		return -EBADF;
	err = ftruncate_file(file, size);
	fput(file);
	return err;
}

SYSCALL_DEFINE2(truncate, A_PATH, uaddr_t, name, A_LONG, long, size)
{
	return do_truncate_user(name, size);
}

SYSCALL_DEFINE2(ftruncate, A_FD, int, fd, A_LONG, long, size)
{
	return do_ftruncate(fd, size);
}

SYSCALL_DEFINE2(truncate64, A_PATH, uaddr_t, name, A_LOFF, loff_t, size)
{
	return do_truncate_user(name, size);
}

SYSCALL_DEFINE2(ftruncate64, A_FD, int, fd, A_LOFF, loff_t, size)
{
	return do_ftruncate(fd, size);
}

/* --- fallocate */

static int check_falloc_mode(int mode)
{
	int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE |
		    FALLOC_FL_ZERO_RANGE | FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE;
	int punch_zero = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;

	if (mode & ~known || (mode & punch_zero) == punch_zero)
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_COLLAPSE_RANGE && mode & ~FALLOC_FL_COLLAPSE_RANGE)
		return -EINVAL;
	if (mode & FALLOC_FL_INSERT_RANGE && mode & ~FALLOC_FL_INSERT_RANGE)
		return -EINVAL;
	if (mode & FALLOC_FL_UNSHARE_RANGE &&
	    mode & ~(FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE))
		return -EINVAL;
	return 0;
}

static int check_falloc_file(struct file *file, int mode)
{
	struct inode *inode = file->path.dentry->inode;

	if (!(file->mode & FMODE_WRITE))
		return -EBADF;
	if ((mode & ~FALLOC_FL_KEEP_SIZE && inode->flags & S_APPEND_INODE) ||
	    inode->flags & S_IMMUTABLE_INODE)
		return -EPERM;
	if (S_ISFIFO(inode->mode))
		return -ESPIPE;
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	return S_ISREG(inode->mode) ? 0 : -ENODEV;
}

static int check_falloc_size(struct inode *inode, int mode, loff_t offset, loff_t len)
{
	u64 limit = rlimit(RLIMIT_FSIZE);
	loff_t end;

	if (__builtin_add_overflow(offset, len, &end) || end > inode->sb->max_size)
		return -EFBIG;
	if (mode & FALLOC_FL_KEEP_SIZE || end <= inode->size)
		return 0;
	if (limit != RLIM64_INFINITY && (u64)end > limit) {
		send_sig(SIGXFSZ, current);
		return -EFBIG;
	}
	return 0;
}

static int fallocate_file(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file->path.dentry->inode;
	int err;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	err = check_falloc_mode(mode);
	if (!err)
		err = check_falloc_file(file, mode);
	if (!err)
		err = check_falloc_size(inode, mode, offset, len);
	if (!err && !file->ops->fallocate)
		err = -EOPNOTSUPP;
	if (err)
		return err;
	mutex_lock(&inode->write_lock);
	err = file_remove_privs(file);
	if (!err)
		err = file->ops->fallocate(file, mode, offset, len);
	mutex_unlock(&inode->write_lock);
	if (!err)
		fsnotify_dentry(file->path.dentry, IN_MODIFY);
	return err;
}

SYSCALL_DEFINE4(fallocate, A_FD, int, fd, A_HEX, int, mode, A_LOFF, loff_t, offset, A_LOFF, loff_t,
		len)
{
	struct file *file = fget_io(fd);
	int err;

	if (!file)
		return -EBADF;
	err = fallocate_file(file, mode, offset, len);
	fput(file);
	return err;
}
