/*
 * The end of tasks: do_exit, what is left for the parent to see, adoption of orphans, and the
 * end of all other threads at exec.
 *
 * A task that has ended is a zombie until it is released: a thread at once, a leader when its
 * whole group has ended and its parent has waited for it (or does not care to).
 */
#include "um/boot.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/fs.h"
#include "um/futex.h"
#include "um/gate.h"
#include "um/itimer.h"
#include "um/mm.h"
#include "um/posix_timer.h"
#include "um/printk.h"
#include "um/ptrace_uapi.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/tty.h"
#include "um/uaccess.h"

#include "ipc.h"
#include "task.h"

void vfork_done(struct task *task)
{
	if (!task->vfork_parent)
		return;
	task->vfork_parent = NULL;
	wake_up_all(&task->vfork_wait);
}

void mm_release(struct task *task)
{
	futex_exit_robust(task);
	if (task->clear_child_tid && task->mm) {
		/* Only where somebody may look; a bad address is nobody's concern. */
		if (task->mm->users > 1 && !put_user(0, task->clear_child_tid))
			futex_wake_addr(task->clear_child_tid, 1);
		task->clear_child_tid = 0;
	}
	vfork_done(task);
}

static void exit_mm(void)
{
	struct mm *mm = current->mm;

	if (!mm)
		return;
	mm_release(current);
	current->counts.maxrss_kb = max(current->counts.maxrss_kb,
					(u64)max(mm->hiwater_rss, mm->rss) * (PAGE_SIZE / 1024));
	account_thread_end(current);
	gate->thread_end(current);
	current->mm = NULL;
	mm_put_users(mm);
}

static void exit_files(void)
{
	struct files *files = current->files;
	struct fs_context *fs = current->fs;

	current->files = NULL;
	if (files)
		files_put(files);
	current->fs = NULL;
	if (fs)
		fs_context_put(fs);
}

bool pgrp_is_orphaned(struct pid *pgrp, struct thread_group *except)
{
	struct thread_group *group;

	list_for_each_entry(group, &pgrp->pgrp_members, pgrp_node) {
		struct thread_group *parent = group->parent;

		if (group == except || !group->nr_threads || !parent || parent == init_group)
			continue;
		if (parent->pgrp != pgrp && parent->session == group->session)
			return false;
	}
	return true;
}

static bool has_stopped_member(struct pid *pgrp)
{
	struct thread_group *group;

	list_for_each_entry(group, &pgrp->pgrp_members, pgrp_node)
		if (group->stopped && !group->stop_pending)
			return true;
	return false;
}

/* POSIX: a process group that becomes orphaned by an exit and has stopped members gets SIGHUP
 * and SIGCONT. */
static void kill_orphaned_pgrp(struct thread_group *group, struct thread_group *parent)
{
	struct pid *pgrp = group->pgrp;

	if (!pgrp || !parent || parent->pgrp == pgrp || parent->session != group->session)
		return;
	if (!pgrp_is_orphaned(pgrp, group->nr_threads ? NULL : group) || !has_stopped_member(pgrp))
		return;
	pid_get(pgrp);
	kill_pgrp(pgrp, SIGHUP, NULL);
	kill_pgrp(pgrp, SIGCONT, NULL);
	pid_put(pgrp);
}

/* The nearest living subreaper above, or init. */
static struct thread_group *find_reaper(struct thread_group *dying)
{
	struct thread_group *group;

	if (dying->has_child_subreaper)
		for (group = dying->parent; group; group = group->parent)
			if (group->is_child_subreaper && group->nr_threads)
				return group;
	return init_group;
}

static void release_group_leader(struct thread_group *group)
{
	release_task(group->leader);
}

static void fill_end_info(siginfo_t *info, struct thread_group *group, int status)
{
	struct cpu_times t = group->dead_times;

	memset(info, 0, sizeof(*info));
	info->si_signo = group->exit_signal;
	info->si_pid = group->leader->tgid;
	info->si_uid = group->leader->cred->uid;
	info->si_utime = (__kernel_clock_t)(t.user / (NSEC_PER_SEC / USER_HZ));
	info->si_stime = (__kernel_clock_t)(t.system / (NSEC_PER_SEC / USER_HZ));
	if (status & 0x7f) {
		info->si_code = status & 0x80 ? CLD_DUMPED : CLD_KILLED;
		info->si_status = status & 0x7f;
	} else {
		info->si_code = CLD_EXITED;
		info->si_status = status >> 8;
	}
}

