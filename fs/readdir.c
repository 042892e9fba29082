/*
 * Reading directories: getdents, and the directories that live in the dentry cache alone.
 *
 * An entry's d_off is where the next one is, so it is filled in when that one comes.
 */
#include <linux/inotify.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

/* getdents(2)'s structures, as its manual page has them. */
struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;
	u16 d_reclen;
	u8 d_type;
	char d_name[];
};

struct linux_dirent {
	unsigned long d_ino;
	unsigned long d_off;
	u16 d_reclen;
	char d_name[];	/* after its NUL and padding, in the last byte: the type */
};

struct getdents {
	struct dir_context ctx;
	bool is64;
	uaddr_t buf;		/* where the next entry goes */
	size_t left;
	uaddr_t last;		/* the last entry, whose d_off is yet unknown; 0: none */
	int err;
	u8 *entry;		/* room to build one */
};

#define ENTRY_MAX (sizeof(struct linux_dirent64) + NAME_MAX + 16)

/* The type in a directory entry. */
u8 mode_to_dtype(umode_t mode)
{
	return (mode & S_IFMT) >> 12;
}

static int put_last_offset(struct getdents *g, loff_t pos)
{
	if (!g->last)
		return 0;
	if (g->is64)
		return put_user((s64)pos, g->last + offsetof(struct linux_dirent64, d_off));
	return put_user((unsigned long)pos, g->last + offsetof(struct linux_dirent, d_off));
}

static size_t build64(struct getdents *g, const char *name, int len, u64 ino, unsigned type)
{
	struct linux_dirent64 *de = (struct linux_dirent64 *)g->entry;
	size_t size = ALIGN(offsetof(struct linux_dirent64, d_name) + len + 1, sizeof(u64));

	memset(de, 0, size);
	de->d_ino = ino;
	de->d_reclen = size;
	de->d_type = type;
	memcpy(de->d_name, name, len);
	return size;
}

static size_t build_old(struct getdents *g, const char *name, int len, u64 ino, unsigned type)
{
	struct linux_dirent *de = (struct linux_dirent *)g->entry;
	size_t size = ALIGN(offsetof(struct linux_dirent, d_name) + len + 2, sizeof(long));

	memset(de, 0, size);
	de->d_ino = (unsigned long)ino;
	if (de->d_ino != ino)
		g->err = -EOVERFLOW;
	de->d_reclen = size;
	memcpy(de->d_name, name, len);
	g->entry[size - 1] = type;
	return size;
}

static bool getdents_emit(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
			  unsigned type)
{
	struct getdents *g = container_of(ctx, struct getdents, ctx);
	size_t size;

	if (len <= 0 || len > NAME_MAX || memchr(name, '/', len)) {
		g->err = -EIO;
		return false;
	}
	size = g->is64 ? build64(g, name, len, ino, type) : build_old(g, name, len, ino, type);
	if (g->err == -EOVERFLOW)
		return false;
	g->err = -EINVAL;	/* for a buffer that has no room for a single entry */
	if (size > g->left || (g->last && signal_pending(current)))
		return false;
	g->err = -EFAULT;
	if (put_last_offset(g, pos) || copy_to_user(g->buf, g->entry, size))
		return false;
	g->err = 0;
	g->last = g->buf;
	g->buf += size;
	g->left -= size;
	return true;
}

static int iterate_dir(struct file *file, struct dir_context *ctx)
{
	struct inode *inode = file->inode;
	int err;

	if (!S_ISDIR(inode->mode) || !file->ops->iterate)
		return -ENOTDIR;
	if (inode->flags & S_DEAD)
		return -ENOENT;
	ctx->pos = file->pos;
	err = file->ops->iterate(file, ctx);
	file->pos = ctx->pos;
	fsnotify_dentry(file->path.dentry, IN_ACCESS);
	touch_atime(file);
	return err;
}

static long getdents_run(struct file *file, struct getdents *g, size_t count)
{
	int err = iterate_dir(file, &g->ctx);

	if (!err)
		err = g->err;
	if (!g->last)
		return err;
	return put_last_offset(g, g->ctx.pos) ? -EFAULT : (long)(count - g->left);
}

static long do_getdents(int fd, uaddr_t buf, unsigned count, bool is64)
{
	struct getdents g = { .ctx.emit = getdents_emit, .is64 = is64, .buf = buf };
	struct file *file = fget_io(fd);
	bool locked;
	loff_t pos;
	long n;

	if (!file)
		return -EBADF;
	count = min(count, (unsigned)INT_MAX);
	g.left = count;
	g.entry = kzalloc(ENTRY_MAX);
	file_pos_begin(file, &pos, &locked);
	n = getdents_run(file, &g, count);
	file_pos_end(file, locked);
	kfree(g.entry);
	fput(file);
	return n;
}

