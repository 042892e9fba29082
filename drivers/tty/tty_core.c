/*
 * Terminals as files: open, read, write, poll, close, hangup, and the table that a device number
 * is looked up in.
 *
 * A tty lives by its references: one per open file, per process group that has it as controlling
 * terminal, per registration, and what its driver holds.  Each open file has a tty_file on
 * tty->files, through which a hangup cuts it off.
 */
#include "tty.h"

#include <linux/major.h>
#include <stdio.h>

#include "n_tty.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/signal.h"
#include "um/syscall.h"

#define WRITE_PIECE 1024	/* of a write, on the fiber's stack */
#define WAKEUP_CHARS 256	/* poll says writable when less is waiting to be sent */

static LIST_HEAD(ttys);
static struct file *redirect;	/* TIOCCONS; a reference */

/* The state a terminal begins with: tcgetattr(3)'s usual one. */
void tty_init_termios(struct ktermios *t)
{
	memset(t, 0, sizeof(*t));
	t->c_iflag = ICRNL | IXON;
	t->c_oflag = OPOST | ONLCR;
	t->c_cflag = B38400 | CS8 | CREAD | HUPCL;
	t->c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	t->c_ispeed = t->c_ospeed = 38400;
	t->c_cc[VINTR] = 'C' & 037;
	t->c_cc[VQUIT] = '\\' & 037;
	t->c_cc[VERASE] = 0177;
	t->c_cc[VKILL] = 'U' & 037;
	t->c_cc[VEOF] = 'D' & 037;
	t->c_cc[VMIN] = 1;
	t->c_cc[VSTART] = 'Q' & 037;
	t->c_cc[VSTOP] = 'S' & 037;
	t->c_cc[VSUSP] = 'Z' & 037;
	t->c_cc[VREPRINT] = 'R' & 037;
	t->c_cc[VDISCARD] = 'O' & 037;
	t->c_cc[VWERASE] = 'W' & 037;
	t->c_cc[VLNEXT] = 'V' & 037;
}

/* A tty with one reference, the caller's. */
struct tty *tty_new(const char *name, kdev_t dev, const struct tty_driver_ops *ops, void *data)
{
	struct tty *tty = kzalloc_type(struct tty);

	tty->refs = 1;
	tty->dev = dev;
	snprintf(tty->name, sizeof(tty->name), "%s", name);
	tty->ops = ops;
	tty->driver_data = data;
	tty_init_termios(&tty->termios);
	init_waitqueue_head(&tty->read_wait);
	init_waitqueue_head(&tty->write_wait);
	INIT_LIST_HEAD(&tty->files);
	INIT_LIST_HEAD(&tty->node);
	return tty;
}

struct tty *tty_get(struct tty *tty)
{
	tty->refs++;
	return tty;
}

void tty_put(struct tty *tty)
{
	if (!tty || --tty->refs)
		return;
	BUG_ON(!list_empty(&tty->files));
	if (tty->ops->free)
		tty->ops->free(tty);
	pid_put(tty->pgrp);
	pid_put(tty->session);
	n_tty_free(tty->ldisc);
	kfree(tty);
}

/* Open of the device node finds it from now on; takes a reference. */
void register_tty(struct tty *tty)
{
	list_add_tail(&tty_get(tty)->node, &ttys);
}

void unregister_tty(struct tty *tty)
{
	list_del(&tty->node);
	tty_put(tty);
}

static struct tty *find_tty(kdev_t dev)
{
	struct tty *tty;

	list_for_each_entry(tty, &ttys, node)
		if (tty->dev == dev)
			return tty;
	return NULL;
}

/* The device number as stat and /proc/PID/stat show it. */
int tty_dev_nr(struct tty *tty)
{
	unsigned ma, mi;

	if (!tty)
		return 0;
	ma = MAJOR(tty->dev);
	mi = MINOR(tty->dev);
	return (int)((mi & 0xff) | (ma << 8) | ((mi & ~0xffU) << 12));
}

struct tty *tty_real(struct tty *tty)
{
	return tty->pty_master && tty->link ? tty->link : tty;
}

/* --- between drivers and the line discipline */

size_t tty_input(struct tty *tty, const u8 *buf, size_t n)
{
	return tty->ldisc ? n_tty_receive(tty, buf, n) : n;
}

