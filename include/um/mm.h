/*
 * Memory: physmem, page tables, areas, the page cache.  mm/
 *
 * K's page tables say what a guest address means; a space's host mappings are a cache of them
 * (pte.h says which entries are mapped there and how).  Whoever takes rights away from a page
 * table entry queues the space operation with it, and space_flush(mm) has run before the page is
 * used for anything else.
 */
#ifndef UM_MM_H
#define UM_MM_H

#include <linux/mman.h>

#include "um/arch.h"
#include "um/err.h"
#include "um/list.h"
#include "um/mutex.h"
#include "um/sched.h"

struct file;
struct inode;
struct iov_iter;
struct vm_area;
struct mm;
struct radix_tree;

/* --- physmem and page frames: mm/physmem.c, mm/page_alloc.c */
#define PAGE_SHIFT ARCH_PAGE_SHIFT	/* a constant, or a variable set at boot on some ports */
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x) ALIGN(x, PAGE_SIZE)

typedef unsigned long pfn_t;

enum page_flags {
	PG_DIRTY = 1 << 0,	/* page cache: newer than the file */
	PG_UPTODATE = 1 << 1,	/* page cache: holds the file's bytes */
	PG_LOCKED = 1 << 2,	/* page cache: being filled */
	PG_ZERO = 1 << 3,	/* free page known to be zero */
	PG_LRU = 1 << 4,
	PG_REFERENCED = 1 << 5,
	PG_WRITEBACK = 1 << 6,
	PG_BUDDY = 1 << 7,
	PG_RESERVED = 1 << 8,
};

struct page {
	u32 flags;
	int refs;		/* 0: free */
	int mapcount;		/* page table entries that hold it */
	u8 order;		/* of a free block, in its first page */
	struct address_space *mapping;	/* whose page cache it is in, or NULL */
	unsigned long index;		/* page offset there */
	struct list_head lru;
};

struct page *pfn_to_page(pfn_t pfn);
pfn_t page_to_pfn(const struct page *page);
void *page_address(const struct page *page);	/* K's mapping; always valid */
extern u64 physmem_size;			/* mem=, bytes */
int physmem_fd(void);				/* the memfd; page pfn is at pfn << PAGE_SHIFT */

struct page *alloc_page(bool zero);		/* refs 1; reclaims; NULL: none left (OOM) */
/* Up to `want` physically contiguous pages (a power of two or less), each with refs 1; *got says
 * how many.  NULL when there is not even one. */
struct page *alloc_pages_run(unsigned want, unsigned *got, bool zero);
void page_get(struct page *page);
void page_put(struct page *page);		/* frees at 0 */
u64 nr_free_pages(void);
u64 nr_total_pages(void);
u64 nr_cached_pages(void);			/* page cache and tmpfs */
u64 nr_dirty_pages(void);
u64 nr_anon_pages(void);
u64 nr_shmem_pages(void);
u64 nr_mapped_pages(void);			/* of the page cache */
u64 nr_pagetable_bytes(void);
u64 nr_committed_pages(void);			/* Committed_AS */
u64 commit_limit_pages(void);
u64 mm_pagetable_bytes(const struct mm *mm);	/* VmPTE */
extern int sysctl_overcommit_memory, sysctl_overcommit_ratio;	/* proc(5) */
/* No page could be had: kills the worst process, says so in the log.  Sleeps until memory may
 * have come free; -ENOMEM if current itself is to die. mm/oom.c */
int out_of_memory(void);

/* --- page cache: mm/page_cache.c.  What a file system offers: */
struct address_space_ops {
	/* Required for files that can be read or mapped.  Fills `nr` consecutive pages, all of them
	 * new, locked, in the cache and referenced, from the file at page->index (zero beyond its
	 * end).  May sleep.  0 or -errno (then the pages are dropped again). */
	int (*readpages)(struct address_space *mapping, struct page **pages, unsigned nr);
	/* Writes nr consecutive dirty pages (not beyond the inode's size) back.  NULL: the page
	 * cache is the only home (tmpfs): pages are never dropped. May sleep. */
	int (*writepages)(struct address_space *mapping, struct page **pages, unsigned nr);
};

struct address_space {
	struct inode *host;
	const struct address_space_ops *ops;
	struct radix_tree *pages;	/* page index -> struct page; each holds a reference */
	u64 nr_pages;
	u64 nr_dirty;
	struct list_head mmaps;		/* vm_area.mapping_node of all areas that map it */
	int wb_error;			/* a failed write-back, for fsync to report once */
	unsigned writable_maps;		/* shared writable areas: memfd seals ask */
	struct list_head dirty_node;	/* on mm's list of mappings with dirty pages */
	struct rewrite_file *rewrite;	/* mm/rewrite.c: its patched pages, or NULL */
};

