/*
 * What ioctl(2) does to terminals: modes, window size, flow control, flushing and the rest of
 * ioctl_tty(2).  On a pty's master the modes and the size are the slave's.
 */
#include "tty.h"

#include <linux/tty.h>

#include "n_tty.h"
#include "um/sched.h"
#include "um/signal.h"
#include "um/uaccess.h"

static const unsigned baud_table[] = {
	0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600,
	115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000,
	2500000, 3000000, 3500000, 4000000,
};

static unsigned baud_of(unsigned code, unsigned given)
{
	if (code == BOTHER)
		return given;
	if (code & CBAUDEX)
		code = (code & ~CBAUDEX) + 15;
	return code < ARRAY_SIZE(baud_table) ? baud_table[code] : 0;
}

/* The speeds as numbers, from the Bfoo codes that programs set. */
static void set_speeds(struct ktermios *t)
{
	unsigned in = (t->c_cflag >> IBSHIFT) & CBAUD;

	t->c_ospeed = baud_of(t->c_cflag & CBAUD, t->c_ospeed);
	t->c_ispeed = in ? baud_of(in, t->c_ispeed) : t->c_ospeed;
}

/* --- termios */

static bool default_flow(const struct ktermios *t)
{
	return (t->c_iflag & IXON) && t->c_cc[VSTOP] == ('S' & 037) &&
	       t->c_cc[VSTART] == ('Q' & 037);
}

/* Tells a master in packet mode what changed. */
static void packet_termios(struct tty *tty, const struct ktermios *old)
{
	bool flow = default_flow(&tty->termios);

	if (flow != default_flow(old))
		tty_packet_event(tty, flow ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP,
				 flow ? TIOCPKT_NOSTOP : TIOCPKT_DOSTOP);
	if ((old->c_lflag | tty->termios.c_lflag) & EXTPROC)
		tty_packet_event(tty, TIOCPKT_IOCTL, 0);
}

/* Where `lock` has a bit set, what was stays. */
static tcflag_t keep_locked(tcflag_t now, tcflag_t was, tcflag_t lock)
{
	return (now & ~lock) | (was & lock);
}

static void undo_locked(struct ktermios *t, const struct ktermios *old,
			const struct ktermios *lock)
{
	t->c_iflag = keep_locked(t->c_iflag, old->c_iflag, lock->c_iflag);
	t->c_oflag = keep_locked(t->c_oflag, old->c_oflag, lock->c_oflag);
	t->c_cflag = keep_locked(t->c_cflag, old->c_cflag, lock->c_cflag);
	t->c_lflag = keep_locked(t->c_lflag, old->c_lflag, lock->c_lflag);
	if (lock->c_line)
		t->c_line = old->c_line;
	for (size_t i = 0; i < ARRAY_SIZE(t->c_cc); i++) {
		if (lock->c_cc[i])
			t->c_cc[i] = old->c_cc[i];
	}
}

static void apply_termios(struct tty *tty, const struct ktermios *t)
{
	struct ktermios old = tty->termios;

	tty->termios = *t;
	undo_locked(&tty->termios, &old, &tty->locked_termios);
	if (tty->link)	/* no line, no line parameters */
		tty->termios.c_cflag = (tty->termios.c_cflag & ~(CSIZE | PARENB)) | CS8 | CREAD;
	if (tty->ops->set_termios)
		tty->ops->set_termios(tty, &old);
	packet_termios(tty, &old);
	if (tty->ldisc)
		n_tty_set_termios(tty, &old);
}

#define SET_FLUSH 1
#define SET_WAIT 2

/* CPUs without TCGETS2 have no need of it: what TCGETS gives is all that there is. */
#define TERMIOS_HAS_SPEEDS (sizeof(struct termios) == sizeof(struct ktermios))

enum termios_form { FORM_TERMIO, FORM_TERMIOS, FORM_TERMIOS2 };

static int get_termio(struct ktermios *t, unsigned long arg)
{
	struct termio old;

	if (get_user(old, arg))
		return -EFAULT;
	t->c_iflag = (t->c_iflag & ~0xffffU) | old.c_iflag;
	t->c_oflag = (t->c_oflag & ~0xffffU) | old.c_oflag;
	t->c_cflag = (t->c_cflag & ~0xffffU) | old.c_cflag;
	t->c_lflag = (t->c_lflag & ~0xffffU) | old.c_lflag;
	t->c_line = old.c_line;
	memcpy(t->c_cc, old.c_cc, NCC);
	return 0;
}

static int get_termios(struct ktermios *t, unsigned long arg)
{
	struct termios user;

	if (TERMIOS_HAS_SPEEDS)
		return copy_from_user(t, arg, sizeof(*t));
	if (get_user(user, arg))
		return -EFAULT;
	t->c_iflag = user.c_iflag;
	t->c_oflag = user.c_oflag;
	t->c_cflag = user.c_cflag;
	t->c_lflag = user.c_lflag;
	t->c_line = user.c_line;
	memcpy(t->c_cc, user.c_cc, sizeof(user.c_cc));
	return 0;
}

