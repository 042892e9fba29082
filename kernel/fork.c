/*
 * New tasks: fork, vfork, clone, clone3, kernel threads.
 *
 * What is shared follows the CLONE_ flags; everything the child needs is taken before it is
 * published, so that a failure leaves no trace.
 */
#include <stdio.h>

#include "um/bug.h"
#include "um/err.h"
#include "um/fs.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/pidfd.h"
#include "um/ptrace_uapi.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/tty.h"
#include "um/uaccess.h"

#include "task.h"

u64 nr_forks_total;

struct clone_request {
	u64 flags;		/* without the signal */
	int exit_signal;
	uaddr_t stack;		/* the new stack pointer, 0: the parent's */
	uaddr_t pidfd, child_tid, parent_tid;
	unsigned long tls;
};

#define NAMESPACE_FLAGS                                                                            \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	 CLONE_NEWNET | CLONE_NEWTIME)

/* clone(2), ERRORS. */
static int check_flags(const struct clone_request *req)
{
	u64 f = req->flags;

	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_FS) && (f & (CLONE_NEWNS | CLONE_NEWUSER)))
		return -EINVAL;
	if ((f & CLONE_PIDFD) && (f & (CLONE_THREAD | CLONE_DETACHED)))
		return -EINVAL;
	if ((f & CLONE_PARENT) && current->group == init_group)
		return -EINVAL;
	if (f & CLONE_CLEAR_SIGHAND && f & CLONE_SIGHAND)
		return -EINVAL;
	if (f & CLONE_INTO_CGROUP)
		return -EOPNOTSUPP;
	if (f & NAMESPACE_FLAGS)
		return capable(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
	return 0;
}

static int count_user_tasks(uid_t uid)
{
	struct task *task;
	int n = 0;

	for_each_task(task)
		n += task->cred && task->cred->uid == uid;
	return n;
}

static int check_limits(void)
{
	u64 limit = rlimit(RLIMIT_NPROC);

	if (nr_tasks >= nr_tasks_max)
		return -EAGAIN;
	if (limit == RLIM64_INFINITY || capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN) ||
	    current_uid() == 0)
		return 0;
	return (u64)count_user_tasks(current_uid()) >= limit ? -EAGAIN : 0;
}

static int copy_mm(struct task *child, u64 flags)
{
	if (flags & CLONE_VM) {
		child->mm = mm_get_users(current->mm);
		return 0;
	}
	child->mm = mm_fork(current->mm);
	if (IS_ERR(child->mm)) {
		int err = (int)PTR_ERR(child->mm);

		child->mm = NULL;
		return err;
	}
	return 0;
}

static int copy_files(struct task *child, u64 flags)
{
	int err = 0;

	if (flags & CLONE_FILES) {
		child->files = current->files;
		child->files->refs++;
	} else {
		child->files = files_copy(current->files, &err);
	}
	return err;
}

static void copy_fs(struct task *child, u64 flags)
{
	if (flags & CLONE_FS) {
		child->fs = current->fs;
		child->fs->refs++;
	} else {
		child->fs = fs_context_copy(current->fs);
	}
}

static void copy_sighand(struct task *child, u64 flags)
{
	if (flags & CLONE_SIGHAND) {
		child->sighand = current->sighand;
		child->sighand->refs++;
		return;
	}
	child->sighand = sighand_copy(current->sighand);
	if (flags & CLONE_CLEAR_SIGHAND)
		for (int i = 0; i < KNSIG; i++)
			if (child->sighand->action[i].handler != (uaddr_t)SIG_IGN)
				child->sighand->action[i] = (struct k_sigaction){ 0 };
}

/* A new process: limits and ids are the parent's. */
static struct thread_group *copy_group(u64 flags, int exit_signal)
{
	struct thread_group *from = current->group, *group;

	if (flags & CLONE_THREAD) {
		from->refs++;
		return from;
	}
	group = group_alloc();
	group->refs = 1;
	memcpy(group->rlim, from->rlim, sizeof(group->rlim));
	group->oom_score_adj = from->oom_score_adj;
	group->exit_signal = flags & CLONE_PARENT ? from->exit_signal : exit_signal;
	group->has_child_subreaper = from->has_child_subreaper || from->is_child_subreaper;
	return group;
}

