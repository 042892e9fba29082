/* The proc file system: the fixed tree, and a directory for each process. */
#include <stdio.h>

#include "um/err.h"
#include "um/kmalloc.h"

#include "proc.h"

static struct proc_node *root_node;

/* /proc/self and /proc/thread-self: whoever asks. */
static char *self_readlink(struct dentry *dentry __maybe_unused)
{
	return kasprintf("%d", current->tgid);
}

static char *thread_self_readlink(struct dentry *dentry __maybe_unused)
{
	return kasprintf("%d/task/%d", current->tgid, current->pid);
}

static const struct inode_ops self_iops = { .readlink = self_readlink };
static const struct inode_ops thread_self_iops = { .readlink = thread_self_readlink };

static int add_self(struct inode *dir, struct dentry *dentry, const struct inode_ops *ops)
{
	struct inode *inode = new_inode(dir->sb);

	inode->mode = S_IFLNK | 0777;
	inode->ops = ops;
	d_add(dentry, inode);
	return 0;
}

static bool name_is(const struct dentry *dentry, const char *name)
{
	return dentry->name.len == strlen(name) && !memcmp(dentry->name.name, name, strlen(name));
}

static int root_lookup(struct inode *dir, struct dentry *dentry)
{
	int nr = name_number(&dentry->name);

	if (name_is(dentry, "self"))
		return add_self(dir, dentry, &self_iops);
	if (name_is(dentry, "thread-self"))
		return add_self(dir, dentry, &thread_self_iops);
	if (nr < 0)
		return tree_lookup(dir, dentry);
	return pid_dir_add(dentry, nr, false);
}

/* Processes come after the fixed names, at position FIRST_PID + pid: stable while they come
 * and go. */
enum { FIRST_PID = 1 << 16 };

static bool is_dead(const struct dentry *dentry)
{
	const struct pid_inode *pi = dentry->inode ? pid_inode(dentry->inode) : NULL;

	return pi && !pi->pid->task && !dentry->mounted && !(dentry->flags & DCACHE_UNHASHED);
}

/* What is cached of tasks that have gone keeps their pids from being used again.  Nothing here
 * sleeps: the inodes of /proc hold no pages. */
static void forget_dead(struct dentry *root)
{
	struct dentry *dentry, *next;

	list_for_each_entry_safe(dentry, next, &root->children, child) {
		if (!is_dead(dentry))
			continue;
		dget(dentry);
		d_invalidate_children(dentry);
		d_drop(dentry);
		dput(dentry);
	}
}

static int root_iterate(struct file *file, struct dir_context *ctx)
{
	struct proc_node *node;
	loff_t fixed = 2;
	int err = 0;

	if (!ctx->pos)
		forget_dead(file->path.dentry);
	if (ctx->pos < FIRST_PID)
		err = tree_iterate(file, ctx);
	list_for_each_entry(node, &root_node->children, sibling)
		fixed++;
	if (err || ctx->pos < fixed)
		return err;
	if (ctx->pos < FIRST_PID)
		ctx->pos = FIRST_PID;
	if (ctx->pos >= FIRST_PID + PID_MAX_DEFAULT)
		return 0;
	for (int nr = (int)(ctx->pos - FIRST_PID); nr < PID_MAX_DEFAULT; nr++) {
		char name[16];
		int n;

		if (!find_group(nr))
			continue;
		n = snprintf(name, sizeof(name), "%d", nr);
		if (!ctx->emit(ctx, name, n, FIRST_PID + nr, (u64)nr << 16, 4))
			return 0;
		ctx->pos = FIRST_PID + nr + 1;
	}
	ctx->pos = FIRST_PID + PID_MAX_DEFAULT;
	return 0;
}

static const struct inode_ops root_iops = {
	.lookup = root_lookup,
	.setattr = proc_setattr,
	.permission = proc_dir_permission,
	PROC_NO_NEW_NAMES,
};
static const struct file_ops root_fops = { .iterate = root_iterate };

static void proc_evict(struct inode *inode)
{
	struct pid_inode *pi = pid_inode(inode);

	if (!pi)
		return;
	pid_put(pi->pid);
	kfree(pi);
}

static const struct super_ops proc_super_ops = { .evict = proc_evict, .statfs = proc_statfs };

static struct super_block *proc_mount(const struct fs_type *type, unsigned long flags,
				      const char *source, const char *data __maybe_unused)
{
	struct super_block *sb = sb_new(type, flags, source);
	struct inode *inode;

	sb->ops = &proc_super_ops;
	sb->magic = PROC_SUPER_MAGIC;
	sb->blocksize = (u32)PAGE_SIZE;
	sb->dops = &pid_dentry_ops;
	if (!root_node)
		root_node = tree_build(__start_um_proc_rows, __stop_um_proc_rows);
	inode = tree_inode(sb, root_node);
	inode->ino = 1;
	inode->ops = &root_iops;
	inode->fops = &root_fops;
	sb->root = d_make_root(inode);
	return sb;
}

FS_TYPE(proc_fs) = { .name = "proc", .mount = proc_mount };

/* For the listing; root_lookup makes them. */
PROC_FILE(self) = { .path = "self", .link = "self" };
PROC_FILE(thread_self) = { .path = "thread-self", .link = "thread-self" };
PROC_FILE(mounts) = { .path = "mounts", .link = "self/mounts" };
PROC_FILE(net) = { .path = "net", .link = "self/net" };
