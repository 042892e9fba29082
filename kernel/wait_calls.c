/*
 * wait4 and waitid: which child, what happened to it, and whether that is then forgotten.
 */
#include <linux/wait.h>

#include "um/err.h"
#include "um/fs.h"
#include "um/pidfd.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#include "task.h"

struct wait_request {
	enum { WAIT_ANY, WAIT_PID, WAIT_PGRP } which;
	struct pid *pid;
	unsigned options;
	/* The answer */
	int found;		/* the child's pid */
	uid_t uid;
	int code, status;	/* CLD_*, and the exit status or signal */
	int raw;		/* wait4's status word */
	struct rusage usage;
};

static bool is_wanted(const struct wait_request *req, const struct thread_group *child)
{
	bool clone_child = child->exit_signal != SIGCHLD;

	if (req->which == WAIT_PID && child->leader->pid_ref != req->pid)
		return false;
	if (req->which == WAIT_PGRP && child->pgrp != req->pid)
		return false;
	if ((req->options & __WNOTHREAD) && child->parent_task != current)
		return false;
	return (req->options & __WALL) || clone_child == !!(req->options & __WCLONE);
}

static void counts_of_reaped(struct thread_group *child)
{
	struct thread_group *self = current->group;
	struct rusage_counts *to = &self->child_counts;
	const struct rusage_counts *from[] = { &child->dead_counts, &child->child_counts };

	self->child_times.user += child->dead_times.user + child->child_times.user;
	self->child_times.system += child->dead_times.system + child->child_times.system;
	for (unsigned i = 0; i < ARRAY_SIZE(from); i++) {
		to->minflt += from[i]->minflt;
		to->majflt += from[i]->majflt;
		to->nvcsw += from[i]->nvcsw;
		to->nivcsw += from[i]->nivcsw;
		to->inblock += from[i]->inblock;
		to->oublock += from[i]->oublock;
		to->maxrss_kb = max(to->maxrss_kb, from[i]->maxrss_kb);
	}
}

static void answer_task(struct wait_request *req, struct task *task, int code, int status)
{
	req->found = task->pid;
	req->uid = task->cred->uid;
	req->code = code;
	req->status = status;
	fill_rusage(task->group, RUSAGE_BOTH, &req->usage);
}

static void answer(struct wait_request *req, struct thread_group *child, int code, int status)
{
	answer_task(req, child->leader, code, status);
}

static void answer_end(struct wait_request *req, struct task *task, int status)
{
	req->raw = status;
	if (status & 0x7f)
		answer_task(req, task, status & 0x80 ? CLD_DUMPED : CLD_KILLED, status & 0x7f);
	else
		answer_task(req, task, CLD_EXITED, status >> 8 & 0xff);
}

static bool take_zombie(struct wait_request *req, struct thread_group *child)
{
	/* A tracer that is not the parent waits for it first. */
	bool traced = child->leader->ptrace.tracer && !ptraced_by_parent(child->leader);

	if (child->nr_threads || child->nr_held || traced || !(req->options & WEXITED))
		return false;
	answer_end(req, child->leader, child->leader->exit_code);
	if (!(req->options & WNOWAIT)) {
		counts_of_reaped(child);
		release_task(child->leader);
	}
	return true;
}

static bool take_stop(struct wait_request *req, struct thread_group *child)
{
	if (!child->nr_threads || !child->stop_to_report || !(req->options & WUNTRACED))
		return false;
	/* Its tracee stops are what its tracer waits for. */
	if (ptraced_by_parent(child->leader))
		return false;
	req->raw = child->stop_sig << 8 | 0x7f;
	answer(req, child, CLD_STOPPED, child->stop_sig);
	if (!(req->options & WNOWAIT))
		child->stop_to_report = false;
	return true;
}

