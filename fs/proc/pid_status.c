/* /proc/PID: a task in numbers: stat, status.  Nothing here sleeps. */
#include <linux/sched.h>

#include "um/tty.h"

#include "proc.h"

#define NS_PER_TICK (NSEC_PER_SEC / USER_HZ)

/* Linux's own task flags, which stat shows: proc(5) refers to its <linux/sched.h>. */
enum {
	LINUX_PF_EXITING = 0x4,
	LINUX_PF_FORKNOEXEC = 0x40,
	LINUX_PF_SUPERPRIV = 0x100,
	LINUX_PF_DUMPCORE = 0x200,
	LINUX_PF_KTHREAD = 0x200000,
};

static const struct {
	char letter;
	const char *name;
} states[] = {
	[TASK_RUNNING] = { 'R', "running" },
	[TASK_USER] = { 'R', "running" },
	[TASK_INTERRUPTIBLE] = { 'S', "sleeping" },
	[TASK_KILLABLE] = { 'D', "disk sleep" },
	[TASK_UNINTERRUPTIBLE] = { 'D', "disk sleep" },
	[TASK_STOPPED] = { 'T', "stopped" },
	[TASK_TRACED] = { 't', "tracing stop" },
	[TASK_ZOMBIE] = { 'Z', "zombie" },
	[TASK_DEAD] = { 'X', "dead" },
};

/* A thread of K's own that waits for work. */
static bool is_idle_kthread(const struct task *task)
{
	return task->flags & PF_KTHREAD &&
	       (task->state == TASK_UNINTERRUPTIBLE || task->state == TASK_KILLABLE);
}

/* The state as ps shows it. */
char task_state_letter(const struct task *task)
{
	return is_idle_kthread(task) ? 'I' : states[task->state].letter;
}

/* --- what stat and status count */

struct task_counts {
	struct cpu_times times;
	struct rusage_counts counts;
	int threads;
	u64 ignored, caught;	/* signals */
};

static void add_faults(struct rusage_counts *sum, const struct rusage_counts *c)
{
	sum->minflt += c->minflt;
	sum->majflt += c->majflt;
	sum->nvcsw += c->nvcsw;
	sum->nivcsw += c->nivcsw;
}

static void count_dispositions(struct task_counts *c, const struct task *task)
{
	if (!task->sighand)
		return;
	for (int sig = 1; sig <= KNSIG; sig++) {
		uaddr_t handler = task->sighand->action[sig - 1].handler;

		if (handler == (uaddr_t)SIG_IGN)
			c->ignored |= sigbit(sig);
		else if (handler != (uaddr_t)SIG_DFL)
			c->caught |= sigbit(sig);
	}
}

/* Of one thread, or of the whole process. */
static void count_task(struct task_counts *c, struct task *task, bool thread)
{
	struct thread_group *group = task->group;
	struct task *t;

	memset(c, 0, sizeof(*c));
	count_dispositions(c, task);
	if (thread) {
		c->times = task_times(task);
		c->counts = task->counts;
	} else {
		c->times = group_times(group);
		add_faults(&c->counts, &group->dead_counts);
	}
	for_each_thread(group, t) {
		c->threads++;
		if (!thread && t->state != TASK_ZOMBIE && t->state != TASK_DEAD)
			add_faults(&c->counts, &t->counts);
	}
}

/* --- stat: the fields in their order, proc(5) */

static unsigned linux_flags(const struct task *task)
{
	return (task->flags & PF_EXITING ? LINUX_PF_EXITING : 0) |
	       (task->flags & PF_FORKNOEXEC ? LINUX_PF_FORKNOEXEC : 0) |
	       (task->flags & PF_SUPERPRIV ? LINUX_PF_SUPERPRIV : 0) |
	       (task->flags & PF_DUMPCORE ? LINUX_PF_DUMPCORE : 0) |
	       (task->flags & PF_KTHREAD ? LINUX_PF_KTHREAD : 0);
}

static bool is_realtime(const struct task *task)
{
	return task->sched_policy == SCHED_FIFO || task->sched_policy == SCHED_RR;
}

/* The start on the guest's clock since boot, in ticks. */
static u64 start_ticks(const struct task *task)
{
	u64 boot = ktime_mono() - ktime_boot();

	return task->start_time > boot ? (task->start_time - boot) / NS_PER_TICK : 0;
}

static void stat_identity(struct seq_file *m, const struct task *task)
{
	const struct thread_group *group = task->group;
	struct tty *tty = group->ctty;

	/* 1-8 */
	seq_printf(m, "%d (%s) %c %d %d %d %d %d", task->pid, task->comm, task_state_letter(task),
		   task_ppid(task), pid_nr(group->pgrp), pid_nr(group->session),
		   tty ? tty_dev_nr(tty) : 0, tty ? pid_nr(tty->pgrp) : -1);
}

