/*
 * tmpfs: files in the page cache, directories in the dentry cache.  What its files share.
 *
 * Each name holds one reference on its dentry, so that the cache keeps it.  A file's pages are
 * charged to the file system by comparing the page cache's count with what was charged before
 * (tmpfs_settle); extended attributes and long link targets, which lie in K's own heap, count
 * by the byte.
 */
#ifndef TMPFS_H
#define TMPFS_H

#include "um/fs.h"

struct tmpfs_sb {
	u64 max_blocks, used_blocks;	/* pages; max 0: no limit */
	u64 max_inodes, used_inodes;	/* further names of an inode count too */
	u64 heap;			/* bytes */
	umode_t mode;			/* of the root */
	uid_t uid;
	gid_t gid;
};

struct tmpfs_inode {
	u64 charged;			/* pages */
	char *target;			/* symbolic links */
	struct list_head xattrs;
	u64 heap;			/* bytes of both, in tmpfs_sb.heap too */
};

static inline struct tmpfs_inode *tmpfs_i(const struct inode *inode)
{
	return inode->private;
}

static inline struct tmpfs_sb *tmpfs_sb(const struct super_block *sb)
{
	return sb->private;
}

/* --- super.c */
extern const struct fs_type tmpfs_type;
/* A file system with a root directory.  data: the options; unlimited: for K's own use. */
struct super_block *tmpfs_new_super(const struct fs_type *type, unsigned long flags,
				    const char *source, const char *data, bool unlimited);
bool tmpfs_has_space(const struct super_block *sb, u64 pages);
void tmpfs_settle(struct inode *inode);		/* after pages came or went */
int tmpfs_heap_charge(struct inode *inode, s64 bytes);	/* 0 or -ENOSPC */
int tmpfs_reserve_inode(struct super_block *sb);
void tmpfs_free_inode(struct super_block *sb);

/* --- inode.c */
/* Not linked anywhere; owner is the caller's to set.  ERR_PTR(-ENOSPC). */
struct inode *tmpfs_new_inode(struct super_block *sb, umode_t mode, kdev_t rdev);
void tmpfs_evict(struct inode *inode);
/* Gives the inode, whose reference it takes, the name. */
void tmpfs_add_name(struct inode *dir, struct dentry *dentry, struct inode *inode);
int tmpfs_setattr(struct dentry *dentry, struct iattr *attr);
int tmpfs_getattr(struct inode *inode);

/* --- xattr.c */
ssize_t tmpfs_getxattr(struct dentry *dentry, const char *name, void *value, size_t size);
int tmpfs_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size,
		   int flags);
ssize_t tmpfs_listxattr(struct dentry *dentry, char *list, size_t size);
int tmpfs_removexattr(struct dentry *dentry, const char *name);
void tmpfs_free_xattrs(struct inode *inode);

extern const struct file_ops tmpfs_file_fops;
extern const struct inode_ops tmpfs_file_iops;
extern const struct address_space_ops tmpfs_aops;

#endif
