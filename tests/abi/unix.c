/*
 * AF_UNIX sockets: stream, datagram and seqpacket; names, credentials, passed
 * descriptors, message flags, shutdown, errors, options.
 */
#include "fixture.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static socklen_t name_length(const char *name)
{
	return offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1;
}

static struct sockaddr_un address(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(addr.sun_path, name);
	return addr;
}

static int bind_to(int fd, const char *name)
{
	struct sockaddr_un addr = address(name);

	return bind(fd, (struct sockaddr *)&addr, name_length(name));
}

static int connect_to(int fd, const char *name)
{
	struct sockaddr_un addr = address(name);

	return connect(fd, (struct sockaddr *)&addr, name_length(name));
}

static int make(int type)
{
	return OK(socket(AF_UNIX, type, 0));
}

static int listener(const char *name, int backlog)
{
	int fd = make(SOCK_STREAM);

	OK(bind_to(fd, name));
	OK(listen(fd, backlog));
	return fd;
}

static void make_pair(int type, int s[2])
{
	OK(socketpair(AF_UNIX, type, 0, s));
}

static bool gets(int fd, const char *text)
{
	char buf[256];

	return recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == (ssize_t)strlen(text) &&
	       memcmp(buf, text, strlen(text)) == 0;
}

/* Sends text with count descriptors. */
static ssize_t send_fds(int sock, const char *text, const int *fds, int count)
{
	static char control[CMSG_SPACE(sizeof(int) * 300)] __attribute__((aligned(16)));
	struct iovec v = { (char *)text, strlen(text) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	memset(control, 0, sizeof(control));
	m.msg_control = control;
	m.msg_controllen = CMSG_SPACE(sizeof(int) * count);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
	return sendmsg(sock, &m, 0);
}

/* Receives up to room descriptors; how many came, and the message's flags. */
static int receive_fds(int sock, int *fds, int room, int flags, int *got_flags)
{
	static char control[CMSG_SPACE(sizeof(int) * 300)] __attribute__((aligned(16)));
	char buf[64];
	struct iovec v = { buf, sizeof(buf) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *c;

	/* Exactly, since the padding of CMSG_SPACE may hold one more. */
	m.msg_controllen = CMSG_LEN(sizeof(int) * room);
	OK(recvmsg(sock, &m, flags));
	if (got_flags)
		*got_flags = m.msg_flags;
	c = CMSG_FIRSTHDR(&m);
	if (!c)
		return 0;
	EQ(c->cmsg_level, SOL_SOCKET);
	EQ(c->cmsg_type, SCM_RIGHTS);
	int count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	memcpy(fds, CMSG_DATA(c), count * sizeof(int));
	return count;
}

static void creates(void)
{
	int fd = make(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK), s[2];

	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_RDWR);
	FAILS(EAFNOSUPPORT, socket(99, SOCK_STREAM, 0));
	FAILS(EAFNOSUPPORT, socket(-1, SOCK_STREAM, 0));
	FAILS(EINVAL, socket(AF_UNIX, 99, 0));
	FAILS(ESOCKTNOSUPPORT, socket(AF_UNIX, SOCK_RDM, 0));
	FAILS(EPROTONOSUPPORT, socket(AF_UNIX, SOCK_STREAM, 99));
	FAILS(EINVAL, socket(AF_UNIX, SOCK_STREAM | 0x40000, 0));
	FAILS(EAFNOSUPPORT, socketpair(99, SOCK_STREAM, 0, s));
	FAILS(EFAULT, socketpair(AF_UNIX, SOCK_STREAM, 0, wild()));
	EQ(fcntl(OK(dup(fd)), F_GETFD), 0);
}

static void pairs(void)
{
	int s[2];
	char buf[16];

	make_pair(SOCK_STREAM, s);
	EQ(write(s[0], "ab", 2), 2);
	EQ(send(s[0], "cd", 2, 0), 2);
	EQ(read(s[1], buf, 3), 3);
	EQ(recv(s[1], buf + 3, 9, 0), 1);
	CHECK(memcmp(buf, "abcd", 4) == 0);
	EQ(write(s[1], "back", 4), 4);
	CHECK(gets(s[0], "back"));
	OK(close(s[1]));
	EQ(read(s[0], buf, 1), 0);
	signal(SIGPIPE, tick);
	FAILS(EPIPE, write(s[0], "x", 1));
	EQ(tick_count, 1);
	FAILS(EPIPE, send(s[0], "x", 1, MSG_NOSIGNAL));
	EQ(tick_count, 1);
}

static void stream_server(void)
{
	int server = listener("sock", 5), client = make(SOCK_STREAM), conn;
	struct sockaddr_un addr = { 0 };
	socklen_t len = sizeof(addr);

	CHECK(S_ISSOCK(stat_of("sock").st_mode));
	OK(connect_to(client, "sock"));
	EQ(write(client, "early", 5), 5);
	conn = OK(accept4(server, (struct sockaddr *)&addr, &len, SOCK_CLOEXEC | SOCK_NONBLOCK));
	EQ(len, sizeof(addr.sun_family));
	EQ(addr.sun_family, AF_UNIX);
	EQ(fcntl(conn, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(conn, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK(gets(conn, "early"));
	len = sizeof(addr);
	OK(getpeername(client, (struct sockaddr *)&addr, &len));
	EQ(len, name_length("sock"));
	CHECK(strcmp(addr.sun_path, "sock") == 0);
	len = sizeof(addr);
	OK(getsockname(conn, (struct sockaddr *)&addr, &len));
	CHECK(strcmp(addr.sun_path, "sock") == 0);
	FAILS(EISCONN, connect_to(client, "sock"));
	FAILS(EINVAL, accept4(server, NULL, NULL, 0x40000000));
}

static void bind_errors(void)
{
	int fd = make(SOCK_STREAM);
	struct sockaddr_un addr = address("x");

	put_file("file", "");
	FAILS(EADDRINUSE, bind_to(fd, "file"));
	FAILS(ENOENT, bind_to(fd, "none/sock"));
	FAILS(ENOTDIR, bind_to(fd, "file/sock"));
	OK(symlink("nowhere", "l"));
	FAILS(EADDRINUSE, bind_to(fd, "l"));
	FAILS(EINVAL, bind(fd, (struct sockaddr *)&addr, sizeof(addr) + 1));
	FAILS(EINVAL, bind(fd, (struct sockaddr *)&addr, 1));
	FAILS(EFAULT, bind(fd, wild(), sizeof(addr)));
	FAILS(EBADF, bind(-1, (struct sockaddr *)&addr, sizeof(addr)));
	FAILS(ENOTSOCK, bind(make_file("f", ""), (struct sockaddr *)&addr, sizeof(addr)));
	addr.sun_family = 99;
	FAILS(EINVAL, bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	OK(bind_to(fd, "sock"));
	FAILS(EINVAL, bind_to(fd, "sock2"));
	FAILS(EADDRINUSE, bind_to(make(SOCK_STREAM), "sock"));
	OK(close(fd));
	/* The name stays behind. */
	FAILS(EADDRINUSE, bind_to(make(SOCK_STREAM), "sock"));
	FAILS(ECONNREFUSED, connect_to(make(SOCK_STREAM), "sock"));
	OK(unlink("sock"));
	OK(bind_to(make(SOCK_STREAM), "sock"));
}

static void connect_errors(void)
{
	int fd = make(SOCK_STREAM), bound = make(SOCK_STREAM);
	struct sockaddr_un addr = address("sock");

	put_file("file", "");
	FAILS(ENOENT, connect_to(fd, "none"));
	FAILS(ECONNREFUSED, connect_to(fd, "file"));
	OK(bind_to(bound, "sock"));
	FAILS(ECONNREFUSED, connect_to(fd, "sock"));
	OK(listen(bound, 1));
	FAILS(EPROTOTYPE, connect_to(make(SOCK_DGRAM), "sock"));
	FAILS(EPROTOTYPE, connect_to(make(SOCK_SEQPACKET), "sock"));
	FAILS(EINVAL, connect(fd, (struct sockaddr *)&addr, 1));
	FAILS(EFAULT, connect(fd, wild(), sizeof(addr)));
	FAILS(EINVAL, connect_to(bound, "sock"));
	OK(symlink("sock", "l"));
	OK(connect_to(fd, "l"));
	OK(rename("sock", "moved"));
	OK(connect_to(make(SOCK_STREAM), "moved"));
}

static void accept_errors(void)
{
	int fd = make(SOCK_STREAM), server = listener("sock", 1);

	FAILS(EINVAL, accept(fd, NULL, NULL));
	FAILS(EINVAL, listen(fd, 1));
	FAILS(EOPNOTSUPP, listen(make(SOCK_DGRAM), 1));
	FAILS(EOPNOTSUPP, accept(make(SOCK_DGRAM), NULL, NULL));
	FAILS(ENOTSOCK, accept(make_file("f", ""), NULL, NULL));
	FAILS(EBADF, accept(-1, NULL, NULL));
	OK(fcntl(server, F_SETFL, O_NONBLOCK));
	FAILS(EAGAIN, accept(server, NULL, NULL));
	FAILS(EINVAL, recv(server, &fd, 1, 0));
	OK(fcntl(server, F_SETFL, 0));
	start_ticks(30, 0);
	FAILS(EINTR, accept(server, NULL, NULL));
	stop_ticks();
}

static void abstract(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "\0abi\0x" }, back;
	int server = make(SOCK_STREAM), client = make(SOCK_STREAM);
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 14, back_len = sizeof(back);

	/* Unique for this run; the whole length counts, zeros too. */
	memcpy(addr.sun_path + 6, &(uint32_t){ getpid() }, 4);
	memcpy(addr.sun_path + 10, &(uint32_t){ time(NULL) }, 4);
	OK(bind(server, (struct sockaddr *)&addr, len));
	OK(listen(server, 1));
	FAILS(EADDRINUSE, bind(client, (struct sockaddr *)&addr, len));
	FAILS(ECONNREFUSED, connect(client, (struct sockaddr *)&addr, len + 1));
	OK(connect(client, (struct sockaddr *)&addr, len));
	OK(getsockname(server, (struct sockaddr *)&back, &back_len));
	EQ(back_len, len);
	CHECK(memcmp(&addr, &back, len) == 0);
	OK(close(server));
	FAILS(ECONNREFUSED, connect(make(SOCK_STREAM), (struct sockaddr *)&addr, len));
	OK(bind(make(SOCK_STREAM), (struct sockaddr *)&addr, len));
}

static void autobind(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(addr);
	int fd = make(SOCK_DGRAM);

	OK(getsockname(fd, (struct sockaddr *)&addr, &len));
	EQ(len, sizeof(addr.sun_family));
	OK(bind(fd, (struct sockaddr *)&addr, sizeof(addr.sun_family)));
	len = sizeof(addr);
	OK(getsockname(fd, (struct sockaddr *)&addr, &len));
	EQ(len, sizeof(addr.sun_family) + 6);
	EQ(addr.sun_path[0], 0);
	for (int i = 1; i < 6; i++)
		CHECK(addr.sun_path[i] && strchr("0123456789abcdef", addr.sun_path[i]));
}

static void name_truncation(void)
{
	int fd = make(SOCK_STREAM), s[2];
	char small[8];
	struct sockaddr_un addr;
	socklen_t len = 4;

	OK(bind_to(fd, "sock"));
	memset(small, '#', sizeof(small));
	OK(getsockname(fd, (struct sockaddr *)small, &len));
	EQ(len, name_length("sock"));
	CHECK(memcmp(small + 2, "so##", 4) == 0);
	FAILS(ENOTCONN, getpeername(fd, (struct sockaddr *)&addr, &len));
	len = -1;
	FAILS(EINVAL, getsockname(fd, (struct sockaddr *)&addr, &len));
	FAILS(EFAULT, getsockname(fd, (struct sockaddr *)&addr, wild()));
	make_pair(SOCK_STREAM, s);
	len = sizeof(addr);
	OK(getpeername(s[0], (struct sockaddr *)&addr, &len));
	EQ(len, sizeof(addr.sun_family));
}

static void datagrams(void)
{
	int a = make(SOCK_DGRAM), b = make(SOCK_DGRAM), c = make(SOCK_DGRAM);
	struct sockaddr_un to = address("a"), from;
	socklen_t len = sizeof(from);
	char buf[16];

	OK(bind_to(a, "a"));
	OK(bind_to(b, "b"));
	EQ(sendto(b, "one", 3, 0, (struct sockaddr *)&to, name_length("a")), 3);
	EQ(sendto(b, "", 0, 0, (struct sockaddr *)&to, name_length("a")), 0);
	EQ(sendto(c, "three", 5, 0, (struct sockaddr *)&to, name_length("a")), 5);
	EQ(recvfrom(a, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len), 3);
	CHECK(strcmp(from.sun_path, "b") == 0);
	EQ(recv(a, buf, sizeof(buf), 0), 0);
	len = sizeof(from);
	EQ(recvfrom(a, buf, 2, 0, (struct sockaddr *)&from, &len), 2);
	EQ(len, 0);
	/* The rest of that datagram is gone. */
	FAILS(EAGAIN, recv(a, buf, 1, MSG_DONTWAIT));
	FAILS(ENOTCONN, send(b, "x", 1, 0));
	to = address("none");
	FAILS(ENOENT, sendto(b, "x", 1, 0, (struct sockaddr *)&to, name_length("none")));
}

static void datagram_peers(void)
{
	int a = make(SOCK_DGRAM), b = make(SOCK_DGRAM), c = make(SOCK_DGRAM);
	struct sockaddr_un to = address("a");
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	OK(bind_to(a, "a"));
	OK(bind_to(b, "b"));
	OK(connect_to(b, "a"));
	EQ(send(b, "x", 1, 0), 1);
	CHECK(gets(a, "x"));
	/* A connected datagram socket hears its peer only. */
	OK(connect_to(a, "b"));
	FAILS(EPERM, sendto(c, "y", 1, 0, (struct sockaddr *)&to, name_length("a")));
	OK(connect(a, &none, sizeof(none)));
	EQ(sendto(c, "y", 1, 0, (struct sockaddr *)&to, name_length("a")), 1);
	CHECK(gets(a, "y"));
	OK(close(a));
	FAILS(ECONNREFUSED, send(b, "x", 1, 0));
}

static void packets(void)
{
	int s[2];
	char buf[16];
	struct iovec v = { buf, 2 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	make_pair(SOCK_SEQPACKET, s);
	EQ(write(s[0], "first", 5), 5);
	EQ(write(s[0], "second", 6), 6);
	EQ(recvmsg(s[1], &m, 0), 2);
	EQ(m.msg_flags & MSG_TRUNC, MSG_TRUNC);
	v.iov_len = sizeof(buf);
	EQ(recvmsg(s[1], &m, 0), 6);
	EQ(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC), 0);
	EQ(write(s[0], "third", 5), 5);
	EQ(recv(s[1], buf, 2, MSG_TRUNC), 5);
	OK(close(s[0]));
	EQ(read(s[1], buf, 1), 0);
}

static void message_flags(void)
{
	int s[2];
	char buf[16];

	make_pair(SOCK_STREAM, s);
	FAILS(EAGAIN, recv(s[1], buf, 1, MSG_DONTWAIT));
	EQ(write(s[0], "abc", 3), 3);
	EQ(recv(s[1], buf, 2, MSG_PEEK), 2);
	EQ(recv(s[1], buf, 9, MSG_PEEK), 3);
	CHECK(gets(s[1], "abc"));
	pid_t pid = OK(fork());

	if (pid == 0) {
		for (int i = 0; i < 4; i++) {
			abi_sleep_ms(10);
			EQ(write(s[0], "wx", 2), 2);
		}
		_exit(0);
	}
	EQ(recv(s[1], buf, 8, MSG_WAITALL), 8);
	child_ends(pid);
	EQ(write(s[0], "end", 3), 3);
	OK(shutdown(s[0], SHUT_WR));
	EQ(recv(s[1], buf, 8, MSG_WAITALL), 3);
}

static void shutdowns(void)
{
	int s[2];
	char c;

	make_pair(SOCK_STREAM, s);
	EQ(write(s[0], "x", 1), 1);
	OK(shutdown(s[0], SHUT_WR));
	FAILS(EPIPE, send(s[0], "x", 1, MSG_NOSIGNAL));
	EQ(read(s[1], &c, 1), 1);
	EQ(read(s[1], &c, 1), 0);
	EQ(write(s[1], "y", 1), 1);
	CHECK(gets(s[0], "y"));
	make_pair(SOCK_STREAM, s);
	OK(shutdown(s[0], SHUT_RD));
	EQ(read(s[0], &c, 1), 0);
	FAILS(EPIPE, send(s[1], "x", 1, MSG_NOSIGNAL));
	FAILS(EINVAL, shutdown(s[0], 3));
	FAILS(EBADF, shutdown(-1, SHUT_RD));
	FAILS(ENOTSOCK, shutdown(make_file("f", ""), SHUT_RD));
}

static void reset(void)
{
	int s[2], err = 0;
	socklen_t len = sizeof(err);
	char c;

	/* Closing with unread data tells the peer. */
	make_pair(SOCK_STREAM, s);
	EQ(write(s[0], "unread", 6), 6);
	OK(close(s[1]));
	EQ(poll_one(s[0], POLLIN, 0), POLLIN | POLLERR | POLLHUP);
	OK(getsockopt(s[0], SOL_SOCKET, SO_ERROR, &err, &len));
	EQ(err, ECONNRESET);
	OK(getsockopt(s[0], SOL_SOCKET, SO_ERROR, &err, &len));
	EQ(err, 0);
	EQ(read(s[0], &c, 1), 0);
}

static void passes_files(void)
{
	int s[2], file = make_file("f", "abcdef"), got[4], flags;
	char c;

	make_pair(SOCK_STREAM, s);
	EQ(read(file, &c, 1), 1);
	EQ(send_fds(s[0], "m", (int[]){ file, s[0] }, 2), 1);
	EQ(receive_fds(s[1], got, 4, 0, &flags), 2);
	EQ(flags & MSG_CTRUNC, 0);
	CHECK(got[0] != file);
	/* It is the same open file. */
	EQ(read(got[0], &c, 1), 1);
	EQ(c, 'b');
	EQ(lseek(file, 0, SEEK_CUR), 2);
	EQ(fcntl(got[0], F_GETFD), 0);
	EQ(send_fds(s[0], "m", &file, 1), 1);
	EQ(receive_fds(s[1], got, 1, MSG_CMSG_CLOEXEC, NULL), 1);
	EQ(fcntl(got[0], F_GETFD), FD_CLOEXEC);
}

static void closed_in_flight(void)
{
	int s[2], p[2], got;
	char c;

	make_pair(SOCK_STREAM, s);
	OK(pipe(p));
	EQ(send_fds(s[0], "m", &p[1], 1), 1);
	OK(close(p[1]));
	/* The pipe's writer lives in the message. */
	OK(fcntl(p[0], F_SETFL, O_NONBLOCK));
	FAILS(EAGAIN, read(p[0], &c, 1));
	EQ(receive_fds(s[1], &got, 1, 0, NULL), 1);
	EQ(write(got, "x", 1), 1);
	EQ(read(p[0], &c, 1), 1);
	EQ(send_fds(s[0], "m", &got, 1), 1);
	OK(close(got));
	FAILS(EAGAIN, read(p[0], &c, 1));
	OK(close(s[1]));
	EQ(poll_one(p[0], POLLIN, 5000), POLLHUP);
	EQ(read(p[0], &c, 1), 0);
}

static void many_files(void)
{
	enum { MOST = 253 };
	static int fds[MOST + 1], got[MOST];
	int s[2];
	struct rlimit limit;

	OK(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 600;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	make_pair(SOCK_STREAM, s);
	for (int i = 0; i <= MOST; i++)
		fds[i] = i % 2;
	FAILS(EINVAL, send_fds(s[0], "m", fds, MOST + 1));
	EQ(send_fds(s[0], "m", fds, MOST), 1);
	EQ(receive_fds(s[1], got, MOST, 0, NULL), MOST);
	for (int i = 1; i < MOST; i++)
		CHECK(got[i] > got[i - 1]);
}

static void truncated_files(void)
{
	int s[2], p[2], got[4], flags;
	char c;

	make_pair(SOCK_STREAM, s);
	OK(pipe(p));
	EQ(send_fds(s[0], "m", (int[]){ 0, p[1] }, 2), 1);
	OK(close(p[1]));
	EQ(receive_fds(s[1], got, 1, 0, &flags), 1);
	EQ(flags & MSG_CTRUNC, MSG_CTRUNC);
	/* What did not fit is closed. */
	EQ(poll_one(p[0], POLLIN, 5000), POLLHUP);
	EQ(send_fds(s[0], "m", (int[]){ 0 }, 1), 1);
	EQ(read(s[1], &c, 1), 1);
	FAILS(EBADF, send_fds(s[0], "m", (int[]){ 0, 99 }, 2));
	FAILS(EAGAIN, recv(s[1], &c, 1, MSG_DONTWAIT));
}

static void message_borders(void)
{
	int s[2], got[2];
	char buf[16];

	/* Bytes with descriptors are not joined with what comes after. */
	make_pair(SOCK_STREAM, s);
	EQ(send_fds(s[0], "ab", (int[]){ 0 }, 1), 2);
	EQ(send_fds(s[0], "cd", (int[]){ 0 }, 1), 2);
	EQ(write(s[0], "ef", 2), 2);
	EQ(receive_fds(s[1], got, 2, MSG_PEEK, NULL), 1);
	EQ(receive_fds(s[1], got, 2, 0, NULL), 1);
	EQ(read(s[1], buf, sizeof(buf)), 2);
	CHECK(gets(s[1], "ef"));
}

static void credentials(void)
{
	int s[2], server = listener("sock", 1), client = make(SOCK_STREAM);
	struct ucred cred;
	socklen_t len = sizeof(cred);
	pid_t pid;

	make_pair(SOCK_STREAM, s);
	OK(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	EQ(len, sizeof(cred));
	EQ(cred.pid, getpid());
	EQ(cred.uid, geteuid());
	EQ(cred.gid, getegid());
	pid = OK(fork());
	if (pid == 0) {
		OK(connect_to(client, "sock"));
		_exit(0);
	}
	child_ends(pid);
	int conn = OK(accept(server, NULL, NULL));

	OK(getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	EQ(cred.pid, pid);
}

static void sent_credentials(void)
{
	int s[2], on = 1, none;
	char control[CMSG_SPACE(sizeof(struct ucred))] __attribute__((aligned(16))), c;
	struct iovec v = { &c, 1 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct ucred cred;

	make_pair(SOCK_DGRAM, s);
	OK(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	EQ(write(s[0], "x", 1), 1);
	EQ(recvmsg(s[1], &m, 0), 1);
	EQ(CMSG_FIRSTHDR(&m)->cmsg_type, SCM_CREDENTIALS);
	memcpy(&cred, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(cred));
	EQ(cred.pid, getpid());
	EQ(cred.uid, getuid());
	EQ(cred.gid, getgid());
	none = 0;
	OK(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &none, sizeof(none)));
	EQ(write(s[0], "x", 1), 1);
	m.msg_controllen = sizeof(control);
	EQ(recvmsg(s[1], &m, 0), 1);
	EQ(m.msg_controllen, 0);
}

static ssize_t claim(int fd, pid_t pid, uid_t uid)
{
	char control[CMSG_SPACE(sizeof(struct ucred))] __attribute__((aligned(16)));
	struct iovec v = { "x", 1 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct ucred cred = { pid, uid, getgid() };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(c), &cred, sizeof(cred));
	return sendmsg(fd, &m, 0);
}

static void false_claims(void)
{
	int s[2];

	make_pair(SOCK_DGRAM, s);
	EQ(claim(s[0], getpid(), getuid()), 1);
	FAILS(EPERM, claim(s[0], getppid(), getuid()));
	FAILS(EPERM, claim(s[0], getpid(), getuid() + 1));
}

static void claims(void)
{
	if (geteuid() == 0)
		become_other_and_run(false_claims);
	else
		false_claims();
}

static void full_stream(void)
{
	int s[2];
	char block[1024] = "";
	size_t total = 0, back = 0;
	ssize_t n;

	make_pair(SOCK_STREAM | SOCK_NONBLOCK, s);
	while ((n = write(s[0], block, sizeof(block))) > 0)
		total += n;
	EQ(errno, EAGAIN);
	CHECK(total >= 16384);
	EQ(poll_one(s[0], POLLOUT, 0), 0);
	int pending = 0;

	OK(ioctl(s[1], FIONREAD, &pending));
	EQ(pending, total);
	while ((n = read(s[1], block, sizeof(block))) > 0)
		back += n;
	EQ(back, total);
	EQ(poll_one(s[0], POLLOUT, 0), POLLOUT);
}

static void full_backlog(void)
{
	int connected = 0, fd;

	listener("sock", 2);
	for (int i = 0; i < 20; i++) {
		fd = make(SOCK_STREAM | SOCK_NONBLOCK);
		if (connect_to(fd, "sock") < 0)
			break;
		connected++;
	}
	EQ(errno, EAGAIN);
	EQ(connected, 3);
}

static void connect_waits(void)
{
	int server = listener("sock", 0);
	pid_t pid;

	OK(connect_to(make(SOCK_STREAM), "sock"));
	pid = OK(fork());
	if (pid == 0) {
		OK(connect_to(make(SOCK_STREAM), "sock"));
		_exit(0);
	}
	abi_sleep_ms(30);
	EQ(waitpid(pid, NULL, WNOHANG), 0);
	OK(accept(server, NULL, NULL));
	OK(accept(server, NULL, NULL));
	child_ends(pid);
}

static void listener_closes(void)
{
	int server = listener("sock", 3), client = make(SOCK_STREAM);
	char c;

	OK(connect_to(client, "sock"));
	EQ(poll_one(server, POLLIN, 0), POLLIN);
	OK(close(server));
	/* Who was never accepted sees the connection end. */
	CHECK(poll_one(client, POLLIN, 0) & POLLHUP);
	EQ(send(client, &c, 1, MSG_NOSIGNAL), -1);
	EQ(errno, EPIPE);
}

static void many_messages(void)
{
	int s[2];
	char bufs[3][8];
	struct iovec out[3] = { { "a", 1 }, { "bb", 2 }, { "ccc", 3 } }, in[3];
	struct mmsghdr m[3] = { 0 };

	make_pair(SOCK_DGRAM, s);
	for (int i = 0; i < 3; i++)
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &out[i], .msg_iovlen = 1 };
	EQ(sendmmsg(s[0], m, 3, 0), 3);
	for (int i = 0; i < 3; i++) {
		EQ(m[i].msg_len, i + 1);
		in[i] = (struct iovec){ bufs[i], 8 };
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &in[i], .msg_iovlen = 1 };
		m[i].msg_len = 99;
	}
	EQ(recvmmsg(s[1], m, 2, 0, NULL), 2);
	EQ(m[0].msg_len, 1);
	EQ(m[1].msg_len, 2);
	EQ(m[2].msg_len, 99);
	EQ(recvmmsg(s[1], m, 3, MSG_WAITFORONE, NULL), 1);
	EQ(m[0].msg_len, 3);
	FAILS(EAGAIN, recvmmsg(s[1], m, 3, MSG_DONTWAIT, NULL));
	FAILS(EBADF, sendmmsg(-1, m, 1, 0));
	FAILS(EFAULT, sendmmsg(s[0], wild(), 1, 0));
	FAILS(ENOTSOCK, recvmmsg(make_file("f", ""), m, 1, 0, NULL));
}

static int option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	OK(getsockopt(fd, SOL_SOCKET, name, &value, &len));
	EQ(len, sizeof(value));
	return value;
}

static void options(void)
{
	int fd = make(SOCK_SEQPACKET), value = 20000, server = listener("sock", 1);
	socklen_t len = sizeof(value);

	EQ(option(fd, SO_TYPE), SOCK_SEQPACKET);
	EQ(option(fd, SO_DOMAIN), AF_UNIX);
	EQ(option(fd, SO_PROTOCOL), 0);
	EQ(option(fd, SO_ERROR), 0);
	EQ(option(fd, SO_ACCEPTCONN), 0);
	EQ(option(server, SO_ACCEPTCONN), 1);
	OK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)));
	EQ(option(fd, SO_SNDBUF), 40000);
	FAILS(ENOPROTOOPT, getsockopt(fd, SOL_SOCKET, 9999, &value, &len));
	FAILS(ENOPROTOOPT, setsockopt(fd, SOL_SOCKET, 9999, &value, sizeof(value)));
	FAILS(ENOPROTOOPT, setsockopt(fd, SOL_SOCKET, SO_TYPE, &value, sizeof(value)));
	FAILS(EOPNOTSUPP, getsockopt(fd, 99, 1, &value, &len));
	FAILS(EINVAL, setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, 1));
	FAILS(EFAULT, setsockopt(fd, SOL_SOCKET, SO_SNDBUF, wild(), sizeof(value)));
	FAILS(EFAULT, getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, wild()));
	FAILS(ENOTSOCK, getsockopt(make_file("f", ""), SOL_SOCKET, SO_TYPE, &value, &len));
	FAILS(EBADF, getsockopt(-1, SOL_SOCKET, SO_TYPE, &value, &len));
	len = 2;
	OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	EQ(len, 2);
}

