/* /proc/PID: what a task may use and has used: limits, io, sched, schedstat. */
#include "proc.h"

/* --- limits: Linux's own table */

static const struct {
	const char *name, *unit;
} limit_names[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", NULL },
	[RLIMIT_RTPRIO] = { "Max realtime priority", NULL },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void show_limit(struct seq_file *m, u64 value)
{
	if (value == RLIM64_INFINITY)
		seq_printf(m, "%-20s ", "unlimited");
	else
		seq_printf(m, "%-20llu ", (unsigned long long)value);
}

int pid_limits_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		const struct rlimit64 *limit = &task->group->rlim[i];

		seq_printf(m, "%-25s ", limit_names[i].name);
		show_limit(m, limit->rlim_cur);
		show_limit(m, limit->rlim_max);
		if (limit_names[i].unit)
			seq_printf(m, "%-10s", limit_names[i].unit);
		seq_putc(m, '\n');
	}
	return 0;
}

/* --- io: blocks of 512 bytes that reached or came from storage; calls are not counted */

int pid_io_show(struct seq_file *m, struct task *task)
{
	u64 in = task->counts.inblock, out = task->counts.oublock;
	const struct task *t;

	if (!shows_thread(m)) {
		in = task->group->dead_counts.inblock;
		out = task->group->dead_counts.oublock;
		for_each_thread(task->group, t) {
			if (t->state == TASK_ZOMBIE || t->state == TASK_DEAD)
				continue;
			in += t->counts.inblock;
			out += t->counts.oublock;
		}
	}
	seq_printf(m, "rchar: %llu\nwchar: %llu\nsyscr: 0\nsyscw: 0\n",
		   (unsigned long long)in * 512, (unsigned long long)out * 512);
	seq_printf(m, "read_bytes: %llu\nwrite_bytes: %llu\ncancelled_write_bytes: 0\n",
		   (unsigned long long)in * 512, (unsigned long long)out * 512);
	return 0;
}

/* --- the scheduler's */

static u64 run_time(struct task *task)
{
	struct cpu_times t = task_times(task);

	return t.user + t.system;
}

static void sched_line(struct seq_file *m, const char *name, unsigned long long value)
{
	seq_printf(m, "%-45s:%21llu\n", name, value);
}

int pid_sched_show(struct seq_file *m, struct task *task)
{
	unsigned long long run = run_time(task);
	const struct rusage_counts *c = &task->counts;

	seq_printf(m, "%s (%d, #threads: %d)\n", task->comm, task->pid, task->group->nr_threads);
	seq_puts(m, "-------------------------------------------------------------------\n");
	seq_printf(m, "%-45s:%14llu.%06llu\n", "se.sum_exec_runtime", run / NSEC_PER_MSEC,
		   run % NSEC_PER_MSEC);
	sched_line(m, "nr_switches", (unsigned long long)(c->nvcsw + c->nivcsw));
	sched_line(m, "nr_voluntary_switches", (unsigned long long)c->nvcsw);
	sched_line(m, "nr_involuntary_switches", (unsigned long long)c->nivcsw);
	sched_line(m, "policy", (unsigned long long)task->sched_policy);
	sched_line(m, "prio", (unsigned long long)(120 + task->nice));
	return 0;
}

int pid_schedstat_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%llu 0 %llu\n", (unsigned long long)run_time(task),
		   (unsigned long long)(task->counts.nvcsw + task->counts.nivcsw));
	return 0;
}
