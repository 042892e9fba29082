/* overlay: work on the layers: names, whiteouts, marks, and the work directory. */
#include <stdio.h>

#include "um/kmalloc.h"
#include "um/mount_opts.h"
#include "um/sched.h"
#include "overlay.h"

/* The dentry of a name in a real directory, with a reference, possibly negative. */
struct dentry *ovl_lookup_real(struct dentry *dir, const struct qstr *name)
{
	struct dentry *dentry;

	mutex_lock(&dir->inode->lock);
	dentry = lookup_one(dir, name->name, name->len);
	mutex_unlock(&dir->inode->lock);
	return dentry;
}

/* Does it say that the name is gone? */
bool ovl_is_whiteout(const struct dentry *real)
{
	return real->inode && S_ISCHR(real->inode->mode) && !real->inode->rdev;
}

/* --- marks: extended attributes of overlay's own */

static void mark_name(const struct ovl_sb *sbi, const char *mark, char *name, size_t size)
{
	snprintf(name, size, "%s%s", sbi->prefix, mark);
}

static ssize_t get_mark(struct ovl_sb *sbi, struct dentry *real, const char *mark, char *value,
			size_t size)
{
	const struct inode_ops *ops = real->inode->ops;
	struct cred *saved;
	char name[64];
	ssize_t n;

	if (!sbi->prefix || !ops || !ops->getxattr)
		return -EOPNOTSUPP;
	mark_name(sbi, mark, name, sizeof(name));
	saved = ovl_begin_cred(sbi);
	n = ops->getxattr(real, name, value, size);
	ovl_end_cred(saved);
	return n;
}

/* Is the mark set to "y"? */
bool ovl_has_mark(struct ovl_sb *sbi, struct dentry *real, const char *mark)
{
	char value[4];

	return get_mark(sbi, real, mark, value, sizeof(value)) == 1 && value[0] == 'y';
}

/* Sets a mark of an upper file. */
int ovl_set_mark(struct ovl_sb *sbi, struct dentry *real, const char *mark, const char *value)
{
	const struct inode_ops *ops = real->inode->ops;
	struct cred *saved;
	char name[64];
	int err;

	if (!sbi->prefix || !ops || !ops->setxattr)
		return -EOPNOTSUPP;
	mark_name(sbi, mark, name, sizeof(name));
	saved = ovl_begin_cred(sbi);
	err = ops->setxattr(real, name, value, strlen(value), 0);
	ovl_end_cred(saved);
	return err;
}

/* The number of the lower file that an upper one is a copy of. */
bool ovl_get_ino(struct ovl_sb *sbi, struct dentry *real, u64 *ino)
{
	char value[24];
	ssize_t n = get_mark(sbi, real, "ino", value, sizeof(value) - 1);

	if (n <= 0)
		return false;
	value[n] = 0;
	return mount_opt_number(value, 10, ino);
}

/* Keeps that number. */
int ovl_set_ino(struct ovl_sb *sbi, struct dentry *real, u64 ino)
{
	char value[24];

	snprintf(value, sizeof(value), "%llu", (unsigned long long)ino);
	return ovl_set_mark(sbi, real, "ino", value);
}

/* --- attributes */

/* Changes what the caller has checked. */
int ovl_real_setattr(struct dentry *real, struct iattr *attr)
{
	struct inode *inode = real->inode;

	if (inode->ops && inode->ops->setattr)
		return inode->ops->setattr(real, attr);
	if (attr->valid & ATTR_SIZE)
		return -EINVAL;
	setattr_copy(inode, attr);
	return 0;
}

/* Makes the real inode's fields true. */
int ovl_real_getattr(struct inode *real)
{
	return real->ops && real->ops->getattr ? real->ops->getattr(real) : 0;
}

/* Two real directories, or one twice. */
void ovl_lock_dirs(struct inode *a, struct inode *b)
{
	if (a == b) {
		mutex_lock(&a->lock);
		return;
	}
	mutex_lock(a < b ? &a->lock : &b->lock);
	mutex_lock(a < b ? &b->lock : &a->lock);
}

