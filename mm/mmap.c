/*
 * mmap: the checks of mmap(2) in Linux's order, the search for a place, and the new area.
 */
#include <linux/personality.h>

#include "internal.h"
#include "um/fs.h"
#include "um/rewrite.h"
#include "um/syscall.h"
#include "um/uaccess.h"

/* Flags that MAP_SHARED_VALIDATE knows. */
#define KNOWN_FLAGS                                                                                \
	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE |   \
	 MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB |      \
	 MAP_FIXED_NOREPLACE | MAP_OLD_32BIT)
#ifdef MAP_32BIT
#define MAP_OLD_32BIT MAP_32BIT
#else
#define MAP_OLD_32BIT 0
#endif
#define LOW_2G (2UL << 30)

struct map_request {
	struct mm *mm;
	uaddr_t addr;
	size_t len;		/* page-aligned */
	int prot, flags;
	unsigned vm_flags;
	struct file *file;	/* the caller's, or NULL */
	u64 offset;
};

/* How far up a place that is searched for may go below `next`. */
static uaddr_t gap_end_below(const struct vm_area *next)
{
	uaddr_t end = vma_gap_start(next);

	return end > PAGE_SIZE && rewrite_wants_gap(next) ? end - PAGE_SIZE : end;
}

/* The highest free range in [low, high), or -ENOMEM. */
static long search_down(struct mm *mm, size_t len, uaddr_t low, uaddr_t high)
{
	struct vm_area *next = find_vma(mm, high - 1), *prev;

	if (next)
		prev = vma_prev(next);
	else
		prev = list_empty(&mm->areas) ? NULL :
						list_last_entry(&mm->areas, struct vm_area, list);
	for (;;) {
		uaddr_t gap_start = prev ? max(prev->end, low) : low;
		uaddr_t gap_end = next ? min(high, vma_gap_start(next)) : high;

		if (gap_end > gap_start && gap_end - gap_start >= len) {
			gap_end = next ? min(gap_end, gap_end_below(next)) : gap_end;
			if (gap_end > gap_start && gap_end - gap_start >= len)
				return (long)(gap_end - len);
		}
		if (!prev || prev->start <= low)
			return -ENOMEM;
		next = prev;
		prev = vma_prev(prev);
	}
}

/* The lowest free range in [low, high), or -ENOMEM. */
static long search_up(struct mm *mm, size_t len, uaddr_t low, uaddr_t high)
{
	struct vm_area *vma = find_vma(mm, low);

	for (; vma; vma = vma_next(vma)) {
		uaddr_t gap_end = min(gap_end_below(vma), high);

		if (gap_end > low && gap_end - low >= len)
			return (long)low;
		low = max(low, vma->end);
	}
	return high > low && high - low >= len ? (long)low : -ENOMEM;
}

static bool range_free(struct mm *mm, uaddr_t addr, size_t len)
{
	struct vm_area *vma = find_vma(mm, addr), *prev;

	if (vma && addr + len > vma_gap_start(vma))
		return false;
	prev = vma ? vma_prev(vma) :
		     (list_empty(&mm->areas) ? NULL :
					       list_last_entry(&mm->areas, struct vm_area, list));
	return !prev || prev->end <= addr;
}

/* A free place of len bytes: at the hint if that is free, else the highest below mmap_base.
 * The address or -ENOMEM. */
long find_free_range(struct mm *mm, uaddr_t hint, size_t len, int flags)
{
	long addr;

	if (len > task_size - MMAP_MIN_ADDR)
		return -ENOMEM;
	if (hint && hint <= task_size - len && range_free(mm, hint, len))
		return (long)hint;
	if (MAP_OLD_32BIT && flags & MAP_OLD_32BIT)
		return search_up(mm, len, LOW_2G / 2, LOW_2G);
	addr = search_down(mm, len, MMAP_MIN_ADDR, mm->mmap_base);
	if (addr < 0 && addr >= -MAX_ERRNO)
		addr = search_up(mm, len, PAGE_ALIGN(task_size / 3), task_size & PAGE_MASK);
	return addr;
}

static bool is_error(long result)
{
	return (unsigned long)result >= (unsigned long)-MAX_ERRNO;
}

