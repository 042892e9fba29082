/*
 * fork: a copy-on-write copy of an mm.
 *
 * Pages are shared, except for those that one side will surely write at once: their copies are
 * made here, and mapped with the child's first batch.  A copied page costs less than a tenth of
 * the fault that it saves.
 */
#include "internal.h"
#include "um/bug.h"
#include "um/fs.h"
#include "um/kmalloc.h"

#define MAP_AHEAD_OPS 24
#define HOT_MAX 32		/* pages that a fork copies: the time of one fault or two */
#define HINTS 16
#define READ_WINDOW 64UL

/* --- hints: what earlier children wrote.  A parent's children mostly begin alike. */

struct fork_hints {
	int refs;
	unsigned next;			/* the oldest, replaced next */
	u64 filter;			/* bit vpn % 64: some hint may be for such a page */
	unsigned long vpn[HINTS];	/* written; 0: none */
	unsigned next_read;
	unsigned long read[HINTS];	/* windows of READ_WINDOW pages, by their first; 0: none */
};

static struct fork_hints *hints_get(struct fork_hints *hints)
{
	hints->refs++;
	return hints;
}

void fork_hints_put(struct fork_hints *hints)
{
	if (hints && --hints->refs == 0)
		kfree(hints);
}

static struct fork_hints *hints_of(struct mm *mm)
{
	if (!mm->hints) {
		mm->hints = kzalloc_type(struct fork_hints);
		mm->hints->refs = 1;
	}
	return mm->hints;
}

static bool hinted(const struct fork_hints *hints, unsigned long vpn)
{
	if (!hints || !(hints->filter >> vpn % 64 & 1))
		return false;
	for (unsigned i = 0; i < HINTS; i++)
		if (hints->vpn[i] == vpn)
			return true;
	return false;
}

void fork_hint_write(struct mm *mm, unsigned long vpn)
{
	struct fork_hints *hints = mm->parent_hints;

	if (!hints || hinted(hints, vpn))
		return;
	hints->vpn[hints->next] = vpn;
	hints->next = (hints->next + 1) % HINTS;
	hints->filter = 0;
	for (unsigned i = 0; i < HINTS; i++)
		if (hints->vpn[i])
			hints->filter |= 1ULL << hints->vpn[i] % 64;
}

void fork_hint_read(struct mm *mm, unsigned long vpn)
{
	struct fork_hints *hints = mm->parent_hints;

	vpn &= ~(READ_WINDOW - 1);
	if (!hints)
		return;
	for (unsigned i = 0; i < HINTS; i++)
		if (hints->read[i] == vpn)
			return;
	hints->read[hints->next_read] = vpn;
	hints->next_read = (hints->next_read + 1) % HINTS;
}

/* Files' pages that earlier children touched, as far as they are cached. */
static void map_window_ahead(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct vm_area *vma = vma_first(mm, start, end);

	for (; vma && vma->start < end; vma = vma_next(vma))
		if (vma->mapping)
			map_ahead(vma, max(vma->start, start), min(vma->end, end));
}

static void map_hinted(struct mm *mm)
{
	for (unsigned i = 0; i < HINTS && mm->parent_hints->read[i]; i++) {
		unsigned long vpn = mm->parent_hints->read[i];

		map_window_ahead(mm, vpn << PAGE_SHIFT, (vpn + READ_WINDOW) << PAGE_SHIFT);
	}
}

/* --- hot pages: private ones that the parent may write now.  The others lost that right at an
 * earlier fork and have not been written since.  Where the hot ones are few, the child gets copies
 * of all, and the parent keeps its right. */

struct hot_pages {
	bool any;		/* else none: other threads could write meanwhile */
	bool all;		/* else only the stack's top, and what earlier children wrote */
	const struct fork_hints *hints;
	struct page *run;	/* frames for the copies, so that neighbours can be mapped as one */
	unsigned left;
};

static bool forks_pages(const struct vm_area *vma)
{
	return !(vma->flags & (VM_DONTCOPY | VM_SHARED | VM_WIPEONFORK));
}

