/* /proc/PID/ns: the namespaces, of which the guest has one of each kind.  The numbers are those
 * that Linux gives to its first ones. */
#include "um/err.h"
#include "um/kmalloc.h"

#include "proc.h"

#define NS_LINK(n, text)                                                                           \
	static char *readlink_##n(struct task *task __maybe_unused)                                \
	{                                                                                          \
		return kstrdup(text);                                                              \
	}

NS_LINK(cgroup, "cgroup:[4026531835]")
NS_LINK(ipc, "ipc:[4026531839]")
NS_LINK(mnt, "mnt:[4026531840]")
NS_LINK(net, "net:[4026531992]")
NS_LINK(pid, "pid:[4026531836]")
NS_LINK(time, "time:[4026531834]")
NS_LINK(user, "user:[4026531837]")
NS_LINK(uts, "uts:[4026531838]")

#define NS_ENTRY(n, f) { .name = n, .mode = S_IFLNK | 0777, .inspect = true, .readlink = f }

static const struct pid_entry ns_entries[] = {
	NS_ENTRY("cgroup", readlink_cgroup),
	NS_ENTRY("ipc", readlink_ipc),
	NS_ENTRY("mnt", readlink_mnt),
	NS_ENTRY("net", readlink_net),
	NS_ENTRY("pid", readlink_pid),
	NS_ENTRY("pid_for_children", readlink_pid),
	NS_ENTRY("time", readlink_time),
	NS_ENTRY("time_for_children", readlink_time),
	NS_ENTRY("user", readlink_user),
	NS_ENTRY("uts", readlink_uts),
};

static const struct pid_entry_table ns_table = { ns_entries, ARRAY_SIZE(ns_entries), 0x100 };

static int ns_dir_lookup(struct inode *dir, struct dentry *dentry)
{
	return entries_lookup(dir, dentry, &ns_table);
}

static int ns_dir_iterate(struct file *file, struct dir_context *ctx)
{
	return entries_iterate(file, ctx, &ns_table);
}

const struct inode_ops ns_dir_iops = {
	.lookup = ns_dir_lookup,
	.setattr = proc_setattr,
	.permission = proc_dir_permission,
	PROC_NO_NEW_NAMES,
};
const struct file_ops ns_dir_fops = { .iterate = ns_dir_iterate };
