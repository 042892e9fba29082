/*
 * eventfd: the counter, semaphores, blocking at both ends, poll.
 */
#include "fixture.h"

#include <sys/eventfd.h>
#include <sys/uio.h>

static uint64_t take(int fd)
{
	uint64_t value = 0;

	EQ(read(fd, &value, sizeof(value)), 8);
	return value;
}

static void put(int fd, uint64_t value)
{
	EQ(write(fd, &value, sizeof(value)), 8);
}

static void counts(void)
{
	int fd = OK(eventfd(3, 0));

	EQ(take(fd), 3);
	put(fd, 5);
	put(fd, 0);
	put(fd, 7);
	EQ(take(fd), 12);
	fd = OK(eventfd(0xffffffffU, 0));
	EQ(take(fd), 0xffffffffU);
	put(fd, 0x123456789abcdef0ULL);
	EQ(take(fd), 0x123456789abcdef0LL);
}

static void creation_flags(void)
{
	int fd = OK(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));

	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	fd = OK(eventfd(0, 0));
	EQ(fcntl(fd, F_GETFD), 0);
	EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	FAILS(EINVAL, eventfd(0, 0x40000000));
	FAILS(EINVAL, eventfd(0, O_APPEND));
}

static void semaphore(void)
{
	int fd = OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
	uint64_t value;

	EQ(take(fd), 1);
	EQ(take(fd), 1);
	FAILS(EAGAIN, read(fd, &value, 8));
	put(fd, 3);
	EQ(take(fd), 1);
	EQ(poll_one(fd, POLLIN, 0), POLLIN);
	EQ(take(fd), 1);
	EQ(take(fd), 1);
	EQ(poll_one(fd, POLLIN, 0), 0);
}

static void nonblocking(void)
{
	int fd = OK(eventfd(0, EFD_NONBLOCK));
	uint64_t value = -2;

	FAILS(EAGAIN, read(fd, &value, 8));
	put(fd, value);
	FAILS(EAGAIN, write(fd, &(uint64_t){ 1 }, 8));
	put(fd, 0);
	EQ(take(fd), -2);
	FAILS(EAGAIN, read(fd, &value, 8));
}

static void sizes(void)
{
	int fd = OK(eventfd(1, 0));
	char buf[16] = "";
	uint64_t value;

	FAILS(EINVAL, read(fd, buf, 7));
	FAILS(EINVAL, read(fd, buf, 0));
	FAILS(EINVAL, write(fd, buf, 7));
	FAILS(EINVAL, write(fd, buf, 0));
	/* A larger buffer is fine; eight bytes move. */
	EQ(read(fd, buf, 16), 8);
	memcpy(&value, buf, 8);
	EQ(value, 1);
}

static void invalid_value(void)
{
	int fd = OK(eventfd(0, EFD_NONBLOCK));
	uint64_t value = -1;

	FAILS(EINVAL, write(fd, &value, 8));
	FAILS(EAGAIN, read(fd, &value, 8));
	FAILS(EFAULT, write(fd, wild(), 8));
	FAILS(EFAULT, read(OK(eventfd(1, 0)), wild(), 8));
}

static void polled(void)
{
	int fd = OK(eventfd(0, 0));

	EQ(poll_one(fd, POLLIN | POLLOUT, 0), POLLOUT);
	put(fd, 1);
	EQ(poll_one(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
	put(fd, (uint64_t)-3);
	EQ(poll_one(fd, POLLIN | POLLOUT, 0), POLLIN);
	take(fd);
	EQ(poll_one(fd, POLLIN | POLLOUT, 0), POLLOUT);
}

static void read_waits(void)
{
	int fd = OK(eventfd(0, 0));
	pid_t pid = OK(fork());

	if (pid == 0) {
		abi_sleep_ms(30);
		put(fd, 9);
		_exit(0);
	}
	EQ(take(fd), 9);
	child_ends(pid);
}

static void write_waits(void)
{
	int fd = OK(eventfd(0, 0)), p[2];
	pid_t pid;
	char c;

	OK(pipe(p));
	put(fd, (uint64_t)-2);
	pid = OK(fork());
	if (pid == 0) {
		put(fd, 5);
		_exit(write(p[1], "x", 1) != 1);
	}
	EQ(poll_one(p[0], POLLIN, 50), 0);
	EQ(take(fd), -2);
	EQ(read(p[0], &c, 1), 1);
	EQ(take(fd), 5);
	child_ends(pid);
}

static void interrupted(void)
{
	int fd = OK(eventfd(0, 0));
	uint64_t value;

	start_ticks(30, 0);
	FAILS(EINTR, read(fd, &value, 8));
	put(fd, (uint64_t)-2);
	value = 1;
	FAILS(EINTR, write(fd, &value, 8));
	stop_ticks();
}

static void shared(void)
{
	int fd = OK(eventfd(0, EFD_NONBLOCK)), copy = OK(dup(fd));
	uint64_t value;

	put(copy, 2);
	pid_t pid = OK(fork());

	if (pid == 0) {
		put(fd, 3);
		_exit(0);
	}
	child_ends(pid);
	EQ(take(fd), 5);
	FAILS(EAGAIN, read(copy, &value, 8));
}

static void vectors(void)
{
	int fd = OK(eventfd(0, EFD_NONBLOCK));
	uint64_t value = 6, back = 0;
	struct iovec whole = { &value, 8 };
	struct iovec halves[] = { { &back, 4 }, { (char *)&back + 4, 4 } };

	EQ(writev(fd, &whole, 1), 8);
	EQ(readv(fd, halves, 2), 8);
	EQ(back, 6);
	/* Seeking does nothing, but is no error. */
	EQ(lseek(fd, 5, SEEK_SET), 0);
	FAILS(EAGAIN, read(fd, &value, 8));
}

static void one_wakes(void)
{
	int fd = OK(eventfd(0, EFD_SEMAPHORE));
	pid_t pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = OK(fork());
		if (pids[i] == 0)
			_exit(take(fd) != 1);
	}
	abi_sleep_ms(20);
	put(fd, 3);
	for (int i = 0; i < 3; i++)
		child_ends(pids[i]);
	EQ(poll_one(fd, POLLIN, 0), 0);
}

static const struct abi_row rows[] = {
	{ counts, "writes add up, a read takes all" },
	{ creation_flags, "flags and errors of creation" },
	{ semaphore, "EFD_SEMAPHORE gives one at a time" },
	{ nonblocking, "EAGAIN at zero and at the maximum" },
	{ sizes, "less than eight bytes is EINVAL" },
	{ invalid_value, "the all-ones value and wild buffers" },
	{ polled, "poll" },
	{ read_waits, "read waits for a write" },
	{ write_waits, "write waits for room" },
	{ interrupted, "signals end both waits" },
	{ shared, "dup and fork share the counter" },
	{ vectors, "vectors and seeking" },
	{ one_wakes, "each waiter of a semaphore gets one" },
};

ABI_MAIN(rows)
