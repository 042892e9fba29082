/*
 * signalfd: which signals it takes, the fields it fills in, changing its mask,
 * poll, blocking.
 */
#include "fixture.h"

#include <sys/signalfd.h>

static sigset_t set_of(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

/* Blocks the signals and gives a descriptor for them. */
static int open_for(int a, int b, int flags)
{
	sigset_t set = set_of(a, b);

	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	return OK(signalfd(-1, &set, flags));
}

static struct signalfd_siginfo take(int fd)
{
	struct signalfd_siginfo info;

	EQ(read(fd, &info, sizeof(info)), sizeof(info));
	return info;
}

static void takes(void)
{
	int fd = open_for(SIGUSR1, SIGUSR2, SFD_NONBLOCK);
	struct signalfd_siginfo info;
	sigset_t pending;

	FAILS(EAGAIN, read(fd, &info, sizeof(info)));
	OK(kill(getpid(), SIGUSR1));
	info = take(fd);
	EQ(info.ssi_signo, SIGUSR1);
	EQ(info.ssi_code, SI_USER);
	EQ(info.ssi_pid, getpid());
	EQ(info.ssi_uid, getuid());
	EQ(info.ssi_errno, 0);
	OK(sigpending(&pending));
	CHECK(!sigismember(&pending, SIGUSR1));
	FAILS(EAGAIN, read(fd, &info, sizeof(info)));
}

static void several(void)
{
	int fd = open_for(SIGUSR1, SIGUSR2, SFD_NONBLOCK);
	struct signalfd_siginfo info[4];

	OK(raise(SIGUSR2));
	OK(raise(SIGUSR1));
	OK(raise(SIGUSR1));
	EQ(read(fd, info, sizeof(info)), 2 * sizeof(info[0]));
	EQ(info[0].ssi_signo, SIGUSR1);
	EQ(info[1].ssi_signo, SIGUSR2);
	OK(raise(SIGUSR2));
	OK(raise(SIGUSR1));
	EQ(read(fd, info, sizeof(info[0]) + 5), sizeof(info[0]));
	EQ(read(fd, info, sizeof(info[0])), sizeof(info[0]));
}

static void queued_value(void)
{
	int fd = open_for(SIGRTMIN, SIGRTMIN + 1, SFD_NONBLOCK);
	union sigval value;
	struct signalfd_siginfo info;

	for (int i = 1; i <= 3; i++) {
		value.sival_int = i * 11;
		OK(sigqueue(getpid(), SIGRTMIN, value));
	}
	for (int i = 1; i <= 3; i++) {
		info = take(fd);
		EQ(info.ssi_signo, SIGRTMIN);
		EQ(info.ssi_code, SI_QUEUE);
		EQ(info.ssi_int, i * 11);
	}
	FAILS(EAGAIN, read(fd, &info, sizeof(info)));
}

static void child_status(void)
{
	int fd = open_for(SIGCHLD, 0, 0);
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(7);
	struct signalfd_siginfo info = take(fd);

	EQ(info.ssi_signo, SIGCHLD);
	EQ(info.ssi_code, CLD_EXITED);
	EQ(info.ssi_pid, pid);
	EQ(info.ssi_status, 7);
	EQ(WEXITSTATUS(abi_wait(pid)), 7);
}

static void timer_overrun(void)
{
	int fd = open_for(SIGALRM, 0, 0);
	struct itimerval once = { { 0, 0 }, { 0, 20000 } };

	OK(setitimer(ITIMER_REAL, &once, NULL));
	EQ(take(fd).ssi_signo, SIGALRM);
	/* A POSIX timer says which it was and how much was missed. */
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct itimerspec spec = { { 0, 5000000 }, { 0, 1000000 } };
	timer_t timer;

	ev.sigev_value.sival_int = 77;
	OK(timer_create(CLOCK_MONOTONIC, &ev, &timer));
	OK(timer_settime(timer, 0, &spec, NULL));
	abi_sleep_ms(60);
	struct signalfd_siginfo info = take(fd);

	EQ(info.ssi_code, SI_TIMER);
	EQ(info.ssi_int, 77);
	CHECK(info.ssi_overrun >= 5);
	OK(timer_delete(timer));
}

static void unblocked_goes_by(void)
{
	sigset_t set = set_of(SIGUSR1, 0);
	int fd = OK(signalfd(-1, &set, SFD_NONBLOCK));
	struct signalfd_siginfo info;

	/* Not blocked, it is delivered as ever. */
	signal(SIGUSR1, tick);
	OK(raise(SIGUSR1));
	EQ(tick_count, 1);
	FAILS(EAGAIN, read(fd, &info, sizeof(info)));
}

static void mask_filters(void)
{
	sigset_t both = set_of(SIGUSR1, SIGUSR2), one = set_of(SIGUSR1, 0), pending;
	struct signalfd_siginfo info;

	OK(sigprocmask(SIG_BLOCK, &both, NULL));
	int fd = OK(signalfd(-1, &one, SFD_NONBLOCK));

	OK(raise(SIGUSR2));
	FAILS(EAGAIN, read(fd, &info, sizeof(info)));
	EQ(poll_one(fd, POLLIN, 0), 0);
	one = set_of(SIGUSR2, 0);
	EQ(signalfd(fd, &one, 0), fd);
	EQ(poll_one(fd, POLLIN, 0), POLLIN);
	EQ(take(fd).ssi_signo, SIGUSR2);
	OK(raise(SIGUSR1));
	FAILS(EAGAIN, read(fd, &info, sizeof(info)));
	OK(sigpending(&pending));
	CHECK(sigismember(&pending, SIGUSR1));
}

static void creates(void)
{
	sigset_t set = set_of(SIGUSR1, SIGKILL);
	int fd = OK(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)), p[2];

	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	EQ(fcntl(OK(signalfd(-1, &set, 0)), F_GETFD), 0);
	OK(pipe(p));
	FAILS(EINVAL, signalfd(p[0], &set, 0));
	FAILS(EBADF, signalfd(99, &set, 0));
	FAILS(EINVAL, signalfd(-1, &set, 0x40000000));
	FAILS(EINVAL, syscall(SYS_signalfd4, -1, &set, 3L, 0));
	FAILS(EFAULT, syscall(SYS_signalfd4, -1, wild(), (long)(_NSIG - 1) / 8, 0));
}

