/*
 * read, write and their vector and positioned forms, and lseek: what is moved,
 * what the offset becomes, what a fault in the middle leaves.
 */
#include "fixture.h"

#include <sys/resource.h>
#include <sys/uio.h>

static void read_write(void)
{
	char buf[16] = "";
	int fd = make_file("f", "hello");

	EQ(read(fd, buf, 3), 3);
	CHECK(memcmp(buf, "hel", 3) == 0);
	EQ(lseek(fd, 0, SEEK_CUR), 3);
	EQ(read(fd, buf, sizeof(buf)), 2);
	EQ(read(fd, buf, sizeof(buf)), 0);
	EQ(write(fd, " you", 4), 4);
	EQ(lseek(fd, 0, SEEK_CUR), 9);
	CHECK(file_is("f", "hello you"));
}

static void zero_length(void)
{
	int fd = make_file("f", "hello");

	EQ(read(fd, wild(), 0), 0);
	EQ(write(fd, wild(), 0), 0);
	EQ(pread(fd, wild(), 0, 99), 0);
	EQ(pwrite(fd, wild(), 0, 99), 0);
	EQ(lseek(fd, 0, SEEK_CUR), 0);
	EQ(stat_of("f").st_size, 5);
	FAILS(EBADF, read(-1, wild(), 0));
	FAILS(EBADF, write(-1, wild(), 0));
}

static void faults(void)
{
	int fd = make_file("f", "hello"), end = make_file("empty", "");

	FAILS(EFAULT, read(fd, wild(), 5));
	FAILS(EFAULT, write(fd, wild(), 5));
	FAILS(EFAULT, pread(fd, wild(), 5, 0));
	FAILS(EFAULT, pwrite(fd, wild(), 5, 0));
	EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK(file_is("f", "hello"));
	/* Nothing to move, nothing to fault on. */
	EQ(read(end, wild(), 5), 0);
	FAILS(EFAULT, read(fd, (void *)-1L, 5));
}

static void partial_faults(void)
{
	size_t size = page_size();
	char *page = page_before_wild();
	int fd = make_file("f", "abcdefgh"), out = make_file("g", "");

	memcpy(page + size - 3, "xyz", 3);

	ssize_t n = write(out, page + size - 3, 8);

	/* Linux writes what it can copy; a filesystem may also refuse all. */
	CHECK(n == 3 || (n == -1 && errno == EFAULT));
	EQ(lseek(out, 0, SEEK_CUR), n < 0 ? 0 : n);
	CHECK(file_is("g", n < 0 ? "" : "xyz"));
	EQ(read(fd, page + size - 3, 8), 3);
	CHECK(memcmp(page + size - 3, "abc", 3) == 0);
	EQ(lseek(fd, 0, SEEK_CUR), 3);
}

static void positioned(void)
{
	char buf[16];
	int fd = make_file("f", "hello");

	OK(lseek(fd, 1, SEEK_SET));
	EQ(pread(fd, buf, 2, 3), 2);
	CHECK(memcmp(buf, "lo", 2) == 0);
	EQ(pread(fd, buf, 2, 5), 0);
	EQ(pread(fd, buf, 2, 500), 0);
	EQ(pwrite(fd, "J", 1, 0), 1);
	EQ(lseek(fd, 0, SEEK_CUR), 1);
	CHECK(file_is("f", "Jello"));
	FAILS(EINVAL, pread(fd, buf, 1, -1));
	FAILS(EINVAL, pwrite(fd, buf, 1, -1));
	FAILS(EBADF, pread(-1, buf, 1, 0));
}

static void positioned_append(void)
{
	put_file("f", "hello");

	int fd = OK(open("f", O_WRONLY | O_APPEND));

	/* Linux appends here, whatever POSIX says. */
	EQ(pwrite(fd, "!", 1, 0), 1);
	CHECK(file_is("f", "hello!"));
	EQ(lseek(fd, 0, SEEK_CUR), 0);
}

static void not_seekable(void)
{
	int p[2];
	char c = 'x';
	struct iovec v = { &c, 1 };

	OK(pipe(p));
	FAILS(ESPIPE, lseek(p[0], 0, SEEK_CUR));
	FAILS(ESPIPE, pread(p[0], &c, 1, 0));
	FAILS(ESPIPE, pwrite(p[1], &c, 1, 0));
	FAILS(ESPIPE, preadv(p[0], &v, 1, 0));
	FAILS(ESPIPE, pwritev(p[1], &v, 1, 0));
}

