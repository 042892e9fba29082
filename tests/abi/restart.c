/*
 * A handler in the middle of a blocking call: EINTR without SA_RESTART; with
 * it the call goes on, but for those that never do; and a stop followed by a
 * continue, which only a few calls notice.
 *
 * Each call blocks in a child.  The row signals it time and again: until the
 * child is done where the call must fail, else until a few handlers have run,
 * and then lets the call finish.
 */
#include "child.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

enum { SIGNALS = 4 };

/* What row and child share. */
struct state {
	atomic_int entered, hits, done;
	uint32_t word;
};

static struct state *state;
static int fds[2];

struct op {
	/* Before the fork. */
	void (*prepare)(void);
	/* In the child: blocks; 0 on success, or errno. */
	int (*call)(void);
	/* In the row: lets the call succeed. */
	void (*release)(void);
};

static void hit(int sig)
{
	(void)sig;
	state->hits++;
}

static int error_of(long value)
{
	return value < 0 ? errno : 0;
}

/* Starts the call in a child, with a handler of such flags; SIG_IGN if -1. */
static pid_t start(const struct op *op, int flags)
{
	state = shared_mem(sizeof(*state));
	op->prepare();
	pid_t pid = OK(fork());

	if (pid == 0) {
		if (flags == -1)
			on_signal(SIGUSR1, SIG_IGN, 0);
		else
			on_signal(SIGUSR1, hit, flags);
		state->entered = 1;
		int error = op->call();

		state->done = 1;
		_exit(error);
	}
	await(&state->entered, 1);
	abi_sleep_ms(10);
	return pid;
}

static void ends_with(pid_t pid, int error)
{
	int status = abi_wait(pid);

	if (WIFEXITED(status) && (WEXITSTATUS(status) == 101 || WEXITSTATUS(status) == 102))
		_exit(WEXITSTATUS(status));
	EQ(status, error << 8);
}

static void interrupts(const struct op *op, int flags)
{
	pid_t pid = start(op, flags);

	while (!state->done) {
		OK(kill(pid, SIGUSR1));
		abi_sleep_ms(5);
	}
	ends_with(pid, EINTR);
}

static void goes_on(const struct op *op)
{
	pid_t pid = start(op, SA_RESTART);

	for (int i = 1; i <= SIGNALS; i++) {
		OK(kill(pid, SIGUSR1));
		await(&state->hits, i);
		abi_sleep_ms(2);
		EQ(state->done, 0);
	}
	op->release();
	ends_with(pid, 0);
}

static void ignores(const struct op *op)
{
	pid_t pid = start(op, -1);

	for (int i = 0; i < SIGNALS; i++) {
		OK(kill(pid, SIGUSR1));
		OK(kill(pid, SIGCHLD));
		abi_sleep_ms(2);
		EQ(state->done, 0);
	}
	op->release();
	ends_with(pid, 0);
}

static void stop_and_continue(pid_t pid)
{
	int status;

	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	child_good(WIFSTOPPED(status) ? 0 : status);
	OK(kill(pid, SIGCONT));
}

static void survives_stops(const struct op *op)
{
	pid_t pid = start(op, 0);

	for (int i = 0; i < SIGNALS; i++) {
		stop_and_continue(pid);
		abi_sleep_ms(3);
		EQ(state->done, 0);
	}
	op->release();
	ends_with(pid, 0);
}

/* EINTR without SA_RESTART, going on with it, deaf to ignored signals and stops. */
static void restartable(const struct op *op)
{
	interrupts(op, 0);
	goes_on(op);
	ignores(op);
	survives_stops(op);
}

/* EINTR whatever the flags; deaf to ignored signals and stops. */
static void never_restarts(const struct op *op)
{
	interrupts(op, 0);
	interrupts(op, SA_RESTART);
	ignores(op);
	survives_stops(op);
}

static void nothing(void)
{
}

static void make_pipe(void)
{
	OK(pipe(fds));
}

static void feed(void)
{
	OK(write(fds[1], "x", 1));
}

