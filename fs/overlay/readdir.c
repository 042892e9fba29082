/*
 * overlay: reading directories.
 *
 * A directory that only one lower layer has is read as it is.  Else the entries of all layers
 * are gathered into a list at position 0, the topmost of each name winning, and positions are
 * places in that list; it lives until the next rewind.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "overlay.h"

struct ovl_entry {
	struct hash_node node;
	struct list_head list;
	u64 ino;
	unsigned type;
	bool whiteout;
	bool check;		/* of the layer being read: its dentry has to be looked at */
	unsigned len;
	char name[];
};

struct ovl_listing {
	struct list_head entries;	/* in order */
	struct hash_table names;
	struct ovl_entry **index;	/* by position, whiteouts left out */
	u64 nr;
};

/* An open directory. */
struct ovl_dir {
	struct file *real;		/* read as it is */
	struct ovl_listing *listing;	/* or so */
};

struct gather {
	struct dir_context ctx;
	struct ovl_listing *listing;
	struct ovl_sb *sbi;
	struct super_block *real;
	bool upper, look;		/* look: numbers may be other than the real ones */
	u64 self, parent;		/* the numbers of "." and ".." */
};

/* --- gathering */

static bool known(struct ovl_listing *l, const char *name, unsigned len, u64 hash)
{
	struct hash_node *node;

	hash_for_each(&l->names, node, hash) {
		struct ovl_entry *e = container_of(node, struct ovl_entry, node);

		if (e->len == len && !memcmp(e->name, name, len))
			return true;
	}
	return false;
}

static u64 entry_ino(const struct gather *g, const char *name, unsigned len, u64 ino)
{
	if (len == 1 && name[0] == '.')
		return g->self;
	if (len == 2 && !memcmp(name, "..", 2))
		return g->parent;
	return ovl_map_ino(g->sbi, g->real, ino);
}

