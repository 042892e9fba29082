/*
 * Inodes: the cache by (super block, number), reference counts, permissions, times, and the count
 * of writers against execution.
 *
 * An inode lives as long as somebody references it: dentries, mostly.  The last iput writes dirty
 * mapped pages back while the inode can still be found, then evicts it.
 */
#include "um/bug.h"
#include "um/counter.h"
#include "um/kmalloc.h"
#include "um/printk.h"
#include "um/rewrite.h"
#include "internal.h"

#define ICACHE_BUCKETS 4096
#define RELATIME_INTERVAL (24 * 3600 * NSEC_PER_SEC)

static struct list_head icache[ICACHE_BUCKETS];	/* next NULL: not yet used */

static struct list_head *icache_bucket(const struct super_block *sb, u64 ino)
{
	u64 mixed = (ino ^ (u64)(uintptr_t)sb >> 4) * 0x9e3779b97f4a7c15ull;
	struct list_head *bucket = &icache[(mixed >> 40) % ICACHE_BUCKETS];

	if (!bucket->next)
		INIT_LIST_HEAD(bucket);
	return bucket;
}

static u64 nr_inodes;

/* Now, as inode times count it: in ticks, as Linux's do. */
u64 current_time(void)
{
	return ktime_real_coarse();
}

/* A fresh inode with one reference, a number from the super block's counter, times now. */
struct inode *new_inode(struct super_block *sb)
{
	struct inode *inode = kzalloc_type(struct inode);
	u64 now = current_time();

	nr_inodes++;
	inode->refs = 1;
	inode->sb = sb;
	inode->ino = ++sb->next_ino;
	inode->nlink = 1;
	inode->times = (struct file_times){ now, now, now, now };
	mutex_init(&inode->lock);
	mutex_init(&inode->write_lock);
	INIT_LIST_HEAD(&inode->hash_node);
	INIT_LIST_HEAD(&inode->aliases);
	INIT_LIST_HEAD(&inode->watches);
	list_add_tail(&inode->sb_node, &sb->inodes);
	address_space_init(&inode->data, inode, NULL);
	inode->mapping = &inode->data;
	return inode;
}

/* Makes the inode findable by iget under its number. */
void ihash(struct inode *inode)
{
	list_del(&inode->hash_node);
	list_add(&inode->hash_node, icache_bucket(inode->sb, inode->ino));
}

/* The inode of that number with a reference: the cached one, or a new one (*is_new), hashed, which
 * the caller fills before it sleeps. */
struct inode *iget(struct super_block *sb, u64 ino, bool *is_new)
{
	struct list_head *bucket = icache_bucket(sb, ino);
	struct inode *inode;

	list_for_each_entry(inode, bucket, hash_node) {
		if (inode->sb == sb && inode->ino == ino) {
			*is_new = false;
			return ihold(inode);
		}
	}
	inode = new_inode(sb);
	inode->ino = ino;
	ihash(inode);
	*is_new = true;
	return inode;
}

/* Another reference. */
struct inode *ihold(struct inode *inode)
{
	inode->refs++;
	return inode;
}

static void inode_evict(struct inode *inode)
{
	list_del(&inode->hash_node);
	if (inode->sb->ops && inode->sb->ops->evict)
		inode->sb->ops->evict(inode);
	if (inode->data.nr_pages)
		truncate_pages(&inode->data, 0, LLONG_MAX);
	rewrite_mapping_gone(&inode->data);
	list_del(&inode->sb_node);
	locks_free_context(inode);
	nr_inodes--;
	kfree(inode);
}

/* Drops a reference; the last one evicts the inode and may sleep. */
void iput(struct inode *inode)
{
	if (!inode)
		return;
	BUG_ON(inode->refs <= 0);
	if (inode->refs == 1 && inode->nlink && inode->data.nr_dirty && inode->data.ops &&
	    inode->data.ops->writepages)
		write_back(&inode->data, 0, LLONG_MAX);
	if (--inode->refs == 0)
		inode_evict(inode);
}

/* At the super block's end: watches let go; inodes that somebody still holds are a bug. */
void inodes_drop_all(struct super_block *sb)
{
	fsnotify_sb_gone(sb);
	if (!list_empty(&sb->inodes))
		pr_warn("%s: inodes still in use after unmount", sb->type->name);
}

/* Writes all dirty pages of a super block's files.  An inode is held while its pages are written,
 * so that it still is on the list when the next one is looked for. */
void inodes_write_back(struct super_block *sb)
{
	struct inode *inode, *held = NULL;

	list_for_each_entry(inode, &sb->inodes, sb_node) {
		ihold(inode);
		iput(held);
		held = inode;
		if (inode->data.nr_dirty && inode->data.ops && inode->data.ops->writepages)
			write_back(&inode->data, 0, LLONG_MAX);
	}
	iput(held);
}

