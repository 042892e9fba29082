/*
 * poll, ppoll, select and pselect: what is ready on pipes, files, sockets and
 * terminals, timeouts, and the signal mask.
 */
#include "fixture.h"

#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>

static const struct timespec no_time = { 0, 0 };

static void pipe_ends(void)
{
	int p[2];

	OK(pipe(p));
	EQ(poll_one(p[0], POLLIN | POLLOUT, 0), 0);
	EQ(poll_one(p[1], POLLIN | POLLOUT, 0), POLLOUT);
	EQ(write(p[1], "x", 1), 1);
	EQ(poll_one(p[0], POLLIN | POLLRDNORM | POLLPRI, 0), POLLIN | POLLRDNORM);
	EQ(poll_one(p[0], 0, 0), 0);
	OK(close(p[1]));
	EQ(poll_one(p[0], POLLIN, 0), POLLIN | POLLHUP);
	EQ(poll_one(p[0], 0, 0), POLLHUP);
}

static void files_are_ready(void)
{
	int fd = make_file("f", "");

	EQ(poll_one(fd, POLLIN | POLLOUT | POLLPRI, 0), POLLIN | POLLOUT);
	EQ(poll_one(OK(open("f", O_RDONLY)), POLLOUT, 0), POLLOUT);
	EQ(poll_one(OK(open(".", O_RDONLY)), POLLIN, 0), POLLIN);
	EQ(poll_one(OK(open("/dev/null", O_RDWR)), POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
}

static void sockets(void)
{
	int s[2];
	char c;

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	EQ(poll_one(s[0], POLLIN | POLLOUT, 0), POLLOUT);
	EQ(write(s[1], "x", 1), 1);
	EQ(poll_one(s[0], POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
	OK(shutdown(s[1], SHUT_WR));
	EQ(poll_one(s[0], POLLIN | POLLRDHUP, 0), POLLIN | POLLRDHUP);
	EQ(read(s[0], &c, 1), 1);
	EQ(poll_one(s[0], POLLIN | POLLRDHUP, 0), POLLIN | POLLRDHUP);
	OK(close(s[1]));
	EQ(poll_one(s[0], POLLIN | POLLRDHUP, 0), POLLIN | POLLRDHUP | POLLHUP);
}

static void terminals(void)
{
	int master = OK(posix_openpt(O_RDWR | O_NOCTTY)), slave;

	OK(grantpt(master));
	OK(unlockpt(master));
	slave = OK(open(ptsname(master), O_RDWR | O_NOCTTY));
	EQ(poll_one(slave, POLLIN | POLLOUT, 0), POLLOUT);
	EQ(poll_one(master, POLLIN | POLLOUT, 0), POLLOUT);
	EQ(write(slave, "x", 1), 1);
	EQ(poll_one(master, POLLIN, 5000), POLLIN);
	EQ(write(master, "a", 1), 1);
	EQ(poll_one(slave, POLLIN, 20), 0);
	EQ(write(master, "\n", 1), 1);
	EQ(poll_one(slave, POLLIN, 5000), POLLIN);
	OK(close(slave));
	CHECK(poll_one(master, POLLIN, 0) & POLLHUP);
}

static void closed_descriptors(void)
{
	int p[2];

	OK(pipe(p));
	struct pollfd fds[] = {
		{ p[1], POLLOUT, 99 },
		{ 99, POLLIN, 99 },
		{ -1, POLLIN, 99 },
		{ p[0], POLLIN, 99 },
	};

	EQ(poll(fds, 4, -1), 2);
	EQ(fds[0].revents, POLLOUT);
	EQ(fds[1].revents, POLLNVAL);
	EQ(fds[2].revents, 0);
	EQ(fds[3].revents, 0);
	EQ(fds[1].fd, 99);
	EQ(fds[1].events, POLLIN);
	/* The same descriptor twice counts twice. */
	fds[1] = fds[0];
	EQ(poll(fds, 2, 0), 2);
}

static void timeouts(void)
{
	int p[2];
	long long start = abi_now_ms();
	struct pollfd fd = { .events = POLLIN };

	OK(pipe(p));
	fd.fd = p[0];
	EQ(poll(&fd, 1, 60), 0);
	CHECK(abi_now_ms() - start >= 59);
	EQ(fd.revents, 0);
	EQ(poll(NULL, 0, 10), 0);
	start = abi_now_ms();
	EQ(poll(&fd, 1, 0), 0);
	EQ(poll(NULL, 0, 0), 0);
	CHECK(abi_now_ms() - start < 5000);
}

static void poll_wakes(void)
{
	int p[2];
	pid_t pid;

	OK(pipe(p));
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		_exit(write(p[1], "x", 1) != 1);
	}
	EQ(poll_one(p[0], POLLIN, -1), POLLIN);
	child_ends(pid);
	OK(close(p[1]));
	pid = OK(fork());
	if (pid == 0)
		_exit(0);
	EQ(poll_one(p[0], POLLIN, -1), POLLIN | POLLHUP);
	child_ends(pid);
}

static void poll_errors(void)
{
	struct rlimit limit;

	FAILS(EFAULT, poll(wild(), 1, 0));
	OK(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 10;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	FAILS(EINVAL, poll(wild(), 11, 0));
	FAILS(EINVAL, ppoll(NULL, 0, &(struct timespec){ 0, 1000000000 }, NULL));
	FAILS(EINVAL, ppoll(NULL, 0, &(struct timespec){ -1, 0 }, NULL));
	/* libc would read the time itself. */
	FAILS(EFAULT, syscall(SYS_ppoll, NULL, 0L, wild(), NULL, 8L));
	FAILS(EFAULT, ppoll(NULL, 0, &no_time, wild()));
}

static void interrupted(void)
{
	int p[2];
	struct pollfd fd = { .events = POLLIN };

	OK(pipe(p));
	fd.fd = p[0];
	/* Even SA_RESTART does not resume it. */
	start_ticks(30, SA_RESTART);
	FAILS(EINTR, poll(&fd, 1, -1));
	FAILS(EINTR, poll(&fd, 1, 15000));
	FAILS(EINTR, select(0, NULL, NULL, NULL, NULL));
	stop_ticks();
	CHECK(tick_count >= 3);
}

static void ppoll_mask(void)
{
	sigset_t block, open;

	signal(SIGUSR1, tick);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	OK(sigprocmask(SIG_BLOCK, &block, &open));
	OK(raise(SIGUSR1));
	EQ(poll(NULL, 0, 5), 0);
	EQ(tick_count, 0);
	/* The pending signal comes in at once with the call's own mask. */
	FAILS(EINTR, ppoll(NULL, 0, NULL, &open));
	EQ(tick_count, 1);
	OK(raise(SIGUSR1));
	EQ(tick_count, 1);
	OK(sigprocmask(SIG_SETMASK, &open, NULL));
	EQ(tick_count, 2);
}

static void ppoll_ready_first(void)
{
	int p[2];
	sigset_t block, open;
	struct pollfd fd = { .events = POLLIN };

	signal(SIGUSR1, tick);
	OK(pipe(p));
	fd.fd = p[0];
	EQ(write(p[1], "x", 1), 1);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	OK(sigprocmask(SIG_BLOCK, &block, &open));
	OK(raise(SIGUSR1));
	/* What is ready is reported; the signal stays for later. */
	EQ(ppoll(&fd, 1, NULL, &open), 1);
	EQ(tick_count, 0);
	OK(sigprocmask(SIG_SETMASK, &open, NULL));
	EQ(tick_count, 1);
}

static void time_left(void)
{
	struct {
		long sec, nsec;
	} left = { 20, 0 };
	int p[2];
	struct pollfd fd = { .events = POLLIN };

	if (sizeof(time_t) != sizeof(long))
		abi_skip("the raw timespec has another shape");
	OK(pipe(p));
	fd.fd = p[0];
	EQ(write(p[1], "x", 1), 1);
	/* The kernel writes back what is left of the time. */
	EQ(syscall(SYS_ppoll, &fd, 1L, &left, NULL, 8L), 1);
	CHECK(left.sec >= 1 && (left.sec < 20 || left.nsec == 0));
	left.sec = 0;
	left.nsec = 1000000;
	fd.fd = -1;
	EQ(syscall(SYS_ppoll, &fd, 1L, &left, NULL, 8L), 0);
	EQ(left.sec, 0);
	EQ(left.nsec, 0);
}

static void select_sets(void)
{
	int p[2], q[2];
	fd_set rd, wr;

	OK(pipe(p));
	OK(pipe(q));
	EQ(write(p[1], "x", 1), 1);
	FD_ZERO(&rd);
	FD_ZERO(&wr);
	FD_SET(p[0], &rd);
	FD_SET(q[0], &rd);
	FD_SET(p[1], &wr);
	FD_SET(q[1], &wr);
	EQ(select(q[1] + 1, &rd, &wr, NULL, NULL), 3);
	CHECK(FD_ISSET(p[0], &rd) && !FD_ISSET(q[0], &rd));
	CHECK(FD_ISSET(p[1], &wr) && FD_ISSET(q[1], &wr));
	/* In two sets it counts twice. */
	int fd = make_file("f", "");

	FD_ZERO(&rd);
	FD_SET(fd, &rd);
	wr = rd;
	EQ(select(fd + 1, &rd, &wr, NULL, NULL), 2);
}

static void select_limits(void)
{
	int p[2];
	fd_set rd;
	struct timeval tv = { 0, 0 };

	OK(pipe(p));
	EQ(write(p[1], "x", 1), 1);
	FD_ZERO(&rd);
	FD_SET(p[0], &rd);
	/* nfds bounds what is looked at. */
	EQ(select(p[0], &rd, NULL, NULL, &tv), 0);
	FD_ZERO(&rd);
	FD_SET(p[0], &rd);
	EQ(select(p[0] + 1, &rd, NULL, NULL, &tv), 1);
	FD_SET(99, &rd);
	FAILS(EBADF, select(100, &rd, NULL, NULL, &tv));
	FAILS(EINVAL, select(-1, &rd, NULL, NULL, &tv));
	FAILS(EFAULT, select(10, wild(), NULL, NULL, &tv));
	tv.tv_sec = -1;
	FAILS(EINVAL, select(0, NULL, NULL, NULL, &tv));
}

static void select_times(void)
{
	int p[2];
	fd_set rd;
	struct timeval tv = { 0, 50000 };
	long long start = abi_now_ms();

	OK(pipe(p));
	FD_ZERO(&rd);
	FD_SET(p[0], &rd);
	EQ(select(p[0] + 1, &rd, NULL, NULL, &tv), 0);
	CHECK(abi_now_ms() - start >= 49);
	CHECK(!FD_ISSET(p[0], &rd));
	EQ(tv.tv_sec, 0);
	EQ(tv.tv_usec, 0);
}

static void select_hangup(void)
{
	int p[2];
	fd_set rd, ex;

	OK(pipe(p));
	OK(close(p[1]));
	FD_ZERO(&rd);
	FD_SET(p[0], &rd);
	ex = rd;
	EQ(select(p[0] + 1, &rd, NULL, &ex, NULL), 1);
	CHECK(FD_ISSET(p[0], &rd) && !FD_ISSET(p[0], &ex));
}

static void pselect_mask(void)
{
	sigset_t block, open;
	struct timespec tv = { 10, 0 };

	signal(SIGUSR1, tick);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	OK(sigprocmask(SIG_BLOCK, &block, &open));
	OK(raise(SIGUSR1));
	FAILS(EINTR, pselect(0, NULL, NULL, NULL, &tv, &open));
	EQ(tick_count, 1);
	tv = (struct timespec){ 0, 1000000 };
	OK(raise(SIGUSR1));
	EQ(pselect(0, NULL, NULL, NULL, &tv, NULL), 0);
	EQ(tick_count, 1);
	tv.tv_nsec = -1;
	FAILS(EINVAL, pselect(0, NULL, NULL, NULL, &tv, NULL));
}

static void many(void)
{
	enum { COUNT = 200 };
	static struct pollfd fds[COUNT];
	int p[2], fd;

	OK(pipe(p));
	for (int i = 0; i < COUNT; i++) {
		fd = OK(fcntl(i % 3 ? p[0] : p[1], F_DUPFD, 100 + i));
		fds[i] = (struct pollfd){ fd, i % 3 ? POLLIN : POLLOUT, 0 };
	}
	EQ(poll(fds, COUNT, -1), 67);
	for (int i = 0; i < COUNT; i++)
		EQ(fds[i].revents, i % 3 ? 0 : POLLOUT);
	EQ(write(p[1], "x", 1), 1);
	EQ(poll(fds, COUNT, -1), COUNT);
}

static const struct abi_row rows[] = {
	{ pipe_ends, "poll on pipes" },
	{ files_are_ready, "files and directories are always ready" },
	{ sockets, "poll on sockets, POLLRDHUP and POLLHUP" },
	{ terminals, "poll on terminals" },
	{ closed_descriptors, "POLLNVAL, and negative descriptors are ignored" },
	{ timeouts, "poll's timeout" },
	{ poll_wakes, "poll wakes for data and for the last writer" },
	{ poll_errors, "poll and ppoll errors" },
	{ interrupted, "signals end poll and select, SA_RESTART or not" },
	{ ppoll_mask, "ppoll's mask lets a pending signal in" },
	{ ppoll_ready_first, "ppoll prefers what is ready" },
	{ time_left, "the raw ppoll writes back the time left" },
	{ select_sets, "select keeps what is ready in each set" },
	{ select_limits, "select's nfds and errors" },
	{ select_times, "select's timeout empties the sets" },
	{ select_hangup, "a hangup is readable, not exceptional" },
	{ pselect_mask, "pselect's mask" },
	{ many, "many descriptors at once" },
};

ABI_MAIN(rows)
