/*
 * Rewritten system call sites, by mm: which files' patched pages its space has mapped, and when
 * it gets the originals again.
 *
 * Invariants: an entry of the page tables whose SPACE bits are SPACE_EXEC alone has the file's
 * patched page in the space, newest or older; no other entry has these bits.  An mm that has
 * mapped patched pages or stubs of a file holds the file's record until its space is closed, so
 * none of them is put to another use while the space may reach it.
 *
 * Stubs are in no area and no page table: what is there is mapped by a fault if need be.
 */
#include "rewrite.h"

#include <linux/elf.h>

#include "um/bug.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/radix.h"

static struct rewrite_mm *part_of(struct mm *mm)
{
	if (!mm->rewrite)
		mm->rewrite = kzalloc_type(struct rewrite_mm);
	return mm->rewrite;
}

/* --- what the space is to have */

static bool is_kept(const struct rewrite_mm *part, unsigned long vpn)
{
	for (unsigned i = 0; i < part->nr_kept; i++)
		if (part->kept[i] == vpn)
			return true;
	return false;
}

/* Does an area show the file at the place that the use's stubs are for? */
static bool use_is_live(struct mm *mm, const struct rewrite_use *use)
{
	struct vm_area *vma;

	list_for_each_entry(vma, &mm->areas, list)
		if (vma->mapping && vma->mapping == use->file->mapping &&
		    rewrite_base(vma) - (use->file->stub_pages << PAGE_SHIFT) == use->stubs)
			return true;
	return false;
}

/* May stubs be put at `place`?  Those of a file that is not mapped any more give way. */
static bool place_is_free(struct mm *mm, uaddr_t place)
{
	struct rewrite_mm *part = mm->rewrite;

	if (place < MMAP_MIN_ADDR || place >= task_size - PAGE_SIZE ||
	    vma_first(mm, place, place + PAGE_SIZE))
		return false;
	for (unsigned i = 0; i < part->nr_uses; i++) {
		if (part->uses[i].stubs != place)
			continue;
		if (use_is_live(mm, &part->uses[i]))
			return false;
		part->uses[i].stubs = 0;
	}
	return true;
}

/* The entry for a new place of the file's stubs: one that has none, or a new one, which is NULL
 * when there are too many. */
static struct rewrite_use *use_for(struct rewrite_mm *part, struct rewrite_file *rf)
{
	for (unsigned i = 0; i < part->nr_uses; i++)
		if (part->uses[i].file == rf && !part->uses[i].stubs)
			return &part->uses[i];
	if (part->nr_uses == USES_MAX)
		return NULL;
	rf->refs++;
	part->uses[part->nr_uses].file = rf;
	return &part->uses[part->nr_uses++];
}

/* Are the file's stubs at `place`, or can they be?  They are mapped then. */
static bool use_ready(struct mm *mm, struct rewrite_file *rf, uaddr_t place)
{
	struct rewrite_mm *part = part_of(mm);
	struct rewrite_use *use;

	for (unsigned i = 0; i < part->nr_uses; i++)
		if (part->uses[i].file == rf && part->uses[i].stubs == place)
			return true;
	use = place_is_free(mm, place) ? use_for(part, rf) : NULL;
	if (!use)
		return false;
	use->stubs = place;
	space_map_stubs(mm, place, rf->stubs);
	return true;
}

/* What is known of the mm's page; NULL: nothing. */
static struct rewrite_seen *seen_of(struct mm *mm, unsigned long vpn)
{
	struct rewrite_seen *seen = mm->rewrite ? &mm->rewrite->seen[vpn % SEEN_MAX] : NULL;

	return seen && seen->vpn == vpn ? seen : NULL;
}

/* Has the space the copy already, has it shown that it is better off with it, or will it be? */
static bool is_wanted(struct mm *mm, unsigned long vpn, struct rewrite_file *rf,
		      unsigned long index)
{
	const struct rewrite_seen *seen = seen_of(mm, vpn);

	return pte_space(pte_get(mm->pgd, vpn)) == SPACE_EXEC ||
	       (seen ? seen->traps >= WORTH_TRAPS : rewrite_worthwhile(rf, index));
}

struct page *rewrite_page(struct mm *mm, unsigned long vpn, struct page *page)
{
	struct address_space *mapping = page->mapping;
	struct rewrite_file *rf = mapping ? mapping->rewrite : NULL;
	uaddr_t addr = vpn << PAGE_SHIFT;
	struct vm_area *vma;
	struct page *patched;

	if (likely(!rf))
		return NULL;
	patched = radix_lookup(rf->patched, page->index);
	/* A traced task's new program: nobody has called rewrite_traced for its mm. */
	if (!patched || current->ptrace.tracer)
		return NULL;
	vma = find_vma(mm, addr);
	if (!vma || vma->start > addr || vma->mapping != mapping ||
	    vma_index(vma, addr) != page->index || !rewrite_area_fits(vma))
		return NULL;
	if (mm->rewrite && (mm->rewrite->off || is_kept(mm->rewrite, vpn)))
		return NULL;
	if (!is_wanted(mm, vpn, rf, page->index) ||
	    !use_ready(mm, rf, rewrite_base(vma) - (rf->stub_pages << PAGE_SHIFT)))
		return NULL;
	return patched;
}

