/* What the pty driver asks of the devpts file system.  fs/devpts/devpts.c */
#ifndef UM_DEVPTS_H
#define UM_DEVPTS_H

#include "um/fs.h"

struct devpts;	/* one mounted instance */
struct tty;

/* The instance that an open of this ptmx node belongs to, held; ERR_PTR(-ENODEV): none. */
struct devpts *devpts_acquire(struct file *ptmx);
void devpts_release(struct devpts *pts);			/* may sleep */
int devpts_new_index(struct devpts *pts);			/* the lowest free; -ENOSPC */
void devpts_free_index(struct devpts *pts, int index);
/* The node of a new slave, with a reference.  The node does not hold the tty. */
struct dentry *devpts_node_add(struct devpts *pts, int index, struct tty *slave);
void devpts_node_remove(struct dentry *node);			/* drops the reference */
/* For TIOCGPTPEER: where the node is, as seen from the ptmx file; the caller's to path_put. */
int devpts_node_path(struct devpts *pts, struct file *ptmx, struct dentry *node, struct path *path);

#endif