/* How many there are; it does not go on counting above `limit`. */
static unsigned count_hot(struct mm *mm, unsigned limit)
{
	struct vm_area *vma;
	unsigned n = 0;

	list_for_each_entry(vma, &mm->areas, list) {
		unsigned long vpn = vma->start >> PAGE_SHIFT;
		pte_t pte;

		if (!(vma->flags & VM_WRITE) || !forks_pages(vma))
			continue;
		for_each_pte(mm->pgd, vpn, vma->end >> PAGE_SHIFT, pte) {
			n += (pte & (PTE_ANON | PTE_WRITE)) == (PTE_ANON | PTE_WRITE);
			if (n > limit)
				return n;
		}
	}
	return n;
}

/* While other threads write, pages that are shared from one moment on and pages copied at another
 * could show a later store without an earlier one: the C library's lists of stacks break so. */
static void hot_begin(struct hot_pages *hot, struct mm *from)
{
	unsigned n;

	*hot = (struct hot_pages){ 0 };
	hot->any = from->users == 1;
	if (!hot->any || memory_low(2))
		return;
	n = count_hot(from, HOT_MAX);
	hot->all = n <= HOT_MAX;
	hot->hints = from->hints;
	hot->run = alloc_run_now((hot->all ? n : 0) + (hot->hints ? HINTS : 1), &hot->left, false);
}

static void hot_end(struct hot_pages *hot)
{
	while (hot->left--)
		page_put(hot->run++);
}

static struct page *hot_frame(struct hot_pages *hot)
{
	if (!hot->left)
		return alloc_page_now(false);
	hot->left--;
	return hot->run++;
}

static bool is_hot(const struct hot_pages *hot, const struct vm_area *vma, unsigned long vpn,
		   pte_t pte)
{
	if (!hot->any || !(vma->flags & VM_WRITE))
		return false;
	if (pte & PTE_WRITE && (hot->all || (vma->mm == current->mm &&
					     vpn == UPT_SP(&current->regs) >> PAGE_SHIFT)))
		return true;
	return hinted(hot->hints, vpn);
}

/* The child gets a copy of a page that the parent keeps.  false: no memory, share it. */
static bool give_copy(struct hot_pages *hot, struct vm_area *child, unsigned long vpn,
		      struct page *page)
{
	struct page *copy = hot_frame(hot);

	if (!copy)
		return false;
	memcpy(page_address(copy), page_address(page), PAGE_SIZE);
	mm_counts.copied++;
	if (install_page(child, vpn, copy, PTE_ANON | PTE_READ | PTE_WRITE)) {
		page_put(copy);
		return false;
	}
	space_map_page(child->mm, vpn, vma_rights(child, pte_get(child->mm->pgd, vpn)), true);
	return true;
}

/* --- areas and pages */

/* What a child begins with besides areas and pages. */
static void copy_layout(struct mm *mm, const struct mm *from)
{
	mm->mmap_base = from->mmap_base;
	mm->start_code = from->start_code;
	mm->end_code = from->end_code;
	mm->start_data = from->start_data;
	mm->end_data = from->end_data;
	mm->start_brk = from->start_brk;
	mm->brk = from->brk;
	mm->start_stack = from->start_stack;
	mm->arg_start = from->arg_start;
	mm->arg_end = from->arg_end;
	mm->env_start = from->env_start;
	mm->env_end = from->env_end;
	mm->sigpage = from->sigpage;
	memcpy(mm->saved_auxv, from->saved_auxv, sizeof(mm->saved_auxv));
	mm->saved_auxv_words = from->saved_auxv_words;
	mm->dumpable = from->dumpable;
	mm->membarrier = from->membarrier;
	mm->exe_file = from->exe_file ? file_get(from->exe_file) : NULL;
}

/* A copy of an area's description; locks are not inherited.  -ENOMEM: overcommit. */
static int copy_area(struct mm *mm, struct vm_area *from)
{
	struct vm_area *vma;

	if (vma_limit_reached())
		return -ENOMEM;
	if (from->flags & VM_ACCOUNT && vm_commit(vma_pages(from)))
		return -ENOMEM;
	vma = vma_new(mm, from->start, from->end, from->flags & ~(VM_LOCKED | VM_LOCKONFAULT));
	vma->pgoff = from->pgoff;
	vma->file = from->file ? file_get(from->file) : NULL;
	vma->mapping = from->mapping;
	vma->ops = from->ops;
	vma->private_data = from->private_data;
	vma_link(vma);
	if (vma->ops && vma->ops->open)
		vma->ops->open(vma);
	return 0;
}

