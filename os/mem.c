/* Host memory: memory files and mappings. */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "um/err.h"
#include "um/os.h"

int os_memfd(const char *name, u64 size)
{
	int fd = memfd_create(name, MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, size)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static void *map(size_t len, int prot, int flags, int fd, u64 offset)
{
	void *addr = mmap(NULL, len, prot, flags, fd, offset);

	return addr == MAP_FAILED ? ERR_PTR(-errno) : addr;
}

void *os_map_shared(int fd, u64 offset, size_t len, bool write)
{
	return map(len, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED, fd, offset);
}

void *os_map_private(size_t len)
{
	return map(len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int os_unmap(void *addr, size_t len)
{
	return munmap(addr, len) ? -errno : 0;
}

bool os_range_reserve(unsigned long addr, size_t len)
{
	void *mem = mmap((void *)addr, len, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (mem == MAP_FAILED)
		return false;
	if (mem == (void *)addr)
		return true;
	munmap(mem, len);
	return false;
}

/* May a page be mapped there, were it not in use? */
static bool mappable(unsigned long addr)
{
	if (!os_range_reserve(addr, os_page_size()))
		return errno == EEXIST;
	munmap((void *)addr, os_page_size());
	return true;
}

unsigned long os_task_top(unsigned long usual)
{
	unsigned long page = os_page_size(), low = 0, high = -page;

	if (mappable(usual - page) && !mappable(usual))
		return usual;
	while (high - low > page) {
		unsigned long middle = (low + (high - low) / 2) & -page;

		if (mappable(middle))
			low = middle;
		else
			high = middle;
	}
	return high;
}

int os_protect_none(void *addr, size_t len)
{
	return mprotect(addr, len, PROT_NONE) ? -errno : 0;
}

int os_release_range(int memfd, u64 offset, u64 len)
{
	int ret;

	do
		ret = fallocate(memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, len);
	while (ret && errno == EINTR);
	return ret ? -errno : 0;
}

size_t os_page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* The second number of statm: proc(5). */
u64 os_resident_bytes(void)
{
	char buf[128];
	unsigned long long total, resident;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = os_read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = 0;
	if (sscanf(buf, "%llu %llu", &total, &resident) != 2)
		return 0;
	return resident * os_page_size();
}
