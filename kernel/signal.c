/*
 * Sending signals, masks, and what a task's life does to them.
 *
 * Nothing here sleeps.  task->sigpending is sticky: senders set it, and only the task itself
 * clears it (recalc_sigpending), on its way to user mode or after a call that took signals.  So
 * a call that was interrupted always finds its way to signals_deliver().
 */
#include "signal_internal.h"

#include "um/bug.h"
#include "um/cred.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/uaccess.h"

bool signal_pending(const struct task *task)
{
	return task->sigpending;
}

bool fatal_signal_pending(const struct task *task)
{
	return task->sigpending && (task->pending.set & sigbit(SIGKILL));
}

static bool has_pending(const struct task *task)
{
	ksigset_t set = task->pending.set | task->group->shared_pending.set;

	return (set & ~task->blocked) || task->jobctl_stop || task->ptrace.trap_stop ||
	       task->ptrace.trap_notify;
}

/* Brings task->sigpending up to date; only the task itself takes it back. */
void recalc_sigpending(struct task *task)
{
	if (has_pending(task))
		task->sigpending = true;
	else if (task == current)
		task->sigpending = false;
}

void signal_wake_up(struct task *task, bool fatal)
{
	task->sigpending = true;
	wake_up_state(task, WAKE_INTERRUPTIBLE | (fatal ? WAKE_KILLABLE | WAKE_STOPPED : 0));
	kick_task(task);
}

struct task *group_live_thread(struct thread_group *group)
{
	struct task *t;

	for_each_thread(group, t)
		if (t->sighand && !(t->flags & PF_EXITING))
			return t;
	return NULL;
}

bool group_unkillable(const struct thread_group *group)
{
	return group == init_group && !group->init_may_die;
}

void flush_group(struct thread_group *group, ksigset_t set)
{
	struct task *t;

	flush_pending(&group->shared_pending, set);
	for_each_thread(group, t)
		flush_pending(&t->pending, set);
}

static bool action_ignores(uaddr_t handler, int sig)
{
	return handler == ACT_IGN || (handler == ACT_DFL && (SIG_DEFAULT_IGNORED & sigbit(sig)));
}

/* A blocked signal is kept even if it is ignored now: the handler may change before it is
 * unblocked. */
static bool sig_ignored(const struct task *task, int sig, bool from_kernel)
{
	uaddr_t handler = task->sighand->action[sig - 1].handler;

	if ((task->blocked | task->real_blocked) & sigbit(sig))
		return false;
	/* A tracer sees ignored signals too. */
	if (task->ptrace.tracer && sig != SIGKILL)
		return false;
	if (group_unkillable(task->group) && handler == ACT_DFL &&
	    !(from_kernel && (sigbit(sig) & SIG_KERNEL_ONLY)))
		return true;
	return action_ignores(handler, sig);
}

/* Stop signals and SIGCONT cancel each other when they are sent, whether or not they are then
 * ignored or blocked.  False: there is nothing to queue. */
static bool prepare_signal(struct task *task, int sig, bool from_kernel)
{
	struct thread_group *group = task->group;

	if (group->group_exit || ((task->flags & PF_KTHREAD) && !task->mm))
		return false;
	if (sigbit(sig) & SIG_DEFAULT_STOP)
		flush_group(group, sigbit(SIGCONT));
	if (sig == SIGCONT) {
		flush_group(group, SIG_DEFAULT_STOP);
		jobctl_continue(group);
	}
	return !sig_ignored(task, sig, from_kernel);
}

static bool wants_signal(const struct task *task, int sig)
{
	if ((task->flags & PF_EXITING) || !task->sighand)
		return false;
	if (sig == SIGKILL)
		return true;
	if (task->blocked & sigbit(sig))
		return false;
	if (task->state == TASK_STOPPED || task->state == TASK_TRACED)
		return false;
	return task == current || !signal_pending(task);
}

