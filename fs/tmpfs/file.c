/*
 * tmpfs: regular files.  The page cache is their only home; a page that is not there is a hole,
 * which reading leaves alone and writing and mapping fill.
 *
 * Copying from or to the guest may sleep in a fault, also in one on the same file: nothing is
 * locked here meanwhile but the VFS's write_lock, which faults do not take.
 */
#include <linux/falloc.h>

#include "um/kmalloc.h"
#include "um/radix.h"
#include "um/rewrite.h"
#include "um/sched.h"
#include "tmpfs.h"

#define PAGES_PER_TURN 1024	/* of a long operation, before others run */
#define WRITE_SEALS (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* Lets others run now and then; false if current is to die. */
static bool go_on(unsigned *pages)
{
	if (++*pages % PAGES_PER_TURN)
		return true;
	yield();
	return !fatal_signal_pending(current);
}

/* A page that somebody has put in the cache becomes a part of the file, once: zeroed. */
static void make_uptodate(struct page *page)
{
	if (page->flags & PG_UPTODATE)
		return;
	memset(page_address(page), 0, PAGE_SIZE);
	page->flags |= PG_UPTODATE;
}

/* The page, made if it is not there.  ERR_PTR(-ENOSPC, -ENOMEM). */
static struct page *page_to_write(struct inode *inode, unsigned long index)
{
	struct page *page = find_page(inode->mapping, index);

	if (!page) {
		if (!tmpfs_has_space(inode->sb, 1))
			return ERR_PTR(-ENOSPC);
		page = grab_page(inode->mapping, index);
		tmpfs_settle(inode);
	}
	if (!IS_ERR(page))
		make_uptodate(page);
	return page;
}

/* A fault on a hole.  A write may have filled a page while the others were being made. */
static int tmpfs_readpages(struct address_space *mapping, struct page **pages, unsigned nr)
{
	struct inode *inode = mapping->host;
	u64 new = mapping->nr_pages - min(mapping->nr_pages, tmpfs_i(inode)->charged);
	unsigned i;

	if (!tmpfs_has_space(inode->sb, new))
		return -ENOSPC;
	for (i = 0; i < nr; i++)
		make_uptodate(pages[i]);
	tmpfs_settle(inode);
	return 0;
}

const struct address_space_ops tmpfs_aops = {
	.readpages = tmpfs_readpages,
};

/* --- read and write */

/* The part of [pos, pos + n) that is in pos's page. */
static size_t in_page(loff_t pos, u64 n)
{
	return min(n, (u64)(PAGE_SIZE - (pos & ~PAGE_MASK)));
}

static size_t read_part(struct inode *inode, struct iov_iter *to, loff_t pos, size_t n)
{
	struct page *page = find_page(inode->mapping, pos >> PAGE_SHIFT);
	size_t done;

	if (!page)
		return zero_iter(n, to);
	make_uptodate(page);
	done = copy_to_iter((char *)page_address(page) + (pos & ~PAGE_MASK), n, to);
	page_put(page);
	return done;
}

static ssize_t tmpfs_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct inode *inode = file->inode;
	unsigned pages = 0;
	ssize_t done = 0;

	while (to->count && *pos < inode->size && go_on(&pages)) {
		size_t n = in_page(*pos, min((u64)to->count, (u64)(inode->size - *pos)));
		size_t copied = read_part(inode, to, *pos, n);

		done += copied;
		*pos += copied;
		if (copied < n) {
			done = done ? done : -EFAULT;
			break;
		}
	}
	touch_atime(file);
	return done;
}

static ssize_t write_part(struct inode *inode, struct iov_iter *from, loff_t pos, size_t n)
{
	struct page *page;
	size_t copied;

	if (inode->seals & WRITE_SEALS)
		return -EPERM;
	if (inode->seals & F_SEAL_GROW && pos + (loff_t)n > inode->size)
		return -EPERM;
	page = page_to_write(inode, pos >> PAGE_SHIFT);
	if (IS_ERR(page))
		return PTR_ERR(page);
	copied = copy_from_iter((char *)page_address(page) + (pos & ~PAGE_MASK), n, from);
	rewrite_page_changed(page);
	page_put(page);
	if (!copied)
		return -EFAULT;
	if (pos + (loff_t)copied > inode->size)
		inode->size = pos + copied;
	return copied;
}

static ssize_t tmpfs_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct inode *inode = file->inode;
	unsigned pages = 0;
	ssize_t done = 0, n = 0;

	if (file->flags & O_APPEND)
		*pos = inode->size;
	while (from->count && go_on(&pages)) {
		n = write_part(inode, from, *pos, in_page(*pos, from->count));
		if (n < 0)
			break;
		done += n;
		*pos += n;
	}
	if (done)
		inode_touch(inode, ATTR_MTIME | ATTR_CTIME);
	return done ? done : n;
}

/* --- holes */

/* The first page at or after index that is there; false: none. */
static bool next_page(struct inode *inode, unsigned long *index)
{
	return inode->mapping->pages && radix_next(inode->mapping->pages, index, false);
}

