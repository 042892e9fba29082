/* A sleep on many files' wait queues, for poll and select.  fs/poll_wait.c */
#ifndef FS_POLL_WAIT_H
#define FS_POLL_WAIT_H

#include "um/poll.h"
#include "um/timer.h"

#define POLL_INLINE_ENTRIES 8

/* One queue that a file's readiness hangs on; the file is held so that the queue stays. */
struct poll_entry {
	struct wait_entry wait;
	struct poll_waiter *waiter;
	struct file *file;
	u32 events;
};

struct poll_chunk {
	struct poll_chunk *next;
	unsigned used;
	struct poll_entry entry[64];
};
#define POLL_MAX_CHUNKS 1024	/* what one call may make K allocate */

struct poll_waiter {
	struct poll_table pt;	/* pt.queue is NULL once all files have been queued on */
	struct task *task;
	bool triggered;		/* something happened since the last look */
	unsigned used;
	struct poll_entry entry[POLL_INLINE_ENTRIES];
	struct poll_chunk *chunks;
	unsigned nr_chunks;
	int error;		/* -ENOMEM: not all files could be queued on */
};

void poll_waiter_init(struct poll_waiter *waiter);
void poll_waiter_end(struct poll_waiter *waiter);
/* Sleeps until a file has news: 0; -EINTR, -ETIMEDOUT. */
int poll_waiter_sleep(struct poll_waiter *waiter, u64 deadline);

/* A timeout and how what is left of it goes back to the user: ppoll, select, pselect6. */
struct poll_timeout {
	bool given;
	bool zero;		/* only a look: nothing is written back */
	u64 deadline;		/* KTIME_MAX: none */
	uaddr_t user;		/* where the rest goes */
	bool timeval;		/* in which form */
};

void poll_timeout_set(struct poll_timeout *timeout, u64 ns);
/* struct __kernel_timespec from user memory; `user` may be 0.  0, -EFAULT, -EINVAL. */
int poll_timeout_get(struct poll_timeout *timeout, uaddr_t user);
/* The end of such a call: the signal mask and the rest of the time go back.  Returns the result to
 * give, which may change: a call whose rest could not be stored cannot be restarted. */
long poll_finish(const struct poll_timeout *timeout, long ret);

#endif
