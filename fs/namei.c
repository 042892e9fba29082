/*
 * Path walking: from a text to a (mount, dentry).
 *
 * Following a symbolic link replaces what has not been walked yet by the link's target and that
 * rest, so a walk is one loop however links nest.  The directory that the walk stands on is
 * always referenced; nothing else is held across a sleep.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/uaccess.h"
#include "internal.h"

void path_get(const struct path *path)
{
	if (path->mnt)
		mnt_get(path->mnt);
	if (path->dentry)
		dget(path->dentry);
}

/* Drops the references of a path, which may be empty; may sleep. */
void path_put(const struct path *path)
{
	struct path p = *path;

	dput(p.dentry);
	mnt_put(p.mnt);
}

/* A path from the user, kmalloc'ed; empty ones only with LOOKUP_EMPTY. ERR_PTR. */
char *getname(uaddr_t name, unsigned lookup)
{
	char *s = strndup_user(name, PATH_MAX);

	if (IS_ERR(s) || *s || lookup & LOOKUP_EMPTY)
		return s;
	kfree(s);
	return ERR_PTR(-ENOENT);
}

/* getname, without an allocation for the usual short path. */
int user_name_get(struct user_name *s, uaddr_t name, unsigned lookup)
{
	long n = strncpy_from_user(s->room, name, sizeof(s->room));

	if (n < 0)
		return (int)n;
	s->text = s->room;
	if (n == sizeof(s->room)) {
		s->text = getname(name, lookup);
		return IS_ERR(s->text) ? PTR_ERR(s->text) : 0;
	}
	return n || lookup & LOOKUP_EMPTY ? 0 : -ENOENT;
}

void user_name_put(struct user_name *s)
{
	if (s->text != s->room)
		kfree(s->text);
}

/* --- one name in one directory */

/* Is the cached dentry still right?  If not it is dropped, reference included. */
static struct dentry *d_revalidated(struct dentry *dentry)
{
	if (!dentry->ops || !dentry->ops->revalidate || dentry->ops->revalidate(dentry))
		return dentry;
	if (!dentry->mounted) {
		d_invalidate_children(dentry);
		d_drop(dentry);
	}
	dput(dentry);
	return NULL;
}

static struct dentry *lookup_cached(struct dentry *dir, const struct qstr *name)
{
	struct dentry *dentry = d_lookup_hashed(dir, name);

	return dentry ? d_revalidated(dget(dentry)) : NULL;
}

static struct dentry *lookup_real(struct dentry *dir, const struct qstr *name)
{
	struct inode *inode = dir->inode;
	struct dentry *dentry;
	int err;

	if (inode->flags & S_DEAD)
		return ERR_PTR(-ENOENT);
	if (!inode->ops || !inode->ops->lookup)
		return ERR_PTR(-ENOTDIR);
	dentry = d_alloc(dir, name);
	err = inode->ops->lookup(inode, dentry);
	if (err == -ENOENT) {
		if (d_unhashed(dentry) && !dentry->inode)
			d_add(dentry, NULL);
		err = 0;
	}
	if (!err)
		return dentry;
	dput(dentry);
	return ERR_PTR(err);
}

/* The dentry of a name in a directory whose inode the caller has locked; possibly negative.
 * No permission is checked.  ERR_PTR. */
struct dentry *lookup_one(struct dentry *dir, const char *name, size_t len)
{
	struct qstr q = { .name = name, .len = len };
	struct dentry *dentry;

	if (len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	dentry = d_lookup(dir, &q);
	if (dentry)
		dentry = d_revalidated(dentry);
	return dentry ? dentry : lookup_real(dir, &q);
}

/* May current look names up in the directory? */
static int may_lookup(struct inode *dir)
{
	const umode_t everybody = S_IXUSR | S_IXGRP | S_IXOTH;

	if (!S_ISDIR(dir->mode))
		return -ENOTDIR;
	if ((dir->mode & everybody) == everybody && dir->ops && !dir->ops->permission)
		return 0;
	return inode_permission(dir, MAY_EXEC);
}

struct dentry *walk_lookup(struct walk *w, const struct qstr *name)
{
	struct dentry *dir = w->path.dentry, *dentry;

