/*
 * The line discipline's input side: signals, flow control, line editing and echo.
 *
 * A tty's input is a ring.  In canonical mode what lies between canon_head and head is the line
 * being edited; a line's last character has its bit set in `ends`.  An EOF character is kept as
 * a line end that is DISABLED_CHAR, and not handed to the reader.  In raw mode everything up to
 * head may be read.
 *
 * Input arrives from tasks (pty masters, TIOCSTI) and from the main loop (consoles), so nothing
 * here sleeps.
 */
#include "n_tty.h"

#include "um/kmalloc.h"
#include "um/signal.h"

#define LITTLE_ROOM 64	/* below it the sender is told to wait, and to go on above it */

struct n_tty *n_tty_new(void)
{
	return kzalloc_type(struct n_tty);
}

void n_tty_free(struct n_tty *ld)
{
	kfree(ld);
}

static void wake_reader(struct tty *tty)
{
	wake_up_poll(&tty->read_wait, EV_IN);
}

static void put_char(struct n_tty *ld, u8 c)
{
	ld->buf[ld->head++ & (N_TTY_BUF - 1)] = c;
}

/* Drops all input, read and unread, finished and unfinished. */
void n_tty_flush_input(struct tty *tty)
{
	struct n_tty *ld = tty->ldisc;

	ld->head = ld->tail = ld->canon_head = 0;
	ld->lnext = ld->erasing = false;
	memset(ld->ends, 0, sizeof(ld->ends));
	tty_packet_event(tty, TIOCPKT_FLUSHREAD, 0);
	if (ld->starved && tty->ops->unthrottle) {
		ld->starved = false;
		tty->ops->unthrottle(tty);
	}
}

/* How many characters would surely be taken now.  After an answer below LITTLE_ROOM the driver's
 * unthrottle is called when there is more. */
size_t n_tty_room(struct tty *tty)
{
	struct n_tty *ld = tty->ldisc;
	size_t room = N_TTY_BUF - 2 - min(ld->head - ld->tail, (size_t)N_TTY_BUF - 2);

	if (I_FLAG(tty, PARMRK))
		room /= 2;
	if (room < LITTLE_ROOM)
		ld->starved = true;
	return room;
}

/* --- editing */

static void finish_erasing(struct tty *tty)
{
	if (tty->ldisc->erasing) {
		n_tty_echo_raw(tty, '/');
		tty->ldisc->erasing = false;
	}
}

/* The column where the line begins is wanted later, to erase tabs. */
static void echo_input(struct tty *tty, u8 c)
{
	struct n_tty *ld = tty->ldisc;

	if (ld->canon_head == ld->head)
		ld->canon_column = ld->column;
	n_tty_echo_char(tty, c);
}

/* Columns from the start of the line, or from the last tab, to the end of what is left; by which
 * a tab is as wide as it takes to the next multiple of 8. */
static void erase_tab_echo(struct tty *tty)
{
	struct n_tty *ld = tty->ldisc;
	unsigned columns = 0, back;
	bool after_tab = false;
	size_t pos = ld->head;

	while (pos != ld->canon_head && !after_tab) {
		u8 c = n_tty_at(ld, --pos);

		if (c == '\t')
			after_tab = true;
		else if (is_control(c))
			columns += L_FLAG(tty, ECHOCTL) ? 2 : 0;
		else if (!n_tty_is_continuation(tty, c))
			columns++;
	}
	if (!after_tab)
		columns += ld->canon_column;
	for (back = 8 - (columns & 7); back; back--)
		n_tty_echo_raw(tty, '\b');
}

static void rub_out(struct tty *tty)
{
	n_tty_echo_raw(tty, '\b');
	n_tty_echo_raw(tty, ' ');
	n_tty_echo_raw(tty, '\b');
}

enum erase_kind { ERASE_CHAR, ERASE_WORD, ERASE_LINE };