static void vectors(void)
{
	char a[3], b[1], c[8] = "";
	struct iovec out[] = { { "he", 2 }, { "", 0 }, { "llo w", 5 }, { "orld", 4 } };
	struct iovec in[] = { { a, 3 }, { wild(), 0 }, { b, 1 }, { c, 8 } };
	int fd = make_file("f", "");

	EQ(writev(fd, out, 4), 11);
	EQ(lseek(fd, 0, SEEK_CUR), 11);
	CHECK(file_is("f", "hello world"));
	OK(lseek(fd, 0, SEEK_SET));
	EQ(readv(fd, in, 4), 11);
	CHECK(memcmp(a, "hel", 3) == 0 && b[0] == 'l' && strcmp(c, "o world") == 0);
	EQ(readv(fd, in, 4), 0);
	EQ(readv(fd, in, 0), 0);
	EQ(writev(fd, in, 0), 0);
	EQ(preadv(fd, in, 1, 6), 3);
	CHECK(memcmp(a, "wor", 3) == 0);
	EQ(pwritev(fd, out, 1, 6), 2);
	EQ(lseek(fd, 0, SEEK_CUR), 11);
	CHECK(file_is("f", "hello herld"));
}

static void vector_errors(void)
{
	static struct iovec many[IOV_MAX + 1];
	char c[2] = "x";
	int fd = make_file("f", "hello");

	for (int i = 0; i <= IOV_MAX; i++)
		many[i] = (struct iovec){ c, 1 };
	EQ(writev(fd, many, IOV_MAX), IOV_MAX);
	FAILS(EINVAL, writev(fd, many, IOV_MAX + 1));
	FAILS(EINVAL, readv(fd, many, IOV_MAX + 1));
	FAILS(EINVAL, syscall(SYS_readv, fd, many, -1L));
	FAILS(EFAULT, readv(fd, wild(), 1));
	FAILS(EFAULT, writev(fd, wild(), 1));
	many[0].iov_len = (size_t)-1;
	FAILS(EINVAL, readv(fd, many, 1));
	FAILS(EINVAL, writev(fd, many, 2));
	many[0] = (struct iovec){ wild(), 1 };
	FAILS(EFAULT, writev(fd, many, 1));
	FAILS(EBADF, writev(-1, many, 1));
	FAILS(EINVAL, preadv(fd, many, 1, -1));
}

static void vector_partial(void)
{
	char a[4];
	struct iovec v[] = { { a, 2 }, { wild(), 2 }, { a, 2 } };
	int fd = make_file("f", "abcdef");

	EQ(readv(fd, v, 3), 2);
	CHECK(memcmp(a, "ab", 2) == 0);
	EQ(lseek(fd, 0, SEEK_CUR), 2);
}

static void second_version(void)
{
	char buf[8];
	struct iovec v = { buf, 3 };
	int fd = make_file("f", "hello"), p[2];

	/* Offset -1 means the descriptor's own. */
	EQ(preadv2(fd, &v, 1, -1, 0), 3);
	EQ(lseek(fd, 0, SEEK_CUR), 3);
	EQ(preadv2(fd, &v, 1, 0, 0), 3);
	EQ(lseek(fd, 0, SEEK_CUR), 3);
	EQ(pwritev2(fd, &v, 1, -1, 0), 3);
	CHECK(file_is("f", "helhel"));
	EQ(pwritev2(fd, &v, 1, 0, RWF_APPEND), 3);
	CHECK(file_is("f", "helhelhel"));
	EQ(pwritev2(fd, &v, 1, 0, RWF_SYNC | RWF_DSYNC), 3);
	FAILS(EOPNOTSUPP, preadv2(fd, &v, 1, 0, 0x40000000));
	FAILS(EINVAL, preadv2(fd, &v, 1, -2, 0));
	OK(pipe(p));
	FAILS(EAGAIN, preadv2(p[0], &v, 1, -1, RWF_NOWAIT));
	FAILS(ESPIPE, preadv2(p[0], &v, 1, 0, 0));
}

static void seeks(void)
{
	int fd = make_file("f", "0123456789");

	EQ(lseek(fd, 4, SEEK_SET), 4);
	EQ(lseek(fd, 3, SEEK_CUR), 7);
	EQ(lseek(fd, -2, SEEK_CUR), 5);
	EQ(lseek(fd, -1, SEEK_END), 9);
	EQ(lseek(fd, 100, SEEK_END), 110);
	EQ(stat_of("f").st_size, 10);
	FAILS(EINVAL, lseek(fd, -1, SEEK_SET));
	FAILS(EINVAL, lseek(fd, -11, SEEK_END));
	FAILS(EINVAL, lseek(fd, -111, SEEK_CUR));
	EQ(lseek(fd, 0, SEEK_CUR), 110);
	FAILS(EINVAL, lseek(fd, 0, 99));
	FAILS(EINVAL, lseek(fd, 0, -1));
	FAILS(EBADF, lseek(-1, 0, SEEK_SET));
}

