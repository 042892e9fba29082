/*
 * Terminals, on pseudo-terminal pairs: line editing, echo, output processing,
 * raw reads with VMIN and VTIME, signals and job control, window size, hangup,
 * packet mode, flow control.
 *
 * Most rows only move bytes between the two ends.  Those that need a
 * controlling terminal do their work in a child that starts a session.
 */
#include "fixture.h"

#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <termios.h>

enum { PATIENCE = 5000, MOMENT = 30 };

static int master, slave;

static int open_master(void)
{
	int fd = OK(open("/dev/ptmx", O_RDWR | O_NOCTTY)), zero = 0;

	OK(ioctl(fd, TIOCSPTLCK, &zero));
	return fd;
}

static int open_slave(int fd)
{
	char name[32];
	unsigned int number;

	OK(ioctl(fd, TIOCGPTN, &number));
	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	return OK(open(name, O_RDWR | O_NOCTTY));
}

static void open_pair(void)
{
	master = open_master();
	slave = open_slave(master);
}

static struct termios get(void)
{
	struct termios t;

	OK(tcgetattr(slave, &t));
	return t;
}

static void set(struct termios t)
{
	OK(tcsetattr(slave, TCSANOW, &t));
}

/* Changes local and output modes: first what goes, then what comes. */
static void modes(tcflag_t local_off, tcflag_t local_on, tcflag_t output_off, tcflag_t output_on)
{
	struct termios t = get();

	t.c_lflag = (t.c_lflag & ~local_off) | local_on;
	t.c_oflag = (t.c_oflag & ~output_off) | output_on;
	set(t);
}

static void open_silent_pair(void)
{
	open_pair();
	modes(ECHO, 0, 0, 0);
}

static void open_raw_pair(void)
{
	open_pair();

	struct termios t = get();

	cfmakeraw(&t);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	set(t);
}

static void type(const char *text)
{
	EQ(write(master, text, strlen(text)), strlen(text));
}

/* Reads exactly this text, however it arrives. */
static void expect_from(int fd, const char *text)
{
	char have[512];
	size_t want = strlen(text), got = 0;

	while (got < want) {
		if (!poll_one(fd, POLLIN, PATIENCE))
			break;
		ssize_t n = read(fd, have + got, want - got);

		if (n <= 0)
			break;
		got += n;
	}
	EQ(got, want);
	CHECK(memcmp(have, text, want) == 0);
}

static void expect_quiet(int fd)
{
	EQ(poll_one(fd, POLLIN, MOMENT) & POLLIN, 0);
}

/* One read() from the slave, which must have this text ready. */
static void expect_line(const char *text)
{
	char have[512];

	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	EQ(read(slave, have, sizeof(have)), strlen(text));
	CHECK(memcmp(have, text, strlen(text)) == 0);
}

/* Runs body as the leader of a session whose terminal is the slave. */
static void in_session(void (*body)(void))
{
	pid_t pid;

	open_pair();
	pid = OK(fork());
	if (pid == 0) {
		OK(setsid());
		OK(ioctl(slave, TIOCSCTTY, 0));
		body();
		_exit(0);
	}
	child_ends(pid);
}

static void pair(void)
{
	open_pair();
	struct stat st;

	CHECK(isatty(slave) && isatty(master));
	OK(fstat(slave, &st));
	CHECK(S_ISCHR(st.st_mode));
	EQ(major(st.st_rdev), 136);
	OK(fstat(master, &st));
	EQ(st.st_rdev, makedev(5, 2));
	type("hello\n");
	expect_line("hello\n");
	expect_from(master, "hello\r\n");
	EQ(write(slave, "out\n", 4), 4);
	expect_from(master, "out\r\n");
}

static void locked(void)
{
	int fd = OK(open("/dev/ptmx", O_RDWR | O_NOCTTY)), lock = 1;
	unsigned int number;
	char name[32];

	OK(ioctl(fd, TIOCGPTLCK, &lock));
	EQ(lock, 1);
	OK(ioctl(fd, TIOCGPTN, &number));
	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	FAILS(EIO, open(name, O_RDWR | O_NOCTTY));
	lock = 0;
	OK(ioctl(fd, TIOCSPTLCK, &lock));
	OK(open(name, O_RDWR | O_NOCTTY));
	OK(ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY));
	OK(close(fd));
}

