/*
 * The tree of mounts: one, for all tasks.
 *
 * A mount holds its super block and its root.  Attached, it holds its mountpoint and its parent,
 * and the tree holds one reference on it; an attached mount is on all_mounts.  At most one mount is
 * right on a given (mount, dentry): mounting over a mount goes onto its root.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "mount.h"

LIST_HEAD(all_mounts);
u64 mount_count;
unsigned nr_mounts;

static int mnt_next_id(void)
{
	static int last_id = 20;

	return ++last_id;
}

/* A mount that is nowhere yet, with one reference; takes the caller's reference on sb. */
struct mount *mnt_new(struct super_block *sb, struct dentry *root, unsigned long flags,
		      const char *source)
{
	struct mount *mnt = kzalloc_type(struct mount);

	mnt->refs = 1;
	mnt->sb = sb;
	mnt->root = dget(root);
	mnt->parent = mnt;
	mnt->flags = flags;
	mnt->id = mnt_next_id();
	mnt->source = kstrdup(source ? source : "none");
	INIT_LIST_HEAD(&mnt->hash_node);
	INIT_LIST_HEAD(&mnt->children);
	INIT_LIST_HEAD(&mnt->child);
	INIT_LIST_HEAD(&mnt->list);
	return mnt;
}

struct mount *mnt_clone(struct mount *from, struct dentry *root)
{
	from->sb->refs++;
	return mnt_new(from->sb, root, from->flags, from->source);
}

/* Drops the last reference; with that of the last mount its file system goes, which may sleep. */
void mnt_put_last(struct mount *mnt)
{
	BUG_ON(mnt->refs != 1);
	mnt->refs = 0;
	BUG_ON(!list_empty(&mnt->children));
	dput(mnt->root);
	sb_put(mnt->sb);
	kfree(mnt->source);
	kfree(mnt);
}

bool mnt_attached(const struct mount *mnt)
{
	return !list_empty(&mnt->list);
}

static void mnt_hook(struct mount *mnt, const struct path *where)
{
	mnt->parent = mnt_get(where->mnt);
	mnt->mountpoint = dget(where->dentry);
	mnt->mountpoint->mounted++;
	list_add_tail(&mnt->child, &mnt->parent->children);
	mount_count++;
}

static struct mount *mnt_tree_next(struct mount *m, struct mount *top)
{
	if (!list_empty(&m->children))
		return list_first_entry(&m->children, struct mount, child);
	for (; m != top; m = m->parent) {
		if (m->child.next != &m->parent->children)
			return list_next_entry(m, child);
	}
	return NULL;
}

static void mnt_list_tree(struct mount *top)
{
	struct mount *m;

	for (m = top; m; m = mnt_tree_next(m, top)) {
		if (list_empty(&m->list)) {
			list_add_tail(&m->list, &all_mounts);
			nr_mounts++;
		}
	}
}

unsigned mnt_tree_size(struct mount *top)
{
	struct mount *m;
	unsigned n = 0;

	for (m = top; m; m = mnt_tree_next(m, top))
		n++;
	return n;
}

void mnt_attach(struct mount *mnt, const struct path *where)
{
	mnt_hook(mnt, where);
	mnt->detached = false;
	mnt_list_tree(mnt);
}

void mnt_unhook(struct mount *mnt)
{
	struct mount *parent = mnt->parent;
	struct dentry *mountpoint = mnt->mountpoint;

	list_del(&mnt->child);
	mnt->parent = mnt;
	mnt->mountpoint = NULL;
	mount_count++;
	if (parent == mnt)
		return;
	mountpoint->mounted--;
	dput(mountpoint);
	mnt_put(parent);
}

void mnt_detach_tree(struct mount *mnt)
{
	struct mount *m;

	mnt_get(mnt);
	do {
		for (m = mnt; !list_empty(&m->children);)
			m = list_first_entry(&m->children, struct mount, child);
		list_del(&m->list);
		nr_mounts--;
		m->detached = true;
		mnt_unhook(m);
		mnt_put(m);
	} while (m != mnt);
	mnt_put(mnt);
}

void mnt_copy_children(struct mount *from, struct dentry *root, struct mount *to)
{
	struct mount *m = from, *copy = to, *next;

	for (;;) {
		next = list_first_entry_or_null(&m->children, struct mount, child);
		while (!next || (m == from && !d_is_ancestor(root, next->mountpoint))) {
			if (next && next->child.next != &m->children) {
				next = list_next_entry(next, child);
				continue;
			}
			next = NULL;
			if (m == from)
				return;
			if (m->child.next != &m->parent->children)
				next = list_next_entry(m, child);
			m = m->parent;
			copy = copy->parent;
		}
		m = next;
		next = mnt_clone(m, m->root);
		mnt_hook(next, &(struct path){ copy, m->mountpoint });
		copy = next;
	}
}

/* Puts an attached mount somewhere else, with all that is mounted below it. */
void mnt_move(struct mount *mnt, const struct path *where)
{
	struct mount *parent = mnt->parent;
	struct dentry *mountpoint = mnt->mountpoint;

	list_del(&mnt->child);
	mnt_hook(mnt, where);
	mountpoint->mounted--;
	dput(mountpoint);
	mnt_put(parent);
}

bool mnt_is_below(struct mount *mnt, struct mount *ancestor)
{
	while (mnt != ancestor && mnt->parent != mnt)
		mnt = mnt->parent;
	return mnt == ancestor;
}

struct mount *mnt_on(const struct path *path)
{
	struct mount *mnt;

