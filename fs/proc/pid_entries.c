/* The names in /proc/PID: the table of them, and those that take only a few lines. */
#include <stdio.h>

#include "um/err.h"

#include "proc.h"

#define TIMER_SLACK_DEFAULT 50000	/* ns; prctl(2), PR_SET_TIMERSLACK */

static int comm_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%s\n", task->comm);
	return 0;
}

static int comm_write(struct task *task, const char *text, size_t n __maybe_unused)
{
	if (!same_group(task, current))
		return -EINVAL;
	memset(task->comm, 0, sizeof(task->comm));
	snprintf(task->comm, sizeof(task->comm), "%.*s", (int)strcspn(text, "\n"), text);
	return 0;
}

static int oom_score_adj_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", task->group->oom_score_adj);
	return 0;
}

static int set_oom_score_adj(struct task *task, long long value)
{
	if (value < task->group->oom_score_adj && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	task->group->oom_score_adj = (int)value;
	return 0;
}

static int oom_score_adj_write(struct task *task, const char *text, size_t n __maybe_unused)
{
	long long value;
	int err = text_number(text, &value);

	if (!err && (value < -1000 || value > 1000))
		err = -EINVAL;
	return err ? err : set_oom_score_adj(task, value);
}

/* The old scale: -17 (never) to 15. */
static int oom_adj_show(struct seq_file *m, struct task *task)
{
	int adj = task->group->oom_score_adj;

	seq_printf(m, "%d\n", adj == 1000 ? 15 : adj * 17 / 1000);
	return 0;
}

static int oom_adj_write(struct task *task, const char *text, size_t n __maybe_unused)
{
	long long value;
	int err = text_number(text, &value);

	if (!err && (value < -17 || value > 15))
		err = -EINVAL;
	if (err)
		return err;
	return set_oom_score_adj(task, value == 15 ? 1000 : value * 1000 / 17);
}

static int oom_score_show(struct seq_file *m, struct task *task)
{
	u64 rss = task->mm ? task->mm->rss : 0;
	long long points = (long long)(rss * 1000 / max(nr_total_pages(), (u64)1));

	points += task->group->oom_score_adj;
	seq_printf(m, "%lld\n", max(points, 0LL) * 2 / 3);
	return 0;
}

static int wchan_show(struct seq_file *m, struct task *task __maybe_unused)
{
	seq_putc(m, '0');
	return 0;
}

static int cgroup_show(struct seq_file *m, struct task *task __maybe_unused)
{
	seq_puts(m, "0::/\n");
	return 0;
}

static int no_id_show(struct seq_file *m, struct task *task __maybe_unused)
{
	seq_puts(m, "4294967295");
	return 0;
}

static int setgroups_show(struct seq_file *m, struct task *task __maybe_unused)
{
	seq_puts(m, "allow\n");
	return 0;
}

static int timerslack_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%llu\n", (unsigned long long)task->timer_slack);
	return 0;
}

static int timerslack_write(struct task *task, const char *text, size_t n __maybe_unused)
{
	long long value;
	int err = text_number(text, &value);

	if (err || value < 0)
		return err ? err : -EINVAL;
	task->timer_slack = value ? (u64)value : TIMER_SLACK_DEFAULT;
	return 0;
}

static int id_map_show(struct seq_file *m, struct task *task __maybe_unused)
{
	seq_printf(m, "%10u %10u %10u\n", 0U, 0U, UINT32_MAX);
	return 0;
}

static int personality_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%08llx\n", (unsigned long long)task->personality);
	return 0;
}

static int syscall_show(struct seq_file *m, struct task *task)
{
	struct uml_pt_regs *regs = &task->regs;

	if (task->state == TASK_USER || !task->mm) {
		seq_puts(m, "running\n");
		return 0;
	}
	seq_printf(m, "%d", task->syscall_nr);
	if (task->syscall_nr >= 0)
		seq_printf(m, " 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx", UPT_SYSCALL_ARG1(regs),
			   UPT_SYSCALL_ARG2(regs), UPT_SYSCALL_ARG3(regs), UPT_SYSCALL_ARG4(regs),
			   UPT_SYSCALL_ARG5(regs), UPT_SYSCALL_ARG6(regs));
	seq_printf(m, " 0x%lx 0x%lx\n", UPT_SP(regs), UPT_IP(regs));
	return 0;
}

static int mounts_show(struct seq_file *m, struct task *task __maybe_unused)
{
	show_mounts(m, 0);
	return 0;
}

static int mountinfo_show(struct seq_file *m, struct task *task __maybe_unused)
{
	show_mounts(m, 1);
	return 0;
}

static int mountstats_show(struct seq_file *m, struct task *task __maybe_unused)
{
	show_mounts(m, 2);
	return 0;
}

