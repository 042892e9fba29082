/* mremap: areas change size or place; their pages move with them. */
#include "internal.h"
#include "um/fs.h"
#include "um/syscall.h"

#define KNOWN_FLAGS (MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)

struct remap {
	struct mm *mm;
	uaddr_t addr, new_addr;
	size_t old_len, new_len;	/* page-aligned */
	unsigned long flags;
	struct list_head doomed;
	bool populate;			/* what has been added is in a locked area */
};

/* The area, if [addr, addr + old_len) of it may become new_len long; ERR_PTR. */
static struct vm_area *check_resize(const struct remap *r)
{
	struct vm_area *vma = find_vma(r->mm, r->addr);
	unsigned long grow;
	int err;

	if (!vma || vma->start > r->addr)
		return ERR_PTR(-EFAULT);
	if (!r->old_len && !(vma->flags & (VM_SHARED | VM_MAYSHARE)))
		return ERR_PTR(-EINVAL); /* a private area cannot be doubled */
	if (r->old_len > vma->end - r->addr)
		return ERR_PTR(-EFAULT);
	if (r->new_len <= r->old_len)
		return vma;
	if (vma_index(vma, r->addr) + (r->new_len >> PAGE_SHIFT) < vma_index(vma, r->addr))
		return ERR_PTR(-EINVAL);
	if (vma->flags & VM_DONTEXPAND)
		return ERR_PTR(-EFAULT);
	grow = (r->new_len - r->old_len) >> PAGE_SHIFT;
	err = vma->flags & VM_LOCKED ? mlock_allowed(r->mm, grow) : 0;
	if (err)
		return ERR_PTR(err);
	if (!mm_may_expand(r->mm, vma->flags, grow))
		return ERR_PTR(-ENOMEM);
	return vma;
}

/* Every entry of the old place goes to the new one.  The space gets them again on first use.  An
 * entry for which there is no page table is dropped: the page is lost only if it is a file's. */
static int move_pages(struct mm *mm, uaddr_t from, uaddr_t to, size_t len)
{
	unsigned long vpn = from >> PAGE_SHIFT, shift = (to >> PAGE_SHIFT) - vpn;
	unsigned long low = ULONG_MAX, high = 0;
	int err = 0;
	pte_t pte;

	for_each_pte(mm->pgd, vpn, (from + len) >> PAGE_SHIFT, pte) {
		err = pte_set(mm->pgd, vpn + shift, pte & ~PTE_SPACE);
		if (err)
			break;
		pte_set(mm->pgd, vpn, 0);
		if (pte_space(pte)) {
			low = min(low, vpn);
			high = vpn + 1;
		}
	}
	if (high)
		space_unmap_range(mm, low << PAGE_SHIFT, high << PAGE_SHIFT);
	return err;
}

/* An area like `from` at the new place. */
static struct vm_area *clone_area(const struct remap *r, const struct vm_area *from)
{
	struct vm_area *vma = vma_new(r->mm, r->new_addr, r->new_addr + r->new_len, from->flags);

	vma->file = from->file ? file_get(from->file) : NULL;
	vma->mapping = from->mapping;
	vma->ops = from->ops;
	vma->private_data = from->private_data;
	if (from->file || from->mapping)
		vma->pgoff = vma_index(from, r->addr);
	vma_link(vma);
	if (vma->ops && vma->ops->open)
		vma->ops->open(vma);
	return vma;
}

/* Takes the old place away, or leaves it empty. */
static int drop_old(struct remap *r)
{
	struct vm_area *vma = find_vma(r->mm, r->addr);

	if (!(r->flags & MREMAP_DONTUNMAP))
		return mm_unmap_locked(r->mm, r->addr, r->addr + r->old_len, &r->doomed);
	vma_change_flags(vma, vma->flags & ~(unsigned)(VM_LOCKED | VM_LOCKONFAULT));
	return 0;
}

/* Moves to r->new_addr, which is free. */
static long move_area(struct remap *r, struct vm_area *vma)
{
	unsigned long charge = r->new_len >> PAGE_SHIFT;
	bool account = vma->flags & VM_ACCOUNT;
	uaddr_t end = r->addr + r->old_len;
	struct vm_area *moved;
	int err;

	/* Two cuts and a new area; the same reserve as Linux keeps. */
	if (r->mm->map_count >= MAX_MAP_COUNT - 3 || vma_limit_reached())
		return -ENOMEM;
	if (account && vm_commit(charge))
		return -ENOMEM;
	if (r->old_len) {
		err = vma_isolate(r->mm, r->addr, end);
		if (err)
			goto uncommit;
		vma = find_vma(r->mm, r->addr);
	}
	moved = clone_area(r, vma);
	err = move_pages(r->mm, r->addr, r->new_addr, min(r->old_len, r->new_len));
	if (err) {
		move_pages(r->mm, r->new_addr, r->addr, min(r->old_len, r->new_len));
		mm_unmap_locked(r->mm, r->new_addr, r->new_addr + r->new_len, &r->doomed);
		return err;
	}
	r->populate = moved->flags & VM_LOCKED && !(moved->flags & VM_LOCKONFAULT);
	if (r->old_len)
		drop_old(r);
	vma_merge(moved);
	return (long)r->new_addr;

uncommit:
	if (account)
		vm_uncommit(charge);
	return err;
}

