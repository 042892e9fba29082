/*
 * mount, umount2, pivot_root, and what boot uses of them.
 *
 * Propagation between mounts does not exist here: every mount is private, so changes of the
 * propagation type are checked and change nothing.
 */
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "mount.h"

/* umount(2)'s flags; the UAPI headers leave them to the C library. */
#define UMOUNT_FORCE 1
#define UMOUNT_DETACH 2
#define UMOUNT_EXPIRE 4
#define UMOUNT_NOFOLLOW 8

#define MNT_FLAGS                                                                                  \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
	 MS_NOSYMFOLLOW)
#define ATIME_FLAGS (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)
#define SB_FLAGS (MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | MS_DIRSYNC | MS_SILENT | MS_LAZYTIME)
#define NOUSER_FLAGS (~0UL << 31)	/* MS_NOUSER as a long: its sign goes all the way up */
#define PROPAGATION_FLAGS (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

struct mount_args {
	const char *type, *source, *data;
	unsigned long flags;	/* MS_* as given */
	unsigned long mnt_flags;
};

static bool is_mount_root(const struct path *path)
{
	return path->dentry == path->mnt->root;
}

static bool is_dead(struct dentry *dentry)
{
	return d_unlinked(dentry) || (dentry->inode && dentry->inode->flags & S_DEAD);
}

static unsigned long mount_flags_of(unsigned long flags)
{
	unsigned long mnt = flags & MNT_FLAGS;

	if (flags & MS_STRICTATIME)
		mnt &= ~(MS_RELATIME | MS_NOATIME);
	else if (!(flags & MS_NOATIME))
		mnt |= MS_RELATIME;
	return mnt;
}

/* Attaches a new mount, taking its reference; on error the caller still has it. */
static int graft(struct mount *mnt, struct path *where)
{
	follow_mount(where);
	if (!mnt_attached(where->mnt))
		return -EINVAL;
	if (is_dead(where->dentry))
		return -ENOENT;
	if (S_ISDIR(mnt->root->inode->mode) != d_is_dir(where->dentry))
		return -ENOTDIR;
	if (nr_mounts + mnt_tree_size(mnt) > MOUNTS_MAX)
		return -ENOSPC;
	mnt_attach(mnt, where);
	return 0;
}

static int new_mount(struct path *where, const struct mount_args *a)
{
	const struct fs_type *type;
	struct super_block *sb;
	struct mount *mnt;
	int err;

	if (!a->type)
		return -EINVAL;
	type = fs_type_find(a->type, strlen(a->type));
	if (!type)
		return -ENODEV;
	sb = type->mount(type, a->flags & SB_FLAGS, a->source, a->data);
	if (IS_ERR(sb))
		return PTR_ERR(sb);
	mnt = mnt_new(sb, sb->root, a->mnt_flags, a->source);
	follow_mount(where);
	err = -EBUSY;
	if (where->mnt->sb != sb || !is_mount_root(where) || where->dentry != sb->root)
		err = graft(mnt, where);
	if (err)
		mnt_put(mnt);
	return err;
}

static void mnt_drop_copy(struct mount *mnt)
{
	while (!list_empty(&mnt->children)) {
		struct mount *m = mnt;

		while (!list_empty(&m->children))
			m = list_first_entry(&m->children, struct mount, child);
		mnt_unhook(m);
		mnt_put(m);
	}
	mnt_put(mnt);
}

static int bind_mount(struct path *where, const struct mount_args *a)
{
	struct path from;
	struct mount *mnt;
	int err;

	if (!a->source || !*a->source)
		return -EINVAL;
	err = kern_path(a->source, LOOKUP_FOLLOW, &from);
	if (err)
		return err;
	err = -EINVAL;
	if (!mnt_attached(from.mnt) || !mnt_attached(where->mnt))
		goto put;
	err = -ENOSPC;
	if (nr_mounts + (a->flags & MS_REC ? mnt_tree_size(from.mnt) : 1) > MOUNTS_MAX)
		goto put;
	mnt = mnt_clone(from.mnt, from.dentry);
	if (a->flags & MS_REC)
		mnt_copy_children(from.mnt, from.dentry, mnt);
	err = graft(mnt, where);
	if (err)
		mnt_drop_copy(mnt);
put:
	path_put(&from);
	return err;
}

