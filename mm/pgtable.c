/*
 * Page tables: a radix tree from virtual page number to entry, of as many levels as task_size
 * and the page size need.  The leaf used last is remembered, so that neighbours cost one
 * comparison.
 *
 * Nodes are K's memory that a guest makes grow: all page tables together have a limit, above
 * which pte_set fails as if physmem were used up.
 */
#include "internal.h"
#include "um/bug.h"
#include "um/counter.h"
#include "um/kmalloc.h"

#define PT_BITS 7
#define PT_ENTRIES (1U << PT_BITS)
#define PT_MASK ((unsigned long)PT_ENTRIES - 1)
#define PT_MAX_LEVELS 10

struct pt_node {
	unsigned used;		/* entries that are not 0 */
	union {
		struct pt_node *child[PT_ENTRIES];
		pte_t pte[PT_ENTRIES];
	};
};

struct page_tables {
	int levels;
	unsigned long nr_nodes;
	struct pt_node *root;
	unsigned long leaf_base;	/* first page of `leaf` */
	struct pt_node *leaf;		/* the one used last, or NULL */
};

static u64 pt_total;	/* nodes in all page tables */

static int levels_needed(void)
{
	unsigned long top = (task_size - 1) >> PAGE_SHIFT;
	int levels = 1;

	while (top >>= PT_BITS)
		levels++;
	BUG_ON(levels > PT_MAX_LEVELS);
	return levels;
}

static bool limit_reached(void)
{
	return pt_total * sizeof(struct pt_node) > physmem_size / 2 + (16UL << 20);
}

static struct pt_node *node_new(struct page_tables *pt)
{
	pt_total++;
	pt->nr_nodes++;
	return kzalloc_type(struct pt_node);
}

static void node_free(struct page_tables *pt, struct pt_node *node)
{
	pt_total--;
	pt->nr_nodes--;
	if (pt->leaf == node)
		pt->leaf = NULL;
	kfree(node);
}

struct page_tables *pgtable_new(void)
{
	struct page_tables *pt = kzalloc_type(struct page_tables);

	pt->levels = levels_needed();
	pt->root = node_new(pt);
	return pt;
}

static void free_tree(struct page_tables *pt, struct pt_node *node, int level)
{
	if (level > 0)
		for (unsigned i = 0; i < PT_ENTRIES; i++)
			if (node->child[i])
				free_tree(pt, node->child[i], level - 1);
	node_free(pt, node);
}

void pgtable_free(struct page_tables *pt)
{
	free_tree(pt, pt->root, pt->levels - 1);
	kfree(pt);
}

static bool in_range(const struct page_tables *pt, unsigned long vpn)
{
	unsigned bits = (unsigned)pt->levels * PT_BITS;

	return bits >= sizeof(vpn) * CHAR_BIT || vpn >> bits == 0;
}

static unsigned slot_at(unsigned long vpn, int level)
{
	return vpn >> (level * PT_BITS) & PT_MASK;
}

/* The leaf that holds vpn's entry; NULL: there is none. */
static struct pt_node *leaf_find(struct page_tables *pt, unsigned long vpn)
{
	struct pt_node *node = pt->root;

	if (likely(pt->leaf && pt->leaf_base == (vpn & ~PT_MASK)))
		return pt->leaf;
	if (!in_range(pt, vpn))
		return NULL;
	for (int level = pt->levels - 1; level > 0 && node; level--)
		node = node->child[slot_at(vpn, level)];
	if (node) {
		pt->leaf = node;
		pt->leaf_base = vpn & ~PT_MASK;
	}
	return node;
}

static struct pt_node *leaf_make(struct page_tables *pt, unsigned long vpn)
{
	struct pt_node *node = pt->root;

	if (!in_range(pt, vpn) || limit_reached())
		return NULL;
	for (int level = pt->levels - 1; level > 0; level--) {
		struct pt_node **child = &node->child[slot_at(vpn, level)];

		if (!*child) {
			*child = node_new(pt);
			node->used++;
		}
		node = *child;
	}
	return node;
}

