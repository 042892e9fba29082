/*
 * devpts: the directory of pty slaves.  Each mount is an instance with numbers of its own.
 *
 * A slave's node is there from its master's open to the master's close; until then the pty driver
 * holds a reference of its dentry, and of the super block.  inode->private is the slave, and
 * NULL once the master has gone.
 */
#include "um/devpts.h"

#include <linux/inotify.h>
#include <linux/major.h>
#include <stdio.h>

#include "um/kmalloc.h"
#include "um/mount_opts.h"
#include "um/tty.h"

#define PTYS_MAX 1024	/* in all instances: each costs K some 25 KB */
#define PERMS 07777

struct devpts {
	struct super_block *sb;
	bool set_uid, set_gid;
	uid_t uid;
	gid_t gid;
	umode_t mode, ptmx_mode;
	unsigned max;
	struct dentry *ptmx;	/* a reference */
	u32 used[PTYS_MAX / 32];	/* numbers taken, as bits */
};

static unsigned nr_ptys;

/* --- numbers */

int devpts_new_index(struct devpts *pts)
{
	unsigned i;

	if (nr_ptys >= PTYS_MAX)
		return -ENOSPC;
	for (i = 0; i < pts->max; i++) {
		if (pts->used[i / 32] & (1U << i % 32))
			continue;
		pts->used[i / 32] |= 1U << i % 32;
		nr_ptys++;
		return (int)i;
	}
	return -ENOSPC;
}

void devpts_free_index(struct devpts *pts, int index)
{
	pts->used[index / 32] &= ~(1U << index % 32);
	nr_ptys--;
}

/* --- finding the instance */

/* "pts" beside the ptmx node, also where that is a file mounted on its own. */
static int path_of_pts(struct file *ptmx, struct path *path)
{
	static const struct qstr name = { .name = "pts", .len = 3 };
	struct dentry *node = ptmx->path.dentry;
	struct mount *mnt = ptmx->path.mnt;
	struct path beside;

	while (node == mnt->root && mnt->parent != mnt) {
		node = mnt->mountpoint;
		mnt = mnt->parent;
	}
	beside.dentry = d_lookup(node->parent, &name);
	if (!beside.dentry)
		return -ENODEV;
	beside.mnt = mnt_get(mnt);
	follow_mount(&beside);
	*path = beside;
	return 0;
}

static int root_of_instance(struct file *ptmx, struct path *path)
{
	int err = 0;

	if (ptmx->path.dentry->sb->magic == DEVPTS_SUPER_MAGIC) {
		path_get(&ptmx->path);
		*path = ptmx->path;
		return 0;
	}
	err = path_of_pts(ptmx, path);
	if (err)
		return err;
	if (path->dentry->sb->magic == DEVPTS_SUPER_MAGIC && path->dentry == path->dentry->sb->root)
		return 0;
	path_put(path);
	return -ENODEV;
}

struct devpts *devpts_acquire(struct file *ptmx)
{
	struct devpts *pts;
	struct path path;
	int err = root_of_instance(ptmx, &path);

	if (err)
		return ERR_PTR(err);
	pts = path.dentry->sb->private;
	pts->sb->refs++;
	path_put(&path);
	return pts;
}

void devpts_release(struct devpts *pts)
{
	sb_put(pts->sb);
}

int devpts_node_path(struct devpts *pts, struct file *ptmx, struct dentry *node, struct path *path)
{
	int err = root_of_instance(ptmx, path);

	if (err)
		return err;
	if (path->dentry->sb != pts->sb) {
		path_put(path);
		return -ENODEV;
	}
	dget(node);
	dput(path->dentry);
	path->dentry = node;
	return 0;
}

/* --- nodes */

static struct inode *node_inode(struct devpts *pts, u64 ino, umode_t mode, kdev_t dev)
{
	struct inode *inode = new_inode(pts->sb);

	inode->ino = ino;
	init_special_inode(inode, S_IFCHR | mode, dev);
	return inode;
}

static struct dentry *add_name(struct devpts *pts, const char *name, struct inode *inode)
{
	struct dentry *root = pts->sb->root, *dentry;

	mutex_lock(&root->inode->lock);
	dentry = lookup_one(root, name, strlen(name));
	if (!IS_ERR(dentry) && dentry->inode) {
		dput(dentry);
		dentry = ERR_PTR(-EEXIST);
	}
	if (!IS_ERR(dentry))
		d_instantiate(dentry, inode);
	mutex_unlock(&root->inode->lock);
	if (IS_ERR(dentry))
		iput(inode);
	return dentry;
}

struct dentry *devpts_node_add(struct devpts *pts, int index, struct tty *slave)
{
	struct inode *inode = node_inode(pts, (u64)index + 3, pts->mode,
					 MKDEV(UNIX98_PTY_SLAVE_MAJOR, index));
	struct dentry *dentry;
	char name[12];

	inode->uid = pts->set_uid ? pts->uid : current_fsuid();
	inode->gid = pts->set_gid ? pts->gid : current_fsgid();
	inode->private = slave;
	snprintf(name, sizeof(name), "%d", index);
	dentry = add_name(pts, name, inode);
	if (!IS_ERR(dentry))
		fsnotify_dir(pts->sb->root->inode, IN_CREATE, dentry->name.name, 0, false);
	return dentry;
}

