/*
 * The VFS: what a file system offers (the *_ops tables) and what the kernel's other parts use.
 * Implemented in fs/.
 *
 * Reference rules: a dentry holds its inode and its parent; a file holds a path (mount and
 * dentry); a path that a function returns is the caller's to path_put.  Dentries without users
 * stay cached until dcache_shrink.
 *
 * K never preempts; operations may sleep where it says so.  Directory-changing operations run
 * under the directory inode's lock (two for rename, in address order).
 */
#ifndef UM_FS_H
#define UM_FS_H

#include <asm/stat.h>
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <linux/mount.h>
/* Beside the C library, <linux/stat.h> shows the file modes to the kernel only. */
#define __KERNEL__
#include <linux/stat.h>
#undef __KERNEL__
#include <linux/xattr.h>

#include "um/cred.h"
#include "um/err.h"
#include "um/init.h"
#include "um/iov.h"
#include "um/list.h"
#include "um/mm.h"
#include "um/mutex.h"
#include "um/timer.h"

struct dentry;
struct file;
struct inode;
struct mount;
struct poll_table;
struct super_block;
struct pipe;

struct qstr {
	const char *name;	/* not NUL-terminated in general; dentry names are */
	u32 len;
	u32 hash;
};

struct path {
	struct mount *mnt;
	struct dentry *dentry;
};

struct file_times {
	u64 atime, mtime, ctime, btime;	/* ns since 1970; times before it are negative as s64 */
};

/* --- inodes */
struct inode {
	int refs;
	struct super_block *sb;
	u64 ino;
	umode_t mode;
	uid_t uid;
	gid_t gid;
	u32 nlink;
	kdev_t rdev;
	loff_t size;
	u64 blocks;			/* of 512 bytes */
	struct file_times times;
	unsigned flags;			/* S_* below */
	const struct inode_ops *ops;
	const struct file_ops *fops;	/* what open gives the file; special
					   files: init_special_inode */
	struct address_space *mapping;	/* &data, or a shared one */
	struct address_space data;
	struct mutex lock;
	struct mutex write_lock;	/* the VFS's: one write or truncation of a regular
					   file at a time; file systems need not take it */
	struct list_head hash_node;	/* inode cache, by (sb, ino) */
	struct list_head sb_node;	/* sb->inodes */
	struct list_head aliases;	/* dentry.alias */
	struct file_lock_context *locks;	/* fs/locks.c */
	struct list_head watches;	/* fs/inotify.c */
	struct dnotify *dnotify;	/* F_NOTIFY: fs/dnotify.c */
	struct pipe *pipe;		/* FIFOs */
	void *socket;			/* bound AF_UNIX sockets: net/unix.c */
	int writers;			/* open for writing, or -n executing: ETXTBSY */
	u32 seals;			/* memfd F_SEAL_* */
	void *private;			/* the file system's */
};

#define S_NOATIME_INODE (1 << 0)
#define S_IMMUTABLE_INODE (1 << 1)
#define S_APPEND_INODE (1 << 2)
#define S_DEAD (1 << 3)		/* a removed directory */
#define S_SWAPPED (1 << 4)
#define S_LINKABLE (1 << 5)	/* O_TMPFILE without O_EXCL: linkat may name it */

#define ATTR_MODE 0x1
#define ATTR_UID 0x2
#define ATTR_GID 0x4
#define ATTR_SIZE 0x8
#define ATTR_ATIME 0x10
#define ATTR_MTIME 0x20
#define ATTR_CTIME 0x40
#define ATTR_ATIME_SET 0x80	/* to the given value, not to now */
#define ATTR_MTIME_SET 0x100
#define ATTR_KILL_SUID 0x200
#define ATTR_KILL_SGID 0x400
#define ATTR_OPEN 0x800		/* truncation by O_TRUNC */

struct iattr {
	unsigned valid;		/* ATTR_* */
	umode_t mode;
	uid_t uid;
	gid_t gid;
	loff_t size;
	u64 atime, mtime, ctime;
	struct file *file;	/* ATTR_SIZE through ftruncate, or NULL */
};