	if (!path->dentry->mounted)
		return NULL;
	list_for_each_entry(mnt, &path->mnt->children, child) {
		if (mnt->mountpoint == path->dentry)
			return mnt;
	}
	return NULL;
}

/* Steps onto what is mounted on the path, all the way up; true if it moved. */
bool follow_mount(struct path *path)
{
	bool moved = false;
	struct mount *mnt;

	while ((mnt = mnt_on(path))) {
		struct path up = { mnt_get(mnt), dget(mnt->root) };

		path_put(path);
		*path = up;
		moved = true;
	}
	return moved;
}

bool mnt_readonly(const struct mount *mnt)
{
	return (mnt->flags | mnt->sb->flags) & MS_RDONLY;
}

/* 0, or -EROFS where nothing may be written. */
int mnt_want_write(struct mount *mnt)
{
	return mnt_readonly(mnt) ? -EROFS : 0;
}

/* A mount of its own that is never in the tree: for files without names. */
struct mount *internal_mount(const char *type)
{
	struct super_block *sb = kern_mount_internal(type);

	return mnt_new(sb, sb->root, 0, type);
}

/* --- /proc/mounts, mountinfo, mountstats */

static const struct {
	unsigned long flag;
	const char *text;
} mnt_opts[] = {
	{ MS_NOSUID, ",nosuid" },     { MS_NODEV, ",nodev" },
	{ MS_NOEXEC, ",noexec" },     { MS_NOATIME, ",noatime" },
	{ MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
	{ MS_NOSYMFOLLOW, ",nosymfollow" },
}, sb_opts[] = {
	{ MS_SYNCHRONOUS, ",sync" }, { MS_DIRSYNC, ",dirsync" },
	{ MS_MANDLOCK, ",mand" },    { MS_LAZYTIME, ",lazytime" },
};

static void show_mnt_opts(struct seq_file *m, const struct mount *mnt)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mnt_opts); i++) {
		if (mnt->flags & mnt_opts[i].flag)
			seq_puts(m, mnt_opts[i].text);
	}
}

static void show_sb_opts(struct seq_file *m, struct super_block *sb)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sb_opts); i++) {
		if (sb->flags & sb_opts[i].flag)
			seq_puts(m, sb_opts[i].text);
	}
}

static void show_fs_options(struct seq_file *m, struct super_block *sb)
{
	if (sb->ops->show_options)
		sb->ops->show_options(m, sb);
}

static void show_plain(struct seq_file *m, struct mount *mnt, const char *where)
{
	seq_escape(m, mnt->source, " \t\n\\#");
	seq_putc(m, ' ');
	seq_escape(m, where, " \t\n\\");
	seq_printf(m, " %s %s", mnt->sb->type->name, mnt_readonly(mnt) ? "ro" : "rw");
	show_sb_opts(m, mnt->sb);
	show_mnt_opts(m, mnt);
	show_fs_options(m, mnt->sb);
	seq_puts(m, " 0 0\n");
}

static void show_root_in_fs(struct seq_file *m, struct mount *mnt, char *buf)
{
	struct mount whole = { .root = mnt->sb->root, .parent = &whole };
	struct path inside = { &whole, mnt->root }, top = { &whole, whole.root };
	bool reachable;
	char *text;

	text = path_build(&inside, &top, buf, PATH_MAX, &reachable);
	seq_escape(m, IS_ERR(text) ? "/" : text, " \t\n\\");
}

static void show_info(struct seq_file *m, struct mount *mnt, const char *where, char *buf)
{
	struct super_block *sb = mnt->sb;

	/* The root's own parent is no mount that can be seen; Linux shows the id of its rootfs. */
	seq_printf(m, "%d %d %u:%u ", mnt->id, mnt->parent == mnt ? 1 : mnt->parent->id,
		   MAJOR(sb->dev), MINOR(sb->dev));
	show_root_in_fs(m, mnt, buf);
	seq_putc(m, ' ');
	seq_escape(m, where, " \t\n\\");
	seq_puts(m, mnt->flags & MS_RDONLY ? " ro" : " rw");
	show_mnt_opts(m, mnt);
	seq_printf(m, " - %s ", sb->type->name);
	seq_escape(m, mnt->source, " \t\n\\#");
	seq_puts(m, sb->flags & MS_RDONLY ? " ro" : " rw");
	show_sb_opts(m, sb);
	show_fs_options(m, sb);
	seq_putc(m, '\n');
}

static void show_stats(struct seq_file *m, struct mount *mnt, const char *where)
{
	seq_puts(m, "device ");
	seq_escape(m, mnt->source, " \t\n\\#");
	seq_puts(m, " mounted on ");
	seq_escape(m, where, " \t\n\\");
	seq_printf(m, " with fstype %s\n", mnt->sb->type->name);
}

/* All mounts that current's root can reach, one per line. */
void show_mounts(struct seq_file *m, int style)
{
	char *buf = kzalloc(2 * PATH_MAX);
	struct mount *mnt;

	list_for_each_entry(mnt, &all_mounts, list) {
		struct path path = { mnt, mnt->root };
		bool reachable;
		char *where = path_build(&path, &current->fs->root, buf, PATH_MAX, &reachable);

		if (IS_ERR(where) || !reachable)
			continue;
		if (style == 0)
			show_plain(m, mnt, where);
		else if (style == 1)
			show_info(m, mnt, where, buf + PATH_MAX);
		else
			show_stats(m, mnt, where);
	}
	kfree(buf);
}
