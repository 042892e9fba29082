/*
 * Page faults: the whole policy of what a touched address means.
 *
 * fault_once looks at the areas and page tables as they are and either finishes without
 * sleeping, or says what is missing: a page of a file, or memory.  mm_fault sleeps for that,
 * holding nothing but counted references, and begins again.  So the fault path needs no lock,
 * and no pointer to an area outlives a sleep.
 *
 * A fault costs a trip through the gate, so each one does more than was asked: runs of
 * anonymous pages, cached neighbours in a file, write rights next to a page that got them.
 */
#include "internal.h"
#include "um/fs.h"
#include "um/rewrite.h"

#define ANON_RUN 16U		/* pages that a first anonymous fault maps */
#define ANON_RUN_MAX 512U	/* ... and a sequential one at most: a huge page of many hosts */
#define AROUND 64		/* the aligned window of present or cached neighbours */
#define COW_AROUND 4		/* pages copied ahead, with plenty of memory free */
#define SEGMENT_RUN 64		/* ... of a program's data segment: most of it is written */
#define READ_AHEAD 64
#define SEGMENT_AHEAD 256	/* ... in a program: neighbouring frames map as one */
#define READ_BEHIND 16

enum fault_result {
	FAULT_DONE,
	FAULT_SIGNAL,		/* f->sig, f->code */
	FAULT_NEEDS_PAGE,	/* f->index of f->file's mapping is to be read */
	FAULT_NEEDS_MEMORY,
};

struct fault {
	struct mm *mm;
	uaddr_t addr;
	enum fault_access access;
	bool forced;		/* ptrace: the area's protection does not count */
	bool user;		/* current's own */
	/* Found by fault_once, valid until a sleep: */
	struct vm_area *vma;
	unsigned long vpn;
	pte_t pte;
	bool write;
	/* What it says: */
	int sig, code;
	struct file *file;	/* FAULT_NEEDS_PAGE: a reference */
	struct address_space *mapping;
	unsigned long index;
	unsigned ahead;		/* pages to read from there on */
	struct page *held;	/* read for us: stays cached until it is mapped */
};

static enum fault_result fault_signal(struct fault *f, int sig, int code)
{
	f->sig = sig;
	f->code = code;
	return FAULT_SIGNAL;
}

/* --- windows */

struct window {
	unsigned long low, high;	/* page numbers, high exclusive */
};

/* The aligned window of `size` pages around the fault, inside the area. */
static struct window window_of(const struct fault *f, unsigned long size)
{
	struct window w;

	w.low = max(f->vpn & ~(size - 1), f->vma->start >> PAGE_SHIFT);
	w.high = min((f->vpn & ~(size - 1)) + size, f->vma->end >> PAGE_SHIFT);
	return w;
}

/* Maps what is present in the window and has not all its rights in the space yet. */
static void map_window(struct fault *f, struct window w, bool populate)
{
	struct mm *mm = f->mm;
	unsigned long vpn = w.low;
	pte_t pte;

	for_each_pte(mm->pgd, vpn, w.high, pte) {
		unsigned rights = vma_rights(f->vma, pte);

		if (pte_space(pte) != rights)
			space_map_page(mm, vpn, rights, populate);
	}
}

/* --- anonymous memory */

/* Of how many pages before vpn it can be said that the program walked through them: a power of
 * two, at most twice as many as are there; 0: not even the one before. */
static unsigned pages_before(const struct fault *f)
{
	unsigned n = 1;

	while (n <= ANON_RUN_MAX / 2 && f->vpn - n >= f->vma->start >> PAGE_SHIFT &&
	       pte_get(f->mm->pgd, f->vpn - n) & PTE_ANON)
		n *= 2;
	return n > 1 ? n : 0;
}

/* How many pages this fault should get, and from where on: a window around a first fault, and as
 * much again as is there already for a program that walks upwards. */
static struct window anon_window(struct fault *f, bool *sequential)
{
	unsigned before = memory_low(16) ? 0 : pages_before(f), run = ANON_RUN;
	struct window w;

