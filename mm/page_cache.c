/*
 * The page cache: which page of a file is in which frame.
 *
 * Invariants: a page is in its mapping's tree as long as page->mapping says so, and the tree
 * holds one reference; a page is filled under PG_LOCKED, and dropped again if that fails; a
 * page of a mapping with a file behind it is on the LRU list once it is filled; the tree's tag
 * marks pages that are dirty or under write-back.
 */
#include "internal.h"
#include "um/counter.h"
#include "um/bug.h"
#include "um/fs.h"
#include "um/radix.h"
#include "um/rewrite.h"

#define READ_MAX 256		/* pages that one readpages gets */
#define WAIT_QUEUES 64

u64 cached_pages, dirty_pages, shmem_pages;
LIST_HEAD(dirty_mappings);

static struct wait_queue_head page_waits[WAIT_QUEUES];

static int page_cache_init(void)
{
	for (unsigned i = 0; i < WAIT_QUEUES; i++)
		init_waitqueue_head(&page_waits[i]);
	return 0;
}
INITCALL(INIT_CORE, page_cache_init);

u64 nr_cached_pages(void)
{
	return cached_pages;
}

u64 nr_dirty_pages(void)
{
	return dirty_pages;
}

u64 nr_shmem_pages(void)
{
	return shmem_pages;
}

void address_space_init(struct address_space *mapping, struct inode *host,
			const struct address_space_ops *ops)
{
	memset(mapping, 0, sizeof(*mapping));
	mapping->host = host;
	mapping->ops = ops;
	INIT_LIST_HEAD(&mapping->mmaps);
	INIT_LIST_HEAD(&mapping->dirty_node);
}

bool mapping_is_home(const struct address_space *mapping)
{
	return mapping->ops && !mapping->ops->writepages;
}

/* --- waiting for a page */

static struct wait_queue_head *page_queue(const struct page *page)
{
	return &page_waits[page_to_pfn(page) % WAIT_QUEUES];
}

/* The caller holds a reference. */
void wait_on_page(struct page *page, u32 flags)
{
	wait_event(page_queue(page), !(page->flags & flags));
}

void page_event(struct page *page)
{
	if (waitqueue_active(page_queue(page)))
		wake_up_all(page_queue(page));
}

void lock_page(struct page *page)
{
	wait_on_page(page, PG_LOCKED);
	page->flags |= PG_LOCKED;
}

void unlock_page(struct page *page)
{
	page->flags &= ~PG_LOCKED;
	page_event(page);
}

/* --- into and out of the tree */

struct page *cached_page(struct address_space *mapping, unsigned long index)
{
	return radix_lookup(mapping->pages, index);
}

struct page *find_page(struct address_space *mapping, unsigned long index)
{
	struct page *page = cached_page(mapping, index);

	if (!page)
		return NULL;
	page->flags |= PG_REFERENCED;
	page_get(page);
	return page;
}

/* Takes over the caller's reference. */
static void cache_insert(struct address_space *mapping, unsigned long index, struct page *page)
{
	if (!mapping->pages)
		mapping->pages = radix_new();
	BUG_ON(radix_insert(mapping->pages, index, page));
	page->flags = 0;
	page->mapping = mapping;
	page->index = index;
	mapping->nr_pages++;
	cached_pages++;
	if (mapping_is_home(mapping))
		shmem_pages++;
}

void cache_remove(struct page *page)
{
	struct address_space *mapping = page->mapping;

	rewrite_page_changed(page);
	clear_page_dirty(page);
	lru_del(page);
	radix_delete(mapping->pages, page->index);
	page->mapping = NULL;
	cached_pages--;
	if (mapping_is_home(mapping))
		shmem_pages--;
	if (--mapping->nr_pages == 0) {
		radix_free(mapping->pages);
		mapping->pages = NULL;
	}
	page_put(page);
}

/* --- dirty pages */

void set_page_dirty(struct page *page)
{
	struct address_space *mapping = page->mapping;

	rewrite_page_changed(page);
	if (!mapping || page->flags & PG_DIRTY)
		return;
	page->flags |= PG_DIRTY;
	if (mapping_is_home(mapping))
		return;
	radix_tag(mapping->pages, page->index);
	dirty_pages++;
	if (mapping->nr_dirty++ == 0)
		list_add_tail(&mapping->dirty_node, &dirty_mappings);
	writeback_start();
}

/* The tag stays: it also stands for a write-back under way. */
void clear_page_dirty(struct page *page)
{
	struct address_space *mapping = page->mapping;

	if (!(page->flags & PG_DIRTY))
		return;
	page->flags &= ~PG_DIRTY;
	if (mapping_is_home(mapping))
		return;
	dirty_pages--;
	if (--mapping->nr_dirty == 0)
		list_del(&mapping->dirty_node);
}

