/*
 * Channels in general, and the kinds that are one host descriptor: null, fd, tty.
 *
 * A host descriptor that was handed to um is shared with others, so its flags stay as they are:
 * where the host allows it we open our own, non-blocking one on the same thing, else each
 * transfer asks first whether it would block.
 */
#include <stdio.h>

#include "channel.h"

#include "um/err.h"
#include "um/kmalloc.h"
#include "um/os.h"
#include "um/os_tty.h"

const struct chan_type *chan_type_find(const char *spec, const char **arg)
{
	size_t n = strcspn(spec, ":");
	const struct chan_type *type;

	*arg = spec[n] ? spec + n + 1 : "";
	table_for_each(type, um_chan_types)
		if (strlen(type->name) == n && !memcmp(type->name, spec, n))
			return type;
	return NULL;
}

void chan_prepare(const char *spec)
{
	const struct chan_type *type;
	char one[100];
	size_t n;

	for (;; spec += n + 1) {
		const char *arg;

		n = strcspn(spec, ",");
		snprintf(one, sizeof(one), "%.*s", (int)n, spec);
		type = chan_type_find(one, &arg);
		if (type && type->prepare)
			type->prepare();
		if (!spec[n])
			return;
	}
}

static void chan_ready(struct os_watch *watch, unsigned events)
{
	console_chan_ready(container_of(watch, struct chan, watch), events);
}

/* Opens what `spec` says; NULL and *err on failure.  Watches nothing yet. */
struct chan *chan_open(struct console *con, const char *spec, bool in, bool out, int *err)
{
	struct chan *chan = kzalloc_type(struct chan);
	const char *arg;

	chan->type = chan_type_find(spec, &arg);
	chan->con = con;
	chan->in = in;
	chan->out = out;
	chan->fd = -1;
	chan->watch.ready = chan_ready;
	*err = chan->type ? chan->type->open(chan, arg) : -EINVAL;
	if (!*err)
		return chan;
	kfree(chan);
	return NULL;
}

void chan_watch(struct chan *chan, unsigned events)
{
	if (chan->fd < 0 || chan->ready_always || chan->watch.events == events)
		return;
	if (chan->watch.events || !events) {
		os_watch_change(&chan->watch, events);
		return;
	}
	chan->watch.fd = chan->fd;
	chan->watch.events = events;
	if (os_watch_add(&chan->watch) == -EPERM) {
		chan->watch.events = 0;
		chan->ready_always = true;
	}
}

void chan_attach(struct chan *chan, int fd)
{
	chan->fd = fd;
	console_chan_attached(chan);
}

void chan_detach(struct chan *chan)
{
	chan_watch(chan, 0);
	os_close(chan->fd);
	chan->fd = -1;
}

ssize_t chan_read(struct chan *chan, void *buf, size_t n)
{
	return chan->nonblock || chan->ready_always ? os_read(chan->fd, buf, n) :
						      os_read_nowait(chan->fd, buf, n);
}

ssize_t chan_write(struct chan *chan, const void *buf, size_t n)
{
	return chan->nonblock ? os_write(chan->fd, buf, n) : os_write_nowait(chan->fd, buf, n);
}

/* --- null, none */

static int null_open(struct chan *chan __maybe_unused, const char *arg __maybe_unused)
{
	return 0;
}

static const char *null_check(const char *arg)
{
	return *arg ? "takes nothing after it" : NULL;
}

CHAN_TYPE(null_type) = { "null", "null", null_check, NULL, null_open, NULL };

static int none_open(struct chan *chan __maybe_unused, const char *arg __maybe_unused)
{
	return -ENODEV;
}

CHAN_TYPE(none_type) = { "none", "none", null_check, NULL, none_open, NULL };

/* --- fd:N */

static int parse_fd(const char *arg)
{
	int fd = 0;

	if (!*arg || strlen(arg) > 6)
		return -1;
	for (; *arg; arg++) {
		if (*arg < '0' || *arg > '9')
			return -1;
		fd = fd * 10 + (*arg - '0');
	}
	return fd;
}

static const char *fd_check(const char *arg)
{
	int fd = parse_fd(arg);

	if (fd < 0)
		return "needs the number of an open descriptor (fd:0)";
	if (os_fd_kind(fd, NULL, NULL) == OS_FD_NONE)
		return "names a descriptor that is not open";
	return NULL;
}

static int fd_open(struct chan *chan, const char *arg)
{
	int fd = parse_fd(arg), own = -1;
	enum os_fd_kind kind;

	if (fd < 0)
		return -EINVAL;
	kind = os_fd_kind(fd, NULL, NULL);
	if (kind == OS_FD_NONE)
		return -EBADF;
	if (kind == OS_FD_TTY) {
		os_tty_raw(fd);
		chan->terminal = true;
	}
	if (kind != OS_FD_REGULAR)	/* there the offset is shared, and nothing blocks */
		own = os_reopen_nonblock(fd, chan->in, chan->out);
	chan->nonblock = own >= 0;
	chan->fd = own >= 0 ? own : fd;
	return 0;
}

CHAN_TYPE(fd_type) = { "fd", "fd:N", fd_check, NULL, fd_open, NULL };

/* --- tty:PATH */

static const char *tty_check(const char *arg)
{
	return *arg == '/' ? NULL : "needs the path of a terminal (tty:/dev/ttyS0)";
}

static int tty_open(struct chan *chan, const char *arg)
{
	int fd = os_open_nonblock(arg);

	if (fd < 0)
		return fd;
	if (os_fd_kind(fd, NULL, NULL) != OS_FD_TTY) {
		os_close(fd);
		return -ENOTTY;
	}
	os_tty_raw(fd);
	chan->terminal = true;
	chan->nonblock = true;
	chan->slow = true;
	chan->fd = fd;
	return 0;
}

CHAN_TYPE(tty_type) = { "tty", "tty:PATH", tty_check, NULL, tty_open, NULL };