static int call_read(void)
{
	char byte;
	long got = read(fds[0], &byte, 1);

	CHECK(got < 0 || (got == 1 && byte == 'x'));
	return error_of(got);
}

static void pipe_read(void)
{
	restartable(&(struct op){ make_pipe, call_read, feed });
}

static void make_full_pipe(void)
{
	char data[4096] = "";

	OK(pipe2(fds, O_NONBLOCK));
	while (write(fds[1], data, sizeof(data)) > 0)
		;
	EQ(errno, EAGAIN);
	OK(fcntl(fds[1], F_SETFL, 0));
}

static int call_write(void)
{
	return error_of(write(fds[1], "x", 1));
}

static void drain(void)
{
	static char data[65536];

	OK(read(fds[0], data, sizeof(data)));
}

static void pipe_write(void)
{
	restartable(&(struct op){ make_full_pipe, call_write, drain });
}

static void make_pair(void)
{
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static int call_recv(void)
{
	char byte;

	return error_of(recv(fds[0], &byte, 1, 0));
}

static void socket_recv(void)
{
	restartable(&(struct op){ make_pair, call_recv, feed });
}

static void make_timed_pair(void)
{
	struct timeval far = { 100, 0 };

	make_pair();
	OK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &far, sizeof(far)));
}

static void timed_recv(void)
{
	struct op op = { make_timed_pair, call_recv, feed };

	interrupts(&op, 0);
	interrupts(&op, SA_RESTART);
	ignores(&op);
}

static struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };

static void make_listener(void)
{
	unlink("socket");
	fds[0] = OK(socket(AF_UNIX, SOCK_STREAM, 0));
	OK(bind(fds[0], (struct sockaddr *)&address, sizeof(address)));
	OK(listen(fds[0], 5));
}

static int call_accept(void)
{
	return error_of(accept(fds[0], NULL, NULL));
}

static void connect_it(void)
{
	int fd = OK(socket(AF_UNIX, SOCK_STREAM, 0));

	OK(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static void socket_accept(void)
{
	restartable(&(struct op){ make_listener, call_accept, connect_it });
}

static int call_wait(void)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		char byte;

		_exit(read(fds[0], &byte, 1) == 1 ? 0 : 1);
	}
	int status, error = error_of(waitpid(pid, &status, 0));

	if (error) {
		kill(pid, SIGKILL);
		abi_wait(pid);
	} else {
		EQ(status, 0);
	}
	return error;
}

static void wait_child(void)
{
	restartable(&(struct op){ make_pipe, call_wait, feed });
}

static int call_waitid(void)
{
	siginfo_t info;
	pid_t pid = OK(fork());

	if (pid == 0) {
		char byte;

		_exit(read(fds[0], &byte, 1) == 1 ? 0 : 1);
	}
	int error = error_of(waitid(P_PID, pid, &info, WEXITED));

	if (error) {
		kill(pid, SIGKILL);
		abi_wait(pid);
	}
	return error;
}

static void waitid_child(void)
{
	restartable(&(struct op){ make_pipe, call_waitid, feed });
}

static void make_flock(void)
{
	unlink("lock");
	fds[0] = OK(open("lock", O_RDWR | O_CREAT, 0644));
	fds[1] = OK(open("lock", O_RDWR));
	OK(flock(fds[1], LOCK_EX));
}

static int call_flock(void)
{
	return error_of(flock(fds[0], LOCK_EX));
}

/* The child has the description too: closing would not let go of the lock. */
static void unlock(void)
{
	OK(flock(fds[1], LOCK_UN));
}

static void file_lock(void)
{
	restartable(&(struct op){ make_flock, call_flock, unlock });
}

static struct flock record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

static void make_record_lock(void)
{
	struct flock lock = record;

	fds[0] = OK(open("lock", O_RDWR | O_CREAT, 0644));
	OK(fcntl(fds[0], F_SETLK, &lock));
}

static int call_setlkw(void)
{
	struct flock lock = record;

	return error_of(fcntl(fds[0], F_SETLKW, &lock));
}