/* Read-only again only while nobody has a file open for writing. */
static int writers_allow(struct mount *mnt, unsigned long flags, bool whole_sb)
{
	struct mount *m;

	if (!(flags & MS_RDONLY))
		return 0;
	if (mnt->writers)
		return -EBUSY;
	if (!whole_sb)
		return 0;
	list_for_each_entry(m, &all_mounts, list) {
		if (m->sb == mnt->sb && m->writers)
			return -EBUSY;
	}
	return 0;
}

static unsigned long remount_flags(const struct mount *mnt, const struct mount_args *a)
{
	if (a->flags & ATIME_FLAGS)
		return a->mnt_flags;
	return (a->mnt_flags & ~ATIME_FLAGS) | (mnt->flags & ATIME_FLAGS);
}

static int remount(struct path *path, const struct mount_args *a)
{
	struct mount *mnt = path->mnt;
	struct super_block *sb = mnt->sb;
	bool only_mount = a->flags & MS_BIND;
	int err;

	if (!is_mount_root(path) || !mnt_attached(mnt))
		return -EINVAL;
	err = writers_allow(mnt, a->flags, !only_mount);
	if (err)
		return err;
	if (!only_mount) {
		if (sb->ops->remount)
			err = sb->ops->remount(sb, a->flags & SB_FLAGS, a->data);
		if (err)
			return err;
		sb->flags = (sb->flags & ~SB_FLAGS) | (a->flags & SB_FLAGS & ~MS_SILENT);
	}
	mnt->flags = remount_flags(mnt, a);
	return 0;
}

static int change_propagation(struct path *path, const struct mount_args *a)
{
	unsigned long type = a->flags & ~(MS_REC | MS_SILENT);

	if (!is_mount_root(path))
		return -EINVAL;
	if (type & ~PROPAGATION_FLAGS || type & (type - 1))
		return -EINVAL;
	return mnt_attached(path->mnt) ? 0 : -EINVAL;
}

static int may_move(const struct path *from, const struct path *to)
{
	if (!mnt_attached(from->mnt) || !mnt_attached(to->mnt))
		return -EINVAL;
	if (!is_mount_root(from) || from->mnt->parent == from->mnt)
		return -EINVAL;
	if (d_is_dir(from->dentry) != d_is_dir(to->dentry))
		return -EINVAL;
	if (is_dead(to->dentry))
		return -ENOENT;
	return mnt_is_below(to->mnt, from->mnt) ? -ELOOP : 0;
}

static int move_mount(struct path *where, const struct mount_args *a)
{
	struct path from;
	int err;

	if (!a->source || !*a->source)
		return -EINVAL;
	err = kern_path(a->source, LOOKUP_FOLLOW, &from);
	if (err)
		return err;
	follow_mount(where);
	err = may_move(&from, where);
	if (!err)
		mnt_move(from.mnt, where);
	path_put(&from);
	return err;
}

static int do_mount(struct path *where, struct mount_args *a)
{
	if ((a->flags & MS_MGC_MSK) == MS_MGC_VAL)
		a->flags &= ~MS_MGC_MSK;
	if (a->flags & NOUSER_FLAGS)
		return -EINVAL;
	a->mnt_flags = mount_flags_of(a->flags);
	if (a->flags & MS_REMOUNT)
		return remount(where, a);
	if (a->flags & MS_BIND)
		return bind_mount(where, a);
	if (a->flags & PROPAGATION_FLAGS)
		return change_propagation(where, a);
	if (a->flags & MS_MOVE)
		return move_mount(where, a);
	return new_mount(where, a);
}

/* --- for boot */

