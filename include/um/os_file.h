/*
 * The host's files.  os/file.c
 *
 * Names given here are single components, looked up in an open directory; nothing follows a
 * symbolic link but os_path_root.  All descriptors are close-on-exec.
 */
#ifndef UM_OS_FILE_H
#define UM_OS_FILE_H

#include "um/types.h"

struct os_stat {
	u64 dev, ino;
	u32 mode, nlink, uid, gid;
	u32 rdev_major, rdev_minor;
	u64 size, blocks;		/* blocks of 512 bytes */
	u32 blksize;
	u64 atime, mtime, ctime, btime;	/* ns since 1970, as s64; btime 0: unknown */
};

struct os_statfs {
	u64 type, bsize, frsize, blocks, bfree, bavail, files, ffree;
	u32 namelen;
};

/* Laid out as the host's struct iovec. */
struct os_iov {
	void *base;
	size_t len;
};

/* Once, before the others: new files get the modes that are asked for, and a write over the
 * host's limits is an error, not a signal. */
void os_file_init(void);
unsigned os_fd_limit(void);			/* how many descriptors K may have */
u32 os_host_uid(void);
u32 os_host_gid(void);

/* --- descriptors.  A "path" one names a file without opening it (O_PATH). */
int os_path_root(const char *path);		/* a path one of K's own choice, links followed */
int os_path_open(int dirfd, const char *name);	/* a path one, of the entry itself */
int os_path_of(int fd);				/* a path one of an open file */
enum { OS_READ = 1, OS_WRITE = 2 };
int os_file_reopen(int fd, unsigned access);	/* opens what fd names: a file or directory only */
int os_file_open_read(int dirfd, const char *name);	/* the entry; the caller
							   checks what it got */
int os_file_create(int dirfd, const char *name, u32 mode);	/* new, for both; -EEXIST */
int os_file_tmp(int dirfd, u32 mode);		/* nameless, for both */

/* --- attributes; fd may be a path one */
int os_file_stat(int fd, struct os_stat *st);
int os_file_stat_at(int dirfd, const char *name, struct os_stat *st);
int os_file_statfs(int fd, struct os_statfs *st);
int os_file_chmod(int fd, u32 mode);		/* not of a symbolic link */
int os_file_chown(int fd, u32 uid, u32 gid);
#define OS_TIME_OMIT INT64_MAX
int os_file_utimes(int fd, s64 atime, s64 mtime);	/* ns */
ssize_t os_file_getxattr(int fd, const char *name, void *value, size_t size);
ssize_t os_file_getxattr_at(int dirfd, const char *name, const char *attr, void *value, size_t size);
int os_file_setxattr(int fd, const char *name, const void *value, size_t size, int flags);
ssize_t os_file_listxattr(int fd, char *list, size_t size);
int os_file_removexattr(int fd, const char *name);

/* --- directories */
int os_dir_mkdir(int dirfd, const char *name, u32 mode);
int os_dir_symlink(const char *target, int dirfd, const char *name);
int os_dir_link(int fd, int dirfd, const char *name);
int os_dir_unlink(int dirfd, const char *name, bool dir);
int os_dir_rename(int odir, const char *oname, int ndir, const char *nname, unsigned flags);
ssize_t os_dir_readlink(int fd, char *buf, size_t size);	/* fd names the link itself */
/* Reads as many entries as the buffer holds, from where the last read has ended.  Bytes, 0 at the
 * end, or -errno; *next: the position behind them. */
ssize_t os_dir_read(int fd, void *buf, size_t size, s64 *next);
/* Hands each entry of n bytes so read to `emit`, with the position behind it, until that returns
 * false. */
void os_dir_each(const void *buf, size_t n,
		 bool (*emit)(void *arg, const char *name, size_t len, u64 ino, unsigned type,
			      s64 next),
		 void *arg);

/* --- data */
/* now: -EAGAIN rather than waiting for a disk; -EOPNOTSUPP where the host cannot tell. */
ssize_t os_file_preadv(int fd, const struct os_iov *iov, unsigned nr, u64 offset, bool now);
ssize_t os_file_pwritev(int fd, const struct os_iov *iov, unsigned nr, u64 offset);
ssize_t os_file_pwrite(int fd, const void *buf, size_t n, u64 offset);
int os_file_truncate(int fd, u64 size);
int os_file_fallocate(int fd, int mode, u64 offset, u64 len);
int os_file_sync(int fd, bool datasync);
int os_file_syncfs(int fd);			/* the whole file system of an open file */
s64 os_file_seek(int fd, s64 offset, int whence);

#endif
