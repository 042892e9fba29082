/*
 * Pseudo-terminal pairs: making and naming them, data in both directions, what
 * one end sees when the other closes, packet mode, exclusive use.
 */
#include "tty.h"

#include <sys/sysmacros.h>

static void pair(void)
{
	open_pair();
	struct stat st;

	CHECK(isatty(slave) && isatty(master));
	OK(fstat(slave, &st));
	CHECK(S_ISCHR(st.st_mode));
	EQ(major(st.st_rdev), 136);
	OK(fstat(master, &st));
	EQ(st.st_rdev, makedev(5, 2));
	type("hello\n");
	expect_line("hello\n");
	expect_from(master, "hello\r\n");
	EQ(write(slave, "out\n", 4), 4);
	expect_from(master, "out\r\n");
}

static void locked(void)
{
	int fd = OK(open("/dev/ptmx", O_RDWR | O_NOCTTY)), lock = 1;
	char name[SLAVE_NAME];

	OK(ioctl(fd, TIOCGPTLCK, &lock));
	EQ(lock, 1);
	slave_name(fd, name);
	FAILS(EIO, open(name, O_RDWR | O_NOCTTY));
	lock = 0;
	OK(ioctl(fd, TIOCSPTLCK, &lock));
	OK(open(name, O_RDWR | O_NOCTTY));
	OK(ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY));
	OK(close(fd));
}

static void names(void)
{
	char path[32], want[SLAVE_NAME], have[64];
	unsigned int number;
	ssize_t n;

	open_pair();
	slave_name(master, want);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", slave);
	n = OK(readlink(path, have, sizeof(have) - 1));
	have[n] = '\0';
	CHECK(strcmp(have, want) == 0);
	CHECK(exists(want));
	OK(close(slave));
	CHECK(exists(want));
	FAILS(ENOTTY, ioctl(OK(open("/dev/null", O_RDWR)), TIOCGPTN, &number));
}

static void exclusive(void)
{
	char name[SLAVE_NAME];

	open_pair();
	slave_name(master, name);
	OK(ioctl(slave, TIOCEXCL));
	if (geteuid() == 0)
		OK(open(name, O_RDWR | O_NOCTTY));
	else
		FAILS(EBUSY, open(name, O_RDWR | O_NOCTTY));
	OK(ioctl(slave, TIOCNXCL));
	OK(open(name, O_RDWR | O_NOCTTY));
}

static void bulk(void)
{
	enum { SIZE = 40000 };
	static char out[SIZE], in[SIZE];
	pid_t pid;

	open_raw_pair();
	for (int i = 0; i < SIZE; i++)
		out[i] = i ^ i >> 8;
	pid = OK(fork());
	if (pid == 0) {
		EQ(write(slave, out, SIZE), SIZE);
		_exit(0);
	}
	for (int at = 0; at < SIZE;) {
		EQ(poll_one(master, POLLIN, PATIENCE) & POLLIN, POLLIN);
		at += OK(read(master, in + at, SIZE - at));
	}
	CHECK(memcmp(in, out, SIZE) == 0);
	child_ends(pid);
}

static void interrupted(void)
{
	char c;

	open_silent_pair();
	start_ticks(30, 0);
	FAILS(EINTR, read(slave, &c, 1));
	FAILS(EINTR, read(master, &c, 1));
	stop_ticks();
}

static void master_closes(void)
{
	char c;

	open_pair();
	type("left\n");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	OK(close(master));
	EQ(poll_one(slave, POLLIN, PATIENCE) & POLLHUP, POLLHUP);
	EQ(read(slave, &c, 1), 0);
	FAILS(EIO, write(slave, "x", 1));
	FAILS(EIO, tcflush(slave, TCIFLUSH));
}

static void slave_closes(void)
{
	char buf[16];

	open_silent_pair();
	EQ(write(slave, "last", 4), 4);
	OK(close(slave));
	expect_from(master, "last");
	EQ(poll_one(master, POLLIN, PATIENCE) & POLLHUP, POLLHUP);
	FAILS(EIO, read(master, buf, sizeof(buf)));
	/* It may be opened again. */
	slave = open_slave(master);
	type("back\n");
	expect_line("back\n");
}

static void packets(void)
{
	int on = 1, back = 0;
	char buf[16];
	struct termios t;

	open_silent_pair();
	OK(ioctl(master, TIOCPKT, &on));
	OK(ioctl(master, TIOCGPKT, &back));
	EQ(back, 1);
	EQ(write(slave, "data", 4), 4);
	EQ(poll_one(master, POLLIN, PATIENCE) & POLLIN, POLLIN);
	EQ(read(master, buf, sizeof(buf)), 5);
	CHECK(memcmp(buf, "\0data", 5) == 0);
	OK(tcflush(slave, TCIFLUSH));
	EQ(poll_one(master, POLLIN | POLLPRI, PATIENCE) & POLLPRI, POLLPRI);
	EQ(read(master, buf, sizeof(buf)), 1);
	EQ(buf[0], TIOCPKT_FLUSHREAD);
	t = get();
	t.c_iflag &= ~IXON;
	set(t);
	EQ(read(master, buf, sizeof(buf)), 1);
	EQ(buf[0], TIOCPKT_NOSTOP);
	on = 0;
	OK(ioctl(master, TIOCPKT, &on));
	EQ(write(slave, "x", 1), 1);
	expect_from(master, "x");
	FAILS(ENOTTY, ioctl(slave, TIOCPKT, &on));
	FAILS(EFAULT, ioctl(master, TIOCPKT, wild()));
}

static const struct abi_row rows[] = {
	{ pair, "a pair carries lines both ways" },
	{ locked, "a new pair is locked" },
	{ names, "the slave's name through its descriptor" },
	{ exclusive, "TIOCEXCL" },
	{ bulk, "much data keeps its order" },
	{ interrupted, "a signal ends both ends' reads" },
	{ master_closes, "the slave after its master closed" },
	{ slave_closes, "EIO when the slave closed, until it opens again" },
	{ packets, "TIOCPKT" },
};

ABI_MAIN(rows)
