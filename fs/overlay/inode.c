/*
 * overlay: inodes, found by the real inode that they stand for, so that hard links in the upper
 * layer are one.  Several names of one lower inode are separate: writing to one of them copies
 * only that one up.
 */
#include "um/kmalloc.h"
#include "um/sched.h"
#include "overlay.h"

/* Where the number of a file's own file system goes in its inode number: above what is commonly
 * used of it, and within a long, since 32-bit CPUs' stat has no more. */
#define INDEX_SHIFT (sizeof(long) < sizeof(u64) ? 28 : 52)

static const struct inode_ops ovl_file_iops, ovl_link_iops;

/* --- numbers */

/* Which file system of those below: 0 for the first lower layer's. */
static u64 fs_index(const struct ovl_sb *sbi, const struct super_block *real)
{
	unsigned i;

	for (i = 0; i < sbi->nr_lower; i++) {
		if (sbi->lower[i].mnt->sb == real)
			return i;
	}
	return sbi->nr_lower;
}

/* A real inode's number as the overlay shows it. */
u64 ovl_map_ino(const struct ovl_sb *sbi, const struct super_block *real, u64 ino)
{
	return ino ^ (u64)fs_index(sbi, real) << INDEX_SHIFT;
}

static u64 choose_ino(struct ovl_sb *sbi, struct dentry *real, bool upper)
{
	u64 ino;

	if (upper && ovl_get_ino(sbi, real, &ino))
		return ino;
	return ovl_map_ino(sbi, real->sb, real->inode->ino);
}

/* --- finding and making */

static u64 key_of(const struct inode *real)
{
	return hash_mix((uintptr_t)real);
}

static struct inode *find_upper(struct ovl_sb *sbi, const struct inode *real)
{
	struct hash_node *node;

	hash_for_each(&sbi->uppers, node, key_of(real)) {
		struct ovl_inode *oi = container_of(node, struct ovl_inode, by_upper);

		if (oi->upper->inode == real)
			return oi->inode;
	}
	return NULL;
}

static struct inode *find_lower(struct ovl_sb *sbi, const struct inode *real)
{
	struct hash_node *node;

	hash_for_each(&sbi->lowers, node, key_of(real)) {
		struct ovl_inode *oi = container_of(node, struct ovl_inode, by_lower);

		if (oi->lower[0].dentry->inode == real)
			return oi->inode;
	}
	return NULL;
}

static bool shared_lower(const struct inode *real)
{
	return !S_ISDIR(real->mode) && real->nlink > 1;
}

static void hash_upper(struct ovl_sb *sbi, struct ovl_inode *oi)
{
	if (!oi->upper || !oi->upper->inode)
		return;
	hash_add(&sbi->uppers, &oi->by_upper, key_of(oi->upper->inode));
	oi->in_upper = true;
}

static void hash_lower(struct ovl_sb *sbi, struct ovl_inode *oi)
{
	if (oi->upper || shared_lower(oi->lower[0].dentry->inode))
		return;
	hash_add(&sbi->lowers, &oi->by_lower, key_of(oi->lower[0].dentry->inode));
	oi->in_lower = true;
}

static struct inode *find_inode(struct ovl_sb *sbi, const struct ovl_found *found)
{
	if (found->upper)
		return find_upper(sbi, found->upper->inode);
	if (shared_lower(found->lower[0].dentry->inode))
		return NULL;
	return find_lower(sbi, found->lower[0].dentry->inode);
}

/* Lets go of what a lookup has found. */
void ovl_found_drop(struct ovl_found *found)
{
	unsigned i;

	dput(found->upper);
	for (i = 0; i < found->nr_lower; i++)
		dput(found->lower[i].dentry);
	kfree(found->lower);
	*found = (struct ovl_found){ 0 };
}

static void set_ops(struct inode *inode, const struct inode *real)
{
	if (S_ISDIR(real->mode)) {
		inode->ops = &ovl_dir_iops;
		inode->fops = &ovl_dir_fops;
	} else if (S_ISLNK(real->mode)) {
		inode->ops = &ovl_link_iops;
	} else if (S_ISREG(real->mode)) {
		inode->ops = &ovl_file_iops;
		inode->fops = &ovl_file_fops;
	} else {
		inode->ops = &ovl_file_iops;
		init_special_inode(inode, real->mode, real->rdev);
	}
}