static struct task *live_thread(struct thread_group *group)
{
	struct task *task;

	for_each_thread(group, task)
		if (!(task->flags & PF_EXITING))
			return task;
	return NULL;
}

/* To a tracer that is not the parent, or of a thread. */
static void tell_tracer_end(struct task *task)
{
	int status = task->exit_code;

	if (status & 0x7f)
		ptrace_tell_tracer(task, status & 0x80 ? CLD_DUMPED : CLD_KILLED, status & 0x7f);
	else
		ptrace_tell_tracer(task, CLD_EXITED, status >> 8);
}

/* The group has ended: its leader gets the status that wait4 shows, the parent its signal.  True
 * if nobody will wait for it: SIGCHLD is ignored, or SA_NOCLDWAIT set (wait(2), NOTES). */
static bool tell_parent(struct thread_group *group)
{
	struct task *leader = group->leader, *to;
	struct thread_group *parent = group->parent;
	const struct k_sigaction *action;
	bool ignored = false, reap = false;
	siginfo_t info;

	if (group->group_exit)
		leader->exit_code = group->group_exit_code;
	if (leader->ptrace.tracer && !ptraced_by_parent(leader)) {
		tell_tracer_end(leader);
		return false;
	}
	wake_up_all(&leader->pid_ref->poll_wait);
	to = parent ? live_thread(parent) : NULL;
	if (to && group->exit_signal == SIGCHLD) {
		action = &to->sighand->action[SIGCHLD - 1];
		ignored = action->handler == (uaddr_t)SIG_IGN;
		reap = ignored || action->flags & SA_NOCLDWAIT;
		if (leader->ptrace.tracer)
			ignored = reap = false;
	}
	if (to && group->exit_signal > 0 && !ignored) {
		fill_end_info(&info, group, leader->exit_code);
		send_signal(group->exit_signal, &info, to, true);
	}
	if (!parent)
		return true;
	wake_up_all(&parent->wait_child);
	return reap;
}

/* PR_SET_PDEATHSIG: from the parent that dies. */
static void send_pdeath_signal(struct task *thread)
{
	siginfo_t info = { 0 };

	if (!thread->pdeath_signal)
		return;
	info.si_signo = thread->pdeath_signal;
	info.si_code = SI_USER;
	info.si_pid = current->tgid;
	info.si_uid = current->cred->uid;
	send_signal(thread->pdeath_signal, &info, thread, true);
}

/* No thread runs any more: once the tracers have let go of all, the parent is told. */
static void group_finish(struct thread_group *group)
{
	if (!group->nr_held && tell_parent(group))
		release_group_leader(group);
}

void release_traced_zombie(struct task *task)
{
	struct thread_group *group = task->group;

	ptrace_unlink(task);
	if (task->ptrace.zombie_held) {
		task->ptrace.zombie_held = false;
		group->nr_held--;
		release_task(task);
	} else if (task != group->leader) {
		return;
	}
	if (!group->nr_threads)
		group_finish(group);
}

static void adopt_children(struct thread_group *dying)
{
	struct thread_group *reaper, *child, *next;

	if (list_empty(&dying->children))
		return;
	reaper = find_reaper(dying);
	list_for_each_entry_safe(child, next, &dying->children, sibling) {
		struct task *thread;

		child->parent = reaper;
		child->parent_task = reaper->leader;
		list_move_tail(&child->sibling, &reaper->children);
		for_each_thread(child, thread) {
			send_pdeath_signal(thread);
			if (gate->identity)
				gate->identity(thread);
		}
		if (!child->nr_threads) {
			child->exit_signal = SIGCHLD;
			group_finish(child);
			continue;
		}
		child->exit_signal = SIGCHLD;
		kill_orphaned_pgrp(child, dying);
	}
}

/* PR_SET_PDEATHSIG counts the thread that forked: its end is told even if its group lives on. */
static void tell_thread_children(struct task *task)
{
	struct thread_group *child;
	struct task *thread;

	list_for_each_entry(child, &task->group->children, sibling) {
		if (child->parent_task != task)
			continue;
		child->parent_task = task->group->leader;
		for_each_thread(child, thread)
			if (task->group->nr_threads)
				send_pdeath_signal(thread);
	}
}

