/* What futex.c and futex_pi.c share: who waits on which word. */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

#include <linux/futex.h>

#include "um/futex.h"
#include "um/sched.h"

/* Where a word is, for all who may share it: an offset in a file's pages, or an address in an mm.
 * Private and shared uses of the same address do not meet, as in Linux. */
struct futex_key {
	const void *object;	/* address_space or mm; compared only */
	u64 offset;
	bool shared;
};

/* A waiter; lives on its task's fiber stack or in its futex_waitv array. */
struct futex_waiter {
	struct list_head node;	/* in its key's bucket, in order of arrival */
	struct futex_key key;
	struct task *task;
	u32 bitset;
	bool woken;
	/* futex_pi.c: */
	bool pi;		/* waits for a lock to be handed over ... */
	u32 owner;		/* ... by this thread; 0: nobody knows by whom */
	uaddr_t addr;		/* the word, in the task's own mm */
	struct list_head pi_node;	/* all such waiters */
};

/* When to give up: a time on a clock. */
struct futex_timeout {
	int clock;		/* CLOCK_MONOTONIC or CLOCK_REALTIME */
	u64 expires;		/* KTIME_MAX: never */
};

int futex_get_key(struct futex_key *key, uaddr_t addr, bool shared);	/* 0, -EINVAL, -EFAULT */
bool futex_same_key(const struct futex_key *a, const struct futex_key *b);
struct list_head *futex_bucket(const struct futex_key *key);
void futex_enqueue(struct futex_waiter *waiter);
void futex_wake_waiter(struct futex_waiter *waiter);	/* and takes it off its queue */
/* Sleeps until one of n waiters is woken.  Its index; -ETIMEDOUT, -EINTR. All are off their queues
 * then. */
int futex_sleep(struct futex_waiter *waiters, int n, const struct futex_timeout *timeout);
/* Replaces `old` by `new`: 1, 0 if the word was something else, -EFAULT. */
int futex_cmpxchg(uaddr_t addr, u32 old, u32 new);

/* --- futex_pi.c */
long futex_lock_pi(uaddr_t addr, bool shared, const struct futex_timeout *timeout, bool try_only);
long futex_unlock_pi(uaddr_t addr, bool shared);
void futex_exit_pi(struct task *task);	/* hands its locks over, marked FUTEX_OWNER_DIED */

#endif
