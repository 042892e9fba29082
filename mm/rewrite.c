/*
 * Rewritten system call sites, by file: which sites keep trapping, and the patched copies of
 * their pages.
 *
 * A copy is shared by all who map the file at whatever address, since stubs are at the same
 * distance from the text everywhere: their page is the one below the file's first area.  A copy
 * that a space may have mapped never changes, but for stubs that nothing leads to yet: one more
 * site in a page makes a new copy, and the older ones stay until nobody uses the file's copies
 * any more.  There are no more of them than sites.
 *
 * A copy is dropped when the bytes of its page change or the page leaves the cache.
 */
#include <stdio.h>

#include "rewrite.h"
#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/printk.h"
#include "um/radix.h"

#define SITES_MAX (SITE_STUB_SIZE ? PAGE_SIZE / SITE_STUB_SIZE : 0)

enum {
	HEATS = 256,
	HOT = 4,	/* traps before a site is rewritten: what
			   starts up makes fewer at most sites */
};

/* How often sites have trapped.  Places collide, and the later comer begins anew.  What is said of
 * a mapping that has gone may be taken for one that came to lie at its address: then a site is
 * judged a little early, or stays a trap. */
static struct heat {
	const struct address_space *mapping;
	loff_t after;			/* in the file */
	enum { COLD, REWRITTEN, REFUSED } state;
	unsigned traps;
} heats[HEATS];

/* Copies and stubs are nobody's memory in particular, so all together may be this part of all. */
#define PAGES_PART 32

static bool disabled;
static unsigned long nr_pages;		/* copies and stubs */
u64 rewrite_counts[REWRITE_COUNTERS];

static const char *parse_norewrite(const char *value __maybe_unused)
{
	disabled = true;
	return NULL;
}

UM_SWITCH(norewrite) = { "norewrite", NULL, "Gate",
			 "leave system call sites as they are: each call traps", parse_norewrite };

u64 rewrite_count(enum rewrite_counter which)
{
	return rewrite_counts[which];
}

const char *rewrite_counter_name(enum rewrite_counter which)
{
	static const char *const names[REWRITE_COUNTERS] = {
		[REWRITE_SITES] = "sites", [REWRITE_WITHDRAWN] = "withdrawn",
		[REWRITE_SETTLED] = "settled",
		[REWRITE_NOT_TEXT] = "not_text", [REWRITE_CHANGED] = "changed",
		[REWRITE_PATTERN] = "pattern", [REWRITE_NO_PLACE] = "no_place",
		[REWRITE_FULL] = "full",
	};

	return names[which];
}

void rewrite_report(void)
{
	char text[256];
	size_t n = 0;

	for (int i = 0; i < REWRITE_COUNTERS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %s %llu", rewrite_counter_name(i),
				      (unsigned long long)rewrite_counts[i]);
	pr_debug("system call sites:%s\n", text);
}

/* --- files */

/* NULL: none to be had now, or too many. */
static struct page *get_page(void)
{
	struct page *page = nr_pages < physmem_pages / PAGES_PART ? alloc_page_now(true) : NULL;

	nr_pages += page != NULL;
	return page;
}

static void put_page(struct page *page)
{
	nr_pages--;
	page_put(page);
}

static void free_old(struct rewrite_file *rf)
{
	for (unsigned i = 0; i < rf->nr_old; i++)
		put_page(rf->old[i]);
	kfree(rf->old);
	rf->old = NULL;
	rf->nr_old = 0;
}

static void retire(struct rewrite_file *rf, struct page *patched)
{
	rf->old = krealloc(rf->old, (rf->nr_old + 1) * sizeof(*rf->old));
	rf->old[rf->nr_old++] = patched;
	if (rf->refs == 1)
		free_old(rf);
}

