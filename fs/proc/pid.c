/*
 * /proc/PID: what can be seen of one task.
 *
 * An inode remembers the pid, not the task: reading finds the task anew, and fails with ESRCH when
 * it has gone.
 */
#include <stdio.h>

#include "um/err.h"
#include "um/kmalloc.h"

#include "proc.h"

/* What the inode is about; NULL: it is about no task. */
struct pid_inode *pid_inode(const struct inode *inode)
{
	bool about_pid = inode->sb->dops == &pid_dentry_ops && inode->flags & S_PRIVATE_PID;

	return about_pid ? inode->private : NULL;
}

/* The task of an inode that is about one, with a reference; NULL: it has gone. */
struct task *pid_inode_task(const struct inode *inode)
{
	struct task *task = pid_inode(inode)->pid->task;

	return task ? task_get(task) : NULL;
}

/* Is the file that m prints below task/TID? */
bool shows_thread(const struct seq_file *m)
{
	return pid_inode(m->file->inode)->thread;
}

/* Inode numbers of a task's files: 16 bits for each pid, half of them for it as a thread. */
u64 pid_ino(const struct pid_inode *pi, u64 nr)
{
	return ((u64)pi->pid->nr << 16) + (pi->thread ? 1 << 15 : 0) + nr;
}

/* A file belongs to its task's effective user; to root if the task may not be looked into, but
 * for directories that anybody may read. */
static void set_owner(struct inode *inode, const struct task *task)
{
	bool open_dir = inode->mode == (S_IFDIR | 0555);
	bool own = task->cred && (open_dir || !task->mm || task->mm->dumpable);

	inode->uid = own ? task->cred->euid : 0;
	inode->gid = own ? task->cred->egid : 0;
}

/* An inode about a task, or about its descriptor fd (else -1); the caller sets its operations. */
struct inode *pid_inode_new(struct super_block *sb, struct pid *pid, const struct pid_entry *entry,
			    umode_t mode, bool thread, int fd)
{
	struct inode *inode = new_inode(sb);
	struct pid_inode *pi = kzalloc_type(struct pid_inode);
	struct task *task = pid->task;

	pi->pid = pid_get(pid);
	pi->entry = entry;
	pi->thread = thread;
	pi->fd = fd;
	inode->flags |= S_PRIVATE_PID;
	inode->private = pi;
	inode->mode = mode;
	inode->nlink = S_ISDIR(mode) ? 2 : 1;
	if (task)
		set_owner(inode, task);
	return inode;
}

/* --- files */

static int entry_show(struct seq_file *m, void *private)
{
	struct inode *inode = private;
	const struct pid_entry *entry = pid_inode(inode)->entry;
	struct task *task = pid_inode_task(inode);
	int err = -ESRCH;

	if (task)
		err = entry->inspect && !may_inspect(task) ? -EACCES : entry->show(m, task);
	if (task)
		task_put(task);
	return err;
}

static int entry_open(struct inode *inode, struct file *file)
{
	struct task *task = pid_inode_task(inode);
	bool allowed;

	if (!task)
		return -ESRCH;
	allowed = !pid_inode(inode)->entry->inspect || may_inspect(task);
	task_put(task);
	return allowed ? seq_open(file, entry_show, inode) : -EACCES;
}

static ssize_t entry_write(struct file *file, struct iov_iter *from, loff_t *pos __maybe_unused)
{
	const struct pid_entry *entry = pid_inode(file->inode)->entry;
	struct task *task = pid_inode_task(file->inode);
	size_t n = 0;
	char *text;
	int err = -ESRCH;

	if (!task)
		return -ESRCH;
	if (entry->inspect && !may_inspect(task)) {
		task_put(task);
		return -EACCES;
	}
	text = entry->write ? text_from_iter(from, &n) : ERR_PTR(-EIO);
	if (IS_ERR(text)) {
		task_put(task);
		return PTR_ERR(text);
	}
	err = entry->write(task, text, n);
	kfree(text);
	task_put(task);
	return err ? err : (ssize_t)n;
}

static const struct file_ops entry_fops = {
	.open = entry_open,
	.release = seq_release,
	.read = seq_read,
	.write = entry_write,
	.llseek = seq_lseek,
};

/* --- links */

