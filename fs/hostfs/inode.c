/*
 * hostfs: inodes, one for each host file (dev, ino) in use, found by that key.
 *
 * In exclusive mode the host's word on a file is taken when its inode is made and after K's own
 * changes (hi->stale); in shared mode at each question.
 */
#include "um/kmalloc.h"
#include "hostfs.h"

/* File systems through which a host process is governed, or that are no files at all: a guest
 * with them could read and write K's own memory. */
bool hostfs_magic_hidden(u64 magic)
{
	static const u32 hidden[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC,
		SELINUX_MAGIC, SMACK_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,
		DEVPTS_SUPER_MAGIC, EFIVARFS_MAGIC, PSTOREFS_MAGIC, BINFMTFS_MAGIC, NSFS_MAGIC,
		RDTGROUP_SUPER_MAGIC, AUTOFS_SUPER_MAGIC, XENFS_SUPER_MAGIC, BINDERFS_SUPER_MAGIC,
		0x62656570, /* configfs: fs/configfs/mount.c */
		0x65735543, /* fusectl: fs/fuse/control.c */
		0x19800202, /* mqueue: ipc/mqueue.c */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (magic == hidden[i])
			return true;
	}
	return false;
}

static bool fd_hidden(int fd)
{
	struct os_statfs st;

	return os_file_statfs(fd, &st) || hostfs_magic_hidden(st.type);
}

/* The number that the guest sees; other host file systems below the root get other ranges. */
u64 hostfs_ino(const struct hostfs_sb *sbi, u64 dev, u64 ino)
{
	if (dev == sbi->root_dev)
		return ino;
	return ino ^ (hash_mix(dev ^ sbi->root_dev) << 40 >> 1);
}

static struct inode *find(struct hostfs_sb *sbi, const struct hostfs_key *key)
{
	struct hash_node *node;

	hash_for_each(&sbi->inodes, node, hostfs_hash(key)) {
		struct hostfs_inode *hi = container_of(node, struct hostfs_inode, node);

		if (hostfs_same_key(&hi->key, key))
			return hi->inode;
	}
	return NULL;
}

static void unhash(struct hostfs_inode *hi)
{
	if (hi->hashed)
		hash_del(&hostfs_sb(hi->inode)->inodes, &hi->node);
	hi->hashed = false;
}

/* Operations for inode->mode; rdev: of a device. */
void hostfs_set_ops(struct inode *inode, kdev_t rdev)
{
	bool hidden = hostfs_i(inode)->hidden;

	inode->data.ops = NULL;
	if (S_ISDIR(inode->mode)) {
		inode->ops = hidden ? &hostfs_hidden_iops : &hostfs_dir_iops;
		inode->fops = hidden ? &hostfs_hidden_fops : &hostfs_dir_fops;
	} else if (S_ISREG(inode->mode)) {
		inode->ops = &hostfs_file_iops;
		inode->fops = &hostfs_file_fops;
		inode->data.ops = &hostfs_aops;
	} else if (S_ISLNK(inode->mode)) {
		inode->ops = &hostfs_link_iops;
	} else {
		inode->ops = &hostfs_special_iops;
		init_special_inode(inode, inode->mode, rdev);
	}
}

/* name NULL: fd is the file's path descriptor, which the inode takes; else that of dir. */
static struct inode *make_inode(struct super_block *sb, int fd, const char *name,
				const struct os_stat *st, struct inode *dir, bool fresh)
{
	struct hostfs_sb *sbi = sb->private;
	struct hostfs_inode *hi = kzalloc_type(struct hostfs_inode);
	struct inode *inode = new_inode(sb);
	kdev_t rdev;

	hi->key = (struct hostfs_key){ st->dev, st->ino };
	hi->inode = inode;
	hi->host_mode = st->mode;
	inode->private = hi;
	inode->ino = hostfs_ino(sbi, st->dev, st->ino);
	inode->times.atime = 0;
	hi->hidden = !name && dir && st->dev != hostfs_i(dir)->key.dev && fd_hidden(fd);
	if (!fresh && !hi->hidden)
		hostfs_load_attrs(inode, fd, name);
	if (!name)
		hostfs_set_path(inode, fd, !dir);
	hostfs_apply_attrs(inode, st);
	rdev = hi->attr.type ? MKDEV(hi->attr.major, hi->attr.minor) :
			       MKDEV(st->rdev_major & 0xfff, st->rdev_minor & 0xfffff);
	hostfs_set_ops(inode, rdev);
	hash_add(&sbi->inodes, &hi->node, hostfs_hash(&hi->key));
	hi->hashed = true;
	return inode;
}

