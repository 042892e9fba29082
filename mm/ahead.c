/*
 * Mapping ahead: what a new area will surely be asked for is put into the page tables before it
 * is, as long as that is cheap: pages that are in the cache, a small data segment, a small
 * anonymous area.  So a program's start costs a few batches, where each piece of each segment
 * would cost a fault.
 *
 * A dynamic linker makes several areas, one over the other, before it touches the first.  They are
 * noted, and looked at when the data segment, whose end it clears next, is there, when a fault
 * says that the linker has gone on, or when the space has other operations to do anyway.
 *
 * Nothing here fails: what cannot be had is left to faults.  Only mm_map_ahead sleeps.
 */
#include "internal.h"
#include "um/fs.h"

#define SEGMENT_MAX 1024UL	/* pages of a program's code and
				   constants: 4 MB with the usual size */
#define FILE_MAX 64UL		/* ... of other files: their beginning is what is read first */
#define PRIVATE_MAX 16UL	/* ... that are copied or cleared: the time of one fault */

/* The cached page for vpn, if it can be mapped as it is. */
static struct page *ready_page(struct vm_area *vma, unsigned long vpn)
{
	struct page *page = cached_page(vma->mapping, vma_index(vma, vpn << PAGE_SHIFT));

	return page && (page->flags & (PG_UPTODATE | PG_LOCKED)) == PG_UPTODATE ? page : NULL;
}

/* How many pages from vpn on lie in consecutive frames behind `first`, with the same rights. */
static unsigned frames_run(struct vm_area *vma, unsigned long vpn, unsigned long end,
			   struct page *first, unsigned long bits)
{
	unsigned n = 1;

	while (vpn + n < end && !pte_get(vma->mm->pgd, vpn + n) &&
	       ready_page(vma, vpn + n) == first + n && file_bits(vma, first + n) == bits)
		n++;
	return n;
}

void map_cached(struct vm_area *vma, unsigned long vpn, unsigned long end, enum map_when when)
{
	while (vpn < end) {
		struct page *page = pte_get(vma->mm->pgd, vpn) ? NULL : ready_page(vma, vpn);
		unsigned n = 1, done;

		if (page) {
			unsigned long bits = file_bits(vma, page);

			n = frames_run(vma, vpn, end, page, bits);
			for (unsigned i = 0; i < n; i++)
				page_get(page + i);
			done = install_run(vma, vpn, page, n, bits | PTE_AROUND, when);
			for (unsigned i = done; i < n; i++)
				page_put(page + i);
			if (done < n)
				return;
		}
		vpn += n;
	}
}

/* Frames for what is empty in the range, from vpn on.  NULL: none, or nothing is empty. */
static struct page *frames_for(struct vm_area *vma, unsigned long *vpn, unsigned long end,
			       unsigned *got, bool zero)
{
	unsigned long next;

	while (*vpn < end && pte_get(vma->mm->pgd, *vpn))
		++*vpn;
	if (*vpn == end)
		return NULL;
	next = *vpn + 1;
	if (pte_next(vma->mm->pgd, &next, end))
		end = next;
	return alloc_run_now((unsigned)(end - *vpn), got, zero);
}

enum map_when map_private(void)
{
	return chunk_order ? MAP_NOW_POPULATED : MAP_NOW;
}

/* Installs what has been filled, and gives back the rest.  Was it all? */
static bool install_private(struct vm_area *vma, unsigned long vpn, struct page *page,
			    unsigned filled, unsigned got)
{
	const unsigned long bits = PTE_ANON | PTE_READ | PTE_WRITE | PTE_AROUND;
	unsigned done = filled ? install_run(vma, vpn, page, filled, bits, map_private()) : 0;

	for (unsigned i = done; i < got; i++)
		page_put(page + i);
	return done == got;
}

static void clear_ahead(struct vm_area *vma, unsigned long vpn, unsigned long end)
{
	struct page *page;
	unsigned got;

	while ((page = frames_for(vma, &vpn, end, &got, true))) {
		if (!install_private(vma, vpn, page, got, got))
			return;
		vpn += got;
	}
}

