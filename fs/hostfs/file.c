/*
 * hostfs: regular files, symbolic links, and nodes.
 *
 * Reads go through the page cache.  Writes go to the host at once and then into the pages that
 * are cached; only stores through shared mappings make dirty pages.  A read from the host that
 * has to wait for its disk runs off K's thread; if the file was written meanwhile it is done
 * again, so that a page never becomes older than its file.
 */
#include <linux/falloc.h>

#include "um/kmalloc.h"
#include "um/os_event.h"
#include "um/rewrite.h"
#include "um/sched.h"
#include "hostfs.h"

#define IOV_BATCH 64			/* pages in one host call */
#define BOUNCE_SIZE (128 * 1024)
#define CHUNKS_PER_TURN 64		/* of a long write, before others run */

/* --- pages from and to the host */

struct rw_request {
	int fd;
	struct os_iov *iov;
	unsigned nr;
	u64 offset, end;	/* in the file; reading: no need to ask behind the end */
};

/* Leaves out the first n bytes. */
static void request_skip(struct rw_request *rq, size_t n)
{
	rq->offset += n;
	while (n && n >= rq->iov->len) {
		n -= rq->iov->len;
		rq->iov++;
		rq->nr--;
	}
	if (n) {
		rq->iov->base = (char *)rq->iov->base + n;
		rq->iov->len -= n;
	}
}

static void request_zero(struct rw_request *rq)
{
	for (; rq->nr; rq->nr--, rq->iov++)
		memset(rq->iov->base, 0, rq->iov->len);
}

static ssize_t read_some(struct rw_request *rq, bool now)
{
	return os_file_preadv(rq->fd, rq->iov, rq->nr, rq->offset, now);
}

/* Reads until all is there or the file ends; zeroes what is behind the end. */
static long read_all(struct rw_request *rq, bool now)
{
	while (rq->nr && rq->offset < rq->end) {
		ssize_t n = read_some(rq, now);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		request_skip(rq, n);
	}
	request_zero(rq);
	return 0;
}

static long read_work(void *arg)
{
	return read_all(arg, false);
}

/* In shared mode only the host knows where the file ends. */
static u64 known_end(const struct inode *inode)
{
	return hostfs_sb(inode)->shared ? UINT64_MAX : (u64)inode->size;
}

static void request_pages(struct rw_request *rq, const struct inode *inode, int fd,
			  struct os_iov *iov, struct page **pages, unsigned nr)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		iov[i] = (struct os_iov){ page_address(pages[i]), PAGE_SIZE };
	*rq = (struct rw_request){ fd, iov, nr, (u64)pages[0]->index << PAGE_SHIFT,
				   known_end(inode) };
}

static int read_batch(struct inode *inode, int fd, struct page **pages, unsigned nr)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	struct os_iov iov[IOV_BATCH];
	struct rw_request rq;
	unsigned gen = hi->write_gen;
	long err;

	request_pages(&rq, inode, fd, iov, pages, nr);
	err = read_all(&rq, true);
	if (err == -EAGAIN)
		err = host_work(read_work, &rq);
	else if (err == -EOPNOTSUPP)
		err = read_all(&rq, false);
	if (err || gen == hi->write_gen)
		return err;
	request_pages(&rq, inode, fd, iov, pages, nr);
	return read_all(&rq, false);
}

/* The file was opened in the guest, perhaps without the host's: that its name is gone there now is
 * no answer to a read. */
static int read_error(int err)
{
	return err == -ESTALE || err == -ENOENT ? -EIO : err;
}

static int hostfs_readpages(struct address_space *mapping, struct page **pages, unsigned nr)
{
	struct host_fd *data = hostfs_data(mapping->host, false);
	int err = 0;

	if (IS_ERR(data))
		return read_error(PTR_ERR(data));
	while (nr && !err) {
		unsigned n = min(nr, (unsigned)IOV_BATCH);

		err = read_batch(mapping->host, data->fd, pages, n);
		pages += n;
		nr -= n;
	}
	host_fd_put(data);
	return err;
}

