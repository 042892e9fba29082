/* Sleeping locks.  K never preempts, so they are needed only around code that may sleep. */
#ifndef UM_MUTEX_H
#define UM_MUTEX_H

#include "um/bug.h"
#include "um/wait.h"

struct mutex {
	struct task *owner;	/* NULL: free */
	struct wait_queue_head waiters;
};

#define MUTEX_INIT(name) { NULL, WAIT_QUEUE_HEAD_INIT((name).waiters) }
void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);	/* uninterruptible; not recursive (BUG) */
bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m);	/* BUG when current is not the owner */

#endif
