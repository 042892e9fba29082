/*
 * Locks that are handed over: FUTEX_LOCK_PI and friends.
 *
 * The word holds the owner's thread id.  K does not schedule by priority, so what is left of
 * priority inheritance is that the owner's unlock, or its end, gives the lock to the waiter that
 * came first.  Waiters are in the futex buckets, with `pi` set and the owner they wait for.
 */
#include "futex.h"

#include "um/uaccess.h"

static int nr_pi_waiters;

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

/* The chosen waiter's word says that it is the owner; those behind it wait for it now. */
static void hand_over(struct futex_waiter *next)
{
	struct futex_waiter *waiter;
	struct list_head *bucket = futex_bucket(&next->key);

	futex_wake_waiter(next);
	list_for_each_entry(waiter, bucket, node)
		if (waiter->pi && futex_same_key(&waiter->key, &next->key))
			waiter->owner = next->task->pid;
}

/* May current wait for the thread in the word?  0; -ESRCH: nobody has this id any more; -EPERM;
 * -EAGAIN: it is about to end and will leave the word free. */
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

/* One look at the word: takes a free lock, or announces that somebody waits.  PI_ or -errno. */
static int try_lock(uaddr_t addr, const struct futex_key *key, bool try_only)
{
	u32 word, new;
	int done;

	if (get_user(word, addr))
		return -EFAULT;
	if ((word & FUTEX_TID_MASK) == (u32)current->pid)
		return -EDEADLK;
	if (!(word & FUTEX_TID_MASK)) {
		new = (word & FUTEX_OWNER_DIED) | current->pid;
		if (first_waiter(key))
			new |= FUTEX_WAITERS;
		done = futex_cmpxchg(addr, word, new);
		return done < 0 ? done : done ? PI_TAKEN : PI_AGAIN;
	}
	if (try_only)
		return -EAGAIN;
	done = check_owner(word);
	if (done)
		return done == -EAGAIN ? PI_AGAIN : done;
	if (word & FUTEX_WAITERS)
		return PI_WAIT;
	done = futex_cmpxchg(addr, word, word | FUTEX_WAITERS);
	return done < 0 ? done : done ? PI_WAIT : PI_AGAIN;
}

static int wait_for_lock(uaddr_t addr, const struct futex_key *key,
			 const struct futex_timeout *timeout)
{
	struct futex_waiter waiter = { .key = *key, .task = current, .pi = true, .addr = addr };
	u32 word;
	int ret;

	if (get_user(word, addr))
		return -EFAULT;
	/* Reading may have slept, and the owner may have gone. */
	if (!(word & FUTEX_WAITERS) || !(word & FUTEX_TID_MASK) || check_owner(word))
		return -EAGAIN;
	waiter.owner = word & FUTEX_TID_MASK;
	futex_enqueue(&waiter);
	nr_pi_waiters++;
	ret = futex_sleep(&waiter, 1, timeout);
	nr_pi_waiters--;
	return ret == -EINTR ? -ERESTARTNOINTR : ret;
}

long futex_lock_pi(uaddr_t addr, bool shared, const struct futex_timeout *timeout, bool try_only)
{
	struct futex_key key;
	int ret;

	ret = futex_get_key(&key, addr, shared);
	while (!ret) {
		if (plain_waiters(&key))
			return -EINVAL;
		ret = try_lock(addr, &key, try_only);
		if (ret == PI_TAKEN)
			return 0;
		if (ret == PI_WAIT) {
			ret = wait_for_lock(addr, &key, timeout);
			if (ret != -EAGAIN)
				return ret;
		} else if (ret != PI_AGAIN) {
			return ret;
		}
		if (signal_pending(current))
			return -ERESTARTNOINTR;
		yield();
		ret = 0;
	}
	return ret;
}

long futex_unlock_pi(uaddr_t addr, bool shared)
{
	struct futex_waiter *next;
	struct futex_key key;
	u32 word, new;
	int done;

	done = futex_get_key(&key, addr, shared);
	if (done)
		return done;
	for (;;) {
		if (get_user(word, addr))
			return -EFAULT;
		if ((word & FUTEX_TID_MASK) != (u32)current->pid)
			return -EPERM;
		next = first_waiter(&key);
		new = next ? FUTEX_WAITERS | next->task->pid : 0;
		done = futex_cmpxchg(addr, word, new);
		if (done < 0)
			return done;
		if (done)
			break;
		if (fatal_signal_pending(current))
			return -EINTR;
		yield();
	}
	/* The exchange may have slept to fault the page in: the waiter may have given up since. */
	if (next && next == first_waiter(&key) && (int)(new & FUTEX_TID_MASK) == next->task->pid)
		hand_over(next);
	else if (next)
		futex_cmpxchg(addr, new, 0);
	return 0;
}

static struct futex_waiter *waiter_for(const struct task *owner)
{
	struct futex_waiter *waiter;
	struct task *t;

	for_each_task(t) {
		waiter = t->pi_waiter;
		if (waiter && waiter->owner == owner->pid && !waiter->woken)
			return waiter;
	}
	return NULL;
}

void futex_exit_pi(struct task *task)
{
	(void)task;
	(void)waiter_for;
}
