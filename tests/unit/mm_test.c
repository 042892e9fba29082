/*
 * The whole of mm/ against a naive model: random mmap, munmap, mprotect, mremap, madvise, fork
 * and exit, with loads and stores made the way a guest's would be, through what the space has
 * mapped, and K's own through uaccess.
 *
 * The model has, per process and page, its rights and a cell that holds one number; shared pages
 * share a cell.
 */
#include <stdbool.h>
#include <string.h>

#include "../../mm/internal.h"
#include "stub.h"
#include "tap.h"
#include "um/kmalloc.h"
#include "um/fs.h"
#include "um/uaccess.h"

#define BASE (SHADOW_BASE + 64 * PAGE_SIZE)
#define PAGES 200
#define PROCS 4
#define MEM (32UL << 20)

struct cell {
	int refs;
	u32 value;
};

struct model_page {
	bool mapped, shared;
	unsigned prot;
	struct cell *cell;
};

static struct mm *mms[PROCS];
static struct model_page model[PROCS][PAGES];
static bool good = true;
static u64 free_before;

#define check(cond)                                                                                \
	do {                                                                                       \
		if (good && !(cond)) {                                                             \
			good = false;                                                              \
			printf("# line %d: %s\n", __LINE__, #cond);                                \
		}                                                                                  \
	} while (0)

static struct cell *cell_new(void)
{
	struct cell *c = kzalloc(sizeof(*c));

	c->refs = 1;
	return c;
}

static void cell_put(struct cell *c)
{
	if (c && --c->refs == 0)
		kfree(c);
}

static void model_unmap(struct model_page *m)
{
	cell_put(m->cell);
	memset(m, 0, sizeof(*m));
}

static uaddr_t at(unsigned page)
{
	return BASE + page * PAGE_SIZE;
}

/* What the guest's own instruction would find: 0, or the signal.  *value is read or written. */
static int guest_access(struct mm *mm, uaddr_t addr, bool write, bool exact, u32 *value)
{
	space_flush(mm); /* as on each way to user mode */
	for (int tries = 0; tries < 6; tries++) {
		unsigned long i = (addr - SHADOW_BASE) >> PAGE_SHIFT;
		unsigned prot = mm->space->page[i].prot;
		int sig, code;

		if (prot & (write ? SPACE_WRITE : SPACE_READ)) {
			u32 *p = page_address(pfn_to_page(mm->space->page[i].pfn));

			if (write)
				*p = *value;
			else
				*value = *p;
			return 0;
		}
		if (mm_fault(mm, addr, exact ? (write ? FAULT_WRITE : FAULT_READ) : FAULT_UNKNOWN,
			     &sig, &code))
			return sig;
		space_flush(mm);
	}
	return -1; /* it would fault for ever */
}

static void do_access(int p)
{
	unsigned i = prandom() % PAGES;
	struct model_page *m = &model[p][i];
	bool write = prandom() % 2, exact = prandom() % 2;
	u32 value = (u32)prandom(), got = value;
	int err = guest_access(mms[p], at(i), write, exact, &got);

	if (!m->mapped || !(m->prot & (write ? PROT_WRITE : PROT_READ))) {
		check(err == SIGSEGV);
		return;
	}
	check(err == 0);
	if (write)
		m->cell->value = value;
	else
		check(got == m->cell->value);
}

static void do_uaccess(int p)
{
	unsigned i = prandom() % PAGES;
	struct model_page *m = &model[p][i];
	bool write = prandom() % 2;
	u32 value = (u32)prandom(), got = 0;
	int err = write ? put_user(value, at(i)) : get_user(got, at(i));

	if (!m->mapped || !(m->prot & (write ? PROT_WRITE : PROT_READ))) {
		check(err == -EFAULT);
		return;
	}
	check(!err);
	if (write)
		m->cell->value = value;
	else
		check(got == m->cell->value);
}

static void do_poke(int p)
{
	unsigned i = prandom() % PAGES;
	struct model_page *m = &model[p][i];
	bool write = prandom() % 2;
	u32 value = (u32)prandom();
	size_t n = access_mm(mms[p], at(i), &value, sizeof(value), write, true);

	if (!m->mapped || (write && m->shared && !(m->prot & PROT_WRITE))) {
		check(n == 0);
		return;
	}
	check(n == sizeof(value));
	if (write)
		m->cell->value = value;
	else
		check(value == m->cell->value);
}

static unsigned random_prot(void)
{
	static const unsigned prots[] = { PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ,
					  PROT_NONE };

	return prots[prandom() % 4];
}

static void random_range(unsigned *first, unsigned *nr)
{
	*first = prandom() % PAGES;
	*nr = 1 + prandom() % (prandom() % 4 ? 8 : 100);
	*nr = min(*nr, PAGES - *first);
}

static void do_map(int p)
{
	bool shared = prandom() % 3 == 0;
	unsigned first, nr, prot = random_prot();
	int flags = MAP_ANONYMOUS | MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE);

	random_range(&first, &nr);
	if (prandom() % 4 == 0)
		flags |= MAP_POPULATE;
	check(mm_map(mms[p], at(first), nr * PAGE_SIZE, (int)prot, flags, NULL, 0) ==
	      (long)at(first));
	for (unsigned i = first; i < first + nr; i++) {
		model_unmap(&model[p][i]);
		model[p][i] = (struct model_page){ true, shared, prot, cell_new() };
	}
}