/* Shows that the character c, whose bytes begin at head and end at `end`, has gone. */
static void echo_erased(struct tty *tty, enum erase_kind kind, u8 c, size_t end)
{
	struct n_tty *ld = tty->ldisc;

	if (L_FLAG(tty, ECHOPRT)) {
		size_t pos;

		if (!ld->erasing) {
			n_tty_echo_raw(tty, '\\');
			ld->erasing = true;
		}
		n_tty_echo_char(tty, c);
		for (pos = ld->head + 1; pos < end; pos++)
			n_tty_echo_raw(tty, n_tty_at(ld, pos));
	} else if (kind == ERASE_CHAR && !L_FLAG(tty, ECHOE)) {
		n_tty_echo_char(tty, TTY_CC(tty, VERASE));
	} else if (c == '\t') {
		erase_tab_echo(tty);
	} else if (!is_control(c)) {
		rub_out(tty);
	} else if (L_FLAG(tty, ECHOCTL)) {
		rub_out(tty);
		rub_out(tty);
	}
}

static bool is_word_char(u8 c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || c >= 0xc0;
}

/* KILL where it is not shown by erasing each character.  False: it is. */
static bool kill_line(struct tty *tty)
{
	struct n_tty *ld = tty->ldisc;

	if (L_FLAG(tty, ECHO) && L_FLAG(tty, ECHOK) && L_FLAG(tty, ECHOKE) && L_FLAG(tty, ECHOE))
		return false;
	ld->head = ld->canon_head;
	if (!L_FLAG(tty, ECHO))
		return true;
	finish_erasing(tty);
	n_tty_echo_char(tty, TTY_CC(tty, VKILL));
	if (L_FLAG(tty, ECHOK))
		n_tty_echo_raw(tty, '\n');
	return true;
}

static void erase(struct tty *tty, enum erase_kind kind)
{
	struct n_tty *ld = tty->ldisc;
	bool in_word = false;

	if (ld->head == ld->canon_head)
		return;
	if (kind == ERASE_LINE && kill_line(tty))
		return;
	while (ld->head != ld->canon_head) {
		size_t end = ld->head, pos = end;
		u8 c;

		do
			c = n_tty_at(ld, --pos);
		while (n_tty_is_continuation(tty, c) && pos != ld->canon_head);
		if (n_tty_is_continuation(tty, c))
			break;
		if (kind == ERASE_WORD) {
			if (is_word_char(c))
				in_word = true;
			else if (in_word)
				break;
		}
		ld->head = pos;
		if (L_FLAG(tty, ECHO))
			echo_erased(tty, kind, c, end);
		if (kind == ERASE_CHAR)
			break;
	}
	if (ld->head == ld->canon_head && L_FLAG(tty, ECHO))
		finish_erasing(tty);
}

static void reprint(struct tty *tty, u8 c)
{
	struct n_tty *ld = tty->ldisc;
	size_t pos;

	finish_erasing(tty);
	n_tty_echo_char(tty, c);
	n_tty_echo_raw(tty, '\n');
	for (pos = ld->canon_head; pos != ld->head; pos++)
		n_tty_echo_char(tty, n_tty_at(ld, pos));
}

/* --- one character */

static void store(struct tty *tty, u8 c)
{
	struct n_tty *ld = tty->ldisc;

	/* A line that is full goes on to be edited, but grows no more: its end must fit. */
	if (n_tty_canonical(tty) && ld->head - ld->canon_head >= N_TTY_LINE - 1) {
		if (I_FLAG(tty, IMAXBEL))
			n_tty_echo_raw(tty, '\a');
		return;
	}
	if (c == 0xff && I_FLAG(tty, PARMRK))
		put_char(ld, c);
	put_char(ld, c);
}

static void end_line(struct tty *tty, u8 c)
{
	struct n_tty *ld = tty->ldisc;

	n_tty_set_end(ld, ld->head, true);
	put_char(ld, c);
	ld->canon_head = ld->head;
	wake_reader(tty);
}

static void input_signal(struct tty *tty, int sig, u8 c)
{
	if (!L_FLAG(tty, NOFLSH)) {
		n_tty_drop_echo(tty);
		tty_flush_output(tty);
		n_tty_flush_input(tty);
	}
	if (tty->pgrp)
		kill_pgrp(tty->pgrp, sig, NULL);
	if (I_FLAG(tty, IXON))
		tty_start(tty);
	if (L_FLAG(tty, ECHO))
		n_tty_echo_char(tty, c);
}

