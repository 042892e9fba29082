/*
 * Opening files: open, openat, openat2, creat, and what K itself opens.
 *
 * An open is a walk to the last component, which O_CREAT may make, checks of what the caller may
 * do with what is there (may_open), and dentry_open, which makes the struct file.
 */
#include <linux/inotify.h>
#include <linux/openat2.h>
#include <stdio.h>

#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

#define S_PERMS 07777
#define VALID_OPEN_FLAGS                                                                           \
	((unsigned)(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK |    \
		    O_SYNC | O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY |             \
		    O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | __O_TMPFILE))
#define O_PATH_FLAGS ((unsigned)(O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC))
#define VALID_RESOLVE                                                                              \
	(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |         \
	 RESOLVE_IN_ROOT | RESOLVE_CACHED)
/* Files beyond this need O_LARGEFILE, where it is not implied. */
#define MAX_NON_LFS 0x7fffffffLL

struct open_op {
	unsigned flags;		/* O_* */
	umode_t mode;		/* for a new file, before the umask */
	int acc;		/* MAY_* */
	unsigned lookup;	/* LOOKUP_* */
};

/* --- the struct file */

static const struct file_ops path_only_ops;

static unsigned file_mode_of(unsigned flags)
{
	/* O_RDONLY, O_WRONLY, O_RDWR are 0, 1, 2; 3 is for ioctls only. */
	static const unsigned access[] = { FMODE_READ, FMODE_WRITE, FMODE_READ | FMODE_WRITE, 0 };

	return access[flags & O_ACCMODE] | FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
}

static int file_take_write(struct file *file)
{
	struct inode *inode = file->path.dentry->inode;
	int err;

	/* A file that was made without a name (memfd) may be executed while it is open. */
	if (!(file->mode & FMODE_WRITE) || !S_ISREG(inode->mode) ||
	    file->path.dentry->flags & DCACHE_DISCONNECTED)
		return 0;
	err = get_write_access(inode);
	if (err)
		return err;
	err = mnt_want_write(file->path.mnt);
	if (err) {
		put_write_access(inode);
		return err;
	}
	file->path.mnt->writers++;
	file->mode |= FMODE_WRITER;
	return 0;
}

static int file_init(struct file *file, const struct path *path, unsigned flags)
{
	struct inode *inode = path->dentry->inode;
	int err;

	if (flags & O_PATH) {
		file->flags = flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW);
		file->mode = FMODE_PATH;
		file->ops = &path_only_ops;
		return 0;
	}
	file->flags = flags & ~(unsigned)O_CLOEXEC;
	file->mode = file_mode_of(flags);
	if (S_ISFIFO(inode->mode) || S_ISSOCK(inode->mode))
		file->mode = (file->mode & (FMODE_READ | FMODE_WRITE)) | FMODE_STREAM;
	file->ops = inode->fops;
	if (!file->ops)
		return -ENODEV;
	err = file_take_write(file);
	if (err)
		return err;
	if (file->ops->open) {
		err = file->ops->open(inode, file);
		if (err)
			return err;
	}
	file->flags &= ~(unsigned)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	return 0;
}

static void file_abandon(struct file *file)
{
	if (file->mode & FMODE_WRITER) {
		put_write_access(file->path.dentry->inode);
		file->path.mnt->writers--;
	}
	/* As a path-only file it is freed without a close. */
	file->mode = FMODE_PATH;
	fput(file);
}

/* An open file on a path, whose references it does not take; permissions are the caller's. */
struct file *dentry_open(const struct path *path, unsigned flags, struct cred *cred)
{
	struct inode *inode = path->dentry->inode;
	struct file *file;
	int err;

