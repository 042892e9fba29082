/*
 * truncate, ftruncate and the modes of fallocate: sizes, zeros, what stays, the
 * errors.
 */
#include "fixture.h"

#ifndef FALLOC_FL_KEEP_SIZE
#include <linux/falloc.h>
#endif

/* True if length bytes at offset read as this byte. */
static bool all_bytes(int fd, off_t offset, size_t length, char byte)
{
	char buf[512];

	while (length > 0) {
		size_t n = length < sizeof(buf) ? length : sizeof(buf);

		if (pread(fd, buf, n, offset) != (ssize_t)n)
			return false;
		for (size_t i = 0; i < n; i++)
			if (buf[i] != byte)
				return false;
		offset += n;
		length -= n;
	}
	return true;
}

static int make_filled(const char *path, size_t length)
{
	int fd = make_file(path, "");
	char buf[1024];

	memset(buf, 'x', sizeof(buf));
	for (size_t at = 0; at < length; at += sizeof(buf))
		EQ(pwrite(fd, buf, sizeof(buf), at), sizeof(buf));
	OK(ftruncate(fd, length));
	return fd;
}

static void need_fallocate(int fd, int mode, off_t offset, off_t length)
{
	if (fallocate(fd, mode, offset, length) < 0) {
		EQ(errno, EOPNOTSUPP);
		abi_skip("this mode is not supported here");
	}
}

static off_t size_of(int fd)
{
	struct stat st;

	OK(fstat(fd, &st));
	return st.st_size;
}

static void shorten(void)
{
	put_file("f", "hello world");
	OK(truncate("f", 5));
	CHECK(file_is("f", "hello"));
	OK(truncate("f", 0));
	EQ(stat_of("f").st_size, 0);
	EQ(stat_of("f").st_nlink, 1);
}

static void lengthen(void)
{
	int fd = make_file("f", "ab");

	OK(ftruncate(fd, 10000));
	EQ(size_of(fd), 10000);
	CHECK(all_bytes(fd, 2, 9998, 0));
	EQ(lseek(fd, 0, SEEK_CUR), 0);
}

static void shrink_then_grow(void)
{
	int fd = make_filled("f", 9000);

	/* What was cut off must not come back, nor the rest of its page. */
	OK(ftruncate(fd, 4099));
	OK(ftruncate(fd, 9000));
	CHECK(all_bytes(fd, 0, 4099, 'x'));
	CHECK(all_bytes(fd, 4099, 9000 - 4099, 0));
}

static void offset_stays(void)
{
	int fd = make_file("f", "hello");
	char c;

	OK(lseek(fd, 5, SEEK_SET));
	OK(ftruncate(fd, 0));
	EQ(lseek(fd, 0, SEEK_CUR), 5);
	EQ(read(fd, &c, 1), 0);
	EQ(write(fd, "!", 1), 1);
	EQ(size_of(fd), 6);
	CHECK(all_bytes(fd, 0, 5, 0));
}

static void path_errors(void)
{
	put_file("f", "abc");
	OK(mkdir("d", 0755));
	FAILS(EINVAL, truncate("f", -1));
	FAILS(ENOENT, truncate("none", 0));
	FAILS(ENOENT, truncate("", 0));
	FAILS(ENOTDIR, truncate("f/x", 0));
	FAILS(EISDIR, truncate("d", 0));
	FAILS(EFAULT, truncate(wild(), 0));
	OK(mkfifo("p", 0600));
	FAILS(EINVAL, truncate("p", 0));
	FAILS(EINVAL, truncate("/dev/null", 0));
	CHECK(file_is("f", "abc"));
}

static void descriptor_errors(void)
{
	int fd = make_file("f", "abc"), p[2];

	FAILS(EINVAL, ftruncate(fd, -1));
	FAILS(EBADF, ftruncate(-1, 0));
	FAILS(EINVAL, ftruncate(OK(open("f", O_RDONLY)), 0));
	FAILS(EINVAL, ftruncate(OK(open(".", O_RDONLY)), 0));
	OK(pipe(p));
	FAILS(EINVAL, ftruncate(p[1], 0));
	CHECK(file_is("f", "abc"));
}

