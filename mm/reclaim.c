/*
 * Reclaim: cached pages of files, least recently used first, make room.
 *
 * shrink_cache takes only what costs nothing and never sleeps, so the allocator may call it from
 * anywhere.  reclaim_pages also unmaps pages from spaces and waits for the writer.
 */
#include "internal.h"
#include "um/fs.h"
#include "um/timer.h"

#define SCAN_NOW 512		/* entries that shrink_cache looks at */
#define UNMAP_WINDOW 32		/* neighbours that leave the spaces with a page */
#define WRITE_WAIT (200 * NSEC_PER_MSEC)

static LIST_HEAD(lru);		/* newest first */
static unsigned long nr_lru;

void lru_add(struct page *page)
{
	if (page->flags & PG_LRU)
		return;
	page->flags |= PG_LRU;
	list_add(&page->lru, &lru);
	nr_lru++;
}

void lru_del(struct page *page)
{
	if (!(page->flags & PG_LRU))
		return;
	page->flags &= ~PG_LRU;
	list_del(&page->lru);
	nr_lru--;
}

unsigned long lru_pages(void)
{
	return nr_lru;
}

static bool page_busy(const struct page *page)
{
	return page->flags & (PG_LOCKED | PG_WRITEBACK | PG_DIRTY);
}

/* Frees up to `want` pages among the `scan` oldest; pages used since the last look get another
 * turn. */
static unsigned shrink(unsigned want, unsigned long scan)
{
	unsigned freed = 0;

	for (scan = min(scan, nr_lru); scan && freed < want; scan--) {
		struct page *page = list_last_entry(&lru, struct page, lru);

		if (page_busy(page) || page->mapcount || page->refs > 1 ||
		    page->flags & PG_REFERENCED) {
			page->flags &= ~PG_REFERENCED;
			list_move(&page->lru, &lru);
			continue;
		}
		cache_remove(page);
		freed++;
	}
	return freed;
}

unsigned shrink_cache(unsigned want)
{
	return shrink(want, SCAN_NOW);
}

static bool can_unmap(const struct page *page)
{
	return page->mapcount && !page_busy(page) && page->mapping->host->refs > 0 &&
	       !mapping_locked(page->mapping, page->index);
}

static struct page *oldest_mapped(void)
{
	struct page *page;

	list_for_each_entry_reverse(page, &lru, lru)
		if (can_unmap(page))
			return page;
	return NULL;
}

/* Takes a page that only spaces use, and its neighbours, out of them, and drops them.  The file
 * is held, since its last user may go while the spaces are told. */
static unsigned unmap_oldest(unsigned want)
{
	struct page *page = oldest_mapped();
	struct address_space *mapping;
	unsigned long first, last;
	unsigned freed = 0;

	if (!page)
		return 0;
	mapping = page->mapping;
	first = page->index & ~(UNMAP_WINDOW - 1UL);
	last = first + UNMAP_WINDOW - 1;
	ihold(mapping->host);
	zap_mapping(mapping, first, last, false);
	flush_mapping(mapping);
	for (unsigned long i = first; i <= last && freed < want; i++) {
		page = cached_page(mapping, i);
		if (page && page->flags & PG_LRU && !page_busy(page) && !page->mapcount &&
		    page->refs == 1) {
			cache_remove(page);
			freed++;
		}
	}
	iput(mapping->host);
	return freed;
}

static bool wait_for_writer(void)
{
	u64 before = dirty_pages;

	if (!before || current->flags & PF_KTHREAD)
		return false;
	writeback_wake();
	wait_event_full(&memory_wait, dirty_pages < before, TASK_KILLABLE,
			ktime_mono() + WRITE_WAIT, false);
	return dirty_pages < before;
}

bool reclaim_pages(unsigned want)
{
	/* Twice: the first look takes the marks of recent use away. */
	if (shrink(want, ULONG_MAX) || shrink(want, ULONG_MAX))
		return true;
	for (int tries = 0; tries < 4; tries++)
		if (unmap_oldest(want))
			return true;
	return wait_for_writer();
}
