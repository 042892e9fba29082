/*
 * hostfs: the host descriptors of inodes.
 *
 * They are a limited resource, so each kind is in a pool that closes the least recently used.
 * A path descriptor that was closed is opened again by walking the names from the nearest
 * ancestor that has one, component by component, and is taken only if it is the same host file;
 * a data descriptor through the path one.  A file that has lost a name may not be found again,
 * so its path descriptor leaves the pool and stays open.
 *
 * Nothing here sleeps.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "hostfs.h"

/* Enough for the working set of a build; a host process with many more is slow to copy. */
#define PATHS_MAX 2048
#define DATA_MAX 512
#define SHRINK_LOOKS 64

struct fd_pool {
	struct list_head lru;	/* oldest first */
	unsigned count, max;
};

static struct fd_pool path_pool = { LIST_HEAD_INIT(path_pool.lru), 0, PATHS_MAX };
static struct fd_pool data_pool = { LIST_HEAD_INIT(data_pool.lru), 0, DATA_MAX };
static unsigned nr_kept, max_kept;	/* path descriptors outside the pool */

/* The pools' sizes follow the host's limit; half of it is for the rest of K. */
static int hostfs_fd_init(void)
{
	unsigned limit;

	os_file_init();
	limit = os_fd_limit();
	path_pool.max = min(limit / 4, (unsigned)PATHS_MAX);
	data_pool.max = min(limit / 8, (unsigned)DATA_MAX);
	max_kept = limit / 4;
	return 0;
}
INITCALL(INIT_FS, hostfs_fd_init);

/* Gives a reference back; NULL is fine. */
void host_fd_put(struct host_fd *hfd)
{
	if (!hfd || --hfd->refs)
		return;
	os_close(hfd->fd);
	kfree(hfd);
}

static struct host_fd *host_fd_use(struct host_fd *hfd)
{
	if (hfd->pool)
		list_move_tail(&hfd->lru, &hfd->pool->lru);
	hfd->refs++;
	return hfd;
}

static void pool_remove(struct host_fd *hfd)
{
	if (!hfd->pool)
		return;
	list_del(&hfd->lru);
	hfd->pool->count--;
	hfd->pool = NULL;
}

/* Empties an inode's slot. */
void hostfs_drop_fd(struct host_fd **slot)
{
	struct host_fd *hfd = *slot;

	if (!hfd)
		return;
	if (!hfd->pool && !hfd->access)
		nr_kept--;
	pool_remove(hfd);
	hfd->slot = NULL;
	*slot = NULL;
	host_fd_put(hfd);
}

static bool has_name(struct inode *inode)
{
	struct dentry *d;

	list_for_each_entry(d, &inode->aliases, alias) {
		if (!(d->flags & DCACHE_UNHASHED))
			return true;
	}
	return false;
}

/* May the descriptor be closed, as another can be had later? */
static bool can_close(struct host_fd *hfd)
{
	if (hfd->refs > 1)
		return false;
	if (hfd->access && hostfs_i(hfd->owner)->path)
		return true;
	return has_name(hfd->owner) && !hfd->owner->data.nr_dirty;
}

/* Looks at the oldest until the pool has no more than `target`; true if it closed any. */
static bool pool_shrink(struct fd_pool *pool, unsigned target)
{
	unsigned looks = SHRINK_LOOKS;
	bool closed = false;

	while (pool->count > target && looks--) {
		struct host_fd *hfd = list_first_entry(&pool->lru, struct host_fd, lru);

		if (can_close(hfd)) {
			hostfs_drop_fd(hfd->slot);
			closed = true;
		} else {
			list_move_tail(&hfd->lru, &pool->lru);
		}
	}
	return closed;
}

/* After a host call failed: was it for want of descriptors, and is there room now? */
bool hostfs_fd_room(int err)
{
	bool room;

	if (err != -EMFILE && err != -ENFILE)
		return false;
	room = pool_shrink(&data_pool, data_pool.count / 2);
	return pool_shrink(&path_pool, path_pool.count / 2) || room;
}

/* EMFILE would blame the guest's own table. */
int hostfs_fd_error(int err)
{
	return err == -EMFILE ? -ENFILE : err;
}

/* A path descriptor of an entry. */
int hostfs_path_open(int dirfd, const char *name)
{
	int fd;

	do
		fd = os_path_open(dirfd, name);
	while (fd < 0 && hostfs_fd_room(fd));
	return hostfs_fd_error(fd);
}