static void names(void)
{
	char path[32], want[32], have[64];
	unsigned int number;
	ssize_t n;

	open_pair();
	OK(ioctl(master, TIOCGPTN, &number));
	snprintf(want, sizeof(want), "/dev/pts/%u", number);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", slave);
	n = OK(readlink(path, have, sizeof(have) - 1));
	have[n] = '\0';
	CHECK(strcmp(have, want) == 0);
	CHECK(exists(want));
	OK(close(slave));
	CHECK(exists(want));
	FAILS(ENOTTY, ioctl(OK(open("/dev/null", O_RDWR)), TIOCGPTN, &number));
}

static void defaults(void)
{
	open_pair();
	struct termios t = get();

	EQ(t.c_iflag & (ICRNL | IXON | ISTRIP), ICRNL | IXON);
	EQ(t.c_oflag & (OPOST | ONLCR), OPOST | ONLCR);
	EQ(t.c_lflag & (ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN | TOSTOP),
	   ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN);
	EQ(t.c_cflag & (CSIZE | CREAD | PARENB), CS8 | CREAD);
	EQ(t.c_cc[VINTR], 3);
	EQ(t.c_cc[VQUIT], 28);
	EQ(t.c_cc[VERASE], 127);
	EQ(t.c_cc[VKILL], 21);
	EQ(t.c_cc[VEOF], 4);
	EQ(t.c_cc[VSUSP], 26);
	EQ(t.c_cc[VSTART], 17);
	EQ(t.c_cc[VSTOP], 19);
	EQ(cfgetospeed(&t), B38400);
}

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

static void output_processing(void)
{
	open_silent_pair();
	EQ(write(slave, "a\nb\tc\r", 6), 6);
	expect_from(master, "a\r\nb\tc\r");
	modes(0, 0, OPOST, 0);
	EQ(write(slave, "a\n", 2), 2);
	expect_from(master, "a\n");
	modes(0, 0, ONLCR, OPOST | OCRNL);
	EQ(write(slave, "a\n\rb", 4), 4);
	expect_from(master, "a\n\nb");
	modes(0, 0, OCRNL | ONLCR, OPOST | XTABS);
	EQ(write(slave, "\rab\tc", 5), 5);
	expect_quiet(slave);
	expect_from(master, "\rab");
	expect_from(master, "      c");
}

static void raw_bytes(void)
{
	char buf[8];

	open_raw_pair();
	EQ(write(master, "\003\004\0\177\r", 5), 5);
	while (poll_one(slave, POLLIN, PATIENCE)) {
		int n;

		OK(ioctl(slave, FIONREAD, &n));
		if (n == 5)
			break;
	}
	EQ(read(slave, buf, sizeof(buf)), 5);
	CHECK(memcmp(buf, "\003\004\0\177\r", 5) == 0);
	EQ(write(slave, "\n\0x", 3), 3);
	EQ(poll_one(master, POLLIN, PATIENCE), POLLIN);
	EQ(read(master, buf, sizeof(buf)), 3);
	CHECK(memcmp(buf, "\n\0x", 3) == 0);
}

static void minimum(void)
{
	struct termios t;
	char buf[8];
	pid_t pid;

	open_raw_pair();
	t = get();
	t.c_cc[VMIN] = 3;
	set(t);
	pid = OK(fork());
	if (pid == 0) {
		for (int i = 0; i < 3; i++) {
			abi_sleep_ms(15);
			type("x");
		}
		_exit(0);
	}
	/* The read goes on until VMIN bytes are there, or its own size. */
	EQ(read(slave, buf, sizeof(buf)), 3);
	child_ends(pid);
	type("yy");
	EQ(read(slave, buf, 2), 2);
	OK(fcntl(slave, F_SETFL, O_NONBLOCK));
	FAILS(EAGAIN, read(slave, buf, 8));
}

static void timed(void)
{
	struct termios t;
	char buf[8];
	long long start;

	open_raw_pair();
	t = get();
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	set(t);
	EQ(read(slave, buf, 8), 0);
	t.c_cc[VTIME] = 1;
	set(t);
	start = abi_now_ms();
	EQ(read(slave, buf, 8), 0);
	CHECK(abi_now_ms() - start >= 80);
	/* With both, the clock runs between bytes. */
	t.c_cc[VMIN] = 5;
	set(t);
	type("ab");
	EQ(poll_one(slave, POLLIN, MOMENT) & ~POLLIN, 0);
	EQ(read(slave, buf, 8), 2);
}