	*sequential = before;
	if (memory_low(4))
		run = memory_low(16) ? 1 : 4;
	if (!before)
		return window_of(f, run);
	if (!memory_low(4))
		run = max(before, run);
	w.low = f->vpn;
	w.high = min(f->vpn + run, f->vma->end >> PAGE_SHIFT);
	/* Long runs end where a huge page does, so that the next can be one. */
	if (w.high - w.low > ANON_RUN_MAX / 2 && (w.high & ~(ANON_RUN_MAX - 1UL)) > w.low)
		w.high &= ~(ANON_RUN_MAX - 1UL);
	return w;
}

/* The rights of a page that only this area has. */
static unsigned long private_bits(const struct vm_area *vma)
{
	unsigned long bits = PTE_ANON;

	if (vma->flags & VM_ACCESS)
		bits |= PTE_READ;
	if (vma->flags & VM_WRITE)
		bits |= PTE_WRITE;
	return bits;
}

/* Shrinks the window to the empty entries around the fault. */
static void window_trim(struct fault *f, struct window *w)
{
	unsigned long vpn = f->vpn;

	while (vpn > w->low && !pte_get(f->mm->pgd, vpn - 1))
		vpn--;
	w->low = vpn;
	vpn = f->vpn + 1;
	if (pte_next(f->mm->pgd, &vpn, w->high))
		w->high = vpn;
}

/* Installs and maps a run of pages in the window; what does not fit there or into the page
 * tables is given back.  How many were installed. */
static unsigned install_anonymous(struct vm_area *vma, struct window w, struct page *page,
				  unsigned nr, enum map_when when)
{
	unsigned want = (unsigned)min((unsigned long)nr, w.high - w.low);
	unsigned done = install_run(vma, w.low, page, want, private_bits(vma) | PTE_AROUND, when);

	for (unsigned i = done; i < nr; i++)
		page_put(page + i);
	return done;
}

static enum fault_result fault_anonymous(struct fault *f)
{
	bool sequential;
	struct window w = anon_window(f, &sequential);
	struct page *page;
	unsigned got;

	window_trim(f, &w);
	page = alloc_run_now((unsigned)(w.high - w.low), &got, true);
	if (!page)
		return FAULT_NEEDS_MEMORY;
	if (w.low + got <= f->vpn)
		w.low = f->vpn;
	got = install_anonymous(f->vma, w, page, got, sequential ? MAP_NOW_POPULATED : map_private());
	if (w.low + got <= f->vpn)
		return FAULT_NEEDS_MEMORY;
	pte_set(f->mm->pgd, f->vpn, pte_get(f->mm->pgd, f->vpn) & ~PTE_AROUND);
	return FAULT_DONE;
}

/* --- copy on write */

/* Puts a private copy of `page` at vpn, in place of what is there. */
static int install_copy(struct fault *f, unsigned long vpn, struct page *page)
{
	struct page *copy;
	int err = -ENOMEM;

	page_get(page); /* the allocator may drop what is only cached */
	copy = alloc_page_now(false);
	if (!copy)
		goto put_page;
	memcpy(page_address(copy), page_address(page), PAGE_SIZE);
	mm_counts.copied++;
	zap_range(f->vma, vpn << PAGE_SHIFT, (vpn + 1) << PAGE_SHIFT);
	err = install_page(f->vma, vpn, copy, private_bits(f->vma));
	if (err)
		page_put(copy);
put_page:
	page_put(page);
	return err;
}

/* The page that a copy for vpn would be made of: shared anonymous, or cached for a small data
 * segment.  NULL: nothing to copy ahead. */
static struct page *copy_source(struct fault *f, unsigned long vpn)
{
	pte_t pte = pte_get(f->mm->pgd, vpn);
	struct page *page;

	if (pte & PTE_ANON)
		return pte & PTE_WRITE || pte_page(pte)->refs == 1 ? NULL : pte_page(pte);
	if (!data_segment(f->vma))
		return NULL;
	page = cached_page(f->vma->mapping, vma_index(f->vma, vpn << PAGE_SHIFT));
	return page && page->flags & PG_UPTODATE ? page : NULL;
}

