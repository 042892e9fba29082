/*
 * The tracee's side of ptrace(2): where it stops, and how its tracer learns of it.
 *
 * A stop is a sleep in TASK_TRACED that its tracer ends, or SIGKILL.  ptrace.code is what wait4
 * reports; the tracer leaves there the signal to go on with.  Each kind of stop takes that
 * signal its own way: a signal stop delivers it, a syscall stop sends it, others drop it.
 */
#include "signal_internal.h"
#include "task.h"
#include "um/gate.h"
#include "um/ptrace.h"
#include "um/ptrace_uapi.h"
#include "um/rewrite.h"
#include "um/seccomp.h"

#include <linux/sched.h>

void ptrace_init(struct task *task)
{
	INIT_LIST_HEAD(&task->ptrace.node);
	INIT_LIST_HEAD(&task->ptrace.tracees);
}

bool ptraced_by_parent(const struct task *task)
{
	return task->ptrace.tracer && task->ptrace.tracer->group == task->group->parent;
}

void ptrace_tell_tracer(struct task *task, int why, int status)
{
	struct thread_group *group = task->ptrace.tracer->group;
	struct task *to = group_live_thread(group);
	const struct k_sigaction *action;
	siginfo_t info;

	if (to) {
		action = &to->sighand->action[SIGCHLD - 1];
		memset(&info, 0, sizeof(info));
		info.si_signo = SIGCHLD;
		info.si_code = why;
		info.si_pid = task->pid;
		info.si_uid = task->cred->uid;
		info.si_status = status;
		if (action->handler != ACT_IGN &&
		    !(why == CLD_TRAPPED && action->flags & SA_NOCLDSTOP))
			send_signal(SIGCHLD, &info, to, true);
	}
	wake_up_all(&group->wait_child);
}

/* current stops until its tracer lets it go on, or it is killed.  What the tracer left in
 * ptrace.code; `code` if there is no stop because it is not traced or is being killed. */
static int ptrace_stop(int code, unsigned long message, siginfo_t *info)
{
	struct task *task = current;
	struct ptrace_state *pt = &task->ptrace;

	if (!pt->tracer || fatal_signal_pending(task))
		return code;
	pt->code = code;
	pt->message = message;
	pt->info = info;
	pt->trap_stop = false;
	task->state = TASK_TRACED;
	ptrace_tell_tracer(task, CLD_TRAPPED, code & 0x7f);
	schedule();
	code = pt->code;
	pt->code = 0;
	pt->message = 0;
	pt->info = NULL;
	pt->listening = false;
	recalc_sigpending(task);
	return code;
}

/* A stop that is not a signal's. */
static int stop_with_code(int sig, int code, unsigned long message)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = code;
	info.si_pid = current->pid;
	info.si_uid = current->cred->uid;
	return ptrace_stop(code, message, &info);
}

void ptrace_notify(int code)
{
	if (current->ptrace.tracer)
		stop_with_code(SIGTRAP, code, 0);
}

bool ptrace_event_enabled(const struct task *task, int event)
{
	return task->ptrace.tracer && task->ptrace.options & ptrace_event_option(event);
}

void ptrace_event(int event, unsigned long message)
{
	if (ptrace_event_enabled(current, event))
		stop_with_code(SIGTRAP, SIGTRAP | event << 8, message);
}

static void send_to_self(int sig)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = SI_USER;
	info.si_pid = current->tgid;
	info.si_uid = current->cred->uid;
	send_signal(sig, &info, current, false);
}

/* Tracers of the first kind see exec as a SIGTRAP. */
void ptrace_exec(int old_pid)
{
	if (ptrace_event_enabled(current, PTRACE_EVENT_EXEC))
		ptrace_event(PTRACE_EVENT_EXEC, (unsigned long)old_pid);
	else if (current->ptrace.tracer && !current->ptrace.seized)
		send_to_self(SIGTRAP);
}

/* --- signals and group stops */

int ptrace_signal(struct task *task, int sig, siginfo_t *info)
{
	struct task *tracer;
	int result = ptrace_stop(sig, 0, info);

	if (!result || fatal_signal_pending(task))
		return 0;
	tracer = task->ptrace.tracer;
	if (result != info->si_signo) {
		memset(info, 0, sizeof(*info));
		info->si_signo = result;
		info->si_code = SI_USER;
		info->si_pid = tracer ? tracer->tgid : 0;
		info->si_uid = tracer ? tracer->cred->uid : 0;
	}
	if (task->blocked & sigbit(result)) {
		send_signal(result, info, task, false);
		return 0;
	}
	return result;
}

void ptrace_trap(struct task *task)
{
	struct thread_group *group = task->group;
	int sig = group->stopped ? group->stop_sig : SIGTRAP;

	task->ptrace.trap_stop = task->ptrace.trap_notify = false;
	if (task->ptrace.seized)
		stop_with_code(sig, sig | PTRACE_EVENT_STOP << 8, 0);
	else if (group->stopped)
		ptrace_stop(sig, 0, NULL);
	recalc_sigpending(task);
}

