/*
 * hostfs: directories.
 *
 * Each change is one host call on a single name below the directory's own descriptor.  What the
 * host must not have (devices; also FIFOs and sockets, whose other ends would be K's) is an
 * empty regular file there, and user.umkit says what it stands for.
 */
#include "um/kmalloc.h"
#include "um/os_event.h"
#include "hostfs.h"

#define SYMLINK_MODE (S_IFLNK | 0777)

static bool name_ok(const struct dentry *dentry)
{
	const char *name = dentry->name.name;

	return *name && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/');
}

/* The directory's descriptor for an operation on the name. */
static struct host_fd *dir_path(struct inode *dir, const struct dentry *dentry)
{
	return name_ok(dentry) ? hostfs_path(dir) : ERR_PTR(-EINVAL);
}

static void dir_changed(struct inode *dir)
{
	hostfs_note_write(dir);
}

static void inode_changed(struct inode *inode)
{
	inode_touch(inode, ATTR_CTIME);
	hostfs_i(inode)->stale = true;
}

/* Directory entries of regular files may be something else from now on. */
static void mark_nodes(struct inode *dir)
{
	struct hostfs_inode *hi = hostfs_i(dir);

	if (hi->attr.nodes)
		return;
	hi->attr.nodes = true;
	if (hostfs_store_attrs(dir))
		hi->attr_dirty = true; /* true while the inode is cached, at least */
}

static int open_entry(struct inode *dir, struct dentry *dentry)
{
	struct host_fd *path = dir_path(dir, dentry);
	int fd;

	if (IS_ERR(path))
		return PTR_ERR(path);
	do
		fd = hostfs_path_open(path->fd, dentry->name.name);
	while (fd < 0 && hostfs_unlock(dir, fd));
	host_fd_put(path);
	return fd;
}

static struct inode *lookup_opened(struct inode *dir, struct dentry *dentry)
{
	int fd = open_entry(dir, dentry);

	return fd < 0 ? ERR_PTR(fd) : hostfs_iget(dir->sb, fd, dir, false);
}

/* Most files that are looked up are only looked at. */
static struct inode *lookup_inode(struct inode *dir, struct dentry *dentry)
{
	struct host_fd *path = dir_path(dir, dentry);
	struct inode *inode;
	struct os_stat st;
	int err;

	if (IS_ERR(path))
		return ERR_PTR(PTR_ERR(path));
	do
		err = os_file_stat_at(path->fd, dentry->name.name, &st);
	while (err && hostfs_unlock(dir, err));
	inode = err ? ERR_PTR(err) :
		      hostfs_iget_unopened(dir, path->fd, dentry->name.name, &st);
	host_fd_put(path);
	return inode ? inode : lookup_opened(dir, dentry);
}

static int hostfs_lookup(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = lookup_inode(dir, dentry);

	if (inode == ERR_PTR(-ENOENT)) {
		d_add(dentry, NULL);
		return 0;
	}
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	if (hostfs_i(inode)->hidden && !S_ISDIR(inode->mode)) {
		iput(inode);
		return -EACCES;
	}
	d_add(dentry, inode);
	return 0;
}

/* --- creation */

/* What a creation that has no host file of its own kind is: in the attribute's terms. */
static char placeholder_type(umode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	}
	return 0;
}

/* Makes the inode of what has just been made on the host; fd is its path descriptor, taken over
 * in any case.  Owner and mode are as current makes them. */
static struct inode *new_host_inode(struct inode *dir, int fd, umode_t mode, kdev_t rdev)
{
	struct inode *inode = hostfs_iget(dir->sb, fd, dir, true);
	struct hostfs_inode *hi;
	int err;

	if (IS_ERR(inode))
		return inode;
	hi = hostfs_i(inode);
	hi->attr.type = placeholder_type(mode);
	if (hi->attr.type) {
		hi->attr.major = S_ISCHR(mode) || S_ISBLK(mode) ? MAJOR(rdev) : 0;
		hi->attr.minor = S_ISCHR(mode) || S_ISBLK(mode) ? MINOR(rdev) : 0;
		hi->attr_dirty = true;
		inode->size = 0;
		mark_nodes(dir);
	}
	inode_init_owner(inode, dir, mode);
	hostfs_set_ops(inode, rdev);
	err = hostfs_push_attrs(inode);
	if (!err)
		return inode;
	inode->nlink = 0;
	iput(inode);
	return ERR_PTR(err);
}

/* A regular host file, open for both; or -errno. */
static int make_file(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct host_fd *path = dir_path(dir, dentry);
	umode_t perms = hostfs_host_perms(hostfs_sb(dir), mode);
	int fd;

	if (IS_ERR(path))
		return PTR_ERR(path);
	do
		fd = os_file_create(path->fd, dentry->name.name, perms);
	while (fd < 0 && (hostfs_fd_room(fd) || hostfs_unlock(dir, fd)));
	host_fd_put(path);
	return hostfs_fd_error(fd);
}

