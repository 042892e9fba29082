/* Console channels: what a console's characters come from and go to on the host. */
#ifndef DRIVERS_CHANNEL_H
#define DRIVERS_CHANNEL_H

#include "um/init.h"
#include "um/os_event.h"
#include "um/types.h"

struct chan;
struct console;
struct tty;

/* One kind of channel, named by what stands before the colon: "fd:1". */
struct chan_type {
	const char *name;
	const char *usage;	/* for the list of kinds: "fd:N" */
	/* NULL, or what is wrong with what stands after the colon ("" if nothing does). */
	const char *(*check)(const char *arg);
	/* At boot, for each console that names this kind, before K gives up the right to: makes
	 * ready on the host what `open` needs.  Absent: nothing. */
	void (*prepare)(void);
	/* Sets chan->fd (-1: nothing there yet) and what else it knows.  0 or -errno. */
	int (*open)(struct chan *chan, const char *arg);
	/* The other side has gone.  Absent: the console's input is at its end for good. */
	void (*gone)(struct chan *chan);
};
TABLE_DECLARE(const struct chan_type, um_chan_types);
#define CHAN_TYPE(ident) static const struct chan_type ident TABLE_ROW(um_chan_types)

/* An open channel, in one direction or both. */
struct chan {
	const struct chan_type *type;
	struct console *con;
	bool in, out;		/* used for */
	int fd;			/* -1: reads wait for ever, writes are swallowed */
	bool nonblock;		/* fd is our own and does not block */
	bool terminal;		/* fd is a host terminal in raw mode */
	bool ready_always;	/* a regular file or the like, which cannot be watched */
	bool slow;		/* nobody may ever read it: not waited for at shutdown */
	struct os_watch watch;
	struct os_watch listener;	/* port: */
};

/* Splits "kind:arg"; NULL if there is no such kind.  *arg: after the colon, or "". */
const struct chan_type *chan_type_find(const char *spec, const char **arg);
void chan_prepare(const char *spec);	/* "IN[,OUT]", at boot */
struct chan *chan_open(struct console *con, const char *spec, bool in, bool out, int *err);
void chan_watch(struct chan *chan, unsigned events);	/* OS_EV_IN | OS_EV_OUT, 0: pause */
void chan_attach(struct chan *chan, int fd);		/* a descriptor has come */
void chan_detach(struct chan *chan);			/* and goes: closed */
ssize_t chan_read(struct chan *chan, void *buf, size_t n);
ssize_t chan_write(struct chan *chan, const void *buf, size_t n);

/* --- console.c */
void console_chan_ready(struct chan *chan, unsigned events);
void console_chan_attached(struct chan *chan);
struct tty *console_tty(void);	/* what /dev/console is */
const char *console_name(const struct console *con);	/* "tty1" */
void console_hangup(struct console *con);		/* the other side has gone,
							   another may come */

/* --- hostfd.c: a guest file on one of um's own standard descriptors; ERR_PTR */
struct file;
struct file *hostfd_file(int fd);

#endif
