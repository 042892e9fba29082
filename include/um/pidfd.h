/* Descriptors that stand for processes.  kernel/pidfd.c */
#ifndef UM_PIDFD_H
#define UM_PIDFD_H

struct pid;
struct file;

/* A new close-on-exec descriptor for the process; flags: O_NONBLOCK.  -EMFILE... */
int pidfd_create(struct pid *pid, unsigned flags);
struct pid *pidfd_pid(struct file *file);	/* NULL: not a pidfd; no reference */

#endif
