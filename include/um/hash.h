/* A hash table of nodes embedded in the objects, which grows with them.  The user compares
 * keys; the table knows only 64-bit hashes.  lib/hash.c */
#ifndef UM_HASH_H
#define UM_HASH_H

#include "um/list.h"

struct hash_node {
	struct list_head list;
	u64 hash;
};

struct hash_table {		/* all zero: empty */
	struct list_head *buckets;
	u64 nr_buckets, count;
};

void hash_add(struct hash_table *table, struct hash_node *node, u64 hash);
void hash_del(struct hash_table *table, struct hash_node *node);	/* node is in the table */
void hash_free(struct hash_table *table);	/* the table's own memory; nodes are the user's */
/* Any node, or NULL when there is none: for taking a table apart. */
struct hash_node *hash_any(struct hash_table *table);
/* The next node of that hash after `prev` (NULL: the first), or NULL. */
struct hash_node *hash_next(const struct hash_table *table, u64 hash, struct hash_node *prev);
#define hash_for_each(table, node, value)                                                          \
	for (node = hash_next(table, value, NULL); node; node = hash_next(table, value, node))

u64 hash_bytes(const void *data, size_t n);
static inline u64 hash_mix(u64 x)
{
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ULL;
	return x ^ x >> 32;
}

#endif