static int entry_follow(struct dentry *dentry, struct path *path)
{
	const struct pid_entry *entry = pid_inode(dentry->inode)->entry;
	struct task *task = pid_inode_task(dentry->inode);
	int err = -ENOENT;

	if (!task)
		return -ENOENT;
	err = may_inspect(task) ? entry->follow(task, path) : -EACCES;
	task_put(task);
	return err;
}

/* The path as current sees it, kmalloc'ed; ERR_PTR. */
char *path_text(const struct path *path)
{
	char *buf = kzalloc(PATH_MAX);
	char *text = d_path(path, buf, PATH_MAX);

	if (!IS_ERR(text))
		text = kstrdup(text);
	kfree(buf);
	return text;
}

static char *followed_text(const struct pid_entry *entry, struct task *task)
{
	struct path path;
	int err = entry->follow(task, &path);
	char *text;

	if (err)
		return ERR_PTR(err);
	text = path_text(&path);
	path_put(&path);
	return text;
}

static char *entry_readlink(struct dentry *dentry)
{
	const struct pid_entry *entry = pid_inode(dentry->inode)->entry;
	struct task *task = pid_inode_task(dentry->inode);
	char *text;

	if (!task)
		return ERR_PTR(-ENOENT);
	if (!may_inspect(task))
		text = ERR_PTR(-EACCES);
	else
		text = entry->readlink ? entry->readlink(task) : followed_text(entry, task);
	task_put(task);
	return text;
}

static const struct inode_ops entry_link_iops = {
	.readlink = entry_readlink,
	.follow = entry_follow,
	.setattr = proc_setattr,
};
static const struct inode_ops entry_text_link_iops = { .readlink = entry_readlink,
						       .setattr = proc_setattr };
static const struct inode_ops entry_file_iops = { .setattr = proc_setattr };

/* --- the directory */

static void set_ops(struct inode *inode, const struct pid_entry *entry)
{
	if (entry->iops || entry->fops) {
		inode->ops = entry->iops ? entry->iops : &entry_file_iops;
		inode->fops = entry->fops;
	} else if (S_ISLNK(entry->mode)) {
		inode->ops = entry->follow ? &entry_link_iops : &entry_text_link_iops;
	} else {
		inode->ops = &entry_file_iops;
		inode->fops = &entry_fops;
	}
}

static bool entry_is(const struct pid_entry *entry, const struct qstr *name)
{
	return strlen(entry->name) == name->len && !memcmp(entry->name, name->name, name->len);
}

/* Looks a name up in a directory that consists of a table's entries. */
int entries_lookup(struct inode *dir, struct dentry *dentry, const struct pid_entry_table *table)
{
	struct pid_inode *pi = pid_inode(dir);
	struct inode *inode;

	if (!pi->pid->task)
		return -ENOENT;
	for (size_t i = 0; i < table->count; i++) {
		const struct pid_entry *entry = &table->entries[i];

		if (!entry_is(entry, &dentry->name) || (pi->thread && entry->group_only))
			continue;
		inode = pid_inode_new(dir->sb, pi->pid, entry, entry->mode, pi->thread, -1);
		inode->ino = pid_ino(pi, table->first_ino + i);
		set_ops(inode, entry);
		d_add(dentry, inode);
		return 0;
	}
	d_add(dentry, NULL);
	return 0;
}

/* Lists such a directory. */
int entries_iterate(struct file *file, struct dir_context *ctx,
		    const struct pid_entry_table *table)
{
	struct pid_inode *pi = pid_inode(file->inode);

	if (!pi->pid->task)
		return -ENOENT;
	if (!emit_dots(file, ctx))
		return 0;
	for (u64 i = (u64)ctx->pos - 2; i < table->count; i++) {
		const struct pid_entry *entry = &table->entries[i];

		if (!(pi->thread && entry->group_only) &&
		    !ctx->emit(ctx, entry->name, (int)strlen(entry->name), (loff_t)i + 2,
			       pid_ino(pi, table->first_ino + i), mode_to_dtype(entry->mode)))
			return 0;
		ctx->pos = (loff_t)i + 3;
	}
	return 0;
}

static int pid_dir_lookup(struct inode *dir, struct dentry *dentry)
{
	return entries_lookup(dir, dentry, &pid_table);
}

static int pid_dir_iterate(struct file *file, struct dir_context *ctx)
{
	return entries_iterate(file, ctx, &pid_table);
}