static int write_all(struct rw_request *rq)
{
	while (rq->nr) {
		ssize_t n = os_file_pwritev(rq->fd, rq->iov, rq->nr, rq->offset);

		if (n <= 0)
			return n ? n : -EIO;
		request_skip(rq, n);
	}
	return 0;
}

/* What of the pages is inside the file: the last one may be cut. */
static void request_clip(struct rw_request *rq, loff_t size)
{
	u64 end = rq->offset + (u64)rq->nr * PAGE_SIZE;
	u64 over = end > (u64)size ? end - size : 0;

	while (rq->nr && over >= PAGE_SIZE) {
		rq->nr--;
		over -= PAGE_SIZE;
	}
	if (rq->nr)
		rq->iov[rq->nr - 1].len -= over;
}

static int hostfs_writepages(struct address_space *mapping, struct page **pages, unsigned nr)
{
	struct inode *inode = mapping->host;
	struct host_fd *data = hostfs_data(inode, true);
	struct os_iov iov[IOV_BATCH];
	struct rw_request rq;
	int err = 0;

	if (IS_ERR(data))
		return PTR_ERR(data);
	while (nr && !err) {
		unsigned n = min(nr, (unsigned)IOV_BATCH);

		request_pages(&rq, inode, data->fd, iov, pages, n);
		request_clip(&rq, inode->size);
		err = write_all(&rq);
		pages += n;
		nr -= n;
	}
	host_fd_put(data);
	hostfs_note_write(inode);
	hostfs_end_write(inode);
	return err;
}

const struct address_space_ops hostfs_aops = {
	.readpages = hostfs_readpages,
	.writepages = hostfs_writepages,
};

/* --- writing */

static void update_page(struct address_space *mapping, loff_t pos, const char *from, size_t n)
{
	struct page *page = find_page(mapping, pos >> PAGE_SHIFT);

	if (!page)
		return;
	memcpy((char *)page_address(page) + (pos & ~PAGE_MASK), from, n);
	rewrite_page_changed(page);
	page_put(page);
}

/* The bytes have been written; the cached pages get them too. */
static void update_cache(struct inode *inode, loff_t pos, const char *from, size_t n)
{
	while (n && inode->data.nr_pages) {
		size_t part = min(n, (size_t)(PAGE_SIZE - (pos & ~PAGE_MASK)));

		update_page(&inode->data, pos, from, part);
		pos += part;
		from += part;
		n -= part;
	}
}

static ssize_t write_run(struct inode *inode, int fd, const void *from, size_t n, loff_t pos)
{
	ssize_t done = os_file_pwrite(fd, from, n, pos);

	if (done <= 0)
		return done;
	hostfs_i(inode)->write_gen++;
	update_cache(inode, pos, from, done);
	if (pos + done > inode->size)
		inode->size = pos + done;
	return done;
}

/* One buffer for long writes from scattered pages: a copy is cheaper than a host call for each
 * page.  A writer that finds it taken goes page by page. */
static char *bounce;
static bool bounce_taken;

static ssize_t write_bounced(struct inode *inode, int fd, struct iov_iter *from, loff_t pos)
{
	struct iov_iter saved = *from;
	ssize_t n, done;

	bounce_taken = true;
	if (!bounce)
		bounce = kzalloc(BOUNCE_SIZE);
	n = copy_from_iter(bounce, min(from->count, (size_t)BOUNCE_SIZE), from);
	done = n ? write_run(inode, fd, bounce, n, pos) : -EFAULT;
	bounce_taken = false;
	if (done != n) {
		iov_revert_to(from, &saved);
		if (done > 0)
			iov_advance(from, done);
	}
	return done;
}

