/*
 * POSIX timers: timer_create(2) and friends.
 *
 * A timer on a clock that ticks on is a clock_timer; one on a CPU clock uses the same `expires`
 * and `interval`, and is looked at by itimers_tick while it is on armed_cpu_timers.
 *
 * A timer has one signal queue entry.  After it fired a periodic timer rests (`requeue`) until
 * its signal is taken; only then are the expiries of the meantime counted as overrun and is it
 * started again.  So a timer costs nothing while its signal is blocked, however short its period.
 * A timer that is deleted while its signal is queued lives on, without a group, until that has
 * been taken.
 */
#include "um/posix_timer.h"

#include "um/clock.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

/* An ignored signal is not queued, so nothing slows such a timer down: a tick of Linux's does. */
#define IGNORED_PERIOD (4 * NSEC_PER_MSEC)

struct posix_timer {
	struct list_head node;		/* group->posix_timers */
	struct list_head cpu_node;	/* armed_cpu_timers */
	int id;
	struct thread_group *group;	/* whose it is; NULL: deleted */
	int notify;			/* SIGEV_* */
	int target;			/* SIGEV_THREAD_ID: the thread */
	struct sigqueue signal;
	int clock;
	bool on_cpu;
	struct cpu_clock cpu;		/* with a reference to its task */
	struct clock_timer timer;	/* on_cpu: only expires and interval */
	bool active;			/* will fire, or requeue */
	bool requeue;			/* has fired, will start again when the signal is taken */
	s64 overrun;			/* expiries since the signal was last taken, minus 1 */
	s64 overrun_last;
};

struct posix_timers {
	struct list_head list;
	u64 count;
	int next_id;
};

static LIST_HEAD(armed_cpu_timers);
unsigned posix_cpu_timers_armed;

static void timer_expired(struct posix_timer *timer);

static u64 timer_now(const struct posix_timer *timer)
{
	return timer->on_cpu ? cpu_clock_now(&timer->cpu) : clock_now(timer->timer.clock);
}

static void timer_stop(struct posix_timer *timer)
{
	timer->active = timer->requeue = false;
	clock_timer_cancel(&timer->timer);
	if (!list_empty(&timer->cpu_node)) {
		list_del(&timer->cpu_node);
		posix_cpu_timers_armed--;
	}
}

static void timer_start(struct posix_timer *timer)
{
	timer->active = true;
	timer->requeue = false;
	if (timer->notify == SIGEV_NONE)
		return;		/* only ever read */
	if (timer_now(timer) >= timer->timer.expires) {
		timer_expired(timer);
	} else if (!timer->on_cpu) {
		clock_timer_restart(&timer->timer);
	} else if (list_empty(&timer->cpu_node)) {
		list_add_tail(&timer->cpu_node, &armed_cpu_timers);
		posix_cpu_timers_armed++;
	}
}

/* The thread that a thread's timer signals, or any for one of the process; NULL: it is gone. */
static struct task *signal_target(const struct posix_timer *timer)
{
	struct task *task;

	if (!(timer->notify & SIGEV_THREAD_ID))
		return timer->group->leader;
	task = find_task(timer->target);
	return task && task->group == timer->group ? task : NULL;
}

static void timer_expired(struct posix_timer *timer)
{
	u64 interval = timer->timer.interval;
	struct task *task = signal_target(timer);
	u64 now;

	timer_stop(timer);
	if (!task)
		return;
	timer->active = timer->requeue = interval != 0;
	if (!send_sigqueue(&timer->signal, task, !(timer->notify & SIGEV_THREAD_ID)) || !interval)
		return;
	/* Ignored: goes on by itself. */
	now = timer_now(timer) + (interval < IGNORED_PERIOD ? IGNORED_PERIOD : 0);
	timer->overrun += clock_timer_forward(&timer->timer, now);
	timer_start(timer);
}

static void clock_timer_fired(struct clock_timer *ct)
{
	timer_expired(container_of(ct, struct posix_timer, timer));
}

void posix_cpu_timers_tick(struct task *task)
{
	struct posix_timer *timer, *next;

	list_for_each_entry_safe(timer, next, &armed_cpu_timers, cpu_node) {
		if (timer->cpu.thread ? timer->cpu.task != task :
					timer->cpu.task->group != task->group)
			continue;
		if (timer_now(timer) >= timer->timer.expires)
			timer_expired(timer);
	}
}

static void timer_free(struct posix_timer *timer)
{
	if (timer->on_cpu)
		task_put(timer->cpu.task);
	kfree(timer);
}