/* Frees the leaf of vpn, which has become empty, and what becomes empty above it. */
static void leaf_prune(struct page_tables *pt, unsigned long vpn)
{
	struct pt_node *path[PT_MAX_LEVELS], *node = pt->root;
	int level;

	for (level = pt->levels - 1; level > 0; level--) {
		path[level] = node;
		node = node->child[slot_at(vpn, level)];
	}
	for (level = 1; level < pt->levels && !node->used; level++) {
		node_free(pt, node);
		node = path[level];
		node->child[slot_at(vpn, level)] = NULL;
		node->used--;
	}
}

pte_t pte_get(struct page_tables *pt, unsigned long vpn)
{
	struct pt_node *leaf = leaf_find(pt, vpn);

	return leaf ? leaf->pte[vpn & PT_MASK] : 0;
}

int pte_set(struct page_tables *pt, unsigned long vpn, pte_t pte)
{
	struct pt_node *leaf = leaf_find(pt, vpn);
	pte_t *slot;

	if (!leaf && !pte)
		return 0;
	if (!leaf)
		leaf = leaf_make(pt, vpn);
	if (!leaf)
		return -ENOMEM;
	slot = &leaf->pte[vpn & PT_MASK];
	leaf->used += !!pte;
	leaf->used -= !!*slot;
	*slot = pte;
	if (!leaf->used)
		leaf_prune(pt, vpn);
	return 0;
}

unsigned pte_set_run(struct page_tables *pt, unsigned long vpn, pte_t pte, unsigned nr)
{
	unsigned done = 0;

	while (done < nr) {
		struct pt_node *leaf = leaf_find(pt, vpn + done);
		unsigned slot = (unsigned)((vpn + done) & PT_MASK), n;

		if (!leaf)
			leaf = leaf_make(pt, vpn + done);
		if (!leaf)
			break;
		n = min(nr - done, PT_ENTRIES - slot);
		leaf->used += n;
		for (unsigned i = slot; i < slot + n; i++, pte += 1UL << PTE_PFN_SHIFT) {
			BUG_ON(leaf->pte[i]);
			leaf->pte[i] = pte;
		}
		done += n;
	}
	return done;
}

/* Where the search goes on after an empty subtree at `level`; 0 when it wraps. */
static unsigned long skip_subtree(unsigned long vpn, int level)
{
	unsigned long size = 1UL << (level * PT_BITS);

	return (vpn & ~(size - 1)) + size;
}

pte_t pte_next(struct page_tables *pt, unsigned long *vpn, unsigned long end)
{
	while (*vpn < end && in_range(pt, *vpn)) {
		struct pt_node *node = pt->root;
		int level = pt->levels - 1;

		if (pt->leaf && pt->leaf_base == (*vpn & ~PT_MASK)) {
			node = pt->leaf;
			level = 0;
		}
		while (level > 0 && node->child[slot_at(*vpn, level)]) {
			node = node->child[slot_at(*vpn, level)];
			level--;
		}
		if (level > 0) {
			*vpn = skip_subtree(*vpn, level);
			if (!*vpn)
				return 0;
			continue;
		}
		pt->leaf = node;
		pt->leaf_base = *vpn & ~PT_MASK;
		do {
			if (node->pte[*vpn & PT_MASK])
				return node->pte[*vpn & PT_MASK];
			++*vpn;
		} while (*vpn < end && *vpn & PT_MASK);
	}
	return 0;
}

u64 pgtable_bytes(const struct page_tables *pt)
{
	return pt->nr_nodes * sizeof(struct pt_node);
}

u64 nr_pagetable_bytes(void)
{
	return pt_total * sizeof(struct pt_node);
}

UM_COUNTER(pagetable_nodes)
{
	return pt_total;
}
