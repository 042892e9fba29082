/*
 * Interval timers and alarms, and POSIX timers with each way to notify:
 * one-shot, periodic, absolute, disarmed, overrun, and their errors.
 */
#include "child.h"

#include <pthread.h>
#include <sys/time.h>

#define MS 1000000L

static atomic_int count, last_tid;
static volatile int last_value, last_overrun;

static void tick(int sig)
{
	(void)sig;
	count++;
}

static void record(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	last_value = info->si_value.sival_int;
	last_overrun = info->si_overrun;
	last_tid = syscall(SYS_gettid);
	count++;
}

static struct itimerval real_ms(long interval, long value)
{
	return (struct itimerval){ { interval / 1000, interval % 1000 * 1000 },
				   { value / 1000, value % 1000 * 1000 } };
}

static struct itimerspec spec_ms(long interval, long value)
{
	return (struct itimerspec){ { interval / 1000, interval % 1000 * MS },
				    { value / 1000, value % 1000 * MS } };
}

static void burn_until(atomic_int *flag, int least)
{
	while (*flag < least)
		for (volatile int i = 0; i < 5000; i++)
			;
}

static void one_shot(void)
{
	struct itimerval it = real_ms(0, 30), now;
	long long begin = abi_now_ms();

	on_signal(SIGALRM, tick, 0);
	OK(setitimer(ITIMER_REAL, &it, NULL));
	OK(getitimer(ITIMER_REAL, &now));
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_usec <= 30000);
	await(&count, 1);
	CHECK(abi_now_ms() - begin >= 28);
	OK(getitimer(ITIMER_REAL, &now));
	EQ(now.it_value.tv_sec + now.it_value.tv_usec, 0);
	abi_sleep_ms(70);
	EQ(count, 1);
}

static void periodic(void)
{
	struct itimerval it = real_ms(10, 10), off = real_ms(0, 0), old;
	long long begin = abi_now_ms();

	on_signal(SIGALRM, tick, 0);
	OK(setitimer(ITIMER_REAL, &it, NULL));
	await(&count, 5);
	CHECK(abi_now_ms() - begin >= 45);
	OK(setitimer(ITIMER_REAL, &off, &old));
	EQ(old.it_interval.tv_usec, 10000);
	CHECK(old.it_value.tv_usec <= 10000);
	int before = count;

	abi_sleep_ms(40);
	EQ(count, before);
}

static void alarms(void)
{
	struct itimerval it;

	EQ(alarm(0), 0);
	EQ(alarm(100), 0);
	OK(getitimer(ITIMER_REAL, &it));
	CHECK(it.it_value.tv_sec >= 90 && it.it_value.tv_sec <= 100);
	EQ(it.it_interval.tv_sec, 0);
	unsigned int left = alarm(50);

	CHECK(left >= 90 && left <= 100);
	/* Less than a second left counts as one. */
	it = real_ms(0, 400);
	OK(setitimer(ITIMER_REAL, &it, NULL));
	EQ(alarm(0), 1);
	OK(getitimer(ITIMER_REAL, &it));
	EQ(it.it_value.tv_sec + it.it_value.tv_usec, 0);
}

static void alarm_kills(void)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		struct itimerval it = real_ms(0, 10);

		OK(setitimer(ITIMER_REAL, &it, NULL));
		for (;;)
			pause();
	}
	EQ(abi_wait(pid), SIGALRM);
}

static void cpu_timers(void)
{
	static const int which[] = { ITIMER_VIRTUAL, ITIMER_PROF };
	static const int sigs[] = { SIGVTALRM, SIGPROF };
	struct itimerval it, off = real_ms(0, 0);

	for (int i = 0; i < 2; i++) {
		on_signal(sigs[i], tick, 0);
		count = 0;
		it = real_ms(10, 20);
		OK(setitimer(which[i], &it, NULL));
		/* Sleep does not make them run. */
		abi_sleep_ms(60);
		EQ(count, 0);
		OK(getitimer(which[i], &it));
		CHECK(it.it_value.tv_sec == 0 && it.it_value.tv_usec > 0);
		burn_until(&count, 2);
		OK(setitimer(which[i], &off, &it));
		CHECK(it.it_interval.tv_usec >= 10000);
	}
}

