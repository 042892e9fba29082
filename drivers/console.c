/*
 * Consoles: ttys on host channels, as the switches con= and conN= say.  con0 is /dev/tty0 and
 * /dev/console, con1 is /dev/tty1...
 *
 * A console's channel is opened when the tty first is, and stays.  Output goes through a ring: the
 * host may be slow, and many small pieces become one write; a timer that is due at once empties
 * it in the main loop.  Input is taken from the host only as far as the line discipline has room.
 * The driver's write never calls back into the tty: that is for the main loop's call-backs.
 */
#include <linux/major.h>
#include <stdio.h>

#include <asm/signal.h>

#include "channel.h"

#include "um/boot.h"
#include "um/kmalloc.h"
#include "um/os.h"
#include "um/os_tty.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/timer.h"
#include "um/tty.h"

#define NR_CONSOLES 8
#define RING 8192		/* a power of two */
#define STALLED_MS 60000	/* at shutdown: how long without progress is given up */
#define STALLED_SLOW_MS 1000	/* the same where perhaps nobody listens */
#define PRINTK_WAIT_MS 1000

struct console {
	unsigned nr;
	struct tty *tty;
	const char *spec;	/* conN=, or NULL */
	struct chan *in, *out;	/* once opened; may be the same */
	bool opened;
	bool throttled;		/* the line discipline's buffer is full */
	bool ended;		/* input has come to its end */
	bool dead;		/* output has nowhere to go any more */
	u8 *ring;
	size_t head, tail;	/* free running */
	struct timer pump;	/* input that cannot be watched, and output that waits */
};

static struct console consoles[NR_CONSOLES];
static const char *spec_for_all;	/* con= */

struct tty *console_tty(void)
{
	return consoles[0].tty;
}

const char *console_name(const struct console *con)
{
	return con->tty->name;
}

static size_t ring_used(const struct console *con)
{
	return con->head - con->tail;
}

static bool swallows(const struct console *con)
{
	return con->dead || !con->out || con->out->fd < 0;
}

/* --- what is watched */

static void watch_as_needed(struct console *con)
{
	bool out = ring_used(con) && !swallows(con);
	unsigned in_events = con->throttled || con->ended ? 0 : OS_EV_IN;
	unsigned out_events = out ? OS_EV_OUT : 0;

	if (con->in == con->out) {
		chan_watch(con->in, in_events | out_events);
	} else {
		chan_watch(con->in, in_events);
		chan_watch(con->out, out_events);
	}
	if ((in_events && con->in->ready_always) || (out_events && con->out->ready_always))
		timer_arm(&con->pump, ktime_mono());
}

/* --- output */

static size_t ring_put(struct console *con, const u8 *buf, size_t n)
{
	size_t done = 0;

	n = min(n, RING - ring_used(con));
	while (done < n) {
		size_t pos = con->head & (RING - 1);
		size_t part = min(n - done, RING - pos);

		memcpy(con->ring + pos, buf + done, part);
		con->head += part;
		done += part;
	}
	return n;
}

/* Writes what the host takes. */
static void drain(struct console *con)
{
	while (ring_used(con)) {
		size_t pos = con->tail & (RING - 1);
		ssize_t n;

		if (swallows(con)) {
			con->tail = con->head;
			return;
		}
		n = chan_write(con->out, con->ring + pos, min(ring_used(con), RING - pos));
		if (n == -EAGAIN)
			return;
		if (n < 0) {
			con->dead = true;
			continue;
		}
		con->tail += (size_t)n;
	}
}

/* Waits, all of K with it, until the ring is empty or nothing has moved for so long. */
static void drain_waiting(struct console *con, int stalled_ms)
{
	int waited = 0;

	drain(con);
	while (ring_used(con) && waited < stalled_ms) {
		size_t before = ring_used(con);

		if (!os_poll_fd(con->out->fd, OS_EV_OUT, 100))
			waited += 100;
		drain(con);
		if (ring_used(con) != before)
			waited = 0;
	}
}

