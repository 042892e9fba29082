/* The C library's heap for K, and questions about K's own mappings. */
#include <errno.h>
#include <linux/membarrier.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "um/os.h"
#include "um/os_heap.h"

#ifndef MADV_POPULATE_WRITE	/* Linux 5.14; older hosts refuse it, and the faults come */
#define MADV_POPULATE_WRITE 23
#endif

/* Only K's thread uses the heap through these. */
static u64 heap_bytes, heap_blocks;

/* Below this size glibc's malloc is served from the thread's own cache, which its calloc passes by
 * (GLIBC_TUNABLES, glibc.malloc.tcache_max); above it calloc knows what fresh memory needs no
 * zeroing. */
#define CACHED_MAX 1032

/* The heap grows in steps of some 128 KiB.  K takes all of a step from the host at once, for little
 * more than half of what a fault for each page would cost. */
static void populate(const char *block_end)
{
	static char *populated;	/* up to here */
	char *end;

	if (block_end <= populated)
		return;
	end = sbrk(0);
	if (populated && end > populated)
		madvise(populated, (size_t)(end - populated), MADV_POPULATE_WRITE);
	populated = end;
}

static void *alloc_zeroed(size_t size)
{
	void *ptr;

	if (size > CACHED_MAX)
		return calloc(1, size);
	ptr = malloc(size);
	__asm__("" : "+r"(ptr));	/* or the compiler makes a calloc of the two */
	if (!ptr)
		return NULL;
	populate((char *)ptr + size);
	return memset(ptr, 0, size);
}

void *os_heap_alloc(size_t size)
{
	void *ptr = alloc_zeroed(size);

	if (ptr) {
		heap_bytes += malloc_usable_size(ptr);
		heap_blocks++;
	}
	return ptr;
}

void *os_heap_realloc(void *ptr, size_t size)
{
	size_t before = malloc_usable_size(ptr);
	void *grown = realloc(ptr, size);

	if (grown) {
		heap_bytes += malloc_usable_size(grown) - before;
		heap_blocks += !ptr;
	}
	return grown;
}

void os_heap_free(void *ptr)
{
	if (ptr) {
		heap_bytes -= malloc_usable_size(ptr);
		heap_blocks--;
	}
	free(ptr);
}

u64 os_heap_bytes(void)
{
	return heap_bytes;
}

u64 os_heap_blocks(void)
{
	return heap_blocks;
}

bool os_page_exists(const void *addr)
{
	unsigned char in_core = 0;

	if (mincore((void *)addr, 1, &in_core))
		return true;
	return in_core & 1;
}

int os_mapping_trim(void *addr, size_t len)
{
	return madvise(addr, len, MADV_DONTNEED) ? -errno : 0;
}

unsigned long os_max_map_count(void)
{
	unsigned long count = 65530; /* the host's own default */
	FILE *f = fopen("/proc/sys/vm/max_map_count", "re");

	if (!f)
		return count;
	if (fscanf(f, "%lu", &count) != 1)
		count = 65530;
	fclose(f);
	return count;
}

int os_membarrier_global(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) ? -errno : 0;
}
