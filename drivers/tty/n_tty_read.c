/*
 * Reading from a terminal: lines, or what VMIN and VTIME ask for.
 *
 * Bytes leave the ring before they are copied to the user, since that copy may sleep while
 * another task flushes the input.
 */
#include "n_tty.h"

#include "um/sched.h"
#include "um/timer.h"

#define TENTH (NSEC_PER_SEC / 10)	/* VTIME's unit */
#define PIECE 512

/* Copies the rest of a line, or as much as the iterator takes.  The EOF mark that follows a
 * line's data goes with it, so that the next read does not see it as the end of the file. */
static ssize_t take_line(struct tty *tty, struct iov_iter *to)
{
	struct n_tty *ld = tty->ldisc;
	u8 piece[PIECE];
	ssize_t done = 0;
	bool end = false;

	while (!end && ld->tail != ld->canon_head) {
		size_t n = 0, room = min(to->count, sizeof(piece));

		while (!end && ld->tail != ld->canon_head) {
			u8 c = n_tty_at(ld, ld->tail);

			end = n_tty_is_end(ld, ld->tail);
			if (n == room && !(end && c == DISABLED_CHAR)) {
				end = false;
				break;
			}
			n_tty_set_end(ld, ld->tail, false);
			ld->tail++;
			if (!end || c != DISABLED_CHAR)
				piece[n++] = c;
		}
		if (copy_to_iter(piece, n, to) < n)
			return done ? done : -EFAULT;
		done += n;
		if (!to->count)
			break;
	}
	return done;
}

static ssize_t take_raw(struct tty *tty, struct iov_iter *to)
{
	struct n_tty *ld = tty->ldisc;
	u8 piece[PIECE];
	ssize_t done = 0;

	while (to->count && ld->head != ld->tail) {
		size_t pos = ld->tail & (N_TTY_BUF - 1);
		size_t n = min(ld->head - ld->tail, N_TTY_BUF - pos);

		n = min(n, min(to->count, sizeof(piece)));
		memcpy(piece, ld->buf + pos, n);
		ld->tail += n;
		if (copy_to_iter(piece, n, to) < n)
			return done ? done : -EFAULT;
		done += n;
	}
	return done;
}

/* The sender was told that there is little room; there is more now. */
static void check_unthrottle(struct tty *tty)
{
	struct n_tty *ld = tty->ldisc;

	if (!ld->starved)
		return;
	ld->starved = false;
	n_tty_room(tty);	/* starved again if it is still little */
	if (!ld->starved && tty->ops->unthrottle)
		tty->ops->unthrottle(tty);
}

static bool worth_waking(struct tty *tty, struct tty_file *tf)
{
	return n_tty_input_available(tty, false) || tf->hung || tty->other_closed ||
	       tty->input_ended || (tty->packet && tty->packet_status);
}

/* Waits for input.  1: go on; 0: the reader has what it gets; -errno. */
static int wait_for_input(struct tty *tty, struct tty_file *tf, u64 *deadline)
{
	int err;

	if (tty->other_closed)
		return -EIO;
	if (tf->hung || tty->input_ended || !*deadline)
		return 0;
	if (tf->file->flags & O_NONBLOCK)
		return -EAGAIN;
	err = wait_event_interruptible_until(&tty->read_wait, worth_waking(tty, tf), *deadline);
	if (err == -ETIMEDOUT)
		*deadline = 0;
	else if (err)
		return err;
	return 1;
}

static ssize_t put_byte(struct iov_iter *to, u8 byte)
{
	return copy_to_iter(&byte, 1, to) == 1 ? 1 : -EFAULT;
}

/* What can be had now; *ended: this read is complete. */
static ssize_t take_some(struct tty *tty, struct iov_iter *to, bool first, bool *ended)
{
	ssize_t n = 0, more;

	if (n_tty_canonical(tty)) {
		*ended = true;
		return take_line(tty, to);
	}
	if (tty->packet && first) {
		n = put_byte(to, TIOCPKT_DATA);
		if (n < 0)
			return n;
	}
	more = take_raw(tty, to);
	return more < 0 && !n ? more : n + max(more, (ssize_t)0);
}

/* One read, with the read side of the tty to itself.  Bytes, 0 at the end, or -errno. */
ssize_t n_tty_read(struct tty *tty, struct tty_file *tf, struct iov_iter *to)
{
	size_t minimum = 1;
	u64 between = 0, deadline = KTIME_MAX;
	ssize_t done = 0, n = 0;
	bool ended = false;

	if (!n_tty_canonical(tty)) {
		u64 time = TTY_CC(tty, VTIME) * TENTH;

		minimum = TTY_CC(tty, VMIN);
		if (minimum) {
			between = time;
		} else {
			deadline = time ? deadline_after(time) : 0;
			minimum = 1;
		}
	}
	while (to->count && !ended) {
		if (tty->packet && tty->packet_status) {
			if (done)
				break;
			n = put_byte(to, tty->packet_status);
			tty->packet_status = 0;
			done = max(n, (ssize_t)0);
			break;
		}
		if (!n_tty_input_available(tty, false)) {
			n = wait_for_input(tty, tf, &deadline);
			if (n <= 0)
				break;
			continue;
		}
		n = take_some(tty, to, !done, &ended);
		check_unthrottle(tty);
		if (n < 0)
			break;
		done += n;
		if ((size_t)done >= minimum)
			break;
		if (between)
			deadline = deadline_after(between);
	}
	return done ? done : min(n, (ssize_t)0);
}