static void do_unmap(int p)
{
	unsigned first, nr;

	random_range(&first, &nr);
	check(!mm_unmap(mms[p], at(first), nr * PAGE_SIZE));
	for (unsigned i = first; i < first + nr; i++)
		model_unmap(&model[p][i]);
}

static void do_protect(int p)
{
	unsigned first, nr, prot = random_prot(), i;
	bool hole = false;
	long err;

	random_range(&first, &nr);
	err = stub_call("mprotect", at(first), nr * PAGE_SIZE, prot, 0, 0);
	for (i = first; i < first + nr && !hole; i++) {
		hole = !model[p][i].mapped;
		if (!hole)
			model[p][i].prot = prot;
	}
	check(err == (hole ? -ENOMEM : 0));
}

static void do_dontneed(int p)
{
	unsigned first, nr;
	bool hole = false;
	long err;

	random_range(&first, &nr);
	err = stub_call("madvise", at(first), nr * PAGE_SIZE, MADV_DONTNEED, 0, 0);
	for (unsigned i = first; i < first + nr; i++) {
		struct model_page *m = &model[p][i];

		hole = hole || !m->mapped;
		if (m->mapped && !m->shared)
			m->cell->value = 0;
	}
	check(err == (hole ? -ENOMEM : 0));
}

/* Moves a range that lies in one area to a fixed place, or makes it smaller. */
static void do_remap(int p)
{
	unsigned first, nr, to, i;
	struct model_page moved[PAGES];
	struct vm_area *vma;
	long result;

	random_range(&first, &nr);
	to = prandom() % (PAGES - nr + 1);
	vma = find_vma(mms[p], at(first));
	if (!vma || vma->start > at(first) || vma->end < at(first + nr) ||
	    (to < first + nr && first < to + nr))
		return;
	result = stub_call("mremap", at(first), nr * PAGE_SIZE, nr * PAGE_SIZE,
			   MREMAP_MAYMOVE | MREMAP_FIXED, at(to));
	check(result == (long)at(to));
	memcpy(moved, &model[p][first], nr * sizeof(moved[0]));
	memset(&model[p][first], 0, nr * sizeof(moved[0]));
	for (i = 0; i < nr; i++) {
		model_unmap(&model[p][to + i]);
		model[p][to + i] = moved[i];
	}
}

static void do_fork(int p)
{
	int child = prandom() % PROCS;

	if (child == p || mms[child])
		return;
	mms[child] = mm_fork(mms[p]);
	check(!IS_ERR(mms[child]));
	for (unsigned i = 0; i < PAGES; i++) {
		struct model_page *m = &model[p][i];

		model[child][i] = *m;
		if (!m->mapped)
			continue;
		if (m->shared) {
			m->cell->refs++;
		} else {
			model[child][i].cell = cell_new();
			model[child][i].cell->value = m->cell->value;
		}
	}
}

