/* fcntl: descriptors, flags, owners, seals, and what pipes take.  Locks: fcntl_lock.c. */
#include "um/kmalloc.h"
#include "um/pipe.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "locks.h"

#define SETTABLE_FLAGS                                                                             \
	((unsigned)(O_APPEND | O_NONBLOCK | O_NDELAY | O_DIRECT | O_NOATIME | FASYNC))
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0	/* newer than these headers */
#endif
#define KNOWN_SEALS                                                                                \
	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE |          \
	 F_SEAL_EXEC)

#define NO_CMD (~0U)

/* --- descriptors */

static long dup_from(struct file *file, unsigned long start, bool cloexec)
{
	u64 limit = min(rlimit(RLIMIT_NOFILE), (u64)INT_MAX);
	int fd;

	if (start >= limit)
		return -EINVAL;
	fd = fd_alloc(start, (unsigned)limit);
	if (fd >= 0)
		fd_install(fd, file_get(file), cloexec);
	return fd;
}

static long set_fd_flags(int fd, unsigned long arg)
{
	current->files->fd[fd].cloexec = arg & FD_CLOEXEC;
	return 0;
}

/* --- file flags */

static int may_set_flags(struct file *file, unsigned flags)
{
	struct inode *inode = file->inode;

	if (file->flags & O_APPEND && !(flags & O_APPEND) && inode->flags & S_APPEND_INODE)
		return -EPERM;
	if (flags & O_NOATIME && !(file->flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return file->ops->check_flags ? file->ops->check_flags(flags) : 0;
}

static long set_file_flags(int fd, struct file *file, unsigned flags)
{
	int err = may_set_flags(file, flags);

	if (err)
		return err;
	if (flags & FASYNC)
		fasync_on(file, fd);
	else if (file->flags & FASYNC)
		fasync_off(file);
	file->flags = (file->flags & ~SETTABLE_FLAGS) | (flags & SETTABLE_FLAGS);
	return 0;
}

/* --- owners */

static long set_owner(struct file *file, int who)
{
	int type = F_OWNER_PID;
	struct pid *pid = NULL;

	if (who == INT_MIN)
		return -EINVAL;
	if (who < 0) {
		type = F_OWNER_PGRP;
		who = -who;
	}
	if (who) {
		pid = pid_find(who);
		if (!pid)
			return -ESRCH;
	}
	file_set_owner(file, pid, type);
	return 0;
}

/* The owner's number as long as somebody answers to it. */
static int owner_nr(const struct file *file)
{
	const struct fown *owner = &file->owner;

	if (!owner->pid)
		return 0;
	if (owner->type == F_OWNER_PGRP)
		return list_empty(&owner->pid->pgrp_members) ? 0 : pid_nr(owner->pid);
	return owner->pid->task ? pid_nr(owner->pid) : 0;
}

static long get_owner(const struct file *file)
{
	int nr = owner_nr(file);

	return file->owner.type == F_OWNER_PGRP ? -nr : nr;
}

static long set_owner_ex(struct file *file, uaddr_t arg)
{
	struct f_owner_ex ex;
	struct pid *pid;

	if (copy_from_user(&ex, arg, sizeof(ex)))
		return -EFAULT;
	if (ex.type != F_OWNER_TID && ex.type != F_OWNER_PID && ex.type != F_OWNER_PGRP)
		return -EINVAL;
	pid = ex.pid > 0 ? pid_find(ex.pid) : NULL;
	if (ex.pid && !pid)
		return -ESRCH;
	file_set_owner(file, pid, ex.type);
	return 0;
}

static long get_owner_ex(const struct file *file, uaddr_t arg)
{
	struct f_owner_ex ex = { .type = file->owner.type, .pid = owner_nr(file) };

	if (!file->owner.pid)
		ex.type = F_OWNER_TID;
	return copy_to_user(arg, &ex, sizeof(ex));
}

static long get_owner_uids(const struct file *file, uaddr_t arg)
{
	uid_t uids[2] = { file->owner.uid, file->owner.euid };

	return copy_to_user(arg, uids, sizeof(uids));
}

static long set_signal(struct file *file, unsigned long sig)
{
	if (sig > KNSIG)
		return -EINVAL;
	file->owner.sig = sig;
	return 0;
}

/* --- seals: memfd_create(2) */

static bool can_be_sealed(const struct file *file)
{
	return S_ISREG(file->inode->mode) && file->inode->sb->magic == TMPFS_MAGIC;
}

static long add_seals(struct file *file, unsigned long seals)
{
	struct inode *inode = file->inode;

	if (!(file->mode & FMODE_WRITE))
		return -EPERM;
	if (seals & ~(unsigned long)KNOWN_SEALS || !can_be_sealed(file))
		return -EINVAL;
	if (inode->seals & F_SEAL_SEAL)
		return -EPERM;
	if (seals & F_SEAL_WRITE && !(inode->seals & F_SEAL_WRITE) && inode->mapping->writable_maps)
		return -EBUSY;
	inode->seals |= seals;
	return 0;
}

static long get_seals(struct file *file)
{
	return can_be_sealed(file) ? (long)file->inode->seals : -EINVAL;
}

/* --- the call */

static bool allowed_on_path_only(unsigned cmd)
{
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC || cmd == F_GETFD || cmd == F_SETFD ||
	       cmd == F_GETFL;
}

static long fcntl_owner(struct file *file, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_SETOWN:
		return set_owner(file, (int)arg);
	case F_GETOWN:
		return get_owner(file);
	case F_SETOWN_EX:
		return set_owner_ex(file, arg);
	case F_GETOWN_EX:
		return get_owner_ex(file, arg);
	case F_GETOWNER_UIDS:
		return get_owner_uids(file, arg);
	case F_SETSIG:
		return set_signal(file, arg);
	default: /* F_GETSIG */
		return file->owner.sig;
	}
}

static long do_fcntl(int fd, struct file *file, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return dup_from(file, arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return current->files->fd[fd].cloexec ? FD_CLOEXEC : 0;
	case F_SETFD:
		return set_fd_flags(fd, arg);
	case F_GETFL:
		return file->flags;
	case F_SETFL:
		return set_file_flags(fd, file, arg);
	case F_SETOWN:
	case F_GETOWN:
	case F_SETOWN_EX:
	case F_GETOWN_EX:
	case F_GETOWNER_UIDS:
	case F_SETSIG:
	case F_GETSIG:
		return fcntl_owner(file, cmd, arg);
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		return pipe_fcntl(file, cmd, arg);
	case F_ADD_SEALS:
		return add_seals(file, arg);
	case F_GET_SEALS:
		return get_seals(file);
	case F_NOTIFY:
		return fcntl_notify(fd, file, arg);
	case F_GETLEASE:
		return F_UNLCK;
	default:
		return fcntl_lock(fd, file, cmd, arg);
	}
}

static long fcntl_fd(int fd, unsigned cmd, unsigned long arg)
{
	struct file *file = fget(fd);
	long ret;

	if (!file)
		return -EBADF;
	ret = -EBADF;
	if (!(file->mode & FMODE_PATH) || allowed_on_path_only(cmd))
		ret = do_fcntl(fd, file, cmd, arg);
	fput(file);
	return ret;
}

SYSCALL_DEFINE3(fcntl, A_FD, int, fd, A_FCNTL, unsigned, cmd, A_ULONG, unsigned long, arg)
{
	if (fcntl_needs_64(cmd))
		cmd = NO_CMD;
	return fcntl_fd(fd, cmd, arg);
}

/* On 32-bit CPUs: all of fcntl, and the locks with 64-bit offsets. */
SYSCALL_DEFINE3(fcntl64, A_FD, int, fd, A_FCNTL, unsigned, cmd, A_ULONG, unsigned long, arg)
{
	return fcntl_fd(fd, cmd, arg);
}
