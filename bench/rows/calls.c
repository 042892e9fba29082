/* System calls that do next to nothing: what is left is the way into the kernel and back. */
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "rows.h"

static long long getppid_row(const struct row *row, long n)
{
	long long start = now_ns();

	(void)row;
	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	return now_ns() - start;
}

static long long clock_gettime_row(const struct row *row, long n)
{
	long long start = now_ns();
	struct timespec ts;

	(void)row;
	for (long i = 0; i < n; i++)
		if (clock_gettime(CLOCK_MONOTONIC, &ts))
			return fail("clock_gettime");
	return now_ns() - start;
}

static long long read1_row(const struct row *row, long n)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	long long took = -1, start = now_ns();
	char byte;

	(void)row;
	if (fd < 0)
		return fail("/dev/zero");
	for (long i = 0; i < n; i++)
		if (read(fd, &byte, 1) != 1) {
			fail("read");
			goto out;
		}
	took = now_ns() - start;
out:
	close(fd);
	return took;
}

static long long write1_row(const struct row *row, long n)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	long long took = -1, start = now_ns();

	(void)row;
	if (fd < 0)
		return fail("/dev/null");
	for (long i = 0; i < n; i++)
		if (write(fd, "", 1) != 1) {
			fail("write");
			goto out;
		}
	took = now_ns() - start;
out:
	close(fd);
	return took;
}

const struct row call_rows[] = {
	{ .name = "getppid", .run = getppid_row },
	{ .name = "clock_gettime", .run = clock_gettime_row },
	{ .name = "read1", .run = read1_row },
	{ .name = "write1", .run = write1_row },
	{ 0 },
};
