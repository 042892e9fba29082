/*
 * Interval timers (setitimer, alarm) and RLIMIT_CPU.
 *
 * ITIMER_REAL is a kernel timer.  ITIMER_VIRTUAL, ITIMER_PROF and the limit hang on the process's
 * CPU time, which itimers_tick looks at while guest code runs.  A group has its record from the
 * first setitimer on; the timer finds the group by its number, and knows it by the record.
 */
#include "um/itimer.h"

#include "um/clock.h"
#include "um/kmalloc.h"
#include "um/posix_timer.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define MIN_PERIOD (50 * NSEC_PER_USEC)	/* no guest keeps K busy with timers alone */
#define PENDING_PERIOD NSEC_PER_MSEC	/* while the last signal has not been taken */
#define TICK_NS (4 * NSEC_PER_MSEC)

struct cpu_itimer {
	u64 expires;		/* in CPU time; 0: off */
	u64 interval;
};

struct itimers {
	int tgid;
	struct timer real;
	u64 real_interval;
	struct cpu_itimer virt, prof;
};

static void real_expired(struct timer *timer)
{
	struct itimers *it = container_of(timer, struct itimers, real);
	struct thread_group *group = find_group(it->tgid);
	u64 now = ktime_mono(), next = timer->expires, wait = MIN_PERIOD;

	if (!group || group->itimers != it)
		return;
	if (group->shared_pending.set & sigbit(SIGALRM))
		wait = PENDING_PERIOD;
	send_signal(SIGALRM, NULL, group->leader, true);
	if (!it->real_interval)
		return;
	next += ((now - next) / it->real_interval + 1) * it->real_interval;
	timer_arm(timer, max(next, now + wait));
}

static struct itimers *get_itimers(struct thread_group *group)
{
	struct itimers *it = group->itimers;

	if (it)
		return it;
	it = kzalloc_type(struct itimers);
	it->tgid = group->leader->tgid;
	timer_init(&it->real, real_expired);
	group->itimers = it;
	return it;
}

void itimers_exit(struct thread_group *group)
{
	if (!group->itimers)
		return;
	timer_cancel(&group->itimers->real);
	kfree(group->itimers);
	group->itimers = NULL;
}

struct itimer_setting {
	u64 interval, value;
};

static void real_get(const struct itimers *it, struct itimer_setting *set)
{
	u64 now = ktime_mono();

	set->interval = it->real_interval;
	set->value = 0;
	if (timer_armed(&it->real))
		set->value = it->real.expires > now + NSEC_PER_USEC ? it->real.expires - now :
								      NSEC_PER_USEC;
}

static void real_set(struct itimers *it, const struct itimer_setting *set)
{
	it->real_interval = set->value ? set->interval : 0;
	if (set->value)
		timer_arm(&it->real, deadline_after(set->value));
	else
		timer_cancel(&it->real);
}

static void cpu_get(const struct cpu_itimer *timer, u64 now, struct itimer_setting *set)
{
	set->interval = timer->interval;
	set->value = 0;
	if (timer->expires)
		set->value = timer->expires > now ? timer->expires - now : TICK_NS;
}

static void cpu_set(struct cpu_itimer *timer, u64 now, const struct itimer_setting *set)
{
	timer->interval = set->interval;
	timer->expires = 0;
	if (set->value && __builtin_add_overflow(now, set->value, &timer->expires))
		timer->expires = KTIME_MAX;
}

/* Either setting may be NULL.  `which` is valid. */
static void change_itimer(int which, const struct itimer_setting *new, struct itimer_setting *old)
{
	struct itimers *it = get_itimers(current->group);
	struct cpu_times times;
	struct cpu_itimer *timer;
	u64 now;

	if (which == ITIMER_REAL) {
		if (old)
			real_get(it, old);
		if (new)
			real_set(it, new);
		return;
	}
	times = group_times(current->group);
	timer = which == ITIMER_PROF ? &it->prof : &it->virt;
	now = which == ITIMER_PROF ? times.user + times.system : times.user;
	if (old)
		cpu_get(timer, now, old);
	if (new)
		cpu_set(timer, now, new);
}