size_t tty_input_room(struct tty *tty)
{
	return tty->ldisc ? n_tty_room(tty) : N_TTY_BUF;
}

void tty_input_end(struct tty *tty)
{
	tty->input_ended = true;
	if (tty->ldisc)
		n_tty_end_input(tty);
	wake_up_key(&tty->read_wait, INT_MAX, EV_IN | EPOLLHUP);
}

void tty_wakeup(struct tty *tty)
{
	if (tty->ldisc)
		n_tty_flush_echo(tty);
	wake_up_poll(&tty->write_wait, EV_OUT);
}

/* What a pty's master in packet mode is told about its slave. */
void tty_packet_event(struct tty *slave, u8 set, u8 clear)
{
	struct tty *master = slave->link;

	if (slave->pty_master || !master || !master->packet)
		return;
	master->packet_status = (master->packet_status & ~clear) | set;
	wake_up_key(&master->read_wait, INT_MAX, EPOLLPRI | EV_IN);
}

void tty_stop(struct tty *tty)
{
	if (tty->stopped)
		return;
	tty->stopped = true;
	tty_packet_event(tty, TIOCPKT_STOP, TIOCPKT_START);
	if (tty->ops->flow)
		tty->ops->flow(tty, true);
}

void tty_start(struct tty *tty)
{
	if (!tty->stopped)
		return;
	tty->stopped = false;
	tty_packet_event(tty, TIOCPKT_START, TIOCPKT_STOP);
	if (tty->ops->flow)
		tty->ops->flow(tty, false);
	tty_wakeup(tty);
}

void tty_flush_output(struct tty *tty)
{
	if (tty->ops->flush_output)
		tty->ops->flush_output(tty);
	tty_packet_event(tty, TIOCPKT_FLUSHWRITE, 0);
	wake_up_poll(&tty->write_wait, EV_OUT);
}

static size_t chars_unsent(struct tty *tty)
{
	return tty->ops->chars_in_buffer ? tty->ops->chars_in_buffer(tty) : 0;
}

/* Until the driver has sent everything: 0, or -ERESTARTSYS. */
int tty_wait_sent(struct tty *tty)
{
	return wait_event_interruptible(&tty->write_wait, !chars_unsent(tty));
}

/* --- hangup */

/* Cuts off all open files, tells the session's leader, and begins afresh for whoever opens the
 * terminal next. */
void tty_vhangup(struct tty *tty, bool exit_session)
{
	struct tty_file *tf;
	struct ktermios old = tty->termios;

	list_for_each_entry(tf, &tty->files, node)
		if (!tf->console)
			tf->hung = true;
	tty_signal_leader(tty, exit_session);
	if (redirect && tty_file(redirect)->tty == tty)
		tty_redirect_console(NULL);
	tty->packet = false;
	if (tty->ldisc) {
		n_tty_drop_echo(tty);
		n_tty_flush_input(tty);
		tty->ldisc->column = 0;
		if (!tty->link) {
			tty_init_termios(&tty->termios);
			n_tty_set_termios(tty, &old);
		}
	}
	tty_start(tty);
	wake_up_key(&tty->read_wait, INT_MAX, EV_IN | EPOLLERR | EPOLLHUP);
	wake_up_key(&tty->write_wait, INT_MAX, EV_OUT | EPOLLERR | EPOLLHUP);
}

void tty_hangup(struct tty *tty)
{
	tty_vhangup(tty, false);
}

SYSCALL_DEFINE0(vhangup)
{
	struct tty *tty = tty_current();

	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	if (tty) {
		tty_get(tty);
		tty_vhangup(tty, false);
		tty_put(tty);
	}
	return 0;
}

/* --- open and close */

/* Makes `file` an open file of tty.  0 or -errno. */
int tty_open_file(struct tty *tty, struct file *file)
{
	struct tty_file *tf;
	int err;

	if (tty->hung_up)
		return -EIO;
	if (tty->exclusive && !capable(CAP_SYS_ADMIN))
		return -EBUSY;
	tty_get(tty);
	err = tty->ops->open ? tty->ops->open(tty, file) : 0;
	if (err) {
		tty_put(tty);
		return err;
	}
	if (!tty->ldisc)
		tty->ldisc = n_tty_new();
	tf = kzalloc_type(struct tty_file);
	tf->tty = tty;
	tf->file = file;
	list_add_tail(&tf->node, &tty->files);
	tty->count++;
	file->private = tf;
	file->ops = &tty_file_ops;
	file->mode = (file->mode | FMODE_STREAM) & ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	if (!tty->pty_master && !(file->flags & O_NOCTTY))
		tty_open_ctty(tty, file);
	return 0;
}

