/*
 * The sys file system: the few files of /sys that programs really read, from rows.
 *
 * A row whose mode is 0 and that shows nothing is an empty directory: a place to mount on, or a
 * class without devices.
 */
#include <stdio.h>

#include "um/err.h"
#include "um/kmalloc.h"
#include "um/os.h"

#include "proc.h"

/* --- devices/system/cpu */

static int all_cpus_show(struct seq_file *m, void *private __maybe_unused)
{
	show_cpu_list(m, guest_cpu_mask());
	seq_putc(m, '\n');
	return 0;
}

static int kernel_max_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%d\n", os_cpu_count() - 1);
	return 0;
}

static int empty_line_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_putc(m, '\n');
	return 0;
}

#define CPU_DIR "devices/system/cpu/"
SYSFS_FILE(cpu_online) = { CPU_DIR "online", 0444, all_cpus_show };
SYSFS_FILE(cpu_possible) = { CPU_DIR "possible", 0444, all_cpus_show };
SYSFS_FILE(cpu_present) = { CPU_DIR "present", 0444, all_cpus_show };
SYSFS_FILE(cpu_offline) = { CPU_DIR "offline", 0444, empty_line_show };
SYSFS_FILE(cpu_isolated) = { CPU_DIR "isolated", 0444, empty_line_show };
SYSFS_FILE(cpu_kernel_max) = { CPU_DIR "kernel_max", 0444, kernel_max_show };

/* Each CPU is a core of its own in one package: what the host has may change under us. */
static int own_number_show(struct seq_file *m, void *private)
{
	seq_printf(m, "%d\n", (int)(intptr_t)private);
	return 0;
}

static int own_mask_show(struct seq_file *m, void *private)
{
	show_cpu_mask(m, 1ULL << (intptr_t)private);
	seq_putc(m, '\n');
	return 0;
}

static int all_mask_show(struct seq_file *m, void *private __maybe_unused)
{
	show_cpu_mask(m, guest_cpu_mask());
	seq_putc(m, '\n');
	return 0;
}

static int text_show(struct seq_file *m, void *private)
{
	seq_puts(m, private);
	return 0;
}

/* One of these for each CPU. */
static const struct {
	const char *name;
	int (*show)(struct seq_file *m, void *private);
	const char *text;	/* for text_show; others get the CPU's number */
} cpu_files[] = {
	{ "online", text_show, "1\n" },
	{ "topology/core_id", own_number_show, NULL },
	{ "topology/physical_package_id", text_show, "0\n" },
	{ "topology/die_id", text_show, "0\n" },
	{ "topology/thread_siblings", own_mask_show, NULL },
	{ "topology/thread_siblings_list", own_number_show, NULL },
	{ "topology/core_cpus", own_mask_show, NULL },
	{ "topology/core_cpus_list", own_number_show, NULL },
	{ "topology/core_siblings", all_mask_show, NULL },
	{ "topology/core_siblings_list", all_cpus_show, NULL },
	{ "topology/package_cpus", all_mask_show, NULL },
	{ "topology/package_cpus_list", all_cpus_show, NULL },
};

/* The rows of CPU n, at rows. */
static void fill_cpu_rows(struct proc_row *rows, int n)
{
	for (size_t i = 0; i < ARRAY_SIZE(cpu_files); i++)
		rows[i] = (struct proc_row){
			.path = kasprintf(CPU_DIR "cpu%d/%s", n, cpu_files[i].name),
			.mode = 0444,
			.show = cpu_files[i].show,
			.private = cpu_files[i].text ? (void *)cpu_files[i].text :
						       (void *)(intptr_t)n,
		};
}

/* --- devices/system/node: one node with all there is */

