/* Record locks, between fcntl.c and locks.c. */
#ifndef FS_LOCKS_H
#define FS_LOCKS_H

#include "internal.h"

/* struct flock in K's own width. */
struct klock {
	int type, whence, pid;
	loff_t start, len;
};

int fcntl_getlk(struct file *file, struct klock *kl, bool ofd);
int fcntl_setlk(struct file *file, const struct klock *kl, bool wait, bool ofd);

#endif
