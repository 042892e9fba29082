/*
 * User memory, as K sees it: a walk of the page tables gives the frame, and K has all frames
 * mapped.  What is missing or not permitted goes the way of the guest's own fault.
 */
#include "internal.h"
#include "um/kmalloc.h"
#include "um/uaccess.h"

/* K's address of a user byte; NULL: not accessible.  Valid until the caller sleeps. */
static void *user_ptr(struct mm *mm, uaddr_t addr, bool write)
{
	const pte_t need = PTE_PRESENT | PTE_READ | (write ? PTE_WRITE : 0);
	int sig, code;
	pte_t pte;

	if (unlikely(!mm))
		return NULL;
	for (;;) {
		pte = pte_get(mm->pgd, addr >> PAGE_SHIFT);
		if (likely((pte & need) == need))
			return (char *)page_address(pte_page(pte)) + (addr & ~PAGE_MASK);
		if (mm_fault(mm, addr, write ? FAULT_WRITE : FAULT_READ, &sig, &code))
			return NULL;
	}
}

void *user_page(uaddr_t addr, bool write, size_t *len)
{
	*len = min(*len, (size_t)(PAGE_SIZE - (addr & ~PAGE_MASK)));
	return user_ptr(current->mm, addr, write);
}

size_t copy_from_user_partial(void *to, uaddr_t from, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t len = n - done;
		const void *at = user_page(from + done, false, &len);

		if (!at)
			break;
		memcpy((char *)to + done, at, len);
		done += len;
	}
	return done;
}

size_t copy_to_user_partial(uaddr_t to, const void *from, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t len = n - done;
		void *at = user_page(to + done, true, &len);

		if (!at)
			break;
		memcpy(at, (const char *)from + done, len);
		done += len;
	}
	return done;
}

int copy_from_user(void *to, uaddr_t from, size_t n)
{
	return copy_from_user_partial(to, from, n) == n ? 0 : -EFAULT;
}

int copy_to_user(uaddr_t to, const void *from, size_t n)
{
	return copy_to_user_partial(to, from, n) == n ? 0 : -EFAULT;
}

int clear_user(uaddr_t to, size_t n)
{
	while (n) {
		size_t len = n;
		void *at = user_page(to, true, &len);

		if (!at)
			return -EFAULT;
		memset(at, 0, len);
		to += len;
		n -= len;
	}
	return 0;
}

long strncpy_from_user(char *to, uaddr_t from, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t len = size - done;
		const char *at = user_page(from + done, false, &len), *end;

		if (!at)
			return -EFAULT;
		/* Once into K's memory, then looked at: the guest may change it meanwhile. */
		memcpy(to + done, at, len);
		end = memchr(to + done, 0, len);
		if (end)
			return end - to;
		done += len;
	}
	return (long)size;
}

char *strndup_user(uaddr_t from, size_t max)
{
	size_t cap = min(max, (size_t)128), done = 0;
	char *buf = kzalloc(cap);

	for (;;) {
		long n = strncpy_from_user(buf + done, from + done, cap - done);

		if (n < 0) {
			kfree(buf);
			return ERR_PTR(n);
		}
		done += (size_t)n;
		if (done < cap)
			return buf;
		if (cap >= max) {
			kfree(buf);
			return ERR_PTR(-ENAMETOOLONG);
		}
		cap = min(max, cap * 4);
		buf = krealloc(buf, cap);
	}
}

/* As user_ptr, where the protection does not count. */
static void *forced_ptr(struct mm *mm, uaddr_t addr, bool write)
{
	for (int tries = 0; tries < 8; tries++) {
		pte_t pte = pte_get(mm->pgd, addr >> PAGE_SHIFT);
		bool private = pte & PTE_ANON && pte_page(pte)->refs == 1;

		if (pte && (!write || pte & PTE_WRITE || private))
			return (char *)page_address(pte_page(pte)) + (addr & ~PAGE_MASK);
		if (mm_fault_forced(mm, addr, write))
			return NULL;
	}
	return NULL;
}

size_t access_mm(struct mm *mm, uaddr_t addr, void *buf, size_t n, bool write, bool force)
{
	size_t done = 0;

	while (done < n) {
		size_t len = min(n - done, (size_t)(PAGE_SIZE - ((addr + done) & ~PAGE_MASK)));
		char *at = force ? forced_ptr(mm, addr + done, write) :
				   user_ptr(mm, addr + done, write);

		if (!at)
			break;
		if (write) {
			memcpy(at, (char *)buf + done, len);
			arch_sync_icache(at, len);	/* a debugger's breakpoint */
			space_fence(mm);
		} else {
			memcpy((char *)buf + done, at, len);
		}
		done += len;
	}
	/* Others may run there, with what has been replaced still mapped. */
	if (write && mm != current->mm && space_stale(mm))
		space_flush(mm);
	return done;
}

int cmpxchg_user_u32(uaddr_t addr, u32 *old, u32 new)
{
	size_t len = sizeof(u32);
	u32 *at;

	if (addr % sizeof(u32))
		return -EFAULT;
	at = user_page(addr, true, &len);
	if (!at)
		return -EFAULT;
	__atomic_compare_exchange_n(at, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return 0;
}
