/*
 * Sleeping locks.  An unlock hands the lock to the first waiter, so that nobody is starved and a
 * waiter that has been chosen cannot lose it again.
 */
#include "um/mutex.h"
#include "um/sched.h"

void mutex_init(struct mutex *m)
{
	m->owner = NULL;
	init_waitqueue_head(&m->waiters);
}

void mutex_lock(struct mutex *m)
{
	if (mutex_trylock(m))
		return;
	BUG_ON(m->owner == current);
	wait_event_full(&m->waiters, m->owner == current, TASK_UNINTERRUPTIBLE, KTIME_MAX, true);
}

bool mutex_trylock(struct mutex *m)
{
	if (m->owner)
		return false;
	m->owner = current;
	return true;
}

void mutex_unlock(struct mutex *m)
{
	struct wait_entry *first;

	BUG_ON(m->owner != current);
	m->owner = NULL;
	if (!waitqueue_active(&m->waiters))
		return;
	first = list_first_entry(&m->waiters.entries, struct wait_entry, node);
	m->owner = first->task;
	/* The new owner leaves the queue now, even if it runs already: it must not be chosen
	 * twice. */
	first->wake(first, 0);
	list_del(&first->node);
}
