/* A radix tree: unsigned long -> pointer, in order, with one tag per item.  lib/radix.c */
#ifndef UM_RADIX_H
#define UM_RADIX_H

#include "um/types.h"

struct radix_tree;

struct radix_tree *radix_new(void);
void radix_free(struct radix_tree *tree);	/* with its nodes; the items are the caller's */
int radix_insert(struct radix_tree *tree, unsigned long index, void *item);	/* 0, -EEXIST */
void *radix_lookup(const struct radix_tree *tree, unsigned long index);		/* NULL: none */
void *radix_delete(struct radix_tree *tree, unsigned long index);		/* what was there */
void radix_tag(struct radix_tree *tree, unsigned long index);	/* of an item that is there */
void radix_untag(struct radix_tree *tree, unsigned long index);
/* The first item at *index or above, only tagged ones if `tagged`; *index becomes its place.
 * NULL: none.  Goes on with *index + 1 (which ends the walk when it wraps to 0). */
void *radix_next(const struct radix_tree *tree, unsigned long *index, bool tagged);

#endif
