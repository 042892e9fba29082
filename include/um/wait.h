/*
 * Wait queues: how fibers sleep until a condition holds.  kernel/wait.c
 *
 * K runs one fiber at a time and never preempts, so a condition that was tested stays as it is
 * until this fiber sleeps: there are no lost wakeups to guard against between test and sleep.
 *
 * Times are absolute CLOCK_MONOTONIC nanoseconds; KTIME_MAX means for ever.
 */
#ifndef UM_WAIT_H
#define UM_WAIT_H

#include "um/err.h"
#include "um/list.h"

#define KTIME_MAX UINT64_MAX

struct task;

struct wait_queue_head {
	struct list_head entries;
};

/* `wake` runs on wake_up, in whoever woke, and must not sleep; it may delete the entry.  Returns
 * true if it woke somebody (counts against the limit for exclusive entries).  `key` is a mask of
 * EPOLL* events, 0 for "something changed". */
struct wait_entry {
	struct list_head node;
	bool exclusive;
	bool (*wake)(struct wait_entry *entry, u32 key);
	struct task *task;	/* for wake_task */
};

#define WAIT_QUEUE_HEAD_INIT(name) { LIST_HEAD_INIT((name).entries) }

static inline void init_waitqueue_head(struct wait_queue_head *wq)
{
	INIT_LIST_HEAD(&wq->entries);
}

static inline bool waitqueue_active(const struct wait_queue_head *wq)
{
	return !list_empty(&wq->entries);
}

/* The usual entry: wakes a sleeping task. */
bool wake_task_entry(struct wait_entry *entry, u32 key);
void add_wait_queue(struct wait_queue_head *wq, struct wait_entry *entry);
void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_entry *entry);
void remove_wait_queue(struct wait_entry *entry);	/* harmless when not queued */

/* Wakes all non-exclusive entries and up to nr exclusive ones. */
void wake_up_key(struct wait_queue_head *wq, int nr_exclusive, u32 key);
#define wake_up(wq) wake_up_key(wq, 1, 0)
#define wake_up_all(wq) wake_up_key(wq, INT_MAX, 0)
#define wake_up_poll(wq, key) wake_up_key(wq, 1, key)

enum task_state {
	TASK_RUNNING,		/* its fiber runs or is on the run queue */
	TASK_USER,		/* its host thread runs guest code; the gate will report an event */
	TASK_INTERRUPTIBLE,	/* sleeps until woken or a signal is pending */
	TASK_KILLABLE,		/* sleeps until woken or killed */
	TASK_UNINTERRUPTIBLE,	/* sleeps until woken */
	TASK_STOPPED,		/* job control */
	TASK_TRACED,		/* a guest ptrace stop */
	TASK_ZOMBIE,		/* has ended, waits to be reaped; has no fiber any more */
	TASK_DEAD,		/* reaped */
};

/* Sleeps in `state` until woken or the deadline has passed.  Returns at once when `state` would
 * be broken by a pending signal.  The caller has queued itself on what wakes it, and tests its
 * condition again afterwards. */
void sleep_until(enum task_state state, u64 deadline);

/* 0, -ERESTARTSYS when a signal came first, -ETIMEDOUT after the deadline.  The condition is
 * tested first, last, and after each wakeup. */
#define wait_event_full(wq, cond, st, deadline, excl)                                              \
	({                                                                                         \
		struct wait_entry we_entry = { .wake = wake_task_entry, .task = current };         \
		u64 we_deadline = (deadline);                                                      \
		int we_ret = 0;                                                                    \
		if (!(cond)) {                                                                     \
			INIT_LIST_HEAD(&we_entry.node);                                            \
			for (;;) {                                                                 \
				if (list_empty(&we_entry.node)) {                                  \
					if (excl)                                                  \
						add_wait_queue_exclusive(wq, &we_entry);           \
					else                                                       \
						add_wait_queue(wq, &we_entry);                     \
				}                                                                  \
				if (cond)                                                          \
					break;                                                     \
				we_ret = wait_interrupted(st, we_deadline);                        \
				if (we_ret)                                                        \
					break;                                                     \
				sleep_until(st, we_deadline);                                      \
			}                                                                          \
			remove_wait_queue(&we_entry);                                              \
		}                                                                                  \
		we_ret;                                                                            \
	})
/* -ERESTARTSYS, -ETIMEDOUT or 0: would a sleep in this state end at once? */
int wait_interrupted(enum task_state state, u64 deadline);

#define wait_event(wq, cond)                                                                       \
	((void)wait_event_full(wq, cond, TASK_UNINTERRUPTIBLE, KTIME_MAX, false))
#define wait_event_interruptible(wq, cond)                                                         \
	wait_event_full(wq, cond, TASK_INTERRUPTIBLE, KTIME_MAX, false)
#define wait_event_killable(wq, cond) wait_event_full(wq, cond, TASK_KILLABLE, KTIME_MAX, false)
#define wait_event_interruptible_until(wq, cond, deadline)                                         \
	wait_event_full(wq, cond, TASK_INTERRUPTIBLE, deadline, false)
#define wait_event_interruptible_exclusive(wq, cond)                                               \
	wait_event_full(wq, cond, TASK_INTERRUPTIBLE, KTIME_MAX, true)

#endif
