/*
 * The devices every program expects: null, zero, full, random, urandom and tty;
 * what they read, take, map, and refuse.
 */
#include "fixture.h"

#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sysmacros.h>

static int open_node(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0 && errno == ENOENT)
		abi_skip("no such node here");
	return OK(fd);
}

static bool all_zero(const char *buf, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (buf[i])
			return false;
	return true;
}

static void numbers(void)
{
	const struct {
		const char *path;
		unsigned int maj, min;
	} nodes[] = {
		{ "/dev/null", 1, 3 },	  { "/dev/zero", 1, 5 }, { "/dev/full", 1, 7 },
		{ "/dev/urandom", 1, 9 }, { "/dev/ptmx", 5, 2 },
	};

	for (int i = 0; i < 5; i++) {
		struct stat st;

		OK(stat(nodes[i].path, &st));
		CHECK(S_ISCHR(st.st_mode));
		EQ(st.st_rdev, makedev(nodes[i].maj, nodes[i].min));
		EQ(st.st_size, 0);
		OK(access(nodes[i].path, R_OK | W_OK));
	}
}

static void null_reads(void)
{
	int fd = open_node("/dev/null", O_RDWR);
	char c = 'k';

	EQ(read(fd, &c, 1), 0);
	EQ(c, 'k');
	EQ(read(fd, wild(), 100), 0);
	EQ(pread(fd, &c, 1, 12345), 0);
}

static void null_takes(void)
{
	int fd = open_node("/dev/null", O_RDWR);

	EQ(write(fd, "data", 4), 4);
	/* It never looks. */
	EQ(write(fd, wild(), 1000), 1000);
	EQ(pwrite(fd, wild(), 7, 1 << 20), 7);
	EQ(write(fd, "", 0), 0);
	EQ(lseek(fd, 0, SEEK_CUR), 0);
}

static void null_opens(void)
{
	OK(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600));
	OK(open("/dev/null", O_WRONLY | O_APPEND));
	FAILS(EEXIST, open("/dev/null", O_WRONLY | O_CREAT | O_EXCL, 0600));
	FAILS(ENOTDIR, open("/dev/null", O_RDONLY | O_DIRECTORY));
	FAILS(ENOTDIR, open("/dev/null/x", O_RDONLY));

	int ro = open_node("/dev/null", O_RDONLY);

	FAILS(EBADF, write(ro, "x", 1));
}

static void null_refuses(void)
{
	int fd = open_node("/dev/null", O_RDWR), n;

	FAILS(ENODEV, mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0));
	FAILS(EINVAL, ftruncate(fd, 0));
	FAILS(ENODEV, fallocate(fd, 0, 0, 1));
	FAILS(EINVAL, fsync(fd));
	FAILS(ENOTTY, ioctl(fd, FIONREAD, &n));
	FAILS(ENOTTY, ioctl(fd, TIOCGWINSZ, &n));
	FAILS(ENOTDIR, fchdir(fd));
	n = 1;
	OK(ioctl(fd, FIONBIO, &n));
	EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	OK(ioctl(fd, FIOCLEX));
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK(!isatty(fd));
	FAILS(EACCES, execl("/dev/null", "x", NULL));
}

static void null_seeks(void)
{
	int fd = open_node("/dev/null", O_RDWR);

	EQ(lseek(fd, 100, SEEK_SET), 0);
	EQ(lseek(fd, -5, SEEK_CUR), 0);
	EQ(lseek(fd, 0, SEEK_END), 0);
	fd = open_node("/dev/zero", O_RDWR);
	EQ(lseek(fd, 100, SEEK_SET), 0);
	fd = open_node("/dev/full", O_RDWR);
	EQ(lseek(fd, 100, SEEK_SET), 0);
}