/* A file system whose tree lives only in the dentry cache pins each positive dentry: one extra
 * dget in create and friends, one dput in unlink, rmdir and a rename over it.  setattr, getattr,
 * permission and xattr operations run without the inode's lock.
 *
 * Directory operations get a dentry whose inode is NULL (create and friends) or set; on success
 * they d_instantiate it.  Absent operations: -EPERM for changes, -ENOTDIR for lookup.  All may
 * sleep.  The VFS has checked permissions, names, mounts and limits, and sends notifications. */
struct inode_ops {
	/* Fills the dentry: d_add(dentry, inode or NULL).  0 or -errno other than -ENOENT. */
	int (*lookup)(struct inode *dir, struct dentry *dentry);
	int (*create)(struct inode *dir, struct dentry *dentry, umode_t mode);
	int (*mkdir)(struct inode *dir, struct dentry *dentry, umode_t mode);
	int (*mknod)(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t dev);
	int (*symlink)(struct inode *dir, struct dentry *dentry, const char *target);
	int (*link)(struct dentry *old, struct inode *dir, struct dentry *dentry);
	int (*unlink)(struct inode *dir, struct dentry *dentry);
	int (*rmdir)(struct inode *dir, struct dentry *dentry);	/* checks emptiness */
	/* flags: RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT. The VFS moves the dentries. */
	int (*rename)(struct inode *odir, struct dentry *old, struct inode *ndir, struct dentry *new,
		      unsigned flags);
	int (*tmpfile)(struct inode *dir, struct dentry *dentry, umode_t mode);
	/* The target, kmalloc'ed, the caller's; or ERR_PTR.  Required for symlinks. */
	char *(*readlink)(struct dentry *dentry);
	/* For magic links (/proc/PID/fd/N): *path is set, with references.  NULL: use readlink. */
	int (*follow)(struct dentry *dentry, struct path *path);
	/* Absent: generic_permission.  mask: MAY_* */
	int (*permission)(struct inode *inode, int mask);
	/* Absent: setattr_copy into the inode (no ATTR_SIZE: -EINVAL). Already checked. */
	int (*setattr)(struct dentry *dentry, struct iattr *attr);
	/* Brings the inode's fields up to date; absent: they are. */
	int (*getattr)(struct inode *inode);
	/* Extended attributes; absent: -EOPNOTSUPP.  Sizes as getxattr(2). Names
	 * carry their prefix. */
	ssize_t (*getxattr)(struct dentry *dentry, const char *name, void *value, size_t size);
	int (*setxattr)(struct dentry *dentry, const char *name, const void *value, size_t size,
			int flags);
	ssize_t (*listxattr)(struct dentry *dentry, char *list, size_t size);
	int (*removexattr)(struct dentry *dentry, const char *name);
};

#define MAY_EXEC 1
#define MAY_WRITE 2
#define MAY_READ 4
#define MAY_APPEND 8
#define MAY_ACCESS 16	/* access(2): with real ids, done by the caller */

/* --- dentries: fs/dcache.c */
struct dentry_ops {
	/* Is a cached answer still right?  false: look up again.  Absent: always.  May sleep. */
	bool (*revalidate)(struct dentry *dentry);
	/* Is it not worth keeping when the last user lets go?  Absent: it is.  Must not sleep. */
	bool (*unwanted)(const struct dentry *dentry);
	void (*release)(struct dentry *dentry);
	/* What /proc/PID/fd and maps show for a nameless file ("pipe:[123]"); writes at most n. */
	int (*dname)(struct dentry *dentry, char *buf, size_t n);
};

#define DENTRY_SHORT_NAME 32	/* the longest with its NUL that needs no allocation */

struct dentry {
	/* What a lookup reads comes first, so that it is in one or two lines of the CPU's cache. */
	struct list_head hash_node;
	struct dentry *parent;		/* itself at a root */
	struct qstr name;		/* in short_name, or kmalloc'ed */
	struct inode *inode;		/* NULL: negative */
	int refs;
	unsigned flags;
	const struct dentry_ops *ops;	/* may be NULL */
	char short_name[DENTRY_SHORT_NAME];
	struct super_block *sb;
	struct list_head lru, children, child, alias;
	u64 seq;			/* grows along parent->children:
					   a stable readdir position */
	int mounted;			/* mounts on it in any namespace */
	void *private;
};