static void follows_link(void)
{
	put_file("f", "abc");
	OK(symlink("f", "l"));
	OK(truncate("l", 1));
	CHECK(file_is("f", "a"));
	OK(symlink("none", "m"));
	FAILS(ENOENT, truncate("m", 1));
	CHECK(!exists("none"));
}

static void far_sizes(void)
{
	int fd = make_file("f", "");
	off_t big = (off_t)6 << 30;

	if (big < 0)
		abi_skip("off_t is small");
	OK(ftruncate(fd, big));
	EQ(size_of(fd), big);
	EQ(pwrite(fd, "e", 1, big), 1);
	EQ(size_of(fd), big + 1);
	OK(ftruncate(fd, (off_t)5 << 30));
	EQ(size_of(fd), (off_t)5 << 30);
	CHECK(ftruncate(fd, INT64_MAX) == 0 || errno == EFBIG || errno == EINVAL);
}

static void mapped(void)
{
	size_t size = page_size();
	int fd = make_filled("f", 2 * size);
	char *at = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(at != MAP_FAILED);
	EQ(at[size + 5], 'x');
	OK(ftruncate(fd, 10));
	EQ(at[9], 'x');
	EQ(at[10], 0);
	EQ(at[size - 1], 0);

	pid_t pid = OK(fork());

	if (pid == 0) {
		at[size] = 'y';
		_exit(0);
	}
	int status = abi_wait(pid);

	CHECK(WIFSIGNALED(status));
	EQ(WTERMSIG(status), SIGBUS);
	OK(ftruncate(fd, 2 * size));
	EQ(at[size], 0);
}

static void allocate(void)
{
	int fd = make_file("f", "ab");

	need_fallocate(fd, 0, 0, 100000);
	EQ(size_of(fd), 100000);
	CHECK(all_bytes(fd, 0, 1, 'a'));
	CHECK(all_bytes(fd, 2, 99998, 0));
	CHECK(stat_of("f").st_blocks * 512 >= 100000);
	OK(fallocate(fd, 0, 10, 10));
	EQ(size_of(fd), 100000);
	OK(fallocate(fd, 0, 150000, 50000));
	EQ(size_of(fd), 200000);
	EQ(lseek(fd, 0, SEEK_CUR), 0);
}

static void allocate_keep_size(void)
{
	int fd = make_file("f", "ab");

	need_fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000);
	EQ(size_of(fd), 2);
	CHECK(stat_of("f").st_blocks * 512 >= 100000);
	CHECK(file_is("f", "ab"));
}

static void punch(void)
{
	int fd = make_filled("f", 65536);
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	need_fallocate(fd, mode, 16384, 32768);
	EQ(size_of(fd), 65536);
	CHECK(all_bytes(fd, 0, 16384, 'x'));
	CHECK(all_bytes(fd, 16384, 32768, 0));
	CHECK(all_bytes(fd, 49152, 16384, 'x'));
	/* Also within a page, and beyond the end. */
	OK(fallocate(fd, mode, 100, 50));
	CHECK(all_bytes(fd, 0, 100, 'x') && all_bytes(fd, 100, 50, 0));
	CHECK(all_bytes(fd, 150, 1000, 'x'));
	OK(fallocate(fd, mode, 65530, 100000));
	EQ(size_of(fd), 65536);
	CHECK(all_bytes(fd, 65530, 6, 0));
}

static void punch_mapped(void)
{
	size_t size = page_size();
	int fd = make_filled("f", 2 * size);
	char *at = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(at != MAP_FAILED);
	EQ(at[0], 'x');
	at[1] = 'y';
	need_fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size);
	EQ(at[0], 0);
	EQ(at[1], 0);
	EQ(at[size], 'x');
}

