/*
 * devtmpfs: /dev, one tmpfs that all its mounts share.  Drivers put their nodes there as they
 * register, whether it is mounted yet or not.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "tmpfs.h"

#define DEV_OPTIONS "mode=755"

static const struct fs_type devtmpfs_type;
static struct super_block *dev_sb;

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

/* The dentry of a name in a directory, with a reference, possibly negative. */
static struct dentry *dev_lookup(struct dentry *dir, const char *name, size_t len)
{
	struct qstr q = { .name = name, .len = len };
	struct dentry *dentry = d_lookup(dir, &q);

	if (dentry)
		return dentry;
	dentry = d_alloc(dir, &q);
	d_add(dentry, NULL);
	return dentry;
}

/* Root's, whoever is current. */
static int dev_make(struct dentry *dir, struct dentry *dentry, umode_t mode, kdev_t rdev)
{
	struct inode *inode = tmpfs_new_inode(dir->sb, mode, rdev);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	tmpfs_add_name(dir->inode, dentry, inode);
	return 0;
}

static int dev_mkdir(struct dentry *dir, const char *name, size_t len, umode_t mode,
		     struct dentry **made)
{
	int err = 0;

	*made = dev_lookup(dir, name, len);
	if (!(*made)->inode)
		err = dev_make(dir, *made, S_IFDIR | mode, 0);
	else if (!S_ISDIR((*made)->inode->mode))
		err = -ENOTDIR;
	if (err)
		dput(*made);
	return err;
}

static void dev_symlink(struct dentry *dir, const char *name, const char *target)
{
	struct dentry *dentry = dev_lookup(dir, name, strlen(name));

	if (!dentry->inode && !dev_make(dir, dentry, S_IFLNK | 0777, 0)) {
		tmpfs_i(dentry->inode)->target = kstrdup(target);
		dentry->inode->size = strlen(target);
	}
	dput(dentry);
}

static void fill(struct dentry *root)
{
	struct dentry *dir;
	size_t i;

	if (!dev_mkdir(root, "pts", 3, 0755, &dir))
		dput(dir);
	if (!dev_mkdir(root, "shm", 3, 01777, &dir))
		dput(dir);
	for (i = 0; i < ARRAY_SIZE(links); i++)
		dev_symlink(root, links[i].name, links[i].target);
}

static struct super_block *dev_super(void)
{
	if (dev_sb)
		return dev_sb;
	dev_sb = tmpfs_new_super(&devtmpfs_type, 0, "devtmpfs", DEV_OPTIONS, false);
	if (IS_ERR(dev_sb))
		panic("devtmpfs: error %ld", -PTR_ERR(dev_sb));
	fill(dev_sb->root);
	return dev_sb;
}

static int add_below(struct dentry *dir, const char *name, umode_t mode, kdev_t rdev)
{
	const char *slash = strchr(name, '/');
	struct dentry *dentry;
	int err;

	if (slash) {
		err = dev_mkdir(dir, name, slash - name, 0755, &dentry);
		if (err)
			return err;
		err = add_below(dentry, slash + 1, mode, rdev);
	} else {
		dentry = dev_lookup(dir, name, strlen(name));
		err = dentry->inode ? -EEXIST : dev_make(dir, dentry, mode, rdev);
	}
	dput(dentry);
	return err;
}

/* A node; the directories that its name goes through are made. */
int devtmpfs_add(const char *name, umode_t mode, kdev_t dev)
{
	return add_below(dev_super()->root, name, mode & S_IFMT ? mode : mode | S_IFCHR, dev);
}

/* Its options change nothing: the others see the same tree. */
static struct super_block *devtmpfs_mount(const struct fs_type *type __maybe_unused,
					  unsigned long flags __maybe_unused,
					  const char *source __maybe_unused,
					  const char *data __maybe_unused)
{
	struct super_block *sb = dev_super();

	sb->refs++;
	return sb;
}

static FS_TYPE(devtmpfs_type) = {
	.name = "devtmpfs",
	.mount = devtmpfs_mount,
};