static void sizes(void)
{
	int fd = open_for(SIGUSR1, 0, SFD_NONBLOCK);
	struct signalfd_siginfo info;

	EQ(sizeof(info), 128);
	OK(raise(SIGUSR1));
	FAILS(EINVAL, read(fd, &info, sizeof(info) - 1));
	FAILS(EINVAL, read(fd, &info, 0));
	FAILS(EINVAL, write(fd, &info, sizeof(info)));
	EQ(take(fd).ssi_signo, SIGUSR1);
}

static void polled(void)
{
	int fd = open_for(SIGUSR1, 0, 0);

	EQ(poll_one(fd, POLLIN | POLLOUT, 0), 0);
	OK(raise(SIGUSR1));
	EQ(poll_one(fd, POLLIN | POLLOUT, 0), POLLIN);
	take(fd);
	EQ(poll_one(fd, POLLIN, 0), 0);
}

static void wakes(void)
{
	int fd = open_for(SIGUSR1, 0, 0);
	pid_t pid = OK(fork());

	if (pid == 0) {
		abi_sleep_ms(30);
		_exit(kill(getppid(), SIGUSR1) < 0);
	}
	struct signalfd_siginfo info = take(fd);

	EQ(info.ssi_pid, pid);
	child_ends(pid);
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		_exit(kill(getppid(), SIGUSR1) < 0);
	}
	EQ(poll_one(fd, POLLIN, -1), POLLIN);
	child_ends(pid);
}

static void interrupted(void)
{
	int fd = open_for(SIGUSR1, 0, 0);
	struct signalfd_siginfo info;

	start_ticks(30, 0);
	FAILS(EINTR, read(fd, &info, sizeof(info)));
	stop_ticks();
}

static void reads_for_the_reader(void)
{
	int fd = open_for(SIGUSR1, 0, SFD_NONBLOCK);
	struct signalfd_siginfo info;
	pid_t pid;

	/* Whoever reads gets his own signals through the inherited descriptor. */
	OK(raise(SIGUSR1));
	pid = OK(fork());
	if (pid == 0) {
		FAILS(EAGAIN, read(fd, &info, sizeof(info)));
		OK(raise(SIGUSR1));
		EQ(take(fd).ssi_pid, getpid());
		_exit(0);
	}
	child_ends(pid);
	EQ(take(fd).ssi_pid, getpid());
}

static void synchronous(void)
{
	int fd = open_for(SIGSEGV, 0, SFD_NONBLOCK);

	OK(raise(SIGSEGV));
	EQ(take(fd).ssi_signo, SIGSEGV);
}

static const struct abi_row rows[] = {
	{ takes, "a read consumes the pending signal" },
	{ several, "several at once, lowest first, each once" },
	{ queued_value, "real-time signals queue with their values" },
	{ child_status, "SIGCHLD carries the child's status" },
	{ timer_overrun, "timers carry value and overrun" },
	{ unblocked_goes_by, "an unblocked signal is delivered instead" },
	{ mask_filters, "the mask filters, and can be replaced" },
	{ creates, "flags and errors of creation" },
	{ sizes, "reads take whole records" },
	{ polled, "poll" },
	{ wakes, "a signal wakes read and poll" },
	{ interrupted, "another signal ends the wait" },
	{ reads_for_the_reader, "an inherited descriptor reads the reader's signals" },
	{ synchronous, "a sent SIGSEGV can be read" },
};

ABI_MAIN(rows)