static void time_limits(void)
{
	int s[2];
	struct timeval tv = { 0, 50000 }, back;
	socklen_t len = sizeof(back);
	long long start = abi_now_ms();
	char c;

	make_pair(SOCK_STREAM, s);
	OK(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	OK(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &back, &len));
	EQ(back.tv_sec, 0);
	CHECK(back.tv_usec >= 50000 && back.tv_usec < 70000);
	FAILS(EAGAIN, read(s[0], &c, 1));
	CHECK(abi_now_ms() - start >= 40);
	tv.tv_usec = 1000000;
	FAILS(EDOM, setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	/* With a limit set, a signal ends the call even with SA_RESTART. */
	tv = (struct timeval){ 15, 0 };
	OK(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	start_ticks(30, SA_RESTART);
	FAILS(EINTR, read(s[0], &c, 1));
	stop_ticks();
}

static void vectors(void)
{
	int s[2];
	char a[2], b[8];
	struct iovec out[] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };
	struct iovec in[] = { { a, 2 }, { b, 8 } };
	struct msghdr m = { .msg_iov = in, .msg_iovlen = 2 };

	make_pair(SOCK_DGRAM, s);
	EQ(writev(s[0], out, 3), 5);
	EQ(recvmsg(s[1], &m, 0), 5);
	CHECK(memcmp(a, "ab", 2) == 0 && memcmp(b, "cde", 3) == 0);
	FAILS(EFAULT, recvmsg(s[1], wild(), 0));
	FAILS(EFAULT, send(s[0], wild(), 1, 0));
	m.msg_iovlen = IOV_MAX + 1;
	FAILS(EMSGSIZE, recvmsg(s[1], &m, 0));
	FAILS(ESPIPE, lseek(s[0], 0, SEEK_CUR));
	FAILS(ESPIPE, pread(s[0], a, 1, 0));
	FAILS(EMSGSIZE, send(s[0], calloc(1, 8 << 20), 8 << 20, 0));
}

static void try_connect(void)
{
	FAILS(EACCES, connect_to(make(SOCK_STREAM), "tight"));
	OK(connect_to(make(SOCK_STREAM), "open"));
	FAILS(EACCES, bind_to(make(SOCK_STREAM), "new"));
}

static void permission(void)
{
	need_root();
	listener("tight", 5);
	listener("open", 5);
	EQ(mode_of("tight"), 0755);
	OK(chmod("open", 0777));
	become_other_and_run(try_connect);
}

static const struct abi_row rows[] = {
	{ creates, "socket and socketpair: flags, families, errors" },
	{ pairs, "a stream pair, and SIGPIPE after its peer" },
	{ stream_server, "bind, listen, connect, accept4, the names" },
	{ bind_errors, "bind errors; a name outlives its socket" },
	{ connect_errors, "connect errors" },
	{ accept_errors, "listen and accept errors" },
	{ abstract, "abstract names" },
	{ autobind, "autobind" },
	{ name_truncation, "names in short buffers, missing names" },
	{ datagrams, "datagrams keep their borders and senders" },
	{ datagram_peers, "connected datagram sockets" },
	{ packets, "seqpacket" },
	{ message_flags, "MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL" },
	{ shutdowns, "shutdown of either half" },
	{ reset, "ECONNRESET when unread data is closed" },
	{ passes_files, "SCM_RIGHTS passes open files" },
	{ closed_in_flight, "a passed file lives in its message" },
	{ many_files, "253 files in a message" },
	{ truncated_files, "MSG_CTRUNC and bad descriptors" },
	{ message_borders, "messages with files stay apart" },
	{ credentials, "SO_PEERCRED" },
	{ sent_credentials, "SO_PASSCRED" },
	{ claims, "false credentials are EPERM" },
	{ full_stream, "a full stream" },
	{ full_backlog, "a full backlog is EAGAIN" },
	{ connect_waits, "connect waits for room in the backlog" },
	{ listener_closes, "a listener that closes ends what waits" },
	{ many_messages, "sendmmsg and recvmmsg" },
	{ options, "socket options" },
	{ time_limits, "SO_RCVTIMEO" },
	{ vectors, "vectors, wild buffers, sizes" },
	{ permission, "connect needs write permission on the socket" },
};

ABI_MAIN(rows)
