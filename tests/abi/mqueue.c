/*
 * POSIX message queues, through the raw calls, whose names have no leading
 * slash.  Each row's queues have its pid in their names and are unlinked by it.
 */
#include "child.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/resource.h>

static char own_name[32];

static void unlink_own(void)
{
	syscall(SYS_mq_unlink, own_name);
}

static const char *name(void)
{
	snprintf(own_name, sizeof(own_name), "abi.%d", getpid());
	return own_name;
}

static int q_open(int flags, long maxmsg, long msgsize)
{
	struct mq_attr attr = { .mq_maxmsg = maxmsg, .mq_msgsize = msgsize };

	return syscall(SYS_mq_open, own_name, flags, 0600, maxmsg ? &attr : NULL);
}

static int q_new(int flags, long maxmsg, long msgsize)
{
	name();
	int fd = OK(q_open(O_RDWR | O_CREAT | O_EXCL | flags, maxmsg, msgsize));

	unlink_own();
	return fd;
}

static int q_send(int fd, const char *text, unsigned int prio, const struct timespec *until)
{
	return syscall(SYS_mq_timedsend, fd, text, strlen(text), prio, until);
}

static char got[8192];
static unsigned int got_prio;

static int q_receive(int fd, const struct timespec *until)
{
	memset(got, 0, sizeof(got));
	return syscall(SYS_mq_timedreceive, fd, got, sizeof(got), &got_prio, until);
}

static int q_notify(int fd, int how, int sig, int value)
{
	struct sigevent event = { .sigev_notify = how, .sigev_signo = sig,
				  .sigev_value.sival_int = value };

	return syscall(SYS_mq_notify, fd, &event);
}

static int q_attr(int fd, const struct mq_attr *set, struct mq_attr *old)
{
	return syscall(SYS_mq_getsetattr, fd, set, old);
}