static void set_when(void)
{
	struct termios t;
	int n;

	open_silent_pair();
	t = get();
	type("kept\n");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	OK(tcsetattr(slave, TCSADRAIN, &t));
	OK(ioctl(slave, FIONREAD, &n));
	EQ(n, 5);
	OK(tcsetattr(slave, TCSAFLUSH, &t));
	OK(ioctl(slave, FIONREAD, &n));
	EQ(n, 0);
	t.c_lflag |= NOFLSH;
	t.c_cc[VINTR] = 'i';
	OK(tcsetattr(slave, TCSANOW, &t));
	EQ(get().c_cc[VINTR], 'i');
	CHECK(get().c_lflag & NOFLSH);
	/* Both ends show the same settings. */
	OK(tcgetattr(master, &t));
	EQ(t.c_cc[VINTR], 'i');
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

static void flushes(void)
{
	open_silent_pair();
	type("in\n");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	OK(tcflush(slave, TCIFLUSH));
	expect_quiet(slave);
	type("again\n");
	expect_line("again\n");
	FAILS(EINVAL, tcflush(slave, 99));
	OK(tcdrain(slave));
	OK(tcsendbreak(slave, 0));
	FAILS(ENOTTY, tcflush(OK(open("/dev/null", O_RDWR)), TCIFLUSH));
	FAILS(EBADF, tcflush(-1, TCIFLUSH));
}

static void window_size(void)
{
	struct winsize w = { 1, 1, 1, 1 };

	open_pair();
	OK(ioctl(slave, TIOCGWINSZ, &w));
	EQ(w.ws_row + w.ws_col + w.ws_xpixel + w.ws_ypixel, 0);
	w = (struct winsize){ 24, 80, 3, 4 };
	OK(ioctl(master, TIOCSWINSZ, &w));
	w = (struct winsize){ 0 };
	OK(ioctl(slave, TIOCGWINSZ, &w));
	EQ(w.ws_row, 24);
	EQ(w.ws_col, 80);
	EQ(w.ws_xpixel, 3);
	EQ(w.ws_ypixel, 4);
	w.ws_row = 50;
	OK(ioctl(slave, TIOCSWINSZ, &w));
	OK(ioctl(master, TIOCGWINSZ, &w));
	EQ(w.ws_row, 50);
	FAILS(EFAULT, ioctl(slave, TIOCGWINSZ, wild()));
	FAILS(EFAULT, ioctl(slave, TIOCSWINSZ, wild()));
	FAILS(ENOTTY, ioctl(make_file("f", ""), TIOCGWINSZ, &w));
	FAILS(EBADF, ioctl(-1, TIOCGWINSZ, &w));
}

static void wait_ticks(int count)
{
	for (int i = 0; i < PATIENCE && tick_count < count; i++)
		abi_sleep_ms(1);
	EQ(tick_count, count);
}

static void winch_body(void)
{
	struct winsize w = { 24, 80, 0, 0 };

	signal(SIGWINCH, tick);
	OK(ioctl(master, TIOCSWINSZ, &w));
	wait_ticks(1);
	/* The same size again is no change. */
	OK(ioctl(master, TIOCSWINSZ, &w));
	abi_sleep_ms(MOMENT);
	EQ(tick_count, 1);
	w.ws_col = 132;
	OK(ioctl(slave, TIOCSWINSZ, &w));
	wait_ticks(2);
}

static void winch(void)
{
	in_session(winch_body);
}

static volatile sig_atomic_t last_signal;

static void note_signal(int sig)
{
	last_signal = sig;
	tick_count++;
}

static void keys_body(void)
{
	const struct {
		const char *key, *echo;
		int sig;
	} keys[] = {
		{ "\003", "^C", SIGINT },
		{ "\034", "^\\", SIGQUIT },
		{ "\032", "^Z", SIGTSTP },
	};

	for (int i = 0; i < 3; i++) {
		signal(keys[i].sig, note_signal);
		type("lost");
		expect_from(master, "lost");
		type(keys[i].key);
		wait_ticks(i + 1);
		EQ(last_signal, keys[i].sig);
		expect_from(master, keys[i].echo);
	}
	/* The input before the key is gone. */
	type("x\n");
	expect_line("x\n");
	modes(ISIG, 0, 0, 0);
	type("\003\n");
	expect_line("\003\n");
	EQ(tick_count, 3);
}

static void keys(void)
{
	in_session(keys_body);
}

static void foreground_body(void)
{
	pid_t pid;
	int status;

	EQ(tcgetpgrp(slave), getpid());
	EQ(tcgetsid(slave), getpid());
	signal(SIGINT, note_signal);
	signal(SIGTTOU, SIG_IGN);
	pid = OK(fork());
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		OK(setpgid(0, 0));
		OK(tcsetpgrp(slave, getpid()));
		type("\003");
		abi_sleep_ms(PATIENCE);
		_exit(0);
	}
	/* Only the group in front gets the key. */
	status = abi_wait(pid);
	CHECK(WIFSIGNALED(status));
	EQ(WTERMSIG(status), SIGINT);
	EQ(tick_count, 0);
	EQ(tcgetpgrp(slave), pid);
	OK(tcsetpgrp(slave, getpid()));
	EQ(tcgetpgrp(slave), getpid());
	FAILS(EPERM, tcsetpgrp(slave, getppid()));
	FAILS(EINVAL, tcsetpgrp(slave, -5));
	FAILS(ENOTTY, tcgetpgrp(OK(open("/dev/null", O_RDWR))));
}

