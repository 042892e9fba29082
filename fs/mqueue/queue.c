/*
 * POSIX message queues: messages, who waits for them, limits, notification.
 *
 * While somebody waits to receive, the queue is empty, and a message goes straight to who waited
 * first; while somebody waits to send, it is full, and each message taken makes room for the
 * first waiter's.  So a message that a waiter was given is never seen by others, and its end of
 * sleep needs no second look at the queue.
 */
#include "um/kmalloc.h"
#include "um/pid.h"
#include "um/poll.h"
#include "um/proc_fs.h"
#include "um/sched.h"
#include "../proc/sysctl.h"
#include "mqueue.h"

#define MSG_MAX_HARD 65536
#define MSGSIZE_MAX_HARD (16 << 20)
#define MESSAGE_CHARGE 48	/* what Linux adds to RLIMIT_MSGQUEUE's count for a message, */
#define PRIORITY_CHARGE 48	/* and for each priority in use */
#define HEAP_SHARE 8		/* messages in K's heap: at most this part of the guest's memory */

static unsigned queues_max = 256, nr_queues;
static unsigned msg_max = 10, msgsize_max = 8192;
static unsigned msg_default = 10, msgsize_default = 8192;
static u64 heap_used;

SYSCTL_VAR(mq_queues_max, "fs/mqueue/queues_max", SYSCTL_UINT, queues_max, 0, INT_MAX);
SYSCTL_VAR(mq_msg_max, "fs/mqueue/msg_max", SYSCTL_UINT, msg_max, 1, MSG_MAX_HARD);
SYSCTL_VAR(mq_msgsize_max, "fs/mqueue/msgsize_max", SYSCTL_UINT, msgsize_max, 128,
	   MSGSIZE_MAX_HARD);
SYSCTL_VAR(mq_msg_default, "fs/mqueue/msg_default", SYSCTL_UINT, msg_default, 1, MSG_MAX_HARD);
SYSCTL_VAR(mq_msgsize_default, "fs/mqueue/msgsize_default", SYSCTL_UINT, msgsize_default, 128,
	   MSGSIZE_MAX_HARD);

/* --- RLIMIT_MSGQUEUE: the room of all queues of a real user */

struct mq_user {
	struct list_head node;
	uid_t uid;
	u64 bytes;
};

static LIST_HEAD(users);

static struct mq_user *user_find(uid_t uid)
{
	struct mq_user *user;

	list_for_each_entry(user, &users, node) {
		if (user->uid == uid)
			return user;
	}
	user = kzalloc_type(struct mq_user);
	user->uid = uid;
	list_add(&user->node, &users);
	return user;
}

static void user_uncharge(struct mq_user *user, u64 bytes)
{
	user->bytes -= bytes;
	if (user->bytes)
		return;
	list_del(&user->node);
	kfree(user);
}

static int charge(struct mqueue *queue)
{
	u64 nr = (u64)queue->attr.mq_maxmsg;
	u64 bytes = nr * (u64)queue->attr.mq_msgsize + nr * MESSAGE_CHARGE +
		    min(nr, (u64)MQ_PRIO_MAX) * PRIORITY_CHARGE;
	struct mq_user *user = user_find(current_uid());

	user->bytes += bytes;
	if (user->bytes > rlimit(RLIMIT_MSGQUEUE)) {
		user_uncharge(user, bytes);
		return -EMFILE;
	}
	queue->user = user;
	queue->charged = bytes;
	return 0;
}

/* --- life of a queue */

static int check_attr(const struct mq_attr *attr)
{
	bool privileged = capable(CAP_SYS_RESOURCE);

	if (attr->mq_maxmsg <= 0 || attr->mq_msgsize <= 0)
		return -EINVAL;
	if (attr->mq_maxmsg > (long)(privileged ? MSG_MAX_HARD : msg_max))
		return -EINVAL;
	return attr->mq_msgsize > (long)(privileged ? MSGSIZE_MAX_HARD : msgsize_max) ? -EINVAL : 0;
}

static int may_have_more(void)
{
	if (nr_queues >= nr_total_pages() / 2)
		return -ENOSPC;
	return nr_queues >= queues_max && !capable(CAP_SYS_RESOURCE) ? -ENOSPC : 0;
}

struct mqueue *mqueue_new(const struct mq_attr *attr)
{
	struct mqueue *queue;
	int err = may_have_more();

	if (!err && attr)
		err = check_attr(attr);
	if (err)
		return ERR_PTR(err);
	queue = kzalloc_type(struct mqueue);
	queue->attr.mq_maxmsg = attr ? attr->mq_maxmsg : (long)min(msg_max, msg_default);
	queue->attr.mq_msgsize = attr ? attr->mq_msgsize : (long)min(msgsize_max, msgsize_default);
	INIT_LIST_HEAD(&queue->messages);
	INIT_LIST_HEAD(&queue->senders);
	INIT_LIST_HEAD(&queue->receivers);
	init_waitqueue_head(&queue->poll_wait);
	err = charge(queue);
	if (err) {
		kfree(queue);
		return ERR_PTR(err);
	}
	nr_queues++;
	return queue;
}

