/*
 * Queues of pending signals.  A pending set says which signals are pending; the list holds an
 * entry with the siginfo for those that had room for one, several of a real-time signal.  The
 * entries of all tasks of a real user count against RLIMIT_SIGPENDING; a timer's own entry
 * (sigqueue.timer) is never freed here.
 */
#include "signal_internal.h"

#include "um/bug.h"
#include "um/kmalloc.h"

struct user_sigs {
	struct list_head node;
	uid_t uid;
	u64 count;	/* entries; the record goes at 0 */
};

static LIST_HEAD(all_user_sigs);

static struct user_sigs *user_sigs_find(uid_t uid)
{
	struct user_sigs *user;

	list_for_each_entry(user, &all_user_sigs, node)
		if (user->uid == uid)
			return user;
	return NULL;
}

/* Signals queued for processes of this real user id: SigQ in /proc/PID/status. */
u64 user_sigpending(uid_t uid)
{
	struct user_sigs *user = user_sigs_find(uid);

	return user ? user->count : 0;
}

static struct user_sigs *user_sigs_charge(uid_t uid, u64 limit)
{
	struct user_sigs *user = user_sigs_find(uid);

	if ((user ? user->count : 0) >= limit)
		return NULL;
	if (!user) {
		user = kzalloc_type(struct user_sigs);
		user->uid = uid;
		list_add(&user->node, &all_user_sigs);
	}
	user->count++;
	return user;
}

static void user_sigs_uncharge(struct user_sigs *user)
{
	if (!user || --user->count)
		return;
	list_del(&user->node);
	kfree(user);
}

struct sigqueue *sigqueue_add(struct sigpending *pending, struct task *task, const siginfo_t *info,
			      bool override)
{
	u64 limit = override ? UINT64_MAX : task_rlimit(task, RLIMIT_SIGPENDING);
	struct user_sigs *user = user_sigs_charge(task->cred->uid, limit);
	struct sigqueue *entry;

	if (!user)
		return NULL;
	entry = kzalloc_type(struct sigqueue);
	entry->user = user;
	entry->info = *info;
	list_add_tail(&entry->node, &pending->queue);
	return entry;
}

/* Takes an entry off its queue; a timer's own stays its owner's. */
static void sigqueue_release(struct sigqueue *entry, siginfo_t *info)
{
	list_del(&entry->node);
	if (entry->timer) {
		if (entry->taken)
			entry->taken(entry, info);
		return;
	}
	user_sigs_uncharge(entry->user);
	kfree(entry);
}

/* Detaches a timer's entry from whatever queue it is on.  A signal that was already sent stays
 * pending with its details, as the timer's end does not take it back. */
void sigqueue_unqueue(struct sigqueue *entry)
{
	struct sigqueue *copy;

	if (list_empty(&entry->node))
		return;
	copy = kzalloc_type(struct sigqueue);
	copy->info = entry->info;
	list_add(&copy->node, &entry->node);
	list_del(&entry->node);
}

/* Makes an empty queue. */
void sigpending_init(struct sigpending *pending)
{
	INIT_LIST_HEAD(&pending->queue);
	pending->set = 0;
}

/* Drops all pending signals of `set`. */
void flush_pending(struct sigpending *pending, ksigset_t set)
{
	struct sigqueue *entry, *next;

	pending->set &= ~set;
	list_for_each_entry_safe(entry, next, &pending->queue, node)
		if (sigbit(entry->info.si_signo) & set)
			sigqueue_release(entry, NULL);
}

static bool has_entry(const struct sigpending *pending, int sig)
{
	const struct sigqueue *entry;

	list_for_each_entry(entry, &pending->queue, node)
		if (entry->info.si_signo == sig)
			return true;
	return false;
}

void flush_timer_signals(struct sigpending *pending)
{
	struct sigqueue *entry, *next;
	int sig;

	list_for_each_entry_safe(entry, next, &pending->queue, node) {
		if (entry->info.si_code != SI_TIMER)
			continue;
		sig = entry->info.si_signo;
		sigqueue_release(entry, NULL);
		if (!has_entry(pending, sig))
			pending->set &= ~sigbit(sig);
	}
}

static int next_signal(ksigset_t pending)
{
	if (pending & SIG_SYNCHRONOUS)
		pending &= SIG_SYNCHRONOUS;
	return pending ? __builtin_ctzll(pending) + 1 : 0;
}

/* Takes the first entry of `sig`; the signal stays pending while there are more of it. */
static void collect_signal(struct sigpending *pending, int sig, siginfo_t *info)
{
	struct sigqueue *entry, *first = NULL;

	pending->set &= ~sigbit(sig);
	list_for_each_entry(entry, &pending->queue, node) {
		if (entry->info.si_signo != sig)
			continue;
		if (first) {
			pending->set |= sigbit(sig);
			break;
		}
		first = entry;
	}
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;	/* SI_USER of pid 0: there was no room for more */
	if (!first)
		return;
	*info = first->info;
	sigqueue_release(first, info);
}

static int dequeue_from(struct sigpending *pending, ksigset_t set, siginfo_t *info)
{
	int sig = next_signal(pending->set & set);

	if (sig)
		collect_signal(pending, sig, info);
	return sig;
}

/* Takes the next pending signal in `set`, the thread's own first; 0 if there is none. */
int dequeue_signal(struct task *task, ksigset_t set, siginfo_t *info)
{
	int sig = dequeue_from(&task->pending, set, info);

	if (!sig)
		sig = dequeue_from(&task->group->shared_pending, set, info);
	recalc_sigpending(task);
	return sig;
}
