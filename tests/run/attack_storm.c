/*
 * Others make the kernel work without pause; does it still see to us?
 *
 *	attack_storm PROCESSES [calls]
 *
 * The processes each get a signal whose timer never rests, and make calls too.  Meanwhile we
 * sleep a hundred times for 5 ms: prints the longest time that one took, in ms, and "survived".
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLEEPS = 100, MOST = 32 };

static volatile long signals;

static void count(int sig)
{
	(void)sig;
	signals++;
}

static void storm(int calls)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	struct itimerspec always = { { 0, 1 }, { 0, 1 } };
	timer_t timer;

	signal(SIGRTMIN, count);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &always, NULL))
		_exit(1);
	for (;;)
		if (calls)
			syscall(SYS_getppid);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;
	double longest = 0, last;
	pid_t kids[MOST];

	if (n < 1 || n > MOST)
		return 2;
	for (int i = 0; i < n; i++) {
		kids[i] = fork();
		if (!kids[i])
			storm(argc > 2);
	}
	last = now_ms();
	for (int i = 0; i < SLEEPS; i++) {
		double t;

		usleep(5000);
		t = now_ms();
		if (t - last > longest)
			longest = t - last;
		last = t;
	}
	for (int i = 0; i < n; i++) {
		kill(kids[i], SIGKILL);
		waitpid(kids[i], NULL, 0);
	}
	printf("longest %.0f\nsurvived\n", longest);
	return 0;
}
