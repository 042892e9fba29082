/*
 * Areas of an mm: a list by address and a red-black tree over the same structures.
 *
 * Invariants: areas do not overlap and are never empty; an area with a mapping is on the
 * mapping's list; the mm's counts follow each link, unlink and resize.  Nothing here sleeps
 * but vma_free, so the areas are whole whenever a fiber sleeps.
 */
#include <bsd/sys/tree.h>

#include "internal.h"
#include "um/bug.h"
#include "um/counter.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/rewrite.h"

RB_HEAD(vma_tree, vm_area);

static int vma_cmp(const struct vm_area *a, const struct vm_area *b)
{
	return a->start < b->start ? -1 : a->start > b->start;
}

RB_GENERATE_INTERNAL(vma_tree, vm_area, rb, vma_cmp, __maybe_unused static)

/* mm.h shows the root as a plain pointer, which is all that the head holds. */
static struct vma_tree *tree_of(struct mm *mm)
{
	return (struct vma_tree *)&mm->tree;
}

struct vm_area *find_vma(struct mm *mm, uaddr_t addr)
{
	struct vm_area *vma = mm->tree, *best = NULL;

	while (vma) {
		if (vma->end > addr) {
			best = vma;
			if (vma->start <= addr)
				break;
			vma = vma->rb.rbe_left;
		} else {
			vma = vma->rb.rbe_right;
		}
	}
	return best;
}

struct vm_area *vma_first(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct vm_area *vma = find_vma(mm, start);

	return vma && vma->start < end ? vma : NULL;
}

struct vm_area *vma_prev(const struct vm_area *vma)
{
	if (vma->list.prev == &vma->mm->areas)
		return NULL;
	return list_entry(vma->list.prev, struct vm_area, list);
}

struct vm_area *vma_next(const struct vm_area *vma)
{
	if (vma->list.next == &vma->mm->areas)
		return NULL;
	return list_entry(vma->list.next, struct vm_area, list);
}

uaddr_t vma_gap_start(const struct vm_area *vma)
{
	if (!(vma->flags & VM_GROWSDOWN))
		return vma->start;
	return vma->start > STACK_GUARD_GAP ? vma->start - STACK_GUARD_GAP : 0;
}

bool vma_anonymous(const struct vm_area *vma)
{
	return !vma->mapping && !(vma->ops && vma->ops->fault);
}

unsigned long vma_pages(const struct vm_area *vma)
{
	return (vma->end - vma->start) >> PAGE_SHIFT;
}

/* Everything that is accessible is readable: no host can do less for a writable page. */
unsigned vma_rights(const struct vm_area *vma, pte_t pte)
{
	unsigned rights = 0;

	if (pte & PTE_READ)
		rights |= SPACE_READ;
	if (pte & PTE_WRITE)
		rights |= SPACE_WRITE;
	if (rights && vma->flags & VM_EXEC)
		rights |= SPACE_EXEC;
	return rights;
}

static unsigned long nr_areas;

bool vma_limit_reached(void)
{
	return nr_areas * sizeof(struct vm_area) > physmem_size / 4 + (16UL << 20);
}

struct vm_area *vma_new(struct mm *mm, uaddr_t start, uaddr_t end, unsigned flags)
{
	struct vm_area *vma = kzalloc_type(struct vm_area);

	nr_areas++;
	vma->mm = mm;
	vma->start = start;
	vma->end = end;
	vma->flags = flags;
	INIT_LIST_HEAD(&vma->mapping_node);
	INIT_LIST_HEAD(&vma->list);
	return vma;
}

static void area_free(struct vm_area *vma)
{
	nr_areas--;
	kfree(vma);
}

void vma_link(struct vm_area *vma)
{
	struct mm *mm = vma->mm;
	struct vm_area *next = find_vma(mm, vma->start);

	BUG_ON(vma->start >= vma->end || (next && next->start < vma->end));
	list_add_tail(&vma->list, next ? &next->list : &mm->areas);
	RB_INSERT(vma_tree, tree_of(mm), vma);
	if (vma->mapping) {
		list_add(&vma->mapping_node, &vma->mapping->mmaps);
		if (vma->flags & VM_SHARED) {
			vma->mapping->writable_maps++;
			rewrite_mapping_writable(vma->mapping);
		}
	}
	rewrite_area(mm, vma->start, vma->end);
	mm->map_count++;
	mm_account(mm, vma->flags, (long)vma_pages(vma));
}

