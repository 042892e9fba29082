/* Where a task stands and what it may reach: access, chdir, chroot, getcwd, umask. */
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

/* --- access: with the real ids */

/* The capabilities that count for the real ids. */
static kcap_t real_effective(const struct cred *cred)
{
	if (cred->securebits & SECBIT_NO_SETUID_FIXUP)
		return cred->effective;
	return cred->uid ? 0 : cred->permitted;
}

/* The credentials to check with, with a reference: mostly those that are there. */
static struct cred *real_cred(void)
{
	struct cred *own = current->cred, *cred;
	kcap_t effective = real_effective(own);

	if (own->fsuid == own->uid && own->fsgid == own->gid && own->effective == effective)
		return cred_get(own);
	cred = cred_dup(own);
	cred->fsuid = cred->uid;
	cred->fsgid = cred->gid;
	cred->effective = effective;
	return cred;
}

static int access_path(const struct path *path, int mode)
{
	struct inode *inode = path->dentry->inode;
	int err;

	if (mode & MAY_EXEC && S_ISREG(inode->mode) && path_noexec(path))
		return -EACCES;
	err = inode_permission(inode, mode | MAY_ACCESS);
	if (err || !(mode & MAY_WRITE))
		return err;
	if (S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISLNK(inode->mode))
		return mnt_want_write(path->mnt);
	return 0;
}

static int access_at(int dfd, uaddr_t name, int mode, int flags)
{
	struct path path;
	int err = user_path_flags(dfd, name, flags, &path);
	if (err)
		return err;
	err = access_path(&path, mode);
	path_put(&path);
	return err;
}

static long do_access(int dfd, uaddr_t name, int mode, int flags)
{
	struct cred *saved = current->cred, *real;
	int err;

	if (mode & ~7 || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EACCESS)
		return access_at(dfd, name, mode, flags);
	real = real_cred();
	current->cred = real;
	err = access_at(dfd, name, mode, flags);
	current->cred = saved;
	cred_put(real);
	return err;
}

SYSCALL_DEFINE2(access, A_PATH, uaddr_t, name, A_ACCMODE, int, mode)
{
	return do_access(AT_FDCWD, name, mode, 0);
}

SYSCALL_DEFINE3(faccessat, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_ACCMODE, int, mode)
{
	return do_access(dfd, name, mode, 0);
}

SYSCALL_DEFINE4(faccessat2, A_DFD, int, dfd, A_PATH, uaddr_t, name, A_ACCMODE, int, mode, A_ATFLAGS,
		int, flags)
{
	return do_access(dfd, name, mode, flags);
}

/* --- root and working directory */

static void set_fs_path(struct path *slot, const struct path *path)
{
	struct path old = *slot;

	path_get(path);
	*slot = *path;
	path_put(&old);
}

SYSCALL_DEFINE1(chdir, A_PATH, uaddr_t, name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = inode_permission(path.dentry->inode, MAY_EXEC);
	if (!err)
		set_fs_path(&current->fs->pwd, &path);
	path_put(&path);
	return err;
}

SYSCALL_DEFINE1(fchdir, A_FD, int, fd)
{
	struct file *file = fget(fd);
	int err;

	if (!file)
		return -EBADF;
	err = -ENOTDIR;
	if (d_is_dir(file->path.dentry))
		err = inode_permission(file->path.dentry->inode, MAY_EXEC);
	if (!err)
		set_fs_path(&current->fs->pwd, &file->path);
	fput(file);
	return err;
}

SYSCALL_DEFINE1(chroot, A_PATH, uaddr_t, name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = inode_permission(path.dentry->inode, MAY_EXEC);
	if (!err && !capable(CAP_SYS_CHROOT))
		err = -EPERM;
	if (!err)
		set_fs_path(&current->fs->root, &path);
	path_put(&path);
	return err;
}

static long copy_cwd(char *page, uaddr_t buf, size_t size)
{
	static const char mark[] = "(unreachable)";
	struct path *pwd = &current->fs->pwd;
	bool reachable;
	char *text;
	size_t len;

	if (d_unlinked(pwd->dentry))
		return -ENOENT;
	text = path_build(pwd, &current->fs->root, page, PATH_MAX, &reachable);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (!reachable) {
		if ((size_t)(text - page) < sizeof(mark) - 1)
			return -ENAMETOOLONG;
		text -= sizeof(mark) - 1;
		memcpy(text, mark, sizeof(mark) - 1);
	}
	len = page + PATH_MAX - text;
	if (len > size)
		return -ERANGE;
	return copy_to_user(buf, text, len) ? -EFAULT : (long)len;
}

SYSCALL_DEFINE2(getcwd, A_BUF_OUT, uaddr_t, buf, A_SIZE, size_t, size)
{
	char *page = kzalloc(PATH_MAX);
	long n = copy_cwd(page, buf, size);

	kfree(page);
	return n;
}

SYSCALL_DEFINE1(umask, A_MODE, int, mask)
{
	umode_t old = current->fs->umask;

	current->fs->umask = mask & 0777;
	return old;
}
