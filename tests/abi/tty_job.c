/*
 * Terminals and job control: who gets a terminal as its controlling one, the
 * signals of its keys, its size and its end, and what the background may do.
 * The work is done in a child that leads a session.
 */
#include "tty.h"

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
	char name[SLAVE_NAME];

	OK(ioctl(slave, TIOCNOTTY));
	/* A session leader's open takes a terminal unless O_NOCTTY. */
	slave_name(fd, name);
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

static void stopped_by(int sig, pid_t pid)
{
	int status;

	EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	EQ(WSTOPSIG(status), sig);
}

/* What body does in the background stops it by this signal. */
static void stops_by(int sig, void (*body)(void))
{
	pid_t pid = background(body);

	stopped_by(sig, pid);
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
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

	stopped_by(SIGTTIN, pid);
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
	EQ(abi_wait(background(write_one)), 0);
	expect_from(master, "w");
	modes(0, TOSTOP, 0, 0);
	stops_by(SIGTTOU, write_one);
	/* Changing the settings stops it with or without TOSTOP. */
	modes(TOSTOP, 0, 0, 0);
	stops_by(SIGTTOU, set_attributes);
}

static void background_write(void)
{
	in_session(background_write_body);
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

static const struct abi_row rows[] = {
	{ controlling, "TIOCSCTTY and TIOCNOTTY" },
	{ opened, "a session leader's open takes a terminal" },
	{ keys, "^C, ^\\ and ^Z signal, echo and flush" },
	{ foreground, "keys go to the foreground group" },
	{ background_read, "SIGTTIN, or EIO" },
	{ background_write, "SIGTTOU with TOSTOP and for settings" },
	{ winch, "SIGWINCH for a new size only" },
	{ hangup, "SIGHUP when the master closes" },
	{ leader_exits, "SIGHUP to the foreground when the leader exits" },
};

ABI_MAIN(rows)