static int follow_fs(struct task *task, struct path *path, bool root)
{
	if (!task->fs)
		return -ENOENT;
	*path = root ? task->fs->root : task->fs->pwd;
	if (!path->dentry)
		return -ENOENT;
	path_get(path);
	return 0;
}

static int follow_root(struct task *task, struct path *path)
{
	return follow_fs(task, path, true);
}

static int follow_cwd(struct task *task, struct path *path)
{
	return follow_fs(task, path, false);
}

static int follow_exe(struct task *task, struct path *path)
{
	if (!task->mm || !task->mm->exe_file)
		return -ENOENT;
	*path = task->mm->exe_file->path;
	path_get(path);
	return 0;
}

#define FILE_ENTRY(n, m, s) { .name = n, .mode = S_IFREG | (m), .show = s }
#define PRIVATE_ENTRY(n, m, s) { .name = n, .mode = S_IFREG | (m), .inspect = true, .show = s }
#define LINK_ENTRY(n, f) { .name = n, .mode = S_IFLNK | 0777, .inspect = true, .follow = f }

static const struct pid_entry pid_entries[] = {
	{ .name = "task", .mode = S_IFDIR | 0555, .group_only = true, .iops = &task_dir_iops,
	  .fops = &task_dir_fops },
	{ .name = "fd", .mode = S_IFDIR | 0500, .iops = &fd_dir_iops, .fops = &fd_dir_fops },
	{ .name = "fdinfo", .mode = S_IFDIR | 0555, .iops = &fdinfo_dir_iops,
	  .fops = &fdinfo_dir_fops },
	{ .name = "ns", .mode = S_IFDIR | 0511, .iops = &ns_dir_iops, .fops = &ns_dir_fops },
	{ .name = "net", .mode = S_IFDIR | 0555, .iops = &net_dir_iops, .fops = &net_dir_fops },
	LINK_ENTRY("cwd", follow_cwd),
	LINK_ENTRY("root", follow_root),
	LINK_ENTRY("exe", follow_exe),
	{ .name = "mem", .mode = S_IFREG | 0600, .inspect = true, .fops = &pid_mem_fops },
	FILE_ENTRY("cmdline", 0444, pid_cmdline_show),
	{ .name = "comm", .mode = S_IFREG | 0644, .show = comm_show, .write = comm_write },
	PRIVATE_ENTRY("environ", 0400, pid_environ_show),
	PRIVATE_ENTRY("auxv", 0400, pid_auxv_show),
	FILE_ENTRY("stat", 0444, pid_stat_show),
	FILE_ENTRY("statm", 0444, pid_statm_show),
	FILE_ENTRY("status", 0444, pid_status_show),
	PRIVATE_ENTRY("maps", 0444, pid_maps_show),
	PRIVATE_ENTRY("smaps", 0444, pid_smaps_show),
	PRIVATE_ENTRY("smaps_rollup", 0444, pid_smaps_rollup_show),
	FILE_ENTRY("mounts", 0444, mounts_show),
	FILE_ENTRY("mountinfo", 0444, mountinfo_show),
	FILE_ENTRY("mountstats", 0400, mountstats_show),
	FILE_ENTRY("limits", 0444, pid_limits_show),
	PRIVATE_ENTRY("io", 0400, pid_io_show),
	FILE_ENTRY("oom_score", 0444, oom_score_show),
	{ .name = "oom_score_adj", .mode = S_IFREG | 0644, .show = oom_score_adj_show,
	  .write = oom_score_adj_write },
	{ .name = "oom_adj", .mode = S_IFREG | 0644, .show = oom_adj_show, .write = oom_adj_write },
	FILE_ENTRY("wchan", 0444, wchan_show),
	PRIVATE_ENTRY("syscall", 0400, syscall_show),
	FILE_ENTRY("sched", 0644, pid_sched_show),
	FILE_ENTRY("schedstat", 0444, pid_schedstat_show),
	PRIVATE_ENTRY("personality", 0400, personality_show),
	FILE_ENTRY("cgroup", 0444, cgroup_show),
	FILE_ENTRY("loginuid", 0644, no_id_show),
	FILE_ENTRY("sessionid", 0444, no_id_show),
	FILE_ENTRY("uid_map", 0644, id_map_show),
	FILE_ENTRY("gid_map", 0644, id_map_show),
	FILE_ENTRY("setgroups", 0644, setgroups_show),
	{ .name = "timerslack_ns", .mode = S_IFREG | 0666, .inspect = true,
	  .show = timerslack_show, .write = timerslack_write },
};

const struct pid_entry_table pid_table = { pid_entries, ARRAY_SIZE(pid_entries), 1 };
