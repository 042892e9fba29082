/* madvise: what becomes of pages, by advice. */
#include <linux/falloc.h>

#include "internal.h"
#include "um/fs.h"
#include "um/syscall.h"

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24 /* <asm-generic/mman-common.h> since Linux 5.18 */
#endif

static int advise_dontneed(struct vm_area *vma, uaddr_t start, uaddr_t end, int advice)
{
	if (vma->flags & VM_LOCKED && advice != MADV_DONTNEED_LOCKED)
		return -EINVAL;
	if (advice == MADV_FREE && !vma_anonymous(vma))
		return -EINVAL;
	zap_range(vma, start, end);
	return 0;
}

static int flags_advised(struct vm_area *vma, int advice, unsigned *flags)
{
	*flags = vma->flags;
	switch (advice) {
	case MADV_DONTFORK:
		*flags |= VM_DONTCOPY;
		break;
	case MADV_DOFORK:
		*flags &= ~(unsigned)VM_DONTCOPY;
		break;
	case MADV_WIPEONFORK:
		if (vma->file || vma->flags & VM_SHARED)
			return -EINVAL;
		*flags |= VM_WIPEONFORK;
		break;
	case MADV_KEEPONFORK:
		*flags &= ~(unsigned)VM_WIPEONFORK;
		break;
	case MADV_DONTDUMP:
		*flags |= VM_DONTDUMP;
		break;
	case MADV_DODUMP:
		*flags &= ~(unsigned)VM_DONTDUMP;
		break;
	}
	return 0;
}

static int advise_flags(struct vm_area *vma, uaddr_t start, uaddr_t end, int advice)
{
	struct mm *mm = vma->mm;
	unsigned flags;
	int err = flags_advised(vma, advice, &flags);

	if (err || flags == vma->flags)
		return err;
	if (vma_isolate(mm, start, end))
		return -EAGAIN; /* as Linux tells it for these */
	vma = find_vma(mm, start);
	vma_change_flags(vma, flags);
	vma_merge(vma);
	return 0;
}

/* Reads a file's pages ahead.  Sleeps, so it holds the file and not the lock. */
static void read_ahead(struct file *file, struct address_space *mapping, unsigned long index,
		       unsigned long nr)
{
	u64 size = (u64)max(mapping->host->size, (loff_t)0);

	for (unsigned long i = 0; i < nr; i++) {
		struct page *page;

		if (((u64)index + i) << PAGE_SHIFT >= size || fatal_signal_pending(current))
			break;
		if (cached_page(mapping, index + i))
			continue;
		page = read_page(mapping, index + i, 32);
		if (IS_ERR(page))
			break;
		page_put(page);
		if (memory_low(8))
			break;
	}
	fput(file);
}

static int advise_willneed(struct vm_area *vma, uaddr_t start, uaddr_t end)
{
	struct address_space *mapping = vma->mapping;
	struct mm *mm = vma->mm;
	unsigned long index;
	struct file *file;

	if (!mapping || mapping_is_home(mapping))
		return 0;
	index = vma_index(vma, start);
	file = file_get(vma->file);
	mutex_unlock(&mm->lock);
	read_ahead(file, mapping, index, (end - start) >> PAGE_SHIFT);
	mutex_lock(&mm->lock);
	return 0;
}

/* Punches a hole into the file behind a shared area. */
static int advise_remove(struct vm_area *vma, uaddr_t start, uaddr_t end)
{
	struct mm *mm = vma->mm;
	struct file *file;
	loff_t offset;
	int err;

	if (vma->flags & VM_LOCKED || !vma->file || !vma->mapping)
		return -EINVAL;
	if ((vma->flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE))
		return -EACCES;
	if (!vma->file->ops->fallocate)
		return -EOPNOTSUPP;
	offset = (loff_t)vma_index(vma, start) << PAGE_SHIFT;
	file = file_get(vma->file);
	mutex_unlock(&mm->lock);
	err = file->ops->fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
				   (loff_t)(end - start));
	fput(file);
	mutex_lock(&mm->lock);
	return err;
}

/* One area's part of the advice.  May let go of the lock for a while. */
static int advise_area(struct vm_area *vma, uaddr_t start, uaddr_t end, int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
		return advise_dontneed(vma, start, end, advice);
	case MADV_WILLNEED:
		return advise_willneed(vma, start, end);
	case MADV_REMOVE:
		return advise_remove(vma, start, end);
	case MADV_COLD:
	case MADV_PAGEOUT:
		return vma->flags & VM_LOCKED ? -EINVAL : 0;
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
		return advise_flags(vma, start, end, advice);
	}
	return 0; /* hints about what only speeds things up */
}

static int advise_range(struct mm *mm, uaddr_t start, uaddr_t end, int advice)
{
	int result = 0;

	while (start < end) {
		struct vm_area *vma = find_vma(mm, start);
		uaddr_t next;
		int err;

		if (!vma || vma->start >= end)
			return -ENOMEM;
		if (vma->start > start) {
			result = -ENOMEM; /* a hole: told at the end */
			start = vma->start;
		}
		next = min(vma->end, end);
		err = advise_area(vma, start, next, advice);
		if (err)
			return err;
		start = next;
	}
	return result;
}

/* MADV_POPULATE_READ and _WRITE: like faults, but with an error instead of a signal. */
static int advise_populate(struct mm *mm, uaddr_t start, uaddr_t end, bool write)
{
	for (; start < end; start += PAGE_SIZE) {
		struct vm_area *vma = find_vma(mm, start);
		int sig, code, err;

		if (!vma || vma->start > start)
			return -ENOMEM;
		if (!(vma->flags & (write ? VM_WRITE : VM_READ)))
			return -EINVAL;
		if (page_populated(mm, start, write ? PTE_WRITE : PTE_READ))
			continue;
		err = mm_fault(mm, start, write ? FAULT_WRITE : FAULT_READ, &sig, &code);
		if (err == -EFAULT)
			return sig == SIGBUS ? -EFAULT : -ENOMEM;
		if (err)
			return err;
	}
	return 0;
}

static bool known_advice(int advice)
{
	switch (advice) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return true;
	}
	return false;
}

/* Checks and gives advice; another process's mm takes only what process_madvise(2) lets through. */
int do_madvise(struct mm *mm, uaddr_t start, size_t len, int advice)
{
	size_t aligned = PAGE_ALIGN(len);
	uaddr_t end = start + aligned;
	int err;

	if (!known_advice(advice) || start & ~PAGE_MASK || (len && !aligned) || end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return advise_populate(mm, start, end, advice == MADV_POPULATE_WRITE);
	mutex_lock(&mm->lock);
	err = advise_range(mm, start, end, advice);
	mutex_unlock(&mm->lock);
	return err;
}

SYSCALL_DEFINE3(madvise, A_PTR, uaddr_t, start, A_SIZE, size_t, len, A_MADVICE, int, advice)
{
	return do_madvise(current->mm, start, len, advice);
}
