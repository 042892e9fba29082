/*
 * File locks: flock, POSIX record locks and open file description locks; how
 * ranges split and merge, who waits, what releases them.
 */
#include "fixture.h"

#include <sys/file.h>

static int set_lock(int fd, int cmd, int type, off_t start, off_t len)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &fl);
}

/* Runs body in a child and returns what it returned. */
static int as_child(int (*body)(void *), void *arg)
{
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(body(arg));
	int status = abi_wait(pid);

	CHECK(WIFEXITED(status));
	if (WEXITSTATUS(status) > 100)
		_exit(WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

struct range {
	int fd, type;
	off_t start, len;
};

static int try_range(void *arg)
{
	struct range *r = arg;

	if (set_lock(r->fd, F_SETLK, r->type, r->start, r->len) == 0)
		return 1;
	return errno == EAGAIN || errno == EACCES ? 0 : 2;
}

/* Whether another process could set this lock now. */
static bool other_could(int fd, int type, off_t start, off_t len)
{
	struct range r = { fd, type, start, len };
	int got = as_child(try_range, &r);

	CHECK(got < 2);
	return got;
}

/* Says where another process's lock would meet ours: F_GETLK from a child. */
static int query_range(void *arg)
{
	struct range *r = arg;
	struct flock fl = {
		.l_type = r->type, .l_whence = SEEK_SET, .l_start = r->start, .l_len = r->len
	};

	OK(fcntl(r->fd, F_GETLK, &fl));
	if (fl.l_type == F_UNLCK)
		return 100;
	EQ(fl.l_pid, getppid());
	EQ(fl.l_whence, SEEK_SET);
	return fl.l_start * 10 + fl.l_len;
}

static void flock_conflicts(void)
{
	int a = make_file("f", ""), b = OK(open("f", O_RDONLY)), dup_a = OK(dup(a));

	OK(flock(a, LOCK_SH));
	OK(flock(b, LOCK_SH));
	FAILS(EWOULDBLOCK, flock(a, LOCK_EX | LOCK_NB));
	OK(flock(b, LOCK_UN));
	OK(flock(a, LOCK_EX | LOCK_NB));
	OK(flock(dup_a, LOCK_EX | LOCK_NB));
	FAILS(EWOULDBLOCK, flock(b, LOCK_SH | LOCK_NB));
	OK(flock(dup_a, LOCK_UN));
	OK(flock(b, LOCK_EX | LOCK_NB));
}

static void flock_released(void)
{
	int a = make_file("f", ""), dup_a = OK(dup(a)), b = OK(open("f", O_RDONLY));

	OK(flock(a, LOCK_EX));
	OK(close(a));
	FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
	OK(close(dup_a));
	OK(flock(b, LOCK_EX | LOCK_NB));
}

static void flock_inherited(void)
{
	int a = make_file("f", ""), b = OK(open("f", O_RDONLY));
	pid_t pid;

	OK(flock(a, LOCK_EX));
	pid = OK(fork());
	if (pid == 0) {
		OK(flock(a, LOCK_EX | LOCK_NB));
		OK(close(a));
		_exit(0);
	}
	child_ends(pid);
	FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
	pid = OK(fork());
	if (pid == 0) {
		OK(flock(a, LOCK_UN));
		_exit(0);
	}
	child_ends(pid);
	OK(flock(b, LOCK_EX | LOCK_NB));
}

static void flock_waits(void)
{
	int a = make_file("f", "");
	pid_t pid;
	int p[2];
	char c;

	OK(pipe(p));
	OK(flock(a, LOCK_EX));
	pid = OK(fork());
	if (pid == 0) {
		OK(flock(OK(open("f", O_RDONLY)), LOCK_EX));
		_exit(write(p[1], "l", 1) != 1);
	}
	EQ(poll_one(p[0], POLLIN, 50), 0);
	OK(flock(a, LOCK_UN));
	EQ(read(p[0], &c, 1), 1);
	child_ends(pid);
}

static void flock_interrupted(void)
{
	int a = make_file("f", ""), b = OK(open("f", O_RDONLY));

	OK(flock(a, LOCK_EX));
	start_ticks(30, 0);
	FAILS(EINTR, flock(b, LOCK_EX));
	stop_ticks();
	OK(flock(a, LOCK_UN));
	OK(flock(b, LOCK_EX | LOCK_NB));
}

static void flock_errors(void)
{
	int fd = make_file("f", "");

	FAILS(EINVAL, flock(fd, 0));
	FAILS(EINVAL, flock(fd, LOCK_SH | LOCK_EX));
	FAILS(EINVAL, flock(fd, LOCK_NB));
	FAILS(EBADF, flock(-1, LOCK_SH));
	FAILS(EBADF, flock(OK(open("f", O_PATH)), LOCK_SH));
	OK(flock(fd, LOCK_UN));
	OK(flock(OK(open(".", O_RDONLY)), LOCK_EX));
}

static void kinds_apart(void)
{
	int a = make_file("f", ""), b = OK(open("f", O_RDWR));

	OK(flock(a, LOCK_EX));
	/* The two worlds do not see each other. */
	OK(set_lock(b, F_SETLK, F_WRLCK, 0, 0));
	CHECK(!other_could(b, F_WRLCK, 0, 0));
	FAILS(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
}

static void posix_conflicts(void)
{
	int fd = make_file("f", "");

	OK(set_lock(fd, F_SETLK, F_RDLCK, 10, 10));
	CHECK(other_could(fd, F_RDLCK, 10, 10));
	CHECK(!other_could(fd, F_WRLCK, 10, 10));
	CHECK(!other_could(fd, F_WRLCK, 19, 1));
	CHECK(other_could(fd, F_WRLCK, 20, 1));
	CHECK(other_could(fd, F_WRLCK, 0, 10));
	CHECK(!other_could(fd, F_WRLCK, 0, 11));
	OK(set_lock(fd, F_SETLK, F_WRLCK, 10, 10));
	CHECK(!other_could(fd, F_RDLCK, 15, 1));
	/* One's own locks never conflict. */
	OK(set_lock(OK(open("f", O_RDWR)), F_SETLK, F_RDLCK, 0, 0));
	CHECK(other_could(fd, F_RDLCK, 15, 1));
}

static void splits(void)
{
	int fd = make_file("f", "");
	struct range first = { fd, F_WRLCK, 0, 9 }, second = { fd, F_WRLCK, 3, 0 };

	OK(set_lock(fd, F_SETLK, F_WRLCK, 0, 9));
	EQ(as_child(query_range, &first), 9);
	OK(set_lock(fd, F_SETLK, F_UNLCK, 3, 3));
	EQ(as_child(query_range, &first), 3);
	EQ(as_child(query_range, &second), 63);
	CHECK(other_could(fd, F_WRLCK, 3, 3));
	CHECK(!other_could(fd, F_WRLCK, 2, 1));
	CHECK(!other_could(fd, F_WRLCK, 6, 1));
	OK(set_lock(fd, F_SETLK, F_UNLCK, 0, 0));
	EQ(as_child(query_range, &first), 100);
}

static void merges(void)
{
	int fd = make_file("f", "");
	struct range all = { fd, F_WRLCK, 0, 0 };

	OK(set_lock(fd, F_SETLK, F_WRLCK, 0, 3));
	OK(set_lock(fd, F_SETLK, F_WRLCK, 6, 3));
	EQ(as_child(query_range, &all), 3);
	OK(set_lock(fd, F_SETLK, F_WRLCK, 3, 3));
	EQ(as_child(query_range, &all), 9);
	OK(set_lock(fd, F_SETLK, F_RDLCK, 0, 4));
	EQ(as_child(query_range, &all), 4);
	OK(set_lock(fd, F_SETLK, F_WRLCK, 1, 4));
	EQ(as_child(query_range, &all), 1);
	all.start = 1;
	EQ(as_child(query_range, &all), 18);
}

static void whence(void)
{
	int fd = make_file("f", "0123456789");
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -2, .l_len = 1 };
	struct range all = { fd, F_WRLCK, 0, 0 };

	OK(fcntl(fd, F_SETLK, &fl));
	EQ(as_child(query_range, &all), 81);
	OK(set_lock(fd, F_SETLK, F_UNLCK, 0, 0));
	OK(lseek(fd, 5, SEEK_SET));
	fl = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = 2, .l_len = -3 };
	OK(fcntl(fd, F_SETLK, &fl));
	EQ(as_child(query_range, &all), 43);
	OK(set_lock(fd, F_SETLK, F_UNLCK, 0, 0));
	/* Length 0 goes to the end, wherever it will be. */
	OK(set_lock(fd, F_SETLK, F_WRLCK, 2, 0));
	EQ(as_child(query_range, &all), 20);
	CHECK(!other_could(fd, F_WRLCK, 1 << 30, 1));
}

static void posix_errors(void)
{
	int fd = make_file("f", ""), p[2];
	int ro = OK(open("f", O_RDONLY)), wo = OK(open("f", O_WRONLY));
	struct flock fl = { .l_type = 9 };

	FAILS(EINVAL, fcntl(fd, F_SETLK, &fl));
	FAILS(EINVAL, set_lock(fd, F_SETLK, F_WRLCK, -1, 1));
	FAILS(EINVAL, set_lock(fd, F_SETLK, F_WRLCK, 5, -6));
	fl = (struct flock){ .l_type = F_WRLCK, .l_whence = 9 };
	FAILS(EINVAL, fcntl(fd, F_SETLK, &fl));
	FAILS(EFAULT, fcntl(fd, F_SETLK, wild()));
	FAILS(EFAULT, fcntl(fd, F_GETLK, wild()));
	FAILS(EBADF, set_lock(ro, F_SETLK, F_WRLCK, 0, 0));
	FAILS(EBADF, set_lock(wo, F_SETLK, F_RDLCK, 0, 0));
	OK(set_lock(ro, F_SETLK, F_RDLCK, 0, 0));
	FAILS(EBADF, set_lock(-1, F_SETLK, F_RDLCK, 0, 0));
	FAILS(EINVAL, set_lock(fd, F_GETLK, F_UNLCK, 0, 0));
	OK(pipe(p));
	OK(set_lock(p[1], F_SETLK, F_WRLCK, 0, 0));
}

static void posix_close_releases(void)
{
	int a = make_file("f", ""), b = OK(open("f", O_RDONLY));

	OK(set_lock(a, F_SETLK, F_WRLCK, 0, 0));
	CHECK(!other_could(a, F_WRLCK, 0, 0));
	/* Closing any descriptor of the file lets all its locks go. */
	OK(close(b));
	CHECK(other_could(a, F_WRLCK, 0, 0));
	OK(set_lock(a, F_SETLK, F_WRLCK, 0, 0));
	OK(close(OK(dup(a))));
	CHECK(other_could(a, F_WRLCK, 0, 0));
}

static int holds_and_exits(void *arg)
{
	return set_lock(*(int *)arg, F_SETLK, F_WRLCK, 0, 0) < 0;
}

static void posix_exit_releases(void)
{
	int fd = make_file("f", "");

	EQ(as_child(holds_and_exits, &fd), 0);
	OK(set_lock(fd, F_SETLK, F_WRLCK, 0, 0));
	/* A child does not inherit. */
	CHECK(!other_could(fd, F_RDLCK, 0, 1));
}

static void posix_waits(void)
{
	int fd = make_file("f", ""), p[2];
	pid_t pid;
	char c;

	OK(pipe(p));
	OK(set_lock(fd, F_SETLK, F_WRLCK, 0, 10));
	pid = OK(fork());
	if (pid == 0) {
		OK(set_lock(fd, F_SETLKW, F_WRLCK, 5, 10));
		_exit(write(p[1], "l", 1) != 1);
	}
	EQ(poll_one(p[0], POLLIN, 50), 0);
	OK(set_lock(fd, F_SETLK, F_UNLCK, 0, 5));
	EQ(poll_one(p[0], POLLIN, 50), 0);
	OK(set_lock(fd, F_SETLK, F_UNLCK, 5, 5));
	EQ(read(p[0], &c, 1), 1);
	child_ends(pid);
}

static int hold_until_killed(void *arg)
{
	int *fds = arg;

	OK(set_lock(fds[0], F_SETLK, F_WRLCK, 0, 0));
	EQ(write(fds[1], "h", 1), 1);
	for (;;)
		pause();
}

static pid_t start_holder(int fd)
{
	int p[2], fds[2];
	char c;
	pid_t pid;

	OK(pipe(p));
	fds[0] = fd;
	fds[1] = p[1];
	pid = OK(fork());
	if (pid == 0)
		_exit(hold_until_killed(fds));
	EQ(read(p[0], &c, 1), 1);
	return pid;
}

static void posix_interrupted(void)
{
	int fd = make_file("f", "");
	pid_t pid = start_holder(fd);

	start_ticks(30, 0);
	FAILS(EINTR, set_lock(fd, F_SETLKW, F_WRLCK, 0, 0));
	stop_ticks();
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
	OK(set_lock(fd, F_SETLK, F_WRLCK, 0, 0));
}

static void killed_holder(void)
{
	int fd = make_file("f", "");
	pid_t pid = start_holder(fd);
	pid_t killer = OK(fork());

	if (killer == 0) {
		abi_sleep_ms(50);
		_exit(kill(pid, SIGKILL) < 0);
	}
	OK(set_lock(fd, F_SETLKW, F_WRLCK, 0, 0));
	abi_wait(pid);
	child_ends(killer);
}

static void deadlock(void)
{
	int fd = make_file("f", ""), p[2], refused = 0;
	char c;
	pid_t pid;

	OK(pipe(p));
	OK(set_lock(fd, F_SETLK, F_WRLCK, 0, 1));
	pid = OK(fork());
	if (pid == 0) {
		OK(set_lock(fd, F_SETLK, F_WRLCK, 1, 1));
		EQ(write(p[1], "l", 1), 1);
		if (set_lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0)
			_exit(0);
		_exit(errno == EDEADLK ? 1 : 2);
	}
	EQ(read(p[0], &c, 1), 1);
	/* Whoever asks second is refused; then the other one can go on. */
	if (set_lock(fd, F_SETLKW, F_WRLCK, 1, 1) < 0) {
		EQ(errno, EDEADLK);
		refused = 1;
	}
	OK(set_lock(fd, F_SETLK, F_UNLCK, 0, 0));
	EQ(WEXITSTATUS(abi_wait(pid)) + refused, 1);
}

static void ofd_conflicts(void)
{
	int a = make_file("f", ""), b = OK(open("f", O_RDWR)), dup_a = OK(dup(a));

	OK(set_lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
	FAILS(EAGAIN, set_lock(b, F_OFD_SETLK, F_WRLCK, 9, 1));
	OK(set_lock(b, F_OFD_SETLK, F_WRLCK, 10, 1));
	OK(set_lock(dup_a, F_OFD_SETLK, F_RDLCK, 0, 10));
	OK(set_lock(b, F_OFD_SETLK, F_RDLCK, 0, 5));
	/* And with record locks of the same process. */
	FAILS(EAGAIN, set_lock(b, F_SETLK, F_WRLCK, 0, 1));
}

static void ofd_queries(void)
{
	int a = make_file("f", ""), b = OK(open("f", O_RDWR));
	struct flock fl = { .l_type = F_WRLCK };

	OK(set_lock(a, F_OFD_SETLK, F_RDLCK, 3, 4));
	OK(fcntl(b, F_OFD_GETLK, &fl));
	EQ(fl.l_type, F_RDLCK);
	EQ(fl.l_start, 3);
	EQ(fl.l_len, 4);
	EQ(fl.l_pid, -1);
	fl = (struct flock){ .l_type = F_RDLCK };
	OK(fcntl(b, F_OFD_GETLK, &fl));
	EQ(fl.l_type, F_UNLCK);
	fl = (struct flock){ .l_type = F_WRLCK, .l_pid = 1 };
	FAILS(EINVAL, fcntl(b, F_OFD_GETLK, &fl));
	FAILS(EINVAL, fcntl(b, F_OFD_SETLK, &fl));
}

static void ofd_released(void)
{
	int a = make_file("f", ""), b = OK(open("f", O_RDWR));
	pid_t pid;

	OK(set_lock(a, F_OFD_SETLK, F_WRLCK, 0, 0));
	OK(close(OK(open("f", O_RDONLY))));
	FAILS(EAGAIN, set_lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
	pid = OK(fork());
	if (pid == 0)
		_exit(close(a));
	child_ends(pid);
	FAILS(EAGAIN, set_lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
	OK(close(a));
	OK(set_lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
}

static const struct abi_row rows[] = {
	{ flock_conflicts, "flock: shared, exclusive, one owner per open" },
	{ flock_released, "flock ends with the last duplicate" },
	{ flock_inherited, "flock is shared with a child" },
	{ flock_waits, "flock waits for the unlock" },
	{ flock_interrupted, "a signal ends flock's wait" },
	{ flock_errors, "flock errors" },
	{ kinds_apart, "flock and record locks do not meet" },
	{ posix_conflicts, "record locks conflict where they overlap" },
	{ splits, "unlocking the middle splits a lock" },
	{ merges, "adjacent locks merge, a new type replaces" },
	{ whence, "SEEK_CUR, SEEK_END, negative and zero lengths" },
	{ posix_errors, "record lock errors" },
	{ posix_close_releases, "any close releases record locks" },
	{ posix_exit_releases, "exit releases record locks, fork does not copy them" },
	{ posix_waits, "F_SETLKW waits for the whole range" },
	{ posix_interrupted, "a signal ends F_SETLKW" },
	{ killed_holder, "a killed holder lets the waiter in" },
	{ deadlock, "EDEADLK for exactly one of two" },
	{ ofd_conflicts, "OFD locks belong to the open file" },
	{ ofd_queries, "F_OFD_GETLK" },
	{ ofd_released, "OFD locks end with the last descriptor" },
};

ABI_MAIN(rows)