static void itimer_errors(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 1000000 } };
	void *bad = bad_ptr();

	FAILS(EINVAL, setitimer(ITIMER_REAL, &it, NULL));
	it.it_value.tv_usec = -1;
	FAILS(EINVAL, setitimer(ITIMER_REAL, &it, NULL));
	it = (struct itimerval){ { 0, 1000000 }, { 0, 0 } };
	FAILS(EINVAL, setitimer(ITIMER_REAL, &it, NULL));
	it = (struct itimerval){ { 0, 0 }, { -1, 0 } };
	FAILS(EINVAL, setitimer(ITIMER_REAL, &it, NULL));
	it.it_value.tv_sec = 0;
	FAILS(EINVAL, setitimer(3, &it, NULL));
	FAILS(EINVAL, getitimer(3, &it));
	FAILS(EINVAL, getitimer(-1, &it));
	FAILS(EFAULT, syscall(SYS_setitimer, ITIMER_REAL, bad, NULL));
	FAILS(EFAULT, syscall(SYS_setitimer, ITIMER_REAL, &it, bad));
	FAILS(EFAULT, syscall(SYS_getitimer, ITIMER_REAL, bad));
}

static timer_t make_timer(clockid_t clock, int notify, int sig, int value)
{
	struct sigevent event = { .sigev_notify = notify,
				  .sigev_signo = sig,
				  .sigev_value.sival_int = value };
	timer_t timer;

	OK(timer_create(clock, &event, &timer));
	return timer;
}

static void posix_signal(void)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };

	on_siginfo(SIGUSR1, record, 0);
	for (int i = 0; i < 3; i++) {
		timer_t timer = make_timer(clocks[i], SIGEV_SIGNAL, SIGUSR1, 100 + i);
		struct itimerspec it = spec_ms(0, 20), now;
		long long begin = abi_now_ms();

		count = 0;
		OK(timer_gettime(timer, &now));
		EQ(now.it_value.tv_sec + now.it_value.tv_nsec, 0);
		OK(timer_settime(timer, 0, &it, NULL));
		await(&count, 1);
		CHECK(abi_now_ms() - begin >= 18);
		EQ(last_value, 100 + i);
		OK(timer_gettime(timer, &now));
		EQ(now.it_value.tv_sec + now.it_value.tv_nsec, 0);
		OK(timer_delete(timer));
		FAILS(EINVAL, syscall(SYS_timer_gettime, 9999, &now));
	}
}

static void posix_periodic(void)
{
	timer_t timer = make_timer(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 5);
	struct itimerspec it = spec_ms(10, 20), now, off = spec_ms(0, 0);

	on_siginfo(SIGUSR1, record, 0);
	OK(timer_settime(timer, 0, &it, NULL));
	OK(timer_gettime(timer, &now));
	EQ(now.it_interval.tv_nsec, 10 * MS);
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_nsec > 0);
	await(&count, 4);
	OK(timer_settime(timer, 0, &off, &now));
	EQ(now.it_interval.tv_nsec, 10 * MS);
	int before = count;

	abi_sleep_ms(40);
	EQ(count, before);
	OK(timer_delete(timer));
}

/* No sigevent: SIGALRM, with the timer's own id as its value. */
static void default_event(void)
{
	struct itimerspec it = spec_ms(0, 5);
	int timer = -1;

	on_siginfo(SIGALRM, record, 0);
	OK(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer));
	last_value = -1;
	OK(syscall(SYS_timer_settime, timer, 0, &it, NULL));
	await(&count, 1);
	EQ(last_value, timer);
	OK(syscall(SYS_timer_delete, timer));
	FAILS(EINVAL, syscall(SYS_timer_delete, timer));
}

