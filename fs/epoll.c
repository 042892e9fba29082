/*
 * epoll(7).
 *
 * An instance has an item for each (file, descriptor number) that is watched.  An item holds no
 * reference to its file: it goes when the file does (file->epoll_links, epoll_file_gone).  Items
 * whose file has told of something are on the instance's `ready` list; whether there is really
 * something is asked of the file when events are fetched.
 *
 * ep->lock is held while items are added or removed and while events are fetched, since copying
 * to the user may sleep.  Wakeups only append to `ready` and need no lock.  A file descriptor of
 * an instance may be watched by another; the locks are then taken from the outer to the inner,
 * and epoll_nest.c sees to it that there is no circle.
 */
#include "epoll.h"

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
#define EXCLUSIVE_OK_BITS                                                                          \
	(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)
#define MAX_EVENTS (INT_MAX / (int)sizeof(struct epoll_event))

/* One wait queue that an item hangs on. */
struct ep_entry {
	struct wait_entry wait;
	struct ep_item *item;
	struct ep_entry *next;
};

static u64 nr_items;	/* of all instances */

/* The order of an instance's items. */
int ep_item_compare(struct ep_item *a, struct ep_item *b)
{
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

RB_GENERATE(ep_tree, ep_item, rb, ep_item_compare);

static void ep_put(struct eventpoll *ep)
{
	if (!--ep->refs)
		kfree(ep);
}

/* Wakes who sleeps in epoll_wait, and who watches the instance itself.  True if somebody was. */
static bool ep_wake(struct eventpoll *ep)
{
	bool waited = waitqueue_active(&ep->wait);

	wake_up(&ep->wait);
	wake_up_poll(&ep->poll_wait, EPOLLIN | EPOLLRDNORM);
	return waited;
}

/* An exclusive item takes the wakeup from others only if somebody could use it. */
static bool uses_wakeup(const struct ep_item *item, u32 key)
{
	u32 direction = key & (EPOLLIN | EPOLLOUT);

	if (!(item->event.events & EPOLLEXCLUSIVE))
		return true;
	return !direction || direction == (EPOLLIN | EPOLLOUT) ? !direction :
								 item->event.events & direction;
}

static bool ep_entry_wake(struct wait_entry *wait, u32 key)
{
	struct ep_item *item = container_of(wait, struct ep_entry, wait)->item;
	u32 wanted = item->event.events & ~PRIVATE_BITS;

	if (!wanted || (key && !(key & wanted)))
		return false;
	if (list_empty(&item->ready))
		list_add_tail(&item->ready, &item->ep->ready);
	return ep_wake(item->ep) && uses_wakeup(item, key);
}

/* What vfs_poll is given to queue a new item. */
struct ep_table {
	struct poll_table pt;
	struct ep_item *item;
};

static void ep_queue(struct file *file __maybe_unused, struct wait_queue_head *wq,
		     struct poll_table *pt)
{
	struct ep_item *item = container_of(pt, struct ep_table, pt)->item;
	struct ep_entry *entry = kzalloc_type(struct ep_entry);

	entry->item = item;
	entry->wait.wake = ep_entry_wake;
	entry->next = item->entries;
	item->entries = entry;
	if (item->event.events & EPOLLEXCLUSIVE)
		add_wait_queue_exclusive(wq, &entry->wait);
	else
		add_wait_queue(wq, &entry->wait);
}

static u32 item_poll(struct ep_item *item, struct poll_table *pt)
{
	return vfs_poll(item->file, pt) & item->event.events & ~PRIVATE_BITS;
}

static void item_unqueue(struct ep_item *item)
{
	struct ep_entry *entry;

	while ((entry = item->entries)) {
		item->entries = entry->next;
		remove_wait_queue(&entry->wait);
		kfree(entry);
	}
}

/* Under ep->lock. */
static void item_remove(struct ep_item *item)
{
	item_unqueue(item);
	list_del(&item->ready);
	list_del(&item->file_link);
	RB_REMOVE(ep_tree, &item->ep->items, item);
	nr_items--;
	kfree(item);
}

static void item_check_ready(struct ep_item *item, struct poll_table *pt)
{
	if (item_poll(item, pt) && list_empty(&item->ready)) {
		list_add_tail(&item->ready, &item->ep->ready);
		ep_wake(item->ep);
	}
}

void epoll_file_gone(struct file *file)
{
	while (!list_empty(&file->epoll_links)) {
		struct ep_item *item =
			list_first_entry(&file->epoll_links, struct ep_item, file_link);
		struct eventpoll *ep = item->ep;

		ep->refs++;
		mutex_lock(&ep->lock);
		/* It may have been removed while we waited for the lock. */
		if (!list_empty(&file->epoll_links) && file->epoll_links.next == &item->file_link)
			item_remove(item);
		mutex_unlock(&ep->lock);
		ep_put(ep);
	}
}

static void ep_release(struct file *file)
{
	struct eventpoll *ep = file->private;
	struct ep_item *item;

	mutex_lock(&ep->lock);
	while ((item = RB_ROOT(&ep->items)))
		item_remove(item);
	mutex_unlock(&ep->lock);
	ep_put(ep);
}

/* Ready when one of its items is; items that are not (any more) leave the ready list. */
static u32 ep_poll(struct file *file, struct poll_table *pt)
{
	struct eventpoll *ep = file->private;
	struct ep_item *item, *next;
	u32 events = 0;

	poll_wait(file, &ep->poll_wait, pt);
	mutex_lock(&ep->lock);
	list_for_each_entry_safe(item, next, &ep->ready, ready) {
		if (item_poll(item, NULL)) {
			events = EPOLLIN | EPOLLRDNORM;
			break;
		}
		list_del(&item->ready);
	}
	mutex_unlock(&ep->lock);
	return events;
}

static void ep_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventpoll *ep = file->private;
	struct ep_item *item;

	RB_FOREACH(item, ep_tree, &ep->items)
		seq_printf(m, "tfd: %8d events: %8x data: %16llx  pos:%lli ino:%lx sdev:%x\n",
			   item->fd, item->event.events, (unsigned long long)item->event.data,
			   (long long)item->file->pos, (unsigned long)item->file->inode->ino,
			   item->file->inode->sb->dev);
}

