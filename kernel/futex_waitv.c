/* futex_waitv(2): sleeping on several words at once. */
#include "futex.h"

#include "um/clock.h"
#include "um/kmalloc.h"
#include "um/syscall.h"
#include "um/uaccess.h"

static int check_waitv(const struct futex_waitv *wait)
{
	if ((wait->flags & ~(FUTEX_32 | FUTEX_PRIVATE_FLAG)) || !(wait->flags & FUTEX_32))
		return -EINVAL;
	return wait->__reserved ? -EINVAL : 0;
}

/* Reads the array; each waiter gets its key.  The values to expect go to vals. */
static int load_waiters(struct futex_waiter *waiters, struct futex_waitv *waits, unsigned n,
			uaddr_t user)
{
	unsigned i;
	int err;

	if (copy_from_user(waits, user, n * sizeof(*waits)))
		return -EFAULT;
	for (i = 0; i < n; i++) {
		err = check_waitv(&waits[i]);
		if (err)
			return err;
	}
	for (i = 0; i < n; i++) {
		waiters[i].task = current;
		waiters[i].bitset = FUTEX_BITSET_MATCH_ANY;
		INIT_LIST_HEAD(&waiters[i].node);
		err = futex_get_key(&waiters[i].key, waits[i].uaddr,
				    !(waits[i].flags & FUTEX_PRIVATE_FLAG));
		if (err)
			return err;
	}
	return 0;
}

/* Queues on all words if each holds its value.  0; -EAGAIN, -EFAULT. */
static int queue_waiters(struct futex_waiter *waiters, const struct futex_waitv *waits, unsigned n)
{
	unsigned i;
	u32 now;

	for (i = 0; i < n; i++) {
		if (get_user(now, (uaddr_t)waits[i].uaddr))
			return -EFAULT;
		if (now != (u32)waits[i].val)
			return -EAGAIN;
		futex_enqueue(&waiters[i]);
	}
	return 0;
}

static long wait_multiple(struct futex_waiter *waiters, const struct futex_waitv *waits,
			  unsigned n, const struct futex_timeout *timeout)
{
	int ret = queue_waiters(waiters, waits, n);
	unsigned i;

	if (!ret) {
		ret = futex_sleep(waiters, n, timeout);
		return ret == -EINTR ? -ERESTARTSYS : ret;
	}
	/* One may have been woken while another word was faulted in: that wakeup is not lost. */
	for (i = 0; i < n; i++) {
		list_del(&waiters[i].node);
		if (waiters[i].woken && ret < 0)
			ret = i;
	}
	return ret;
}

static int get_timeout(struct futex_timeout *timeout, uaddr_t user, int clock)
{
	timeout->clock = CLOCK_MONOTONIC;
	timeout->expires = KTIME_MAX;
	if (!user)
		return 0;
	if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
		return -EINVAL;
	timeout->clock = clock;
	return timespec_get(&timeout->expires, user);
}

SYSCALL_DEFINE5(futex_waitv, A_PTR, uaddr_t, user, A_UINT, unsigned, n, A_UINT, unsigned, flags,
		A_TIMESPEC_IN, uaddr_t, utime, A_CLOCK, int, clock)
{
	struct futex_timeout timeout;
	struct futex_waiter *waiters;
	struct futex_waitv *waits;
	long ret;

	if (flags || !n || n > FUTEX_WAITV_MAX || !user)
		return -EINVAL;
	ret = get_timeout(&timeout, utime, clock);
	if (ret)
		return ret;
	waiters = kzalloc(n * sizeof(*waiters));
	waits = kzalloc(n * sizeof(*waits));
	ret = load_waiters(waiters, waits, n, user);
	if (!ret)
		ret = wait_multiple(waiters, waits, n, &timeout);
	kfree(waits);
	kfree(waiters);
	return ret;
}
