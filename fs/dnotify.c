/*
 * F_NOTIFY: signals about what happens in a directory (fcntl(2)).
 *
 * A request belongs to an open directory and a descriptor table, and ends when that table closes
 * a descriptor of the directory, or after one event unless DN_MULTISHOT was given.
 */
#include <linux/inotify.h>

#include "internal.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"

struct dnotify {
	struct dnotify *next;	/* of the inode */
	struct file *file;	/* no reference: its closing ends the request */
	struct files *owner;	/* likewise */
	int fd;			/* for siginfo */
	unsigned events;	/* DN_* */
};

static const struct {
	unsigned dn;
	u32 in;
} dn_masks[] = {
	{ DN_ACCESS, IN_ACCESS },
	{ DN_MODIFY, IN_MODIFY },
	{ DN_CREATE, IN_CREATE | IN_MOVED_TO },
	{ DN_DELETE, IN_DELETE | IN_MOVED_FROM },
	{ DN_ATTRIB, IN_ATTRIB },
};

static void signal_event(const struct dnotify *dn)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_code = POLL_MSG;
	info.si_band = EPOLLIN | EPOLLRDNORM | EPOLLMSG;
	info.si_fd = dn->fd;
	file_signal_owner(dn->file, &info);
}

/* events: DN_* */
static void tell(struct inode *dir, unsigned events)
{
	struct dnotify **link = &dir->dnotify, *dn;

	while ((dn = *link)) {
		if (dn->events & events) {
			signal_event(dn);
			if (!(dn->events & DN_MULTISHOT)) {
				*link = dn->next;
				kfree(dn);
				continue;
			}
		}
		link = &dn->next;
	}
}

/* mask: IN_*, of the directory itself or of a name in it. */
void dnotify_event(struct inode *dir, u32 mask)
{
	unsigned events = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dn_masks); i++) {
		if (mask & dn_masks[i].in)
			events |= dn_masks[i].dn;
	}
	tell(dir, events);
}

/* A name in the directory has become another name in it. */
void dnotify_renamed(struct inode *dir)
{
	tell(dir, DN_RENAME);
}

/* Ends the file's requests made through the table `owner`; NULL: all. */
void dnotify_flush(struct file *file, const struct files *owner)
{
	struct inode *dir = file->path.dentry ? file->path.dentry->inode : NULL;
	struct dnotify **link, *dn;

	if (!dir)
		return;
	link = &dir->dnotify;
	while ((dn = *link)) {
		if (dn->file == file && (!owner || dn->owner == owner)) {
			*link = dn->next;
			kfree(dn);
		} else {
			link = &dn->next;
		}
	}
}

static struct dnotify *find_or_add(struct file *file, struct inode *dir)
{
	struct dnotify *dn;

	for (dn = dir->dnotify; dn; dn = dn->next) {
		if (dn->file == file && dn->owner == current->files)
			return dn;
	}
	dn = kzalloc_type(struct dnotify);
	dn->file = file;
	dn->owner = current->files;
	dn->next = dir->dnotify;
	dir->dnotify = dn;
	return dn;
}

/* The request for `events`, a set of DN_*; none: what was requested through the table ends. */
long fcntl_notify(int fd, struct file *file, unsigned events)
{
	struct inode *dir = file->path.dentry ? file->path.dentry->inode : NULL;
	struct dnotify *dn;

	if (!(events & ~(unsigned)DN_MULTISHOT)) {
		dnotify_flush(file, current->files);
		return 0;
	}
	if (!dir || (dir->mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	if (!file->owner.pid)
		file_set_owner(file, current->group->leader->pid_ref, F_OWNER_PID);
	dn = find_or_add(file, dir);
	dn->fd = fd;
	dn->events |= events;
	return 0;
}
