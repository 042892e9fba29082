/*
 * Clocks and sleeping: every clock's reading and resolution, setting refused,
 * nanosleep and clock_nanosleep relative and absolute, what remains after a
 * signal, CPU time that grows with work.
 */
#include "child.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>

#define MS 1000000L

static const clockid_t clocks[] = {
	CLOCK_REALTIME,		 CLOCK_MONOTONIC,     CLOCK_PROCESS_CPUTIME_ID,
	CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
	CLOCK_MONOTONIC_COARSE,	 CLOCK_BOOTTIME,      CLOCK_TAI,
};
enum { CLOCKS = sizeof(clocks) / sizeof(clocks[0]) };

static long long ns(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000LL + ts->tv_nsec;
}

static long long read_ns(clockid_t clock)
{
	struct timespec now;

	OK(clock_gettime(clock, &now));
	CHECK(now.tv_nsec >= 0 && now.tv_nsec < 1000000000);
	return ns(&now);
}

static void burn_ms(clockid_t clock, long ms)
{
	long long end = read_ns(clock) + (long long)ms * MS;

	/* More computing than asking: what a call takes a kernel may count in more than one place. */
	while (read_ns(clock) < end)
		for (volatile int i = 0; i < 50000; i++)
			;
}

static atomic_int count;

static void tick(int sig)
{
	(void)sig;
	count++;
}

/* Signals the caller every 10 ms, from 20 ms on, until it is killed. */
static pid_t pester(void)
{
	pid_t row = getpid(), pid = OK(fork());

	if (pid == 0) {
		abi_sleep_ms(20);
		for (;;) {
			kill(row, SIGUSR1);
			abi_sleep_ms(10);
		}
	}
	return pid;
}

static void all_clocks(void)
{
	struct timespec res;

	for (int i = 0; i < CLOCKS; i++) {
		long long first = read_ns(clocks[i]);

		for (int n = 0; n < 50; n++) {
			long long next = read_ns(clocks[i]);

			CHECK(next >= first || clocks[i] == CLOCK_REALTIME ||
			      clocks[i] == CLOCK_REALTIME_COARSE || clocks[i] == CLOCK_TAI);
			first = next;
		}
		OK(clock_getres(clocks[i], &res));
		CHECK(ns(&res) > 0 && ns(&res) <= 100 * MS);
		OK(clock_getres(clocks[i], NULL));
		OK(syscall(SYS_clock_getres, clocks[i], NULL));
	}
}

static void advances(void)
{
	static const clockid_t real[] = { CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW,
					  CLOCK_MONOTONIC_COARSE };
	long long before[4];

	for (int i = 0; i < 4; i++)
		before[i] = read_ns(real[i]);
	abi_sleep_ms(60);
	for (int i = 0; i < 4; i++)
		CHECK(read_ns(real[i]) - before[i] >= 40 * MS);
}

static void agree(void)
{
	struct timespec ts;
	struct timeval tv;

	OK(gettimeofday(&tv, NULL));
	OK(syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts));
	CHECK(ts.tv_sec - tv.tv_sec >= 0 && ts.tv_sec - tv.tv_sec < 10);
	CHECK(ts.tv_sec > 1000000000);
	CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	time_t now = time(NULL);

	CHECK(now - ts.tv_sec >= -1 && now - ts.tv_sec < 10);
	long long monotonic = read_ns(CLOCK_MONOTONIC);

	CHECK(read_ns(CLOCK_BOOTTIME) >= monotonic);
	long long coarse = read_ns(CLOCK_MONOTONIC_COARSE);

	CHECK(coarse <= read_ns(CLOCK_MONOTONIC));
}

/* The system call and the faster way libc may take, in turns. */
static void call_and_library(void)
{
	struct timespec ts;
	long long last = 0;

	for (int i = 0; i < 50; i++) {
		long long library = read_ns(CLOCK_MONOTONIC);

		OK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts));
		CHECK(library >= last);
		CHECK(ns(&ts) >= library);
		last = ns(&ts);
	}
}

static void read_errors(void)
{
	struct timespec ts;
	void *bad = bad_ptr();

	FAILS(EINVAL, clock_gettime(99, &ts));
	FAILS(EINVAL, clock_getres(99, &ts));
	FAILS(EINVAL, syscall(SYS_clock_getres, 99, NULL));
	FAILS(EFAULT, syscall(SYS_clock_gettime, CLOCK_REALTIME, bad));
	FAILS(EFAULT, syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, bad));
	FAILS(EFAULT, syscall(SYS_clock_getres, CLOCK_MONOTONIC, bad));
	FAILS(EFAULT, syscall(SYS_gettimeofday, bad, NULL));
	FAILS(EFAULT, syscall(SYS_gettimeofday, NULL, bad));
	EQ(syscall(SYS_gettimeofday, NULL, NULL), 0);
	FAILS(EFAULT, syscall(SYS_times, bad));
	FAILS(EFAULT, syscall(SYS_getrusage, RUSAGE_SELF, bad));
}

