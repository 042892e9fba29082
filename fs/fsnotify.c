/* What happens to files is told to those who watch them.  Events about a name go to the watches
 * of its directory first, then to those of the file itself.  Nothing here sleeps long: an inode
 * reference that is dropped is never the last. */
#include "inotify.h"
#include "internal.h"

static u32 dir_bit(const struct inode *inode)
{
	return (inode->mode & S_IFMT) == S_IFDIR ? IN_ISDIR : 0;
}

/* An IN_ONESHOT watch may hold the inode's last reference but ours. */
static void notify(struct inode *inode, u32 mask, u32 cookie, const char *name, bool unlinked)
{
	struct in_watch *watch, *next;

	if (!fsnotify_watched(inode))
		return;
	ihold(inode);
	if (inode->dnotify)
		dnotify_event(inode, mask);
	list_for_each_entry_safe(watch, next, &inode->watches, inode_node)
		if (!unlinked || !(watch->mask & IN_EXCL_UNLINK))
			inotify_watch_event(watch, mask, cookie, name);
	iput(inode);
}

void fsnotify_inode(struct inode *inode, u32 mask)
{
	if (fsnotify_watched(inode))
		notify(inode, mask | dir_bit(inode), 0, NULL, false);
}

void fsnotify_dentry_watched(struct dentry *dentry, u32 mask)
{
	struct inode *inode = dentry->inode;
	bool unlinked = dentry->flags & DCACHE_UNHASHED;

	if (!inode)
		return;
	mask |= dir_bit(inode);
	if (dentry->parent != dentry)
		notify(dentry->parent->inode, mask, 0, dentry->name.name, unlinked);
	notify(inode, mask, 0, NULL, unlinked);
}

void fsnotify_dir(struct inode *dir, u32 mask, const char *name, u32 cookie, bool isdir)
{
	notify(dir, mask | (isdir ? IN_ISDIR : 0), cookie, name, false);
}

void fsnotify_move(struct inode *odir, const char *oname, struct inode *ndir, const char *nname,
		   struct inode *moved)
{
	static u32 last_cookie;
	u32 isdir = dir_bit(moved);

	if (!++last_cookie)	/* 0 means that there is none */
		last_cookie++;
	notify(odir, IN_MOVED_FROM | isdir, last_cookie, oname, false);
	notify(ndir, IN_MOVED_TO | isdir, last_cookie, nname, false);
	if (odir == ndir && odir->dnotify)
		dnotify_renamed(odir);
	fsnotify_inode(moved, IN_MOVE_SELF);
}

void fsnotify_inode_gone(struct inode *inode)
{
	struct in_watch *watch, *next;

	if (!fsnotify_watched(inode))
		return;
	ihold(inode);
	notify(inode, IN_DELETE_SELF | dir_bit(inode), 0, NULL, false);
	list_for_each_entry_safe(watch, next, &inode->watches, inode_node)
		inotify_watch_end(watch);
	iput(inode);
}

void fsnotify_sb_gone(struct super_block *sb)
{
	inotify_end_sb(sb);
}