	if (!inode)
		return ERR_PTR(-ENOENT);
	file = file_new_checked();
	if (IS_ERR(file))
		return file;
	path_get(path);
	file->path = *path;
	file->inode = inode;
	file->mapping = inode->mapping;
	file->cred = cred_get(cred);
	err = file_init(file, path, flags);
	if (err) {
		file_abandon(file);
		return ERR_PTR(err);
	}
	if (!(file->mode & FMODE_PATH))
		fsnotify_dentry(path->dentry, IN_OPEN);
	if (flags & FASYNC && !(flags & O_PATH))
		fasync_on(file, -1);
	return file;
}

/* --- flags */

static int check_resolve(u64 resolve)
{
	if (resolve & ~(u64)VALID_RESOLVE)
		return -EINVAL;
	if (resolve & RESOLVE_BENEATH && resolve & RESOLVE_IN_ROOT)
		return -EINVAL;
	return 0;
}

static bool will_create(unsigned flags)
{
	return flags & (O_CREAT | __O_TMPFILE);
}

static int open_op_access(struct open_op *op)
{
	static const int access[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE,
				      MAY_READ | MAY_WRITE };
	unsigned flags = op->flags;

	op->acc = access[flags & O_ACCMODE];
	if (flags & __O_TMPFILE) {
		if ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE || !(op->acc & MAY_WRITE))
			return -EINVAL;
	}
	if (flags & O_PATH) {
		if (flags & ~O_PATH_FLAGS)
			return -EINVAL;
		op->acc = 0;
	}
	if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	if (flags & O_TRUNC)
		op->acc |= MAY_WRITE;
	if (flags & O_APPEND)
		op->acc |= MAY_APPEND;
	return 0;
}

static unsigned resolve_to_lookup(u64 resolve)
{
	return (resolve & RESOLVE_NO_XDEV ? LOOKUP_NO_XDEV : 0) |
	       (resolve & RESOLVE_NO_MAGICLINKS ? LOOKUP_NO_MAGICLINKS : 0) |
	       (resolve & RESOLVE_NO_SYMLINKS ? LOOKUP_NO_SYMLINKS : 0) |
	       (resolve & RESOLVE_BENEATH ? LOOKUP_BENEATH : 0) |
	       (resolve & RESOLVE_IN_ROOT ? LOOKUP_IN_ROOT : 0) |
	       (resolve & RESOLVE_CACHED ? LOOKUP_CACHED : 0);
}

static int open_op_init(struct open_op *op, const struct open_how *how)
{
	int err = check_resolve(how->resolve);

	if (err)
		return err;
	if (how->flags & ~(u64)VALID_OPEN_FLAGS)
		return -EINVAL;
	op->flags = how->flags;
	if (will_create(op->flags) ? how->mode & ~(u64)S_PERMS : how->mode)
		return -EINVAL;
	op->mode = how->mode;
	err = open_op_access(op);
	if (err)
		return err;
	op->lookup = resolve_to_lookup(how->resolve);
	if (how->resolve & RESOLVE_CACHED && op->flags & (O_TRUNC | O_CREAT | __O_TMPFILE))
		return -EAGAIN;
	if ((op->flags & (O_SYNC | O_DSYNC)) == (O_SYNC & ~O_DSYNC))
		op->flags |= O_DSYNC;
	if (op->flags & O_DIRECTORY)
		op->lookup |= LOOKUP_DIRECTORY;
	if (!(op->flags & O_NOFOLLOW) && !(op->flags & O_CREAT && op->flags & O_EXCL))
		op->lookup |= LOOKUP_FOLLOW;
	return 0;
}

/* --- what may be opened how */

bool path_noexec(const struct path *path)
{
	return path->mnt->flags & MS_NOEXEC;
}

static int may_open_type(const struct path *path, int acc)
{
	umode_t mode = path->dentry->inode->mode;

	switch (mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if (acc & MAY_WRITE)
			return -EISDIR;
		return acc & MAY_EXEC ? -EACCES : 0;
	case S_IFBLK:
	case S_IFCHR:
		return path->mnt->flags & MS_NODEV ? -EACCES : 0;
	case S_IFREG:
		return acc & MAY_EXEC && path_noexec(path) ? -EACCES : 0;
	default:
		return 0;
	}
}