static void unlock_record(void)
{
	struct flock lock = record;

	lock.l_type = F_UNLCK;
	OK(fcntl(fds[0], F_SETLK, &lock));
}

static void record_lock(void)
{
	restartable(&(struct op){ make_record_lock, call_setlkw, unlock_record });
}

static void make_fifo(void)
{
	unlink("fifo");
	OK(mkfifo("fifo", 0600));
}

static int call_open(void)
{
	return error_of(open("fifo", O_RDONLY));
}

static void open_other_end(void)
{
	OK(open("fifo", O_WRONLY));
}

static void fifo_open(void)
{
	restartable(&(struct op){ make_fifo, call_open, open_other_end });
}

static int call_futex(void)
{
	return error_of(syscall(SYS_futex, &state->word, FUTEX_WAIT, 0, NULL, NULL, 0));
}

static void wake_futex(void)
{
	while (syscall(SYS_futex, &state->word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
		abi_sleep_ms(1);
}

static void futex_wait(void)
{
	restartable(&(struct op){ nothing, call_futex, wake_futex });
}

static int call_poll(void)
{
	struct pollfd poller = { fds[0], POLLIN, 0 };

	return error_of(poll(&poller, 1, -1));
}

static int call_timed_poll(void)
{
	struct pollfd poller = { fds[0], POLLIN, 0 };
	long value = poll(&poller, 1, 100000);

	CHECK(value != 0);
	return error_of(value);
}

static void polling(void)
{
	never_restarts(&(struct op){ make_pipe, call_poll, feed });
	never_restarts(&(struct op){ make_pipe, call_timed_poll, feed });
}

static int call_select(void)
{
	struct timeval far = { 100, 0 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	return error_of(select(fds[0] + 1, &set, NULL, NULL, &far));
}

static void selecting(void)
{
	never_restarts(&(struct op){ make_pipe, call_select, feed });
}

static int call_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = OK(epoll_create1(0));

	OK(epoll_ctl(fd, EPOLL_CTL_ADD, fds[0], &event));
	return error_of(epoll_wait(fd, &event, 1, 100000));
}

static void epolling(void)
{
	struct op op = { make_pipe, call_epoll, feed };

	interrupts(&op, 0);
	interrupts(&op, SA_RESTART);
	ignores(&op);
	/* One of the calls that a stop alone interrupts. */
	pid_t pid = start(&op, 0);

	while (!state->done) {
		int status;

		OK(kill(pid, SIGSTOP));
		EQ(waitpid(pid, &status, WUNTRACED), pid);
		if (!WIFSTOPPED(status)) {
			EQ(status, EINTR << 8);
			return;
		}
		OK(kill(pid, SIGCONT));
		abi_sleep_ms(5);
	}
	ends_with(pid, EINTR);
}

static int call_nanosleep(void)
{
	struct timespec far = { 100, 0 };

	return error_of(nanosleep(&far, NULL));
}

static void sleeping(void)
{
	struct op op = { nothing, call_nanosleep, nothing };

	interrupts(&op, 0);
	interrupts(&op, SA_RESTART);
}

static int call_pause(void)
{
	return error_of(pause());
}

static int call_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	return error_of(sigsuspend(&none));
}

static void suspending(void)
{
	struct op pausing = { nothing, call_pause, nothing };
	struct op op = { nothing, call_sigsuspend, nothing };

	interrupts(&pausing, SA_RESTART);
	interrupts(&op, 0);
	interrupts(&op, SA_RESTART);
}

/* Sleeps through stops: not less than it should, and not anew each time. */
static int call_stopped_sleep(void)
{
	struct timespec nap = { 0, 150000000 };
	long long begin = abi_now_ms();
	int error = error_of(nanosleep(&nap, NULL));

	CHECK(abi_now_ms() - begin >= 150);
	return error;
}

static int call_stopped_poll(void)
{
	long long begin = abi_now_ms();
	int value = poll(NULL, 0, 150);

	CHECK(abi_now_ms() - begin >= 149);
	return error_of(value);
}

static int call_stopped_futex(void)
{
	struct timespec nap = { 0, 150000000 };
	long long begin = abi_now_ms();

	FAILS(ETIMEDOUT, syscall(SYS_futex, &state->hits, FUTEX_WAIT, 0, &nap, NULL, 0));
	CHECK(abi_now_ms() - begin >= 150);
	return 0;
}

static void timed_and_stopped(void)
{
	static int (*const calls[])(void) = { call_stopped_sleep, call_stopped_poll,
					      call_stopped_futex };

	for (int i = 0; i < 3; i++) {
		struct op op = { nothing, calls[i], nothing };
		pid_t pid = start(&op, 0);

		for (int j = 0; j < 6 && !state->done; j++) {
			int status;

			OK(kill(pid, SIGSTOP));
			EQ(waitpid(pid, &status, WUNTRACED), pid);
			if (!WIFSTOPPED(status)) {
				child_good(status);
				pid = 0;
				break;
			}
			abi_sleep_ms(5);
			OK(kill(pid, SIGCONT));
			abi_sleep_ms(5);
		}
		if (pid)
			ends_with(pid, 0);
	}
}

static int call_long_read(void)
{
	char data[10];
	int got = 0;

	while (got < 10) {
		int more = read(fds[0], data + got, 10 - got);

		if (more < 0)
			return errno;
		got += more;
	}
	return 0;
}

/* Data and signals in turns: none is lost, none comes twice. */
static void signals_and_data(void)
{
	struct op op = { make_pipe, call_long_read, feed };
	pid_t pid = start(&op, SA_RESTART);

	for (int i = 1; i <= 10; i++) {
		OK(kill(pid, SIGUSR1));
		await(&state->hits, i);
		EQ(state->done, 0);
		feed();
		if (i < 10)
			abi_sleep_ms(1);
	}
	ends_with(pid, 0);
}

/* A transfer that has begun returns what it has, whatever the flags. */
static int call_big_write(void)
{
	static char data[1 << 20];
	long value = write(fds[1], data, sizeof(data));

	CHECK(value > 0 && value < (long)sizeof(data));
	return 0;
}

static void partial_write(void)
{
	struct op op = { make_pipe, call_big_write, nothing };

	for (int i = 0; i < 2; i++) {
		pid_t pid = start(&op, i ? SA_RESTART : 0);

		while (!state->done) {
			OK(kill(pid, SIGUSR1));
			abi_sleep_ms(5);
		}
		ends_with(pid, 0);
	}
}

/* What looks like the kernel's own word for "make the call again" is an argument like any other. */
static void restart_as_argument(void)
{
	long mask = OK(umask(0));

	for (long arg = -516; arg <= -512; arg++) {
		OK(syscall(SYS_umask, arg));
		EQ(syscall(SYS_umask, mask), arg & 0777);
	}
}

static const struct abi_row rows[] = {
	{ pipe_read, "read from a pipe" },
	{ pipe_write, "write to a full pipe" },
	{ socket_recv, "recv" },
	{ timed_recv, "recv with a timeout never restarts" },
	{ socket_accept, "accept" },
	{ wait_child, "waitpid" },
	{ waitid_child, "waitid" },
	{ file_lock, "flock" },
	{ record_lock, "fcntl F_SETLKW" },
	{ fifo_open, "open of a FIFO" },
	{ futex_wait, "futex wait" },
	{ polling, "poll never restarts" },
	{ selecting, "select never restarts" },
	{ epolling, "epoll_wait never restarts, and a stop interrupts it" },
	{ sleeping, "nanosleep never restarts" },
	{ suspending, "pause and sigsuspend never restart" },
	{ timed_and_stopped, "timeouts run on through stops" },
	{ signals_and_data, "signals and data in turns" },
	{ partial_write, "an interrupted write returns what it has written" },
	{ restart_as_argument, "arguments that look like the end of a cut call" },
};

ABI_MAIN(rows)
