/* What file systems look like: statfs, ustat.  Inside K that is a struct statfs64. */
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

/* statfs(2)'s f_flags; the UAPI headers leave them to the C library. */
#define STATFS_VALID 0x20
#define STATFS_NOATIME 0x400
#define STATFS_NODIRATIME 0x800
#define STATFS_RELATIME 0x1000
#define STATFS_NOSYMFOLLOW 0x2000

static long statfs_flags(unsigned long flags)
{
	long st = STATFS_VALID | (flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC |
					   MS_SYNCHRONOUS | MS_MANDLOCK));

	st |= flags & MS_NOATIME ? STATFS_NOATIME : 0;
	st |= flags & MS_NODIRATIME ? STATFS_NODIRATIME : 0;
	st |= flags & MS_RELATIME ? STATFS_RELATIME : 0;
	st |= flags & MS_NOSYMFOLLOW ? STATFS_NOSYMFOLLOW : 0;
	return st;
}

int vfs_statfs(const struct path *path, struct statfs64 *st)
{
	struct super_block *sb = path->dentry->sb;
	int err = -ENOSYS;

	memset(st, 0, sizeof(*st));
	if (sb->ops && sb->ops->statfs)
		err = sb->ops->statfs(path->dentry, st);
	if (err)
		return err;
	if (!st->f_frsize)
		st->f_frsize = st->f_bsize;
	st->f_flags = statfs_flags(path->mnt->flags | sb->flags);
	return 0;
}

static int statfs_path(uaddr_t name, struct statfs64 *st)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = vfs_statfs(&path, st);
	path_put(&path);
	return err;
}

static int statfs_fd(int fd, struct statfs64 *st)
{
	struct file *file = fget(fd);
	int err;

	if (!file)
		return -EBADF;
	err = vfs_statfs(&file->path, st);
	fput(file);
	return err;
}

/* A number of files may be unknown: all ones, in any width. */
#define STORE_FILES(field, value)                                                                  \
	do {                                                                                       \
		if ((value) == (u64)-1)                                                            \
			(field) = (__typeof__(field))-1;                                           \
		else                                                                               \
			STORE_OR_OVERFLOW(field, value);                                           \
	} while (0)

/* The words of struct statfs are longs, or 32 bits. */
static int put_statfs(uaddr_t to, const struct statfs64 *st)
{
	struct statfs out;

	memset(&out, 0, sizeof(out));
	out.f_type = st->f_type;
	out.f_bsize = st->f_bsize;
	STORE_OR_OVERFLOW(out.f_blocks, st->f_blocks);
	STORE_OR_OVERFLOW(out.f_bfree, st->f_bfree);
	STORE_OR_OVERFLOW(out.f_bavail, st->f_bavail);
	STORE_FILES(out.f_files, st->f_files);
	STORE_FILES(out.f_ffree, st->f_ffree);
	out.f_fsid = st->f_fsid;
	out.f_namelen = st->f_namelen;
	out.f_frsize = st->f_frsize;
	out.f_flags = st->f_flags;
	return copy_to_user(to, &out, sizeof(out));
}

SYSCALL_DEFINE2(statfs, A_PATH, uaddr_t, name, A_PTR, uaddr_t, buf)
{
	struct statfs64 st;
	int err = statfs_path(name, &st);

	return err ? err : put_statfs(buf, &st);
}

SYSCALL_DEFINE2(fstatfs, A_FD, int, fd, A_PTR, uaddr_t, buf)
{
	struct statfs64 st;
	int err = statfs_fd(fd, &st);

	return err ? err : put_statfs(buf, &st);
}

SYSCALL_DEFINE3(statfs64, A_PATH, uaddr_t, name, A_SIZE, size_t, size, A_PTR, uaddr_t, buf)
{
	struct statfs64 st;
	int err = size == sizeof(st) ? statfs_path(name, &st) : -EINVAL;

	return err ? err : copy_to_user(buf, &st, sizeof(st));
}

SYSCALL_DEFINE3(fstatfs64, A_FD, int, fd, A_SIZE, size_t, size, A_PTR, uaddr_t, buf)
{
	struct statfs64 st;
	int err = size == sizeof(st) ? statfs_fd(fd, &st) : -EINVAL;

	return err ? err : copy_to_user(buf, &st, sizeof(st));
}

/* ustat(2)'s structure, as its manual page has it. */
struct ustat {
	__kernel_daddr_t f_tfree;
	unsigned long f_tinode;
	char f_fname[6];
	char f_fpack[6];
};

SYSCALL_DEFINE2(ustat, A_DEV, unsigned, dev, A_PTR, uaddr_t, buf)
{
	struct super_block *sb;
	struct ustat us = { 0 };
	struct statfs64 st = { 0 };
	int err = -EINVAL;

	list_for_each_entry(sb, &all_supers, node) {
		if (encode_dev(MAJOR(sb->dev), MINOR(sb->dev)) != dev)
			continue;
		sb->refs++;
		err = sb->ops->statfs(sb->root, &st);
		sb_put(sb);
		break;
	}
	if (err)
		return err;
	us.f_tfree = st.f_bfree;
	us.f_tinode = st.f_ffree;
	return copy_to_user(buf, &us, sizeof(us));
}
