/* Waiting for several files at once: poll, select, epoll.  fs/select.c */
#ifndef UM_POLL_H
#define UM_POLL_H

#include <linux/eventpoll.h>

#include "um/wait.h"

struct file;

/* What a file's poll operation queues itself on.  `queue` is called for each wait queue the
 * file's readiness hangs on. */
struct poll_table {
	void (*queue)(struct file *file, struct wait_queue_head *wq, struct poll_table *pt);
	u32 events;	/* that the caller is interested in */
};

static inline void poll_wait(struct file *file, struct wait_queue_head *wq, struct poll_table *pt)
{
	if (pt && pt->queue)
		pt->queue(file, wq, pt);
}

/* The last reference to `file` is gone: its items in all epoll instances vanish.  fput calls this
 * before ops->release, when epoll_links is not empty.  May sleep.  fs/epoll.c */
void epoll_file_gone(struct file *file);

#define POLL_DEFAULT (EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM)

#endif