static struct task *next_thread(struct thread_group *group, struct task *task)
{
	if (task->thread_node.next == &group->threads)
		return list_first_entry(&group->threads, struct task, thread_node);
	return list_next_entry(task, thread_node);
}

/* The thread to wake: the given one if it can take the signal, else in turn the others. */
static struct task *choose_target(struct task *task, int sig, bool to_group)
{
	struct thread_group *group = task->group;
	struct task *start, *t;

	if (wants_signal(task, sig))
		return task;
	if (!to_group || list_empty(&group->threads))
		return NULL;
	start = group->curr_target;
	if (!start || start->group != group || list_empty(&start->thread_node))
		start = list_first_entry(&group->threads, struct task, thread_node);
	t = start;
	do {
		if (wants_signal(t, sig)) {
			group->curr_target = t;
			return t;
		}
		t = next_thread(group, t);
	} while (t != start);
	return NULL;
}

/* Ends the whole process by default, and leaves no core. */
static bool kills_at_once(const struct task *task, int sig)
{
	ksigset_t bit = sigbit(sig);

	if (task->sighand->action[sig - 1].handler != ACT_DFL || (task->real_blocked & bit))
		return false;
	if (bit & (SIG_DEFAULT_IGNORED | SIG_DEFAULT_STOP | SIG_DEFAULT_CORE))
		return false;
	if (task->ptrace.tracer && sig != SIGKILL)
		return false;
	return sig == SIGKILL || !group_unkillable(task->group);
}

static void complete_signal(struct task *task, int sig, bool to_group)
{
	struct task *target = choose_target(task, sig, to_group);

	if (!target)
		return;
	/* exec ends the other threads, not the process. */
	if (sig == SIGKILL && !to_group && target->group->group_exec_task == current)
		signal_wake_up(target, true);
	else if (kills_at_once(target, sig))
		zap_group(target->group, sig, NULL);
	else
		signal_wake_up(target, false);
}

static void wake_signalfd(struct task *task)
{
	if (task->sighand->signalfd_wait)
		wake_up_poll(task->sighand->signalfd_wait, EPOLLIN | EPOLLRDNORM);
}

/* A call's own signal to its caller looks as if he had sent it himself. */
static void default_info(siginfo_t *info, const struct task *task, int sig)
{
	memset(info, 0, sizeof(*info));
	info->si_code = SI_KERNEL;
	if (task == current && (sig == SIGPIPE || sig == SIGXFSZ)) {
		info->si_code = SI_USER;
		info->si_pid = task->tgid;
		info->si_uid = task->cred->uid;
	}
}

/* Queues the siginfo.  A real-time signal that was not sent by plain kill must not be lost: the
 * sender is told; others arrive without details. */
static int queue_info(struct sigpending *pending, struct task *task, int sig, const siginfo_t *info)
{
	bool override = sig < SIGRTMIN && (!info || info->si_code >= 0);
	bool must_queue = info && sig >= SIGRTMIN && info->si_code != SI_USER;
	siginfo_t copy;

	if (sig == SIGKILL)
		return 0;
	if (info)
		copy = *info;
	else
		default_info(&copy, task, sig);
	copy.si_signo = sig;
	if (!sigqueue_add(pending, task, &copy, override) && must_queue)
		return -EAGAIN;
	return 0;
}

int send_signal(int sig, const siginfo_t *info, struct task *task, bool group)
{
	struct sigpending *pending;
	int err;

	BUG_ON(sig < 1 || sig > KNSIG);
	if (!task->sighand || (task->flags & PF_EXITING)) {
		task = group && task->group ? group_live_thread(task->group) : NULL;
		if (!task)
			return 0;	/* to a zombie: sent, and of no effect */
	}
	if (!prepare_signal(task, sig, !info))
		return 0;
	pending = group ? &task->group->shared_pending : &task->pending;
	if (sig < SIGRTMIN && (pending->set & sigbit(sig)))
		return 0;
	err = queue_info(pending, task, sig, info);
	if (err)
		return err;
	pending->set |= sigbit(sig);
	wake_signalfd(task);
	complete_signal(task, sig, group);
	return 0;
}

