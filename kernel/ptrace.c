/*
 * ptrace(2): becoming a tracer, and what makes a tracee go on.  What is read and written of a
 * stopped tracee is in ptrace_data.c.
 *
 * A tracee belongs to one thread.  Requests need it stopped (TASK_TRACED), except those that
 * stop or kill it; while one is served the tracee can only be killed, and is held by a reference.
 */
#include "signal_internal.h"
#include "task.h"
#include "um/err.h"
#include "um/gate.h"
#include "um/mm.h"
#include "um/ptrace.h"
#include "um/ptrace_uapi.h"
#include "um/rewrite.h"
#include "um/syscall.h"

/* What PTRACE_O_MASK has, less PTRACE_O_SUSPEND_SECCOMP. */
#define KNOWN_OPTIONS (0xffUL | PTRACE_O_EXITKILL)

/* ptrace(2), "Ptrace access mode checking", with real ids. */
static bool may_attach(const struct task *task)
{
	const struct cred *self = current->cred, *target = task->cred;

	if (capable(CAP_SYS_PTRACE))
		return true;
	if (self->uid != target->euid || self->uid != target->suid || self->uid != target->uid ||
	    self->gid != target->egid || self->gid != target->sgid || self->gid != target->gid)
		return false;
	if (task->mm && !task->mm->dumpable)
		return false;
	return !(target->permitted & ~self->permitted);
}

static void link_tracer(struct task *task, struct task *tracer)
{
	task->ptrace.tracer = tracer;
	list_add_tail(&task->ptrace.node, &tracer->ptrace.tracees);
	if (task->mm)
		rewrite_traced(task->mm, true);
}

/* The thread that a TRACEME makes the tracer. */
static struct task *parent_thread(const struct task *task)
{
	const struct thread_group *group = task->group;
	struct thread_group *parent = group->parent;
	struct task *thread = group->parent_task;

	if (!parent)
		return NULL;
	if (thread && thread->group == parent && !(thread->flags & PF_EXITING))
		return thread;
	return group_live_thread(parent);
}

static long traceme(void)
{
	struct task *tracer = parent_thread(current);

	if (current->ptrace.tracer)
		return -EPERM;
	if (tracer)
		link_tracer(current, tracer);
	return 0;
}

static int check_options(unsigned long options)
{
	return options & ~KNOWN_OPTIONS ? -EINVAL : 0;
}

static void set_stop_pending(struct task *task)
{
	task->ptrace.trap_stop = true;
	task->sigpending = true;
}

/* A process that job control has stopped becomes a tracee's group stop before we return. */
static void take_over_stop(struct task *task)
{
	if (task->state != TASK_STOPPED)
		return;
	set_stop_pending(task);
	wake_up_state(task, WAKE_STOPPED);
	yield();
}

static long attach(struct task *task, bool seize, unsigned long addr, unsigned long options)
{
	if (seize && (addr || check_options(options)))
		return -EIO;
	if (task->flags & PF_KTHREAD || same_group(task, current) || !may_attach(task))
		return -EPERM;
	if (task->flags & PF_EXITING || task->state >= TASK_ZOMBIE || task->ptrace.tracer)
		return -EPERM;
	link_tracer(task, current);
	task->ptrace.seized = seize;
	task->ptrace.options = seize ? (unsigned)options : 0;
	if (!seize)
		send_signal(SIGSTOP, NULL, task, false);
	take_over_stop(task);
	return 0;
}

/* --- going on */

static bool valid_signal(unsigned long sig)
{
	return sig <= KNSIG;
}

static void let_go(struct task *task, unsigned long sig)
{
	task->ptrace.code = (int)sig;
	wake_up_state(task, WAKE_STOPPED);
}

/* Not every CPU's Linux has these two requests. */
#ifdef PTRACE_SYSEMU
static bool is_sysemu(long request)
{
	return request == PTRACE_SYSEMU || request == PTRACE_SYSEMU_SINGLESTEP;
}