static void stat_counts(struct seq_file *m, const struct task *task, const struct task_counts *c,
			bool thread)
{
	static const struct rusage_counts none;
	static const struct cpu_times no_times;
	const struct rusage_counts *child = thread ? &none : &task->group->child_counts;
	const struct cpu_times *child_times = thread ? &no_times : &task->group->child_times;

	/* 9-13 */
	seq_printf(m, " %u %llu %llu %llu %llu", linux_flags(task),
		   (unsigned long long)c->counts.minflt, (unsigned long long)child->minflt,
		   (unsigned long long)c->counts.majflt, (unsigned long long)child->majflt);
	/* 14-17 */
	seq_printf(m, " %llu %llu %llu %llu", (unsigned long long)(c->times.user / NS_PER_TICK),
		   (unsigned long long)(c->times.system / NS_PER_TICK),
		   (unsigned long long)(child_times->user / NS_PER_TICK),
		   (unsigned long long)(child_times->system / NS_PER_TICK));
	/* 18-22 */
	seq_printf(m, " %d %d %d 0 %llu",
		   is_realtime(task) ? -1 - task->sched_priority : 20 + task->nice, task->nice,
		   c->threads, (unsigned long long)start_ticks(task));
}

static void stat_memory(struct seq_file *m, const struct task *task, bool allowed)
{
	const struct mm *mm = task->mm;
	unsigned long no_address = mm ? 1 : 0;

	/* 23-25 */
	seq_printf(m, " %lu %lu %llu", mm ? mm->total_vm << PAGE_SHIFT : 0, mm ? mm->rss : 0,
		   (unsigned long long)task_rlimit(task, RLIMIT_RSS));
	/* 26-30; where it runs is not for others, nor exact */
	seq_printf(m, " %lu %lu %lu 0 0", mm && allowed ? mm->start_code : no_address,
		   mm && allowed ? mm->end_code : no_address, mm && allowed ? mm->start_stack : 0);
}

/* The first 31 signals; status has them all. */
static void stat_signals(struct seq_file *m, const struct task *task, const struct task_counts *c)
{
	const u64 shown = 0x7fffffff;

	/* 31-34 */
	seq_printf(m, " %llu %llu %llu %llu", (unsigned long long)(task->pending.set & shown),
		   (unsigned long long)(task->blocked & shown),
		   (unsigned long long)(c->ignored & shown),
		   (unsigned long long)(c->caught & shown));
}

static void stat_rest(struct seq_file *m, const struct task *task, bool allowed, bool thread)
{
	const struct mm *mm = allowed ? task->mm : NULL;
	bool asleep = task->state != TASK_RUNNING && task->state != TASK_USER;

	/* 35-44 */
	seq_printf(m, " %d 0 0 %d 0 %d %d 0 0 0", allowed && asleep,
		   thread && !thread_group_leader(task) ? -1 : task->group->exit_signal,
		   is_realtime(task) ? task->sched_priority : 0, task->sched_policy);
	/* 45-51 */
	if (mm)
		seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu", mm->start_data, mm->end_data,
			   mm->start_brk, mm->arg_start, mm->arg_end, mm->env_start, mm->env_end);
	else
		seq_puts(m, " 0 0 0 0 0 0 0");
	/* 52 */
	seq_printf(m, " %d\n", allowed ? task->exit_code : 0);
}

int pid_stat_show(struct seq_file *m, struct task *task)
{
	bool thread = shows_thread(m), allowed = may_inspect(task);
	struct task_counts c;

	count_task(&c, task, thread);
	stat_identity(m, task);
	stat_counts(m, task, &c, thread);
	stat_memory(m, task, allowed);
	stat_signals(m, task, &c);
	stat_rest(m, task, allowed, thread);
	return 0;
}

/* --- status */

static void status_name(struct seq_file *m, const struct task *task)
{
	seq_puts(m, "Name:\t");
	for (const char *p = task->comm; *p; p++) {
		if (*p == '\n')
			seq_puts(m, "\\n");
		else if (*p == '\\')
			seq_puts(m, "\\\\");
		else
			seq_putc(m, *p);
	}
	seq_putc(m, '\n');
}

static void status_identity(struct seq_file *m, const struct task *task)
{
	if (task->fs)
		seq_printf(m, "Umask:\t%04o\n", task->fs->umask);
	seq_printf(m, "State:\t%c (%s)\n", task_state_letter(task),
		   is_idle_kthread(task) ? "idle" : states[task->state].name);
	seq_printf(m, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", task->tgid,
		   task->pid, task_ppid(task),
		   task->ptrace.tracer ? task->ptrace.tracer->pid : 0);
}