void vma_unlink(struct vm_area *vma)
{
	struct mm *mm = vma->mm;

	RB_REMOVE(vma_tree, tree_of(mm), vma);
	list_del(&vma->list);
	if (vma->mapping) {
		list_del(&vma->mapping_node);
		if (vma->flags & VM_SHARED)
			vma->mapping->writable_maps--;
	}
	mm->map_count--;
	mm_account(mm, vma->flags, -(long)vma_pages(vma));
}

void vma_resize(struct vm_area *vma, uaddr_t start, uaddr_t end)
{
	mm_account(vma->mm, vma->flags, -(long)vma_pages(vma));
	if (vma->file || vma->mapping)
		vma->pgoff += (start - vma->start) >> PAGE_SHIFT; /* wraps rightly downwards */
	vma->start = start;
	vma->end = end;
	rewrite_area(vma->mm, start, end);
	mm_account(vma->mm, vma->flags, (long)vma_pages(vma));
}

void vma_change_flags(struct vm_area *vma, unsigned flags)
{
	BUG_ON((vma->flags ^ flags) & VM_SHARED);
	mm_account(vma->mm, vma->flags, -(long)vma_pages(vma));
	vma->flags = flags;
	mm_account(vma->mm, vma->flags, (long)vma_pages(vma));
}

struct vm_area *vma_split(struct vm_area *vma, uaddr_t addr)
{
	struct vm_area *upper;

	if (vma->mm->map_count >= MAX_MAP_COUNT || vma_limit_reached())
		return ERR_PTR(-ENOMEM);
	upper = vma_new(vma->mm, addr, vma->end, vma->flags);
	upper->file = vma->file ? file_get(vma->file) : NULL;
	upper->mapping = vma->mapping;
	upper->ops = vma->ops;
	upper->private_data = vma->private_data;
	if (vma->file || vma->mapping)
		upper->pgoff = vma_index(vma, addr);
	vma_resize(vma, vma->start, addr);
	vma_link(upper);
	if (upper->ops && upper->ops->open)
		upper->ops->open(upper);
	return upper;
}

int vma_isolate(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct vm_area *vma = find_vma(mm, start);

	if (vma && vma->start < start && IS_ERR(vma_split(vma, start)))
		return -ENOMEM;
	vma = find_vma(mm, end);
	if (vma && vma->start < end && IS_ERR(vma_split(vma, end)))
		return -ENOMEM;
	return 0;
}

static bool can_join(const struct vm_area *a, const struct vm_area *b)
{
	if (a->end != b->start || a->flags != b->flags || a->file != b->file ||
	    a->mapping != b->mapping || a->ops != b->ops || a->private_data != b->private_data)
		return false;
	if (a->ops && a->ops->close)
		return false;
	return (!a->file && !a->mapping) || a->pgoff + vma_pages(a) == b->pgoff;
}

/* b's pages become a's.  b's file reference is not the last one: a holds another. */
static void join(struct vm_area *a, struct vm_area *b)
{
	uaddr_t end = b->end;

	vma_unlink(b);
	vma_resize(a, a->start, end);
	if (b->file)
		fput(b->file);
	area_free(b);
}

struct vm_area *vma_merge(struct vm_area *vma)
{
	struct vm_area *prev = vma_prev(vma), *next = vma_next(vma);

	if (next && can_join(vma, next))
		join(vma, next);
	if (prev && can_join(prev, vma)) {
		join(prev, vma);
		vma = prev;
	}
	return vma;
}

void vma_free(struct vm_area *vma)
{
	if (vma->ops && vma->ops->close)
		vma->ops->close(vma);
	if (vma->file)
		fput(vma->file);
	area_free(vma);
}

void vma_free_list(struct list_head *doomed)
{
	while (!list_empty(doomed)) {
		struct vm_area *vma = list_first_entry(doomed, struct vm_area, list);

		list_del(&vma->list);
		vma_free(vma);
	}
}

UM_COUNTER(vmas)
{
	return nr_areas;
}
