/*
 * hostfs: owners and modes.
 *
 * The guest sees what its own users set.  What of that the host file can carry goes there; the
 * rest is in the extended attribute user.umkit, or in memory where the host keeps none.  Never
 * does the host get a setuid or setgid bit or a device node, and a file of the user who runs um
 * stays readable and writable for um.
 *
 * When um is not root, files of its user and group appear as root's, and other owners are kept
 * in the attribute; as real root, ownership is the host's.
 */
#include "um/kmalloc.h"
#include "um/printk.h"
#include "hostfs.h"

#define TEXT_MAX 160

static uid_t guest_uid(const struct hostfs_sb *sbi, uid_t uid)
{
	return !sbi->privileged && uid == sbi->host_uid ? 0 : uid;
}

static gid_t guest_gid(const struct hostfs_sb *sbi, gid_t gid)
{
	return !sbi->privileged && gid == sbi->host_gid ? 0 : gid;
}

/* The file type: a placeholder's, or the host file's own. */
umode_t hostfs_type_mode(const struct hostfs_attr *attr, umode_t host_mode)
{
	switch (attr->type) {
	case 'c':
		return S_IFCHR;
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	case 's':
		return S_IFSOCK;
	}
	return host_mode & S_IFMT;
}

/* The permission bits that the host file gets for a guest's mode. */
umode_t hostfs_host_perms(const struct hostfs_sb *sbi, umode_t mode)
{
	umode_t perms = mode & 0777;

	if (S_ISDIR(mode))
		perms |= mode & S_ISVTX;
	if (!sbi->privileged)
		perms |= S_ISDIR(mode) ? 0700 : 0600;
	return perms;
}

/* The inode's fields from what the host says and the attribute. */
void hostfs_apply_attrs(struct inode *inode, const struct os_stat *st)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	const struct hostfs_attr *attr = &hi->attr;
	const struct hostfs_sb *sbi = hostfs_sb(inode);
	umode_t perms = attr->has_mode ? attr->mode : st->mode & 07777;

	hi->host_mode = st->mode;
	hi->host_uid = st->uid;
	hi->host_gid = st->gid;
	hi->host_mtime = st->mtime;
	hi->host_ctime = st->ctime;
	inode->mode = hostfs_type_mode(attr, st->mode) | perms;
	inode->uid = attr->has_uid ? attr->uid : guest_uid(sbi, st->uid);
	inode->gid = attr->has_gid ? attr->gid : guest_gid(sbi, st->gid);
	inode->nlink = st->nlink;
	inode->size = attr->type ? 0 : min(st->size, (u64)LLONG_MAX);
	inode->blocks = st->blocks;
	if (inode->times.atime == 0 || (s64)st->atime > (s64)inode->times.atime)
		inode->times.atime = st->atime;
	inode->times.mtime = st->mtime;
	inode->times.ctime = st->ctime;
	inode->times.btime = st->btime;
}

/* --- files whose host file system keeps no attributes */

static struct hostfs_memory *memory_find(struct hostfs_sb *sbi, const struct hostfs_key *key)
{
	struct hash_node *node;

	hash_for_each(&sbi->memory, node, hostfs_hash(key)) {
		struct hostfs_memory *mem = container_of(node, struct hostfs_memory, node);

		if (hostfs_same_key(&mem->key, key))
			return mem;
	}
	return NULL;
}

/* The file is gone, or has nothing to remember. */
void hostfs_forget_memory(struct hostfs_sb *sbi, const struct hostfs_key *key)
{
	struct hostfs_memory *mem = memory_find(sbi, key);

	if (!mem)
		return;
	hash_del(&sbi->memory, &mem->node);
	kfree(mem);
}

static void remember(struct hostfs_sb *sbi, const struct hostfs_inode *hi)
{
	struct hostfs_memory *mem = memory_find(sbi, &hi->key);

	if (!mem) {
		mem = kzalloc_type(struct hostfs_memory);
		mem->key = hi->key;
		hash_add(&sbi->memory, &mem->node, hostfs_hash(&hi->key));
	}
	mem->attr = hi->attr;
}

static bool takes_xattrs(const struct hostfs_inode *hi)
{
	return S_ISREG(hi->host_mode) || S_ISDIR(hi->host_mode);
}

/* Reads the attribute of a new inode.  name NULL: fd is its path descriptor,
 * else its directory's. */