static void foreground(void)
{
	in_session(foreground_body);
}

/* Starts a child in a background group that does something to the terminal. */
static pid_t background(void (*body)(void))
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(setpgid(0, 0));
		body();
		_exit(42);
	}
	return pid;
}

static void read_one(void)
{
	char c;

	if (read(slave, &c, 1) == 1)
		_exit(1);
	_exit(errno == EIO ? 2 : 3);
}

static void read_one_ignoring(void)
{
	signal(SIGTTIN, SIG_IGN);
	read_one();
}

static void background_read_body(void)
{
	pid_t pid = background(read_one);
	int status;

	EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	EQ(WSTOPSIG(status), SIGTTIN);
	/* In front, it continues and reads. */
	OK(tcsetpgrp(slave, pid));
	OK(kill(pid, SIGCONT));
	type("x\n");
	EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 1);
	signal(SIGTTOU, SIG_IGN);
	OK(tcsetpgrp(slave, getpid()));
	EQ(WEXITSTATUS(abi_wait(background(read_one_ignoring))), 2);
}

static void background_read(void)
{
	in_session(background_read_body);
}

static void write_one(void)
{
	_exit(write(slave, "w", 1) != 1);
}

static void set_attributes(void)
{
	struct termios t = get();

	_exit(tcsetattr(slave, TCSANOW, &t) < 0);
}

static void background_write_body(void)
{
	int status;
	pid_t pid = background(write_one);

	EQ(abi_wait(pid), 0);
	expect_from(master, "w");
	modes(0, TOSTOP, 0, 0);
	pid = background(write_one);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	EQ(WSTOPSIG(status), SIGTTOU);
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
	/* Changing the settings stops it with or without TOSTOP. */
	modes(TOSTOP, 0, 0, 0);
	pid = background(set_attributes);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	EQ(WSTOPSIG(status), SIGTTOU);
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
}

static void background_write(void)
{
	in_session(background_write_body);
}

static void controlling_body(void)
{
	int tty, other;
	pid_t pid;

	FAILS(EPERM, setsid());
	tty = open("/dev/tty", O_RDWR);
	if (tty >= 0) {
		EQ(write(tty, "t", 1), 1);
		expect_from(master, "t");
		EQ(tcgetpgrp(tty), getpid());
	}
	OK(ioctl(slave, TIOCSCTTY, 0));
	other = open_slave(open_master());
	FAILS(EPERM, ioctl(other, TIOCSCTTY, 0));
	FAILS(ENOTTY, tcgetpgrp(other));
	/* Another session cannot take it. */
	pid = OK(fork());
	if (pid == 0) {
		OK(setsid());
		FAILS(ENOTTY, tcgetpgrp(slave));
		FAILS(EPERM, ioctl(slave, TIOCSCTTY, 0));
		_exit(0);
	}
	child_ends(pid);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCONT, SIG_IGN);
	OK(ioctl(slave, TIOCNOTTY));
	FAILS(ENOTTY, tcgetpgrp(slave));
	FAILS(ENOTTY, ioctl(slave, TIOCNOTTY));
	OK(ioctl(other, TIOCSCTTY, 0));
	EQ(tcgetpgrp(other), getpid());
}

