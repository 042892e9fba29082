/* msync and mincore: areas against the files and pages behind them. */
#include "internal.h"
#include "um/fs.h"
#include "um/os_heap.h"
#include "um/syscall.h"
#include "um/uaccess.h"

/* Writes the part [start, end) of a shared area back, without the lock. */
static int sync_area(struct vm_area *vma, uaddr_t start, uaddr_t end)
{
	struct mm *mm = vma->mm;
	struct file *file = file_get(vma->file);
	loff_t from = (loff_t)vma_index(vma, start) << PAGE_SHIFT;
	int err = 0;

	mutex_unlock(&mm->lock);
	if (file->ops->fsync)
		err = file->ops->fsync(file, from, from + (loff_t)(end - start) - 1, true);
	fput(file);
	mutex_lock(&mm->lock);
	return err;
}

static int sync_range(struct mm *mm, uaddr_t start, uaddr_t end, int flags)
{
	int result = 0;

	while (start < end) {
		struct vm_area *vma = find_vma(mm, start);
		uaddr_t next;
		int err;

		if (!vma || vma->start >= end)
			return -ENOMEM;
		if (vma->start > start) {
			result = -ENOMEM;
			start = vma->start;
		}
		if (flags & MS_INVALIDATE && vma->flags & VM_LOCKED)
			return -EBUSY;
		next = min(vma->end, end);
		if (flags & MS_SYNC && vma->file && vma->flags & VM_SHARED) {
			err = sync_area(vma, start, next);
			if (err)
				return err;
		}
		start = next;
	}
	return result;
}

SYSCALL_DEFINE3(msync, A_PTR, uaddr_t, start, A_SIZE, size_t, len, A_HEX, int, flags)
{
	struct mm *mm = current->mm;
	uaddr_t end = start + PAGE_ALIGN(len);
	int err;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || start & ~PAGE_MASK ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (end < start)
		return -ENOMEM;
	if (end == start)
		return 0;
	mutex_lock(&mm->lock);
	err = sync_range(mm, start, end, flags);
	mutex_unlock(&mm->lock);
	return err;
}

/* Whether the guest may learn what is cached of this file: if it could write it, or owns it. */
static bool may_ask(const struct vm_area *vma)
{
	return !vma->file || !vma->mapping || mapping_is_home(vma->mapping) ||
	       inode_owner_or_capable(vma->file->inode) ||
	       !inode_permission(vma->file->inode, MAY_WRITE);
}

static bool in_cache(const struct vm_area *vma, uaddr_t addr)
{
	struct page *page;

	if (!vma->mapping)
		return false;
	page = cached_page(vma->mapping, vma_index(vma, addr));
	return page && page->flags & PG_UPTODATE;
}

/* Has a page that was mapped ahead of its use been touched?  If K gave it out fresh, the host
 * knows; if K cleared it, it still is clear. */
static bool page_touched(const struct page *page)
{
	static const char zeroes[256];
	const char *at = page_address(page);

	if (page->flags & PG_ZERO)
		return os_page_exists(at);
	for (size_t i = 0; i < PAGE_SIZE; i += sizeof(zeroes))
		if (memcmp(at + i, zeroes, sizeof(zeroes)))
			return true;
	return false;
}

/* Pages that were mapped ahead count only once somebody has touched them. */
static bool page_resident(const struct vm_area *vma, uaddr_t addr, bool ask)
{
	pte_t pte = pte_get(vma->mm->pgd, addr >> PAGE_SHIFT);

	if (!pte)
		return !ask || in_cache(vma, addr);
	return !(pte & PTE_AROUND && pte & PTE_ANON) || page_touched(pte_page(pte));
}

/* Fills up to n bytes of vec; how many pages it says something about, or -ENOMEM. */
static long resident_chunk(struct mm *mm, uaddr_t addr, unsigned long n, u8 *vec)
{
	struct vm_area *vma = find_vma(mm, addr);
	unsigned long i;
	bool ask;

	if (!vma || vma->start > addr)
		return -ENOMEM;
	n = min(n, (vma->end - addr) >> PAGE_SHIFT);
	ask = may_ask(vma);
	for (i = 0; i < n; i++)
		vec[i] = page_resident(vma, addr + (i << PAGE_SHIFT), ask);
	return (long)n;
}

SYSCALL_DEFINE3(mincore, A_PTR, uaddr_t, start, A_SIZE, size_t, len, A_PTR, uaddr_t, uvec)
{
	unsigned long pages = (len >> PAGE_SHIFT) + !!(len & ~PAGE_MASK);
	struct mm *mm = current->mm;
	u8 vec[256];

	if (start & ~PAGE_MASK)
		return -EINVAL;
	if (start > task_size || len > task_size - start)
		return -ENOMEM;
	if (uvec > task_size || pages > task_size - uvec)
		return -EFAULT;
	while (pages) {
		long n;

		mutex_lock(&mm->lock);
		n = resident_chunk(mm, start, min(pages, sizeof(vec)), vec);
		mutex_unlock(&mm->lock);
		if (n < 0)
			return n;
		if (copy_to_user(uvec, vec, (size_t)n))
			return -EFAULT;
		start += (uaddr_t)n << PAGE_SHIFT;
		uvec += (uaddr_t)n;
		pages -= (unsigned long)n;
	}
	return 0;
}