static struct timespec in_ms(long ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void open_errors(void)
{
	char longer[300];

	name();
	memset(longer, 'x', sizeof(longer));
	longer[256] = 0;
	FAILS(ENOENT, q_open(O_RDWR, 0, 0));
	FAILS(ENOENT, syscall(SYS_mq_open, "", O_RDWR | O_CREAT, 0600, NULL));
	FAILS(EACCES, syscall(SYS_mq_open, "a/b", O_RDWR | O_CREAT, 0600, NULL));
	FAILS(EACCES, syscall(SYS_mq_open, "..", O_RDWR | O_CREAT, 0600, NULL));
	FAILS(ENAMETOOLONG, syscall(SYS_mq_open, longer, O_RDWR | O_CREAT, 0600, NULL));
	FAILS(EFAULT, syscall(SYS_mq_open, bad_ptr(), O_RDWR | O_CREAT, 0600, NULL));
	FAILS(EFAULT, syscall(SYS_mq_open, own_name, O_RDWR | O_CREAT, 0600, bad_ptr()));
	FAILS(EINVAL, q_open(O_RDWR | O_CREAT, -1, 10));
	FAILS(EINVAL, q_open(O_RDWR | O_CREAT, 10, 0));
	FAILS(EINVAL, q_open(O_RDWR | O_CREAT, 1 << 20, 10));
	FAILS(EINVAL, q_open(O_RDWR | O_CREAT, 10, 1 << 25));
	int fd = OK(q_open(O_RDWR | O_CREAT | O_EXCL, 0, 0));

	FAILS(EEXIST, q_open(O_RDWR | O_CREAT | O_EXCL, 0, 0));
	FAILS(EINVAL, q_open(O_ACCMODE, 0, 0));
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(OK(q_open(O_RDONLY, 0, 0)));
	OK(syscall(SYS_mq_unlink, own_name));
	FAILS(ENOENT, syscall(SYS_mq_unlink, own_name));
	FAILS(ENOENT, syscall(SYS_mq_unlink, ""));
	OK(q_send(fd, "still there", 0, NULL));
}

static void attributes(void)
{
	struct mq_attr attr, set = { .mq_flags = O_NONBLOCK, .mq_maxmsg = 99 };
	int fd = q_new(0, 3, 100);

	OK(q_attr(fd, NULL, &attr));
	EQ(attr.mq_flags, 0);
	EQ(attr.mq_maxmsg, 3);
	EQ(attr.mq_msgsize, 100);
	EQ(attr.mq_curmsgs, 0);
	OK(q_send(fd, "one", 1, NULL));
	OK(q_attr(fd, &set, &attr));
	EQ(attr.mq_flags, 0);
	EQ(attr.mq_curmsgs, 1);
	EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	OK(q_attr(fd, NULL, &attr));
	EQ(attr.mq_flags, O_NONBLOCK);
	EQ(attr.mq_maxmsg, 3);
	set.mq_flags = O_APPEND;
	FAILS(EINVAL, q_attr(fd, &set, NULL));
	FAILS(EFAULT, q_attr(fd, bad_ptr(), NULL));
	FAILS(EFAULT, q_attr(fd, NULL, bad_ptr()));
	FAILS(EBADF, q_attr(0, NULL, &attr));
	FAILS(EBADF, q_attr(-1, NULL, &attr));
}

static void priorities(void)
{
	int fd = q_new(0, 6, 8192);

	OK(q_send(fd, "low", 0, NULL));
	OK(q_send(fd, "high", 32767, NULL));
	OK(q_send(fd, "mid a", 5, NULL));
	OK(q_send(fd, "mid b", 5, NULL));
	OK(q_send(fd, "", 5, NULL));
	FAILS(EINVAL, q_send(fd, "x", 32768, NULL));
	EQ(q_receive(fd, NULL), 4);
	CHECK(!strcmp(got, "high") && got_prio == 32767);
	EQ(q_receive(fd, NULL), 5);
	CHECK(!strcmp(got, "mid a") && got_prio == 5);
	EQ(q_receive(fd, NULL), 5);
	CHECK(!strcmp(got, "mid b"));
	EQ(q_receive(fd, NULL), 0);
	EQ(q_receive(fd, NULL), 3);
	CHECK(!strcmp(got, "low") && got_prio == 0);
}

static void transfer_errors(void)
{
	char buf[10];
	int fd = q_new(O_NONBLOCK, 1, 10), pipes[2];
	int rd, wr;

	OK(pipe(pipes));
	FAILS(EBADF, q_send(pipes[1], "x", 0, NULL));
	FAILS(EBADF, q_receive(pipes[0], NULL));
	FAILS(EBADF, q_send(-1, "x", 0, NULL));
	FAILS(EAGAIN, q_receive(fd, NULL));
	FAILS(EMSGSIZE, q_send(fd, "eleven byte", 0, NULL));
	FAILS(EMSGSIZE, syscall(SYS_mq_timedreceive, fd, buf, 9, NULL, NULL));
	FAILS(EFAULT, syscall(SYS_mq_timedsend, fd, bad_ptr(), 3, 0, NULL));
	FAILS(EFAULT, syscall(SYS_mq_timedsend, fd, "x", 1, 0, bad_ptr()));
	OK(q_send(fd, "ten bytes!", 0, NULL));
	FAILS(EAGAIN, q_send(fd, "x", 0, NULL));
	EQ(syscall(SYS_mq_timedreceive, fd, buf, 10, NULL, NULL), 10);
	OK(q_send(fd, "lost", 0, NULL));
	FAILS(EFAULT, syscall(SYS_mq_timedreceive, fd, bad_ptr(), 10, NULL, NULL));
	FAILS(EAGAIN, q_receive(fd, NULL));
	FAILS(EINVAL, write(fd, "x", 1));
	close(fd);
	name();
	rd = OK(q_open(O_RDONLY | O_CREAT, 0, 0));
	wr = OK(q_open(O_WRONLY, 0, 0));
	unlink_own();
	FAILS(EBADF, q_send(rd, "x", 0, NULL));
	FAILS(EBADF, q_receive(wr, NULL));
	OK(q_send(wr, "x", 0, NULL));
	EQ(q_receive(rd, NULL), 1);
}

static void timeouts(void)
{
	struct timespec past = { 1, 0 }, bad = { 1, 1000000000 }, negative = { -1, 0 };
	struct timespec until = in_ms(30);
	int fd = q_new(0, 1, 8192);
	long long start = abi_now_ms();

	FAILS(ETIMEDOUT, q_receive(fd, &until));
	CHECK(abi_now_ms() - start >= 25);
	FAILS(ETIMEDOUT, q_receive(fd, &past));
	FAILS(EINVAL, q_receive(fd, &bad));
	FAILS(EINVAL, q_receive(fd, &negative));
	FAILS(EINVAL, q_receive(-1, &negative));
	OK(q_send(fd, "x", 0, &past));
	until = in_ms(20);
	FAILS(ETIMEDOUT, q_send(fd, "y", 0, &until));
	EQ(q_receive(fd, &past), 1);
	FAILS(ETIMEDOUT, q_receive(fd, &past));
}

static void blocked_receiver(void)
{
	int fd = q_new(0, 2, 8192);
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(q_receive(fd, NULL), 5);
		CHECK(!strcmp(got, "hello") && got_prio == 7);
		_exit(0);
	}
	abi_sleep_ms(30);
	OK(q_send(fd, "hello", 7, NULL));
	child_join(pid);
}

