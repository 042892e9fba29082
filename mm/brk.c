/* brk: the heap is the area that ends at mm->brk. */
#include "internal.h"
#include "um/syscall.h"

#define HEAP_FIRST 12UL	/* pages of a heap that are mapped as soon as they belong to it */

static bool room_above(struct mm *mm, uaddr_t old, uaddr_t end)
{
	struct vm_area *next = find_vma(mm, old);

	return end <= (task_size & PAGE_MASK) && (!next || end <= vma_gap_start(next));
}

static int heap_grow(struct mm *mm, uaddr_t old, uaddr_t end)
{
	unsigned flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT;
	unsigned long pages = (end - old) >> PAGE_SHIFT;

	if (mm->mlock_future)
		flags |= VM_LOCKED | (mm->mlock_onfault ? VM_LOCKONFAULT : 0);
	if (!room_above(mm, old, end) || !mm_may_expand(mm, flags, pages) ||
	    mm->map_count >= MAX_MAP_COUNT || vma_limit_reached())
		return -ENOMEM;
	if (flags & VM_LOCKED && mlock_allowed(mm, pages))
		return -EAGAIN;
	if (vm_commit(pages))
		return -ENOMEM;
	return 0;
}

static void heap_link(struct mm *mm, uaddr_t old, uaddr_t end)
{
	unsigned flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT;
	struct vm_area *prev, *vma;

	if (mm->mlock_future)
		flags |= VM_LOCKED | (mm->mlock_onfault ? VM_LOCKONFAULT : 0);
	prev = old ? find_vma(mm, old - 1) : NULL;
	if (prev && prev->end == old && prev->flags == flags && vma_anonymous(prev) &&
	    !prev->file && !prev->ops) {
		vma_resize(prev, prev->start, end); /* keeps how it is faulted in */
		vma_merge(prev);
		return;
	}
	vma = vma_new(mm, old, end, flags);
	vma_link(vma);
	vma_merge(vma);
}

/* A heap's first pages are written at once: a static program's TLS, then what malloc gives first.
 * Later on a heap grows before it is needed. */
static void heap_ahead(struct mm *mm, uaddr_t old, uaddr_t end)
{
	uaddr_t first_end = PAGE_ALIGN(mm->start_brk) + (HEAP_FIRST << PAGE_SHIFT);

	if (old < first_end)
		map_ahead(find_vma(mm, old), old, min(end, first_end));
}

static bool data_limit_ok(const struct mm *mm, uaddr_t brk)
{
	u64 limit = rlimit(RLIMIT_DATA);

	return limit == RLIM64_INFINITY ||
	       (u64)(brk - mm->start_brk) + (mm->end_data - mm->start_data) <= limit;
}

/* Moves the break, with the lock held; false: it stays. */
static bool brk_move(struct mm *mm, uaddr_t brk, struct list_head *doomed)
{
	uaddr_t old = PAGE_ALIGN(mm->brk), end = PAGE_ALIGN(brk);

	if (brk < mm->start_brk || end < brk || !data_limit_ok(mm, brk))
		return false;
	if (end < old && mm_unmap_locked(mm, end, old, doomed))
		return false;
	if (end > old) {
		if (heap_grow(mm, old, end))
			return false;
		heap_link(mm, old, end);
		heap_ahead(mm, old, end);
	}
	mm->brk = brk;
	return true;
}

/* The new break, or the old one if it cannot be moved, as brk(2)'s system call gives it. */
long mm_set_brk(struct mm *mm, uaddr_t brk)
{
	LIST_HEAD(doomed);
	uaddr_t old;

	mutex_lock(&mm->lock);
	old = PAGE_ALIGN(mm->brk);
	brk_move(mm, brk, &doomed);
	brk = mm->brk;
	mutex_unlock(&mm->lock);
	vma_free_list(&doomed);
	if (PAGE_ALIGN(brk) > old && mm->mlock_future && !mm->mlock_onfault)
		mm_populate(mm, old, PAGE_ALIGN(brk) - old);
	return (long)brk;
}

SYSCALL_DEFINE1(brk, A_PTR, uaddr_t, brk)
{
	return mm_set_brk(current->mm, brk);
}
