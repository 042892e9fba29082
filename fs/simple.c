/* Defaults that file systems and callers share. */
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "internal.h"

/* What is ready now; files that never wait are always ready. */
u32 vfs_poll(struct file *file, struct poll_table *pt)
{
	return file->ops->poll ? file->ops->poll(file, pt) : POLL_DEFAULT;
}

static char *simple_readlink(struct dentry *dentry)
{
	const char *target = dentry->inode->private;

	return target ? kstrdup(target) : ERR_PTR(-EIO);
}

const struct inode_ops simple_symlink_ops = { .readlink = simple_readlink };
