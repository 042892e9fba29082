/* What mm/ and lib/ need around them, for tests that run natively: a task, limits that never
 * bind, and spaces that are arrays. */
#ifndef TESTS_UNIT_STUB_H
#define TESTS_UNIT_STUB_H

#include "um/gate.h"
#include "um/mm.h"

#define SHADOW_PAGES 4096	/* of each space, from SHADOW_BASE on */
#define SHADOW_BASE 0x10000000UL

/* A space: for each page what the host has mapped. */
struct space {
	struct {
		pfn_t pfn;
		unsigned prot;	/* 0: nothing mapped */
	} page[SHADOW_PAGES];
};

void stub_init(u64 mem);		/* physmem and a current task without mm */
/* A system call by name. */
long stub_call(const char *name, unsigned long a, unsigned long b, unsigned long c,
	       unsigned long d, unsigned long e);
extern unsigned stub_batches, stub_ops;
extern bool stub_bad_op;		/* a batch was not what a host would accept */

/* A file of `pages` pages; has_disk: it has a disk behind it, else the cache is its home. */
struct file *stub_file(unsigned long pages, bool has_disk);
unsigned char *stub_disk(struct file *file);

#endif