static long set_termios(struct tty *tty, unsigned long arg, enum termios_form form, int how)
{
	struct ktermios t = tty->termios;
	int err = tty_check_change(tty);

	if (err)
		return err;
	switch (form) {
	case FORM_TERMIO:
		err = get_termio(&t, arg);
		break;
	case FORM_TERMIOS:
		err = get_termios(&t, arg);
		break;
	case FORM_TERMIOS2:	/* the same as ours, where there is one */
		err = copy_from_user(&t, arg, sizeof(t));
		break;
	}
	if (err)
		return err;
	set_speeds(&t);
	if ((how & SET_FLUSH) && tty->ldisc)
		n_tty_flush_input(tty);
	if (how & SET_WAIT) {
		err = tty_wait_sent(tty);
		if (err)
			return err;
	}
	apply_termios(tty, &t);
	return 0;
}

static long put_termio(const struct ktermios *t, unsigned long arg)
{
	struct termio out;

	memset(&out, 0, sizeof(out));
	out.c_iflag = t->c_iflag;
	out.c_oflag = t->c_oflag;
	out.c_cflag = t->c_cflag;
	out.c_lflag = t->c_lflag;
	out.c_line = t->c_line;
	memcpy(out.c_cc, t->c_cc, NCC);
	return copy_to_user(arg, &out, sizeof(out));
}

static long put_termios(const struct ktermios *t, unsigned long arg)
{
	struct termios out;

	if (TERMIOS_HAS_SPEEDS)
		return copy_to_user(arg, t, sizeof(*t));
	memset(&out, 0, sizeof(out));
	out.c_iflag = t->c_iflag;
	out.c_oflag = t->c_oflag;
	out.c_cflag = t->c_cflag;
	out.c_lflag = t->c_lflag;
	out.c_line = t->c_line;
	memcpy(out.c_cc, t->c_cc, sizeof(out.c_cc));
	return copy_to_user(arg, &out, sizeof(out));
}

static long lock_termios(struct tty *tty, unsigned long arg)
{
	struct ktermios lock = tty->locked_termios;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = get_termios(&lock, arg);
	if (!err)
		tty->locked_termios = lock;
	return err;
}

/* CLOCAL by its own: "software carrier". */
static long set_soft_carrier(struct tty *tty, unsigned long arg)
{
	struct ktermios t = tty->termios;
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	t.c_cflag = on ? t.c_cflag | CLOCAL : t.c_cflag & ~CLOCAL;
	apply_termios(tty, &t);
	return 0;
}

static long termios_ioctl(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCGETS:
		return put_termios(&tty->termios, arg);
	case TCSETS:
		return set_termios(tty, arg, FORM_TERMIOS, 0);
	case TCSETSW:
		return set_termios(tty, arg, FORM_TERMIOS, SET_WAIT);
	case TCSETSF:
		return set_termios(tty, arg, FORM_TERMIOS, SET_WAIT | SET_FLUSH);
#ifdef TCGETS2
	case TCGETS2:
		return copy_to_user(arg, &tty->termios, sizeof(tty->termios));
	case TCSETS2:
		return set_termios(tty, arg, FORM_TERMIOS2, 0);
	case TCSETSW2:
		return set_termios(tty, arg, FORM_TERMIOS2, SET_WAIT);
	case TCSETSF2:
		return set_termios(tty, arg, FORM_TERMIOS2, SET_WAIT | SET_FLUSH);
#endif
	case TCGETA:
		return put_termio(&tty->termios, arg);
	case TCSETA:
		return set_termios(tty, arg, FORM_TERMIO, 0);
	case TCSETAW:
		return set_termios(tty, arg, FORM_TERMIO, SET_WAIT);
	case TCSETAF:
		return set_termios(tty, arg, FORM_TERMIO, SET_WAIT | SET_FLUSH);
	case TIOCGLCKTRMIOS:
		return put_termios(&tty->locked_termios, arg);
	case TIOCSLCKTRMIOS:
		return lock_termios(tty, arg);
	case TIOCGSOFTCAR:
		return put_user((int)!!(tty->termios.c_cflag & CLOCAL), arg);
	case TIOCSSOFTCAR:
		return set_soft_carrier(tty, arg);
	}
	return -ENOIOCTLCMD;
}

/* --- window size */

/* SIGWINCH to the foreground of both halves of a pty if the size is a new one. */
void tty_set_winsize(struct tty *tty, const struct winsize *ws)
{
	if (!memcmp(&tty->winsize, ws, sizeof(*ws)))
		return;
	tty->winsize = *ws;
	if (tty->link)
		tty->link->winsize = *ws;
	if (tty->pgrp)
		kill_pgrp(tty->pgrp, SIGWINCH, NULL);
	if (tty->link && tty->link->pgrp && tty->link->pgrp != tty->pgrp)
		kill_pgrp(tty->link->pgrp, SIGWINCH, NULL);
}