void rewrite_file_put(struct rewrite_file *rf)
{
	unsigned long index = 0;
	struct page *page;

	if (--rf->refs == 1 && rf->mapping)
		free_old(rf); /* what is left is the mapping's: no space has any */
	if (rf->refs)
		return;
	while ((page = radix_next(rf->patched, &index, false))) {
		radix_delete(rf->patched, index);
		put_page(page);
	}
	radix_free(rf->patched);
	free_old(rf);
	put_page(rf->stubs);
	kfree(rf->sites);
	kfree(rf->worths);
	kfree(rf);
}

uaddr_t rewrite_base(const struct vm_area *vma)
{
	return vma->start - (vma->pgoff << PAGE_SHIFT);
}

/* The page below the areas of the file that are in one piece with vma; 0: it is not free. */
static uaddr_t find_stub_place(struct vm_area *vma)
{
	struct vm_area *prev;
	uaddr_t place;

	while ((prev = vma_prev(vma)) && prev->end == vma->start && prev->mapping == vma->mapping)
		vma = prev;
	if (vma->start < MMAP_MIN_ADDR + PAGE_SIZE)
		return 0;
	place = vma->start - PAGE_SIZE;
	return vma_first(vma->mm, place, vma->start) ? 0 : place;
}

/* The file's record, made with the first site.  NULL: no place or no memory for stubs. */
static struct rewrite_file *file_of(struct vm_area *vma)
{
	struct rewrite_file *rf = vma->mapping->rewrite;
	struct page *stubs;
	uaddr_t place;

	if (rf)
		return rf;
	place = find_stub_place(vma);
	stubs = place ? get_page() : NULL;
	if (!stubs)
		return NULL;
	rf = kzalloc_type(struct rewrite_file);
	rf->refs = 1;
	rf->mapping = vma->mapping;
	rf->stub_pages = (rewrite_base(vma) - place) >> PAGE_SHIFT;
	rf->stubs = stubs;
	rf->patched = radix_new();
	vma->mapping->rewrite = rf;
	return rf;
}

/* Bytes from the stub page to the begin of page `index`. */
static long page_distance(const struct rewrite_file *rf, unsigned long index)
{
	return (long)((rf->stub_pages + index) << PAGE_SHIFT);
}

const struct site *rewrite_stub_at(const struct rewrite_file *rf, unsigned long offset)
{
	unsigned long slot = SITE_STUB_SIZE ? offset / SITE_STUB_SIZE : 0;

	return slot < rf->nr_sites ? &rf->sites[slot] : NULL;
}

/* --- making a copy */

/* Patches one known site, if the bytes are still such. */
static void patch_again(const struct rewrite_file *rf, u8 *bytes, struct site *site, unsigned slot)
{
	struct site now = *site;

	if (!site_match(bytes, PAGE_SIZE, &now, true) || now.kind != site->kind)
		return;
	*site = now;
	site_patch(bytes, PAGE_SIZE, site,
		   (long)slot * SITE_STUB_SIZE - page_distance(rf, site->index));
}

/* Patches all known sites of the page but `slot`, always in the same order: each finds the
 * same padding as before. */
static void patch_others(struct rewrite_file *rf, u8 *bytes, unsigned long index, unsigned slot)
{
	for (unsigned i = 0; i < rf->nr_sites; i++)
		if (i != slot && rf->sites[i].index == index)
			patch_again(rf, bytes, &rf->sites[i], i);
}

/* The slot of a site that was known before, or a new one. */
static unsigned slot_of(const struct rewrite_file *rf, const struct site *site)
{
	unsigned i;

	for (i = 0; i < rf->nr_sites; i++)
		if (rf->sites[i].index == site->index && rf->sites[i].after == site->after &&
		    rf->sites[i].nr == site->nr)
			break;
	return i;
}

static void write_stub(struct rewrite_file *rf, const struct site *site, unsigned slot)
{
	long at = (long)slot * SITE_STUB_SIZE;
	long back = page_distance(rf, site->index) + (long)site->after - at;

	site_stub((u8 *)page_address(rf->stubs) + at, site, back, gate_trampoline_entry);
}

static void replace_copy(struct rewrite_file *rf, unsigned long index, struct page *copy)
{
	struct page *old = radix_delete(rf->patched, index);

	if (old)
		retire(rf, old);
	BUG_ON(radix_insert(rf->patched, index, copy));
}

