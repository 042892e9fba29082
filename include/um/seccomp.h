/* seccomp(2): what a task may still call.  kernel/seccomp.c */
#ifndef UM_SECCOMP_H
#define UM_SECCOMP_H

#include "um/types.h"

struct task;
struct seccomp_filter;

struct task_seccomp {
	int mode;			/* SECCOMP_MODE_* */
	struct seccomp_filter *filter;	/* the newest of the chain; a reference */
};

/* fork: the child has its parent's mode and filters. */
void seccomp_inherit(struct task *child, const struct task *from);
void seccomp_forget(struct task *task);	/* the task is freed */
unsigned seccomp_filter_count(const struct task *task);
/* Before current's call `regs.syscall`: true if it may be made.  False: it is not, and its
 * result is in the registers.  May not return.  May sleep. */
bool seccomp_enter(struct task *task);
long prctl_set_seccomp(unsigned long mode, uaddr_t filter);

#endif
