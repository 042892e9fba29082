/* Interval timers and RLIMIT_CPU.  kernel/itimer.c */
#ifndef UM_ITIMER_H
#define UM_ITIMER_H

struct task;
struct thread_group;

/* What hangs on CPU time: called for running tasks about every 10 ms, and when a task comes back
 * from user code.  Cheap while nobody counts.  Does not sleep. */
void itimers_tick(struct task *task);
void itimers_exit(struct thread_group *group);	/* the process's last thread ends */

#endif