void release_task(struct task *task)
{
	struct thread_group *group = task->group, *parent = group->parent;

	ptrace_unlink(task);
	task->state = TASK_DEAD;
	if (task == group->leader && parent) {
		list_del(&group->sibling);
		group_set_pgrp(group, NULL);
		group_set_session(group, NULL);
	}
	task_unpublish(task);
}

/* The last thread of a process: what is the process's own goes. */
static void exit_group_resources(struct thread_group *group)
{
	itimers_exit(group);
	posix_timers_exit(group);
	sem_exit_group(group);
	if (group->session_leader)
		session_lost_leader(group);
	tty_release_ctty(group);
}

static void check_init_exit(struct thread_group *group, int status)
{
	if (group != init_group)
		return;
	if (status & 0x7f)
		pr_warn("init has been killed by signal %d\n", status & 0x7f);
	else
		pr_notice("init has ended with status %d\n", status >> 8);
	kernel_shutdown(status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff);
}

/* The group's last thread is gone: the leader becomes what wait4 finds. */
static void group_ended(struct thread_group *group)
{
	struct thread_group *parent = group->parent;
	struct task *thread;

	for_each_thread(group, thread)
		group->curr_target = NULL;
	adopt_children(group);
	kill_orphaned_pgrp(group, parent);
	group_finish(group);
}

void do_exit(int status)
{
	struct task *task = current;
	struct thread_group *group = task->group;
	bool last_live, held, threaded;

	BUG_ON(task->flags & PF_EXITING);
	task_full_regs(task);
	ptrace_event(PTRACE_EVENT_EXIT, (unsigned long)status);
	task->flags |= PF_EXITING;
	if (strace_on)
		strace_task_end(task, status);
	last_live = --group->nr_live == 0;
	if (last_live) {
		check_init_exit(group, group->group_exit ? group->group_exit_code : status);
		exit_group_resources(group);
	}
	task->exit_code = status;
	exit_mm();
	exit_files();
	ptrace_exit(task);
	signals_exit(task);
	timer_cancel(&task->sleep_timer);
	group->nr_threads--;
	tell_thread_children(task);
	task->state = TASK_ZOMBIE;
	wake_up_all(&task->exit_wait);
	if (group->group_exec_task)
		wake_up_task(group->group_exec_task);
	task_get(task);		/* for the main loop, which frees the fiber */
	held = task != group->leader && task->ptrace.tracer;
	if (held) {
		task->ptrace.zombie_held = true;
		group->nr_held++;
		tell_tracer_end(task);
	}
	threaded = task != group->leader;
	if (group->nr_threads == 0)
		group_ended(group);
	if (threaded && !held)
		release_task(task);
	task_fiber_gone();
}

void do_group_exit(int status)
{
	struct thread_group *group = current->group;

	if (group->group_exit) {
		status = group->group_exit_code;
	} else {
		group->group_exit = true;
		group->group_exit_code = status;
		zap_group(group, status, current);
	}
	do_exit(status);
}

SYSCALL_DEFINE1(exit, A_INT, int, status)
{
	do_exit((status & 0xff) << 8);
}

SYSCALL_DEFINE1(exit_group, A_INT, int, status)
{
	do_group_exit((status & 0xff) << 8);
}

/* The thread that called exec takes the leader's place: its pid, and its being found by it. */
static void become_leader(struct task *task)
{
	struct thread_group *group = task->group;
	struct task *old = group->leader;
	struct pid *pid = task->pid_ref;

	task->pid_ref = old->pid_ref;
	old->pid_ref = pid;
	task->pid_ref->task = task;
	pid->task = old;
	old->pid = pid->nr;
	task->pid = task->pid_ref->nr;
	group->leader = task;
	list_move(&task->thread_node, &group->threads);
	release_task(old);
}

int de_thread(void)
{
	struct task *self = current, *thread;
	struct thread_group *group = self->group;

	if (group->group_exit || group->group_exec_task)
		return -EAGAIN;
	if (group->nr_threads > 1) {
		group->group_exec_task = self;
		for_each_thread(group, thread)
			if (thread != self && !(thread->flags & PF_EXITING))
				send_signal(SIGKILL, NULL, thread, false);
		while (group->nr_threads > 1 && !group->group_exit)
			sleep_until(TASK_UNINTERRUPTIBLE, KTIME_MAX);
		group->group_exec_task = NULL;
		if (group->group_exit)
			return -EAGAIN;
	}
	if (group->leader != self)
		become_leader(self);
	return 0;
}
