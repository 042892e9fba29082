/* Cached pages that lose their place in a file: truncation, holes, invalidation. */
#include "internal.h"
#include "um/radix.h"
#include "um/rewrite.h"

/* Zeroes a part of one page, if that is cached. */
static void zero_part(struct address_space *mapping, loff_t from, loff_t to)
{
	struct page *page = find_page(mapping, (unsigned long)(from >> PAGE_SHIFT));
	unsigned long offset = (unsigned long)from & ~PAGE_MASK;

	if (!page)
		return;
	wait_on_page(page, PG_LOCKED);
	memset((char *)page_address(page) + offset, 0, (size_t)(to - from));
	rewrite_page_changed(page);
	page_put(page);
}

static void wait_busy_page(struct page *page)
{
	page_get(page);
	wait_on_page(page, PG_LOCKED | PG_WRITEBACK);
	page_put(page);
}

/* Takes the pages [first, last] out of the cache.  A page that a fault brought back into an area
 * meanwhile leaves it again. */
static void drop_range(struct address_space *mapping, unsigned long first, unsigned long last,
		       bool even_private)
{
	unsigned long index = first;
	struct page *page;

	while ((page = radix_next(mapping->pages, &index, false)) && index <= last) {
		if (page->flags & (PG_LOCKED | PG_WRITEBACK)) {
			wait_busy_page(page);
			continue;
		}
		if (page->mapcount)
			zap_mapping(mapping, index, index, even_private);
		cache_remove(page);
		if (index++ == last)
			break;
	}
	flush_mapping(mapping);
}

void truncate_pages(struct address_space *mapping, loff_t start, loff_t end)
{
	bool to_end = end == LLONG_MAX;
	unsigned long first = (unsigned long)((u64)(start + (loff_t)PAGE_SIZE - 1) >> PAGE_SHIFT);
	unsigned long after = to_end ? ULONG_MAX : (unsigned long)(end >> PAGE_SHIFT);

	if (!to_end && start >= end)
		return;
	if (start & (loff_t)~PAGE_MASK)
		zero_part(mapping, start, min(end, (loff_t)first << PAGE_SHIFT));
	if (!to_end && end & (loff_t)~PAGE_MASK && after >= first)
		zero_part(mapping, (loff_t)after << PAGE_SHIFT, end);
	if (first >= after)
		return;
	zap_mapping(mapping, first, after - 1, to_end);
	drop_range(mapping, first, after - 1, to_end);
}

void invalidate_pages(struct address_space *mapping)
{
	const u32 busy = PG_LOCKED | PG_WRITEBACK | PG_DIRTY;
	unsigned long index = 0;
	struct page *page;

	while ((page = radix_next(mapping->pages, &index, false))) {
		if (!(page->flags & busy) && !page->mapcount && page->refs == 1)
			cache_remove(page);
		if (++index == 0)
			break;
	}
}
