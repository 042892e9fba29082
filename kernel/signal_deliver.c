/*
 * What happens to pending signals on the way to user mode: default actions, stops, handlers, and
 * how an interrupted system call goes on.
 *
 * A call that a signal cut short has left -ERESTART* as its result.  It is made again as if
 * nothing had happened when no handler runs; with a handler it depends on the code and on
 * SA_RESTART.  task->in_syscall is cleared once that is decided, so it is decided once.
 */
#include "signal_internal.h"

#include "um/syscall.h"

/* Becomes restart_syscall(2): the call goes on with what task->restart remembers. */
static void restart_by_block(struct uml_pt_regs *regs)
{
	UPT_RESTART_SYSCALL(regs);
	UPT_ORIG_SYSCALL(regs) = __NR_restart_syscall;
}

static void restart_without_handler(struct task *task)
{
	struct uml_pt_regs *regs = &task->regs;

	if (!task->in_syscall)
		return;
	switch (UPT_SYSCALL_RET(regs)) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
		UPT_RESTART_SYSCALL(regs);
		break;
	case -ERESTART_RESTARTBLOCK:
		restart_by_block(regs);
		break;
	}
	task->in_syscall = false;
}

static void restart_with_handler(struct task *task, const struct k_sigaction *action)
{
	struct uml_pt_regs *regs = &task->regs;

	if (!task->in_syscall)
		return;
	switch (UPT_SYSCALL_RET(regs)) {
	case -ERESTARTSYS:
		if (action->flags & SA_RESTART)
			UPT_RESTART_SYSCALL(regs);
		else
			UPT_SET_SYSCALL_RETURN(regs, -EINTR);
		break;
	case -ERESTARTNOINTR:
		UPT_RESTART_SYSCALL(regs);
		break;
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		UPT_SET_SYSCALL_RETURN(regs, -EINTR);
		break;
	}
	task->in_syscall = false;
}

static void run_handler(struct task *task, int sig, const struct k_sigaction *action,
			const siginfo_t *info)
{
	ksigset_t oldset = task->restore_sigmask ? task->saved_sigmask : task->blocked;
	ksigset_t mask = task->blocked | action->mask;

	restart_with_handler(task, action);
	if (arch_signal_frame(task, sig, action, info, oldset)) {
		/* No room for the frame: SIGSEGV, which ends the process if that was it already. */
		if (sig == SIGSEGV)
			task->sighand->action[SIGSEGV - 1].handler = ACT_DFL;
		force_sig(SIGSEGV, task);
		return;
	}
	task->restore_sigmask = false;
	if (!(action->flags & SA_NODEFER))
		mask |= sigbit(sig);
	set_blocked(task, mask);
	if (task->syscall_work & SYSCALL_WORK_STEP)
		ptrace_notify(SIGTRAP);
	if (task->sas_flags & (int)SS_AUTODISARM) {
		task->sas_sp = 0;
		task->sas_size = 0;
		task->sas_flags = SS_DISABLE;
	}
}

void die_of_signal(struct task *task, int sig, const siginfo_t *info)
{
	struct thread_group *group = task->group;
	int status = sig;

	if (sigbit(sig) & SIG_DEFAULT_CORE) {
		zap_group(group, sig, task);
		if (core_dump(sig, info)) {
			status |= 0x80;
			task->flags |= PF_DUMPCORE;
			if (group->group_exit_code == sig)
				group->group_exit_code = status;
		}
	}
	do_group_exit(status);
}

/* The whole process ends, or another of its threads has called exec.  The kill is taken: what
 * the exit sleeps on is not to be cut short by it. */
static void check_group_exit(struct task *task)
{
	struct thread_group *group = task->group;
	bool others_exec = group->group_exec_task && group->group_exec_task != task;

	if (!group->group_exit && !others_exec && !(task->pending.set & sigbit(SIGKILL)))
		return;
	task->pending.set &= ~sigbit(SIGKILL);
	recalc_sigpending(task);
	if (!group->group_exit && others_exec)
		do_exit(0);
	do_group_exit(SIGKILL);
}

/* The default action of a dequeued signal that has no handler.  Returns if the task lives on. */
static void default_action(struct task *task, int sig, const siginfo_t *info)
{
	ksigset_t bit = sigbit(sig);

	if (bit & SIG_DEFAULT_IGNORED)
		return;
	if (group_unkillable(task->group) && !(bit & SIG_KERNEL_ONLY))
		return;
	if (bit & SIG_DEFAULT_STOP) {
		if (sig == SIGSTOP || !pgrp_is_orphaned(task->group->pgrp, NULL))
			jobctl_start_stop(task, sig);
		return;
	}
	die_of_signal(task, sig, info);
}

/* The next signal that a handler is to run for; 0 when nothing is left to deliver. */
static int next_handled(struct task *task, struct k_sigaction *action, siginfo_t *info)
{
	struct k_sigaction *slot;
	int sig;

	for (;;) {
		check_group_exit(task);
		if (task->jobctl_stop) {
			jobctl_take_part(task);
			continue;
		}
		if (task->ptrace.trap_stop || task->ptrace.trap_notify) {
			ptrace_trap(task);
			continue;
		}
		sig = dequeue_signal(task, ~task->blocked, info);
		if (!sig)
			return 0;
		if (strace_on)
			strace_signal(task, sig, info);
		if (task->ptrace.tracer && sig != SIGKILL) {
			sig = ptrace_signal(task, sig, info);
			if (!sig)
				continue;
		}
		slot = &task->sighand->action[sig - 1];
		if (slot->handler == ACT_IGN)
			continue;
		if (slot->handler == ACT_DFL) {
			default_action(task, sig, info);
			continue;
		}
		*action = *slot;
		if (slot->flags & SA_RESETHAND)
			slot->handler = ACT_DFL;
		return sig;
	}
}

void signals_deliver(struct task *task)
{
	struct k_sigaction action;
	siginfo_t info;
	int sig;

	task_full_regs(task);
	while ((sig = next_handled(task, &action, &info)))
		run_handler(task, sig, &action, &info);
	restart_without_handler(task);
	if (task->restore_sigmask) {
		task->restore_sigmask = false;
		set_blocked(task, task->saved_sigmask);
	}
}
