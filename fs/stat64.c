/*
 * The stat calls of 32-bit CPUs: stat64, whose sizes and inode numbers are wide, and the first
 * stat, from before there were 32-bit user ids.
 */
#include "um/cred.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

#if __NR_fstat64 != NR_NONE

static int put_stat64(uaddr_t to, const struct statx *stx)
{
	struct stat64 st;

	memset(&st, 0, sizeof(st));
	st.st_dev = encode_dev(stx->stx_dev_major, stx->stx_dev_minor);
	st.st_rdev = encode_dev(stx->stx_rdev_major, stx->stx_rdev_minor);
	st.st_ino = stx->stx_ino;
#ifdef STAT64_HAS_BROKEN_ST_INO
	st.__st_ino = (__typeof__(st.__st_ino))stx->stx_ino;
#endif
	st.st_mode = stx->stx_mode;
	st.st_nlink = stx->stx_nlink;
	st.st_uid = stx->stx_uid;
	st.st_gid = stx->stx_gid;
	st.st_size = (__typeof__(st.st_size))stx->stx_size;
	st.st_blksize = stx->stx_blksize;
	st.st_blocks = stx->stx_blocks;
	st.st_atime = (__typeof__(st.st_atime))stx->stx_atime.tv_sec;
	st.st_atime_nsec = stx->stx_atime.tv_nsec;
	st.st_mtime = (__typeof__(st.st_mtime))stx->stx_mtime.tv_sec;
	st.st_mtime_nsec = stx->stx_mtime.tv_nsec;
	st.st_ctime = (__typeof__(st.st_ctime))stx->stx_ctime.tv_sec;
	st.st_ctime_nsec = stx->stx_ctime.tv_nsec;
	return copy_to_user(to, &st, sizeof(st));
}

SYSCALL_DEFINE2(stat64, A_PATH, uaddr_t, name, A_PTR, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_path(AT_FDCWD, name, 0, &stx);

	return err ? err : put_stat64(buf, &stx);
}

SYSCALL_DEFINE2(lstat64, A_PATH, uaddr_t, name, A_PTR, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_path(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, &stx);

	return err ? err : put_stat64(buf, &stx);
}

SYSCALL_DEFINE2(fstat64, A_FD, int, fd, A_PTR, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_fd(fd, &stx);

	return err ? err : put_stat64(buf, &stx);
}

SYSCALL_DEFINE4(fstatat64, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_PTR, uaddr_t, buf, A_ATFLAGS,
		int, flags)
{
	struct statx stx;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	err = stat_path(dfd, name, flags, &stx);
	return err ? err : put_stat64(buf, &stx);
}

#endif

#if __NR_oldstat != NR_NONE

/* 8 bits of each half of a device number. */
static int encode_old_dev(u32 major, u32 minor)
{
	return major > 0xff || minor > 0xff ? -EOVERFLOW : (int)(major << 8 | minor);
}

static int put_old_stat(uaddr_t to, const struct statx *stx)
{
	struct __old_kernel_stat st;
	int dev = encode_old_dev(stx->stx_dev_major, stx->stx_dev_minor);
	int rdev = encode_old_dev(stx->stx_rdev_major, stx->stx_rdev_minor);

	if (dev < 0 || rdev < 0 || stx->stx_size > INT_MAX)
		return -EOVERFLOW;
	memset(&st, 0, sizeof(st));
	st.st_dev = (__typeof__(st.st_dev))dev;
	st.st_rdev = (__typeof__(st.st_rdev))rdev;
	STORE_OR_OVERFLOW(st.st_ino, stx->stx_ino);
	STORE_OR_OVERFLOW(st.st_nlink, stx->stx_nlink);
	st.st_mode = stx->stx_mode;
	st.st_uid = id_to_16(stx->stx_uid);
	st.st_gid = id_to_16(stx->stx_gid);
	st.st_size = (__typeof__(st.st_size))stx->stx_size;
	st.st_atime = (__typeof__(st.st_atime))stx->stx_atime.tv_sec;
	st.st_mtime = (__typeof__(st.st_mtime))stx->stx_mtime.tv_sec;
	st.st_ctime = (__typeof__(st.st_ctime))stx->stx_ctime.tv_sec;
	return copy_to_user(to, &st, sizeof(st));
}

SYSCALL_DEFINE2(oldstat, A_PATH, uaddr_t, name, A_PTR, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_path(AT_FDCWD, name, 0, &stx);

	return err ? err : put_old_stat(buf, &stx);
}

SYSCALL_DEFINE2(oldlstat, A_PATH, uaddr_t, name, A_PTR, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_path(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, &stx);

	return err ? err : put_old_stat(buf, &stx);
}

SYSCALL_DEFINE2(oldfstat, A_FD, int, fd, A_PTR, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_fd(fd, &stx);

	return err ? err : put_old_stat(buf, &stx);
}

#endif