static long set_winsize(struct tty *tty, unsigned long arg)
{
	struct winsize ws;

	if (get_user(ws, arg))
		return -EFAULT;
	tty_set_winsize(tty, &ws);
	if (tty->ops->resize)
		tty->ops->resize(tty);
	return 0;
}

/* --- flow control, flushing, breaks */

static void send_now(struct tty *tty, u8 c)
{
	bool stopped = tty->stopped;

	if (c == DISABLED_CHAR)
		return;
	tty->stopped = false;
	if (tty->ops->write_room(tty))
		tty->ops->write(tty, &c, 1);
	tty->stopped = stopped;
}

static long flow_ioctl(struct tty *tty, unsigned long arg)
{
	int err = tty_check_change(tty);

	if (err)
		return err;
	switch (arg) {
	case TCOOFF:
		tty_stop(tty);
		return 0;
	case TCOON:
		tty_start(tty);
		return 0;
	case TCIOFF:
		send_now(tty, TTY_CC(tty, VSTOP));
		return 0;
	case TCION:
		send_now(tty, TTY_CC(tty, VSTART));
		return 0;
	}
	return -EINVAL;
}

static long flush_ioctl(struct tty *tty, unsigned long arg)
{
	int err = tty_check_change(tty);

	if (err)
		return err;
	if (arg != TCIFLUSH && arg != TCOFLUSH && arg != TCIOFLUSH)
		return -EINVAL;
	if (arg != TCOFLUSH)
		n_tty_flush_input(tty);
	if (arg != TCIFLUSH) {
		n_tty_drop_echo(tty);
		tty_flush_output(tty);
	}
	return 0;
}

/* A break cannot be sent on anything we have; what counts is the waiting. */
static long drain_ioctl(struct tty *tty)
{
	int err = tty_check_change(tty);

	if (err)
		return err;
	return tty_wait_sent(tty) ? -EINTR : 0;
}

static long control_ioctl(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCXONC:
		return flow_ioctl(tty, arg);
	case TCFLSH:
		return flush_ioctl(tty, arg);
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
		return drain_ioctl(tty);
	case TIOCCBRK:
		return tty_check_change(tty);
	case TIOCOUTQ:
		return put_user((int)(tty->ops->chars_in_buffer ?
				      tty->ops->chars_in_buffer(tty) : 0), arg);
	case FIONREAD:
		return put_user((int)n_tty_inq(tty), arg);
	}
	return -ENOIOCTLCMD;
}

/* --- the rest */

static long fake_input(struct tty *tty, unsigned long arg)
{
	u8 c;

	if (current->group->ctty != tty && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(c, arg))
		return -EFAULT;
	tty_input(tty, &c, 1);
	return 0;
}

static long set_ldisc(struct tty *tty, unsigned long arg)
{
	int disc, err;

	if (get_user(disc, arg))
		return -EFAULT;
	err = tty_check_change(tty);
	if (err)
		return err;
	return disc == N_TTY ? 0 : -EINVAL;
}

static long hangup_ioctl(struct tty *tty)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	tty_vhangup(tty, false);
	return 0;
}

static long general_ioctl(struct tty *tty, struct file *file, unsigned cmd, unsigned long arg)
{
	struct tty *real = tty_real(tty);

	switch (cmd) {
	case TIOCGWINSZ:
		return copy_to_user(arg, &real->winsize, sizeof(real->winsize));
	case TIOCSWINSZ:
		return set_winsize(real, arg);
	case TIOCSTI:
		return fake_input(tty, arg);
	case TIOCEXCL:
		tty->exclusive = true;
		return 0;
	case TIOCNXCL:
		tty->exclusive = false;
		return 0;
	case TIOCGEXCL:
		return put_user((int)tty->exclusive, arg);
	case TIOCVHANGUP:
		return hangup_ioctl(tty);
	case TIOCGETD:
		return put_user((int)N_TTY, arg);
	case TIOCSETD:
		return set_ldisc(tty, arg);
	case TIOCGDEV:
		return put_user((unsigned)tty_dev_nr(real), arg);
	case TIOCCONS:
		return capable(CAP_SYS_ADMIN) ? tty_redirect_console(file) : -EPERM;
	}
	return -ENOIOCTLCMD;
}

long tty_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct tty_file *tf = tty_file(file);
	struct tty *tty = tf->tty;
	long ret;

	if (tf->hung)
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	ret = general_ioctl(tty, file, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = tty_jobctl_ioctl(tty, file, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = control_ioctl(tty, cmd, arg);
	if (ret == -ENOIOCTLCMD && tty->ops->ioctl)
		ret = tty->ops->ioctl(tty, file, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = termios_ioctl(tty_real(tty), cmd, arg);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}