static bool in_reach(const struct rewrite_file *rf, unsigned long index)
{
	long distance = page_distance(rf, index);

	return distance < SITE_REACH && distance > -SITE_REACH;
}

/* A copy of `page` with one site more.  0 when it is there, or why not. */
static enum rewrite_counter add_site(struct rewrite_file *rf, struct page *page, struct site *site)
{
	unsigned slot = slot_of(rf, site);
	struct page *copy;
	u8 *bytes;

	if (slot == SITES_MAX)
		return REWRITE_FULL;
	if (!in_reach(rf, site->index))
		return REWRITE_NO_PLACE;
	copy = get_page();
	if (!copy)
		return REWRITE_NO_PLACE;
	bytes = page_address(copy);
	memcpy(bytes, page_address(page), PAGE_SIZE);
	patch_others(rf, bytes, site->index, slot);
	if (!site_match(bytes, PAGE_SIZE, site, gate_trampoline_any)) {
		put_page(copy);
		return REWRITE_PATTERN;
	}
	if (slot == rf->nr_sites)
		rf->sites = krealloc(rf->sites, ++rf->nr_sites * sizeof(*rf->sites));
	rf->sites[slot] = *site;
	write_stub(rf, site, slot);
	patch_again(rf, bytes, &rf->sites[slot], slot);
	replace_copy(rf, site->index, copy);
	return REWRITE_SITES;
}

/* --- which copies are worth their mapping.
 *
 * A copy costs a new space a host mapping of its own, and splits the one around it in two: about
 * three traps' time.  So a space begins with the original of a page, and gets the copy after so
 * many traps, unless spaces before it have come to that: each that has is good for a few that
 * get the copy at once, and now and then one of these begins with the original, and tells. */

#define WORTH_MAX 4U
#define WORTH_SPACES 4U		/* for each point of worth */

static struct rewrite_worth *worth_of(struct rewrite_file *rf, unsigned long index)
{
	for (unsigned i = 0; i < rf->nr_worths; i++)
		if (rf->worths[i].index == index)
			return &rf->worths[i];
	rf->worths = krealloc(rf->worths, (rf->nr_worths + 1) * sizeof(*rf->worths));
	rf->worths[rf->nr_worths] = (struct rewrite_worth){ .index = index };
	return &rf->worths[rf->nr_worths++];
}

bool rewrite_worthwhile(struct rewrite_file *rf, unsigned long index)
{
	struct rewrite_worth *w = worth_of(rf, index);

	if (!w->worth)
		return false;
	if (w->given++ < w->worth * WORTH_SPACES)
		return true;
	w->given = 0;
	w->worth--;
	return false;
}

void rewrite_was_worth(struct rewrite_file *rf, unsigned long index)
{
	struct rewrite_worth *w = worth_of(rf, index);

	w->worth = min(w->worth + 2, WORTH_MAX);
}

/* --- hot sites */

bool rewrite_area_fits(const struct vm_area *vma)
{
	const unsigned all = VM_ACCESS | VM_SHARED | VM_MAYSHARE;

	return vma->mapping && (vma->flags & all) == (VM_READ | VM_EXEC);
}

static enum rewrite_counter rewrite(struct mm *mm, struct vm_area *vma, uaddr_t ip, long nr)
{
	uaddr_t start = (ip - 1) & PAGE_MASK;
	struct site site = { .index = vma_index(vma, start), .after = (unsigned)(ip - start),
			     .nr = (int)nr };
	pte_t pte = pte_get(mm->pgd, start >> PAGE_SHIFT);
	struct rewrite_file *rf;
	struct page *page;