void address_space_init(struct address_space *mapping, struct inode *host,
			const struct address_space_ops *ops);
/* The cached page, with a reference; NULL if not cached (find), read in (read) or made, for
 * tmpfs, zeroed (grab: not UPTODATE when new).  ERR_PTR(-EIO, -ENOMEM...). */
struct page *find_page(struct address_space *mapping, unsigned long index);
struct page *read_page(struct address_space *mapping, unsigned long index, unsigned readahead);
struct page *grab_page(struct address_space *mapping, unsigned long index);
void set_page_dirty(struct page *page);
/* Drops cached pages of [start, end) bytes (end LLONG_MAX: to the end) after the file became
 * shorter or a hole was punched: zeroes the partial ones, unmaps the others from every mm. */
void truncate_pages(struct address_space *mapping, loff_t start, loff_t end);
/* Drops clean, unmapped pages (the host's file has changed behind us). */
void invalidate_pages(struct address_space *mapping);
/* dirty pages, waits */
int write_back(struct address_space *mapping, loff_t start, loff_t end);
/* For file systems whose files live in the page cache: */
ssize_t generic_file_read(struct file *file, struct iov_iter *to, loff_t *pos);
ssize_t generic_page_write(struct file *file, struct iov_iter *from, loff_t *pos); /* into the
	cache, marks dirty, grows i_size */
int generic_file_mmap(struct file *file, struct vm_area *vma);	/* private and shared, by faults */

/* --- areas */
enum vm_flags {
	VM_READ = 1, VM_WRITE = 2, VM_EXEC = 4,
	VM_SHARED = 8,
	VM_MAYREAD = 0x10, VM_MAYWRITE = 0x20, VM_MAYEXEC = 0x40, VM_MAYSHARE = 0x80,
	VM_GROWSDOWN = 0x100,
	VM_PFNMAP = 0x400,	/* with VM_IO: a page that is not the
				   program's memory; only shown */
	VM_SEGMENT = 0x800,	/* MAP_DENYWRITE: a program's, whose
				   file does not change meanwhile */
	VM_LOCKED = 0x2000,
	VM_IO = 0x4000,
	VM_DONTCOPY = 0x20000, VM_DONTEXPAND = 0x40000, VM_LOCKONFAULT = 0x80000,
	VM_ACCOUNT = 0x100000,		/* counted by vm_commit */
	VM_NORESERVE = 0x200000,
	VM_WIPEONFORK = 0x2000000, VM_DONTDUMP = 0x4000000,
};

struct vm_ops {
	/* All optional.  The area is duplicated (fork, split) or goes away. */
	void (*open)(struct vm_area *vma);
	void (*close)(struct vm_area *vma);
	/* Gives the page at `index` (page offset in the file) with a reference, for an area that
	 * has no address_space (devices).  VM_FAULT errors: -EFAULT gives SIGBUS, -ENOMEM the OOM
	 * killer.  Must not sleep. */
	struct page *(*fault)(struct vm_area *vma, unsigned long index);
	const char *(*name)(struct vm_area *vma);	/* for /proc/PID/maps */
};

struct vm_area {
	struct mm *mm;
	uaddr_t start, end;		/* page-aligned, end exclusive */
	unsigned flags;			/* enum vm_flags */
	unsigned long pgoff;		/* of start in the file, in pages */
	struct file *file;		/* a reference, or NULL: anonymous */
	struct address_space *mapping;	/* file's page cache, or a shmem
					   object's; NULL: anonymous */
	const struct vm_ops *ops;	/* may be NULL */
	void *private_data;
	struct list_head mapping_node;	/* on mapping->mmaps */
	struct list_head list;		/* by address, on mm->areas */
	struct {
		struct vm_area *rbe_left, *rbe_right, *rbe_parent;
		int rbe_color;
	} rb;				/* for <bsd/sys/tree.h> RB_ macros */
};

struct page_tables;	/* private to mm/pgtable.c */
struct space_queue;	/* private to mm/space_queue.c */
struct fork_hints;	/* private to mm/mm_fork.c */

#define AHEAD_RANGES 8