#define DCACHE_UNHASHED (1 << 0)	/* removed, or never named */
#define DCACHE_LRU (1 << 1)
#define DCACHE_DISCONNECTED (1 << 2)

struct dentry *d_revive(struct dentry *dentry);		/* dget of one that had no users */
void dput_last(struct dentry *dentry);
static inline struct dentry *dget(struct dentry *dentry)
{
	if (unlikely(!dentry->refs))
		return d_revive(dentry);
	dentry->refs++;
	return dentry;
}
static inline void dput(struct dentry *dentry)		/* NULL is fine; may sleep */
{
	if (dentry && likely(dentry->refs > 1))
		dentry->refs--;
	else
		dput_last(dentry);
}
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name);	/* refs 1, unhashed */
struct dentry *d_alloc_name(struct dentry *parent, const char *name);
struct dentry *d_make_root(struct inode *inode);	/* takes the inode's reference */
struct dentry *d_alloc_pseudo(struct super_block *sb, const char *name, const struct dentry_ops *ops);
void d_set_name(struct dentry *dentry, const char *name, size_t len);	/* unhashed; hash is kept */
void d_add(struct dentry *dentry, struct inode *inode);	/* instantiates (inode may
							   be NULL) and hashes */
void d_instantiate(struct dentry *dentry, struct inode *inode);	/* takes the inode's reference */
void d_drop(struct dentry *dentry);			/* unhash: later lookups ask the fs */
void d_delete(struct dentry *dentry);			/* after unlink: becomes
							   negative or unhashed */
void d_move(struct dentry *dentry, struct dentry *target);	/* takes target's name and place */
void d_exchange(struct dentry *a, struct dentry *b);
/* cached only; NULL */
struct dentry *d_lookup(struct dentry *parent, const struct qstr *name);
/* As d_lookup with the name's hash filled in, and without a reference. */
struct dentry *d_lookup_hashed(struct dentry *parent, const struct qstr *name);
struct dentry *d_find_alias(struct inode *inode);
bool d_is_ancestor(struct dentry *ancestor, struct dentry *dentry);
void d_invalidate_children(struct dentry *dentry);	/* drops unused cached entries below */
u64 dcache_shrink(u64 count);				/* frees up to count unused dentries */
/* The path as the guest sees it from `root`, built at the end of buf; "(unreachable)" and
 * " (deleted)" as Linux shows them.  ERR_PTR(-ENAMETOOLONG). */
char *d_path(const struct path *path, char *buf, size_t size);	/* from current's root */
char *d_path_root(const struct path *path, const struct path *root, char *buf, size_t size);

/* --- inodes: fs/inode.c */
struct inode *new_inode(struct super_block *sb);	/* refs 1, unhashed, ino from
							   a counter, times now */
struct inode *iget(struct super_block *sb, u64 ino, bool *is_new); /* cached by ino, or a new one */
void ihash(struct inode *inode);			/* make findable by iget */
struct inode *ihold(struct inode *inode);
void iput(struct inode *inode);				/* at 0: sb->ops->evict, free */
void inode_init_owner(struct inode *inode, struct inode *dir, umode_t mode);
void init_special_inode(struct inode *inode, umode_t mode, kdev_t rdev);
int generic_permission(struct inode *inode, int mask);
int inode_permission(struct inode *inode, int mask);	/* also read-only mounts are the caller's */
bool inode_owner_or_capable(struct inode *inode);
/* checks as chown(2) etc., calls setattr */
int notify_change(struct dentry *dentry, struct iattr *attr);
void setattr_copy(struct inode *inode, const struct iattr *attr);
int file_remove_privs(struct file *file);		/* suid bits go on write */
void touch_atime(struct file *file);			/* relatime */
void inode_touch(struct inode *inode, unsigned what);	/* ATTR_*TIME to now, in memory */
u64 current_time(void);					/* now, for inode times */
/* Counts of writers against execution: 0 or -ETXTBSY. */
int get_write_access(struct inode *inode);
void put_write_access(struct inode *inode);
int deny_write_access(struct inode *inode);
void allow_write_access(struct inode *inode);

