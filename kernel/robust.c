/*
 * Robust locks: set_robust_list(2) and what becomes of the list when its thread ends.
 *
 * The list is in user memory and may hold anything: it is followed for a bounded number of
 * entries, and left at the first bad address.
 */
#include "futex.h"

#include "um/syscall.h"
#include "um/uaccess.h"

#define PI_BIT 1UL	/* in a list pointer: the entry's lock is a PI lock */

struct robust_entry {
	uaddr_t addr;
	bool pi;
};

static struct robust_entry to_entry(const void *pointer)
{
	unsigned long bits = (unsigned long)pointer;

	return (struct robust_entry){ bits & ~PI_BIT, bits & PI_BIT };
}

/* The thread's lock at addr becomes free.  `pending`: the thread may just have been about to take
 * or release it.  0 or -errno. */
static int lock_died(uaddr_t addr, bool pi, bool pending, u32 tid)
{
	u32 word;
	int done;

	if (addr % sizeof(u32))
		return -EINVAL;
	do {
		if (get_user(word, addr))
			return -EFAULT;
		if (pending && !pi && !(word & FUTEX_TID_MASK)) {
			futex_wake_addr(addr, 1);
			return 0;
		}
		if ((word & FUTEX_TID_MASK) != tid)
			return 0;
		done = futex_cmpxchg(addr, word, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
		if (done < 0)
			return done;
	} while (!done);
	if (!pi && (word & FUTEX_WAITERS))
		futex_wake_addr(addr, 1);
	return 0;
}

static void walk_robust_list(uaddr_t list, u32 tid)
{
	struct robust_entry entry, next, pending;
	struct robust_list_head head;
	struct robust_list link = { NULL };
	int limit;

	if (get_user(head, list))
		return;
	pending = to_entry(head.list_op_pending);
	entry = to_entry(head.list.next);
	for (limit = ROBUST_LIST_LIMIT; limit && entry.addr != list; limit--) {
		/* Read before the lock is freed: its new owner may unlink it. */
		int bad = get_user(link, entry.addr);

		next = to_entry(link.next);
		if (entry.addr != pending.addr &&
		    lock_died(entry.addr + head.futex_offset, entry.pi, false, tid))
			return;
		if (bad)
			return;
		entry = next;
	}
	if (pending.addr)
		lock_died(pending.addr + head.futex_offset, pending.pi, true, tid);
}

void futex_exit_robust(struct task *task)
{
	uaddr_t list = task->robust.head;

	task->robust.head = 0;
	if (list)
		walk_robust_list(list, task->pid);
	futex_exit_pi(task);
}

SYSCALL_DEFINE2(set_robust_list, A_PTR, uaddr_t, head, A_SIZE, size_t, len)
{
	if (len != sizeof(struct robust_list_head))
		return -EINVAL;
	current->robust.head = head;
	current->robust.len = len;
	return 0;
}

SYSCALL_DEFINE3(get_robust_list, A_PID, int, pid, A_PTR, uaddr_t, head, A_PTR, uaddr_t, len)
{
	struct task *task = pid ? find_task(pid) : current;
	unsigned long list, size = sizeof(struct robust_list_head);

	if (!task)
		return -ESRCH;
	if (task != current && !may_inspect(task))
		return -EPERM;
	list = task->robust.head;
	if (put_user(size, len) || put_user(list, head))
		return -EFAULT;
	return 0;
}