/* /dev/console never becomes a controlling terminal by being opened. */
static int open_console(struct file *file)
{
	struct tty *tty = console_tty();
	unsigned flags = file->flags;
	int err;

	if (!tty)
		return -ENODEV;
	file->flags |= O_NOCTTY;
	err = tty_open_file(tty, file);
	file->flags = flags;
	if (!err)
		tty_file(file)->console = true;
	return err;
}

static int tty_open(struct inode *inode, struct file *file)
{
	struct tty *tty;

	if (inode->rdev == MKDEV(TTYAUX_MAJOR, 1))
		return open_console(file);
	if (inode->rdev == MKDEV(TTYAUX_MAJOR, 0)) {
		tty = tty_current();
		return tty ? tty_open_file(tty, file) : -ENXIO;
	}
	if (MAJOR(inode->rdev) >= UNIX98_PTY_SLAVE_MAJOR &&
	    MAJOR(inode->rdev) < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT) {
		tty = pty_from_inode(inode);
		return tty ? tty_open_file(tty, file) : -EIO;
	}
	tty = find_tty(inode->rdev);
	return tty ? tty_open_file(tty, file) : -ENXIO;
}

/* The last file has gone: what it had set up goes too. */
static void last_close(struct tty *tty)
{
	tty->exclusive = false;
	if (tty->link)
		return;
	tty_start(tty);
	tty_init_termios(&tty->termios);
	n_tty_drop_echo(tty);
	n_tty_flush_input(tty);
}

static void tty_release(struct file *file)
{
	struct tty_file *tf = tty_file(file);
	struct tty *tty = tf->tty;

	list_del(&tf->node);
	kfree(tf);
	file->private = NULL;
	if (--tty->count == 0) {
		last_close(tty);
		if (tty->ops->close)
			tty->ops->close(tty);
	}
	tty_put(tty);
}

/* --- read and write */

/* One task at a time on each side; the others queue interruptibly. */
static int side_lock(struct file *file, bool *busy, struct wait_queue_head *wq)
{
	if (*busy && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	if (wait_event_interruptible(wq, !*busy))
		return -ERESTARTSYS;
	*busy = true;
	return 0;
}

static void side_unlock(bool *busy, struct wait_queue_head *wq)
{
	*busy = false;
	wake_up(wq);
}

static ssize_t tty_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	struct tty_file *tf = tty_file(file);
	struct tty *tty = tf->tty;
	ssize_t ret;
	int err;

	if (tf->hung)
		return 0;
	err = tf->console ? 0 : tty_check_job(tty, SIGTTIN);
	if (!err)
		err = side_lock(file, &tty->reading, &tty->read_wait);
	if (err)
		return err;
	ret = n_tty_read(tty, tf, to);
	side_unlock(&tty->reading, &tty->read_wait);
	if (ret > 0)
		inode_touch(file->inode, ATTR_ATIME);
	return ret;
}

static bool write_is_dead(struct tty *tty, struct tty_file *tf)
{
	return tf->hung || (!tty->pty_master && tty->link && tty->other_closed);
}

/* Sends one piece whole, unless something comes in between: bytes sent, or -errno. */
static ssize_t write_piece(struct tty *tty, struct tty_file *tf, const u8 *buf, size_t n)
{
	size_t done = 0, part;
	int err = 0;

	for (;;) {
		if (write_is_dead(tty, tf)) {
			err = -EIO;
			break;
		}
		part = n_tty_output(tty, buf + done, n - done);
		done += part;
		if (done == n)
			return done;
		if (part)
			continue;
		if (tf->file->flags & O_NONBLOCK) {
			err = -EAGAIN;
			break;
		}
		err = wait_event_interruptible(&tty->write_wait, n_tty_output_room(tty) ||
					       write_is_dead(tty, tf));
		if (err)
			break;
	}
	return done ? (ssize_t)done : err;
}

