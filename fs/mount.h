/* The tree of mounts, between mount.c and mount_calls.c. */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include "internal.h"

struct mount *mnt_new(struct super_block *sb, struct dentry *root, unsigned long flags,
		      const char *source);
/* A copy of the mount with another root of the same file system; not attached. */
struct mount *mnt_clone(struct mount *from, struct dentry *root);
/* The tree takes over the caller's reference of mnt. */
void mnt_attach(struct mount *mnt, const struct path *where);
/* Takes it out of the tree, references kept: the caller has them now. */
void mnt_unhook(struct mount *mnt);
/* Takes mnt and all that is mounted below it out of the tree, for good. */
void mnt_detach_tree(struct mount *mnt);
/* Copies the mounts below from (seen from root) onto the unattached copy to. */
void mnt_copy_children(struct mount *from, struct dentry *root, struct mount *to);
void mnt_move(struct mount *mnt, const struct path *where);
unsigned mnt_tree_size(struct mount *top);	/* mounts, itself included */
#define MOUNTS_MAX 10000			/* beyond it ENOSPC */
extern unsigned nr_mounts;
bool mnt_is_below(struct mount *mnt, struct mount *ancestor);

#endif
