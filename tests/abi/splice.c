/*
 * Moving data without buffers: splice, tee, vmsplice, sendfile and
 * copy_file_range, their offsets and errors.
 */
#include "fixture.h"

#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int pending(int fd)
{
	int n = -1;

	OK(ioctl(fd, FIONREAD, &n));
	return n;
}

static bool reads(int fd, const char *text)
{
	char buf[256];

	return read(fd, buf, sizeof(buf)) == (ssize_t)strlen(text) &&
	       memcmp(buf, text, strlen(text)) == 0;
}

static void file_to_pipe(void)
{
	int fd = make_file("f", "hello world"), p[2];
	off64_t at = 6;

	OK(pipe(p));
	EQ(splice(fd, NULL, p[1], NULL, 5, 0), 5);
	EQ(lseek(fd, 0, SEEK_CUR), 5);
	CHECK(reads(p[0], "hello"));
	EQ(splice(fd, &at, p[1], NULL, 100, 0), 5);
	EQ(at, 11);
	EQ(lseek(fd, 0, SEEK_CUR), 5);
	CHECK(reads(p[0], "world"));
	EQ(splice(fd, &at, p[1], NULL, 100, 0), 0);
}

static void pipe_to_file(void)
{
	int fd = make_file("f", "..........."), p[2];
	off64_t at = 3;

	OK(pipe(p));
	EQ(write(p[1], "abcdef", 6), 6);
	EQ(splice(p[0], NULL, fd, NULL, 2, 0), 2);
	EQ(lseek(fd, 0, SEEK_CUR), 2);
	EQ(splice(p[0], NULL, fd, &at, 3, 0), 3);
	EQ(at, 6);
	EQ(lseek(fd, 0, SEEK_CUR), 2);
	CHECK(file_is("f", "ab.cde....."));
	EQ(pending(p[0]), 1);
}

static void pipe_to_pipe(void)
{
	int p[2], q[2];

	OK(pipe(p));
	OK(pipe(q));
	EQ(write(p[1], "abcdef", 6), 6);
	EQ(splice(p[0], NULL, q[1], NULL, 4, 0), 4);
	CHECK(reads(q[0], "abcd"));
	CHECK(reads(p[0], "ef"));
	FAILS(EINVAL, splice(p[0], NULL, p[1], NULL, 1, 0));
}

static void splice_ends(void)
{
	int p[2], q[2];

	OK(pipe(p));
	OK(pipe(q));
	FAILS(EAGAIN, splice(p[0], NULL, q[1], NULL, 1, SPLICE_F_NONBLOCK));
	OK(close(p[1]));
	EQ(splice(p[0], NULL, q[1], NULL, 1, 0), 0);
	OK(pipe(p));
	EQ(write(p[1], "x", 1), 1);
	OK(close(q[0]));
	signal(SIGPIPE, tick);
	FAILS(EPIPE, splice(p[0], NULL, q[1], NULL, 1, 0));
	EQ(tick_count, 1);
	EQ(splice(p[0], NULL, q[1], NULL, 0, 0), 0);
}

static void splice_waits(void)
{
	int p[2], q[2];
	pid_t pid;

	OK(pipe(p));
	OK(pipe(q));
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		_exit(write(p[1], "late", 4) != 4);
	}
	EQ(splice(p[0], NULL, q[1], NULL, 100, 0), 4);
	CHECK(reads(q[0], "late"));
	child_ends(pid);
	start_ticks(30, 0);
	FAILS(EINTR, splice(p[0], NULL, q[1], NULL, 1, 0));
	stop_ticks();
}

static void splice_errors(void)
{
	int fd = make_file("f", "abc"), gd = make_file("g", ""), p[2];
	off64_t at = 0;

	OK(pipe(p));
	FAILS(EINVAL, splice(fd, NULL, gd, NULL, 1, 0));
	FAILS(EBADF, splice(-1, NULL, p[1], NULL, 1, 0));
	FAILS(EBADF, splice(fd, NULL, -1, NULL, 1, 0));
	FAILS(EBADF, splice(fd, NULL, p[0], NULL, 1, 0));
	FAILS(EBADF, splice(p[1], NULL, fd, NULL, 1, 0));
	FAILS(ESPIPE, splice(fd, NULL, p[1], &at, 1, 0));
	FAILS(ESPIPE, splice(p[0], &at, fd, NULL, 1, 0));
	FAILS(EINVAL, splice(fd, NULL, p[1], NULL, 1, 0x100));
	FAILS(EFAULT, splice(fd, wild(), p[1], NULL, 1, 0));
	at = -1;
	FAILS(EINVAL, splice(fd, &at, p[1], NULL, 1, 0));
	EQ(write(p[1], "x", 1), 1);
	FAILS(EINVAL, splice(p[0], NULL, OK(open("f", O_WRONLY | O_APPEND)), NULL, 1, 0));
}