static void controlling(void)
{
	in_session(controlling_body);
}

static void opened_body(void)
{
	int fd = open_master(), with;
	unsigned int number;
	char name[32];

	OK(ioctl(slave, TIOCNOTTY));
	/* A session leader's open takes a terminal unless O_NOCTTY. */
	OK(ioctl(fd, TIOCGPTN, &number));
	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	OK(open(name, O_RDWR | O_NOCTTY));
	FAILS(ENOTTY, tcgetpgrp(OK(open(name, O_RDWR | O_NOCTTY))));
	with = OK(open(name, O_RDWR));
	EQ(tcgetpgrp(with), getpid());
}

static void ignore_hangup_and_open(void)
{
	signal(SIGHUP, SIG_IGN);
	opened_body();
}

static void opened(void)
{
	in_session(ignore_hangup_and_open);
}

static void master_closes(void)
{
	char c;

	open_pair();
	type("left\n");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	OK(close(master));
	EQ(poll_one(slave, POLLIN, PATIENCE) & POLLHUP, POLLHUP);
	EQ(read(slave, &c, 1), 0);
	FAILS(EIO, write(slave, "x", 1));
	FAILS(EIO, tcflush(slave, TCIFLUSH));
}

static void hangup_body(void)
{
	int p[2];
	char c;
	pid_t pid;

	OK(pipe(p));
	signal(SIGHUP, tick);
	pid = OK(fork());
	if (pid == 0) {
		signal(SIGHUP, SIG_DFL);
		OK(close(master));
		EQ(write(p[1], "r", 1), 1);
		abi_sleep_ms(PATIENCE);
		_exit(0);
	}
	EQ(read(p[0], &c, 1), 1);
	OK(close(master));
	wait_ticks(1);
	/* The leader alone gets it; it is for him to tell the others. */
	abi_sleep_ms(MOMENT);
	OK(kill(pid, SIGKILL));
	EQ(WTERMSIG(abi_wait(pid)), SIGKILL);
	EQ(read(slave, &c, 1), 0);
	CHECK(tcgetpgrp(slave) < 0);
}

static void hangup(void)
{
	pid_t pid;

	open_pair();
	pid = OK(fork());
	if (pid == 0) {
		OK(setsid());
		OK(ioctl(slave, TIOCSCTTY, 0));
		abi_sleep_ms(MOMENT);
		hangup_body();
		_exit(0);
	}
	OK(close(master));
	child_ends(pid);
}

static void slave_closes(void)
{
	char buf[16];

	open_silent_pair();
	EQ(write(slave, "last", 4), 4);
	OK(close(slave));
	expect_from(master, "last");
	EQ(poll_one(master, POLLIN, PATIENCE) & POLLHUP, POLLHUP);
	FAILS(EIO, read(master, buf, sizeof(buf)));
	/* It may be opened again. */
	slave = open_slave(master);
	type("back\n");
	expect_line("back\n");
}