static void undo_create(struct inode *dir, struct dentry *dentry, bool isdir)
{
	struct host_fd *path = hostfs_path(dir);

	if (IS_ERR(path))
		return;
	os_dir_unlink(path->fd, dentry->name.name, isdir);
	host_fd_put(path);
}

static int make_node(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t rdev)
{
	struct inode *inode;
	int fd = make_file(dir, dentry, mode), path;

	if (fd < 0)
		return fd;
	path = hostfs_path_of(fd);
	inode = path < 0 ? ERR_PTR(path) : new_host_inode(dir, path, mode, rdev);
	if (IS_ERR(inode)) {
		os_close(fd);
		undo_create(dir, dentry, false);
		return PTR_ERR(inode);
	}
	if (S_ISREG(mode))
		hostfs_set_data(inode, fd, OS_READ | OS_WRITE);
	else
		os_close(fd);
	dir_changed(dir);
	d_instantiate(dentry, inode);
	return 0;
}

static int hostfs_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return make_node(dir, dentry, S_IFREG | (mode & 07777), 0);
}

static int hostfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, kdev_t rdev)
{
	return make_node(dir, dentry, mode & S_IFMT ? mode : mode | S_IFREG, rdev);
}

/* The name has been made by a host call; its inode. */
static int adopt_entry(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int fd = open_entry(dir, dentry);
	struct inode *inode = fd < 0 ? ERR_PTR(fd) : new_host_inode(dir, fd, mode, 0);

	if (IS_ERR(inode)) {
		undo_create(dir, dentry, S_ISDIR(mode));
		return PTR_ERR(inode);
	}
	dir_changed(dir);
	d_instantiate(dentry, inode);
	return 0;
}

static int hostfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct host_fd *path = dir_path(dir, dentry);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	mode = S_IFDIR | (mode & 07777);
	do
		err = os_dir_mkdir(path->fd, dentry->name.name,
				   hostfs_host_perms(hostfs_sb(dir), mode));
	while (err && hostfs_unlock(dir, err));
	host_fd_put(path);
	return err ? err : adopt_entry(dir, dentry, mode);
}

static int hostfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	struct host_fd *path = dir_path(dir, dentry);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	do
		err = os_dir_symlink(target, path->fd, dentry->name.name);
	while (err && hostfs_unlock(dir, err));
	host_fd_put(path);
	return err ? err : adopt_entry(dir, dentry, SYMLINK_MODE);
}

static int hostfs_tmpfile(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct host_fd *path = hostfs_path(dir);
	struct inode *inode;
	int fd, pfd;

	if (IS_ERR(path))
		return PTR_ERR(path);
	mode = S_IFREG | (mode & 07777);
	do
		fd = os_file_tmp(path->fd, hostfs_host_perms(hostfs_sb(dir), mode));
	while (fd < 0 && (hostfs_fd_room(fd) || hostfs_unlock(dir, fd)));
	host_fd_put(path);
	if (fd < 0)
		return hostfs_fd_error(fd);
	pfd = hostfs_path_of(fd);
	inode = pfd < 0 ? ERR_PTR(pfd) : new_host_inode(dir, pfd, mode, 0);
	if (IS_ERR(inode)) {
		os_close(fd);
		return PTR_ERR(inode);
	}
	hostfs_set_data(inode, fd, OS_READ | OS_WRITE);
	inode->nlink = 0;
	d_instantiate(dentry, inode);
	return hostfs_keep_path(dentry);
}

static int hostfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->inode;
	struct host_fd *to = dir_path(dir, dentry), *from;
	int err;

	if (IS_ERR(to))
		return PTR_ERR(to);
	from = hostfs_path(inode);
	err = PTR_ERR(from);
	if (IS_ERR(from))
		goto put_to;
	do
		err = os_dir_link(from->fd, to->fd, dentry->name.name);
	while (err && hostfs_unlock(dir, err));
	host_fd_put(from);
	if (err)
		goto put_to;
	inode->nlink++;
	inode_changed(inode);
	dir_changed(dir);
	if (hostfs_i(inode)->attr.type)
		mark_nodes(dir);
	d_instantiate(dentry, ihold(inode));
put_to:
	host_fd_put(to);
	return err;
}

/* --- removal */