static void sparse(void)
{
	char buf[8];
	int fd = make_file("f", "ab");
	off_t far = (off_t)5 << 30;

	if (far < 0)
		abi_skip("off_t is small");
	EQ(pwrite(fd, "z", 1, 1000), 1);
	EQ(stat_of("f").st_size, 1001);
	EQ(pread(fd, buf, 4, 998), 3);
	CHECK(memcmp(buf, "\0\0z", 3) == 0);
	EQ(lseek(fd, far, SEEK_SET), far);
	EQ(write(fd, "y", 1), 1);
	EQ(stat_of("f").st_size, far + 1);
	EQ(pread(fd, buf, 4, far - 2), 3);
	CHECK(memcmp(buf, "\0\0y", 3) == 0);
	CHECK(stat_of("f").st_blocks < 4096);
}

static void data_and_holes(void)
{
	int fd = make_file("f", "");
	off_t size = 1 << 20, data = 512 << 10;

	OK(ftruncate(fd, size));
	EQ(pwrite(fd, "x", 1, data), 1);

	off_t found = lseek(fd, 0, SEEK_DATA);
	off_t hole = lseek(fd, data, SEEK_HOLE);

	/* Where blocks begin is the filesystem's business. */
	CHECK(found >= 0 && found <= data);
	EQ(lseek(fd, data, SEEK_DATA), data);
	CHECK(hole > data && hole <= size);
	EQ(lseek(fd, size - 1, SEEK_HOLE) <= size, 1);
	FAILS(ENXIO, lseek(fd, size, SEEK_DATA));
	FAILS(ENXIO, lseek(fd, size, SEEK_HOLE));
	FAILS(ENXIO, lseek(fd, size + 1, SEEK_HOLE));
	FAILS(ENXIO, lseek(fd, -1, SEEK_DATA));
	fd = make_file("g", "full");
	EQ(lseek(fd, 1, SEEK_DATA), 1);
	EQ(lseek(fd, 1, SEEK_HOLE), 4);
	EQ(lseek(fd, 0, SEEK_CUR), 4);
}

/* What was said of holes once must not outlive a change. */
static void holes_change(void)
{
	int fd = make_file("f", "full");

	EQ(lseek(fd, 0, SEEK_HOLE), 4);
	EQ(lseek(fd, 1, SEEK_HOLE), 4);
	EQ(pwrite(fd, "er", 2, 4), 2);
	EQ(lseek(fd, 1, SEEK_HOLE), 6);
	OK(ftruncate(fd, 2));
	EQ(lseek(fd, 1, SEEK_HOLE), 2);
	FAILS(ENXIO, lseek(fd, 4, SEEK_HOLE));
	EQ(lseek(fd, 0, SEEK_HOLE), 2);
	OK(ftruncate(fd, 0));
	FAILS(ENXIO, lseek(fd, 0, SEEK_HOLE));

	off_t block = 256 << 10;
	char *data = calloc(1, 2 * block);

	EQ(pwrite(fd, data, 2 * block, 0), 2 * block);
	free(data);
	EQ(lseek(fd, 0, SEEK_HOLE), 2 * block);
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, block, block))
		abi_skip("no holes can be punched here");
	EQ(lseek(fd, 0, SEEK_HOLE), block);
}

static void file_size_limit(void)
{
	struct rlimit limit = { 10, RLIM_INFINITY };
	struct rlimit old;
	int fd = make_file("f", "12345678");

	signal(SIGXFSZ, tick);
	OK(getrlimit(RLIMIT_FSIZE, &old));
	limit.rlim_max = old.rlim_max;
	OK(setrlimit(RLIMIT_FSIZE, &limit));
	EQ(pwrite(fd, "abcd", 4, 8), 2);
	EQ(tick_count, 0);
	FAILS(EFBIG, pwrite(fd, "abcd", 4, 10));
	EQ(tick_count, 1);
	FAILS(EFBIG, ftruncate(fd, 11));
	EQ(tick_count, 2);
	EQ(pwrite(fd, "x", 1, 9), 1);
	OK(setrlimit(RLIMIT_FSIZE, &old));
	CHECK(file_is("f", "12345678ax"));
}

static void shared_offset(void)
{
	char c;
	int fd = make_file("f", "abcdef"), copy = OK(dup(fd)), own = OK(open("f", O_RDONLY));

	EQ(read(fd, &c, 1), 1);
	EQ(read(copy, &c, 1), 1);
	EQ(c, 'b');
	EQ(read(own, &c, 1), 1);
	EQ(c, 'a');
	OK(lseek(copy, 5, SEEK_SET));
	EQ(read(fd, &c, 1), 1);
	EQ(c, 'f');
}