static int put_setting(uaddr_t to, const struct itimer_setting *set)
{
	if (timeval_put(to + offsetof(struct __kernel_old_itimerval, it_interval), set->interval) ||
	    timeval_put(to + offsetof(struct __kernel_old_itimerval, it_value), set->value))
		return -EFAULT;
	return 0;
}

static int get_setting(struct itimer_setting *set, uaddr_t from)
{
	int err = timeval_get(&set->interval,
			      from + offsetof(struct __kernel_old_itimerval, it_interval));

	if (err)
		return err;
	return timeval_get(&set->value, from + offsetof(struct __kernel_old_itimerval, it_value));
}

static bool valid_which(int which)
{
	return which == ITIMER_REAL || which == ITIMER_VIRTUAL || which == ITIMER_PROF;
}

SYSCALL_DEFINE2(getitimer, A_INT, int, which, A_PTR, uaddr_t, value)
{
	struct itimer_setting old;

	if (!valid_which(which))
		return -EINVAL;
	change_itimer(which, NULL, &old);
	return put_setting(value, &old);
}

/* Without a new value the timer is turned off, which POSIX does not know but Linux does. */
SYSCALL_DEFINE3(setitimer, A_INT, int, which, A_PTR, uaddr_t, value, A_PTR, uaddr_t, ovalue)
{
	struct itimer_setting new = { 0, 0 }, old;
	int err = 0;

	if (value)
		err = get_setting(&new, value);
	if (err)
		return err;
	if (!valid_which(which))
		return -EINVAL;
	change_itimer(which, &new, &old);
	return ovalue ? put_setting(ovalue, &old) : 0;
}

/* Seconds are rounded to the nearest, but 0 means that no alarm was set. */
SYSCALL_DEFINE1(alarm, A_UINT, unsigned, seconds)
{
	struct itimer_setting new = { .value = seconds * NSEC_PER_SEC }, old;
	unsigned long left;

	change_itimer(ITIMER_REAL, &new, &old);
	left = old.value / NSEC_PER_SEC;
	old.value %= NSEC_PER_SEC;
	if (old.value >= NSEC_PER_SEC / 2 || (!left && old.value))
		left++;
	return left;
}

static void check_cpu_itimer(struct cpu_itimer *timer, u64 now, int sig, struct task *task)
{
	if (!timer->expires || now < timer->expires)
		return;
	if (timer->interval)
		timer->expires += ((now - timer->expires) / timer->interval + 1) * timer->interval;
	else
		timer->expires = 0;
	send_sig(sig, task);
}

/* SIGXCPU once a second from the soft limit on, which moves along; SIGKILL at the hard one. */
static void check_cpu_limit(struct thread_group *group, u64 now, struct task *task)
{
	struct rlimit64 *limit = &group->rlim[RLIMIT_CPU];
	u64 seconds = now / NSEC_PER_SEC;

	if (seconds >= limit->rlim_max) {
		send_sig(SIGKILL, task);
	} else if (seconds >= limit->rlim_cur) {
		limit->rlim_cur++;
		send_sig(SIGXCPU, task);
	}
}

static void wake_cpu_sleepers(void)
{
	static u64 last;
	u64 now;

	if (!waitqueue_active(&cpu_clock_wait))
		return;
	now = ktime_mono();
	if (now - last < NSEC_PER_MSEC)
		return;
	last = now;
	wake_up_all(&cpu_clock_wait);
}

void itimers_tick(struct task *task)
{
	struct thread_group *group = task->group;
	struct itimers *it = group->itimers;
	bool limited = group->rlim[RLIMIT_CPU].rlim_cur != RLIM64_INFINITY;
	struct cpu_times times;

	wake_cpu_sleepers();
	if (posix_cpu_timers_armed)
		posix_cpu_timers_tick(task);
	if (it && !it->virt.expires && !it->prof.expires)
		it = NULL;
	if ((!it && !limited) || group->group_exit)
		return;
	times = group_times(group);
	if (it) {
		check_cpu_itimer(&it->virt, times.user, SIGVTALRM, task);
		check_cpu_itimer(&it->prof, times.user + times.system, SIGPROF, task);
	}
	if (limited)
		check_cpu_limit(group, times.user + times.system, task);
}