/* Where the new area goes.  The address or -errno. */
static long choose_place(const struct map_request *rq)
{
	uaddr_t hint = rq->addr & PAGE_MASK;

	if (!(rq->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		if (hint && hint < MMAP_MIN_ADDR)
			hint = MMAP_MIN_ADDR;
		return find_free_range(rq->mm, hint, rq->len, rq->flags);
	}
	if (rq->len > task_size || rq->addr > task_size - rq->len)
		return -ENOMEM;
	if (rq->addr & ~PAGE_MASK)
		return -EINVAL;
	if (rq->addr < MMAP_MIN_ADDR && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (rq->flags & MAP_FIXED_NOREPLACE && vma_first(rq->mm, rq->addr, rq->addr + rq->len))
		return -EEXIST;
	return (long)rq->addr;
}

static int check_shared_file(struct map_request *rq)
{
	struct file *file = rq->file;

	if ((rq->flags & MAP_TYPE) == MAP_SHARED_VALIDATE && rq->flags & ~KNOWN_FLAGS)
		return -EOPNOTSUPP;
	if (rq->prot & PROT_WRITE && !(file->mode & FMODE_WRITE))
		return -EACCES;
	if (file->inode->flags & S_APPEND_INODE && file->mode & FMODE_WRITE)
		return -EACCES;
	rq->vm_flags |= VM_SHARED | VM_MAYSHARE;
	if (!(file->mode & FMODE_WRITE))
		rq->vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
	return 0;
}

static int check_file(struct map_request *rq)
{
	struct file *file = rq->file;
	int type = rq->flags & MAP_TYPE, err;

	if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE) {
		err = check_shared_file(rq);
		if (err)
			return err;
	} else if (type != MAP_PRIVATE) {
		return -EINVAL;
	}
	if (!(file->mode & FMODE_READ))
		return -EACCES;
	if (file->path.mnt && file->path.mnt->flags & MS_NOEXEC) {
		if (rq->vm_flags & VM_EXEC)
			return -EPERM;
		rq->vm_flags &= ~VM_MAYEXEC;
	}
	if (!file->ops->mmap)
		return -ENODEV;
	return rq->vm_flags & VM_GROWSDOWN ? -EINVAL : 0;
}

static int check_anonymous(struct map_request *rq)
{
	switch (rq->flags & MAP_TYPE) {
	case MAP_SHARED:
		if (rq->vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		rq->vm_flags |= VM_SHARED | VM_MAYSHARE;
		rq->offset = 0;
		return 0;
	case MAP_PRIVATE:
		return 0;
	}
	return -EINVAL;
}

static unsigned flags_of(const struct map_request *rq)
{
	unsigned flags = (unsigned)rq->prot & (PROT_READ | PROT_WRITE | PROT_EXEC);

	flags |= VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	if (rq->flags & MAP_GROWSDOWN)
		flags |= VM_GROWSDOWN;
	if (rq->file && rq->flags & MAP_DENYWRITE)
		flags |= VM_SEGMENT;
	if (rq->flags & MAP_LOCKED || rq->mm->mlock_future)
		flags |= VM_LOCKED;
	if (rq->mm->mlock_future && rq->mm->mlock_onfault)
		flags |= VM_LOCKONFAULT;
	return flags;
}

static int check_request(struct map_request *rq)
{
	int err = 0;

	rq->vm_flags = flags_of(rq);
	if (rq->flags & MAP_LOCKED && !can_mlock())
		return -EPERM;
	if (rq->vm_flags & VM_LOCKED)
		err = mlock_allowed(rq->mm, rq->len >> PAGE_SHIFT);
	if (err)
		return err;
	err = rq->file ? check_file(rq) : check_anonymous(rq);
	if (err)
		return err;
	if (rq->flags & MAP_NORESERVE && sysctl_overcommit_memory != 2)
		rq->vm_flags |= VM_NORESERVE;
	return 0;
}

/* The file's own part of the area: mapping and operations.  A shared anonymous area gets a file
 * that has no name. */
static int attach_file(struct vm_area *vma, const struct map_request *rq)
{
	if (rq->file) {
		vma->file = file_get(rq->file);
		vma->pgoff = (unsigned long)(rq->offset >> PAGE_SHIFT);
	} else if (rq->vm_flags & VM_SHARED) {
		struct file *file = shmem_file("dev/zero", rq->len, 0);

		if (IS_ERR(file))
			return (int)PTR_ERR(file);
		vma->file = file;
	} else {
		return 0;
	}
	return vma->file->ops->mmap(vma->file, vma);
}

/* Pages of [start, end) that are mapped now and would be replaced. */
static unsigned long mapped_in(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct vm_area *vma = vma_first(mm, start, end);
	unsigned long pages = 0;

	for (; vma && vma->start < end; vma = vma_next(vma))
		pages += (min(vma->end, end) - max(vma->start, start)) >> PAGE_SHIFT;
	return pages;
}

static bool may_expand(const struct map_request *rq, uaddr_t addr)
{
	unsigned long pages = rq->len >> PAGE_SHIFT;

	if (mm_may_expand(rq->mm, rq->vm_flags, pages))
		return true;
	return mm_may_expand(rq->mm, rq->vm_flags,
			     pages - mapped_in(rq->mm, addr, addr + rq->len));
}

/* Makes the area; the place and the request have been checked. */
static int map_area(struct map_request *rq, uaddr_t addr, struct list_head *doomed)
{
	unsigned long pages = rq->len >> PAGE_SHIFT;
	struct vm_area *vma;
	int err;

	if (!may_expand(rq, addr) || vma_limit_reached())
		return -ENOMEM;
	if (VM_ACCOUNTABLE(rq->vm_flags)) {
		if (vm_commit(pages))
			return -ENOMEM;
		rq->vm_flags |= VM_ACCOUNT;
	}
	vma = vma_new(rq->mm, addr, addr + rq->len, rq->vm_flags);
	err = attach_file(vma, rq);
	if (err)
		goto no_file;
	err = mm_unmap_locked(rq->mm, addr, addr + rq->len, doomed);
	if (err)
		goto drop_area;
	vma_link(vma);
	vma_merge(vma);
	return 0;

no_file:
	vma->ops = NULL; /* the file did not take it: nothing to close */
drop_area:
	list_add_tail(&vma->list, doomed);
	if (rq->vm_flags & VM_ACCOUNT)
		vm_uncommit(pages);
	return err;
}

/* Is it what a dynamic linker maps last of a library's file, and writes to at once? */
static bool is_library_data(const struct map_request *rq)
{
	const int flags = MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE;

	return rq->file && (rq->flags & flags) == flags && rq->prot & PROT_WRITE;
}

/* Pages for a new area of current's: at once, or when a dynamic linker has made all its areas. */
static void new_area_ahead(const struct map_request *rq, uaddr_t addr)
{
	if (rq->mm != current->mm) /* exec looks at all of them when they are in place */
		return;
	if (!(rq->flags & (MAP_FIXED | MAP_DENYWRITE)))
		map_ahead(find_vma(rq->mm, addr), addr, addr + rq->len);
	else
		ahead_note(rq->mm, addr, addr + rq->len);
	if (is_library_data(rq))
		ahead_run(rq->mm);
}

static long map_locked(struct map_request *rq, struct list_head *doomed)
{
	long addr;
	int err;

	if (rq->mm->map_count > MAX_MAP_COUNT)
		return -ENOMEM;
	addr = choose_place(rq);
	if (is_error(addr))
		return addr;
	err = check_request(rq);
	if (!err)
		err = map_area(rq, (uaddr_t)addr, doomed);
	if (!err)
		new_area_ahead(rq, (uaddr_t)addr);
	return err ? err : addr;
}

static bool implies_exec(const struct map_request *rq)
{
	if (!(rq->prot & PROT_READ) || !(current->personality & READ_IMPLIES_EXEC))
		return false;
	return !rq->file || !rq->file->path.mnt || !(rq->file->path.mnt->flags & MS_NOEXEC);
}

static bool wants_populate(const struct map_request *rq)
{
	if (rq->vm_flags & VM_LOCKED)
		return !(rq->vm_flags & VM_LOCKONFAULT);
	return (rq->flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE;
}

long mm_map(struct mm *mm, uaddr_t addr, size_t len, int prot, int flags, struct file *file,
	    u64 offset)
{
	struct map_request rq = { mm, addr, PAGE_ALIGN(len), prot, flags, 0, file, offset };
	LIST_HEAD(doomed);
	long result;

	if (offset & ~PAGE_MASK || !len)
		return -EINVAL;
	if (!rq.len)
		return -ENOMEM;
	if (offset >> PAGE_SHIFT > ULONG_MAX - (rq.len >> PAGE_SHIFT))
		return -EOVERFLOW;
	if (flags & MAP_HUGETLB)
		return -ENOMEM; /* there is no pool of huge pages */
	if (implies_exec(&rq))
		rq.prot |= PROT_EXEC;
	mutex_lock(&mm->lock);
	result = map_locked(&rq, &doomed);
	mutex_unlock(&mm->lock);
	vma_free_list(&doomed);
	if (!is_error(result) && wants_populate(&rq))
		mm_populate(mm, (uaddr_t)result, rq.len);
	return result;
}

static long map_descriptor(uaddr_t addr, size_t len, int prot, int flags, int fd, u64 offset)
{
	struct file *file = NULL;
	long result;

	if (!(flags & MAP_ANONYMOUS)) {
		file = fget_io(fd);
		if (!file)
			return -EBADF;
	}
	result = mm_map(current->mm, addr, len, prot, flags, file, offset);
	if (file)
		fput(file);
	return result;
}

static long map_at_byte(uaddr_t addr, size_t len, int prot, int flags, int fd, unsigned long offset)
{
	if (offset & ~PAGE_MASK)
		return -EINVAL;
	return map_descriptor(addr, len, prot, flags, fd, offset);
}

#if ARCH_OLD_MMAP
/* All six arguments, in memory: mmap(2), "C library/kernel differences". */
struct mmap_args {
	unsigned long addr, len, prot, flags, fd, offset;
};

SYSCALL_DEFINE1(mmap, A_PTR, uaddr_t, uargs)
{
	struct mmap_args args;

	if (get_user(args, uargs))
		return -EFAULT;
	return map_at_byte(args.addr, args.len, (int)args.prot, (int)args.flags, (int)args.fd,
			   args.offset);
}
#else
SYSCALL_DEFINE6(mmap, A_PTR, uaddr_t, addr, A_SIZE, size_t, len, A_PROT, int, prot,
		A_MAPFLAGS, int, flags, A_FD, int, fd, A_HEX, unsigned long, offset)
{
	return map_at_byte(addr, len, prot, flags, fd, offset);
}
#endif

/* The offset counts units of 4096 bytes, whatever the page size. */
SYSCALL_DEFINE6(mmap2, A_PTR, uaddr_t, addr, A_SIZE, size_t, len, A_PROT, int, prot,
		A_MAPFLAGS, int, flags, A_FD, int, fd, A_HEX, unsigned long, pgoff)
{
	u64 offset = (u64)pgoff << 12;

	return offset & ~PAGE_MASK ? -EINVAL : map_descriptor(addr, len, prot, flags, fd, offset);
}

bool page_populated(struct mm *mm, uaddr_t addr, pte_t need)
{
	unsigned long vpn = addr >> PAGE_SHIFT;
	pte_t pte = pte_get(mm->pgd, vpn);

	if (!pte || (pte & need) != need)
		return false;
	if (pte & PTE_AROUND)
		pte_set(mm->pgd, vpn, pte & ~PTE_AROUND);
	return true;
}

/* The pages are made present as far as that is possible. */
void mm_populate(struct mm *mm, uaddr_t start, size_t len)
{
	uaddr_t end = start + len, addr = start;

	while (addr < end && !(mm == current->mm && fatal_signal_pending(current))) {
		struct vm_area *vma = find_vma(mm, addr);
		bool write;
		int sig, code;

		if (!vma || vma->start >= end)
			return;
		addr = max(addr, vma->start);
		if (!(vma->flags & VM_ACCESS)) {
			addr = vma->end;
			continue;
		}
		write = (vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
		if (!page_populated(mm, addr, write ? PTE_WRITE : 0) &&
		    mm_fault(mm, addr, write ? FAULT_WRITE : FAULT_READ, &sig, &code))
			return;
		addr += PAGE_SIZE;
	}
}
