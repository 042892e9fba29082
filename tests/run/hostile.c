/*
 * A guest that means harm, one way per word:
 *
 *	hostile WAY [SECONDS or SEED]
 *
 * Each ends by itself, saying "survived", unless the kernel is right to end it.  Nothing here
 * would be wrong on Linux: the guest may suffer, the kernel may not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void reap_all(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/* --- processes and threads */

/* In a group of its own, which is killed in the end: by one who is not in it. */
static int forks(int seconds)
{
	double end = now() + seconds;
	pid_t group = fork();

	if (group == 0) {
		setpgid(0, 0);
		for (;;)
			fork();
	}
	setpgid(group, group);
	while (now() < end)
		usleep(100000);
	for (int i = 0; i < 200; i++) {
		kill(-group, SIGKILL);
		usleep(1000);
	}
	reap_all();
	return 0;
}

static void *idle(void *arg)
{
	pause();
	return arg;
}

static int threads(int unused)
{
	pthread_attr_t attr;
	int n = 0;

	(void)unused;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 32768);
	for (; n < 100000; n++) {
		pthread_t thread;

		if (pthread_create(&thread, &attr, idle, NULL))
			break;
	}
	printf("threads: %d\n", n);
	return n > 50 ? 0 : 1;
}

static int execs(int count)
{
	char word[16];

	if (!count)
		return 0;
	snprintf(word, sizeof(word), "%d", count - 1);
	execl("/proc/self/exe", "hostile", "execs", word, NULL);
	return 1;
}

static int vforks(int count)
{
	for (volatile int i = 0; i < count; i++) {
		pid_t pid = vfork();

		if (pid == 0)
			_exit(0);
		if (pid < 0)
			return 1;
		waitpid(pid, NULL, 0);
	}
	return 0;
}

/* Zombies until no process can be made. */
static int zombies(int unused)
{
	int n = 0;
	pid_t pid;

	(void)unused;
	signal(SIGCHLD, SIG_DFL);
	while (n < 100000 && (pid = fork()) >= 0) {
		if (!pid)
			_exit(0);
		n++;
	}
	printf("zombies: %d\n", n);
	reap_all();
	return 0;
}

/* --- memory */

static int memory(int unused)
{
	size_t piece = 1 << 20;

	(void)unused;
	for (;;) {
		char *p = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		if (p == MAP_FAILED)
			return 3;
		memset(p, 1, piece);
	}
}

/* Shared memory, which no process's end gives back before the last. */
static int shared(int unused)
{
	(void)unused;
	for (int i = 0; i < 4; i++)
		if (!fork())
			return memory(0);
	reap_all();
	return 0;
}

static int mappings(int unused)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 0;
	char *base = mmap(NULL, page * 400000, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)unused;
	if (base == MAP_FAILED)
		return 0;
	for (; n < 200000; n++)
		if (mprotect(base + 2 * n * page, page, PROT_READ | PROT_WRITE))
			break;
	for (size_t i = 0; i < n; i += 7)
		base[2 * i * page] = 1;
	printf("mappings: %zu\n", n);
	return 0;
}

static int recurse(int depth)
{
	volatile char frame[4096];

	frame[0] = (char)depth;
	return depth < 0 ? 0 : recurse(depth + 1) + frame[0];
}

/* Ends with SIGSEGV. */
static int stack(int unused)
{
	return recurse(unused);
}

/* All of the address space is given back, the code that does so too. */
static int unmap_all(int unused)
{
	(void)unused;
	const uintptr_t end = sizeof(long) > 4 ? (uintptr_t)0x7ffffffff000ULL : 0xbffff000UL;

	for (uintptr_t step = ((end >> 7) + 4096) & -4096UL, at = 0; at < end; at += step)
		syscall(SYS_munmap, at ? at : 4096, step - (at ? 0 : 4096));
	return 0;
}

/* --- signals */

static volatile sig_atomic_t ticks;

static void tick(int sig)
{
	(void)sig;
	ticks++;
}

