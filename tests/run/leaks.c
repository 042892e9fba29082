/*
 * Makes and ends many processes, threads, pipes and mappings in a guest, for leaks.t.  Each line
 * of input is a number: so many rounds of everything, ten processes in each; then the counters
 * of /proc/um are printed, and a line "end".
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static char *self;

static void reap(pid_t pid, int want)
{
	int status;

	if (pid < 0)
		err(1, "fork");
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != want)
		errx(1, "a child's status is %#x, not exit %d", (unsigned)status, want);
}

static void do_fork(int i)
{
	pid_t pid = fork();

	if (!pid)
		_exit(i & 0x3f);
	reap(pid, i & 0x3f);
}

static void do_exec(int i)
{
	char *argv[] = { self, "exit", NULL };
	pid_t pid = vfork();

	(void)i;
	if (!pid) {
		execv(self, argv);
		_exit(99);
	}
	reap(pid, 7);
}

/* Ended by a signal, in the midst of a call. */
static void do_kill(int i)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		for (;;)
			pause();
	if (i & 1)
		usleep(100);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "a killed child's status is %#x", (unsigned)status);
}

static void *thread(void *arg)
{
	return arg;
}

static void do_thread(int i)
{
	pthread_t id;
	void *value;

	if (pthread_create(&id, NULL, thread, (void *)(long)i) || pthread_join(id, &value))
		errx(1, "no thread");
	if (value != (void *)(long)i)
		errx(1, "a thread's value is wrong");
}

static void do_pipe(int i)
{
	int fd[2], got;

	if (pipe(fd) || write(fd[1], &i, sizeof(i)) != sizeof(i) ||
	    read(fd[0], &got, sizeof(got)) != sizeof(got) || got != i)
		err(1, "pipe");
	close(fd[0]);
	close(fd[1]);
}

static void do_descriptors(int i)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct itimerspec soon = { .it_value.tv_nsec = 1000 + i };
	int pair[2], epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
	int count = eventfd(1, 0);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || epoll < 0 || timer < 0 || count < 0)
		err(1, "descriptors");
	timerfd_settime(timer, 0, &soon, NULL);
	epoll_ctl(epoll, EPOLL_CTL_ADD, count, &event);
	if (epoll_wait(epoll, &event, 1, 1000) != 1)
		errx(1, "epoll");
	close(pair[0]);
	close(pair[1]);
	close(timer);
	close(count);
	close(epoll);
}

static void do_map(int i)
{
	size_t size = (size_t)(1 + i % 8) * 4096;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       (i & 1 ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	for (size_t at = 0; at < size; at += 4096)
		p[at] = (char)i;
	if (mprotect(p, 4096, PROT_READ) || munmap(p, size))
		err(1, "munmap");
}

static void do_file(int i)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/tmp/leak%d", i % 4);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, name, sizeof(name)) != sizeof(name) || close(fd) || unlink(name))
		err(1, "%s", name);
}

static void show_counters(void)
{
	static char text[8192];
	int fd = open("/proc/um/counters", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (n <= 0)
		err(1, "/proc/um/counters");
	close(fd);
	fwrite(text, 1, (size_t)n, stdout);
	puts("end");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct {
		void (*way)(int i);
		int times;
	} ways[] = {
		{ do_fork, 5 }, { do_exec, 4 }, { do_kill, 1 }, { do_thread, 2 }, { do_pipe, 5 },
		{ do_descriptors, 2 }, { do_map, 5 }, { do_file, 1 },
	};
	char line[64];
	int count;

	if (argc == 2 && !strcmp(argv[1], "exit"))
		return 7;
	if (argc != 1)
		errx(2, "usage: leaks");
	self = argv[0];
	while (fgets(line, sizeof(line), stdin)) {
		count = atoi(line);
		for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++)
			for (int i = 0; i < count * ways[w].times; i++)
				ways[w].way(i);
		show_counters();
	}
	return 0;
}
