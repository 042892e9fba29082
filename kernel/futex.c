/*
 * futex(2): sleeping until a word of user memory changes.
 *
 * The test of the word and the queueing are one step, as nothing else in K runs between them.  A
 * guest thread that changes the word at the same time enters K to wake, and finds the waiter.
 */
#include "futex.h"

#include "um/clock.h"
#include "um/gate.h"
#include "um/init.h"
#include "um/mm.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define BUCKETS 256	/* a power of two */

static struct list_head buckets[BUCKETS];

static int futex_init(void)
{
	int i;

	for (i = 0; i < BUCKETS; i++)
		INIT_LIST_HEAD(&buckets[i]);
	return 0;
}

struct list_head *futex_bucket(const struct futex_key *key)
{
	u64 hash = ((unsigned long)key->object >> 4) ^ (key->offset >> 2);

	return &buckets[(hash * 0x9e3779b97f4a7c15ULL) >> 56];
}

bool futex_same_key(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->offset == b->offset && a->shared == b->shared;
}

int futex_get_key(struct futex_key *key, uaddr_t addr, bool shared)
{
	struct vm_area *vma;

	if (addr % sizeof(u32))
		return -EINVAL;
	if (addr > task_size - sizeof(u32))
		return -EFAULT;
	key->object = current->mm;
	key->offset = addr;
	key->shared = shared;
	if (!shared)
		return 0;
	vma = find_vma(current->mm, addr);
	if (!vma || addr < vma->start || !(vma->flags & VM_READ))
		return -EFAULT;
	if ((vma->flags & VM_SHARED) && vma->mapping) {
		key->object = vma->mapping;
		key->offset = ((u64)vma->pgoff << PAGE_SHIFT) + (addr - vma->start);
	}
	return 0;
}

void futex_enqueue(struct futex_waiter *waiter)
{
	list_add_tail(&waiter->node, futex_bucket(&waiter->key));
}

void futex_wake_waiter(struct futex_waiter *waiter)
{
	list_del(&waiter->node);
	waiter->woken = true;
	wake_up_task(waiter->task);
}

int futex_cmpxchg(uaddr_t addr, u32 old, u32 new)
{
	u32 seen = old;

	if (cmpxchg_user_u32(addr, &seen, new))
		return -EFAULT;
	return seen == old;
}

static int first_woken(const struct futex_waiter *waiters, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (waiters[i].woken)
			return i;
	return -1;
}

static void unqueue_all(struct futex_waiter *waiters, int n)
{
	while (n--)
		list_del(&waiters[n].node);
}

static u64 timeout_deadline(const struct futex_timeout *timeout)
{
	return timeout->expires == KTIME_MAX ? KTIME_MAX :
					       clock_to_mono(timeout->clock, timeout->expires);
}

int futex_sleep(struct futex_waiter *waiters, int n, const struct futex_timeout *timeout)
{
	struct wait_entry clock_set = { .wake = wake_task_entry, .task = current };
	int woken, err = 0;

	for (;;) {
		woken = first_woken(waiters, n);
		if (woken >= 0)
			break;
		if (clock_is_real(timeout->clock)) {
			remove_wait_queue(&clock_set);
			add_wait_queue(&clock_was_set, &clock_set);
		}
		err = wait_interrupted(TASK_INTERRUPTIBLE, timeout_deadline(timeout));
		if (err)
			break;
		sleep_until(TASK_INTERRUPTIBLE, timeout_deadline(timeout));
	}
	remove_wait_queue(&clock_set);
	unqueue_all(waiters, n);
	if (woken >= 0)
		return woken;
	return err == -ETIMEDOUT ? err : -EINTR;
}

static long restart_wait(struct restart_block *rb);

enum { RB_ADDR, RB_VAL, RB_BITSET, RB_FLAGS, RB_CLOCK, RB_EXPIRES };

static long futex_wait(uaddr_t addr, bool shared, u32 val, u32 bitset,
		       const struct futex_timeout *timeout)
{
	struct futex_waiter waiter = { .task = current, .bitset = bitset };
	u32 now;
	int ret;

	if (!bitset)
		return -EINVAL;
	ret = futex_get_key(&waiter.key, addr, shared);
	if (ret)
		return ret;
	if (get_user(now, addr))
		return -EFAULT;
	if (now != val)
		return -EAGAIN;
	futex_enqueue(&waiter);
	ret = futex_sleep(&waiter, 1, timeout);
	if (ret != -EINTR)
		return ret;
	if (timeout->expires == KTIME_MAX)
		return -ERESTARTSYS;
	current->restart.fn = restart_wait;
	current->restart.data[RB_ADDR] = addr;
	current->restart.data[RB_VAL] = val;
	current->restart.data[RB_BITSET] = bitset;
	current->restart.data[RB_FLAGS] = shared;
	current->restart.data[RB_CLOCK] = timeout->clock;
	current->restart.data[RB_EXPIRES] = timeout->expires;
	return -ERESTART_RESTARTBLOCK;
}

