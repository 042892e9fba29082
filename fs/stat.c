/*
 * What files look like: the stat family, readlink.  Older and 32-bit forms are in stat64.c.
 *
 * Inside K a file's looks are a struct statx; each call converts it into its own structure.
 */
#include "um/cred.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

static struct statx_timestamp to_statx_time(u64 ns)
{
	s64 t = (s64)ns, sec = t / (s64)NSEC_PER_SEC, rest = t % (s64)NSEC_PER_SEC;

	if (rest < 0) {
		rest += NSEC_PER_SEC;
		sec--;
	}
	return (struct statx_timestamp){ .tv_sec = sec, .tv_nsec = rest };
}

/* The inode's fields as they are. */
void fill_stat(struct inode *inode, struct statx *stx)
{
	*stx = (struct statx){
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = inode->sb->blocksize,
		.stx_nlink = inode->nlink,
		.stx_uid = inode->uid,
		.stx_gid = inode->gid,
		.stx_mode = inode->mode,
		.stx_ino = inode->ino,
		.stx_size = inode->size,
		.stx_blocks = inode->blocks,
		.stx_atime = to_statx_time(inode->times.atime),
		.stx_mtime = to_statx_time(inode->times.mtime),
		.stx_ctime = to_statx_time(inode->times.ctime),
		.stx_rdev_major = MAJOR(inode->rdev),
		.stx_rdev_minor = MINOR(inode->rdev),
		.stx_dev_major = MAJOR(inode->sb->dev),
		.stx_dev_minor = MINOR(inode->sb->dev),
	};
	if (inode->times.btime) {
		stx->stx_btime = to_statx_time(inode->times.btime);
		stx->stx_mask |= STATX_BTIME;
	}
	stx->stx_attributes_mask = STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_MOUNT_ROOT;
	if (inode->flags & S_IMMUTABLE_INODE)
		stx->stx_attributes |= STATX_ATTR_IMMUTABLE;
	if (inode->flags & S_APPEND_INODE)
		stx->stx_attributes |= STATX_ATTR_APPEND;
}

/* A file's looks, brought up to date first.  May sleep. */
int vfs_getattr(const struct path *path, struct statx *stx)
{
	struct inode *inode = path->dentry->inode;
	int err = 0;

	if (!inode)
		return -ENOENT;
	if (inode->ops && inode->ops->getattr)
		err = inode->ops->getattr(inode);
	if (err)
		return err;
	fill_stat(inode, stx);
	stx->stx_mnt_id = path->mnt->id;
	stx->stx_mask |= STATX_MNT_ID;
	if (path->mnt->root == path->dentry)
		stx->stx_attributes |= STATX_ATTR_MOUNT_ROOT;
	return 0;
}

int stat_path(int dfd, uaddr_t name, int flags, struct statx *stx)
{
	struct path path;
	int err = user_path_flags(dfd, name, flags, &path);
	if (err)
		return err;
	err = vfs_getattr(&path, stx);
	path_put(&path);
	return err;
}

int stat_fd(int fd, struct statx *stx)
{
	struct file *file = fget(fd);
	int err;

	if (!file)
		return -EBADF;
	err = vfs_getattr(&file->path, stx);
	fput(file);
	return err;
}

static int put_stat(uaddr_t to, const struct statx *stx)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	st.st_dev = encode_dev(stx->stx_dev_major, stx->stx_dev_minor);
	st.st_rdev = encode_dev(stx->stx_rdev_major, stx->stx_rdev_minor);
	STORE_OR_OVERFLOW(st.st_ino, stx->stx_ino);
	STORE_OR_OVERFLOW(st.st_nlink, stx->stx_nlink);
	if (stx->stx_size > LONG_MAX)
		return -EOVERFLOW;
	st.st_size = (long)stx->stx_size;
	st.st_mode = stx->stx_mode;
	st.st_uid = sizeof(st.st_uid) < sizeof(u32) ? id_to_16(stx->stx_uid) : stx->stx_uid;
	st.st_gid = sizeof(st.st_gid) < sizeof(u32) ? id_to_16(stx->stx_gid) : stx->stx_gid;
	st.st_blksize = stx->stx_blksize;
	st.st_blocks = (unsigned long)stx->stx_blocks;
	st.st_atime = stx->stx_atime.tv_sec;
	st.st_atime_nsec = stx->stx_atime.tv_nsec;
	st.st_mtime = stx->stx_mtime.tv_sec;
	st.st_mtime_nsec = stx->stx_mtime.tv_nsec;
	st.st_ctime = stx->stx_ctime.tv_sec;
	st.st_ctime_nsec = stx->stx_ctime.tv_nsec;
	return copy_to_user(to, &st, sizeof(st));
}

SYSCALL_DEFINE2(stat, A_PATH, uaddr_t, name, A_STAT_OUT, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_path(AT_FDCWD, name, 0, &stx);

	return err ? err : put_stat(buf, &stx);
}

SYSCALL_DEFINE2(lstat, A_PATH, uaddr_t, name, A_STAT_OUT, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_path(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, &stx);

	return err ? err : put_stat(buf, &stx);
}

SYSCALL_DEFINE2(fstat, A_FD, int, fd, A_STAT_OUT, uaddr_t, buf)
{
	struct statx stx;
	int err = stat_fd(fd, &stx);

	return err ? err : put_stat(buf, &stx);
}

SYSCALL_DEFINE4(newfstatat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_STAT_OUT, uaddr_t, buf,
		A_ATFLAGS, int, flags)
{
	struct statx stx;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	err = stat_path(dfd, name, flags, &stx);
	return err ? err : put_stat(buf, &stx);
}

SYSCALL_DEFINE5(statx, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_ATFLAGS, int, flags, A_HEX,
		unsigned, mask, A_STATX_OUT, uaddr_t, buf)
{
	struct statx stx;
	int err;

	if (mask & STATX__RESERVED || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	err = stat_path(dfd, name, flags, &stx);
	return err ? err : copy_to_user(buf, &stx, sizeof(stx));
}

/* --- readlink */

static long put_link_text(struct dentry *dentry, uaddr_t buf, int size)
{
	char *text = dentry->inode->ops->readlink(dentry);
	long n;

	if (IS_ERR(text))
		return PTR_ERR(text);
	n = min(strlen(text), (size_t)size);
	if (copy_to_user(buf, text, n))
		n = -EFAULT;
	kfree(text);
	return n;
}

static long do_readlink(int dfd, uaddr_t name, uaddr_t buf, int size)
{
	struct path path;
	bool empty;
	char *s;
	long n;

	if (size <= 0)
		return -EINVAL;
	s = getname(name, LOOKUP_EMPTY);
	if (IS_ERR(s))
		return PTR_ERR(s);
	empty = !*s;
	n = path_lookup(dfd, s, LOOKUP_EMPTY, &path);
	kfree(s);
	if (n)
		return n;
	if (d_is_symlink(path.dentry)) {
		touch_atime_path(&path);
		n = put_link_text(path.dentry, buf, size);
	} else {
		n = empty ? -ENOENT : -EINVAL;
	}
	path_put(&path);
	return n;
}

SYSCALL_DEFINE3(readlink, A_PATH, uaddr_t, name, A_BUF_OUT, uaddr_t, buf, A_INT, int, size)
{
	return do_readlink(AT_FDCWD, name, buf, size);
}

SYSCALL_DEFINE4(readlinkat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_BUF_OUT, uaddr_t, buf, A_INT,
		int, size)
{
	return do_readlink(dfd, name, buf, size);
}
