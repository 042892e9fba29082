/* mlock and its kind.  There is no swap: a locked page is one that is present, counted against
 * RLIMIT_MEMLOCK, and left alone by reclaim. */
#include "internal.h"
#include "um/syscall.h"

#define LOCK_FLAGS ((unsigned)(VM_LOCKED | VM_LOCKONFAULT))

/* Sets the lock flags of all areas in [start, end): -ENOMEM at a hole, after what came before. */
static int lock_range(struct mm *mm, uaddr_t start, uaddr_t end, unsigned lock)
{
	while (start < end) {
		struct vm_area *vma = find_vma(mm, start);
		unsigned flags;
		uaddr_t next;

		if (!vma || vma->start > start)
			return -ENOMEM;
		next = min(vma->end, end);
		flags = (vma->flags & ~LOCK_FLAGS) | lock;
		if (flags != vma->flags) {
			if (vma_isolate(mm, start, next))
				return -ENOMEM;
			vma = find_vma(mm, start);
			vma_change_flags(vma, flags);
			vma_merge(vma);
		}
		start = next;
	}
	return 0;
}

/* Pages of [start, end) that are locked already and so count once. */
static unsigned long locked_in(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct vm_area *vma = vma_first(mm, start, end);
	unsigned long pages = 0;

	for (; vma && vma->start < end; vma = vma_next(vma))
		if (vma->flags & VM_LOCKED)
			pages += (min(vma->end, end) - max(vma->start, start)) >> PAGE_SHIFT;
	return pages;
}

/* Makes the range present.  Pages that are not there for a reason are errors here. */
static int fault_in(struct mm *mm, uaddr_t start, uaddr_t end)
{
	for (; start < end; start += PAGE_SIZE) {
		struct vm_area *vma = find_vma(mm, start);
		bool write;
		int sig, code;

		if (!vma || vma->start > start)
			return -ENOMEM;
		write = (vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
		if (page_populated(mm, start, write ? PTE_WRITE : 0))
			continue;
		if (!(vma->flags & VM_ACCESS))
			return -ENOMEM;
		switch (mm_fault(mm, start, write ? FAULT_WRITE : FAULT_READ, &sig, &code)) {
		case 0:
			break;
		case -EINTR:
			return -EINTR;
		case -EFAULT:
			return -ENOMEM;
		default:
			return -EAGAIN;
		}
	}
	return 0;
}

static long do_mlock(uaddr_t addr, size_t len, unsigned lock)
{
	struct mm *mm = current->mm;
	uaddr_t start = addr & PAGE_MASK, end;
	unsigned long pages;
	int err;

	if (!can_mlock())
		return -EPERM;
	len = PAGE_ALIGN(len + (addr & ~PAGE_MASK));
	end = start + len;
	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	mutex_lock(&mm->lock);
	pages = (len >> PAGE_SHIFT) - locked_in(mm, start, end);
	err = mlock_allowed(mm, pages) ? -ENOMEM : lock_range(mm, start, end, lock);
	mutex_unlock(&mm->lock);
	if (!err && !(lock & VM_LOCKONFAULT))
		err = fault_in(mm, start, end);
	return err;
}

SYSCALL_DEFINE2(mlock, A_PTR, uaddr_t, addr, A_SIZE, size_t, len)
{
	return do_mlock(addr, len, VM_LOCKED);
}

SYSCALL_DEFINE3(mlock2, A_PTR, uaddr_t, addr, A_SIZE, size_t, len, A_HEX, int, flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return do_mlock(addr, len, flags ? LOCK_FLAGS : VM_LOCKED);
}

SYSCALL_DEFINE2(munlock, A_PTR, uaddr_t, addr, A_SIZE, size_t, len)
{
	struct mm *mm = current->mm;
	uaddr_t start = addr & PAGE_MASK, end;
	int err;

	len = PAGE_ALIGN(len + (addr & ~PAGE_MASK));
	end = start + len;
	if (end < start)
		return -EINVAL;
	mutex_lock(&mm->lock);
	err = lock_range(mm, start, end, 0);
	mutex_unlock(&mm->lock);
	return err;
}

/* Areas may be joined on the way: goes by address. */
static void lock_all(struct mm *mm, unsigned lock)
{
	struct vm_area *vma = find_vma(mm, 0);

	while (vma) {
		uaddr_t next = vma->end;

		lock_range(mm, vma->start, vma->end, lock);
		vma = find_vma(mm, next);
	}
}

SYSCALL_DEFINE1(mlockall, A_HEX, int, flags)
{
	struct mm *mm = current->mm;
	bool onfault = flags & MCL_ONFAULT;
	bool fits;

	if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (!can_mlock())
		return -EPERM;
	mutex_lock(&mm->lock);
	fits = !(flags & MCL_CURRENT) || capable(CAP_IPC_LOCK) ||
	       mm->total_vm <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	if (fits) {
		mm->mlock_future = flags & MCL_FUTURE;
		mm->mlock_onfault = mm->mlock_future && onfault;
	}
	if (fits && flags & MCL_CURRENT)
		lock_all(mm, onfault ? LOCK_FLAGS : VM_LOCKED);
	mutex_unlock(&mm->lock);
	if (!fits)
		return -ENOMEM;
	if (flags & MCL_CURRENT && !onfault)
		mm_populate(mm, 0, task_size & PAGE_MASK);
	return 0;
}

SYSCALL_DEFINE0(munlockall)
{
	struct mm *mm = current->mm;

	mutex_lock(&mm->lock);
	mm->mlock_future = mm->mlock_onfault = false;
	lock_all(mm, 0);
	mutex_unlock(&mm->lock);
	return 0;
}
