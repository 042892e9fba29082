/*
 * Radix trees of 16-way nodes, as high as the largest index needs.  A node's bitmaps say which
 * slots are in use and which lead to a tagged item, so that walks skip what is empty.
 *
 * Invariant: no node but a root that was just made is empty.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/radix.h"

/* Most files have a few pages: nodes of 64 would be a quarter of what K needs for such a file. */
#define RADIX_BITS 4
#define RADIX_SLOTS (1u << RADIX_BITS)
#define INDEX_BITS (sizeof(unsigned long) * CHAR_BIT)
#define RADIX_MAX_HEIGHT (DIV_ROUND_UP(INDEX_BITS, RADIX_BITS))

struct radix_node {
	u64 present;
	u64 tagged;
	void *slot[RADIX_SLOTS];
};

struct radix_tree {
	struct radix_node *root;
	unsigned height;	/* levels; 0: empty */
};

struct radix_path {
	struct radix_node *node[RADIX_MAX_HEIGHT];
	unsigned slot[RADIX_MAX_HEIGHT];
};

struct radix_tree *radix_new(void)
{
	return kzalloc_type(struct radix_tree);
}

static void free_nodes(struct radix_node *node, unsigned height)
{
	if (height > 1)
		for (unsigned i = 0; i < RADIX_SLOTS; i++)
			if (node->present & 1ULL << i)
				free_nodes(node->slot[i], height - 1);
	kfree(node);
}

void radix_free(struct radix_tree *tree)
{
	if (!tree)
		return;
	if (tree->height)
		free_nodes(tree->root, tree->height);
	kfree(tree);
}

static bool fits(unsigned long index, unsigned height)
{
	unsigned bits = height * RADIX_BITS;

	return bits >= INDEX_BITS || index >> bits == 0;
}

static unsigned slot_at(unsigned long index, unsigned level)
{
	return index >> (level * RADIX_BITS) & (RADIX_SLOTS - 1);
}

static void grow(struct radix_tree *tree)
{
	struct radix_node *node = kzalloc_type(struct radix_node);

	if (tree->height) {
		node->slot[0] = tree->root;
		node->present = 1;
		node->tagged = tree->root->tagged ? 1 : 0;
	}
	tree->root = node;
	tree->height++;
}

int radix_insert(struct radix_tree *tree, unsigned long index, void *item)
{
	struct radix_node *node;
	unsigned slot;

	while (!tree->height || !fits(index, tree->height))
		grow(tree);
	node = tree->root;
	for (unsigned level = tree->height - 1; level; level--) {
		slot = slot_at(index, level);
		if (!(node->present & 1ULL << slot)) {
			node->slot[slot] = kzalloc_type(struct radix_node);
			node->present |= 1ULL << slot;
		}
		node = node->slot[slot];
	}
	slot = slot_at(index, 0);
	if (node->present & 1ULL << slot)
		return -EEXIST;
	node->slot[slot] = item;
	node->present |= 1ULL << slot;
	return 0;
}

void *radix_lookup(const struct radix_tree *tree, unsigned long index)
{
	struct radix_node *node;

	if (!tree || !tree->height || !fits(index, tree->height))
		return NULL;
	node = tree->root;
	for (unsigned level = tree->height - 1; level && node; level--)
		node = node->slot[slot_at(index, level)];
	return node ? node->slot[slot_at(index, 0)] : NULL;
}

/* The nodes on the way to `index`, root at the highest level; false if it has no item. */
static bool find_path(struct radix_tree *tree, unsigned long index, struct radix_path *path)
{
	struct radix_node *node;

	if (!tree || !tree->height || !fits(index, tree->height))
		return false;
	node = tree->root;
	for (unsigned level = tree->height; level-- > 0;) {
		path->node[level] = node;
		path->slot[level] = slot_at(index, level);
		if (!(node->present & 1ULL << path->slot[level]))
			return false;
		node = node->slot[path->slot[level]];
	}
	return true;
}

static void untag_path(const struct radix_path *path, unsigned height)
{
	for (unsigned level = 0; level < height; level++) {
		path->node[level]->tagged &= ~(1ULL << path->slot[level]);
		if (path->node[level]->tagged)
			return;
	}
}

void *radix_delete(struct radix_tree *tree, unsigned long index)
{
	struct radix_path path;
	unsigned height;
	void *item;

	if (!find_path(tree, index, &path))
		return NULL;
	height = tree->height;
	item = path.node[0]->slot[path.slot[0]];
	untag_path(&path, height);
	for (unsigned level = 0; level < height; level++) {
		struct radix_node *node = path.node[level];

		node->slot[path.slot[level]] = NULL;
		node->present &= ~(1ULL << path.slot[level]);
		if (node->present)
			return item;
		kfree(node);
	}
	tree->root = NULL;
	tree->height = 0;
	return item;
}

void radix_tag(struct radix_tree *tree, unsigned long index)
{
	struct radix_path path;

	BUG_ON(!find_path(tree, index, &path));
	for (unsigned level = 0; level < tree->height; level++)
		path.node[level]->tagged |= 1ULL << path.slot[level];
}

void radix_untag(struct radix_tree *tree, unsigned long index)
{
	struct radix_path path;

	if (find_path(tree, index, &path))
		untag_path(&path, tree->height);
}

static void *next_in(const struct radix_node *node, unsigned level, unsigned long *index,
		     bool tagged)
{
	unsigned shift = level * RADIX_BITS;
	unsigned first = slot_at(*index, level);
	unsigned long above = shift + RADIX_BITS >= INDEX_BITS ?
				      0 : *index >> (shift + RADIX_BITS) << (shift + RADIX_BITS);
	u64 map = (tagged ? node->tagged : node->present) & ~0ULL << first;

	for (; map; map &= map - 1) {
		unsigned slot = (unsigned)__builtin_ctzll(map);
		void *item;

		if (slot != first)
			*index = above | (unsigned long)slot << shift;
		if (!level)
			return node->slot[slot];
		item = next_in(node->slot[slot], level - 1, index, tagged);
		if (item)
			return item;
	}
	return NULL;
}

void *radix_next(const struct radix_tree *tree, unsigned long *index, bool tagged)
{
	if (!tree || !tree->height || !fits(*index, tree->height))
		return NULL;
	return next_in(tree->root, tree->height - 1, index, tagged);
}
