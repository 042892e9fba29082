/*
 * What a system call costs: getppid, which does nothing,
 *
 *	bare	stopped by PTRACE_SYSEMU, its registers read and written, and gone on: what a ptrace
 *		gate must pay at the least
 *	um	in a guest of um, for each way of its ptrace gate
 *	native	on the host
 *
 * All on one CPU, in turns, so that what disturbs the machine disturbs all alike.  The guest's
 * part is this same program, static, as `/nullcall guest`: for each number that it reads it makes
 * so many calls, and writes the ns that one took.
 *
 * usage: nullcall [-c CPU] [-n CALLS] [-r ROUNDS] UM
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sysdep/ptrace_user.h"

enum { ROUNDS_MIN = 11, ROUNDS_MAX = 1001, NATIVE_FACTOR = 20 };
#define GOAL 1.3

static int cpu = -1, rounds = 15;
static long calls = 5000;
static const char *um;
static char root[] = "/tmp/um-bench.XXXXXX";
static int root_made;

/* One column of the table. */
struct subject {
	const char *name;
	const char *wanted;	/* what um must be told, or NULL: not a guest */
	long (*measure)(struct subject *self);	/* ns per call, times 1000; < 0: cannot */
	const char *why_not;
	FILE *to, *from;	/* a guest's standard input and output */
	pid_t pid;
	double ns[ROUNDS_MAX];
};

static long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void clean_up(void)
{
	char program[sizeof(root) + 16];

	if (!root_made)
		return;
	snprintf(program, sizeof(program), "%s/nullcall", root);
	unlink(program);
	/* What um made there for its own mounts. */
	for (const char *const *dir = (const char *const[]){ "dev", "proc", "sys", "tmp", NULL };
	     *dir; dir++) {
		snprintf(program, sizeof(program), "%s/%s", root, *dir);
		rmdir(program);
	}
	rmdir(root);
}

static void die(const char *fmt, ...)
{
	int err = errno;
	va_list args;

	fprintf(stderr, "nullcall: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "%s%s\n", err ? ": " : "", err ? strerror(err) : "");
	exit(1);
}

/* --- native, and inside the guest */

/* ns for one call, times 1000. */
static long time_calls(long n)
{
	long start = now_ns();

	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	return (now_ns() - start) * 1000 / n;
}

static long measure_native(struct subject *self)
{
	(void)self;
	return time_calls(calls * NATIVE_FACTOR);
}

static int guest_main(void)
{
	long n;

	while (scanf("%ld", &n) == 1) {
		printf("%ld\n", time_calls(n));
		fflush(stdout);
	}
	return 0;
}

/* --- bare ptrace */

#if defined(PTRACE_SYSEMU) || defined(PT_SYSEMU)

static void bare_child(void)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(1);
	kill(getpid(), SIGSTOP);
	for (;;)
		syscall(SYS_getppid);
}

static int bare_start(struct subject *self)
{
	int status;

	self->pid = fork();
	if (self->pid < 0)
		die("fork");
	if (self->pid == 0)
		bare_child();
	self->why_not = "the host does not let this program trace its child";
	if (waitpid(self->pid, &status, __WALL) != self->pid || !WIFSTOPPED(status)) {
		self->pid = -1;		/* reaped */
		return -1;
	}
	if (ptrace(PTRACE_SETOPTIONS, self->pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		return -1;
	self->why_not = NULL;
	return 0;
}

/* As K waits: for whichever child has news.  0 when it is `pid` that stopped. */
static int wait_any(pid_t pid)
{
	int status;
	pid_t got;

	do
		got = waitpid(-1, &status, __WALL);
	while (got > 0 && got != pid);	/* a um that ended: its pipe will say so */
	return got == pid && WIFSTOPPED(status) ? 0 : -1;
}

static long measure_bare(struct subject *self)
{
	struct sys_pt_regs regs;
	long start;

	if (!self->pid && bare_start(self))
		return -1;
	start = now_ns();
	for (long i = 0; i < calls; i++) {
		if (ptrace(PTRACE_SYSEMU, self->pid, 0, 0)) {
			self->why_not = "the host has no PTRACE_SYSEMU";
			return -1;
		}
		if (wait_any(self->pid) || ptrace_getregs(self->pid, &regs))
			die("the traced child");
		PT_SYSCALL_RET(regs.regs) = 1;
		PT_SYSCALL_NR(regs.regs) = -1UL;
		if (ptrace_setregs(self->pid, &regs))
			die("the traced child's registers");
	}
	return (now_ns() - start) * 1000 / calls;
}

#else

static long measure_bare(struct subject *self)
{
	self->why_not = "this C library has no PTRACE_SYSEMU for this CPU";
	return -1;
}

#endif

/* --- um */

static void copy_self(void)
{
	char path[sizeof(root) + 16], buf[65536];
	int from, to;
	ssize_t n;

	if (!mkdtemp(root))
		die("%s", root);
	root_made = 1;
	atexit(clean_up);
	snprintf(path, sizeof(path), "%s/nullcall", root);
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (from < 0 || to < 0)
		die("%s", path);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			die("%s", path);
	close(from);
	close(to);
}

static void guest_start(struct subject *self)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe");
	self->pid = fork();
	if (self->pid < 0)
		die("fork");
	if (self->pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(um, um, "run", "-q", "-k", self->wanted, root, "/nullcall", "guest", NULL);
		perror(um);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	self->to = fdopen(in[1], "w");
	self->from = fdopen(out[0], "r");
}

static long measure_um(struct subject *self)
{
	long result;

	if (!self->to)
		guest_start(self);
	if (fprintf(self->to, "%ld\n", calls) < 0 || fflush(self->to) ||
	    fscanf(self->from, "%ld", &result) != 1) {
		self->why_not = "um could not run its guest";
		return -1;
	}
	return result;
}

/* --- the table */

static struct subject subjects[] = {
	{ .name = "bare PTRACE_SYSEMU", .measure = measure_bare },
	{ .name = "um ptrace=sysemu", .wanted = "ptrace=sysemu", .measure = measure_um },
	{ .name = "um ptrace=seccomp", .wanted = "ptrace=seccomp", .measure = measure_um },
	{ .name = "um nosysemu", .wanted = "nosysemu", .measure = measure_um },
	{ .name = "native", .measure = measure_native },
};
enum { BARE, UM_SYSEMU, NR_SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const double *values)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, (size_t)rounds * sizeof(*sorted));
	qsort(sorted, (size_t)rounds, sizeof(*sorted), compare);
	return rounds % 2 ? sorted[rounds / 2] :
			    (sorted[rounds / 2 - 1] + sorted[rounds / 2]) / 2;
}