static const struct file_ops epoll_ops = {
	.release = ep_release,
	.llseek = noop_llseek,
	.poll = ep_poll,
	.show_fdinfo = ep_show_fdinfo,
};

struct eventpoll *file_eventpoll(struct file *file)
{
	return file->ops == &epoll_ops ? file->private : NULL;
}

static long do_epoll_create(int flags)
{
	struct eventpoll *ep;
	struct file *file;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	ep = kzalloc_type(struct eventpoll);
	ep->refs = 1;
	RB_INIT(&ep->items);
	INIT_LIST_HEAD(&ep->ready);
	init_waitqueue_head(&ep->wait);
	init_waitqueue_head(&ep->poll_wait);
	mutex_init(&ep->lock);
	file = anon_file("anon_inode:[eventpoll]", &epoll_ops, ep, O_RDWR);
	if (IS_ERR(file)) {
		ep_put(ep);
		return PTR_ERR(file);
	}
	ep->file = file;
	return fd_install_new(file, flags);
}

SYSCALL_DEFINE1(epoll_create1, A_OFLAGS, int, flags)
{
	return do_epoll_create(flags);
}

SYSCALL_DEFINE1(epoll_create, A_INT, int, size)
{
	return size <= 0 ? -EINVAL : do_epoll_create(0);
}

static struct ep_item *ep_find(struct eventpoll *ep, struct file *file, int fd)
{
	struct ep_item key = { .file = file, .fd = fd };

	return RB_FIND(ep_tree, &ep->items, &key);
}

/* Linux's bound: what watches may take is a 25th of memory. */
static bool too_many_items(void)
{
	return nr_items >= physmem_size / 25 / (sizeof(struct ep_item) + sizeof(struct ep_entry));
}

