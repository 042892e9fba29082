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
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

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

int os_listen_local(unsigned port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
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

/* In the grandchild: xterm gets the master as an inherited descriptor. */
static void run_xterm(const char *prog, const char *title, const char *pty, int master)
{
	const char *base = strrchr(pty, '/');
	sigset_t none;
	char arg[96];

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fcntl(master, F_SETFD, 0);
	fcntl(master, F_SETFL, O_RDWR);
	snprintf(arg, sizeof(arg), "-S%s/%d", base ? base + 1 : pty, master);
	execlp(prog, prog, "-T", title, arg, (char *)NULL);
	_exit(127);
}

/* Two forks, so that the program is init's child and none of K's, which waits for its own. */
static int spawn_xterm(const char *prog, const char *title, const char *pty, int master)
{
	int status = 0;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (!child) {
		pid_t grandchild = fork();

		if (!grandchild)
			run_xterm(prog, title, pty, master);
		_exit(grandchild < 0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EAGAIN : 0;
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

int os_xterm_open(const char *prog, const char *title)
{
	char name[64];
	int slave, master = os_pty_open(&slave, name, sizeof(name));
	int err;

	if (master < 0)
		return master;
	err = spawn_xterm(prog, title, name, master);
	close(master);
	if (!err)
		err = skip_window_line(slave);
	if (err) {
		close(slave);
		return err;
	}
	return slave;
}
