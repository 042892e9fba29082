/*
 * Page frames: a buddy allocator with two sets of free lists, one of blocks known to be zero
 * (never touched since the host gave them) and one of used blocks.  Only blocks of one kind are
 * joined, so that fresh memory stays fresh and K need not zero it, nor even touch its struct
 * pages: of a free block only the first one is written.
 *
 * Used blocks are given out first: they are warm, and clearing one costs less than the host's
 * first touch of a fresh one.  When many are free, the large ones go back to the host and are
 * zero again: at once above a limit, and above a smaller one when some time has passed, so that
 * what frees and takes much in turns does not pay the host for it each time.
 *
 * Invariants: a free block is naturally aligned and of 1 << order pages; its first page has
 * PG_BUDDY; all other struct pages of free memory are zero.
 */
#include "internal.h"
#include "um/bug.h"
#include "um/counter.h"
#include "um/os.h"

#define MAX_ORDER 20
#define RELEASE_ORDER 6		/* blocks of at least so much are given back to the host */
/* So much used memory is kept free for reuse, at once and after a while. */
#define USED_KEEP_BYTES (64UL << 20)
#define USED_KEEP_IDLE_BYTES (8UL << 20)

enum { USED, ZERO, NR_KINDS };

static struct list_head free_list[NR_KINDS][MAX_ORDER + 1];
static u64 nr_free[NR_KINDS];
struct wait_queue_head memory_wait = WAIT_QUEUE_HEAD_INIT(memory_wait);

static int block_kind(const struct page *page)
{
	return page->flags & PG_ZERO ? ZERO : USED;
}

static void block_add(struct page *page, unsigned order, int kind)
{
	page->flags = PG_BUDDY | (kind == ZERO ? PG_ZERO : 0);
	page->order = (u8)order;
	list_add(&page->lru, &free_list[kind][order]);
	nr_free[kind] += 1UL << order;
}

static void block_del(struct page *page)
{
	chunk_count(page_to_pfn(page), page->order, false);
	nr_free[block_kind(page)] -= 1UL << page->order;
	list_del(&page->lru);
	page->flags = 0;
	page->order = 0;
}

/* The free block that `pfn`'s block of this order can join with, or NULL. */
static struct page *block_buddy(pfn_t pfn, unsigned order, int kind)
{
	pfn_t other = pfn ^ 1UL << order;
	struct page *page;

	if (order >= MAX_ORDER || other + (1UL << order) > physmem_pages)
		return NULL;
	page = pfn_to_page(other);
	if (!(page->flags & PG_BUDDY) || page->order != order || block_kind(page) != kind)
		return NULL;
	return page;
}

static unsigned release_order(void)
{
	return max(chunk_order, (unsigned)RELEASE_ORDER);
}

/* Gives a used block back to the host if that is worth a call.  Is it zero now? */
static bool block_release(pfn_t pfn, unsigned order, u64 keep_bytes)
{
	if (order < release_order() || nr_free[USED] <= keep_bytes >> PAGE_SHIFT ||
	    os_release_range(physmem_memfd, (u64)pfn << PAGE_SHIFT, 1ULL << order << PAGE_SHIFT))
		return false;
	chunks_released(pfn, order);
	return true;
}

static void block_free(pfn_t pfn, unsigned order, int kind);

/* A chunk whose pages are all free becomes one block. */
static void chunk_join(pfn_t pfn)
{
	pfn_t at = pfn & ~((1UL << chunk_order) - 1), end = at + (1UL << chunk_order);

	for (pfn = at; pfn < end;) {
		struct page *page = pfn_to_page(pfn);

		pfn += 1UL << page->order;
		block_del(page);
	}
	block_free(at, chunk_order, USED);
}

static void block_free(pfn_t pfn, unsigned order, int kind)
{
	struct page *buddy;

	while ((buddy = block_buddy(pfn, order, kind))) {
		block_del(buddy);
		pfn &= ~(1UL << order);
		order++;
	}
	if (kind == USED && block_release(pfn, order, USED_KEEP_BYTES)) {
		block_free(pfn, order, ZERO);
		return;
	}
	block_add(pfn_to_page(pfn), order, kind);
	if (chunk_count(pfn, order, true))
		chunk_join(pfn);
}

static bool release_one(unsigned order)
{
	struct page *page = list_first_entry_or_null(&free_list[USED][order], struct page, lru);

	if (!page || !block_release(page_to_pfn(page), order, USED_KEEP_IDLE_BYTES))
		return false;
	block_del(page);
	block_free(page_to_pfn(page), order, ZERO);
	return true;
}

void release_unused(void)
{
	for (unsigned order = MAX_ORDER; order >= release_order(); order--)
		while (release_one(order))
			;
}

/* Frees any range as the largest aligned blocks. */
static void range_free(pfn_t pfn, pfn_t end, int kind)
{
	while (pfn < end) {
		unsigned order = pfn ? (unsigned)__builtin_ctzl(pfn) : MAX_ORDER;

		order = min(order, (unsigned)MAX_ORDER);
		while (1UL << order > end - pfn)
			order--;
		block_free(pfn, order, kind);
		pfn += 1UL << order;
	}
}

