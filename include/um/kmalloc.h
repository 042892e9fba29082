/* K's own heap (host memory, not physmem).  lib/kmalloc.c.  All of it is zeroed.  These never
 * return NULL: K without memory for its own records panics, naming the size; what a guest can
 * make large goes through kmalloc_user, which can fail. */
#ifndef UM_KMALLOC_H
#define UM_KMALLOC_H

#include "um/types.h"

void *kzalloc(size_t size);
void *krealloc(void *ptr, size_t size);	/* the grown part is NOT zeroed */
void kfree(const void *ptr);
char *kstrdup(const char *s);
char *kstrndup(const char *s, size_t n);
char *kasprintf(const char *fmt, ...) __printf(1, 2);
/* For sizes a guest chose: NULL above the limit (16 MiB) or when the host has none. */
void *kmalloc_user(size_t size);
void ksort(void *base, size_t count, size_t size, int (*cmp)(const void *, const void *));

#define kzalloc_type(type) ((type *)kzalloc(sizeof(type)))

#endif