void hostfs_load_attrs(struct inode *inode, int fd, const char *name)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	struct hostfs_memory *mem;
	char text[TEXT_MAX];
	ssize_t n = -ENODATA;

	if (takes_xattrs(hi) && name)
		n = os_file_getxattr_at(fd, name, HOSTFS_XATTR, text, sizeof(text) - 1);
	else if (takes_xattrs(hi))
		n = os_file_getxattr(fd, HOSTFS_XATTR, text, sizeof(text) - 1);
	if (n > 0) {
		text[n] = 0;
		hostfs_attr_parse(&hi->attr, text);
		if (!S_ISREG(hi->host_mode))
			hi->attr.type = 0;
		hi->attr_stored = true;
		return;
	}
	mem = memory_find(hostfs_sb(inode), &hi->key);
	if (mem)
		hi->attr = mem->attr;
}

static int store_on_host(struct inode *inode, const char *text, size_t n)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	struct host_fd *path;
	int err;

	if (!takes_xattrs(hi))
		return -EOPNOTSUPP;
	if (!n && !hi->attr_stored)
		return 0;
	path = hostfs_path(inode);
	if (IS_ERR(path))
		return PTR_ERR(path);
	if (n)
		err = os_file_setxattr(path->fd, HOSTFS_XATTR, text, n, 0);
	else
		err = os_file_removexattr(path->fd, HOSTFS_XATTR);
	host_fd_put(path);
	if (err == -ENODATA)
		err = 0;
	if (!err)
		hi->attr_stored = n != 0;
	return err;
}

/* Keeps hi->attr: on the host or, failing that, in memory. */
int hostfs_store_attrs(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	struct hostfs_sb *sbi = hostfs_sb(inode);
	char text[TEXT_MAX];
	size_t n = hostfs_attr_print(&hi->attr, text, sizeof(text));
	int err = store_on_host(inode, text, n);

	if (err != -EOPNOTSUPP) {
		if (!err && sbi->memory.count)
			hostfs_forget_memory(sbi, &hi->key);
		return err;
	}
	if (takes_xattrs(hi))
		pr_warn_once("hostfs: the host keeps no extended attributes here: owners, modes "
			     "and nodes that it cannot keep last until shutdown");
	if (n)
		remember(sbi, hi);
	else
		hostfs_forget_memory(sbi, &hi->key);
	return 0;
}

/* --- changes */

static int push_owner(struct inode *inode, int fd)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	int err;

	if (!hostfs_sb(inode)->privileged ||
	    (hi->host_uid == inode->uid && hi->host_gid == inode->gid))
		return 0;
	err = os_file_chown(fd, inode->uid, inode->gid);
	if (err == -EPERM || err == -EINVAL)
		return 0; /* root of a container, perhaps: the attribute has to do */
	if (!err) {
		hi->host_uid = inode->uid;
		hi->host_gid = inode->gid;
		hi->readable = false;
	}
	return err;
}

static int push_mode(struct inode *inode, int fd)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	umode_t perms = hostfs_host_perms(hostfs_sb(inode), inode->mode);
	int err;

	if (S_ISLNK(hi->host_mode) || (hi->host_mode & 07777) == perms)
		return 0;
	err = os_file_chmod(fd, perms);
	if (!err) {
		hi->host_mode = (hi->host_mode & S_IFMT) | perms;
		hi->readable = false;
	}
	return err;
}

static int push_to_host(struct inode *inode)
{
	struct host_fd *path = hostfs_path(inode);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	err = push_owner(inode, path->fd);
	if (!err)
		err = push_mode(inode, path->fd);
	host_fd_put(path);
	return err;
}

static bool same_attr(const struct hostfs_attr *a, const struct hostfs_attr *b)
{
	char x[TEXT_MAX], y[TEXT_MAX];

	hostfs_attr_print(a, x, sizeof(x));
	hostfs_attr_print(b, y, sizeof(y));
	return !strcmp(x, y);
}

/* Brings the host up to date with the inode's owner, group and mode.  On an error the host may
 * have some of them; the inode is the caller's to put right. */