	if (name->len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	dentry = lookup_cached(dir, name);
	if (dentry)
		return dentry;
	if (w->flags & LOOKUP_CACHED)
		return ERR_PTR(-EAGAIN);
	mutex_lock(&dir->inode->lock);
	dentry = lookup_one(dir, name->name, name->len);
	mutex_unlock(&dir->inode->lock);
	return dentry;
}

/* --- steps */

static void walk_set_path(struct walk *w, struct path *path)
{
	struct path old = w->path;

	w->path = *path;
	path_put(&old);
}

static int walk_over_mounts(struct walk *w, struct path *path)
{
	struct mount *before = path->mnt;

	if (!path->dentry->mounted)
		return 0;
	follow_mount(path);
	return path->mnt != before && w->flags & LOOKUP_NO_XDEV ? -EXDEV : 0;
}

static bool walk_tree_changed(const struct walk *w)
{
	return w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT) &&
	       (w->mounts != mount_count || w->renames != rename_count);
}

/* A bind mount shows a part of its file system; ".." must not leave it, even after the directory
 * it stands on was moved out of that part. */
static bool still_below_mount_root(const struct path *path)
{
	return path->mnt->root == path->mnt->sb->root ||
	       d_is_ancestor(path->mnt->root, path->dentry);
}

static int walk_up(struct walk *w)
{
	struct path up;
	int err;

	while (!path_equal(&w->path, &w->root)) {
		struct mount *mnt = w->path.mnt;

		if (w->path.dentry != mnt->root) {
			if (!still_below_mount_root(&w->path))
				return -ENOENT;
			up = (struct path){ mnt_get(mnt), dget(w->path.dentry->parent) };
			break;
		}
		if (mnt->parent == mnt)
			goto stay;
		if (w->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
		up = (struct path){ mnt->parent, mnt->mountpoint };
		path_get(&up);
		walk_set_path(w, &up);
	}
	if (path_equal(&w->path, &w->root)) {
		if (w->flags & LOOKUP_BENEATH)
			return -EXDEV;
		goto stay;
	}
	err = walk_over_mounts(w, &up);
	walk_set_path(w, &up);
	if (err)
		return err;
stay:
	return walk_tree_changed(w) ? -EAGAIN : 0;
}

static int walk_to_root(struct walk *w)
{
	struct path root = w->root;

	if (w->flags & LOOKUP_BENEATH)
		return -EXDEV;
	if (w->flags & LOOKUP_NO_XDEV && w->path.mnt != root.mnt)
		return -EXDEV;
	path_get(&root);
	walk_set_path(w, &root);
	return 0;
}

static int follow_magic(struct walk *w, struct dentry *link)
{
	struct path to = { NULL, NULL };
	int err;

	if (w->flags & LOOKUP_NO_MAGICLINKS)
		return -ELOOP;
	err = link->inode->ops->follow(link, &to);
	if (err)
		return err;
	if (w->flags & LOOKUP_NO_XDEV && to.mnt != w->path.mnt)
		err = -EXDEV;
	if (w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT))
		err = -EXDEV;
	if (err)
		path_put(&to);
	else
		walk_set_path(w, &to);
	return err;
}

static int follow_text(struct walk *w, struct dentry *link)
{
	const struct inode_ops *ops = link->inode->ops;
	char *target = ops && ops->readlink ? ops->readlink(link) : ERR_PTR(-EINVAL);
	char *text;
	int err = 0;

	if (IS_ERR(target))
		return PTR_ERR(target);
	if (!*target)
		err = -ENOENT;
	else if (strlen(target) >= PATH_MAX)
		err = -ENAMETOOLONG;
	else if (*target == '/')
		err = walk_to_root(w);
	if (!err) {
		text = kasprintf("%s%s", target, w->rest);
		kfree(w->text);
		w->text = text;
		w->rest = text;
	}
	kfree(target);
	return err;
}

/* Goes where a link that stands in w->path points to: a new text, or (magic) a new place. */
static int walk_link(struct walk *w, const struct path *link)
{
	if (w->links++ >= MAX_SYMLINKS || w->flags & LOOKUP_NO_SYMLINKS ||
	    link->mnt->flags & MS_NOSYMFOLLOW)
		return -ELOOP;
	touch_atime_path(link);
	if (link->dentry->inode->ops && link->dentry->inode->ops->follow)
		return follow_magic(w, link->dentry);
	return follow_text(w, link->dentry);
}

int walk_step(struct walk *w, struct dentry *child, bool follow)
{
	struct path next = { w->path.mnt, child };
	struct dentry *before = w->path.dentry;
	int err;

	if (!child->mounted && child->inode && !S_ISLNK(child->inode->mode)) {
		w->path.dentry = child;
		dput(before);
		return 0;
	}
	mnt_get(next.mnt);
	err = walk_over_mounts(w, &next);
	if (!err && !next.dentry->inode)
		err = -ENOENT;
	if (err)
		goto put;
	if (follow && d_is_symlink(next.dentry)) {
		err = walk_link(w, &next);
		path_put(&next);
		return err ? err : 1;
	}
	walk_set_path(w, &next);
	return 0;
put:
	path_put(&next);
	return err;
}

static int walk_component(struct walk *w, bool follow)
{
	struct dentry *child;

	switch (w->type) {
	case LAST_ROOT:
	case LAST_DOT:
		return 0;
	case LAST_DOTDOT:
		return walk_up(w);
	case LAST_NORM:
		break;
	}
	child = walk_lookup(w, &w->last);
	if (IS_ERR(child))
		return PTR_ERR(child);
	return walk_step(w, child, follow);
}

/* A directory that the walk may step onto without any ado: cached, true, nothing mounted on it, and
 * nothing asked of it can sleep.  No reference; NULL: there is none, which says nothing. */
static struct dentry *plain_dir(struct dentry *dir, const struct qstr *name)
{
	struct dentry *d = d_lookup_hashed(dir, name);

