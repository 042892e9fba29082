/* The mqueue file system: one flat directory of queues, the same in all its mounts. */
#include <stdio.h>

#include "um/kmalloc.h"
#include "um/pid.h"
#include "um/poll.h"
#include "um/sched.h"
#include "mqueue.h"

#define MQUEUE_MAGIC 0x19800202	/* statfs(2); no UAPI header has it */
#define DIRENT_SIZE 20	/* what a name adds to the directory's st_size, as in Linux */
#define STATUS_SIZE 80	/* st_size of a queue: as much as its text may take */

static struct super_block *mqueue_sb;
struct mount *mqueue_mnt;

/* --- the files */

/* mq_overview(7): what is read from a queue's file. */
static ssize_t mqueue_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	const struct mqueue *queue = mqueue_of(file);
	bool notify = queue->notify_owner;
	bool signal = notify && queue->notify.sigev_notify == SIGEV_SIGNAL;
	char text[STATUS_SIZE];
	size_t len, n;

	snprintf(text, sizeof(text), "QSIZE:%-10llu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
		 (unsigned long long)queue->bytes, notify ? queue->notify.sigev_notify : 0,
		 signal ? queue->notify.sigev_signo : 0, pid_nr(queue->notify_owner));
	len = strlen(text);
	if (*pos < 0)
		return -EINVAL;
	if ((u64)*pos >= len)
		return 0;
	n = copy_to_iter(text + *pos, min(len - (size_t)*pos, to->count), to);
	if (!n && to->count)
		return -EFAULT;
	*pos += (loff_t)n;
	inode_touch(file->inode, ATTR_ATIME | ATTR_CTIME);
	return (ssize_t)n;
}

static u32 mqueue_poll(struct file *file, struct poll_table *pt)
{
	struct mqueue *queue = mqueue_of(file);
	u32 events = 0;

	poll_wait(file, &queue->poll_wait, pt);
	if (queue->attr.mq_curmsgs)
		events |= EPOLLIN | EPOLLRDNORM;
	if (queue->attr.mq_curmsgs < queue->attr.mq_maxmsg)
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

/* Any close of the process that asked for a notification takes it back. */
static int mqueue_flush(struct file *file)
{
	struct mqueue *queue = mqueue_of(file);

	if (queue->notify_owner && queue->notify_owner->nr == current->tgid)
		mqueue_notify_off(queue);
	return 0;
}

const struct file_ops mqueue_fops = {
	.read = mqueue_read,
	.poll = mqueue_poll,
	.flush = mqueue_flush,
};

/* --- the directory */

static int mqueue_lookup(struct inode *dir __maybe_unused, struct dentry *dentry)
{
	d_add(dentry, NULL);
	return 0;
}

static void dir_changed(struct inode *dir, int names)
{
	dir->size += names * DIRENT_SIZE;
	inode_touch(dir, ATTR_ATIME | ATTR_MTIME | ATTR_CTIME);
}

int mqueue_make(struct inode *dir, struct dentry *dentry, umode_t mode, const struct mq_attr *attr)
{
	struct mqueue *queue = mqueue_new(attr);
	struct inode *inode;

	if (IS_ERR(queue))
		return PTR_ERR(queue);
	inode = new_inode(dir->sb);
	inode_init_owner(inode, NULL, S_IFREG | mode);
	inode->fops = &mqueue_fops;
	inode->size = STATUS_SIZE;
	inode->private = queue;
	dir_changed(dir, 1);
	d_instantiate(dentry, inode);
	dget(dentry);
	return 0;
}

static int mqueue_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return mqueue_make(dir, dentry, mode & 07777, NULL);
}

static int mqueue_unlink(struct inode *dir, struct dentry *dentry)
{
	dir_changed(dir, -1);
	dentry->inode->nlink--;
	dput(dentry);
	return 0;
}

static const struct inode_ops mqueue_dir_iops = {
	.lookup = mqueue_lookup,
	.create = mqueue_create,
	.unlink = mqueue_unlink,
};

/* --- the super block */

static void mqueue_evict(struct inode *inode)
{
	if (S_ISREG(inode->mode) && inode->private)
		mqueue_free(inode->private);
	inode->private = NULL;
}

static const struct super_ops mqueue_super_ops = {
	.evict = mqueue_evict,
	.statfs = simple_statfs,
};

static struct super_block *make_super(const struct fs_type *type)
{
	struct super_block *sb = sb_new(type, 0, "mqueue");
	struct inode *root = new_inode(sb);

	sb->ops = &mqueue_super_ops;
	sb->magic = MQUEUE_MAGIC;
	root->mode = S_IFDIR | S_ISVTX | 0777;
	root->nlink = 2;
	root->ops = &mqueue_dir_iops;
	root->fops = &dcache_dir_ops;
	sb->root = d_make_root(root);
	return sb;
}

static struct super_block *mqueue_mount(const struct fs_type *type,
					unsigned long flags __maybe_unused,
					const char *source __maybe_unused,
					const char *data __maybe_unused)
{
	if (!mqueue_sb)
		mqueue_sb = make_super(type);
	else
		mqueue_sb->refs++;
	return mqueue_sb;
}

static int mqueue_init(void)
{
	mqueue_mnt = internal_mount("mqueue");
	return 0;
}
INITCALL(INIT_FS, mqueue_init);

FS_TYPE(mqueue_type) = {
	.name = "mqueue",
	.mount = mqueue_mount,
};
