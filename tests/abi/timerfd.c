/*
 * timerfd: one shot and periodic, relative and absolute, what read returns,
 * poll, disarming, errors.
 */
#include "fixture.h"

#include <sys/timerfd.h>

static struct itimerspec spec_ms(long first, long every)
{
	return (struct itimerspec){
		.it_value = { first / 1000, first % 1000 * 1000000 },
		.it_interval = { every / 1000, every % 1000 * 1000000 },
	};
}

static void set_ms(int fd, long first, long every)
{
	struct itimerspec spec = spec_ms(first, every);

	OK(timerfd_settime(fd, 0, &spec, NULL));
}

static uint64_t take(int fd)
{
	uint64_t count = 0;

	EQ(read(fd, &count, sizeof(count)), 8);
	return count;
}

static long long left_ms(int fd)
{
	struct itimerspec spec;

	OK(timerfd_gettime(fd, &spec));
	return spec.it_value.tv_sec * 1000LL + spec.it_value.tv_nsec / 1000000;
}

static void creates(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));

	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	fd = OK(timerfd_create(CLOCK_REALTIME, 0));
	EQ(fcntl(fd, F_GETFD), 0);
	OK(timerfd_create(CLOCK_BOOTTIME, 0));
	FAILS(EINVAL, timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
	FAILS(EINVAL, timerfd_create(99, 0));
	FAILS(EINVAL, timerfd_create(CLOCK_MONOTONIC, 0x40000000));
}

static void one_shot(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
	long long start = abi_now_ms();

	set_ms(fd, 50, 0);
	EQ(take(fd), 1);
	CHECK(abi_now_ms() - start >= 49);
	EQ(left_ms(fd), 0);
	EQ(poll_one(fd, POLLIN, 10), 0);
	OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	FAILS(EAGAIN, read(fd, &start, 8));
}

static void interval(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
	long long start = abi_now_ms();
	uint64_t total = 0;

	set_ms(fd, 10, 10);
	while (total < 5)
		total += take(fd);
	CHECK(abi_now_ms() - start >= 49);
	abi_sleep_ms(60);
	CHECK(take(fd) >= 5);
}

static void count_of_missed(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));

	set_ms(fd, 1, 5);
	abi_sleep_ms(60);
	CHECK(take(fd) >= 11);
	set_ms(fd, 1, 3600000);
	abi_sleep_ms(20);
	EQ(take(fd), 1);
}

static void disarms(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	uint64_t count;

	set_ms(fd, 10, 10);
	EQ(poll_one(fd, POLLIN, 5000), POLLIN);
	/* Setting it again forgets what has expired. */
	set_ms(fd, 0, 10);
	FAILS(EAGAIN, read(fd, &count, 8));
	EQ(poll_one(fd, POLLIN, 40), 0);
	EQ(left_ms(fd), 0);
}

static void rearms(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	struct itimerspec spec = spec_ms(20, 0), old;
	uint64_t count;

	set_ms(fd, 50000, 7000);
	OK(timerfd_settime(fd, 0, &spec, &old));
	CHECK(old.it_value.tv_sec >= 1 && old.it_value.tv_sec <= 50);
	EQ(old.it_interval.tv_sec, 7);
	FAILS(EAGAIN, read(fd, &count, 8));
	EQ(poll_one(fd, POLLIN, 5000), POLLIN);
	EQ(take(fd), 1);
}

static void time_left(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
	struct itimerspec spec;

	OK(timerfd_gettime(fd, &spec));
	EQ(spec.it_value.tv_sec + spec.it_value.tv_nsec + spec.it_interval.tv_sec, 0);
	set_ms(fd, 100000, 3500);
	OK(timerfd_gettime(fd, &spec));
	CHECK(spec.it_value.tv_sec >= 50 && spec.it_value.tv_sec <= 100);
	EQ(spec.it_interval.tv_sec, 3);
	EQ(spec.it_interval.tv_nsec, 500000000);
	/* With an interval, the time to the next expiry. */
	set_ms(fd, 1, 100000);
	take(fd);
	CHECK(left_ms(fd) > 50000 && left_ms(fd) <= 100000);
}

static void absolute(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
	struct itimerspec spec = { 0 };
	long long start = abi_now_ms();

	OK(clock_gettime(CLOCK_MONOTONIC, &spec.it_value));
	spec.it_value.tv_nsec += 50000000;
	if (spec.it_value.tv_nsec >= 1000000000) {
		spec.it_value.tv_nsec -= 1000000000;
		spec.it_value.tv_sec++;
	}
	OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL));
	EQ(take(fd), 1);
	CHECK(abi_now_ms() - start >= 49);
}

