/* tmpfs: extended attributes, a list for each inode. */
#include "um/kmalloc.h"
#include "tmpfs.h"

struct tmpfs_xattr {
	struct list_head node;
	char *name;
	size_t size;
	void *value;
};

static bool known_prefix(const char *name)
{
	return !strncmp(name, XATTR_USER_PREFIX, XATTR_USER_PREFIX_LEN) ||
	       !strncmp(name, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN) ||
	       !strncmp(name, XATTR_SECURITY_PREFIX, XATTR_SECURITY_PREFIX_LEN);
}

static struct tmpfs_xattr *find(struct inode *inode, const char *name)
{
	struct tmpfs_xattr *x;

	list_for_each_entry(x, &tmpfs_i(inode)->xattrs, node) {
		if (!strcmp(x->name, name))
			return x;
	}
	return NULL;
}

static s64 heap_size(const char *name, size_t size)
{
	return sizeof(struct tmpfs_xattr) + strlen(name) + 1 + size;
}

static void drop(struct inode *inode, struct tmpfs_xattr *x)
{
	tmpfs_heap_charge(inode, -heap_size(x->name, x->size));
	list_del(&x->node);
	kfree(x->name);
	kfree(x->value);
	kfree(x);
}

/* As getxattr(2). */
ssize_t tmpfs_getxattr(struct dentry *dentry, const char *name, void *value, size_t size)
{
	struct tmpfs_xattr *x;

	if (!known_prefix(name))
		return -EOPNOTSUPP;
	x = find(dentry->inode, name);
	if (!x)
		return -ENODATA;
	if (size) {
		if (x->size > size)
			return -ERANGE;
		memcpy(value, x->value, x->size);
	}
	return x->size;
}

static int add(struct inode *inode, const char *name, const void *value, size_t size)
{
	struct tmpfs_xattr *x;
	void *copy = kmalloc_user(size + 1);
	int err;

	if (!copy)
		return -ENOMEM;
	err = tmpfs_heap_charge(inode, heap_size(name, size));
	if (err) {
		kfree(copy);
		return err;
	}
	x = kzalloc_type(struct tmpfs_xattr);
	x->name = kstrdup(name);
	x->size = size;
	x->value = copy;
	if (size)
		memcpy(copy, value, size);
	list_add_tail(&x->node, &tmpfs_i(inode)->xattrs);
	return 0;
}

/* As setxattr(2). */
int tmpfs_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size,
		   int flags)
{
	struct inode *inode = dentry->inode;
	struct tmpfs_xattr *old;
	int err;

	if (!known_prefix(name))
		return -EOPNOTSUPP;
	old = find(inode, name);
	if (old && flags & XATTR_CREATE)
		return -EEXIST;
	if (!old && flags & XATTR_REPLACE)
		return -ENODATA;
	err = add(inode, name, value, size);
	if (err)
		return err;
	if (old)
		drop(inode, old);
	inode_touch(inode, ATTR_CTIME);
	return 0;
}

/* As removexattr(2). */
int tmpfs_removexattr(struct dentry *dentry, const char *name)
{
	struct tmpfs_xattr *x;

	if (!known_prefix(name))
		return -EOPNOTSUPP;
	x = find(dentry->inode, name);
	if (!x)
		return -ENODATA;
	drop(dentry->inode, x);
	inode_touch(dentry->inode, ATTR_CTIME);
	return 0;
}

/* As listxattr(2): trusted ones only for those who may read them. */
ssize_t tmpfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct tmpfs_xattr *x;
	size_t total = 0;

	list_for_each_entry(x, &tmpfs_i(dentry->inode)->xattrs, node) {
		size_t len = strlen(x->name) + 1;

		if (!strncmp(x->name, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN) &&
		    !capable(CAP_SYS_ADMIN))
			continue;
		if (size) {
			if (len > size - total)
				return -ERANGE;
			memcpy(list + total, x->name, len);
		}
		total += len;
	}
	return total;
}

/* The inode goes. */
void tmpfs_free_xattrs(struct inode *inode)
{
	struct tmpfs_inode *ti = tmpfs_i(inode);

	while (!list_empty(&ti->xattrs))
		drop(inode, list_first_entry(&ti->xattrs, struct tmpfs_xattr, node));
}