static void large(void)
{
	size_t size = 300000;
	unsigned char *out = malloc(size), *in = calloc(1, size);
	int fd = make_file("f", "");

	for (size_t i = 0; i < size; i++)
		out[i] = i * 7 + i / 251;
	EQ(write(fd, out, size), size);
	EQ(pread(fd, in, size, 0), size);
	CHECK(memcmp(in, out, size) == 0);
	EQ(pread(fd, in, 5000, 123457), 5000);
	CHECK(memcmp(in, out + 123457, 5000) == 0);
	EQ(pwrite(fd, "mark", 4, 65534), 4);
	EQ(pread(fd, in, 8, 65532), 8);
	CHECK(memcmp(in + 2, "mark", 4) == 0 && in[0] == out[65532] && in[7] == out[65539]);
}

static void huge_count(void)
{
	int fd = make_file("f", "abc");
	char buf[8];
	volatile size_t huge = -1;

	/* The range wraps around, which is seen before the length. */
	FAILS(EFAULT, read(fd, buf, huge));
	FAILS(EFAULT, write(fd, buf, huge));
	FAILS(EFAULT, pread(fd, buf, huge, 0));
	EQ(lseek(fd, 0, SEEK_CUR), 0);
}

static void read_interrupted(void)
{
	int p[2];
	char c;

	OK(pipe(p));
	start_ticks(30, 0);
	FAILS(EINTR, read(p[0], &c, 1));
	CHECK(tick_count > 0);
}

static void read_restarted(void)
{
	int p[2];
	char c = 0;

	OK(pipe(p));
	pid_t pid = OK(fork());

	if (pid == 0) {
		abi_sleep_ms(250);
		_exit(write(p[1], "k", 1) != 1);
	}
	start_ticks(30, SA_RESTART);
	EQ(read(p[0], &c, 1), 1);
	stop_ticks();
	EQ(c, 'k');
	CHECK(tick_count > 0);
	child_ends(pid);
}

static void syncs(void)
{
	int fd = make_file("f", "x"), p[2];

	OK(fsync(fd));
	OK(fdatasync(fd));
	OK(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
	FAILS(EINVAL, sync_file_range(fd, 0, 0, 0x100));
	OK(syncfs(fd));
	FAILS(EBADF, fsync(-1));
	FAILS(EBADF, syncfs(-1));
	OK(pipe(p));
	FAILS(EINVAL, fsync(p[0]));
	FAILS(EINVAL, fdatasync(p[1]));
	FAILS(ESPIPE, sync_file_range(p[0], 0, 0, 0));
}

static void advice(void)
{
	int fd = make_file("f", "x"), p[2];

	EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
	EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	EQ(posix_fadvise(fd, 0, 0, 77), EINVAL);
	EQ(posix_fadvise(-1, 0, 0, POSIX_FADV_NORMAL), EBADF);
	OK(pipe(p));
	EQ(posix_fadvise(p[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
	OK(readahead(fd, 0, 100));
	FAILS(EBADF, readahead(-1, 0, 100));
	FAILS(EINVAL, readahead(p[0], 0, 100));
	CHECK(file_is("f", "x"));
}

static const struct abi_row rows[] = {
	{ read_write, "read and write move data and the offset" },
	{ zero_length, "zero length touches nothing but checks the descriptor" },
	{ faults, "EFAULT moves neither data nor offset" },
	{ partial_faults, "a fault in the middle gives a short count" },
	{ positioned, "pread and pwrite leave the offset alone" },
	{ positioned_append, "pwrite with O_APPEND appends" },
	{ not_seekable, "ESPIPE on pipes" },
	{ vectors, "readv and writev fill and drain in order" },
	{ vector_errors, "IOV_MAX and malformed vectors" },
	{ vector_partial, "a wild vector element ends the transfer" },
	{ second_version, "preadv2 and pwritev2 with offset -1 and flags" },
	{ seeks, "lseek arithmetic and EINVAL" },
	{ sparse, "holes read as zeros, also past 4 GiB" },
	{ data_and_holes, "SEEK_DATA and SEEK_HOLE" },
	{ holes_change, "SEEK_HOLE after writing, truncating and punching" },
	{ file_size_limit, "RLIMIT_FSIZE: short, then SIGXFSZ and EFBIG" },
	{ shared_offset, "dup shares the offset, open does not" },
	{ large, "a large transfer keeps every byte" },
	{ huge_count, "a count beyond the address space is EFAULT" },
	{ read_interrupted, "a signal ends a blocked read with EINTR" },
	{ read_restarted, "SA_RESTART resumes a blocked read" },
	{ syncs, "fsync and its family" },
	{ advice, "posix_fadvise and readahead change nothing" },
};

ABI_MAIN(rows)
