/* Cursors over kernel and user memory. */
#include <stdbool.h>
#include <string.h>

#include "stub.h"
#include "tap.h"
#include "um/iov.h"
#include "um/kmalloc.h"
#include "um/uaccess.h"

#define AREA (16 * PAGE_SIZE)

static bool scatter(void)
{
	static char source[8192], target[8192], flat[8192];
	struct iovec vec[40], *to_free;
	struct iov_iter it;
	size_t total = 0, done = 0, at = 0;
	unsigned nr = 1 + prandom() % 40;
	bool same = true;

	for (unsigned i = 0; i < nr; i++) {
		vec[i].iov_len = prandom() % 200;
		vec[i].iov_base = (void *)(SHADOW_BASE + PAGE_SIZE + total);
		total += vec[i].iov_len;
	}
	for (size_t i = 0; i < sizeof(source); i++)
		source[i] = (char)prandom();
	if (copy_to_user(SHADOW_BASE, vec, sizeof(vec)) ||
	    iov_import(&it, SHADOW_BASE, nr, &to_free) || it.count != total)
		return false;
	while (done < total) {
		size_t n = 1 + prandom() % 300;
		struct iov_iter saved = it;
		size_t got = copy_to_iter(source + done, n, &it);

		if (prandom() % 4 == 0) {
			iov_revert_to(&it, &saved);
			if (prandom() % 2) {
				same = same && copy_to_iter(source + done, got, &it) == got;
			} else {
				/* Skipped, and filled another way. */
				iov_advance(&it, got);
				same = same && !copy_to_user(SHADOW_BASE + PAGE_SIZE + done,
							     source + done, got);
			}
		}
		same = same && got == min(n, total - done);
		done += got;
	}
	same = same && it.count == 0 && copy_to_iter(source, 1, &it) == 0;
	kfree(to_free);
	same = same && !copy_from_user(target, SHADOW_BASE + PAGE_SIZE, total) &&
	       !memcmp(target, source, total);
	iov_user(&it, SHADOW_BASE + PAGE_SIZE, total);
	while (at < total) {
		size_t len;
		char *run = iov_run(&it, false, &len);

		memcpy(flat + at, run, len);
		iov_advance(&it, len);
		at += len;
	}
	return same && at == total && !memcmp(flat, source, total);
}

int main(void)
{
	struct iovec vec[2], *to_free;
	char buf[64] = "0123456789";
	struct iov_iter it;
	struct mm *mm;
	bool same = true;
	size_t len;

	stub_init(32UL << 20);
	mm = mm_new();
	current->mm = mm;
	mm_map(mm, SHADOW_BASE, AREA, PROT_READ | PROT_WRITE,
	       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0);

	iov_kernel(&it, buf, 10);
	ok(zero_iter(3, &it) == 3 && !memcmp(buf, "\0\0\0" "345", 6) && it.count == 7,
	   "kernel memory");
	for (int i = 0; i < 200; i++)
		same = same && scatter();
	ok(same, "random pieces, user memory");

	iov_user(&it, SHADOW_BASE + AREA - 10, 20);
	ok(copy_to_iter(buf, 20, &it) == 10 && it.count == 10, "a bad address stops the copy");
	ok(!iov_run(&it, true, &len), "and has no run");
	ok(copy_from_user(buf, SHADOW_BASE + AREA - 4, 8) == -EFAULT, "EFAULT");
	ok(iov_import(&it, SHADOW_BASE, 1025, &to_free) == -EINVAL, "too many pieces");
	ok(iov_import(&it, 16, 1, &to_free) == -EFAULT, "a bad array");
	vec[0] = (struct iovec){ (void *)SHADOW_BASE, (size_t)-1 };
	ok(!copy_to_user(SHADOW_BASE, vec, sizeof(vec[0])) &&
	   iov_import(&it, SHADOW_BASE, 1, &to_free) == -EINVAL, "a negative length");
	vec[0] = (struct iovec){ (void *)(task_size - 5), 6 };
	ok(!copy_to_user(SHADOW_BASE, vec, sizeof(vec[0])) &&
	   iov_import(&it, SHADOW_BASE, 1, &to_free) == -EFAULT, "beyond the end of user memory");
	ok(!iov_import(&it, 16, 0, &to_free) && it.count == 0 && !iov_run(&it, true, &len),
	   "no pieces at all");
	kfree(to_free);
	ok(!copy_to_user(SHADOW_BASE + PAGE_SIZE - 2, "abcdef", 7) &&
	   strncpy_from_user(buf, SHADOW_BASE + PAGE_SIZE - 2, sizeof(buf)) == 6 &&
	   !strcmp(buf, "abcdef"), "a string over a page's end");
	ok(strncpy_from_user(buf, SHADOW_BASE + PAGE_SIZE - 2, 3) == 3, "a longer string");
	ok(PTR_ERR(strndup_user(SHADOW_BASE + PAGE_SIZE - 2, 6)) == -ENAMETOOLONG,
	   "too long a string");
	mm_put_users(mm);
	ok(nr_free_pages() == nr_total_pages(), "no page is left behind");
	return done();
}