static s64 clamp_overrun(s64 count)
{
	return min(count, (s64)INT_MAX);
}

/* The signal has been delivered to someone, or dropped (info NULL). */
static void signal_taken(struct sigqueue *entry, siginfo_t *info)
{
	struct posix_timer *timer = entry->timer;

	if (!timer->group) {
		timer_free(timer);
		return;
	}
	if (!timer->requeue)
		return;
	timer->overrun += clock_timer_forward(&timer->timer, timer_now(timer));
	timer->overrun_last = timer->overrun;
	timer->overrun = -1;
	if (info)
		info->si_overrun = clamp_overrun(timer->overrun_last + info->si_overrun);
	timer_start(timer);
}

/* Takes the timer's signal back, as if it had never been sent. */
static void signal_drop(struct posix_timer *timer)
{
	struct task *task = signal_target(timer);
	struct sigqueue *entry = &timer->signal, *other;
	struct sigpending *pending;

	if (list_empty(&entry->node))
		return;
	sigqueue_unqueue(entry);
	if (!task)
		return;
	pending = timer->notify & SIGEV_THREAD_ID ? &task->pending : &timer->group->shared_pending;
	list_for_each_entry(other, &pending->queue, node)
		if (other->info.si_signo == entry->info.si_signo)
			return;
	pending->set &= ~sigbit(entry->info.si_signo);
}

static void timer_remove(struct posix_timer *timer)
{
	timer_stop(timer);
	list_del(&timer->node);
	timer->group->posix_timers->count--;
	timer->group = NULL;
	if (list_empty(&timer->signal.node))
		timer_free(timer);
}

void posix_timers_exit(struct thread_group *group)
{
	struct posix_timers *timers = group->posix_timers;
	struct posix_timer *timer, *next;

	if (!timers)
		return;
	list_for_each_entry_safe(timer, next, &timers->list, node) {
		signal_drop(timer);
		timer_remove(timer);
	}
	group->posix_timers = NULL;
	kfree(timers);
}

static struct posix_timer *timer_find(int id)
{
	struct posix_timers *timers = current->group->posix_timers;
	struct posix_timer *timer;

	if (!timers || id < 0)
		return NULL;
	list_for_each_entry(timer, &timers->list, node)
		if (timer->id == id)
			return timer;
	return NULL;
}

static struct posix_timers *get_timers(struct thread_group *group)
{
	if (!group->posix_timers) {
		group->posix_timers = kzalloc_type(struct posix_timers);
		INIT_LIST_HEAD(&group->posix_timers->list);
	}
	return group->posix_timers;
}

static int free_id(struct posix_timers *timers)
{
	int id;

	do {
		id = timers->next_id;
		timers->next_id = id == INT_MAX ? 0 : id + 1;
	} while (timer_find(id));
	return id;
}

