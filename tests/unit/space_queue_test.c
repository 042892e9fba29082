/* Space operations: what merges, what does not, and that a full queue forgets. */
#include <stdbool.h>

#include "../../mm/internal.h"
#include "stub.h"
#include "tap.h"

static struct space_op map(unsigned long page, unsigned n, unsigned long frame, unsigned prot)
{
	return (struct space_op){ SPACE_MAP, page << PAGE_SHIFT, (size_t)n << PAGE_SHIFT,
				  (u64)frame << PAGE_SHIFT, prot, false };
}

static struct space_op unmap(unsigned long page, unsigned n)
{
	return (struct space_op){ SPACE_UNMAP, page << PAGE_SHIFT, (size_t)n << PAGE_SHIFT, 0, 0,
				  false };
}

static struct space_op protect(unsigned long page, unsigned n, unsigned prot)
{
	return (struct space_op){ SPACE_PROTECT, page << PAGE_SHIFT, (size_t)n << PAGE_SHIFT, 0,
				  prot, false };
}

static bool merges(struct space_op a, struct space_op b, unsigned long page, unsigned n,
		   unsigned long frame)
{
	return space_op_merge(&a, &b) && a.addr == page << PAGE_SHIFT &&
	       a.len == (size_t)n << PAGE_SHIFT && a.offset == (u64)frame << PAGE_SHIFT;
}

static bool apart(struct space_op a, struct space_op b)
{
	return !space_op_merge(&a, &b);
}

int main(void)
{
	struct mm *mm;
	unsigned ops;

	stub_init(64UL << 20);
	ok(merges(map(10, 2, 50, 1), map(12, 1, 52, 1), 10, 3, 50), "map: upwards");
	ok(merges(map(12, 1, 52, 1), map(10, 2, 50, 1), 10, 3, 50), "map: downwards");
	ok(apart(map(10, 2, 50, 1), map(12, 1, 60, 1)), "map: other frames");
	ok(apart(map(10, 2, 50, 1), map(12, 1, 52, 3)), "map: other rights");
	ok(apart(map(10, 2, 50, 1), map(13, 1, 53, 1)), "map: a gap");
	ok(merges(unmap(10, 4), unmap(12, 8), 10, 10, 0), "unmap: overlap");
	ok(merges(unmap(10, 1), unmap(9, 1), 9, 2, 0), "unmap: neighbours");
	ok(apart(unmap(10, 1), unmap(12, 1)), "unmap: a gap");
	ok(merges(protect(10, 1, 1), protect(11, 1, 1), 10, 2, 0), "protect: neighbours");
	ok(apart(protect(10, 1, 1), protect(11, 1, 3)), "protect: other rights");
	ok(apart(protect(10, 1, 1), unmap(11, 1)), "different operations");

	mm = mm_new();
	current->mm = mm;
	ok(mm_map(mm, SHADOW_BASE, SHADOW_PAGES << PAGE_SHIFT, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0) == (long)SHADOW_BASE,
	   "an area");
	mm_populate(mm, SHADOW_BASE, SHADOW_PAGES << PAGE_SHIFT);
	mm_unmap(mm, SHADOW_BASE, 64 * PAGE_SIZE);
	mm_map(mm, SHADOW_BASE, 64 * PAGE_SIZE, PROT_READ | PROT_WRITE,
	       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0);
	mm_populate(mm, SHADOW_BASE, 64 * PAGE_SIZE);
	stub_ops = 0;
	space_flush(mm);
	ok(stub_ops && stub_ops < 64 && !stub_bad_op, "a populated area takes few operations");
	for (unsigned i = 0; i < SHADOW_PAGES; i += 2)
		stub_call("mprotect", SHADOW_BASE + i * PAGE_SIZE, PAGE_SIZE, PROT_READ, 0, 0);
	ops = stub_ops;
	space_flush(mm);
	ok(!stub_bad_op && stub_ops - ops <= 2049, "a full queue unmaps everything instead");
	mm_put_users(mm);
	ok(nr_free_pages() == nr_total_pages(), "no page is left behind");
	return done();
}
