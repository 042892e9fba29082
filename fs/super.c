/*
 * Super blocks: one per mounted file system, alive as long as a mount of it is.  File system types
 * register themselves in the table um_fs_types.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "internal.h"

LIST_HEAD(all_supers);

/* A new super block with one reference, no root yet, and a device number of its own. */
struct super_block *sb_new(const struct fs_type *type, unsigned long flags, const char *source)
{
	static u32 last_minor;
	struct super_block *sb = kzalloc_type(struct super_block);

	sb->refs = 1;
	sb->type = type;
	sb->flags = flags;
	sb->dev = MKDEV(0, ++last_minor & 0xfffff);
	sb->blocksize = PAGE_SIZE;
	/* As far as a page's index reaches. */
	sb->max_size = sizeof(long) < sizeof(loff_t) ? (loff_t)((u64)ULONG_MAX << PAGE_SHIFT) :
						       LLONG_MAX;
	sb->source = kstrdup(source ? source : "none");
	INIT_LIST_HEAD(&sb->inodes);
	list_add_tail(&sb->node, &all_supers);
	return sb;
}

/* Drops a mount's reference.  The last one writes everything back and frees the tree. */
void sb_put(struct super_block *sb)
{
	BUG_ON(sb->refs <= 0);
	if (sb->refs == 1)
		inodes_write_back(sb);
	if (--sb->refs)
		return;
	list_del(&sb->node);
	if (sb->ops && sb->ops->sync)
		sb->ops->sync(sb);
	if (sb->root) {
		dcache_kill_tree(sb->root);
		sb->root = NULL;
	}
	inodes_drop_all(sb);
	if (sb->ops && sb->ops->put_super)
		sb->ops->put_super(sb);
	kfree(sb->source);
	kfree(sb);
}

/* The type of that name, or NULL. */
const struct fs_type *fs_type_find(const char *name, size_t len)
{
	const struct fs_type *type;

	table_for_each(type, um_fs_types) {
		if (strlen(type->name) == len && !memcmp(type->name, name, len))
			return type;
	}
	return NULL;
}

static void sb_sync(struct super_block *sb)
{
	inodes_write_back(sb);
	if (sb->ops && sb->ops->sync)
		sb->ops->sync(sb);
}

void supers_each(void (*fn)(struct super_block *sb))
{
	struct super_block *sb, *held = NULL;

	list_for_each_entry(sb, &all_supers, node) {
		sb->refs++;
		if (held)
			sb_put(held);
		held = sb;
		fn(sb);
	}
	if (held)
		sb_put(held);
}

/* Writes everything of all file systems to where it belongs. */
void sync_all(void)
{
	supers_each(sb_sync);
}

/* A super block that is never seen in the tree of mounts; panics if the type is unknown. */
struct super_block *kern_mount_internal(const char *type)
{
	const struct fs_type *fs = fs_type_find(type, strlen(type));
	struct super_block *sb;

	if (!fs)
		panic("file system type %s is missing", type);
	sb = fs->mount(fs, 0, type, NULL);
	if (IS_ERR(sb))
		panic("cannot mount %s: error %ld", type, -PTR_ERR(sb));
	return sb;
}

/* What a file system without a notion of space says. */
int simple_statfs(struct dentry *dentry, struct statfs64 *st)
{
	st->f_type = dentry->sb->magic;
	st->f_bsize = dentry->sb->blocksize;
	st->f_namelen = NAME_MAX;
	return 0;
}
