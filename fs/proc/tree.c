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

/* A directory's entry of that name, or NULL. */
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
	if (row->show || row->link || row->fops || row->write || row->write_row)
		node->row = row;
}

/* The tree of all rows' paths; it lives as long as K. */
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

static int nothing_to_show(struct seq_file *m __maybe_unused, void *private __maybe_unused)
{
	return -EIO;
}

static int file_open(struct inode *inode, struct file *file)
{
	const struct proc_row *row = node_of(inode)->row;

	return seq_open(file, row->show ? row->show : nothing_to_show, row->private);
}

/* The name as a decimal number without leading zeros; -1: it is none, or too large for a pid. */
int name_number(const struct qstr *name)
{
	int nr = 0;

	if (!name->len || name->len > 9 || (name->name[0] == '0' && name->len > 1))
		return -1;
	for (u32 i = 0; i < name->len; i++) {
		if (name->name[i] < '0' || name->name[i] > '9')
			return -1;
		nr = nr * 10 + (name->name[i] - '0');
	}
	return nr;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static int number_base(const char **p)
{
	if ((*p)[0] != '0')
		return 10;
	if (((*p)[1] | 0x20) == 'x') {
		*p += 2;
		return 16;
	}
	return 8;
}

/* A text that is one whole number with blanks around it, in C's notation.  0, -EINVAL for any
 * other text, -ERANGE. */
int text_number(const char *text, long long *value)
{
	bool negative;
	long long n = 0;
	int base;

	while (is_blank(*text))
		text++;
	negative = *text == '-';
	text += *text == '-' || *text == '+';
	base = number_base(&text);
	if (digit_value(*text) >= base)
		return -EINVAL;
	for (; digit_value(*text) < base; text++)
		if (__builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, digit_value(*text), &n))
			return -ERANGE;
	while (is_blank(*text))
		text++;
	if (*text)
		return -EINVAL;
	*value = negative ? -n : n;
	return 0;
}

/* At most 4095 bytes of what is written, kmalloc'ed, with a NUL behind; ERR_PTR. */
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

	if (!row->write && !row->write_row)
		return -EIO;
	text = text_from_iter(from, &n);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = row->write ? row->write(text, n) : row->write_row(row, text, n);
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

/* Nothing is made here: as a name that is not there, whoever asks for it. */
int no_create(struct inode *dir __maybe_unused, struct dentry *dentry __maybe_unused,
	      umode_t mode __maybe_unused)
{
	return -ENOENT;
}

int no_mknod(struct inode *dir __maybe_unused, struct dentry *dentry __maybe_unused,
	     umode_t mode __maybe_unused, kdev_t dev __maybe_unused)
{
	return -ENOENT;
}

int no_symlink(struct inode *dir __maybe_unused, struct dentry *dentry __maybe_unused,
	       const char *target __maybe_unused)
{
	return -ENOENT;
}

/* Who would make a name is to hear -ENOENT, not -EACCES; access(2) gets the true answer. */
int proc_dir_permission(struct inode *inode, int mask)
{
	if ((mask & (MAY_WRITE | MAY_EXEC)) == (MAY_WRITE | MAY_EXEC) && !(mask & MAY_ACCESS))
		mask &= ~MAY_WRITE;
	return generic_permission(inode, mask);
}

static umode_t node_mode(const struct proc_node *node)
{
	if (!node->row)
		return S_IFDIR | 0555;
	return node->row->link ? S_IFLNK | 0777 : S_IFREG | node->row->mode;
}

/* The entries of one directory of a tree. */
int tree_iterate_node(struct proc_node *dir, struct file *file, struct dir_context *ctx)
{
	struct proc_node *node;
	loff_t pos = 2;

	if (!emit_dots(file, ctx))
		return 0;
	list_for_each_entry(node, &dir->children, sibling) {
		if (pos++ < ctx->pos)
			continue;
		if (!ctx->emit(ctx, node->name, (int)strlen(node->name), pos - 1, node->ino,
			       mode_to_dtype(node_mode(node))))
			return 0;
		ctx->pos = pos;
	}
	return 0;
}

int tree_iterate(struct file *file, struct dir_context *ctx)
{
	return tree_iterate_node(node_of(file->inode), file, ctx);
}

int tree_lookup(struct inode *dir, struct dentry *dentry)
{
	struct proc_node *node = tree_find(node_of(dir), dentry->name.name, dentry->name.len);

	d_add(dentry, node ? tree_inode(dir->sb, node) : NULL);
	return 0;
}

static const struct inode_ops tree_dir_iops = { .lookup = tree_lookup, .setattr = proc_setattr };
static const struct inode_ops proc_dir_iops = {
	.lookup = tree_lookup,
	.setattr = proc_setattr,
	.permission = proc_dir_permission,
	PROC_NO_NEW_NAMES,
};
static const struct file_ops tree_dir_fops = { .iterate = tree_iterate };

static u32 node_nlink(const struct proc_node *dir)
{
	struct proc_node *node;
	u32 nlink = 2;

	list_for_each_entry(node, &dir->children, sibling)
		nlink += !node->row;
	return nlink;
}

struct inode *tree_inode(struct super_block *sb, struct proc_node *node)
{
	struct inode *inode = new_inode(sb);
	bool is_proc = sb->magic == PROC_SUPER_MAGIC;

	inode->ino = node->ino;
	inode->mode = node_mode(node);
	inode->private = node;
	inode->nlink = S_ISDIR(inode->mode) ? node_nlink(node) : 1;
	if (S_ISDIR(inode->mode)) {
		inode->ops = is_proc ? &proc_dir_iops : &tree_dir_iops;
		inode->fops = &tree_dir_fops;
	} else if (S_ISLNK(inode->mode)) {
		inode->ops = &tree_link_iops;
	} else {
		inode->ops = &tree_file_iops;
		inode->fops = node->row->fops ? node->row->fops : &tree_file_ops;
	}
	return inode;
}

int proc_statfs(struct dentry *dentry, struct statfs64 *st)
{
	memset(st, 0, sizeof(*st));
	st->f_type = dentry->sb->magic;
	st->f_bsize = (long)PAGE_SIZE;
	st->f_namelen = NAME_MAX;
	return 0;
}
