/* Areas that K itself puts into a new program, whose pages are its own and are there from the
 * beginning: the vDSO and its data. */
#include "internal.h"

long mm_map_special(struct mm *mm, const struct special_area *areas, unsigned nr)
{
	size_t len = 0;
	uaddr_t addr;
	long at;

	for (unsigned i = 0; i < nr; i++)
		len += areas[i].len;
	mutex_lock(&mm->lock);
	at = vma_limit_reached() ? -ENOMEM : find_free_range(mm, 0, len, 0);
	if (at < 0 && at >= -MAX_ERRNO) {
		mutex_unlock(&mm->lock);
		return at;
	}
	addr = (uaddr_t)at;
	for (unsigned i = 0; i < nr; i++) {
		struct vm_area *vma = vma_new(mm, addr, addr + areas[i].len, areas[i].flags);

		vma->ops = areas[i].ops;
		vma_link(vma);
		addr = vma->end;
	}
	mutex_unlock(&mm->lock);
	/* Now, with the program's first batch: nearly all programs use them. */
	mm_populate(mm, (uaddr_t)at, len);
	return at;
}