static int ep_add(struct eventpoll *ep, const struct epoll_event *event, struct file *file, int fd)
{
	struct ep_table table = { .pt = { ep_queue, event->events } };
	struct ep_item *item;
	int err;

	if (too_many_items())
		return -ENOSPC;
	err = ep_check_depth(ep, file);
	if (err)
		return err;
	item = kzalloc_type(struct ep_item);
	item->ep = ep;
	item->file = file;
	item->fd = fd;
	item->event = *event;
	INIT_LIST_HEAD(&item->ready);
	list_add_tail(&item->file_link, &file->epoll_links);
	RB_INSERT(ep_tree, &ep->items, item);
	nr_items++;
	err = ep_check_paths(ep, file);
	if (err) {
		item_remove(item);
		return err;
	}
	table.item = item;
	item_check_ready(item, &table.pt);
	return 0;
}

static int ep_modify(struct ep_item *item, const struct epoll_event *event)
{
	if (item->event.events & EPOLLEXCLUSIVE)
		return -EINVAL;
	item->event = *event;
	item_check_ready(item, NULL);
	return 0;
}

static int ep_change(struct eventpoll *ep, int op, const struct epoll_event *event,
		     struct file *file, int fd)
{
	struct ep_item *item = ep_find(ep, file, fd);

	switch (op) {
	case EPOLL_CTL_ADD:
		return item ? -EEXIST : ep_add(ep, event, file, fd);
	case EPOLL_CTL_MOD:
		return item ? ep_modify(item, event) : -ENOENT;
	case EPOLL_CTL_DEL:
		if (!item)
			return -ENOENT;
		item_remove(item);
		return 0;
	default:
		return -EINVAL;
	}
}

static bool exclusive_ok(int op, u32 events, const struct file *file)
{
	if (op == EPOLL_CTL_DEL || !(events & EPOLLEXCLUSIVE))
		return true;
	return op != EPOLL_CTL_MOD && !(events & ~EXCLUSIVE_OK_BITS) && file->ops != &epoll_ops;
}

static int ep_ctl(struct file *epfile, int op, struct epoll_event *event, struct file *file, int fd)
{
	struct eventpoll *ep = file_eventpoll(epfile);
	int err;

	if (!file->ops->poll)
		return -EPERM;
	if (!capable(CAP_BLOCK_SUSPEND))
		event->events &= ~EPOLLWAKEUP;
	if (!ep || file == epfile || !exclusive_ok(op, event->events, file))
		return -EINVAL;
	event->events |= EPOLLERR | EPOLLHUP;
	mutex_lock(&ep->lock);
	err = ep_change(ep, op, event, file, fd);
	mutex_unlock(&ep->lock);
	return err;
}

SYSCALL_DEFINE4(epoll_ctl, A_FD, int, epfd, A_EPOLLOP, int, op, A_FD, int, fd, A_EPOLLEVENT_IN,
		uaddr_t, uevent)
{
	struct epoll_event event = { 0 };
	struct file *epfile, *file;
	int err = -EBADF;

	if (op != EPOLL_CTL_DEL && get_user(event, uevent))
		return -EFAULT;
	epfile = fget_io(epfd);
	if (!epfile)
		return -EBADF;
	file = fget_io(fd);
	if (!file)
		goto put_epfile;
	err = ep_ctl(epfile, op, &event, file, fd);
	fput(file);
put_epfile:
	fput(epfile);
	return err;
}

/* After an event was given out: one-shot items fall silent, level-triggered ones are asked again
 * next time, at the list's end so that all get their turn. */
static void item_delivered(struct ep_item *item)
{
	if (item->event.events & EPOLLONESHOT)
		item->event.events &= PRIVATE_BITS;
	else if (!(item->event.events & EPOLLET) && list_empty(&item->ready))
		list_add_tail(&item->ready, &item->ep->ready);
}

/* Gives out the ready items' events, each item's at most once.  The count, 0 if there was nothing
 * in the end, or -EFAULT. */
