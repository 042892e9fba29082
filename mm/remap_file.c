/* remap_file_pages(2): as Linux since 4.0, a new mapping of the same file in place of the old. */
#include "internal.h"
#include "um/fs.h"
#include "um/sched.h"
#include "um/syscall.h"

/* [start, end) lies in areas like `vma`, the first, without a hole. */
static bool one_mapping(const struct vm_area *vma, uaddr_t end)
{
	const struct vm_area *prev = vma, *next;

	for (; prev->end < end; prev = next) {
		next = vma_next(prev);
		if (!next || next->start != prev->end || next->file != vma->file ||
		    next->flags != vma->flags)
			return false;
	}
	return true;
}

static int area_prot(const struct vm_area *vma)
{
	return (vma->flags & VM_READ ? PROT_READ : 0) | (vma->flags & VM_WRITE ? PROT_WRITE : 0) |
	       (vma->flags & VM_EXEC ? PROT_EXEC : 0);
}

SYSCALL_DEFINE5(remap_file_pages, A_PTR, uaddr_t, start, A_SIZE, size_t, size, A_PROT,
		unsigned long, prot, A_HEX, unsigned long, pgoff, A_MAPFLAGS, unsigned long, flags)
{
	const struct vm_area *vma;
	struct file *file;
	long result;

	start &= PAGE_MASK;
	size &= PAGE_MASK;
	if (prot || start + size <= start || pgoff + (size >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	vma = find_vma(current->mm, start);
	if (!vma || vma->start > start || !(vma->flags & VM_SHARED) || !vma->file ||
	    !one_mapping(vma, start + size))
		return -EINVAL;
	flags = (flags & MAP_NONBLOCK) | MAP_SHARED | MAP_FIXED | MAP_POPULATE;
	if (vma->flags & VM_LOCKED)
		flags |= MAP_LOCKED;
	file = file_get(vma->file);
	result = mm_map(current->mm, start, size, area_prot(vma), (int)flags, file,
			(u64)pgoff << PAGE_SHIFT);
	fput(file);
	return result < 0 && result >= -MAX_ERRNO ? result : 0;
}
