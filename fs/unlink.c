/* Names that go: unlink and rmdir. */
#include <linux/inotify.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "internal.h"

static bool sticky_forbids(const struct inode *dir, const struct inode *victim)
{
	if (!(dir->mode & S_ISVTX))
		return false;
	return current_fsuid() != victim->uid && current_fsuid() != dir->uid &&
	       !capable(CAP_FOWNER);
}

/* May current remove the name (of a directory, if isdir) from dir?  unlink(2)'s ERRORS. */
int may_delete(struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = victim->inode;
	int err;

	if (!inode)
		return -ENOENT;
	err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (dir->flags & S_APPEND_INODE || sticky_forbids(dir, inode) ||
	    inode->flags & (S_APPEND_INODE | S_IMMUTABLE_INODE))
		return -EPERM;
	if (isdir && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (isdir && IS_ROOT(victim))
		return -EBUSY;
	if (!isdir && S_ISDIR(inode->mode))
		return -EISDIR;
	return dir->flags & S_DEAD ? -ENOENT : 0;
}

/* Removes a name that is not a directory's; dir is locked. */
int vfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	int err;

	if (!inode)
		return -ENOENT;
	if (!dir->ops || !dir->ops->unlink)
		return -EPERM;
	if (dentry->mounted)
		return -EBUSY;
	ihold(inode);
	err = dir->ops->unlink(dir, dentry);
	if (!err) {
		fsnotify_inode(inode, IN_ATTRIB);
		fsnotify_dir(dir, IN_DELETE, dentry->name.name, 0, false);
		if (dentry->inode == inode)
			d_delete(dentry);
	}
	iput(inode);
	return err;
}

/* Removes an empty directory; dir is locked. */
int vfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	int err;

	if (!inode)
		return -ENOENT;
	if (!dir->ops || !dir->ops->rmdir)
		return -EPERM;
	if (dentry->mounted)
		return -EBUSY;
	ihold(inode);
	err = dir->ops->rmdir(dir, dentry);
	if (!err) {
		inode->flags |= S_DEAD;
		d_invalidate_children(dentry);
		fsnotify_dir(dir, IN_DELETE, dentry->name.name, 0, true);
		if (dentry->inode == inode)
			d_delete(dentry);
	}
	iput(inode);
	return err;
}

static int rmdir_last_error(enum last_type type)
{
	switch (type) {
	case LAST_DOTDOT:
		return -ENOTEMPTY;
	case LAST_DOT:
		return -EINVAL;
	case LAST_ROOT:
		return -EBUSY;
	default:
		return 0;
	}
}

static int unlink_slashes_error(const struct dentry *dentry)
{
	if (!dentry->inode)
		return -ENOENT;
	return d_is_dir(dentry) ? -EISDIR : -ENOTDIR;
}

static int remove_checked(struct walk *w, struct dentry *dentry, bool isdir)
{
	struct inode *dir = w->path.dentry->inode;
	int err;

	if (!isdir && w->trailing)
		return unlink_slashes_error(dentry);
	if (!dentry->inode)
		return -ENOENT;
	err = mnt_want_write(w->path.mnt);
	if (!err)
		err = may_delete(dir, dentry, isdir);
	if (err)
		return err;
	return isdir ? vfs_rmdir(dir, dentry) : vfs_unlink(dir, dentry);
}

static int remove_last(struct walk *w, bool isdir)
{
	struct inode *dir = w->path.dentry->inode;
	struct dentry *dentry;
	int err;

	if (w->type != LAST_NORM)
		return isdir ? rmdir_last_error(w->type) : -EISDIR;
	mutex_lock(&dir->lock);
	dentry = lookup_one(w->path.dentry, w->last.name, w->last.len);
	if (IS_ERR(dentry)) {
		mutex_unlock(&dir->lock);
		return PTR_ERR(dentry);
	}
	err = remove_checked(w, dentry, isdir);
	mutex_unlock(&dir->lock);
	dput(dentry);
	return err;
}

static long do_remove(int dfd, uaddr_t name, bool isdir)
{
	char *s = getname(name, 0);
	struct walk w;
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	err = walk_init(&w, dfd, s, 0);
	if (err)
		goto free;
	err = walk_parent(&w);
	if (!err)
		err = remove_last(&w, isdir);
	walk_end(&w);
free:
	kfree(s);
	return err;
}

SYSCALL_DEFINE1(unlink, A_PATH, uaddr_t, name)
{
	return do_remove(AT_FDCWD, name, false);
}

SYSCALL_DEFINE1(rmdir, A_PATH, uaddr_t, name)
{
	return do_remove(AT_FDCWD, name, true);
}

SYSCALL_DEFINE3(unlinkat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_ATFLAGS, int, flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	return do_remove(dfd, name, flags & AT_REMOVEDIR);
}
