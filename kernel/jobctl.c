/*
 * Job control: stopping and continuing processes, and telling their parents.
 *
 * A stop signal makes every thread of the group stop: each gets jobctl_stop and is counted in
 * group->stop_pending; it takes part when it comes by signals_deliver().  When the last one has,
 * the parent is notified.  group->stopped holds from the signal until SIGCONT or SIGKILL.
 */
#include "signal_internal.h"

#include "um/cred.h"

/* All threads have stopped: wait4 has something to tell. */
static void stop_complete(struct thread_group *group)
{
	group->stop_to_report = true;
	group->stop_reported = false;
	group->cont_pending_report = false;
	notify_parent_stop(group, CLD_STOPPED);
}

static void count_stopped(struct task *task)
{
	struct thread_group *group = task->group;

	task->jobctl_stop = false;
	if (group->stop_pending > 0 && --group->stop_pending == 0 && group->stopped)
		stop_complete(group);
}

void jobctl_start_stop(struct task *task, int sig)
{
	struct thread_group *group = task->group;
	struct task *t;

	if (task->jobctl_stop || group->group_exit || group->group_exec_task)
		return;
	group->stopped = true;
	group->stop_sig = sig;
	group->stop_pending = 0;
	for_each_thread(group, t) {
		if ((t->flags & PF_EXITING) || t->state == TASK_STOPPED || t->state >= TASK_ZOMBIE)
			continue;
		t->jobctl_stop = true;
		group->stop_pending++;
		if (t->ptrace.seized && t != task)
			ptrace_trap_notify(t);
		if (t != task)
			signal_wake_up(t, false);
	}
}

void jobctl_take_part(struct task *task)
{
	do {
		if (task->jobctl_stop)
			count_stopped(task);
		if (!task->group->stopped || fatal_signal_pending(task))
			break;
		if (task->ptrace.tracer) {
			task->ptrace.trap_stop = true;
			break;
		}
		task->state = TASK_STOPPED;
		schedule();
	} while (task->group->stopped && !fatal_signal_pending(task));
	recalc_sigpending(task);
}

void jobctl_leave(struct task *task)
{
	if (task->jobctl_stop)
		count_stopped(task);
}

static void forget_stop(struct thread_group *group, bool fatal)
{
	struct task *t;

	group->stopped = false;
	group->stop_pending = 0;
	for_each_thread(group, t) {
		t->jobctl_stop = false;
		if (fatal)
			continue;
		if (t->ptrace.seized)
			ptrace_trap_notify(t);
		else if (t->state == TASK_STOPPED)
			wake_up_state(t, WAKE_STOPPED);
	}
}

void jobctl_continue(struct thread_group *group)
{
	bool was_stopping = group->stopped;
	bool was_stopped = was_stopping && !group->stop_pending;

	if (!was_stopping)
		return;
	forget_stop(group, false);
	group->stop_to_report = false;
	group->cont_pending_report = true;
	group->continued_reported = false;
	/* A stop that was under way counts as made and at once undone. */
	notify_parent_stop(group, was_stopped ? CLD_CONTINUED : CLD_STOPPED);
}

void jobctl_cancel(struct thread_group *group)
{
	forget_stop(group, true);
	group->stop_to_report = false;
	group->cont_pending_report = false;
}

static long cpu_ticks(u64 ns)
{
	return (long)(ns / (NSEC_PER_SEC / USER_HZ));
}

static void fill_child_info(siginfo_t *info, struct thread_group *group)
{
	struct cpu_times times = group_times(group);

	memset(info, 0, sizeof(*info));
	info->si_signo = SIGCHLD;
	info->si_pid = group->leader->tgid;
	info->si_uid = group->leader->cred->uid;
	info->si_utime = cpu_ticks(times.user);
	info->si_stime = cpu_ticks(times.system);
}

void notify_parent_stop(struct thread_group *group, int why)
{
	struct thread_group *parent = group->parent;
	struct task *to = parent ? group_live_thread(parent) : NULL;
	const struct k_sigaction *action;
	siginfo_t info;

	if (!parent)
		return;
	if (to) {
		action = &to->sighand->action[SIGCHLD - 1];
		fill_child_info(&info, group);
		info.si_code = why;
		info.si_status = why == CLD_CONTINUED ? SIGCONT : group->stop_sig & 0x7f;
		if (action->handler != ACT_IGN && !(action->flags & SA_NOCLDSTOP))
			send_signal(SIGCHLD, &info, to, true);
	}
	wake_up_all(&parent->wait_child);
}