static bool take_continue(struct wait_request *req, struct thread_group *child)
{
	if (!child->nr_threads || !child->cont_pending_report || !(req->options & WCONTINUED))
		return false;
	req->raw = 0xffff;
	answer(req, child, CLD_CONTINUED, SIGCONT);
	if (!(req->options & WNOWAIT))
		child->cont_pending_report = false;
	return true;
}

/* --- tracees: threads, whatever their exit signal */

static bool is_wanted_tracee(const struct wait_request *req, const struct task *task)
{
	if (req->which == WAIT_PID)
		return task->pid_ref == req->pid;
	return req->which != WAIT_PGRP || task->group->pgrp == req->pid;
}

static bool take_trap(struct wait_request *req, struct task *task)
{
	struct ptrace_state *pt = &task->ptrace;

	if (task->state != TASK_TRACED || !pt->code || pt->listening)
		return false;
	req->raw = pt->code << 8 | 0x7f;
	answer_task(req, task, CLD_TRAPPED, pt->code);
	if (!(req->options & WNOWAIT))
		pt->code = 0;
	return true;
}

/* An ended thread, or somebody else's child that has ended; own children are take_zombie's. */
static bool take_ended_tracee(struct wait_request *req, struct task *task)
{
	struct thread_group *group = task->group;

	if (task->state != TASK_ZOMBIE || !(req->options & WEXITED))
		return false;
	if (task == group->leader &&
	    (group->nr_threads || group->nr_held || ptraced_by_parent(task)))
		return false;
	answer_end(req, task, group->group_exit ? group->group_exit_code : task->exit_code);
	if (!(req->options & WNOWAIT))
		release_traced_zombie(task);
	return true;
}

/* As look(), for what one thread traces. */
static int look_at_tracees(struct wait_request *req, struct task *tracer)
{
	struct task *task;
	bool any = false;

	list_for_each_entry(task, &tracer->ptrace.tracees, ptrace.node) {
		if (!is_wanted_tracee(req, task))
			continue;
		any = true;
		if (take_trap(req, task) || take_ended_tracee(req, task))
			return 1;
	}
	return any ? 0 : -ECHILD;
}

static int look_at_all_tracees(struct wait_request *req)
{
	struct task *thread;
	int all = -ECHILD;

	for_each_thread(current->group, thread) {
		int found;

		if (req->options & __WNOTHREAD && thread != current)
			continue;
		found = look_at_tracees(req, thread);
		if (found > 0)
			return found;
		if (!found)
			all = 0;
	}
	return all;
}

/* 1: found; 0: there are such children, but nothing to tell; -ECHILD: none. */
static int look(struct wait_request *req)
{
	struct thread_group *child, *next;
	bool any = false;
	int found;

	list_for_each_entry_safe(child, next, &current->group->children, sibling) {
		if (!is_wanted(req, child))
			continue;
		any = true;
		if (take_zombie(req, child) || take_stop(req, child) || take_continue(req, child))
			return 1;
	}
	found = look_at_all_tracees(req);
	return found == -ECHILD && any ? 0 : found;
}

/* 0 with req->found set (0: WNOHANG and nothing), or -ECHILD, -ERESTARTSYS. */
static int do_wait(struct wait_request *req)
{
	int found = 0, err;

	err = wait_event_interruptible(&current->group->wait_child,
				       (found = look(req)) != 0 || (req->options & WNOHANG));
	if (err)
		return err;
	return found < 0 ? found : 0;
}

static long wait_status(int nr, uaddr_t ustatus, int options, uaddr_t uusage)
{
	struct wait_request req = { .options = (unsigned)options | WEXITED };
	int err;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (nr == INT_MIN)
		return -ESRCH;
	if (nr > 0) {
		req.which = WAIT_PID;
		req.pid = pid_find(nr);
	} else if (nr == 0) {
		req.which = WAIT_PGRP;
		req.pid = current->group->pgrp;
	} else if (nr < -1) {
		req.which = WAIT_PGRP;
		req.pid = pid_find(-nr);
	}
	if (req.which != WAIT_ANY && !req.pid)
		return -ECHILD;
	pid_get(req.pid);
	err = do_wait(&req);
	pid_put(req.pid);
	if (err)
		return err;
	if (req.found && ustatus && put_user(req.raw, ustatus))
		return -EFAULT;
	if (req.found && uusage && copy_to_user(uusage, &req.usage, sizeof(req.usage)))
		return -EFAULT;
	return req.found;
}

