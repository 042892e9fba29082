/* What the files of /proc share. */
#ifndef FS_PROC_PROC_H
#define FS_PROC_PROC_H

#include "um/proc_fs.h"
#include "um/sched.h"

/* --- tree.c: directories and files made from rows */
struct proc_node {
	const char *name;
	u64 ino;
	struct proc_node *parent;
	struct list_head children, sibling;
	const struct proc_row *row;	/* NULL: a directory without a row */
};

struct proc_node *tree_build(const struct proc_row *begin, const struct proc_row *end);
struct proc_node *tree_find(struct proc_node *dir, const char *name, size_t len);
/* The inode of a node, referenced. */
struct inode *tree_inode(struct super_block *sb, struct proc_node *node);
int tree_lookup(struct inode *dir, struct dentry *dentry);
int tree_iterate(struct file *file, struct dir_context *ctx);
int tree_iterate_node(struct proc_node *dir, struct file *file, struct dir_context *ctx);
/* ".", ".." and then entries from position 2 on; false: full. */
bool emit_dots(struct file *file, struct dir_context *ctx);
int proc_statfs(struct dentry *dentry, struct statfs64 *st);
/* A write of a whole short text, for files whose write is text in, effect out. */
char *text_from_iter(struct iov_iter *from, size_t *len);	/* kmalloc'ed; ERR_PTR */
int proc_setattr(struct dentry *dentry, struct iattr *attr);
int name_number(const struct qstr *name);			/* decimal; -1: it is no number */
int text_number(const char *text, long long *value);		/* 0, -EINVAL, -ERANGE */

/* What directories of /proc say to those who would make a name: -ENOENT, as for one that is not
 * there. */
int no_create(struct inode *dir, struct dentry *dentry, umode_t mode);
int no_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t dev);
int no_symlink(struct inode *dir, struct dentry *dentry, const char *target);
int proc_dir_permission(struct inode *inode, int mask);
#define PROC_NO_NEW_NAMES                                                                          \
	.create = no_create, .mkdir = no_create, .mknod = no_mknod, .symlink = no_symlink

/* --- pid.c: /proc/PID and /proc/PID/task/TID */
int pid_dir_add(struct dentry *dentry, int nr, bool thread);	/* -ENOENT */

#define S_PRIVATE_PID (1 << 30)	/* inode->private is a struct pid_inode */

/* What a /proc/PID inode is about; inode->private. */
struct pid_inode {
	struct pid *pid;		/* a reference */
	const struct pid_entry *entry;	/* NULL: the directory itself */
	bool thread;			/* below task/: this thread alone */
	int fd;				/* below fd/ and fdinfo/ */
};

/* One name in /proc/PID. */
struct pid_entry {
	const char *name;
	umode_t mode;			/* with its S_IFMT bits */
	bool inspect;			/* only for those who may_inspect the task */
	bool group_only;		/* not in task/TID */
	int (*show)(struct seq_file *m, struct task *task);
	int (*write)(struct task *task, const char *text, size_t n);
	int (*follow)(struct task *task, struct path *path);
	char *(*readlink)(struct task *task);
	const struct inode_ops *iops;	/* directories */
	const struct file_ops *fops;
};

/* A directory of entries: lookup and iterate of a pid_inode directory over a table of them.
 * Positions begin at 2; first_ino: of the first entry, in the listing and in stat. */
struct pid_entry_table {
	const struct pid_entry *entries;
	size_t count;
	u64 first_ino;			/* within the task's own numbers: below 1 << 12 */
};
extern const struct pid_entry_table pid_table;	/* pid_entries.c: /proc/PID itself */
extern const struct inode_ops task_dir_iops;
extern const struct file_ops task_dir_fops;
int entries_lookup(struct inode *dir, struct dentry *dentry, const struct pid_entry_table *table);
int entries_iterate(struct file *file, struct dir_context *ctx,
		    const struct pid_entry_table *table);
u64 pid_ino(const struct pid_inode *pi, u64 nr);
/* Is the file below task/TID: about the one thread, not the process? */
bool shows_thread(const struct seq_file *m);
/* A magic link's text: where it leads, as current sees it.  kmalloc'ed; ERR_PTR. */
char *path_text(const struct path *path);

struct inode *pid_inode_new(struct super_block *sb, struct pid *pid, const struct pid_entry *entry,
			    umode_t mode, bool thread, int fd);
struct pid_inode *pid_inode(const struct inode *inode);
struct task *pid_inode_task(const struct inode *inode);	/* a reference, or NULL: gone */
extern const struct dentry_ops pid_dentry_ops;

/* --- fd.c */
extern const struct inode_ops fd_dir_iops, fdinfo_dir_iops;
extern const struct file_ops fd_dir_fops, fdinfo_dir_fops;
/* For revalidation: the descriptor is open; a link's mode follows how. */
bool fd_inode_update(struct inode *inode, struct task *task);
/* --- ns.c, net.c */
extern const struct inode_ops ns_dir_iops, net_dir_iops;
extern const struct file_ops ns_dir_fops, net_dir_fops;
/* --- pid_mem.c */
extern const struct file_ops pid_mem_fops;
int pid_maps_show(struct seq_file *m, struct task *task);
int pid_smaps_show(struct seq_file *m, struct task *task);
int pid_smaps_rollup_show(struct seq_file *m, struct task *task);
int pid_environ_show(struct seq_file *m, struct task *task);
int pid_cmdline_show(struct seq_file *m, struct task *task);
int pid_auxv_show(struct seq_file *m, struct task *task);
int pid_statm_show(struct seq_file *m, struct task *task);
/* --- cpu_mask.c */
u64 guest_cpu_mask(void);
void show_cpu_mask(struct seq_file *m, u64 mask);	/* "3" */
void show_cpu_list(struct seq_file *m, u64 mask);	/* "0-1" */
/* --- pid_status.c */
int pid_stat_show(struct seq_file *m, struct task *task);
int pid_status_show(struct seq_file *m, struct task *task);
char task_state_letter(const struct task *task);
/* --- pid_usage.c */
int pid_limits_show(struct seq_file *m, struct task *task);
int pid_io_show(struct seq_file *m, struct task *task);
int pid_sched_show(struct seq_file *m, struct task *task);
int pid_schedstat_show(struct seq_file *m, struct task *task);

#endif
