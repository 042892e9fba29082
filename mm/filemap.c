/* Reading, writing and mapping files through the page cache. */
#include "internal.h"
#include "um/fs.h"

#define READ_AHEAD 32U

/* How many pages to read when `index` is missing: a reader that goes on from a cached page gets
 * more than it asked for. */
static unsigned read_ahead(struct address_space *mapping, unsigned long index, size_t wanted)
{
	size_t pages = (wanted + PAGE_SIZE - 1) >> PAGE_SHIFT;

	if (index == 0 || cached_page(mapping, index - 1))
		return READ_AHEAD;
	return (unsigned)min(max(pages, (size_t)1), (size_t)READ_AHEAD);
}

/* Copies what of one page is wanted.  Bytes, 0 at the end of the file, or -errno. */
static ssize_t read_one(struct address_space *mapping, struct iov_iter *to, loff_t pos)
{
	unsigned long index = (unsigned long)(pos >> PAGE_SHIFT);
	unsigned long offset = (unsigned long)pos & ~PAGE_MASK;
	struct page *page;
	size_t n;

	if (pos >= mapping->host->size)
		return 0;
	page = read_page(mapping, index, read_ahead(mapping, index, to->count));
	if (IS_ERR(page))
		return PTR_ERR(page);
	n = 0;
	if (pos < mapping->host->size) {
		u64 left = (u64)(mapping->host->size - pos);

		n = (size_t)min((u64)min(to->count, (size_t)(PAGE_SIZE - offset)), left);
		n = copy_to_iter((char *)page_address(page) + offset, n, to);
		if (!n && to->count) {
			page_put(page);
			return -EFAULT;
		}
	}
	page_put(page);
	return (ssize_t)n;
}

ssize_t generic_file_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct address_space *mapping = file->mapping ? file->mapping : file->inode->mapping;
	ssize_t done = 0, n = 0;

	while (to->count) {
		n = read_one(mapping, to, *pos);
		if (n <= 0)
			break;
		*pos += n;
		done += n;
		if (fatal_signal_pending(current)) {
			n = -EINTR;
			break;
		}
	}
	touch_atime(file);
	return done ? done : n;
}

/* The page to write [offset, offset + n) of, with what of it is to stay. */
static struct page *page_for_write(struct address_space *mapping, loff_t pos)
{
	unsigned long index = (unsigned long)(pos >> PAGE_SHIFT);
	bool has_old = ((loff_t)index << PAGE_SHIFT) < mapping->host->size;
	struct page *page;

	if (has_old && !mapping_is_home(mapping))
		return read_page(mapping, index, 1);
	page = grab_page(mapping, index);
	if (IS_ERR(page))
		return page;
	wait_on_page(page, PG_LOCKED);
	page->flags |= PG_UPTODATE; /* a new page is zero, and so is a hole */
	return page;
}

static ssize_t write_one(struct inode *inode, struct address_space *mapping,
			 struct iov_iter *from, loff_t pos)
{
	unsigned long offset = (unsigned long)pos & ~PAGE_MASK;
	struct page *page = page_for_write(mapping, pos);
	size_t n;

	if (IS_ERR(page))
		return PTR_ERR(page);
	n = min(from->count, (size_t)(PAGE_SIZE - offset));
	n = copy_from_iter((char *)page_address(page) + offset, n, from);
	if (n) {
		set_page_dirty(page);
		if (pos + (loff_t)n > inode->size)
			inode->size = pos + (loff_t)n;
	}
	page_put(page);
	return n ? (ssize_t)n : -EFAULT;
}

ssize_t generic_page_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct address_space *mapping = file->mapping ? file->mapping : file->inode->mapping;
	ssize_t done = 0, n = 0;

	while (from->count) {
		n = write_one(mapping->host, mapping, from, *pos);
		if (n < 0)
			break;
		*pos += n;
		done += n;
		if (fatal_signal_pending(current)) {
			n = -EINTR;
			break;
		}
	}
	if (done)
		inode_touch(mapping->host, ATTR_MTIME | ATTR_CTIME);
	return done ? done : n;
}

int generic_file_mmap(struct file *file, struct vm_area *vma)
{
	struct address_space *mapping = file->mapping ? file->mapping : file->inode->mapping;

	if (!mapping->ops || !mapping->ops->readpages)
		return -ENOEXEC;
	vma->mapping = mapping;
	touch_atime(file);
	return 0;
}