static int remove_entry(struct inode *dir, struct dentry *dentry, bool isdir)
{
	struct inode *inode = dentry->inode;
	struct host_fd *path = dir_path(dir, dentry);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	err = hostfs_keep_path(dentry);
	if (err)
		goto put_path;
	do
		err = os_dir_unlink(path->fd, dentry->name.name, isdir);
	while (err && hostfs_unlock(dir, err));
	if (err) {
		hostfs_unkeep_path(inode);
		goto put_path;
	}
	inode->nlink = isdir || !inode->nlink ? 0 : inode->nlink - 1;
	inode_changed(inode);
	dir_changed(dir);
put_path:
	host_fd_put(path);
	return err;
}

static int hostfs_unlink(struct inode *dir, struct dentry *dentry)
{
	return remove_entry(dir, dentry, false);
}

static int hostfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	return remove_entry(dir, dentry, true);
}

/* --- renaming */

static int host_rename(struct inode *odir, struct dentry *old, struct inode *ndir,
		       struct dentry *new, unsigned flags)
{
	struct host_fd *from = dir_path(odir, old), *to;
	int err;

	if (IS_ERR(from))
		return PTR_ERR(from);
	to = dir_path(ndir, new);
	err = PTR_ERR(to);
	if (IS_ERR(to))
		goto put_from;
	do
		err = os_dir_rename(from->fd, old->name.name, to->fd, new->name.name, flags);
	while (err && (hostfs_unlock(odir, err) || hostfs_unlock(ndir, err)));
	host_fd_put(to);
put_from:
	host_fd_put(from);
	return err;
}

/* RENAME_WHITEOUT would make a device on the host. */
static int hostfs_rename(struct inode *odir, struct dentry *old, struct inode *ndir,
			 struct dentry *new, unsigned flags)
{
	struct inode *moved = old->inode, *there = new->inode;
	bool replaced = there && !(flags & RENAME_EXCHANGE);
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (replaced) {
		err = hostfs_keep_path(new);
		if (err)
			return err;
	}
	err = host_rename(odir, old, ndir, new, flags);
	if (err) {
		if (replaced)
			hostfs_unkeep_path(there);
		return err;
	}
	if (replaced)
		there->nlink = S_ISDIR(there->mode) || !there->nlink ? 0 : there->nlink - 1;
	if (there)
		inode_changed(there);
	inode_changed(moved);
	dir_changed(odir);
	dir_changed(ndir);
	if (hostfs_i(moved)->attr.type)
		mark_nodes(ndir);
	if (there && !replaced && hostfs_i(there)->attr.type)
		mark_nodes(odir);
	return 0;
}

/* --- reading */

#define READ_BUFFER (32 * 1024)

struct dir_read {
	struct file *file;
	struct dir_context *ctx;
};

static u64 entry_ino(const struct dir_read *rd, const char *name, u64 ino)
{
	struct dentry *dir = rd->file->path.dentry;

	if (!strcmp(name, "."))
		return dir->inode->ino;
	if (!strcmp(name, ".."))
		return dir->parent->inode->ino;
	return hostfs_ino(hostfs_sb(dir->inode), hostfs_i(dir->inode)->key.dev, ino);
}

static bool emit_entry(void *arg, const char *name, size_t len, u64 ino, unsigned type, s64 next)
{
	struct dir_read *rd = arg;
	struct dir_context *ctx = rd->ctx;

	if (type == mode_to_dtype(S_IFREG) && hostfs_i(rd->file->inode)->attr.nodes)
		type = 0; /* unknown */
	if (!ctx->emit(ctx, name, len, ctx->pos, entry_ino(rd, name, ino), type))
		return false;
	ctx->pos = next;
	return true;
}

static int read_at(struct host_fd *data, loff_t pos, void *buf)
{
	s64 err = 0, next = pos;
	ssize_t n;

	if (data->at != pos)
		err = os_file_seek(data->fd, pos, SEEK_SET);
	n = err < 0 ? err : os_dir_read(data->fd, buf, READ_BUFFER, &next);
	data->at = n < 0 ? -1 : next;
	return n;
}

/* ext4 takes a descriptor's first position for its beginning: one that was first read at the end
 * stays there after a seek to 0.  So a first read is always from 0. */
static int read_entries(struct host_fd *data, loff_t pos, void *buf)
{
	int n = 0;

	if (pos && !data->from_start)
		n = read_at(data, 0, buf);
	data->from_start = true;
	return n < 0 ? n : read_at(data, pos, buf);
}

/* One buffer for all: fresh ones would have to be cleared.  Who finds it taken gets an own one. */
static void *read_buffer;

static void *take_read_buffer(void)
{
	void *buf = read_buffer;

	read_buffer = NULL;
	return buf ? buf : kzalloc(READ_BUFFER);
}

static void give_read_buffer(void *buf)
{
	if (read_buffer)
		kfree(buf);
	else
		read_buffer = buf;
}