/* --- filling */

static unsigned long pages_in_file(const struct address_space *mapping)
{
	u64 size = (u64)max(mapping->host->size, (loff_t)0);

	return (unsigned long)((size + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/* How many pages from index on are to be read: not cached, not beyond the end; at least one if
 * index itself is not cached. */
static unsigned read_span(struct address_space *mapping, unsigned long index, unsigned want)
{
	unsigned long next = index, end = pages_in_file(mapping);

	want = min(max(want, 1U), (unsigned)READ_MAX);
	if (end > index)
		want = (unsigned)min((unsigned long)want, end - index);
	else
		want = 1;
	if (radix_next(mapping->pages, &next, false) && next - index < want)
		want = (unsigned)(next - index);
	return want;
}

static struct page *alloc_for_cache(unsigned want, unsigned *got, bool zero)
{
	struct page *run = alloc_pages_run(want, got, zero);

	if (run)
		return run;
	*got = 1;
	return alloc_page_hard(zero);
}

static void end_read(struct address_space *mapping, struct page *page, int err)
{
	if (!err) {
		page->flags |= PG_UPTODATE;
		if (page->mapping == mapping && !mapping_is_home(mapping))
			lru_add(page);
	} else if (page->mapping == mapping) {
		cache_remove(page);
	}
	unlock_page(page);
	page_put(page);
}

static int read_run(struct address_space *mapping, unsigned long index, struct page *run,
		    unsigned nr)
{
	struct page *pages[READ_MAX];
	int err;

	for (unsigned i = 0; i < nr; i++) {
		pages[i] = run + i;
		page_get(pages[i]);
		cache_insert(mapping, index + i, pages[i]);
		pages[i]->flags |= PG_LOCKED;
	}
	err = mapping->ops->readpages(mapping, pages, nr);
	for (unsigned i = 0; i < nr; i++)
		end_read(mapping, pages[i], err);
	return err;
}

/* Reads pages from index on that are not cached.  0 also when somebody else was faster. */
static int fill_cache(struct address_space *mapping, unsigned long index, unsigned want)
{
	unsigned got, nr = read_span(mapping, index, want);
	struct page *run;

	if (!mapping->ops || !mapping->ops->readpages)
		return -EIO;
	run = alloc_for_cache(max(nr, 1U), &got, mapping_is_home(mapping));
	if (!run)
		return -ENOMEM;
	nr = min(got, read_span(mapping, index, want)); /* it may have slept */
	for (unsigned i = nr; i < got; i++)
		page_put(run + i);
	return nr ? read_run(mapping, index, run, nr) : 0;
}

/* A page that is in the cache but has never been filled (grab_page): fills it. */
static int fill_page(struct address_space *mapping, struct page *page)
{
	int err = 0;

	lock_page(page);
	if (page->mapping == mapping && !(page->flags & PG_UPTODATE)) {
		err = mapping->ops && mapping->ops->readpages ?
			      mapping->ops->readpages(mapping, &page, 1) : -EIO;
		if (!err)
			page->flags |= PG_UPTODATE;
	}
	unlock_page(page);
	return err;
}

struct page *read_page(struct address_space *mapping, unsigned long index, unsigned readahead)
{
	for (;;) {
		struct page *page = find_page(mapping, index);
		int err = 0;

		if (!page) {
			err = fill_cache(mapping, index, readahead);
		} else {
			if (page->flags & PG_UPTODATE)
				return page;
			if (page->flags & PG_LOCKED)
				wait_on_page(page, PG_LOCKED);
			else
				err = fill_page(mapping, page);
			page_put(page);
		}
		if (err)
			return ERR_PTR(err);
		if (current->mm && fatal_signal_pending(current))
			return ERR_PTR(-EINTR);
	}
}

struct page *grab_page(struct address_space *mapping, unsigned long index)
{
	struct page *page = find_page(mapping, index), *raced;

	if (page)
		return page;
	page = alloc_page_hard(true);
	if (!page)
		return ERR_PTR(-ENOMEM);
	raced = find_page(mapping, index);
	if (raced) {
		page_put(page);
		return raced;
	}
	page_get(page);
	cache_insert(mapping, index, page);
	if (!mapping_is_home(mapping))
		lru_add(page);
	return page;
}

UM_COUNTER(pages_cached)
{
	return cached_pages;
}

UM_COUNTER(pages_dirty)
{
	return dirty_pages;
}

UM_COUNTER(pages_shmem)
{
	return shmem_pages;
}