static size_t con_write(struct tty *tty, const u8 *buf, size_t n)
{
	struct console *con = tty->driver_data;

	if (swallows(con))
		return n;
	n = ring_put(con, buf, n);
	if (ring_used(con) >= RING / 2) {
		drain(con);
		watch_as_needed(con);
	} else if (!timer_armed(&con->pump)) {
		timer_arm(&con->pump, ktime_mono());
	}
	return n;
}

static size_t con_write_room(struct tty *tty)
{
	struct console *con = tty->driver_data;

	return swallows(con) ? RING : RING - ring_used(con);
}

static size_t con_chars_in_buffer(struct tty *tty)
{
	return ring_used(tty->driver_data);
}

static void con_flush_output(struct tty *tty)
{
	struct console *con = tty->driver_data;

	con->tail = con->head;
}

/* --- input */

static void update_size(struct console *con)
{
	struct chan *chan = con->out && con->out->fd >= 0 ? con->out : con->in;
	unsigned rows, cols, xpixel, ypixel;
	struct winsize ws;

	if (!chan || chan->fd < 0 || !(chan->terminal || chan->slow) ||
	    os_tty_get_size(chan->fd, &rows, &cols, &xpixel, &ypixel))
		return;
	ws.ws_row = (unsigned short)rows;
	ws.ws_col = (unsigned short)cols;
	ws.ws_xpixel = (unsigned short)xpixel;
	ws.ws_ypixel = (unsigned short)ypixel;
	tty_set_winsize(con->tty, &ws);
}

static void input_gone(struct console *con)
{
	if (con->in->type->gone) {
		con->in->type->gone(con->in);
		return;
	}
	con->ended = true;
	if (con->in->terminal || con->in->slow)
		tty_hangup(con->tty);
	tty_input_end(con->tty);
}

static void take_input(struct console *con)
{
	static u8 buf[2048];	/* only the main loop is here */
	size_t room = min(tty_input_room(con->tty), sizeof(buf));
	ssize_t n;

	if (con->ended || con->in->fd < 0)
		return;
	if (!room) {
		con->throttled = true;
		return;
	}
	n = chan_read(con->in, buf, room);
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		input_gone(con);
		return;
	}
	if (con->in->slow)
		update_size(con);	/* nobody tells us when it changes */
	tty_input(con->tty, buf, (size_t)n);
}

static void con_unthrottle(struct tty *tty)
{
	struct console *con = tty->driver_data;

	con->throttled = false;
	if (con->opened)
		watch_as_needed(con);
}

/* --- call-backs of the main loop */

void console_chan_ready(struct chan *chan, unsigned events)
{
	struct console *con = chan->con;

	if (chan->out && (events & (OS_EV_OUT | OS_EV_ERR | OS_EV_HUP)) && ring_used(con)) {
		drain(con);
		tty_wakeup(con->tty);
	}
	if (chan->in && (events & (OS_EV_IN | OS_EV_ERR | OS_EV_HUP)))
		take_input(con);
	watch_as_needed(con);
}

static void pump(struct timer *timer)
{
	struct console *con = container_of(timer, struct console, pump);

	if (ring_used(con)) {
		drain(con);
		tty_wakeup(con->tty);
	}
	if (con->in->ready_always && !con->throttled && !con->ended)
		take_input(con);
	watch_as_needed(con);
}

/* A client has come to a channel that waited for one. */
void console_chan_attached(struct chan *chan)
{
	struct console *con = chan->con;

	con->dead = con->ended = con->throttled = false;
	con->tty->input_ended = false;
	watch_as_needed(con);
}

void console_hangup(struct console *con)
{
	con->tail = con->head;
	tty_hangup(con->tty);
}

static void host_resized(int sig __maybe_unused)
{
	unsigned i;

	for (i = 0; i < NR_CONSOLES; i++)
		if (consoles[i].opened)
			update_size(&consoles[i]);
}

static void host_continued(int sig)
{
	os_tty_reraw();
	host_resized(sig);
}

/* --- opening */

/* For um run: standard input or output, whichever is a terminal; -1. */
static int host_terminal(void)
{
	int fd;

	/* Not standard error alone: in a pipeline, others write to that terminal. */
	for (fd = 0; fd <= 1; fd++)
		if (os_fd_kind(fd, NULL, NULL) == OS_FD_TTY)
			return fd;
	return -1;
}

