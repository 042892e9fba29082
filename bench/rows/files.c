/* Calls about files: names on the host's file system, contents on a tmpfs. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rows.h"

enum { BLOCK = 4096, FILE_BLOCKS = 256 };

static char path[512];
static int fd = -1;

static int find_file(const struct row *row)
{
	(void)row;
	snprintf(path, sizeof(path), "%s/big.c", work_dir);
	return access(path, R_OK) ? fail("%s", path) : 0;
}

static long long stat_row(const struct row *row, long n)
{
	long long start = now_ns();
	struct stat st;

	(void)row;
	for (long i = 0; i < n; i++)
		if (stat(path, &st))
			return fail("stat");
	return now_ns() - start;
}

static long long open_row(const struct row *row, long n)
{
	long long start = now_ns();

	(void)row;
	for (long i = 0; i < n; i++) {
		int file = open(path, O_RDONLY | O_CLOEXEC);

		if (file < 0)
			return fail("open");
		close(file);
	}
	return now_ns() - start;
}

/* A file of 1 MiB that is all in memory. */
static int make_file(const struct row *row)
{
	char block[BLOCK];

	(void)row;
	snprintf(path, sizeof(path), "%s/file", scratch_dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail("%s", path);
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < FILE_BLOCKS; i++)
		if (write(fd, block, BLOCK) != BLOCK)
			return fail("%s", path);
	return 0;
}

static void remove_file(const struct row *row)
{
	(void)row;
	if (fd < 0)
		return;
	close(fd);
	unlink(path);
	fd = -1;
}

static long long pread_row(const struct row *row, long n)
{
	long long start = now_ns();
	char block[BLOCK];

	(void)row;
	for (long i = 0; i < n; i++)
		if (pread(fd, block, BLOCK, i % FILE_BLOCKS * BLOCK) != BLOCK)
			return fail("pread");
	return now_ns() - start;
}

static long long pwrite_row(const struct row *row, long n)
{
	char block[BLOCK];
	long long start;

	(void)row;
	memset(block, 'y', sizeof(block));
	start = now_ns();
	for (long i = 0; i < n; i++)
		if (pwrite(fd, block, BLOCK, i % FILE_BLOCKS * BLOCK) != BLOCK)
			return fail("pwrite");
	return now_ns() - start;
}

const struct row file_rows[] = {
	{ .name = "stat", .prepare = find_file, .run = stat_row },
	{ .name = "open+close", .prepare = find_file, .run = open_row },
	{ .name = "pread4k", .prepare = make_file, .run = pread_row, .finish = remove_file },
	{ .name = "pwrite4k", .prepare = make_file, .run = pwrite_row, .finish = remove_file },
	{ 0 },
};
