/*
 * What the files of mm/ share: page table entries, the queue of space operations, areas, and
 * the page cache's inside.
 */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

#include "um/gate.h"
#include "um/mm.h"

/* --- physmem.c */
extern struct page *mem_map;		/* one struct page per frame */
extern pfn_t physmem_pages;
extern int physmem_memfd;
extern char *physmem_base;		/* K's mapping of all of it */
extern struct wait_queue_head memory_wait;	/* woken when a page comes free */

/* --- page_alloc.c */
void page_alloc_init(pfn_t nr_pages);
void release_unused(void);		/* used free memory goes back to the host, but for a bit */
/* As alloc_page and alloc_pages_run, but never sleep and reclaim only what costs nothing. */
struct page *alloc_page_now(bool zero);
struct page *alloc_run_now(unsigned want, unsigned *got, bool zero);
/* As alloc_page, and the OOM killer makes room: NULL only when current itself is to die. */
struct page *alloc_page_hard(bool zero);
bool memory_low(unsigned fraction);	/* less than 1/fraction of physmem is free or cached */
void trim_later(void);	/* physmem.c: bounds K's own resident set, and what it keeps of the host */

/* --- chunk.c: the host's huge pages under physmem */
extern unsigned chunk_order;		/* log2 of a chunk's pages; 0: there are none */
void chunks_init(unsigned order);
void chunks_touch(pfn_t pfn, unsigned nr);	/* the host gives the chunks of these pages now */
void chunks_released(pfn_t pfn, unsigned order);	/* ... and has taken them back */
/* A free block comes (add) or goes.  Is its chunk now all free, but in several blocks? */
bool chunk_count(pfn_t pfn, unsigned order, bool add);

/* --- page table entries: pgtable.c.
 * READ and WRITE are what may be done without a fault, by K and in the space alike: area
 * protection, copy-on-write and dirty tracking are all folded in.  The SPACE bits are what the
 * host has mapped (or is about to: the operation is in the queue). */
typedef unsigned long pte_t;
#define PTE_PRESENT 0x1UL
#define PTE_READ 0x2UL
#define PTE_WRITE 0x4UL
#define PTE_ANON 0x8UL		/* a private page, not the page cache's */
#define PTE_AROUND 0x10UL	/* mapped ahead of its first use */
#define PTE_SPACE_SHIFT 5
#define PTE_SPACE ((unsigned long)(SPACE_READ | SPACE_WRITE | SPACE_EXEC) << PTE_SPACE_SHIFT)
#define PTE_SPACE_WRITE ((unsigned long)SPACE_WRITE << PTE_SPACE_SHIFT)
#define PTE_SHMEM 0x100UL	/* counted in shmem_rss */
#define PTE_PFN_SHIFT 12

static inline pfn_t pte_pfn(pte_t pte)
{
	return pte >> PTE_PFN_SHIFT;
}

static inline struct page *pte_page(pte_t pte)
{
	return pfn_to_page(pte_pfn(pte));
}

static inline pte_t make_pte(const struct page *page, unsigned long bits)
{
	return page_to_pfn(page) << PTE_PFN_SHIFT | bits;
}

static inline unsigned pte_space(pte_t pte)
{
	return (pte & PTE_SPACE) >> PTE_SPACE_SHIFT;
}

struct page_tables *pgtable_new(void);
void pgtable_free(struct page_tables *pt);	/* entries hold no references any more */
pte_t pte_get(struct page_tables *pt, unsigned long vpn);	/* 0: none */
/* 0, or -ENOMEM (never for an entry that exists, or to clear one). */
int pte_set(struct page_tables *pt, unsigned long vpn, pte_t pte);
/* Fills nr empty entries: pte, and the next frames with the same bits.  How many; less than nr
 * when there is no memory for tables. */
unsigned pte_set_run(struct page_tables *pt, unsigned long vpn, pte_t pte, unsigned nr);
/* The first entry that is not 0 in [*vpn, end); *vpn becomes its place.  0: none. */
pte_t pte_next(struct page_tables *pt, unsigned long *vpn, unsigned long end);
u64 pgtable_bytes(const struct page_tables *pt);
#define for_each_pte(pt, vpn, end, pte) for (; (pte = pte_next(pt, &(vpn), end)) != 0; (vpn)++)

/* --- space_queue.c: operations wait here until space_flush, merged with their neighbours.
 * Without a space all of these do nothing. */
struct space_queue *space_queue_new(void);
void space_queue_free(struct space_queue *queue);	/* closed */
/* The end of an mm: no operations any more; then, when all its pages have gone through
 * space_put_page, the space is given back and is NULL. */
void space_close(struct mm *mm);
void space_release(struct mm *mm);
bool space_queued(const struct mm *mm);			/* does a flush have to do or to wait? */
u64 space_flush_now(void);			/* a moment, for space_unflushed */
bool space_unflushed(const struct mm *mm, u64 since);	/* has no flush both begun
							   and ended since? */
