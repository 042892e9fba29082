/*
 * What rows about terminals share: a pseudo-terminal pair of each row's own,
 * whose master is the user who types and looks, and its settings.
 */
#ifndef TESTS_TTY_H
#define TESTS_TTY_H

#include "fixture.h"

#include <sys/ioctl.h>
#include <termios.h>

/* In milliseconds: for what must come, and for what must not. */
enum { PATIENCE = 5000, MOMENT = 30 };

enum { SLAVE_NAME = 32 };

static int master, slave;

static inline int open_master(void)
{
	int fd = OK(open("/dev/ptmx", O_RDWR | O_NOCTTY)), zero = 0;

	OK(ioctl(fd, TIOCSPTLCK, &zero));
	return fd;
}

/* The path of the slave that belongs to this master. */
static inline void slave_name(int fd, char name[SLAVE_NAME])
{
	unsigned int number;

	OK(ioctl(fd, TIOCGPTN, &number));
	snprintf(name, SLAVE_NAME, "/dev/pts/%u", number);
}

static inline int open_slave(int fd)
{
	char name[SLAVE_NAME];

	slave_name(fd, name);
	return OK(open(name, O_RDWR | O_NOCTTY));
}

static inline void open_pair(void)
{
	master = open_master();
	slave = open_slave(master);
}

static inline struct termios get(void)
{
	struct termios t;

	OK(tcgetattr(slave, &t));
	return t;
}

static inline void set(struct termios t)
{
	OK(tcsetattr(slave, TCSANOW, &t));
}

/* Changes local and output modes: first what goes, then what comes. */
static inline void modes(tcflag_t local_off, tcflag_t local_on, tcflag_t output_off, tcflag_t output_on)
{
	struct termios t = get();

	t.c_lflag = (t.c_lflag & ~local_off) | local_on;
	t.c_oflag = (t.c_oflag & ~output_off) | output_on;
	set(t);
}

static inline void open_silent_pair(void)
{
	open_pair();
	modes(ECHO, 0, 0, 0);
}

static inline void open_raw_pair(void)
{
	open_pair();

	struct termios t = get();

	cfmakeraw(&t);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	set(t);
}

static inline void type(const char *text)
{
	EQ(write(master, text, strlen(text)), strlen(text));
}

/* Reads exactly this text, however it arrives. */
static inline void expect_from(int fd, const char *text)
{
	char have[512];
	size_t want = strlen(text), got = 0;

	while (got < want) {
		if (!poll_one(fd, POLLIN, PATIENCE))
			break;
		ssize_t n = read(fd, have + got, want - got);

		if (n <= 0)
			break;
		got += n;
	}
	EQ(got, want);
	CHECK(memcmp(have, text, want) == 0);
}

static inline void expect_quiet(int fd)
{
	EQ(poll_one(fd, POLLIN, MOMENT) & POLLIN, 0);
}

/* One read() from the slave, which must have this text ready. */
static inline void expect_line(const char *text)
{
	char have[512];

	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	EQ(read(slave, have, sizeof(have)), strlen(text));
	CHECK(memcmp(have, text, strlen(text)) == 0);
}

/* Runs body as the leader of a session whose terminal is the slave. */
static inline void in_session(void (*body)(void))
{
	pid_t pid;

	open_pair();
	pid = OK(fork());
	if (pid == 0) {
		OK(setsid());
		OK(ioctl(slave, TIOCSCTTY, 0));
		body();
		_exit(0);
	}
	child_ends(pid);
}

/* Waits until tick() or another handler has counted as many. */
static inline void wait_ticks(int count)
{
	for (int i = 0; i < PATIENCE && tick_count < count; i++)
		abi_sleep_ms(1);
	EQ(tick_count, count);
}

#endif
