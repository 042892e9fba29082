/* Hash tables with chains, doubled when the chains get longer than one on average: each step along
 * a chain is likely a cache miss. */
#include "um/hash.h"
#include "um/kmalloc.h"

#define FIRST_BUCKETS 64

static struct list_head *bucket_of(const struct hash_table *table, u64 hash)
{
	return &table->buckets[hash & (table->nr_buckets - 1)];
}

static void resize(struct hash_table *table, u64 nr)
{
	struct hash_table grown = { kzalloc(nr * sizeof(struct list_head)), nr, table->count };
	u64 i;

	for (i = 0; i < nr; i++)
		INIT_LIST_HEAD(&grown.buckets[i]);
	for (i = 0; i < table->nr_buckets; i++) {
		while (!list_empty(&table->buckets[i])) {
			struct hash_node *node =
				list_first_entry(&table->buckets[i], struct hash_node, list);

			list_move(&node->list, bucket_of(&grown, node->hash));
		}
	}
	kfree(table->buckets);
	*table = grown;
}

/* Puts the node in; others of the same hash may be there. */
void hash_add(struct hash_table *table, struct hash_node *node, u64 hash)
{
	if (!table->buckets)
		resize(table, FIRST_BUCKETS);
	else if (table->count >= table->nr_buckets)
		resize(table, 2 * table->nr_buckets);
	node->hash = hash;
	list_add(&node->list, bucket_of(table, hash));
	table->count++;
}

/* Takes the node out. */
void hash_del(struct hash_table *table, struct hash_node *node)
{
	list_del(&node->list);
	table->count--;
}

/* The table is empty again, and may be used again. */
void hash_free(struct hash_table *table)
{
	kfree(table->buckets);
	*table = (struct hash_table){ 0 };
}

/* Whichever node comes first. */
struct hash_node *hash_any(struct hash_table *table)
{
	u64 i;

	for (i = 0; table->count && i < table->nr_buckets; i++) {
		if (!list_empty(&table->buckets[i]))
			return list_first_entry(&table->buckets[i], struct hash_node, list);
	}
	return NULL;
}

/* Walks the nodes of one hash; deleting the one just returned ends the walk's validity. */
struct hash_node *hash_next(const struct hash_table *table, u64 hash, struct hash_node *prev)
{
	struct list_head *head, *at;

	if (!table->buckets)
		return NULL;
	head = bucket_of(table, hash);
	for (at = prev ? prev->list.next : head->next; at != head; at = at->next) {
		struct hash_node *node = list_entry(at, struct hash_node, list);

		if (node->hash == hash)
			return node;
	}
	return NULL;
}

/* FNV-1a, mixed so that the low bits are good. */
u64 hash_bytes(const void *data, size_t n)
{
	const u8 *p = data;
	u64 hash = 14695981039346656037ULL;

	while (n--)
		hash = (hash ^ *p++) * 1099511628211ULL;
	return hash_mix(hash);
}
