/* /proc: what the system is and has: version, cmdline, filesystems, devices, locks... */
#include "um/boot.h"
#include "um/uts.h"

#include "proc.h"

static int version_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%s version %s (um@umkit) (gcc %s) %s\n", init_uts.sysname, init_uts.release,
		   __VERSION__, init_uts.version);
	return 0;
}

PROC_FILE(version) = { "version", 0444, version_show };

static int cmdline_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%s\n", saved_command_line);
	return 0;
}

PROC_FILE(cmdline) = { "cmdline", 0444, cmdline_show };

static int filesystems_show(struct seq_file *m, void *private __maybe_unused)
{
	const struct fs_type *type;

	table_for_each(type, um_fs_types)
		seq_printf(m, "%s\t%s\n", type->flags & FS_REQUIRES_DEV ? "" : "nodev", type->name);
	return 0;
}

PROC_FILE(filesystems) = { "filesystems", 0444, filesystems_show };

static int devices_show(struct seq_file *m, void *private __maybe_unused)
{
	show_chrdevs(m);
	return 0;
}

PROC_FILE(devices) = { "devices", 0444, devices_show };

static int locks_show(struct seq_file *m, void *private __maybe_unused)
{
	show_locks(m);
	return 0;
}

PROC_FILE(locks) = { "locks", 0444, locks_show };

static int partitions_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_puts(m, "major minor  #blocks  name\n\n");
	return 0;
}

PROC_FILE(partitions) = { "partitions", 0444, partitions_show };

/* There are none of these. */
static int empty_show(struct seq_file *m __maybe_unused, void *private __maybe_unused)
{
	return 0;
}

PROC_FILE(misc) = { "misc", 0444, empty_show };
PROC_FILE(diskstats) = { "diskstats", 0444, empty_show };
PROC_FILE(modules) = { "modules", 0444, empty_show };
