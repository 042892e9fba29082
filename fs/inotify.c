/*
 * inotify(7): instances, their watches and their event queues.  What happens to files arrives
 * through the fsnotify_ functions, fs/fsnotify.c.
 *
 * A watch is on its inode's list, whose reference it holds, and on its instance's.  Events are
 * queued whole, so that reading only copies; beyond the limit one IN_Q_OVERFLOW is queued.
 */
#include <asm/ioctls.h>

#include "inotify.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define ALL_BITS                                                                                   \
	(IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW |   \
	 IN_EXCL_UNLINK | IN_MASK_ADD | IN_MASK_CREATE | IN_ISDIR | IN_ONESHOT)
/* Of a watch's mask what is kept: the events, and what changes how they are delivered. */
#define KEPT_BITS (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK)

struct in_event {
	struct list_head node;
	int wd;
	u32 mask, cookie;
	u32 len;			/* of the name, padded; 0: none */
	char name[];
};

struct inotify {
	struct list_head node;		/* all_inotify */
	uid_t uid;			/* whose limits it counts for */
	struct list_head watches;	/* in_watch.group_node */
	unsigned nr_watches;
	int next_wd;
	bool wrapped;			/* next_wd has been around once */
	struct list_head events;
	unsigned nr_events;
	size_t event_bytes;		/* what FIONREAD tells */
	bool overflowed;		/* IN_Q_OVERFLOW is in the queue */
	struct wait_queue_head wait;
};

static LIST_HEAD(all_inotify);
static u64 all_event_bytes;	/* of all instances: no more than a 16th of memory */
/* inotify(7), /proc/sys/fs/inotify; Linux's defaults. */
int inotify_max_queued_events = 16384;
int inotify_max_user_instances = 128;
int inotify_max_user_watches = 8192;

/* --- events */

static size_t event_size(const struct in_event *event)
{
	return sizeof(struct inotify_event) + event->len;
}

/* A name takes whole multiples of the structure's size, with at least one NUL. */
static size_t padded_len(const char *name)
{
	return name ? ALIGN(strlen(name) + 1, sizeof(struct inotify_event)) : 0;
}

static bool same_event(const struct in_event *event, int wd, u32 mask, const char *name)
{
	if (event->wd != wd || event->mask != mask || (mask & IN_IGNORED))
		return false;
	if (!name || !event->len)
		return !name && !event->len;
	return !strcmp(event->name, name);
}

static void event_add(struct inotify *group, int wd, u32 mask, u32 cookie, const char *name)
{
	struct in_event *event = kzalloc(sizeof(*event) + padded_len(name));

	event->wd = wd;
	event->mask = mask;
	event->cookie = cookie;
	event->len = padded_len(name);
	if (name)
		memcpy(event->name, name, strlen(name));
	list_add_tail(&event->node, &group->events);
	group->nr_events++;
	group->event_bytes += event_size(event);
	all_event_bytes += event_size(event);
	wake_up_poll(&group->wait, EPOLLIN | EPOLLRDNORM);
}

/* An event that is the same as the newest in the queue adds nothing. */
static void event_queue(struct inotify *group, int wd, u32 mask, u32 cookie, const char *name)
{
	if (!list_empty(&group->events) &&
	    same_event(list_last_entry(&group->events, struct in_event, node), wd, mask, name))
		return;
	if (group->nr_events < (unsigned)inotify_max_queued_events &&
	    all_event_bytes < physmem_size / 16) {
		event_add(group, wd, mask, cookie, name);
	} else if (!group->overflowed) {
		group->overflowed = true;
		event_add(group, -1, IN_Q_OVERFLOW, 0, NULL);
	}
}

static void event_unqueue(struct inotify *group, struct in_event *event)
{
	list_del(&event->node);
	group->nr_events--;
	group->event_bytes -= event_size(event);
	all_event_bytes -= event_size(event);
	if (event->mask & IN_Q_OVERFLOW)
		group->overflowed = false;
}

/* --- watches */

static void watch_free(struct in_watch *watch)
{
	list_del(&watch->inode_node);
	list_del(&watch->group_node);
	watch->group->nr_watches--;
	iput(watch->inode);
	kfree(watch);
}

void inotify_watch_end(struct in_watch *watch)
{
	event_queue(watch->group, watch->wd, IN_IGNORED, 0, NULL);
	watch_free(watch);
}

