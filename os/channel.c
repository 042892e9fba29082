/* What console channels other than plain descriptors hang on: host ptys, TCP, xterm. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "um/os_confine.h"
#include "um/os_tty.h"

static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

/* The slave stays open so that the master sees no hangup while nobody is attached. */
int os_pty_open(int *slave, char *name, size_t n)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (master < 0)
		return -errno;
	err = grantpt(master) || unlockpt(master) ? -errno : -ptsname_r(master, name, n);
	if (!err) {
		*slave = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		err = *slave < 0 ? -errno : 0;
	}
	if (err) {
		close(master);
		return err;
	}
	make_raw(*slave);
	return master;
}

void os_listen_prepare(void)
{
	os_confine_allow(OS_CALLS_LISTEN);
}

/* A TCP socket whose port can be had again at once, or -1.  Not by the C library, which on some
 * CPUs makes these calls by socketcall: its arguments are in memory, where K's filter does not see
 * what kind of socket it is. */
static int tcp_socket(void)
{
	const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, one = 1;
	int fd = (int)syscall(SYS_socket, AF_INET, type, 0);

	if (fd >= 0)
		syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

int os_listen_local(unsigned port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd, err;

	if (!os_confine_allows(OS_CALLS_LISTEN))
		return -EPERM;
	fd = tcp_socket();
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 4)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int os_accept_nonblock(int fd)
{
	int conn;

	do
		conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (conn < 0 && errno == EINTR);
	return conn < 0 ? -errno : conn;
}

/* --- xterm
 *
 * K may not start programs once it has booted (confine.c), so a helper does, which is made at
 * boot and knows one program.  K sends it a pty's master with the words of the command line that
 * are about it.  The helper is init's child and none of K's, which waits for its own, and ends
 * with K's side of the socket.
 */
static int xterm_helper = -1;	/* K's side */

struct xterm_request {
	char title[64];
	char pty[64];		/* the last component of its name */
};

union fd_message {		/* aligned as the host wants it */
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

/* Receives a request and its descriptor, which is the caller's.  -1: K has gone. */
static int xterm_receive(int from, struct xterm_request *request)
{
	union fd_message control;
	struct iovec iov = { request, sizeof(*request) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	const struct cmsghdr *header;
	ssize_t n;
	int fd;

	do
		n = recvmsg(from, &msg, 0);
	while (n < 0 && errno == EINTR);
	header = n == sizeof(*request) ? CMSG_FIRSTHDR(&msg) : NULL;
	if (!header)
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static int xterm_send(int to, struct xterm_request *request, int fd)
{
	union fd_message control = { .header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
						 .cmsg_len = CMSG_LEN(sizeof(fd)) } };
	struct iovec iov = { request, sizeof(*request) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(to, &msg, MSG_NOSIGNAL) == sizeof(*request) ? 0 : -ENODEV;
}

/* In a child of the helper: xterm gets the master as an inherited descriptor. */
static void run_xterm(const char *prog, const struct xterm_request *request, int master)
{
	char arg[96];

	signal(SIGCHLD, SIG_DFL);
	fcntl(master, F_SETFL, O_RDWR);
	snprintf(arg, sizeof(arg), "-S%s/%d", request->pty, master);
	execlp(prog, prog, "-T", request->title, arg, (char *)NULL);
	_exit(127);
}

static void xterm_helper_main(const char *prog, int from)
{
	struct xterm_request request;
	sigset_t none;
	int master;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "um-xterm");
	dup2(from, 3);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	syscall(SYS_close_range, 4, ~0U, 0);
	signal(SIGCHLD, SIG_IGN);	/* nobody waits for them */
	while ((master = xterm_receive(3, &request)) >= 0) {
		if (!fork())
			run_xterm(prog, &request, master);
		close(master);
	}
	_exit(0);
}

/* Two forks, so that the helper is no child of K's. */
static int xterm_helper_start(const char *prog, int from)
{
	int status = 0;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (!child) {
		pid_t grandchild = fork();

		if (!grandchild)
			xterm_helper_main(prog, from);
		_exit(grandchild < 0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EAGAIN : 0;
}

int os_xterm_prepare(const char *prog)
{
	int pair[2], err;

	if (xterm_helper >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	err = xterm_helper_start(prog, pair[1]);
	close(pair[1]);
	if (err) {
		close(pair[0]);
		return err;
	}
	xterm_helper = pair[0];
	os_confine_allow(OS_CALLS_SEND_FD);
	return 0;
}

/* xterm first sends its window's number and a newline. */
static int skip_window_line(int fd)
{
	char c = 0;
	int i;

	for (i = 0; i < 64 && c != '\n'; i++)
		if (!os_poll_fd(fd, POLLIN, 10000) || read(fd, &c, 1) != 1)
			return -ENODEV;
	return 0;
}

int os_xterm_open(const char *title)
{
	struct xterm_request request = { "", "" };
	char name[64];
	int slave, master, err;

	if (xterm_helper < 0)
		return -EPERM;
	master = os_pty_open(&slave, name, sizeof(name));
	if (master < 0)
		return master;
	snprintf(request.title, sizeof(request.title), "%s", title);
	snprintf(request.pty, sizeof(request.pty), "%s", basename(name));
	err = xterm_send(xterm_helper, &request, master);
	close(master);
	if (!err)
		err = skip_window_line(slave);
	if (err) {
		close(slave);
		return err;
	}
	return slave;
}