static void absolute(void)
{
	timer_t timer = make_timer(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 5);
	struct itimerspec it = { 0 }, now;

	on_siginfo(SIGUSR1, record, 0);
	OK(clock_gettime(CLOCK_MONOTONIC, &it.it_value));
	it.it_value.tv_sec += 100;
	OK(timer_settime(timer, TIMER_ABSTIME, &it, NULL));
	OK(timer_gettime(timer, &now));
	CHECK(now.it_value.tv_sec >= 60 && now.it_value.tv_sec <= 100);
	EQ(count, 0);
	/* In the past: at once. */
	it.it_value.tv_sec = 0;
	it.it_value.tv_nsec = 1;
	OK(timer_settime(timer, TIMER_ABSTIME, &it, NULL));
	await(&count, 1);
	OK(timer_delete(timer));
}

static void overrun(void)
{
	timer_t timer = make_timer(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 9);
	struct itimerspec it = spec_ms(5, 5);
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	OK(timer_settime(timer, 0, &it, NULL));
	abi_sleep_ms(60);
	EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	EQ(info.si_code, SI_TIMER);
	CHECK(info.si_overrun >= 5);
	EQ(timer_getoverrun(timer), info.si_overrun);
	/* One signal stood for all those periods. */
	sigset_t pending;
	int missed = info.si_overrun;

	it = spec_ms(0, 0);
	OK(timer_settime(timer, 0, &it, NULL));
	OK(sigpending(&pending));
	if (sigismember(&pending, SIGRTMIN))
		EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK(missed < 100000);
	OK(timer_delete(timer));
}

static void silent(void)
{
	timer_t timer = make_timer(CLOCK_MONOTONIC, SIGEV_NONE, SIGUSR1, 1);
	struct itimerspec it = spec_ms(0, 15), now;

	on_signal(SIGUSR1, tick, 0);
	OK(timer_settime(timer, 0, &it, NULL));
	OK(timer_gettime(timer, &now));
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_nsec <= 15 * MS);
	abi_sleep_ms(40);
	OK(timer_gettime(timer, &now));
	EQ(now.it_value.tv_sec + now.it_value.tv_nsec, 0);
	EQ(timer_getoverrun(timer), 0);
	EQ(count, 0);
	OK(timer_delete(timer));
}

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static void *own_timer(void *arg)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	struct itimerspec it = spec_ms(0, 5);
	timer_t timer;

	(void)arg;
	event.sigev_notify_thread_id = syscall(SYS_gettid);
	OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	OK(timer_settime(timer, 0, &it, NULL));
	await(&count, 1);
	EQ(last_tid, syscall(SYS_gettid));
	OK(timer_delete(timer));
	return NULL;
}

static void to_thread(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	pthread_t thread;
	timer_t timer;

	on_siginfo(SIGUSR1, record, 0);
	EQ(pthread_create(&thread, NULL, own_timer, NULL), 0);
	EQ(pthread_join(thread, NULL), 0);
	event.sigev_notify_thread_id = getppid();
	FAILS(EINVAL, timer_create(CLOCK_MONOTONIC, &event, &timer));
}

static void cpu_clock_timer(void)
{
	timer_t timer = make_timer(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR1, 3);
	timer_t thread = make_timer(CLOCK_THREAD_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR2, 3);
	struct itimerspec it = spec_ms(0, 20);

	on_signal(SIGUSR1, tick, 0);
	OK(timer_settime(timer, 0, &it, NULL));
	abi_sleep_ms(60);
	EQ(count, 0);
	burn_until(&count, 1);
	count = 0;
	on_signal(SIGUSR2, tick, 0);
	OK(timer_settime(thread, 0, &it, NULL));
	burn_until(&count, 1);
	OK(timer_delete(timer));
	OK(timer_delete(thread));
}

static void settime_errors(void)
{
	timer_t timer = make_timer(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 3);
	struct itimerspec it = { { 0, 0 }, { 0, 1000000000 } };
	void *bad = bad_ptr();
	int id;

	FAILS(EINVAL, timer_settime(timer, 0, &it, NULL));
	it.it_value.tv_nsec = -1;
	FAILS(EINVAL, timer_settime(timer, 0, &it, NULL));
	it = (struct itimerspec){ { 0, 0 }, { -1, 0 } };
	FAILS(EINVAL, timer_settime(timer, 0, &it, NULL));
	OK(timer_delete(timer));
	OK(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id));
	FAILS(EINVAL, syscall(SYS_timer_settime, id, 0, NULL, NULL));
	FAILS(EFAULT, syscall(SYS_timer_settime, id, 0, bad, NULL));
	FAILS(EFAULT, syscall(SYS_timer_gettime, id, bad));
	OK(syscall(SYS_timer_delete, id));
	FAILS(EINVAL, syscall(SYS_timer_settime, id, 0, &it, NULL));
	FAILS(EINVAL, syscall(SYS_timer_gettime, id, &it));
	FAILS(EINVAL, syscall(SYS_timer_getoverrun, id));
	FAILS(EINVAL, syscall(SYS_timer_delete, id));
	FAILS(EINVAL, syscall(SYS_timer_delete, -1));
}

