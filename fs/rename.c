/*
 * rename.
 *
 * Locks: the tree lock first if two directories take part (so that no directory can be moved
 * below itself meanwhile), then the directories by address.
 */
#include <linux/inotify.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "internal.h"

static struct mutex rename_lock = MUTEX_INIT(rename_lock);

struct rename {
	struct walk from, to;
	struct dentry *old, *new;
	unsigned flags;
};

static void lock_dirs(struct inode *a, struct inode *b)
{
	if (a == b) {
		mutex_lock(&a->lock);
		return;
	}
	mutex_lock(&rename_lock);
	mutex_lock(a < b ? &a->lock : &b->lock);
	mutex_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_dirs(struct inode *a, struct inode *b)
{
	mutex_unlock(&a->lock);
	if (a == b)
		return;
	mutex_unlock(&b->lock);
	mutex_unlock(&rename_lock);
}

static void rename_done(struct inode *odir, struct dentry *old, struct inode *ndir,
			struct dentry *new, struct inode *target, unsigned flags)
{
	bool exchange = flags & RENAME_EXCHANGE;
	char *oname = kstrdup(old->name.name), *nname = kstrdup(new->name.name);

	if (target && !exchange) {
		if (S_ISDIR(target->mode)) {
			target->flags |= S_DEAD;
			d_invalidate_children(new);
		} else {
			fsnotify_inode(target, IN_ATTRIB);
		}
	}
	if (exchange)
		d_exchange(old, new);
	else
		d_move(old, new);
	fsnotify_move(odir, oname, ndir, nname, old->inode);
	if (exchange)
		fsnotify_move(ndir, nname, odir, oname, target);
	kfree(oname);
	kfree(nname);
}

/* Gives `old` the name of `new`, both in locked directories; checks what a file system relies
 * on and moves the dentries. */
int vfs_rename(struct inode *odir, struct dentry *old, struct inode *ndir, struct dentry *new,
	       unsigned flags)
{
	struct inode *target = new->inode;
	int err;

	if (!old->inode)
		return -ENOENT;
	if (old->inode == target)
		return 0;
	if (!odir->ops || !odir->ops->rename)
		return -EPERM;
	if (old->mounted || new->mounted)
		return -EBUSY;
	if (target)
		ihold(target);
	err = odir->ops->rename(odir, old, ndir, new, flags);
	if (!err)
		rename_done(odir, old, ndir, new, target, flags);
	iput(target);
	return err;
}

static int lookup_both(struct rename *r)
{
	r->old = lookup_one(r->from.path.dentry, r->from.last.name, r->from.last.len);
	if (IS_ERR(r->old))
		return PTR_ERR(r->old);
	r->new = lookup_one(r->to.path.dentry, r->to.last.name, r->to.last.len);
	if (!IS_ERR(r->new))
		return 0;
	dput(r->old);
	return PTR_ERR(r->new);
}

static int check_existence(const struct rename *r)
{
	if (!r->old->inode)
		return -ENOENT;
	if (r->flags & RENAME_NOREPLACE && r->new->inode)
		return -EEXIST;
	if (r->flags & RENAME_EXCHANGE) {
		if (!r->new->inode)
			return -ENOENT;
		if (!d_is_dir(r->new) && r->to.trailing)
			return -ENOTDIR;
	}
	if (!d_is_dir(r->old)) {
		if (r->from.trailing)
			return -ENOTDIR;
		if (!(r->flags & RENAME_EXCHANGE) && r->to.trailing)
			return -ENOTDIR;
	}
	return 0;
}

/* A directory must not move below itself, nor over what it is in. */
static int check_loops(const struct rename *r)
{
	if (d_is_ancestor(r->old, r->to.path.dentry))
		return -EINVAL;
	if (d_is_ancestor(r->new, r->from.path.dentry))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int check_permissions(const struct rename *r)
{
	struct inode *odir = r->from.path.dentry->inode, *ndir = r->to.path.dentry->inode;
	bool isdir = d_is_dir(r->old);
	int err = may_delete(odir, r->old, isdir);

	if (err)
		return err;
	if (!r->new->inode)
		err = may_create(ndir);
	else if (r->flags & RENAME_EXCHANGE)
		err = may_delete(ndir, r->new, d_is_dir(r->new));
	else
		err = may_delete(ndir, r->new, isdir);
	if (err || odir == ndir)
		return err;
	/* A moved directory's ".." changes. */
	if (isdir)
		err = inode_permission(r->old->inode, MAY_WRITE);
	if (!err && r->flags & RENAME_EXCHANGE && d_is_dir(r->new))
		err = inode_permission(r->new->inode, MAY_WRITE);
	return err;
}

static int rename_locked(struct rename *r)
{
	struct inode *odir = r->from.path.dentry->inode, *ndir = r->to.path.dentry->inode;
	int err = lookup_both(r);

	if (err)
		return err;
	err = check_existence(r);
	if (!err)
		err = check_loops(r);
	if (!err && r->old->inode != r->new->inode)
		err = check_permissions(r);
	if (!err)
		err = vfs_rename(odir, r->old, ndir, r->new, r->flags);
	dput(r->new);
	dput(r->old);
	return err;
}

static int rename_parents(struct rename *r)
{
	struct inode *odir, *ndir;
	int err;

	if (r->from.path.mnt != r->to.path.mnt)
		return -EXDEV;
	if (r->from.type != LAST_NORM)
		return -EBUSY;
	if (r->to.type != LAST_NORM)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	err = mnt_want_write(r->from.path.mnt);
	if (err)
		return err;
	odir = r->from.path.dentry->inode;
	ndir = r->to.path.dentry->inode;
	lock_dirs(odir, ndir);
	err = rename_locked(r);
	unlock_dirs(odir, ndir);
	return err;
}

static int do_rename(int odfd, const char *old, int ndfd, const char *new, unsigned flags)
{
	struct rename *r = kzalloc_type(struct rename);
	int err;

	r->flags = flags;
	err = walk_init(&r->from, odfd, old, 0);
	if (err)
		goto free;
	err = walk_parent(&r->from);
	if (err)
		goto end_from;
	err = walk_init(&r->to, ndfd, new, 0);
	if (err)
		goto end_from;
	err = walk_parent(&r->to);
	if (!err)
		err = rename_parents(r);
	walk_end(&r->to);
end_from:
	walk_end(&r->from);
free:
	kfree(r);
	return err;
}

static long rename_user(int odfd, uaddr_t oldname, int ndfd, uaddr_t newname, unsigned flags)
{
	char *old, *new;
	long err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE && flags & (RENAME_NOREPLACE | RENAME_WHITEOUT))
		return -EINVAL;
	old = getname(oldname, 0);
	if (IS_ERR(old))
		return PTR_ERR(old);
	new = getname(newname, 0);
	err = IS_ERR(new) ? PTR_ERR(new) : do_rename(odfd, old, ndfd, new, flags);
	if (!IS_ERR(new))
		kfree(new);
	kfree(old);
	return err;
}

SYSCALL_DEFINE2(rename, A_PATH, uaddr_t, oldname, A_PATH, uaddr_t, newname)
{
	return rename_user(AT_FDCWD, oldname, AT_FDCWD, newname, 0);
}

SYSCALL_DEFINE4(renameat, A_DFD, int, odfd, A_PATH, uaddr_t, oldname, A_DFD, int, ndfd, A_PATH,
		uaddr_t, newname)
{
	return rename_user(odfd, oldname, ndfd, newname, 0);
}

SYSCALL_DEFINE5(renameat2, A_DFD, int, odfd, A_PATH, uaddr_t, oldname, A_DFD, int, ndfd, A_PATH,
		uaddr_t, newname, A_HEX, unsigned, flags)
{
	return rename_user(odfd, oldname, ndfd, newname, flags);
}