static void teed(void)
{
	int p[2], q[2], fd = make_file("f", "x");

	OK(pipe(p));
	OK(pipe(q));
	EQ(write(p[1], "abcd", 4), 4);
	EQ(tee(p[0], q[1], 3, 0), 3);
	EQ(pending(p[0]), 4);
	CHECK(reads(q[0], "abc"));
	CHECK(reads(p[0], "abcd"));
	FAILS(EAGAIN, tee(p[0], q[1], 1, SPLICE_F_NONBLOCK));
	FAILS(EINVAL, tee(fd, q[1], 1, 0));
	FAILS(EINVAL, tee(p[0], p[1], 1, 0));
	FAILS(EBADF, tee(-1, q[1], 1, 0));
	FAILS(EINVAL, tee(p[0], q[1], 1, 0x100));
	EQ(tee(p[0], q[1], 0, 0), 0);
}

static void vectors_in(void)
{
	int p[2], fd = make_file("f", "x");
	struct iovec v[] = { { "ab", 2 }, { "cde", 3 } };

	OK(pipe(p));
	EQ(vmsplice(p[1], v, 2, 0), 5);
	CHECK(reads(p[0], "abcde"));
	EQ(vmsplice(p[1], v, 0, 0), 0);
	FAILS(EBADF, vmsplice(fd, v, 2, 0));
	FAILS(EBADF, vmsplice(-1, v, 2, 0));
	FAILS(EINVAL, vmsplice(p[1], v, 2, 0x100));
	FAILS(EFAULT, vmsplice(p[1], wild(), 1, 0));
	v[0].iov_base = wild();
	FAILS(EFAULT, vmsplice(p[1], v, 1, 0));
	FAILS(EINVAL, vmsplice(p[1], v, IOV_MAX + 1, 0));
}

static void vectors_out(void)
{
	int p[2];
	char a[2], b[4];
	struct iovec v[] = { { a, 2 }, { b, 4 } };

	OK(pipe(p));
	EQ(write(p[1], "abcde", 5), 5);
	EQ(vmsplice(p[0], v, 2, 0), 5);
	CHECK(memcmp(a, "ab", 2) == 0 && memcmp(b, "cde", 3) == 0);
}

static void sendfile_moves(void)
{
	int in = make_file("in", "hello world"), out = make_file("out", "");
	off_t at = 6;

	EQ(sendfile(out, in, NULL, 5), 5);
	EQ(lseek(in, 0, SEEK_CUR), 5);
	EQ(lseek(out, 0, SEEK_CUR), 5);
	EQ(sendfile(out, in, &at, 100), 5);
	EQ(at, 11);
	EQ(lseek(in, 0, SEEK_CUR), 5);
	CHECK(file_is("out", "helloworld"));
	EQ(sendfile(out, in, &at, 100), 0);
	EQ(sendfile(out, in, NULL, 0), 0);
}

static void sendfile_targets(void)
{
	int in = make_file("in", "data"), p[2], s[2];
	off_t at = 0;

	OK(pipe(p));
	EQ(sendfile(p[1], in, &at, 4), 4);
	CHECK(reads(p[0], "data"));
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	at = 1;
	EQ(sendfile(s[0], in, &at, 4), 3);
	CHECK(reads(s[1], "ata"));
	at = 0;
	EQ(sendfile(OK(open("/dev/null", O_WRONLY)), in, &at, 4), 4);
}

static void sendfile_errors(void)
{
	int in = make_file("in", "data"), out = make_file("out", ""), p[2];
	off_t at = -1;

	OK(pipe(p));
	FAILS(EBADF, sendfile(-1, in, NULL, 1));
	FAILS(EBADF, sendfile(out, -1, NULL, 1));
	FAILS(EBADF, sendfile(OK(open("out", O_RDONLY)), in, NULL, 1));
	FAILS(EBADF, sendfile(out, OK(open("in", O_WRONLY)), NULL, 1));
	FAILS(EFAULT, sendfile(out, in, wild(), 1));
	FAILS(EINVAL, sendfile(out, in, &at, 1));
	FAILS(EINVAL, sendfile(OK(open("out", O_WRONLY | O_APPEND)), in, NULL, 1));
	at = 0;
	FAILS(ESPIPE, sendfile(out, p[0], &at, 1));
	CHECK(file_is("out", ""));
}