int may_open(const struct path *path, int acc, unsigned flags)
{
	struct inode *inode = path->dentry->inode;
	int err;

	err = may_open_type(path, acc);
	if (err)
		return err;
	err = inode_permission(inode, acc & (MAY_READ | MAY_WRITE | MAY_EXEC));
	if (err)
		return err;
	if (inode->flags & S_APPEND_INODE &&
	    ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC) &&
	    (!(flags & O_APPEND) || flags & O_TRUNC))
		return -EPERM;
	if (flags & O_NOATIME && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* Sets a file's size: the notifications and the end of set-id bits included. */
int do_truncate(struct dentry *dentry, loff_t size, unsigned attr, struct file *file)
{
	struct inode *inode = dentry->inode;
	struct iattr ia = {
		.valid = ATTR_SIZE | attr,
		.size = size,
		.file = file,
	};
	int err;

	if (size < 0)
		return -EINVAL;
	if (!capable(CAP_FSETID))
		ia.valid |= ATTR_KILL_SUID | ATTR_KILL_SGID;
	mutex_lock(&inode->write_lock);
	err = notify_change(dentry, &ia);
	mutex_unlock(&inode->write_lock);
	return err;
}

/* --- O_CREAT */

static int create_here(struct walk *w, struct dentry *dentry, const struct open_op *op)
{
	struct inode *dir = w->path.dentry->inode;
	int err = mnt_want_write(w->path.mnt);

	if (!err)
		err = may_create(dir);
	if (!err)
		err = vfs_create(dir, dentry, mode_for_create(op->mode));
	return err;
}

/* Finds the last component or makes it; as walk_last. */
static int open_last_create(struct walk *w, const struct open_op *op, bool *created)
{
	struct inode *dir = w->path.dentry->inode;
	struct dentry *dentry;
	int err;

	if (w->type != LAST_NORM)
		return walk_last(w);
	if (w->trailing)
		return -EISDIR;
	mutex_lock(&dir->lock);
	dentry = lookup_one(w->path.dentry, w->last.name, w->last.len);
	err = IS_ERR(dentry) ? PTR_ERR(dentry) : 0;
	if (!err && !dentry->inode) {
		err = create_here(w, dentry, op);
		*created = !err;
	}
	mutex_unlock(&dir->lock);
	if (IS_ERR(dentry))
		return err;
	if (!err && !*created && op->flags & O_EXCL)
		err = -EEXIST;
	if (!err)
		return walk_step(w, dentry, w->flags & LOOKUP_FOLLOW);
	dput(dentry);
	return err;
}

static int check_created(const struct path *path, const struct open_op *op)
{
	if (!(op->flags & O_CREAT))
		return 0;
	if (op->flags & O_EXCL)
		return -EEXIST;
	return d_is_dir(path->dentry) ? -EISDIR : 0;
}

static struct file *open_found(struct walk *w, const struct open_op *op, bool created)
{
	unsigned flags = op->flags;
	struct path *path = &w->path;
	struct file *file;
	int err = 0;

	if (!created)
		err = check_created(path, op);
	if (!err && op->lookup & LOOKUP_DIRECTORY && !d_is_dir(path->dentry))
		err = -ENOTDIR;
	if (err)
		return ERR_PTR(err);
	if (created || !S_ISREG(path->dentry->inode->mode))
		flags &= ~(unsigned)O_TRUNC;
	if (flags & O_TRUNC)
		err = mnt_want_write(path->mnt);
	if (!err && !(flags & O_PATH) && !created)
		err = may_open(path, op->acc, op->flags);
	if (err)
		return ERR_PTR(err);
	file = dentry_open(path, flags, current->cred);
	if (IS_ERR(file) || !(flags & O_TRUNC))
		return file;
	err = get_write_access(file->inode);
	if (!err) {
		err = do_truncate(file->path.dentry, 0, ATTR_MTIME | ATTR_CTIME | ATTR_OPEN, file);
		put_write_access(file->path.dentry->inode);
	}
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

static int open_walk(struct walk *w, const struct open_op *op, bool *created)
{
	int err;

	do {
		err = walk_parent(w);
		if (err)
			return err;
		err = op->flags & O_CREAT ? open_last_create(w, op, created) : walk_last(w);
	} while (err == 1);
	return err;
}

/* --- O_TMPFILE */

static void name_tmpfile(struct dentry *dentry)
{
	char name[24];
	int len = snprintf(name, sizeof(name), "#%llu", (unsigned long long)dentry->inode->ino);

	d_set_name(dentry, name, len);
}

static struct file *tmpfile_in(const struct path *parent, const struct open_op *op)
{
	struct inode *dir = parent->dentry->inode;
	struct path path = { parent->mnt, NULL };
	struct file *file;
	int err;

	path.dentry = d_alloc_name(parent->dentry, "/");
	mutex_lock(&dir->lock);
	err = dir->flags & S_DEAD ? -ENOENT : 0;
	if (!err)
		err = dir->ops->tmpfile(dir, path.dentry,
					(mode_for_create(op->mode) & S_PERMS) | S_IFREG);
	mutex_unlock(&dir->lock);
	file = ERR_PTR(err);
	if (err)
		goto put;
	name_tmpfile(path.dentry);
	if (!(op->flags & O_EXCL))
		path.dentry->inode->flags |= S_LINKABLE;
	file = dentry_open(&path, op->flags & ~(unsigned)O_TMPFILE, current->cred);
put:
	dput(path.dentry);
	return file;
}

static struct file *open_tmpfile(int dfd, const char *name, const struct open_op *op)
{
	struct inode *dir;
	struct path parent;
	struct file *file;
	int err = path_lookup(dfd, name, op->lookup | LOOKUP_DIRECTORY, &parent);

	if (err)
		return ERR_PTR(err);
	dir = parent.dentry->inode;
	err = mnt_want_write(parent.mnt);
	if (!err)
		err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (!err && (!dir->ops || !dir->ops->tmpfile))
		err = -EOPNOTSUPP;
	file = err ? ERR_PTR(err) : tmpfile_in(&parent, op);
	path_put(&parent);
	return file;
}

/* --- all together */

static struct file *open_by_op(int dfd, const char *name, const struct open_op *op)
{
	bool created = false;
	struct file *file;
	struct walk w;
	int err;

	if (op->flags & __O_TMPFILE)
		return open_tmpfile(dfd, name, op);
	err = walk_init(&w, dfd, name, op->lookup);
	if (err)
		return ERR_PTR(err);
	err = open_walk(&w, op, &created);
	file = err ? ERR_PTR(err) : open_found(&w, op, created);
	walk_end(&w);
	return file;
}

/* Opens by path, with everything that openat2 checks. */
struct file *do_open_at(int dfd, const char *path, const struct open_how *how)
{
	struct open_op op;
	int err = open_op_init(&op, how);
	struct file *file;

	if (err)
		return ERR_PTR(err);
	file = open_by_op(dfd, path, &op);
	if (!IS_ERR(file) && !(file->flags & (O_LARGEFILE | O_PATH)) && sizeof(long) < 8 &&
	    S_ISREG(file->inode->mode) && file->inode->size > MAX_NON_LFS) {
		fput(file);
		return ERR_PTR(-EOVERFLOW);
	}
	return file;
}

/* The open_how that open(2)'s arguments mean: what it does not know is ignored. */
static struct open_how how_of_open(unsigned flags, umode_t mode)
{
	struct open_how how = { .flags = flags & VALID_OPEN_FLAGS, .mode = mode & S_PERMS };

	if (how.flags & O_PATH)
		how.flags &= O_PATH_FLAGS;
	if (!will_create(how.flags))
		how.mode = 0;
	return how;
}

struct file *filp_open(const char *path, unsigned flags, umode_t mode)
{
	struct open_how how = how_of_open(flags | O_LARGEFILE, mode);

	return do_open_at(AT_FDCWD, path, &how);
}

static int check_executable(const struct path *path)
{
	struct inode *inode = path->dentry->inode;

	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (!S_ISREG(inode->mode) || path_noexec(path))
		return -EACCES;
	return inode_permission(inode, MAY_EXEC);
}

struct file *open_exec(int dfd, const char *name, int flags)
{
	struct file *file = NULL;
	struct path path;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return ERR_PTR(-EINVAL);
	err = path_lookup(dfd, name,
			  (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
				  (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &path);
	if (err)
		return ERR_PTR(err);
	err = check_executable(&path);
	if (!err)
		err = deny_write_access(path.dentry->inode);
	if (err)
		goto put;
	file = dentry_open(&path, O_RDONLY | O_LARGEFILE, current->cred);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		allow_write_access(path.dentry->inode);
	} else {
		file->mode |= FMODE_EXEC;
	}
put:
	path_put(&path);
	return err ? ERR_PTR(err) : file;
}

/* --- the calls */

static unsigned implied_largefile(void)
{
	return sizeof(long) >= 8 ? O_LARGEFILE : 0;
}

static long open_user(int dfd, uaddr_t name, const struct open_how *how)
{
	struct open_op op;
	struct user_name s;
	struct file *file;
	int fd = open_op_init(&op, how);

	if (!fd)
		fd = user_name_get(&s, name, 0);
	if (fd)
		return fd;
	/* The number first: without one nothing may be created or truncated. */
	fd = fd_alloc(0, (unsigned)min(rlimit(RLIMIT_NOFILE), (u64)INT_MAX));
	if (fd < 0)
		goto put;
	file = do_open_at(dfd, s.text, how);
	if (IS_ERR(file)) {
		fd_release(fd);
		fd = PTR_ERR(file);
	} else {
		fd_install(fd, file, how->flags & O_CLOEXEC);
	}
put:
	user_name_put(&s);
	return fd;
}

SYSCALL_DEFINE3(open, A_PATH, uaddr_t, name, A_OFLAGS, int, flags, A_MODE, umode_t, mode)
{
	struct open_how how = how_of_open(flags | implied_largefile(), mode);

	return open_user(AT_FDCWD, name, &how);
}

SYSCALL_DEFINE4(openat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_OFLAGS, int, flags, A_MODE,
		umode_t, mode)
{
	struct open_how how = how_of_open(flags | implied_largefile(), mode);

	return open_user(dfd, name, &how);
}

SYSCALL_DEFINE2(creat, A_PATH, uaddr_t, name, A_MODE, umode_t, mode)
{
	struct open_how how =
		how_of_open(O_CREAT | O_WRONLY | O_TRUNC | implied_largefile(), mode);

	return open_user(AT_FDCWD, name, &how);
}

/* Copies a structure that may be longer than what K knows: the rest must be zero. */
static int get_open_how(struct open_how *how, uaddr_t user, size_t size)
{
	size_t at, n;
	char rest[64];

	if (size < sizeof(*how))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (copy_from_user(how, user, sizeof(*how)))
		return -EFAULT;
	for (at = sizeof(*how); at < size; at += n) {
		n = min(size - at, sizeof(rest));
		if (copy_from_user(rest, user + at, n))
			return -EFAULT;
		if (rest[0] || memcmp(rest, rest + 1, n - 1))
			return -E2BIG;
	}
	return 0;
}

SYSCALL_DEFINE4(openat2, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_PTR, uaddr_t, uhow, A_SIZE,
		size_t, size)
{
	struct open_how how;
	int err = get_open_how(&how, uhow, size);

	if (err)
		return err;
	if (!(how.flags & O_PATH))
		how.flags |= implied_largefile();
	return open_user(dfd, name, &how);
}
