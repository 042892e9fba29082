/*
 * File handles: name_to_handle_at, open_by_handle_at.
 *
 * A handle holds the inode's number and birth time, so that a number used again is another file.
 * It is found as long as K has the inode cached: on tmpfs until the file is removed, on hostfs
 * until its names were dropped from the dentry cache; later the handle is stale, as it is allowed
 * to become at any time.
 */
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

#define HANDLE_MAX 128		/* MAX_HANDLE_SZ of name_to_handle_at(2); no UAPI header has it */
#define HANDLE_TYPE 0x75	/* opaque to the guest, not 0 and not 0xff */

struct handle_head {		/* of struct file_handle; the handle follows */
	u32 bytes;
	s32 type;
};

struct handle {
	u64 ino;
	u64 btime;
};

static bool has_handles(const struct super_block *sb)
{
	return !strcmp(sb->type->name, "tmpfs") || !strcmp(sb->type->name, "ramfs") ||
	       !strcmp(sb->type->name, "devtmpfs") || !strcmp(sb->type->name, "hostfs");
}

static long put_handle(const struct path *path, uaddr_t to, uaddr_t mount_id)
{
	const struct inode *inode = path->dentry->inode;
	struct handle handle = { inode->ino, inode->times.btime };
	struct handle_head head;
	bool fits;

	if (!has_handles(inode->sb))
		return -EOPNOTSUPP;
	if (copy_from_user(&head, to, sizeof(head)))
		return -EFAULT;
	if (head.bytes > HANDLE_MAX)
		return -EINVAL;
	fits = head.bytes >= sizeof(handle);
	head.bytes = sizeof(handle);
	head.type = fits ? HANDLE_TYPE : 0xff;
	if (put_user(path->mnt->id, mount_id) || copy_to_user(to, &head, sizeof(head)))
		return -EFAULT;
	if (!fits)
		return -EOVERFLOW;
	return copy_to_user(to + sizeof(head), &handle, sizeof(handle));
}

SYSCALL_DEFINE5(name_to_handle_at, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_PTR, uaddr_t, handle,
		A_PTR, uaddr_t, mount_id, A_ATFLAGS, int, flags)
{
	struct path path;
	long err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = user_path_at(dfd, name,
			   (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) |
				   (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &path);
	if (err)
		return err;
	err = put_handle(&path, handle, mount_id);
	path_put(&path);
	return err;
}

/* --- open_by_handle_at */

static struct dentry *find_dentry(struct super_block *sb, const struct handle *handle)
{
	struct dentry *dentry = NULL;
	struct inode *inode;

	list_for_each_entry(inode, &sb->inodes, sb_node) {
		if (inode->ino == handle->ino && inode->times.btime == handle->btime &&
		    inode->nlink && inode->refs) {
			dentry = d_find_alias(inode);
			break;
		}
	}
	return dentry ? dentry : ERR_PTR(-ESTALE);
}

static int get_handle(struct handle *handle, uaddr_t from)
{
	struct handle_head head;

	if (copy_from_user(&head, from, sizeof(head)))
		return -EFAULT;
	if (!head.bytes || head.bytes > HANDLE_MAX)
		return -EINVAL;
	if (head.bytes != sizeof(*handle) || head.type != HANDLE_TYPE)
		return -ESTALE;
	return copy_from_user(handle, from + sizeof(head), sizeof(*handle));
}

/* The mount that a descriptor or the working directory is on, with a reference; ERR_PTR(-EBADF). */
static struct mount *mount_of_fd(int fd)
{
	struct mount *mnt;
	struct file *file;

	if (fd == AT_FDCWD)
		return mnt_get(current->fs->pwd.mnt);
	file = fget_io(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	mnt = mnt_get(file->path.mnt);
	fput(file);
	return mnt;
}

static struct file *open_path(const struct path *path, unsigned flags)
{
	static const int acc[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, 0 };
	int err = 0;

	if (flags & O_DIRECTORY && !d_is_dir(path->dentry))
		return ERR_PTR(-ENOTDIR);
	if (!(flags & O_PATH))
		err = may_open(path, acc[flags & O_ACCMODE], flags);
	return err ? ERR_PTR(err) : dentry_open(path, flags, current->cred);
}

SYSCALL_DEFINE3(open_by_handle_at, A_DFD, int, mount_fd, A_PTR, uaddr_t, uhandle, A_OFLAGS,
		unsigned, flags)
{
	struct handle handle;
	struct path path;
	struct file *file;
	int err;

	if (!capable(CAP_DAC_READ_SEARCH))
		return -EPERM;
	/* What would change the file by opening it is done by the descriptor: ftruncate. */
	if (flags & (O_CREAT | O_EXCL | O_TRUNC | __O_TMPFILE))
		return -EINVAL;
	err = get_handle(&handle, uhandle);
	if (err)
		return err;
	path.mnt = mount_of_fd(mount_fd);
	if (IS_ERR(path.mnt))
		return PTR_ERR(path.mnt);
	path.dentry = find_dentry(path.mnt->sb, &handle);
	file = ERR_PTR(-ESTALE);
	if (!IS_ERR(path.dentry)) {
		file = open_path(&path, flags);
		dput(path.dentry);
	}
	mnt_put(path.mnt);
	return IS_ERR(file) ? PTR_ERR(file) : fd_install_new(file, flags & O_CLOEXEC);
}