/* From the kernel, to the whole process. */
int send_sig(int sig, struct task *task)
{
	return send_signal(sig, NULL, task, true);
}

int send_sigqueue(struct sigqueue *entry, struct task *task, bool group)
{
	int sig = entry->info.si_signo;
	struct sigpending *pending;

	if (!list_empty(&entry->node)) {
		if (entry->info.si_code == SI_TIMER)
			entry->info.si_overrun++;
		return 0;
	}
	if (!task->sighand || (task->flags & PF_EXITING)) {
		task = group && task->group ? group_live_thread(task->group) : NULL;
		if (!task)
			return 1;
	}
	if (!prepare_signal(task, sig, false))
		return 1;
	pending = group ? &task->group->shared_pending : &task->pending;
	if (entry->info.si_code == SI_TIMER)
		entry->info.si_overrun = 0;
	list_add_tail(&entry->node, &pending->queue);
	pending->set |= sigbit(sig);
	wake_signalfd(task);
	complete_signal(task, sig, group);
	return 0;
}

/* For faults: the signal cannot wait, so a blocked or ignored one gets its default action. */
void force_sig_info(const siginfo_t *info, struct task *task)
{
	int sig = info->si_signo;
	struct k_sigaction *action;

	BUG_ON(sig < 1 || sig > KNSIG);
	if (!task->sighand)
		return;
	action = &task->sighand->action[sig - 1];
	if ((task->blocked & sigbit(sig)) || action->handler == ACT_IGN) {
		action->handler = ACT_DFL;
		task->blocked &= ~sigbit(sig);
	}
	if (action->handler == ACT_DFL && task->group == init_group && !task->ptrace.tracer)
		task->group->init_may_die = true;
	send_signal(sig, info, task, false);
	if (!task->sigpending)
		signal_wake_up(task, false);
}

/* A forced signal without details. */
void force_sig(int sig, struct task *task)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = SI_KERNEL;
	force_sig_info(&info, task);
}

/* current touched what it must not. */
void force_sig_fault(int sig, int code, uaddr_t addr)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = code;
	info.si_addr = (void *)addr;
	force_sig_info(&info, current);
}

/* To each process of the group, without permission checks.  0 if at least one got it. */
int kill_pgrp(struct pid *pgrp, int sig, const siginfo_t *info)
{
	struct thread_group *group;
	int ret = -ESRCH, err;

	list_for_each_entry(group, &pgrp->pgrp_members, pgrp_node) {
		err = send_signal(sig, info, group->leader, true);
		if (ret)
			ret = err;
	}
	return ret;
}

/* From the kernel, to each process of the session. */
int kill_session(struct pid *session, int sig)
{
	struct thread_group *group;
	int ret = -ESRCH;

	list_for_each_entry(group, &session->session_members, session_node) {
		send_signal(sig, NULL, group->leader, true);
		ret = 0;
	}
	return ret;
}

/*
 * SIGKILL to all threads but `except`.  The group is then to end with `status`, unless `except`
 * is in exec and only wants to be alone (group_exec_task).
 */
void zap_group(struct thread_group *group, int status, struct task *except)
{
	struct task *t;

	if (!group->group_exit && !(except && group->group_exec_task == except)) {
		group->group_exit = true;
		group->group_exit_code = status;
	}
	jobctl_cancel(group);
	for_each_thread(group, t) {
		if (t == except || (t->flags & PF_EXITING) || t->state >= TASK_ZOMBIE)
			continue;
		t->pending.set |= sigbit(SIGKILL);
		signal_wake_up(t, true);
	}
}

/* Group signals that `task` leaves to the others (it blocks them now, or exits). */
static void retarget_shared(struct task *task, ksigset_t which)
{
	struct task *t;

	which &= task->group->shared_pending.set;
	for_each_thread(task->group, t) {
		if (!which)
			return;
		if (t == task || (t->flags & PF_EXITING) || !t->sighand || !(which & ~t->blocked))
			continue;
		which &= t->blocked;
		if (!signal_pending(t))
			signal_wake_up(t, false);
	}
}

