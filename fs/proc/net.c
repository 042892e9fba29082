/* /proc/PID/net, the same for every task: what sockets there are.  Protocols that the guest does
 * not have show their header line alone. */
#include "um/socket.h"

#include "proc.h"

static int unix_file_show(struct seq_file *m, void *private __maybe_unused)
{
	unix_show(m);
	return 0;
}

/* The sockets that the listing has, below its header line. */
static int sockstat_show(struct seq_file *m, void *private __maybe_unused)
{
	unsigned lines = 0;

	unix_show(m);
	for (size_t i = 0; i < m->len; i++)
		lines += m->buf[i] == '\n';
	m->len = 0;
	seq_printf(m, "sockets: used %u\n", lines ? lines - 1 : 0);
	return 0;
}

static int text_show(struct seq_file *m, void *private)
{
	seq_puts(m, private);
	return 0;
}

#define HEADER(name, text) { .path = name, .mode = 0444, .show = text_show, .private = text }

static const struct proc_row net_rows[] = {
	{ .path = "unix", .mode = 0444, .show = unix_file_show },
	HEADER("tcp", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"
		      "   uid  timeout inode                                           "
		      "          \n"),
	HEADER("udp", "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
		      "retrnsmt   uid  timeout inode ref pointer drops            \n"),
	HEADER("raw", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"
		      "   uid  timeout inode ref pointer drops\n"),
	HEADER("tcp6", "  sl  local_address                         remote_address"
		       "                        st tx_queue rx_queue tr tm->when retrnsmt   uid"
		       "  timeout inode\n"),
	HEADER("udp6", "  sl  local_address                         remote_address"
		       "                        st tx_queue rx_queue tr tm->when retrnsmt   uid"
		       "  timeout inode ref pointer drops\n"),
	HEADER("raw6", "  sl  local_address                         remote_address"
		       "                        st tx_queue rx_queue tr tm->when retrnsmt   uid"
		       "  timeout inode ref pointer drops\n"),
	HEADER("packet", "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"),
	HEADER("netlink", "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks"
			  "    Drops    Inode\n"),
	HEADER("dev", "Inter-|   Receive                                                "
		      "|  Transmit\n"
		      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
		      "packets errs drop fifo colls carrier compressed\n"),
	HEADER("route", "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\t"
			"Window\tIRTT                                                       \n"),
	HEADER("arp", "IP address       HW type     Flags       HW address            Mask     "
		      "Device\n"),
	HEADER("if_inet6", ""),
	HEADER("ipv6_route", ""),
	{ .path = "sockstat", .mode = 0444, .show = sockstat_show },
};

static struct proc_node *net_tree(void)
{
	static struct proc_node *tree;

	if (!tree)
		tree = tree_build(net_rows, net_rows + ARRAY_SIZE(net_rows));
	return tree;
}

static int net_dir_lookup(struct inode *dir, struct dentry *dentry)
{
	struct proc_node *node = tree_find(net_tree(), dentry->name.name, dentry->name.len);

	if (!pid_inode(dir)->pid->task)
		return -ENOENT;
	d_add(dentry, node ? tree_inode(dir->sb, node) : NULL);
	return 0;
}

static int net_dir_iterate(struct file *file, struct dir_context *ctx)
{
	if (!pid_inode(file->inode)->pid->task)
		return -ENOENT;
	return tree_iterate_node(net_tree(), file, ctx);
}

const struct inode_ops net_dir_iops = {
	.lookup = net_dir_lookup,
	.setattr = proc_setattr,
	.permission = proc_dir_permission,
	PROC_NO_NEW_NAMES,
};
const struct file_ops net_dir_fops = { .iterate = net_dir_iterate };
