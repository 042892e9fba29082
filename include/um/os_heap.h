/* The host's heap, and what K asks of the host about its own mappings.  os/heap.c */
#ifndef UM_OS_HEAP_H
#define UM_OS_HEAP_H

#include "um/types.h"

void *os_heap_alloc(size_t size);		/* zeroed; NULL: the host has none */
void *os_heap_realloc(void *ptr, size_t size);	/* NULL: none, and ptr is as it was */
void os_heap_free(void *ptr);
u64 os_heap_bytes(void);			/* in use now, as the heap rounds them */
u64 os_heap_blocks(void);

/* Does the host page at `addr`, in a shared mapping, exist (has anybody touched it)? */
bool os_page_exists(const void *addr);
/* Takes a shared mapping out of K's own page tables; its contents stay where they are. */
int os_mapping_trim(void *addr, size_t len);
/* How many mappings the host lets one process have. */
unsigned long os_max_map_count(void);
/* A memory barrier on all CPUs that run anything.  Slow.  0 or -errno. */
int os_membarrier_global(void);

#endif
