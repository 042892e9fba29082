/* Channels that make something on the host to attach to: pts, port, xterm. */
#include <stdio.h>

#include "channel.h"

#include "um/err.h"
#include "um/os.h"
#include "um/os_tty.h"
#include "um/printk.h"

static const char *no_argument(const char *arg)
{
	return *arg ? "takes nothing after it" : NULL;
}

/* --- pts: a host pty, whose name is in the log */

static int pts_open(struct chan *chan, const char *arg __maybe_unused)
{
	char name[64];
	int slave, master = os_pty_open(&slave, name, sizeof(name));

	if (master < 0)
		return master;
	chan->fd = master;
	chan->nonblock = chan->slow = true;
	pr_info("console %s assigned device '%s'\n", console_name(chan->con), name);
	return 0;
}

CHAN_TYPE(pts_type) = { "pts", "pts", no_argument, NULL, pts_open, NULL };

/* --- port:N: one TCP client of this host at a time */

static unsigned parse_port(const char *arg)
{
	unsigned port = 0;

	if (!*arg || strlen(arg) > 5)
		return 0;
	for (; *arg; arg++) {
		if (*arg < '0' || *arg > '9')
			return 0;
		port = port * 10 + (unsigned)(*arg - '0');
	}
	return port <= 65535 ? port : 0;
}

static const char *port_check(const char *arg)
{
	return parse_port(arg) ? NULL : "needs a TCP port number (port:9000)";
}

static void port_client(struct os_watch *watch, unsigned events __maybe_unused)
{
	struct chan *chan = container_of(watch, struct chan, listener);
	int fd = os_accept_nonblock(watch->fd);

	if (fd < 0)
		return;
	os_watch_change(watch, 0);	/* others wait in the backlog */
	chan_attach(chan, fd);
}

static int port_open(struct chan *chan, const char *arg)
{
	unsigned port = parse_port(arg);
	int fd = os_listen_local(port);

	if (fd < 0)
		return fd;
	chan->nonblock = chan->slow = true;
	chan->listener = (struct os_watch){ .fd = fd, .events = OS_EV_IN, .ready = port_client };
	pr_info("console %s listens on 127.0.0.1:%u\n", console_name(chan->con), port);
	return os_watch_add(&chan->listener);
}

static void port_gone(struct chan *chan)
{
	chan_detach(chan);
	os_watch_change(&chan->listener, OS_EV_IN);
	console_hangup(chan->con);
}

CHAN_TYPE(port_type) = { "port", "port:N", port_check, os_listen_prepare, port_open, port_gone };

/* --- xterm: a window of its own */

static bool have_display(void)
{
	const char *display = os_getenv("DISPLAY");

	return display && *display;
}

static void xterm_prepare(void)
{
	int err = have_display() ? os_xterm_prepare("xterm") : 0;

	if (err)
		pr_err("no console can have an xterm: %s\n", os_strerror(-err));
}

static int xterm_open(struct chan *chan, const char *arg __maybe_unused)
{
	char title[48];
	int fd;

	if (!have_display()) {
		pr_err("console %s: xterm needs DISPLAY in um's environment\n",
		       console_name(chan->con));
		return -ENODEV;
	}
	snprintf(title, sizeof(title), "umkit %s", console_name(chan->con));
	fd = os_xterm_open(title);
	if (fd < 0) {
		pr_err("console %s: the host has no working xterm\n", console_name(chan->con));
		return fd;
	}
	chan->fd = fd;
	chan->nonblock = chan->slow = true;
	return 0;
}

CHAN_TYPE(xterm_type) = { "xterm", "xterm", no_argument, xterm_prepare, xterm_open, NULL };
