/* What the rewriter's files share. */
#ifndef MM_REWRITE_INTERNAL_H
#define MM_REWRITE_INTERNAL_H

#include "internal.h"
#include "um/rewrite.h"
#include "um/site.h"

/* What a page's copy is worth to new spaces (rewrite.c). */
struct rewrite_worth {
	unsigned long index;		/* the page */
	unsigned worth;			/* 0: a new space begins with the original */
	unsigned given;			/* copies given to new spaces since the last original */
};

/*
 * What is rewritten in one file.  Pages of it that a space may have mapped are kept as long as
 * any mm holds it: so nobody has to know which spaces have an older copy.
 */
struct rewrite_file {
	int refs;			/* the mapping's, and one per rewrite_use */
	struct address_space *mapping;	/* NULL: gone */
	unsigned long stub_pages;	/* from the stub page up to where page 0 would be: pages */
	struct page *stubs;
	struct site *sites;		/* site i's stub is the i-th of the page */
	unsigned nr_sites;
	struct radix_tree *patched;	/* page index -> page */
	struct rewrite_worth *worths;	/* of the pages that have or had copies */
	unsigned nr_worths;
	struct page **old;		/* patched pages that newer ones have replaced */
	unsigned nr_old;
};

/* One mapping of such a file in an mm. */
struct rewrite_use {
	struct rewrite_file *file;	/* a reference */
	uaddr_t stubs;			/* 0: something else is there, and nothing is patched */
};

enum { USES_MAX = 64, KEPT_MAX = 64, SEEN_MAX = 32 };

/* Traps of known sites in a page before an mm gets its copy: as dear as mapping it. */
#define WORTH_TRAPS 3

/* An mm's part; it is made when the first patched page is to be mapped. */
struct rewrite_mm {
	bool off;			/* traced */
	bool settle;			/* threads may be in code that the queue takes away */
	unsigned nr_uses, nr_kept;
	struct rewrite_use uses[USES_MAX];
	unsigned long kept[KEPT_MAX];	/* pages that stay original */
	/* For some pages, which copy is mapped, and how many traps of known sites came before: one
	 * that is missing costs no more than mapping it once more. */
	struct rewrite_seen {
		unsigned long vpn, pfn;
		unsigned traps;
	} seen[SEEN_MAX];
};

extern u64 rewrite_counts[REWRITE_COUNTERS];

/* Should a space that maps this page of the file for the first time get the copy? */
bool rewrite_worthwhile(struct rewrite_file *rf, unsigned long index);
/* A space that had begun with the original was better off with the copy. */
void rewrite_was_worth(struct rewrite_file *rf, unsigned long index);

void rewrite_file_put(struct rewrite_file *rf);
/* Where page 0 of the file would be, by an area that shows it. */
uaddr_t rewrite_base(const struct vm_area *vma);
/* The site whose stub is at `offset` in the stub page; NULL: none. */
const struct site *rewrite_stub_at(const struct rewrite_file *rf, unsigned long offset);
/* May pages of this area be shown patched? */
bool rewrite_area_fits(const struct vm_area *vma);
/* A known site has trapped: maps the newest copy of its page, if mm has an older one, or none after
 * WORTH_TRAPS of them.  `enough`: at once. */
void rewrite_map_newest(struct mm *mm, unsigned long vpn, bool enough);
/* Maps originals wherever the mm's tables say that a page of `mapping`, [first, last], is patched
 * but it should not be. */
void rewrite_withdraw(struct vm_area *vma, unsigned long first, unsigned long last);

#endif