/* Owner, group and mode of a new inode in dir, by current's credentials. */
void inode_init_owner(struct inode *inode, struct inode *dir, umode_t mode)
{
	inode->uid = current_fsuid();
	inode->gid = current_fsgid();
	if (dir && dir->mode & S_ISGID) {
		inode->gid = dir->gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
		else if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
			 !in_group(inode->gid) && !capable(CAP_FSETID))
			mode &= ~S_ISGID;
	}
	inode->mode = mode;
}

/* The mode of a new file, less current's umask. */
umode_t mode_for_create(umode_t mode)
{
	return mode & ~current->fs->umask;
}

/* What an opened device, FIFO or socket node does. */
void init_special_inode(struct inode *inode, umode_t mode, kdev_t rdev)
{
	inode->mode = mode;
	if (S_ISCHR(mode)) {
		inode->fops = &def_chr_ops;
		inode->rdev = rdev;
	} else if (S_ISBLK(mode)) {
		inode->fops = &def_blk_ops;
		inode->rdev = rdev;
	} else if (S_ISFIFO(mode)) {
		inode->fops = &fifo_ops;
	} else {
		inode->fops = &bad_sock_inode_ops;
	}
}

/* --- permissions: path_resolution(7), capabilities(7) */

static bool mode_permits(const struct inode *inode, int mask)
{
	umode_t mode = inode->mode;

	if (current_fsuid() == inode->uid)
		mode >>= 6;
	else if (in_group(inode->gid))
		mode >>= 3;
	return !(mask & ~mode & (MAY_READ | MAY_WRITE | MAY_EXEC));
}

/* By owner, group, mode and capabilities: 0 or -EACCES. */
int generic_permission(struct inode *inode, int mask)
{
	int want = mask & (MAY_READ | MAY_WRITE | MAY_EXEC);

	if (mode_permits(inode, want))
		return 0;
	if (S_ISDIR(inode->mode)) {
		if (!(want & MAY_WRITE) && capable(CAP_DAC_READ_SEARCH))
			return 0;
		return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if (want == MAY_READ && capable(CAP_DAC_READ_SEARCH))
		return 0;
	if (!(want & MAY_EXEC) || inode->mode & 0111)
		return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	return -EACCES;
}

static bool is_special(umode_t mode)
{
	return !S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode);
}

/* May current do this?  0, -EACCES, -EROFS, -EPERM.  Read-only mounts are the caller's. */
int inode_permission(struct inode *inode, int mask)
{
	if (mask & MAY_WRITE) {
		if (inode->sb->flags & MS_RDONLY && !is_special(inode->mode))
			return -EROFS;
		if (inode->flags & S_IMMUTABLE_INODE)
			return -EPERM;
	}
	if (inode->ops && inode->ops->permission)
		return inode->ops->permission(inode, mask);
	return generic_permission(inode, mask);
}

/* Is current the file's owner, or privileged to act as one? */
bool inode_owner_or_capable(struct inode *inode)
{
	return current_fsuid() == inode->uid || capable(CAP_FOWNER);
}

/* --- times */

/* Sets the ATTR_*TIME that `what` names to now. */
void inode_touch(struct inode *inode, unsigned what)
{
	u64 now = current_time();

	if (what & ATTR_ATIME)
		inode->times.atime = now;
	if (what & ATTR_MTIME)
		inode->times.mtime = now;
	if (what & ATTR_CTIME)
		inode->times.ctime = now;
}

static bool relatime_due(const struct inode *inode, u64 now)
{
	const struct file_times *t = &inode->times;

	return (s64)t->mtime >= (s64)t->atime || (s64)t->ctime >= (s64)t->atime ||
	       (s64)(now - t->atime) >= (s64)RELATIME_INTERVAL;
}

/* An access through this path: the access time moves as the mount's options say. */
void touch_atime_path(const struct path *path)
{
	struct inode *inode = path->dentry->inode;
	unsigned long flags = path->mnt->flags | inode->sb->flags;
	u64 now;

	if (inode->flags & S_NOATIME_INODE || flags & (MS_NOATIME | MS_RDONLY))
		return;
	if (flags & MS_NODIRATIME && S_ISDIR(inode->mode))
		return;
	now = current_time();
	if (path->mnt->flags & MS_RELATIME && !relatime_due(inode, now))
		return;
	inode->times.atime = now;
}

/* A read of an open file. */
void touch_atime(struct file *file)
{
	if (!(file->flags & O_NOATIME) && file->path.dentry->inode)
		touch_atime_path(&file->path);
}

/* --- writers against execution: writers > 0 counts those, < 0 counts executions */

int get_write_access(struct inode *inode)
{
	if (inode->writers < 0)
		return -ETXTBSY;
	inode->writers++;
	return 0;
}

void put_write_access(struct inode *inode)
{
	BUG_ON(inode->writers <= 0);
	inode->writers--;
}

/* The file is being executed: 0, or -ETXTBSY while it is open for writing. */
int deny_write_access(struct inode *inode)
{
	if (inode->writers > 0)
		return -ETXTBSY;
	inode->writers--;
	return 0;
}

void allow_write_access(struct inode *inode)
{
	BUG_ON(inode->writers >= 0);
	inode->writers++;
}

UM_COUNTER(inodes)
{
	return nr_inodes;
}
