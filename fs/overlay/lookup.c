/* overlay: what a name stands for, from the top layer down. */
#include "um/kmalloc.h"
#include "overlay.h"

/* How the search goes on after a layer. */
enum verdict { GO_DOWN, STOP };

static void take_lower(struct ovl_found *found, struct mount *mnt, struct dentry *dentry)
{
	found->lower = krealloc(found->lower, (found->nr_lower + 1) * sizeof(*found->lower));
	found->lower[found->nr_lower++] = (struct path){ mnt, dentry };
}

static int look_in_upper(struct ovl_sb *sbi, struct dentry *dir, const struct qstr *name,
			 struct ovl_found *found, enum verdict *verdict)
{
	struct dentry *d = ovl_lookup_real(dir, name);

	*verdict = STOP;
	if (IS_ERR(d))
		return PTR_ERR(d);
	if (!d->inode || ovl_is_whiteout(d)) {
		if (!d->inode)
			*verdict = GO_DOWN;
		dput(d);
		return 0;
	}
	found->upper = d;
	if (S_ISDIR(d->inode->mode) && !ovl_has_mark(sbi, d, OVL_OPAQUE))
		*verdict = GO_DOWN;
	return 0;
}

static int look_in_lower(struct ovl_sb *sbi, const struct path *dir, const struct qstr *name,
			 struct ovl_found *found, enum verdict *verdict)
{
	struct dentry *d = ovl_lookup_real(dir->dentry, name);
	bool isdir, above = found->upper || found->nr_lower;

	*verdict = STOP;
	if (IS_ERR(d))
		return PTR_ERR(d);
	if (!d->inode) {
		*verdict = GO_DOWN;
		dput(d);
		return 0;
	}
	isdir = S_ISDIR(d->inode->mode);
	if (ovl_is_whiteout(d) || (above && !isdir)) {
		dput(d);
		return 0;
	}
	take_lower(found, dir->mnt, d);
	if (isdir && !ovl_has_mark(sbi, d, OVL_OPAQUE))
		*verdict = GO_DOWN;
	return 0;
}

static int look_in_layers(struct inode *dir, const struct qstr *name, struct ovl_found *found)
{
	struct ovl_inode *oi = ovl_i(dir);
	struct ovl_sb *sbi = ovl_sb(dir->sb);
	enum verdict verdict = GO_DOWN;
	unsigned i;
	int err = 0;

	if (oi->upper)
		err = look_in_upper(sbi, oi->upper, name, found, &verdict);
	for (i = 0; i < oi->nr_lower && !err && verdict == GO_DOWN; i++)
		err = look_in_lower(sbi, &oi->lower[i], name, found, &verdict);
	return err;
}

/* The directory is locked. */
int ovl_lookup(struct inode *dir, struct dentry *dentry)
{
	struct ovl_found found = { 0 };
	struct inode *inode = NULL;
	int err = look_in_layers(dir, &dentry->name, &found);

	if (err) {
		ovl_found_drop(&found);
		return err;
	}
	if (found.upper || found.nr_lower)
		inode = ovl_get_inode(dir->sb, &found);
	d_add(dentry, inode);
	return 0;
}

/* Would the name show through if the upper layer had nothing there? */
int ovl_lower_positive(struct inode *dir, const struct qstr *name)
{
	struct ovl_inode *oi = ovl_i(dir);
	unsigned i;

	for (i = 0; i < oi->nr_lower; i++) {
		struct dentry *d = ovl_lookup_real(oi->lower[i].dentry, name);
		bool there, whiteout;

		if (IS_ERR(d))
			return PTR_ERR(d);
		there = d->inode;
		whiteout = ovl_is_whiteout(d);
		dput(d);
		if (there)
			return !whiteout;
	}
	return 0;
}