SYSCALL_DEFINE4(wait4, A_PID, int, nr, A_WSTATUS_OUT, uaddr_t, ustatus, A_WAITFLAGS, int, options,
		A_PTR, uaddr_t, uusage)
{
	return wait_status(nr, ustatus, options, uusage);
}

SYSCALL_DEFINE3(waitpid, A_PID, int, nr, A_WSTATUS_OUT, uaddr_t, ustatus, A_WAITFLAGS, int, options)
{
	return wait_status(nr, ustatus, options, 0);
}

static int waitid_target(struct wait_request *req, int which, int id, struct file **pidfd)
{
	switch (which) {
	case P_ALL:
		return 0;
	case P_PID:
		req->which = WAIT_PID;
		if (id <= 0)
			return -EINVAL;
		req->pid = pid_get(pid_find(id));
		break;
	case P_PGID:
		req->which = WAIT_PGRP;
		if (id < 0)
			return -EINVAL;
		req->pid = pid_get(id ? pid_find(id) : current->group->pgrp);
		break;
	case P_PIDFD:
		req->which = WAIT_PID;
		if (id < 0)
			return -EINVAL;
		*pidfd = fget(id);
		if (!*pidfd)
			return -EBADF;
		req->pid = pid_get(pidfd_pid(*pidfd));
		if (!req->pid)
			return -EBADF;
		if ((*pidfd)->flags & O_NONBLOCK)
			req->options |= WNOHANG;
		break;
	default:
		return -EINVAL;
	}
	return req->pid ? 0 : -ECHILD;
}

static int waitid_put(uaddr_t uinfo, const struct wait_request *req)
{
	siginfo_t info = { 0 };

	if (req->found) {
		info.si_signo = SIGCHLD;
		info.si_code = req->code;
		info.si_pid = req->found;
		info.si_uid = req->uid;
		info.si_status = req->status;
	}
	/* Only these fields are written (waitid(2)): the rest of the structure stays. */
	return put_user(info.si_signo, uinfo + offsetof(siginfo_t, si_signo)) ||
	       put_user(info.si_errno, uinfo + offsetof(siginfo_t, si_errno)) ||
	       put_user(info.si_code, uinfo + offsetof(siginfo_t, si_code)) ||
	       put_user(info.si_pid, uinfo + offsetof(siginfo_t, si_pid)) ||
	       put_user(info.si_uid, uinfo + offsetof(siginfo_t, si_uid)) ||
	       put_user(info.si_status, uinfo + offsetof(siginfo_t, si_status)) ? -EFAULT : 0;
}

SYSCALL_DEFINE5(waitid, A_INT, int, which, A_PID, int, id, A_PTR, uaddr_t, uinfo, A_WAITFLAGS, int,
		options, A_PTR, uaddr_t, uusage)
{
	struct wait_request req = { .options = (unsigned)options };
	struct file *pidfd = NULL;
	int err;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
			__WCLONE | __WALL))
		return -EINVAL;
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	err = waitid_target(&req, which, id, &pidfd);
	if (!err)
		err = do_wait(&req);
	if (!err && !req.found && pidfd && (pidfd->flags & O_NONBLOCK) && !(options & WNOHANG))
		err = -EAGAIN;
	pid_put(req.pid);
	if (pidfd)
		fput(pidfd);
	if (err)
		return err;
	if (req.found && uusage && copy_to_user(uusage, &req.usage, sizeof(req.usage)))
		return -EFAULT;
	return uinfo ? waitid_put(uinfo, &req) : 0;
}
