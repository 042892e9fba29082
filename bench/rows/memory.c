/* Mapping memory and touching it. */
#include <sys/mman.h>

#include "rows.h"

/* The smallest page there is; larger ones are touched more than once. */
#define PAGE 4096
/* From this size on malloc() maps a piece of its own for each request. */
#define MALLOC_PIECE (128 << 10)
#define FAULT_SIZE (8 << 20)

static char *map(unsigned long size)
{
	char *at = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? 0 : at;
}

static void touch(char *at, unsigned long size)
{
	for (unsigned long i = 0; i < size; i += PAGE)
		*(volatile char *)(at + i) = 1;
}

static long long mmap_row(const struct row *row, long n)
{
	long long start = now_ns();

	(void)row;
	for (long i = 0; i < n; i++) {
		char *at = map(MALLOC_PIECE);

		if (!at)
			return fail("mmap");
		touch(at, MALLOC_PIECE);
		if (munmap(at, MALLOC_PIECE))
			return fail("munmap");
	}
	return now_ns() - start;
}

/* n pages touched for the first time, in pieces of 8 MiB; only the touching is timed.  Huge
 * pages are off: whether a piece gets them depends on its address. */
static long long fault_row(const struct row *row, long n)
{
	const long piece_pages = FAULT_SIZE / PAGE;
	long long took = 0, start;

	(void)row;
	for (long left = n; left > 0; left -= piece_pages) {
		long pages = left < piece_pages ? left : piece_pages;
		char *at = map(FAULT_SIZE);

		if (!at)
			return fail("mmap");
		madvise(at, FAULT_SIZE, MADV_NOHUGEPAGE);
		start = now_ns();
		touch(at, (unsigned long)pages * PAGE);
		took += now_ns() - start;
		if (munmap(at, FAULT_SIZE))
			return fail("munmap");
	}
	return took;
}

const struct row memory_rows[] = {
	{ .name = "mmap+touch+munmap", .run = mmap_row },
	{ .name = "pagefault", .run = fault_row },
	{ 0 },
};