static void copy_around(struct fault *f)
{
	struct window w = window_of(f, COW_AROUND);

	if (memory_low(2))
		return;
	for (unsigned long vpn = w.low; vpn < w.high; vpn++) {
		struct page *page = vpn == f->vpn ? NULL : copy_source(f, vpn);

		if (page && install_copy(f, vpn, page))
			break;
	}
	map_window(f, w, true);
}

static unsigned count_sources(struct fault *f, struct window w)
{
	unsigned n = 0;

	for (unsigned long vpn = w.low; vpn < w.high; vpn++)
		n += copy_source(f, vpn) != NULL;
	return n;
}

/* Copies what there is to copy from vpn on into `nr` frames.  Where it ended; `end` when there is
 * no memory for tables. */
static unsigned long copy_into(struct fault *f, unsigned long vpn, unsigned long end,
			       struct page *frame, unsigned nr)
{
	for (; vpn < end && nr; vpn++) {
		struct page *page = copy_source(f, vpn);

		if (!page)
			continue;
		memcpy(page_address(frame), page_address(page), PAGE_SIZE);
		mm_counts.copied++;
		if (replace_page(f->vma, vpn, frame, private_bits(f->vma))) {
			vpn = end;
			break;
		}
		frame++;
		nr--;
	}
	while (nr--)
		page_put(frame++);
	return vpn;
}

/* A write in a piece of a data segment that is there to be read: private copies for all of it, in
 * neighbouring frames.  Is the fault's own page among them? */
static bool copy_window(struct fault *f)
{
	struct window w = window_of(f, SEGMENT_RUN);
	unsigned long vpn = w.low;
	unsigned left, got;

	if (f->forced || !data_segment(f->vma) || memory_low(2))
		return false;
	while ((left = count_sources(f, (struct window){ vpn, w.high }))) {
		struct page *frames = alloc_run_now(left, &got, false);

		if (!frames)
			break;
		vpn = copy_into(f, vpn, w.high, frames, got);
	}
	map_window(f, w, true);
	return pte_get(f->mm->pgd, f->vpn) & PTE_WRITE;
}

/* The first write in a piece of a data segment: private copies of the cached pages around it that
 * are not there yet, in neighbouring frames.  Is the fault's own page among them? */
static bool copy_segment(struct fault *f)
{
	struct window w = window_of(f, SEGMENT_RUN);
	unsigned long low = f->vpn;
	pte_t pte;

	if (f->forced || !data_segment(f->vma) || memory_low(2))
		return false;
	while (low > w.low && !pte_get(f->mm->pgd, low - 1) && copy_source(f, low - 1))
		low--;
	copy_ahead(f->vma, low, w.high);
	pte = pte_get(f->mm->pgd, f->vpn);
	pte_set(f->mm->pgd, f->vpn, pte & ~PTE_AROUND);
	return pte;
}

/* A write to a page that is to be copied.  Forced writes get the copy without the right. */
static enum fault_result fault_copy(struct fault *f, struct page *page)
{
	if (copy_window(f))
		return FAULT_DONE;
	if (pte_get(f->mm->pgd, f->vpn) != f->pte) /* `page` may be gone */
		return FAULT_NEEDS_MEMORY;
	if (install_copy(f, f->vpn, page))
		return FAULT_NEEDS_MEMORY;
	space_map_page(f->mm, f->vpn, vma_rights(f->vma, pte_get(f->mm->pgd, f->vpn)), true);
	if (!f->forced)
		copy_around(f);
	return FAULT_DONE;
}

/* Pages that nobody shares any more are written in place; neighbours of that kind too. */
static enum fault_result fault_reuse(struct fault *f)
{
	struct window w = window_of(f, ANON_RUN);
	unsigned long vpn = w.low;
	pte_t pte;

	if (!(f->vma->flags & VM_WRITE))
		return FAULT_DONE;
	for_each_pte(f->mm->pgd, vpn, w.high, pte)
		if (pte & PTE_ANON && pte_page(pte)->refs == 1)
			pte_set(f->mm->pgd, vpn, pte | PTE_WRITE);
	map_window(f, w, true);
	return FAULT_DONE;
}