/* A listening tracee shows the change at once, another at its next chance. */
void ptrace_trap_notify(struct task *task)
{
	task->ptrace.trap_notify = true;
	task->sigpending = true;
	if (task->ptrace.listening)
		wake_up_state(task, WAKE_STOPPED);
	else
		signal_wake_up(task, false);
}

/* --- calls */

static void syscall_stop(struct task *task, unsigned long message)
{
	int good = task->ptrace.options & PTRACE_O_TRACESYSGOOD ? 0x80 : 0;
	int sig = stop_with_code(SIGTRAP, SIGTRAP | good, message);

	if (sig > 0 && sig <= KNSIG && task->ptrace.tracer)
		send_to_self(sig);
}

bool syscall_enter_work(struct task *task)
{
	task_full_regs(task);
	UPT_TRACE_ENTRY(&task->regs);
	if (task->syscall_work & (SYSCALL_WORK_TRACE | SYSCALL_WORK_EMU)) {
		bool emulated = task->syscall_work & SYSCALL_WORK_EMU;

		syscall_stop(task, PTRACE_EVENTMSG_SYSCALL_ENTRY);
		if (emulated || fatal_signal_pending(task))
			return false;
	}
	if (task->syscall_work & SYSCALL_WORK_SECCOMP && !seccomp_enter(task))
		return false;
	return UPT_SYSCALL_NR(&task->regs) != -1;
}

void syscall_exit_work(struct task *task)
{
	if (task->syscall_work & SYSCALL_WORK_TRACE) {
		syscall_stop(task, PTRACE_EVENTMSG_SYSCALL_EXIT);
	} else if ((task->syscall_work & (SYSCALL_WORK_STEP | SYSCALL_WORK_EMU)) ==
		   SYSCALL_WORK_STEP) {
		siginfo_t info;

		memset(&info, 0, sizeof(info));
		info.si_signo = SIGTRAP;
		info.si_code = TRAP_BRKPT;
		info.si_addr = (void *)UPT_IP(&task->regs);
		force_sig_info(&info, task);
	}
}

/* --- life */

int ptrace_fork_event(u64 clone_flags, int exit_signal)
{
	int event = PTRACE_EVENT_FORK;

	if (clone_flags & CLONE_UNTRACED)
		return 0;
	if (clone_flags & CLONE_VFORK)
		event = PTRACE_EVENT_VFORK;
	else if (exit_signal != SIGCHLD)
		event = PTRACE_EVENT_CLONE;
	return ptrace_event_enabled(current, event) ? event : 0;
}

void ptrace_init_child(struct task *child, bool follow)
{
	struct ptrace_state *from = &current->ptrace, *to = &child->ptrace;

	if (!follow || !from->tracer)
		return;
	to->tracer = from->tracer;
	list_add_tail(&to->node, &to->tracer->ptrace.tracees);
	to->options = from->options;
	to->seized = from->seized;
	if (to->seized)
		to->trap_stop = true;
	else
		child->pending.set |= sigbit(SIGSTOP);
}

/* Its text may be rewritten again, when no thread of it is traced. */
static void allow_rewriting(struct task *task)
{
	struct task *thread;

	for_each_thread(task->group, thread)
		if (thread->ptrace.tracer)
			return;
	if (task->mm)
		rewrite_traced(task->mm, false);
}

void ptrace_unlink(struct task *task)
{
	struct ptrace_state *pt = &task->ptrace;

	if (!pt->tracer)
		return;
	pt->tracer = NULL;
	list_del(&pt->node);
	pt->options = 0;
	pt->seized = pt->trap_stop = pt->trap_notify = pt->listening = false;
	task->syscall_work &= SYSCALL_WORK_SECCOMP;
	allow_rewriting(task);
	/* A stopped process stays so, now for job control. */
	if (task->group->stopped && !(task->flags & PF_EXITING)) {
		task->jobctl_stop = true;
		task->sigpending = true;
		kick_task(task);
	}
	if (task->state == TASK_TRACED)
		wake_up_state(task, WAKE_STOPPED);
}

void ptrace_exit(struct task *task)
{
	while (!list_empty(&task->ptrace.tracees)) {
		struct task *t = list_first_entry(&task->ptrace.tracees, struct task, ptrace.node);

		if (t->ptrace.options & PTRACE_O_EXITKILL)
			send_signal(SIGKILL, NULL, t, false);
		/* Only a signal that nobody has seen yet is left to deliver. */
		if (!t->ptrace.info || t->ptrace.info->si_signo != t->ptrace.code)
			t->ptrace.code = 0;
		ptrace_unlink(t);
		if (t->state == TASK_ZOMBIE)
			release_traced_zombie(t);
	}
}
