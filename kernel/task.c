/*
 * Tasks and thread groups: making, finding, counting, and the loop every task lives in.
 *
 * A task is found by its pid from task_publish to task_unpublish.  A thread group lives as long
 * as any of its tasks.
 */
#include "um/bug.h"
#include "um/counter.h"
#include "um/err.h"
#include "um/fs.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/printk.h"
#include "um/record.h"
#include "um/rewrite.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#include "task.h"

LIST_HEAD(all_tasks);
struct task *init_task;
struct thread_group *init_group;
int nr_tasks;
int nr_tasks_max = 4096;

struct task *task_alloc(void)
{
	struct task *task = kzalloc_type(struct task);

	task->refs = 1;
	task->state = TASK_UNINTERRUPTIBLE;
	task->regs = (struct uml_pt_regs)EMPTY_UML_PT_REGS;
	task->syscall_nr = -1;
	task->timer_slack = 50000;
	task->affinity = ~0ULL;
	task->start_time = task->entered = ktime_mono();
	INIT_LIST_HEAD(&task->run_node);
	INIT_LIST_HEAD(&task->all_node);
	INIT_LIST_HEAD(&task->thread_node);
	sigpending_init(&task->pending);
	init_waitqueue_head(&task->vfork_wait);
	init_waitqueue_head(&task->exit_wait);
	ptrace_init(task);
	return task;
}

struct task *task_get(struct task *task)
{
	task->refs++;
	return task;
}

void task_put(struct task *task)
{
	if (--task->refs)
		return;
	BUG_ON(task->fiber || task->gthread || task->mm);
	if (task->sighand)
		sighand_put(task->sighand);
	if (task->cred)
		cred_put(task->cred);
	seccomp_forget(task);
	if (task->group)
		group_put(task->group);
	kfree(task);
}

struct thread_group *group_alloc(void)
{
	struct thread_group *group = kzalloc_type(struct thread_group);

	INIT_LIST_HEAD(&group->threads);
	INIT_LIST_HEAD(&group->children);
	INIT_LIST_HEAD(&group->sibling);
	INIT_LIST_HEAD(&group->pgrp_node);
	INIT_LIST_HEAD(&group->session_node);
	init_waitqueue_head(&group->wait_child);
	sigpending_init(&group->shared_pending);
	group->start_time = ktime_boot();
	group->exit_signal = SIGCHLD;
	return group;
}

void group_put(struct thread_group *group)
{
	if (--group->refs)
		return;
	group_set_pgrp(group, NULL);
	group_set_session(group, NULL);
	flush_pending(&group->shared_pending, ~0ULL);
	kfree(group);
}

void group_set_pgrp(struct thread_group *group, struct pid *pgrp)
{
	struct pid *old = group->pgrp;

	list_del(&group->pgrp_node);
	group->pgrp = pid_get(pgrp);
	if (pgrp)
		list_add_tail(&group->pgrp_node, &pgrp->pgrp_members);
	pid_put(old);
}

void group_set_session(struct thread_group *group, struct pid *session)
{
	struct pid *old = group->session;

	list_del(&group->session_node);
	group->session = pid_get(session);
	if (session)
		list_add_tail(&group->session_node, &session->session_members);
	pid_put(old);
}

void task_publish(struct task *task, struct pid *pid)
{
	struct thread_group *group = task->group;

	pid->task = task;
	task->pid_ref = pid;
	task->pid = pid->nr;
	if (!group->leader)
		group->leader = task;
	task->tgid = group->leader->pid;
	list_add_tail(&task->thread_node, &group->threads);
	list_add_tail(&task->all_node, &all_tasks);
	group->nr_threads++;
	group->nr_live++;
	nr_tasks++;
}

void task_unpublish(struct task *task)
{
	struct pid *pid = task->pid_ref;

	list_del(&task->thread_node);
	list_del(&task->all_node);
	nr_tasks--;
	if (pid->task == task)
		pid->task = NULL;
	wake_up_all(&pid->poll_wait);
	task->pid_ref = NULL;
	pid_put(pid);
	task_put(task);
}

struct task *find_task(int tid)
{
	struct pid *pid = tid > 0 ? pid_find(tid) : NULL;

	return pid ? pid->task : NULL;
}

struct thread_group *find_group(int tgid)
{
	struct task *task = find_task(tgid);

	return task && thread_group_leader(task) ? task->group : NULL;
}

int task_ppid(const struct task *task)
{
	const struct thread_group *parent = task->group->parent;

	return parent ? parent->leader->tgid : 0;
}

u64 task_rlimit(const struct task *task, int resource)
{
	return task->group->rlim[resource].rlim_cur;
}

u64 rlimit(int resource)
{
	return task_rlimit(current, resource);
}

struct cpu_times task_times(struct task *task)
{
	struct cpu_times times = task->times;

	if (task->gthread)
		times.user += gate->user_time(task);
	if (task == current)
		times.system += ktime_mono() - task->entered;
	return times;
}

struct cpu_times group_times(struct thread_group *group)
{
	struct cpu_times sum = group->dead_times;
	struct task *task;

