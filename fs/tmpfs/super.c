/*
 * tmpfs and ramfs: options, limits and mounting.
 *
 * Inodes, names and extended attributes lie in K's heap, so they always have a limit, apart from
 * size=: a full file system can still take the whiteouts that empty it.  Pages lie in the
 * guest's memory, which is limited by itself.
 */
#include "um/kmalloc.h"
#include "um/mount_opts.h"
#include "tmpfs.h"

#define HEAP_SHARE 8	/* heap bytes: at most this part of the guest's memory */

/* What size= and nr_inodes= are without the option: half of memory. */
static u64 half_of_memory(void)
{
	return nr_total_pages() / 2;
}

/* --- limits */

/* Is there room for that many pages more? */
bool tmpfs_has_space(const struct super_block *sb, u64 pages)
{
	const struct tmpfs_sb *sbi = tmpfs_sb(sb);

	return !sbi->max_blocks || (sbi->used_blocks <= sbi->max_blocks &&
				    pages <= sbi->max_blocks - sbi->used_blocks);
}

/* Brings the charge of a file up to date. */
void tmpfs_settle(struct inode *inode)
{
	struct tmpfs_inode *ti = tmpfs_i(inode);

	tmpfs_sb(inode->sb)->used_blocks += inode->data.nr_pages - ti->charged;
	ti->charged = inode->data.nr_pages;
}

/* Heap memory for an inode; negative: given back. */
int tmpfs_heap_charge(struct inode *inode, s64 bytes)
{
	struct tmpfs_sb *sbi = tmpfs_sb(inode->sb);

	if (bytes > 0 && sbi->heap + bytes > physmem_size / HEAP_SHARE)
		return -ENOSPC;
	sbi->heap += bytes;
	tmpfs_i(inode)->heap += bytes;
	return 0;
}

/* For an inode, or another name of one. */
int tmpfs_reserve_inode(struct super_block *sb)
{
	struct tmpfs_sb *sbi = tmpfs_sb(sb);

	if (sbi->used_inodes >= sbi->max_inodes)
		return -ENOSPC;
	sbi->used_inodes++;
	return 0;
}

/* Gives one back. */
void tmpfs_free_inode(struct super_block *sb)
{
	tmpfs_sb(sb)->used_inodes--;
}

/* --- options */

static bool parse_size(struct tmpfs_sb *sbi, const char *value)
{
	size_t len = value ? strlen(value) : 0;
	u64 n;

	if (len && value[len - 1] == '%') {
		char *digits = kstrndup(value, len - 1);
		bool ok = mount_opt_number(digits, 10, &n) && n <= 1000000;

		kfree(digits);
		if (ok)
			sbi->max_blocks = nr_total_pages() * n / 100;
		return ok;
	}
	if (!mount_opt_size(value, &n) || n > LLONG_MAX)
		return false;
	sbi->max_blocks = DIV_ROUND_UP(n, PAGE_SIZE);
	return true;
}

static bool parse_inodes(struct tmpfs_sb *sbi, const char *value)
{
	u64 n, most = nr_total_pages();

	if (!mount_opt_size(value, &n))
		return false;
	sbi->max_inodes = n ? min(n, most) : most;
	return true;
}

static bool parse_id(u32 *id, const char *value)
{
	u64 n;

	if (!mount_opt_number(value, 10, &n) || n >= UINT32_MAX)
		return false;
	*id = n;
	return true;
}

/* Accepted, and without meaning here. */
static bool is_hint(const char *name)
{
	return !strcmp(name, "huge") || !strcmp(name, "mpol") || !strcmp(name, "inode32") ||
	       !strcmp(name, "inode64");
}

static bool parse_option(struct tmpfs_sb *sbi, const char *name, const char *value)
{
	u64 n;

	if (!strcmp(name, "size"))
		return parse_size(sbi, value);
	if (!strcmp(name, "nr_blocks"))
		return mount_opt_size(value, &sbi->max_blocks);
	if (!strcmp(name, "nr_inodes"))
		return parse_inodes(sbi, value);
	if (!strcmp(name, "uid"))
		return parse_id(&sbi->uid, value);
	if (!strcmp(name, "gid"))
		return parse_id(&sbi->gid, value);
	if (!strcmp(name, "mode")) {
		if (!mount_opt_number(value, 8, &n))
			return false;
		sbi->mode = n & 07777;
		return true;
	}
	return is_hint(name);
}

static int parse_options(struct tmpfs_sb *sbi, const char *data)
{
	char *copy = kstrdup(data ? data : ""), *rest = copy, *name, *value;
	int err = 0;

	while (!err && mount_opt_next(&rest, &name, &value)) {
		if (!parse_option(sbi, name, value))
			err = -EINVAL;
	}
	kfree(copy);
	return err;
}