/* One more trap in a page of the mm; `enough`: no more are waited for. */
static struct rewrite_seen *note_trap(struct mm *mm, unsigned long vpn, const struct page *page,
				      bool enough)
{
	struct rewrite_seen *seen = &part_of(mm)->seen[vpn % SEEN_MAX];

	if (seen->vpn != vpn)
		*seen = (struct rewrite_seen){ .vpn = vpn };
	if (enough)
		seen->traps = WORTH_TRAPS;
	else if (seen->traps < WORTH_TRAPS && ++seen->traps == WORTH_TRAPS)
		rewrite_was_worth(page->mapping->rewrite, page->index);
	return seen;
}

void rewrite_map_newest(struct mm *mm, unsigned long vpn, bool enough)
{
	pte_t pte = pte_get(mm->pgd, vpn);
	struct page *page, *patched;
	struct rewrite_seen *seen;

	if (!pte || pte & PTE_ANON)
		return;
	page = pte_page(pte);
	if (!page->mapping || !page->mapping->rewrite)
		return;
	seen = note_trap(mm, vpn, page, enough || pte_space(pte) == SPACE_EXEC);
	patched = rewrite_page(mm, vpn, page);
	if (!patched || (pte_space(pte) == SPACE_EXEC && seen->pfn == page_to_pfn(patched)))
		return;
	seen->pfn = page_to_pfn(patched);
	pte_set(mm->pgd, vpn, pte & ~PTE_SPACE);
	space_map_page(mm, vpn, SPACE_READ | SPACE_EXEC, true);
}

bool rewrite_fault(struct mm *mm, uaddr_t addr, enum fault_access access)
{
	struct rewrite_mm *part = mm->rewrite;

	addr &= PAGE_MASK;
	if (likely(!part) || !addr || access != FAULT_EXEC)
		return false;
	for (unsigned i = 0; i < part->nr_uses; i++) {
		if (part->uses[i].stubs == addr) {
			space_map_stubs(mm, addr, part->uses[i].file->stubs);
			return true;
		}
	}
	return false;
}

/* --- originals again */

void rewrite_withdraw(struct vm_area *vma, unsigned long first, unsigned long last)
{
	struct mm *mm = vma->mm;
	unsigned long low = max(first, vma->pgoff), high, vpn, end;
	pte_t pte;

	high = min(last, vma->pgoff + vma_pages(vma) - 1);
	if (!mm->rewrite || low > high)
		return;
	vpn = (vma->start >> PAGE_SHIFT) + (low - vma->pgoff);
	end = vpn + (high - low) + 1;
	for_each_pte(mm->pgd, vpn, end, pte) {
		if (pte_space(pte) != SPACE_EXEC)
			continue;
		space_map_page(mm, vpn, vma_rights(vma, pte), false);
		rewrite_counts[REWRITE_WITHDRAWN]++;
	}
}

static void withdraw_file(struct mm *mm, const struct rewrite_file *rf)
{
	struct vm_area *vma;

	list_for_each_entry(vma, &mm->areas, list)
		if (vma->mapping && vma->mapping == rf->mapping)
			rewrite_withdraw(vma, 0, ULONG_MAX);
}

static void withdraw_mm(struct mm *mm)
{
	for (unsigned i = 0; i < mm->rewrite->nr_uses; i++)
		withdraw_file(mm, mm->rewrite->uses[i].file);
}

void rewrite_keep_original(struct mm *mm, unsigned long vpn)
{
	struct rewrite_mm *part = part_of(mm);
	struct vm_area *vma = find_vma(mm, vpn << PAGE_SHIFT);

	if (part->nr_kept == KEPT_MAX) {
		part->off = true;
		withdraw_mm(mm);
		return;
	}
	part->kept[part->nr_kept++] = vpn;
	space_map_page(mm, vpn, vma_rights(vma, pte_get(mm->pgd, vpn)), false);
	rewrite_counts[REWRITE_WITHDRAWN]++;
}

void rewrite_traced(struct mm *mm, bool off)
{
	if (!mm->space || (!off && !mm->rewrite))
		return;
	part_of(mm)->off = off;
	if (off)
		withdraw_mm(mm);
}

/* What was read there was something else. */
static void forget_kept(struct rewrite_mm *part, uaddr_t start, uaddr_t end)
{
	unsigned n = 0;

	for (unsigned i = 0; i < part->nr_kept; i++)
		if (part->kept[i] < start >> PAGE_SHIFT || part->kept[i] >= end >> PAGE_SHIFT)
			part->kept[n++] = part->kept[i];
	part->nr_kept = n;
}