/* --- open files: fs/file.c, fs/open.c */
struct dir_context {
	/* Takes one entry; false: the buffer is full, stop, and do not advance pos past it. */
	bool (*emit)(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
		     unsigned type);
	loff_t pos;
};

/* Absent operations behave as the comment says.  Those that may sleep: all. */
struct file_ops {
	int (*open)(struct inode *inode, struct file *file);	/* absent: fine */
	/* Each descriptor's close; its error is close's.  Absent: 0. */
	int (*flush)(struct file *file);
	void (*release)(struct file *file);			/* the last reference is gone */
	/* Bytes moved (0: end), or -errno.  *pos is the offset to use and to
	 * advance.  Absent: -EINVAL. */
	ssize_t (*read)(struct file *file, struct iov_iter *to, loff_t *pos);
	ssize_t (*write)(struct file *file, struct iov_iter *from, loff_t *pos);
	/* Absent: -ESPIPE if FMODE_STREAM, else generic_llseek. */
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	/* Emits entries from ctx->pos on; perhaps not all, but if none the end is there.  Absent:
	 * -ENOTDIR. */
	int (*iterate)(struct file *file, struct dir_context *ctx);
	/* The EPOLL* events that hold now; queues on pt's wait queues (poll_wait) if pt is not
	 * NULL.  Absent: EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM. */
	u32 (*poll)(struct file *file, struct poll_table *pt);
	/* absent: -ENOTTY */
	long (*ioctl)(struct file *file, unsigned cmd, unsigned long arg);
	int (*mmap)(struct file *file, struct vm_area *vma);	/* absent: -ENODEV */
	/* absent: -EINVAL */
	int (*fsync)(struct file *file, loff_t start, loff_t end, bool datasync);
	int (*fallocate)(struct file *file, int mode, loff_t offset, loff_t len); /* -EOPNOTSUPP */
	int (*check_flags)(int flags);
	/* Lines for /proc/PID/fdinfo. */
	void (*show_fdinfo)(struct seq_file *m, struct file *file);
};

#define FMODE_READ (1 << 0)
#define FMODE_WRITE (1 << 1)
#define FMODE_LSEEK (1 << 2)
#define FMODE_PREAD (1 << 3)
#define FMODE_PWRITE (1 << 4)
#define FMODE_EXEC (1 << 5)
#define FMODE_PATH (1 << 6)	/* O_PATH */
#define FMODE_STREAM (1 << 7)	/* no position */
#define FMODE_WRITER (1 << 8)	/* counted in inode->writers */
#define FMODE_NOWAIT_REGULAR (1 << 9)

struct file {
	int refs;
	struct path path;
	struct inode *inode;		/* path.dentry's, or what an fs puts there (overlay) */
	const struct file_ops *ops;
	unsigned flags;			/* O_* as F_GETFL shows them */
	unsigned mode;			/* FMODE_* */
	loff_t pos;
	struct mutex pos_lock;		/* read, write, lseek on a shared offset */
	struct cred *cred;		/* the opener's */
	struct address_space *mapping;
	struct list_head epoll_links;	/* fs/epoll.c: to be dropped with the file */
	struct fown {
		struct pid *pid;	/* F_SETOWN */
		int type, sig;
		uid_t uid, euid;	/* of who set it */
	} owner;
	struct wait_queue_head *fasync_wait;
	struct fasync *fasync;		/* fs/fasync.c: O_ASYNC is on */
	void *private;			/* the driver's */
};

/* A descriptor table; CLONE_FILES shares it. */
struct files {
	int refs;
	unsigned max;			/* slots allocated */
	struct fd_slot {
		struct file *file;
		bool cloexec;
		bool reserved;		/* given out by fd_alloc, no file yet */
	} *fd;
	unsigned next_free;		/* none below is free */
};

struct fs_context {			/* CLONE_FS */
	int refs;
	struct path root, pwd;
	umode_t umask;
};

struct files *files_new(void);
struct files *files_copy(struct files *from, int *err);
void files_put(struct files *files);		/* closes all at the last reference */
int files_unshare(void);			/* current gets a private copy: exec, unshare */
void files_close_on_exec(struct files *files);
struct fs_context *fs_context_copy(struct fs_context *from);
void fs_context_put(struct fs_context *fs);