bool space_stale(const struct mm *mm);	/* pages wait to be put: the space may still use them */
/* How often rights have been taken away in the space. */
u64 space_removals(const struct mm *mm);
unsigned space_queue_length(const struct mm *mm);
/* Gives a present page the rights in the space; takes them away too. */
void space_map_page(struct mm *mm, unsigned long vpn, unsigned rights, bool populate);
/* Makes sure that a few operations more do no harm.  May forget: entries change. */
void space_room(struct mm *mm);
enum map_when {
	MAP_NOW,
	MAP_NOW_POPULATED,	/* the host's page tables are filled too */
	MAP_NEVER,		/* a fault will ask for it */
};
/* A run of new entries, beginning with `pte`, whose SPACE bits are set; after space_room. */
void space_map_run(struct mm *mm, unsigned long vpn, pte_t pte, unsigned nr,
		   enum map_when when);
/* Maps a page of stubs where the page tables have nothing (rewrite_mm.c). */
void space_map_stubs(struct mm *mm, uaddr_t addr, const struct page *page);
void space_unmap_range(struct mm *mm, uaddr_t start, uaddr_t end);	/* bits are the caller's */
void space_put_page(struct mm *mm, struct page *page);	/* page_put after the next flush */
/* Takes `op` into `last` if they are one operation. */
bool space_op_merge(struct space_op *last, const struct space_op *op);

/* --- vma.c */
#define VM_ACCESS (VM_READ | VM_WRITE | VM_EXEC)
#define STACK_GUARD_GAP (256UL << PAGE_SHIFT)
#define MMAP_MIN_ADDR 65536UL

struct vm_area *vma_new(struct mm *mm, uaddr_t start, uaddr_t end, unsigned flags);
bool vma_limit_reached(void);	/* all areas together take too much of K's memory */
void vma_link(struct vm_area *vma);		/* into tree, list and mapping; counts it */
void vma_unlink(struct vm_area *vma);
/* Cuts at addr; vma keeps the lower part.  The upper one, or ERR_PTR(-ENOMEM). */
struct vm_area *vma_split(struct vm_area *vma, uaddr_t addr);
/* Joins it with equal neighbours; returns the area that it is now in. */
struct vm_area *vma_merge(struct vm_area *vma);
void vma_change_flags(struct vm_area *vma, unsigned flags);	/* with all counts */
void vma_resize(struct vm_area *vma, uaddr_t start, uaddr_t end); /* what it covers is free */
/* Makes area boundaries at start and end.  0 or -ENOMEM. */
int vma_isolate(struct mm *mm, uaddr_t start, uaddr_t end);
void vma_free(struct vm_area *vma);		/* unlinked; closes, puts the file; may sleep */
void vma_free_list(struct list_head *doomed);	/* linked by ->list */
struct vm_area *vma_prev(const struct vm_area *vma);
struct vm_area *vma_next(const struct vm_area *vma);
struct vm_area *vma_first(struct mm *mm, uaddr_t start, uaddr_t end); /* first that overlaps */
uaddr_t vma_gap_start(const struct vm_area *vma);	/* start, less a stack's guard gap */
bool vma_anonymous(const struct vm_area *vma);
unsigned vma_rights(const struct vm_area *vma, pte_t pte);	/* SPACE_* that the page may have */
unsigned long vma_pages(const struct vm_area *vma);
static inline unsigned long vma_index(const struct vm_area *vma, uaddr_t addr)
{
	return vma->pgoff + ((addr - vma->start) >> PAGE_SHIFT);
}

