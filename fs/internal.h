/* What the files of the VFS core share with each other only. */
#ifndef FS_INTERNAL_H
#define FS_INTERNAL_H

#include "um/fs.h"

#define IS_ROOT(dentry) ((dentry)->parent == (dentry))

static inline bool d_unhashed(const struct dentry *dentry)
{
	return dentry->flags & DCACHE_UNHASHED;
}

static inline bool d_unlinked(const struct dentry *dentry)
{
	return d_unhashed(dentry) && !IS_ROOT(dentry);
}

static inline bool d_is_dir(const struct dentry *dentry)
{
	return dentry->inode && S_ISDIR(dentry->inode->mode);
}

static inline bool d_is_symlink(const struct dentry *dentry)
{
	return dentry->inode && S_ISLNK(dentry->inode->mode);
}

static inline bool path_equal(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && a->dentry == b->dentry;
}

/* --- dcache.c */
/* A name's hash, byte by byte: FNV-1a. */
#define NAME_HASH_INIT 2166136261u
static inline u32 name_hash_add(u32 hash, char c)
{
	return (hash ^ (u8)c) * 16777619u;
}

extern u64 rename_count;	/* grows with each d_move and d_exchange */
u64 d_next_seq(void);
void dcache_kill_tree(struct dentry *root);	/* at a super block's end */
/* As d_path_root; *reachable: the path is below root. */
char *path_build(const struct path *path, const struct path *root, char *buf, size_t size,
		 bool *reachable);

/* --- inode.c */
void inodes_drop_all(struct super_block *sb);	/* watches go; what is left is reported */
void inodes_write_back(struct super_block *sb);
void touch_atime_path(const struct path *path);
umode_t mode_for_create(umode_t mode);		/* current's umask applied */

/* --- namei.c: a path from the user */
struct user_name {
	char *text;
	char room[96];		/* long enough for nearly all; text when it fits */
};

/* as getname; 0 or -errno */
int user_name_get(struct user_name *s, uaddr_t name, unsigned lookup);
void user_name_put(struct user_name *s);	/* after a get that succeeded */

/* --- namei.c: a walk along a path text */
#define MAX_SYMLINKS 40

enum last_type { LAST_NORM, LAST_ROOT, LAST_DOT, LAST_DOTDOT };

struct walk {
	struct path path;	/* where it stands; a reference */
	struct path root;	/* what ".." does not go above and "/" means; a reference */
	unsigned flags;		/* LOOKUP_* */
	int links;		/* symlinks followed so far */
	char *text;		/* the walk's own, when a link has been followed; or NULL */
	const char *rest;	/* not yet walked: of text, or of the caller's name */
	struct qstr last;	/* in the same, with its hash */
	enum last_type type;	/* of last */
	bool trailing;		/* slashes follow last */
	u64 mounts, renames;	/* counters at the start: scoped walks notice changes */
};

/* The name must stay until walk_end: the walk has no copy. */
int walk_init(struct walk *w, int dfd, const char *name, unsigned flags);
void walk_end(struct walk *w);
/* Walks all but the last component: w->path is its directory, in which current may look names up
 * (for LAST_ROOT: the end itself). */
int walk_parent(struct walk *w);
/* Walks the last one.  0: w->path is the end; 1: a link, call walk_parent again; or -errno. */
int walk_last(struct walk *w);
/* The cached or looked up dentry of a name in w->path, possibly negative. */
struct dentry *walk_lookup(struct walk *w, const struct qstr *name);
/* Steps from w->path onto a child (whose reference it takes), over mounts and
 * links as walk_last. */
int walk_step(struct walk *w, struct dentry *child, bool follow);
int path_lookup(int dfd, const char *name, unsigned flags, struct path *path);

/* Finds where a new name goes: on success the parent's inode is locked, *dentry is negative and
 * writing is allowed.  is_dir: a trailing slash is fine. */
int create_begin(int dfd, const char *name, bool is_dir, struct path *parent,
		 struct dentry **dentry);
void create_end(struct path *parent, struct dentry *dentry);
int may_create(struct inode *dir);
int may_delete(struct inode *dir, struct dentry *victim, bool isdir);

/* --- mount.c */
extern u64 mount_count;		/* grows with each change of the mount tree */
bool mnt_readonly(const struct mount *mnt);
struct mount *mnt_on(const struct path *path);	/* mounted right on it; no reference; NULL */
bool mnt_attached(const struct mount *mnt);

/* --- open.c */
struct file *file_new_checked(void);		/* file_alloc, or ERR_PTR(-ENFILE) */
int do_truncate(struct dentry *dentry, loff_t size, unsigned attr, struct file *file);
bool path_noexec(const struct path *path);
/* open(2)'s checks of what is there; acc: MAY_*.  Read-only mounts are dentry_open's. */
int may_open(const struct path *path, int acc, unsigned flags);

/* --- fasync.c */
void fasync_on(struct file *file, int fd);	/* O_ASYNC; fd: for siginfo, or -1 */
void fasync_off(struct file *file);
void file_set_owner(struct file *file, struct pid *pid, int type);	/* F_OWNER_* */
/* Sends the file's owner the signal chosen for it; si_signo is filled in. */
void file_signal_owner(struct file *file, siginfo_t *info);

/* --- dnotify.c */
long fcntl_notify(int fd, struct file *file, unsigned events);
void dnotify_event(struct inode *dir, u32 mask);
void dnotify_renamed(struct inode *dir);
void dnotify_flush(struct file *file, const struct files *owner);

/* --- read_write.c */
/* The position that a call on the descriptor uses, locked where the file is shared.  Streams
 * have none: *dummy. */
loff_t *file_pos_begin(struct file *file, loff_t *dummy, bool *locked);
void file_pos_end(struct file *file, bool locked);
ssize_t file_splice_read(struct file *file, void *buf, size_t n, loff_t *pos);
ssize_t file_splice_write(struct file *file, const void *buf, size_t n, loff_t *pos);
int file_sync_after_write(struct file *file, loff_t start, ssize_t n, bool data, bool all);

/* --- sync.c */
int vfs_fsync(struct file *file, loff_t start, loff_t end, bool datasync);

/* --- stat.c */
int stat_path(int dfd, uaddr_t name, int flags, struct statx *stx);	/* AT_* flags */
int stat_fd(int fd, struct statx *stx);
/* The user's 32-bit form of a device number: makedev(3). */
static inline u32 encode_dev(u32 major, u32 minor)
{
	return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffu) << 12;
}
/* In functions that fill a user's structure. */
#define STORE_OR_OVERFLOW(field, value)                                                            \
	do {                                                                                       \
		(field) = (__typeof__(field))(value);                                              \
		if ((u64)(field) != (u64)(value))                                                  \
			return -EOVERFLOW;                                                         \
	} while (0)

/* --- devices */
extern const struct file_ops def_chr_ops, def_blk_ops;

#endif
