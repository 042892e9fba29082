/* tmpfs: inodes and names. */
#include "um/kmalloc.h"
#include "um/sched.h"
#include "tmpfs.h"

#define BOGO_DIRENT_SIZE 20	/* what one name adds to st_size of its directory, as in Linux */
#define INLINE_TARGET 128	/* shorter link targets are free */

static const struct inode_ops tmpfs_dir_iops, tmpfs_link_iops, tmpfs_special_iops;

static void set_ops(struct inode *inode, umode_t mode, kdev_t rdev)
{
	if (S_ISREG(mode)) {
		inode->ops = &tmpfs_file_iops;
		inode->fops = &tmpfs_file_fops;
		inode->data.ops = &tmpfs_aops;
		inode->seals = F_SEAL_SEAL;
	} else if (S_ISDIR(mode)) {
		inode->ops = &tmpfs_dir_iops;
		inode->fops = &dcache_dir_ops;
		inode->nlink = 2;
		inode->size = 2 * BOGO_DIRENT_SIZE;
	} else if (S_ISLNK(mode)) {
		inode->ops = &tmpfs_link_iops;
	} else {
		inode->ops = &tmpfs_special_iops;
		init_special_inode(inode, mode, rdev);
	}
}

/* A new inode with one reference. */
struct inode *tmpfs_new_inode(struct super_block *sb, umode_t mode, kdev_t rdev)
{
	struct tmpfs_inode *ti;
	struct inode *inode;
	int err = tmpfs_reserve_inode(sb);

	if (err)
		return ERR_PTR(err);
	ti = kzalloc_type(struct tmpfs_inode);
	INIT_LIST_HEAD(&ti->xattrs);
	inode = new_inode(sb);
	inode->private = ti;
	inode->mode = mode;
	set_ops(inode, mode, rdev);
	return inode;
}

/* The last reference is gone: so is the file. */
void tmpfs_evict(struct inode *inode)
{
	struct tmpfs_inode *ti = tmpfs_i(inode);

	if (!ti)
		return;
	truncate_pages(&inode->data, 0, LLONG_MAX);
	tmpfs_settle(inode);
	tmpfs_free_xattrs(inode);
	kfree(ti->target);
	tmpfs_heap_charge(inode, -(s64)ti->heap);
	tmpfs_free_inode(inode->sb);
	inode->private = NULL;
	kfree(ti);
}

static void dir_changed(struct inode *dir, int entries)
{
	dir->size += entries * BOGO_DIRENT_SIZE;
	inode_touch(dir, ATTR_MTIME | ATTR_CTIME);
}

/* The dentry's reference that stands for the name is taken here. */
void tmpfs_add_name(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	dir_changed(dir, 1);
	if (S_ISDIR(inode->mode))
		dir->nlink++;
	d_instantiate(dentry, inode);
	dget(dentry);
}

static int tmpfs_lookup(struct inode *dir __maybe_unused, struct dentry *dentry)
{
	d_add(dentry, NULL);
	return 0;
}

static int tmpfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t rdev)
{
	struct inode *inode;

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	inode = tmpfs_new_inode(dir->sb, mode, rdev);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode_init_owner(inode, dir, mode);
	tmpfs_add_name(dir, dentry, inode);
	return 0;
}

static int tmpfs_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return tmpfs_mknod(dir, dentry, S_IFREG | (mode & 07777), 0);
}

static int tmpfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return tmpfs_mknod(dir, dentry, S_IFDIR | (mode & 07777), 0);
}

static int tmpfs_tmpfile(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode;

	mode = S_IFREG | (mode & 07777);
	inode = tmpfs_new_inode(dir->sb, mode, 0);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode_init_owner(inode, dir, mode);
	inode->nlink = 0;
	d_instantiate(dentry, inode);
	return 0;
}

static int tmpfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	umode_t mode = S_IFLNK | 0777;
	size_t len = strlen(target);
	struct inode *inode = tmpfs_new_inode(dir->sb, mode, 0);
	int err = 0;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	if (len >= INLINE_TARGET)
		err = tmpfs_heap_charge(inode, len);
	if (err) {
		iput(inode);
		return err;
	}
	inode_init_owner(inode, dir, mode);
	inode->size = len;
	tmpfs_i(inode)->target = kstrdup(target);
	tmpfs_add_name(dir, dentry, inode);
	return 0;
}

static int tmpfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->inode;
	int err = inode->nlink ? tmpfs_reserve_inode(dir->sb) : 0;

	if (err)
		return err;
	inode->nlink++;
	inode_touch(inode, ATTR_CTIME);
	tmpfs_add_name(dir, dentry, ihold(inode));
	return 0;
}

/* A name that keeps its dentry in the cache goes. */
static void drop_name(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	if (inode->nlink > 1 && !S_ISDIR(inode->mode))
		tmpfs_free_inode(dir->sb);
	if (S_ISDIR(inode->mode)) {
		dir->nlink--;
		inode->nlink = 0;
	} else {
		inode->nlink--;
	}
	inode_touch(inode, ATTR_CTIME);
	dir_changed(dir, -1);
	dput(dentry);
}

