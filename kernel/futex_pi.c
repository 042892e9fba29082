/*
 * Locks that are handed over: FUTEX_LOCK_PI and friends.
 *
 * The word holds the owner's thread id.  K does not schedule by priority, so what is left of
 * priority inheritance is that the owner's unlock, or its end, gives the lock to the waiter that
 * came first.  Waiters are in the futex buckets, with `pi` set and the owner they wait for.
 *
 * The word's page is faulted in for writing first (word_page), so that reading the word, changing
 * it and queueing or waking happen without sleeping between them.
 */
#include "futex.h"

#include "um/mm.h"
#include "um/uaccess.h"

static LIST_HEAD(pi_waiters);

static bool word_page(uaddr_t addr)
{
	size_t len = sizeof(u32);

	return user_page(addr, true, &len);
}

static struct futex_waiter *first_waiter(const struct futex_key *key)
{
	struct futex_waiter *waiter;

	list_for_each_entry(waiter, futex_bucket(key), node)
		if (waiter->pi && futex_same_key(&waiter->key, key))
			return waiter;
	return NULL;
}

static bool plain_waiters(const struct futex_key *key)
{
	struct futex_waiter *waiter;

	list_for_each_entry(waiter, futex_bucket(key), node)
		if (!waiter->pi && futex_same_key(&waiter->key, key))
			return true;
	return false;
}

static void set_owner(const struct futex_key *key, u32 owner)
{
	struct futex_waiter *waiter;

	list_for_each_entry(waiter, futex_bucket(key), node)
		if (waiter->pi && futex_same_key(&waiter->key, key))
			waiter->owner = owner;
}

/* The word names `next` as the owner already; those behind it wait for it from now on. */
static void hand_over(struct futex_waiter *next)
{
	futex_wake_waiter(next);
	set_owner(&next->key, next->task->pid);
}

/* May current wait for the thread in the word?  0; -ESRCH: nobody has this id any more; -EPERM;
 * -EAGAIN: it is about to end and may leave the word free. */
static int check_owner(u32 word)
{
	struct task *owner = find_task(word & FUTEX_TID_MASK);

	if (!owner || owner->state >= TASK_ZOMBIE)
		return -ESRCH;
	if (owner->flags & PF_KTHREAD)
		return -EPERM;
	return owner->flags & PF_EXITING ? -EAGAIN : 0;
}

enum { PI_TAKEN = 1, PI_AGAIN, PI_WAIT };

static int take_free(uaddr_t addr, const struct futex_key *key, u32 word)
{
	u32 new = (word & FUTEX_OWNER_DIED) | current->pid;
	int done;

	if (first_waiter(key))
		new |= FUTEX_WAITERS;
	done = futex_cmpxchg(addr, word, new);
	if (done == 1)
		set_owner(key, current->pid);
	return done < 0 ? done : done ? PI_TAKEN : PI_AGAIN;
}

/* One look at the word: takes a free lock, or announces that somebody waits for *owner.  PI_ or
 * -errno. */
static int try_lock(uaddr_t addr, const struct futex_key *key, bool try_only, u32 *owner)
{
	u32 word;
	int done;

	if (!word_page(addr) || get_user(word, addr))
		return -EFAULT;
	if (plain_waiters(key))
		return -EINVAL;
	*owner = word & FUTEX_TID_MASK;
	if (*owner == (u32)current->pid)
		return -EDEADLK;
	if (!*owner)
		return take_free(addr, key, word);
	if (try_only)
		return -EWOULDBLOCK;
	done = check_owner(word);
	if (done)
		return done == -EAGAIN ? PI_AGAIN : done;
	if (word & FUTEX_WAITERS)
		return PI_WAIT;
	done = futex_cmpxchg(addr, word, word | FUTEX_WAITERS);
	return done < 0 ? done : done ? PI_WAIT : PI_AGAIN;
}

static long wait_for_lock(uaddr_t addr, const struct futex_key *key, u32 owner,
			  const struct futex_timeout *timeout)
{
	struct futex_waiter waiter = {
		.key = *key, .task = current, .pi = true, .owner = owner, .addr = addr,
	};
	int ret;

	futex_enqueue(&waiter);
	list_add_tail(&waiter.pi_node, &pi_waiters);
	ret = futex_sleep(&waiter, 1, timeout);
	list_del(&waiter.pi_node);
	return ret == -EINTR ? -ERESTARTNOINTR : ret;
}

long futex_lock_pi(uaddr_t addr, bool shared, const struct futex_timeout *timeout, bool try_only)
{
	struct futex_key key;
	u32 owner;
	int ret;

	ret = futex_get_key(&key, addr, shared);
	if (ret)
		return ret;
	for (;;) {
		ret = try_lock(addr, &key, try_only, &owner);
		if (ret == PI_WAIT)
			return wait_for_lock(addr, &key, owner, timeout);
		if (ret != PI_AGAIN)
			return ret == PI_TAKEN ? 0 : ret;
		if (signal_pending(current))
			return -ERESTARTNOINTR;
		yield();
	}
}

long futex_unlock_pi(uaddr_t addr, bool shared)
{
	struct futex_waiter *next;
	struct futex_key key;
	u32 word;
	int done;

	done = futex_get_key(&key, addr, shared);
	while (!done) {
		if (!word_page(addr) || get_user(word, addr))
			return -EFAULT;
		if ((word & FUTEX_TID_MASK) != (u32)current->pid)
			return -EPERM;
		next = first_waiter(&key);
		done = futex_cmpxchg(addr, word, next ? FUTEX_WAITERS | next->task->pid : 0);
		if (done == 1) {
			if (next)
				hand_over(next);
			return 0;
		}
		if (!done && fatal_signal_pending(current))
			return -EINTR;
		yield();
	}
	return done;
}

/* Puts `next`, if its word still names the dead owner, in its place.  May sleep. */
static bool replace_owner(struct mm *mm, uaddr_t addr, u32 owner, u32 next)
{
	u32 word;

	if (access_mm(mm, addr, &word, sizeof(word), false, false) != sizeof(word))
		return false;
	if ((word & FUTEX_TID_MASK) && (word & FUTEX_TID_MASK) != owner)
		return false;
	word = next | FUTEX_WAITERS | FUTEX_OWNER_DIED;
	return access_mm(mm, addr, &word, sizeof(word), true, false) == sizeof(word);
}

/* Nobody but the owner changes a word that has waiters, so it need not be changed atomically; but
 * the waiter that was chosen may give up meanwhile, and another has to be chosen. */
static void pass_on(struct futex_key key, u32 owner)
{
	struct futex_waiter *next;

	while ((next = first_waiter(&key))) {
		u32 tid = next->task->pid;
		struct mm *mm = mm_get_users(next->task->mm);
		bool done = replace_owner(mm, next->addr, owner, tid);

		bool there = next == first_waiter(&key) && tid == (u32)next->task->pid;

		if (!done)
			set_owner(&key, 0);
		else if (there)
			hand_over(next);
		mm_put_users(mm);
		if (!done || there)
			return;
		owner = tid;
	}
}

static struct futex_waiter *waiter_for(u32 owner)
{
	struct futex_waiter *waiter;

	list_for_each_entry(waiter, &pi_waiters, pi_node)
		if (waiter->owner == owner && !waiter->woken)
			return waiter;
	return NULL;
}

void futex_exit_pi(struct task *task)
{
	struct futex_waiter *waiter;

	while ((waiter = waiter_for(task->pid)))
		pass_on(waiter->key, task->pid);
}