static void blocked_sender(void)
{
	int fd = q_new(0, 1, 8192);
	pid_t pid;

	OK(q_send(fd, "first", 0, NULL));
	pid = OK(fork());
	if (pid == 0) {
		OK(q_send(fd, "second", 9, NULL));
		_exit(0);
	}
	abi_sleep_ms(30);
	EQ(q_receive(fd, NULL), 5);
	EQ(q_receive(fd, NULL), 6);
	EQ(got_prio, 9);
	child_join(pid);
}

static void no_action(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct timespec until = in_ms(5000);
	int fd = q_new(0, 1, 8192);
	pid_t pid;

	on_signal(SIGUSR1, no_action, 0);
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	FAILS(EINTR, q_receive(fd, &until));
	child_join(pid);
	on_signal(SIGUSR1, no_action, SA_RESTART);
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		kill(getppid(), SIGUSR1);
		abi_sleep_ms(30);
		OK(q_send(fd, "z", 0, NULL));
		_exit(0);
	}
	EQ(q_receive(fd, &until), 1);
	child_join(pid);
}

static void poll_queue(void)
{
	int fd = q_new(0, 1, 8192);
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	pid_t pid;

	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLOUT);
	OK(q_send(fd, "x", 0, NULL));
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLIN);
	pid = OK(fork());
	if (pid == 0) {
		p.events = POLLOUT;
		EQ(poll(&p, 1, 5000), 1);
		EQ(p.revents, POLLOUT);
		_exit(0);
	}
	abi_sleep_ms(30);
	EQ(q_receive(fd, NULL), 1);
	child_join(pid);
}

static siginfo_t seen;

static void keep_info(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	seen = *info;
}