	if (!d || d->mounted || !d->inode || !S_ISDIR(d->inode->mode))
		return NULL;
	if ((d->ops && d->ops->revalidate) || !d->inode->ops || d->inode->ops->permission)
		return NULL;
	return d;
}

/* The walk moves to where it has looked ahead to. */
static void walk_catch_up(struct walk *w, struct dentry *ahead)
{
	struct dentry *before = w->path.dentry;

	if (ahead == before)
		return;
	w->path.dentry = dget(ahead);
	dput(before);
}

static enum last_type component_type(const struct qstr *name)
{
	if (name->len == 0)
		return LAST_ROOT;
	if (name->name[0] != '.' || name->len > 2)
		return LAST_NORM;
	if (name->len == 1)
		return LAST_DOT;
	return name->name[1] == '.' ? LAST_DOTDOT : LAST_NORM;
}

static const char *skip_slashes(const char *s)
{
	while (*s == '/')
		s++;
	return s;
}

/* Takes the next name off the text. */
static void walk_take_name(struct walk *w)
{
	const char *name = skip_slashes(w->rest), *end = name;
	u32 hash = NAME_HASH_INIT;

	while (*end && *end != '/')
		hash = name_hash_add(hash, *end++);
	w->last = (struct qstr){ .name = name, .len = (u32)(end - name), .hash = hash };
	w->type = component_type(&w->last);
	w->trailing = w->type == LAST_ROOT ? name != w->rest : *end;
	w->rest = end;
}

/* Over what is plain it runs ahead of w->path, taking no references: nothing there sleeps. */
int walk_parent(struct walk *w)
{
	struct dentry *at = w->path.dentry, *next;
	int err;

	for (;;) {
		walk_take_name(w);
		err = w->type == LAST_ROOT ? 0 : may_lookup(at->inode);
		if (err || !*skip_slashes(w->rest))
			break;
		next = w->type == LAST_NORM ? plain_dir(at, &w->last) : NULL;
		if (next) {
			at = next;
			continue;
		}
		walk_catch_up(w, at);
		err = walk_component(w, true);
		if (err < 0)
			return err;
		at = w->path.dentry;
	}
	walk_catch_up(w, at);
	return err;
}

int walk_last(struct walk *w)
{
	bool must_be_dir = w->trailing || w->flags & LOOKUP_DIRECTORY;
	int err = walk_component(w, w->trailing || w->flags & LOOKUP_FOLLOW);

	if (err)
		return err;
	return must_be_dir && !d_is_dir(w->path.dentry) ? -ENOTDIR : 0;
}

/* --- beginning and end */

static int walk_start_at(struct walk *w, int dfd, bool need_dir)
{
	struct file *file;
	int err = 0;

	if (dfd == AT_FDCWD) {
		w->path = current->fs->pwd;
		path_get(&w->path);
		return 0;
	}
	file = fget(dfd);
	if (!file)
		return -EBADF;
	if (need_dir && !d_is_dir(file->path.dentry))
		err = -ENOTDIR;
	if (!err) {
		w->path = file->path;
		path_get(&w->path);
	}
	fput(file);
	return err;
}

static int walk_start(struct walk *w, int dfd, const char *name)
{
	bool scoped = w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT);
	int err;