static ssize_t write_chunk(struct inode *inode, int fd, struct iov_iter *from, loff_t pos)
{
	size_t len;
	void *run = iov_run(from, false, &len);
	ssize_t done;

	if (!run)
		return -EFAULT;
	if (len < from->count && !bounce_taken)
		return write_bounced(inode, fd, from, pos);
	done = write_run(inode, fd, run, len, pos);
	if (done > 0)
		iov_advance(from, done);
	return done;
}

/* Lets others run now and then; false if current is to die. */
static bool go_on(unsigned *chunks)
{
	if (++*chunks % CHUNKS_PER_TURN)
		return true;
	yield();
	return !fatal_signal_pending(current);
}

static ssize_t hostfs_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct inode *inode = file->inode;
	struct host_fd *data = hostfs_data(inode, true);
	ssize_t n = 0, done = 0;
	unsigned chunks = 0;

	if (IS_ERR(data))
		return PTR_ERR(data);
	if (hostfs_sb(inode)->shared)
		hostfs_refresh(inode);
	if (file->flags & O_APPEND)
		*pos = inode->size;
	while (from->count && go_on(&chunks)) {
		n = write_chunk(inode, data->fd, from, *pos);
		if (n <= 0)
			break;
		done += n;
		*pos += n;
	}
	host_fd_put(data);
	if (done)
		hostfs_note_write(inode);
	return done ? done : n;
}

/* --- the other operations */

static ssize_t hostfs_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	if (hostfs_sb(file->inode)->shared) {
		int err = hostfs_refresh(file->inode);

		if (err)
			return err;
	}
	return generic_file_read(file, to, pos);
}

static bool opened_to_write(const struct file *file)
{
	return file->mode & FMODE_WRITE;
}

/* Opens the host's file now, so that what forbids it is open's error. */
static int ensure_data(struct inode *inode, bool write)
{
	struct host_fd *data = hostfs_data(inode, write);

	if (IS_ERR(data))
		return PTR_ERR(data);
	host_fd_put(data);
	return 0;
}

/* Most files that are opened again have all their pages cached, and need no host descriptor: where
 * only K changes the directory, one that could be opened once can be later. */
static bool opens_later(const struct inode *inode)
{
	return hostfs_i(inode)->readable && !hostfs_sb(inode)->shared;
}

static int hostfs_open(struct inode *inode, struct file *file)
{
	bool writes = opened_to_write(file);
	int err = 0;

	if (hostfs_sb(inode)->shared)
		hostfs_refresh(inode);
	if (writes)
		err = ensure_data(inode, true);
	if (!err && (file->mode & FMODE_READ || !writes) && !opens_later(inode))
		err = ensure_data(inode, false);
	if (err)
		return err;
	hostfs_i(inode)->writers += writes;
	return 0;
}

/* What mappings have left dirty is written with the last writer. */
static void hostfs_release(struct file *file)
{
	struct inode *inode = file->inode;

	if (opened_to_write(file)) {
		if (inode->data.nr_dirty)
			write_back(inode->mapping, 0, LLONG_MAX);
		hostfs_i(inode)->writers--;
	}
	hostfs_end_write(inode);
}

static loff_t ask_data(struct inode *inode, loff_t offset, int whence)
{
	struct hostfs_inode *hi = hostfs_i(inode);
	struct host_fd *data = hostfs_data(inode, false);
	loff_t found;

	if (IS_ERR(data))
		return PTR_ERR(data);
	found = os_file_seek(data->fd, offset, whence);
	host_fd_put(data);
	if (whence == SEEK_HOLE && found > offset) {
		hi->solid.from = offset;
		hi->solid.to = found;
		hi->solid.gen = hi->write_gen;
	}
	return found;
}

/* Is it known that there is data, and up to where?  grep asks this of each file that it reads. */
static bool is_solid(const struct inode *inode, loff_t offset)
{
	const struct hostfs_inode *hi = hostfs_i(inode);

	return !hostfs_sb(inode)->shared && hi->solid.gen == hi->write_gen &&
	       offset >= hi->solid.from && offset < hi->solid.to;
}

