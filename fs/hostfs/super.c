/*
 * hostfs: mounting.
 *
 *	mount -t hostfs -o [shared|exclusive] /host/dir ...
 *
 * Only K itself mounts it, before the guest's first program runs: a guest that could name host
 * directories would not be confined to its own.
 */
#include "um/kmalloc.h"
#include "um/mount_opts.h"
#include "um/os_event.h"
#include "um/printk.h"
#include "um/sched.h"
#include "hostfs.h"

static int parse_options(struct hostfs_sb *sbi, const char *data)
{
	char *copy = kstrdup(data ? data : ""), *rest = copy, *name, *value;
	int err = 0;

	while (!err && mount_opt_next(&rest, &name, &value)) {
		if (!strcmp(name, "shared") && !value)
			sbi->shared = true;
		else if (!strcmp(name, "exclusive") && !value)
			sbi->shared = false;
		else
			err = -EINVAL;
	}
	kfree(copy);
	return err;
}

static int hostfs_statfs(struct dentry *dentry, struct statfs64 *st)
{
	struct host_fd *path = hostfs_path(dentry->sb->root->inode);
	struct os_statfs host;
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	err = os_file_statfs(path->fd, &host);
	host_fd_put(path);
	if (err)
		return err;
	st->f_type = HOSTFS_SUPER_MAGIC;
	st->f_bsize = host.bsize;
	st->f_frsize = host.frsize;
	st->f_blocks = host.blocks;
	st->f_bfree = host.bfree;
	st->f_bavail = host.bavail;
	st->f_files = host.files;
	st->f_ffree = host.ffree;
	st->f_namelen = host.namelen;
	return 0;
}

static long syncfs_work(void *arg)
{
	return os_file_syncfs(((struct host_fd *)arg)->fd);
}

/* The VFS has written the dirty pages. */
static int hostfs_sync(struct super_block *sb)
{
	struct hostfs_sb *sbi = sb->private;
	struct host_fd *data;
	int err;

	if (!sbi->written || !sb->root)
		return 0;
	data = hostfs_data(sb->root->inode, false);
	if (IS_ERR(data))
		return PTR_ERR(data);
	sbi->written = false;
	err = host_work(syncfs_work, data);
	host_fd_put(data);
	return err;
}

static void hostfs_put_super(struct super_block *sb)
{
	struct hostfs_sb *sbi = sb->private;
	struct hash_node *node;

	if (!sbi)
		return;
	while ((node = hash_any(&sbi->memory))) {
		hash_del(&sbi->memory, node);
		kfree(container_of(node, struct hostfs_memory, node));
	}
	hash_free(&sbi->memory);
	hash_free(&sbi->inodes);
	kfree(sbi);
	sb->private = NULL;
}

static void hostfs_show_options(struct seq_file *m, struct super_block *sb)
{
	const struct hostfs_sb *sbi = sb->private;

	if (sbi->shared)
		seq_puts(m, ",shared");
}

static const struct super_ops hostfs_super_ops = {
	.evict = hostfs_evict,
	.statfs = hostfs_statfs,
	.put_super = hostfs_put_super,
	.sync = hostfs_sync,
	.show_options = hostfs_show_options,
};

/* A path descriptor of what is to be shown, or -errno. */
static int open_source(const char *source, struct hostfs_sb *sbi)
{
	struct os_statfs fs;
	struct os_stat st;
	int fd, err;

	if (!source || !*source)
		return -ENOENT;
	fd = os_path_root(source);
	if (fd < 0)
		return fd;
	err = os_file_stat(fd, &st);
	if (!err)
		err = os_file_statfs(fd, &fs);
	if (!err && hostfs_magic_hidden(fs.type))
		err = -EPERM;
	if (err) {
		os_close(fd);
		return err;
	}
	sbi->root_dev = st.dev;
	return fd;
}

static struct inode *make_root(struct super_block *sb, const char *source, const char *data)
{
	struct hostfs_sb *sbi = sb->private;
	int fd = parse_options(sbi, data);

	if (!fd)
		fd = open_source(source, sbi);
	if (fd < 0)
		return ERR_PTR(fd);
	sbi->privileged = os_host_uid() == 0;
	sbi->host_uid = os_host_uid();
	sbi->host_gid = os_host_gid();
	if (sbi->shared)
		sb->dops = &hostfs_shared_dops;
	return hostfs_iget(sb, fd, NULL, false);
}

static struct super_block *hostfs_mount(const struct fs_type *type, unsigned long flags,
					const char *source, const char *data)
{
	struct super_block *sb;
	struct inode *root;

	if (current && current->mm)
		return ERR_PTR(-EPERM);
	sb = sb_new(type, flags, source);
	sb->ops = &hostfs_super_ops;
	sb->magic = HOSTFS_SUPER_MAGIC;
	sb->private = kzalloc_type(struct hostfs_sb);
	root = make_root(sb, source, data);
	if (IS_ERR(root)) {
		sb_put(sb);
		return ERR_PTR(PTR_ERR(root));
	}
	sb->root = d_make_root(root);
	return sb;
}

FS_TYPE(hostfs_type) = {
	.name = "hostfs",
	.mount = hostfs_mount,
};
