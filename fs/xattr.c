/*
 * Extended attributes: the calls, and who may touch which name.  Rules: xattr(7).
 *
 * Names keep their prefix down to the file system.  "user." is for regular files and directories
 * and follows the file's permissions; "trusted." is for CAP_SYS_ADMIN and invisible to others;
 * "security." and "system." are read by all, and what the file system takes of them is its own
 * choice ("security." writes need CAP_SYS_ADMIN, file capabilities CAP_SETFCAP).
 */
#include <linux/inotify.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

static int check_user_namespace(struct inode *inode, int mask)
{
	if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode))
		return mask & MAY_WRITE ? -EPERM : -ENODATA;
	if (S_ISDIR(inode->mode) && inode->mode & S_ISVTX && mask & MAY_WRITE &&
	    !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

static int check_security_write(struct inode *inode, const char *name)
{
	if (!strcmp(name, XATTR_NAME_CAPS))
		return S_ISREG(inode->mode) && capable(CAP_SETFCAP) ? 0 : -EPERM;
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/* May current read or write this attribute? */
static int xattr_permission(struct inode *inode, const char *name, int mask)
{
	int err;

	if (mask & MAY_WRITE && inode->flags & (S_IMMUTABLE_INODE | S_APPEND_INODE))
		return -EPERM;
	if (has_prefix(name, XATTR_SECURITY_PREFIX))
		return mask & MAY_WRITE ? check_security_write(inode, name) : 0;
	if (has_prefix(name, XATTR_SYSTEM_PREFIX))
		return mask & MAY_WRITE && !inode_owner_or_capable(inode) ? -EPERM : 0;
	if (has_prefix(name, XATTR_TRUSTED_PREFIX)) {
		if (capable(CAP_SYS_ADMIN))
			return 0;
		return mask & MAY_WRITE ? -EPERM : -ENODATA;
	}
	if (!has_prefix(name, XATTR_USER_PREFIX))
		return -EOPNOTSUPP;
	if (!name[XATTR_USER_PREFIX_LEN])
		return -EINVAL;
	err = check_user_namespace(inode, mask);
	return err ? err : inode_permission(inode, mask);
}

static int vfs_setxattr(const struct path *path, const char *name, const void *value, size_t size,
			int flags)
{
	struct inode *inode = path->dentry->inode;
	int err = mnt_want_write(path->mnt);

	if (!err)
		err = xattr_permission(inode, name, MAY_WRITE);
	if (err)
		return err;
	if (!inode->ops || !inode->ops->setxattr)
		return -EOPNOTSUPP;
	err = inode->ops->setxattr(path->dentry, name, value, size, flags);
	if (!err)
		fsnotify_dentry(path->dentry, IN_ATTRIB);
	return err;
}

static ssize_t vfs_getxattr(const struct path *path, const char *name, void *value, size_t size)
{
	struct inode *inode = path->dentry->inode;
	int err = xattr_permission(inode, name, MAY_READ);

	if (err)
		return err;
	if (!inode->ops || !inode->ops->getxattr)
		return -EOPNOTSUPP;
	return inode->ops->getxattr(path->dentry, name, value, size);
}

static int vfs_removexattr(const struct path *path, const char *name)
{
	struct inode *inode = path->dentry->inode;
	int err = mnt_want_write(path->mnt);

	if (!err)
		err = xattr_permission(inode, name, MAY_WRITE);
	if (err)
		return err;
	if (!inode->ops || !inode->ops->removexattr)
		return -EOPNOTSUPP;
	err = inode->ops->removexattr(path->dentry, name);
	if (!err)
		fsnotify_dentry(path->dentry, IN_ATTRIB);
	return err;
}

/* A list of names without those that current must not see; its new length. */
static ssize_t hide_trusted(char *list, ssize_t n)
{
	char *from, *to = list;
	size_t len;

	if (capable(CAP_SYS_ADMIN))
		return n;
	for (from = list; from < list + n; from += len) {
		len = strlen(from) + 1;
		if (has_prefix(from, XATTR_TRUSTED_PREFIX))
			continue;
		memmove(to, from, len);
		to += len;
	}
	return to - list;
}

static ssize_t vfs_listxattr(const struct path *path, char **list)
{
	struct inode *inode = path->dentry->inode;
	ssize_t n;

	*list = NULL;
	if (!inode->ops || !inode->ops->listxattr)
		return 0;
	*list = kzalloc(XATTR_LIST_MAX + 1);
	n = inode->ops->listxattr(path->dentry, *list, XATTR_LIST_MAX);
	if (n == -ERANGE)
		return -E2BIG;
	return n < 0 ? n : hide_trusted(*list, n);
}

/* --- with user memory */

static char *get_xattr_name(uaddr_t uname)
{
	char *name = strndup_user(uname, XATTR_NAME_MAX + 1);

	if (IS_ERR(name))
		return PTR_ERR(name) == -ENAMETOOLONG ? ERR_PTR(-ERANGE) : name;
	if (*name)
		return name;
	kfree(name);
	return ERR_PTR(-ERANGE);
}

static long set_user_value(const struct path *path, const char *name, uaddr_t uvalue, size_t size,
			   int flags)
{
	void *value = NULL;
	long err;

	if (size) {
		value = kmalloc_user(size);
		if (!value)
			return -ENOMEM;
		if (copy_from_user(value, uvalue, size)) {
			kfree(value);
			return -EFAULT;
		}
	}
	err = vfs_setxattr(path, name, value ? value : "", size, flags);
	kfree(value);
	return err;
}

static long set_user(const struct path *path, uaddr_t uname, uaddr_t uvalue, size_t size, int flags)
{
	char *name;
	long err;

	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	name = get_xattr_name(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	err = size > XATTR_SIZE_MAX ? -E2BIG : set_user_value(path, name, uvalue, size, flags);
	kfree(name);
	return err;
}

static long get_user_value(const struct path *path, const char *name, uaddr_t uvalue, size_t size)
{
	void *value = NULL;
	long n;

	size = min(size, (size_t)XATTR_SIZE_MAX);
	if (size)
		value = kzalloc(size);
	n = vfs_getxattr(path, name, value, size);
	if (n > 0 && size && copy_to_user(uvalue, value, n))
		n = -EFAULT;
	else if (n == -ERANGE && size >= XATTR_SIZE_MAX)
		n = -E2BIG;
	kfree(value);
	return n;
}

static long get_user_attr(const struct path *path, uaddr_t uname, uaddr_t uvalue, size_t size)
{
	char *name = get_xattr_name(uname);
	long n;

	if (IS_ERR(name))
		return PTR_ERR(name);
	n = get_user_value(path, name, uvalue, size);
	kfree(name);
	return n;
}

static long list_user(const struct path *path, uaddr_t ulist, size_t size)
{
	char *list;
	ssize_t n = vfs_listxattr(path, &list);

	if (n > 0 && size) {
		if ((size_t)n > size)
			n = -ERANGE;
		else if (copy_to_user(ulist, list, n))
			n = -EFAULT;
	}
	kfree(list);
	return n;
}

static long remove_user(const struct path *path, uaddr_t uname)
{
	char *name = get_xattr_name(uname);
	long err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	err = vfs_removexattr(path, name);
	kfree(name);
	return err;
}

/* --- the calls: by path (following links or not) and by descriptor */

struct xattr_args {
	uaddr_t name, value;
	size_t size;
	int flags;
};

typedef long xattr_fn(const struct path *path, const struct xattr_args *a);

static long do_set(const struct path *path, const struct xattr_args *a)
{
	return set_user(path, a->name, a->value, a->size, a->flags);
}

static long do_get(const struct path *path, const struct xattr_args *a)
{
	return get_user_attr(path, a->name, a->value, a->size);
}

static long do_list(const struct path *path, const struct xattr_args *a)
{
	return list_user(path, a->value, a->size);
}

static long do_remove(const struct path *path, const struct xattr_args *a)
{
	return remove_user(path, a->name);
}

static long on_path(uaddr_t upath, unsigned lookup, xattr_fn *fn, const struct xattr_args *a)
{
	struct path path;
	long ret = user_path_at(AT_FDCWD, upath, lookup, &path);

	if (ret)
		return ret;
	ret = fn(&path, a);
	path_put(&path);
	return ret;
}

static long on_fd(int fd, xattr_fn *fn, const struct xattr_args *a)
{
	struct file *file = fget_io(fd);
	long ret;

	if (!file)
		return -EBADF;
	ret = fn(&file->path, a);
	fput(file);
	return ret;
}

SYSCALL_DEFINE5(setxattr, A_PATH, uaddr_t, path, A_STR, uaddr_t, name, A_BUF_IN, uaddr_t, value,
		A_SIZE, size_t, size, A_HEX, int, flags)
{
	struct xattr_args a = { name, value, size, flags };

	return on_path(path, LOOKUP_FOLLOW, do_set, &a);
}

SYSCALL_DEFINE5(lsetxattr, A_PATH, uaddr_t, path, A_STR, uaddr_t, name, A_BUF_IN, uaddr_t, value,
		A_SIZE, size_t, size, A_HEX, int, flags)
{
	struct xattr_args a = { name, value, size, flags };

	return on_path(path, 0, do_set, &a);
}

SYSCALL_DEFINE5(fsetxattr, A_FD, int, fd, A_STR, uaddr_t, name, A_BUF_IN, uaddr_t, value, A_SIZE,
		size_t, size, A_HEX, int, flags)
{
	struct xattr_args a = { name, value, size, flags };

	return on_fd(fd, do_set, &a);
}

SYSCALL_DEFINE4(getxattr, A_PATH, uaddr_t, path, A_STR, uaddr_t, name, A_BUF_OUT, uaddr_t, value,
		A_SIZE, size_t, size)
{
	struct xattr_args a = { name, value, size, 0 };

	return on_path(path, LOOKUP_FOLLOW, do_get, &a);
}

SYSCALL_DEFINE4(lgetxattr, A_PATH, uaddr_t, path, A_STR, uaddr_t, name, A_BUF_OUT, uaddr_t, value,
		A_SIZE, size_t, size)
{
	struct xattr_args a = { name, value, size, 0 };

	return on_path(path, 0, do_get, &a);
}

SYSCALL_DEFINE4(fgetxattr, A_FD, int, fd, A_STR, uaddr_t, name, A_BUF_OUT, uaddr_t, value, A_SIZE,
		size_t, size)
{
	struct xattr_args a = { name, value, size, 0 };

	return on_fd(fd, do_get, &a);
}

SYSCALL_DEFINE3(listxattr, A_PATH, uaddr_t, path, A_BUF_OUT, uaddr_t, list, A_SIZE, size_t, size)
{
	struct xattr_args a = { 0, list, size, 0 };

	return on_path(path, LOOKUP_FOLLOW, do_list, &a);
}

SYSCALL_DEFINE3(llistxattr, A_PATH, uaddr_t, path, A_BUF_OUT, uaddr_t, list, A_SIZE, size_t, size)
{
	struct xattr_args a = { 0, list, size, 0 };

	return on_path(path, 0, do_list, &a);
}

SYSCALL_DEFINE3(flistxattr, A_FD, int, fd, A_BUF_OUT, uaddr_t, list, A_SIZE, size_t, size)
{
	struct xattr_args a = { 0, list, size, 0 };

	return on_fd(fd, do_list, &a);
}

SYSCALL_DEFINE2(removexattr, A_PATH, uaddr_t, path, A_STR, uaddr_t, name)
{
	struct xattr_args a = { name, 0, 0, 0 };

	return on_path(path, LOOKUP_FOLLOW, do_remove, &a);
}

SYSCALL_DEFINE2(lremovexattr, A_PATH, uaddr_t, path, A_STR, uaddr_t, name)
{
	struct xattr_args a = { name, 0, 0, 0 };

	return on_path(path, 0, do_remove, &a);
}

SYSCALL_DEFINE2(fremovexattr, A_FD, int, fd, A_STR, uaddr_t, name)
{
	struct xattr_args a = { name, 0, 0, 0 };

	return on_fd(fd, do_remove, &a);
}
