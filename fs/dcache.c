/*
 * The dentry cache: names, positive and negative, found by (parent, name).
 *
 * A dentry holds a reference on its parent, so only leaves can be without users.  Those stay
 * cached, in least recently used order, until there are too many; an unhashed one goes with its
 * last user.  Freeing a dentry lets go of its inode, which may sleep: every loop here starts
 * anew after it has freed something.
 */
#include "um/bug.h"
#include "um/counter.h"
#include "um/kmalloc.h"
#include "internal.h"

/* A source tree of some 25,000 files, seen through an overlay, stays cached: about
 * 1 KiB of K each. */
#define DCACHE_BUCKETS 32768
#define DCACHE_UNUSED_MAX 50000
#define DCACHE_SHRINK_BATCH 128

static struct list_head dcache_hash[DCACHE_BUCKETS];	/* next NULL: not yet used */
static LIST_HEAD(dcache_lru);				/* oldest first */
static u64 dcache_unused, dcache_all;
static u64 dcache_seq = 2;				/* 0 and 1 are "." and ".." */
u64 rename_count;

static u32 name_hash(const char *name, u32 len)
{
	u32 hash = NAME_HASH_INIT;

	while (len--)
		hash = name_hash_add(hash, *name++);
	return hash;
}

static struct list_head *dcache_bucket(const struct dentry *parent, u32 hash)
{
	/* 2^32 divided by the golden ratio. */
	u32 mixed = hash ^ (u32)((uintptr_t)parent >> 4) * 0x9e3779b1u;
	struct list_head *bucket = &dcache_hash[(mixed ^ mixed >> 15) % DCACHE_BUCKETS];

	if (!bucket->next)
		INIT_LIST_HEAD(bucket);
	return bucket;
}

/* A position for readdir, larger than all before. */
u64 d_next_seq(void)
{
	return dcache_seq++;
}

static void d_hash(struct dentry *dentry)
{
	list_del(&dentry->hash_node);
	list_add(&dentry->hash_node, dcache_bucket(dentry->parent, dentry->name.hash));
	dentry->flags &= ~DCACHE_UNHASHED;
}

static void lru_del(struct dentry *dentry)
{
	if (!(dentry->flags & DCACHE_LRU))
		return;
	list_del(&dentry->lru);
	dentry->flags &= ~DCACHE_LRU;
	dcache_unused--;
}

static void lru_add(struct dentry *dentry)
{
	lru_del(dentry);
	list_add_tail(&dentry->lru, &dcache_lru);
	dentry->flags |= DCACHE_LRU;
	dcache_unused++;
}

/* A reference on a cached dentry that has none. */
struct dentry *d_revive(struct dentry *dentry)
{
	dentry->refs = 1;
	lru_del(dentry);
	return dentry;
}

static void free_name(const struct dentry *dentry, const char *name)
{
	if (name != dentry->short_name)
		kfree(name);
}

/* A copy of the name, which may be the dentry's own or a part of it. */
void d_set_name(struct dentry *dentry, const char *name, size_t len)
{
	const char *old = dentry->name.name;
	char *text = len < DENTRY_SHORT_NAME ? dentry->short_name : kzalloc(len + 1);

	memmove(text, name, len);
	text[len] = 0;
	dentry->name.name = text;
	dentry->name.len = (u32)len;
	if (old != text)
		free_name(dentry, old);
}

static void d_drop_inode(struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	if (!inode)
		return;
	list_del(&dentry->alias);
	dentry->inode = NULL;
	if (!inode->nlink)
		fsnotify_inode_gone(inode);
	iput(inode);
}

/* Frees a dentry without users or children; its parent, whose reference the caller now has to
 * drop, or NULL. */
static struct dentry *dentry_kill(struct dentry *dentry)
{
	struct dentry *parent = IS_ROOT(dentry) ? NULL : dentry->parent;

	lru_del(dentry);
	list_del(&dentry->hash_node);
	list_del(&dentry->child);
	dentry->flags |= DCACHE_UNHASHED;
	if (dentry->ops && dentry->ops->release)
		dentry->ops->release(dentry);
	d_drop_inode(dentry);
	free_name(dentry, dentry->name.name);
	kfree(dentry);
	dcache_all--;
	return parent;
}

