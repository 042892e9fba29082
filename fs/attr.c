/*
 * Changing a file's attributes: what may change them (notify_change), chmod and chown.
 *
 * Rules: chmod(2), chown(2), utimensat(2), truncate(2).
 */
#include <linux/inotify.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "internal.h"

#define S_PERMS 07777
#define ID_UNCHANGED ((u32)-1)

/* --- what current may change */

static bool may_chown(const struct inode *inode, uid_t uid)
{
	return (current_fsuid() == inode->uid && uid == inode->uid) || capable(CAP_CHOWN);
}

static bool may_chgrp(const struct inode *inode, gid_t gid)
{
	if (current_fsuid() == inode->uid && (gid == inode->gid || in_group(gid)))
		return true;
	return capable(CAP_CHOWN);
}

static int check_new_size(struct inode *inode, loff_t size)
{
	u64 limit = rlimit(RLIMIT_FSIZE);

	if (size <= inode->size)
		return 0;
	if (limit != RLIM64_INFINITY && (u64)size > limit) {
		send_sig(SIGXFSZ, current);
		return -EFBIG;
	}
	return size > inode->sb->max_size ? -EFBIG : 0;
}

static int check_attr(struct inode *inode, struct iattr *attr)
{
	unsigned valid = attr->valid;
	int err;

	if (valid & ATTR_SIZE) {
		err = check_new_size(inode, attr->size);
		if (err)
			return err;
	}
	if (valid & ATTR_UID && !may_chown(inode, attr->uid))
		return -EPERM;
	if (valid & ATTR_GID && !may_chgrp(inode, attr->gid))
		return -EPERM;
	if (valid & ATTR_MODE) {
		gid_t gid = valid & ATTR_GID ? attr->gid : inode->gid;

		if (!inode_owner_or_capable(inode))
			return -EPERM;
		if (!in_group(gid) && !capable(CAP_FSETID))
			attr->mode &= ~S_ISGID;
	}
	if (valid & (ATTR_ATIME_SET | ATTR_MTIME_SET) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* --- set-id bits */

static umode_t killed_bits(const struct inode *inode, unsigned valid)
{
	umode_t mode = inode->mode, killed = 0;

	if (valid & ATTR_KILL_SUID)
		killed |= mode & S_ISUID;
	if (valid & ATTR_KILL_SGID &&
	    (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		killed |= S_ISGID;
	return killed;
}

/* Turns ATTR_KILL_* into a mode change where there is something to kill. */
static void resolve_kill(struct inode *inode, struct iattr *attr)
{
	umode_t killed = killed_bits(inode, attr->valid);

	attr->valid &= ~(ATTR_KILL_SUID | ATTR_KILL_SGID);
	if (!killed)
		return;
	if (!(attr->valid & ATTR_MODE))
		attr->mode = inode->mode;
	attr->valid |= ATTR_MODE;
	attr->mode &= ~killed;
}

static void fill_times(struct iattr *attr)
{
	u64 now = current_time();

	attr->valid |= ATTR_CTIME;
	attr->ctime = now;
	if (!(attr->valid & ATTR_ATIME_SET))
		attr->atime = now;
	if (!(attr->valid & ATTR_MTIME_SET))
		attr->mtime = now;
}

/* Puts attributes into the inode in memory. */
void setattr_copy(struct inode *inode, const struct iattr *attr)
{
	if (attr->valid & ATTR_UID)
		inode->uid = attr->uid;
	if (attr->valid & ATTR_GID)
		inode->gid = attr->gid;
	if (attr->valid & ATTR_MODE)
		inode->mode = (inode->mode & S_IFMT) | (attr->mode & S_PERMS);
	if (attr->valid & ATTR_ATIME)
		inode->times.atime = attr->atime;
	if (attr->valid & ATTR_MTIME)
		inode->times.mtime = attr->mtime;
	if (attr->valid & ATTR_CTIME)
		inode->times.ctime = attr->ctime;
}

static int apply_attr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;

	if (inode->ops && inode->ops->setattr)
		return inode->ops->setattr(dentry, attr);
	if (attr->valid & ATTR_SIZE)
		return -EINVAL;
	setattr_copy(inode, attr);
	return 0;
}

static void notify_attr(struct dentry *dentry, unsigned valid)
{
	if (valid & ATTR_SIZE)
		fsnotify_dentry(dentry, IN_MODIFY);
	if (valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		fsnotify_dentry(dentry, IN_ATTRIB);
	else if ((valid & (ATTR_ATIME | ATTR_MTIME)) == (ATTR_ATIME | ATTR_MTIME))
		fsnotify_dentry(dentry, IN_ATTRIB);
	else if (valid & ATTR_ATIME)
		fsnotify_dentry(dentry, IN_ACCESS);
	else if (valid & ATTR_MTIME && !(valid & ATTR_SIZE))
		fsnotify_dentry(dentry, IN_MODIFY);
}

/* Changes attributes as current, if it may; times are filled in. */
int notify_change(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	int err;

	if (!inode)
		return -ENOENT;
	if (attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_ATIME_SET | ATTR_MTIME_SET) &&
	    inode->flags & (S_IMMUTABLE_INODE | S_APPEND_INODE))
		return -EPERM;
	err = check_attr(inode, attr);
	if (err)
		return err;
	/* A truncation takes the bits away whoever does it; chown is for the owner. */
	if (!(attr->valid & ATTR_SIZE) && killed_bits(inode, attr->valid) &&
	    !inode_owner_or_capable(inode))
		return -EPERM;
	resolve_kill(inode, attr);
	fill_times(attr);
	err = apply_attr(dentry, attr);
	if (!err)
		notify_attr(dentry, attr->valid);
	return err;
}

/* A write takes the set-id bits away, unless the writer may keep them. */
int file_remove_privs(struct file *file)
{
	struct dentry *dentry = file->path.dentry;
	struct iattr attr = { .valid = ATTR_KILL_SUID | ATTR_KILL_SGID };

	if (!dentry->inode || !S_ISREG(dentry->inode->mode))
		return 0;
	if (!killed_bits(dentry->inode, attr.valid) || capable(CAP_FSETID))
		return 0;
	/* Not the owner's wish but the write's effect: no permission is asked. */
	resolve_kill(dentry->inode, &attr);
	fill_times(&attr);
	return apply_attr(dentry, &attr);
}

/* --- chmod */

static int chmod_path(const struct path *path, umode_t mode)
{
	struct inode *inode = path->dentry->inode;
	struct iattr attr = { .valid = ATTR_MODE };
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	if (S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	attr.mode = (mode & S_PERMS) | (inode->mode & ~S_PERMS);
	return notify_change(path->dentry, &attr);
}

static long chmod_user(int dfd, uaddr_t name, umode_t mode)
{
	struct path path;
	int err = user_path_at(dfd, name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = chmod_path(&path, mode);
	path_put(&path);
	return err;
}

SYSCALL_DEFINE2(chmod, A_PATH, uaddr_t, name, A_MODE, umode_t, mode)
{
	return chmod_user(AT_FDCWD, name, mode);
}

SYSCALL_DEFINE3(fchmodat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_MODE, umode_t, mode)
{
	return chmod_user(dfd, name, mode);
}

SYSCALL_DEFINE2(fchmod, A_FD, int, fd, A_MODE, umode_t, mode)
{
	struct file *file = fget_io(fd);
	int err;

	if (!file)
		return -EBADF;
	err = chmod_path(&file->path, mode);
	fput(file);
	return err;
}

/* --- chown */

static int chown_path(const struct path *path, uid_t uid, gid_t gid)
{
	struct inode *inode = path->dentry->inode;
	struct iattr attr = { .valid = ATTR_CTIME, .uid = uid, .gid = gid };
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	if (uid != ID_UNCHANGED)
		attr.valid |= ATTR_UID;
	if (gid != ID_UNCHANGED)
		attr.valid |= ATTR_GID;
	if (!S_ISDIR(inode->mode))
		attr.valid |= ATTR_KILL_SUID | ATTR_KILL_SGID;
	return notify_change(path->dentry, &attr);
}

static long chown_user(int dfd, uaddr_t name, uid_t uid, gid_t gid, int flags)
{
	unsigned lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct path path;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(dfd, name, lookup, &path);
	if (err)
		return err;
	err = chown_path(&path, uid, gid);
	path_put(&path);
	return err;
}

SYSCALL_ID3(chown, chown32, A_PATH, uaddr_t, name, A_UID, uid_t, uid, A_UID, gid_t, gid)
{
	return chown_user(AT_FDCWD, name, uid, gid, 0);
}

SYSCALL_ID3(lchown, lchown32, A_PATH, uaddr_t, name, A_UID, uid_t, uid, A_UID, gid_t, gid)
{
	return chown_user(AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

SYSCALL_DEFINE5(fchownat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_UID, uid_t, uid, A_UID, gid_t,
		gid, A_ATFLAGS, int, flags)
{
	return chown_user(dfd, name, uid, gid, flags);
}

SYSCALL_ID3(fchown, fchown32, A_FD, int, fd, A_UID, uid_t, uid, A_UID, gid_t, gid)
{
	struct file *file = fget_io(fd);
	int err;

	if (!file)
		return -EBADF;
	err = chown_path(&file->path, uid, gid);
	fput(file);
	return err;
}
