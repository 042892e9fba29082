/* The page allocator: contiguity, zeroing, counts, and that all memory comes back. */
#include <stdbool.h>

#include "../../mm/internal.h"
#include "stub.h"
#include "tap.h"

#define MEM (20UL << 20)	/* not a power of two */
#define PAGES (MEM >> PAGE_SHIFT)
#define NR_RUNS 600

struct run {
	struct page *page;
	unsigned nr;
	unsigned mark;
};

static struct run runs[NR_RUNS];
static unsigned char owned[PAGES];

static unsigned *word(struct page *page)
{
	return page_address(page);
}

static bool take(struct run *r, bool zero)
{
	static unsigned marks;
	unsigned want = 1 + (unsigned)(prandom() % (prandom() % 8 ? 16 : 300));

	r->page = alloc_pages_run(want, &r->nr, zero);
	if (!r->page)
		return true;
	if (!r->nr || r->nr > want)
		return false;
	r->mark = ++marks;
	for (unsigned i = 0; i < r->nr; i++) {
		if (r->page[i].refs != 1 || owned[page_to_pfn(r->page + i)]++)
			return false;
		if (zero && (*word(r->page + i) || word(r->page + i)[PAGE_SIZE / 4 - 1]))
			return false;
		*word(r->page + i) = word(r->page + i)[PAGE_SIZE / 4 - 1] = r->mark;
	}
	return true;
}

static bool give(struct run *r)
{
	bool same = true;

	for (unsigned i = 0; i < r->nr; i++) {
		same = same && *word(r->page + i) == r->mark;
		owned[page_to_pfn(r->page + i)]--;
		page_put(r->page + i);
	}
	r->page = NULL;
	return same;
}

static u64 owned_pages(void)
{
	u64 n = 0;

	for (unsigned long i = 0; i < PAGES; i++)
		n += owned[i];
	return n;
}

/* Memory that came back is one block again, and the host can have it. */
static bool whole_again(void)
{
	unsigned want = 1U << max(chunk_order, 6U), got;
	struct page *page;

	release_unused();
	page = alloc_pages_run(want, &got, false);
	for (unsigned i = 0; page && i < got; i++)
		page_put(page + i);
	return page && got == want && !(page_to_pfn(page) & (want - 1));
}

int main(void)
{
	unsigned got;
	bool good = true, counts = true;
	struct page *page;

	stub_init(MEM);
	ok(nr_free_pages() == PAGES && nr_total_pages() == PAGES, "all pages are free at first");
	page = alloc_pages_run(64, &got, true);
	ok(page && got == 64, "a run is contiguous");
	for (unsigned i = 0; i < got; i++)
		page_put(page + i);
	ok(nr_free_pages() == PAGES, "and comes back");
	for (unsigned i = 0; i < 200000; i++) {
		struct run *r = &runs[prandom() % NR_RUNS];

		good = good && (r->page ? give(r) : take(r, prandom() % 2));
		if (i % 1000 == 0)
			counts = counts && nr_free_pages() + owned_pages() == PAGES;
	}
	ok(good, "random use: no page twice, zeroed when asked, contents kept");
	ok(counts, "the counts agree");
	for (unsigned i = 0; i < NR_RUNS; i++)
		if (runs[i].page)
			good = good && give(&runs[i]);
	ok(good && nr_free_pages() == PAGES, "all pages are free at last");
	ok(whole_again(), "and lie together as before");
	for (unsigned long n = 0; n < PAGES; n++)
		good = good && alloc_page(false);
	ok(good && !alloc_page(false), "every page can be had, and then none");
	return done();
}
