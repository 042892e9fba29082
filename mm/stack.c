/* Stacks grow down to where they are touched, up to their limit and their neighbour. */
#include "internal.h"

/* Lets a stack area grow down to addr.  0, or -ENOMEM when a limit or a neighbour forbids it. */
int stack_expand(struct vm_area *vma, uaddr_t addr)
{
	struct mm *mm = vma->mm;
	struct vm_area *prev = vma_prev(vma);
	uaddr_t start = addr & PAGE_MASK;
	unsigned long grow = (vma->start - start) >> PAGE_SHIFT;

	if (start < MMAP_MIN_ADDR)
		return -ENOMEM;
	if (prev && !(prev->flags & VM_GROWSDOWN) && prev->flags & VM_ACCESS &&
	    start < prev->end + STACK_GUARD_GAP)
		return -ENOMEM;
	if (prev && start < prev->end)
		return -ENOMEM;
	if (vma->end - start > rlimit(RLIMIT_STACK) || !mm_may_expand(mm, vma->flags, grow))
		return -ENOMEM;
	if (vma->flags & VM_LOCKED && mlock_allowed(mm, grow))
		return -ENOMEM;
	if (vma->flags & VM_ACCOUNT && vm_commit(grow))
		return -ENOMEM;
	vma_resize(vma, start, vma->end);
	return 0;
}