static loff_t seek_data(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file->inode;

	if (inode->data.nr_dirty)
		write_back(inode->mapping, 0, LLONG_MAX);
	if (!is_solid(inode, offset))
		offset = ask_data(inode, offset, whence);
	else if (whence == SEEK_HOLE)
		offset = hostfs_i(inode)->solid.to;
	if (offset >= 0)
		file->pos = offset;
	return offset;
}

static loff_t hostfs_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_DATA || whence == SEEK_HOLE)
		return seek_data(file, offset, whence);
	if (whence == SEEK_END)
		hostfs_getattr(file->inode);
	return generic_llseek(file, offset, whence);
}

struct sync_request {
	int fd;
	bool datasync;
};

static long sync_work(void *arg)
{
	struct sync_request *rq = arg;

	return os_file_sync(rq->fd, rq->datasync);
}

static int hostfs_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct inode *inode = file->inode;
	int wb = write_back(inode->mapping, start, end), err;
	struct sync_request rq = { .datasync = datasync };
	struct host_fd *data = hostfs_data(inode, opened_to_write(file));

	if (IS_ERR(data))
		return PTR_ERR(data);
	rq.fd = data->fd;
	err = host_work(sync_work, &rq);
	host_fd_put(data);
	return wb ? wb : err;
}

struct fallocate_request {
	int fd, mode;
	u64 offset, len;
};

static long fallocate_work(void *arg)
{
	struct fallocate_request *rq = arg;

	return os_file_fallocate(rq->fd, rq->mode, rq->offset, rq->len);
}

/* The pages that no longer hold what the file has now. */
static void drop_changed_pages(struct inode *inode, int mode, loff_t offset, loff_t len)
{
	if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE))
		truncate_pages(inode->mapping, offset, LLONG_MAX);
	else if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		truncate_pages(inode->mapping, offset, offset + len);
}

static int hostfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file->inode;
	struct fallocate_request rq = { .mode = mode, .offset = offset, .len = len };
	struct host_fd *data;
	int err = inode->data.nr_dirty ? write_back(inode->mapping, 0, LLONG_MAX) : 0;

	if (err)
		return err;
	data = hostfs_data(inode, true);
	if (IS_ERR(data))
		return PTR_ERR(data);
	rq.fd = data->fd;
	err = host_work(fallocate_work, &rq);
	host_fd_put(data);
	if (err)
		return err;
	hostfs_note_write(inode);
	drop_changed_pages(inode, mode, offset, len);
	return hostfs_refresh(inode);
}

static char *hostfs_readlink(struct dentry *dentry)
{
	struct host_fd *path = hostfs_path(dentry->inode);
	char *text;
	ssize_t n;

	if (IS_ERR(path))
		return (char *)path;
	text = kzalloc(PATH_MAX);
	n = os_dir_readlink(path->fd, text, PATH_MAX - 1);
	host_fd_put(path);
	if (n >= 0)
		return text;
	kfree(text);
	return ERR_PTR(n);
}

const struct inode_ops hostfs_file_iops = {
	.setattr = hostfs_setattr,
	.getattr = hostfs_getattr,
	.getxattr = hostfs_getxattr,
	.setxattr = hostfs_setxattr,
	.listxattr = hostfs_listxattr,
	.removexattr = hostfs_removexattr,
};

const struct inode_ops hostfs_link_iops = {
	.readlink = hostfs_readlink,
	.setattr = hostfs_setattr,
	.getattr = hostfs_getattr,
};

const struct inode_ops hostfs_special_iops = {
	.setattr = hostfs_setattr,
	.getattr = hostfs_getattr,
};

const struct file_ops hostfs_file_fops = {
	.open = hostfs_open,
	.release = hostfs_release,
	.read = hostfs_read,
	.write = hostfs_write,
	.llseek = hostfs_llseek,
	.mmap = generic_file_mmap,
	.fsync = hostfs_fsync,
	.fallocate = hostfs_fallocate,
};
