/* /proc/sys/vm: memory. */
#include "sysctl.h"

SYSCTL_VAR(overcommit_memory, "vm/overcommit_memory", SYSCTL_INT, sysctl_overcommit_memory, 0, 2);
SYSCTL_VAR(overcommit_ratio, "vm/overcommit_ratio", SYSCTL_INT, sysctl_overcommit_ratio, 0,
	   INT_MAX);
SYSCTL_CONST(overcommit_kbytes, "vm/overcommit_kbytes", 0);
SYSCTL_CONST(max_map_count, "vm/max_map_count", MAX_MAP_COUNT);
SYSCTL_CONST(mmap_min_addr, "vm/mmap_min_addr", 65536);
SYSCTL_CONST(legacy_va_layout, "vm/legacy_va_layout", 0);
SYSCTL_CONST(nr_hugepages, "vm/nr_hugepages", 0);
SYSCTL_CONST(nr_overcommit_hugepages, "vm/nr_overcommit_hugepages", 0);
SYSCTL_CONST(panic_on_oom, "vm/panic_on_oom", 0);
SYSCTL_CONST(oom_kill_allocating_task, "vm/oom_kill_allocating_task", 0);

/* Advice. */
SYSCTL_HINT(swappiness, "vm/swappiness", 60, 0, 200);
SYSCTL_HINT(dirty_ratio, "vm/dirty_ratio", 20, 0, 100);
SYSCTL_HINT(dirty_background_ratio, "vm/dirty_background_ratio", 10, 0, 100);
SYSCTL_HINT(dirty_bytes, "vm/dirty_bytes", 0, 0, LLONG_MAX);
SYSCTL_HINT(dirty_background_bytes, "vm/dirty_background_bytes", 0, 0, LLONG_MAX);
SYSCTL_HINT(dirty_expire_centisecs, "vm/dirty_expire_centisecs", 3000, 0, INT_MAX);
SYSCTL_HINT(dirty_writeback_centisecs, "vm/dirty_writeback_centisecs", 500, 0, INT_MAX);
SYSCTL_HINT(vfs_cache_pressure, "vm/vfs_cache_pressure", 100, 0, INT_MAX);
SYSCTL_HINT(page_cluster, "vm/page-cluster", 3, 0, 31);
SYSCTL_HINT(laptop_mode, "vm/laptop_mode", 0, 0, INT_MAX);
SYSCTL_HINT(min_free_kbytes, "vm/min_free_kbytes", 1024, 0, INT_MAX);
SYSCTL_HINT(stat_interval, "vm/stat_interval", 1, 0, INT_MAX);

/* --- drop_caches */

/* Drops the clean pages of all files.  One that is held stays on its list while we sleep. */
static void drop_file_pages(struct super_block *sb)
{
	struct inode *inode, *held = NULL;

	list_for_each_entry(inode, &sb->inodes, sb_node) {
		ihold(inode);
		iput(held);
		held = inode;
		if (inode->data.nr_pages && inode->data.ops && inode->data.ops->writepages)
			invalidate_pages(&inode->data);
	}
	iput(held);
}

/* Bit 0: file pages; bit 1: unused names and their inodes; bit 2: no more reports in the log. */
static int drop_caches_write(const char *text, size_t n __maybe_unused)
{
	long long what;

	if (text_number(text, &what) || what < 1 || what > 4)
		return -EINVAL;
	if (what & 1)
		supers_each(drop_file_pages);
	if (what & 2)
		dcache_shrink(UINT64_MAX);
	return 0;
}

SYSCTL_FILE(drop_caches, "vm/drop_caches", 0200, NULL, drop_caches_write);