static double smallest(const double *values)
{
	double least = values[0];

	for (int i = 1; i < rounds; i++)
		if (values[i] < least)
			least = values[i];
	return least;
}

/* The median over the rounds of how many times as long as bare it took. */
static double ratio(const struct subject *s)
{
	double per_round[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++)
		per_round[i] = s->ns[i] / subjects[BARE].ns[i];
	return median(per_round);
}

static void print_row(const struct subject *s)
{
	if (s->why_not) {
		printf("%-20s %12s  (%s)\n", s->name, "-", s->why_not);
		return;
	}
	printf("%-20s %12.0f %12.0f", s->name, median(s->ns), smallest(s->ns));
	if (!subjects[BARE].why_not)
		printf(" %10.2f", ratio(s));
	printf("\n");
}

static void print_table(void)
{
	printf("null system call on CPU %d: %d rounds of %ld calls in turns\n\n", cpu, rounds,
	       calls);
	printf("%-20s %12s %12s %10s\n", "", "median ns", "least ns", "of bare");
	for (int i = 0; i < NR_SUBJECTS; i++)
		print_row(&subjects[i]);
	if (subjects[BARE].why_not || subjects[UM_SYSEMU].why_not)
		return;
	printf("\ngoal: um ptrace=sysemu at most %.2f of bare: %s\n", GOAL,
	       ratio(&subjects[UM_SYSEMU]) <= GOAL ? "met" : "missed");
}

static void run_round(int round)
{
	for (int i = 0; i < NR_SUBJECTS; i++) {
		struct subject *s = &subjects[i];
		long result = s->why_not ? -1 : s->measure(s);

		if (result >= 0 && round >= 0)
			s->ns[round] = (double)result / 1000;
	}
}

/* This process and all that it starts. */
static void pin(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		die("sched_getaffinity");
	for (int i = 0; cpu < 0 && i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			cpu = i;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPU %d", cpu);
}

static void parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:n:r:")) > 0) {
		if (option == 'c')
			cpu = atoi(optarg);
		else if (option == 'n')
			calls = atol(optarg);
		else if (option == 'r')
			rounds = atoi(optarg);
		else
			exit(2);
	}
	if (optind != argc - 1 || calls < 1 || rounds < ROUNDS_MIN || rounds > ROUNDS_MAX) {
		fprintf(stderr,
			"usage: nullcall [-c CPU] [-n CALLS] [-r ROUNDS] UM (at least %d rounds)\n",
			ROUNDS_MIN);
		exit(2);
	}
	um = argv[optind];
}

static void end_all(void)
{
	for (int i = 0; i < NR_SUBJECTS; i++) {
		struct subject *s = &subjects[i];

		if (s->to)
			fclose(s->to);	/* the guest's program ends, and um with it */
		else if (s->pid > 0)
			kill(s->pid, SIGKILL);
		if (s->pid > 0)
			waitpid(s->pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "guest"))
		return guest_main();
	parse(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	pin();
	copy_self();
	run_round(-1);	/* starts all, and warms the caches */
	for (int i = 0; i < rounds; i++)
		run_round(i);
	end_all();
	print_table();
	return 0;
}
