/* The life of an mm.  `users` tasks run in it; `refs` keep the structure. */
#include "internal.h"
#include "um/bug.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/os.h"

#define MMAP_GAP_MIN (128UL << 20)
#define MAP_AHEAD_OPS 64
#define MMAP_RANDOM_PAGES (1UL << 16)

/* Below the largest stack that the limit allows, as Linux does, at a random place. */
static uaddr_t default_mmap_base(void)
{
	unsigned long gap = (unsigned long)min(rlimit(RLIMIT_STACK), (u64)(task_size / 6 * 5));
	unsigned long random = 0;

	os_random(&random, sizeof(random));
	random = (random % MMAP_RANDOM_PAGES) << PAGE_SHIFT;
	gap = min(max(gap + STACK_GUARD_GAP, MMAP_GAP_MIN), task_size / 6 * 5);
	return (task_size - gap - min(random, task_size / 16)) & PAGE_MASK;
}

static struct mm *mm_alloc(void)
{
	struct space *space = gate->space_get();
	struct mm *mm;

	if (IS_ERR(space))
		return (struct mm *)space;
	mm = kzalloc_type(struct mm);
	mm->users = 1;
	mm->refs = 1;
	mm->space = space;
	INIT_LIST_HEAD(&mm->areas);
	mutex_init(&mm->lock);
	mm->pgd = pgtable_new();
	mm->queue = space_queue_new();
	mm->dumpable = true;
	return mm;
}

struct mm *mm_new(void)
{
	struct mm *mm = mm_alloc();

	if (!IS_ERR(mm))
		mm->mmap_base = default_mmap_base();
	return mm;
}

struct mm *mm_get_users(struct mm *mm)
{
	mm->users++;
	return mm;
}

struct mm *mm_hold(struct mm *mm)
{
	mm->refs++;
	return mm;
}

void mm_drop(struct mm *mm)
{
	BUG_ON(mm->refs <= 0);
	if (--mm->refs)
		return;
	space_queue_free(mm->queue);
	pgtable_free(mm->pgd);
	kfree(mm);
}

/* Nothing is unmapped in the space piece by piece: it goes as a whole, and the pages with it. */
static void mm_empty(struct mm *mm)
{
	LIST_HEAD(doomed);

	update_hiwater(mm);
	space_close(mm);
	mutex_lock(&mm->lock);
	mm_unmap_locked(mm, 0, ALIGN_DOWN(task_size, PAGE_SIZE), &doomed);
	mutex_unlock(&mm->lock);
	space_release(mm);
	vma_free_list(&doomed);
	if (mm->exe_file)
		fput(mm->exe_file);
	mm->exe_file = NULL;
}

void mm_put_users(struct mm *mm)
{
	BUG_ON(mm->users <= 0);
	if (--mm->users) {
		/* What the leaving task changed (clear_child_tid) must reach the others. */
		space_flush(mm);
		return;
	}
	oom_forget(mm);
	mm_empty(mm);
	mm_drop(mm);
}

u64 mm_pagetable_bytes(const struct mm *mm)
{
	return pgtable_bytes(mm->pgd);
}

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

/* Is this the page under the stack pointer of the task that forks?  Both will write to it at
 * once: a copy now is cheaper than two faults. */
static bool hot_page(struct mm *from, unsigned long vpn)
{
	return from == current->mm && vpn == UPT_SP(&current->regs) >> PAGE_SHIFT;
}

/* The child gets a copy of a page that the parent keeps.  false: no memory, share it. */
static bool give_copy(struct vm_area *child, unsigned long vpn, struct page *page)
{
	struct page *copy = alloc_page_now(false);

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

/* The child's pages are readable at once, if few operations do it: what faults then is a write
 * for certain. */
static void map_ahead(struct vm_area *child, unsigned long vpn)
{
	struct mm *mm = child->mm;

	if (space_queue_length(mm) < MAP_AHEAD_OPS)
		space_map_page(mm, vpn, vma_rights(child, pte_get(mm->pgd, vpn)), true);
}

/* Shares the private pages of an area copy-on-write.  Pages of files are not copied: the cache
 * has them. */
static int share_pages(struct vm_area *vma, struct vm_area *child)
{
	struct mm *mm = vma->mm;
	unsigned long vpn = vma->start >> PAGE_SHIFT;
	pte_t pte;

	for_each_pte(mm->pgd, vpn, vma->end >> PAGE_SHIFT, pte) {
		struct page *page = pte_page(pte);

		if (!(pte & PTE_ANON))
			continue;
		if (pte & PTE_WRITE && hot_page(mm, vpn) && give_copy(child, vpn, page))
			continue;
		if (install_page(child, vpn, page, pte & (PTE_ANON | PTE_READ)))
			return -ENOMEM;
		page_get(page);
		map_ahead(child, vpn);
		if (!(pte & PTE_WRITE))
			continue;
		pte &= ~PTE_WRITE;
		pte_set(mm->pgd, vpn, pte);
		if (pte & PTE_SPACE_WRITE)
			space_map_page(mm, vpn, vma_rights(vma, pte), false);
	}
	return 0;
}

static int copy_areas(struct mm *mm, struct mm *from)
{
	struct vm_area *vma;
	int err = 0;

	list_for_each_entry(vma, &from->areas, list) {
		if (vma->flags & VM_DONTCOPY)
			continue;
		err = copy_area(mm, vma);
		if (!err && !(vma->flags & (VM_SHARED | VM_WIPEONFORK)))
			err = share_pages(vma, list_last_entry(&mm->areas, struct vm_area, list));
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
	int err;

	if (IS_ERR(mm))
		return mm;
	mutex_lock(&from->lock);
	copy_layout(mm, from);
	err = copy_areas(mm, from);
	mutex_unlock(&from->lock);
	if (err) {
		mm_put_users(mm);
		return ERR_PTR(err);
	}
	map_code(mm, from);
	return mm;
}