struct file *fget(int fd);			/* with a reference, O_PATH too; NULL: EBADF */
struct file *fget_io(int fd);			/* not O_PATH */
struct file *file_get(struct file *file);
void fput(struct file *file);			/* may sleep */
int fd_alloc(unsigned start, unsigned limit);	/* lowest free >= start; reserves it. -EMFILE */
void fd_install(int fd, struct file *file, bool cloexec);	/* takes the reference */
void fd_release(int fd);			/* gives a reserved number back */
int fd_install_new(struct file *file, unsigned oflags);	/* alloc + install; on error fput's file */
int fd_close(int fd);
struct file *file_alloc(void);
extern u64 nr_open_files, max_open_files;	/* /proc/sys/fs/file-nr; beyond it ENFILE */
/* Opens for execution: a regular file that current may execute, not on a noexec mount; flags:
 * AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH.  While it is open (FMODE_EXEC), writers get ETXTBSY.
 * ERR_PTR. */
struct file *open_exec(int dfd, const char *name, int flags);
/* An open file on a path: takes no reference of the caller's path. ERR_PTR. */
struct file *dentry_open(const struct path *path, unsigned flags, struct cred *cred);
/* A file that has no name in a directory (pipes, sockets, eventfds): in the anonymous file
 * system, shown as `name` by /proc/PID/fd ("anon_inode:[eventfd]"; "pipe:" gets ":[ino]"). */
struct file *anon_file(const char *name, const struct file_ops *ops, void *private, unsigned flags);
struct inode *anon_inode_new(umode_t mode);	/* an own inode on it, for pipes and sockets */
struct file *anon_inode_file(struct inode *inode, const char *name, const struct file_ops *ops,
			     void *private, unsigned flags);	/* takes the inode's reference */
/* Opens for K itself, with current's root; flags as open(2). */
struct file *filp_open(const char *path, unsigned flags, umode_t mode);
struct file *do_open_at(int dfd, const char *path, const struct open_how *how);
/* all, or to the end */
ssize_t kernel_read(struct file *file, void *buf, size_t n, loff_t *pos);
ssize_t kernel_write(struct file *file, const void *buf, size_t n, loff_t *pos);
ssize_t vfs_read(struct file *file, struct iov_iter *to, loff_t *pos);	/* with all checks */
ssize_t vfs_write(struct file *file, struct iov_iter *from, loff_t *pos);
loff_t generic_llseek(struct file *file, loff_t offset, int whence);
u32 vfs_poll(struct file *file, struct poll_table *pt);
/* For files that can be asked to seek and stay where they are (eventfd...).  fs/eventfd.c */
loff_t noop_llseek(struct file *file, loff_t offset, int whence);

/* --- names: fs/namei.c.  LOOKUP_* */
#define LOOKUP_FOLLOW 1
#define LOOKUP_DIRECTORY 2
#define LOOKUP_PARENT 4
#define LOOKUP_EMPTY 8
#define LOOKUP_CREATE 16
#define LOOKUP_NO_SYMLINKS 32	/* openat2 RESOLVE_* */
#define LOOKUP_NO_MAGICLINKS 64
#define LOOKUP_NO_XDEV 128
#define LOOKUP_BENEATH 256
#define LOOKUP_IN_ROOT 512
#define LOOKUP_CACHED 1024

int user_path_at(int dfd, uaddr_t name, unsigned lookup, struct path *path);
/* The same for a call's AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH. */
int user_path_flags(int dfd, uaddr_t name, int flags, struct path *path);
int kern_path(const char *name, unsigned lookup, struct path *path);
int kern_path_at(int dfd, const char *name, unsigned lookup, struct path *path);
char *getname(uaddr_t name, unsigned lookup);	/* kmalloc'ed; -ENOENT if empty, -ENAMETOOLONG */
void path_get(const struct path *path);
void path_put(const struct path *path);
struct dentry *lookup_one(struct dentry *dir, const char *name, size_t len); /* locked dir */
/* The operation with its structural checks and notifications, under the directories' locks;
 * current's permission and read-only mounts are the caller's to check.  mode: after the umask. */