static void set_errors(void)
{
	struct timespec now = { 1700000000, 0 }, bad = { 1700000000, 1000000000 };
	struct timeval tv = { 1700000000, 1000000 };

	FAILS(EINVAL, clock_settime(CLOCK_MONOTONIC, &now));
	FAILS(EINVAL, clock_settime(CLOCK_BOOTTIME, &now));
	FAILS(EINVAL, clock_settime(99, &now));
	FAILS(EFAULT, syscall(SYS_clock_settime, CLOCK_REALTIME, bad_ptr()));
	FAILS(EINVAL, clock_settime(CLOCK_REALTIME, &bad));
	bad = (struct timespec){ -1, 0 };
	FAILS(EINVAL, clock_settime(CLOCK_REALTIME, &bad));
	FAILS(EINVAL, syscall(SYS_settimeofday, &tv, NULL));
	FAILS(EFAULT, syscall(SYS_settimeofday, bad_ptr(), NULL));
	/* The CPU clocks cannot be set by anybody. */
	CHECK(clock_settime(CLOCK_PROCESS_CPUTIME_ID, &now) == -1);
	drop_root();
	FAILS(EPERM, clock_settime(CLOCK_REALTIME, &now));
	tv.tv_usec = 0;
	FAILS(EPERM, syscall(SYS_settimeofday, &tv, NULL));
}

static void adjust(void)
{
	struct timex tx = { .modes = 0 };

	CHECK(adjtimex(&tx) >= 0);
	CHECK(tx.tick >= 900000 / sysconf(_SC_CLK_TCK));
	FAILS(EFAULT, syscall(SYS_adjtimex, bad_ptr()));
	drop_root();
	tx.modes = ADJ_FREQUENCY;
	FAILS(EPERM, adjtimex(&tx));
}

static void sleeps(void)
{
	struct timespec nap = { 0, 50 * MS }, left = { 7, 7 };
	long long begin = read_ns(CLOCK_MONOTONIC);

	OK(nanosleep(&nap, &left));
	CHECK(read_ns(CLOCK_MONOTONIC) - begin >= 50 * MS);
	/* What remains is written only after an interruption. */
	EQ(left.tv_sec, 7);
	begin = read_ns(CLOCK_MONOTONIC);
	EQ(clock_nanosleep(CLOCK_BOOTTIME, 0, &nap, NULL), 0);
	CHECK(read_ns(CLOCK_MONOTONIC) - begin >= 45 * MS);
	nap.tv_nsec = 0;
	OK(nanosleep(&nap, NULL));
}

static void sleep_errors(void)
{
	struct timespec bad = { 0, 1000000000 }, good = { 0, 0 };

	FAILS(EINVAL, nanosleep(&bad, NULL));
	bad.tv_nsec = -1;
	FAILS(EINVAL, nanosleep(&bad, NULL));
	bad = (struct timespec){ -1, 0 };
	FAILS(EINVAL, nanosleep(&bad, NULL));
	FAILS(EFAULT, syscall(SYS_nanosleep, bad_ptr(), NULL));
	EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, NULL), EINVAL);
	EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &bad, NULL), EINVAL);
	EQ(clock_nanosleep(99, 0, &good, NULL), EINVAL);
	EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &good, NULL), EINVAL);
	/* The library's answer above, and the kernel's own. */
	FAILS(ENOTSUP, syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &good, NULL));
	FAILS(ENOTSUP, syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &good, NULL));
	FAILS(ENOTSUP, syscall(SYS_clock_nanosleep, CLOCK_REALTIME_COARSE, 0, &good, NULL));
	FAILS(EFAULT, syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, bad_ptr(), NULL));
}

static void absolute(void)
{
	static const clockid_t bases[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };

	for (int i = 0; i < 3; i++) {
		struct timespec until;

		OK(clock_gettime(bases[i], &until));
		until.tv_nsec += 40 * MS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		EQ(clock_nanosleep(bases[i], TIMER_ABSTIME, &until, NULL), 0);
		CHECK(read_ns(bases[i]) >= ns(&until));
		/* A time that has passed does not sleep. */
		until.tv_sec -= until.tv_sec > 0;
		EQ(clock_nanosleep(bases[i], TIMER_ABSTIME, &until, NULL), 0);
		until.tv_sec = 0;
		EQ(clock_nanosleep(bases[i], TIMER_ABSTIME, &until, NULL), 0);
	}
}

static void interrupted(void)
{
	struct timespec nap = { 100, 0 }, left = { 0, 0 }, until;

	on_signal(SIGUSR1, tick, SA_RESTART);
	pid_t pid = pester();

	FAILS(EINTR, nanosleep(&nap, &left));
	CHECK(left.tv_sec >= 60 && ns(&left) < 100 * 1000LL * MS);
	FAILS(EINTR, syscall(SYS_nanosleep, &nap, NULL));
	left = (struct timespec){ 0, 0 };
	EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, &left), EINTR);
	CHECK(left.tv_sec >= 60 && ns(&left) < 100 * 1000LL * MS);
	OK(clock_gettime(CLOCK_MONOTONIC, &until));
	until.tv_sec += 100;
	left = (struct timespec){ 7, 7 };
	EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, &left), EINTR);
	EQ(left.tv_sec, 7);
	FAILS(EFAULT, syscall(SYS_nanosleep, &nap, bad_ptr()));
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
	CHECK(count >= 4);
}

