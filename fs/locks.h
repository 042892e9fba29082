/* Record locks, between fcntl.c, fcntl_lock.c and locks.c. */
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

/* fcntl's lock commands; -EINVAL for any other. */
long fcntl_lock(int fd, struct file *file, unsigned cmd, uaddr_t arg);
/* A command with 64-bit offsets that only fcntl64 has, on CPUs with both. */
bool fcntl_needs_64(unsigned cmd);

#endif
