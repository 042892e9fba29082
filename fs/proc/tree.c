/* Directories and files that come from rows: the fixed part of /proc, and all of /sys. */
#include "um/bug.h"
#include "um/err.h"
#include "um/kmalloc.h"

#include "proc.h"

static u64 next_ino = 2;

static struct proc_node *node_new(struct proc_node *parent, const char *name)
{
	struct proc_node *node = kzalloc_type(struct proc_node);

	node->name = name;
	node->ino = next_ino++;
	node->parent = parent;
	INIT_LIST_HEAD(&node->children);
	INIT_LIST_HEAD(&node->sibling);
	if (parent)
		list_add_tail(&node->sibling, &parent->children);
	return node;
}

struct proc_node *tree_find(struct proc_node *dir, const char *name, size_t len)
{
	struct proc_node *node;

	list_for_each_entry(node, &dir->children, sibling)
		if (strlen(node->name) == len && !memcmp(node->name, name, len))
			return node;
	return NULL;
}

static void add_row(struct proc_node *root, const struct proc_row *row)
{
	struct proc_node *dir = root, *node;
	const char *p = row->path;

	for (;;) {
		size_t n = strcspn(p, "/");

		node = tree_find(dir, p, n);
		if (!node)
			node = node_new(dir, kstrndup(p, n));
		if (!p[n])
			break;
		dir = node;
		p += n + 1;
	}
	BUG_ON(node->row);
	if (row->show || row->link)
		node->row = row;
}

struct proc_node *tree_build(const struct proc_row *begin, const struct proc_row *end)
{
	struct proc_node *root = node_new(NULL, "");

	for (const struct proc_row *row = begin; row < end; row++)
		add_row(root, row);
	return root;
}

/* --- files */

static struct proc_node *node_of(const struct inode *inode)
{
	return inode->private;
}

static int file_open(struct inode *inode, struct file *file)
{
	const struct proc_row *row = node_of(inode)->row;

	return seq_open(file, row->show, row->private);
}

char *text_from_iter(struct iov_iter *from, size_t *len)
{
	size_t n = min(from->count, (size_t)4095);
	char *text = kzalloc(n + 1);

	if (copy_from_iter(text, n, from) != n) {
		kfree(text);
		return ERR_PTR(-EFAULT);
	}
	*len = n;
	return text;
}

static ssize_t file_write(struct file *file, struct iov_iter *from, loff_t *pos __maybe_unused)
{
	const struct proc_row *row = node_of(file->inode)->row;
	size_t n;
	char *text;
	int err;

	if (!row->write)
		return -EIO;
	text = text_from_iter(from, &n);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = row->write(text, n);
	kfree(text);
	return err ? err : (ssize_t)n;
}

static const struct file_ops tree_file_ops = {
	.open = file_open,
	.release = seq_release,
	.read = seq_read,
	.write = file_write,
	.llseek = seq_lseek,
};

static char *link_read(struct dentry *dentry)
{
	return kstrdup(node_of(dentry->inode)->row->link);
}

/* Files of /proc take no new owner or mode, and truncation by O_TRUNC means nothing. */
int proc_setattr(struct dentry *dentry __maybe_unused, struct iattr *attr)
{
	return attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0;
}

static const struct inode_ops tree_link_iops = { .readlink = link_read };
static const struct inode_ops tree_file_iops = { .setattr = proc_setattr };

/* --- directories */

bool emit_dots(struct file *file, struct dir_context *ctx)
{
	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, 0, file->inode->ino, 4))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, 1, file->path.dentry->parent->inode->ino, 4))
			return false;
		ctx->pos = 2;
	}
	return true;
}

static umode_t node_mode(const struct proc_node *node)
{
	if (!node->row)
		return S_IFDIR | 0555;
	return node->row->link ? S_IFLNK | 0777 : S_IFREG | node->row->mode;
}

int tree_iterate(struct file *file, struct dir_context *ctx)
{
	struct proc_node *node;
	loff_t pos = 2;

	if (!emit_dots(file, ctx))
		return 0;
	list_for_each_entry(node, &node_of(file->inode)->children, sibling) {
		if (pos++ < ctx->pos)
			continue;
		if (!ctx->emit(ctx, node->name, (int)strlen(node->name), pos - 1, node->ino,
			       mode_to_dtype(node_mode(node))))
			return 0;
		ctx->pos = pos;
	}
	return 0;
}

int tree_lookup(struct inode *dir, struct dentry *dentry)
{
	struct proc_node *node = tree_find(node_of(dir), dentry->name.name, dentry->name.len);

	d_add(dentry, node ? tree_inode(dir->sb, node) : NULL);
	return 0;
}

static const struct inode_ops tree_dir_iops = { .lookup = tree_lookup, .setattr = proc_setattr };
static const struct file_ops tree_dir_fops = { .iterate = tree_iterate };

struct inode *tree_inode(struct super_block *sb, struct proc_node *node)
{
	struct inode *inode = new_inode(sb);

	inode->ino = node->ino;
	inode->mode = node_mode(node);
	inode->private = node;
	inode->nlink = S_ISDIR(inode->mode) ? 2 : 1;
	if (S_ISDIR(inode->mode)) {
		inode->ops = &tree_dir_iops;
		inode->fops = &tree_dir_fops;
	} else if (S_ISLNK(inode->mode)) {
		inode->ops = &tree_link_iops;
	} else {
		inode->ops = &tree_file_iops;
		inode->fops = &tree_file_ops;
	}
	return inode;
}

int proc_statfs(struct dentry *dentry, struct statfs *st)
{
	memset(st, 0, sizeof(*st));
	st->f_type = dentry->sb->magic;
	st->f_bsize = (long)PAGE_SIZE;
	st->f_namelen = NAME_MAX;
	return 0;
}
