/* mprotect: the rights of areas, of their pages, and of what the space has mapped. */
#include <linux/personality.h>

#include "internal.h"
#include "um/fs.h"
#include "um/syscall.h"

#define KNOWN_PROT (PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)

/* What an entry may do after the change.  Write is only taken away here: it comes back by a
 * fault, but for private pages that nobody shares. */
static pte_t protected_pte(const struct vm_area *vma, pte_t pte)
{
	if (!(vma->flags & VM_ACCESS))
		return pte & ~(PTE_READ | PTE_WRITE);
	pte |= PTE_READ;
	if (!(vma->flags & VM_WRITE))
		return pte & ~PTE_WRITE;
	if (pte & PTE_ANON && pte_page(pte)->refs == 1)
		pte |= PTE_WRITE;
	return pte;
}

static void protect_pages(struct vm_area *vma)
{
	struct mm *mm = vma->mm;
	unsigned long vpn = vma->start >> PAGE_SHIFT;
	pte_t pte;

	for_each_pte(mm->pgd, vpn, vma->end >> PAGE_SHIFT, pte) {
		pte_t changed = protected_pte(vma, pte);
		unsigned rights = vma_rights(vma, changed);

		if (changed != pte)
			pte_set(mm->pgd, vpn, changed);
		/* Pages that the space does not have yet come with their first use. */
		if (pte_space(pte) && pte_space(pte) != rights)
			space_map_page(mm, vpn, rights, false);
	}
}

/* A private area that becomes writable may need memory of its own. */
static int charge_writable(struct vm_area *vma, unsigned *flags)
{
	unsigned long pages = vma_pages(vma);

	if (!(*flags & VM_WRITE) || *flags & VM_SHARED || vma->flags & VM_WRITE)
		return 0;
	if (!mm_may_expand(vma->mm, *flags, pages) && mm_may_expand(vma->mm, vma->flags, pages))
		return -ENOMEM;
	if (*flags & (VM_ACCOUNT | VM_NORESERVE))
		return 0;
	if (vm_commit(pages))
		return -ENOMEM;
	*flags |= VM_ACCOUNT;
	return 0;
}

/* A private area that was never touched and cannot be written any more needs none. */
static void uncharge_readonly(struct vm_area *vma, unsigned *flags)
{
	unsigned long vpn = vma->start >> PAGE_SHIFT;

	if (*flags & VM_WRITE || !(*flags & VM_ACCOUNT) || !vma_anonymous(vma) ||
	    pte_next(vma->mm->pgd, &vpn, vma->end >> PAGE_SHIFT))
		return;
	vm_uncommit(vma_pages(vma));
	*flags &= ~(unsigned)VM_ACCOUNT;
}

/* Protects one whole area; it may have been joined with others afterwards. */
static int protect_area(struct vm_area *vma, unsigned prot)
{
	unsigned flags = (vma->flags & ~(unsigned)VM_ACCESS) | prot;
	int err;

	if (flags == vma->flags)
		return 0;
	err = charge_writable(vma, &flags);
	if (err)
		return err;
	uncharge_readonly(vma, &flags);
	vma_change_flags(vma, flags);
	protect_pages(vma);
	vma_merge(vma);
	return 0;
}

/* The part [start, end) of the area, which overlaps it. */
static int protect_part(struct vm_area *vma, uaddr_t start, uaddr_t end, unsigned prot)
{
	unsigned wanted = prot;
	int err;

	if (current->personality & READ_IMPLIES_EXEC && prot & VM_READ && vma->flags & VM_MAYEXEC)
		wanted |= VM_EXEC;
	if (wanted & ~(vma->flags >> 4) & VM_ACCESS)
		return -EACCES;
	if ((vma->flags & VM_ACCESS) == wanted)
		return 0;
	start = max(start, vma->start);
	err = vma_isolate(vma->mm, start, min(end, vma->end));
	return err ? err : protect_area(find_vma(vma->mm, start), wanted);
}

static int protect_range(struct mm *mm, uaddr_t start, uaddr_t end, unsigned prot)
{
	while (start < end) {
		struct vm_area *vma = find_vma(mm, start);
		uaddr_t next;
		int err;

		if (!vma || vma->start > start)
			return -ENOMEM;
		next = vma->end;
		err = protect_part(vma, start, end, prot);
		if (err)
			return err;
		start = next;
	}
	return 0;
}

/* PROT_GROWSDOWN: down to where the stack begins. */
static int grow_start(struct mm *mm, uaddr_t *start, uaddr_t end)
{
	struct vm_area *vma = find_vma(mm, *start);

	if (!vma || vma->start >= end)
		return -ENOMEM;
	if (!(vma->flags & VM_GROWSDOWN))
		return -EINVAL;
	*start = vma->start;
	return 0;
}

static long do_mprotect(uaddr_t start, size_t len, unsigned long prot, int key)
{
	unsigned long grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	struct mm *mm = current->mm;
	uaddr_t end;
	int err = 0;

	prot &= ~grows;
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || start & ~PAGE_MASK)
		return -EINVAL;
	if (!len)
		return 0;
	end = start + PAGE_ALIGN(len);
	if (end <= start)
		return -ENOMEM;
	if (prot & ~(unsigned long)KNOWN_PROT)
		return -EINVAL;
	if (grows & PROT_GROWSUP)
		return -EINVAL; /* no area grows upwards here */
	if (key != -1)
		return -EINVAL; /* mm/pkey.c: there are none */
	mutex_lock(&mm->lock);
	if (grows)
		err = grow_start(mm, &start, end);
	if (!err)
		err = protect_range(mm, start, end, (unsigned)prot & VM_ACCESS);
	mutex_unlock(&mm->lock);
	return err;
}

SYSCALL_DEFINE3(mprotect, A_PTR, uaddr_t, start, A_SIZE, size_t, len, A_PROT, unsigned long, prot)
{
	return do_mprotect(start, len, prot, -1);
}

SYSCALL_DEFINE4(pkey_mprotect, A_PTR, uaddr_t, start, A_SIZE, size_t, len, A_PROT, unsigned long,
		prot, A_INT, int, key)
{
	return do_mprotect(start, len, prot, key);
}