SYSCALL_DEFINE3(getdents, A_FD, unsigned, fd, A_DIRENTS_OUT, uaddr_t, buf, A_UINT, unsigned, count)
{
	return do_getdents(fd, buf, count, false);
}

SYSCALL_DEFINE3(getdents64, A_FD, unsigned, fd, A_DIRENTS_OUT, uaddr_t, buf, A_UINT, unsigned,
		count)
{
	return do_getdents(fd, buf, count, true);
}

/* --- readdir(2): one entry, with its length for want of a type */

struct readdir {
	struct dir_context ctx;
	uaddr_t buf;
	int result;		/* entries, or -errno */
};

struct old_linux_dirent {
	unsigned long d_ino;
	unsigned long d_offset;
	u16 d_namlen;
	char d_name[];
};

static bool readdir_emit(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
			 unsigned type __maybe_unused)
{
	struct readdir *r = container_of(ctx, struct readdir, ctx);
	struct old_linux_dirent de = { (unsigned long)ino, (unsigned long)pos, (u16)len };
	uaddr_t text = r->buf + offsetof(struct old_linux_dirent, d_name);

	if (r->result)
		return false;
	r->result = -EOVERFLOW;
	if (de.d_ino != ino)
		return false;
	r->result = -EFAULT;
	if (copy_to_user(r->buf, &de, offsetof(struct old_linux_dirent, d_name)) ||
	    copy_to_user(text, name, (size_t)len) || put_user((char)'\0', text + (size_t)len))
		return false;
	r->result = 1;
	return true;
}

SYSCALL_DEFINE3(readdir, A_FD, unsigned, fd, A_DIRENTS_OUT, uaddr_t, buf, A_UINT, unsigned,
		count __maybe_unused)
{
	struct readdir r = { .ctx.emit = readdir_emit, .buf = buf };
	struct file *file = fget_io((int)fd);
	bool locked;
	loff_t pos;
	int err;

	if (!file)
		return -EBADF;
	file_pos_begin(file, &pos, &locked);
	err = iterate_dir(file, &r.ctx);
	file_pos_end(file, locked);
	fput(file);
	return r.result ? r.result : err;
}

/* --- directories in the dentry cache: an entry's position is its dentry's seq */

static bool dcache_listed(const struct dentry *d, loff_t pos)
{
	return d->inode && !d_unhashed(d) && (loff_t)d->seq >= pos;
}

/* The first entry at or after pos, with a reference; or NULL. */
static struct dentry *dcache_entry_from(struct dentry *dir, loff_t pos)
{
	struct dentry *d;

	list_for_each_entry(d, &dir->children, child) {
		if (dcache_listed(d, pos))
			return dget(d);
	}
	return NULL;
}

/* The entry after d, which may have gone or moved away since it was found. */
static struct dentry *dcache_entry_after(struct dentry *dir, struct dentry *d, loff_t pos)
{
	if (d->parent != dir || (loff_t)d->seq >= pos || list_empty(&d->child))
		return dcache_entry_from(dir, pos);
	for (d = list_next_entry(d, child); &d->child != &dir->children;
	     d = list_next_entry(d, child)) {
		if (dcache_listed(d, pos))
			return dget(d);
	}
	return NULL;
}

static bool emit_dots(struct file *file, struct dir_context *ctx)
{
	struct dentry *dir = file->path.dentry;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, 0, dir->inode->ino, mode_to_dtype(S_IFDIR)))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, 1, dir->parent->inode->ino, mode_to_dtype(S_IFDIR)))
			return false;
		ctx->pos = 2;
	}
	return true;
}

static int dcache_iterate(struct file *file, struct dir_context *ctx)
{
	struct dentry *dir = file->path.dentry, *d, *next;

	if (!emit_dots(file, ctx))
		return 0;
	d = dcache_entry_from(dir, ctx->pos);
	while (d) {
		char name[NAME_MAX + 1];
		u32 len = min(d->name.len, (u32)NAME_MAX);
		u64 seq = d->seq;

		/* A copy: it may be renamed while emit sleeps. */
		memcpy(name, d->name.name, len);
		if (!ctx->emit(ctx, name, len, seq, d->inode->ino,
			       mode_to_dtype(d->inode->mode)))
			break;
		ctx->pos = seq + 1;
		next = dcache_entry_after(dir, d, ctx->pos);
		dput(d);
		d = next;
	}
	dput(d);
	return 0;
}

static loff_t dcache_dir_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	file->pos = offset;
	return offset;
}

static int dcache_dir_fsync(struct file *file __maybe_unused, loff_t start __maybe_unused,
			    loff_t end __maybe_unused, bool datasync __maybe_unused)
{
	return 0;
}

const struct file_ops dcache_dir_ops = {
	.llseek = dcache_dir_llseek,
	.iterate = dcache_iterate,
	.fsync = dcache_dir_fsync,
};
