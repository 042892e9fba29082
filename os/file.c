/*
 * The host's files (um/os_file.h).
 *
 * Calls that the host offers only for paths go through /proc/self/fd/N: that names exactly the
 * file of the descriptor, whatever has become of its name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "um/os_file.h"

#define NS_PER_SEC 1000000000LL

_Static_assert(sizeof(struct os_iov) == sizeof(struct iovec) &&
		       offsetof(struct os_iov, len) == offsetof(struct iovec, iov_len),
	       "struct os_iov is the host's struct iovec");

/* A host call's value or -errno, tried again after a signal. */
#define HOST(call)                                                                                 \
	({                                                                                         \
		long host_ret;                                                                     \
		do                                                                                 \
			host_ret = (long)(call);                                                   \
		while (host_ret == -1 && errno == EINTR);                                          \
		host_ret == -1 ? -(long)errno : host_ret;                                          \
	})

struct fd_name {
	char text[32];
};

static const char *fd_name(struct fd_name *name, int fd)
{
	snprintf(name->text, sizeof(name->text), "/proc/self/fd/%d", fd);
	return name->text;
}

/* Modes are K's to choose, and a limit on file sizes must not kill it. */
void os_file_init(void)
{
	umask(0);
	signal(SIGXFSZ, SIG_IGN);
}

/* RLIMIT_NOFILE. */
unsigned os_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY ||
	    limit.rlim_cur > INT_MAX)
		return INT_MAX;
	return limit.rlim_cur;
}

/* Whose files K makes. */
u32 os_host_uid(void)
{
	return geteuid();
}

/* Whose files K makes. */
u32 os_host_gid(void)
{
	return getegid();
}

/* --- descriptors */

/* What the command line names. */
int os_path_root(const char *path)
{
	return HOST(open(path, O_PATH | O_CLOEXEC));
}