/* Another look at a file that is known. */
static struct inode *known_inode(struct inode *inode, int fd)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	int err;

	ihold(inode);
	if (hi->path)
		os_close(fd);
	else
		hostfs_set_path(inode, fd, false);
	err = hostfs_getattr(inode);
	if (!err)
		return inode;
	iput(inode);
	return ERR_PTR(err);
}

/* The inode that is known for what the host shows, without a reference; NULL: none.  A number that
 * the host has used again is another file: the old inode keeps its descriptors, but is not found
 * any more. */
static struct inode *find_same(struct hostfs_sb *sbi, const struct os_stat *st, bool fresh)
{
	const struct hostfs_key key = { st->dev, st->ino };
	struct inode *inode = find(sbi, &key);

	if (inode && (fresh || (st->mode ^ hostfs_i(inode)->host_mode) & S_IFMT)) {
		unhash(hostfs_i(inode));
		inode = NULL;
	}
	return inode;
}

struct inode *hostfs_iget(struct super_block *sb, int fd, struct inode *dir, bool fresh)
{
	struct os_stat st;
	struct inode *inode;
	int err = os_file_stat(fd, &st);

	if (err) {
		os_close(fd);
		return ERR_PTR(err);
	}
	inode = find_same(sb->private, &st, fresh);
	return inode ? known_inode(inode, fd) : make_inode(sb, fd, NULL, &st, dir, fresh);
}

/* Where others change the directory a descriptor keeps the number from being used again, and what
 * is on another file system has to be asked whether it may be shown. */
struct inode *hostfs_iget_unopened(struct inode *dir, int dirfd, const char *name,
				   const struct os_stat *st)
{
	struct inode *inode;

	if (hostfs_sb(dir)->shared || st->dev != hostfs_i(dir)->key.dev)
		return NULL;
	inode = find_same(hostfs_sb(dir), st, false);
	if (!inode)
		return make_inode(dir->sb, dirfd, name, st, dir, false);
	return hostfs_i(inode)->stale ? NULL : ihold(inode);
}

/* The last reference is gone. */
void hostfs_evict(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);

	if (!hi)
		return;
	unhash(hi);
	truncate_pages(&inode->data, 0, LLONG_MAX);
	if (!inode->nlink)
		hostfs_forget_memory(hostfs_sb(inode), &hi->key);
	hostfs_drop_fd(&hi->data);
	hostfs_drop_fd(&hi->path);
	inode->private = NULL;
	kfree(hi);
}

static int host_stat(struct inode *inode, struct os_stat *st)
{
	struct host_fd *path = hostfs_path(inode);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	err = os_file_stat(path->fd, st);
	host_fd_put(path);
	return err;
}

/* Takes the host's attributes over; pages that the host has changed behind K are dropped. */
int hostfs_refresh(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	u64 mtime = hi->host_mtime;
	loff_t size = inode->size;
	struct os_stat st;
	int err = host_stat(inode, &st);

	if (err)
		return err;
	hostfs_apply_attrs(inode, &st);
	hi->stale = false;
	if (!S_ISREG(inode->mode) || !inode->data.nr_pages)
		return 0;
	if (inode->size < size)
		truncate_pages(inode->mapping, inode->size, LLONG_MAX);
	if (hostfs_sb(inode)->shared && (hi->host_mtime != mtime || inode->size != size))
		invalidate_pages(inode->mapping);
	return 0;
}

/* K itself has changed the file: the cached pages are right, the attributes have moved. */
void hostfs_note_write(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	struct os_stat st;

	hi->write_gen++;
	hi->stale = true;
	hostfs_sb(inode)->written = true;
	inode_touch(inode, ATTR_MTIME | ATTR_CTIME);
	if (hostfs_sb(inode)->shared && !host_stat(inode, &st))
		hostfs_apply_attrs(inode, &st);
}

/* The inode's fields become true. */
int hostfs_getattr(struct inode *inode)
{
	struct hostfs_inode *hi = hostfs_i(inode);

	if (hi->hidden || !(hi->stale || hostfs_sb(inode)->shared))
		return 0;
	return hostfs_refresh(inode);
}
