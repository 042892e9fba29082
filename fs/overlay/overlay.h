/*
 * overlay: one tree from an upper layer, which takes all changes, and lower ones, which are
 * only read.  What its files share.
 *
 * "Real" is what belongs to a layer.  An overlay inode holds references on the real dentries
 * that it stands for: its upper one, if there is one, and below it the lower ones (several only
 * for a directory, which shows all their entries).  They are kept for the inode's life, also
 * those that a copy-up has hidden: mappings may still use them.
 *
 * A whiteout (a character device 0:0 in a layer) says that a name is gone; an opaque directory
 * (by an extended attribute) hides what is below it.
 *
 * Locks: an overlay directory's inode->lock is taken before those of real directories, and of
 * these two together only by lock_real_dirs; oi->copy_lock before real ones.
 */
#ifndef OVERLAY_H
#define OVERLAY_H

#include "um/fs.h"
#include "um/hash.h"

struct ovl_inode {
	struct inode *inode;
	struct dentry *upper;		/* NULL until copied up; a reference */
	struct path *lower;		/* topmost first; dentries are references, mnt the sb's */
	unsigned nr_lower;
	struct mutex copy_lock;
	struct hash_node by_upper, by_lower;	/* key: the real inode */
	bool in_upper, in_lower;
};

struct ovl_sb {
	struct path upper, work;	/* mnt NULL: read-only */
	struct path *lower;
	unsigned nr_lower;
	const char *prefix;		/* of its own extended attributes;
					   NULL: the upper has none */
	struct hash_table uppers, lowers;
	u64 temp_count;
	int depth;			/* overlays below this one, itself included */
	struct cred *cred;		/* the mounter's */
	char *options;			/* as given, for /proc/mounts */
};

/* What a lookup has found; references. */
struct ovl_found {
	struct dentry *upper;
	struct path *lower;
	unsigned nr_lower;
};

static inline struct ovl_inode *ovl_i(const struct inode *inode)
{
	return inode->private;
}

static inline struct ovl_sb *ovl_sb(const struct super_block *sb)
{
	return sb->private;
}

static inline bool ovl_pure_upper(const struct inode *inode)
{
	return ovl_i(inode)->upper && !ovl_i(inode)->nr_lower;
}

/* --- real.c: work on the layers */
struct dentry *ovl_lookup_real(struct dentry *dir, const struct qstr *name);	/* ERR_PTR */
bool ovl_is_whiteout(const struct dentry *real);
bool ovl_has_mark(struct ovl_sb *sbi, struct dentry *real, const char *mark);
int ovl_set_mark(struct ovl_sb *sbi, struct dentry *real, const char *mark, const char *value);
bool ovl_get_ino(struct ovl_sb *sbi, struct dentry *real, u64 *ino);
int ovl_set_ino(struct ovl_sb *sbi, struct dentry *real, u64 ino);
int ovl_real_setattr(struct dentry *real, struct iattr *attr);
int ovl_real_getattr(struct inode *real);
void ovl_lock_dirs(struct inode *a, struct inode *b);
void ovl_unlock_dirs(struct inode *a, struct inode *b);
/* Runs as the mounter until ovl_end_cred. */
struct cred *ovl_begin_cred(struct ovl_sb *sbi);
void ovl_end_cred(struct cred *saved);
/* A new entry of the work directory; target: of a symbolic link; reference.  ERR_PTR. */
struct dentry *ovl_temp(struct ovl_sb *sbi, umode_t mode, kdev_t rdev, const char *target);
struct dentry *ovl_temp_whiteout(struct ovl_sb *sbi);
void ovl_discard_temp(struct ovl_sb *sbi, struct dentry *temp);	/* drops the reference too */
/* Moves a temp to the name in a real directory, over a whiteout or another thing there. */
int ovl_place_temp(struct ovl_sb *sbi, struct dentry *temp, struct dentry *dir,
		   const struct qstr *name);
#define OVL_OPAQUE "opaque"
#define OVL_IMPURE "impure"	/* a directory: entries may have other numbers than their own */

/* --- inode.c */
u64 ovl_map_ino(const struct ovl_sb *sbi, const struct super_block *real, u64 ino);
/* The overlay inode for what was found, whose references it takes.  ERR_PTR. */
struct inode *ovl_get_inode(struct super_block *sb, struct ovl_found *found);
void ovl_found_drop(struct ovl_found *found);
void ovl_set_upper(struct inode *inode, struct dentry *upper);	/* takes the reference */
void ovl_evict(struct inode *inode);
void ovl_copyattr(struct inode *inode);		/* from the real inode, as K has it */
int ovl_getattr(struct inode *inode);
void ovl_real_path(const struct inode *inode, struct path *path);	/* no references */
void ovl_lost_name(struct inode *inode);	/* after the real one lost it */
int ovl_setattr(struct dentry *dentry, struct iattr *attr);
ssize_t ovl_getxattr(struct dentry *dentry, const char *name, void *value, size_t size);
int ovl_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size,
		 int flags);
ssize_t ovl_listxattr(struct dentry *dentry, char *list, size_t size);
int ovl_removexattr(struct dentry *dentry, const char *name);
bool ovl_private_xattr(const struct ovl_sb *sbi, const char *name);

/* --- lookup.c */
int ovl_lookup(struct inode *dir, struct dentry *dentry);
int ovl_lower_positive(struct inode *dir, const struct qstr *name);	/* 1, 0, -errno */

/* --- copy_up.c */
int ovl_copy_up(struct dentry *dentry, bool with_data);	/* 0: ovl_i(inode)->upper is there */

/* --- readdir.c */
int ovl_check_empty(struct dentry *dentry);	/* 0 or -ENOTEMPTY; also clears its whiteouts */
extern const struct file_ops ovl_dir_fops;

/* --- rename.c */
int ovl_rename(struct inode *odir, struct dentry *old, struct inode *ndir, struct dentry *new,
	       unsigned flags);

extern const struct file_ops ovl_file_fops;
extern const struct inode_ops ovl_dir_iops;

#endif