/* The entry itself, also when it is a symbolic link. */
int os_path_open(int dirfd, const char *name)
{
	return HOST(openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

/* A descriptor that keeps nobody from executing or unmounting for writing. */
int os_path_of(int fd)
{
	struct fd_name name;

	return HOST(open(fd_name(&name, fd), O_PATH | O_CLOEXEC));
}

/* Opens the file that fd names.  The caller has seen that it is a regular file or a directory,
 * which the descriptor keeps true. */
int os_file_reopen(int fd, unsigned access)
{
	const bool both = access == (OS_READ | OS_WRITE);
	int flags = both ? O_RDWR : access == OS_WRITE ? O_WRONLY : O_RDONLY;
	struct fd_name name;

	return HOST(open(fd_name(&name, fd), flags | O_CLOEXEC | O_NOCTTY));
}

/* An entry that was seen to be a regular file or a directory.  Should it have become something else
 * by now, opening that must not wait, or take a terminal. */
int os_file_open_read(int dirfd, const char *name)
{
	return HOST(openat(dirfd, name,
			   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

/* A new regular file. */
int os_file_create(int dirfd, const char *name, u32 mode)
{
	return HOST(openat(dirfd, name,
			   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode));
}

/* A new regular file without a name; os_dir_link may give it one. */
int os_file_tmp(int dirfd, u32 mode)
{
	return HOST(openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode));
}

/* --- attributes */

static u64 stamp(const struct statx_timestamp *ts)
{
	return (u64)(ts->tv_sec * NS_PER_SEC + ts->tv_nsec);
}

static void take_statx(struct os_stat *st, const struct statx *stx)
{
	*st = (struct os_stat){
		.dev = (u64)stx->stx_dev_major << 32 | stx->stx_dev_minor,
		.ino = stx->stx_ino,
		.mode = stx->stx_mode,
		.nlink = stx->stx_nlink,
		.uid = stx->stx_uid,
		.gid = stx->stx_gid,
		.rdev_major = stx->stx_rdev_major,
		.rdev_minor = stx->stx_rdev_minor,
		.size = stx->stx_size,
		.blocks = stx->stx_blocks,
		.blksize = stx->stx_blksize,
		.atime = stamp(&stx->stx_atime),
		.mtime = stamp(&stx->stx_mtime),
		.ctime = stamp(&stx->stx_ctime),
		.btime = stx->stx_mask & STATX_BTIME ? stamp(&stx->stx_btime) : 0,
	};
}

static int host_stat(int fd, const char *name, int flags, struct os_stat *st)
{
	struct statx stx;
	int err = HOST(statx(fd, name, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME,
			     &stx));

	if (!err)
		take_statx(st, &stx);
	return err;
}

/* Of an open file. */
int os_file_stat(int fd, struct os_stat *st)
{
	return host_stat(fd, "", AT_EMPTY_PATH, st);
}

/* Of an entry. */
int os_file_stat_at(int dirfd, const char *name, struct os_stat *st)
{
	return host_stat(dirfd, name, AT_SYMLINK_NOFOLLOW, st);
}

/* Of the file system that the file is on. */
int os_file_statfs(int fd, struct os_statfs *st)
{
	struct statfs host;
	int err = HOST(fstatfs(fd, &host));

	if (err)
		return err;
	*st = (struct os_statfs){
		.type = (unsigned long)host.f_type,
		.bsize = host.f_bsize,
		.frsize = host.f_frsize,
		.blocks = host.f_blocks,
		.bfree = host.f_bfree,
		.bavail = host.f_bavail,
		.files = host.f_files,
		.ffree = host.f_ffree,
		.namelen = host.f_namelen,
	};
	return 0;
}

/* Permission bits. */
int os_file_chmod(int fd, u32 mode)
{
	struct fd_name name;

	return HOST(fchmodat(AT_FDCWD, fd_name(&name, fd), mode, 0));
}

/* Also of symbolic links. */
int os_file_chown(int fd, u32 uid, u32 gid)
{
	return HOST(fchownat(fd, "", uid, gid, AT_EMPTY_PATH));
}

static struct timespec host_time(s64 ns)
{
	struct timespec ts = { ns / NS_PER_SEC, ns % NS_PER_SEC };

	if (ns == OS_TIME_OMIT)
		return (struct timespec){ 0, UTIME_OMIT };
	if (ts.tv_nsec < 0) {
		ts.tv_nsec += NS_PER_SEC;
		ts.tv_sec--;
	}
	return ts;
}

/* Also of symbolic links, where the host knows AT_EMPTY_PATH here. */
int os_file_utimes(int fd, s64 atime, s64 mtime)
{
	struct timespec ts[2] = { host_time(atime), host_time(mtime) };
	struct fd_name name;
	int err = HOST(utimensat(fd, "", ts, AT_EMPTY_PATH));

	if (err == -EINVAL || err == -ENOENT)
		err = HOST(utimensat(AT_FDCWD, fd_name(&name, fd), ts, 0));
	return err;
}

/* Not of symbolic links, as all four. */
ssize_t os_file_getxattr(int fd, const char *attr, void *value, size_t size)
{
	struct fd_name name;

	return HOST(getxattr(fd_name(&name, fd), attr, value, size));
}

/* Linux 6.13 and later, on every CPU: include/uapi/linux/xattr.h, scripts/syscall.tbl. */
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#endif
struct host_xattr_args {
	u64 value __attribute__((aligned(8)));
	u32 size, flags;
};

static ssize_t getxattr_by_path(int dirfd, const char *name, const char *attr, void *value,
				size_t size)
{
	char path[sizeof(struct fd_name) + NAME_MAX + 2];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	return HOST(lgetxattr(path, attr, value, size));
}

/* Of an entry, which is not followed if it is a symbolic link.  The way over /proc takes more than
 * twice as long. */
ssize_t os_file_getxattr_at(int dirfd, const char *name, const char *attr, void *value, size_t size)
{
	struct host_xattr_args args = { .value = (uintptr_t)value, .size = (u32)size };
	static bool unknown;
	ssize_t n;

	if (!unknown) {
		n = HOST(syscall(SYS_getxattrat, dirfd, name, AT_SYMLINK_NOFOLLOW, attr, &args,
				 sizeof(args)));
		if (n != -ENOSYS && n != -EPERM)
			return n;
		unknown = n == -ENOSYS;
	}
	return getxattr_by_path(dirfd, name, attr, value, size);
}

/* flags: XATTR_CREATE, XATTR_REPLACE. */
int os_file_setxattr(int fd, const char *attr, const void *value, size_t size, int flags)
{
	struct fd_name name;

	return HOST(setxattr(fd_name(&name, fd), attr, value, size, flags));
}

/* Names, each with its NUL. */
ssize_t os_file_listxattr(int fd, char *list, size_t size)
{
	struct fd_name name;

	return HOST(listxattr(fd_name(&name, fd), list, size));
}

/* -ENODATA if there is none. */
int os_file_removexattr(int fd, const char *attr)
{
	struct fd_name name;

	return HOST(removexattr(fd_name(&name, fd), attr));
}

/* --- directories */

/* A new directory. */
int os_dir_mkdir(int dirfd, const char *name, u32 mode)
{
	return HOST(mkdirat(dirfd, name, mode));
}

/* A new symbolic link. */
int os_dir_symlink(const char *target, int dirfd, const char *name)
{
	return HOST(symlinkat(target, dirfd, name));
}

/* Another name for the file of fd, which may be a symbolic link: the walk ends at what the
 * /proc link stands for. */
int os_dir_link(int fd, int dirfd, const char *name)
{
	struct fd_name from;

	return HOST(linkat(AT_FDCWD, fd_name(&from, fd), dirfd, name, AT_SYMLINK_FOLLOW));
}

/* Removes an entry. */
int os_dir_unlink(int dirfd, const char *name, bool dir)
{
	return HOST(unlinkat(dirfd, name, dir ? AT_REMOVEDIR : 0));
}

/* flags: RENAME_NOREPLACE, RENAME_EXCHANGE. */
int os_dir_rename(int odir, const char *oname, int ndir, const char *nname, unsigned flags)
{
	if (!flags)
		return HOST(renameat(odir, oname, ndir, nname));
	return HOST(renameat2(odir, oname, ndir, nname, flags));
}

/* The link's text, without a NUL. */
ssize_t os_dir_readlink(int fd, char *buf, size_t size)
{
	return HOST(readlinkat(fd, "", buf, size));
}

/* The host keeps entries whole: each ends inside the buffer. */
static const struct dirent64 *entry_at(const void *buf, size_t at)
{
	return (const void *)((const char *)buf + at);
}

ssize_t os_dir_read(int fd, void *buf, size_t size, s64 *next)
{
	ssize_t n = HOST(syscall(SYS_getdents64, fd, buf, size)), at;

	for (at = 0; at < n; at += entry_at(buf, at)->d_reclen)
		*next = entry_at(buf, at)->d_off;
	return n;
}

void os_dir_each(const void *buf, size_t n,
		 bool (*emit)(void *arg, const char *name, size_t len, u64 ino, unsigned type,
			      s64 next),
		 void *arg)
{
	size_t at;

	for (at = 0; at < n; at += entry_at(buf, at)->d_reclen) {
		const struct dirent64 *d = entry_at(buf, at);

		if (!emit(arg, d->d_name, strlen(d->d_name), d->d_ino, d->d_type, d->d_off))
			break;
	}
}

/* --- data */

/* At most the host's IOV_MAX pieces. */
ssize_t os_file_preadv(int fd, const struct os_iov *iov, unsigned nr, u64 offset, bool now)
{
	const struct iovec *vec = (const struct iovec *)iov;

	if (now)
		return HOST(preadv2(fd, vec, nr, offset, RWF_NOWAIT));
	return HOST(preadv(fd, vec, nr, offset));
}

/* At most the host's IOV_MAX pieces. */
ssize_t os_file_pwritev(int fd, const struct os_iov *iov, unsigned nr, u64 offset)
{
	return HOST(pwritev(fd, (const struct iovec *)iov, nr, offset));
}

/* May write less. */
ssize_t os_file_pwrite(int fd, const void *buf, size_t n, u64 offset)
{
	return HOST(pwrite(fd, buf, n, offset));
}

/* fd is open for writing. */
int os_file_truncate(int fd, u64 size)
{
	return HOST(ftruncate(fd, size));
}

/* fd is open for writing; mode: FALLOC_FL_*. */
int os_file_fallocate(int fd, int mode, u64 offset, u64 len)
{
	return HOST(fallocate(fd, mode, offset, len));
}

/* May take long. */
int os_file_sync(int fd, bool datasync)
{
	return datasync ? HOST(fdatasync(fd)) : HOST(fsync(fd));
}

/* May take very long. */
int os_file_syncfs(int fd)
{
	return HOST(syncfs(fd));
}

/* Moves the descriptor's position, which K uses for nothing. */
s64 os_file_seek(int fd, s64 offset, int whence)
{
	off_t ret;

	do
		ret = lseek(fd, offset, whence);
	while (ret == -1 && errno == EINTR);
	return ret == -1 ? -errno : ret;
}