/* Mounts the root; it becomes current's root and working directory. */
int mount_root(const char *type, unsigned long flags, const char *source, const char *data)
{
	const struct fs_type *fs = fs_type_find(type, strlen(type));
	struct super_block *sb;
	struct mount *mnt;
	struct path root;

	if (!fs)
		return -ENODEV;
	sb = fs->mount(fs, flags & SB_FLAGS, source, data);
	if (IS_ERR(sb))
		return PTR_ERR(sb);
	mnt = mnt_new(sb, sb->root, mount_flags_of(flags), source);
	list_add_tail(&mnt->list, &all_mounts);
	nr_mounts++;
	root = (struct path){ mnt, sb->root };
	path_get(&root);
	path_get(&root);
	path_put(&current->fs->root);
	path_put(&current->fs->pwd);
	current->fs->root = current->fs->pwd = root;
	return 0;
}

/* As mount(2), without asking for privilege. */
int kern_mount_at(const char *type, const char *where, unsigned long flags, const char *source,
		  const char *data)
{
	struct mount_args args = { .type = type, .source = source, .data = data, .flags = flags };
	struct path path;
	int err = kern_path(where, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = do_mount(&path, &args);
	path_put(&path);
	return err;
}

/* Shows `from` at `to` too, with what is mounted below it. */
int kern_bind_mount(const char *from, const char *to)
{
	return kern_mount_at(NULL, to, MS_BIND | MS_REC, from, NULL);
}

/* --- the calls */

static char *mount_string(uaddr_t user)
{
	char *s = user ? strndup_user(user, PATH_MAX) : NULL;

	return IS_ERR(s) && PTR_ERR(s) == -ENAMETOOLONG ? ERR_PTR(-EINVAL) : s;
}

/* The options page: as much of it as can be read. */
static char *mount_data(uaddr_t user)
{
	char *data;

	if (!user)
		return NULL;
	data = kzalloc(PAGE_SIZE + 1);
	if (!copy_from_user_partial(data, user, PAGE_SIZE)) {
		kfree(data);
		return ERR_PTR(-EFAULT);
	}
	data[PAGE_SIZE - 1] = '\0';
	return data;
}

static int mount_at_user(uaddr_t dir, struct mount_args *args)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, dir, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = -EPERM;
	if (capable(CAP_SYS_ADMIN))
		err = do_mount(&path, args);
	path_put(&path);
	return err;
}

SYSCALL_DEFINE5(mount, A_STR, uaddr_t, source, A_PATH, uaddr_t, dir, A_STR, uaddr_t, type, A_HEX,
		unsigned long, flags, A_PTR, uaddr_t, options)
{
	char *ktype = mount_string(type), *ksource = NULL, *data = NULL;
	struct mount_args args = { .flags = flags };
	long err;

	if (IS_ERR(ktype))
		return PTR_ERR(ktype);
	ksource = mount_string(source);
	err = PTR_ERR(ksource);
	if (IS_ERR(ksource))
		goto free_type;
	data = mount_data(options);
	err = PTR_ERR(data);
	if (IS_ERR(data))
		goto free_source;
	args.type = ktype;
	args.source = ksource;
	args.data = data;
	err = mount_at_user(dir, &args);
	kfree(data);
free_source:
	kfree(ksource);
free_type:
	kfree(ktype);
	return err;
}

/* The root cannot go: it becomes read-only instead, as at the end of a shutdown. */
static int umount_root(struct mount *mnt)
{
	int err = writers_allow(mnt, MS_RDONLY, true);

	if (err || mnt_readonly(mnt))
		return err;
	if (mnt->sb->ops->remount)
		err = mnt->sb->ops->remount(mnt->sb, mnt->sb->flags | MS_RDONLY, NULL);
	if (!err)
		mnt->sb->flags |= MS_RDONLY;
	return err;
}

/* The tree's reference and this call's are all there are, and nothing is mounted below. */
static bool mnt_busy(const struct mount *mnt)
{
	return mnt->refs > 2 || !list_empty(&mnt->children);
}