/* The positions are the host's, which it keeps stable.  One host call, as it gets about what a
 * caller has room for. */
static int hostfs_iterate(struct file *file, struct dir_context *ctx)
{
	struct dir_read rd = { file, ctx };
	struct host_fd *data = hostfs_data(file->inode, false);
	void *buf;
	int n;

	if (IS_ERR(data))
		return PTR_ERR(data);
	buf = take_read_buffer();
	n = read_entries(data, ctx->pos, buf);
	if (n > 0)
		os_dir_each(buf, n, emit_entry, &rd);
	give_read_buffer(buf);
	host_fd_put(data);
	return min(n, 0);
}

static int hostfs_dir_open(struct inode *inode, struct file *file __maybe_unused)
{
	struct host_fd *data = hostfs_data(inode, false);

	if (IS_ERR(data))
		return PTR_ERR(data);
	host_fd_put(data);
	return 0;
}

static loff_t hostfs_dir_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR && __builtin_add_overflow(offset, file->pos, &offset))
		return -EOVERFLOW;
	if ((whence != SEEK_SET && whence != SEEK_CUR) || offset < 0)
		return -EINVAL;
	file->pos = offset;
	return offset;
}

static long sync_dir(void *arg)
{
	return os_file_sync(((struct host_fd *)arg)->fd, false);
}

static int hostfs_dir_fsync(struct file *file, loff_t start __maybe_unused,
			    loff_t end __maybe_unused, bool datasync __maybe_unused)
{
	struct host_fd *data = hostfs_data(file->inode, false);
	int err;

	if (IS_ERR(data))
		return PTR_ERR(data);
	err = host_work(sync_dir, data);
	host_fd_put(data);
	return err;
}

/* --- what others change (shared mode) */

/* Does the name still stand for the same host file, or for none? */
static bool hostfs_revalidate(struct dentry *dentry)
{
	struct os_stat st;
	struct host_fd *dir;
	int err;

	if (dentry->parent == dentry || !dentry->parent->inode)
		return true;
	dir = hostfs_path(dentry->parent->inode);
	if (IS_ERR(dir))
		return false;
	err = os_file_stat_at(dir->fd, dentry->name.name, &st);
	host_fd_put(dir);
	if (!dentry->inode)
		return err == -ENOENT;
	return !err && st.dev == hostfs_i(dentry->inode)->key.dev &&
	       st.ino == hostfs_i(dentry->inode)->key.ino &&
	       !((st.mode ^ hostfs_i(dentry->inode)->host_mode) & S_IFMT);
}

const struct dentry_ops hostfs_shared_dops = {
	.revalidate = hostfs_revalidate,
};

/* --- host file systems that are not shown: empty and unchangeable */

static int hidden_lookup(struct inode *dir __maybe_unused, struct dentry *dentry)
{
	d_add(dentry, NULL);
	return 0;
}

static int hidden_iterate(struct file *file, struct dir_context *ctx)
{
	struct dentry *dir = file->path.dentry;

	for (; ctx->pos >= 0 && ctx->pos < 2; ctx->pos++) {
		struct inode *inode = ctx->pos ? dir->parent->inode : dir->inode;

		if (!ctx->emit(ctx, "..", ctx->pos + 1, ctx->pos, inode->ino,
			       mode_to_dtype(S_IFDIR)))
			break;
	}
	return 0;
}

static int hidden_setattr(struct dentry *dentry __maybe_unused,
			  struct iattr *attr __maybe_unused)
{
	return -EPERM;
}

const struct inode_ops hostfs_hidden_iops = {
	.lookup = hidden_lookup,
	.setattr = hidden_setattr,
};

const struct file_ops hostfs_hidden_fops = {
	.iterate = hidden_iterate,
	.llseek = hostfs_dir_llseek,
};

const struct file_ops hostfs_dir_fops = {
	.open = hostfs_dir_open,
	.iterate = hostfs_iterate,
	.llseek = hostfs_dir_llseek,
	.fsync = hostfs_dir_fsync,
};

const struct inode_ops hostfs_dir_iops = {
	.lookup = hostfs_lookup,
	.create = hostfs_create,
	.mkdir = hostfs_mkdir,
	.mknod = hostfs_mknod,
	.symlink = hostfs_symlink,
	.link = hostfs_link,
	.unlink = hostfs_unlink,
	.rmdir = hostfs_rmdir,
	.rename = hostfs_rename,
	.tmpfile = hostfs_tmpfile,
	.setattr = hostfs_setattr,
	.getattr = hostfs_getattr,
	.getxattr = hostfs_getxattr,
	.setxattr = hostfs_setxattr,
	.listxattr = hostfs_listxattr,
	.removexattr = hostfs_removexattr,
};
