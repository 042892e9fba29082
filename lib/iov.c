/* Cursors over pieces of user or kernel memory.  The array of pieces is never changed: where
 * the cursor stands is in `offset`, so a saved copy of the structure can be gone back to. */
#include "um/err.h"
#include "um/gate.h"
#include "um/iov.h"
#include "um/kmalloc.h"
#include "um/uaccess.h"

/* Checks the pieces and clamps their total.  0 or -errno. */
static int iov_check(struct iovec *vec, unsigned long nr, size_t *total)
{
	*total = 0;
	for (unsigned long i = 0; i < nr; i++) {
		uaddr_t base = (uaddr_t)vec[i].iov_base;
		size_t len = vec[i].iov_len;

		if ((ssize_t)len < 0)
			return -EINVAL;
		if (len > task_size || base > task_size - len)
			return -EFAULT;
		if (len > MAX_RW_COUNT - *total)
			len = vec[i].iov_len = MAX_RW_COUNT - *total;
		*total += len;
	}
	return 0;
}

int iov_import(struct iov_iter *it, uaddr_t uvec, unsigned long nr, struct iovec **to_free)
{
	struct iovec *vec;
	size_t total;
	int err;

	*to_free = NULL;
	if (nr > UIO_MAXIOV)
		return -EINVAL;
	vec = kzalloc((nr ? nr : 1) * sizeof(*vec));
	err = copy_from_user(vec, uvec, nr * sizeof(*vec));
	if (!err)
		err = iov_check(vec, nr, &total);
	if (err) {
		kfree(vec);
		return err;
	}
	it->user = true;
	it->count = total;
	it->offset = 0;
	it->nr = (unsigned)nr;
	it->iov = vec;
	*to_free = vec;
	return 0;
}

/* Goes to the next piece that has bytes; false at the end. */
static bool iov_settle(struct iov_iter *it)
{
	while (it->nr && it->offset >= it->iov->iov_len) {
		it->iov++;
		it->nr--;
		it->offset = 0;
	}
	return it->nr && it->count;
}

/* The bytes of the current piece from the cursor on, at most n. */
static size_t iov_piece(const struct iov_iter *it, size_t n)
{
	return min(min(n, it->count), it->iov->iov_len - it->offset);
}

void iov_advance(struct iov_iter *it, size_t n)
{
	while (n && iov_settle(it)) {
		size_t part = iov_piece(it, n);

		it->offset += part;
		it->count -= part;
		n -= part;
	}
}

void iov_revert_to(struct iov_iter *it, const struct iov_iter *saved)
{
	bool single = it->iov == &it->one || saved->iov == &saved->one;

	*it = *saved;
	if (single)
		it->iov = &it->one;
}

enum iov_move { MOVE_TO, MOVE_FROM, MOVE_ZERO };

static size_t move_user(uaddr_t addr, void *buf, size_t n, enum iov_move how)
{
	static const char zeroes[512];
	size_t done = 0;

	if (how == MOVE_TO)
		return copy_to_user_partial(addr, buf, n);
	if (how == MOVE_FROM)
		return copy_from_user_partial(buf, addr, n);
	while (done < n) {
		size_t part = min(n - done, sizeof(zeroes));
		size_t got = copy_to_user_partial(addr + done, zeroes, part);

		done += got;
		if (got < part)
			break;
	}
	return done;
}

static size_t move_kernel(void *at, void *buf, size_t n, enum iov_move how)
{
	if (how == MOVE_TO)
		memcpy(at, buf, n);
	else if (how == MOVE_FROM)
		memcpy(buf, at, n);
	else
		memset(at, 0, n);
	return n;
}

static __always_inline size_t iov_move(struct iov_iter *it, char *buf, size_t n, enum iov_move how)
{
	size_t done = 0;

	while (done < n && iov_settle(it)) {
		size_t part = iov_piece(it, n - done);
		char *at = (char *)it->iov->iov_base + it->offset;
		char *from = buf ? buf + done : NULL;
		size_t got = it->user ? move_user((uaddr_t)at, from, part, how)
				      : move_kernel(at, from, part, how);

		it->offset += got;
		it->count -= got;
		done += got;
		if (got < part)
			break;
	}
	return done;
}

size_t copy_to_iter(const void *from, size_t n, struct iov_iter *it)
{
	return iov_move(it, (char *)from, n, MOVE_TO);
}

size_t copy_from_iter(void *to, size_t n, struct iov_iter *it)
{
	return iov_move(it, to, n, MOVE_FROM);
}

size_t zero_iter(size_t n, struct iov_iter *it)
{
	return iov_move(it, NULL, n, MOVE_ZERO);
}

void *iov_run(struct iov_iter *it, bool write, size_t *len)
{
	char *at;

	if (!iov_settle(it))
		return NULL;
	*len = iov_piece(it, it->count);
	at = (char *)it->iov->iov_base + it->offset;
	return it->user ? user_page((uaddr_t)at, write, len) : at;
}