static bool worth_keeping(const struct dentry *dentry)
{
	if (d_unhashed(dentry))
		return false;
	return !dentry->ops || !dentry->ops->unwanted || !dentry->ops->unwanted(dentry);
}

/* Drops a reference, that may be the last; may sleep. */
void dput_last(struct dentry *dentry)
{
	while (dentry) {
		BUG_ON(dentry->refs <= 0);
		if (--dentry->refs)
			return;
		if (worth_keeping(dentry)) {
			lru_add(dentry);
			return;
		}
		dentry = dentry_kill(dentry);
	}
}

/* Frees up to count unused dentries, the oldest first; how many it freed. */
u64 dcache_shrink(u64 count)
{
	u64 done = 0;

	while (done < count && !list_empty(&dcache_lru)) {
		struct dentry *dentry = list_first_entry(&dcache_lru, struct dentry, lru);

		dput(dentry_kill(dentry));
		done++;
	}
	return done;
}

static struct dentry *dentry_new(struct super_block *sb, const char *name, size_t len)
{
	struct dentry *dentry = kzalloc_type(struct dentry);

	dcache_all++;

	dentry->refs = 1;
	dentry->flags = DCACHE_UNHASHED;
	d_set_name(dentry, name, len);
	dentry->name.hash = name_hash(name, len);
	dentry->parent = dentry;
	dentry->sb = sb;
	dentry->ops = sb ? sb->dops : NULL;
	INIT_LIST_HEAD(&dentry->hash_node);
	INIT_LIST_HEAD(&dentry->lru);
	INIT_LIST_HEAD(&dentry->children);
	INIT_LIST_HEAD(&dentry->child);
	INIT_LIST_HEAD(&dentry->alias);
	return dentry;
}

static void d_set_parent(struct dentry *dentry, struct dentry *parent)
{
	dentry->parent = parent;
	dentry->seq = d_next_seq();
	list_add_tail(&dentry->child, &parent->children);
}

/* A new name below parent, unhashed, with one reference.  May sleep (makes room). */
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry;

	if (dcache_unused > DCACHE_UNUSED_MAX)
		dcache_shrink(DCACHE_SHRINK_BATCH);
	dentry = dentry_new(parent->sb, name->name, name->len);
	d_set_parent(dentry, dget(parent));
	return dentry;
}

/* d_alloc with a C string. */
struct dentry *d_alloc_name(struct dentry *parent, const char *name)
{
	struct qstr q = { .name = name, .len = strlen(name) };

	return d_alloc(parent, &q);
}

/* The root dentry of a super block; takes the inode's reference. */
struct dentry *d_make_root(struct inode *inode)
{
	struct dentry *dentry = dentry_new(inode->sb, "/", 1);

	d_instantiate(dentry, inode);
	return dentry;
}

/* A dentry outside any directory, for files that have no name. */
struct dentry *d_alloc_pseudo(struct super_block *sb, const char *name,
			      const struct dentry_ops *ops)
{
	struct dentry *dentry = dentry_new(sb, name, strlen(name));

	if (ops)
		dentry->ops = ops;
	dentry->flags |= DCACHE_DISCONNECTED;
	return dentry;
}

/* Gives a negative dentry its inode, whose reference it takes. */
void d_instantiate(struct dentry *dentry, struct inode *inode)
{
	BUG_ON(dentry->inode);
	if (!inode)
		return;
	dentry->inode = inode;
	list_add_tail(&dentry->alias, &inode->aliases);
}

/* Makes the dentry findable, with an inode or negative. */
void d_add(struct dentry *dentry, struct inode *inode)
{
	d_instantiate(dentry, inode);
	d_hash(dentry);
}

/* Makes the name unknown to the cache. */
void d_drop(struct dentry *dentry)
{
	list_del(&dentry->hash_node);
	dentry->flags |= DCACHE_UNHASHED;
}

/* The name is gone from the file system: negative if nobody else uses the dentry, else unhashed
 * and kept with its inode for those who do. */