	if (!rewrite_area_fits(vma))
		return REWRITE_NOT_TEXT;
	page = cached_page(vma->mapping, site.index);
	if (!page || !pte || pte & PTE_ANON || pte_page(pte) != page ||
	    !(page->flags & PG_UPTODATE) || page->flags & PG_LOCKED || vma->mapping->writable_maps)
		return REWRITE_CHANGED;
	if (!site_match(page_address(page), PAGE_SIZE, &site, gate_trampoline_any))
		return REWRITE_PATTERN;
	rf = file_of(vma);
	return rf ? add_site(rf, page, &site) : REWRITE_NO_PLACE;
}

static struct heat *heat_of(const struct address_space *mapping, loff_t after)
{
	unsigned long key = (unsigned long)mapping / sizeof(*mapping) * 31 + (unsigned long)after;
	struct heat *heat = &heats[(key ^ key >> 8) % HEATS];

	if (heat->mapping != mapping || heat->after != after)
		*heat = (struct heat){ .mapping = mapping, .after = after };
	return heat;
}

static void heat_forget(const struct address_space *mapping)
{
	for (unsigned i = 0; i < HEATS; i++)
		if (heats[i].mapping == mapping)
			heats[i] = (struct heat){ 0 };
}

static void heat_judge(struct heat *heat, enum rewrite_counter result)
{
	rewrite_counts[result]++;
	heat->traps = 0;
	if (result == REWRITE_SITES)
		heat->state = REWRITTEN;
	else if (result == REWRITE_PATTERN || result == REWRITE_FULL)
		heat->state = REFUSED; /* the others depend on the mm, or pass */
}

void rewrite_site(struct mm *mm, uaddr_t ip, long nr)
{
	struct vm_area *vma;
	struct heat *heat;
	enum rewrite_counter result;
	bool made = false;

	if (!SITE_STUB_SIZE || !gate_trampoline_entry || disabled || current->ptrace.tracer)
		return;
	vma = find_vma(mm, ip - 1);
	if (!vma || vma->start > ip - 1 || !vma->mapping)
		return; /* made at run time: it may change at any time */
	heat = heat_of(vma->mapping, (loff_t)(ip - rewrite_base(vma)));
	if (heat->state == COLD && ++heat->traps >= HOT) {
		result = rewrite(mm, vma, ip, nr);
		heat_judge(heat, result);
		made = result == REWRITE_SITES;
		pr_debug("%s[%d]: call %ld at %#lx: %s\n", current->comm, current->pid, nr, ip,
			 rewrite_counter_name(result));
	}
	if (heat->state == REWRITTEN)
		rewrite_map_newest(mm, (ip - 1) >> PAGE_SHIFT, made);
}

/* --- the file changes */

static void drop_copy(struct rewrite_file *rf, unsigned long index, struct page *copy)
{
	radix_delete(rf->patched, index);
	retire(rf, copy);
}

static void withdraw_all(struct address_space *mapping, unsigned long first, unsigned long last)
{
	struct vm_area *vma;

	list_for_each_entry(vma, &mapping->mmaps, mapping_node)
		rewrite_withdraw(vma, first, last);
}

void rewrite_page_changed(struct page *page)
{
	struct address_space *mapping = page->mapping;
	struct rewrite_file *rf = mapping ? mapping->rewrite : NULL;
	struct page *copy = rf ? radix_lookup(rf->patched, page->index) : NULL;

	if (likely(!copy))
		return;
	drop_copy(rf, page->index, copy);
	heat_forget(mapping);
	withdraw_all(mapping, page->index, page->index);
}

void rewrite_mapping_writable(struct address_space *mapping)
{
	struct rewrite_file *rf = mapping->rewrite;
	unsigned long index = 0;
	struct page *copy;

	if (likely(!rf))
		return;
	while ((copy = radix_next(rf->patched, &index, false)))
		drop_copy(rf, index, copy);
	heat_forget(mapping);
	withdraw_all(mapping, 0, ULONG_MAX);
}

void rewrite_mapping_gone(struct address_space *mapping)
{
	struct rewrite_file *rf = mapping->rewrite;

	if (likely(!rf))
		return;
	heat_forget(mapping);
	mapping->rewrite = NULL;
	rf->mapping = NULL;
	rewrite_file_put(rf);
}
