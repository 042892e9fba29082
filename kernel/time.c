/* Reading and setting the clocks. */
#include <linux/times.h>
#include <linux/timex.h>

#include "um/clock.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "um/vdso.h"

/* The largest time that can be set: Linux leaves 30 years to the end of its 64-bit clock. */
#define SETTABLE_MAX_NS ((u64)INT64_MAX - 30ULL * 365 * 86400 * NSEC_PER_SEC)

static struct timezone sys_tz;

/* The ALARM clocks need a real-time clock device, which this machine does not have.  Those that
 * tick on are read by layer/vdso/vdso.c too, in the same way. */
static int clock_read(int id, u64 *ns)
{
	struct cpu_clock cpu;
	int err;

	if (clock_is_cpu(id)) {
		err = cpu_clock_find(&cpu, id, true);
		if (!err)
			*ns = cpu_clock_now(&cpu);
		return err;
	}
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		*ns = clock_now(id);
		return 0;
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		*ns = clock_now(id) / COARSE_NS * COARSE_NS;
		return 0;
	default:
		return -EINVAL;
	}
}

SYSCALL_TIME2(clock_gettime, clock_gettime64, A_CLOCK, int, which, A_TIMESPEC_OUT, uaddr_t, tp)
{
	u64 ns;
	int err = clock_read(which, &ns);

	return err ? err : timespec_put(tp, ns);
}

static bool clock_is_coarse(int id)
{
	if (id < 0)
		return (id & 3) != CPUCLOCK_SCHED;
	return id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC_COARSE;
}

SYSCALL_TIME2(clock_getres, clock_getres_time64, A_CLOCK, int, which, A_TIMESPEC_OUT, uaddr_t, tp)
{
	u64 now;
	int err = clock_read(which, &now);

	if (err || !tp)
		return err;
	return timespec_put(tp, clock_is_coarse(which) ? COARSE_NS : 1);
}

static long set_real_time(u64 ns)
{
	if (ns >= SETTABLE_MAX_NS)
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	ktime_set_real(ns);
	return 0;
}

SYSCALL_TIME2(clock_settime, clock_settime64, A_CLOCK, int, which, A_TIMESPEC_IN, uaddr_t, tp)
{
	struct cpu_clock cpu;
	u64 ns;
	int err;

	if (which >= 0 && which != CLOCK_REALTIME)
		return -EINVAL;
	if (which < 0 && (which & 3) > CPUCLOCK_SCHED)
		return -EINVAL;
	err = timespec_get(&ns, tp);
	if (which < 0) {
		if (err == -EFAULT)
			return err;
		return cpu_clock_find(&cpu, which, false) ? -EINVAL : -EPERM;
	}
	return err ? err : set_real_time(ns);
}

SYSCALL_DEFINE2(gettimeofday, A_TIMEVAL_OUT, uaddr_t, tv, A_PTR, uaddr_t, tz)
{
	if (tv && timeval_put(tv, ktime_real()))
		return -EFAULT;
	if (tz && put_user(sys_tz, tz))
		return -EFAULT;
	return 0;
}

#define MAX_MINUTES_WEST (15 * 60)

static long set_timezone(const struct timezone *tz)
{
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (tz->tz_minuteswest > MAX_MINUTES_WEST || tz->tz_minuteswest < -MAX_MINUTES_WEST)
		return -EINVAL;
	sys_tz = *tz;
	return 0;
}

SYSCALL_DEFINE2(settimeofday, A_TIMEVAL_IN, uaddr_t, tv, A_PTR, uaddr_t, tz)
{
	struct timezone zone;
	u64 ns = 0;
	long err;

	if (tv) {
		err = timeval_get(&ns, tv);
		if (err)
			return err;
	}
	if (tz) {
		if (get_user(zone, tz))
			return -EFAULT;
		err = set_timezone(&zone);
		if (err)
			return err;
	}
	if (tv)
		return set_real_time(ns);
	return capable(CAP_SYS_TIME) ? 0 : -EPERM;
}

