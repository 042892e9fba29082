/* ioctl: what every open file knows; the rest is its driver's. */
#include <asm/ioctls.h>
#include <linux/fiemap.h>

#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

static long set_nonblock(struct file *file, uaddr_t arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	if (on)
		file->flags |= O_NONBLOCK;
	else
		file->flags &= ~(unsigned)O_NONBLOCK;
	return 0;
}

static long set_async(int fd, struct file *file, uaddr_t arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	if (on && !file->ops->poll)
		return -ENOTTY;
	if (on)
		fasync_on(file, fd);
	else
		fasync_off(file);
	return 0;
}

static long get_size(struct file *file, uaddr_t arg)
{
	struct inode *inode = file->inode;

	if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode) && !S_ISLNK(inode->mode))
		return -ENOTTY;
	return put_user(inode->size, arg);
}

static long regular_ioctl(struct file *file, unsigned cmd, uaddr_t arg)
{
	switch (cmd) {
	case FIONREAD:
		return put_user((int)(file->inode->size - file->pos), arg);
	case FICLONE:
	case FICLONERANGE:
	case FS_IOC_FIEMAP:
		return -EOPNOTSUPP;
	default:
		return -ENOIOCTLCMD;
	}
}

static long driver_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	long ret = -ENOIOCTLCMD;

	if (file->ops->ioctl)
		ret = file->ops->ioctl(file, cmd, arg);
	if (ret == -ENOTTY || ret == -ENOIOCTLCMD) {
		ret = -ENOIOCTLCMD;
		if (S_ISREG(file->inode->mode))
			ret = regular_ioctl(file, cmd, arg);
	}
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

static long do_ioctl(int fd, struct file *file, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		current->files->fd[fd].cloexec = cmd == FIOCLEX;
		return 0;
	case FIONBIO:
		return set_nonblock(file, arg);
	case FIOASYNC:
		return set_async(fd, file, arg);
	case FIOQSIZE:
		return get_size(file, arg);
	case FIGETBSZ:
		return put_user((int)file->inode->sb->blocksize, arg);
	default:
		return driver_ioctl(file, cmd, arg);
	}
}

SYSCALL_DEFINE3(ioctl, A_FD, int, fd, A_IOCTL, unsigned, cmd, A_ULONG, unsigned long, arg)
{
	struct file *file = fget_io(fd);
	long ret;

	if (!file)
		return -EBADF;
	ret = do_ioctl(fd, file, cmd, arg);
	fput(file);
	return ret;
}
