/*
 * Pipes and fifos: flags, capacity, atomic writes, ends that close, opening a
 * fifo, packets.
 */
#include "fixture.h"

#include <sys/ioctl.h>
#include <sys/resource.h>

/* Fills the pipe without blocking; the bytes it took. */
static size_t fill(int fd)
{
	static char block[4096];
	size_t total = 0;
	ssize_t n;
	int flags = fcntl(fd, F_GETFL);

	OK(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
	while ((n = write(fd, block, sizeof(block))) > 0)
		total += n;
	EQ(errno, EAGAIN);
	while (write(fd, block, 1) == 1)
		total++;
	OK(fcntl(fd, F_SETFL, flags));
	return total;
}

static int pending(int fd)
{
	int n = -1;

	OK(ioctl(fd, FIONREAD, &n));
	return n;
}

static void order(void)
{
	int p[2];
	char buf[16];

	OK(pipe(p));
	EQ(write(p[1], "abc", 3), 3);
	EQ(write(p[1], "def", 3), 3);
	EQ(pending(p[0]), 6);
	EQ(read(p[0], buf, 2), 2);
	EQ(read(p[0], buf + 2, sizeof(buf) - 2), 4);
	CHECK(memcmp(buf, "abcdef", 6) == 0);
	EQ(pending(p[0]), 0);
	FAILS(EBADF, write(p[0], "x", 1));
	FAILS(EBADF, read(p[1], buf, 1));
}

static void flags(void)
{
	int p[2] = { -5, -6 };

	OK(pipe2(p, O_CLOEXEC | O_NONBLOCK));
	EQ(fcntl(p[0], F_GETFD), FD_CLOEXEC);
	EQ(fcntl(p[1], F_GETFD), FD_CLOEXEC);
	EQ(fcntl(p[0], F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_RDONLY);
	EQ(fcntl(p[1], F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_WRONLY);
	OK(pipe2(p, 0));
	EQ(fcntl(p[0], F_GETFD), 0);
	FAILS(EINVAL, pipe2(p, O_APPEND));
	FAILS(EINVAL, pipe2(p, 0x40000000));
	FAILS(EFAULT, syscall(SYS_pipe2, wild(), 0));
}

static void end_of_file(void)
{
	int p[2];
	char c;

	OK(pipe(p));
	EQ(write(p[1], "x", 1), 1);
	OK(close(p[1]));
	EQ(read(p[0], &c, 1), 1);
	EQ(read(p[0], &c, 1), 0);
	EQ(read(p[0], &c, 1), 0);
}

static void last_writer(void)
{
	int p[2], copy;
	char c;

	OK(pipe2(p, O_NONBLOCK));
	copy = OK(dup(p[1]));
	FAILS(EAGAIN, read(p[0], &c, 1));
	OK(close(p[1]));
	FAILS(EAGAIN, read(p[0], &c, 1));
	OK(close(copy));
	EQ(read(p[0], &c, 1), 0);
}

static void broken(void)
{
	int p[2];

	OK(pipe(p));
	OK(close(p[0]));
	signal(SIGPIPE, tick);
	FAILS(EPIPE, write(p[1], "x", 1));
	EQ(tick_count, 1);
	EQ(write(p[1], "x", 0), 0);
	signal(SIGPIPE, SIG_IGN);
	FAILS(EPIPE, write(p[1], "x", 1));
	EQ(tick_count, 1);
	pid_t pid = OK(fork());

	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		_exit(write(p[1], "x", 1) == 1);
	}
	int status = abi_wait(pid);

	CHECK(WIFSIGNALED(status));
	EQ(WTERMSIG(status), SIGPIPE);
}

static void broken_while_blocked(void)
{
	int p[2];
	pid_t pid;

	OK(pipe(p));
	fill(p[1]);
	signal(SIGPIPE, SIG_IGN);
	pid = OK(fork());
	if (pid == 0) {
		OK(close(p[0]));
		FAILS(EPIPE, write(p[1], "x", 1));
		_exit(0);
	}
	abi_sleep_ms(50);
	OK(close(p[0]));
	child_ends(pid);
}

static void full(void)
{
	int p[2];
	char buf[4096];

	OK(pipe(p));

	size_t took = fill(p[1]);

	EQ(took, 16 * page_size());
	EQ(pending(p[0]), took);
	OK(fcntl(p[1], F_SETFL, O_NONBLOCK));
	FAILS(EAGAIN, write(p[1], "x", 1));
	for (size_t left = took; left > 0; left -= OK(read(p[0], buf, sizeof(buf))))
		;
	EQ(pending(p[0]), 0);
	EQ(write(p[1], "x", 1), 1);
}

static void atomic_nonblocking(void)
{
	static char big[PIPE_BUF + 1];
	int p[2];

	OK(pipe2(p, O_NONBLOCK));
	fill(p[1]);
	OK(fcntl(p[1], F_SETFL, O_NONBLOCK));
	/* Less than a page free: all of PIPE_BUF or nothing. */
	EQ(read(p[0], big, 100), 100);
	FAILS(EAGAIN, write(p[1], big, PIPE_BUF));
	FAILS(EAGAIN, write(p[1], big, PIPE_BUF));
	EQ(pending(p[0]), 16 * page_size() - 100);
}

static void partial_nonblocking(void)
{
	size_t size = 16 * page_size() + 1000;
	char *big = calloc(1, size);
	int p[2];

	OK(pipe2(p, O_NONBLOCK));
	EQ(write(p[1], big, size), 16 * page_size());
	FAILS(EAGAIN, write(p[1], big, size));
}

static void atomic_writers(void)
{
	enum { WRITERS = 4, BLOCK = PIPE_BUF, BLOCKS = 20 };
	static char block[BLOCK];
	pid_t pids[WRITERS];
	int p[2];

	OK(pipe(p));
	for (int w = 0; w < WRITERS; w++) {
		pids[w] = OK(fork());
		if (pids[w] == 0) {
			memset(block, 'a' + w, BLOCK);
			for (int i = 0; i < BLOCKS; i++)
				EQ(write(p[1], block, BLOCK), BLOCK);
			_exit(0);
		}
	}
	OK(close(p[1]));
	for (int i = 0; i < WRITERS * BLOCKS; i++) {
		for (int got = 0; got < BLOCK;) {
			ssize_t n = OK(read(p[0], block + got, BLOCK - got));

			CHECK(n > 0);
			got += n;
		}
		for (int j = 1; j < BLOCK; j++)
			EQ(block[j], block[0]);
	}
	EQ(read(p[0], block, 1), 0);
	for (int w = 0; w < WRITERS; w++)
		child_ends(pids[w]);
}

static void blocked_write(void)
{
	static char big[300000], back[300000];
	int p[2];
	pid_t pid;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = i ^ i >> 8;
	OK(pipe(p));
	pid = OK(fork());
	if (pid == 0) {
		EQ(write(p[1], big, sizeof(big)), sizeof(big));
		_exit(0);
	}
	OK(close(p[1]));
	for (size_t at = 0; at < sizeof(big);) {
		ssize_t n = OK(read(p[0], back + at, 777));

		CHECK(n > 0);
		at += n;
	}
	CHECK(memcmp(big, back, sizeof(big)) == 0);
	child_ends(pid);
}

static void write_interrupted(void)
{
	int p[2];
	size_t size = 16 * page_size() + 100;
	char *big = calloc(1, size);

	OK(pipe(p));
	start_ticks(30, 0);
	/* A signal after some bytes: the count so far. */
	EQ(write(p[1], big, size), 16 * page_size());
	FAILS(EINTR, write(p[1], big, 1));
	stop_ticks();
	CHECK(tick_count >= 2);
}

static void capacity(void)
{
	int p[2];
	size_t size = page_size();

	OK(pipe(p));
	EQ(fcntl(p[0], F_GETPIPE_SZ), 16 * size);
	EQ(fcntl(p[1], F_SETPIPE_SZ, 1), size);
	EQ(fcntl(p[0], F_GETPIPE_SZ), size);
	EQ(fill(p[1]), size);
	EQ(fcntl(p[1], F_SETPIPE_SZ, 3 * size), 4 * size);
	EQ(fill(p[1]), 3 * size);
	FAILS(EBUSY, fcntl(p[1], F_SETPIPE_SZ, size));
	EQ(pending(p[0]), 4 * size);
	FAILS(EBADF, fcntl(OK(open("/dev/null", O_RDONLY)), F_GETPIPE_SZ));
	FAILS(EBADF, fcntl(OK(open("/dev/null", O_RDONLY)), F_SETPIPE_SZ, 1));
	CHECK(fcntl(p[1], F_SETPIPE_SZ, 0x80000001U) < 0);
	CHECK(errno == EINVAL || errno == EPERM);
}

static void packets(void)
{
	int p[2];
	char buf[8];

	OK(pipe2(p, O_DIRECT));
	EQ(write(p[1], "one", 3), 3);
	EQ(write(p[1], "second", 6), 6);
	EQ(read(p[0], buf, sizeof(buf)), 3);
	/* The rest of a packet that does not fit is lost. */
	EQ(read(p[0], buf, 2), 2);
	CHECK(memcmp(buf, "se", 2) == 0);
	EQ(pending(p[0]), 0);
	OK(close(p[1]));
	EQ(read(p[0], buf, sizeof(buf)), 0);
}

static void polled(void)
{
	int p[2];
	char buf[4096];

	OK(pipe(p));
	EQ(poll_one(p[0], POLLIN, 0), 0);
	EQ(poll_one(p[1], POLLOUT, 0), POLLOUT);
	EQ(write(p[1], "x", 1), 1);
	EQ(poll_one(p[0], POLLIN, 0), POLLIN);
	fill(p[1]);
	EQ(poll_one(p[1], POLLOUT, 0), 0);
	while (pending(p[0]) > 0)
		OK(read(p[0], buf, sizeof(buf)));
	EQ(poll_one(p[1], POLLOUT, 0), POLLOUT);
	OK(close(p[1]));
	EQ(poll_one(p[0], POLLIN, 0), POLLHUP);
	OK(pipe(p));
	OK(close(p[0]));
	EQ(poll_one(p[1], POLLOUT, 0), POLLOUT | POLLERR);
}

static void fifo_nonblocking(void)
{
	char c;
	int rd, wr;

	OK(mkfifo("p", 0600));
	FAILS(ENXIO, open("p", O_WRONLY | O_NONBLOCK));
	rd = OK(open("p", O_RDONLY | O_NONBLOCK));
	EQ(read(rd, &c, 1), 0);
	EQ(poll_one(rd, POLLIN, 0), 0);
	wr = OK(open("p", O_WRONLY | O_NONBLOCK));
	FAILS(EAGAIN, read(rd, &c, 1));
	EQ(write(wr, "x", 1), 1);
	OK(close(wr));
	EQ(poll_one(rd, POLLIN, 0), POLLIN | POLLHUP);
	EQ(read(rd, &c, 1), 1);
	EQ(read(rd, &c, 1), 0);
	EQ(poll_one(rd, POLLIN, 0), POLLHUP);
	/* A new writer revives it. */
	wr = OK(open("p", O_WRONLY));
	EQ(poll_one(rd, POLLIN, 0), 0);
	FAILS(EAGAIN, read(rd, &c, 1));
}

static void fifo_meets(void)
{
	char c;
	pid_t pid;
	int fd;

	OK(mkfifo("p", 0600));
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		fd = OK(open("p", O_WRONLY));
		EQ(write(fd, "m", 1), 1);
		_exit(0);
	}
	fd = OK(open("p", O_RDONLY));
	EQ(read(fd, &c, 1), 1);
	EQ(c, 'm');
	EQ(read(fd, &c, 1), 0);
	child_ends(pid);
}

static void fifo_open_interrupted(void)
{
	OK(mkfifo("p", 0600));
	start_ticks(30, 0);
	FAILS(EINTR, open("p", O_RDONLY));
	FAILS(EINTR, open("p", O_WRONLY));
	stop_ticks();
	FAILS(ENXIO, open("p", O_WRONLY | O_NONBLOCK));
}

static void fifo_both(void)
{
	char c;

	OK(mkfifo("p", 0600));

	int fd = OK(open("p", O_RDWR));

	EQ(write(fd, "x", 1), 1);
	EQ(poll_one(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
	EQ(read(fd, &c, 1), 1);
	int wr = OK(open("p", O_WRONLY | O_NONBLOCK));

	EQ(write(wr, "y", 1), 1);
	EQ(read(fd, &c, 1), 1);
	EQ(c, 'y');
	EQ(stat_of("p").st_size, 0);
	/* What nobody read is gone with the last end. */
	EQ(write(wr, "z", 1), 1);
	OK(close(wr));
	OK(close(fd));
	fd = OK(open("p", O_RDONLY | O_NONBLOCK));
	EQ(read(fd, &c, 1), 0);
}

static void reopened(void)
{
	int p[2];
	char name[64], c;

	OK(pipe(p));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p[0]);

	int wr = OK(open(name, O_WRONLY));

	EQ(write(wr, "r", 1), 1);
	EQ(read(p[0], &c, 1), 1);
	EQ(c, 'r');
}

static void reopened_alone(void)
{
	int p[2];
	char name[64], buf[8];

	OK(pipe(p));
	EQ(write(p[1], "abc", 3), 3);
	OK(close(p[1]));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p[0]);
	int again = OK(open(name, O_RDONLY));

	EQ(read(again, buf, sizeof(buf)), 3);
	EQ(read(again, buf, sizeof(buf)), 0);
}

static void identity(void)
{
	struct stat a, b, c;
	int p[2], q[2];

	OK(pipe(p));
	OK(pipe(q));
	OK(fstat(p[0], &a));
	OK(fstat(p[1], &b));
	OK(fstat(q[0], &c));
	EQ(a.st_ino, b.st_ino);
	EQ(a.st_dev, c.st_dev);
	CHECK(a.st_ino != c.st_ino);
	OK(fchmod(p[0], 0640));
	OK(fstat(p[1], &b));
	EQ(b.st_mode & 0777, 0640);
	FAILS(EFAULT, ioctl(p[0], FIONREAD, wild()));
	FAILS(ENOTTY, ioctl(p[0], TIOCGWINSZ, &a));
}

static void wild_buffers(void)
{
	int p[2];
	char c;

	OK(pipe(p));
	FAILS(EFAULT, write(p[1], wild(), 1));
	EQ(pending(p[0]), 0);
	EQ(write(p[1], "x", 1), 1);
	FAILS(EFAULT, read(p[0], wild(), 1));
	EQ(pending(p[0]), 1);
	EQ(read(p[0], &c, 1), 1);
	EQ(read(p[0], &c, 0), 0);
}

static const struct abi_row rows[] = {
	{ order, "bytes come out as they went in" },
	{ flags, "pipe2 flags and errors" },
	{ end_of_file, "no writer: end of file, again and again" },
	{ last_writer, "the last duplicate counts" },
	{ broken, "no reader: SIGPIPE and EPIPE" },
	{ broken_while_blocked, "a blocked writer sees the reader leave" },
	{ full, "the capacity is 16 pages" },
	{ atomic_nonblocking, "PIPE_BUF bytes: all or EAGAIN" },
	{ partial_nonblocking, "more than fits: a short count" },
	{ atomic_writers, "writes of PIPE_BUF do not mix" },
	{ blocked_write, "a large write blocks until all is taken" },
	{ write_interrupted, "a signal during a blocked write" },
	{ capacity, "F_SETPIPE_SZ rounds up and keeps the data" },
	{ packets, "O_DIRECT keeps packets apart" },
	{ polled, "what poll says of each end" },
	{ fifo_nonblocking, "a fifo opened with O_NONBLOCK" },
	{ fifo_meets, "a fifo's two opens wait for each other" },
	{ fifo_open_interrupted, "a signal ends a fifo's open" },
	{ fifo_both, "a fifo opened for both" },
	{ reopened, "a pipe reopened through /proc/self/fd" },
	{ reopened_alone, "a read end reopened when no writer is left" },
	{ identity, "both ends are one inode" },
	{ wild_buffers, "EFAULT loses no byte" },
};

ABI_MAIN(rows)