/* --- the super block's operations */

static int tmpfs_statfs(struct dentry *dentry, struct statfs64 *st)
{
	const struct tmpfs_sb *sbi = tmpfs_sb(dentry->sb);

	st->f_type = dentry->sb->magic;
	st->f_bsize = PAGE_SIZE;
	st->f_namelen = NAME_MAX;
	if (sbi->max_blocks) {
		st->f_blocks = sbi->max_blocks;
		st->f_bfree = st->f_bavail =
			sbi->max_blocks - min(sbi->used_blocks, sbi->max_blocks);
	}
	st->f_files = sbi->max_inodes;
	st->f_ffree = sbi->max_inodes - min(sbi->used_inodes, sbi->max_inodes);
	return 0;
}

/* New limits must hold what is there. */
static int tmpfs_remount(struct super_block *sb, unsigned long flags __maybe_unused,
			 const char *data)
{
	struct tmpfs_sb *sbi = tmpfs_sb(sb), new = *sbi;
	int err = parse_options(&new, data);

	if (err)
		return err;
	if (new.max_inodes < sbi->used_inodes)
		return -EINVAL;
	if (new.max_blocks != sbi->max_blocks && sbi->max_blocks &&
	    (!new.max_blocks || new.max_blocks < sbi->used_blocks))
		return -EINVAL;
	sbi->max_blocks = new.max_blocks;
	sbi->max_inodes = new.max_inodes;
	return 0;
}

static void tmpfs_show_options(struct seq_file *m, struct super_block *sb)
{
	const struct tmpfs_sb *sbi = tmpfs_sb(sb);

	if (sbi->max_blocks && sbi->max_blocks != half_of_memory())
		seq_printf(m, ",size=%lluk",
			   (unsigned long long)(sbi->max_blocks * (PAGE_SIZE / 1024)));
	if (sbi->max_inodes != half_of_memory())
		seq_printf(m, ",nr_inodes=%llu", (unsigned long long)sbi->max_inodes);
	if (sbi->mode != 01777)
		seq_printf(m, ",mode=%03o", sbi->mode);
	if (sbi->uid)
		seq_printf(m, ",uid=%u", sbi->uid);
	if (sbi->gid)
		seq_printf(m, ",gid=%u", sbi->gid);
}

static void tmpfs_put_super(struct super_block *sb)
{
	kfree(sb->private);
	sb->private = NULL;
}

static const struct super_ops tmpfs_super_ops = {
	.evict = tmpfs_evict,
	.statfs = tmpfs_statfs,
	.put_super = tmpfs_put_super,
	.remount = tmpfs_remount,
	.show_options = tmpfs_show_options,
};

static int make_root(struct super_block *sb)
{
	const struct tmpfs_sb *sbi = tmpfs_sb(sb);
	struct inode *inode = tmpfs_new_inode(sb, S_IFDIR | sbi->mode, 0);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode->uid = sbi->uid;
	inode->gid = sbi->gid;
	sb->root = d_make_root(inode);
	return 0;
}

/* A new, empty file system. */
struct super_block *tmpfs_new_super(const struct fs_type *type, unsigned long flags,
				    const char *source, const char *data, bool unlimited)
{
	struct tmpfs_sb *sbi = kzalloc_type(struct tmpfs_sb);
	struct super_block *sb = sb_new(type, flags, source);
	int err;

	sb->ops = &tmpfs_super_ops;
	sb->magic = TMPFS_MAGIC;
	sb->private = sbi;
	sbi->max_blocks = unlimited ? 0 : half_of_memory();
	sbi->max_inodes = unlimited ? nr_total_pages() : half_of_memory();
	sbi->mode = 01777;
	err = parse_options(sbi, data);
	if (!err)
		err = make_root(sb);
	if (!err)
		return sb;
	sb_put(sb);
	return ERR_PTR(err);
}

static struct super_block *tmpfs_mount(const struct fs_type *type, unsigned long flags,
				       const char *source, const char *data)
{
	return tmpfs_new_super(type, flags, source, data, false);
}

/* tmpfs without the option of a size. */
static struct super_block *ramfs_mount(const struct fs_type *type, unsigned long flags,
				       const char *source, const char *data)
{
	struct super_block *sb = tmpfs_new_super(type, flags, source, data, true);

	if (!IS_ERR(sb))
		sb->magic = RAMFS_MAGIC;
	return sb;
}

FS_TYPE(tmpfs_type) = {
	.name = "tmpfs",
	.mount = tmpfs_mount,
};

static FS_TYPE(ramfs_type) = {
	.name = "ramfs",
	.mount = ramfs_mount,
};