static struct inode *make_inode(struct super_block *sb, struct ovl_found *found)
{
	struct ovl_sb *sbi = ovl_sb(sb);
	struct ovl_inode *oi = kzalloc_type(struct ovl_inode);
	struct dentry *real = found->upper ? found->upper : found->lower[0].dentry;
	u64 ino = choose_ino(sbi, real, found->upper);
	struct inode *inode = new_inode(sb);

	inode->ino = ino;
	inode->private = oi;
	oi->inode = inode;
	oi->upper = found->upper;
	oi->lower = found->lower;
	oi->nr_lower = found->nr_lower;
	*found = (struct ovl_found){ 0 };
	mutex_init(&oi->copy_lock);
	set_ops(inode, real->inode);
	ovl_copyattr(inode);
	hash_upper(sbi, oi);
	hash_lower(sbi, oi);
	return inode;
}

/* Takes found's references in any case. */
struct inode *ovl_get_inode(struct super_block *sb, struct ovl_found *found)
{
	struct inode *inode = find_inode(ovl_sb(sb), found);

	if (!inode)
		return make_inode(sb, found);
	ihold(inode);
	ovl_found_drop(found);
	return inode;
}

/* The inode has been copied up. */
void ovl_set_upper(struct inode *inode, struct dentry *upper)
{
	struct ovl_inode *oi = ovl_i(inode);
	struct ovl_sb *sbi = ovl_sb(inode->sb);

	if (oi->in_lower)
		hash_del(&sbi->lowers, &oi->by_lower);
	oi->in_lower = false;
	oi->upper = upper;
	hash_upper(sbi, oi);
	ovl_copyattr(inode);
}

/* The last reference is gone. */
void ovl_evict(struct inode *inode)
{
	struct ovl_inode *oi = ovl_i(inode);
	struct ovl_sb *sbi = ovl_sb(inode->sb);
	struct ovl_found found;

	if (!oi)
		return;
	if (oi->in_upper)
		hash_del(&sbi->uppers, &oi->by_upper);
	if (oi->in_lower)
		hash_del(&sbi->lowers, &oi->by_lower);
	found = (struct ovl_found){ oi->upper, oi->lower, oi->nr_lower };
	inode->private = NULL;
	kfree(oi);
	ovl_found_drop(&found);
}

/* --- attributes */

/* Where the inode's content is now.  The references are the inode's. */
void ovl_real_path(const struct inode *inode, struct path *path)
{
	const struct ovl_inode *oi = ovl_i(inode);

	if (oi->upper)
		*path = (struct path){ ovl_sb(inode->sb)->upper.mnt, oi->upper };
	else
		*path = oi->lower[0];
}

/* A merged directory's count of subdirectories is not known: 1, as Linux says then. */
void ovl_copyattr(struct inode *inode)
{
	const struct inode *real;
	struct path path;

	ovl_real_path(inode, &path);
	real = path.dentry->inode;
	inode->mode = real->mode;
	inode->uid = real->uid;
	inode->gid = real->gid;
	inode->size = real->size;
	inode->blocks = real->blocks;
	inode->times = real->times;
	inode->nlink = real->nlink;
	if (S_ISDIR(real->mode) && real->nlink && !ovl_pure_upper(inode) &&
	    (ovl_i(inode)->upper || ovl_i(inode)->nr_lower > 1))
		inode->nlink = 1;
}

/* The inode's fields become true. */
int ovl_getattr(struct inode *inode)
{
	struct path path;
	int err;

	ovl_real_path(inode, &path);
	err = ovl_real_getattr(path.dentry->inode);
	if (err)
		return err;
	if (inode->nlink || ovl_i(inode)->upper)
		ovl_copyattr(inode);
	return 0;
}

/* A name has been removed from the upper layer, or hidden in the lower ones. */
void ovl_lost_name(struct inode *inode)
{
	struct ovl_inode *oi = ovl_i(inode);

	if (S_ISDIR(inode->mode))
		inode->nlink = 0;
	else if (oi->upper)
		inode->nlink = oi->upper->inode->nlink;
	else if (inode->nlink)
		inode->nlink--;
	inode_touch(inode, ATTR_CTIME);
}

