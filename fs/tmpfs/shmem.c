/*
 * Files without names in a tmpfs of K's own: memfd_create(2), and what lies behind shared
 * anonymous mappings.
 */
#include <linux/memfd.h>
#include <stdio.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "../mount.h"
#include "tmpfs.h"

/* <linux/memfd.h> and <linux/fcntl.h> of Linux 6.3. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

#define MFD_PREFIX "memfd:"
#define MFD_NAME_MAX (NAME_MAX - (sizeof(MFD_PREFIX) - 1))
#define MFD_KNOWN                                                                                  \
	(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_NOEXEC_SEAL | MFD_EXEC)

/* The file system that they are in. */
static struct mount *shmem_mount(void)
{
	static struct mount *mnt;

	if (!mnt) {
		struct super_block *sb = tmpfs_new_super(&tmpfs_type, 0, "tmpfs", NULL, true);

		if (IS_ERR(sb))
			return NULL;
		mnt = mnt_new(sb, sb->root, 0, "tmpfs");
	}
	return mnt;
}

static int shmem_dname(struct dentry *dentry, char *buf, size_t n)
{
	return snprintf(buf, n, "/%s (deleted)", dentry->name.name);
}

static const struct dentry_ops shmem_dops = {
	.dname = shmem_dname,
};

static struct inode *shmem_inode(struct super_block *sb, u64 size)
{
	struct inode *inode;

	if (size > LLONG_MAX)
		return ERR_PTR(-EINVAL);
	inode = tmpfs_new_inode(sb, S_IFREG | 0777, 0);
	if (IS_ERR(inode))
		return inode;
	if (current && current->cred) {
		inode->uid = current_fsuid();
		inode->gid = current_fsgid();
	}
	inode->size = size;
	inode->nlink = 0;
	return inode;
}

/* Such a file's first opening counts as no writer, so that a memfd can be executed. */
static void forget_writer(struct file *file)
{
	if (!(file->mode & FMODE_WRITER))
		return;
	file->mode &= ~FMODE_WRITER;
	put_write_access(file->inode);
	file->path.mnt->writers--;
}

/* An open file of that size, zeroed, for reading and writing.  Its descriptors show
 * "/NAME (deleted)". */
struct file *shmem_file(const char *name, u64 size, unsigned open_flags)
{
	struct mount *mnt = shmem_mount();
	struct path path = { mnt, NULL };
	struct inode *inode;
	struct file *file;

	if (!mnt)
		return ERR_PTR(-ENOMEM);
	inode = shmem_inode(mnt->sb, size);
	if (IS_ERR(inode))
		return (struct file *)inode;
	path.dentry = d_alloc_pseudo(mnt->sb, name, &shmem_dops);
	d_instantiate(path.dentry, inode);
	file = dentry_open(&path, O_RDWR | open_flags, current->cred);
	dput(path.dentry);
	if (!IS_ERR(file))
		forget_writer(file);
	return file;
}

static int check_memfd_flags(unsigned flags)
{
	unsigned known = MFD_KNOWN;

	if (flags & MFD_HUGETLB)
		known |= (unsigned)MFD_HUGE_MASK << MFD_HUGE_SHIFT;
	if (flags & ~known)
		return -EINVAL;
	if (flags & MFD_EXEC && flags & MFD_NOEXEC_SEAL)
		return -EINVAL;
	return flags & MFD_HUGETLB ? -ENODEV : 0;
}

static void set_memfd_seals(struct inode *inode, unsigned flags)
{
	if (flags & MFD_NOEXEC_SEAL) {
		inode->mode &= ~0111U;
		inode->seals = F_SEAL_EXEC;
	} else if (flags & MFD_ALLOW_SEALING) {
		inode->seals = 0;
	}
}

/* "memfd:" and the guest's name; ERR_PTR(-EFAULT, -EINVAL). */
static char *memfd_name(uaddr_t uname)
{
	char *name = kzalloc(NAME_MAX + 1), *full;
	long n = strncpy_from_user(name, uname, MFD_NAME_MAX + 1);

	if (n < 0)
		full = ERR_PTR(-EFAULT);
	else if ((size_t)n > MFD_NAME_MAX)
		full = ERR_PTR(-EINVAL);
	else
		full = kasprintf(MFD_PREFIX "%s", name);
	kfree(name);
	return full;
}

SYSCALL_DEFINE2(memfd_create, A_STR, uaddr_t, uname, A_HEX, unsigned, flags)
{
	struct file *file;
	char *name;
	int err = check_memfd_flags(flags);

	if (err)
		return err;
	name = memfd_name(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	file = shmem_file(name, 0, O_LARGEFILE);
	kfree(name);
	if (IS_ERR(file))
		return PTR_ERR(file);
	set_memfd_seals(file->inode, flags);
	return fd_install_new(file, flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
}
