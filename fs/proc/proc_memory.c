/* /proc: the system's memory: meminfo, vmstat, swaps. */
#include "um/fiber.h"

#include "proc.h"

static void show_kb(struct seq_file *m, const char *what, u64 kb)
{
	seq_printf(m, "%-16s%8llu kB\n", what, (unsigned long long)kb);
}

static void show_pages(struct seq_file *m, const char *what, u64 pages)
{
	show_kb(m, what, pages << (PAGE_SHIFT - 10));
}

/* File pages in the cache; tmpfs pages are in it too, but cannot be dropped. */
static u64 file_pages(void)
{
	u64 cached = nr_cached_pages(), shmem = nr_shmem_pages();

	return cached > shmem ? cached - shmem : 0;
}

static void meminfo_totals(struct seq_file *m)
{
	u64 available = min(nr_free_pages() + file_pages(), nr_total_pages());

	show_pages(m, "MemTotal:", nr_total_pages());
	show_pages(m, "MemFree:", nr_free_pages());
	show_pages(m, "MemAvailable:", available);
	show_kb(m, "Buffers:", 0);
	show_pages(m, "Cached:", nr_cached_pages());
	show_kb(m, "SwapCached:", 0);
}

/* There is one list of pages: all of it counts as active. */
static void meminfo_lists(struct seq_file *m)
{
	u64 anon = nr_anon_pages() + nr_shmem_pages();

	show_pages(m, "Active:", anon + file_pages());
	show_kb(m, "Inactive:", 0);
	show_pages(m, "Active(anon):", anon);
	show_kb(m, "Inactive(anon):", 0);
	show_pages(m, "Active(file):", file_pages());
	show_kb(m, "Inactive(file):", 0);
	show_kb(m, "Unevictable:", 0);
	show_kb(m, "Mlocked:", 0);
	show_kb(m, "SwapTotal:", 0);
	show_kb(m, "SwapFree:", 0);
}

static void meminfo_use(struct seq_file *m)
{
	show_pages(m, "Dirty:", nr_dirty_pages());
	show_kb(m, "Writeback:", 0);
	show_pages(m, "AnonPages:", nr_anon_pages());
	show_pages(m, "Mapped:", nr_mapped_pages());
	show_pages(m, "Shmem:", nr_shmem_pages());
	show_kb(m, "KReclaimable:", 0);
	show_kb(m, "Slab:", 0);
	show_kb(m, "SReclaimable:", 0);
	show_kb(m, "SUnreclaim:", 0);
	show_kb(m, "KernelStack:", (u64)nr_tasks * (FIBER_STACK_SIZE / 1024));
	show_kb(m, "PageTables:", nr_pagetable_bytes() / 1024);
	show_kb(m, "NFS_Unstable:", 0);
	show_kb(m, "Bounce:", 0);
	show_kb(m, "WritebackTmp:", 0);
}

static void meminfo_limits(struct seq_file *m)
{
	show_pages(m, "CommitLimit:", commit_limit_pages());
	show_pages(m, "Committed_AS:", nr_committed_pages());
	show_kb(m, "VmallocTotal:", 0);
	show_kb(m, "VmallocUsed:", 0);
	show_kb(m, "VmallocChunk:", 0);
	show_kb(m, "Percpu:", 0);
	show_kb(m, "AnonHugePages:", 0);
	show_kb(m, "ShmemHugePages:", 0);
	show_kb(m, "ShmemPmdMapped:", 0);
	show_kb(m, "FileHugePages:", 0);
	show_kb(m, "FilePmdMapped:", 0);
}

static int meminfo_show(struct seq_file *m, void *private __maybe_unused)
{
	meminfo_totals(m);
	meminfo_lists(m);
	meminfo_use(m);
	meminfo_limits(m);
	return 0;
}

PROC_FILE(meminfo) = { "meminfo", 0444, meminfo_show };

/* Faults and blocks moved since boot, of all that live and of what their dead have left. */
static void sum_counts(struct rusage_counts *sum)
{
	const struct task *t;

	memset(sum, 0, sizeof(*sum));
	for_each_task(t) {
		const struct rusage_counts *c[3] = { &t->counts };

		if (thread_group_leader(t)) {
			c[1] = &t->group->dead_counts;
			c[2] = &t->group->child_counts;
		}
		for (int i = 0; i < 3 && c[i]; i++) {
			if (i == 0 && (t->state == TASK_ZOMBIE || t->state == TASK_DEAD))
				continue;
			sum->minflt += c[i]->minflt;
			sum->majflt += c[i]->majflt;
			sum->inblock += c[i]->inblock;
			sum->oublock += c[i]->oublock;
		}
	}
}

static void show_count(struct seq_file *m, const char *what, u64 n)
{
	seq_printf(m, "%s %llu\n", what, (unsigned long long)n);
}

static int vmstat_show(struct seq_file *m, void *private __maybe_unused)
{
	struct rusage_counts sum;

	sum_counts(&sum);
	show_count(m, "nr_free_pages", nr_free_pages());
	show_count(m, "nr_zone_active_anon", nr_anon_pages() + nr_shmem_pages());
	show_count(m, "nr_zone_active_file", file_pages());
	show_count(m, "nr_mlock", 0);
	show_count(m, "nr_anon_pages", nr_anon_pages());
	show_count(m, "nr_mapped", nr_mapped_pages());
	show_count(m, "nr_file_pages", nr_cached_pages());
	show_count(m, "nr_dirty", nr_dirty_pages());
	show_count(m, "nr_writeback", 0);
	show_count(m, "nr_shmem", nr_shmem_pages());
	show_count(m, "nr_page_table_pages", nr_pagetable_bytes() >> PAGE_SHIFT);
	show_count(m, "pgpgin", sum.inblock / 2);
	show_count(m, "pgpgout", sum.oublock / 2);
	show_count(m, "pswpin", 0);
	show_count(m, "pswpout", 0);
	show_count(m, "pgfault", sum.minflt + sum.majflt);
	show_count(m, "pgmajfault", sum.majflt);
	return 0;
}

PROC_FILE(vmstat) = { "vmstat", 0444, vmstat_show };

static int swaps_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

PROC_FILE(swaps) = { "swaps", 0444, swaps_show };
