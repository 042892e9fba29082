/*
 * POSIX message queues: what their files share.
 *
 * A queue is an inode of the one "mqueue" file system, which every mount of it shows and which
 * mq_open uses unmounted.  It lives as long as its name or an open descriptor.
 */
#ifndef MQUEUE_H
#define MQUEUE_H

#include <linux/mqueue.h>

#include "um/fs.h"
#include "um/signal.h"

struct mq_message {
	struct list_head node;
	unsigned prio;
	size_t size;
	char text[];
};

struct mq_user;

struct mqueue {
	struct mq_attr attr;		/* mq_flags is 0: it is each open file's own */
	struct list_head messages;	/* highest priority first, then oldest first */
	u64 bytes;			/* of text in messages */
	struct list_head senders, receivers;	/* struct mq_waiter, who is served first is first */
	struct wait_queue_head poll_wait;
	struct pid *notify_owner;	/* mq_notify: a reference, or NULL */
	struct sigevent notify;
	struct mq_user *user;		/* whose RLIMIT_MSGQUEUE `charged` counts against */
	u64 charged;
};

static inline struct mqueue *mqueue_of(const struct file *file)
{
	return file->inode->private;
}

/* --- queue.c */
/* A queue for current; attr NULL: of the default size.  ERR_PTR(-EINVAL, -EMFILE, -EOVERFLOW,
 * -ENOSPC). */
struct mqueue *mqueue_new(const struct mq_attr *attr);
void mqueue_free(struct mqueue *queue);
/* ERR_PTR(-ENOMEM); freed by mq_message_free. */
struct mq_message *mq_message_new(size_t size);
void mq_message_free(struct mq_message *msg);
/* Sleeps while the queue is full, until the deadline, unless nonblock.  Takes the message over on
 * success.  0, -EAGAIN, -ETIMEDOUT, -ERESTARTSYS. */
int mqueue_send(struct mqueue *queue, struct mq_message *msg, bool nonblock, u64 deadline);
/* The first message, now the caller's; or ERR_PTR of the same errors. */
struct mq_message *mqueue_receive(struct mqueue *queue, bool nonblock, u64 deadline);
void mqueue_notify_off(struct mqueue *queue);

/* --- inode.c */
extern struct mount *mqueue_mnt;	/* never seen in the tree */
extern const struct file_ops mqueue_fops;
/* Gives a new queue the name; the directory is locked. */
int mqueue_make(struct inode *dir, struct dentry *dentry, umode_t mode, const struct mq_attr *attr);

#endif