void inotify_watch_event(struct in_watch *watch, u32 mask, u32 cookie, const char *name)
{
	if (!(mask & (watch->mask | IN_UNMOUNT) & (IN_ALL_EVENTS | IN_UNMOUNT)))
		return;
	if (mask & (IN_DELETE_SELF | IN_MOVE_SELF))
		mask &= ~IN_ISDIR;
	event_queue(watch->group, watch->wd, mask, cookie, name);
	if (watch->mask & IN_ONESHOT)
		inotify_watch_end(watch);
}

void inotify_end_sb(struct super_block *sb)
{
	struct inotify *group;
	struct in_watch *watch, *next;

	list_for_each_entry(group, &all_inotify, node) {
		list_for_each_entry_safe(watch, next, &group->watches, group_node) {
			if (watch->inode->sb != sb)
				continue;
			event_queue(group, watch->wd, IN_UNMOUNT, 0, NULL);
			inotify_watch_end(watch);
		}
	}
}

static struct in_watch *find_by_inode(struct inotify *group, struct inode *inode)
{
	struct in_watch *watch;

	if (!inode->watches.next)
		return NULL;
	list_for_each_entry(watch, &inode->watches, inode_node)
		if (watch->group == group)
			return watch;
	return NULL;
}

static struct in_watch *find_by_wd(struct inotify *group, int wd)
{
	struct in_watch *watch;

	list_for_each_entry(watch, &group->watches, group_node)
		if (watch->wd == wd)
			return watch;
	return NULL;
}

/* What all instances of the user have: instances, or watches. */
static unsigned user_instances(uid_t uid)
{
	struct inotify *group;
	unsigned n = 0;

	list_for_each_entry(group, &all_inotify, node)
		n += group->uid == uid;
	return n;
}

static unsigned user_watches(uid_t uid)
{
	struct inotify *group;
	unsigned n = 0;

	list_for_each_entry(group, &all_inotify, node)
		if (group->uid == uid)
			n += group->nr_watches;
	return n;
}

/* Descriptors grow, and are used again only after the largest. */
static int free_wd(struct inotify *group)
{
	int wd;

	do {
		wd = group->next_wd;
		group->wrapped |= wd == INT_MAX;
		group->next_wd = wd == INT_MAX ? 1 : wd + 1;
	} while (group->wrapped && find_by_wd(group, wd));
	return wd;
}

static int watch_new(struct inotify *group, struct inode *inode, u32 mask)
{
	struct in_watch *watch;

	if (user_watches(group->uid) >= (unsigned)inotify_max_user_watches)
		return -ENOSPC;
	watch = kzalloc_type(struct in_watch);
	watch->group = group;
	watch->inode = ihold(inode);
	watch->mask = mask & KEPT_BITS;
	watch->wd = free_wd(group);
	if (!inode->watches.next)
		INIT_LIST_HEAD(&inode->watches);
	list_add_tail(&watch->inode_node, &inode->watches);
	list_add_tail(&watch->group_node, &group->watches);
	group->nr_watches++;
	return watch->wd;
}

/* The watch descriptor, or -errno. */
static int watch_set(struct inotify *group, struct inode *inode, u32 mask)
{
	struct in_watch *watch = find_by_inode(group, inode);

	if (!watch)
		return watch_new(group, inode, mask);
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	if (!(mask & IN_MASK_ADD))
		watch->mask = 0;
	watch->mask |= mask & KEPT_BITS;
	return watch->wd;
}

/* --- the file */

static void inotify_release(struct file *file)
{
	struct inotify *group = file->private;

	while (!list_empty(&group->watches))
		watch_free(list_first_entry(&group->watches, struct in_watch, group_node));
	while (!list_empty(&group->events)) {
		struct in_event *event = list_first_entry(&group->events, struct in_event, node);

		event_unqueue(group, event);
		kfree(event);
	}
	list_del(&group->node);
	kfree(group);
}

static u32 inotify_poll(struct file *file, struct poll_table *pt)
{
	struct inotify *group = file->private;

	poll_wait(file, &group->wait, pt);
	return list_empty(&group->events) ? 0 : EPOLLIN | EPOLLRDNORM;
}

/* Takes the first event if it fits and copies it.  Its size; 0: the queue is empty; -EINVAL: it
 * does not fit; -EFAULT: it is lost. */
static ssize_t read_event(struct inotify *group, struct iov_iter *to)
{
	struct inotify_event head;
	struct in_event *event;
	ssize_t size;

	if (list_empty(&group->events))
		return 0;
	event = list_first_entry(&group->events, struct in_event, node);
	size = event_size(event);
	if ((size_t)size > to->count)
		return -EINVAL;
	event_unqueue(group, event);
	head.wd = event->wd;
	head.mask = event->mask;
	head.cookie = event->cookie;
	head.len = event->len;
	if (copy_to_iter(&head, sizeof(head), to) != sizeof(head) ||
	    copy_to_iter(event->name, event->len, to) != event->len)
		size = -EFAULT;
	kfree(event);
	return size;
}

