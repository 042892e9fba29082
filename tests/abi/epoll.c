/*
 * epoll: the interest list, level and edge triggering, ONESHOT and EXCLUSIVE,
 * nesting, what duplicates and close do, the signal mask.
 */
#include "fixture.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

static int add(int ep, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static int change(int ep, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev);
}

/* The events of the one ready descriptor, 0 if none is. */
static uint32_t ready(int ep, int fd)
{
	struct epoll_event ev[4];
	int n = OK(epoll_wait(ep, ev, 4, 0));

	if (n == 0)
		return 0;
	EQ(n, 1);
	EQ(ev[0].data.fd, fd);
	return ev[0].events;
}

static void creates(void)
{
	int ep = OK(epoll_create1(EPOLL_CLOEXEC));

	EQ(fcntl(ep, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(OK(epoll_create1(0)), F_GETFD), 0);
	OK(epoll_create(1));
	FAILS(EINVAL, epoll_create(0));
	FAILS(EINVAL, epoll_create(-1));
	FAILS(EINVAL, epoll_create1(0x40000000));
	FAILS(EINVAL, read(ep, &ep, 1));
	FAILS(EINVAL, write(ep, &ep, 1));
}

static void control_errors(void)
{
	int ep = OK(epoll_create1(0)), p[2];
	struct epoll_event ev = { .events = EPOLLIN };

	OK(pipe(p));
	OK(add(ep, p[0], EPOLLIN));
	FAILS(EEXIST, add(ep, p[0], EPOLLIN));
	FAILS(ENOENT, change(ep, p[1], EPOLLIN));
	FAILS(ENOENT, epoll_ctl(ep, EPOLL_CTL_DEL, p[1], NULL));
	FAILS(EBADF, add(ep, -1, EPOLLIN));
	FAILS(EBADF, add(-1, p[0], EPOLLIN));
	FAILS(EINVAL, add(ep, ep, EPOLLIN));
	FAILS(EINVAL, add(p[0], p[1], EPOLLIN));
	FAILS(EPERM, add(ep, make_file("f", ""), EPOLLIN));
	FAILS(EPERM, add(ep, OK(open(".", O_RDONLY)), EPOLLIN));
	FAILS(EINVAL, epoll_ctl(ep, 99, p[0], &ev));
	FAILS(EFAULT, epoll_ctl(ep, EPOLL_CTL_ADD, p[1], wild()));
	OK(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], wild()));
	FAILS(ENOENT, epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
}

static void wait_errors(void)
{
	int ep = OK(epoll_create1(0)), p[2];
	struct epoll_event ev;

	OK(pipe(p));
	FAILS(EINVAL, epoll_wait(ep, &ev, 0, 0));
	FAILS(EINVAL, syscall(SYS_epoll_pwait, ep, &ev, -1L, 0L, NULL, 8L));
	FAILS(EBADF, epoll_wait(-1, &ev, 1, 0));
	FAILS(EINVAL, epoll_wait(p[0], &ev, 1, 0));
	OK(add(ep, p[1], EPOLLOUT));
	FAILS(EFAULT, epoll_wait(ep, wild(), 1, 0));
	EQ(ready(ep, p[1]), EPOLLOUT);
}

static void level(void)
{
	int ep = OK(epoll_create1(0)), p[2];
	char c;

	OK(pipe(p));
	OK(add(ep, p[0], EPOLLIN));
	EQ(ready(ep, p[0]), 0);
	EQ(write(p[1], "xy", 2), 2);
	EQ(ready(ep, p[0]), EPOLLIN);
	EQ(ready(ep, p[0]), EPOLLIN);
	EQ(read(p[0], &c, 1), 1);
	EQ(ready(ep, p[0]), EPOLLIN);
	EQ(read(p[0], &c, 1), 1);
	EQ(ready(ep, p[0]), 0);
	OK(close(p[1]));
	EQ(ready(ep, p[0]), EPOLLHUP);
}

static void edge(void)
{
	int ep = OK(epoll_create1(0)), p[2];
	char c;

	OK(pipe(p));
	OK(add(ep, p[0], EPOLLIN | EPOLLET));
	EQ(ready(ep, p[0]), 0);
	EQ(write(p[1], "x", 1), 1);
	EQ(ready(ep, p[0]), EPOLLIN);
	EQ(ready(ep, p[0]), 0);
	/* More data is a new edge even though the old was not read. */
	EQ(write(p[1], "y", 1), 1);
	EQ(ready(ep, p[0]), EPOLLIN);
	EQ(read(p[0], &c, 1), 1);
	EQ(ready(ep, p[0]), 0);
	OK(change(ep, p[0], EPOLLIN | EPOLLET));
	EQ(ready(ep, p[0]), EPOLLIN);
	EQ(ready(ep, p[0]), 0);
}

