/*
 * Does the kernel grow?  Each way is done over and over, in rounds, between which the test reads
 * the kernel's size from outside:
 *
 *	attack_grow WAY COUNT		"ready", then for each line on stdin one round: "round"
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *self;

static void forks(int i)
{
	pid_t pid = fork();

	(void)i;
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void execs(int i)
{
	pid_t pid = vfork();

	(void)i;
	if (!pid) {
		execl(self, self, "nothing", "1", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

static void *end(void *arg)
{
	return arg;
}

static void threads(int i)
{
	pthread_t t;

	(void)i;
	if (!pthread_create(&t, NULL, end, NULL))
		pthread_join(t, NULL);
}

/* Also names that come and go. */
static void opens(int i)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/tmp/grow%d", i % 100);
	fd = open(name, O_CREAT | O_RDWR, 0644);
	if (write(fd, name, sizeof(name)) < 0)
		exit(1);
	close(fd);
	unlink(name);
	close(open("/proc/self/status", O_RDONLY));
	close(open("/tmp/none", O_RDONLY));
}

static void maps(int i)
{
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p[(i % 256) * 4096] = 1;
	mprotect(p + 65536, 4096, PROT_READ);
	munmap(p, 1 << 20);
}

static void sockets(int i)
{
	int pair[2], data[2], in = 0;
	char control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	struct iovec iov = { &in, sizeof(in) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	if (socketpair(AF_UNIX, i % 2 ? SOCK_DGRAM : SOCK_STREAM, 0, pair) || pipe(data))
		exit(1);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	/* Its own end too: nobody but the collector frees it. */
	memcpy(CMSG_DATA(c), (int[]){ pair[1], data[0] }, 2 * sizeof(int));
	sendmsg(pair[0], &m, 0);
	close(pair[0]);
	close(pair[1]);
	close(data[0]);
	close(data[1]);
}

static void events(int i)
{
	int ep = epoll_create1(0), ev = eventfd(0, 0), tfd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec soon = { { 0, 0 }, { 1000, 0 } };
	struct epoll_event e = { .events = EPOLLIN };
	int in = inotify_init();
	timer_t timer;

	(void)i;
	epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e);
	epoll_ctl(ep, EPOLL_CTL_ADD, tfd, &e);
	timerfd_settime(tfd, 0, &soon, NULL);
	inotify_add_watch(in, "/tmp", IN_ALL_EVENTS);
	timer_create(CLOCK_MONOTONIC, NULL, &timer);
	timer_settime(timer, 0, &soon, NULL);
	timer_delete(timer);
	close(ep);
	close(ev);
	close(tfd);
	close(in);
}

static void ptys(int i)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), n = 0;

	(void)i;
	unlockpt(master);
	if (ptsname(master))
		n = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (write(master, "some text\n", 10) < 0)
		exit(1);
	close(n);
	close(master);
}

static void nothing(int i)
{
	(void)i;
}

static const struct {
	const char *name;
	void (*once)(int i);
} ways[] = {
	{ "forks", forks },	{ "execs", execs },   { "threads", threads }, { "opens", opens },
	{ "maps", maps },	{ "sockets", sockets }, { "events", events },  { "ptys", ptys },
	{ "nothing", nothing },
};

int main(int argc, char **argv)
{
	void (*once)(int) = NULL;
	int count = argc > 2 ? atoi(argv[2]) : 1;
	char line[16];

	self = argv[0];
	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(argv[1], ways[i].name))
			once = ways[i].once;
	if (!once)
		return 2;
	if (once == nothing)
		return 0;
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		for (int i = 0; i < count; i++)
			once(i);
		puts("round");
		fflush(stdout);
	}
	return 0;
}
