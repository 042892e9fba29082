/* Bringing data to where it stays, and hints about its use: sync, fsync, fadvise, readahead. */
#include <linux/fadvise.h>

#include "um/sched.h"
#include "um/syscall.h"
#include "internal.h"

#define SYNC_RANGE_KNOWN                                                                           \
	(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER)
#define READAHEAD_MAX_PAGES 512UL	/* of one hint */
#define READAHEAD_RUN 32

/* fsync(2)'s work on [start, end]. */
int vfs_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	if (!file->ops->fsync)
		return -EINVAL;
	return file->ops->fsync(file, start, end, datasync);
}

SYSCALL_DEFINE0(sync)
{
	sync_all();
	return 0;
}

static long do_fsync(int fd, bool datasync)
{
	struct file *file = fget_io(fd);
	int err;

	if (!file)
		return -EBADF;
	err = vfs_fsync(file, 0, LLONG_MAX, datasync);
	fput(file);
	return err;
}

SYSCALL_DEFINE1(fsync, A_FD, int, fd)
{
	return do_fsync(fd, false);
}

SYSCALL_DEFINE1(fdatasync, A_FD, int, fd)
{
	return do_fsync(fd, true);
}

SYSCALL_DEFINE1(syncfs, A_FD, int, fd)
{
	struct file *file = fget_io(fd);
	struct super_block *sb;
	int err = 0;

	if (!file)
		return -EBADF;
	sb = file->path.dentry->sb;
	inodes_write_back(sb);
	if (sb->ops && sb->ops->sync)
		err = sb->ops->sync(sb);
	fput(file);
	return err;
}

static bool can_write_back(const struct address_space *mapping)
{
	return mapping && mapping->ops && mapping->ops->writepages;
}

static int sync_range(struct file *file, loff_t offset, loff_t nbytes, unsigned flags)
{
	umode_t mode = file->inode->mode;
	loff_t end;

	if (flags & ~SYNC_RANGE_KNOWN || offset < 0 || nbytes < 0)
		return -EINVAL;
	if (__builtin_add_overflow(offset, nbytes, &end))
		return -EINVAL;
	if (!S_ISREG(mode) && !S_ISBLK(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
		return -ESPIPE;
	if (!flags || !can_write_back(file->mapping))
		return 0;
	return write_back(file->mapping, offset, nbytes ? end : LLONG_MAX);
}

static long sync_range_fd(int fd, loff_t offset, loff_t nbytes, unsigned flags)
{
	struct file *file = fget_io(fd);
	int err;

	if (!file)
		return -EBADF;
	err = sync_range(file, offset, nbytes, flags);
	fput(file);
	return err;
}

SYSCALL_DEFINE4(sync_file_range, A_FD, int, fd, A_LOFF, loff_t, offset, A_LOFF, loff_t, nbytes,
		A_HEX, unsigned, flags)
{
	return sync_range_fd(fd, offset, nbytes, flags);
}

/* For CPUs where aligned pairs would need a seventh register in the other order. */
SYSCALL_DEFINE4(sync_file_range2, A_FD, int, fd, A_HEX, unsigned, flags, A_LOFF, loff_t, offset,
		A_LOFF, loff_t, nbytes)
{
	return sync_range_fd(fd, offset, nbytes, flags);
}

/* --- hints */

static bool can_read_pages(const struct file *file)
{
	return file->mapping && file->mapping->ops && file->mapping->ops->readpages;
}

/* Reads a range into the page cache; what goes wrong will be seen by who reads it. */
static void read_ahead(struct file *file, loff_t offset, u64 len)
{
	u64 size = file->inode->size, end;
	unsigned long index, last;

	if ((u64)offset >= size || !len)
		return;
	end = len < size - offset ? offset + len : size;
	index = offset >> PAGE_SHIFT;
	last = min((unsigned long)((end - 1) >> PAGE_SHIFT), index + READAHEAD_MAX_PAGES - 1);
	for (; index <= last; index += READAHEAD_RUN) {
		unsigned run = min((unsigned long)READAHEAD_RUN, last - index + 1);
		struct page *page = read_page(file->mapping, index, run);

		if (IS_ERR_OR_NULL(page))
			return;
		page_put(page);
	}
}

static int do_fadvise(struct file *file, loff_t offset, u64 len, int advice)
{
	if (S_ISFIFO(file->inode->mode))
		return -ESPIPE;
	if ((loff_t)len < 0)
		return -EINVAL;
	switch (advice) {
	case POSIX_FADV_NORMAL:
	case POSIX_FADV_RANDOM:
	case POSIX_FADV_SEQUENTIAL:
	case POSIX_FADV_NOREUSE:
		return 0;
	case POSIX_FADV_WILLNEED:
		if (can_read_pages(file) && offset >= 0)
			read_ahead(file, offset, len ? len : LLONG_MAX);
		return 0;
	case POSIX_FADV_DONTNEED:
		if (can_write_back(file->mapping) && !file->mapping->nr_dirty && !offset && !len)
			invalidate_pages(file->mapping);
		return 0;
	default:
		return -EINVAL;
	}
}

static long fadvise_fd(int fd, loff_t offset, u64 len, int advice)
{
	struct file *file = fget_io(fd);
	int err;

	if (!file)
		return -EBADF;
	err = do_fadvise(file, offset, len, advice);
	fput(file);
	return err;
}

SYSCALL_DEFINE4(fadvise64, A_FD, int, fd, A_LOFF, loff_t, offset, A_SIZE, size_t, len, A_INT, int,
		advice)
{
	return fadvise_fd(fd, offset, len, advice);
}

/* The length is 64-bit here; see sync_file_range2 for the order. */
#if ARCH_SPLIT_ARGS_ALIGNED
SYSCALL_DEFINE4(fadvise64_64, A_FD, int, fd, A_INT, int, advice, A_LOFF, loff_t, offset, A_LOFF,
		loff_t, len)
#else
SYSCALL_DEFINE4(fadvise64_64, A_FD, int, fd, A_LOFF, loff_t, offset, A_LOFF, loff_t, len, A_INT,
		int, advice)
#endif
{
	return fadvise_fd(fd, offset, (u64)len, advice);
}

SYSCALL_DEFINE3(readahead, A_FD, int, fd, A_LOFF, loff_t, offset, A_SIZE, size_t, count)
{
	struct file *file = fget_io(fd);
	int err = -EBADF;

	if (!file)
		return -EBADF;
	if (!(file->mode & FMODE_READ))
		goto put;
	err = -EINVAL;
	if (!S_ISREG(file->inode->mode) || !can_read_pages(file) || offset < 0)
		goto put;
	read_ahead(file, offset, count);
	err = 0;
put:
	fput(file);
	return err;
}
