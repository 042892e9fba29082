/*
 * New names: mkdir, mknod, symlink, link, and what K itself creates.
 *
 * create_begin finds the parent, locks it and checks that the name is free and may be made;
 * create_end lets go.  The vfs_* functions do the file system's operation and notify.
 */
#include <linux/inotify.h>

#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

#define S_PERMS 07777

/* May current make or remove names in the directory? */
int may_create(struct inode *dir)
{
	if (dir->flags & S_DEAD)
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

static int check_new_name(struct walk *w, struct dentry *dentry, bool is_dir)
{
	int err;

	if (dentry->inode)
		return -EEXIST;
	if (w->trailing && !is_dir)
		return -ENOENT;
	err = mnt_want_write(w->path.mnt);
	return err ? err : may_create(w->path.dentry->inode);
}

static int create_in(struct walk *w, bool is_dir, struct dentry **dentry)
{
	struct inode *dir = w->path.dentry->inode;
	int err;

	if (w->type != LAST_NORM)
		return -EEXIST;
	mutex_lock(&dir->lock);
	*dentry = lookup_one(w->path.dentry, w->last.name, w->last.len);
	if (IS_ERR(*dentry)) {
		err = PTR_ERR(*dentry);
		goto unlock;
	}
	err = check_new_name(w, *dentry, is_dir);
	if (!err)
		return 0;
	dput(*dentry);
unlock:
	mutex_unlock(&dir->lock);
	return err;
}

int create_begin(int dfd, const char *name, bool is_dir, struct path *parent,
		 struct dentry **dentry)
{
	struct walk w;
	int err = walk_init(&w, dfd, name, 0);

	if (err)
		return err;
	err = walk_parent(&w);
	if (!err)
		err = create_in(&w, is_dir, dentry);
	if (!err) {
		*parent = w.path;
		path_get(parent);
	}
	walk_end(&w);
	return err;
}

void create_end(struct path *parent, struct dentry *dentry)
{
	mutex_unlock(&parent->dentry->inode->lock);
	dput(dentry);
	path_put(parent);
}

/* --- the operations; the directory is locked */

static int may_make(struct inode *dir, struct dentry *dentry, bool supported)
{
	if (dentry->inode)
		return -EEXIST;
	if (dir->flags & S_DEAD)
		return -ENOENT;
	return supported ? 0 : -EPERM;
}

static void notify_new(struct inode *dir, struct dentry *dentry, bool is_dir)
{
	fsnotify_dir(dir, IN_CREATE, dentry->name.name, 0, is_dir);
}

int vfs_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = may_make(dir, dentry, dir->ops && dir->ops->create);

	if (err)
		return err == -EPERM ? -EACCES : err;
	err = dir->ops->create(dir, dentry, (mode & S_PERMS) | S_IFREG);
	if (!err)
		notify_new(dir, dentry, false);
	return err;
}

int vfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = may_make(dir, dentry, dir->ops && dir->ops->mkdir);

	if (!err)
		err = dir->ops->mkdir(dir, dentry, (mode & (0777 | S_ISVTX)) | S_IFDIR);
	if (!err)
		notify_new(dir, dentry, true);
	return err;
}

int vfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t dev)
{
	int err = may_make(dir, dentry, dir->ops && dir->ops->mknod);

	if (!err)
		err = dir->ops->mknod(dir, dentry, mode, dev);
	if (!err)
		notify_new(dir, dentry, false);
	return err;
}

int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	int err = may_make(dir, dentry, dir->ops && dir->ops->symlink);

	if (!err)
		err = dir->ops->symlink(dir, dentry, target);
	if (!err)
		notify_new(dir, dentry, false);
	return err;
}

static int may_link(struct inode *inode)
{
	if (inode->flags & (S_APPEND_INODE | S_IMMUTABLE_INODE))
		return -EPERM;
	if (S_ISDIR(inode->mode))
		return -EPERM;
	return inode->nlink || inode->flags & S_LINKABLE ? 0 : -ENOENT;
}

int vfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	int err = may_make(dir, dentry, true);

	if (!err && !old->inode)
		err = -ENOENT;
	if (!err && old->inode->sb != dir->sb)
		err = -EXDEV;
	if (!err && (!dir->ops || !dir->ops->link))
		err = -EPERM;
	if (!err)
		err = may_link(old->inode);
	if (!err)
		err = dir->ops->link(old, dir, dentry);
	if (err)
		return err;
	old->inode->flags &= ~S_LINKABLE;
	fsnotify_inode(old->inode, IN_ATTRIB);
	notify_new(dir, dentry, false);
	return 0;
}

/* --- by path, for the calls and for boot */

static int do_mkdir(int dfd, const char *name, umode_t mode)
{
	struct dentry *dentry;
	struct path parent;
	int err = create_begin(dfd, name, true, &parent, &dentry);

	if (err)
		return err;
	err = vfs_mkdir(parent.dentry->inode, dentry, mode_for_create(mode));
	create_end(&parent, dentry);
	return err;
}

static int may_mknod(umode_t mode, kdev_t dev)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFCHR:
		if (!dev)
			return 0;	/* a whiteout */
		/* fall through */
	case S_IFBLK:
		return capable(CAP_MKNOD) ? 0 : -EPERM;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

static int mknod_in(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t dev)
{
	int err = may_mknod(mode, dev);

	if (err)
		return err;
	mode = mode_for_create(mode & S_PERMS) | (mode & S_IFMT);
	if (!(mode & S_IFMT) || S_ISREG(mode))
		return vfs_create(dir, dentry, mode);
	return vfs_mknod(dir, dentry, mode, S_ISCHR(mode) || S_ISBLK(mode) ? dev : 0);
}

