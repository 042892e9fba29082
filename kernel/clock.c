/*
 * The guest's clocks and timers that run by them.
 *
 * K sleeps by CLOCK_MONOTONIC only.  Whoever waits for a time on a clock that can be set works
 * out the monotonic time for it, and again when clock_was_set is woken.
 */
#include "um/clock.h"

#include "um/sched.h"
#include "um/uaccess.h"

struct wait_queue_head cpu_clock_wait = WAIT_QUEUE_HEAD_INIT(cpu_clock_wait);

bool clock_is_real(int id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_REALTIME_ALARM ||
	       id == CLOCK_TAI;
}

u64 clock_now(int id)
{
	if (clock_is_real(id))
		return ktime_real();
	if (id == CLOCK_BOOTTIME || id == CLOCK_BOOTTIME_ALARM)
		return ktime_boot();
	return ktime_mono();
}

u64 clock_to_mono(int id, u64 time)
{
	u64 now = clock_now(id);

	if (id == CLOCK_MONOTONIC)
		return time;
	return time <= now ? ktime_mono() : deadline_after(time - now);
}

/* The ids of CPU clocks: bits 0-1 which time, bit 2 a thread's, the rest the complement of the
 * pid, 0 for the caller (clock_getcpuclockid(3), pthread_getcpuclockid(3)). */
#define ID_WHICH(id) ((id) & 3)
#define ID_THREAD(id) ((id) & 4)
#define ID_PID(id) (~((id) >> 3))
#define ID_WHICH_FD 3	/* not a CPU's, but a device's clock */

bool clock_is_cpu(int id)
{
	return id < 0 || id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID;
}

static struct task *find_thread_clock(int tid)
{
	struct task *task = find_task(tid);

	return task && same_group(task, current) ? task : NULL;
}

static struct task *find_process_clock(int tgid, bool reading)
{
	struct thread_group *group;

	if (reading && tgid == current->pid)
		return current;
	group = find_group(tgid);
	return group ? group->leader : NULL;
}

int cpu_clock_find(struct cpu_clock *clock, int id, bool reading)
{
	int pid = 0;

	clock->which = CPUCLOCK_SCHED;
	clock->thread = id == CLOCK_THREAD_CPUTIME_ID;
	if (id < 0) {
		clock->which = ID_WHICH(id);
		clock->thread = ID_THREAD(id);
		pid = ID_PID(id);
	}
	if (clock->which == ID_WHICH_FD)
		return -EINVAL;
	if (!pid)
		clock->task = clock->thread ? current : current->group->leader;
	else if (clock->thread)
		clock->task = find_thread_clock(pid);
	else
		clock->task = find_process_clock(pid, reading);
	return clock->task ? 0 : -EINVAL;
}

u64 cpu_clock_now(const struct cpu_clock *clock)
{
	struct cpu_times times;

	times = clock->thread ? task_times(clock->task) : group_times(clock->task->group);
	return clock->which == CPUCLOCK_VIRT ? times.user : times.user + times.system;
}

static void clock_timer_due(struct timer *timer)
{
	struct clock_timer *ct = container_of(timer, struct clock_timer, timer);

	if (clock_now(ct->clock) < ct->expires) {
		timer_arm(timer, clock_to_mono(ct->clock, ct->expires));
		return;
	}
	remove_wait_queue(&ct->clock_set);
	ct->fire(ct);
}

static bool clock_timer_moved(struct wait_entry *entry, u32 key __maybe_unused)
{
	struct clock_timer *ct = container_of(entry, struct clock_timer, clock_set);

	timer_arm(&ct->timer, clock_to_mono(ct->clock, ct->expires));
	return false;
}

void clock_timer_init(struct clock_timer *timer, void (*fire)(struct clock_timer *))
{
	memset(timer, 0, sizeof(*timer));
	timer_init(&timer->timer, clock_timer_due);
	INIT_LIST_HEAD(&timer->clock_set.node);
	timer->clock_set.wake = clock_timer_moved;
	timer->clock = CLOCK_MONOTONIC;
	timer->fire = fire;
}

void clock_timer_restart(struct clock_timer *timer)
{
	timer_arm(&timer->timer, clock_to_mono(timer->clock, timer->expires));
	if (clock_is_real(timer->clock) && list_empty(&timer->clock_set.node))
		add_wait_queue(&clock_was_set, &timer->clock_set);
}

void clock_timer_set(struct clock_timer *timer, int clock, bool absolute, u64 value, u64 interval)
{
	clock_timer_cancel(timer);
	timer->clock = absolute ? clock : CLOCK_MONOTONIC;
	timer->expires = absolute ? value : deadline_after(value);
	timer->interval = interval;
	clock_timer_restart(timer);
}

void clock_timer_cancel(struct clock_timer *timer)
{
	timer_cancel(&timer->timer);
	remove_wait_queue(&timer->clock_set);
}

u64 clock_timer_forward(struct clock_timer *timer, u64 now)
{
	u64 count;

	if (!timer->interval || now < timer->expires)
		return 0;
	count = (now - timer->expires) / timer->interval + 1;
	if (__builtin_add_overflow(timer->expires, count * timer->interval, &timer->expires))
		timer->expires = KTIME_MAX - 1;
	return count;
}

u64 clock_timer_remaining(const struct clock_timer *timer)
{
	u64 now = clock_now(timer->clock);

	if (!timer_armed(&timer->timer))
		return 0;
	return timer->expires > now ? timer->expires - now : 1;
}

int itimerspec_get(u64 *interval, u64 *value, uaddr_t from)
{
	int err = timespec_get(interval, from);

	return err ? err : timespec_get(value, from + timespec_size());
}

int itimerspec_put(uaddr_t to, u64 interval, u64 value)
{
	int err = timespec_put(to, interval);

	return err ? err : timespec_put(to + timespec_size(), value);
}