static int do_umount(struct mount *mnt, unsigned flags, bool *mark)
{
	bool expiring = *mark;

	*mark = false;
	if (flags & UMOUNT_EXPIRE) {
		if (mnt == current->fs->root.mnt || flags & (UMOUNT_FORCE | UMOUNT_DETACH))
			return -EINVAL;
		if (mnt_busy(mnt))
			return -EBUSY;
		if (!expiring) {
			*mark = true;
			return -EAGAIN;
		}
	}
	if (mnt->parent == mnt)
		return flags & UMOUNT_DETACH ? -EINVAL : umount_root(mnt);
	if (!(flags & UMOUNT_DETACH) && mnt_busy(mnt))
		return -EBUSY;
	mnt_detach_tree(mnt);
	return 0;
}

SYSCALL_DEFINE2(umount2, A_PATH, uaddr_t, name, A_HEX, unsigned, flags)
{
	struct mount *mnt;
	struct path path;
	bool mark;
	int err;

	if (flags & ~(UMOUNT_FORCE | UMOUNT_DETACH | UMOUNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = user_path_at(AT_FDCWD, name, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	mnt = mnt_get(path.mnt);
	/* Letting go of a reference counts as a use: read the mark before, set it after. */
	mark = mnt->expiring;
	if (!capable(CAP_SYS_ADMIN))
		err = -EPERM;
	else if (!is_mount_root(&path) || !mnt_attached(mnt))
		err = -EINVAL;
	path_put(&path);
	mark = !err && mark;
	if (!err)
		err = do_umount(mnt, flags, &mark);
	mnt_put(mnt);
	/* The tree still holds it. */
	if (err == -EAGAIN && mark)
		mnt->expiring = true;
	return err;
}

static void replace_path(struct path *path, const struct path *from, const struct path *to)
{
	struct path old = *path;

	if (!path_equal(path, from))
		return;
	path_get(to);
	*path = *to;
	path_put(&old);
}

static void replace_fs_roots(const struct path *from, const struct path *to)
{
	struct task *t;

	for_each_task(t) {
		if (!t->fs)
			continue;
		replace_path(&t->fs->root, from, to);
		replace_path(&t->fs->pwd, from, to);
	}
}

static bool path_is_under(const struct path *path, const struct path *top)
{
	struct mount *m = path->mnt;
	struct dentry *d = path->dentry;

	while (m != top->mnt && m->parent != m) {
		d = m->mountpoint;
		m = m->parent;
	}
	return m == top->mnt && d_is_ancestor(top->dentry, d);
}

static int may_pivot(const struct path *root, const struct path *new, const struct path *old)
{
	if (!mnt_attached(root->mnt) || !mnt_attached(new->mnt) || !mnt_attached(old->mnt))
		return -EINVAL;
	if (d_unlinked(new->dentry) || is_dead(old->dentry))
		return -ENOENT;
	if (new->mnt == root->mnt || old->mnt == root->mnt)
		return -EBUSY;
	if (!is_mount_root(root) || !is_mount_root(new))
		return -EINVAL;
	return path_is_under(old, new) && path_is_under(new, root) ? 0 : -EINVAL;
}

static void do_pivot(const struct path *root, const struct path *new, const struct path *old)
{
	struct mount *root_mnt = root->mnt;
	struct path above = { root_mnt->parent, root_mnt->mountpoint };
	bool whole = root_mnt->parent == root_mnt;

	if (!whole)
		path_get(&above);
	mnt_unhook(new->mnt);
	mnt_unhook(root_mnt);
	mnt_attach(root_mnt, old);
	if (!whole) {
		mnt_attach(new->mnt, &above);
		path_put(&above);
	}
	replace_fs_roots(root, new);
}

SYSCALL_DEFINE2(pivot_root, A_PATH, uaddr_t, new_root, A_PATH, uaddr_t, put_old)
{
	struct path new, old, root;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = user_path_at(AT_FDCWD, new_root, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &new);
	if (err)
		return err;
	err = user_path_at(AT_FDCWD, put_old, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &old);
	if (err)
		goto put_new;
	root = current->fs->root;
	path_get(&root);
	err = may_pivot(&root, &new, &old);
	if (!err)
		do_pivot(&root, &new, &old);
	path_put(&root);
	path_put(&old);
put_new:
	path_put(&new);
	return err;
}