/* SCHED_RESET_ON_FORK: privileges of scheduling stay with the parent (sched(7)). */
static void inherit_scheduling(struct task *child)
{
	bool reset = current->sched_reset_on_fork;

	child->nice = reset ? max(current->nice, 0) : current->nice;
	child->sched_policy = reset ? SCHED_NORMAL : current->sched_policy;
	child->sched_priority = reset ? 0 : current->sched_priority;
}

static void inherit(struct task *child)
{
	memcpy(child->comm, current->comm, sizeof(child->comm));
	child->cred = cred_get(current->cred);
	child->blocked = current->blocked;
	child->timer_slack = current->timer_slack;
	child->default_timer_slack = current->timer_slack;
	child->thp_disable = current->thp_disable;
	child->ioprio = current->ioprio;
	inherit_scheduling(child);
	child->affinity = current->affinity;
	child->personality = current->personality;
	child->no_new_privs = current->no_new_privs;
	seccomp_inherit(child, current);
	child->flags = PF_FORKNOEXEC;
}

static void child_registers(struct task *child, const struct clone_request *req)
{
	child->regs = current->regs;
	child->arch = current->arch;
	UPT_SET_SYSCALL_RETURN(&child->regs, 0);
	child->regs.syscall = -1;
	if (req->stack)
		UPT_SP(&child->regs) = req->stack;
}

/* The alternate stack stays only where the child has its own copy of it (sigaltstack(2)). */
static void copy_altstack(struct task *child, u64 flags)
{
	if ((flags & CLONE_VM) && !(flags & CLONE_VFORK)) {
		child->sas_flags = SS_DISABLE;
		return;
	}
	child->sas_sp = current->sas_sp;
	child->sas_size = current->sas_size;
	child->sas_flags = current->sas_flags;
}

static void join_family(struct task *child, u64 flags)
{
	struct thread_group *group = child->group, *self = current->group, *parent = self;

	if (flags & CLONE_THREAD)
		return;
	if (flags & CLONE_PARENT)
		parent = self->parent ? self->parent : self;
	group->parent = parent;
	group->parent_task = flags & CLONE_PARENT ? parent->leader : current;
	list_add_tail(&group->sibling, &parent->children);
	group_set_pgrp(group, self->pgrp);
	group_set_session(group, self->session);
	tty_inherit(group, self);
}

/* In the child's own fiber, before its first user instruction. */
static void child_first_steps(void *arg __maybe_unused)
{
	if (current->set_child_tid && put_user(current->pid, current->set_child_tid)) {
		/* As on Linux, a bad address here is not reported. */
	}
}

static void undo_task(struct task *child)
{
	if (child->gthread)
		gate->thread_end(child);
	if (child->mm)
		mm_put_users(child->mm);
	if (child->files)
		files_put(child->files);
	if (child->fs)
		fs_context_put(child->fs);
	if (child->fiber)
		fiber_free(child->fiber);
	child->mm = NULL;
	child->fiber = NULL;
	task_put(child);
}

static int copy_process(struct task *child, const struct clone_request *req)
{
	int err = -EAGAIN;

	inherit(child);
	child->group = copy_group(req->flags, req->exit_signal);
	copy_sighand(child, req->flags);
	copy_fs(child, req->flags);
	child_registers(child, req);
	copy_altstack(child, req->flags);
	if (req->flags & CLONE_SETTLS)
		err = arch_set_tls(child, req->tls);
	else
		err = 0;
	if (err)
		return err;
	err = copy_files(child, req->flags);
	if (err)
		return err;
	child->fiber = fiber_new(NULL, NULL);
	if (!child->fiber)
		return -EAGAIN;
	err = copy_mm(child, req->flags);
	if (err)
		return err;
	err = gate->thread_add(child->mm->space, child, current);
	if (err)
		return err;
	if (req->flags & CLONE_VM)
		return 0;
	/* What was writable in the parent is not any more before the child begins.  A parent alone
	 * in its memory waits for that itself, on its way to user mode. */
	return current->mm->users > 1 ? space_flush(current->mm) : space_post(current->mm);
}

static long wait_for_vfork(struct task *child)
{
	task_get(child);
	wait_event_killable(&child->vfork_wait, !child->vfork_parent);
	if (child->vfork_parent)
		child->vfork_parent = NULL;
	task_put(child);
	return 0;
}

