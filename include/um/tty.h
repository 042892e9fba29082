/*
 * Terminals.  drivers/tty/: tty_core.c (files, ioctls), n_tty.c (the line discipline), jobctl.c,
 * pty.c, and drivers/console.c for consoles on host channels.
 */
#ifndef UM_TTY_H
#define UM_TTY_H

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>

#include "um/fs.h"
#include "um/list.h"
#include "um/pid.h"
#include "um/poll.h"
#include "um/wait.h"

struct tty;
struct n_tty;

/* The side a tty's characters go to: a console channel, or the other half of a pty. */
struct tty_driver_ops {
	/* Takes up to n bytes of output (after OPOST); how many, 0: full, later tty_wakeup(). */
	size_t (*write)(struct tty *tty, const u8 *buf, size_t n);
	size_t (*write_room)(struct tty *tty);
	size_t (*chars_in_buffer)(struct tty *tty);	/* not yet sent; for TCSADRAIN */
	void (*throttle)(struct tty *tty);		/* input buffer is full; absent: drops */
	void (*unthrottle)(struct tty *tty);
	void (*flush_output)(struct tty *tty);
	void (*set_termios)(struct tty *tty, const struct ktermios *old);
	void (*resize)(struct tty *tty);		/* the guest has set the window size */
	void (*close)(struct tty *tty);			/* the last descriptor is gone */
	void (*free)(struct tty *tty);
	long (*ioctl)(struct tty *tty, struct file *file, unsigned cmd, unsigned long arg);
	/* Each open, before it counts; may sleep.  Absent: fine. */
	int (*open)(struct tty *tty, struct file *file);
	/* The output has been stopped or goes on (^S, ^Q, TCXONC). */
	void (*flow)(struct tty *tty, bool stopped);
};

struct tty {
	int refs;
	int count;			/* open files */
	kdev_t dev;
	char name[16];			/* "tty1", "pts/0" */
	const struct tty_driver_ops *ops;
	void *driver_data;
	struct tty *link;		/* a pty's other half */
	struct ktermios termios;
	struct ktermios locked_termios;	/* TIOCSLCKTRMIOS: its set bits cannot be changed */
	struct winsize winsize;
	struct n_tty *ldisc;
	struct pid *pgrp;		/* foreground; a reference */
	struct pid *session;		/* whose controlling terminal it is; a reference */
	bool hung_up;
	bool other_closed;		/* pty: the other half has no opener */
	bool stopped;			/* ^S */
	bool packet;			/* TIOCPKT on a master */
	u8 packet_status;
	bool locked;			/* TIOCSPTLCK */
	bool exclusive;
	struct wait_queue_head read_wait, write_wait;
	struct list_head files;		/* tty_file.node: to be cut off by a hangup */
	struct list_head node;		/* registered ttys */
	bool reading, writing;		/* a task is in read, write: others queue behind it */
	bool pty_master;
	bool input_ended;		/* the source of a console's input has come to its end */
};

/* --- for drivers */
struct tty *tty_new(const char *name, kdev_t dev, const struct tty_driver_ops *ops, void *data);
struct tty *tty_get(struct tty *tty);
void tty_put(struct tty *tty);
/* Input from the outside world: through the line discipline.  Returns how many it had room for. */
size_t tty_input(struct tty *tty, const u8 *buf, size_t n);
void tty_wakeup(struct tty *tty);	/* the driver can take more output */
void tty_hangup(struct tty *tty);	/* SIGHUP to the session, reads end */
void tty_set_winsize(struct tty *tty, const struct winsize *ws);	/* SIGWINCH if changed */
void register_tty(struct tty *tty);	/* findable by its dev: open of the node finds it */
void unregister_tty(struct tty *tty);
size_t tty_input_room(struct tty *tty);	/* how much tty_input would surely take now */
/* No more input will come: what is there becomes readable, after it reads return 0. */
void tty_input_end(struct tty *tty);
extern const struct file_ops tty_file_ops;
int tty_open_file(struct tty *tty, struct file *file);

/* --- for the rest of K */
void session_lost_leader(struct thread_group *leader);	/* exit of a session leader: hangup */
void tty_inherit(struct thread_group *child, struct thread_group *parent);	/* fork: ctty */
void tty_release_ctty(struct thread_group *group);	/* setsid, exit */
int tty_dev_nr(struct tty *tty);			/* for /proc/PID/stat */
/* The kernel log's way to the console: may be called from anywhere, never sleeps. */
void console_write(const char *s, size_t n);
/* Opens what init gets as 0, 1, 2 (console, or the host's descriptors for um run). */
int console_open_stdio(void);
/* Restores the host terminal; safe at any time, also from a panic or a signal handler. */
void console_restore(void);
/* At shutdown: waits until the host has taken what is still buffered for it. */
void console_flush(void);
/* Makes tty the controlling terminal of current's session, which has none; boot's TIOCSCTTY. */
void tty_set_ctty(struct tty *tty);

#endif
