/* K's own heap, over the host's.  Everything is zeroed, so that nothing of K's former life can
 * reach a guest through a field that somebody forgot. */
#include <stdio.h>

#include "um/bug.h"
#include "um/counter.h"
#include "um/kmalloc.h"
#include "um/os_heap.h"

#define KMALLOC_USER_MAX (16UL << 20)

void *kzalloc(size_t size)
{
	void *ptr = os_heap_alloc(size ? size : 1);

	if (!ptr)
		panic("out of host memory: %zu bytes for the kernel", size);
	return ptr;
}

void *krealloc(void *ptr, size_t size)
{
	void *grown = os_heap_realloc(ptr, size ? size : 1);

	if (!grown)
		panic("out of host memory: %zu bytes for the kernel", size);
	return grown;
}

void kfree(const void *ptr)
{
	os_heap_free((void *)ptr);
}

char *kstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = kzalloc(len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *kstrdup(const char *s)
{
	return kstrndup(s, strlen(s));
}

char *kasprintf(const char *fmt, ...)
{
	va_list args, again;
	char *text;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	BUG_ON(len < 0);
	text = kzalloc((size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(args);
	return text;
}

void *kmalloc_user(size_t size)
{
	if (size > KMALLOC_USER_MAX)
		return NULL;
	return os_heap_alloc(size ? size : 1);
}

static void swap_items(char *a, char *b, size_t size)
{
	while (size--) {
		char c = *a;

		*a++ = *b;
		*b++ = c;
	}
}

/* Lets item `root` sink until no child is larger. */
static void sift_down(char *base, size_t root, size_t count, size_t size,
		      int (*cmp)(const void *, const void *))
{
	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= count)
			return;
		if (child + 1 < count && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + root * size, base + child * size) >= 0)
			return;
		swap_items(base + root * size, base + child * size, size);
		root = child;
	}
}

/* Heapsort: no memory, no bad case. */
void ksort(void *base, size_t count, size_t size, int (*cmp)(const void *, const void *))
{
	for (size_t i = count / 2; i-- > 0;)
		sift_down(base, i, count, size, cmp);
	for (size_t end = count; end-- > 1;) {
		swap_items(base, (char *)base + end * size, size);
		sift_down(base, 0, end, size, cmp);
	}
}

UM_COUNTER(kmalloc_bytes)
{
	return os_heap_bytes();
}

UM_COUNTER(kmalloc_blocks)
{
	return os_heap_blocks();
}
