/*
 * Files without a name in any directory: pipes, sockets, eventfds and their kind.
 *
 * They live on one internal file system.  Those with nothing of their own to stat share one
 * inode; pipes and sockets have an inode each.  The dentry's name is what /proc/PID/fd shows; one
 * that ends in ":" is followed by the inode's number.
 */
#include "um/bug.h"
#include "um/sched.h"
#include "internal.h"

#include <stdio.h>

static struct mount *anon_mnt;
static struct inode *anon_shared_inode;

static int anon_statfs(struct dentry *dentry, struct statfs64 *st)
{
	simple_statfs(dentry, st);
	if (dentry->inode && S_ISFIFO(dentry->inode->mode))
		st->f_type = PIPEFS_MAGIC;
	else if (dentry->inode && S_ISSOCK(dentry->inode->mode))
		st->f_type = SOCKFS_MAGIC;
	return 0;
}

static const struct super_ops anon_super_ops = { .statfs = anon_statfs };

static struct super_block *anon_mount_fs(const struct fs_type *type, unsigned long flags,
					 const char *source, const char *data __maybe_unused)
{
	struct super_block *sb = sb_new(type, flags, source);
	struct inode *root;

	sb->ops = &anon_super_ops;
	sb->magic = ANON_INODE_FS_MAGIC;
	root = new_inode(sb);
	root->mode = S_IFDIR | 0600;
	sb->root = d_make_root(root);
	return sb;
}

static int anon_dname(struct dentry *dentry, char *buf, size_t n)
{
	const char *name = dentry->name.name;

	if (dentry->name.len && name[dentry->name.len - 1] == ':')
		return snprintf(buf, n, "%s[%llu]", name,
				(unsigned long long)dentry->inode->ino);
	return snprintf(buf, n, "%s", name);
}

static const struct dentry_ops anon_dentry_ops = { .dname = anon_dname };

/* An inode of its own, owned by current, with one reference. */
struct inode *anon_inode_new(umode_t mode)
{
	struct inode *inode = new_inode(anon_mnt->sb);

	inode->mode = mode;
	inode->uid = current_fsuid();
	inode->gid = current_fsgid();
	return inode;
}

/* An open file on the inode, whose reference it takes, also on error.  ERR_PTR(-ENFILE). */
struct file *anon_inode_file(struct inode *inode, const char *name, const struct file_ops *ops,
			     void *private, unsigned flags)
{
	static const unsigned access[] = { FMODE_READ, FMODE_WRITE, FMODE_READ | FMODE_WRITE, 0 };
	struct file *file = file_new_checked();

	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	file->path.mnt = mnt_get(anon_mnt);
	file->path.dentry = d_alloc_pseudo(anon_mnt->sb, name, &anon_dentry_ops);
	d_instantiate(file->path.dentry, inode);
	file->inode = inode;
	file->mapping = inode->mapping;
	file->ops = ops;
	file->private = private;
	file->flags = flags & ~(unsigned)O_CLOEXEC;
	file->mode = access[flags & O_ACCMODE] | FMODE_STREAM;
	if (ops->llseek)
		file->mode |= FMODE_LSEEK;
	file->cred = cred_get(current->cred);
	return file;
}

/* anon_inode_file on the shared inode. */
struct file *anon_file(const char *name, const struct file_ops *ops, void *private, unsigned flags)
{
	return anon_inode_file(ihold(anon_shared_inode), name, ops, private, flags);
}

static int anon_init(void)
{
	anon_mnt = internal_mount("anon_inodefs");
	anon_shared_inode = new_inode(anon_mnt->sb);
	anon_shared_inode->mode = 0600;
	return 0;
}
INITCALL(INIT_VFS, anon_init);

FS_TYPE(anon_fs_type) = {
	.name = "anon_inodefs",
	.mount = anon_mount_fs,
};