static ssize_t inotify_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	struct inotify *group = file->private;
	ssize_t done = 0, size;

	for (;;) {
		size = read_event(group, to);
		if (size > 0) {
			done += size;
			continue;
		}
		if (size == -EFAULT)
			return size;
		if (done)
			return done;
		if (size)
			return size;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		size = wait_event_interruptible(&group->wait, !list_empty(&group->events));
		if (size)
			return size;
	}
}

static long inotify_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct inotify *group = file->private;
	int bytes = min(group->event_bytes, (size_t)INT_MAX);

	return cmd == FIONREAD ? put_user(bytes, arg) : -ENOTTY;
}

static void inotify_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct inotify *group = file->private;
	struct in_watch *watch;

	list_for_each_entry(watch, &group->watches, group_node)
		seq_printf(m, "inotify wd:%x ino:%lx sdev:%x mask:%x ignored_mask:0 \n", watch->wd,
			   (unsigned long)watch->inode->ino, watch->inode->sb->dev,
			   watch->mask & IN_ALL_EVENTS);
}

static const struct file_ops inotify_ops = {
	.release = inotify_release,
	.read = inotify_read,
	.llseek = noop_llseek,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.show_fdinfo = inotify_show_fdinfo,
};

static long inotify_create(int flags)
{
	struct inotify *group;
	struct file *file;

	if (flags & ~(IN_CLOEXEC | IN_NONBLOCK))
		return -EINVAL;
	if (user_instances(current_uid()) >= (unsigned)inotify_max_user_instances)
		return -EMFILE;
	group = kzalloc_type(struct inotify);
	group->uid = current_uid();
	group->next_wd = 1;
	INIT_LIST_HEAD(&group->watches);
	INIT_LIST_HEAD(&group->events);
	init_waitqueue_head(&group->wait);
	file = anon_file("anon_inode:inotify", &inotify_ops, group,
			 O_RDONLY | (flags & IN_NONBLOCK));
	if (IS_ERR(file)) {
		kfree(group);
		return PTR_ERR(file);
	}
	list_add_tail(&group->node, &all_inotify);
	return fd_install_new(file, flags);
}

SYSCALL_DEFINE1(inotify_init1, A_OFLAGS, int, flags)
{
	return inotify_create(flags);
}

SYSCALL_DEFINE0(inotify_init)
{
	return inotify_create(0);
}

/* An instance with a reference to its file; ERR_PTR(-EBADF, -EINVAL). */
static struct file *inotify_get(int fd)
{
	struct file *file = fget_io(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->ops == &inotify_ops)
		return file;
	fput(file);
	return ERR_PTR(-EINVAL);
}

static int add_watch(struct inotify *group, uaddr_t name, u32 mask)
{
	unsigned lookup = 0;
	struct path path;
	int ret;

	if (!(mask & IN_DONT_FOLLOW))
		lookup |= LOOKUP_FOLLOW;
	if (mask & IN_ONLYDIR)
		lookup |= LOOKUP_DIRECTORY;
	ret = user_path_at(AT_FDCWD, name, lookup, &path);
	if (ret)
		return ret;
	ret = inode_permission(path.dentry->inode, MAY_READ);
	if (!ret)
		ret = watch_set(group, path.dentry->inode, mask);
	path_put(&path);
	return ret;
}

SYSCALL_DEFINE3(inotify_add_watch, A_FD, int, fd, A_PATH, uaddr_t, name, A_HEX, u32, mask)
{
	struct file *file;
	int ret;

	if ((mask & ~ALL_BITS) || !(mask & ALL_BITS))
		return -EINVAL;
	file = fget_io(fd);
	if (!file)
		return -EBADF;
	ret = -EINVAL;
	if (file->ops == &inotify_ops && !((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE)))
		ret = add_watch(file->private, name, mask);
	fput(file);
	return ret;
}

SYSCALL_DEFINE2(inotify_rm_watch, A_FD, int, fd, A_INT, int, wd)
{
	struct file *file = inotify_get(fd);
	struct in_watch *watch;

	if (IS_ERR(file))
		return PTR_ERR(file);
	watch = find_by_wd(file->private, wd);
	if (watch)
		inotify_watch_end(watch);
	fput(file);
	return watch ? 0 : -EINVAL;
}
