/* What epoll.c and epoll_nest.c share. */
#ifndef FS_EPOLL_H
#define FS_EPOLL_H

#include <bsd/sys/tree.h>

#include "um/fs.h"
#include "um/poll.h"

struct ep_entry;

struct ep_item {
	RB_ENTRY(ep_item) rb;		/* ep->items */
	struct list_head ready;		/* ep->ready, or on its way through ep_send_events */
	struct list_head file_link;	/* file->epoll_links */
	struct eventpoll *ep;
	struct file *file;		/* not referenced */
	int fd;
	struct epoll_event event;
	struct ep_entry *entries;	/* the wait queues it hangs on */
};

RB_HEAD(ep_tree, ep_item);
int ep_item_compare(struct ep_item *a, struct ep_item *b);
RB_PROTOTYPE(ep_tree, ep_item, rb, ep_item_compare);

struct eventpoll {
	int refs;			/* its file; epoll_file_gone while it waits for the lock */
	struct file *file;		/* not referenced: the file owns us */
	struct mutex lock;
	struct ep_tree items;		/* by file and descriptor */
	struct list_head ready;
	struct wait_queue_head wait;	/* epoll_wait */
	struct wait_queue_head poll_wait;	/* who watches the instance */
	unsigned visit;			/* epoll_nest.c: seen in this walk ... */
	int depth;			/* ... with this result */
};

struct eventpoll *file_eventpoll(struct file *file);	/* NULL: another kind of file */

/* --- epoll_nest.c */
/* May `ep` watch `file`?  0, or -ELOOP: that would be a circle, or too deep. */
int ep_check_depth(struct eventpoll *ep, struct file *file);
/* Now that ep watches file: 0, or -EINVAL: one event would wake too many. */
int ep_check_paths(struct eventpoll *ep, struct file *file);

#endif