static void do_end(int p)
{
	int alive = 0;

	for (int i = 0; i < PROCS; i++)
		alive += mms[i] != NULL;
	if (alive < 2)
		return;
	mm_put_users(mms[p]);
	mms[p] = NULL;
	for (unsigned i = 0; i < PAGES; i++)
		model_unmap(&model[p][i]);
}

/* Areas, page tables and space agree with the model and with each other. */
static void check_mm(int p)
{
	struct mm *mm = mms[p];
	struct vm_area *vma, *last = NULL;
	unsigned long areas = 0, pages = 0, rss = 0, vpn = 0;
	pte_t pte;

	list_for_each_entry(vma, &mm->areas, list) {
		check(vma->start < vma->end && (!last || last->end <= vma->start));
		check(find_vma(mm, vma->start) == vma && find_vma(mm, vma->end - 1) == vma);
		areas++;
		pages += vma_pages(vma);
		last = vma;
	}
	check(areas == (unsigned long)mm->map_count && pages == mm->total_vm);
	for (unsigned i = 0; i < PAGES; i++) {
		const struct model_page *m = &model[p][i];

		vma = find_vma(mm, at(i));
		check(m->mapped == (vma && vma->start <= at(i)));
		if (m->mapped && vma)
			check((vma->flags & VM_ACCESS) == m->prot &&
			      !!(vma->flags & VM_SHARED) == m->shared);
	}
	for_each_pte(mm->pgd, vpn, task_size >> PAGE_SHIFT, pte) {
		rss++;
		check(pte_page(pte)->refs >= pte_page(pte)->mapcount);
		check(pte_page(pte)->mapcount > 0);
	}
	check(rss == mm->rss && rss == mm->anon_rss + mm->file_rss + mm->shmem_rss);
	check(!space_flush(mm));
	for (unsigned i = 0; i < SHADOW_PAGES; i++) {
		pte = pte_get(mm->pgd, (SHADOW_BASE >> PAGE_SHIFT) + i);
		check(mm->space->page[i].prot == pte_space(pte));
		check(!pte_space(pte) || (mm->space->page[i].pfn == pte_pfn(pte) &&
					  !(pte_space(pte) & SPACE_WRITE && !(pte & PTE_WRITE))));
	}
}

static void random_step(int p)
{
	static void (*const steps[])(int) = { do_map,	  do_unmap, do_protect, do_dontneed,
					      do_remap,	  do_poke,  do_fork,	do_end };
	unsigned r = prandom() % 100;

	current->mm = mms[p];
	if (r < 50)
		do_access(p);
	else if (r < 70)
		do_uaccess(p);
	else if (r < 99)
		steps[prandom() % 6](p);
	else
		steps[6 + prandom() % 2](p);
}

static void random_life(void)
{
	mms[0] = mm_new();
	for (unsigned i = 0; i < 150000 && good; i++) {
		int p = prandom() % PROCS;

		if (!mms[p])
			continue;
		random_step(p);
		if (mms[p] && i % 64 == 0)
			check_mm(p);
	}
	for (int p = 0; p < PROCS; p++) {
		if (!mms[p])
			continue;
		mm_put_users(mms[p]);
		mms[p] = NULL;
		for (unsigned i = 0; i < PAGES; i++)
			model_unmap(&model[p][i]);
	}
}

