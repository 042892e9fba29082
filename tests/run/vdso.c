/*
 * What programs get from the vDSO, for vdso.t:
 *
 *	vdso there		"yes" or "no": does the auxiliary vector name one
 *	vdso calls		asks the C library for the time, often and in all ways
 *	vdso host		calls what the data page names, the host's function
 *	vdso set		sets the clock, which all must see at once: "ok", or what was wrong
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int there(void)
{
	puts(getauxval(AT_SYSINFO_EHDR) ? "yes" : "no");
	return 0;
}

static int calls(void)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME,
					    CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE };
	struct timespec ts;
	struct timeval tv;

	for (int n = 0; n < 1000; n++) {
		for (unsigned i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
			clock_gettime(clocks[i], &ts);
			clock_getres(clocks[i], &ts);
		}
		gettimeofday(&tv, NULL);
		time(NULL);
	}
	return 0;
}

/* The second word of the page before the image (struct vvar) is the function's address.  It knows
 * the host's monotonic clock; for a clock that it leaves to its kernel it must get no answer, lest
 * the caller take a guest's time for the host's. */
static int host(void)
{
	const unsigned long *vvar = (void *)(getauxval(AT_SYSINFO_EHDR) - getpagesize());
	int (*host_gettime)(clockid_t, struct timespec *) = (void *)vvar[1];
	struct timespec host_time, time;

	if (!host_gettime || host_gettime(CLOCK_MONOTONIC, &host_time) ||
	    clock_gettime(CLOCK_MONOTONIC, &time) || host_time.tv_sec < time.tv_sec)
		puts("its time is wrong");
	else if (host_gettime(CLOCK_PROCESS_CPUTIME_ID, &host_time) != -ENOSYS)
		puts("its system call has been made");
	else
		puts("ok");
	return 0;
}

enum { OLD = 1000000000, NEW = 1500000000, SLACK = 60 };	/* seconds */
static atomic_bool stop;
static const char *wrong;

static bool near(time_t now, time_t then)
{
	return now >= then && now < then + SLACK;
}

/* Sees nothing but the two times between which the clock jumps, whole. */
static void *watch(void *arg)
{
	struct timespec now;

	(void)arg;
	while (!stop) {
		clock_gettime(CLOCK_REALTIME, &now);
		if (!near(now.tv_sec, OLD) && !near(now.tv_sec, NEW))
			wrong = "a thread saw neither time";
	}
	return NULL;
}

static const char *check(time_t then)
{
	struct timespec now;
	struct timeval tv;

	clock_gettime(CLOCK_REALTIME, &now);
	if (!near(now.tv_sec, then))
		return "clock_gettime";
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (!near(now.tv_sec, then))
		return "the coarse clock";
	gettimeofday(&tv, NULL);
	if (!near(tv.tv_sec, then))
		return "gettimeofday";
	return near(time(NULL), then) ? NULL : "time";
}

/* Another process looks each time it is told to. */
static void child(int from, int to)
{
	const char *problem;
	time_t then;

	while (read(from, &then, sizeof(then)) == sizeof(then)) {
		problem = check(then);
		if (write(to, &problem, sizeof(problem)) != sizeof(problem))
			_exit(1);
	}
	_exit(0);
}

static int set(void)
{
	struct timespec ts = { OLD, 0 }, before, after;
	int down[2], up[2];
	pthread_t thread;
	pid_t pid;

	if (clock_settime(CLOCK_REALTIME, &ts) || pipe(down) || pipe(up))
		return 1;
	pid = fork();
	if (!pid) {
		close(down[1]);
		child(down[0], up[1]);
	}
	pthread_create(&thread, NULL, watch, NULL);
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int i = 0; i < 400 && !wrong; i++) {
		time_t then = i & 1 ? OLD : NEW;
		const char *problem = NULL;

		ts = (struct timespec){ then, 999999999 - i };
		if (clock_settime(CLOCK_REALTIME, &ts))
			return 1;
		wrong = check(then);
		if (write(down[1], &then, sizeof(then)) < 0 ||
		    read(up[0], &problem, sizeof(problem)) < 0)
			return 1;
		if (problem)
			wrong = problem;
		clock_gettime(CLOCK_MONOTONIC, &after);
		if (after.tv_sec < before.tv_sec || after.tv_sec > before.tv_sec + SLACK)
			wrong = "the monotonic clock jumped";
	}
	stop = true;
	pthread_join(thread, NULL);
	close(down[1]);
	waitpid(pid, NULL, 0);
	puts(wrong ? wrong : "ok");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "there"))
		return there();
	if (!strcmp(what, "calls"))
		return calls();
	if (!strcmp(what, "host"))
		return host();
	if (!strcmp(what, "set"))
		return set();
	return 2;
}
