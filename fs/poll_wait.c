/*
 * What poll and select have in common: sleeping on many files at once, and timeouts whose rest
 * is written back.
 */
#include "poll_wait.h"

#include <linux/personality.h>

#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/uaccess.h"

static bool poll_wake(struct wait_entry *wait, u32 key)
{
	struct poll_entry *entry = container_of(wait, struct poll_entry, wait);

	if (key && !(key & entry->events))
		return false;
	entry->waiter->triggered = true;
	wake_up_task(entry->waiter->task);
	return true;
}

static struct poll_chunk *new_chunk(struct poll_waiter *waiter)
{
	struct poll_chunk *chunk = NULL;

	if (waiter->nr_chunks < POLL_MAX_CHUNKS)
		chunk = kmalloc_user(sizeof(*chunk));
	if (chunk) {
		chunk->next = waiter->chunks;
		waiter->chunks = chunk;
		waiter->nr_chunks++;
	}
	return chunk;
}

static struct poll_entry *new_entry(struct poll_waiter *waiter)
{
	struct poll_chunk *chunk = waiter->chunks;

	if (waiter->used < POLL_INLINE_ENTRIES)
		return &waiter->entry[waiter->used++];
	if (!chunk || chunk->used == ARRAY_SIZE(chunk->entry)) {
		chunk = new_chunk(waiter);
		if (!chunk)
			return NULL;
	}
	return &chunk->entry[chunk->used++];
}

static void poll_queue(struct file *file, struct wait_queue_head *wq, struct poll_table *pt)
{
	struct poll_waiter *waiter = container_of(pt, struct poll_waiter, pt);
	struct poll_entry *entry = new_entry(waiter);

	if (!entry) {
		waiter->error = -ENOMEM;
		return;
	}
	entry->waiter = waiter;
	entry->file = file_get(file);
	entry->events = pt->events | EPOLLERR | EPOLLHUP;
	entry->wait.wake = poll_wake;
	add_wait_queue(wq, &entry->wait);
}

void poll_waiter_init(struct poll_waiter *waiter)
{
	waiter->pt.queue = poll_queue;
	waiter->pt.events = 0;
	waiter->task = current;
	waiter->triggered = false;
	waiter->used = 0;
	waiter->chunks = NULL;
	waiter->nr_chunks = 0;
	waiter->error = 0;
}

static void release_entries(struct poll_entry *entry, unsigned n)
{
	while (n--) {
		remove_wait_queue(&entry[n].wait);
		fput(entry[n].file);
	}
}

void poll_waiter_end(struct poll_waiter *waiter)
{
	struct poll_chunk *chunk;

	release_entries(waiter->entry, waiter->used);
	while ((chunk = waiter->chunks)) {
		waiter->chunks = chunk->next;
		release_entries(chunk->entry, chunk->used);
		kfree(chunk);
	}
}

int poll_waiter_sleep(struct poll_waiter *waiter, u64 deadline)
{
	int err = 0;

	while (!waiter->triggered && !err) {
		err = wait_interrupted(TASK_INTERRUPTIBLE, deadline);
		if (!err)
			sleep_until(TASK_INTERRUPTIBLE, deadline);
	}
	waiter->triggered = false;
	return err == -ERESTARTSYS ? -EINTR : err;
}

void poll_timeout_set(struct poll_timeout *timeout, u64 ns)
{
	timeout->given = true;
	timeout->zero = !ns;
	timeout->deadline = deadline_after(ns);
}

int poll_timeout_get(struct poll_timeout *timeout, uaddr_t user)
{
	u64 ns;
	int err;

	*timeout = (struct poll_timeout){ .deadline = KTIME_MAX, .user = user };
	if (!user)
		return 0;
	err = timespec_get(&ns, user);
	if (!err)
		poll_timeout_set(timeout, ns);
	return err;
}

static int put_rest(const struct poll_timeout *timeout)
{
	u64 now = ktime_mono();
	u64 left = timeout->deadline > now ? timeout->deadline - now : 0;

	return timeout->timeval ? timeval_put(timeout->user, left) :
				  timespec_put(timeout->user, left);
}

long poll_finish(const struct poll_timeout *timeout, long ret)
{
	restore_user_sigmask(ret == -ERESTARTNOHAND);
	if (!timeout->given || timeout->zero)
		return ret;
	if (!(current->personality & STICKY_TIMEOUTS) && !put_rest(timeout))
		return ret;
	return ret == -ERESTARTNOHAND ? -EINTR : ret;
}