static void set_fd(struct inode *inode, struct host_fd **slot, int fd, unsigned access,
		   struct fd_pool *pool)
{
	struct host_fd *hfd = kzalloc_type(struct host_fd);

	*hfd = (struct host_fd){
		.fd = fd,
		.refs = 1,
		.access = access,
		.owner = inode,
		.slot = slot,
		.pool = pool,
	};
	INIT_LIST_HEAD(&hfd->lru);
	hostfs_drop_fd(slot);
	*slot = hfd;
	if (!pool) {
		nr_kept++;
		return;
	}
	pool_shrink(pool, pool->max - 1);
	list_add_tail(&hfd->lru, &pool->lru);
	pool->count++;
}

/* The inode owns the path descriptor; forever: it is not to be closed before the inode goes. */
void hostfs_set_path(struct inode *inode, int fd, bool forever)
{
	set_fd(inode, &hostfs_i(inode)->path, fd, 0, forever ? NULL : &path_pool);
}

/* The inode owns the data descriptor. */
void hostfs_set_data(struct inode *inode, int fd, unsigned access)
{
	set_fd(inode, &hostfs_i(inode)->data, fd, access, &data_pool);
	if (access & OS_READ)
		hostfs_i(inode)->readable = true;
}

static int check_same(struct inode *inode, int fd)
{
	const struct hostfs_inode *hi = hostfs_i(inode);
	struct os_stat st;
	int err = os_file_stat(fd, &st);

	if (err)
		return err;
	if (st.dev != hi->key.dev || st.ino != hi->key.ino ||
	    (st.mode & S_IFMT) != (hi->host_mode & S_IFMT))
		return -ESTALE;
	return 0;
}

static bool is_open(const struct inode *inode)
{
	return hostfs_i(inode)->path || hostfs_i(inode)->data;
}

/* How many names lead from the nearest ancestor that is open to the dentry; *from is that
 * ancestor.  The root always is. */
static unsigned names_to_walk(struct dentry *dentry, struct dentry **from)
{
	unsigned n = 0;

	while (dentry->inode && !is_open(dentry->inode) && dentry->parent != dentry) {
		dentry = dentry->parent;
		n++;
	}
	*from = dentry;
	return n;
}

/* Walks n names below the open directory; a new descriptor or -errno. */
static int walk_names(int fd, const char **names, unsigned n)
{
	int cur = fd;

	while (n--) {
		int next = hostfs_path_open(cur, names[n]);

		if (cur != fd)
			os_close(cur);
		if (next < 0)
			return next == -ENOENT || next == -ENOTDIR ? -ESTALE : next;
		cur = next;
	}
	return cur;
}

static int reopen_dentry(struct dentry *dentry)
{
	struct dentry *d, *from;
	unsigned n = names_to_walk(dentry, &from), i = 0;
	const char **names;
	struct host_fd *start;
	int fd;

	if (!n || !from->inode || !is_open(from->inode))
		return -ESTALE;
	names = kmalloc_user(n * sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (d = dentry; d != from; d = d->parent)
		names[i++] = d->name.name;
	start = hostfs_path(from->inode);
	fd = walk_names(start->fd, names, n);
	host_fd_put(start);
	kfree(names);
	return fd;
}

static int reopen_by_names(struct inode *inode)
{
	struct dentry *dentry;
	int fd, err;

	if (!has_name(inode))
		return -ESTALE;
	dentry = d_find_alias(inode);
	fd = reopen_dentry(dentry);
	dput(dentry);
	err = fd < 0 ? 0 : check_same(inode, fd);
	if (!err)
		return fd;
	os_close(fd);
	return err;
}

/* A path descriptor of what is open. */
int hostfs_path_of(int fd)
{
	int path;

	do
		path = os_path_of(fd);
	while (path < 0 && hostfs_fd_room(path));
	return hostfs_fd_error(path);
}

/* Held meanwhile, or making room might close it. */
static int path_of_data(struct host_fd *data)
{
	int fd = hostfs_path_of(host_fd_use(data)->fd);

	host_fd_put(data);
	return fd;
}

static int path_reopen(struct inode *inode)
{
	struct host_fd *data = hostfs_i(inode)->data;
	int fd = data ? path_of_data(data) : reopen_by_names(inode);

	if (fd < 0)
		return fd;
	hostfs_set_path(inode, fd, false);
	return 0;
}

struct host_fd *hostfs_path(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	int err;

	if (!hi->path && hi->data)
		return host_fd_use(hi->data);
	err = hi->path ? 0 : path_reopen(inode);
	return err ? ERR_PTR(err) : host_fd_use(hi->path);
}

/* Will the inode go with this name?  vfs_unlink has a reference of its own on it. */
static bool last_use(const struct dentry *dentry)
{
	const struct inode *inode = dentry->inode;

	return dentry->refs == 1 && inode->refs <= 2 && !hostfs_i(inode)->path &&
	       !inode->data.nr_dirty && inode->aliases.next == &dentry->alias &&
	       inode->aliases.prev == &dentry->alias;
}

/* The inode loses a name. */
int hostfs_keep_path(struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	struct hostfs_inode *hi = hostfs_i(inode);
	int err;

	if (hi->unnamed || last_use(dentry))
		return 0;
	if (nr_kept >= max_kept)
		return -ENFILE;
	err = hi->path ? 0 : path_reopen(inode);
	if (err)
		return err;
	if (hi->path->pool) {
		pool_remove(hi->path);
		nr_kept++;
	}
	hi->unnamed = true;
	return 0;
}

/* The inode has all its names still. */
void hostfs_unkeep_path(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);

	if (!hi->unnamed || !hi->path || hi->path->pool)
		return;
	hi->unnamed = false;
	nr_kept--;
	hi->path->pool = &path_pool;
	list_add_tail(&hi->path->lru, &path_pool.lru);
	path_pool.count++;
}

