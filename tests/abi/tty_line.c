/*
 * Terminals in canonical mode: editing a line, what ends it and how much of it
 * a read gets, echo.
 */
#include "tty.h"

static void editing(void)
{
	open_silent_pair();
	type("abx\177c\n");
	expect_line("abc\n");
	type("\177\177a\177\177b\n");
	expect_line("b\n");
	type("garbage\025good\n");
	expect_line("good\n");
	type("one two  \027three\n");
	expect_line("one three\n");
	/* A line that is complete cannot be edited any more. */
	type("done\n\177\177x\n");
	expect_line("done\n");
	expect_line("x\n");
}

static void literal_next(void)
{
	open_silent_pair();
	type("a\026\177\026\004\026\003b\026\026\n");
	expect_line("a\177\004\003b\026\n");
	modes(IEXTEN, 0, 0, 0);
	type("\026x\n");
	expect_line("\026x\n");
}

static void end_of_file(void)
{
	char c;

	open_silent_pair();
	type("no newline\004");
	expect_line("no newline");
	type("\004");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	EQ(read(slave, &c, 1), 0);
	/* And it goes on. */
	type("more\n\004");
	expect_line("more\n");
	EQ(read(slave, &c, 1), 0);
	expect_quiet(slave);
}

static void line_at_a_time(void)
{
	char buf[16];

	open_silent_pair();
	type("first\nsecond\n");
	expect_line("first\n");
	EQ(read(slave, buf, 3), 3);
	CHECK(memcmp(buf, "sec", 3) == 0);
	EQ(read(slave, buf, sizeof(buf)), 4);
	CHECK(memcmp(buf, "ond\n", 4) == 0);
	type("partial");
	expect_quiet(slave);
	OK(fcntl(slave, F_SETFL, O_NONBLOCK));
	FAILS(EAGAIN, read(slave, buf, sizeof(buf)));
	type("\n");
	expect_line("partial\n");
}

static void pending_counts(void)
{
	int n;

	open_silent_pair();
	type("abc");
	expect_quiet(slave);
	OK(ioctl(slave, FIONREAD, &n));
	EQ(n, 0);
	type("de\nmore");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	OK(ioctl(slave, FIONREAD, &n));
	EQ(n, 6);
	EQ(write(slave, "xyz", 3), 3);
	EQ(poll_one(master, POLLIN, PATIENCE), POLLIN);
	OK(ioctl(master, FIONREAD, &n));
	EQ(n, 3);
	OK(ioctl(slave, TIOCOUTQ, &n));
	FAILS(EFAULT, ioctl(slave, FIONREAD, wild()));
}

static void carriage_returns(void)
{
	struct termios t;

	open_silent_pair();
	type("a\r");
	expect_line("a\n");
	t = get();
	t.c_iflag = (t.c_iflag & ~ICRNL) | IGNCR;
	set(t);
	type("b\rc\n");
	expect_line("bc\n");
	t.c_iflag = INLCR;
	t.c_lflag &= ~ICANON;
	set(t);
	type("d\ne");
	expect_from(slave, "d\re");
}

static void line_ends(void)
{
	struct termios t;

	open_silent_pair();
	t = get();
	t.c_cc[VEOL] = ';';
	t.c_cc[VEOL2] = '!';
	set(t);
	type("a;b!c\n");
	expect_line("a;");
	expect_line("b!");
	expect_line("c\n");
	/* A disabled character is an ordinary one. */
	t.c_cc[VERASE] = _POSIX_VDISABLE;
	set(t);
	type("x\177\n");
	expect_line("x\177\n");
}

static void mode_switch(void)
{
	open_silent_pair();
	type("unfinished");
	expect_quiet(slave);
	/* Leaving canonical mode, the line so far can be read. */
	modes(ICANON, 0, 0, 0);
	expect_line("unfinished");
	modes(0, ICANON, 0, 0);
	type("x");
	expect_quiet(slave);
	type("\n");
	expect_line("x\n");
}

static void long_line(void)
{
	static char line[5000], have[5000];
	ssize_t n, got = 0;

	/* Canonical mode keeps 4095 bytes of a line and room for its end. */
	open_silent_pair();
	memset(line, 'l', sizeof(line));
	OK(fcntl(master, F_SETFL, O_NONBLOCK));
	for (size_t at = 0; at < sizeof(line); at += n) {
		n = write(master, line + at, sizeof(line) - at);
		if (n <= 0)
			break;
		abi_sleep_ms(2);
	}
	OK(fcntl(master, F_SETFL, 0));
	type("\n");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	do {
		n = OK(read(slave, have + got, sizeof(have) - got));
		got += n;
	} while (n > 0 && have[got - 1] != '\n');
	EQ(got, 4096);
	EQ(have[4095], '\n');
	EQ(have[4094], 'l');
}

static void echo_forms(void)
{
	open_pair();
	type("ab\177");
	expect_from(master, "ab\b \b");
	type("\001");
	expect_from(master, "^A");
	type("\177");
	expect_from(master, "\b \b\b \b");
	type("\025");
	expect_from(master, "\b \b");
	modes(ECHOCTL, 0, 0, 0);
	type("\001");
	expect_from(master, "\001");
	type("\n");
	expect_from(master, "\r\n");
	modes(ECHO, ECHONL, 0, 0);
	type("x\n");
	expect_from(master, "\r\n");
	modes(ECHONL, 0, 0, 0);
	type("x\n");
	expect_quiet(master);
}

static void echo_kill_forms(void)
{
	open_pair();
	modes(ECHOKE, ECHOK, 0, 0);
	type("ab\025");
	expect_from(master, "ab^U\r\n");
	modes(ECHOE, 0, 0, 0);
	type("cd\177");
	expect_from(master, "cd^?");
	type("\004");
	expect_line("c");
	expect_quiet(master);
}

static const struct abi_row rows[] = {
	{ editing, "VERASE, VKILL and VWERASE edit the line" },
	{ literal_next, "VLNEXT makes the next character plain" },
	{ end_of_file, "VEOF ends a read" },
	{ line_at_a_time, "a read gives one line at most" },
	{ pending_counts, "FIONREAD counts what can be read" },
	{ carriage_returns, "ICRNL, IGNCR and INLCR" },
	{ line_ends, "VEOL, VEOL2 and disabled characters" },
	{ mode_switch, "switching ICANON with input pending" },
	{ long_line, "a line has 4095 bytes" },
	{ echo_forms, "ECHO, ECHOE, ECHOCTL and ECHONL" },
	{ echo_kill_forms, "ECHOK without ECHOKE, erasing without ECHOE" },
};

ABI_MAIN(rows)
