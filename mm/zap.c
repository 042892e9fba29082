/*
 * Pages into and out of page tables, with all counts; and the way from a cached page to the
 * entries that hold it, by the areas on its mapping's list.
 *
 * A page that the space may still reach is put only after the flush (space_put_page).
 */
#include "internal.h"
#include "um/counter.h"
#include "um/bug.h"

u64 anon_pages, mapped_pages;

u64 nr_anon_pages(void)
{
	return anon_pages;
}

u64 nr_mapped_pages(void)
{
	return mapped_pages;
}

void update_hiwater(struct mm *mm)
{
	mm->hiwater_rss = max(mm->hiwater_rss, mm->rss);
	if (mm == current->mm)
		current->counts.maxrss_kb = max(current->counts.maxrss_kb,
						(u64)mm->hiwater_rss * (PAGE_SIZE / 1024));
}

static void count_rss(struct mm *mm, pte_t pte, long n)
{
	mm->rss += (unsigned long)n;
	if (pte & PTE_ANON)
		mm->anon_rss += (unsigned long)n;
	else if (pte & PTE_SHMEM)
		mm->shmem_rss += (unsigned long)n;
	else
		mm->file_rss += (unsigned long)n;
}

static void count_mapped(struct page *page, pte_t pte, int n)
{
	bool was = page->mapcount > 0;
	u64 *counter = pte & PTE_ANON ? &anon_pages : &mapped_pages;

	page->mapcount += n;
	BUG_ON(page->mapcount < 0);
	if (was != (page->mapcount > 0))
		*counter += (u64)n;
}

int install_page(struct vm_area *vma, unsigned long vpn, struct page *page, unsigned long bits)
{
	if (!(bits & PTE_ANON) && page->mapping && mapping_is_home(page->mapping))
		bits |= PTE_SHMEM;
	if (pte_set(vma->mm->pgd, vpn, make_pte(page, bits | PTE_PRESENT)))
		return -ENOMEM;
	count_mapped(page, bits, 1);
	count_rss(vma->mm, bits, 1);
	return 0;
}

unsigned install_run(struct vm_area *vma, unsigned long vpn, struct page *page, unsigned nr,
		     unsigned long bits, enum map_when when)
{
	struct mm *mm = vma->mm;
	pte_t pte;
	unsigned done;

	if (!(bits & PTE_ANON) && page->mapping && mapping_is_home(page->mapping))
		bits |= PTE_SHMEM;
	if (mm->space && when != MAP_NEVER) {
		space_room(mm);
		bits |= (unsigned long)vma_rights(vma, bits) << PTE_SPACE_SHIFT;
	}
	pte = make_pte(page, bits | PTE_PRESENT);
	done = pte_set_run(mm->pgd, vpn, pte, nr);
	for (unsigned i = 0; i < done; i++)
		count_mapped(page + i, bits, 1);
	count_rss(mm, bits, (long)done);
	if (done && pte_space(pte))
		space_map_run(mm, vpn, pte, done, when);
	return done;
}

/* Empties an entry.  The page is put now, or after the flush if the space has it mapped. */
static void zap_entry(struct mm *mm, unsigned long vpn, pte_t pte)
{
	struct page *page = pte_page(pte);

	pte_set(mm->pgd, vpn, 0);
	count_mapped(page, pte, -1);
	count_rss(mm, pte, -1);
	if (pte_space(pte))
		space_put_page(mm, page);
	else
		page_put(page);
}

void zap_range(struct vm_area *vma, uaddr_t start, uaddr_t end)
{
	struct mm *mm = vma->mm;
	unsigned long vpn = start >> PAGE_SHIFT, low = ULONG_MAX, high = 0;
	pte_t pte;

	update_hiwater(mm);
	for_each_pte(mm->pgd, vpn, end >> PAGE_SHIFT, pte) {
		if (pte_space(pte)) {
			low = min(low, vpn);
			high = vpn + 1;
		}
		zap_entry(mm, vpn, pte);
	}
	if (high)
		space_unmap_range(mm, low << PAGE_SHIFT, high << PAGE_SHIFT);
}