void copy_ahead(struct vm_area *vma, unsigned long vpn, unsigned long end)
{
	struct page *to, *from;
	unsigned got, filled;

	while ((to = frames_for(vma, &vpn, end, &got, false))) {
		for (filled = 0; filled < got && (from = ready_page(vma, vpn + filled)); filled++) {
			memcpy(page_address(to + filled), page_address(from), PAGE_SIZE);
			mm_counts.copied++;
		}
		if (!install_private(vma, vpn, to, filled, got))
			return;
		vpn += got;
	}
}

bool data_segment(const struct vm_area *vma)
{
	return vma->mapping && !(vma->flags & VM_SHARED) &&
	       (vma->flags & VM_SEGMENT || vma->file->inode->writers < 0);
}

static unsigned long file_end(const struct vm_area *vma)
{
	u64 size = (u64)max(vma->mapping->host->size, (loff_t)0);
	unsigned long pages = (unsigned long)((size + PAGE_SIZE - 1) >> PAGE_SHIFT);

	return (vma->start >> PAGE_SHIFT) + (pages > vma->pgoff ? pages - vma->pgoff : 0);
}

static void file_ahead(struct vm_area *vma, unsigned long vpn, unsigned long end)
{
	end = min(end, file_end(vma));
	if (vpn >= end)
		return;
	if (!(vma->flags & VM_WRITE))
		map_cached(vma, vpn, min(end, vpn + (data_segment(vma) ? SEGMENT_MAX : FILE_MAX)),
			   MAP_NOW);
	else if (data_segment(vma) && end - vpn <= PRIVATE_MAX)
		copy_ahead(vma, vpn, end);
}

void map_ahead(struct vm_area *vma, uaddr_t start, uaddr_t last)
{
	unsigned long vpn = start >> PAGE_SHIFT, end = last >> PAGE_SHIFT;

	/* An mlocked area is filled by its own rules. */
	if (!(vma->flags & VM_ACCESS) || vma->flags & (VM_SHARED | VM_LOCKED) || memory_low(4))
		return;
	if (vma->mapping)
		file_ahead(vma, vpn, end);
	else if (vma_anonymous(vma) && vma->flags & VM_WRITE && end - vpn <= PRIVATE_MAX &&
		 !memory_low(2)) /* nobody may ever touch them, and they cannot be dropped */
		clear_ahead(vma, vpn, end);
	update_hiwater(vma->mm);
}

/* What a dynamic linker's first area of a library, which covers all of it, still shows behind the
 * data segment: its bss is about to be put there. */
static bool bss_is_due(const struct vm_area *vma)
{
	const struct vm_area *prev = vma_prev(vma);

	return data_segment(vma) && !(vma->flags & VM_WRITE) && prev && prev->end == vma->start &&
	       prev->mapping == vma->mapping && prev->flags & VM_WRITE;
}

static void map_range_ahead(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct vm_area *vma = vma_first(mm, start, end);

	for (; vma && vma->start < end; vma = vma_next(vma))
		if (!bss_is_due(vma))
			map_ahead(vma, max(vma->start, start), min(vma->end, end));
}

void mm_map_ahead(struct mm *mm)
{
	map_range_ahead(mm, 0, task_size & PAGE_MASK);
	space_post(mm); /* what goes wrong is told when the program is to run */
}

void ahead_note(struct mm *mm, uaddr_t start, uaddr_t end)
{
	for (unsigned i = 0; i < mm->nr_ahead; i++)
		if (mm->ahead[i].start <= start && end <= mm->ahead[i].end)
			return;
	if (mm->nr_ahead == AHEAD_RANGES)
		ahead_run(mm);
	mm->ahead[mm->nr_ahead].start = start;
	mm->ahead[mm->nr_ahead].end = end;
	mm->nr_ahead++;
}

void ahead_run(struct mm *mm)
{
	for (unsigned i = 0; i < mm->nr_ahead; i++)
		map_range_ahead(mm, mm->ahead[i].start, mm->ahead[i].end);
	mm->nr_ahead = 0;
}
