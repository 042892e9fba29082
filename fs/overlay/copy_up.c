/*
 * overlay: copying a lower file up before it is changed.
 *
 * The copy is made under another name in the work directory, with data, owner, mode, times and
 * extended attributes, and then moved to its place: nobody sees half of one.  Directories
 * above come first, each by itself, from the top.
 */
#include "um/kmalloc.h"
#include "um/sched.h"
#include "overlay.h"

#define COPY_BUFFER (128 * 1024)

/* --- data */

/* The next offset at or after pos that has data; the size if there is none. */
static loff_t skip_hole(struct file *from, loff_t pos, loff_t size)
{
	loff_t next;

	if (!from->ops->llseek)
		return pos;
	next = from->ops->llseek(from, pos, SEEK_DATA);
	if (next == -ENXIO)
		return size;
	return next < pos ? pos : next;
}

static int copy_piece(struct file *from, struct file *to, char *buf, loff_t *pos)
{
	loff_t at = *pos;
	ssize_t n = kernel_read(from, buf, COPY_BUFFER, pos), done = 0;

	while (n > 0 && done < n) {
		ssize_t put = kernel_write(to, buf + done, n - done, &at);

		if (put <= 0)
			return put ? put : -EIO;
		done += put;
	}
	return n < 0 ? n : n == 0 ? -ENODATA : 0;
}