/* The same two. */
void ovl_unlock_dirs(struct inode *a, struct inode *b)
{
	mutex_unlock(&a->lock);
	if (a != b)
		mutex_unlock(&b->lock);
}

/* What overlay does on its own account it does with the mounter's rights. */
struct cred *ovl_begin_cred(struct ovl_sb *sbi)
{
	struct cred *saved = current->cred;

	current->cred = cred_get(sbi->cred);
	return saved;
}

/* Back to whoever called. */
void ovl_end_cred(struct cred *saved)
{
	cred_put(current->cred);
	current->cred = saved;
}

/* --- the work directory */

static int make_temp(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t rdev,
		     const char *target)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return vfs_create(dir, dentry, mode);
	case S_IFDIR:
		return vfs_mkdir(dir, dentry, mode);
	case S_IFLNK:
		return vfs_symlink(dir, dentry, target);
	}
	return vfs_mknod(dir, dentry, mode, rdev);
}

/* A name that is free; dir is locked. */
static struct dentry *free_name(struct ovl_sb *sbi)
{
	struct dentry *dentry;
	char name[24];

	do {
		snprintf(name, sizeof(name), "#%llx", (unsigned long long)++sbi->temp_count);
		dentry = lookup_one(sbi->work.dentry, name, strlen(name));
		if (IS_ERR(dentry) || !dentry->inode)
			return dentry;
		dput(dentry);
	} while (sbi->temp_count < UINT32_MAX);
	return ERR_PTR(-ENOSPC);
}

/* Made with current's rights. */
struct dentry *ovl_temp(struct ovl_sb *sbi, umode_t mode, kdev_t rdev, const char *target)
{
	struct inode *dir = sbi->work.dentry->inode;
	struct dentry *dentry;
	int err = 0;

	mutex_lock(&dir->lock);
	dentry = free_name(sbi);
	if (!IS_ERR(dentry))
		err = make_temp(dir, dentry, mode, rdev, target);
	mutex_unlock(&dir->lock);
	if (!err)
		return dentry;
	dput(dentry);
	return ERR_PTR(err);
}

/* A whiteout, to be placed. */
struct dentry *ovl_temp_whiteout(struct ovl_sb *sbi)
{
	struct cred *saved = ovl_begin_cred(sbi);
	struct dentry *dentry = ovl_temp(sbi, S_IFCHR, 0, NULL);

	ovl_end_cred(saved);
	return dentry;
}

/* It is not needed after all. */
void ovl_discard_temp(struct ovl_sb *sbi, struct dentry *temp)
{
	struct inode *dir = sbi->work.dentry->inode;

	mutex_lock(&dir->lock);
	if (temp->inode && temp->parent == sbi->work.dentry) {
		if (S_ISDIR(temp->inode->mode))
			vfs_rmdir(dir, temp);
		else
			vfs_unlink(dir, temp);
	}
	mutex_unlock(&dir->lock);
	dput(temp);
}

/* A directory cannot replace a whiteout: they trade places, and the whiteout goes. */
static int swap_temp(struct ovl_sb *sbi, struct dentry *temp, struct dentry *dir,
		     struct dentry *there)
{
	struct inode *work = sbi->work.dentry->inode;
	int err = vfs_rename(work, temp, dir->inode, there, RENAME_EXCHANGE);

	if (!err)
		vfs_unlink(work, there);
	return err;
}

/* On success the temp has the name. */
int ovl_place_temp(struct ovl_sb *sbi, struct dentry *temp, struct dentry *dir,
		   const struct qstr *name)
{
	struct inode *work = sbi->work.dentry->inode;
	struct dentry *there;
	int err;

	ovl_lock_dirs(work, dir->inode);
	there = lookup_one(dir, name->name, name->len);
	if (IS_ERR(there)) {
		err = PTR_ERR(there);
		goto unlock;
	}
	if (S_ISDIR(temp->inode->mode) && ovl_is_whiteout(there))
		err = swap_temp(sbi, temp, dir, there);
	else
		err = vfs_rename(work, temp, dir->inode, there, 0);
	dput(there);
unlock:
	ovl_unlock_dirs(work, dir->inode);
	return err;
}
