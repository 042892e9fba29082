/*
 * overlay: making and removing names.
 *
 * The overlay directory is locked by the VFS.  Everything new is made in the upper layer, under
 * a whiteout's name by way of the work directory; what is removed leaves a whiteout where a
 * lower layer would show through.
 */
#include "um/kmalloc.h"
#include "um/sched.h"
#include "overlay.h"

/* What is to be made. */
struct ovl_new {
	umode_t mode;
	kdev_t rdev;
	const char *target;		/* symbolic links */
	struct dentry *link;		/* the real dentry of which it becomes another name */
};

static struct dentry *upper_of(const struct inode *dir)
{
	return ovl_i(dir)->upper;
}

static int make_real(struct inode *dir, struct dentry *dentry, const struct ovl_new *what)
{
	if (what->link)
		return vfs_link(what->link, dir, dentry);
	switch (what->mode & S_IFMT) {
	case S_IFREG:
		return vfs_create(dir, dentry, what->mode);
	case S_IFDIR:
		return vfs_mkdir(dir, dentry, what->mode);
	case S_IFLNK:
		return vfs_symlink(dir, dentry, what->target);
	}
	return vfs_mknod(dir, dentry, what->mode, what->rdev);
}

/* The group and the set-group-id bit that a file made in `dir` itself would have got. */
static int inherit_group(struct ovl_sb *sbi, const struct inode *dir, struct dentry *temp)
{
	struct iattr attr = { .valid = ATTR_GID, .gid = dir->gid };
	struct cred *saved;
	int err;

	if (!(dir->mode & S_ISGID))
		return 0;
	if (S_ISDIR(temp->inode->mode)) {
		attr.valid |= ATTR_MODE;
		attr.mode = temp->inode->mode | S_ISGID;
	}
	saved = ovl_begin_cred(sbi);
	err = ovl_real_setattr(temp, &attr);
	ovl_end_cred(saved);
	return err;
}

static struct dentry *temp_link(struct ovl_sb *sbi, struct dentry *real)
{
	struct inode *work = sbi->work.dentry->inode;
	struct dentry *temp = ovl_temp_whiteout(sbi);
	int err;

	if (IS_ERR(temp))
		return temp;
	mutex_lock(&work->lock);
	err = vfs_unlink(work, temp);
	if (!err) {
		struct dentry *again =
			lookup_one(sbi->work.dentry, temp->name.name, temp->name.len);

		dput(temp);
		temp = again;
		err = IS_ERR(temp) ? PTR_ERR(temp) : vfs_link(real, work, temp);
	}
	mutex_unlock(&work->lock);
	if (!err)
		return temp;
	if (!IS_ERR(temp))
		dput(temp);
	return ERR_PTR(err);
}

static int prepare_temp(struct inode *dir, struct dentry *temp, const struct ovl_new *what)
{
	struct ovl_sb *sbi = ovl_sb(dir->sb);
	int err = what->link ? 0 : inherit_group(sbi, dir, temp);

	if (!err && S_ISDIR(temp->inode->mode) && ovl_i(dir)->nr_lower)
		err = ovl_set_mark(sbi, temp, OVL_OPAQUE, "y");
	return err == -EOPNOTSUPP ? -EIO : err;
}

/* Where a whiteout is: the new thing is made elsewhere and takes its place. */
static struct dentry *make_over_whiteout(struct inode *dir, const struct qstr *name,
					 const struct ovl_new *what)
{
	struct ovl_sb *sbi = ovl_sb(dir->sb);
	struct dentry *temp = what->link ? temp_link(sbi, what->link) :
					   ovl_temp(sbi, what->mode, what->rdev, what->target);
	int err;

	if (IS_ERR(temp))
		return temp;
	err = prepare_temp(dir, temp, what);
	if (!err)
		err = ovl_place_temp(sbi, temp, upper_of(dir), name);
	if (!err)
		return temp;
	ovl_discard_temp(sbi, temp);
	return ERR_PTR(err);
}

/* The new upper dentry, with a reference. */
static struct dentry *make_upper(struct inode *dir, const struct qstr *name,
				 const struct ovl_new *what)
{
	struct dentry *upper = upper_of(dir), *new;
	bool whiteout;
	int err = 0;

	mutex_lock(&upper->inode->lock);
	new = lookup_one(upper, name->name, name->len);
	whiteout = !IS_ERR(new) && ovl_is_whiteout(new);
	if (!IS_ERR(new) && !whiteout)
		err = make_real(upper->inode, new, what);
	mutex_unlock(&upper->inode->lock);
	if (IS_ERR(new))
		return new;
	if (!err && !whiteout)
		return new;
	dput(new);
	return err ? ERR_PTR(err) : make_over_whiteout(dir, name, what);
}

static int make_entry(struct inode *dir, struct dentry *dentry, const struct ovl_new *what)
{
	int err = ovl_copy_up(dentry->parent, true);
	struct ovl_found found = { 0 };
	struct dentry *upper;
	struct inode *inode;

	if (err)
		return err;
	upper = make_upper(dir, &dentry->name, what);
	if (IS_ERR(upper))
		return PTR_ERR(upper);
	found.upper = upper;
	inode = ovl_get_inode(dir->sb, &found);
	ovl_copyattr(inode);
	ovl_copyattr(dir);
	d_instantiate(dentry, inode);
	return 0;
}