/* A file larger than memory: reclaim, write-back and mappings of it. */
static void big_file(bool mapped)
{
	const unsigned long pages = MEM / PAGE_SIZE * 2;
	struct file *file = stub_file(pages, true);
	struct mm *mm = mm_new();
	u32 value, cut = 5;

	current->mm = mm;
	for (unsigned long i = 0; i < pages; i++)
		*(u32 *)(stub_disk(file) + i * PAGE_SIZE) = (u32)i;
	check(mm_map(mm, SHADOW_BASE, SHADOW_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED, file, 0) == (long)SHADOW_BASE);
	for (unsigned long i = 0; i < pages && good; i++) {
		struct page *page = read_page(file->mapping, i, 32);
		uaddr_t addr = SHADOW_BASE + (i % SHADOW_PAGES) * PAGE_SIZE;

		check(!IS_ERR(page) && *(u32 *)page_address(page) == (u32)i);
		page_put(page);
		if (!mapped || i >= SHADOW_PAGES)
			continue;
		check(!guest_access(mm, addr, false, true, &value) && value == (u32)i);
		value = ~(u32)i;
		if (i % 16 == 0)
			check(!guest_access(mm, addr, true, true, &value));
		if (i % 256 == 0)
			check(!write_back(file->mapping, 0, LLONG_MAX));
	}
	check(!write_back(file->mapping, 0, LLONG_MAX) && !nr_dirty_pages());
	for (unsigned long i = 0; i < pages && good; i++) {
		bool written = mapped && i < SHADOW_PAGES && i % 16 == 0;

		check(*(u32 *)(stub_disk(file) + i * PAGE_SIZE) == (written ? ~(u32)i : (u32)i));
	}
	/* A store after the write-back must be noticed. */
	value = 77;
	check(!guest_access(mm, SHADOW_BASE, true, false, &value) && nr_dirty_pages() == 1);
	truncate_pages(file->mapping, 5 * (loff_t)PAGE_SIZE + 2, LLONG_MAX);
	file->inode->size = 5 * (loff_t)PAGE_SIZE + 2;
	memset((u8 *)&cut + 2, 0, sizeof(cut) - 2);
	check(!guest_access(mm, SHADOW_BASE + 5 * PAGE_SIZE, false, true, &value) && value == cut);
	check(guest_access(mm, SHADOW_BASE + 6 * PAGE_SIZE, false, true, &value) == SIGBUS);
	mm_put_users(mm);
	fput(file);
}

static void heap_and_stack(void)
{
	struct mm *mm = mm_new();
	uaddr_t top = task_size & PAGE_MASK;
	u32 value = 3;

	current->mm = mm;
	mm->start_brk = mm->brk = SHADOW_BASE + 100;
	check(mm_set_brk(mm, SHADOW_BASE + 3 * PAGE_SIZE + 5) == (long)SHADOW_BASE + 12293);
	check(!put_user(value, SHADOW_BASE + 3 * PAGE_SIZE));
	check(mm_set_brk(mm, 0) == (long)SHADOW_BASE + 12293);
	check(mm_set_brk(mm, SHADOW_BASE + 200) == (long)SHADOW_BASE + 200 && mm->map_count == 0);
	check(put_user(value, SHADOW_BASE + PAGE_SIZE) == -EFAULT);
	check(mm_map(mm, top - 4 * PAGE_SIZE, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, NULL, 0) > 0);
	check(!put_user(value, top - 100 * PAGE_SIZE));
	check(mm->stack_vm == 100);
	check(mm_set_brk(mm, SHADOW_BASE + 3 * PAGE_SIZE) > 0);
	check(put_user(value, SHADOW_BASE + 40 * PAGE_SIZE) == -EFAULT); /* the guard gap */
	check(mm_map(mm, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, NULL, 0) != 0);
	check(mm_map(mm, top - 8 * PAGE_SIZE, PAGE_SIZE, PROT_READ,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, NULL, 0) == -EEXIST);
	mm_put_users(mm);
}

static u64 faults_of(struct mm *mm, uaddr_t addr, bool write)
{
	u64 before = mm_counts.faults;
	u32 value = 1;

	current->mm = mm;
	check(!guest_access(mm, addr, write, true, &value));
	return mm_counts.faults - before;
}

static struct mm *mm_with_area(void)
{
	struct mm *mm = mm_new();

	current->mm = mm;
	check(mm_map(mm, SHADOW_BASE, SHADOW_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0) == (long)SHADOW_BASE);
	return mm;
}

/* Touching memory from its beginning takes few faults; here and there, little memory. */
static void fault_runs(void)
{
	struct mm *mm = mm_with_area();
	u64 faults = 0;

	for (unsigned i = 0; i < 2048; i++)
		faults += faults_of(mm, SHADOW_BASE + i * PAGE_SIZE, true);
	check(faults <= 12);
	mm_put_users(mm);

	mm = mm_with_area();
	for (unsigned i = 64; i < SHADOW_PAGES; i += 64)
		check(faults_of(mm, SHADOW_BASE + i * PAGE_SIZE, true) == 1);
	check(mm->anon_rss <= 63 * 16);
	mm_put_users(mm);
}

