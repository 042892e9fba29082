/*
 * The line discipline's output side: OPOST processing with the cursor's column, and echo.
 *
 * Echo is processed when the input comes and kept in a ring until the driver has room.  A write
 * goes out only when that ring is empty, so the order on the screen is the order of events.
 */
#include "n_tty.h"

#define OPOST_MAX 8	/* the longest that one character becomes: a tab */

static size_t driver_room(struct tty *tty)
{
	if (tty->stopped || !tty->ops->write_room)
		return 0;
	return tty->ops->write_room(tty);
}

static size_t driver_write(struct tty *tty, const u8 *buf, size_t n)
{
	return tty->stopped || !n ? 0 : tty->ops->write(tty, buf, n);
}

/* Is c a further byte of a UTF-8 character, which takes no column of its own? */
bool n_tty_is_continuation(struct tty *tty, u8 c)
{
	return I_FLAG(tty, IUTF8) && (c & 0xc0) == 0x80;
}

static size_t opost_newline(struct tty *tty, u8 *out)
{
	struct n_tty *ld = tty->ldisc;
	size_t n = 0;

	if (O_FLAG(tty, ONLRET))
		ld->column = 0;
	if (O_FLAG(tty, ONLCR)) {
		ld->column = 0;
		out[n++] = '\r';
	}
	ld->canon_column = ld->column;
	out[n++] = '\n';
	return n;
}

static size_t opost_return(struct tty *tty, u8 *out)
{
	struct n_tty *ld = tty->ldisc;

	if (O_FLAG(tty, ONOCR) && !ld->column)
		return 0;
	out[0] = '\r';
	if (O_FLAG(tty, OCRNL)) {
		out[0] = '\n';
		if (!O_FLAG(tty, ONLRET))
			return 1;
	}
	ld->canon_column = ld->column = 0;
	return 1;
}

static size_t opost_tab(struct tty *tty, u8 *out)
{
	unsigned spaces = 8 - (tty->ldisc->column & 7);

	tty->ldisc->column += spaces;
	if (O_FLAG(tty, TABDLY) != XTABS) {
		out[0] = '\t';
		return 1;
	}
	memset(out, ' ', spaces);
	return spaces;
}

/* What c becomes on its way out; at most OPOST_MAX bytes.  Moves the column. */
static size_t opost(struct tty *tty, u8 c, u8 *out)
{
	struct n_tty *ld = tty->ldisc;

	switch (c) {
	case '\n':
		return opost_newline(tty, out);
	case '\r':
		return opost_return(tty, out);
	case '\t':
		return opost_tab(tty, out);
	case '\b':
		if (ld->column)
			ld->column--;
		break;
	default:
		if (is_control(c))
			break;
		if (O_FLAG(tty, OLCUC) && c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (!n_tty_is_continuation(tty, c))
			ld->column++;
	}
	out[0] = c;
	return 1;
}

/* --- echo */

static void echo_put(struct tty *tty, u8 c)
{
	struct n_tty *ld = tty->ldisc;
	u8 out[OPOST_MAX] = { c };
	size_t n = O_FLAG(tty, OPOST) ? opost(tty, c, out) : 1;
	size_t i;

	if (ld->echo_head - ld->echo_tail + n > N_TTY_ECHO)
		return;	/* nobody looks at the screen: what does not fit is lost */
	for (i = 0; i < n; i++)
		ld->echo[ld->echo_head++ & (N_TTY_ECHO - 1)] = out[i];
}

/* Echoes c as it is (though through OPOST). */
void n_tty_echo_raw(struct tty *tty, u8 c)
{
	echo_put(tty, c);
}

/* Echoes c, a control character as ^X if ECHOCTL says so. */
void n_tty_echo_char(struct tty *tty, u8 c)
{
	if (L_FLAG(tty, ECHOCTL) && is_control(c) && c != '\t') {
		echo_put(tty, '^');
		echo_put(tty, c ^ 0100);
	} else {
		echo_put(tty, c);
	}
}

/* Hands waiting echo to the driver; true when none is left. */
bool n_tty_flush_echo(struct tty *tty)
{
	struct n_tty *ld = tty->ldisc;

	while (ld->echo_tail != ld->echo_head) {
		size_t pos = ld->echo_tail & (N_TTY_ECHO - 1);
		size_t n = min(ld->echo_head - ld->echo_tail, N_TTY_ECHO - pos);

		n = driver_write(tty, ld->echo + pos, min(n, driver_room(tty)));
		if (!n)
			return false;
		ld->echo_tail += n;
	}
	return true;
}

/* Forgets echo that is still waiting. */
void n_tty_drop_echo(struct tty *tty)
{
	tty->ldisc->echo_tail = tty->ldisc->echo_head;
}

/* --- what tasks write */

/* One piece of processed output; how many of the n bytes it took. */
static size_t output_piece(struct tty *tty, const u8 *buf, size_t n)
{
	struct n_tty *ld = tty->ldisc;
	u8 out[256 + OPOST_MAX];
	size_t room = min(driver_room(tty), (size_t)256);
	size_t filled = 0, taken = 0, len;

	while (taken < n && filled < room) {
		unsigned column = ld->column, canon_column = ld->canon_column;

		len = opost(tty, buf[taken], out + filled);
		if (filled + len > room) {
			ld->column = column;
			ld->canon_column = canon_column;
			break;
		}
		filled += len;
		taken++;
	}
	if (filled)
		driver_write(tty, out, filled);
	return taken;
}

/* Takes output in as far as there is room; how many of the n bytes. */
size_t n_tty_output(struct tty *tty, const u8 *buf, size_t n)
{
	size_t done = 0, piece;

	if (!n_tty_flush_echo(tty))
		return 0;
	while (done < n) {
		if (O_FLAG(tty, OPOST))
			piece = output_piece(tty, buf + done, n - done);
		else
			piece = driver_write(tty, buf + done, min(n - done, driver_room(tty)));
		if (!piece)
			break;
		done += piece;
	}
	return done;
}

/* Room as poll and waiting writers see it: none while echo waits, or when it might be too little
 * for what the next character becomes. */
size_t n_tty_output_room(struct tty *tty)
{
	size_t room = tty->ldisc && n_tty_flush_echo(tty) ? driver_room(tty) : 0;

	return room < OPOST_MAX ? 0 : room;
}
