/*
 * Floating point: registers and rounding mode are a thread's own, whatever interrupts it.
 *
 * What is computed is compared with the same computation made before anything could interrupt it,
 * bit by bit.  It keeps more values alive than fit into the registers that a called function saves.
 */
#include "abi.h"

#include <fenv.h>
#include <pthread.h>
#include <sys/time.h>

enum { VALUES = 16, ROUNDS = 20000, REPEATS = 40, THREADS = 4 };

struct values {
	double v[VALUES];
};

/* Some hundred thousand dependent operations; no two starts end alike. */
static __attribute__((noinline)) struct values compute(double start)
{
	struct values x;

	for (int i = 0; i < VALUES; i++)
		x.v[i] = start + i;
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < VALUES; i++)
			x.v[i] = x.v[i] * 0.9999 + x.v[(i + 1) % VALUES] / (3.0 + i);
	return x;
}

static bool same(struct values a, struct values b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static volatile sig_atomic_t signals;
static volatile double scratch;

/* A handler that uses every register that compute() uses. */
static void spoil(int sig)
{
	double a = sig, b = 1, c = 2, d = 3;

	for (int i = 0; i < 50; i++) {
		a += b * c;
		b -= d / 7;
		c += a * 0.5;
		d -= b;
	}
	scratch = a + b + c + d;
	signals++;
}

static void start_timer(void)
{
	/* Far enough apart that the slowest way of delivering one leaves time to compute in. */
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction act = { .sa_handler = spoil, .sa_flags = SA_RESTART };

	OK(sigaction(SIGALRM, &act, NULL));
	OK(setitimer(ITIMER_REAL, &every, NULL));
}

static void signals_interrupt(void)
{
	struct values want = compute(1.5);
	long long end = abi_now_ms() + 10000;

	start_timer();
	for (int i = 0; i < REPEATS || (signals < 5 && abi_now_ms() < end); i++)
		CHECK(same(compute(1.5), want));
	CHECK(signals >= 5);
}

static void calls_in_between(void)
{
	volatile double one = 1;
	double a = one / 3, b = one / 7, c = one / 11, d = one / 13;
	double e = one / 17, f = one / 19, g = one / 23, h = one / 29;

	for (int i = 0; i < 1000; i++)
		syscall(SYS_getppid);
	CHECK(a == one / 3 && b == one / 7 && c == one / 11 && d == one / 13);
	CHECK(e == one / 17 && f == one / 19 && g == one / 23 && h == one / 29);
}

/* What every thread must come to, and what it is reached from. */
static const double common_start = 2.5;
static struct values expected;

static void *thread_computes(void *arg)
{
	for (int i = 0; i < REPEATS / THREADS; i++) {
		if (!same(compute(common_start), expected))
			return NULL;
		sched_yield();
	}
	return arg;
}

static void threads_at_once(void)
{
	pthread_t thread[THREADS];
	void *end;

	expected = compute(common_start);
	start_timer();
	for (int i = 0; i < THREADS; i++)
		EQ(pthread_create(&thread[i], NULL, thread_computes, &expected), 0);
	for (int i = 0; i < THREADS; i++) {
		EQ(pthread_join(thread[i], &end), 0);
		CHECK(end == &expected);
	}
}

static double third(int mode)
{
	volatile double one = 1, three = 3;

	OK(fesetround(mode));
	return one / three;
}

static void mode_through_calls(void)
{
	double down = third(FE_DOWNWARD), up = third(FE_UPWARD);

	CHECK(down < up);
	syscall(SYS_getppid);
	abi_sleep_ms(5);
	EQ(fegetround(), FE_UPWARD);
}

static void mode_through_fork(void)
{
	OK(fesetround(FE_TOWARDZERO));
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(fegetround() == FE_TOWARDZERO ? 0 : 1);
	EQ(abi_wait(pid), 0);
	EQ(fegetround(), FE_TOWARDZERO);
}

static void change_mode(int sig)
{
	(void)sig;
	fesetround(FE_DOWNWARD);
}

static void mode_through_handler(void)
{
	struct sigaction act = { .sa_handler = change_mode };

	OK(sigaction(SIGUSR1, &act, NULL));
	OK(fesetround(FE_UPWARD));
	OK(raise(SIGUSR1));
	EQ(fegetround(), FE_UPWARD);
}

static void *thread_mode(void *arg)
{
	*(int *)arg = fegetround();
	fesetround(FE_DOWNWARD);
	abi_sleep_ms(5);
	return fegetround() == FE_DOWNWARD ? arg : NULL;
}

static void mode_of_threads(void)
{
	pthread_t thread;
	int began = -1;
	void *end;

	OK(fesetround(FE_UPWARD));
	EQ(pthread_create(&thread, NULL, thread_mode, &began), 0);
	abi_sleep_ms(2);
	EQ(fegetround(), FE_UPWARD);
	EQ(pthread_join(thread, &end), 0);
	CHECK(end == &began);
	EQ(began, FE_UPWARD);
	EQ(fegetround(), FE_UPWARD);
}

static const struct abi_row rows[] = {
	{ signals_interrupt, "signals whose handlers compute too" },
	{ calls_in_between, "values across system calls" },
	{ threads_at_once, "threads that compute at once, and signals" },
	{ mode_through_calls, "the rounding mode across system calls" },
	{ mode_through_fork, "the rounding mode across fork" },
	{ mode_through_handler, "a handler's rounding mode is its own" },
	{ mode_of_threads, "the rounding mode of threads" },
};

ABI_MAIN(rows)
