/* Sleeping on a clock: nanosleep(2), clock_nanosleep(2). */
#include "um/clock.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

/* One step of a sleep: queues current on what else than time may end it, and sleeps. */
static void sleep_step(struct wait_queue_head *wq, u64 deadline)
{
	struct wait_entry entry = { .wake = wake_task_entry, .task = current };

	if (wq)
		add_wait_queue(wq, &entry);
	sleep_until(TASK_INTERRUPTIBLE, deadline);
	remove_wait_queue(&entry);
}

/* Time left until `expires` on the clock; 0 when it is there, or the clock's process is gone. */
static u64 time_left(int id, u64 expires)
{
	struct cpu_clock cpu;
	u64 now;

	if (!clock_is_cpu(id))
		now = clock_now(id);
	else if (cpu_clock_find(&cpu, id, false))
		return 0;
	else
		now = cpu_clock_now(&cpu);
	return expires > now ? expires - now : 0;
}

/* 0, or -EINTR when a signal came first. */
static int sleep_on_clock(int id, u64 expires)
{
	while (time_left(id, expires)) {
		if (signal_pending(current))
			return -EINTR;
		if (clock_is_cpu(id))
			sleep_step(&cpu_clock_wait, KTIME_MAX);
		else
			sleep_step(clock_is_real(id) ? &clock_was_set : NULL,
				   clock_to_mono(id, expires));
	}
	return 0;
}

static long sleep_relative(int id, u64 expires, uaddr_t rem);

static long call_restart_sleep(const unsigned long *unused __maybe_unused)
{
	const struct restart_block *rb = &current->restart;

	return sleep_relative((int)rb->data[0], rb->data[1], (uaddr_t)rb->data[2]);
}

static long restart_sleep(struct restart_block *rb)
{
	return rb->data[3] ? syscall_time32(call_restart_sleep, NULL) : call_restart_sleep(NULL);
}

/* The end is kept as a time on the clock, so that a sleep that is restarted does not grow. */
static long sleep_relative(int id, u64 expires, uaddr_t rem)
{
	u64 left;

	if (!sleep_on_clock(id, expires))
		return 0;
	left = time_left(id, expires);
	if (!left)
		return 0;
	if (rem && timespec_put(rem, left))
		return -EFAULT;
	current->restart.fn = restart_sleep;
	current->restart.data[0] = id;
	current->restart.data[1] = expires;
	current->restart.data[2] = rem;
	current->restart.data[3] = current->time32;
	return -ERESTART_RESTARTBLOCK;
}

SYSCALL_TIME2(nanosleep, nanosleep_time64, A_TIMESPEC_IN, uaddr_t, req, A_TIMESPEC_OUT, uaddr_t,
	      rem)
{
	u64 ns;
	int err = timespec_get(&ns, req);

	return err ? err : sleep_relative(CLOCK_MONOTONIC, deadline_after(ns), rem);
}

/* 0, -EINVAL: no such clock, -EOPNOTSUPP: not one to sleep on. */
static int check_sleep_clock(int id)
{
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
	case CLOCK_PROCESS_CPUTIME_ID:
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		return id < 0 ? 0 : -EINVAL;
	}
}

/* A thread cannot sleep until it has run for a while itself. */
static int check_cpu_sleep(struct cpu_clock *cpu, int id)
{
	int err = cpu_clock_find(cpu, id, false);

	if (!err && cpu->thread && cpu->task == current)
		err = -EINVAL;
	return err;
}

SYSCALL_TIME4(clock_nanosleep, clock_nanosleep_time64, A_CLOCK, int, which, A_INT, int, flags,
	      A_TIMESPEC_IN, uaddr_t, req, A_TIMESPEC_OUT, uaddr_t, rem)
{
	struct cpu_clock cpu;
	u64 ns;
	int err = check_sleep_clock(which);

	if (!err)
		err = timespec_get(&ns, req);
	if (!err && clock_is_cpu(which))
		err = check_cpu_sleep(&cpu, which);
	if (err)
		return err;
	if (flags & TIMER_ABSTIME)
		return sleep_on_clock(which, ns) ? -ERESTARTNOHAND : 0;
	if (!clock_is_cpu(which))
		return sleep_relative(CLOCK_MONOTONIC, deadline_after(ns), rem);
	if (__builtin_add_overflow(ns, cpu_clock_now(&cpu), &ns))
		ns = KTIME_MAX;
	return sleep_relative(which, ns, rem);
}