static int ovl_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct ovl_new what = { .mode = S_IFREG | (mode & 07777) };

	return make_entry(dir, dentry, &what);
}

static int ovl_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct ovl_new what = { .mode = S_IFDIR | (mode & 07777) };

	return make_entry(dir, dentry, &what);
}

/* A guest that made a whiteout by hand would see it vanish. */
static int ovl_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t rdev)
{
	struct ovl_new what = { .mode = mode & S_IFMT ? mode : mode | S_IFREG, .rdev = rdev };

	if (S_ISCHR(mode) && !rdev)
		return -EPERM;
	return make_entry(dir, dentry, &what);
}

static int ovl_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	struct ovl_new what = { .mode = S_IFLNK | 0777, .target = target };

	return make_entry(dir, dentry, &what);
}

static int ovl_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct ovl_sb *sbi = ovl_sb(dir->sb);
	struct ovl_new what = { 0 };
	int err = ovl_copy_up(old, true);

	if (err)
		return err;
	what.link = ovl_i(old->inode)->upper;
	what.link->inode->flags |= old->inode->flags & S_LINKABLE;
	err = make_entry(dir, dentry, &what);
	if (err)
		return err;
	ovl_set_mark(sbi, upper_of(dir), OVL_IMPURE, "y");
	ovl_copyattr(old->inode);
	return 0;
}

static int ovl_tmpfile(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = ovl_copy_up(dentry->parent, true);
	struct ovl_found found = { 0 };
	struct dentry *upper, *real;

	if (err)
		return err;
	upper = upper_of(dir);
	if (!upper->inode->ops->tmpfile)
		return -EOPNOTSUPP;
	real = d_alloc(upper, &dentry->name);
	mutex_lock(&upper->inode->lock);
	err = upper->inode->ops->tmpfile(upper->inode, real, mode);
	mutex_unlock(&upper->inode->lock);
	if (err) {
		dput(real);
		return err;
	}
	found.upper = real;
	d_instantiate(dentry, ovl_get_inode(dir->sb, &found));
	return 0;
}

/* --- removal */

static int remove_real(struct inode *dir, struct dentry *real)
{
	if (!real->inode)
		return 0;
	return S_ISDIR(real->inode->mode) ? vfs_rmdir(dir, real) : vfs_unlink(dir, real);
}

/* Is what the upper layer has under the name still the overlay inode's? */
static bool is_upper_of(const struct dentry *real, const struct inode *inode)
{
	const struct ovl_inode *oi = ovl_i(inode);

	return real->inode == (oi->upper ? oi->upper->inode : NULL);
}

/* Takes the name out of the upper layer; a directory is empty there. */
static int remove_upper(struct inode *dir, struct dentry *dentry)
{
	struct dentry *upper = upper_of(dir), *real;
	int err;

	mutex_lock(&upper->inode->lock);
	real = lookup_one(upper, dentry->name.name, dentry->name.len);
	if (IS_ERR(real)) {
		err = PTR_ERR(real);
	} else {
		err = is_upper_of(real, dentry->inode) ? remove_real(upper->inode, real) : -ESTALE;
		dput(real);
	}
	mutex_unlock(&upper->inode->lock);
	return err;
}

/* Hides the name; the whiteout was made before anything was removed, so that lack of room
 * changes nothing. */
static int remove_and_hide(struct inode *dir, struct dentry *dentry)
{
	struct ovl_sb *sbi = ovl_sb(dir->sb);
	struct dentry *whiteout = ovl_temp_whiteout(sbi);
	int err = 0;

	if (IS_ERR(whiteout))
		return PTR_ERR(whiteout);
	if (S_ISDIR(dentry->inode->mode))
		err = remove_upper(dir, dentry);
	if (!err)
		err = ovl_place_temp(sbi, whiteout, upper_of(dir), &dentry->name);
	if (err)
		ovl_discard_temp(sbi, whiteout);
	else
		dput(whiteout);
	return err;
}

static int remove_entry(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	int hide, err = ovl_copy_up(dentry->parent, true);

	if (err)
		return err;
	hide = ovl_lower_positive(dir, &dentry->name);
	if (hide < 0)
		return hide;
	/* A copy-up under way ends first; one that comes later finds the name gone. */
	mutex_lock(&ovl_i(inode)->copy_lock);
	if (S_ISDIR(inode->mode))
		err = ovl_check_empty(dentry);
	if (!err)
		err = hide ? remove_and_hide(dir, dentry) : remove_upper(dir, dentry);
	if (!err)
		ovl_lost_name(inode);
	mutex_unlock(&ovl_i(inode)->copy_lock);
	if (err && S_ISDIR(inode->mode) && ovl_i(inode)->upper)
		ovl_i(inode)->upper->inode->flags &= ~S_DEAD;
	ovl_copyattr(dir);
	return err;
}

const struct inode_ops ovl_dir_iops = {
	.lookup = ovl_lookup,
	.create = ovl_create,
	.mkdir = ovl_mkdir,
	.mknod = ovl_mknod,
	.symlink = ovl_symlink,
	.link = ovl_link,
	.unlink = remove_entry,
	.rmdir = remove_entry,
	.rename = ovl_rename,
	.tmpfile = ovl_tmpfile,
	.setattr = ovl_setattr,
	.getattr = ovl_getattr,
	.getxattr = ovl_getxattr,
	.setxattr = ovl_setxattr,
	.listxattr = ovl_listxattr,
	.removexattr = ovl_removexattr,
};