void set_blocked(struct task *task, ksigset_t mask)
{
	ksigset_t newly;

	mask &= ~SIG_KERNEL_ONLY;
	newly = mask & ~task->blocked;
	if (newly && signal_pending(task) && task->group->nr_threads > 1)
		retarget_shared(task, newly);
	task->blocked = mask;
	recalc_sigpending(task);
}

int sigset_get(ksigset_t *set, uaddr_t from)
{
	unsigned long word[SIGSET_WORDS];
	unsigned i;

	if (copy_from_user(word, from, sizeof(word)))
		return -EFAULT;
	*set = 0;
	for (i = 0; i < SIGSET_WORDS; i++)
		*set |= (ksigset_t)word[i] << (i * 8 * sizeof(long));
	return 0;
}

void sigset_to_words(unsigned long word[SIGSET_WORDS], ksigset_t set)
{
	for (unsigned i = 0; i < SIGSET_WORDS; i++)
		word[i] = (unsigned long)(set >> (i * 8 * sizeof(long)));
}

int sigset_put(uaddr_t to, ksigset_t set)
{
	unsigned long word[SIGSET_WORDS];

	sigset_to_words(word, set);
	return copy_to_user(to, word, sizeof(word));
}

int set_user_sigmask(uaddr_t mask, size_t size)
{
	ksigset_t set;

	if (!mask)
		return 0;
	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (sigset_get(&set, mask))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	current->restore_sigmask = true;
	set_blocked(current, set);
	return 0;
}

/* When a signal interrupted the call, delivery still needs the temporary mask: it restores. */
void restore_user_sigmask(bool interrupted)
{
	if (interrupted || !current->restore_sigmask)
		return;
	current->restore_sigmask = false;
	set_blocked(current, current->saved_sigmask);
}

/* A new set of handlers, all default, with one reference. */
struct sighand *sighand_new(void)
{
	struct sighand *sighand = kzalloc_type(struct sighand);

	sighand->refs = 1;
	return sighand;
}

/* A private copy: same handlers, no signalfd waiters. */
struct sighand *sighand_copy(const struct sighand *from)
{
	struct sighand *sighand = sighand_new();

	memcpy(sighand->action, from->action, sizeof(sighand->action));
	return sighand;
}

/* Drops a reference.  Who still polls a signalfd through it is left without a queue. */
void sighand_put(struct sighand *sighand)
{
	struct wait_queue_head *wq;

	if (!sighand || --sighand->refs)
		return;
	wq = sighand->signalfd_wait;
	while (wq && waitqueue_active(wq))
		list_del(wq->entries.next);
	kfree(wq);
	kfree(sighand);
}

void signals_exec(struct task *task)
{
	struct sighand *sighand = task->sighand;
	int i;

	if (sighand->refs > 1) {
		task->sighand = sighand_copy(sighand);
		sighand_put(sighand);
		sighand = task->sighand;
	}
	for (i = 0; i < KNSIG; i++) {
		struct k_sigaction *action = &sighand->action[i];

		if (action->handler != ACT_IGN)
			action->handler = ACT_DFL;
		action->flags = 0;
		action->mask = 0;
		action->restorer = 0;
	}
	task->sas_sp = 0;
	task->sas_size = 0;
	task->sas_flags = SS_DISABLE;
	task->restart.fn = NULL;
	flush_timer_signals(&task->pending);
	flush_timer_signals(&task->group->shared_pending);
}

void signals_exit(struct task *task)
{
	jobctl_leave(task);
	retarget_shared(task, ~task->blocked);
	if (task->group->curr_target == task)
		task->group->curr_target = NULL;
	flush_pending(&task->pending, ~0ULL);
	task->sigpending = false;
}