static int node_meminfo_show(struct seq_file *m, void *private __maybe_unused)
{
	u64 total = nr_total_pages(), free = nr_free_pages();

	seq_printf(m, "Node 0 MemTotal:       %8llu kB\nNode 0 MemFree:        %8llu kB\n"
		   "Node 0 MemUsed:        %8llu kB\n",
		   (unsigned long long)(total << (PAGE_SHIFT - 10)),
		   (unsigned long long)(free << (PAGE_SHIFT - 10)),
		   (unsigned long long)((total - free) << (PAGE_SHIFT - 10)));
	return 0;
}

#define TEXT_FILE(ident, name, content)                                                            \
	SYSFS_FILE(ident) = { .path = name, .mode = 0444, .show = text_show, .private = content }
#define EMPTY_DIR(ident, name) SYSFS_FILE(ident) = { .path = name }

#define NODE_DIR "devices/system/node/"
TEXT_FILE(node_online, NODE_DIR "online", "0\n");
TEXT_FILE(node_possible, NODE_DIR "possible", "0\n");
SYSFS_FILE(node_cpumap) = { NODE_DIR "node0/cpumap", 0444, all_mask_show };
SYSFS_FILE(node_cpulist) = { NODE_DIR "node0/cpulist", 0444, all_cpus_show };
SYSFS_FILE(node_meminfo) = { NODE_DIR "node0/meminfo", 0444, node_meminfo_show };
TEXT_FILE(node_distance, NODE_DIR "node0/distance", "10\n");

/* --- the rest */

TEXT_FILE(thp_enabled, "kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
TEXT_FILE(thp_defrag, "kernel/mm/transparent_hugepage/defrag",
	  "always defer defer+madvise madvise [never]\n");
TEXT_FILE(uevent_seqnum, "kernel/uevent_seqnum", "0\n");
TEXT_FILE(power_state, "power/state", "\n");
EMPTY_DIR(hugepages, "kernel/mm/hugepages");
EMPTY_DIR(kernel_debug, "kernel/debug");
EMPTY_DIR(kernel_tracing, "kernel/tracing");
EMPTY_DIR(kernel_security, "kernel/security");
EMPTY_DIR(fs_cgroup, "fs/cgroup");
EMPTY_DIR(fs_fuse, "fs/fuse/connections");
EMPTY_DIR(block, "block");
EMPTY_DIR(class_block, "class/block");
EMPTY_DIR(class_net, "class/net");
EMPTY_DIR(class_tty, "class/tty");
EMPTY_DIR(devices_virtual, "devices/virtual");
EMPTY_DIR(dev_block, "dev/block");
EMPTY_DIR(dev_char, "dev/char");
EMPTY_DIR(bus, "bus");
EMPTY_DIR(firmware, "firmware");
EMPTY_DIR(module, "module");

/* All rows as one table: the registered ones, and each CPU's. */
static struct proc_node *sysfs_tree(void)
{
	static struct proc_node *tree;
	const struct proc_row *row;
	int cpus = min(os_cpu_count(), 64);
	struct proc_row *rows, *next;
	size_t fixed;

	if (tree)
		return tree;
	fixed = (size_t)(__stop_um_sysfs_rows - __start_um_sysfs_rows);
	rows = next = kzalloc((fixed + (size_t)cpus * ARRAY_SIZE(cpu_files)) * sizeof(*rows));
	table_for_each(row, um_sysfs_rows)
		*next++ = *row;
	for (int i = 0; i < cpus; i++, next += ARRAY_SIZE(cpu_files))
		fill_cpu_rows(next, i);
	tree = tree_build(rows, next);
	return tree;
}

static const struct super_ops sysfs_super_ops = { .statfs = proc_statfs };

static struct super_block *sysfs_mount(const struct fs_type *type, unsigned long flags,
				       const char *source, const char *data __maybe_unused)
{
	struct super_block *sb = sb_new(type, flags, source);

	sb->ops = &sysfs_super_ops;
	sb->magic = SYSFS_MAGIC;
	sb->blocksize = (u32)PAGE_SIZE;
	sb->root = d_make_root(tree_inode(sb, sysfs_tree()));
	return sb;
}

FS_TYPE(sysfs_fs) = { .name = "sysfs", .mount = sysfs_mount };