int replace_page(struct vm_area *vma, unsigned long vpn, struct page *page, unsigned long bits)
{
	struct mm *mm = vma->mm;
	pte_t pte = pte_get(mm->pgd, vpn);
	int err;

	if (pte)
		zap_entry(mm, vpn, pte);
	err = install_page(vma, vpn, page, bits);
	if (err && pte_space(pte))
		space_unmap_range(mm, vpn << PAGE_SHIFT, (vpn + 1) << PAGE_SHIFT);
	return err;
}

/* The pages of `vma` that show [first, last] of its file: false if none. */
static bool area_overlap(const struct vm_area *vma, unsigned long first, unsigned long last,
			 unsigned long *vpn, unsigned long *end)
{
	unsigned long low = vma->pgoff, high = vma->pgoff + vma_pages(vma) - 1;

	if (first > high || last < low)
		return false;
	low = max(low, first);
	high = min(high, last);
	*vpn = (vma->start >> PAGE_SHIFT) + (low - vma->pgoff);
	*end = *vpn + (high - low) + 1;
	return true;
}

void zap_mapping(struct address_space *mapping, unsigned long first, unsigned long last,
		 bool even_private)
{
	struct vm_area *vma;
	unsigned long vpn, end;
	pte_t pte;

	list_for_each_entry(vma, &mapping->mmaps, mapping_node) {
		if (!area_overlap(vma, first, last, &vpn, &end))
			continue;
		for_each_pte(vma->mm->pgd, vpn, end, pte) {
			if (pte & PTE_ANON && !even_private)
				continue;
			if (pte_space(pte))
				space_unmap_range(vma->mm, vpn << PAGE_SHIFT,
						  (vpn + 1) << PAGE_SHIFT);
			zap_entry(vma->mm, vpn, pte);
		}
	}
}

void write_protect_mapping(struct address_space *mapping, unsigned long first, unsigned long last)
{
	struct vm_area *vma;
	unsigned long vpn, end;
	pte_t pte;

	list_for_each_entry(vma, &mapping->mmaps, mapping_node) {
		if (!(vma->flags & VM_SHARED) || !area_overlap(vma, first, last, &vpn, &end))
			continue;
		for_each_pte(vma->mm->pgd, vpn, end, pte) {
			if (!(pte & PTE_WRITE) || pte & PTE_ANON)
				continue;
			pte &= ~PTE_WRITE;
			pte_set(vma->mm->pgd, vpn, pte);
			if (pte_space(pte))
				space_map_page(vma->mm, vpn, vma_rights(vma, pte), false);
		}
	}
}

bool mapping_locked(struct address_space *mapping, unsigned long index)
{
	struct vm_area *vma;
	unsigned long vpn, end;

	list_for_each_entry(vma, &mapping->mmaps, mapping_node)
		if (vma->flags & VM_LOCKED && area_overlap(vma, index, index, &vpn, &end))
			return true;
	return false;
}

static struct mm *unflushed_mm(struct address_space *mapping, u64 since)
{
	struct vm_area *vma;

	list_for_each_entry(vma, &mapping->mmaps, mapping_node)
		if (space_unflushed(vma->mm, since))
			return vma->mm;
	return NULL;
}

void flush_mapping(struct address_space *mapping)
{
	u64 since = space_flush_now();
	struct mm *mm;

	/* The list may change while a flush sleeps: begin again each time.  An mm is flushed once,
	 * even if others go on queueing: with several that flush there is always one at it. */
	while ((mm = unflushed_mm(mapping, since))) {
		mm_hold(mm);
		space_flush(mm);
		mm_drop(mm);
	}
}

void unmap_mapping(struct address_space *mapping, unsigned long first, unsigned long last,
		   bool even_private)
{
	zap_mapping(mapping, first, last, even_private);
	flush_mapping(mapping);
}

UM_COUNTER(pages_anon)
{
	return anon_pages;
}

UM_COUNTER(pages_mapped)
{
	return mapped_pages;
}