int hostfs_push_attrs(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	const struct hostfs_sb *sbi = hostfs_sb(inode);
	struct hostfs_attr old = hi->attr, *attr = &hi->attr;
	int err = push_to_host(inode);

	if (err)
		return err;
	attr->has_uid = guest_uid(sbi, hi->host_uid) != inode->uid;
	attr->has_gid = guest_gid(sbi, hi->host_gid) != inode->gid;
	attr->has_mode = !S_ISLNK(inode->mode) && (hi->host_mode & 07777) != (inode->mode & 07777);
	attr->uid = inode->uid;
	attr->gid = inode->gid;
	attr->mode = inode->mode & 07777;
	hi->stale = true;
	if (!hi->attr_dirty && same_attr(&old, attr))
		return 0;
	err = hostfs_store_attrs(inode);
	if (err)
		hi->attr = old;
	else
		hi->attr_dirty = false;
	return err;
}

/* A host call on an own file failed: was it for lack of mode bits that um itself needs, and have
 * they been set now? */
bool hostfs_unlock(struct inode *inode, int err)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	const struct hostfs_sb *sbi = hostfs_sb(inode);
	umode_t need = S_ISDIR(hi->host_mode) ? 0700 : 0600;

	if (err != -EACCES || sbi->privileged || hi->host_uid != sbi->host_uid ||
	    inode->sb->flags & MS_RDONLY || S_ISLNK(hi->host_mode) ||
	    (hi->host_mode & need) == need)
		return false;
	return !hostfs_push_attrs(inode) && (hi->host_mode & need) == need;
}

/* Before the content of a host file changes: it must not be setuid or setgid there any more. */
int hostfs_drop_privs(struct inode *inode)
{
	if (!(hostfs_i(inode)->host_mode & (S_ISUID | S_ISGID)))
		return 0;
	return hostfs_push_attrs(inode);
}

static int set_size(struct inode *inode, loff_t size)
{
	struct host_fd *data = hostfs_data(inode, true);
	loff_t old = inode->size;
	int err;

	if (IS_ERR(data))
		return PTR_ERR(data);
	err = os_file_truncate(data->fd, size);
	host_fd_put(data);
	hostfs_end_write(inode);
	if (err)
		return err;
	inode->size = size;
	hostfs_note_write(inode);
	truncate_pages(inode->mapping, min(old, size), LLONG_MAX);
	return 0;
}

static int set_owner_mode(struct inode *inode, const struct iattr *attr)
{
	struct iattr part = *attr;
	uid_t uid = inode->uid;
	gid_t gid = inode->gid;
	umode_t mode = inode->mode;
	int err;

	part.valid &= ATTR_MODE | ATTR_UID | ATTR_GID;
	setattr_copy(inode, &part);
	err = hostfs_push_attrs(inode);
	if (err) {
		inode->uid = uid;
		inode->gid = gid;
		inode->mode = mode;
	}
	return err;
}

static int set_times(struct inode *inode, const struct iattr *attr)
{
	struct iattr part = *attr;
	struct host_fd *path;
	struct file_times old = inode->times;
	int err;

	if (inode->data.nr_dirty)
		write_back(inode->mapping, 0, LLONG_MAX);
	path = hostfs_path(inode);
	if (IS_ERR(path))
		return PTR_ERR(path);
	part.valid &= ATTR_ATIME | ATTR_MTIME | ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_CTIME;
	setattr_copy(inode, &part);
	err = os_file_utimes(path->fd, attr->valid & ATTR_ATIME ? (s64)inode->times.atime : OS_TIME_OMIT,
			     attr->valid & ATTR_MTIME ? (s64)inode->times.mtime : OS_TIME_OMIT);
	host_fd_put(path);
	if (err)
		inode->times = old;
	return err;
}

/* The host moves mtime itself when a file's size changes. */
static bool has_times(const struct iattr *attr)
{
	if (attr->valid & ATTR_SIZE)
		return attr->valid & (ATTR_ATIME_SET | ATTR_MTIME_SET);
	return attr->valid & (ATTR_ATIME | ATTR_MTIME);
}

/* chmod, chown, utimes, truncate; the VFS has checked. */
int hostfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	int err = 0;

	if (attr->valid & ATTR_SIZE)
		err = set_size(inode, attr->size);
	if (!err && attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		err = set_owner_mode(inode, attr);
	if (!err && has_times(attr))
		err = set_times(inode, attr);
	inode_touch(inode, err ? 0 : ATTR_CTIME);
	hostfs_i(inode)->stale = true;
	hostfs_sb(inode)->written = true;
	return err;
}