/* Pages that the child will share: neighbours in neighbouring frames, with the same rights. */
struct share_run {
	unsigned long vpn;
	struct page *page;
	unsigned nr;
	unsigned long bits;
};

/* Readable in the child's space at once, if few operations do it: what faults then is a write for
 * certain. */
static int share_run_end(struct vm_area *child, struct share_run *run)
{
	bool few = space_queue_length(child->mm) < MAP_AHEAD_OPS;
	unsigned done = 0;

	for (unsigned i = 0; i < run->nr; i++)
		page_get(run->page + i);
	if (run->nr)
		done = install_run(child, run->vpn, run->page, run->nr, run->bits,
				   few ? MAP_NOW : MAP_NEVER);
	for (unsigned i = done; i < run->nr; i++)
		page_put(run->page + i);
	if (done < run->nr)
		return -ENOMEM;
	run->nr = 0;
	return 0;
}

static int share_page(struct vm_area *child, struct share_run *run, unsigned long vpn, pte_t pte)
{
	unsigned long bits = pte & (PTE_ANON | PTE_READ);
	int err = 0;

	if (run->nr && (vpn != run->vpn + run->nr || pte_page(pte) != run->page + run->nr ||
			bits != run->bits))
		err = share_run_end(child, run);
	if (!run->nr)
		*run = (struct share_run){ .vpn = vpn, .page = pte_page(pte), .bits = bits };
	run->nr++;
	return err;
}

/* Shares the private pages of an area copy-on-write.  Pages of files are not copied: the cache
 * has them. */
static int share_pages(struct vm_area *vma, struct vm_area *child, struct hot_pages *hot)
{
	struct share_run run = { 0 };
	struct mm *mm = vma->mm;
	unsigned long vpn = vma->start >> PAGE_SHIFT;
	pte_t pte;

	for_each_pte(mm->pgd, vpn, vma->end >> PAGE_SHIFT, pte) {
		if (!(pte & PTE_ANON))
			continue;
		if (is_hot(hot, vma, vpn, pte) && give_copy(hot, child, vpn, pte_page(pte)))
			continue;
		if (share_page(child, &run, vpn, pte))
			return -ENOMEM;
		if (!(pte & PTE_WRITE))
			continue;
		pte &= ~PTE_WRITE;
		pte_set(mm->pgd, vpn, pte);
		if (pte & PTE_SPACE_WRITE)
			space_map_page(mm, vpn, vma_rights(vma, pte), false);
	}
	return share_run_end(child, &run);
}

static int copy_areas(struct mm *mm, struct mm *from, struct hot_pages *hot)
{
	struct vm_area *vma;
	int err = 0;

	list_for_each_entry(vma, &from->areas, list) {
		if (vma->flags & VM_DONTCOPY)
			continue;
		err = copy_area(mm, vma);
		if (!err && forks_pages(vma))
			err = share_pages(vma, list_last_entry(&mm->areas, struct vm_area, list),
					  hot);
		if (err)
			break;
	}
	return err;
}

/* The child goes on where the parent stands: that code is mapped with its first batch. */
static void map_code(struct mm *mm, struct mm *from)
{
	int sig, code;

	if (from == current->mm)
		mm_fault(mm, UPT_IP(&current->regs), FAULT_EXEC, &sig, &code);
}

struct mm *mm_fork(struct mm *from)
{
	struct mm *mm = mm_alloc();
	struct hot_pages hot;
	int err;

	if (IS_ERR(mm))
		return mm;
	mutex_lock(&from->lock);
	copy_layout(mm, from);
	mm->parent_hints = hints_get(hints_of(from));
	hot_begin(&hot, from);
	err = copy_areas(mm, from, &hot);
	hot_end(&hot);
	mutex_unlock(&from->lock);
	if (err) {
		mm_put_users(mm);
		return ERR_PTR(err);
	}
	map_code(mm, from);
	map_hinted(mm);
	space_post(mm); /* the space fills while the rest of the child is made */
	return mm;
}
