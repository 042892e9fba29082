/* /proc/sys/fs and net: limits of files, pipes, notifications, sockets. */
#include "um/pipe.h"
#include "um/socket.h"

#include "../inotify.h"
#include "sysctl.h"

#define NR_OPEN_MAX (1024 * 1024)	/* fs/file.c: slots of a descriptor table */
#define EPOLL_ITEM_SIZE 160		/* what Linux reckons for a watch: epoll(7) */

static int file_nr_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%llu\t0\t%llu\n", (unsigned long long)nr_open_files,
		   (unsigned long long)max_open_files);
	return 0;
}

static unsigned count_inodes(void)
{
	const struct super_block *sb;
	const struct list_head *node;
	unsigned n = 0;

	list_for_each_entry(sb, &all_supers, node)
		list_for_each(node, &sb->inodes)
			n++;
	return n;
}

static int inode_nr_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%u\t0\n", count_inodes());
	return 0;
}

static int inode_state_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%u\t0\t0\t0\t0\t0\t0\n", count_inodes());
	return 0;
}

SYSCTL_VAR(file_max, "fs/file-max", SYSCTL_U64, max_open_files, 0, LLONG_MAX);
SYSCTL_FILE(file_nr, "fs/file-nr", 0444, file_nr_show, NULL);
SYSCTL_FILE(inode_nr, "fs/inode-nr", 0444, inode_nr_show, NULL);
SYSCTL_FILE(inode_state, "fs/inode-state", 0444, inode_state_show, NULL);
SYSCTL_CONST(nr_open, "fs/nr_open", NR_OPEN_MAX);

static int pipe_max_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%u\n", pipe_max_size);
	return 0;
}

static int pipe_max_write(const char *text, size_t n __maybe_unused)
{
	long long value;

	if (text_number(text, &value) || value < 0 || value > UINT_MAX)
		return -EINVAL;
	return pipe_set_max_size((unsigned)value);
}

SYSCTL_FILE(pipe_max_size, "fs/pipe-max-size", 0644, pipe_max_show, pipe_max_write);
SYSCTL_CONST(pipe_soft, "fs/pipe-user-pages-soft", 16384);
SYSCTL_CONST(pipe_hard, "fs/pipe-user-pages-hard", 0);

SYSCTL_VAR(inotify_queue, "fs/inotify/max_queued_events", SYSCTL_INT, inotify_max_queued_events, 0,
	   INT_MAX);
SYSCTL_VAR(inotify_instances, "fs/inotify/max_user_instances", SYSCTL_INT,
	   inotify_max_user_instances, 0, INT_MAX);
SYSCTL_VAR(inotify_watches, "fs/inotify/max_user_watches", SYSCTL_INT, inotify_max_user_watches, 0,
	   INT_MAX);

/* As many as fit into 4 % of memory. */
static int epoll_watches_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_printf(m, "%llu\n",
		   (unsigned long long)(nr_total_pages() * PAGE_SIZE / 25 / EPOLL_ITEM_SIZE));
	return 0;
}

SYSCTL_FILE(epoll_watches, "fs/epoll/max_user_watches", 0444, epoll_watches_show, NULL);

SYSCTL_CONST(protected_hardlinks, "fs/protected_hardlinks", 0);
SYSCTL_CONST(protected_symlinks, "fs/protected_symlinks", 0);
SYSCTL_CONST(protected_fifos, "fs/protected_fifos", 0);
SYSCTL_CONST(protected_regular, "fs/protected_regular", 0);
SYSCTL_CONST(fs_overflowuid, "fs/overflowuid", 65534);
SYSCTL_CONST(fs_overflowgid, "fs/overflowgid", 65534);
SYSCTL_CONST(suid_dumpable, "fs/suid_dumpable", 0);
SYSCTL_HINT(lease_break_time, "fs/lease-break-time", 45, 0, INT_MAX);
SYSCTL_HINT(dir_notify_enable, "fs/dir-notify-enable", 1, 0, 1);

SYSCTL_VAR(somaxconn, "net/core/somaxconn", SYSCTL_INT, somaxconn, 0, INT_MAX);
SYSCTL_VAR(max_dgram_qlen, "net/unix/max_dgram_qlen", SYSCTL_INT, unix_max_dgram_qlen, 0, INT_MAX);