	for_each_thread(group, task) {
		struct cpu_times t = task_times(task);

		if (task->state == TASK_ZOMBIE || task->state == TASK_DEAD)
			continue;
		sum.user += t.user;
		sum.system += t.system;
	}
	return sum;
}

static void counts_add(struct rusage_counts *sum, const struct rusage_counts *c)
{
	sum->minflt += c->minflt;
	sum->majflt += c->majflt;
	sum->nvcsw += c->nvcsw;
	sum->nivcsw += c->nivcsw;
	sum->inblock += c->inblock;
	sum->oublock += c->oublock;
	sum->maxrss_kb = max(sum->maxrss_kb, c->maxrss_kb);
}

void account_thread_end(struct task *task)
{
	struct cpu_times t = task_times(task);

	task->times = t;
	task->entered = ktime_mono();
	task->group->dead_times.user += t.user;
	task->group->dead_times.system += t.system;
	counts_add(&task->group->dead_counts, &task->counts);
}

/* --- the loop */

/* A fault that no handler takes, in the log as Linux has it. */
static void report_fault(struct task *task, const char *what)
{
	struct vm_area *vma = find_vma(task->mm, UPT_IP(&task->regs));
	const char *name = "";

	if (task->sighand->action[SIGSEGV - 1].handler > (uaddr_t)SIG_IGN)
		return;
	if (vma && vma->file && vma->start <= UPT_IP(&task->regs))
		name = vma->file->path.dentry->name.name;
	pr_info("%s[%d]: %s at %lx ip %016lx sp %016lx error %lx in %s[%lx]", task->comm, task->pid,
		what, task->event.addr, UPT_IP(&task->regs), UPT_SP(&task->regs),
		task->arch.fault_err, name, vma ? UPT_IP(&task->regs) - vma->start : 0);
}

/* Where reading is allowed, what was not allowed can only have been a write. */
static bool area_is_readable(struct task *task)
{
	struct vm_area *vma = find_vma(task->mm, task->event.addr);

	return vma && vma->start <= task->event.addr && vma->flags & VM_READ;
}

static void deliver_fault(struct task *task, int sig, int code)
{
	siginfo_t info = { 0 };

	info.si_signo = sig;
	info.si_code = code;
	info.si_addr = (void *)task->event.addr;
	task->event.info = info;
	if (task->event.access == FAULT_UNKNOWN && code == SEGV_ACCERR && area_is_readable(task))
		task->event.access = FAULT_WRITE;
	arch_fault_info(task);
	report_fault(task, "segfault");
	force_sig_info(&info, task);
}

static void handle_fault(struct task *task)
{
	const struct gate_event *ev = &task->event;
	int sig = SIGSEGV, code = SEGV_MAPERR;

	if (!ev->fixable) {
		arch_fault_info(task);
		report_fault(task, "general protection fault");
		force_sig_info(&ev->info, task);
		return;
	}
	if (mm_fault(task->mm, ev->addr, ev->access, &sig, &code) == -EFAULT)
		deliver_fault(task, sig, code);
}

static void handle_event(struct task *task)
{
	siginfo_t info;

	if (task->event.type == EV_INTERRUPT || task->event.type == EV_TRAP)
		rewrite_fixup(task);
	switch (task->event.type) {
	case EV_SYSCALL:
		if (!task->event.rewritten && !task->regs_partial)
			rewrite_site(task->mm, UPT_IP(&task->regs), UPT_SYSCALL_NR(&task->regs));
		syscall_dispatch(task);
		break;
	case EV_FAULT:
		record_signal(task, task->event.info.si_signo);
		handle_fault(task);
		break;
	case EV_TRAP:
		record_signal(task, task->event.info.si_signo);
		arch_fault_info(task);
		info = task->event.info;
		force_sig_info(&info, task);
		break;
	case EV_IDLE:
	case EV_INTERRUPT:
	case EV_EXIT:
		break;
	}
	task->event.type = EV_IDLE;
}

/* All that must be in order before user code runs. */
static void exit_to_user(struct task *task)
{
	for (;;) {
		if (task->flags & PF_RESCHED) {
			task->flags &= ~PF_RESCHED;
			yield();
		}
		if (task->sigpending || task->in_syscall || task->group->group_exit) {
			signals_deliver(task);
			if (task->sigpending)
				continue;
		}
		if (space_post(task->mm) == 0)
			return;
		pr_err("%s[%d]: its memory cannot be mapped on the host; killed\n", task->comm,
		       task->pid);
		do_group_exit(SIGKILL);
	}
}

static void task_main(void *arg)
{
	struct task *task = arg;

	task->entered = ktime_mono();
	if (task->kernel_fn)
		task->kernel_fn(task->kernel_arg);
	if (!task->mm)
		do_exit(0);
	for (;;) {
		exit_to_user(task);
		user_mode_run(task, task->syscall_work & SYSCALL_WORK_STEP);
		handle_event(task);
	}
}

void task_start(struct task *task)
{
	task->fiber->fn = task_main;
	task->fiber->arg = task;
	wake_up_task(task);
}

UM_COUNTER(tasks)
{
	return (u64)nr_tasks;
}
