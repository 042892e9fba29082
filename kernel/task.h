/* What the files that make, run and end tasks share. */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include "um/sched.h"

/* --- sched.c */
/* Runs user code until the gate reports an event in task->event. */
void user_mode_run(struct task *task, bool single_step);

/* --- task.c */
struct task *task_alloc(void);		/* refs 1; not yet anywhere to be found */
struct thread_group *group_alloc(void);
void group_put(struct thread_group *group);
/* The task gets its pid, joins its group and can be found.  Takes the pid's reference. */
void task_publish(struct task *task, struct pid *pid);
void task_unpublish(struct task *task);	/* the pid is given back */
/* takes references itself */
void group_set_pgrp(struct thread_group *group, struct pid *pgrp);
void group_set_session(struct thread_group *group, struct pid *session);
void account_thread_end(struct task *task);	/* its times and counts go to the group */

/* --- exit.c */
void release_task(struct task *task);	/* reaped: gone from everywhere */
void vfork_done(struct task *task);	/* by exec and exit: the parent goes on */
void mm_release(struct task *task);	/* clears child_tid, robust futexes, vfork parent */
/* A tracer has waited for an ended tracee, or lets it go: a thread is released, a leader is told
 * to its parent. */
void release_traced_zombie(struct task *task);
int de_thread(void);			/* exec: all other threads end; 0, or -EAGAIN when killed */


#endif
