/* What inotify.c and fsnotify.c share. */
#ifndef FS_INOTIFY_H
#define FS_INOTIFY_H

#include <linux/inotify.h>

#include "um/fs.h"

struct inotify;

struct in_watch {
	struct list_head inode_node;	/* inode->watches */
	struct list_head group_node;	/* the instance's */
	struct inotify *group;
	struct inode *inode;		/* a reference */
	int wd;
	u32 mask;			/* events, IN_ONESHOT, IN_EXCL_UNLINK */
};

/* Queues the event if the watch is interested, which may be the watch's end (IN_ONESHOT). */
void inotify_watch_event(struct in_watch *watch, u32 mask, u32 cookie, const char *name);
/* Queues IN_IGNORED; the watch is gone. */
void inotify_watch_end(struct in_watch *watch);
extern int inotify_max_queued_events, inotify_max_user_instances, inotify_max_user_watches;
/* All watches on a file system that goes away: IN_UNMOUNT. */
void inotify_end_sb(struct super_block *sb);

#endif