/* A timer that fires as often as it can, while arithmetic in registers must stay right. */
static int signals(int seconds)
{
	struct itimerval often = { { 0, 20 }, { 0, 20 } };
	double end = now() + seconds;
	unsigned long rounds = 0;

	signal(SIGALRM, tick);
	setitimer(ITIMER_REAL, &often, NULL);
	while (now() < end) {
		unsigned long a = rounds, b = 3, c = 5;
		double d = 1.5;

		for (int i = 0; i < 1000; i++) {
			a = a * 7 + b;
			b ^= a >> 3;
			c += b;
			d = d * 1.0001 + 0.5;
		}
		unsigned long a2 = rounds, b2 = 3, c2 = 5;
		double d2 = 1.5;

		for (int i = 0; i < 1000; i++) {
			a2 = a2 * 7 + b2;
			b2 ^= a2 >> 3;
			c2 += b2;
			d2 = d2 * 1.0001 + 0.5;
		}
		if (a != a2 || b != b2 || c != c2 || d != d2)
			return 1;
		if (getppid() < 0)
			return 1;
		rounds++;
	}
	return ticks ? 0 : 1;
}

static int killing(int seconds)
{
	double end = now() + seconds;

	while (now() < end) {
		pid_t pid = fork();

		if (pid == 0) {
			for (;;)
				syscall(rand() % 2 ? SYS_getpid : SYS_sched_yield);
		}
		usleep((useconds_t)(rand() % 2000));
		kill(pid, rand() % 2 ? SIGKILL : SIGSTOP);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return 0;
}

/* Handlers whose stack is nowhere, and frames that are nonsense. */
static int frames(int unused)
{
	(void)unused;
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			stack_t alt = { .ss_sp = (void *)(uintptr_t)(i * 4096), .ss_size = 65536 };
			struct sigaction act = { .sa_handler = tick, .sa_flags = SA_ONSTACK };

			sigaltstack(&alt, NULL);
			sigaction(SIGUSR1, &act, NULL);
			raise(SIGUSR1);
			syscall(SYS_rt_sigreturn);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return 0;
}

/* --- descriptors */

static int closed(int unused)
{
	(void)unused;
	int keep = fcntl(1, F_DUPFD, 500);

	for (int fd = 0; fd < 256; fd++)
		close(fd);
	if (read(0, &unused, 1) != -1 || errno != EBADF)
		return 1;
	dup2(keep, 1);
	return 0;
}

static int files(int unused)
{
	struct rlimit all = { 1 << 20, 1 << 20 };
	int n = 0, fd;

	(void)unused;
	if (setrlimit(RLIMIT_NOFILE, &all)) {
		getrlimit(RLIMIT_NOFILE, &all);
		all.rlim_cur = all.rlim_max;
		setrlimit(RLIMIT_NOFILE, &all);
	}
	while (n < 60000 && (fd = open("/proc/self/exe", O_RDONLY)) >= 0)
		n++;
	for (int i = 3; i < n + 3; i++)
		close(i);
	n = 0;
	while (n < 20000 && !pipe((int[2]){ 0, 0 }))
		n++;
	for (int i = 3; i < 2 * n + 3; i++)
		close(i);
	n = 0;
	while (n < 2000 && posix_openpt(O_RDWR) >= 0)
		n++;
	return 0;
}

/* Sockets in flight in each other. */
static int flight(int unused)
{
	(void)unused;
	for (int i = 0; i < 2000; i++) {
		int pair[2];
		char control[CMSG_SPACE(sizeof(pair))] = { 0 };
		struct iovec iov = { "x", 1 };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				      .msg_controllen = sizeof(control) };
		struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			return 1;
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(pair));
		memcpy(CMSG_DATA(cmsg), pair, sizeof(pair));
		if (sendmsg(pair[0], &msg, MSG_DONTWAIT) < 0)
			i = 2000;
		close(pair[0]);
		close(pair[1]);
	}
	return 0;
}

static int epolls(int unused)
{
	int last = epoll_create1(0);

	(void)unused;
	for (int i = 0; i < 500; i++) {
		struct epoll_event ev = { .events = EPOLLIN };
		int next = epoll_create1(0);

		if (next < 0 || epoll_ctl(next, EPOLL_CTL_ADD, last, &ev))
			break;
		epoll_ctl(last, EPOLL_CTL_ADD, next, &ev);
		epoll_wait(next, &ev, 1, 0);
		last = next;
	}
	return 0;
}

static int deep(int unused)
{
	(void)unused;
	int n = 0;

	if (mkdir("/tmp/deep", 0755) || chdir("/tmp/deep"))
		return 1;
	for (; n < 3000; n++)
		if (mkdir("d", 0755) || chdir("d"))
			break;
	char *cwd = getcwd(NULL, 0);

	printf("deep: %d %s\n", n, cwd ? "" : strerror(errno));
	for (; n >= 0; n--) {
		if (chdir("..") || rmdir("d"))
			break;
	}
	return 0;
}

