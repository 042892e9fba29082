/*
 * overlay: mounting.
 *
 *	mount -t overlay -o lowerdir=A:B,upperdir=U,workdir=W overlay ...
 *
 * A is on top of B.  Without upperdir it is read-only.  userxattr takes user.overlay. for its
 * own attributes; so does an upper layer that has no trusted ones.
 */
#include "um/kmalloc.h"
#include "um/mount_opts.h"
#include "um/overlay.h"
#include "um/sched.h"
#include "../mount.h"
#include "overlay.h"

#define LOWER_MAX 500
#define DEPTH_MAX 2	/* overlays on overlays */
#define TRUSTED "trusted.overlay."
#define USER "user.overlay."

struct options {
	char *lower, *upper, *work;	/* into the copy of the option string */
	bool userxattr;
};

static const struct fs_type overlay_type;

/* --- options */

/* Features that are not here may be asked to be off. */
static int optional_feature(const char *name, const char *value)
{
	static const char *const names[] = { "index", "redirect_dir", "metacopy", "nfs_export",
					     "xino", "uuid" };
	static const char *const off[] = { "off", "nofollow", "auto", "on" };
	size_t i, allowed;
	bool any = !strcmp(name, "xino") || !strcmp(name, "uuid");

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i]))
			break;
	}
	if (i == ARRAY_SIZE(names) || !value)
		return -EINVAL;
	allowed = any ? 4 : 2;
	for (i = 0; i < allowed; i++) {
		if (!strcmp(value, off[i]))
			return 0;
	}
	return -EINVAL;
}

static int parse_option(struct options *o, const char *name, char *value)
{
	if (!strcmp(name, "lowerdir") && value && *value)
		o->lower = value;
	else if (!strcmp(name, "upperdir") && value && *value)
		o->upper = value;
	else if (!strcmp(name, "workdir") && value && *value)
		o->work = value;
	else if (!strcmp(name, "userxattr") && !value)
		o->userxattr = true;
	else if (strcmp(name, "volatile") && strcmp(name, "default_permissions"))
		return optional_feature(name, value);
	return 0;
}

static int parse_options(struct options *o, char *data)
{
	char *rest = data, *name, *value;
	int err = 0;

	while (!err && mount_opt_next(&rest, &name, &value))
		err = parse_option(o, name, value);
	if (err)
		return err;
	if (!o->lower || !o->upper != !o->work)
		return -EINVAL;
	return 0;
}

/* --- layers */

