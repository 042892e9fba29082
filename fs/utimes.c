/* Setting times: utime, utimes, futimesat, utimensat. */
#include <linux/time_types.h>
#include <linux/utime.h>

#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

/* utimensat(2)'s special nanoseconds; the UAPI headers leave them to the C library. */
#define UTIME_NOW ((1L << 30) - 1)
#define UTIME_OMIT ((1L << 30) - 2)

/* Times to set: [0] access, [1] modification. */
struct new_times {
	s64 sec[2];
	long nsec[2];
};

static u64 to_ns(const struct new_times *t, int i)
{
	const s64 most = LLONG_MAX / (s64)NSEC_PER_SEC - 1;
	s64 sec = min(max(t->sec[i], -most), most);

	return (u64)(sec * (s64)NSEC_PER_SEC + t->nsec[i]);
}

static bool nsec_valid(long nsec)
{
	return nsec == UTIME_NOW || nsec == UTIME_OMIT || (nsec >= 0 && nsec < 1000000000);
}

/* t NULL: both now, which needs less than ownership: permission to write. */
static int times_to_attr(const struct path *path, const struct new_times *t, struct iattr *attr)
{
	static const unsigned set[2] = { ATTR_ATIME_SET, ATTR_MTIME_SET };
	static const unsigned which[2] = { ATTR_ATIME, ATTR_MTIME };
	struct inode *inode = path->dentry->inode;
	int i;

	*attr = (struct iattr){ .valid = ATTR_CTIME | ATTR_ATIME | ATTR_MTIME };
	if (t && t->nsec[0] == UTIME_NOW && t->nsec[1] == UTIME_NOW)
		t = NULL;
	if (!t) {
		if (inode->flags & S_IMMUTABLE_INODE)
			return -EPERM;
		return inode_owner_or_capable(inode) ? 0 : inode_permission(inode, MAY_WRITE);
	}
	if (inode->flags & (S_IMMUTABLE_INODE | S_APPEND_INODE) || !inode_owner_or_capable(inode))
		return -EPERM;
	for (i = 0; i < 2; i++) {
		if (t->nsec[i] == UTIME_OMIT)
			attr->valid &= ~which[i];
		else if (t->nsec[i] != UTIME_NOW)
			attr->valid |= set[i];
	}
	attr->atime = to_ns(t, 0);
	attr->mtime = to_ns(t, 1);
	return 0;
}

static int set_times(const struct path *path, const struct new_times *t)
{
	struct iattr attr;
	int err = mnt_want_write(path->mnt);

	if (!err)
		err = times_to_attr(path, t, &attr);
	return err ? err : notify_change(path->dentry, &attr);
}

static long fd_times(int fd, const struct new_times *t)
{
	struct file *file = fget_io(fd);
	int err;

	if (!file)
		return -EBADF;
	err = set_times(&file->path, t);
	fput(file);
	return err;
}

static long path_times(int dfd, uaddr_t name, const struct new_times *t, int flags)
{
	struct path path;
	int err = user_path_flags(dfd, name, flags, &path);
	if (err)
		return err;
	err = set_times(&path, t);
	path_put(&path);
	return err;
}

static long do_utimensat(int dfd, uaddr_t name, const struct new_times *t, int flags)
{
	if (t && !(nsec_valid(t->nsec[0]) && nsec_valid(t->nsec[1])))
		return -EINVAL;
	if (!name && dfd != AT_FDCWD)
		return flags ? -EINVAL : fd_times(dfd, t);
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return path_times(dfd, name, t, flags);
}

static int times_get(struct new_times *t, uaddr_t times)
{
	struct __kernel_timespec spec;

	for (int i = 0; i < 2; i++, times += timespec_size()) {
		if (timespec_copy(&spec, times))
			return -EFAULT;
		t->sec[i] = spec.tv_sec;
		t->nsec[i] = spec.tv_nsec;
	}
	return 0;
}

static long utimensat_user(int dfd, uaddr_t name, uaddr_t times, int flags)
{
	struct new_times t;

	if (!times)
		return do_utimensat(dfd, name, NULL, flags);
	if (times_get(&t, times))
		return -EFAULT;
	/* Nothing to do: not even the path is looked at. */
	if (t.nsec[0] == UTIME_OMIT && t.nsec[1] == UTIME_OMIT)
		return 0;
	return do_utimensat(dfd, name, &t, flags);
}

SYSCALL_TIME4(utimensat, utimensat_time64, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_TIMESPEC_IN,
	      uaddr_t, times, A_ATFLAGS, int, flags)
{
	return utimensat_user(dfd, name, times, flags);
}

static long do_futimesat(int dfd, uaddr_t name, uaddr_t times)
{
	struct {
		long sec, usec;
	} tv[2];
	struct new_times t;
	int i;

	if (!times)
		return do_utimensat(dfd, name, NULL, 0);
	if (copy_from_user(tv, times, sizeof(tv)))
		return -EFAULT;
	for (i = 0; i < 2; i++) {
		if (tv[i].usec < 0 || tv[i].usec >= 1000000)
			return -EINVAL;
		t.sec[i] = tv[i].sec;
		t.nsec[i] = tv[i].usec * 1000;
	}
	return do_utimensat(dfd, name, &t, 0);
}

SYSCALL_DEFINE3(futimesat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_TIMEVAL_IN, uaddr_t, times)
{
	return do_futimesat(dfd, name, times);
}

SYSCALL_DEFINE2(utimes, A_PATH, uaddr_t, name, A_TIMEVAL_IN, uaddr_t, times)
{
	return do_futimesat(AT_FDCWD, name, times);
}

SYSCALL_DEFINE2(utime, A_PATH, uaddr_t, name, A_PTR, uaddr_t, times)
{
	struct new_times t = { { 0, 0 }, { 0, 0 } };
	struct utimbuf ut;

	if (!times)
		return do_utimensat(AT_FDCWD, name, NULL, 0);
	if (copy_from_user(&ut, times, sizeof(ut)))
		return -EFAULT;
	t.sec[0] = ut.actime;
	t.sec[1] = ut.modtime;
	return do_utimensat(AT_FDCWD, name, &t, 0);
}