void d_delete(struct dentry *dentry)
{
	if (dentry->refs == 1 && !d_unhashed(dentry))
		d_drop_inode(dentry);
	else
		d_drop(dentry);
}

static void d_copy_name(struct dentry *to, const struct dentry *from)
{
	d_set_name(to, from->name.name, from->name.len);
	to->name.hash = from->name.hash;
}

static void d_swap_names(struct dentry *a, struct dentry *b)
{
	struct dentry saved = { .name = { NULL, 0, 0 } };

	d_copy_name(&saved, a);
	d_copy_name(a, b);
	d_copy_name(b, &saved);
	free_name(&saved, saved.name.name);
}

/* The dentry takes target's name and parent; target is unhashed.  May sleep. */
void d_move(struct dentry *dentry, struct dentry *target)
{
	struct dentry *old_parent = dentry->parent;

	if (dentry == target)
		return;
	d_drop(dentry);
	d_drop(target);
	d_copy_name(dentry, target);
	list_del(&dentry->child);
	d_set_parent(dentry, dget(target->parent));
	d_hash(dentry);
	rename_count++;
	if (old_parent != dentry)
		dput(old_parent);
}

/* The two trade names and places. */
void d_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry *parent_a = a->parent, *parent_b = b->parent;

	if (a == b)
		return;
	d_drop(a);
	d_drop(b);
	d_swap_names(a, b);
	list_del(&a->child);
	list_del(&b->child);
	d_set_parent(a, parent_b);
	d_set_parent(b, parent_a);
	d_hash(a);
	d_hash(b);
	rename_count++;
}

/* The cached dentry of a name whose hash is filled in, without a reference: it is there until the
 * caller sleeps; or NULL. */
struct dentry *d_lookup_hashed(struct dentry *parent, const struct qstr *name)
{
	struct list_head *bucket = dcache_bucket(parent, name->hash);
	struct dentry *d;

	list_for_each_entry(d, bucket, hash_node) {
		if (d->name.hash == name->hash && d->parent == parent &&
		    d->name.len == name->len && !memcmp(d->name.name, name->name, name->len))
			return d;
	}
	return NULL;
}

/* The cached dentry of a name, with a reference, without asking the file system; or NULL. */
struct dentry *d_lookup(struct dentry *parent, const struct qstr *name)
{
	struct qstr q = { name->name, name->len, name_hash(name->name, name->len) };
	struct dentry *d = d_lookup_hashed(parent, &q);

	return d ? dget(d) : NULL;
}

/* A name of the inode, with a reference: one that is in a directory if there is one; or NULL. */
struct dentry *d_find_alias(struct inode *inode)
{
	struct dentry *d;

	list_for_each_entry(d, &inode->aliases, alias) {
		if (!d_unhashed(d))
			return dget(d);
	}
	if (list_empty(&inode->aliases))
		return NULL;
	return dget(list_first_entry(&inode->aliases, struct dentry, alias));
}

/* Is `ancestor` the dentry itself or above it? */
bool d_is_ancestor(struct dentry *ancestor, struct dentry *dentry)
{
	while (dentry != ancestor) {
		if (IS_ROOT(dentry))
			return false;
		dentry = dentry->parent;
	}
	return true;
}

/* The next dentry of the tree below top, parents first; NULL at the end. */
static struct dentry *tree_next(struct dentry *d, struct dentry *top)
{
	if (!list_empty(&d->children))
		return list_first_entry(&d->children, struct dentry, child);
	for (; d != top; d = d->parent) {
		if (d->child.next != &d->parent->children)
			return list_next_entry(d, child);
	}
	return NULL;
}

static void collect_unused(struct dentry *top, struct list_head *unused)
{
	struct dentry *d;

	for (d = tree_next(top, top); d; d = tree_next(d, top)) {
		if (d->refs)
			continue;
		dget(d);
		d_drop(d);
		list_add_tail(&d->lru, unused);
	}
}