static bool is_host_terminal(int fd)
{
	int terminal = host_terminal();

	return terminal >= 0 && os_fd_kind(fd, NULL, NULL) == OS_FD_TTY &&
	       os_fd_same_device(fd, terminal);
}

static void run_spec(char *spec, size_t n)
{
	int terminal = host_terminal();

	if (terminal < 0)
		snprintf(spec, n, "null");
	else
		snprintf(spec, n, "fd:%d,fd:%d", terminal, is_host_terminal(1) ? 1 : terminal);
}

static void console_spec(const struct console *con, char *spec, size_t n)
{
	if (con->spec)
		snprintf(spec, n, "%s", con->spec);
	else if (spec_for_all)
		snprintf(spec, n, "%s", spec_for_all);
	else if (con->nr)
		snprintf(spec, n, "null");
	else if (boot.run)
		run_spec(spec, n);
	else
		snprintf(spec, n, "fd:0,fd:1");
}

static int open_channels(struct console *con, char *spec)
{
	char *out = strchr(spec, ',');
	int err;

	if (!out) {
		con->in = con->out = chan_open(con, spec, true, true, &err);
		return err;
	}
	*out++ = 0;
	con->in = chan_open(con, spec, true, false, &err);
	if (con->in)
		con->out = chan_open(con, out, false, true, &err);
	return err;
}

static int con_open(struct tty *tty, struct file *file __maybe_unused)
{
	struct console *con = tty->driver_data;
	char spec[256];
	int err;

	if (con->opened)
		return 0;
	console_spec(con, spec, sizeof(spec));
	err = open_channels(con, spec);
	if (err) {
		pr_err("console %s: cannot open channel %s: %s\n", tty->name, spec,
		       os_strerror(-err));
		return -ENODEV;
	}
	con->ring = kzalloc(RING);
	con->opened = true;
	update_size(con);
	if (con->in->terminal || con->out->terminal) {
		os_on_signal(SIGWINCH, host_resized);
		os_on_signal(SIGCONT, host_continued);
	}
	watch_as_needed(con);
	return 0;
}

/* --- the kernel log and the end */

static bool log_goes_to_stderr(const struct console *con)
{
	return !con->opened || swallows(con) || (boot.run && !con->out->terminal);
}

void console_write(const char *s, size_t n)
{
	struct console *con = &consoles[0];
	size_t i;

	if (log_goes_to_stderr(con)) {
		os_write_stderr(s, n);
		return;
	}
	for (i = 0; i < n && !con->dead; i++) {
		if (RING - ring_used(con) < 2)
			drain_waiting(con, PRINTK_WAIT_MS);
		if (s[i] == '\n' && con->out->terminal)
			ring_put(con, (const u8 *)"\r", 1);
		ring_put(con, (const u8 *)&s[i], 1);
	}
	drain(con);
	if (ring_used(con))
		watch_as_needed(con);
}

void console_flush(void)
{
	unsigned i;

	for (i = 0; i < NR_CONSOLES; i++)
		if (consoles[i].opened && ring_used(&consoles[i]) && !swallows(&consoles[i]))
			drain_waiting(&consoles[i],
				      consoles[i].out->slow ? STALLED_SLOW_MS : STALLED_MS);
}

void console_restore(void)
{
	os_tty_restore();
}

/* --- the first task's descriptors */

static const struct file_ops not_yet_open;	/* of a file until tty_open_file gives it its own */

/* The console by its node in /dev, or without one where the guest has none. */
static struct file *open_console(bool as_tty)
{
	struct tty *tty = console_tty();
	struct inode *inode;
	struct file *file;
	int err;

