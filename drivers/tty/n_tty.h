/* The line discipline's state.  n_tty.c, n_tty_read.c, n_tty_out.c */
#ifndef DRIVERS_N_TTY_H
#define DRIVERS_N_TTY_H

#include "tty.h"

#define N_TTY_BUF 8192		/* a power of two: complete lines and what follows them */
#define N_TTY_LINE 4096		/* the longest line, with its end: termios(3) */
#define N_TTY_ECHO 2048		/* echo the driver had no room for yet */

/* The counters run freely; a position in the buffer is the counter modulo its size. */
struct n_tty {
	size_t head, tail;
	size_t canon_head;	/* after the last complete line; in raw mode: unused */
	size_t echo_head, echo_tail;
	unsigned column, canon_column;	/* of the cursor; where the input line began */
	bool lnext;		/* the next character is literal */
	bool erasing;		/* in an ECHOPRT sequence: \abc/ */
	bool starved;		/* somebody was told that there is little room */
	u8 buf[N_TTY_BUF];
	u8 ends[N_TTY_BUF / 8];	/* bit set: ends a line; the character DISABLED_CHAR: by EOF */
	u8 echo[N_TTY_ECHO];
};

static inline u8 n_tty_at(const struct n_tty *ld, size_t pos)
{
	return ld->buf[pos & (N_TTY_BUF - 1)];
}

static inline bool n_tty_is_end(const struct n_tty *ld, size_t pos)
{
	pos &= N_TTY_BUF - 1;
	return ld->ends[pos / 8] & (1 << pos % 8);
}

static inline void n_tty_set_end(struct n_tty *ld, size_t pos, bool on)
{
	u8 bit = 1 << (pos & 7);

	pos &= N_TTY_BUF - 1;
	if (on)
		ld->ends[pos / 8] |= bit;
	else
		ld->ends[pos / 8] &= ~bit;
}

static inline bool n_tty_canonical(const struct tty *tty)
{
	return L_FLAG(tty, ICANON) && !L_FLAG(tty, EXTPROC);
}

static inline bool is_control(u8 c)
{
	return c < 32 || c == 127;
}

#endif
