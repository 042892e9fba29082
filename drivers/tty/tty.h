/* What the files of drivers/tty/ share. */
#ifndef DRIVERS_TTY_H
#define DRIVERS_TTY_H

#include "um/tty.h"

/* One open file of a tty: file->private. */
struct tty_file {
	struct tty *tty;	/* a reference */
	struct file *file;
	struct list_head node;	/* on tty->files */
	bool console;		/* opened as /dev/console: no job control, survives hangups */
	bool hung;		/* cut off by a hangup: reads give 0, all else EIO */
};

static inline struct tty_file *tty_file(const struct file *file)
{
	return file->private;
}

/* termios tests */
#define I_FLAG(tty, f) ((tty)->termios.c_iflag & (f))
#define O_FLAG(tty, f) ((tty)->termios.c_oflag & (f))
#define L_FLAG(tty, f) ((tty)->termios.c_lflag & (f))
#define TTY_CC(tty, i) ((tty)->termios.c_cc[i])
#define DISABLED_CHAR 0		/* _POSIX_VDISABLE */

#define EV_IN (EPOLLIN | EPOLLRDNORM)
#define EV_OUT (EPOLLOUT | EPOLLWRNORM)

/* --- tty_core.c */
void tty_init_termios(struct ktermios *t);	/* the terminal every open begins with */
struct tty *tty_real(struct tty *tty);		/* a pty master's slave, else the tty itself */
void tty_stop(struct tty *tty);
void tty_start(struct tty *tty);
void tty_packet_event(struct tty *slave, u8 set, u8 clear);	/* TIOCPKT_* for the master */
int tty_wait_sent(struct tty *tty);		/* 0 or -ERESTARTSYS */
void tty_flush_output(struct tty *tty);
void tty_vhangup(struct tty *tty, bool exit_session);
/* TIOCCONS: output to /dev/console goes to this file; NULL: to the console. */
int tty_redirect_console(struct file *file);

/* --- tty_ioctl.c */
long tty_ioctl(struct file *file, unsigned cmd, unsigned long arg);

/* --- n_tty.c: the line discipline's input side */
struct n_tty *n_tty_new(void);
void n_tty_free(struct n_tty *ld);
void n_tty_flush_input(struct tty *tty);
void n_tty_set_termios(struct tty *tty, const struct ktermios *old);
size_t n_tty_receive(struct tty *tty, const u8 *buf, size_t n);
size_t n_tty_room(struct tty *tty);
void n_tty_end_input(struct tty *tty);
bool n_tty_input_available(struct tty *tty, bool poll);
size_t n_tty_inq(struct tty *tty);		/* FIONREAD */

/* --- n_tty_read.c */
ssize_t n_tty_read(struct tty *tty, struct tty_file *tf, struct iov_iter *to);

/* --- n_tty_out.c: its output side */
/* Takes what there is room for; how many of the n bytes. */
size_t n_tty_output(struct tty *tty, const u8 *buf, size_t n);
size_t n_tty_output_room(struct tty *tty);
bool n_tty_flush_echo(struct tty *tty);		/* false: some is still waiting for room */
void n_tty_drop_echo(struct tty *tty);
void n_tty_echo_char(struct tty *tty, u8 c);	/* control characters as ^X */
void n_tty_echo_raw(struct tty *tty, u8 c);
bool n_tty_is_continuation(struct tty *tty, u8 c);	/* a further byte of a UTF-8 character */

/* --- jobctl.c */
int tty_check_change(struct tty *tty);		/* changing the terminal from the background */
int tty_check_job(struct tty *tty, int sig);	/* reading or writing from there */
void tty_open_ctty(struct tty *tty, struct file *file);	/* a leader without terminal gets it */
void tty_signal_leader(struct tty *tty, bool exit_session);
struct tty *tty_current(void);			/* current's terminal; no reference, or NULL */
long tty_jobctl_ioctl(struct tty *tty, struct file *file, unsigned cmd, unsigned long arg);

/* --- pty.c */
struct tty *pty_from_inode(struct inode *inode);	/* of a devpts node; no
							   reference, or NULL */

/* --- drivers/console.c */
struct tty *console_tty(void);			/* what /dev/console is; no reference, or NULL */

#endif