static long restart_wait(struct restart_block *rb)
{
	struct futex_timeout timeout = { rb->data[RB_CLOCK], rb->data[RB_EXPIRES] };

	return futex_wait(rb->data[RB_ADDR], rb->data[RB_FLAGS], rb->data[RB_VAL],
			  rb->data[RB_BITSET], &timeout);
}

/* Wakes up to n waiters, but at least one: futex(2) asked to wake none does so in Linux. */
static int wake_key(const struct futex_key *key, int n, u32 bitset)
{
	struct futex_waiter *waiter, *next;
	int woken = 0;

	list_for_each_entry_safe(waiter, next, futex_bucket(key), node) {
		if (!futex_same_key(&waiter->key, key))
			continue;
		if (waiter->pi)
			return -EINVAL;
		if (!(waiter->bitset & bitset))
			continue;
		futex_wake_waiter(waiter);
		if (++woken >= n)
			break;
	}
	return woken;
}

static long futex_wake(uaddr_t addr, bool shared, int n, u32 bitset)
{
	struct futex_key key;
	int err;

	if (!bitset)
		return -EINVAL;
	err = futex_get_key(&key, addr, shared);
	return err ? err : wake_key(&key, n, bitset);
}

/* Wakes n_wake waiters and moves up to n_move to the other word.  `expected` may be NULL.  How
 * many were woken or moved. */
static long futex_requeue(uaddr_t addr, uaddr_t addr2, bool shared, int n_wake, int n_move,
			  const u32 *expected)
{
	struct futex_waiter *waiter, *next;
	struct futex_key key, key2;
	LIST_HEAD(moved);
	long count = 0;
	u32 now;
	int err;

	if (n_wake < 0 || n_move < 0)
		return -EINVAL;
	err = futex_get_key(&key, addr, shared);
	if (!err)
		err = futex_get_key(&key2, addr2, shared);
	if (!err && expected && get_user(now, addr))
		err = -EFAULT;
	if (err)
		return err;
	if (expected && now != *expected)
		return -EAGAIN;
	list_for_each_entry_safe(waiter, next, futex_bucket(&key), node) {
		if (count - n_wake >= n_move)
			break;
		if (!futex_same_key(&waiter->key, &key))
			continue;
		if (waiter->pi) {
			count = -EINVAL;
			break;
		}
		if (++count <= n_wake) {
			futex_wake_waiter(waiter);
		} else {
			waiter->key = key2;
			list_move_tail(&waiter->node, &moved);
		}
	}
	list_splice_tail_init(&moved, futex_bucket(&key2));
	return count;
}

/* futex(2), FUTEX_WAKE_OP: an operation, a comparison, and 12 bits signed for each operand. */
struct wake_op {
	int op, cmp, oparg, cmparg;
};

static int sign_extend12(u32 bits)
{
	return (int)((bits & 0xfff) ^ 0x800) - 0x800;
}

static int decode_wake_op(struct wake_op *op, u32 code)
{
	op->op = code >> 28 & 7;
	op->cmp = code >> 24 & 0xf;
	op->oparg = sign_extend12(code >> 12);
	op->cmparg = sign_extend12(code);
	if (code >> 28 & FUTEX_OP_OPARG_SHIFT)
		op->oparg = 1u << (op->oparg & 31);
	return op->op > FUTEX_OP_XOR || op->cmp > FUTEX_OP_CMP_GE ? -ENOSYS : 0;
}

static u32 wake_op_value(const struct wake_op *op, u32 old)
{
	switch (op->op) {
	case FUTEX_OP_SET:
		return op->oparg;
	case FUTEX_OP_ADD:
		return old + op->oparg;
	case FUTEX_OP_OR:
		return old | op->oparg;
	case FUTEX_OP_ANDN:
		return old & ~op->oparg;
	default:
		return old ^ op->oparg;
	}
}