static void large_sendfile(void)
{
	enum { SIZE = 200000 };
	static char block[SIZE], back[SIZE];
	int in = make_file("in", ""), out = make_file("out", "");
	size_t done = 0;

	for (int i = 0; i < SIZE; i++)
		block[i] = i % 253;
	EQ(write(in, block, SIZE), SIZE);
	OK(lseek(in, 0, SEEK_SET));
	while (done < SIZE) {
		ssize_t n = OK(sendfile(out, in, NULL, SIZE - done));

		CHECK(n > 0);
		done += n;
	}
	EQ(pread(out, back, SIZE, 0), SIZE);
	CHECK(memcmp(block, back, SIZE) == 0);
}

static void copies_range(void)
{
	int in = make_file("in", "hello world"), out = make_file("out", "............");
	off64_t from = 6, to = 2;

	EQ(copy_file_range(in, NULL, out, NULL, 2, 0), 2);
	EQ(lseek(in, 0, SEEK_CUR), 2);
	EQ(lseek(out, 0, SEEK_CUR), 2);
	EQ(copy_file_range(in, &from, out, &to, 100, 0), 5);
	EQ(from, 11);
	EQ(to, 7);
	EQ(lseek(in, 0, SEEK_CUR), 2);
	CHECK(file_is("out", "heworld....."));
	EQ(copy_file_range(in, &from, out, &to, 100, 0), 0);
	/* Within one file, if the ranges are apart. */
	from = 0;
	to = 9;
	EQ(copy_file_range(out, &from, out, &to, 2, 0), 2);
	CHECK(file_is("out", "heworld..he."));
}

static void range_errors(void)
{
	int in = make_file("in", "hello"), out = make_file("out", ""), p[2];
	off64_t from = 0, to = 2;

	OK(pipe(p));
	FAILS(EINVAL, copy_file_range(in, &from, in, &to, 5, 0));
	FAILS(EINVAL, copy_file_range(in, NULL, out, NULL, 1, 1));
	FAILS(EBADF, copy_file_range(-1, NULL, out, NULL, 1, 0));
	FAILS(EBADF, copy_file_range(in, NULL, OK(open("out", O_RDONLY)), NULL, 1, 0));
	FAILS(EBADF, copy_file_range(OK(open("in", O_WRONLY)), NULL, out, NULL, 1, 0));
	FAILS(EBADF, copy_file_range(in, NULL, OK(open("out", O_WRONLY | O_APPEND)), NULL, 1, 0));
	FAILS(EINVAL, copy_file_range(in, NULL, p[1], NULL, 1, 0));
	FAILS(EISDIR, copy_file_range(OK(open(".", O_RDONLY)), NULL, out, NULL, 1, 0));
	FAILS(EFAULT, copy_file_range(in, wild(), out, NULL, 1, 0));
	from = -1;
	CHECK(copy_file_range(in, &from, out, NULL, 1, 0) == -1);
	CHECK(errno == EINVAL || errno == EOVERFLOW);
}

static void sockets(void)
{
	int s[2], p[2], fd = make_file("f", "");

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	OK(pipe(p));
	EQ(write(s[0], "sock", 4), 4);
	EQ(splice(s[1], NULL, p[1], NULL, 100, 0), 4);
	EQ(splice(p[0], NULL, fd, NULL, 100, 0), 4);
	CHECK(file_is("f", "sock"));
	EQ(write(p[1], "back", 4), 4);
	EQ(splice(p[0], NULL, s[1], NULL, 100, SPLICE_F_MORE), 4);
	CHECK(reads(s[0], "back"));
	OK(shutdown(s[0], SHUT_WR));
	EQ(splice(s[1], NULL, p[1], NULL, 1, 0), 0);
}

static const struct abi_row rows[] = {
	{ file_to_pipe, "splice from a file" },
	{ pipe_to_file, "splice into a file" },
	{ pipe_to_pipe, "splice between pipes" },
	{ splice_ends, "splice without data, writer or reader" },
	{ splice_waits, "splice waits for data and ends with a signal" },
	{ splice_errors, "splice errors" },
	{ teed, "tee copies and does not consume" },
	{ vectors_in, "vmsplice into a pipe, and its errors" },
	{ vectors_out, "vmsplice out of a pipe" },
	{ sendfile_moves, "sendfile and its offset" },
	{ sendfile_targets, "sendfile into pipe, socket and device" },
	{ sendfile_errors, "sendfile errors" },
	{ large_sendfile, "a large sendfile keeps every byte" },
	{ copies_range, "copy_file_range and its offsets" },
	{ range_errors, "copy_file_range errors" },
	{ sockets, "splice with sockets" },
};

ABI_MAIN(rows)
