/* /proc/sys/kernel. */
#include <stdio.h>

#include "um/os.h"
#include "um/uts.h"

#include "sysctl.h"

/* --- names: um/uts.h */

static int uts_show(struct seq_file *m, void *private)
{
	seq_printf(m, "%s\n", (const char *)private);
	return 0;
}

static int hostname_write(const char *text, size_t n __maybe_unused)
{
	char name[__NEW_UTS_LEN + 1];

	sysctl_word(name, sizeof(name), text);
	uts_set_nodename(name);
	return 0;
}

static int domainname_write(const char *text, size_t n __maybe_unused)
{
	char name[__NEW_UTS_LEN + 1];

	sysctl_word(name, sizeof(name), text);
	uts_set_domainname(name);
	return 0;
}

#define UTS_FILE(ident, perm, field, write_fn)                                                     \
	PROC_FILE(ident) = { .path = "sys/kernel/" #ident, .mode = perm, .show = uts_show,         \
			     .private = init_uts.field, .write = write_fn }

UTS_FILE(ostype, 0444, sysname, NULL);
UTS_FILE(osrelease, 0444, release, NULL);
UTS_FILE(version, 0444, version, NULL);
UTS_FILE(arch, 0444, machine, NULL);
UTS_FILE(hostname, 0644, nodename, hostname_write);
UTS_FILE(domainname, 0644, domainname, domainname_write);

/* --- core dumps */

static int core_pattern_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%s\n", core_pattern);
	return 0;
}

static int core_pattern_write(const char *text, size_t n __maybe_unused)
{
	sysctl_word(core_pattern, sizeof(core_pattern), text);
	return 0;
}

SYSCTL_FILE(core_pattern, "kernel/core_pattern", 0644, core_pattern_show, core_pattern_write);
SYSCTL_VAR(core_uses_pid, "kernel/core_uses_pid", SYSCTL_BOOL, core_uses_pid, 0, 1);

/* --- random */

static void show_uuid(struct seq_file *m, const u8 *id)
{
	for (int i = 0; i < 16; i++)
		seq_printf(m, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", id[i]);
	seq_putc(m, '\n');
}

/* A random UUID: version 4 of RFC 4122. */
static void make_uuid(u8 *id)
{
	os_random(id, 16);
	id[6] = (u8)((id[6] & 0x0f) | 0x40);
	id[8] = (u8)((id[8] & 0x3f) | 0x80);
}

static int uuid_show(struct seq_file *m, void *private __maybe_unused)
{
	u8 id[16];

	make_uuid(id);
	show_uuid(m, id);
	return 0;
}

static int boot_id_show(struct seq_file *m, void *private __maybe_unused)
{
	static u8 id[16];

	if (!id[8])
		make_uuid(id);
	show_uuid(m, id);
	return 0;
}

SYSCTL_FILE(uuid, "kernel/random/uuid", 0444, uuid_show, NULL);
SYSCTL_FILE(boot_id, "kernel/random/boot_id", 0444, boot_id_show, NULL);
SYSCTL_READONLY(entropy_avail, "kernel/random/entropy_avail", 256);
SYSCTL_READONLY(poolsize, "kernel/random/poolsize", 256);
SYSCTL_HINT(write_wakeup, "kernel/random/write_wakeup_threshold", 256, 0, INT_MAX);
SYSCTL_HINT(urandom_reseed, "kernel/random/urandom_min_reseed_secs", 60, 0, INT_MAX);

/* --- several numbers in a file */

static int printk_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_puts(m, "7\t4\t1\t7\n");
	return 0;
}

static int sem_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_puts(m, "32000\t1024000000\t500\t32000\n");
	return 0;
}

SYSCTL_FILE(printk, "kernel/printk", 0444, printk_show, NULL);
SYSCTL_FILE(sem, "kernel/sem", 0444, sem_show, NULL);

/* --- tasks and their limits */

SYSCTL_CONST(pid_max, "kernel/pid_max", PID_MAX_DEFAULT);
SYSCTL_VAR(threads_max, "kernel/threads-max", SYSCTL_INT, nr_tasks_max, 20, PID_MAX_DEFAULT);
SYSCTL_READONLY(cap_last_cap, "kernel/cap_last_cap", CAP_LAST_CAP);
SYSCTL_READONLY(ngroups_max, "kernel/ngroups_max", NGROUPS_MAX);
SYSCTL_CONST(overflowuid, "kernel/overflowuid", 65534);
SYSCTL_CONST(overflowgid, "kernel/overflowgid", 65534);
SYSCTL_CONST(randomize_va_space, "kernel/randomize_va_space", 2);
SYSCTL_HINT(sched_child_first, "kernel/sched_child_runs_first", 0, 0, INT_MAX);
SYSCTL_HINT(sched_rt_period, "kernel/sched_rt_period_us", 1000000, 1, INT_MAX);
SYSCTL_HINT(sched_rt_runtime, "kernel/sched_rt_runtime_us", 950000, -1, INT_MAX);
SYSCTL_HINT(sched_rr_timeslice, "kernel/sched_rr_timeslice_ms", 100, 0, INT_MAX);

/* --- the limits of System V IPC, as programs ask for them */

static int shm_limit_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%lu\n", ULONG_MAX - (1UL << 24));
	return 0;
}

SYSCTL_FILE(shmmax, "kernel/shmmax", 0444, shm_limit_show, NULL);
SYSCTL_FILE(shmall, "kernel/shmall", 0444, shm_limit_show, NULL);
SYSCTL_CONST(shmmni, "kernel/shmmni", 4096);
SYSCTL_CONST(msgmax, "kernel/msgmax", 8192);
SYSCTL_CONST(msgmnb, "kernel/msgmnb", 16384);
SYSCTL_CONST(msgmni, "kernel/msgmni", 32000);

/* --- what the kernel does when it is in trouble */

SYSCTL_HINT(panic, "kernel/panic", 0, INT_MIN, INT_MAX);
SYSCTL_HINT(panic_on_oops, "kernel/panic_on_oops", 1, 0, 1);
SYSCTL_READONLY(tainted, "kernel/tainted", 0);
SYSCTL_HINT(sysrq, "kernel/sysrq", 1, 0, INT_MAX);
SYSCTL_HINT(ctrl_alt_del, "kernel/ctrl-alt-del", 0, 0, 1);
SYSCTL_HINT(print_fatal_signals, "kernel/print-fatal-signals", 0, 0, 1);

/* --- who may look where */

SYSCTL_CONST(ptrace_scope, "kernel/yama/ptrace_scope", 0);
SYSCTL_CONST(perf_event_paranoid, "kernel/perf_event_paranoid", 3);
SYSCTL_CONST(kptr_restrict, "kernel/kptr_restrict", 0);
SYSCTL_CONST(dmesg_restrict, "kernel/dmesg_restrict", 0);