static void already_ready(void)
{
	int ep = OK(epoll_create1(0)), p[2];

	OK(pipe(p));
	EQ(write(p[1], "x", 1), 1);
	OK(add(ep, p[0], EPOLLIN | EPOLLET));
	EQ(ready(ep, p[0]), EPOLLIN);
	EQ(ready(ep, p[0]), 0);
	OK(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
	EQ(write(p[1], "x", 1), 1);
	EQ(ready(ep, p[0]), 0);
}

static void one_shot(void)
{
	int ep = OK(epoll_create1(0)), p[2];

	OK(pipe(p));
	OK(add(ep, p[0], EPOLLIN | EPOLLONESHOT));
	EQ(write(p[1], "x", 1), 1);
	EQ(ready(ep, p[0]), EPOLLIN);
	EQ(write(p[1], "x", 1), 1);
	EQ(ready(ep, p[0]), 0);
	/* Even a hangup waits until it is armed again. */
	OK(close(p[1]));
	EQ(ready(ep, p[0]), 0);
	OK(change(ep, p[0], EPOLLIN | EPOLLONESHOT));
	EQ(ready(ep, p[0]), EPOLLIN | EPOLLHUP);
	EQ(ready(ep, p[0]), 0);
}

static void exclusive(void)
{
	int ep = OK(epoll_create1(0)), inner = OK(epoll_create1(0)), fd = OK(eventfd(1, 0));

	OK(add(ep, fd, EPOLLIN | EPOLLEXCLUSIVE));
	EQ(ready(ep, fd), EPOLLIN);
	FAILS(EINVAL, change(ep, fd, EPOLLIN));
	FAILS(EINVAL, change(ep, fd, EPOLLIN | EPOLLEXCLUSIVE));
	FAILS(EINVAL, add(ep, inner, EPOLLIN | EPOLLEXCLUSIVE));
	OK(epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
	FAILS(EINVAL, add(ep, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
}

static void modifies(void)
{
	int ep = OK(epoll_create1(0)), fd = OK(eventfd(0, 0));
	struct epoll_event ev = { .events = EPOLLOUT, .data.u64 = 0x123456789abcdef0ULL }, back;

	OK(add(ep, fd, EPOLLIN));
	EQ(ready(ep, fd), 0);
	OK(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev));
	EQ(epoll_wait(ep, &back, 1, 0), 1);
	EQ(back.events, EPOLLOUT);
	EQ(back.data.u64, ev.data.u64);
	OK(change(ep, fd, 0));
	EQ(ready(ep, fd), 0);
}

static void rotates(void)
{
	int ep = OK(epoll_create1(0)), fds[3], seen[3] = { 0 };
	struct epoll_event ev[3];

	for (int i = 0; i < 3; i++) {
		fds[i] = OK(eventfd(1, 0));
		OK(add(ep, fds[i], EPOLLIN));
	}
	/* One at a time, everyone gets a turn. */
	for (int i = 0; i < 6; i++) {
		EQ(epoll_wait(ep, ev, 1, 0), 1);
		for (int j = 0; j < 3; j++)
			seen[j] += ev[0].data.fd == fds[j];
	}
	for (int i = 0; i < 3; i++)
		EQ(seen[i], 2);
	EQ(epoll_wait(ep, ev, 3, 0), 3);
}

static void timeouts(void)
{
	int ep = OK(epoll_create1(0)), fd = OK(eventfd(0, 0));
	struct epoll_event ev;
	long long start = abi_now_ms();

	OK(add(ep, fd, EPOLLIN));
	EQ(epoll_wait(ep, &ev, 1, 50), 0);
	CHECK(abi_now_ms() - start >= 49);
	pid_t pid = OK(fork());

	if (pid == 0) {
		abi_sleep_ms(30);
		_exit(eventfd_write(fd, 1) < 0);
	}
	EQ(epoll_wait(ep, &ev, 1, -1), 1);
	child_ends(pid);
}

static void duplicates(void)
{
	int ep = OK(epoll_create1(0)), p[2], copy;

	OK(pipe(p));
	copy = OK(dup(p[0]));
	OK(add(ep, p[0], EPOLLIN));
	OK(add(ep, copy, EPOLLIN));
	OK(epoll_ctl(ep, EPOLL_CTL_DEL, copy, NULL));
	EQ(write(p[1], "x", 1), 1);
	/* The entry lives as long as the open file, not the descriptor. */
	OK(close(p[0]));
	EQ(ready(ep, p[0]), EPOLLIN);
	FAILS(EBADF, epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
	OK(close(copy));
	EQ(ready(ep, p[0]), 0);
}

static void close_removes(void)
{
	int ep = OK(epoll_create1(0)), fd = OK(eventfd(1, 0)), other;

	OK(add(ep, fd, EPOLLIN));
	OK(close(fd));
	EQ(ready(ep, fd), 0);
	other = OK(eventfd(1, 0));
	EQ(other, fd);
	OK(add(ep, other, EPOLLIN));
	EQ(ready(ep, other), EPOLLIN);
}

static void nested(void)
{
	int outer = OK(epoll_create1(0)), inner = OK(epoll_create1(0)), fd = OK(eventfd(0, 0));
	uint64_t value;

	OK(add(inner, fd, EPOLLIN));
	OK(add(outer, inner, EPOLLIN));
	EQ(ready(outer, inner), 0);
	EQ(poll_one(inner, POLLIN, 0), 0);
	OK(eventfd_write(fd, 1));
	EQ(ready(outer, inner), EPOLLIN);
	EQ(poll_one(outer, POLLIN, 0), POLLIN);
	EQ(ready(inner, fd), EPOLLIN);
	OK(eventfd_read(fd, &value));
	EQ(ready(outer, inner), 0);
	EQ(poll_one(outer, POLLIN, 0), 0);
}

static void loops(void)
{
	int a = OK(epoll_create1(0)), b = OK(epoll_create1(0)), c = OK(epoll_create1(0));
	int chain[8];

	OK(add(a, b, EPOLLIN));
	OK(add(b, c, EPOLLIN));
	FAILS(ELOOP, add(b, a, EPOLLIN));
	FAILS(ELOOP, add(c, a, EPOLLIN));
	chain[0] = OK(epoll_create1(0));
	for (int i = 1; i < 6; i++) {
		chain[i] = OK(epoll_create1(0));
		if (i < 5)
			OK(add(chain[i], chain[i - 1], EPOLLIN));
		else
			EQ(add(chain[i], chain[i - 1], EPOLLIN) < 0 ? errno : 0, ELOOP);
	}
}

static void nested_wakes(void)
{
	int outer = OK(epoll_create1(0)), inner = OK(epoll_create1(0)), fd = OK(eventfd(0, 0));
	struct epoll_event ev;
	pid_t pid;

	OK(add(inner, fd, EPOLLIN));
	OK(add(outer, inner, EPOLLIN));
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		_exit(eventfd_write(fd, 1) < 0);
	}
	EQ(epoll_wait(outer, &ev, 1, -1), 1);
	EQ(ev.data.fd, inner);
	child_ends(pid);
}

static void masked_wait(void)
{
	int ep = OK(epoll_create1(0));
	struct epoll_event ev;
	sigset_t block, open;

	signal(SIGUSR1, tick);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	OK(sigprocmask(SIG_BLOCK, &block, &open));
	OK(raise(SIGUSR1));
	EQ(epoll_wait(ep, &ev, 1, 5), 0);
	FAILS(EINTR, epoll_pwait(ep, &ev, 1, -1, &open));
	EQ(tick_count, 1);
	OK(raise(SIGUSR1));
	EQ(epoll_pwait(ep, &ev, 1, 5, NULL), 0);
	EQ(tick_count, 1);
	FAILS(EFAULT, epoll_pwait(ep, &ev, 1, 0, wild()));
	FAILS(EINVAL, syscall(SYS_epoll_pwait, ep, &ev, 1, 0, &open, 3L));
}

static void interrupted(void)
{
	int ep = OK(epoll_create1(0));
	struct epoll_event ev;

	start_ticks(30, SA_RESTART);
	FAILS(EINTR, epoll_wait(ep, &ev, 1, -1));
	stop_ticks();
}

static void shared_with_child(void)
{
	int ep = OK(epoll_create1(0)), fd = OK(eventfd(1, 0));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(add(ep, fd, EPOLLIN));
		_exit(0);
	}
	child_ends(pid);
	EQ(ready(ep, fd), EPOLLIN);
	FAILS(EEXIST, add(ep, fd, EPOLLIN));
}

static void edge_per_waiter(void)
{
	int a = OK(epoll_create1(0)), b = OK(epoll_create1(0)), fd = OK(eventfd(0, 0));

	OK(add(a, fd, EPOLLIN | EPOLLET));
	OK(add(b, fd, EPOLLIN | EPOLLET));
	OK(eventfd_write(fd, 1));
	EQ(ready(a, fd), EPOLLIN);
	EQ(ready(a, fd), 0);
	EQ(ready(b, fd), EPOLLIN);
	EQ(ready(b, fd), 0);
}

static const struct abi_row rows[] = {
	{ creates, "epoll_create and epoll_create1" },
	{ control_errors, "epoll_ctl errors" },
	{ wait_errors, "epoll_wait errors" },
	{ level, "level triggering repeats" },
	{ edge, "edge triggering tells once per event" },
	{ already_ready, "what is ready at ADD is told" },
	{ one_shot, "EPOLLONESHOT disarms" },
	{ exclusive, "EPOLLEXCLUSIVE and what it excludes" },
	{ modifies, "EPOLL_CTL_MOD changes events and data" },
	{ rotates, "a small buffer still serves all in turn" },
	{ timeouts, "epoll_wait's timeout and wakeup" },
	{ duplicates, "an entry follows the open file" },
	{ close_removes, "the last close removes the entry" },
	{ nested, "an epoll within an epoll" },
	{ loops, "ELOOP for circles and depth" },
	{ nested_wakes, "a nested event wakes the outer waiter" },
	{ masked_wait, "epoll_pwait's mask" },
	{ interrupted, "a signal ends epoll_wait" },
	{ shared_with_child, "the interest list is shared after fork" },
	{ edge_per_waiter, "each epoll has its own edges" },
};

ABI_MAIN(rows)