static void polls(void)
{
	EQ(poll_one(open_node("/dev/null", O_RDWR), POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
	EQ(poll_one(open_node("/dev/zero", O_RDWR), POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
	EQ(poll_one(open_node("/dev/full", O_RDWR), POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
	EQ(poll_one(open_node("/dev/urandom", O_RDONLY), POLLIN, 0), POLLIN);
}

static void null_from_pipe(void)
{
	int fd = open_node("/dev/null", O_RDWR), p[2];

	OK(pipe(p));
	EQ(write(p[1], "abcdef", 6), 6);
	EQ(splice(p[0], NULL, fd, NULL, 4, 0), 4);
	EQ(splice(p[0], NULL, fd, NULL, 4, 0), 2);
}

static void zero_reads(void)
{
	static char buf[100000];
	int fd = open_node("/dev/zero", O_RDWR);

	memset(buf, 'x', sizeof(buf));
	EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
	CHECK(all_zero(buf, sizeof(buf)));
	EQ(read(fd, buf, 0), 0);
	FAILS(EFAULT, read(fd, wild(), 10));
	EQ(write(fd, "data", 4), 4);
	EQ(write(fd, wild(), 9), 9);

	char *page = page_before_wild();

	EQ(read(fd, page + page_size() - 5, 10), 5);
}

static void zero_maps_private(void)
{
	size_t size = page_size();
	int fd = open_node("/dev/zero", O_RDONLY);
	char *at = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	CHECK(at != MAP_FAILED);
	OK(close(fd));
	CHECK(all_zero(at, 2 * size));
	at[0] = 'p';
	pid_t pid = OK(fork());

	if (pid == 0) {
		at[0] = 'c';
		_exit(0);
	}
	child_ends(pid);
	EQ(at[0], 'p');
}

static void zero_maps_shared(void)
{
	size_t size = page_size();
	int fd = open_node("/dev/zero", O_RDWR);
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *other = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(at != MAP_FAILED && other != MAP_FAILED);
	pid_t pid = OK(fork());

	if (pid == 0) {
		at[0] = 'c';
		_exit(0);
	}
	child_ends(pid);
	/* Shared with the child; each mapping is its own memory. */
	EQ(at[0], 'c');
	EQ(other[0], 0);
	fd = open_node("/dev/zero", O_RDONLY);
	FAILS(EACCES, mmap(NULL, size, PROT_WRITE, MAP_SHARED, fd, 0));
}

static void full_refuses(void)
{
	char buf[64];
	int fd = open_node("/dev/full", O_RDWR);

	memset(buf, 'x', sizeof(buf));
	EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
	CHECK(all_zero(buf, sizeof(buf)));
	FAILS(ENOSPC, write(fd, "x", 1));
	FAILS(ENOSPC, write(fd, wild(), 1));
	FAILS(ENOSPC, pwrite(fd, "x", 1, 10));
	FAILS(EFAULT, read(fd, wild(), 1));
}

static void full_stdio(void)
{
	FILE *f = fopen("/dev/full", "w");

	CHECK(f);
	CHECK(fputs("text", f) >= 0);
	EQ(fflush(f), EOF);
	EQ(errno, ENOSPC);
}

static void random_reads(void)
{
	char a[64] = "", b[64] = "";
	int fd = open_node("/dev/urandom", O_RDWR);

	EQ(read(fd, a, 64), 64);
	EQ(read(fd, b, 64), 64);
	CHECK(!all_zero(a, 64) && memcmp(a, b, 64) != 0);
	EQ(pread(fd, b, 16, 999), 16);
	EQ(read(fd, b, 0), 0);
	FAILS(EFAULT, read(fd, wild(), 16));
	EQ(write(fd, a, 16), 16);
	FAILS(EFAULT, write(fd, wild(), 16));
	EQ(lseek(fd, 77, SEEK_SET), 0);
	FAILS(ENODEV, mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0));
}

static void random_fills(void)
{
	static unsigned char buf[20000];
	int seen[256] = { 0 }, kinds = 0;

	EQ(read(open_node("/dev/urandom", O_RDONLY), buf, sizeof(buf)), sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		seen[buf[i]]++;
	for (int i = 0; i < 256; i++) {
		kinds += seen[i] > 0;
		/* About 78 each; this far off is no accident. */
		CHECK(seen[i] < 300);
	}
	EQ(kinds, 256);
}

static void blocking_random(void)
{
	char buf[32] = "";
	int fd = open_node("/dev/random", O_RDONLY);

	EQ(read(fd, buf, 32), 32);
	CHECK(!all_zero(buf, 32));
	FAILS(EINVAL, ioctl(fd, TIOCGWINSZ, buf));
}

static void getrandom_call(void)
{
	char a[256], b[256];

	EQ(getrandom(a, sizeof(a), 0), sizeof(a));
	EQ(getrandom(b, sizeof(b), GRND_NONBLOCK), sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	EQ(getrandom(a, 16, GRND_RANDOM), 16);
	EQ(getrandom(a, 0, 0), 0);
	FAILS(EINVAL, getrandom(a, 1, 0x1000));
	FAILS(EFAULT, getrandom(wild(), 1, 0));
}

static void no_terminal(void)
{
	pid_t pid;

	if (!exists("/dev/tty"))
		abi_skip("no such node here");
	EQ(stat_of("/dev/tty").st_rdev, makedev(5, 0));
	pid = OK(fork());
	if (pid == 0) {
		OK(setsid());
		FAILS(ENXIO, open("/dev/tty", O_RDWR));
		_exit(0);
	}
	child_ends(pid);
}

static void own_terminal(void)
{
	int master, slave, tty;
	char buf[8];
	pid_t pid;

	if (!exists("/dev/tty"))
		abi_skip("no such node here");
	master = OK(posix_openpt(O_RDWR | O_NOCTTY));
	OK(grantpt(master));
	OK(unlockpt(master));
	slave = OK(open(ptsname(master), O_RDWR | O_NOCTTY));
	pid = OK(fork());
	if (pid == 0) {
		OK(setsid());
		OK(ioctl(slave, TIOCSCTTY, 0));
		OK(close(slave));
		tty = OK(open("/dev/tty", O_RDWR));
		EQ(write(tty, "t", 1), 1);
		EQ(tcgetpgrp(tty), getpid());
		CHECK(isatty(tty));
		_exit(0);
	}
	EQ(poll_one(master, POLLIN, 5000) & POLLIN, POLLIN);
	EQ(read(master, buf, sizeof(buf)), 1);
	EQ(buf[0], 't');
	child_ends(pid);
}

static void made_nodes(void)
{
	int fd;
	char c;

	need_root();
	if (mknod("n", S_IFCHR | 0600, makedev(1, 3)) < 0)
		abi_skip("device nodes are refused");
	OK(mknod("z", S_IFCHR | 0600, makedev(1, 5)));
	fd = open("n", O_RDWR);
	if (fd < 0 && errno == EACCES)
		abi_skip("mounted nodev");
	OK(fd);
	/* The number makes the device, not the name. */
	EQ(write(fd, "x", 1), 1);
	EQ(read(fd, &c, 1), 0);
	EQ(read(OK(open("z", O_RDONLY)), &c, 1), 1);
	EQ(c, 0);
	OK(unlink("n"));
	EQ(write(fd, "x", 1), 1);
}

static void use_nodes(void)
{
	OK(open("/dev/null", O_RDWR));
	OK(open("/dev/zero", O_RDWR));
	OK(open("/dev/full", O_RDWR));
	OK(open("/dev/urandom", O_RDWR));
	OK(open("/dev/ptmx", O_RDWR | O_NOCTTY));
	FAILS(EPERM, chmod("/dev/null", 0600));
}

static void permission(void)
{
	need_root();
	become_other_and_run(use_nodes);
}

static const struct abi_row rows[] = {
	{ numbers, "the nodes have their numbers" },
	{ null_reads, "null is empty" },
	{ null_takes, "null takes anything, unseen" },
	{ null_opens, "null opens with creation flags" },
	{ null_refuses, "what null refuses" },
	{ null_seeks, "seeking goes nowhere" },
	{ polls, "all are always ready" },
	{ null_from_pipe, "splice into null" },
	{ zero_reads, "zero gives zeros" },
	{ zero_maps_private, "zero mapped privately" },
	{ zero_maps_shared, "zero mapped shared" },
	{ full_refuses, "full gives zeros and is ENOSPC" },
	{ full_stdio, "stdio sees that full is full" },
	{ random_reads, "urandom gives and takes" },
	{ random_fills, "urandom fills a large buffer evenly" },
	{ blocking_random, "random" },
	{ getrandom_call, "getrandom" },
	{ no_terminal, "tty without a terminal is ENXIO" },
	{ own_terminal, "tty is the controlling terminal" },
	{ made_nodes, "a made node is the same device" },
	{ permission, "every user may use them" },
};

ABI_MAIN(rows)