static int copy_range(struct file *from, struct file *to, loff_t size)
{
	char *buf = kzalloc(COPY_BUFFER);
	loff_t pos = 0;
	int err = 0;

	while (!err && (pos = skip_hole(from, pos, size)) < size) {
		err = copy_piece(from, to, buf, &pos);
		yield();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	kfree(buf);
	return err == -ENODATA ? 0 : err;
}

static int copy_data(struct ovl_sb *sbi, const struct path *lower, struct dentry *temp)
{
	struct path upper = { sbi->upper.mnt, temp };
	loff_t size = lower->dentry->inode->size;
	struct iattr attr = { .valid = ATTR_SIZE, .size = size };
	struct file *from, *to;
	int err;

	from = dentry_open(lower, O_RDONLY | O_LARGEFILE | O_NOATIME, sbi->cred);
	if (IS_ERR(from))
		return PTR_ERR(from);
	to = dentry_open(&upper, O_WRONLY | O_LARGEFILE, sbi->cred);
	err = PTR_ERR(to);
	if (IS_ERR(to))
		goto put_from;
	err = copy_range(from, to, size);
	if (!err && temp->inode->size != size)
		err = ovl_real_setattr(temp, &attr);
	fput(to);
put_from:
	fput(from);
	return err;
}

/* --- attributes */

static int copy_xattr(struct dentry *from, struct dentry *to, const char *name, void *value)
{
	ssize_t n = from->inode->ops->getxattr(from, name, value, XATTR_SIZE_MAX);
	int err;

	if (n < 0)
		return n == -ENODATA || n == -EOPNOTSUPP ? 0 : n;
	err = to->inode->ops->setxattr(to, name, value, n, 0);
	return err == -EOPNOTSUPP || err == -EPERM ? 0 : err;
}

static int copy_listed(struct ovl_sb *sbi, struct dentry *from, struct dentry *to,
		       const char *list, size_t n)
{
	void *value = kmalloc_user(XATTR_SIZE_MAX);
	size_t at;
	int err = value ? 0 : -ENOMEM;

	for (at = 0; at < n && !err; at += strlen(list + at) + 1) {
		if (!ovl_private_xattr(sbi, list + at))
			err = copy_xattr(from, to, list + at, value);
	}
	kfree(value);
	return err;
}

static int copy_xattrs(struct ovl_sb *sbi, struct dentry *from, struct dentry *to)
{
	const struct inode_ops *ops = from->inode->ops;
	char *list;
	ssize_t n;
	int err = 0;

	if (!ops || !ops->listxattr || !ops->getxattr || !to->inode->ops ||
	    !to->inode->ops->setxattr)
		return 0;
	list = kmalloc_user(XATTR_LIST_MAX + 1);
	if (!list)
		return -ENOMEM;
	n = ops->listxattr(from, list, XATTR_LIST_MAX);
	if (n > 0) {
		list[n] = 0;
		err = copy_listed(sbi, from, to, list, n);
	}
	kfree(list);
	return err;
}

static int copy_attrs(const struct inode *from, struct dentry *to)
{
	struct iattr attr = {
		.valid = ATTR_UID | ATTR_GID,
		.uid = from->uid,
		.gid = from->gid,
	};
	int err = ovl_real_setattr(to, &attr);

	if (err)
		return err;
	attr = (struct iattr){
		.valid = ATTR_MODE | ATTR_ATIME | ATTR_ATIME_SET | ATTR_MTIME | ATTR_MTIME_SET,
		.mode = from->mode,
		.atime = from->times.atime,
		.mtime = from->times.mtime,
	};
	if (S_ISLNK(from->mode))
		attr.valid &= ~ATTR_MODE;
	return ovl_real_setattr(to, &attr);
}

/* --- making and placing */

static struct dentry *make_copy(struct ovl_sb *sbi, struct dentry *lower)
{
	const struct inode *inode = lower->inode;
	char *target = NULL;
	struct dentry *temp;

	if (S_ISLNK(inode->mode)) {
		target = inode->ops->readlink(lower);
		if (IS_ERR(target))
			return (struct dentry *)target;
	}
	temp = ovl_temp(sbi, (inode->mode & S_IFMT) | (S_ISDIR(inode->mode) ? 0700 : 0600),
			inode->rdev, target);
	kfree(target);
	return temp;
}

static int fill_copy(struct inode *inode, struct dentry *temp, bool with_data)
{
	struct ovl_sb *sbi = ovl_sb(inode->sb);
	const struct path *lower = &ovl_i(inode)->lower[0];
	int err = ovl_real_getattr(lower->dentry->inode);

	if (!err && S_ISREG(inode->mode) && with_data)
		err = copy_data(sbi, lower, temp);
	if (!err)
		err = copy_xattrs(sbi, lower->dentry, temp);
	if (!err) {
		err = ovl_set_ino(sbi, temp, inode->ino);
		if (err == -EOPNOTSUPP || err == -EPERM)
			err = 0; /* the number will not outlive the inode */
	}
	return err ? err : copy_attrs(lower->dentry->inode, temp);
}

/* Puts the copy under the overlay dentry's name, and leaves the directory's times as they were.
 * A file that has lost its name stays nameless. */
static int place_copy(struct ovl_sb *sbi, struct dentry *dentry, struct dentry *temp)
{
	struct dentry *dir = ovl_i(dentry->parent->inode)->upper;
	struct iattr times = {
		.valid = ATTR_ATIME | ATTR_ATIME_SET | ATTR_MTIME | ATTR_MTIME_SET,
		.atime = dir->inode->times.atime,
		.mtime = dir->inode->times.mtime,
	};
	int err;

	if (dentry->flags & DCACHE_UNHASHED) {
		ovl_discard_temp(sbi, dget(temp));
		return 0;
	}
	err = ovl_place_temp(sbi, temp, dir, &dentry->name);
	if (err)
		return err;
	ovl_set_mark(sbi, dir, OVL_IMPURE, "y");
	ovl_real_setattr(dir, &times);
	ovl_copyattr(dentry->parent->inode);
	return 0;
}

static int copy_up_locked(struct dentry *dentry, bool with_data)
{
	struct inode *inode = dentry->inode;
	struct ovl_sb *sbi = ovl_sb(inode->sb);
	struct cred *saved = ovl_begin_cred(sbi);
	struct dentry *temp = make_copy(sbi, ovl_i(inode)->lower[0].dentry);
	int err;

	if (IS_ERR(temp)) {
		ovl_end_cred(saved);
		return PTR_ERR(temp);
	}
	err = fill_copy(inode, temp, with_data);
	if (!err)
		err = place_copy(sbi, dentry, temp);
	ovl_end_cred(saved);
	if (err)
		ovl_discard_temp(sbi, temp);
	else
		ovl_set_upper(inode, temp);
	return err;
}

static int copy_up_one(struct dentry *dentry, bool with_data)
{
	struct ovl_inode *oi = ovl_i(dentry->inode);
	int err = 0;

	mutex_lock(&oi->copy_lock);
	if (!oi->upper)
		err = copy_up_locked(dentry, with_data);
	mutex_unlock(&oi->copy_lock);
	return err;
}

/* The dentry itself, or the highest above it that is not copied up yet; with a reference. */
static struct dentry *first_to_copy(struct dentry *dentry)
{
	while (dentry->parent != dentry && !ovl_i(dentry->parent->inode)->upper)
		dentry = dentry->parent;
	return dget(dentry);
}

/* Makes sure that the dentry's inode is in the upper layer.  May take long.  with_data false: the
 * caller is about to make the file empty. */
int ovl_copy_up(struct dentry *dentry, bool with_data)
{
	int err = 0;

	if (!ovl_sb(dentry->sb)->upper.mnt)
		return -EROFS;
	while (!err && !ovl_i(dentry->inode)->upper) {
		struct dentry *d = first_to_copy(dentry);

		err = copy_up_one(d, d == dentry ? with_data : true);
		dput(d);
	}
	return err;
}
