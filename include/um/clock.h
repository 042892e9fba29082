/*
 * The guest's clocks, by the ids of clock_gettime(2), and timers that run by them.
 * kernel/clock.c
 */
#ifndef UM_CLOCK_H
#define UM_CLOCK_H

#include <linux/time.h>

#include "um/timer.h"

struct task;

/* A time on clock `id`, for those that tick on: REALTIME and TAI, MONOTONIC, BOOTTIME (and the
 * COARSE, RAW and ALARM names of the same). */
u64 clock_now(int id);
bool clock_is_real(int id);		/* one that clock_settime moves */
/* When clock `id` will show `time`, as CLOCK_MONOTONIC ns, if nobody sets it before. */
u64 clock_to_mono(int id, u64 time);

/* Clocks of CPU time: CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID and the negative ids. */
struct cpu_clock {
	struct task *task;		/* the thread, or a thread of the process; not referenced */
	bool thread;			/* the one thread's time, not the process's */
	int which;			/* CPUCLOCK_* */
};
#define CPUCLOCK_PROF 0			/* user and system */
#define CPUCLOCK_VIRT 1			/* user */
#define CPUCLOCK_SCHED 2		/* user and system, finer where the kernel can */
bool clock_is_cpu(int id);
/* 0, or -EINVAL: no such clock, process, or thread of current's process.  `reading`: the id of any
 * of current's own threads may stand for the process, as clock_gettime allows. */
int cpu_clock_find(struct cpu_clock *clock, int id, bool reading);
u64 cpu_clock_now(const struct cpu_clock *clock);
/* Woken about every 10 ms while guest code runs, for those that sleep on a CPU clock. */
extern struct wait_queue_head cpu_clock_wait;

/*
 * A timer on clock_now()'s clocks.  An absolute one on a clock that can be set follows it when it
 * is.  After it fired it is off: `expires` and `interval` stay for clock_timer_forward.
 */
struct clock_timer {
	struct timer timer;
	struct wait_entry clock_set;	/* on clock_was_set while armed, if it follows the clock */
	int clock;			/* what `expires` counts in: relative ones use MONOTONIC */
	u64 expires, interval;
	void (*fire)(struct clock_timer *timer);
};

void clock_timer_init(struct clock_timer *timer, void (*fire)(struct clock_timer *));
/* `value` from now, or (absolute) on the clock. */
void clock_timer_set(struct clock_timer *timer, int clock, bool absolute, u64 value, u64 interval);
void clock_timer_cancel(struct clock_timer *timer);
/* How many expiries there have been until `now` (of its clock); moves `expires` beyond it.  0 if
 * it is not periodic. */
u64 clock_timer_forward(struct clock_timer *timer, u64 now);
void clock_timer_restart(struct clock_timer *timer);	/* arms it for `expires` */
/* Time until it fires: 0 when it is off, at least 1 when it is armed. */
u64 clock_timer_remaining(const struct clock_timer *timer);

/* struct itimerspec, one time after the other, from and to user memory: 0, -EFAULT, -EINVAL. */
int itimerspec_get(u64 *interval, u64 *value, uaddr_t from);
int itimerspec_put(uaddr_t to, u64 interval, u64 value);

#endif