static u32 pid_dir_nlink(bool thread)
{
	u32 nlink = 2;

	for (size_t i = 0; i < pid_table.count; i++)
		nlink += S_ISDIR(pid_table.entries[i].mode) &&
			 !(thread && pid_table.entries[i].group_only);
	return nlink;
}

static const struct inode_ops pid_dir_ops = {
	.lookup = pid_dir_lookup,
	.setattr = proc_setattr,
	.permission = proc_dir_permission,
	PROC_NO_NEW_NAMES,
};
static const struct file_ops pid_dir_fops = { .iterate = pid_dir_iterate };

struct pid *proc_dir_pid(const struct file *file)
{
	const struct pid_inode *pi = file->ops == &pid_dir_fops ? pid_inode(file->inode) : NULL;

	return pi && !pi->thread ? pi->pid : NULL;
}

/* Fills the dentry with the directory of a task; `thread`: below task/.  -ENOENT: nobody has
 * this pid. */
int pid_dir_add(struct dentry *dentry, int nr, bool thread)
{
	struct pid *pid = pid_find(nr);
	struct inode *inode;

	if (!pid || !pid->task)
		return -ENOENT;
	inode = pid_inode_new(dentry->sb, pid, NULL, S_IFDIR | 0555, thread, -1);
	inode->ino = pid_ino(pid_inode(inode), 0);
	inode->nlink = pid_dir_nlink(thread);
	inode->ops = &pid_dir_ops;
	inode->fops = &pid_dir_fops;
	d_add(dentry, inode);
	return 0;
}

/* Names below a task's directory are looked up again once the task has gone; a new owner is
 * taken over. */
static bool pid_revalidate(struct dentry *dentry)
{
	struct pid_inode *pi = dentry->inode ? pid_inode(dentry->inode) : NULL;
	struct task *task;

	if (!dentry->inode)
		return false;
	if (!pi)
		return true;
	task = pi->pid->task;
	if (!task || (pi->fd >= 0 && !fd_inode_update(dentry->inode, task)))
		return false;
	set_owner(dentry->inode, task);
	return true;
}

/* Tasks come and go: what is known of each, kept, would fill the cache. */
static bool pid_unwanted(const struct dentry *dentry)
{
	return !dentry->inode || pid_inode(dentry->inode);
}

const struct dentry_ops pid_dentry_ops = {
	.revalidate = pid_revalidate,
	.unwanted = pid_unwanted,
};

/* --- task/ */

static int task_dir_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task *leader = pid_inode_task(dir), *task;
	int nr = name_number(&dentry->name), err = -ENOENT;

	if (!leader)
		return -ENOENT;
	task = find_task(nr);
	if (task && same_group(task, leader))
		err = pid_dir_add(dentry, nr, true);
	task_put(leader);
	return err;
}

static int task_dir_getattr(struct inode *dir)
{
	const struct task *leader = pid_inode(dir)->pid->task, *task;

	if (!leader)
		return -ENOENT;
	dir->nlink = 2;
	for_each_thread(leader->group, task)
		dir->nlink++;
	return 0;
}

static int task_dir_iterate(struct file *file, struct dir_context *ctx)
{
	struct task *leader = pid_inode_task(file->inode), *task;
	char name[16];

	if (!leader)
		return -ENOENT;
	if (!emit_dots(file, ctx))
		goto out;
	/* The position is the last tid shown plus 2: threads are listed by tid. */
	for (;;) {
		struct task *next = NULL;
		int n, tid;

		for_each_thread(leader->group, task)
			if (task->pid + 2 > ctx->pos && (!next || task->pid < next->pid))
				next = task;
		if (!next)
			break;
		n = snprintf(name, sizeof(name), "%d", next->pid);
		tid = next->pid;
		if (!ctx->emit(ctx, name, n, ctx->pos, ((u64)tid << 16) + (1 << 15), 4))
			break;
		ctx->pos = tid + 2;
	}
out:
	task_put(leader);
	return 0;
}

const struct inode_ops task_dir_iops = {
	.lookup = task_dir_lookup,
	.getattr = task_dir_getattr,
	.setattr = proc_setattr,
	.permission = proc_dir_permission,
	PROC_NO_NEW_NAMES,
};
const struct file_ops task_dir_fops = { .iterate = task_dir_iterate };