static void file_modified(struct vm_area *vma, struct page *page)
{
	if (!(page->flags & PG_DIRTY))
		inode_touch(vma->mapping->host, ATTR_MTIME | ATTR_CTIME);
	set_page_dirty(page);
}

static enum fault_result fault_protected(struct fault *f)
{
	struct page *page = pte_page(f->pte);

	if (f->pte & PTE_ANON && page->refs == 1)
		return fault_reuse(f);
	if (f->pte & PTE_ANON) {
		fork_hint_write(f->mm, f->vpn);
		return fault_copy(f, page);
	}
	if (!(f->vma->flags & VM_SHARED))
		return fault_copy(f, page);
	if (page->mapping)
		file_modified(f->vma, page);
	pte_set(f->mm->pgd, f->vpn, f->pte | PTE_WRITE);
	map_window(f, window_of(f, 1), true);
	return FAULT_DONE;
}

/* --- files */

static enum fault_result fault_copy_file(struct fault *f, struct page *page)
{
	enum fault_result result;

	page_get(page); /* the allocator may drop what is only cached */
	result = copy_segment(f) ? FAULT_DONE : fault_copy(f, page);
	page_put(page);
	return result;
}

unsigned long file_bits(const struct vm_area *vma, const struct page *page)
{
	unsigned long bits = vma->flags & VM_ACCESS ? PTE_READ : 0;

	if ((vma->flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE) &&
	    (page->flags & PG_DIRTY || (page->mapping && mapping_is_home(page->mapping))))
		bits |= PTE_WRITE;
	return bits;
}

static int install_cached(struct fault *f, unsigned long vpn, struct page *page)
{
	if (install_page(f->vma, vpn, page, file_bits(f->vma, page)))
		return -ENOMEM;
	page_get(page);
	return 0;
}

/* Maps the page of the fault, and neighbours that are in the cache.  What can only be read is
 * left to the host to put into its page tables by its own, cheaper faults; a write is certain. */
static void cached_around(struct fault *f, unsigned long nr_pages)
{
	struct vm_area *vma = f->vma;
	bool writable = (vma->flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE);
	struct window w = window_of(f, data_segment(vma) ? SEGMENT_AHEAD : AROUND);
	unsigned long in_file = (vma->start >> PAGE_SHIFT) + (nr_pages - vma->pgoff);

	fork_hint_read(f->mm, f->vpn);
	map_cached(vma, w.low, min(w.high, in_file), writable ? MAP_NOW_POPULATED : MAP_NOW);
	map_window(f, w, writable);
}

