/* A cursor over the memory that a read fills or a write takes: user or kernel memory, in
 * pieces.  lib/iov.c */
#ifndef UM_IOV_H
#define UM_IOV_H

#include <linux/uio.h>

#include "um/types.h"

struct iov_iter {
	bool user;			/* the bases are user addresses */
	size_t count;			/* bytes left in all */
	size_t offset;			/* into the first piece */
	unsigned nr;			/* pieces left */
	const struct iovec *iov;
	struct iovec one;		/* storage when there is a single piece */
};

static inline void iov_single(struct iov_iter *it, void *base, size_t len, bool user)
{
	it->user = user;
	it->count = len;
	it->offset = 0;
	it->nr = 1;
	it->one.iov_base = base;
	it->one.iov_len = len;
	it->iov = &it->one;
}
static inline void iov_user(struct iov_iter *it, uaddr_t buf, size_t len)
{
	iov_single(it, (void *)buf, len, true);
}
static inline void iov_kernel(struct iov_iter *it, const void *buf, size_t len)
{
	iov_single(it, (void *)buf, len, false);
}
/* Takes in a user iovec array (checked as readv(2) says, total clamped to MAX_RW_COUNT).
 * *to_free is for kfree afterwards.  0, -EINVAL, -EFAULT. */
int iov_import(struct iov_iter *it, uaddr_t uvec, unsigned long nr, struct iovec **to_free);
#define MAX_RW_COUNT (INT_MAX & ~4095L)

/* Bytes copied; fewer than n when a user address is bad (or the iterator ended).  Advance. */
size_t copy_to_iter(const void *from, size_t n, struct iov_iter *it);
size_t copy_from_iter(void *to, size_t n, struct iov_iter *it);
size_t zero_iter(size_t n, struct iov_iter *it);
void iov_advance(struct iov_iter *it, size_t n);
void iov_revert_to(struct iov_iter *it, const struct iov_iter *saved);	/* saved copy of *it */
/* K's address of the next contiguous run and its length: for handing user pages to the host.
 * NULL when the address is bad or the iterator is at its end.  `write`: the run will be written
 * to (data goes to the user). Does not advance.  Valid until the caller sleeps. */
void *iov_run(struct iov_iter *it, bool write, size_t *len);

#endif
