/*
 * /proc/PID/fd and fdinfo: the open files of a task.
 *
 * A link in fd/ leads to the very place that the file was opened at, not to its name: it works
 * for deleted files, pipes and what else has no name.  A descriptor table may move or go while
 * one sleeps, so it is asked anew each time.
 */
#include <stdio.h>

#include "um/kmalloc.h"

#include "proc.h"

#define FIRST_FD 2	/* the position of descriptor 0 */

static struct file *task_file(const struct task *task, int fd)
{
	const struct files *files = task->files;

	return files && fd >= 0 && (unsigned)fd < files->max ? files->fd[fd].file : NULL;
}

/* The file an inode below fd/ or fdinfo/ is about, with a reference.  ERR_PTR(-ENOENT, -EACCES). */
static struct file *inode_file(const struct inode *inode)
{
	struct task *task = pid_inode_task(inode);
	struct file *file = NULL;
	bool allowed = false;

	if (task) {
		allowed = may_inspect(task);
		file = task_file(task, pid_inode(inode)->fd);
		if (file)
			file_get(file);
		task_put(task);
	}
	if (file && !allowed) {
		fput(file);
		return ERR_PTR(-EACCES);
	}
	return file ? file : ERR_PTR(-ENOENT);
}

/* --- links */

static int fd_follow(struct dentry *dentry, struct path *path)
{
	struct file *file = inode_file(dentry->inode);

	if (IS_ERR(file))
		return PTR_ERR(file);
	*path = file->path;
	path_get(path);
	fput(file);
	return 0;
}

static char *fd_readlink(struct dentry *dentry)
{
	struct file *file = inode_file(dentry->inode);
	char *text;

	if (IS_ERR(file))
		return (char *)file;
	text = path_text(&file->path);
	fput(file);
	return text;
}

static const struct inode_ops fd_link_iops = { .readlink = fd_readlink, .follow = fd_follow,
					       .setattr = proc_setattr };

static umode_t link_mode(const struct file *file)
{
	return S_IFLNK | (file->mode & FMODE_READ ? 0500 : 0) |
	       (file->mode & FMODE_WRITE ? 0300 : 0);
}

/* For revalidation: is the descriptor still open?  A link's mode follows how. */
bool fd_inode_update(struct inode *inode, struct task *task)
{
	const struct file *file = task_file(task, pid_inode(inode)->fd);

	if (file && S_ISLNK(inode->mode))
		inode->mode = link_mode(file);
	return file;
}

/* --- fdinfo */

static int fdinfo_show(struct seq_file *m, void *private)
{
	struct inode *inode = private;
	struct task *task = pid_inode_task(inode);
	int fd = pid_inode(inode)->fd;
	struct file *file = task ? task_file(task, fd) : NULL;
	int err = -ENOENT;
	unsigned flags;

	if (file) {
		err = 0;
		file_get(file);
		flags = file->flags | (task->files->fd[fd].cloexec ? O_CLOEXEC : 0);
		seq_printf(m, "pos:\t%lli\nflags:\t0%o\nmnt_id:\t%i\nino:\t%llu\n",
			   (long long)file->pos, flags, file->path.mnt ? file->path.mnt->id : 0,
			   (unsigned long long)file->path.dentry->inode->ino);
		if (file->ops && file->ops->show_fdinfo)
			file->ops->show_fdinfo(m, file);
		fput(file);
	}
	if (task)
		task_put(task);
	return err;
}

static int fdinfo_open(struct inode *inode, struct file *file)
{
	struct file *shown = inode_file(inode);

	if (IS_ERR(shown))
		return PTR_ERR(shown);
	fput(shown);
	return seq_open(file, fdinfo_show, inode);
}

static const struct inode_ops fdinfo_file_iops = { .setattr = proc_setattr };
static const struct file_ops fdinfo_file_fops = {
	.open = fdinfo_open,
	.release = seq_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

/* --- the directories */

static int add_fd(struct inode *dir, struct dentry *dentry, bool info)
{
	const struct pid_inode *pi = pid_inode(dir);
	const struct task *task = pi->pid->task;
	int fd = name_number(&dentry->name);
	const struct file *file = task ? task_file(task, fd) : NULL;
	struct inode *inode;

	if (!file)
		return -ENOENT;
	inode = pid_inode_new(dir->sb, pi->pid, NULL, info ? S_IFREG | 0444 : link_mode(file),
			      pi->thread, fd);
	inode->ops = info ? &fdinfo_file_iops : &fd_link_iops;
	inode->fops = info ? &fdinfo_file_fops : NULL;
	if (!info)
		inode->size = 64;
	d_add(dentry, inode);
	return 0;
}

static int fd_dir_lookup(struct inode *dir, struct dentry *dentry)
{
	return add_fd(dir, dentry, false);
}

static int fdinfo_dir_lookup(struct inode *dir, struct dentry *dentry)
{
	return add_fd(dir, dentry, true);
}

/* A process sees its own descriptors, also when the directory is not its own any more. */
static int fd_dir_permission(struct inode *inode, int mask)
{
	const struct task *task = pid_inode(inode)->pid->task;

	if (task && same_group(task, current))
		return 0;
	return proc_dir_permission(inode, mask);
}

/* The lowest open descriptor from `fd` on; -1: none. */
static int next_fd(const struct task *task, loff_t fd)
{
	const struct files *files = task->files;

	for (; files && fd < files->max; fd++)
		if (files->fd[fd].file)
			return (int)fd;
	return -1;
}

static int list_fds(struct file *file, struct dir_context *ctx, unsigned type)
{
	const struct pid_inode *pi = pid_inode(file->inode);
	struct task *task = pid_inode_task(file->inode);
	char name[16];
	int fd, n;
	u64 ino;

	if (!task)
		return -ENOENT;
	if (!emit_dots(file, ctx))
		goto out;
	while ((fd = next_fd(task, ctx->pos - FIRST_FD)) >= 0) {
		n = snprintf(name, sizeof(name), "%d", fd);
		ino = pid_ino(pi, (1 << 12) + (u64)fd % (1 << 12));
		if (!ctx->emit(ctx, name, n, fd + FIRST_FD, ino, type))
			break;
		ctx->pos = (loff_t)fd + FIRST_FD + 1;
	}
out:
	task_put(task);
	return 0;
}

static int fd_dir_iterate(struct file *file, struct dir_context *ctx)
{
	return list_fds(file, ctx, mode_to_dtype(S_IFLNK));
}

static int fdinfo_dir_iterate(struct file *file, struct dir_context *ctx)
{
	return list_fds(file, ctx, mode_to_dtype(S_IFREG));
}

const struct inode_ops fd_dir_iops = {
	.lookup = fd_dir_lookup,
	.setattr = proc_setattr,
	PROC_NO_NEW_NAMES,
	.permission = fd_dir_permission,
};
const struct file_ops fd_dir_fops = { .iterate = fd_dir_iterate };

const struct inode_ops fdinfo_dir_iops = {
	.lookup = fdinfo_dir_lookup,
	.setattr = proc_setattr,
	PROC_NO_NEW_NAMES,
	.permission = fd_dir_permission,
};
const struct file_ops fdinfo_dir_fops = { .iterate = fdinfo_dir_iterate };
