/*
 * Fixtures shared by the rows about files, descriptors and terminals: a wild
 * address, files with known text, children whose failures end the row too.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include "abi.h"

#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { OTHER_ID = 65534 };

static volatile sig_atomic_t tick_count;

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* An address at which every access faults. */
static inline void *wild(void)
{
	static void *page;

	if (!page) {
		page = mmap(NULL, page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(page != MAP_FAILED);
	}
	return page;
}

/* The start of a readable and writable page; the page behind it faults. */
static inline char *page_before_wild(void)
{
	size_t size = page_size();
	char *two =
		mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(two != MAP_FAILED);
	OK(mprotect(two + size, size, PROT_NONE));
	return two;
}

/* Whoever started the program may have left more than the usual three open. */
static inline void close_inherited(void)
{
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
}

/* Creates or replaces path; an O_RDWR descriptor at offset 0. */
static inline int make_file(const char *path, const char *text)
{
	int fd = OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0644));

	EQ(write(fd, text, strlen(text)), strlen(text));
	OK(lseek(fd, 0, SEEK_SET));
	return fd;
}

static inline void put_file(const char *path, const char *text)
{
	close(make_file(path, text));
}

static inline bool file_is(const char *path, const char *text)
{
	char have[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, have, sizeof(have));

	close(fd);
	return n == (ssize_t)strlen(text) && memcmp(have, text, n) == 0;
}

static inline struct stat stat_of(const char *path)
{
	struct stat st;

	OK(lstat(path, &st));
	return st;
}

static inline unsigned int mode_of(const char *path)
{
	return stat_of(path).st_mode & 07777;
}

static inline bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Reaps a child of a row; its failure or skip becomes the row's. */
static inline void child_ends(pid_t pid)
{
	int status = abi_wait(pid);

	if (WIFEXITED(status) && WEXITSTATUS(status))
		_exit(WEXITSTATUS(status));
	EQ(status, 0);
}

static inline void in_child(void (*run)(void))
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		run();
		_exit(0);
	}
	child_ends(pid);
}

static inline void need_root(void)
{
	if (geteuid() != 0)
		abi_skip("needs root");
}

/* Gives up every privilege of root for good. */
static inline void become_other(void)
{
	OK(setgroups(0, NULL));
	OK(setresgid(OTHER_ID, OTHER_ID, OTHER_ID));
	OK(setresuid(OTHER_ID, OTHER_ID, OTHER_ID));
}

static inline void become_other_and_run(void (*run)(void))
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		become_other();
		run();
		_exit(0);
	}
	child_ends(pid);
}

static inline void tick(int sig)
{
	(void)sig;
	tick_count++;
}

/* SIGALRM, handled, every ms milliseconds; without SA_RESTART if flags is 0. */
static inline void start_ticks(long ms, int flags)
{
	struct sigaction act = { .sa_handler = tick, .sa_flags = flags };
	struct timeval period = { ms / 1000, ms % 1000 * 1000 };
	struct itimerval every = { period, period };

	OK(sigaction(SIGALRM, &act, NULL));
	OK(setitimer(ITIMER_REAL, &every, NULL));
}

static inline void stop_ticks(void)
{
	struct itimerval none = { 0 };

	OK(setitimer(ITIMER_REAL, &none, NULL));
}

/* What poll() finds on fd within ms milliseconds. */
static inline int poll_one(int fd, int events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	OK(poll(&p, 1, ms));
	return p.revents;
}

#endif