static bool is_cc(struct tty *tty, int which, u8 c)
{
	return c != DISABLED_CHAR && c == TTY_CC(tty, which);
}

/* Which signal does c stand for?  0: none. */
static int signal_of(struct tty *tty, u8 c)
{
	if (!L_FLAG(tty, ISIG))
		return 0;
	if (is_cc(tty, VINTR, c))
		return SIGINT;
	if (is_cc(tty, VQUIT, c))
		return SIGQUIT;
	if (is_cc(tty, VSUSP, c))
		return SIGTSTP;
	return 0;
}

/* Flow control and signals: true when c was that. */
static bool receive_control(struct tty *tty, u8 c)
{
	int sig;

	if (I_FLAG(tty, IXON)) {
		if (is_cc(tty, VSTART, c)) {
			tty_start(tty);
			return true;
		}
		if (is_cc(tty, VSTOP, c)) {
			tty_stop(tty);
			return true;
		}
	}
	sig = signal_of(tty, c);
	if (sig)
		input_signal(tty, sig, c);
	return sig != 0;
}

static void start_literal(struct tty *tty)
{
	tty->ldisc->lnext = true;
	if (!L_FLAG(tty, ECHO))
		return;
	finish_erasing(tty);
	if (L_FLAG(tty, ECHOCTL)) {
		n_tty_echo_raw(tty, '^');
		n_tty_echo_raw(tty, '\b');
	}
}

/* Editing characters: true when c was one. */
static bool receive_edit(struct tty *tty, u8 c)
{
	bool extended = L_FLAG(tty, IEXTEN);

	if (is_cc(tty, VERASE, c))
		erase(tty, ERASE_CHAR);
	else if (is_cc(tty, VKILL, c))
		erase(tty, ERASE_LINE);
	else if (extended && is_cc(tty, VWERASE, c))
		erase(tty, ERASE_WORD);
	else if (extended && is_cc(tty, VLNEXT, c))
		start_literal(tty);
	else if (extended && L_FLAG(tty, ECHO) && is_cc(tty, VREPRINT, c))
		reprint(tty, c);
	else
		return false;
	return true;
}

/* Line ends: true when c was one. */
static bool receive_end(struct tty *tty, u8 c)
{
	if (c == '\n') {
		if (L_FLAG(tty, ECHO | ECHONL))
			n_tty_echo_raw(tty, '\n');
		end_line(tty, c);
		return true;
	}
	if (is_cc(tty, VEOF, c)) {
		end_line(tty, DISABLED_CHAR);
		return true;
	}
	if (is_cc(tty, VEOL, c) || (L_FLAG(tty, IEXTEN) && is_cc(tty, VEOL2, c))) {
		if (L_FLAG(tty, ECHO))
			echo_input(tty, c);
		end_line(tty, c);
		return true;
	}
	return false;
}

static void receive_plain(struct tty *tty, u8 c)
{
	if (L_FLAG(tty, ECHO)) {
		finish_erasing(tty);
		if (c == '\n')
			n_tty_echo_raw(tty, '\n');
		else
			echo_input(tty, c);
	}
	store(tty, c);
}