/* MREMAP_FIXED, and DONTUNMAP at a place of our choice. */
static long remap_to(struct remap *r)
{
	struct vm_area *vma;
	long place;
	int err;

	if (r->new_addr & ~PAGE_MASK || r->new_len > task_size ||
	    r->new_addr > task_size - r->new_len)
		return -EINVAL;
	if (r->addr + r->old_len > r->new_addr && r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	if (r->mm->map_count + 2 >= MAX_MAP_COUNT - 3)
		return -ENOMEM;
	if (r->flags & MREMAP_FIXED) {
		if (r->new_addr < MMAP_MIN_ADDR && !capable(CAP_SYS_RAWIO))
			return -EPERM;
		err = mm_unmap_locked(r->mm, r->new_addr, r->new_addr + r->new_len, &r->doomed);
		if (err)
			return err;
	}
	if (r->old_len > r->new_len) {
		err = mm_unmap_locked(r->mm, r->addr + r->new_len, r->addr + r->old_len,
				      &r->doomed);
		if (err)
			return err;
		r->old_len = r->new_len;
	}
	vma = check_resize(r);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (r->flags & MREMAP_DONTUNMAP &&
	    !mm_may_expand(r->mm, vma->flags, r->old_len >> PAGE_SHIFT))
		return -ENOMEM;
	if (!(r->flags & MREMAP_FIXED)) {
		place = find_free_range(r->mm, r->new_addr, r->new_len, 0);
		if (place < 0 && place >= -MAX_ERRNO)
			return place;
		r->new_addr = (uaddr_t)place;
	}
	return move_area(r, vma);
}

static bool grows_in_place(const struct remap *r, const struct vm_area *vma)
{
	struct vm_area *next = vma_next(vma);
	uaddr_t end = r->addr + r->new_len;

	return vma->end == r->addr + r->old_len && end > r->addr &&
	       end <= (task_size & PAGE_MASK) && (!next || end <= vma_gap_start(next));
}

static long grow_area(struct remap *r)
{
	struct vm_area *vma = check_resize(r);
	long place;

	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (grows_in_place(r, vma)) {
		unsigned long grow = (r->new_len - r->old_len) >> PAGE_SHIFT;

		if (vma->flags & VM_ACCOUNT && vm_commit(grow))
			return -ENOMEM;
		r->populate = vma->flags & VM_LOCKED && !(vma->flags & VM_LOCKONFAULT);
		vma_resize(vma, vma->start, r->addr + r->new_len);
		vma_merge(vma);
		return (long)r->addr;
	}
	if (!(r->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	place = find_free_range(r->mm, 0, r->new_len, 0);
	if (place < 0 && place >= -MAX_ERRNO)
		return place;
	r->new_addr = (uaddr_t)place;
	return move_area(r, vma);
}

static long remap_locked(struct remap *r)
{
	struct vm_area *vma = find_vma(r->mm, r->addr);
	int err;

	if (!vma || vma->start > r->addr)
		return -EFAULT;
	if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return remap_to(r);
	if (r->old_len < r->new_len || !r->old_len)
		return grow_area(r);
	if (r->old_len == r->new_len)
		return (long)r->addr;
	err = mm_unmap_locked(r->mm, r->addr + r->new_len, r->addr + r->old_len, &r->doomed);
	return err ? err : (long)r->addr;
}

static int check_args(const struct remap *r, size_t new_len)
{
	if (r->flags & ~(unsigned long)KNOWN_FLAGS)
		return -EINVAL;
	if (r->flags & MREMAP_FIXED && !(r->flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (r->flags & MREMAP_DONTUNMAP &&
	    (!(r->flags & MREMAP_MAYMOVE) || r->old_len != r->new_len))
		return -EINVAL;
	if (r->addr & ~PAGE_MASK || !PAGE_ALIGN(new_len))
		return -EINVAL;
	return r->addr + r->old_len < r->addr ? -EINVAL : 0;
}

SYSCALL_DEFINE5(mremap, A_PTR, uaddr_t, addr, A_SIZE, size_t, old_len, A_SIZE, size_t, new_len,
		A_HEX, unsigned long, flags, A_PTR, uaddr_t, new_addr)
{
	struct remap r = { current->mm, addr, new_addr, PAGE_ALIGN(old_len), PAGE_ALIGN(new_len),
			   flags, LIST_HEAD_INIT(r.doomed), false };
	long result = check_args(&r, new_len);

	if (result)
		return result;
	mutex_lock(&r.mm->lock);
	result = remap_locked(&r);
	mutex_unlock(&r.mm->lock);
	vma_free_list(&r.doomed);
	if (r.populate)
		mm_populate(r.mm, (uaddr_t)result, r.new_len);
	return result;
}