struct mm {
	int users;			/* tasks; at 0 the areas and the space go */
	int refs;			/* users count as one; /proc holds others */
	struct list_head areas;		/* by address */
	struct vm_area *tree;		/* root */
	struct page_tables *pgd;
	struct mutex lock;		/* areas, against sleepers in fault and mmap */
	struct space *space;		/* the gate's; NULL before exec has taken one */
	struct space_queue *queue;	/* space operations not yet made */
	uaddr_t mmap_base;		/* top of the top-down search */
	uaddr_t start_code, end_code, start_data, end_data;
	uaddr_t start_brk, brk, start_stack;
	uaddr_t arg_start, arg_end, env_start, env_end;
	uaddr_t sigpage;		/* where handlers return to (um/sigpage.h), or 0 */
	unsigned long total_vm, locked_vm, data_vm, stack_vm, exec_vm; /* pages */
	unsigned long hiwater_vm, rss, anon_rss, file_rss, shmem_rss, hiwater_rss;	/* pages */
	struct file *exe_file;		/* a reference */
	unsigned long saved_auxv[64];
	int saved_auxv_words;
	bool dumpable;
	bool oom_victim;
	bool mlock_future;
	bool mlock_onfault;		/* with mlock_future: MCL_ONFAULT */
	int map_count;
	struct {
		uaddr_t start, end;
	} ahead[AHEAD_RANGES];		/* ahead.c: new areas to look at, nr_ahead of them */
	unsigned nr_ahead;
	struct fork_hints *hints;	/* mm_fork.c: what its children write first, or NULL */
	struct fork_hints *parent_hints;	/* ... where it tells its own parent, or NULL */
	unsigned membarrier;		/* MEMBARRIER_CMD_REGISTER_* done */
	struct rewrite_mm *rewrite;	/* mm/rewrite_mm.c: patched pages in the space, or NULL */
};

#define MAX_MAP_COUNT 65530

struct mm *mm_new(void);		/* users 1, no areas, takes a
					   space from the gate; ERR_PTR */
struct mm *mm_fork(struct mm *from);	/* copy-on-write copy of all areas; ERR_PTR(-ENOMEM) */
struct mm *mm_get_users(struct mm *mm);	/* another task */
void mm_put_users(struct mm *mm);	/* a task has left */
struct mm *mm_hold(struct mm *mm);	/* the structure only */
void mm_drop(struct mm *mm);
struct vm_area *find_vma(struct mm *mm, uaddr_t addr);	/* the first with end > addr, or NULL */
/* The calls behind mmap(2) and friends; used by exec too, on an mm that is not current's.
 * Address or -errno in the long. */
long mm_map(struct mm *mm, uaddr_t addr, size_t len, int prot, int flags, struct file *file,
	    u64 offset);
int mm_unmap(struct mm *mm, uaddr_t addr, size_t len);
/* An area of K's own in a program; its ops have a fault method. */
struct special_area {
	size_t len;			/* page-aligned */
	unsigned flags;			/* enum vm_flags */
	const struct vm_ops *ops;
};
/* Puts areas side by side at a free place of a new mm.  The first one's address or -ENOMEM. */
long mm_map_special(struct mm *mm, const struct special_area *areas, unsigned nr);
long mm_set_brk(struct mm *mm, uaddr_t brk);
/* The whole fault policy: makes addr accessible in K's tables, and queues the space's mapping.
 * 0; or a signal to send: SIGSEGV or SIGBUS in *sig with its si_code in *code, -EFAULT;
 * -ENOMEM/-EINTR when killed meanwhile.  May sleep. */
int mm_fault(struct mm *mm, uaddr_t addr, enum fault_access access, int *sig, int *code);
/* All areas are new, made by exec: what their program will ask for first is mapped already, and the
 * space begins with that while exec goes on.  May sleep. */
void mm_map_ahead(struct mm *mm);
/* Hands queued operations to the gate, merged.  Before a task of mm goes back to user mode and
 * before pages are reused.  0, or -errno when the space is broken (the task is then killed). */
int space_flush(struct mm *mm);
/* The same for a task of mm that goes back to user mode: it will wait for what it needs. */
int space_post(struct mm *mm);
/* Tasks of mm will find what K has stored as code, from their next return to user mode on. */
void space_fence(struct mm *mm);
/* Forgets what the space has mapped; everything is mapped again on fault. */
void space_forget(struct mm *mm);
/* Unmaps the page cache pages [first, last] of mapping from all mms that map them. */
void unmap_mapping(struct address_space *mapping, unsigned long first, unsigned long last,
		   bool even_private);
/* A zeroed shared object for MAP_SHARED|MAP_ANONYMOUS, as a tmpfs file; fs/tmpfs. ERR_PTR. */
struct file *shmem_file(const char *name, u64 size, unsigned open_flags);
/* Text of /proc/PID/maps and smaps for one area; mm/ knows the names. */
struct seq_file;
void vma_show(struct seq_file *m, struct vm_area *vma, bool smaps);

#endif