static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	drop_name(dir, dentry);
	return 0;
}

static bool is_empty(struct dentry *dentry)
{
	struct dentry *child;

	list_for_each_entry(child, &dentry->children, child) {
		if (child->inode && !(child->flags & DCACHE_UNHASHED))
			return false;
	}
	return true;
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!is_empty(dentry))
		return -ENOTEMPTY;
	drop_name(dir, dentry);
	return 0;
}

/* --- renaming */

static void move_subdir_link(struct inode *from, struct inode *to)
{
	from->nlink--;
	to->nlink++;
}

static int exchange(struct inode *odir, struct dentry *old, struct inode *ndir,
		    struct dentry *new)
{
	if (odir != ndir) {
		if (S_ISDIR(old->inode->mode))
			move_subdir_link(odir, ndir);
		if (S_ISDIR(new->inode->mode))
			move_subdir_link(ndir, odir);
	}
	dir_changed(odir, 0);
	dir_changed(ndir, 0);
	inode_touch(old->inode, ATTR_CTIME);
	inode_touch(new->inode, ATTR_CTIME);
	return 0;
}

/* What overlay leaves behind: a character device 0:0 under the name that moves away. */
static int make_whiteout(struct inode *odir, struct dentry *old)
{
	umode_t mode = S_IFCHR;
	struct inode *inode = tmpfs_new_inode(odir->sb, mode, 0);
	struct dentry *dentry;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode_init_owner(inode, odir, mode);
	dentry = d_alloc(old->parent, &old->name);
	d_add(dentry, NULL);
	tmpfs_add_name(odir, dentry, inode);
	dput(dentry);
	return 0;
}

static int tmpfs_rename(struct inode *odir, struct dentry *old, struct inode *ndir,
			struct dentry *new, unsigned flags)
{
	struct inode *inode = old->inode;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE)
		return exchange(odir, old, ndir, new);
	if (new->inode && S_ISDIR(new->inode->mode) && !is_empty(new))
		return -ENOTEMPTY;
	if (flags & RENAME_WHITEOUT) {
		int err = make_whiteout(odir, old);

		if (err)
			return err;
	}
	if (new->inode)
		drop_name(ndir, new);
	if (S_ISDIR(inode->mode))
		move_subdir_link(odir, ndir);
	dir_changed(odir, -1);
	dir_changed(ndir, 1);
	inode_touch(inode, ATTR_CTIME);
	return 0;
}

/* --- attributes */

static int set_size(struct inode *inode, loff_t size)
{
	loff_t old = inode->size;

	if (size < old && inode->seals & F_SEAL_SHRINK)
		return -EPERM;
	if (size > old && inode->seals & F_SEAL_GROW)
		return -EPERM;
	inode->size = size;
	if (size < old)
		truncate_pages(inode->mapping, size, LLONG_MAX);
	tmpfs_settle(inode);
	return 0;
}

/* chmod, chown, utimes, truncate; the VFS has checked. */
int tmpfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	int err = 0;

	if (attr->valid & ATTR_SIZE) {
		loff_t old = inode->size;

		err = S_ISREG(inode->mode) ? set_size(inode, attr->size) : -EINVAL;
		if (!err && old != attr->size)
			inode_touch(inode, ATTR_MTIME | ATTR_CTIME);
	}
	if (!err)
		setattr_copy(inode, attr);
	return err;
}

/* Mapped pages come without notice. */
int tmpfs_getattr(struct inode *inode)
{
	if (!S_ISREG(inode->mode))
		return 0;
	tmpfs_settle(inode);
	inode->blocks = tmpfs_i(inode)->charged * (PAGE_SIZE / 512);
	return 0;
}

static char *tmpfs_readlink(struct dentry *dentry)
{
	return kstrdup(tmpfs_i(dentry->inode)->target);
}

static const struct inode_ops tmpfs_link_iops = {
	.readlink = tmpfs_readlink,
	.setattr = tmpfs_setattr,
	.getxattr = tmpfs_getxattr,
	.setxattr = tmpfs_setxattr,
	.listxattr = tmpfs_listxattr,
	.removexattr = tmpfs_removexattr,
};

static const struct inode_ops tmpfs_special_iops = {
	.setattr = tmpfs_setattr,
	.getxattr = tmpfs_getxattr,
	.setxattr = tmpfs_setxattr,
	.listxattr = tmpfs_listxattr,
	.removexattr = tmpfs_removexattr,
};

static const struct inode_ops tmpfs_dir_iops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.mkdir = tmpfs_mkdir,
	.mknod = tmpfs_mknod,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rmdir = tmpfs_rmdir,
	.rename = tmpfs_rename,
	.tmpfile = tmpfs_tmpfile,
	.setattr = tmpfs_setattr,
	.getxattr = tmpfs_getxattr,
	.setxattr = tmpfs_setxattr,
	.listxattr = tmpfs_listxattr,
	.removexattr = tmpfs_removexattr,
};