static int do_mknod(int dfd, const char *name, umode_t mode, kdev_t dev)
{
	struct dentry *dentry;
	struct path parent;
	int err;

	if (S_ISDIR(mode))
		return -EPERM;
	if (may_mknod(mode, dev) == -EINVAL)
		return -EINVAL;
	err = create_begin(dfd, name, false, &parent, &dentry);
	if (err)
		return err;
	err = mknod_in(parent.dentry->inode, dentry, mode, dev);
	create_end(&parent, dentry);
	return err;
}

/* mkdir for K itself. */
int kern_mkdir(const char *path, umode_t mode)
{
	return do_mkdir(AT_FDCWD, path, mode);
}

/* mknod for K itself. */
int kern_mknod(const char *path, umode_t mode, kdev_t dev)
{
	return do_mknod(AT_FDCWD, path, mode, dev);
}

/* The node of a socket that is being bound; *bound is the caller's to path_put. */
int kern_mknod_socket(const char *path, umode_t mode, void *socket, struct path *bound)
{
	struct dentry *dentry;
	struct path parent;
	int err = create_begin(AT_FDCWD, path, false, &parent, &dentry);

	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	mode = S_IFSOCK | mode_for_create(mode & S_PERMS);
	err = vfs_mknod(parent.dentry->inode, dentry, mode, 0);
	if (!err) {
		dentry->inode->socket = socket;
		*bound = (struct path){ mnt_get(parent.mnt), dget(dentry) };
	}
	create_end(&parent, dentry);
	return err;
}

/* --- the calls */

static long mkdir_user(int dfd, uaddr_t name, umode_t mode)
{
	char *s = getname(name, 0);
	long err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	err = do_mkdir(dfd, s, mode);
	kfree(s);
	return err;
}

SYSCALL_DEFINE2(mkdir, A_PATH, uaddr_t, name, A_MODE, umode_t, mode)
{
	return mkdir_user(AT_FDCWD, name, mode);
}

SYSCALL_DEFINE3(mkdirat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_MODE, umode_t, mode)
{
	return mkdir_user(dfd, name, mode);
}

/* The user's 32-bit form of a device number: makedev(3). */
static kdev_t decode_dev(u32 dev)
{
	return MKDEV((dev & 0xfff00) >> 8, (dev & 0xff) | (dev >> 12 & 0xfff00));
}

static long mknod_user(int dfd, uaddr_t name, umode_t mode, u32 dev)
{
	char *s = getname(name, 0);
	long err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	err = do_mknod(dfd, s, mode & (S_IFMT | S_PERMS), decode_dev(dev));
	kfree(s);
	return err;
}

SYSCALL_DEFINE3(mknod, A_PATH, uaddr_t, name, A_MODE, umode_t, mode, A_DEV, unsigned, dev)
{
	return mknod_user(AT_FDCWD, name, mode, dev);
}

SYSCALL_DEFINE4(mknodat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_MODE, umode_t, mode, A_DEV,
		unsigned, dev)
{
	return mknod_user(dfd, name, mode, dev);
}

static int do_symlink(const char *target, int dfd, const char *name)
{
	struct dentry *dentry;
	struct path parent;
	int err = create_begin(dfd, name, false, &parent, &dentry);

	if (err)
		return err;
	err = vfs_symlink(parent.dentry->inode, dentry, target);
	create_end(&parent, dentry);
	return err;
}

static long symlink_user(uaddr_t target, int dfd, uaddr_t name)
{
	char *text = getname(target, 0), *s;
	long err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	s = getname(name, 0);
	err = IS_ERR(s) ? PTR_ERR(s) : do_symlink(text, dfd, s);
	if (!IS_ERR(s))
		kfree(s);
	kfree(text);
	return err;
}

SYSCALL_DEFINE2(symlink, A_STR, uaddr_t, target, A_PATH, uaddr_t, name)
{
	return symlink_user(target, AT_FDCWD, name);
}

SYSCALL_DEFINE3(symlinkat, A_STR, uaddr_t, target, A_DFD, int, dfd, A_PATH, uaddr_t, name)
{
	return symlink_user(target, dfd, name);
}

static int link_to(const struct path *old, int dfd, const char *name)
{
	struct dentry *dentry;
	struct path parent;
	int err = create_begin(dfd, name, false, &parent, &dentry);

	if (err)
		return err;
	err = -EXDEV;
	if (parent.mnt == old->mnt)
		err = vfs_link(old->dentry, parent.dentry->inode, dentry);
	create_end(&parent, dentry);
	return err;
}

static long link_user(int odfd, uaddr_t oldname, int ndfd, uaddr_t newname, int flags)
{
	unsigned lookup = 0;
	struct path old;
	char *s;
	long err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH) {
		if (!capable(CAP_DAC_READ_SEARCH))
			return -ENOENT;
		lookup |= LOOKUP_EMPTY;
	}
	if (flags & AT_SYMLINK_FOLLOW)
		lookup |= LOOKUP_FOLLOW;
	err = user_path_at(odfd, oldname, lookup, &old);
	if (err)
		return err;
	s = getname(newname, 0);
	err = IS_ERR(s) ? PTR_ERR(s) : link_to(&old, ndfd, s);
	if (!IS_ERR(s))
		kfree(s);
	path_put(&old);
	return err;
}

SYSCALL_DEFINE2(link, A_PATH, uaddr_t, oldname, A_PATH, uaddr_t, newname)
{
	return link_user(AT_FDCWD, oldname, AT_FDCWD, newname, 0);
}

SYSCALL_DEFINE5(linkat, A_DFD, int, odfd, A_PATH, uaddr_t, oldname, A_DFD, int, ndfd, A_PATH,
		uaddr_t, newname, A_ATFLAGS, int, flags)
{
	return link_user(odfd, oldname, ndfd, newname, flags);
}