static long do_clone(const struct clone_request *req)
{
	struct task *child;
	struct pid *pid;
	int err, tid, event, fd = -1;

	task_full_regs(current);
	err = check_flags(req);
	if (err)
		return err;
	err = check_limits();
	if (err)
		return err;
	/* A signal that came before the fork is for the parent alone, and is handled first. */
	if (signal_pending(current) && !(req->flags & CLONE_THREAD))
		return -ERESTARTNOINTR;
	child = task_alloc();
	err = copy_process(child, req);
	if (err)
		goto undo;
	err = -EAGAIN;
	pid = pid_alloc();
	if (!pid)
		goto undo;
	if (req->flags & CLONE_PIDFD) {
		err = fd = pidfd_create(pid, 0);
		if (fd < 0)
			goto put_pid;
		err = put_user(fd, req->pidfd);
		if (err) {
			fd_close(fd);
			goto put_pid;
		}
	}
	if (current->group->group_exit || fatal_signal_pending(current)) {
		err = -EINTR;
		if (fd >= 0)
			fd_close(fd);
		goto put_pid;
	}
	task_publish(child, pid);
	join_family(child, req->flags);
	if (gate->identity)
		gate->identity(child);
	nr_forks_total++;
	tid = child->pid;
	if (req->flags & CLONE_PARENT_SETTID && put_user(tid, req->parent_tid)) {
		/* As on Linux: not reported. */
	}
	if (req->flags & CLONE_CHILD_SETTID)
		child->set_child_tid = req->child_tid;
	if (req->flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = req->child_tid;
	if (child->group->stopped && (req->flags & CLONE_THREAD)) {
		child->jobctl_stop = true;
		child->group->stop_pending++;
	}
	event = ptrace_fork_event(req->flags, req->exit_signal);
	ptrace_init_child(child, event || req->flags & CLONE_PTRACE);
	recalc_sigpending(child);
	child->kernel_fn = child_first_steps;
	if (req->flags & CLONE_VFORK)
		child->vfork_parent = current;
	task_get(child);
	task_start(child);
	if (event)
		ptrace_event(event, (unsigned long)tid);
	if (req->flags & CLONE_VFORK) {
		wait_for_vfork(child);
		ptrace_event(PTRACE_EVENT_VFORK_DONE, (unsigned long)tid);
	}
	task_put(child);
	return tid;

put_pid:
	pid_put(pid);
undo:
	undo_task(child);
	return err;
}

SYSCALL_DEFINE0(fork)
{
	const struct clone_request req = { .exit_signal = SIGCHLD };

	return do_clone(&req);
}

SYSCALL_DEFINE0(vfork)
{
	const struct clone_request req = { .flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD };

	return do_clone(&req);
}

/* The order of the last two arguments is the CPU's: clone(2), C library/kernel differences. */
SYSCALL_DEFINE5(clone, A_CLONEFLAGS, unsigned long, flags, A_PTR, uaddr_t, stack, A_PTR, uaddr_t,
		parent_tid, A_PTR, unsigned long, arg4, A_PTR, unsigned long, arg5)
{
	const struct clone_request req = {
		.flags = (u32)flags & ~(u64)CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.stack = stack,
		.parent_tid = parent_tid,
		.pidfd = parent_tid,
		.child_tid = ARCH_CLONE_TLS_LAST ? arg4 : arg5,
		.tls = ARCH_CLONE_TLS_LAST ? arg5 : arg4,
	};

	if ((req.flags & CLONE_PIDFD) && (req.flags & CLONE_PARENT_SETTID))
		return -EINVAL;
	return do_clone(&req);
}

/* clone_args from user space, of any known or longer-but-zero size. */
static int get_clone_args(struct clone_args *args, uaddr_t uargs, size_t size)
{
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	memset(args, 0, sizeof(*args));
	for (size_t at = sizeof(*args); at < size; at++) {
		u8 byte;

		if (get_user(byte, uargs + at))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return copy_from_user(args, uargs, min(size, sizeof(*args)));
}

SYSCALL_DEFINE2(clone3, A_PTR, uaddr_t, uargs, A_SIZE, size_t, size)
{
	struct clone_args args;
	struct clone_request req;
	int err = get_clone_args(&args, uargs, size);

	if (err)
		return err;
	if (args.set_tid_size || args.set_tid)
		return -EINVAL;
	if ((args.flags & (CLONE_DETACHED | CSIGNAL)) ||
	    (args.flags & ~(0xffffffffULL | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP)))
		return -EINVAL;
	if ((args.flags & (CLONE_THREAD | CLONE_PARENT)) && args.exit_signal)
		return -EINVAL;
	if (args.exit_signal > KNSIG || (!args.stack) != (!args.stack_size))
		return -EINVAL;
	if (args.stack && args.stack + args.stack_size < args.stack)
		return -EINVAL;
	req = (struct clone_request){
		.flags = args.flags,
		.exit_signal = (int)args.exit_signal,
		.stack = (uaddr_t)(args.stack ? args.stack + args.stack_size : 0),
		.pidfd = (uaddr_t)args.pidfd,
		.child_tid = (uaddr_t)args.child_tid,
		.parent_tid = (uaddr_t)args.parent_tid,
		.tls = (unsigned long)args.tls,
	};
	return do_clone(&req);
}

SYSCALL_DEFINE1(unshare, A_CLONEFLAGS, unsigned long, flags)
{
	if (flags & ~(unsigned long)(CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM |
				     CLONE_FILES | CLONE_SYSVSEM | NAMESPACE_FLAGS))
		return -EINVAL;
	if (flags & NAMESPACE_FLAGS)
		return capable(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
	if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) && current->group->nr_threads > 1)
		return -EINVAL;
	if (flags & CLONE_FS && current->fs->refs > 1) {
		struct fs_context *fs = fs_context_copy(current->fs);

		fs_context_put(current->fs);
		current->fs = fs;
	}
	return flags & CLONE_FILES ? files_unshare() : 0;
}

SYSCALL_DEFINE1(set_tid_address, A_PTR, uaddr_t, tidptr)
{
	current->clear_child_tid = tidptr;
	return current->pid;
}

/* --- tasks of K's own */

/* Limits as a Linux system starts its first process with. */
static void default_limits(struct thread_group *group)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		group->rlim[i] = (struct rlimit64){ RLIM64_INFINITY, RLIM64_INFINITY };
	group->rlim[RLIMIT_STACK].rlim_cur = 8 << 20;
	group->rlim[RLIMIT_CORE].rlim_cur = 0;
	group->rlim[RLIMIT_NPROC].rlim_cur = group->rlim[RLIMIT_NPROC].rlim_max =
		(u64)nr_tasks_max / 2;
	group->rlim[RLIMIT_NOFILE] = (struct rlimit64){ 1024, 1 << 20 };
	group->rlim[RLIMIT_MEMLOCK] = (struct rlimit64){ 8 << 20, 8 << 20 };
	group->rlim[RLIMIT_SIGPENDING].rlim_cur = group->rlim[RLIMIT_SIGPENDING].rlim_max =
		(u64)nr_tasks_max / 2;
	group->rlim[RLIMIT_MSGQUEUE] = (struct rlimit64){ 819200, 819200 };
	group->rlim[RLIMIT_NICE] = (struct rlimit64){ 0, 0 };
	group->rlim[RLIMIT_RTPRIO] = (struct rlimit64){ 0, 0 };
}