static void notify_signal(void)
{
	int fd = q_new(0, 2, 8192);

	on_siginfo(SIGUSR1, keep_info, 0);
	OK(q_notify(fd, SIGEV_SIGNAL, SIGUSR1, 42));
	FAILS(EBUSY, q_notify(fd, SIGEV_SIGNAL, SIGUSR1, 43));
	EQ(seen.si_signo, 0);
	OK(q_send(fd, "x", 0, NULL));
	EQ(seen.si_signo, SIGUSR1);
	EQ(seen.si_code, SI_MESGQ);
	EQ(seen.si_value.sival_int, 42);
	EQ(seen.si_pid, getpid());
	EQ(seen.si_uid, getuid());
	memset(&seen, 0, sizeof(seen));
	EQ(q_receive(fd, NULL), 1);
	OK(q_send(fd, "once only", 0, NULL));
	EQ(seen.si_signo, 0);
	OK(q_notify(fd, SIGEV_SIGNAL, SIGUSR1, 44));
	OK(q_send(fd, "not empty", 0, NULL));
	EQ(seen.si_signo, 0);
	OK(syscall(SYS_mq_notify, fd, NULL));
	EQ(q_receive(fd, NULL), 9);
	EQ(q_receive(fd, NULL), 9);
	OK(q_send(fd, "taken back", 0, NULL));
	EQ(seen.si_signo, 0);
}

static void notify_rules(void)
{
	int fd = q_new(0, 2, 8192);
	pid_t pid;

	FAILS(EINVAL, q_notify(fd, 77, 0, 0));
	FAILS(EINVAL, q_notify(fd, SIGEV_SIGNAL, 65, 0));
	FAILS(EFAULT, syscall(SYS_mq_notify, fd, bad_ptr()));
	FAILS(EBADF, q_notify(0, SIGEV_NONE, 0, 0));
	OK(syscall(SYS_mq_notify, fd, NULL));
	OK(q_notify(fd, SIGEV_NONE, 0, 0));
	FAILS(EBUSY, q_notify(fd, SIGEV_NONE, 0, 0));
	pid = OK(fork());
	if (pid == 0) {
		OK(syscall(SYS_mq_notify, fd, NULL));
		FAILS(EBUSY, q_notify(fd, SIGEV_NONE, 0, 0));
		OK(q_send(fd, "x", 0, NULL));
		OK(q_notify(fd, SIGEV_NONE, 0, 0));
		_exit(0);
	}
	child_join(pid);
	OK(q_notify(fd, SIGEV_NONE, 0, 0));
	close(dup(fd));
	OK(q_notify(fd, SIGEV_NONE, 0, 0));
}

static void status_text(void)
{
	char text[100] = "", want[100];
	struct stat st;
	int fd = q_new(0, 4, 8192);

	OK(q_send(fd, "12345", 0, NULL));
	OK(q_send(fd, "678", 0, NULL));
	OK(q_notify(fd, SIGEV_SIGNAL, SIGUSR1, 0));
	snprintf(want, sizeof(want), "QSIZE:%-10d NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", 8,
		 SIGEV_SIGNAL, SIGUSR1, getpid());
	EQ(read(fd, text, sizeof(text)), strlen(want));
	CHECK(!strcmp(text, want));
	EQ(read(fd, text, sizeof(text)), 0);
	OK(fstat(fd, &st));
	CHECK(S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0600);
	EQ(st.st_size, 80);
	EQ(st.st_nlink, 0);
}

static void umask_and_mode(void)
{
	struct stat st;
	int fd;

	name();
	umask(027);
	fd = OK(syscall(SYS_mq_open, own_name, O_RDWR | O_CREAT, 0666, NULL));
	unlink_own();
	OK(fstat(fd, &st));
	EQ(st.st_mode, S_IFREG | 0640);
}

static void limit_bytes(void)
{
	struct rlimit limit = { 0, 0 };

	name();
	OK(setrlimit(RLIMIT_MSGQUEUE, &limit));
	FAILS(EMFILE, q_open(O_RDWR | O_CREAT, 1, 1));
	FAILS(EMFILE, q_open(O_RDWR | O_CREAT, 0, 0));
	FAILS(ENOENT, q_open(O_RDWR, 0, 0));
}