static void absolute_past(void)
{
	int fd = OK(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
	struct itimerspec spec = { .it_value = { 1000, 0 } };

	OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL));
	EQ(poll_one(fd, POLLIN, 5000), POLLIN);
	EQ(take(fd), 1);
	/* Periods since the past are all counted. */
	OK(clock_gettime(CLOCK_MONOTONIC, &spec.it_value));
	fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	spec.it_interval.tv_nsec = 1000000;
	abi_sleep_ms(30);
	OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL));
	EQ(poll_one(fd, POLLIN, 5000), POLLIN);
	CHECK(take(fd) >= 29);
}

static void cancel_on_set(void)
{
	int fd = OK(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
	struct itimerspec spec = { .it_value = { 0x7fffffff, 0 } };
	uint64_t count;

	OK(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL));
	FAILS(EAGAIN, read(fd, &count, 8));
	EQ(poll_one(fd, POLLIN, 0), 0);
}

static void errors(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0)), p[2];
	struct itimerspec spec = { .it_value = { 1, 1000000000 } };
	char buf[8];

	OK(pipe(p));
	FAILS(EINVAL, timerfd_settime(fd, 0, &spec, NULL));
	spec = (struct itimerspec){ .it_value = { 1, -1 } };
	FAILS(EINVAL, timerfd_settime(fd, 0, &spec, NULL));
	spec = (struct itimerspec){ .it_value = { -1, 0 } };
	FAILS(EINVAL, timerfd_settime(fd, 0, &spec, NULL));
	spec = (struct itimerspec){ .it_value = { 1, 0 }, .it_interval = { 0, 1000000000 } };
	FAILS(EINVAL, timerfd_settime(fd, 0, &spec, NULL));
	spec = spec_ms(1000, 0);
	FAILS(EINVAL, timerfd_settime(fd, 0x40, &spec, NULL));
	FAILS(EINVAL, timerfd_settime(p[0], 0, &spec, NULL));
	FAILS(EBADF, timerfd_settime(-1, 0, &spec, NULL));
	FAILS(EFAULT, timerfd_settime(fd, 0, wild(), NULL));
	FAILS(EINVAL, timerfd_gettime(p[0], &spec));
	FAILS(EBADF, timerfd_gettime(-1, &spec));
	FAILS(EFAULT, timerfd_gettime(fd, wild()));
	FAILS(EINVAL, read(fd, buf, 7));
	FAILS(EINVAL, write(fd, buf, 8));
	EQ(lseek(fd, 5, SEEK_SET), 0);
}

static void interrupted(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
	uint64_t count;

	set_ms(fd, 100000, 0);
	start_ticks(30, 0);
	FAILS(EINTR, read(fd, &count, 8));
	stop_ticks();
}

static void shared(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
	pid_t pid = OK(fork());

	/* The timer belongs to the open file, not to the process. */
	if (pid == 0) {
		set_ms(fd, 40, 0);
		_exit(0);
	}
	child_ends(pid);
	EQ(take(fd), 1);
}

static void polled(void)
{
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));

	EQ(poll_one(fd, POLLIN | POLLOUT, 0), 0);
	set_ms(fd, 20, 0);
	EQ(poll_one(fd, POLLIN | POLLOUT, 10000), POLLIN);
	EQ(poll_one(fd, POLLIN, 0), POLLIN);
	take(fd);
	EQ(poll_one(fd, POLLIN, 0), 0);
}

static const struct abi_row rows[] = {
	{ creates, "timerfd_create: clocks, flags, errors" },
	{ one_shot, "one shot, then silence" },
	{ interval, "an interval goes on" },
	{ count_of_missed, "read counts what was missed" },
	{ disarms, "a zero value disarms and forgets" },
	{ rearms, "setting gives back the old setting" },
	{ time_left, "timerfd_gettime counts down" },
	{ absolute, "TFD_TIMER_ABSTIME" },
	{ absolute_past, "an absolute time in the past" },
	{ cancel_on_set, "TFD_TIMER_CANCEL_ON_SET without a clock change" },
	{ errors, "errors" },
	{ interrupted, "a signal ends the wait" },
	{ shared, "a child's setting serves the parent" },
	{ polled, "poll" },
};

ABI_MAIN(rows)
