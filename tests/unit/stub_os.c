/* The parts of os/ that mm/ needs beside os/mem.c and os/heap.c. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "um/os.h"

u64 os_host_memory(void)
{
	return 1ULL << 30;
}

const char *os_strerror(int err)
{
	return strerror(err);
}

void os_random(void *buf, size_t n)
{
	memset(buf, 0, n);
}

ssize_t os_read(int fd, void *buf, size_t n)
{
	return read(fd, buf, n);
}

void os_abort(void)
{
	abort();
}
