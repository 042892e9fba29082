/* Process ids: a number that tasks, process groups and sessions are found by, held as long as
 * any of the three uses it.  kernel/pid.c */
#ifndef UM_PID_H
#define UM_PID_H

#include "um/list.h"
#include "um/wait.h"

struct task;

struct pid {
	int nr;
	int refs;
	struct list_head hash_node;
	struct task *task;		/* the thread with this tid, or NULL */
	struct list_head pgrp_members;	/* thread_group by pgrp_node in struct pid_links */
	struct list_head session_members;
	struct wait_queue_head poll_wait; /* pidfds */
};

#define PID_MAX_DEFAULT 32768

struct pid *pid_alloc(void);		/* a fresh number with one reference; NULL: none left */
struct pid *pid_find(int nr);		/* no reference; NULL if nobody has it */
struct pid *pid_get(struct pid *pid);	/* pid may be NULL */
void pid_put(struct pid *pid);
static inline int pid_nr(const struct pid *pid)
{
	return pid ? pid->nr : 0;
}
extern int pid_last;	/* the newest, for /proc/loadavg */

#endif
