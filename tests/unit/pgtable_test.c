/* Page tables against a list of what was set. */
#include <stdbool.h>

#include "../../mm/internal.h"
#include "stub.h"
#include "tap.h"

#define N 3000

static unsigned long vpn_of[N];
static pte_t want[N];

static bool lookups_agree(struct page_tables *pt)
{
	for (unsigned i = 0; i < N; i++)
		if (pte_get(pt, vpn_of[i]) != want[i])
			return false;
	return true;
}

static bool walk_agrees(struct page_tables *pt, unsigned long from, unsigned long to)
{
	unsigned found = 0, expected = 0;
	unsigned long vpn = from;
	pte_t pte;

	for_each_pte(pt, vpn, to, pte) {
		if (vpn >= to || pte_get(pt, vpn) != pte)
			return false;
		found++;
	}
	for (unsigned i = 0; i < N; i++)
		expected += want[i] && vpn_of[i] >= from && vpn_of[i] < to;
	return found == expected;
}

/* 300 entries in one go, over several leaves, with consecutive frames. */
static bool run_is_set(struct page_tables *pt)
{
	const unsigned long first = 77777;
	const pte_t pte = 42UL << PTE_PFN_SHIFT | PTE_PRESENT | PTE_READ;
	bool right = pte_set_run(pt, first, pte, 300) == 300 && !pte_get(pt, first - 1) &&
		     !pte_get(pt, first + 300);

	for (unsigned i = 0; i < 300; i++) {
		right = right && pte_get(pt, first + i) == pte + ((pte_t)i << PTE_PFN_SHIFT);
		pte_set(pt, first + i, 0);
	}
	return right;
}

int main(void)
{
	struct page_tables *pt;
	unsigned long top;
	bool same = true;

	stub_init(64UL << 20);
	/* Of the largest address space, the upper end lacks a little. */
	task_size = sizeof(long) == 8 ? ~0UL >> 17 & ~0xffffffffUL : 0xbf000000;
	top = task_size >> PAGE_SHIFT;
	pt = pgtable_new();
	for (unsigned i = 0; i < N; i++)
		vpn_of[i] = i < N / 2 ? 5000 + i : top - 1 - (i - N / 2) * (top / N | 1);
	ok(!pte_get(pt, 0) && !pte_get(pt, top) && !pte_get(pt, ~0UL), "empty");
	ok(!pte_set(pt, 12345, 0) && nr_pagetable_bytes() < 4096, "clearing nothing makes nothing");
	for (unsigned round = 0; round < 30; round++) {
		for (unsigned i = 0; i < 2000; i++) {
			unsigned k = prandom() % N;

			want[k] = prandom() % 3 ? (prandom() << PTE_PFN_SHIFT) | 1 : 0;
			same = same && !pte_set(pt, vpn_of[k], want[k]);
		}
		same = same && lookups_agree(pt) && walk_agrees(pt, 0, top) &&
		       walk_agrees(pt, 5100, 6100) && walk_agrees(pt, 100000, top - 100);
	}
	ok(same, "random changes: lookups and walks agree");
	ok(pte_set(pt, ~0UL, 1) == -ENOMEM, "beyond the end there is nothing");
	for (unsigned i = 0; i < N; i++)
		pte_set(pt, vpn_of[i], 0);
	ok(run_is_set(pt), "a run of entries");
	ok(pte_set_run(pt, ~0UL - 5, PTE_PRESENT, 3) == 0, "and none beyond the end");
	ok(pgtable_bytes(pt) < 4096, "empty tables are freed");
	pgtable_free(pt);
	ok(nr_pagetable_bytes() == 0, "nothing is left");
	return done();
}