static bool is_dots(const char *name, unsigned len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

static bool gather_emit(struct dir_context *ctx, const char *name, int len,
			loff_t pos __maybe_unused, u64 ino, unsigned type)
{
	struct gather *g = container_of(ctx, struct gather, ctx);
	u64 hash = hash_bytes(name, len);
	struct ovl_entry *e;

	if (len <= 0 || known(g->listing, name, len, hash))
		return true;
	e = kzalloc(sizeof(*e) + len + 1);
	e->len = len;
	e->type = type;
	e->ino = entry_ino(g, name, len, ino);
	memcpy(e->name, name, len);
	e->check = !is_dots(name, len) &&
		   (type == mode_to_dtype(S_IFCHR) || !type || (g->upper && g->look));
	list_add_tail(&e->list, &g->listing->entries);
	hash_add(&g->listing->names, &e->node, hash);
	return true;
}

static void check_entry(struct gather *g, struct dentry *dir, struct ovl_entry *e)
{
	struct qstr name = { .name = e->name, .len = e->len };
	struct dentry *d = ovl_lookup_real(dir, &name);
	u64 ino;

	e->check = false;
	if (IS_ERR(d))
		return;
	e->whiteout = ovl_is_whiteout(d);
	if (g->upper && d->inode && ovl_get_ino(g->sbi, d, &ino))
		e->ino = ino;
	dput(d);
}

/* The layer's own: those at the end of the list. */
static void check_entries(struct gather *g, struct dentry *dir)
{
	struct ovl_entry *e;

	list_for_each_entry(e, &g->listing->entries, list) {
		if (e->check)
			check_entry(g, dir, e);
	}
}

static int read_some(struct file *file, struct dir_context *ctx)
{
	return file->ops->iterate ? file->ops->iterate(file, ctx) : -ENOTDIR;
}

/* For a ctx that takes everything. */
static int read_all(struct file *file, struct dir_context *ctx)
{
	loff_t before;
	int err;

	do {
		before = ctx->pos;
		err = read_some(file, ctx);
	} while (!err && ctx->pos != before);
	return err;
}

static int gather_layer(struct gather *g, const struct path *path)
{
	struct file *file = dentry_open(path, O_RDONLY | O_DIRECTORY | O_LARGEFILE | O_NOATIME,
					g->sbi->cred);
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	g->ctx.pos = 0;
	g->real = path->dentry->sb;
	g->look = g->upper && ovl_has_mark(g->sbi, path->dentry, OVL_IMPURE);
	err = read_all(file, &g->ctx);
	fput(file);
	check_entries(g, path->dentry);
	return err;
}

static void listing_free(struct ovl_listing *l)
{
	if (!l)
		return;
	hash_free(&l->names);
	while (!list_empty(&l->entries)) {
		struct ovl_entry *e = list_first_entry(&l->entries, struct ovl_entry, list);

		list_del(&e->list);
		kfree(e);
	}
	kfree(l->index);
	kfree(l);
}

static void make_index(struct ovl_listing *l)
{
	struct ovl_entry *e;

	l->index = kzalloc((l->names.count + 1) * sizeof(*l->index));
	list_for_each_entry(e, &l->entries, list) {
		if (!e->whiteout)
			l->index[l->nr++] = e;
	}
}

/* The merged entries.  ERR_PTR. */
static struct ovl_listing *make_listing(struct dentry *dentry)
{
	struct ovl_inode *oi = ovl_i(dentry->inode);
	struct ovl_sb *sbi = ovl_sb(dentry->sb);
	struct ovl_listing *l = kzalloc_type(struct ovl_listing);
	struct gather g = {
		.ctx.emit = gather_emit,
		.listing = l,
		.sbi = sbi,
		.self = dentry->inode->ino,
		.parent = dentry->parent->inode->ino,
	};
	unsigned i;
	int err = 0;

	INIT_LIST_HEAD(&l->entries);
	if (oi->upper) {
		struct path path = { sbi->upper.mnt, oi->upper };

		g.upper = true;
		err = gather_layer(&g, &path);
		g.upper = false;
	}
	for (i = 0; i < oi->nr_lower && !err; i++)
		err = gather_layer(&g, &oi->lower[i]);
	if (err) {
		listing_free(l);
		return ERR_PTR(err);
	}
	make_index(l);
	return l;
}

/* --- empty directories */

struct count {
	struct dir_context ctx;
	u64 nr;
};

static bool count_emit(struct dir_context *ctx, const char *name, int len,
		       loff_t pos __maybe_unused, u64 ino __maybe_unused,
		       unsigned type __maybe_unused)
{
	struct count *c = container_of(ctx, struct count, ctx);

	if (!is_dots(name, len))
		c->nr++;
	return true;
}

static int count_entries(const struct path *path, struct cred *cred, u64 *nr)
{
	struct count c = { .ctx.emit = count_emit };
	struct file *file = dentry_open(path, O_RDONLY | O_DIRECTORY | O_LARGEFILE | O_NOATIME,
					cred);
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	err = read_all(file, &c.ctx);
	fput(file);
	*nr = c.nr;
	return err;
}

static bool only_dots(const struct ovl_listing *l)
{
	u64 i;

	for (i = 0; i < l->nr; i++) {
		if (!is_dots(l->index[i]->name, l->index[i]->len))
			return false;
	}
	return true;
}

/* Removes the whiteouts of an upper directory; it is locked. */
static int clear_whiteouts(struct dentry *upper, struct ovl_listing *l)
{
	struct ovl_entry *e;
	int err = 0;

	list_for_each_entry(e, &l->entries, list) {
		struct dentry *d;

		if (!e->whiteout)
			continue;
		d = lookup_one(upper, e->name, e->len);
		if (IS_ERR(d))
			return PTR_ERR(d);
		if (ovl_is_whiteout(d))
			err = vfs_unlink(upper->inode, d);
		dput(d);
		if (err)
			break;
	}
	return err;
}

static u64 count_upper_whiteouts(struct dentry *upper, struct ovl_listing *l)
{
	struct ovl_entry *e;
	u64 nr = 0;

	list_for_each_entry(e, &l->entries, list) {
		struct dentry *d = e->whiteout ? lookup_one(upper, e->name, e->len) : NULL;

		if (IS_ERR_OR_NULL(d))
			continue;
		nr += ovl_is_whiteout(d);
		dput(d);
	}
	return nr;
}

/* The upper directory has nothing but whiteouts: they go, and from then on it takes no new
 * entries. */
static int empty_upper(struct ovl_sb *sbi, struct dentry *upper, struct ovl_listing *l)
{
	struct path path = { sbi->upper.mnt, upper };
	struct cred *saved = ovl_begin_cred(sbi);
	u64 nr = 0;
	int err;

	mutex_lock(&upper->inode->lock);
	err = count_entries(&path, sbi->cred, &nr);
	if (!err && nr != count_upper_whiteouts(upper, l))
		err = -ENOTEMPTY; /* somebody was faster */
	if (!err)
		err = clear_whiteouts(upper, l);
	if (!err)
		upper->inode->flags |= S_DEAD;
	mutex_unlock(&upper->inode->lock);
	ovl_end_cred(saved);
	return err;
}

/* For a directory that is about to be removed or replaced.  If that fails later, the caller
 * takes S_DEAD off the upper directory again. */
int ovl_check_empty(struct dentry *dentry)
{
	struct ovl_listing *l = make_listing(dentry);
	int err = 0;

	if (IS_ERR(l))
		return PTR_ERR(l);
	if (!only_dots(l))
		err = -ENOTEMPTY;
	else if (ovl_i(dentry->inode)->upper)
		err = empty_upper(ovl_sb(dentry->sb), ovl_i(dentry->inode)->upper, l);
	listing_free(l);
	return err;
}

/* --- open directories */

static void forget(struct ovl_dir *od)
{
	listing_free(od->listing);
	od->listing = NULL;
	if (od->real)
		fput(od->real);
	od->real = NULL;
}

static bool is_plain(const struct inode *inode)
{
	const struct ovl_inode *oi = ovl_i(inode);
	const struct ovl_sb *sbi = ovl_sb(inode->sb);

	return !oi->upper && oi->nr_lower == 1 && oi->lower[0].mnt->sb == sbi->lower[0].mnt->sb &&
	       oi->lower[0].mnt == sbi->lower[sbi->nr_lower - 1].mnt;
}

static int begin(struct ovl_dir *od, struct file *file)
{
	struct dentry *dentry = file->path.dentry;

	forget(od);
	if (is_plain(dentry->inode)) {
		od->real = dentry_open(&ovl_i(dentry->inode)->lower[0],
				       O_RDONLY | O_DIRECTORY | O_LARGEFILE,
				       ovl_sb(dentry->sb)->cred);
		if (!IS_ERR(od->real))
			return 0;
		dentry = (struct dentry *)od->real;
		od->real = NULL;
		return PTR_ERR(dentry);
	}
	od->listing = make_listing(dentry);
	if (!IS_ERR(od->listing))
		return 0;
	dentry = (struct dentry *)od->listing;
	od->listing = NULL;
	return PTR_ERR(dentry);
}

static int iterate_listing(struct ovl_listing *l, struct dir_context *ctx)
{
	while (ctx->pos >= 0 && (u64)ctx->pos < l->nr) {
		struct ovl_entry *e = l->index[ctx->pos];

		if (!ctx->emit(ctx, e->name, e->len, ctx->pos, e->ino, e->type))
			break;
		ctx->pos++;
	}
	return 0;
}

/* The VFS holds the file's position lock where the file is shared, so the listing stays. */
static int ovl_iterate(struct file *file, struct dir_context *ctx)
{
	struct ovl_dir *od = file->private;
	int err = 0;

	if (ctx->pos == 0 || (!od->real && !od->listing))
		err = begin(od, file);
	if (err)
		return err;
	if (od->real)
		return read_some(od->real, ctx);
	return iterate_listing(od->listing, ctx);
}

/* Opens the top layer's directory once, for its error. */
static int ovl_dir_open(struct inode *inode, struct file *file)
{
	struct path path;
	struct file *real;

	ovl_real_path(inode, &path);
	real = dentry_open(&path, O_RDONLY | O_DIRECTORY | O_LARGEFILE, file->cred);
	if (IS_ERR(real))
		return PTR_ERR(real);
	fput(real);
	file->private = kzalloc_type(struct ovl_dir);
	return 0;
}

static void ovl_dir_release(struct file *file)
{
	forget(file->private);
	kfree(file->private);
}

static loff_t ovl_dir_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR && __builtin_add_overflow(offset, file->pos, &offset))
		return -EOVERFLOW;
	if ((whence != SEEK_SET && whence != SEEK_CUR) || offset < 0)
		return -EINVAL;
	file->pos = offset;
	return offset;
}

static int ovl_dir_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct path path;
	struct file *real;
	int err = 0;

	if (!ovl_i(file->inode)->upper)
		return 0;
	ovl_real_path(file->inode, &path);
	real = dentry_open(&path, O_RDONLY | O_DIRECTORY | O_LARGEFILE, file->cred);
	if (IS_ERR(real))
		return PTR_ERR(real);
	if (real->ops->fsync)
		err = real->ops->fsync(real, start, end, datasync);
	fput(real);
	return err;
}

const struct file_ops ovl_dir_fops = {
	.open = ovl_dir_open,
	.release = ovl_dir_release,
	.iterate = ovl_iterate,
	.llseek = ovl_dir_llseek,
	.fsync = ovl_dir_fsync,
};
