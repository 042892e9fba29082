/*
 * /proc: what the CPUs do: stat, uptime, loadavg, interrupts.
 *
 * User time is summed over the tasks and what their reaped children left; system time is what K
 * itself has used.  A sum may shrink when a task vanishes that nobody waited for, and readers
 * take differences, so no figure ever goes back.
 */
#include <stdio.h>

#include "um/os.h"
#include "um/timer.h"

#include "proc.h"

#define NS_PER_TICK (NSEC_PER_SEC / USER_HZ)

struct cpu_usage {
	u64 user, nice, system, idle;	/* ns, of all CPUs together */
};

static void sum_user(u64 *user, u64 *nice)
{
	struct task *t;

	*user = *nice = 0;
	for_each_task(t) {
		if (!thread_group_leader(t))
			continue;
		*(t->nice > 0 ? nice : user) += group_times(t->group).user;
		*user += t->group->child_times.user;
	}
}

static u64 rise_to(u64 *last, u64 now)
{
	*last = max(*last, now);
	return *last;
}

static struct cpu_usage cpu_usage(void)
{
	static struct cpu_usage last;
	u64 user, nice, all = ktime_boot() * (u64)os_cpu_count(), busy;

	sum_user(&user, &nice);
	busy = rise_to(&last.user, user) + rise_to(&last.nice, nice) +
	       rise_to(&last.system, os_clock_cpu());
	rise_to(&last.idle, all > busy ? all - busy : 0);
	return last;
}

static void show_cpu(struct seq_file *m, const char *name, const struct cpu_usage *u, u64 share)
{
	seq_printf(m, "%s %llu %llu %llu %llu 0 0 0 0 0 0\n", name,
		   (unsigned long long)(u->user / NS_PER_TICK / share),
		   (unsigned long long)(u->nice / NS_PER_TICK / share),
		   (unsigned long long)(u->system / NS_PER_TICK / share),
		   (unsigned long long)(u->idle / NS_PER_TICK / share));
}

static int nr_blocked(void)
{
	const struct task *t;
	int n = 0;

	for_each_task(t)
		n += task_state_letter(t) == 'D';
	return n;
}

/* Which CPU did what is the host's affair: each shows an equal share. */
static int stat_show(struct seq_file *m, void *private __maybe_unused)
{
	struct cpu_usage usage = cpu_usage();
	int cpus = os_cpu_count();
	char name[16];

	show_cpu(m, "cpu ", &usage, 1);
	for (int i = 0; i < cpus; i++) {
		snprintf(name, sizeof(name), "cpu%d", i);
		show_cpu(m, name, &usage, (u64)cpus);
	}
	seq_printf(m, "intr 0\nctxt %llu\nbtime %llu\nprocesses %llu\n",
		   (unsigned long long)nr_context_switches,
		   (unsigned long long)((ktime_real() - ktime_boot()) / NSEC_PER_SEC),
		   (unsigned long long)nr_forks_total);
	seq_printf(m, "procs_running %d\nprocs_blocked %d\n", nr_running_tasks(), nr_blocked());
	seq_puts(m, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

PROC_FILE(stat) = { "stat", 0444, stat_show };

static void show_hundredths(struct seq_file *m, u64 ns, char end)
{
	seq_printf(m, "%llu.%02llu%c", (unsigned long long)(ns / NSEC_PER_SEC),
		   (unsigned long long)(ns % NSEC_PER_SEC / (NSEC_PER_SEC / 100)), end);
}

static int uptime_show(struct seq_file *m, void *private __maybe_unused)
{
	show_hundredths(m, ktime_boot(), ' ');
	show_hundredths(m, cpu_usage().idle, '\n');
	return 0;
}

PROC_FILE(uptime) = { "uptime", 0444, uptime_show };

/* avenrun's fixed point has 11 fraction bits; rounded to hundredths. */
static int loadavg_show(struct seq_file *m, void *private __maybe_unused)
{
	for (int i = 0; i < 3; i++) {
		unsigned long load = avenrun[i] + 2048 / 200;

		seq_printf(m, "%lu.%02lu ", load >> 11, (load & 2047) * 100 >> 11);
	}
	seq_printf(m, "%d/%d %d\n", nr_running_tasks(), nr_tasks, pid_last);
	return 0;
}

PROC_FILE(loadavg) = { "loadavg", 0444, loadavg_show };

static int interrupts_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_puts(m, "           ");
	for (int i = 0; i < os_cpu_count(); i++)
		seq_printf(m, "CPU%-8d", i);
	seq_putc(m, '\n');
	return 0;
}

PROC_FILE(interrupts) = { "interrupts", 0444, interrupts_show };
