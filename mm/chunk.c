/*
 * Chunks: physmem in pieces of the host's huge pages, where it has them.
 *
 * A chunk's first touch makes the host give and clear all of it, for about a quarter of what its
 * small pages would cost one by one; a space can map a whole one by a single entry.  It must be
 * K's touch, since K's mapping covers all of physmem: through the small mapping of a space the
 * host would give small pages.  So the page allocator tells of each fresh block it gives out.
 *
 * Free blocks of the two kinds (page_alloc.c) do not join.  So that a chunk can become one block
 * again, its free pages in smaller blocks are counted.
 */
#include "internal.h"
#include "um/kmalloc.h"

struct chunk {
	u16 free;	/* pages in free blocks smaller than a chunk */
	bool present;	/* the host has it in memory */
};

unsigned chunk_order;
static struct chunk *chunks;

static pfn_t chunk_of(pfn_t pfn)
{
	return pfn >> chunk_order;
}

/* order: of a huge page, in pages; 0: the host has none. */
void chunks_init(unsigned order)
{
	chunk_order = order;
	chunks = order ? kzalloc((chunk_of(physmem_pages) + 1) * sizeof(*chunks)) : NULL;
}

void chunks_touch(pfn_t pfn, unsigned nr)
{
	if (!chunk_order)
		return;
	for (pfn_t i = chunk_of(pfn); i <= chunk_of(pfn + nr - 1); i++) {
		if (chunks[i].present)
			continue;
		chunks[i].present = true;
		*(volatile char *)page_address(pfn_to_page(i << chunk_order)) = 0;
	}
}

void chunks_released(pfn_t pfn, unsigned order)
{
	if (!chunk_order)
		return;
	for (pfn_t i = chunk_of(pfn); i < chunk_of(pfn + (1UL << order)); i++)
		chunks[i].present = false;
}

bool chunk_count(pfn_t pfn, unsigned order, bool add)
{
	struct chunk *chunk;

	if (order >= chunk_order)
		return false;
	chunk = &chunks[chunk_of(pfn)];
	chunk->free = (u16)(add ? chunk->free + (1U << order) : chunk->free - (1U << order));
	return chunk->free == 1U << chunk_order;
}