static bool is_step(long request)
{
	return request == PTRACE_SINGLESTEP || request == PTRACE_SYSEMU_SINGLESTEP;
}
#else
static bool is_sysemu(long request __maybe_unused)
{
	return false;
}

static bool is_step(long request)
{
	return request == PTRACE_SINGLESTEP;
}
#endif

static long resume(struct task *task, long request, unsigned long sig)
{
	unsigned work = task->syscall_work & SYSCALL_WORK_SECCOMP;

	if (!valid_signal(sig))
		return -EIO;
	if (request == PTRACE_SYSCALL)
		work |= SYSCALL_WORK_TRACE;
	if (is_sysemu(request))
		work |= SYSCALL_WORK_EMU;
	if (is_step(request))
		work |= SYSCALL_WORK_STEP;
	task->syscall_work = work;
	let_go(task, sig);
	return 0;
}

static long detach(struct task *task, unsigned long sig)
{
	if (!valid_signal(sig))
		return -EIO;
	task->ptrace.code = (int)sig;
	ptrace_unlink(task);
	return 0;
}

static long interrupt(struct task *task)
{
	if (!task->ptrace.seized)
		return -EIO;
	if (task->state >= TASK_ZOMBIE || task->flags & PF_EXITING)
		return 0;
	set_stop_pending(task);
	if (task->ptrace.listening)
		wake_up_state(task, WAKE_STOPPED);
	else
		signal_wake_up(task, false);
	return 0;
}

static long listen(struct task *task)
{
	struct ptrace_state *pt = &task->ptrace;

	if (!pt->seized || !pt->info || pt->info->si_code >> 8 != PTRACE_EVENT_STOP)
		return -EIO;
	pt->listening = true;
	if (pt->trap_notify)
		wake_up_state(task, WAKE_STOPPED);
	return 0;
}

static long kill_tracee(struct task *task)
{
	siginfo_t info = { .si_signo = SIGKILL, .si_code = SI_USER };

	info.si_pid = current->tgid;
	info.si_uid = current->cred->uid;
	send_signal(SIGKILL, &info, task, false);
	return 0;
}

static long set_options(struct task *task, unsigned long options)
{
	int err = check_options(options);

	if (!err)
		task->ptrace.options = (unsigned)options;
	return err;
}

static bool ready_for_requests(const struct task *task)
{
	return task->state == TASK_TRACED && !task->ptrace.listening && !fatal_signal_pending(task);
}

static long request_of_tracer(struct task *task, long request, unsigned long addr,
			      unsigned long data)
{
	if (task->ptrace.tracer != current)
		return -ESRCH;
	if (request == PTRACE_KILL)
		return kill_tracee(task);
	if (request == PTRACE_INTERRUPT)
		return interrupt(task);
	if (!ready_for_requests(task))
		return -ESRCH;
	if (is_step(request) && !gate->can_step())
		return -EIO;
	if (is_step(request) || is_sysemu(request))
		return resume(task, request, data);
	switch (request) {
	case PTRACE_CONT:
	case PTRACE_SYSCALL:
		return resume(task, request, data);
	case PTRACE_DETACH:
		return detach(task, data);
	case PTRACE_LISTEN:
		return listen(task);
	case PTRACE_SETOPTIONS:
#ifdef PTRACE_OLDSETOPTIONS
	case PTRACE_OLDSETOPTIONS:
#endif
		return set_options(task, data);
	}
	return ptrace_data_request(task, request, addr, data);
}

SYSCALL_DEFINE4(ptrace, A_LONG, long, request, A_PID, int, pid, A_HEX, unsigned long, addr, A_HEX,
		unsigned long, data)
{
	struct task *task;
	long result;

	if (request == PTRACE_TRACEME)
		return traceme();
	task = find_task(pid);
	if (!task)
		return -ESRCH;
	task_get(task);
	if (request == PTRACE_ATTACH || request == PTRACE_SEIZE)
		result = attach(task, request == PTRACE_SEIZE, addr, data);
	else
		result = request_of_tracer(task, request, addr, data);
	task_put(task);
	return result;
}