	file = filp_open(as_tty ? "/dev/tty0" : "/dev/console", O_RDWR, 0);
	if (!IS_ERR(file) && file->ops == &tty_file_ops)
		return file;
	if (!IS_ERR(file))
		fput(file);
	inode = anon_inode_new(S_IFCHR | 0600);
	if (IS_ERR_OR_NULL(inode))
		return ERR_PTR(-ENFILE);
	inode->rdev = tty->dev;
	file = anon_inode_file(inode, "/dev/tty0", &not_yet_open, NULL, O_RDWR);
	if (IS_ERR(file))
		return file;
	err = tty_open_file(tty, file);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

/* um run: terminals are the console, other descriptors themselves. */
static struct file *stdio_file(int fd, struct file *console)
{
	if (!boot.run || is_host_terminal(fd))
		return console ? file_get(console) : NULL;
	return hostfd_file(fd);
}

int console_open_stdio(void)
{
	struct file *console = NULL, *file;
	int fd, err = 0;

	if (!boot.run || host_terminal() >= 0 || consoles[0].spec) {
		console = open_console(boot.run);
		if (IS_ERR(console))
			return PTR_ERR(console);
	}
	for (fd = 0; fd <= 2 && err >= 0; fd++) {
		file = stdio_file(fd, console);
		if (IS_ERR(file))
			err = PTR_ERR(file);
		else
			err = fd_install_new(file, O_RDWR);
	}
	if (console)
		fput(console);
	return min(err, 0);
}

/* --- the switches */

static const char *list_of_kinds(void)
{
	static char text[200];
	const struct chan_type *type;
	size_t n = (size_t)snprintf(text, sizeof(text), "is no channel; there are");

	table_for_each(type, um_chan_types)
		if (n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s", type->usage);
	return text;
}

static const char *check_one(const char *spec, size_t n)
{
	const struct chan_type *type;
	const char *arg, *problem;
	char one[100];

	if (n >= sizeof(one))
		return "is too long";
	memcpy(one, spec, n);
	one[n] = 0;
	type = chan_type_find(one, &arg);
	if (!type)
		return list_of_kinds();
	problem = type->check(arg);
	return problem;
}

/* IN[,OUT] */
static const char *check_spec(const char *spec)
{
	size_t n = strcspn(spec, ",");
	const char *problem = check_one(spec, n);

	if (problem || !spec[n])
		return problem;
	return check_one(spec + n + 1, strlen(spec + n + 1));
}

static const char *parse_con(const char *value)
{
	spec_for_all = value;
	return check_spec(value);
}

/* "N=SPEC" */
static const char *parse_con_n(const char *value)
{
	unsigned nr = 0;

	for (; *value >= '0' && *value <= '9' && nr < NR_CONSOLES; value++)
		nr = nr * 10 + (unsigned)(*value - '0');
	if (nr >= NR_CONSOLES || *value != '=')
		return "is not for one of the consoles 0 to 7";
	consoles[nr].spec = value + 1;
	return check_spec(value + 1);
}

UM_SWITCH(con) = { "con=", "IN[,OUT]", "Consoles",
		   "where all consoles go: null, none, fd:N, pts, port:N, tty:PATH, xterm",
		   parse_con };
UM_SWITCH(con_n) = { "conN=", "IN[,OUT]", "Consoles",
		     "where console N (/dev/ttyN) goes; con0 is /dev/console (fd:0,fd:1)",
		     parse_con_n };

/* --- the driver */

static const struct tty_driver_ops console_ops = {
	.open = con_open,
	.write = con_write,
	.write_room = con_write_room,
	.chars_in_buffer = con_chars_in_buffer,
	.unthrottle = con_unthrottle,
	.flush_output = con_flush_output,
};

static int console_init(void)
{
	unsigned i;
	char name[8], spec[256];
	int err = 0;

	for (i = 0; i < NR_CONSOLES && !err; i++) {
		struct console *con = &consoles[i];

		con->nr = i;
		snprintf(name, sizeof(name), "tty%u", i % 10);
		timer_init(&con->pump, pump);
		console_spec(con, spec, sizeof(spec));
		chan_prepare(spec);
		con->tty = tty_new(name, MKDEV(TTY_MAJOR, i), &console_ops, con);
		register_tty(con->tty);
		err = devtmpfs_add(name, S_IFCHR | 0620, con->tty->dev);
	}
	return err;
}
INITCALL(INIT_DRIVER, console_init);
