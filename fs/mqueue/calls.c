/* mq_open and its family: mq_overview(7).  Names come without the leading slash that the C
 * library takes off. */
#include <linux/inotify.h>

#include "um/clock.h"
#include "um/kmalloc.h"
#include "um/pid.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "../internal.h"
#include "mqueue.h"

#define S_PERMS 07777

/* The queue's directory, locked, and the name in it, possibly negative. */
static struct dentry *name_begin(const char *name)
{
	struct dentry *root = mqueue_mnt->root, *dentry;
	size_t len = strlen(name);

	if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return ERR_PTR(-EACCES);
	if (len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	mutex_lock(&root->inode->lock);
	dentry = lookup_one(root, name, len);
	if (IS_ERR(dentry))
		mutex_unlock(&root->inode->lock);
	return dentry;
}

static void name_end(struct dentry *dentry)
{
	mutex_unlock(&mqueue_mnt->root->inode->lock);
	dput(dentry);
}

/* --- mq_open, mq_unlink */

static int create_queue(struct dentry *dentry, umode_t mode, const struct mq_attr *attr)
{
	struct inode *dir = mqueue_mnt->root->inode;
	int err = may_create(dir);

	if (!err)
		err = mqueue_make(dir, dentry, mode_for_create(mode) & S_PERMS, attr);
	if (!err)
		fsnotify_dir(dir, IN_CREATE, dentry->name.name, 0, false);
	return err;
}

static int may_open_queue(struct inode *inode, unsigned flags)
{
	static const int mask[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE };

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((flags & O_ACCMODE) >= ARRAY_SIZE(mask))
		return -EINVAL;
	return inode_permission(inode, mask[flags & O_ACCMODE]);
}

static struct file *open_queue(const char *name, unsigned flags, umode_t mode,
			       const struct mq_attr *attr)
{
	struct dentry *dentry = name_begin(name);
	struct path path = { mqueue_mnt, dentry };
	struct file *file;
	int err;

	if (IS_ERR(dentry))
		return ERR_PTR(PTR_ERR(dentry));
	if (dentry->inode)
		err = may_open_queue(dentry->inode, flags);
	else
		err = flags & O_CREAT ? create_queue(dentry, mode, attr) : -ENOENT;
	file = err ? ERR_PTR(err) : dentry_open(&path, flags, current->cred);
	name_end(dentry);
	return file;
}

SYSCALL_DEFINE4(mq_open, A_STR, uaddr_t, uname, A_OFLAGS, unsigned, flags, A_MODE, umode_t, mode,
		A_PTR, uaddr_t, uattr)
{
	struct mq_attr attr;
	struct file *file;
	char *name;
	int fd;

	if (uattr && copy_from_user(&attr, uattr, sizeof(attr)))
		return -EFAULT;
	name = getname(uname, 0);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = fd_alloc(0, (unsigned)min(rlimit(RLIMIT_NOFILE), (u64)INT_MAX));
	if (fd < 0)
		goto free;
	file = open_queue(name, flags, mode, uattr ? &attr : NULL);
	if (IS_ERR(file)) {
		fd_release(fd);
		fd = (int)PTR_ERR(file);
	} else {
		fd_install(fd, file, true);
	}
free:
	kfree(name);
	return fd;
}

SYSCALL_DEFINE1(mq_unlink, A_STR, uaddr_t, uname)
{
	struct inode *dir = mqueue_mnt->root->inode;
	char *name = getname(uname, 0);
	struct dentry *dentry;
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	dentry = name_begin(name);
	kfree(name);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	err = may_delete(dir, dentry, false);
	if (!err)
		err = vfs_unlink(dir, dentry);
	name_end(dentry);
	return err;
}

/* --- messages */

/* An open queue with a reference, or ERR_PTR(-EBADF). */
static struct file *get_queue(int fd, unsigned mode)
{
	struct file *file = fget_io(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->ops == &mqueue_fops && (file->mode & mode) == mode)
		return file;
	fput(file);
	return ERR_PTR(-EBADF);
}

static int get_deadline(u64 *deadline, uaddr_t timeout)
{
	u64 real;
	int err;

	*deadline = KTIME_MAX;
	if (!timeout)
		return 0;
	err = timespec_get(&real, timeout);
	if (!err)
		*deadline = clock_to_mono(CLOCK_REALTIME, real);
	return err;
}

static int send(struct file *file, uaddr_t text, size_t len, unsigned prio, u64 deadline)
{
	struct mqueue *queue = mqueue_of(file);
	struct mq_message *msg;
	int err = 0;

	if (len > (size_t)queue->attr.mq_msgsize)
		return -EMSGSIZE;
	msg = mq_message_new(len);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	msg->prio = prio;
	if (copy_from_user(msg->text, text, len))
		err = -EFAULT;
	if (!err)
		err = mqueue_send(queue, msg, file->flags & O_NONBLOCK, deadline);
	if (err)
		mq_message_free(msg);
	else
		inode_touch(file->inode, ATTR_ATIME | ATTR_MTIME | ATTR_CTIME);
	return err;
}

SYSCALL_TIME5(mq_timedsend, mq_timedsend_time64, A_FD, int, fd, A_BUF_IN, uaddr_t, text, A_SIZE,
	      size_t, len, A_UINT, unsigned, prio, A_TIMESPEC_IN, uaddr_t, timeout)
{
	struct file *file;
	u64 deadline;
	int err = get_deadline(&deadline, timeout);

	if (err)
		return err;
	if (prio >= MQ_PRIO_MAX)
		return -EINVAL;
	file = get_queue(fd, FMODE_WRITE);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = send(file, text, len, prio, deadline);
	fput(file);
	return err;
}

static ssize_t receive(struct file *file, uaddr_t text, size_t len, uaddr_t uprio, u64 deadline)
{
	struct mqueue *queue = mqueue_of(file);
	struct mq_message *msg;
	ssize_t result;

	if (len < (size_t)queue->attr.mq_msgsize)
		return -EMSGSIZE;
	msg = mqueue_receive(queue, file->flags & O_NONBLOCK, deadline);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	inode_touch(file->inode, ATTR_ATIME | ATTR_MTIME | ATTR_CTIME);
	result = (ssize_t)msg->size;
	if ((uprio && put_user(msg->prio, uprio)) || copy_to_user(text, msg->text, msg->size))
		result = -EFAULT;
	mq_message_free(msg);
	return result;
}

SYSCALL_TIME5(mq_timedreceive, mq_timedreceive_time64, A_FD, int, fd, A_BUF_OUT, uaddr_t, text,
	      A_SIZE, size_t, len, A_PTR, uaddr_t, uprio, A_TIMESPEC_IN, uaddr_t, timeout)
{
	struct file *file;
	ssize_t result;
	u64 deadline;
	int err = get_deadline(&deadline, timeout);

	if (err)
		return err;
	file = get_queue(fd, FMODE_READ);
	if (IS_ERR(file))
		return PTR_ERR(file);
	result = receive(file, text, len, uprio, deadline);
	fput(file);
	return result;
}

/* --- mq_notify, mq_getsetattr */

/* SIGEV_THREAD goes through a netlink socket in Linux, of which there are none. */
static int check_event(const struct sigevent *event)
{
	if (event->sigev_notify == SIGEV_NONE)
		return 0;
	if (event->sigev_notify != SIGEV_SIGNAL)
		return -EINVAL;
	return event->sigev_signo < 0 || event->sigev_signo > KNSIG ? -EINVAL : 0;
}

static int set_notify(struct mqueue *queue, const struct sigevent *event)
{
	if (!event) {
		if (queue->notify_owner && queue->notify_owner->nr == current->tgid)
			mqueue_notify_off(queue);
		return 0;
	}
	if (queue->notify_owner)
		return -EBUSY;
	queue->notify_owner = pid_get(current->group->leader->pid_ref);
	queue->notify = *event;
	return 0;
}

SYSCALL_DEFINE2(mq_notify, A_FD, int, fd, A_PTR, uaddr_t, uevent)
{
	struct sigevent event;
	struct file *file;
	int err = 0;

	if (uevent && copy_from_user(&event, uevent, sizeof(event)))
		return -EFAULT;
	if (uevent)
		err = check_event(&event);
	if (err)
		return err;
	file = get_queue(fd, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = set_notify(mqueue_of(file), uevent ? &event : NULL);
	if (!err)
		inode_touch(file->inode, ATTR_ATIME | ATTR_CTIME);
	fput(file);
	return err;
}

SYSCALL_DEFINE3(mq_getsetattr, A_FD, int, fd, A_PTR, uaddr_t, unew, A_PTR, uaddr_t, uold)
{
	struct mq_attr new, old;
	struct file *file;

	if (unew && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	if (unew && new.mq_flags & ~(__kernel_long_t)O_NONBLOCK)
		return -EINVAL;
	file = get_queue(fd, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	old = mqueue_of(file)->attr;
	old.mq_flags = file->flags & O_NONBLOCK;
	if (unew) {
		file->flags = (file->flags & ~(unsigned)O_NONBLOCK) | (unsigned)new.mq_flags;
		inode_touch(file->inode, ATTR_ATIME | ATTR_CTIME);
	}
	fput(file);
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}