/* chmod, chown, utimes, truncate; the VFS has checked. */
int ovl_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	bool empties = attr->valid & ATTR_SIZE && attr->size == 0;
	struct iattr real = *attr;
	int err = ovl_copy_up(dentry, !empties);

	if (err)
		return err;
	real.file = NULL;
	err = ovl_real_setattr(ovl_i(inode)->upper, &real);
	ovl_copyattr(inode);
	return err;
}

static char *ovl_readlink(struct dentry *dentry)
{
	struct path path;

	ovl_real_path(dentry->inode, &path);
	return path.dentry->inode->ops->readlink(path.dentry);
}

/* --- extended attributes */

/* One of overlay's own? */
bool ovl_private_xattr(const struct ovl_sb *sbi, const char *name)
{
	return sbi->prefix && !strncmp(name, sbi->prefix, strlen(sbi->prefix));
}

/* As getxattr(2). */
ssize_t ovl_getxattr(struct dentry *dentry, const char *name, void *value, size_t size)
{
	struct path path;

	ovl_real_path(dentry->inode, &path);
	if (ovl_private_xattr(ovl_sb(dentry->sb), name) || !path.dentry->inode->ops->getxattr)
		return -EOPNOTSUPP;
	return path.dentry->inode->ops->getxattr(path.dentry, name, value, size);
}

/* As setxattr(2). */
int ovl_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size, int flags)
{
	struct dentry *upper;
	int err;

	if (ovl_private_xattr(ovl_sb(dentry->sb), name))
		return -EOPNOTSUPP;
	err = ovl_copy_up(dentry, true);
	if (err)
		return err;
	upper = ovl_i(dentry->inode)->upper;
	if (!upper->inode->ops->setxattr)
		return -EOPNOTSUPP;
	err = upper->inode->ops->setxattr(upper, name, value, size, flags);
	ovl_copyattr(dentry->inode);
	return err;
}

/* As removexattr(2).  What is not there is not copied up first. */
int ovl_removexattr(struct dentry *dentry, const char *name)
{
	ssize_t n = ovl_getxattr(dentry, name, NULL, 0);
	struct dentry *upper;
	int err;

	if (n < 0)
		return n;
	err = ovl_copy_up(dentry, true);
	if (err)
		return err;
	upper = ovl_i(dentry->inode)->upper;
	if (!upper->inode->ops->removexattr)
		return -EOPNOTSUPP;
	err = upper->inode->ops->removexattr(upper, name);
	ovl_copyattr(dentry->inode);
	return err;
}

static size_t hide_private(const struct ovl_sb *sbi, char *list, size_t n)
{
	size_t at = 0, kept = 0;

	while (at < n) {
		size_t len = strnlen(list + at, n - at) + 1;

		if (at + len > n)
			break;
		if (!ovl_private_xattr(sbi, list + at)) {
			memmove(list + kept, list + at, len);
			kept += len;
		}
		at += len;
	}
	return kept;
}

/* As listxattr(2). */
ssize_t ovl_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct path path;
	char *all;
	ssize_t n;

	ovl_real_path(dentry->inode, &path);
	if (!path.dentry->inode->ops->listxattr)
		return -EOPNOTSUPP;
	all = kmalloc_user(XATTR_LIST_MAX);
	if (!all)
		return -ENOMEM;
	n = path.dentry->inode->ops->listxattr(path.dentry, all, XATTR_LIST_MAX);
	if (n > 0)
		n = hide_private(ovl_sb(dentry->sb), all, n);
	if (n > 0 && size) {
		if ((size_t)n > size)
			n = -ERANGE;
		else
			memcpy(list, all, n);
	}
	kfree(all);
	return n;
}

static const struct inode_ops ovl_link_iops = {
	.readlink = ovl_readlink,
	.setattr = ovl_setattr,
	.getattr = ovl_getattr,
	.getxattr = ovl_getxattr,
	.setxattr = ovl_setxattr,
	.listxattr = ovl_listxattr,
	.removexattr = ovl_removexattr,
};

static const struct inode_ops ovl_file_iops = {
	.setattr = ovl_setattr,
	.getattr = ovl_getattr,
	.getxattr = ovl_getxattr,
	.setxattr = ovl_setxattr,
	.listxattr = ovl_listxattr,
	.removexattr = ovl_removexattr,
};