static void zero_range(void)
{
	int fd = make_filled("f", 8192);

	need_fallocate(fd, FALLOC_FL_ZERO_RANGE, 1000, 5000);
	EQ(size_of(fd), 8192);
	CHECK(all_bytes(fd, 0, 1000, 'x'));
	CHECK(all_bytes(fd, 1000, 5000, 0));
	CHECK(all_bytes(fd, 6000, 2192, 'x'));
	OK(fallocate(fd, FALLOC_FL_ZERO_RANGE, 8000, 2000));
	EQ(size_of(fd), 10000);
	OK(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 9000, 2000));
	EQ(size_of(fd), 10000);
}

static void allocate_errors(void)
{
	int fd = make_file("f", "ab"), p[2];

	need_fallocate(fd, 0, 0, 2);
	FAILS(EINVAL, fallocate(fd, 0, -1, 10));
	FAILS(EINVAL, fallocate(fd, 0, 0, -1));
	FAILS(EINVAL, fallocate(fd, 0, 0, 0));
	FAILS(EBADF, fallocate(-1, 0, 0, 1));
	FAILS(EBADF, fallocate(OK(open("f", O_RDONLY)), 0, 0, 1));
	FAILS(EOPNOTSUPP, fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1));
	FAILS(EOPNOTSUPP, fallocate(fd, 0x40000000, 0, 1));
	FAILS(EFBIG, fallocate(fd, 0, (off_t)INT64_MAX, 1));
	OK(pipe(p));
	FAILS(ESPIPE, fallocate(p[1], 0, 0, 1));
	FAILS(EBADF, fallocate(OK(open(".", O_RDONLY)), 0, 0, 1));
	FAILS(ENODEV, fallocate(OK(open("/dev/null", O_WRONLY)), 0, 0, 1));
	CHECK(file_is("f", "ab"));
}

static void try_truncate(void)
{
	FAILS(EACCES, truncate("f", 0));
	OK(truncate("open", 0));
}

static void permission(void)
{
	need_root();
	put_file("f", "abc");
	put_file("open", "abc");
	OK(chmod("open", 0666));
	become_other_and_run(try_truncate);
	CHECK(file_is("f", "abc"));
	CHECK(file_is("open", ""));
}

static void append_after(void)
{
	put_file("f", "hello");

	int fd = OK(open("f", O_WRONLY | O_APPEND));

	OK(ftruncate(fd, 2));
	EQ(write(fd, "y", 1), 1);
	CHECK(file_is("f", "hey"));
	OK(chmod("f", 0));
	OK(ftruncate(fd, 1));
	EQ(stat_of("f").st_size, 1);
}

static const struct abi_row rows[] = {
	{ shorten, "truncate shortens" },
	{ lengthen, "truncate lengthens with zeros" },
	{ shrink_then_grow, "what was cut off does not come back" },
	{ offset_stays, "the offset stays, even beyond the end" },
	{ path_errors, "truncate errors" },
	{ descriptor_errors, "ftruncate errors" },
	{ follows_link, "truncate follows a link and creates nothing" },
	{ far_sizes, "sizes beyond 4 GiB" },
	{ mapped, "a mapping sees zeros, then SIGBUS, past the new end" },
	{ allocate, "fallocate reserves and extends" },
	{ allocate_keep_size, "FALLOC_FL_KEEP_SIZE reserves beyond the end" },
	{ punch, "FALLOC_FL_PUNCH_HOLE zeroes its range alone" },
	{ punch_mapped, "a mapping sees the hole" },
	{ zero_range, "FALLOC_FL_ZERO_RANGE zeroes and may extend" },
	{ allocate_errors, "fallocate errors" },
	{ permission, "truncate needs write permission" },
	{ append_after, "O_APPEND writes at the new end" },
};

ABI_MAIN(rows)