static u8 strip(struct tty *tty, u8 c)
{
	if (I_FLAG(tty, ISTRIP))
		c &= 0x7f;
	if (I_FLAG(tty, IUCLC) && L_FLAG(tty, IEXTEN) && c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	return c;
}

static void receive_char(struct tty *tty, u8 c)
{
	struct n_tty *ld = tty->ldisc;

	c = strip(tty, c);
	if (L_FLAG(tty, EXTPROC)) {
		store(tty, c);
		return;
	}
	if (ld->lnext) {
		ld->lnext = false;
		receive_plain(tty, c);
		return;
	}
	if (receive_control(tty, c))
		return;
	if (tty->stopped && I_FLAG(tty, IXON) && I_FLAG(tty, IXANY))
		tty_start(tty);
	if (c == '\r') {
		if (I_FLAG(tty, IGNCR))
			return;
		if (I_FLAG(tty, ICRNL))
			c = '\n';
	} else if (c == '\n' && I_FLAG(tty, INLCR)) {
		c = '\r';
	}
	if (L_FLAG(tty, ICANON) && (receive_edit(tty, c) || receive_end(tty, c)))
		return;
	receive_plain(tty, c);
}

/* --- many characters */

/* Nothing is to be done with input but to store it. */
static bool is_raw(struct tty *tty)
{
	return !L_FLAG(tty, ICANON | ISIG | ECHO) &&
	       !I_FLAG(tty, ISTRIP | IUCLC | IXON | IGNCR | ICRNL | INLCR | PARMRK);
}

static size_t receive_raw(struct n_tty *ld, const u8 *buf, size_t n)
{
	size_t done = 0;

	n = min(n, N_TTY_BUF - 2 - min(ld->head - ld->tail, (size_t)N_TTY_BUF - 2));
	while (done < n) {
		size_t pos = ld->head & (N_TTY_BUF - 1);
		size_t part = min(n - done, N_TTY_BUF - pos);

		memcpy(ld->buf + pos, buf + done, part);
		ld->head += part;
		done += part;
	}
	return done;
}

static size_t receive_cooked(struct tty *tty, const u8 *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		/* Signals get through however full the buffer is. */
		if (n_tty_room(tty) || signal_of(tty, strip(tty, buf[i])))
			receive_char(tty, buf[i]);
		else
			break;
	return i;
}

/* Takes input in; how many of the n bytes it had room for.  The driver hears from its unthrottle
 * when it may send the rest. */
size_t n_tty_receive(struct tty *tty, const u8 *buf, size_t n)
{
	struct n_tty *ld = tty->ldisc;
	size_t done = is_raw(tty) ? receive_raw(ld, buf, n) : receive_cooked(tty, buf, n);

	if (done < n)
		ld->starved = true;
	n_tty_flush_echo(tty);
	if (n_tty_input_available(tty, false))
		wake_reader(tty);
	return done;
}

/* No more input will come: an unfinished line is as good as finished. */
void n_tty_end_input(struct tty *tty)
{
	struct n_tty *ld = tty->ldisc;

	if (n_tty_canonical(tty) && ld->head != ld->canon_head)
		end_line(tty, DISABLED_CHAR);
}

/* Is there something to read?  For poll: as much as VMIN asks for. */
bool n_tty_input_available(struct tty *tty, bool poll)
{
	struct n_tty *ld = tty->ldisc;
	size_t want = 1;

	if (n_tty_canonical(tty))
		return ld->canon_head != ld->tail;
	if (poll && !TTY_CC(tty, VTIME) && TTY_CC(tty, VMIN))
		want = TTY_CC(tty, VMIN);
	return ld->head - ld->tail >= want;
}

/* FIONREAD: what read could return, without the marks of EOF. */
size_t n_tty_inq(struct tty *tty)
{
	struct n_tty *ld = tty->ldisc;
	size_t count, pos;

	if (!n_tty_canonical(tty))
		return ld->head - ld->tail;
	count = ld->canon_head - ld->tail;
	for (pos = ld->tail; pos != ld->canon_head; pos++)
		if (n_tty_is_end(ld, pos) && n_tty_at(ld, pos) == DISABLED_CHAR)
			count--;
	return count;
}

/* The terminal's modes have changed.  Input that is there when canonical mode begins is a line;
 * when it ends, all of it may be read. */
void n_tty_set_termios(struct tty *tty, const struct ktermios *old)
{
	struct n_tty *ld = tty->ldisc;

	if ((old->c_lflag ^ tty->termios.c_lflag) & (ICANON | EXTPROC)) {
		memset(ld->ends, 0, sizeof(ld->ends));
		ld->canon_head = ld->tail;
		if (n_tty_canonical(tty) && ld->head != ld->tail) {
			n_tty_set_end(ld, ld->head - 1, true);
			ld->canon_head = ld->head;
		}
		ld->erasing = ld->lnext = false;
	}
	if (!I_FLAG(tty, IXON) && (old->c_iflag & IXON))
		tty_start(tty);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
}