int vfs_create(struct inode *dir, struct dentry *dentry, umode_t mode);
int vfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode);
int vfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t dev);
int vfs_unlink(struct inode *dir, struct dentry *dentry);
int vfs_rmdir(struct inode *dir, struct dentry *dentry);
int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target);
int vfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry);
int vfs_rename(struct inode *odir, struct dentry *old, struct inode *ndir, struct dentry *new,
	       unsigned flags);
int kern_mkdir(const char *path, umode_t mode);		/* for boot */
int kern_mknod(const char *path, umode_t mode, kdev_t dev);
/* unix bind */
int kern_mknod_socket(const char *path, umode_t mode, void *socket, struct path *bound);

/* --- file systems and mounts: fs/super.c, fs/mount.c */
struct super_ops {
	void (*evict)(struct inode *inode);	/* frees inode->private; nlink
						   0: the file is gone */
	int (*statfs)(struct dentry *dentry, struct statfs64 *st);	/* required */
	void (*put_super)(struct super_block *sb);
	int (*sync)(struct super_block *sb);	/* write-back of everything;
						   absent: nothing to do */
	int (*remount)(struct super_block *sb, unsigned long flags, const char *data);
	void (*show_options)(struct seq_file *m, struct super_block *sb);	/* ",size=1k" */
};

struct super_block {
	int refs;			/* mounts */
	const struct fs_type *type;
	const struct super_ops *ops;
	const struct dentry_ops *dops;	/* for all its dentries */
	struct dentry *root;
	unsigned long flags;		/* SB_RDONLY ... = MS_* */
	kdev_t dev;			/* st_dev */
	u32 magic;
	u32 blocksize;
	loff_t max_size;
	u64 next_ino;
	struct list_head node;		/* all_supers */
	struct list_head inodes;	/* inode.sb_node */
	char *source;			/* what mount shows as the device */
	void *private;
};

struct fs_type {
	const char *name;
	unsigned flags;			/* FS_NODEV: no device needed */
	/* A new super block with root set; source and data are what mount(2) got (kernel strings,
	 * may be NULL).  ERR_PTR. */
	struct super_block *(*mount)(const struct fs_type *type, unsigned long flags,
				     const char *source, const char *data);
};
#define FS_REQUIRES_DEV 1
TABLE_DECLARE(const struct fs_type, um_fs_types);
#define FS_TYPE(ident) const struct fs_type ident TABLE_ROW(um_fs_types)

struct super_block *sb_new(const struct fs_type *type, unsigned long flags, const char *source);
void sb_put(struct super_block *sb);	/* at 0: frees all its dentries,
					   pinned or not; then put_super */
extern struct list_head all_supers;
const struct fs_type *fs_type_find(const char *name, size_t len);

struct mount {
	int refs;
	struct super_block *sb;
	struct dentry *root;		/* of what is mounted */
	struct mount *parent;		/* itself at the namespace's root */
	struct dentry *mountpoint;	/* in parent */
	struct list_head hash_node, children, child, list;
	unsigned long flags;		/* MNT_* = MS_RDONLY, NOSUID, NODEV, NOEXEC, NOATIME... */
	int id;
	char *source;
	bool detached;
	bool expiring;			/* MNT_EXPIRE has been asked for once */
	int writers;			/* files open for writing: no remount to read-only */
};

void mnt_put_last(struct mount *mnt);
static inline struct mount *mnt_get(struct mount *mnt)
{
	mnt->refs++;
	return mnt;
}
static inline void mnt_put(struct mount *mnt)		/* NULL is fine; may sleep */
{
	if (!mnt)
		return;
	mnt->expiring = false;
	if (likely(mnt->refs > 1))
		mnt->refs--;
	else
		mnt_put_last(mnt);
}
extern struct list_head all_mounts;	/* in mount order, by `list` */
/* The mount on top of path, if there is one: replaces *path (references moved). */
bool follow_mount(struct path *path);
int mnt_want_write(struct mount *mnt);	/* 0 or -EROFS */
/* For boot: mounts and makes it the root of the init task's fs context. */
int mount_root(const char *type, unsigned long flags, const char *source, const char *data);
int kern_mount_at(const char *type, const char *where, unsigned long flags, const char *source,
		  const char *data);		/* as mount(2), from current's root */
