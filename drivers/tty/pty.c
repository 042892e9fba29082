/*
 * Pseudo terminals: pairs of a master, which is made by each open of /dev/ptmx, and a slave, which
 * has a node in devpts as long as the master is open.
 *
 * What one half writes is the other half's input.  References: the master has one of the slave
 * until it closes; the slave has one of the master as long as the slave lives, so slave->link is
 * always there.  When the master's structure goes, its number is free again.
 */
#include "tty.h"

#include <linux/major.h>
#include <stdio.h>

#include "um/devpts.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/signal.h"
#include "um/uaccess.h"

struct pty {
	struct devpts *pts;
	struct dentry *node;	/* NULL: the master has closed */
	int index;
};

/* The slave that a node of devpts stands for; NULL when its master has gone, or the node is not in
 * devpts. */
struct tty *pty_from_inode(struct inode *inode)
{
	return inode->sb->magic == DEVPTS_SUPER_MAGIC ? inode->private : NULL;
}

static struct pty *pty_of_master(struct tty *master)
{
	return master->driver_data;
}

/* --- both halves */

static size_t pty_write(struct tty *tty, const u8 *buf, size_t n)
{
	return tty->link ? tty_input(tty->link, buf, n) : n;
}

static size_t pty_write_room(struct tty *tty)
{
	return tty->link ? tty_input_room(tty->link) : 0;
}

static void pty_unthrottle(struct tty *tty)
{
	if (tty->link)
		tty_wakeup(tty->link);
}

static void wake_all(struct tty *tty)
{
	wake_up_key(&tty->read_wait, INT_MAX, EV_IN | EPOLLHUP);
	wake_up_key(&tty->write_wait, INT_MAX, EV_OUT | EPOLLHUP);
}

/* --- the slave */

static int slave_open(struct tty *slave, struct file *file __maybe_unused)
{
	if (slave->other_closed || slave->link->locked)
		return -EIO;
	slave->link->other_closed = false;
	return 0;
}

static void slave_close(struct tty *slave)
{
	slave->link->other_closed = true;
	wake_all(slave->link);
}

static void slave_free(struct tty *slave)
{
	tty_put(slave->link);
}

static const struct tty_driver_ops slave_ops = {
	.open = slave_open,
	.close = slave_close,
	.free = slave_free,
	.write = pty_write,
	.write_room = pty_write_room,
	.unthrottle = pty_unthrottle,
};

/* --- the master */

static void master_close(struct tty *master)
{
	struct pty *pty = pty_of_master(master);
	struct tty *slave = master->link;
	struct dentry *node = pty->node;

	slave->other_closed = true;
	slave->hung_up = true;
	pty->node = NULL;
	wake_all(slave);
	devpts_node_remove(node);
	tty_vhangup(slave, false);
	master->link = NULL;
	tty_put(slave);
}

static void master_free(struct tty *master)
{
	struct pty *pty = pty_of_master(master);

	devpts_free_index(pty->pts, pty->index);
	devpts_release(pty->pts);
	kfree(pty);
}

static long set_packet(struct tty *master, unsigned long arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	if (on && !master->packet)
		master->packet_status = 0;
	master->packet = on;
	return 0;
}

static long set_lock(struct tty *master, unsigned long arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	master->locked = on;
	return 0;
}

static long signal_slave(struct tty *slave, unsigned long sig)
{
	if (sig != SIGINT && sig != SIGQUIT && sig != SIGTSTP)
		return -EINVAL;
	if (slave->pgrp)
		kill_pgrp(slave->pgrp, (int)sig, NULL);
	return 0;
}

static long open_peer(struct tty *master, struct file *file, unsigned flags)
{
	struct pty *pty = pty_of_master(master);
	struct file *peer;
	struct path path;
	int err;

	err = devpts_node_path(pty->pts, file, pty->node, &path);
	if (err)
		return err;
	peer = dentry_open(&path, flags, current->cred);
	path_put(&path);
	if (IS_ERR(peer))
		return PTR_ERR(peer);
	return fd_install_new(peer, flags);
}

static long master_ioctl(struct tty *master, struct file *file, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCGPTN:
		return put_user((unsigned)pty_of_master(master)->index, arg);
	case TIOCSPTLCK:
		return set_lock(master, arg);
	case TIOCGPTLCK:
		return put_user((int)master->locked, arg);
	case TIOCPKT:
		return set_packet(master, arg);
	case TIOCGPKT:
		return put_user((int)master->packet, arg);
	case TIOCSIG:
		return signal_slave(master->link, arg);
	case TIOCGPTPEER:
		return open_peer(master, file, (unsigned)arg);
	}
	return -ENOIOCTLCMD;
}

static const struct tty_driver_ops master_ops = {
	.close = master_close,
	.free = master_free,
	.write = pty_write,
	.write_room = pty_write_room,
	.unthrottle = pty_unthrottle,
	.ioctl = master_ioctl,
};

/* --- /dev/ptmx */

/* The two halves, linked; the caller has one reference of the master, which has the slave. */
static struct tty *pty_pair(struct devpts *pts, int index)
{
	struct pty *pty = kzalloc_type(struct pty);
	struct tty *master, *slave;
	char name[16];

	pty->pts = pts;
	pty->index = index;
	snprintf(name, sizeof(name), "ptm%d", index);
	master = tty_new(name, MKDEV(UNIX98_PTY_MASTER_MAJOR, index), &master_ops, pty);
	snprintf(name, sizeof(name), "pts/%d", index);
	slave = tty_new(name, MKDEV(UNIX98_PTY_SLAVE_MAJOR, index), &slave_ops, NULL);
	master->termios.c_iflag = master->termios.c_oflag = master->termios.c_lflag = 0;
	master->termios.c_cflag = slave->termios.c_cflag = B38400 | CS8 | CREAD;
	master->ldisc = n_tty_new();
	slave->ldisc = n_tty_new();
	master->pty_master = true;
	master->locked = true;
	master->link = slave;
	slave->link = tty_get(master);
	return master;
}

static void pty_unpair(struct tty *master)
{
	struct tty *slave = master->link;

	master->link = NULL;
	tty_put(slave);
	tty_put(master);
}

static int ptmx_open(struct inode *inode __maybe_unused, struct file *file)
{
	struct devpts *pts = devpts_acquire(file);
	struct tty *master;
	struct dentry *node;
	int index, err;

	if (IS_ERR(pts))
		return PTR_ERR(pts);
	index = devpts_new_index(pts);
	if (index < 0) {
		devpts_release(pts);
		return index;
	}
	master = pty_pair(pts, index);
	node = devpts_node_add(pts, index, master->link);
	if (IS_ERR(node)) {
		err = PTR_ERR(node);
		goto unpair;
	}
	pty_of_master(master)->node = node;
	err = tty_open_file(master, file);
	if (err)
		goto remove_node;
	tty_put(master);	/* the file has it */
	return 0;

remove_node:
	devpts_node_remove(node);
unpair:
	pty_unpair(master);
	return err;
}

static const struct file_ops ptmx_ops = {
	.open = ptmx_open,
};

static const struct chrdev ptmx_device = { MKDEV(TTYAUX_MAJOR, 2), 1, "/dev/ptmx", &ptmx_ops };

static int pty_init(void)
{
	int err = register_chrdev(&ptmx_device);

	return err ? err : devtmpfs_add("ptmx", S_IFCHR | 0666, MKDEV(TTYAUX_MAJOR, 2));
}
INITCALL(INIT_DRIVER, pty_init);