struct cred *cred_root(void)
{
	struct cred *cred = kzalloc_type(struct cred);

	cred->refs = 1;
	cred->permitted = cred->effective = cred->bounding = CAP_FULL_SET;
	cred->groups = groups_alloc(0);
	return cred;
}

struct task *kthread_run(void (*fn)(void *arg), void *arg, const char *name)
{
	struct task *task = task_alloc();
	struct pid *pid = pid_alloc();

	BUG_ON(!pid);
	task->group = group_alloc();
	task->group->refs = 1;
	default_limits(task->group);
	task->sighand = sighand_new();
	task->cred = cred_root();
	task->flags = PF_KTHREAD;
	task->fs = kzalloc_type(struct fs_context);
	task->fs->refs = 1;
	task->fs->umask = 022;
	task->files = files_new();
	snprintf(task->comm, sizeof(task->comm), "%s", name);
	task->fiber = fiber_new(NULL, NULL);
	if (!task->fiber)
		panic("no memory for the kernel stack of %s", name);
	task_publish(task, pid);
	/* No parent: it is nobody's child to wait for, and is released when it ends. */
	group_set_pgrp(task->group, pid);
	group_set_session(task->group, pid);
	task->kernel_fn = fn;
	task->kernel_arg = arg;
	task_start(task);
	return task;
}