static void ignored_signal(void)
{
	struct timespec nap = { 0, 80 * MS };

	on_signal(SIGUSR1, SIG_IGN, 0);
	pid_t pid = pester();
	long long begin = read_ns(CLOCK_MONOTONIC);

	OK(nanosleep(&nap, NULL));
	CHECK(read_ns(CLOCK_MONOTONIC) - begin >= 80 * MS);
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
}

static void cpu_clocks(void)
{
	long long process = read_ns(CLOCK_PROCESS_CPUTIME_ID);
	long long thread = read_ns(CLOCK_THREAD_CPUTIME_ID);
	clockid_t mine;

	burn_ms(CLOCK_THREAD_CPUTIME_ID, 30);
	CHECK(read_ns(CLOCK_PROCESS_CPUTIME_ID) - process >= 25 * MS);
	CHECK(read_ns(CLOCK_THREAD_CPUTIME_ID) - thread >= 25 * MS);
	EQ(clock_getcpuclockid(0, &mine), 0);
	long long first = read_ns(mine);

	CHECK(first >= 25 * MS);
	/* Sleeping costs next to nothing. */
	process = read_ns(CLOCK_PROCESS_CPUTIME_ID);
	abi_sleep_ms(150);
	CHECK(read_ns(CLOCK_PROCESS_CPUTIME_ID) - process < 100 * MS);
}

static void cpu_clock_of_child(void)
{
	struct timespec now;
	clockid_t clock;
	pid_t pid = OK(fork());

	if (pid == 0)
		for (;;)
			for (volatile int i = 0; i < 1000; i++)
				;
	EQ(clock_getcpuclockid(pid, &clock), 0);
	while (read_ns(clock) < 10 * MS)
		abi_sleep_ms(2);
	OK(kill(pid, SIGKILL));
	EQ(abi_wait(pid), SIGKILL);
	FAILS(EINVAL, clock_gettime(clock, &now));
	EQ(clock_getcpuclockid(pid, &clock), ESRCH);
}

static long long usage_us(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000LL +
	       usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

static void usage_grows(void)
{
	struct rusage before, after, thread;

	OK(getrusage(RUSAGE_SELF, &before));
	burn_ms(CLOCK_PROCESS_CPUTIME_ID, 60);
	OK(getrusage(RUSAGE_SELF, &after));
	OK(getrusage(RUSAGE_THREAD, &thread));
	CHECK(usage_us(&after) - usage_us(&before) >= 40000);
	CHECK(usage_us(&thread) >= 40000);
	CHECK(after.ru_maxrss > 0);
	FAILS(EINVAL, getrusage(99, &after));
	FAILS(EINVAL, getrusage(-3, &after));
}

static void times_grows(void)
{
	struct tms before, after;
	clock_t begin = times(&before);
	pid_t pid;

	EQ(sysconf(_SC_CLK_TCK), 100);
	burn_ms(CLOCK_PROCESS_CPUTIME_ID, 60);
	pid = OK(fork());
	if (pid == 0) {
		burn_ms(CLOCK_PROCESS_CPUTIME_ID, 60);
		_exit(0);
	}
	child_join(pid);
	clock_t end = times(&after);

	CHECK(end - begin >= 8);
	CHECK(after.tms_utime + after.tms_stime - before.tms_utime - before.tms_stime >= 3);
	CHECK(after.tms_cutime + after.tms_cstime >= 3);
	EQ(before.tms_cutime + before.tms_cstime, 0);
}

static void zone(void)
{
	struct timezone tz = { -1, -1 };

	OK(syscall(SYS_gettimeofday, NULL, &tz));
	CHECK(tz.tz_minuteswest > -1000 && tz.tz_minuteswest < 1000);
	CHECK(tz.tz_dsttime >= 0);
}

static const struct abi_row rows[] = {
	{ all_clocks, "every clock reads and has a resolution" },
	{ advances, "clocks advance while sleeping" },
	{ agree, "clocks, gettimeofday and time agree" },
	{ call_and_library, "the system call and the library agree" },
	{ read_errors, "EINVAL and EFAULT of the reading calls" },
	{ set_errors, "setting a clock refused" },
	{ adjust, "adjtimex reads for all and sets for root" },
	{ sleeps, "nanosleep sleeps long enough" },
	{ sleep_errors, "nanosleep and clock_nanosleep errors" },
	{ absolute, "absolute sleep, also into the past" },
	{ interrupted, "a handler ends a sleep; what remains" },
	{ ignored_signal, "an ignored signal does not shorten a sleep" },
	{ cpu_clocks, "CPU clocks grow with work, not with sleep" },
	{ cpu_clock_of_child, "a child's CPU clock" },
	{ usage_grows, "getrusage grows with work" },
	{ times_grows, "times counts self and children" },
	{ zone, "gettimeofday fills the time zone" },
};

ABI_MAIN(rows)
