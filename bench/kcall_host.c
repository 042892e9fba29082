/*
 * kcall, the host's half: a root for the guest, the same calls made natively, and the output.
 *
 * um runs in a child of its own, so that the root can be removed afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kcall.h"

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

static char root[] = "/tmp/um-kcall.XXXXXX";
/* What um makes in an empty root for its own mounts is removed with the rest. */
static const char *const dirs[] = { "usr", "usr/share", "usr/share/doc", "dev", "proc", "sys",
				    "tmp" };
static const char *const files[] = { "init", KCALL_FILE };
#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

static void die(const char *what)
{
	fprintf(stderr, "kcall: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- the calls, made by this process */

static char memory[KCALL_MEM] __attribute__((aligned(4096)));

static long host_call(long nr, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return syscall(nr, a, b, c, d);
}

static void host_put(unsigned long to, const void *from, unsigned long n)
{
	memcpy((void *)to, from, n);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void host_take_signal(void)
{
	sigset_t set;

	signal(SIGUSR2, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void host_signal_return(void)
{
}

struct kcall_way kcall_host = {
	.call = host_call,
	.put = host_put,
	.mem = 0,
	.take_signal = host_take_signal,
	.signal_return = host_signal_return,
};

unsigned long kcall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000UL + ts.tv_nsec;
}

void kcall_print(const char *name, double kernel_ns, double host_ns)
{
	if (host_ns > 0)
		printf("%-24s %10.0f %10.0f %8.2f\n", name, kernel_ns, host_ns,
		       kernel_ns / host_ns);
	else
		printf("%-24s %10.0f %10s %8s\n", name, kernel_ns, "-", "-");
	fflush(stdout);
}

/* --- the root */

static void copy_program(const char *from)
{
	char buf[65536];
	int in = open(from, O_RDONLY), out = creat("init", 0755);
	ssize_t n;

	if (in < 0 || out < 0)
		die(from);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			die("init");
	close(in);
	close(out);
}

static void make_root(const char *program)
{
	char path[PATH_MAX];
	int fd;

	if (!realpath(program, path))
		die(program);
	if (!mkdtemp(root) || chdir(root))
		die(root);
	for (int i = 0; i < COUNT(dirs); i++)
		if (mkdir(dirs[i], 0755))
			die(dirs[i]);
	copy_program(path);
	fd = creat(KCALL_FILE, 0644);
	if (fd < 0 || write(fd, memory, 4096) != 4096)
		die(KCALL_FILE);
	close(fd);
}

static void remove_root(void)
{
	for (int i = 0; i < COUNT(files); i++)
		unlink(files[i]);
	for (int i = COUNT(dirs) - 1; i >= 0; i--)
		rmdir(dirs[i]);
	rmdir(root);
}

const char *kcall_only;

/* usage: kcall [-r TEXT] PROGRAM [SWITCH]...: -r: only rows with TEXT in their names; PROGRAM is
 * any static one; the switches are um's. */
int __wrap_main(int argc, char **argv)
{
	char rootarg[sizeof(root) + 8], init[] = "init=/init", con[] = "con=null";
	/* The native calls are made by the same process. */
	char noconfine[] = "noconfine";
	char *args[32] = { (char *)"kcall", rootarg, init, con, noconfine };
	int n = 5, status;
	pid_t pid;

	if (argc > 2 && !strcmp(argv[1], "-r")) {
		kcall_only = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 2) {
		fprintf(stderr, "usage: kcall [-r TEXT] PROGRAM [SWITCH]...\n");
		return 1;
	}
	make_root(argv[1]);
	for (int i = 2; i < argc && n < COUNT(args) - 1; i++)
		args[n++] = argv[i];
	snprintf(rootarg, sizeof(rootarg), "root=%s", root);
	kcall_host.mem = (unsigned long)memory;
	printf("%-24s %10s %10s %8s\n", "", "K, ns", "native, ns", "ratio");
	fflush(stdout);
	pid = fork();
	if (!pid)
		return __real_main(n, args);
	waitpid(pid, &status, 0);
	remove_root();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