void mqueue_free(struct mqueue *queue)
{
	while (!list_empty(&queue->messages)) {
		struct mq_message *msg =
			list_first_entry(&queue->messages, struct mq_message, node);

		list_del(&msg->node);
		mq_message_free(msg);
	}
	mqueue_notify_off(queue);
	user_uncharge(queue->user, queue->charged);
	nr_queues--;
	kfree(queue);
}

/* --- messages */

struct mq_message *mq_message_new(size_t size)
{
	struct mq_message *msg = NULL;

	if (heap_used + sizeof(*msg) + size <= physmem_size / HEAP_SHARE)
		msg = kmalloc_user(sizeof(*msg) + size);
	if (!msg)
		return ERR_PTR(-ENOMEM);
	msg->size = size;
	heap_used += sizeof(*msg) + size;
	return msg;
}

void mq_message_free(struct mq_message *msg)
{
	heap_used -= sizeof(*msg) + msg->size;
	kfree(msg);
}

static void insert(struct mqueue *queue, struct mq_message *msg)
{
	struct list_head *at = queue->messages.prev;

	while (at != &queue->messages &&
	       container_of(at, struct mq_message, node)->prio < msg->prio)
		at = at->prev;
	list_add(&msg->node, at);
	queue->attr.mq_curmsgs++;
	queue->bytes += msg->size;
}

static struct mq_message *take_first(struct mqueue *queue)
{
	struct mq_message *msg = list_first_entry(&queue->messages, struct mq_message, node);

	list_del(&msg->node);
	queue->attr.mq_curmsgs--;
	queue->bytes -= msg->size;
	return msg;
}

/* --- notification */

void mqueue_notify_off(struct mqueue *queue)
{
	pid_put(queue->notify_owner);
	queue->notify_owner = NULL;
}

/* A message has come into the empty queue: its one notification is used up. */
static void notify(struct mqueue *queue)
{
	siginfo_t info;
	struct task *task;

	if (!queue->notify_owner || queue->attr.mq_curmsgs != 1)
		return;
	task = queue->notify_owner->task;
	if (queue->notify.sigev_notify == SIGEV_SIGNAL && queue->notify.sigev_signo && task) {
		memset(&info, 0, sizeof(info));
		info.si_signo = queue->notify.sigev_signo;
		info.si_code = SI_MESGQ;
		info.si_pid = current->tgid;
		info.si_uid = current_uid();
		info.si_value = queue->notify.sigev_value;
		send_signal(info.si_signo, &info, task, true);
	}
	mqueue_notify_off(queue);
}

/* --- waiting */

struct mq_waiter {
	struct list_head node;
	struct wait_queue_head wait;
	struct mq_message *msg;		/* a sender's; or what a receiver was given */
	int nice;
	bool done;
};

/* Among equals who comes first is served first. */
static void enqueue(struct list_head *waiters, struct mq_waiter *waiter)
{
	struct list_head *at = waiters->prev;

	while (at != waiters && container_of(at, struct mq_waiter, node)->nice > waiter->nice)
		at = at->prev;
	list_add(&waiter->node, at);
}

static int wait_for_turn(struct list_head *waiters, struct mq_waiter *waiter, u64 deadline)
{
	int err;

	waiter->nice = current->nice;
	init_waitqueue_head(&waiter->wait);
	enqueue(waiters, waiter);
	err = wait_event_interruptible_until(&waiter->wait, waiter->done, deadline);
	if (waiter->done)
		return 0;
	list_del(&waiter->node);
	return err;
}

static struct mq_waiter *first_waiter(struct list_head *waiters)
{
	return list_empty(waiters) ? NULL : list_first_entry(waiters, struct mq_waiter, node);
}

static void serve(struct mq_waiter *waiter)
{
	list_del(&waiter->node);
	waiter->done = true;
	wake_up(&waiter->wait);
}

int mqueue_send(struct mqueue *queue, struct mq_message *msg, bool nonblock, u64 deadline)
{
	struct mq_waiter waiter = { .msg = msg }, *receiver;

	if (queue->attr.mq_curmsgs >= queue->attr.mq_maxmsg)
		return nonblock ? -EAGAIN : wait_for_turn(&queue->senders, &waiter, deadline);
	receiver = first_waiter(&queue->receivers);
	if (receiver) {
		receiver->msg = msg;
		serve(receiver);
		return 0;
	}
	insert(queue, msg);
	notify(queue);
	wake_up_key(&queue->poll_wait, INT_MAX, EPOLLIN | EPOLLRDNORM);
	return 0;
}

struct mq_message *mqueue_receive(struct mqueue *queue, bool nonblock, u64 deadline)
{
	struct mq_waiter waiter = { .msg = NULL }, *sender;
	struct mq_message *msg;
	int err;

	if (!queue->attr.mq_curmsgs) {
		err = nonblock ? -EAGAIN : wait_for_turn(&queue->receivers, &waiter, deadline);
		return err ? ERR_PTR(err) : waiter.msg;
	}
	msg = take_first(queue);
	sender = first_waiter(&queue->senders);
	if (sender) {
		insert(queue, sender->msg);
		serve(sender);
		return msg;
	}
	wake_up_key(&queue->poll_wait, INT_MAX, EPOLLOUT | EPOLLWRNORM);
	return msg;
}