static void create_errors(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
	int id;

	FAILS(EINVAL, syscall(SYS_timer_create, 99, NULL, &id));
	FAILS(EINVAL, syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
	event.sigev_signo = 0;
	FAILS(EINVAL, syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
	event.sigev_signo = SIGUSR1;
	event.sigev_notify = 77;
	FAILS(EINVAL, syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
	FAILS(EFAULT, syscall(SYS_timer_create, CLOCK_MONOTONIC, bad_ptr(), &id));
	FAILS(EFAULT, syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, bad_ptr()));
	FAILS(ENOTSUP, syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id));
	FAILS(ENOTSUP, syscall(SYS_timer_create, CLOCK_REALTIME_COARSE, NULL, &id));
}

static void delete_stops(void)
{
	timer_t timer = make_timer(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 3);
	struct itimerspec it = spec_ms(10, 30);

	on_signal(SIGUSR1, tick, 0);
	OK(timer_settime(timer, 0, &it, NULL));
	OK(timer_delete(timer));
	int before = count;

	abi_sleep_ms(70);
	EQ(count, before);
}

static void many_timers(void)
{
	enum { MANY = 40 };
	timer_t timers[MANY];
	siginfo_t info;
	sigset_t set;
	uint64_t seen = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	for (int i = 0; i < MANY; i++) {
		struct itimerspec it = spec_ms(0, 40 - i);

		timers[i] = make_timer(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN + 1, i);
		OK(timer_settime(timers[i], 0, &it, NULL));
	}
	for (int i = 0; i < MANY; i++) {
		EQ(sigwaitinfo(&set, &info), SIGRTMIN + 1);
		seen |= 1ULL << info.si_value.sival_int;
	}
	CHECK(seen == (1ULL << MANY) - 1);
	for (int i = 0; i < MANY; i++)
		OK(timer_delete(timers[i]));
}

static void not_inherited(void)
{
	struct itimerspec now;
	int id;

	OK(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id));
	pid_t pid = OK(fork());

	if (pid == 0) {
		FAILS(EINVAL, syscall(SYS_timer_gettime, id, &now));
		_exit(0);
	}
	child_join(pid);
	OK(syscall(SYS_timer_gettime, id, &now));
}

static const struct abi_row rows[] = {
	{ one_shot, "ITIMER_REAL once" },
	{ periodic, "ITIMER_REAL again and again, until disarmed" },
	{ alarms, "alarm and what it says was left" },
	{ alarm_kills, "SIGALRM kills by default" },
	{ cpu_timers, "ITIMER_VIRTUAL and ITIMER_PROF run with CPU time" },
	{ itimer_errors, "setitimer and getitimer errors" },
	{ posix_signal, "a POSIX timer on three clocks" },
	{ posix_periodic, "a periodic POSIX timer" },
	{ default_event, "a POSIX timer without sigevent" },
	{ absolute, "an absolute POSIX timer, also in the past" },
	{ overrun, "overrun of a blocked signal" },
	{ silent, "SIGEV_NONE only counts down" },
	{ to_thread, "SIGEV_THREAD_ID" },
	{ cpu_clock_timer, "POSIX timers on CPU clocks" },
	{ settime_errors, "errors of a timer's calls" },
	{ create_errors, "timer_create errors" },
	{ delete_stops, "a deleted timer stays quiet" },
	{ many_timers, "forty timers at once" },
	{ not_inherited, "a child has none of its parent's timers" },
};

ABI_MAIN(rows)