/* 0, -EINVAL: no such clock, -EOPNOTSUPP: not one for timers. */
static int check_timer_clock(int clock, struct cpu_clock *cpu)
{
	if (clock_is_cpu(clock))
		return cpu_clock_find(cpu, clock, false);
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		return 0;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static int check_event(const struct sigevent *event)
{
	struct task *task;

	switch (event->sigev_notify) {
	case SIGEV_SIGNAL | SIGEV_THREAD_ID:
		task = find_task(event->sigev_notify_thread_id);
		if (!task || !same_group(task, current))
			return -EINVAL;
		/* fall through */
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		return event->sigev_signo < 1 || event->sigev_signo > KNSIG ? -EINVAL : 0;
	case SIGEV_NONE:
		return 0;
	default:
		return -EINVAL;
	}
}

static struct posix_timer *timer_new(int clock, const struct cpu_clock *cpu)
{
	struct posix_timer *timer = kzalloc_type(struct posix_timer);

	INIT_LIST_HEAD(&timer->cpu_node);
	INIT_LIST_HEAD(&timer->signal.node);
	timer->signal.timer = timer;
	timer->signal.taken = signal_taken;
	timer->clock = clock;
	timer->overrun = -1;
	clock_timer_init(&timer->timer, clock_timer_fired);
	timer->on_cpu = clock_is_cpu(clock);
	if (timer->on_cpu) {
		timer->cpu = *cpu;
		task_get(timer->cpu.task);
	}
	return timer;
}

static void timer_set_event(struct posix_timer *timer, const struct sigevent *event)
{
	siginfo_t *info = &timer->signal.info;

	timer->notify = event->sigev_notify;
	if (timer->notify & SIGEV_THREAD_ID)
		timer->target = event->sigev_notify_thread_id;
	info->si_signo = event->sigev_signo;
	info->si_code = SI_TIMER;
	info->si_tid = timer->id;
	info->si_value = event->sigev_value;
}

/* What timer_create makes of a NULL event. */
static void default_event(struct sigevent *event, int id)
{
	memset(event, 0, sizeof(*event));
	event->sigev_notify = SIGEV_SIGNAL;
	event->sigev_signo = SIGALRM;
	event->sigev_value.sival_int = id;
}

static int timer_add(int clock, const struct cpu_clock *cpu, int id, const struct sigevent *event)
{
	struct posix_timers *timers = current->group->posix_timers;
	struct posix_timer *timer;
	int err = check_event(event);

	if (err)
		return err;
	timer = timer_new(clock, cpu);
	timer->id = id;
	timer->group = current->group;
	timer_set_event(timer, event);
	timers->count++;
	list_add_tail(&timer->node, &timers->list);
	return 0;
}

SYSCALL_DEFINE3(timer_create, A_CLOCK, int, which, A_PTR, uaddr_t, uevent, A_PTR, uaddr_t, created)
{
	struct posix_timers *timers;
	struct sigevent event;
	struct cpu_clock cpu;
	int err, id;

	if (uevent && get_user(event, uevent))
		return -EFAULT;
	err = check_timer_clock(which, &cpu);
	if (err)
		return err;
	timers = get_timers(current->group);
	if (timers->count >= rlimit(RLIMIT_SIGPENDING))
		return -EAGAIN;
	id = free_id(timers);
	if (!uevent)
		default_event(&event, id);
	err = timer_add(which, &cpu, id, &event);
	if (!err && put_user(id, created)) {
		/* Another thread may have deleted it while that slept. */
		struct posix_timer *timer = timer_find(id);

		if (timer)
			timer_remove(timer);
		err = -EFAULT;
	}
	return err;
}

/* A periodic timer that rests, or that nobody is told of, has its next expiry worked out here. */
static u64 timer_remaining(struct posix_timer *timer)
{
	u64 now = timer_now(timer);

	if (!timer->active)
		return 0;
	if (timer->requeue || timer->notify == SIGEV_NONE)
		timer->overrun += clock_timer_forward(&timer->timer, now);
	if (timer->timer.expires > now)
		return timer->timer.expires - now;
	return timer->notify == SIGEV_NONE ? 0 : 1;
}

SYSCALL_TIME2(timer_gettime, timer_gettime64, A_INT, int, id, A_PTR, uaddr_t, setting)
{
	struct posix_timer *timer = timer_find(id);

	if (!timer)
		return -EINVAL;
	return itimerspec_put(setting, timer->timer.interval, timer_remaining(timer));
}

static void timer_set(struct posix_timer *timer, bool absolute, u64 value, u64 interval)
{
	struct clock_timer *ct = &timer->timer;

	timer_stop(timer);
	timer->overrun = -1;
	timer->overrun_last = 0;
	ct->interval = value ? interval : 0;
	if (!value)
		return;
	ct->clock = timer->on_cpu || absolute ? timer->clock : CLOCK_MONOTONIC;
	ct->expires = value;
	if (!absolute && __builtin_add_overflow(value, timer_now(timer), &ct->expires))
		ct->expires = KTIME_MAX - 1;
	timer_start(timer);
}

SYSCALL_TIME4(timer_settime, timer_settime64, A_INT, int, id, A_INT, int, flags, A_PTR, uaddr_t,
	      new, A_PTR, uaddr_t, old)
{
	struct posix_timer *timer;
	u64 interval, value, old_interval, old_value;
	int err;

	if (!new)
		return -EINVAL;
	err = itimerspec_get(&interval, &value, new);
	if (err)
		return err;
	timer = timer_find(id);
	if (!timer)
		return -EINVAL;
	old_interval = timer->timer.interval;
	old_value = timer_remaining(timer);
	timer_set(timer, flags & TIMER_ABSTIME, value, interval);
	return old ? itimerspec_put(old, old_interval, old_value) : 0;
}

SYSCALL_DEFINE1(timer_getoverrun, A_INT, int, id)
{
	struct posix_timer *timer = timer_find(id);

	return timer ? clamp_overrun(timer->overrun_last) : -EINVAL;
}

SYSCALL_DEFINE1(timer_delete, A_INT, int, id)
{
	struct posix_timer *timer = timer_find(id);

	if (!timer)
		return -EINVAL;
	timer_remove(timer);
	return 0;
}