void devpts_node_remove(struct dentry *node)
{
	struct inode *dir = node->parent->inode;

	mutex_lock(&dir->lock);
	node->inode->private = NULL;
	node->inode->nlink = 0;
	fsnotify_dir(dir, IN_DELETE, node->name.name, 0, false);
	d_delete(node);
	mutex_unlock(&dir->lock);
	dput(node);
}

/* --- mount options */

static void default_options(struct devpts *pts)
{
	pts->set_uid = pts->set_gid = false;
	pts->mode = 0600;
	pts->ptmx_mode = 0;
	pts->max = PTYS_MAX;
}

static bool id_option(const char *value, u32 *id, bool *set)
{
	u64 n;

	if (!value || !mount_opt_number(value, 10, &n) || n >= UINT32_MAX)
		return false;
	*id = (u32)n;
	*set = true;
	return true;
}

static bool mode_option(const char *value, umode_t *mode)
{
	u64 n;

	if (!value || !mount_opt_number(value, 8, &n))
		return false;
	*mode = (umode_t)n & PERMS;
	return true;
}

static bool max_option(const char *value, unsigned *max)
{
	u64 n;

	if (!value || !mount_opt_number(value, 10, &n) || n > 1 << 20)
		return false;
	*max = min((unsigned)n, (unsigned)PTYS_MAX);
	return true;
}

static bool one_option(struct devpts *pts, const char *name, const char *value)
{
	if (!strcmp(name, "uid"))
		return id_option(value, &pts->uid, &pts->set_uid);
	if (!strcmp(name, "gid"))
		return id_option(value, &pts->gid, &pts->set_gid);
	if (!strcmp(name, "mode"))
		return mode_option(value, &pts->mode);
	if (!strcmp(name, "ptmxmode"))
		return mode_option(value, &pts->ptmx_mode);
	if (!strcmp(name, "max"))
		return max_option(value, &pts->max);
	return !strcmp(name, "newinstance") && !value;	/* each mount is one */
}

static int parse_options(struct devpts *pts, const char *data)
{
	char *copy, *rest, *name, *value;
	int err = 0;

	default_options(pts);
	if (!data)
		return 0;
	copy = rest = kstrdup(data);
	while (!err && mount_opt_next(&rest, &name, &value))
		if (!one_option(pts, name, value))
			err = -EINVAL;
	kfree(copy);
	return err;
}

static int devpts_remount(struct super_block *sb, unsigned long flags __maybe_unused,
			  const char *data)
{
	struct devpts *pts = sb->private;
	int err = parse_options(pts, data);

	if (!err)
		pts->ptmx->inode->mode = S_IFCHR | pts->ptmx_mode;
	return err;
}

static void devpts_show_options(struct seq_file *m, struct super_block *sb)
{
	const struct devpts *pts = sb->private;

	if (pts->set_uid)
		seq_printf(m, ",uid=%u", pts->uid);
	if (pts->set_gid)
		seq_printf(m, ",gid=%u", pts->gid);
	seq_printf(m, ",mode=%03o,ptmxmode=%03o", pts->mode, pts->ptmx_mode);
	if (pts->max < PTYS_MAX)
		seq_printf(m, ",max=%u", pts->max);
}

/* --- the file system */

static int devpts_lookup(struct inode *dir __maybe_unused, struct dentry *dentry __maybe_unused)
{
	return -ENOENT;		/* what exists is in the dentry cache */
}

static const struct inode_ops devpts_dir_inode_ops = {
	.lookup = devpts_lookup,
};

static void devpts_put_super(struct super_block *sb)
{
	kfree(sb->private);
}

static const struct super_ops devpts_super_ops = {
	.statfs = simple_statfs,
	.put_super = devpts_put_super,
	.remount = devpts_remount,
	.show_options = devpts_show_options,
};

static void make_root(struct super_block *sb)
{
	struct inode *inode = new_inode(sb);

	inode->ino = 1;
	inode->mode = S_IFDIR | 0755;
	inode->nlink = 2;
	inode->ops = &devpts_dir_inode_ops;
	inode->fops = &dcache_dir_ops;
	sb->root = d_make_root(inode);
}

static struct super_block *devpts_mount(const struct fs_type *type, unsigned long flags,
					const char *source, const char *data)
{
	struct devpts *pts = kzalloc_type(struct devpts);
	struct super_block *sb;
	int err = parse_options(pts, data);

	if (err) {
		kfree(pts);
		return ERR_PTR(err);
	}
	sb = sb_new(type, flags, source ? source : "devpts");
	pts->sb = sb;
	sb->private = pts;
	sb->ops = &devpts_super_ops;
	sb->magic = DEVPTS_SUPER_MAGIC;
	sb->blocksize = 1024;
	make_root(sb);
	pts->ptmx = add_name(pts, "ptmx",
			     node_inode(pts, 2, pts->ptmx_mode, MKDEV(TTYAUX_MAJOR, 2)));
	if (IS_ERR(pts->ptmx)) {
		err = PTR_ERR(pts->ptmx);
		sb_put(sb);
		return ERR_PTR(err);
	}
	return sb;
}

FS_TYPE(devpts_fs_type) = {
	.name = "devpts",
	.mount = devpts_mount,
};