static int ep_send_events(struct eventpoll *ep, uaddr_t events, int max)
{
	LIST_HEAD(batch);
	int count = 0;

	mutex_lock(&ep->lock);
	list_splice_tail_init(&ep->ready, &batch);
	while (count < max && !list_empty(&batch)) {
		struct ep_item *item = list_first_entry(&batch, struct ep_item, ready);
		struct epoll_event event = { .data = item->event.data };

		list_del(&item->ready);
		event.events = item_poll(item, NULL);
		if (!event.events)
			continue;
		if (put_user(event, events + count * sizeof(event))) {
			if (list_empty(&item->ready))
				list_add(&item->ready, &batch);
			if (!count)
				count = -EFAULT;
			break;
		}
		count++;
		item_delivered(item);
	}
	/* What is left comes first next time. */
	list_splice_tail_init(&ep->ready, &batch);
	list_splice_tail_init(&batch, &ep->ready);
	mutex_unlock(&ep->lock);
	if (!list_empty(&ep->ready))
		wake_up(&ep->wait);
	return count;
}

/* The count; 0 after the deadline (0: only a look); -EINTR, -EFAULT. */
static int ep_wait(struct eventpoll *ep, uaddr_t events, int max, u64 deadline)
{
	int count, err = 0;

	for (;;) {
		if (!list_empty(&ep->ready)) {
			count = ep_send_events(ep, events, max);
			if (count)
				return count;
		}
		if (err || !deadline)
			return err == -ERESTARTSYS ? -EINTR : 0;
		if (signal_pending(current))
			return -EINTR;
		err = wait_event_full(&ep->wait, !list_empty(&ep->ready), TASK_INTERRUPTIBLE,
				      deadline, true);
	}
}

static long do_epoll_wait(int epfd, uaddr_t events, int max, u64 deadline)
{
	struct file *file;
	long ret = -EINVAL;

	if (max <= 0 || max > MAX_EVENTS)
		return -EINVAL;
	file = fget_io(epfd);
	if (!file)
		return -EBADF;
	if (file_eventpoll(file))
		ret = ep_wait(file_eventpoll(file), events, max, deadline);
	fput(file);
	return ret;
}

static u64 timeout_deadline(int timeout_ms)
{
	if (timeout_ms < 0)
		return KTIME_MAX;
	return timeout_ms ? deadline_after(timeout_ms * NSEC_PER_MSEC) : 0;
}

static long do_epoll_pwait(int epfd, uaddr_t events, int max, u64 deadline, uaddr_t mask,
			   size_t size)
{
	long ret = set_user_sigmask(mask, size);

	if (ret)
		return ret;
	ret = do_epoll_wait(epfd, events, max, deadline);
	restore_user_sigmask(ret == -EINTR);
	return ret;
}

SYSCALL_DEFINE4(epoll_wait, A_FD, int, epfd, A_EPOLLEVENT_OUT, uaddr_t, events, A_INT, int, max,
		A_INT, int, timeout)
{
	return do_epoll_wait(epfd, events, max, timeout_deadline(timeout));
}

SYSCALL_DEFINE6(epoll_pwait, A_FD, int, epfd, A_EPOLLEVENT_OUT, uaddr_t, events, A_INT, int, max,
		A_INT, int, timeout, A_SIGSET, uaddr_t, mask, A_SIZE, size_t, size)
{
	return do_epoll_pwait(epfd, events, max, timeout_deadline(timeout), mask, size);
}

SYSCALL_DEFINE6(epoll_pwait2, A_FD, int, epfd, A_EPOLLEVENT_OUT, uaddr_t, events, A_INT, int, max,
		A_TIMESPEC_IN, uaddr_t, timeout, A_SIGSET, uaddr_t, mask, A_SIZE, size_t, size)
{
	u64 ns, deadline = KTIME_MAX;
	int err;

	if (timeout) {
		err = timespec_get(&ns, timeout);
		if (err)
			return err;
		deadline = ns ? deadline_after(ns) : 0;
	}
	return do_epoll_pwait(epfd, events, max, deadline, mask, size);
}
