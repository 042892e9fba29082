/*
 * Rewritten system call sites: a call site that keeps trapping becomes a jump to a stub, which
 * loads the call's number and goes to the gate's own entry (gate_trampoline_entry) without any
 * trap.  mm/rewrite.c, mm/rewrite_mm.c; the instructions are the port's (um/site.h).
 *
 * Only copies of pages are patched, and only spaces have them mapped: K's page tables hold the
 * file's page, so whatever K reads or copies for the guest has the original bytes.  Patched
 * pages and stubs are mapped execute-only, so that a program that reads its own text faults, and
 * gets the original.
 */
#ifndef UM_REWRITE_H
#define UM_REWRITE_H

#include "um/mm.h"

enum rewrite_counter {
	REWRITE_SITES,		/* sites that have become a jump */
	REWRITE_WITHDRAWN,	/* patched pages that a space had, and has the original for again */
	REWRITE_SETTLED,	/* times that a space's threads were stopped for that */
	/* Sites that stay a trap, because: */
	REWRITE_NOT_TEXT,	/* not a private mapping of a file that
				   can only be read and executed */
	REWRITE_CHANGED,	/* the page is not the file's any more, or being written */
	REWRITE_PATTERN,	/* no pattern of the port's */
	REWRITE_NO_PLACE,	/* no free page below the file for its stubs, or no memory */
	REWRITE_FULL,		/* as many sites in the file as stubs fit */
	REWRITE_COUNTERS
};

u64 rewrite_count(enum rewrite_counter which);
void rewrite_report(void);		/* all counts, as a debug message */
const char *rewrite_counter_name(enum rewrite_counter which);

/* A call of number nr trapped; ip is the address behind the system call instruction.  After a few
 * of them the site is rewritten, for all who map the file.  Never sleeps; what changes is queued
 * and comes with the next space_flush.  mm is current's. */
void rewrite_site(struct mm *mm, uaddr_t ip, long nr);
/* Is ip in a stub of mm, or in the padding that leads to one?  Then *syscall_ip is where the
 * system call instruction is, and *nr the number to be in its register (-1: it already is): a
 * thread that is moved there has done nothing yet. */
bool rewrite_stub_site(struct mm *mm, uaddr_t ip, uaddr_t *syscall_ip, long *nr);
/* Moves a task that was interrupted in a stub to the system call instruction. */
void rewrite_fixup(struct task *task);
/* While a task of mm is traced its text is as it was.  `off` false: none is any more. */
void rewrite_traced(struct mm *mm, bool off);

/* --- for mm/ and fs/ only */
struct rewrite_file;
struct rewrite_mm;

/* What the space is to have at vpn in place of the file's `page`; NULL: that page itself, since
 * there is no other or it would not be worth it.  Its stubs are mapped then.  The
 * caller maps it SPACE_EXEC alone. */
struct page *rewrite_page(struct mm *mm, unsigned long vpn, struct page *page);
/* The page at vpn that is mapped SPACE_EXEC was read: it is to be the original from now on. */
void rewrite_keep_original(struct mm *mm, unsigned long vpn);
/* A fault where there is no area: true if a stub belongs there, which is mapped then. */
bool rewrite_fault(struct mm *mm, uaddr_t addr, enum fault_access access);
/* An area of mm now covers [start, end): no stub can be there, and its text may be new. */
void rewrite_area(struct mm *mm, uaddr_t start, uaddr_t end);
/* The space loses what it has mapped in [start, end). */
void rewrite_unmapping(struct mm *mm, uaddr_t start, uaddr_t end);
/* Before a flush: no other thread of mm runs guest code until it is done, if what is queued
 * takes away code that one may be in.  May sleep. */
void rewrite_settle(struct mm *mm);
/* The bytes of a cached page change, or it leaves the cache. */
void rewrite_page_changed(struct page *page);
/* The mapping gets a shared writable area: its pages may change without notice. */
void rewrite_mapping_writable(struct address_space *mapping);
void rewrite_mapping_gone(struct address_space *mapping);	/* the inode ends */
void rewrite_mm_gone(struct rewrite_mm *part);	/* of an mm whose space is empty; or NULL */
/* Does a search for a free place leave a page below this area for stubs? */
bool rewrite_wants_gap(const struct vm_area *vma);

#endif