int kern_bind_mount(const char *from, const char *to);
struct super_block *kern_mount_internal(const char *type);	/* no mount point: anon, shmem */
struct mount *internal_mount(const char *type);
/* For each super block, held meanwhile: fn may sleep. */
void supers_each(void (*fn)(struct super_block *sb));
void sync_all(void);			/* at shutdown and sync(2) */
void show_mounts(struct seq_file *m, int style /* 0 mounts, 1 mountinfo, 2 mountstats */);

/* --- character devices: fs/chrdev.c */
struct chrdev {
	kdev_t first;
	unsigned count;
	const char *name;		/* /proc/devices */
	const struct file_ops *ops;	/* open may replace file->ops */
};
int register_chrdev(const struct chrdev *dev);
void show_chrdevs(struct seq_file *m);	/* /proc/devices */
/* A node in devtmpfs: "null", "pts/ptmx"...; from INIT_DRIVER on. */
int devtmpfs_add(const char *name, umode_t mode, kdev_t dev);

/* --- notifications: fs/fsnotify.c.  mask: IN_*.  Cheap when nobody watches. */
static inline bool fsnotify_watched(const struct inode *inode)
{
	return inode && (inode->dnotify || !list_empty(&inode->watches));
}
void fsnotify_inode(struct inode *inode, u32 mask);		/* the inode itself, IN_ATTRIB... */
void fsnotify_dentry_watched(struct dentry *dentry, u32 mask);
static inline void fsnotify_dentry(struct dentry *dentry, u32 mask) /* inode and parent-with-name */
{
	if (unlikely(fsnotify_watched(dentry->inode) || fsnotify_watched(dentry->parent->inode)))
		fsnotify_dentry_watched(dentry, mask);
}
void fsnotify_dir(struct inode *dir, u32 mask, const char *name, u32 cookie, bool isdir);
void fsnotify_move(struct inode *odir, const char *oname, struct inode *ndir, const char *nname,
		   struct inode *moved);
/* The name is gone and nlink is 0: IN_DELETE_SELF, IN_IGNORED.  Watches hold a reference to their
 * inode, so this is to be called when the last dentry with users goes, not at evict. */
void fsnotify_inode_gone(struct inode *inode);
void fsnotify_sb_gone(struct super_block *sb);	/* unmounted: IN_UNMOUNT, IN_IGNORED */

/* --- locks: fs/locks.c */
void locks_remove_posix(struct file *file, struct files *owner);	/* at each close */
void locks_remove_file(struct file *file);			/* flock and OFD, at release */
void locks_free_context(struct inode *inode);
void show_locks(struct seq_file *m);				/* /proc/locks */

/* --- text files of /proc: fs/seq_file.c.  A show function prints the whole file afresh at
 * each read from offset 0. */
struct seq_file {
	char *buf;
	size_t len, size;
	struct file *file;
	void *private;
};
int seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
void seq_write(struct seq_file *m, const void *data, size_t n);
/* \ooo for blanks and such, as /proc/mounts needs. */
void seq_escape(struct seq_file *m, const char *s, const char *what);
int seq_open(struct file *file, int (*show)(struct seq_file *m, void *private), void *private);
ssize_t seq_read(struct file *file, struct iov_iter *to, loff_t *pos);
loff_t seq_lseek(struct file *file, loff_t offset, int whence);
void seq_release(struct file *file);

/* --- generic pieces */
/* A directory whose children are only in the dentry cache (tmpfs, devtmpfs): readdir over them. */
extern const struct file_ops dcache_dir_ops;
extern const struct file_ops fifo_ops, bad_sock_inode_ops;	/* what special inodes get */
extern const struct inode_ops simple_symlink_ops;	/* target in inode->private, kmalloc'ed */
int simple_statfs(struct dentry *dentry, struct statfs64 *st);
void fill_stat(struct inode *inode, struct statx *stx);	/* the VFS-neutral form of all stats */
int vfs_getattr(const struct path *path, struct statx *stx);
int vfs_statfs(const struct path *path, struct statfs64 *st);	/* with the mount's flags */
u8 mode_to_dtype(umode_t mode);

#endif