static void status_ids(struct seq_file *m, const struct task *task)
{
	const struct cred *cred = task->cred;
	const struct group_info *groups = cred->groups;

	seq_printf(m, "Uid:\t%u\t%u\t%u\t%u\n", cred->uid, cred->euid, cred->suid, cred->fsuid);
	seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", cred->gid, cred->egid, cred->sgid, cred->fsgid);
	seq_printf(m, "FDSize:\t%u\nGroups:\t", task->files ? task->files->max : 0);
	for (int i = 0; groups && i < groups->count; i++)
		seq_printf(m, i ? " %u" : "%u", groups->gid[i]);
	seq_printf(m, " \nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", task->tgid,
		   task->pid, pid_nr(task->group->pgrp), pid_nr(task->group->session));
}

static void show_pages(struct seq_file *m, const char *what, unsigned long pages)
{
	seq_printf(m, "%s:\t%8lu kB\n", what, pages << (PAGE_SHIFT - 10));
}

static void status_memory(struct seq_file *m, const struct mm *mm)
{
	unsigned long text = PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK);

	text = min(text >> PAGE_SHIFT, mm->exec_vm);
	show_pages(m, "VmPeak", max(mm->hiwater_vm, mm->total_vm));
	show_pages(m, "VmSize", mm->total_vm);
	show_pages(m, "VmLck", mm->locked_vm);
	show_pages(m, "VmPin", 0);
	show_pages(m, "VmHWM", max(mm->hiwater_rss, mm->rss));
	show_pages(m, "VmRSS", mm->rss);
	show_pages(m, "RssAnon", mm->anon_rss);
	show_pages(m, "RssFile", mm->file_rss);
	show_pages(m, "RssShmem", mm->shmem_rss);
	show_pages(m, "VmData", mm->data_vm);
	show_pages(m, "VmStk", mm->stack_vm);
	show_pages(m, "VmExe", text);
	show_pages(m, "VmLib", mm->exec_vm - text);
	seq_printf(m, "VmPTE:\t%8llu kB\n", (unsigned long long)mm_pagetable_bytes(mm) / 1024);
	show_pages(m, "VmSwap", 0);
	show_pages(m, "HugetlbPages", 0);
	seq_puts(m, "CoreDumping:\t0\nTHP_enabled:\t0\n");
}

static void status_signals(struct seq_file *m, const struct task *task,
			   const struct task_counts *c)
{
	seq_printf(m, "Threads:\t%d\nSigQ:\t%llu/%llu\n", c->threads,
		   (unsigned long long)user_sigpending(task->cred->uid),
		   (unsigned long long)task_rlimit(task, RLIMIT_SIGPENDING));
	seq_printf(m, "SigPnd:\t%016llx\nShdPnd:\t%016llx\n", (unsigned long long)task->pending.set,
		   (unsigned long long)task->group->shared_pending.set);
	seq_printf(m, "SigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n",
		   (unsigned long long)task->blocked, (unsigned long long)c->ignored,
		   (unsigned long long)c->caught);
}

static void status_caps(struct seq_file *m, const struct cred *cred)
{
	seq_printf(m, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\n",
		   (unsigned long long)cred->inheritable, (unsigned long long)cred->permitted,
		   (unsigned long long)cred->effective);
	seq_printf(m, "CapBnd:\t%016llx\nCapAmb:\t%016llx\n", (unsigned long long)cred->bounding,
		   (unsigned long long)cred->ambient);
}

static void status_cpus(struct seq_file *m, const struct task *task)
{
	seq_puts(m, "Cpus_allowed:\t");
	show_cpu_mask(m, task->affinity);
	seq_puts(m, "\nCpus_allowed_list:\t");
	show_cpu_list(m, task->affinity);
	seq_puts(m, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
}

int pid_status_show(struct seq_file *m, struct task *task)
{
	struct task_counts c;

	count_task(&c, task, shows_thread(m));
	status_name(m, task);
	status_identity(m, task);
	status_ids(m, task);
	if (task->mm)
		status_memory(m, task->mm);
	status_signals(m, task, &c);
	status_caps(m, task->cred);
	seq_printf(m, "NoNewPrivs:\t%d\nSeccomp:\t%d\nSeccomp_filters:\t%u\n", task->no_new_privs,
		   task->seccomp.mode, seccomp_filter_count(task));
	seq_puts(m, "Speculation_Store_Bypass:\tunknown\nSpeculationIndirectBranch:\tunknown\n");
	status_cpus(m, task);
	seq_printf(m, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n",
		   (unsigned long long)task->counts.nvcsw, (unsigned long long)task->counts.nivcsw);
	return 0;
}