static loff_t next_data(struct inode *inode, loff_t offset)
{
	unsigned long index = offset >> PAGE_SHIFT;
	loff_t at;

	if (!next_page(inode, &index))
		return -ENXIO;
	at = max(offset, (loff_t)index << PAGE_SHIFT);
	return at < inode->size ? at : -ENXIO;
}

static loff_t next_hole(struct inode *inode, loff_t offset)
{
	unsigned long index = offset >> PAGE_SHIFT, at = index;

	while (next_page(inode, &at) && at == index)
		at = ++index;
	return min(max(offset, (loff_t)index << PAGE_SHIFT), inode->size);
}

static loff_t tmpfs_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file->inode;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_llseek(file, offset, whence);
	if (offset < 0 || offset >= inode->size)
		return -ENXIO;
	offset = whence == SEEK_DATA ? next_data(inode, offset) : next_hole(inode, offset);
	if (offset >= 0)
		file->pos = offset;
	return offset;
}

static int punch_hole(struct inode *inode, loff_t start, loff_t end)
{
	if (inode->seals & WRITE_SEALS)
		return -EPERM;
	truncate_pages(inode->mapping, start, end);
	tmpfs_settle(inode);
	inode_touch(inode, ATTR_MTIME | ATTR_CTIME);
	return 0;
}

/* Gives back what an allocation that failed has added: from `first` up to, not including, `end`. */
static void undo_allocation(struct inode *inode, unsigned long first, unsigned long end)
{
	truncate_pages(inode->mapping, (loff_t)first << PAGE_SHIFT, (loff_t)end << PAGE_SHIFT);
	tmpfs_settle(inode);
}

/* Fills the holes in the range of pages.  When there is no room, those that were filled in one
 * piece before are opened again. */
static int fill_holes(struct inode *inode, unsigned long first, unsigned long last)
{
	unsigned long index, fresh = first;
	unsigned pages = 0;

	for (index = first; index <= last; index++) {
		struct page *page = find_page(inode->mapping, index);

		if (page) {
			fresh = index + 1;
		} else {
			page = page_to_write(inode, index);
			if (IS_ERR(page)) {
				undo_allocation(inode, fresh, index);
				return PTR_ERR(page);
			}
		}
		page_put(page);
		if (!go_on(&pages)) {
			undo_allocation(inode, fresh, index + 1);
			return -EINTR;
		}
	}
	return 0;
}

static bool can_fit(struct inode *inode, u64 pages)
{
	u64 there = min(inode->data.nr_pages, pages);

	return pages <= nr_total_pages() && tmpfs_has_space(inode->sb, pages - there);
}

static int allocate(struct inode *inode, int mode, loff_t offset, loff_t end)
{
	unsigned long first = offset >> PAGE_SHIFT, last = (end - 1) >> PAGE_SHIFT;
	int err;

	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->size && inode->seals & F_SEAL_GROW)
		return -EPERM;
	if (!can_fit(inode, last - first + 1))
		return -ENOSPC;
	err = fill_holes(inode, first, last);
	if (err)
		return err;
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->size)
		inode->size = end;
	inode_touch(inode, ATTR_CTIME);
	return 0;
}

static int do_fallocate(struct inode *inode, int mode, loff_t offset, loff_t end)
{
	int err = 0;

	if (mode & FALLOC_FL_PUNCH_HOLE)
		return punch_hole(inode, offset, end);
	if (mode & FALLOC_FL_ZERO_RANGE)
		err = punch_hole(inode, offset, end);
	return err ? err : allocate(inode, mode, offset, end);
}

static int tmpfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	loff_t end;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if (__builtin_add_overflow(offset, len, &end))
		return -EFBIG;
	return do_fallocate(file->inode, mode, offset, end);
}

/* --- the other operations */

/* A sealed file gives no writable shared mapping, now or by mprotect. */
static int tmpfs_mmap(struct file *file, struct vm_area *vma)
{
	if (vma->flags & VM_SHARED && file->inode->seals & WRITE_SEALS) {
		if (vma->flags & VM_WRITE)
			return -EPERM;
		vma->flags &= ~VM_MAYWRITE;
	}
	return generic_file_mmap(file, vma);
}

static int tmpfs_fsync(struct file *file __maybe_unused, loff_t start __maybe_unused,
		       loff_t end __maybe_unused, bool datasync __maybe_unused)
{
	return 0;
}

const struct inode_ops tmpfs_file_iops = {
	.setattr = tmpfs_setattr,
	.getattr = tmpfs_getattr,
	.getxattr = tmpfs_getxattr,
	.setxattr = tmpfs_setxattr,
	.listxattr = tmpfs_listxattr,
	.removexattr = tmpfs_removexattr,
};

const struct file_ops tmpfs_file_fops = {
	.read = tmpfs_read,
	.write = tmpfs_write,
	.llseek = tmpfs_llseek,
	.mmap = tmpfs_mmap,
	.fsync = tmpfs_fsync,
	.fallocate = tmpfs_fallocate,
};