static ssize_t write_pieces(struct tty *tty, struct tty_file *tf, struct iov_iter *from)
{
	u8 piece[WRITE_PIECE];
	ssize_t done = 0, n;

	while (from->count) {
		size_t want = min(from->count, sizeof(piece));
		size_t got = copy_from_iter(piece, want, from);

		if (got < want)
			return done ? done : -EFAULT;
		n = write_piece(tty, tf, piece, got);
		if (n < 0)
			return done ? done : n;
		done += n;
		if ((size_t)n < got)
			break;
		if (signal_pending(current))
			return done;
	}
	return done;
}

static ssize_t tty_write(struct file *file, struct iov_iter *from, loff_t *pos __maybe_unused)
{
	struct tty_file *tf = tty_file(file);
	struct tty *tty = tf->tty;
	ssize_t ret;
	int err = 0;

	if (tf->console && redirect) {
		struct file *to = file_get(redirect);

		ret = tty_write(to, from, NULL);
		fput(to);
		return ret;
	}
	if (write_is_dead(tty, tf))
		return -EIO;
	if (L_FLAG(tty, TOSTOP) && !tf->console)
		err = tty_check_job(tty, SIGTTOU);
	if (!err)
		err = side_lock(file, &tty->writing, &tty->write_wait);
	if (err)
		return err;
	ret = write_pieces(tty, tf, from);
	side_unlock(&tty->writing, &tty->write_wait);
	if (ret > 0)
		inode_touch(file->inode, ATTR_MTIME);
	return ret;
}

/* TIOCCONS.  One redirection at a time; to /dev/console itself: ends it. */
int tty_redirect_console(struct file *file)
{
	struct file *old = redirect;

	if (!file || tty_file(file)->console) {
		redirect = NULL;
		if (old)
			fput(old);
		return 0;
	}
	if (redirect)
		return -EBUSY;
	redirect = file_get(file);
	return 0;
}

static u32 tty_poll(struct file *file, struct poll_table *pt)
{
	struct tty_file *tf = tty_file(file);
	struct tty *tty = tf->tty;
	u32 mask = 0;

	if (tf->hung)
		return EV_IN | EV_OUT | EPOLLERR | EPOLLHUP;
	poll_wait(file, &tty->read_wait, pt);
	poll_wait(file, &tty->write_wait, pt);
	if (n_tty_input_available(tty, true))
		mask |= EV_IN;
	if (tty->packet && tty->packet_status)
		mask |= EPOLLPRI | EV_IN;
	if (tty->other_closed)
		mask |= EPOLLHUP;
	if (tty->input_ended)
		mask |= EV_IN | EPOLLHUP;
	if (!tty->writing && chars_unsent(tty) < WAKEUP_CHARS && n_tty_output_room(tty))
		mask |= EV_OUT;
	return mask;
}

static int tty_fsync(struct file *file __maybe_unused, loff_t start __maybe_unused,
		     loff_t end __maybe_unused, bool datasync __maybe_unused)
{
	return -EINVAL;
}

const struct file_ops tty_file_ops = {
	.open = tty_open,
	.release = tty_release,
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.fsync = tty_fsync,
};

static const struct chrdev tty_devices[] = {
	{ MKDEV(TTY_MAJOR, 0), 64, "tty", &tty_file_ops },
	{ MKDEV(TTYAUX_MAJOR, 0), 1, "/dev/tty", &tty_file_ops },
	{ MKDEV(TTYAUX_MAJOR, 1), 1, "/dev/console", &tty_file_ops },
	{ MKDEV(UNIX98_PTY_SLAVE_MAJOR, 0), 1 << 20, "pts", &tty_file_ops },
};

static int tty_init(void)
{
	unsigned i;
	int err;

	for (i = 0; i < ARRAY_SIZE(tty_devices); i++) {
		err = register_chrdev(&tty_devices[i]);
		if (err)
			return err;
	}
	err = devtmpfs_add("tty", S_IFCHR | 0666, MKDEV(TTYAUX_MAJOR, 0));
	return err ? err : devtmpfs_add("console", S_IFCHR | 0600, MKDEV(TTYAUX_MAJOR, 1));
}
INITCALL(INIT_DRIVER, tty_init);