/* Frees the unused cached entries below; each round frees the leaves of the one before. */
void d_invalidate_children(struct dentry *dentry)
{
	LIST_HEAD(unused);

	dget(dentry);
	for (;;) {
		collect_unused(dentry, &unused);
		if (list_empty(&unused))
			break;
		while (!list_empty(&unused)) {
			struct dentry *d = list_first_entry(&unused, struct dentry, lru);

			list_del(&d->lru);
			dput(d);
		}
	}
	dput(dentry);
}

static struct dentry *tree_leaf(struct dentry *d)
{
	while (!list_empty(&d->children))
		d = list_first_entry(&d->children, struct dentry, child);
	return d;
}

/* Frees a whole tree at its super block's end: no path leads there any more, so what references
 * are left are the file system's own pins. */
void dcache_kill_tree(struct dentry *root)
{
	struct dentry *d = tree_leaf(root), *parent;

	for (;;) {
		d->refs = 0;
		parent = dentry_kill(d);
		if (!parent)
			break;
		d = tree_leaf(parent);
	}
}

/* --- paths as text */

struct path_text {
	char *start, *p;	/* p: what is there so far begins here */
};

static bool prepend(struct path_text *t, const char *s, size_t n)
{
	if ((size_t)(t->p - t->start) < n)
		return false;
	t->p -= n;
	memcpy(t->p, s, n);
	return true;
}

static bool prepend_component(struct path_text *t, const struct qstr *name)
{
	return prepend(t, name->name, name->len) && prepend(t, "/", 1);
}

/* Walks up to root or, when that is not above, to where no more parents are. */
static bool prepend_path(struct path_text *t, const struct path *path, const struct path *root,
			 bool *reachable)
{
	struct dentry *d = path->dentry;
	struct mount *m = path->mnt;
	char *end = t->p;

	*reachable = true;
	while (d != root->dentry || m != root->mnt) {
		if (d != m->root && !IS_ROOT(d)) {
			if (!prepend_component(t, &d->name))
				return false;
			d = d->parent;
			continue;
		}
		if (d != m->root || m->parent == m) {
			*reachable = false;
			break;
		}
		d = m->mountpoint;
		m = m->parent;
	}
	return t->p != end || prepend(t, "/", 1);
}

static char *path_build_text(const struct path *path, const struct path *root, char *buf,
			     size_t size, bool *reachable, bool mark_deleted)
{
	static const char deleted[] = " (deleted)";
	struct path_text t = { buf, buf + size };

	if (!prepend(&t, "", 1))
		return ERR_PTR(-ENAMETOOLONG);
	if (mark_deleted && d_unlinked(path->dentry) &&
	    !prepend(&t, deleted, sizeof(deleted) - 1))
		return ERR_PTR(-ENAMETOOLONG);
	if (!prepend_path(&t, path, root, reachable))
		return ERR_PTR(-ENAMETOOLONG);
	return t.p;
}

/* The text without a mark for deleted names; *reachable: root is above. */
char *path_build(const struct path *path, const struct path *root, char *buf, size_t size,
		 bool *reachable)
{
	return path_build_text(path, root, buf, size, reachable, false);
}

static char *path_dname(const struct path *path, char *buf, size_t size)
{
	int n = path->dentry->ops->dname(path->dentry, buf, size);

	return n < 0 || (size_t)n >= size ? ERR_PTR(-ENAMETOOLONG) : buf;
}

/* The text of a path seen from root; from the top of its tree if root is not above it. */
char *d_path_root(const struct path *path, const struct path *root, char *buf, size_t size)
{
	const struct dentry_ops *ops = path->dentry->ops;
	bool reachable;

	if (ops && ops->dname && path->dentry != path->mnt->root)
		return path_dname(path, buf, size);
	return path_build_text(path, root, buf, size, &reachable, true);
}

/* d_path_root from current's root. */
char *d_path(const struct path *path, char *buf, size_t size)
{
	static struct path nowhere;

	return d_path_root(path, current->fs ? &current->fs->root : &nowhere, buf, size);
}

UM_COUNTER(dentries)
{
	return dcache_all;
}

UM_COUNTER(dentries_unused)
{
	return dcache_unused;
}