static void leader_exits(void)
{
	int status, p[2];
	pid_t pid;
	char c;

	open_pair();
	OK(pipe(p));
	pid = OK(fork());
	if (pid == 0) {
		OK(setsid());
		OK(ioctl(slave, TIOCSCTTY, 0));
		pid_t front = OK(fork());

		if (front == 0) {
			signal(SIGHUP, tick);
			EQ(write(p[1], "r", 1), 1);
			for (int i = 0; i < PATIENCE && !tick_count; i++)
				abi_sleep_ms(1);
			_exit(write(p[1], tick_count ? "h" : "n", 1) != 1);
		}
		EQ(read(p[0], &c, 1), 1);
		_exit(0);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	EQ(read(p[0], &c, 1), 1);
	EQ(c, 'h');
}

static void packets(void)
{
	int on = 1, back = 0;
	char buf[16];
	struct termios t;

	open_silent_pair();
	OK(ioctl(master, TIOCPKT, &on));
	OK(ioctl(master, TIOCGPKT, &back));
	EQ(back, 1);
	EQ(write(slave, "data", 4), 4);
	EQ(poll_one(master, POLLIN, PATIENCE) & POLLIN, POLLIN);
	EQ(read(master, buf, sizeof(buf)), 5);
	CHECK(memcmp(buf, "\0data", 5) == 0);
	OK(tcflush(slave, TCIFLUSH));
	EQ(poll_one(master, POLLIN | POLLPRI, PATIENCE) & POLLPRI, POLLPRI);
	EQ(read(master, buf, sizeof(buf)), 1);
	EQ(buf[0], TIOCPKT_FLUSHREAD);
	t = get();
	t.c_iflag &= ~IXON;
	set(t);
	EQ(read(master, buf, sizeof(buf)), 1);
	EQ(buf[0], TIOCPKT_NOSTOP);
	on = 0;
	OK(ioctl(master, TIOCPKT, &on));
	EQ(write(slave, "x", 1), 1);
	expect_from(master, "x");
	FAILS(ENOTTY, ioctl(slave, TIOCPKT, &on));
	FAILS(EFAULT, ioctl(master, TIOCPKT, wild()));
}

static void flow_control(void)
{
	open_silent_pair();
	/* The line behind ^S shows that it has been seen. */
	type("\023x\n");
	expect_line("x\n");
	OK(fcntl(slave, F_SETFL, O_NONBLOCK));
	CHECK(write(slave, "held", 4) <= 0);
	expect_quiet(master);
	type("\021");
	for (int i = 0; i < PATIENCE && write(slave, "go", 2) != 2; i++)
		abi_sleep_ms(1);
	expect_from(master, "go");
	/* With IXON off they are ordinary. */
	struct termios t = get();

	t.c_iflag &= ~IXON;
	set(t);
	OK(fcntl(slave, F_SETFL, 0));
	type("\023\021\n");
	expect_line("\023\021\n");
}

static void flow_calls(void)
{
	pid_t pid;

	open_silent_pair();
	OK(tcflow(slave, TCOOFF));
	pid = OK(fork());
	if (pid == 0)
		_exit(write(slave, "held", 4) != 4);
	expect_quiet(master);
	OK(tcflow(slave, TCOON));
	expect_from(master, "held");
	child_ends(pid);
	OK(tcflow(slave, TCIOFF));
	expect_from(master, "\023");
	OK(tcflow(slave, TCION));
	expect_from(master, "\021");
	FAILS(EINVAL, tcflow(slave, 99));
}

static void exclusive(void)
{
	unsigned int number;
	char name[32];

	open_pair();
	OK(ioctl(master, TIOCGPTN, &number));
	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	OK(ioctl(slave, TIOCEXCL));
	if (geteuid() == 0)
		OK(open(name, O_RDWR | O_NOCTTY));
	else
		FAILS(EBUSY, open(name, O_RDWR | O_NOCTTY));
	OK(ioctl(slave, TIOCNXCL));
	OK(open(name, O_RDWR | O_NOCTTY));
}

/* As root: locked flags and characters keep their values, others change. */
static void locked_settings(void)
{
	struct termios lock, t;
	int carrier;

	open_pair();
	memset(&lock, 0xff, sizeof(lock));
	OK(ioctl(slave, TIOCGLCKTRMIOS, &lock));
	EQ(lock.c_iflag | lock.c_oflag | lock.c_cflag | lock.c_lflag, 0);
	OK(ioctl(slave, TIOCGSOFTCAR, &carrier));
	EQ(carrier, !!(get().c_cflag & CLOCAL));
	carrier = 1;
	OK(ioctl(slave, TIOCSSOFTCAR, &carrier));
	CHECK(get().c_cflag & CLOCAL);
	lock.c_lflag = ECHO;
	lock.c_cc[VINTR] = 1;
	if (geteuid()) {
		FAILS(EPERM, ioctl(slave, TIOCSLCKTRMIOS, &lock));
		return;
	}
	OK(ioctl(slave, TIOCSLCKTRMIOS, &lock));
	t = get();
	t.c_lflag &= ~(ECHO | ICANON);
	t.c_cc[VINTR] = 5;
	t.c_cc[VQUIT] = 6;
	set(t);
	t = get();
	EQ(t.c_lflag & (ECHO | ICANON), ECHO);
	EQ(t.c_cc[VINTR], 3);
	EQ(t.c_cc[VQUIT], 6);
	FAILS(EFAULT, ioctl(slave, TIOCSLCKTRMIOS, NULL));
	FAILS(EFAULT, ioctl(slave, TIOCGLCKTRMIOS, NULL));
}

static void errors(void)
{
	struct termios t;
	int n = 0;

	open_pair();
	FAILS(ENOTTY, tcgetattr(make_file("f", ""), &t));
	FAILS(EBADF, tcgetattr(-1, &t));
	FAILS(EFAULT, ioctl(slave, TCGETS, wild()));
	FAILS(EFAULT, ioctl(slave, TCSETS, wild()));
	FAILS(EFAULT, write(slave, wild(), 1));
	FAILS(ENOTTY, ioctl(slave, 0x5afe, &n));
	FAILS(ESPIPE, lseek(slave, 0, SEEK_SET));
	FAILS(ESPIPE, pread(slave, &n, 1, 0));
	FAILS(ENODEV, mmap(NULL, 1, PROT_READ, MAP_SHARED, slave, 0));
	FAILS(EINVAL, ftruncate(slave, 0));
}

static void interrupted(void)
{
	char c;

	open_silent_pair();
	start_ticks(30, 0);
	FAILS(EINTR, read(slave, &c, 1));
	FAILS(EINTR, read(master, &c, 1));
	stop_ticks();
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

static void bulk(void)
{
	enum { SIZE = 40000 };
	static char out[SIZE], in[SIZE];
	pid_t pid;

	open_raw_pair();
	for (int i = 0; i < SIZE; i++)
		out[i] = i ^ i >> 8;
	pid = OK(fork());
	if (pid == 0) {
		EQ(write(slave, out, SIZE), SIZE);
		_exit(0);
	}
	for (int at = 0; at < SIZE;) {
		EQ(poll_one(master, POLLIN, PATIENCE) & POLLIN, POLLIN);
		at += OK(read(master, in + at, SIZE - at));
	}
	CHECK(memcmp(in, out, SIZE) == 0);
	child_ends(pid);
}

static const struct abi_row rows[] = {
	{ pair, "a pair carries lines both ways" },
	{ locked, "a new pair is locked" },
	{ names, "the slave's name through its descriptor" },
	{ defaults, "the settings of a new pair" },
	{ editing, "VERASE, VKILL and VWERASE edit the line" },
	{ literal_next, "VLNEXT makes the next character plain" },
	{ end_of_file, "VEOF ends a read" },
	{ line_at_a_time, "a read gives one line at most" },
	{ pending_counts, "FIONREAD counts what can be read" },
	{ carriage_returns, "ICRNL, IGNCR and INLCR" },
	{ line_ends, "VEOL, VEOL2 and disabled characters" },
	{ echo_forms, "ECHO, ECHOE, ECHOCTL and ECHONL" },
	{ echo_kill_forms, "ECHOK without ECHOKE, erasing without ECHOE" },
	{ output_processing, "OPOST, ONLCR, OCRNL and XTABS" },
	{ raw_bytes, "raw mode passes every byte" },
	{ minimum, "VMIN" },
	{ timed, "VTIME" },
	{ set_when, "TCSANOW, TCSADRAIN and TCSAFLUSH" },
	{ mode_switch, "switching ICANON with input pending" },
	{ flushes, "tcflush, tcdrain and tcsendbreak" },
	{ window_size, "the window size is shared and kept" },
	{ winch, "SIGWINCH for a new size only" },
	{ keys, "^C, ^\\ and ^Z signal, echo and flush" },
	{ foreground, "keys go to the foreground group" },
	{ background_read, "SIGTTIN, or EIO" },
	{ background_write, "SIGTTOU with TOSTOP and for settings" },
	{ controlling, "TIOCSCTTY and TIOCNOTTY" },
	{ opened, "a session leader's open takes a terminal" },
	{ master_closes, "the slave after its master closed" },
	{ hangup, "SIGHUP when the master closes" },
	{ slave_closes, "EIO when the slave closed, until it opens again" },
	{ leader_exits, "SIGHUP to the foreground when the leader exits" },
	{ packets, "TIOCPKT" },
	{ flow_control, "^S holds the output, ^Q lets it go" },
	{ flow_calls, "tcflow" },
	{ exclusive, "TIOCEXCL" },
	{ locked_settings, "TIOCSLCKTRMIOS and TIOCSSOFTCAR" },
	{ errors, "errors" },
	{ interrupted, "a signal ends both ends' reads" },
	{ long_line, "a line has 4095 bytes" },
	{ bulk, "much data keeps its order" },
};

ABI_MAIN(rows)
