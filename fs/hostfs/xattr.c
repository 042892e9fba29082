/*
 * hostfs: the guest's extended attributes.  Those in user. are the host file's; K's own is not
 * to be seen.  The other name spaces would mean something to the host, so there are none.
 */
#include "um/kmalloc.h"
#include "hostfs.h"

static int check_name(const char *name)
{
	if (strncmp(name, XATTR_USER_PREFIX, XATTR_USER_PREFIX_LEN))
		return -EOPNOTSUPP;
	return strcmp(name, HOSTFS_XATTR) ? 0 : -ENODATA;
}

/* As getxattr(2). */
ssize_t hostfs_getxattr(struct dentry *dentry, const char *name, void *value, size_t size)
{
	struct host_fd *path;
	ssize_t n = check_name(name);

	if (n)
		return n;
	path = hostfs_path(dentry->inode);
	if (IS_ERR(path))
		return PTR_ERR(path);
	do
		n = os_file_getxattr(path->fd, name, value, size);
	while (n < 0 && hostfs_unlock(dentry->inode, n));
	host_fd_put(path);
	return n;
}

static int change(struct inode *inode, const char *name, const void *value, size_t size, int flags)
{
	struct host_fd *path = hostfs_path(inode);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	do
		err = value ? os_file_setxattr(path->fd, name, value, size, flags) :
			      os_file_removexattr(path->fd, name);
	while (err && hostfs_unlock(inode, err));
	host_fd_put(path);
	if (!err)
		hostfs_i(inode)->stale = true;
	return err;
}

/* As setxattr(2). */
int hostfs_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size,
		    int flags)
{
	int err = check_name(name);

	if (err)
		return err == -ENODATA ? -EPERM : err;
	return change(dentry->inode, name, size ? value : "", size, flags);
}

/* As removexattr(2). */
int hostfs_removexattr(struct dentry *dentry, const char *name)
{
	int err = check_name(name);

	return err ? err : change(dentry->inode, name, NULL, 0, 0);
}

/* Keeps the names that the guest may know; the length of what is left. */
static size_t filter(char *list, size_t n)
{
	size_t at = 0, kept = 0;

	while (at < n) {
		size_t len = strnlen(list + at, n - at) + 1;

		if (at + len > n)
			break;
		if (!check_name(list + at)) {
			memmove(list + kept, list + at, len);
			kept += len;
		}
		at += len;
	}
	return kept;
}

/* As listxattr(2). */
ssize_t hostfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct host_fd *path = hostfs_path(dentry->inode);
	char *all;
	ssize_t n;

	if (IS_ERR(path))
		return PTR_ERR(path);
	all = kmalloc_user(XATTR_LIST_MAX);
	n = all ? os_file_listxattr(path->fd, all, XATTR_LIST_MAX) : -ENOMEM;
	host_fd_put(path);
	if (n > 0)
		n = filter(all, n);
	if (n > 0 && size) {
		if ((size_t)n > size)
			n = -ERANGE;
		else
			memcpy(list, all, n);
	}
	kfree(all);
	return n == -EOPNOTSUPP ? 0 : n;
}
