/* munmap: areas and their pages go. */
#include "internal.h"
#include "um/syscall.h"

/* Empties [start, end).  The areas' structures go to `doomed`, for vma_free_list when the lock
 * is no longer held.  0, or -ENOMEM when a cut would make too many areas. */
int mm_unmap_locked(struct mm *mm, uaddr_t start, uaddr_t end, struct list_head *doomed)
{
	struct vm_area *vma = vma_first(mm, start, end);
	int err;

	if (!vma)
		return 0;
	err = vma_isolate(mm, start, end);
	if (err)
		return err;
	while ((vma = vma_first(mm, start, end))) {
		vma_unlink(vma);
		zap_range(vma, vma->start, vma->end);
		if (vma->flags & VM_ACCOUNT)
			vm_uncommit(vma_pages(vma));
		list_add_tail(&vma->list, doomed);
	}
	return 0;
}

int mm_unmap(struct mm *mm, uaddr_t addr, size_t len)
{
	LIST_HEAD(doomed);
	int err;

	if (addr & ~PAGE_MASK || addr > task_size || len > task_size - addr)
		return -EINVAL;
	len = PAGE_ALIGN(len);
	if (!len)
		return -EINVAL;
	mutex_lock(&mm->lock);
	err = mm_unmap_locked(mm, addr, addr + len, &doomed);
	mutex_unlock(&mm->lock);
	vma_free_list(&doomed);
	return err;
}

SYSCALL_DEFINE2(munmap, A_PTR, uaddr_t, addr, A_SIZE, size_t, len)
{
	return mm_unmap(current->mm, addr, len);
}