static unsigned long file_pages(const struct address_space *mapping)
{
	u64 size = (u64)max(mapping->host->size, (loff_t)0);

	return (unsigned long)((size + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/* Where to begin to read for `index`: a bit before it, if that is not cached either.  What is
 * read may end before index; then the next try begins where it ended. */
static unsigned long read_start(struct address_space *mapping, unsigned long index)
{
	unsigned long start = index;

	while (start & (READ_BEHIND - 1) && !cached_page(mapping, start - 1))
		start--;
	return start;
}

static enum fault_result fault_file(struct fault *f)
{
	struct address_space *mapping = f->vma->mapping;
	unsigned long index = vma_index(f->vma, f->addr), nr_pages = file_pages(mapping);
	struct page *page;

	if (index >= nr_pages)
		return fault_signal(f, SIGBUS, BUS_ADRERR);
	page = cached_page(mapping, index);
	if (!page || !(page->flags & PG_UPTODATE)) {
		f->file = file_get(f->vma->file);
		f->mapping = mapping;
		f->index = read_start(mapping, index);
		f->ahead = data_segment(f->vma) ? SEGMENT_AHEAD : READ_AHEAD;
		return FAULT_NEEDS_PAGE;
	}
	page->flags |= PG_REFERENCED;
	if (f->write && !(f->vma->flags & VM_SHARED))
		return fault_copy_file(f, page);
	if (f->write)
		file_modified(f->vma, page);
	if (install_cached(f, f->vpn, page))
		return FAULT_NEEDS_MEMORY;
	cached_around(f, nr_pages);
	return FAULT_DONE;
}

static enum fault_result fault_device(struct fault *f)
{
	struct page *page = f->vma->ops->fault(f->vma, vma_index(f->vma, f->addr));
	unsigned long bits = PTE_READ;

	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOMEM ? FAULT_NEEDS_MEMORY :
						  fault_signal(f, SIGBUS, BUS_ADRERR);
	if (f->write && !(f->vma->flags & VM_SHARED)) {
		enum fault_result result = fault_copy(f, page);

		page_put(page);
		return result;
	}
	if ((f->vma->flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE))
		bits |= PTE_WRITE;
	if (install_page(f->vma, f->vpn, page, bits)) {
		page_put(page);
		return FAULT_NEEDS_MEMORY;
	}
	map_window(f, window_of(f, 1), true);
	return FAULT_DONE;
}

/* --- the policy */

/* Whether a fault of unknown kind is taken for a write. */
static bool guess_write(const struct fault *f)
{
	const struct vm_area *vma = f->vma;

	if (!(vma->flags & VM_WRITE))
		return false;
	if (f->pte) /* it is mapped there: then only a write can fault */
		return pte_space(f->pte) && !(f->pte & PTE_WRITE);
	return vma_anonymous(vma) || data_segment(vma);
}

static bool allowed(const struct fault *f)
{
	unsigned flags = f->vma->flags;

	if (f->forced && !(flags & (f->write ? VM_WRITE : VM_READ)))
		return f->write ? (flags & (VM_MAYWRITE | VM_SHARED)) == VM_MAYWRITE :
				  flags & VM_MAYREAD;
	if (f->write)
		return flags & VM_WRITE;
	if (f->access == FAULT_EXEC)
		return flags & VM_EXEC;
	return flags & VM_ACCESS;
}

/* Drops the page's mapping in the space and makes it anew. */
static void map_again(struct fault *f)
{
	space_unmap_range(f->mm, f->vpn << PAGE_SHIFT, (f->vpn + 1) << PAGE_SHIFT);
	pte_set(f->mm->pgd, f->vpn, pte_get(f->mm->pgd, f->vpn) & ~PTE_SPACE);
	map_window(f, window_of(f, 1), false);
}

/*
 * The tables and the space already allow the access.  Usually another thread's fault for the
 * same page came first, and the access just has to be made again.  But when the same fault comes
 * back although nothing was taken away in the space meanwhile, it was an access that the area
 * forbids and the gate could not name (a write to or execution of a page that has only the read
 * right), or the space has lost its mapping.
 */
static enum fault_result fault_nothing(struct fault *f)
{
	struct task *task = current;

	if (!f->user)
		return FAULT_DONE;
	if (task->fault_addr != f->addr || task->fault_removals != space_removals(f->mm))
		task->fault_repeats = 0;
	if (task->fault_repeats == 1 && (f->access != FAULT_UNKNOWN || f->vma->flags & VM_WRITE))
		map_again(f);
	else if (task->fault_repeats > 0)
		return fault_signal(f, SIGSEGV, SEGV_ACCERR);
	task->fault_addr = f->addr;
	task->fault_removals = space_removals(f->mm);
	task->fault_repeats++;
	return FAULT_DONE;
}

/* The space has patched text there, which can only be executed (um/rewrite.h).  An access that
 * the gate could not name is taken for a read when it comes again. */
static enum fault_result fault_rewritten(struct fault *f)
{
	bool again = current->fault_repeats && current->fault_addr == f->addr;

	if (f->access != FAULT_READ && !(f->access == FAULT_UNKNOWN && again))
		return fault_nothing(f);
	rewrite_keep_original(f->mm, f->vpn);
	return FAULT_DONE;
}

static enum fault_result fault_present(struct fault *f)
{
	if (pte_space(f->pte) == SPACE_EXEC && f->user && !f->write)
		return fault_rewritten(f);
	if (!f->forced && pte_space(f->pte) == vma_rights(f->vma, f->pte) && f->mm->space &&
	    !(f->write && !(f->pte & PTE_WRITE)))
		return fault_nothing(f);
	if (f->user)
		current->fault_repeats = 0;
	if (f->write && !(f->pte & PTE_WRITE))
		return fault_protected(f);
	map_window(f, window_of(f, AROUND), true);
	return FAULT_DONE;
}

static enum fault_result fault_once(struct fault *f)
{
	struct vm_area *vma = find_vma(f->mm, f->addr);
	enum fault_result result;

	if ((!vma || vma->start > f->addr) && rewrite_fault(f->mm, f->addr, f->access))
		return FAULT_DONE;
	if (!vma || (vma->start > f->addr && !(vma->flags & VM_GROWSDOWN)))
		return fault_signal(f, SIGSEGV, SEGV_MAPERR);
	if (vma->start > f->addr && stack_expand(vma, f->addr))
		return fault_signal(f, SIGSEGV, SEGV_MAPERR);
	f->vma = vma;
	f->vpn = f->addr >> PAGE_SHIFT;
	f->pte = pte_get(f->mm->pgd, f->vpn);
	f->write = f->access == FAULT_WRITE || (f->access == FAULT_UNKNOWN && guess_write(f));
	if (!allowed(f))
		return fault_signal(f, SIGSEGV, SEGV_ACCERR);
	if (f->pte)
		return fault_present(f);
	if (f->user)
		current->fault_repeats = 0;
	if (vma->mapping)
		result = fault_file(f);
	else
		result = vma_anonymous(vma) ? fault_anonymous(f) : fault_device(f);
	if (result == FAULT_DONE)
		update_hiwater(f->mm);
	return result;
}

/* --- what it may sleep for */

static int read_for_fault(struct fault *f)
{
	struct page *page = read_page(f->mapping, f->index, f->ahead);

	fput(f->file);
	f->file = NULL;
	if (f->held)
		page_put(f->held);
	f->held = NULL;
	if (!IS_ERR(page)) {
		f->held = page;
		return 0;
	}
	if (PTR_ERR(page) == -ENOMEM || PTR_ERR(page) == -EINTR)
		return (int)PTR_ERR(page);
	fault_signal(f, SIGBUS, BUS_ADRERR);
	return -EFAULT;
}

static int memory_for_fault(void)
{
	return reclaim_pages(32) ? 0 : out_of_memory();
}

static int fault_run(struct fault *f, bool *major)
{
	for (;;) {
		int err;

		/* The OOM killer's victim gets nothing any more. */
		if (f->user && f->mm->oom_victim && fatal_signal_pending(current))
			return -EINTR;
		switch (fault_once(f)) {
		case FAULT_DONE:
			return 0;
		case FAULT_SIGNAL:
			return -EFAULT;
		case FAULT_NEEDS_PAGE:
			*major = true;
			err = read_for_fault(f);
			break;
		default:
			err = memory_for_fault();
			break;
		}
		if (err)
			return err;
		if (f->user && fatal_signal_pending(current))
			return -EINTR;
	}
}

static int fault_handle(struct fault *f)
{
	bool major = false;
	int err;

	if (f->user && f->mm->nr_ahead)
		ahead_run(f->mm);
	err = fault_run(f, &major);

	if (f->held)
		page_put(f->held);
	if (err || !f->user)
		return err;
	mm_counts.faults++;
	if (major)
		current->counts.majflt++;
	else
		current->counts.minflt++;
	return 0;
}

int mm_fault(struct mm *mm, uaddr_t addr, enum fault_access access, int *sig, int *code)
{
	struct fault f = { .mm = mm, .addr = addr, .access = access, .user = mm == current->mm };
	int err = fault_handle(&f);

	*sig = f.sig;
	*code = f.code;
	return err;
}

/* As ptrace reads and writes: where the protection forbids it too, if the area could have
 * allowed it.  After a forced write the page is private, though perhaps not writable. */
int mm_fault_forced(struct mm *mm, uaddr_t addr, bool write)
{
	struct fault f = {
		.mm = mm,
		.addr = addr,
		.access = write ? FAULT_WRITE : FAULT_READ,
		.forced = true,
	};

	return fault_handle(&f);
}