static int reopen(struct inode *inode, int fd, unsigned access)
{
	int ret;

	do
		ret = os_file_reopen(fd, access);
	while (ret < 0 && (hostfs_fd_room(ret) || hostfs_unlock(inode, ret)));
	return hostfs_fd_error(ret);
}

static int open_for_write(struct inode *inode, int path, unsigned *access)
{
	int fd = hostfs_drop_privs(inode);

	if (fd)
		return fd;
	*access = OS_READ | OS_WRITE;
	fd = reopen(inode, path, *access);
	if (fd != -EACCES)
		return fd;
	*access = OS_WRITE;
	return reopen(inode, path, *access);
}

/* Opens a file that is not open yet by its name, or -errno: the way over its path descriptor may
 * still be possible. */
static int open_by_name(struct inode *inode)
{
	struct dentry *dentry;
	struct host_fd *dir;
	int fd = -ESTALE, err;

	if (hostfs_sb(inode)->shared || !has_name(inode))
		return -ESTALE;
	dentry = d_find_alias(inode);
	dir = dentry->parent == dentry ? ERR_PTR(-ESTALE) : hostfs_path(dentry->parent->inode);
	if (!IS_ERR(dir)) {
		fd = os_file_open_read(dir->fd, dentry->name.name);
		host_fd_put(dir);
	}
	dput(dentry);
	err = fd < 0 ? fd : check_same(inode, fd);
	if (!err)
		return fd;
	if (fd >= 0)
		os_close(fd);
	return err;
}

/* What data moves through.  It is opened for reading only until somebody writes, as a host file
 * that is open for writing cannot be executed on the host. */
struct host_fd *hostfs_data(struct inode *inode, bool write)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	unsigned access = OS_READ;
	struct host_fd *path;
	int fd;

	if (hi->data && (hi->data->access & (write ? OS_WRITE : OS_READ)))
		return host_fd_use(hi->data);
	if (!S_ISREG(hi->host_mode) && !S_ISDIR(hi->host_mode))
		return ERR_PTR(-EINVAL);
	if (!write && !hi->path && !hi->data) {
		fd = open_by_name(inode);
		if (fd >= 0) {
			hostfs_set_data(inode, fd, access);
			return host_fd_use(hi->data);
		}
	}
	path = hostfs_path(inode);
	if (IS_ERR(path))
		return path;
	fd = write ? open_for_write(inode, path->fd, &access) : reopen(inode, path->fd, access);
	host_fd_put(path);
	if (fd < 0)
		return ERR_PTR(fd);
	hostfs_set_data(inode, fd, access);
	return host_fd_use(hi->data);
}

/* When no guest file is open for writing, the host's is not either: the host may execute it. */
void hostfs_end_write(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);

	if (!hi->writers && hi->data && hi->data->access & OS_WRITE)
		hostfs_drop_fd(&hi->data);
}
