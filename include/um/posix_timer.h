/* POSIX timers.  kernel/posix_timer.c */
#ifndef UM_POSIX_TIMER_H
#define UM_POSIX_TIMER_H

#include "um/types.h"

struct task;
struct thread_group;

void posix_timers_exit(struct thread_group *group);	/* at the process's end and in exec */
/* For itimers_tick: fires what hangs on the CPU time of `task` or its process. */
extern unsigned posix_cpu_timers_armed;
void posix_cpu_timers_tick(struct task *task);

#endif