static int get_dir(char *name, struct path *path)
{
	char *from = name, *to = name;

	for (; *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = 0;
	return kern_path(name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, path);
}

/* The end of a name in a list with colons between. */
static char *name_end(char *s)
{
	while (*s && *s != ':')
		s += s[0] == '\\' && s[1] ? 2 : 1;
	return s;
}

static int add_lower(struct ovl_sb *sbi, const struct path *path)
{
	if (sbi->nr_lower == LOWER_MAX)
		return -EINVAL;
	sbi->lower = krealloc(sbi->lower, (sbi->nr_lower + 1) * sizeof(*sbi->lower));
	sbi->lower[sbi->nr_lower++] = *path;
	return 0;
}

static int get_lowers(struct ovl_sb *sbi, char *list)
{
	int err = 0;

	while (!err) {
		char *end = name_end(list);
		bool last = !*end;
		struct path path;

		*end = 0;
		err = *list ? get_dir(list, &path) : -EINVAL;
		if (!err) {
			err = add_lower(sbi, &path);
			if (err)
				path_put(&path);
		}
		if (last)
			break;
		list = end + 1;
	}
	return err;
}

/* The directory "work" in what the option names. */
static int get_work(struct ovl_sb *sbi, char *name)
{
	struct dentry *work;
	struct path path;
	int err = get_dir(name, &path);

	if (err)
		return err;
	mutex_lock(&path.dentry->inode->lock);
	work = lookup_one(path.dentry, "work", 4);
	err = IS_ERR(work) ? PTR_ERR(work) : 0;
	if (!err && !work->inode)
		err = vfs_mkdir(path.dentry->inode, work, 0700);
	mutex_unlock(&path.dentry->inode->lock);
	if (!err && !S_ISDIR(work->inode->mode))
		err = -ENOTDIR;
	if (err) {
		if (!IS_ERR(work))
			dput(work);
		goto put_path;
	}
	sbi->work = (struct path){ mnt_get(path.mnt), work };
put_path:
	path_put(&path);
	return err;
}

static bool related(const struct dentry *a, const struct dentry *b)
{
	return d_is_ancestor((struct dentry *)a, (struct dentry *)b) ||
	       d_is_ancestor((struct dentry *)b, (struct dentry *)a);
}

static int check_layers(const struct ovl_sb *sbi)
{
	unsigned i;

	if (!sbi->upper.mnt)
		return 0;
	/* An overlay cannot keep the whiteouts of another. */
	if (sbi->upper.mnt->sb->type == &overlay_type)
		return -EINVAL;
	if (sbi->upper.mnt != sbi->work.mnt || related(sbi->upper.dentry, sbi->work.dentry))
		return -EINVAL;
	if (mnt_want_write(sbi->upper.mnt))
		return -EROFS;
	for (i = 0; i < sbi->nr_lower; i++) {
		if (related(sbi->lower[i].dentry, sbi->upper.dentry) ||
		    related(sbi->lower[i].dentry, sbi->work.dentry))
			return -ELOOP;
	}
	return 0;
}

static int depth_of(const struct super_block *sb)
{
	return sb->type == &overlay_type ? ovl_sb(sb)->depth : 0;
}

static int check_depth(struct ovl_sb *sbi)
{
	int depth = sbi->upper.mnt ? depth_of(sbi->upper.mnt->sb) : 0;
	unsigned i;

	for (i = 0; i < sbi->nr_lower; i++)
		depth = max(depth, depth_of(sbi->lower[i].mnt->sb));
	sbi->depth = depth + 1;
	return sbi->depth > DEPTH_MAX ? -EINVAL : 0;
}

static bool takes_marks(struct ovl_sb *sbi, const char *prefix)
{
	sbi->prefix = prefix;
	return !ovl_set_mark(sbi, sbi->work.dentry, OVL_OPAQUE, "0");
}

/* Which attributes it keeps its own marks in. */
static void choose_prefix(struct ovl_sb *sbi, bool user)
{
	sbi->prefix = user ? USER : TRUSTED;
	if (!sbi->upper.mnt)
		return;
	if (!user && takes_marks(sbi, TRUSTED))
		return;
	if (!takes_marks(sbi, USER))
		sbi->prefix = NULL;
}

static int get_layers(struct ovl_sb *sbi, struct options *o)
{
	int err = get_lowers(sbi, o->lower);

	if (!err && o->upper)
		err = get_dir(o->upper, &sbi->upper);
	if (!err && o->work)
		err = get_work(sbi, o->work);
	return err;
}

/* --- the super block's operations */

static int ovl_statfs(struct dentry *dentry, struct statfs64 *st)
{
	struct path path;
	int err;

	ovl_real_path(dentry->sb->root->inode, &path);
	err = path.dentry->sb->ops->statfs(path.dentry, st);
	st->f_type = OVERLAYFS_SUPER_MAGIC;
	return err;
}

static int ovl_sync(struct super_block *sb)
{
	struct ovl_sb *sbi = ovl_sb(sb);
	struct super_block *upper = sbi && sbi->upper.mnt ? sbi->upper.mnt->sb : NULL;

	return upper && upper->ops->sync ? upper->ops->sync(upper) : 0;
}

static void drop_path(struct path *path)
{
	if (path->mnt)
		path_put(path);
}

static void ovl_put_super(struct super_block *sb)
{
	struct ovl_sb *sbi = ovl_sb(sb);
	unsigned i;

	if (!sbi)
		return;
	sb->private = NULL;
	hash_free(&sbi->uppers);
	hash_free(&sbi->lowers);
	drop_path(&sbi->upper);
	drop_path(&sbi->work);
	for (i = 0; i < sbi->nr_lower; i++)
		path_put(&sbi->lower[i]);
	cred_put(sbi->cred);
	kfree(sbi->lower);
	kfree(sbi->options);
	kfree(sbi);
}

static void ovl_show_options(struct seq_file *m, struct super_block *sb)
{
	if (!ovl_sb(sb)->options || !*ovl_sb(sb)->options)
		return;
	seq_putc(m, ',');
	seq_escape(m, ovl_sb(sb)->options, " \t\n\\");
}

static const struct super_ops ovl_super_ops = {
	.evict = ovl_evict,
	.statfs = ovl_statfs,
	.put_super = ovl_put_super,
	.sync = ovl_sync,
	.show_options = ovl_show_options,
};

/* --- mounting */

static struct inode *root_inode(struct super_block *sb)
{
	struct ovl_sb *sbi = ovl_sb(sb);
	struct ovl_found found = { 0 };
	unsigned i;

	found.lower = kzalloc(sbi->nr_lower * sizeof(*found.lower));
	found.nr_lower = sbi->nr_lower;
	for (i = 0; i < sbi->nr_lower; i++)
		found.lower[i] = (struct path){ sbi->lower[i].mnt, dget(sbi->lower[i].dentry) };
	if (sbi->upper.mnt)
		found.upper = dget(sbi->upper.dentry);
	return ovl_get_inode(sb, &found);
}

static struct super_block *new_super(const struct fs_type *type, unsigned long flags,
				     const char *source)
{
	struct super_block *sb = sb_new(type, flags, source);
	struct ovl_sb *sbi = kzalloc_type(struct ovl_sb);

	sb->ops = &ovl_super_ops;
	sb->magic = OVERLAYFS_SUPER_MAGIC;
	sb->private = sbi;
	sbi->cred = cred_get(current->cred);
	return sb;
}

/* The layers are there: checks them and makes the root. */
static int finish_super(struct super_block *sb, bool userxattr)
{
	struct ovl_sb *sbi = ovl_sb(sb);
	struct inode *root;
	int err = check_layers(sbi);

	if (!err)
		err = check_depth(sbi);
	if (err)
		return err;
	if (!sbi->upper.mnt)
		sb->flags |= MS_RDONLY;
	choose_prefix(sbi, userxattr);
	root = root_inode(sb);
	if (IS_ERR(root))
		return PTR_ERR(root);
	sb->root = d_make_root(root);
	return 0;
}

static int fill_super(struct super_block *sb, const char *data)
{
	char *copy = kstrdup(data ? data : "");
	struct options o = { 0 };
	int err = parse_options(&o, copy);

	if (!err)
		err = get_layers(ovl_sb(sb), &o);
	if (!err)
		err = finish_super(sb, o.userxattr);
	kfree(copy);
	if (!err)
		ovl_sb(sb)->options = kstrdup(data);
	return err;
}

/* --- the volatile root: layers that have no name in the guest */

static struct {
	bool wanted;
	struct path upper, work, lower;
} volatile_root;

static int fill_volatile(struct super_block *sb)
{
	struct ovl_sb *sbi = ovl_sb(sb);
	int err;

	volatile_root.wanted = false;
	sbi->upper = volatile_root.upper;
	sbi->work = volatile_root.work;
	err = add_lower(sbi, &volatile_root.lower);
	return err ? err : finish_super(sb, false);
}

static struct super_block *overlay_mount(const struct fs_type *type, unsigned long flags,
					 const char *source, const char *data)
{
	struct super_block *sb = new_super(type, flags, source);
	int err = volatile_root.wanted ? fill_volatile(sb) : fill_super(sb, data);

	if (!err)
		return sb;
	sb_put(sb);
	return ERR_PTR(err);
}

/* A mount outside the tree of a file system of that type. */
static struct mount *private_mount(const char *name, unsigned long flags, const char *source,
				   const char *data)
{
	const struct fs_type *type = fs_type_find(name, strlen(name));
	struct super_block *sb = type ? type->mount(type, flags, source, data) : ERR_PTR(-ENODEV);

	return IS_ERR(sb) ? (struct mount *)sb : mnt_new(sb, sb->root, flags, source);
}

static int make_dir(struct mount *mnt, const char *name, struct path *path)
{
	struct dentry *dir = mnt->root, *dentry;
	int err;

	mutex_lock(&dir->inode->lock);
	dentry = lookup_one(dir, name, strlen(name));
	err = IS_ERR(dentry) ? PTR_ERR(dentry) : vfs_mkdir(dir->inode, dentry, 0755);
	mutex_unlock(&dir->inode->lock);
	if (!err)
		*path = (struct path){ mnt_get(mnt), dentry };
	return err;
}

/* The upper root looks as the lower one. */
static int copy_root_attrs(const struct dentry *from, struct dentry *to)
{
	struct iattr attr = {
		.valid = ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_ATIME | ATTR_ATIME_SET |
			 ATTR_MTIME | ATTR_MTIME_SET,
		.mode = from->inode->mode,
		.uid = from->inode->uid,
		.gid = from->inode->gid,
		.atime = from->inode->times.atime,
		.mtime = from->inode->times.mtime,
	};

	return ovl_real_setattr(to, &attr);
}

static int mount_volatile(struct mount *lower, struct mount *upper)
{
	int err = make_dir(upper, "upper", &volatile_root.upper);

	if (err)
		return err;
	err = make_dir(upper, "work", &volatile_root.work);
	if (!err)
		err = copy_root_attrs(lower->root, volatile_root.upper.dentry);
	if (err)
		return err;
	volatile_root.lower = (struct path){ mnt_get(lower), dget(lower->root) };
	volatile_root.wanted = true;
	return mount_root("overlay", 0, "overlay", NULL);
}

/* For `um run --volatile`.  An error is fatal to the boot, so what was mounted stays. */
int overlay_mount_volatile_root(const char *host_dir, const char *hostfs_options)
{
	struct mount *lower = private_mount("hostfs", MS_RDONLY, host_dir, hostfs_options), *upper;

	if (IS_ERR(lower))
		return PTR_ERR(lower);
	if (!S_ISDIR(lower->root->inode->mode))
		return -ENOTDIR;
	upper = private_mount("tmpfs", 0, "tmpfs", "mode=755");
	return IS_ERR(upper) ? PTR_ERR(upper) : mount_volatile(lower, upper);
}

static FS_TYPE(overlay_type) = {
	.name = "overlay",
	.mount = overlay_mount,
};