SYSCALL_DEFINE1(time, A_PTR, uaddr_t, tloc)
{
	__kernel_old_time_t now = ktime_real() / NSEC_PER_SEC;

	if (tloc && put_user(now, tloc))
		return -EFAULT;
	return now;
}

SYSCALL_DEFINE1(stime, A_PTR, uaddr_t, from)
{
	__kernel_old_time_t seconds;

	if (get_user(seconds, from))
		return -EFAULT;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return seconds < 0 ? -EINVAL : set_real_time((u64)seconds * NSEC_PER_SEC);
}

static long to_ticks(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}

SYSCALL_DEFINE1(times, A_PTR, uaddr_t, buf)
{
	struct cpu_times own = group_times(current->group), children = current->group->child_times;
	struct tms tms = {
		.tms_utime = to_ticks(own.user),
		.tms_stime = to_ticks(own.system),
		.tms_cutime = to_ticks(children.user),
		.tms_cstime = to_ticks(children.system),
	};

	if (buf && put_user(tms, buf))
		return -EFAULT;
	return to_ticks(ktime_mono());
}

/*
 * The clock is the host's, which keeps it right: what can be read is a clock without any
 * correction, and nothing can be changed.  The figures are those of a Linux that has just booted.
 */
static long read_timex(struct __kernel_timex *tx, int clock)
{
	u64 now;

	if (clock != CLOCK_REALTIME)
		return clock >= 0 && clock <= CLOCK_TAI && clock != CLOCK_SGI_CYCLE ? -EOPNOTSUPP :
										      -EINVAL;
	if (tx->modes && tx->modes != ADJ_OFFSET_SS_READ)
		return -EPERM;
	memset(tx, 0, sizeof(*tx));
	now = ktime_real();
	tx->maxerror = tx->esterror = 16 * 1000 * 1000;	/* us */
	tx->status = STA_UNSYNC;
	tx->constant = 2;
	tx->precision = 1;
	tx->tolerance = 500LL << 16;	/* ppm, 16 bits of fraction */
	tx->time.tv_sec = now / NSEC_PER_SEC;
	tx->time.tv_usec = now % NSEC_PER_SEC / NSEC_PER_USEC;
	tx->tick = 1000 * 1000 / USER_HZ;
	return TIME_ERROR;
}

/* struct timex: the same with longs. */
static long read_timex_longs(uaddr_t buf, int clock)
{
	struct __kernel_timex tx;
	struct timex user;
	long state;

	if (get_user(user, buf))
		return -EFAULT;
	tx.modes = user.modes;
	state = read_timex(&tx, clock);
	if (state < 0)
		return state;
	memset(&user, 0, sizeof(user));
	user.maxerror = (__kernel_long_t)tx.maxerror;
	user.esterror = (__kernel_long_t)tx.esterror;
	user.status = tx.status;
	user.constant = (__kernel_long_t)tx.constant;
	user.precision = (__kernel_long_t)tx.precision;
	user.tolerance = (__kernel_long_t)tx.tolerance;
	user.time.tv_sec = (__kernel_old_time_t)tx.time.tv_sec;
	user.time.tv_usec = (__kernel_long_t)tx.time.tv_usec;
	user.tick = (__kernel_long_t)tx.tick;
	return put_user(user, buf) ? -EFAULT : state;
}

SYSCALL_DEFINE1(adjtimex, A_PTR, uaddr_t, buf)
{
	return read_timex_longs(buf, CLOCK_REALTIME);
}

/* Where a long is 64 bits, the two structures are one. */
SYSCALL_TIME2(clock_adjtime, clock_adjtime64, A_CLOCK, int, which, A_PTR, uaddr_t, buf)
{
	struct __kernel_timex tx;
	long state;

	if (timespec_size() < sizeof(struct __kernel_timespec))
		return read_timex_longs(buf, which);
	if (get_user(tx, buf))
		return -EFAULT;
	state = read_timex(&tx, which);
	return state < 0 || !put_user(tx, buf) ? state : -EFAULT;
}