	if (*name == '/' && w->flags & LOOKUP_BENEATH)
		return -EXDEV;
	if (*name != '/' || scoped) {
		err = walk_start_at(w, dfd, *name);
		if (err)
			return err;
	}
	w->root = scoped ? w->path : current->fs->root;
	path_get(&w->root);
	if (*name == '/' && !scoped) {
		w->path = w->root;
		path_get(&w->path);
	}
	return 0;
}

/* Begins a walk of `name` from dfd (absolute names: from the root).  On error nothing is held;
 * else walk_end is due. */
int walk_init(struct walk *w, int dfd, const char *name, unsigned flags)
{
	int err;

	*w = (struct walk){ .flags = flags, .mounts = mount_count, .renames = rename_count };
	if (!*name && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	err = walk_start(w, dfd, name);
	if (err)
		return err;
	w->rest = name;
	return 0;
}

void walk_end(struct walk *w)
{
	path_put(&w->path);
	path_put(&w->root);
	kfree(w->text);
}

/* The whole way to a path that exists; its references are the caller's. */
int path_lookup(int dfd, const char *name, unsigned flags, struct path *path)
{
	struct walk w;
	int err = walk_init(&w, dfd, name, flags);

	if (err)
		return err;
	do {
		err = walk_parent(&w);
		if (!err)
			err = walk_last(&w);
	} while (err == 1);
	if (!err) {
		*path = w.path;
		w.path = (struct path){ NULL, NULL };
	}
	walk_end(&w);
	return err;
}

/* path_lookup of a path that the user gave. */
int user_path_at(int dfd, uaddr_t name, unsigned lookup, struct path *path)
{
	struct user_name s;
	int err = user_name_get(&s, name, lookup);

	if (err)
		return err;
	err = path_lookup(dfd, s.text, lookup, path);
	user_name_put(&s);
	return err;
}

int user_path_flags(int dfd, uaddr_t name, int flags, struct path *path)
{
	return user_path_at(dfd, name,
			    (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
				    (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0),
			    path);
}

/* path_lookup from current's root and working directory. */
int kern_path(const char *name, unsigned lookup, struct path *path)
{
	return path_lookup(AT_FDCWD, name, lookup, path);
}

int kern_path_at(int dfd, const char *name, unsigned lookup, struct path *path)
{
	return path_lookup(dfd, name, lookup, path);
}