static void limit_charge(void)
{
	/* 1 message of 100 bytes: 100 + 48 + 48. */
	struct rlimit limit = { 196, 196 };
	pid_t pid = OK(fork());

	name();
	if (pid == 0) {
		if (geteuid() == 0)
			OK(setuid(61234));
		OK(setrlimit(RLIMIT_MSGQUEUE, &limit));
		FAILS(EMFILE, q_open(O_RDWR | O_CREAT, 1, 101));
		int fd = OK(q_open(O_RDWR | O_CREAT | O_EXCL, 1, 100));

		unlink_own();
		FAILS(EMFILE, q_open(O_RDWR | O_CREAT, 1, 1));
		close(fd);
		close(OK(q_open(O_RDWR | O_CREAT | O_EXCL, 1, 100)));
		unlink_own();
		_exit(0);
	}
	child_join(pid);
}

static void permissions(void)
{
	pid_t pid;
	int fd;

	if (geteuid() != 0)
		abi_skip("needs root");
	name();
	umask(0);
	fd = OK(syscall(SYS_mq_open, own_name, O_RDWR | O_CREAT | O_EXCL, 0604, NULL));
	pid = OK(fork());
	if (pid == 0) {
		drop_root();
		FAILS(EACCES, q_open(O_RDWR, 0, 0));
		FAILS(EACCES, q_open(O_WRONLY | O_CREAT, 0, 0));
		close(OK(q_open(O_RDONLY, 0, 0)));
		FAILS(EPERM, syscall(SYS_mq_unlink, own_name));
		name();
		FAILS(EINVAL, q_open(O_RDWR | O_CREAT, 11, 10));
		_exit(0);
	}
	int status = abi_wait(pid);

	unlink_own();
	close(fd);
	child_good(status);
}

static void mounted(void)
{
	struct stat st;
	char path[64];
	int fd;

	if (!has_cap(21))
		abi_skip("needs CAP_SYS_ADMIN");
	OK(mkdir("m", 0755));
	OK(unshare(CLONE_FS));
	OK(mount("none", "m", "mqueue", 0, NULL));
	OK(stat("m", &st));
	EQ(st.st_mode, S_IFDIR | 01777);
	name();
	fd = OK(q_open(O_RDWR | O_CREAT | O_EXCL, 0, 0));
	snprintf(path, sizeof(path), "m/%s", own_name);
	EQ(stat(path, &st), 0);
	EQ(st.st_size, 80);
	FAILS(EPERM, mkdir("m/dir", 0700));
	OK(unlink(path));
	FAILS(ENOENT, q_open(O_RDWR, 0, 0));
	close(fd);
	close(OK(open(path, O_RDWR | O_CREAT | O_EXCL, 0600)));
	fd = OK(q_open(O_RDWR, 0, 0));
	OK(q_send(fd, "x", 0, NULL));
	close(fd);
	OK(syscall(SYS_mq_unlink, own_name));
	FAILS(ENOENT, stat(path, &st));
	OK(umount("m"));
}

static const struct abi_row rows[] = {
	{ open_errors, "mq_open and mq_unlink: names, flags, attributes" },
	{ attributes, "mq_getsetattr shows the queue and sets O_NONBLOCK only" },
	{ priorities, "messages come by priority, then by age" },
	{ transfer_errors, "sending and receiving: errors" },
	{ timeouts, "timeouts are absolute and checked first" },
	{ blocked_receiver, "a waiting receiver gets the message" },
	{ blocked_sender, "a waiting sender's message follows" },
	{ interrupted, "a signal interrupts, or restarts" },
	{ poll_queue, "poll" },
	{ notify_signal, "mq_notify: one signal for a message into an empty queue" },
	{ notify_rules, "mq_notify: one owner, until it closes" },
	{ status_text, "the text of a queue's file, and its stat" },
	{ umask_and_mode, "the umask holds for queues" },
	{ limit_bytes, "RLIMIT_MSGQUEUE of nothing" },
	{ limit_charge, "RLIMIT_MSGQUEUE counts what a queue may hold" },
	{ permissions, "permissions of others" },
	{ mounted, "a mount of mqueue shows the queues" },
};

ABI_MAIN(rows)
