/*
 * Wait queues and sleeping.
 *
 * Entries wait in the order of their arrival.  While a queue is being woken a bookmark (an entry
 * without `wake`) keeps the place, so call-backs may remove any entry of any queue.
 */
#include "um/bug.h"
#include "um/sched.h"
#include "um/wait.h"

void add_wait_queue(struct wait_queue_head *wq, struct wait_entry *entry)
{
	entry->exclusive = false;
	list_add_tail(&entry->node, &wq->entries);
}

void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_entry *entry)
{
	entry->exclusive = true;
	list_add_tail(&entry->node, &wq->entries);
}

void remove_wait_queue(struct wait_entry *entry)
{
	if (entry->node.next)
		list_del(&entry->node);
}

/* A task that does not sleep any more (a signal or timeout was first) is not counted as woken:
 * the next exclusive waiter gets the wakeup.  Its entry leaves the queue when it is woken, so
 * that it takes no second one before it has run. */
bool wake_task_entry(struct wait_entry *entry, u32 key __maybe_unused)
{
	if (!wake_up_state(entry->task, WAKE_SLEEPING))
		return false;
	list_del(&entry->node);
	return true;
}

void wake_up_key(struct wait_queue_head *wq, int nr_exclusive, u32 key)
{
	struct wait_entry bookmark = { .wake = NULL };
	struct list_head *node, *next;

	for (node = wq->entries.next; node != &wq->entries; node = next) {
		struct wait_entry *entry = list_entry(node, struct wait_entry, node);
		bool exclusive = entry->exclusive;

		next = node->next;
		if (!entry->wake || (exclusive && nr_exclusive <= 0))
			continue;
		list_add(&bookmark.node, node);
		if (entry->wake(entry, key) && exclusive)
			nr_exclusive--;
		next = bookmark.node.next;
		list_del(&bookmark.node);
	}
}

int wait_interrupted(enum task_state state, u64 deadline)
{
	if (state == TASK_INTERRUPTIBLE && signal_pending(current))
		return -ERESTARTSYS;
	if (state == TASK_KILLABLE && fatal_signal_pending(current))
		return -ERESTARTSYS;
	if (deadline != KTIME_MAX && deadline <= ktime_mono())
		return -ETIMEDOUT;
	return 0;
}

static void sleep_timeout(struct timer *timer)
{
	wake_up_task(container_of(timer, struct task, sleep_timer));
}

void sleep_until(enum task_state state, u64 deadline)
{
	struct timer *timer = &current->sleep_timer;

	if (wait_interrupted(state, deadline))
		return;
	if (deadline != KTIME_MAX) {
		timer->fn = sleep_timeout;
		timer_arm(timer, deadline);
	}
	current->state = state;
	schedule();
	timer_cancel(timer);
}
