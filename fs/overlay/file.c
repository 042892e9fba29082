/*
 * overlay: open regular files.  Each has the real file open; what is done to it is done to that
 * one.  A file opened for reading whose inode is copied up later moves on to the copy at its
 * next use; its mappings stay with the lower file's pages, which the inode keeps.
 */
#include "um/kmalloc.h"
#include "um/sched.h"
#include "overlay.h"

#define LIVE_FLAGS ((unsigned)(O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME))
#define OPEN_ONLY_FLAGS                                                                            \
	((unsigned)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | FASYNC))

static struct file *open_real(struct file *file)
{
	struct path path;

	ovl_real_path(file->inode, &path);
	return dentry_open(&path, file->flags & ~OPEN_ONLY_FLAGS, ovl_sb(file->inode->sb)->cred);
}

static bool is_current(const struct file *file, const struct file *real)
{
	struct path path;

	ovl_real_path(file->inode, &path);
	return real->inode == path.dentry->inode;
}

/* The real file, with a reference.  If the copy cannot be opened, the old one has to do. */
static struct file *get_real(struct file *file)
{
	struct file *real = file->private, *copy;

	if (!is_current(file, real)) {
		copy = open_real(file);
		if (!IS_ERR(copy)) {
			struct file *old = file->private;

			file->private = copy;
			file->mapping = copy->mapping;
			fput(old);
		}
		real = file->private;
	}
	real->flags = (real->flags & ~LIVE_FLAGS) | (file->flags & LIVE_FLAGS);
	return file_get(real);
}

static int ovl_open(struct inode *inode, struct file *file)
{
	struct file *real;
	int err;

	if (file->mode & FMODE_WRITE || file->flags & O_TRUNC) {
		err = ovl_copy_up(file->path.dentry, !(file->flags & O_TRUNC));
		if (err)
			return err;
	}
	real = open_real(file);
	if (IS_ERR(real))
		return PTR_ERR(real);
	file->private = real;
	file->mapping = real->mapping;
	ovl_copyattr(inode);
	return 0;
}

static void ovl_release(struct file *file)
{
	fput(file->private);
}

static ssize_t ovl_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct file *real = get_real(file);
	ssize_t n = real->ops->read ? real->ops->read(real, to, pos) : -EINVAL;

	fput(real);
	return n;
}

static ssize_t ovl_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct file *real = get_real(file);
	ssize_t n = real->ops->write ? real->ops->write(real, from, pos) : -EINVAL;

	ovl_copyattr(file->inode);
	fput(real);
	return n;
}

static loff_t ovl_llseek(struct file *file, loff_t offset, int whence)
{
	struct file *real = get_real(file);

	if ((whence == SEEK_DATA || whence == SEEK_HOLE) && real->ops->llseek) {
		offset = real->ops->llseek(real, offset, whence);
		if (offset >= 0)
			file->pos = offset;
	} else {
		ovl_getattr(file->inode);
		offset = generic_llseek(file, offset, whence);
	}
	fput(real);
	return offset;
}

static int ovl_mmap(struct file *file, struct vm_area *vma)
{
	struct file *real = get_real(file);
	int err = real->ops->mmap ? real->ops->mmap(real, vma) : -ENODEV;

	fput(real);
	return err;
}

/* There is nothing to bring to the disk in a lower layer. */
static int ovl_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct file *real = get_real(file);
	int err = 0;

	if (ovl_i(file->inode)->upper && real->ops->fsync)
		err = real->ops->fsync(real, start, end, datasync);
	fput(real);
	return err;
}

static int ovl_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct file *real = get_real(file);
	int err =
		real->ops->fallocate ? real->ops->fallocate(real, mode, offset, len) : -EOPNOTSUPP;

	ovl_copyattr(file->inode);
	fput(real);
	return err;
}

const struct file_ops ovl_file_fops = {
	.open = ovl_open,
	.release = ovl_release,
	.read = ovl_read,
	.write = ovl_write,
	.llseek = ovl_llseek,
	.mmap = ovl_mmap,
	.fsync = ovl_fsync,
	.fallocate = ovl_fallocate,
};