static int cwd(int unused)
{
	char buf[100];

	(void)unused;
	if (mkdir("/tmp/gone", 0755) || chdir("/tmp/gone") || rmdir("/tmp/gone"))
		return 1;
	if (getcwd(buf, sizeof(buf)) || errno != ENOENT)
		return 2;
	if (mkdir("sub", 0755) != -1 || open("file", O_CREAT | O_RDWR, 0644) != -1)
		return 3;
	if (chdir("..") && errno != ENOENT)
		return 4;
	return chdir("/");
}

/* --- any call with any words */

static uint64_t seed;

static uint64_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static char scratch[16384] __attribute__((aligned(4096)));

static long any_word(void)
{
	static const long words[] = { 0, 1, 2, 3, -1, -2, 7, 8, 16, 64, 100, 255, 256, 4095, 4096,
				      4097, 65536, 0x7fffffff, 0x80000000L, 0xffffffffL,
				      (long)(1ULL << 47), (long)((1ULL << 47) - 4096),
				      (long)(1ULL << 63), -4096, -4095, (long)(1ULL << 32) };
	switch (any() % 5) {
	case 0:
		return (long)any();
	case 1:
		return (long)(uintptr_t)(scratch + any() % sizeof(scratch));
	case 2:
		return (long)(any() % 16);
	default:
		return words[any() % (sizeof(words) / sizeof(words[0]))];
	}
}

/* What would only end or stop the fuzzing, or the machine. */
static bool left_out(long nr)
{
	static const long list[] = {
		SYS_exit, SYS_exit_group, SYS_reboot, SYS_rt_sigreturn, SYS_kill, SYS_tkill,
		SYS_tgkill, SYS_rt_sigsuspend, SYS_clone, SYS_clone3, SYS_munmap, SYS_vhangup,
		SYS_rt_sigprocmask,
#ifdef SYS_fork
		SYS_fork, SYS_vfork, SYS_pause,
#endif
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (nr == list[i])
			return true;
	return false;
}

static void fuzz_child(unsigned calls)
{
	alarm(2);
	for (size_t i = 0; i < sizeof(scratch); i++)
		scratch[i] = any() % 3 ? 0 : (char)any();
	strcpy(scratch, "/tmp/x");
	strcpy(scratch + 64, "/proc/self/maps");
	for (unsigned i = 0; i < calls; i++) {
		long nr = (long)(any() % 460);

		if (!left_out(nr))
			syscall(nr, any_word(), any_word(), any_word(), any_word(), any_word(),
				any_word());
	}
	_exit(0);
}

static int fuzz(int start)
{
	seed = (uint64_t)start * 0x9e3779b97f4a7c15u + 1;
	for (int round = 0; round < 60; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			setpgid(0, 0);
			seed += (uint64_t)round * 7919;
			for (int i = 0; i < 8; i++)
				any();
			fuzz_child(300);
		}
		if (pid < 0)
			return 1;
		/* It may have stopped itself, or blocked its alarm. */
		for (int ms = 0; waitpid(pid, NULL, WNOHANG) == 0; ms += 10) {
			if (ms >= 4000) {
				kill(pid, SIGKILL);
				waitpid(pid, NULL, 0);
				break;
			}
			usleep(10000);
		}
		kill(-pid, SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 0;
}

static const struct way {
	const char *name;
	int (*run)(int number);
	int number;
} ways[] = {
	{ "forks", forks, 3 },	     { "threads", threads, 0 },	  { "execs", execs, 200 },
	{ "vforks", vforks, 500 },   { "zombies", zombies, 0 },	  { "memory", memory, 0 },
	{ "shared", shared, 0 },     { "mappings", mappings, 0 }, { "stack", stack, 0 },
	{ "unmap", unmap_all, 0 },   { "signals", signals, 2 },	  { "killing", killing, 2 },
	{ "frames", frames, 0 },     { "closed", closed, 0 },	  { "files", files, 0 },
	{ "flight", flight, 0 },     { "epolls", epolls, 0 },	  { "deep", deep, 0 },
	{ "cwd", cwd, 0 },	     { "fuzz", fuzz, 1 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		int status;

		if (strcmp(argv[1], ways[i].name))
			continue;
		status = ways[i].run(argc > 2 ? atoi(argv[2]) : ways[i].number);
		if (!status)
			printf("survived\n");
		return status;
	}
	fprintf(stderr, "usage: hostile WAY [NUMBER]\n");
	return 2;
}