static bool wake_op_compare(const struct wake_op *op, int old)
{
	switch (op->cmp) {
	case FUTEX_OP_CMP_EQ:
		return old == op->cmparg;
	case FUTEX_OP_CMP_NE:
		return old != op->cmparg;
	case FUTEX_OP_CMP_LT:
		return old < op->cmparg;
	case FUTEX_OP_CMP_LE:
		return old <= op->cmparg;
	case FUTEX_OP_CMP_GT:
		return old > op->cmparg;
	default:
		return old >= op->cmparg;
	}
}

/* The operation on the word, whose old value goes to *old.  A guest that keeps changing it does
 * not keep K here: others get their turn, and a killed task goes. */
static int do_wake_op(const struct wake_op *op, uaddr_t addr, u32 *old)
{
	unsigned tries;
	int done;

	for (tries = 1;; tries++) {
		if (get_user(*old, addr))
			return -EFAULT;
		done = futex_cmpxchg(addr, *old, wake_op_value(op, *old));
		if (done)
			return done < 0 ? done : 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (tries % 64 == 0)
			yield();
	}
}

static long futex_wake_op(uaddr_t addr, uaddr_t addr2, bool shared, int n, int n2, u32 code)
{
	struct futex_key key, key2;
	struct wake_op op;
	int err, woken, woken2;
	u32 old;

	err = futex_get_key(&key, addr, shared);
	if (!err)
		err = futex_get_key(&key2, addr2, shared);
	if (!err)
		err = decode_wake_op(&op, code);
	if (!err)
		err = do_wake_op(&op, addr2, &old);
	if (err)
		return err;
	woken = wake_key(&key, n, FUTEX_BITSET_MATCH_ANY);
	if (woken < 0 || !wake_op_compare(&op, old))
		return woken;
	woken2 = wake_key(&key2, n2, FUTEX_BITSET_MATCH_ANY);
	return woken2 < 0 ? woken2 : woken + woken2;
}

static bool op_has_timeout(int cmd)
{
	switch (cmd) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return true;
	default:
		return false;
	}
}

/* FUTEX_WAIT's is a duration, the others' a time. */
static int get_timeout(struct futex_timeout *timeout, int op, uaddr_t user)
{
	int cmd = op & FUTEX_CMD_MASK, err;

	timeout->clock = op & FUTEX_CLOCK_REALTIME || cmd == FUTEX_LOCK_PI ? CLOCK_REALTIME :
									      CLOCK_MONOTONIC;
	timeout->expires = KTIME_MAX;
	if (!user || !op_has_timeout(cmd))
		return 0;
	err = timespec_get(&timeout->expires, user);
	if (!err && cmd == FUTEX_WAIT)
		timeout->expires = deadline_after(timeout->expires);
	return err;
}

static bool op_takes_clock(int cmd)
{
	return cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_LOCK_PI2;
}

SYSCALL_TIME6(futex, futex_time64, A_PTR, uaddr_t, addr, A_FUTEXOP, int, op, A_HEX, u32, val, A_PTR,
	      uaddr_t, utime, A_PTR, uaddr_t, addr2, A_HEX, u32, val3)
{
	bool shared = !(op & FUTEX_PRIVATE_FLAG);
	int cmd = op & FUTEX_CMD_MASK, val2 = (int)utime;
	struct futex_timeout timeout;
	int err;

	err = get_timeout(&timeout, op, utime);
	if (err)
		return err;
	if ((op & FUTEX_CLOCK_REALTIME) && !op_takes_clock(cmd))
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT:
		return futex_wait(addr, shared, val, FUTEX_BITSET_MATCH_ANY, &timeout);
	case FUTEX_WAIT_BITSET:
		return futex_wait(addr, shared, val, val3, &timeout);
	case FUTEX_WAKE:
		return futex_wake(addr, shared, val, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(addr, shared, val, val3);
	case FUTEX_REQUEUE:
		return futex_requeue(addr, addr2, shared, val, val2, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(addr, addr2, shared, val, val2, &val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(addr, addr2, shared, val, val2, val3);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return futex_lock_pi(addr, shared, &timeout, false);
	case FUTEX_TRYLOCK_PI:
		return futex_lock_pi(addr, shared, &timeout, true);
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(addr, shared);
	default:
		return -ENOSYS;
	}
}

void futex_wake_addr(uaddr_t addr, int n)
{
	futex_wake(addr, true, n, FUTEX_BITSET_MATCH_ANY);
}

INITCALL(INIT_CORE, futex_init);