/* All of physmem becomes free and zero. */
void page_alloc_init(pfn_t nr_pages)
{
	for (int kind = 0; kind < NR_KINDS; kind++) {
		nr_free[kind] = 0;
		for (int order = 0; order <= MAX_ORDER; order++)
			INIT_LIST_HEAD(&free_list[kind][order]);
	}
	range_free(0, nr_pages, ZERO);
}

/* A free block of at least `order`, the smallest that there is. */
static struct page *block_find(unsigned order, int kind)
{
	for (; order <= MAX_ORDER; order++)
		if (!list_empty(&free_list[kind][order]))
			return list_first_entry(&free_list[kind][order], struct page, lru);
	return NULL;
}

static struct page *block_find_below(unsigned order, int kind)
{
	while (order-- > 0)
		if (!list_empty(&free_list[kind][order]))
			return list_first_entry(&free_list[kind][order], struct page, lru);
	return NULL;
}

static struct page *block_choose(unsigned order)
{
	struct page *page = block_find(order, USED);

	if (!page)
		page = block_find(order, ZERO);
	if (!page)
		page = block_find_below(order, ZERO);
	if (!page)
		page = block_find_below(order, USED);
	return page;
}

static unsigned order_for(unsigned want)
{
	unsigned order = 0;

	while (1U << order < want && order < MAX_ORDER)
		order++;
	return order;
}

static void pages_prepare(struct page *page, unsigned nr, int kind, bool zero)
{
	if (zero && kind == USED) {
		memset(page_address(page), 0, (size_t)nr << PAGE_SHIFT);
		mm_counts.cleared += nr;
	}
	for (unsigned i = 0; i < nr; i++) {
		/* In use, PG_ZERO says that K gave the page out untouched: the
		 * host does not have it. */
		page[i].flags = zero && kind == ZERO && !chunk_order ? PG_ZERO : 0;
		page[i].refs = 1;
		page[i].mapcount = 0;
		page[i].mapping = NULL;
		page[i].index = 0;
		INIT_LIST_HEAD(&page[i].lru);
	}
}

static struct page *run_alloc(unsigned want, unsigned *got, bool zero)
{
	unsigned order = order_for(want);
	struct page *page = block_choose(order);
	unsigned long size;
	int kind;
	pfn_t pfn;

	if (!page)
		return NULL;
	kind = block_kind(page);
	size = 1UL << page->order;
	pfn = page_to_pfn(page);
	block_del(page);
	*got = (unsigned)min((unsigned long)want, size);
	if (kind == ZERO)
		chunks_touch(pfn, *got);
	/* The rest cannot join with what was taken, so no merge is lost or wrong. */
	pages_prepare(page, *got, kind, zero);
	range_free(pfn + *got, pfn + size, kind);
	return page;
}

struct page *alloc_run_now(unsigned want, unsigned *got, bool zero)
{
	struct page *page = run_alloc(want, got, zero);

	if (!page && shrink_cache(32))
		page = run_alloc(want, got, zero);
	trim_later();
	return page;
}

struct page *alloc_page_now(bool zero)
{
	unsigned got;

	return alloc_run_now(1, &got, zero);
}

struct page *alloc_pages_run(unsigned want, unsigned *got, bool zero)
{
	struct page *page = alloc_run_now(want, got, zero);

	while (!page && reclaim_pages(32))
		page = alloc_run_now(want, got, zero);
	return page;
}

struct page *alloc_page(bool zero)
{
	unsigned got;

	return alloc_pages_run(1, &got, zero);
}

struct page *alloc_page_hard(bool zero)
{
	struct page *page;

	while (!(page = alloc_page(zero)))
		if (out_of_memory())
			return NULL;
	return page;
}

void page_get(struct page *page)
{
	BUG_ON(page->refs <= 0);
	page->refs++;
}

void page_put(struct page *page)
{
	BUG_ON(page->refs <= 0);
	if (--page->refs)
		return;
	BUG_ON(page->mapcount || page->mapping || page->flags & PG_LRU);
	page->flags = 0;
	page->index = 0;
	block_free(page_to_pfn(page), 0, USED);
	if (nr_free[USED] > USED_KEEP_IDLE_BYTES >> PAGE_SHIFT)
		trim_later();
	if (unlikely(waitqueue_active(&memory_wait)))
		wake_up_all(&memory_wait);
}

bool memory_low(unsigned fraction)
{
	return nr_free_pages() + lru_pages() < physmem_pages / fraction;
}

u64 nr_free_pages(void)
{
	return nr_free[USED] + nr_free[ZERO];
}

u64 nr_total_pages(void)
{
	return physmem_pages;
}

UM_COUNTER(pages_free)
{
	return nr_free_pages();
}

UM_COUNTER(pages_used)
{
	return nr_total_pages() - nr_free_pages();
}
