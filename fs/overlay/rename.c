/*
 * overlay: renaming.
 *
 * Both ends are copied up.  A directory that a lower layer has a part of cannot move, since its
 * entries could not: -EXDEV, on which mv copies.  The VFS holds the overlay directories' locks
 * all the time, so the steps here need not be one.
 */
#include "um/kmalloc.h"
#include "overlay.h"

struct ovl_rename {
	struct inode *odir, *ndir;
	struct dentry *old, *new;
	bool exchange;
	bool hide;		/* the old name would show a lower file */
	struct dentry *whiteout;	/* for it; a temp */
};

static bool is_dir(const struct dentry *dentry)
{
	return dentry->inode && S_ISDIR(dentry->inode->mode);
}

static bool can_move(const struct dentry *dentry)
{
	return !is_dir(dentry) || ovl_pure_upper(dentry->inode);
}

static int copy_up_all(struct ovl_rename *r)
{
	int err = ovl_copy_up(r->old, true);

	if (!err)
		err = ovl_copy_up(r->new->parent, true);
	if (!err && r->exchange)
		err = ovl_copy_up(r->new, true);
	return err;
}

/* A directory that comes where lower ones may have its name must not merge with them. */
static int make_opaque(struct dentry *dentry, struct inode *to)
{
	int err;

	if (!is_dir(dentry) || !ovl_i(to)->nr_lower)
		return 0;
	err = ovl_set_mark(ovl_sb(to->sb), ovl_i(dentry->inode)->upper, OVL_OPAQUE, "y");
	return err == -EOPNOTSUPP ? -EXDEV : err;
}

static int prepare(struct ovl_rename *r)
{
	int err = copy_up_all(r), hide;

	if (!err)
		err = make_opaque(r->old, r->ndir);
	if (!err && r->exchange)
		err = make_opaque(r->new, r->odir);
	if (err || r->exchange)
		return err;
	hide = ovl_lower_positive(r->odir, &r->old->name);
	if (hide < 0)
		return hide;
	r->hide = hide;
	if (is_dir(r->new))
		err = ovl_check_empty(r->new);
	if (err || !r->hide)
		return err;
	r->whiteout = ovl_temp_whiteout(ovl_sb(r->odir->sb));
	return IS_ERR(r->whiteout) ? PTR_ERR(r->whiteout) : 0;
}

/* Moves the real names.  A directory trades places with a whiteout; *left: that is now where the
 * old name was. */
static int move_real(struct ovl_rename *r, struct inode *odir, struct dentry *o,
		     struct inode *ndir, struct dentry *n, bool *left)
{
	bool swap = r->exchange || (is_dir(o) && ovl_is_whiteout(n));
	int err;

	if (o->inode != ovl_i(r->old->inode)->upper->inode)
		return -ESTALE;
	err = vfs_rename(odir, o, ndir, n, swap ? RENAME_EXCHANGE : 0);
	*left = !err && swap && !r->exchange;
	if (*left && !r->hide) {
		vfs_unlink(odir, n);
		*left = false;
	}
	return err;
}

static int move_locked(struct ovl_rename *r, struct dentry *oup, struct dentry *nup, bool *left)
{
	struct dentry *o, *n;
	int err;

	o = lookup_one(oup, r->old->name.name, r->old->name.len);
	if (IS_ERR(o))
		return PTR_ERR(o);
	n = lookup_one(nup, r->new->name.name, r->new->name.len);
	err = PTR_ERR(n);
	if (!IS_ERR(n)) {
		err = move_real(r, oup->inode, o, nup->inode, n, left);
		dput(n);
	}
	dput(o);
	return err;
}

static int move(struct ovl_rename *r)
{
	struct dentry *oup = ovl_i(r->odir)->upper, *nup = ovl_i(r->ndir)->upper;
	struct ovl_sb *sbi = ovl_sb(r->odir->sb);
	bool left = false;
	int err;

	ovl_lock_dirs(oup->inode, nup->inode);
	err = move_locked(r, oup, nup, &left);
	ovl_unlock_dirs(oup->inode, nup->inode);
	if (err || !r->hide || left)
		return err;
	err = ovl_place_temp(sbi, r->whiteout, oup, &r->old->name);
	if (!err) {
		dput(r->whiteout);
		r->whiteout = NULL;
	}
	return err;
}

static void finish(struct ovl_rename *r)
{
	struct ovl_sb *sbi = ovl_sb(r->odir->sb);

	ovl_set_mark(sbi, ovl_i(r->ndir)->upper, OVL_IMPURE, "y");
	if (r->exchange)
		ovl_set_mark(sbi, ovl_i(r->odir)->upper, OVL_IMPURE, "y");
	else if (r->new->inode)
		ovl_lost_name(r->new->inode);
	ovl_copyattr(r->old->inode);
	ovl_copyattr(r->odir);
	ovl_copyattr(r->ndir);
}

/* RENAME_WHITEOUT is for file systems that can be an upper layer; this one cannot. */
int ovl_rename(struct inode *odir, struct dentry *old, struct inode *ndir, struct dentry *new,
	       unsigned flags)
{
	struct ovl_rename r = { odir, ndir, old, new, flags & RENAME_EXCHANGE, false, NULL };
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (!can_move(old) || (r.exchange && !can_move(new)))
		return -EXDEV;
	err = prepare(&r);
	if (!err)
		err = move(&r);
	if (!IS_ERR_OR_NULL(r.whiteout))
		ovl_discard_temp(ovl_sb(odir->sb), r.whiteout);
	if (!err)
		finish(&r);
	else if (is_dir(new) && ovl_i(new->inode)->upper)
		ovl_i(new->inode)->upper->inode->flags &= ~S_DEAD;
	return err;
}
