/*
 * riscv64: instruction fetches see what has been stored only after a fence.i of their own hart.
 *
 * User code can have a fence on the harts of its own address space (riscv_flush_icache), but here it
 * is other processes that fetch.  What the host does for those is to fence all harts when a page of
 * memory that has never held code becomes executable, for whoever will run there: so such a page is
 * made, and given back.
 */
#include <sys/mman.h>
#include <unistd.h>

void riscv_fence_all(void);

void riscv_fence_all(void)
{
	size_t size = (size_t)getpagesize();
	volatile char *page = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	*page = 0;
	munmap((void *)page, size);
}