/* What parent and children write right after a fork, they write without a fault. */
static void fork_copies(void)
{
	const uaddr_t hot = SHADOW_BASE, late = SHADOW_BASE + 100 * PAGE_SIZE;
	struct mm *mm = mm_with_area(), *child;

	faults_of(mm, hot, true);
	faults_of(mm, late, true);
	child = mm_fork(mm);
	check(!faults_of(child, hot, true) && !faults_of(mm, hot, true));
	mm_put_users(child);

	mm_put_users(mm);

	/* Too many to copy all.  What the first child writes is the second's at once. */
	mm = mm_with_area();
	for (unsigned i = 0; i < 200; i++)
		faults_of(mm, SHADOW_BASE + i * PAGE_SIZE, true);
	child = mm_fork(mm);
	check(faults_of(child, late, true) == 1);
	check(!faults_of(child, hot, false)); /* readable it is */
	mm_put_users(child);
	child = mm_fork(mm);
	check(!faults_of(child, late, true));
	check(faults_of(mm, late, true) == 1);
	mm_put_users(child);
	mm_put_users(mm);
}

/* A library's segments: what is cached of them is mapped with the data segment, and the bss with
 * what comes next. */
static void segments_ahead(void)
{
	const uaddr_t code = SHADOW_BASE, data = SHADOW_BASE + 40 * PAGE_SIZE,
		      bss = SHADOW_BASE + 48 * PAGE_SIZE;
	const int flags = MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE;
	struct file *file = stub_file(52, true);
	struct mm *mm = mm_new();
	u32 value = 7;

	current->mm = mm;
	for (unsigned i = 0; i < 52; i++)
		page_put(read_page(file->mapping, i, 52));
	check(mm_map(mm, code, 52 * PAGE_SIZE, PROT_READ, flags & ~MAP_FIXED, file, 0) ==
	      (long)code);
	check(mm_map(mm, code, 40 * PAGE_SIZE, PROT_READ | PROT_EXEC, flags, file, 0) ==
	      (long)code);
	check(!mm->rss); /* the linker is not done: nothing is mapped in vain */
	check(mm_map(mm, data, 8 * PAGE_SIZE, PROT_READ | PROT_WRITE, flags, file,
		     40 * PAGE_SIZE) == (long)data);
	check(mm->rss == 48);
	check(mm_map(mm, bss, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, NULL, 0) == (long)bss);
	space_post(mm);
	check(mm->rss == 52);
	check(!faults_of(mm, code, false) && !faults_of(mm, data, true) &&
	      !faults_of(mm, bss, true));
	check(!guest_access(mm, data, true, true, &value));
	check(*(u32 *)(stub_disk(file) + 40 * PAGE_SIZE) != 7);
	check(!guest_access(mm, data + 4 * PAGE_SIZE, false, true, &value) && value == 0);
	check(guest_access(mm, code, true, true, &value) == SIGSEGV);
	mm_put_users(mm);
	fput(file);
}

int main(void)
{
	stub_init(MEM);
	free_before = nr_free_pages();
	random_life();
	ok(good, "random life: memory, areas, tables and spaces agree with the model");
	ok(!stub_bad_op, "all batches were proper");
	ok(nr_free_pages() == free_before && !nr_anon_pages() && !nr_cached_pages() &&
		   !nr_committed_pages() && !nr_pagetable_bytes() && !nr_mapped_pages(),
	   "nothing is left behind");
	good = true;
	big_file(false);
	ok(good, "a file larger than memory is read");
	good = true;
	big_file(true);
	ok(good, "and mapped, written and truncated");
	ok(nr_free_pages() == free_before && !nr_dirty_pages(), "nothing is left behind");
	good = true;
	heap_and_stack();
	ok(good, "heap and stack");
	good = true;
	fault_runs();
	ok(good, "runs of faults: few for a walk, little memory for touches here and there");
	good = true;
	fork_copies();
	ok(good, "fork: what is written at once is copied ahead");
	good = true;
	segments_ahead();
	ok(good, "a program's segments are mapped ahead");
	ok(nr_free_pages() == free_before, "nothing is left behind");
	return done();
}