/* --- account.c: limits on address space */
#define VM_ACCOUNTABLE(flags)                                                                      \
	(((flags) & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE)
void mm_account(struct mm *mm, unsigned flags, long pages);
bool mm_may_expand(struct mm *mm, unsigned flags, unsigned long pages);	/* RLIMIT_AS, _DATA */
int vm_commit(unsigned long pages);		/* 0 or -ENOMEM: overcommit */
void vm_uncommit(unsigned long pages);
int mlock_allowed(struct mm *mm, unsigned long more_pages);	/* 0 or -EAGAIN */
bool can_mlock(void);

/* --- mmap.c and friends; mm->lock is held */
int mm_unmap_locked(struct mm *mm, uaddr_t start, uaddr_t end, struct list_head *doomed);
long find_free_range(struct mm *mm, uaddr_t hint, size_t len, int flags);
/* If the page is there with these rights: it counts as touched from now on. */
bool page_populated(struct mm *mm, uaddr_t addr, pte_t need);
void mm_populate(struct mm *mm, uaddr_t start, size_t len);	/* not held; errors are dropped */
int stack_expand(struct vm_area *vma, uaddr_t addr);

/* --- zap.c */
/* Drops the pages of a part of an area. */
void zap_range(struct vm_area *vma, uaddr_t start, uaddr_t end);
/* Takes the cached pages [first, last] out of all areas; the flush is the caller's. */
void zap_mapping(struct address_space *mapping, unsigned long first, unsigned long last,
		 bool even_private);
/* Takes the write right from all mappings of these pages; the flush is the caller's. */
void write_protect_mapping(struct address_space *mapping, unsigned long first, unsigned long last);
void flush_mapping(struct address_space *mapping);	/* all mms that map it; may sleep */
bool mapping_locked(struct address_space *mapping, unsigned long index); /* in an mlocked area */
/* Puts a page into an empty place, taking over the caller's reference.  0 or -ENOMEM. */
int install_page(struct vm_area *vma, unsigned long vpn, struct page *page, unsigned long bits);
/* The same where another page may be, of an area whose text is not rewritten.  The caller maps the
 * new one in the space before it sleeps: only that takes the old one away there. */
int replace_page(struct vm_area *vma, unsigned long vpn, struct page *page, unsigned long bits);
/* Puts a run of frames into empty places, and maps them in the space.  How many were installed,
 * whose references are taken over. */
unsigned install_run(struct vm_area *vma, unsigned long vpn, struct page *page, unsigned nr,
		     unsigned long bits, enum map_when when);
void update_hiwater(struct mm *mm);
extern u64 anon_pages, mapped_pages;

/* --- mm.c, mm_fork.c */
struct mm *mm_alloc(void);		/* users 1, no areas, a space from the gate; ERR_PTR */
void fork_hints_put(struct fork_hints *hints);	/* may be NULL */
/* A child had to copy a page that it shared with its parent; it had to map a file's page. */
void fork_hint_write(struct mm *mm, unsigned long vpn);
void fork_hint_read(struct mm *mm, unsigned long vpn);

/* --- stats.c: counts since boot, for /proc/um/memory */
struct mm_counts {
	u64 faults;	/* of guests: trips through the gate */
	u64 batches;
	u64 ops[4];	/* by enum space_op_type */
	u64 mapped;	/* pages in SPACE_MAP operations */
	u64 copied;	/* pages: copy on write, ahead and at fork too */
	u64 cleared;	/* pages that K filled with zeroes */
};
extern struct mm_counts mm_counts;
void count_batch(const struct space_op *ops, unsigned nr);

/* --- ahead.c; nothing of it sleeps */
/* Puts what is cheap of [start, end), the new part of an area, into the page tables and the
 * space. */
void map_ahead(struct vm_area *vma, uaddr_t start, uaddr_t end);
/* Areas in [start, end) are being made: ahead_run, at the next fault, looks at what has become
 * of them. */
void ahead_note(struct mm *mm, uaddr_t start, uaddr_t end);
void ahead_run(struct mm *mm);
/* For a few new private pages: the host's page tables are filled too, where that does not make the
 * host give memory that may not be used. */
enum map_when map_private(void);
/* Copies of a private file area's cached pages, for the empty entries of [vpn, end). */
void copy_ahead(struct vm_area *vma, unsigned long vpn, unsigned long end);
/* The cached pages for the empty entries of [vpn, end), which is inside the file. */
void map_cached(struct vm_area *vma, unsigned long vpn, unsigned long end, enum map_when when);
/* A program's data: nobody can tell whether its pages are copied early. */
bool data_segment(const struct vm_area *vma);

/* --- fault.c */
/* The entry's rights for a cached page: shared ones are writable when a write needs no notice. */
unsigned long file_bits(const struct vm_area *vma, const struct page *page);
int mm_fault_forced(struct mm *mm, uaddr_t addr, bool write);	/* ptrace's access; 0 or -errno */

/* --- page_cache.c, writeback.c, reclaim.c */
extern u64 cached_pages, dirty_pages, shmem_pages;
extern struct list_head dirty_mappings;		/* address_space.dirty_node */
struct page *cached_page(struct address_space *mapping, unsigned long index);	/* no reference */
void cache_remove(struct page *page);		/* out of the cache; puts the cache's reference */
void clear_page_dirty(struct page *page);
void lock_page(struct page *page);
void unlock_page(struct page *page);
void wait_on_page(struct page *page, u32 flags);	/* until none of the flags is set */
void page_event(struct page *page);		/* a flag that somebody may wait for is clear */
bool mapping_is_home(const struct address_space *mapping);	/* no file behind it */
unsigned shrink_cache(unsigned want);		/* clean and unmapped pages; never sleeps */
bool reclaim_pages(unsigned want);		/* sleeps; did it free any? */
void lru_add(struct page *page);
void lru_del(struct page *page);
unsigned long lru_pages(void);
void writeback_wake(void);			/* starts the periodic writer, hurries it */
void writeback_start(void);

/* --- oom.c */
extern struct mm *oom_victim;
void oom_forget(struct mm *mm);

/* --- madvise.c: takes mm->lock, may sleep */
int do_madvise(struct mm *mm, uaddr_t start, size_t len, int advice);

#endif