void rewrite_area(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct rewrite_mm *part = mm->rewrite;

	if (likely(!part))
		return;
	forget_kept(part, start, end);
	for (unsigned i = 0; i < part->nr_uses; i++) {
		uaddr_t stubs = part->uses[i].stubs;

		if (!stubs || stubs < start || stubs >= end)
			continue;
		space_unmap_range(mm, stubs, stubs + PAGE_SIZE);
		part->uses[i].stubs = 0;
		withdraw_file(mm, part->uses[i].file);
	}
}

void rewrite_mm_gone(struct rewrite_mm *part)
{
	if (!part)
		return;
	for (unsigned i = 0; i < part->nr_uses; i++)
		rewrite_file_put(part->uses[i].file);
	kfree(part);
}

/* --- threads that are on their way to a stub.
 *
 * Between the short jump, the jump in the padding and the stub a thread is at an address that is
 * good only as long as the patched page and the stubs are mapped.  So before they go away in a
 * space with several threads, all of them come into K, where rewrite_fixup moves them back to the
 * system call instruction, and stay until the flush is done. */

/* Where page 0 of the file is in the mm; the use's stubs are mapped. */
static uaddr_t use_base(const struct rewrite_use *use)
{
	return use->stubs + (use->file->stub_pages << PAGE_SHIFT);
}

static bool use_touches(const struct rewrite_use *use, uaddr_t start, uaddr_t end)
{
	const struct rewrite_file *rf = use->file;

	if (!use->stubs)
		return false;
	if (use->stubs >= start && use->stubs < end)
		return true;
	for (unsigned i = 0; i < rf->nr_sites; i++) {
		uaddr_t page = use_base(use) + (rf->sites[i].index << PAGE_SHIFT);

		if (page >= start && page < end)
			return true;
	}
	return false;
}

void rewrite_unmapping(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct rewrite_mm *part = mm->rewrite;

	if (likely(!part) || mm->users == 1 || part->settle)
		return;
	for (unsigned i = 0; i < part->nr_uses && !part->settle; i++)
		part->settle = use_touches(&part->uses[i], start, end);
}

static bool all_are_in(struct mm *mm)
{
	struct task *task;
	bool in = true;

	list_for_each_entry(task, &all_tasks, all_node) {
		if (task->mm != mm || task->state != TASK_USER)
			continue;
		gate->interrupt(task);
		in = false;
	}
	return in;
}

/* Who has come in cannot leave: exit_to_user waits for the flush that we are part of. */
void rewrite_settle(struct mm *mm)
{
	if (likely(!mm->rewrite) || !mm->rewrite->settle)
		return;
	while (!all_are_in(mm))
		yield();
	mm->rewrite->settle = false;
	rewrite_counts[REWRITE_SETTLED]++;
}

/* The site on whose way `ip` is; NULL: none. */
static const struct site *site_on_way(const struct rewrite_use *use, uaddr_t ip)
{
	const struct rewrite_file *rf = use->file;
	uaddr_t offset = ip - use_base(use);

	if (ip - use->stubs < PAGE_SIZE)
		return rewrite_stub_at(rf, ip - use->stubs);
	for (unsigned i = 0; i < rf->nr_sites; i++) {
		const struct site *site = &rf->sites[i];

		if (site->kind != SITE_NEAR && (site->index << PAGE_SHIFT) + site->pad == offset)
			return site;
	}
	return NULL;
}

bool rewrite_stub_site(struct mm *mm, uaddr_t ip, uaddr_t *syscall_ip, long *nr)
{
	const struct rewrite_mm *part = mm->rewrite;

	if (likely(!part))
		return false;
	for (unsigned i = 0; i < part->nr_uses; i++) {
		const struct rewrite_use *use = &part->uses[i];
		const struct site *site = use->stubs ? site_on_way(use, ip) : NULL;

		if (!site)
			continue;
		*syscall_ip = use_base(use) + (site->index << PAGE_SHIFT) + site->after -
			      SITE_INSN_SIZE;
		*nr = site->kind == SITE_ANY ? -1 : site->nr;
		return true;
	}
	return false;
}

void rewrite_fixup(struct task *task)
{
	uaddr_t ip;
	long nr;

	if (!task->mm || !rewrite_stub_site(task->mm, UPT_IP(&task->regs), &ip, &nr))
		return;
	UPT_IP(&task->regs) = ip;
	if (nr >= 0)
		SITE_SET_NUMBER(&task->regs, nr);
}

/* --- addresses */

/* For programs and libraries: those have text, and begin with their first area. */
bool rewrite_wants_gap(const struct vm_area *vma)
{
	struct page *head;

	if (!gate_trampoline_entry || !vma->mapping || vma->pgoff ||
	    vma->flags & (VM_SHARED | VM_MAYSHARE))
		return false;
	head = cached_page(vma->mapping, 0);
	return head && !memcmp(page_address(head), ELFMAG, SELFMAG);
}
