/*
 * Host terminals: raw mode and back, window size; and what the standard descriptors are.
 *
 * A terminal that was made raw is restored however K ends: by os_tty_restore, at exit, and by the
 * handlers for signals that would end K at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "um/os_tty.h"

#define MAX_RAW 8

static struct raw_tty {
	int fd;
	struct termios saved, raw;
} raw_ttys[MAX_RAW];
static int nr_raw;

/* Before anything else opens descriptors: 0, 1 and 2 are taken, whatever um was started with; and
 * a size limit is an error, not K's end. */
__attribute__((constructor)) static void std_fds_init(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
			_exit(125);
	signal(SIGXFSZ, SIG_IGN);
}

enum os_fd_kind os_fd_kind(int fd, unsigned *ma, unsigned *mi)
{
	struct stat st;

	if (fstat(fd, &st))
		return OS_FD_NONE;
	if (ma && mi) {
		*ma = major(st.st_rdev);
		*mi = minor(st.st_rdev);
	}
	switch (st.st_mode & S_IFMT) {
	case S_IFCHR:
		return isatty(fd) ? OS_FD_TTY : OS_FD_CHAR;
	case S_IFREG:
		return OS_FD_REGULAR;
	case S_IFIFO:
		return OS_FD_PIPE;
	case S_IFSOCK:
		return OS_FD_SOCKET;
	}
	return OS_FD_OTHER;
}

bool os_fd_same_device(int a, int b)
{
	struct stat sa, sb;

	return !fstat(a, &sa) && !fstat(b, &sb) && sa.st_rdev == sb.st_rdev &&
	       (sa.st_mode & S_IFMT) == (sb.st_mode & S_IFMT);
}

/* --- raw mode */

static void set_attr(int fd, const struct termios *t)
{
	while (tcsetattr(fd, TCSANOW, t) && errno == EINTR)
		;
}

/* SIGTTOU is blocked: K may be in the background by now, and must not be stopped here. */
void os_tty_restore(void)
{
	int i, err = errno;
	sigset_t ttou, old;

	if (!nr_raw)
		return;
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &old);
	for (i = 0; i < nr_raw; i++)
		set_attr(raw_ttys[i].fd, &raw_ttys[i].saved);
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = err;
}

void os_tty_reraw(void)
{
	int i;

	for (i = 0; i < nr_raw; i++)
		set_attr(raw_ttys[i].fd, &raw_ttys[i].raw);
}

static void restore_and_die(int sig)
{
	os_tty_restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void restore_at_end(void)
{
	static const int fatal[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGILL, SIGABRT, SIGBUS,
				     SIGFPE, SIGSEGV };
	struct sigaction old, act = { .sa_handler = restore_and_die, .sa_flags = SA_ONSTACK };
	size_t i;

	atexit(os_tty_restore);
	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (!sigaction(fatal[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(fatal[i], &act, NULL);
}

static bool is_raw_already(int fd)
{
	int i;

	for (i = 0; i < nr_raw; i++)
		if (os_fd_same_device(fd, raw_ttys[i].fd))
			return true;
	return false;
}

int os_tty_raw(int fd)
{
	struct raw_tty *raw = &raw_ttys[nr_raw];

	if (is_raw_already(fd))
		return 0;
	if (nr_raw == MAX_RAW)
		return -ENOSPC;
	if (tcgetattr(fd, &raw->saved))
		return -errno;
	raw->fd = fd;
	raw->raw = raw->saved;
	cfmakeraw(&raw->raw);
	raw->raw.c_cc[VMIN] = 1;
	raw->raw.c_cc[VTIME] = 0;
	if (nr_raw++ == 0)
		restore_at_end();
	set_attr(fd, &raw->raw);
	return 0;
}

int os_tty_get_size(int fd, unsigned *rows, unsigned *cols, unsigned *xpixel, unsigned *ypixel)
{
	struct winsize ws;

	if (ioctl(fd, TIOCGWINSZ, &ws))
		return -errno;
	*rows = ws.ws_row;
	*cols = ws.ws_col;
	*xpixel = ws.ws_xpixel;
	*ypixel = ws.ws_ypixel;
	return 0;
}

/* --- descriptors that others share with us */

int os_reopen_nonblock(int fd, bool rd, bool wr)
{
	int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char path[32], *p = path + sizeof(path);
	int n = fd, new;

	flags |= rd && wr ? O_RDWR : wr ? O_WRONLY : O_RDONLY;
	*--p = 0;
	do
		*--p = '0' + n % 10;
	while (n /= 10);
	p -= 14;
	__builtin_memcpy(p, "/proc/self/fd/", 14);
	do
		new = open(p, flags);
	while (new < 0 && errno == EINTR);
	return new < 0 ? -errno : new;
}

int os_open_nonblock(const char *path)
{
	int fd;

	do
		fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* POLL* have the values of OS_EV_*, which are EPOLL*'s. */
unsigned os_poll_fd(int fd, unsigned events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = (short)events };
	int n;

	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (unsigned short)p.revents : 0;
}

ssize_t os_read_nowait(int fd, void *buf, size_t n)
{
	ssize_t done;

	if (!os_poll_fd(fd, POLLIN, 0))
		return -EAGAIN;
	do
		done = read(fd, buf, n);
	while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : done;
}

/* What a descriptor that polls as writable takes without blocking: PIPE_BUF for pipes, and the
 * little that terminals guarantee. */
static size_t safe_write(int fd)
{
	return isatty(fd) ? 256 : 4096;
}

ssize_t os_write_nowait(int fd, const void *buf, size_t n)
{
	ssize_t done;
	size_t safe;

	do
		done = send(fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	if (done >= 0 || errno != ENOTSOCK)
		return done < 0 ? -errno : done;
	if (os_fd_kind(fd, NULL, NULL) != OS_FD_REGULAR) {
		if (!os_poll_fd(fd, POLLOUT, 0))
			return -EAGAIN;
		safe = safe_write(fd);
		n = n < safe ? n : safe;
	}
	do
		done = write(fd, buf, n);
	while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : done;
}

int os_fd_to_null(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), err = 0;

	if (null < 0)
		return -errno;
	if (dup2(null, fd) < 0)
		err = -errno;
	close(null);
	return err;
}
