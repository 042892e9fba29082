/*
 * Job control: process groups and sessions, stopping and continuing, orphaned
 * groups, and a controlling terminal (a pseudoterminal) with its foreground
 * group, its signals and its end.
 */
#include "child.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>

static atomic_int count;

static void tick(int sig)
{
	(void)sig;
	count++;
}

static pid_t spawn_pause(void)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		/* Not to outlive a row that fails, whatever group it is in. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end_child(pid_t pid)
{
	OK(kill(pid, SIGKILL));
	EQ(abi_wait(pid), SIGKILL);
}

/* The device number of the caller's controlling terminal, 0 for none. */
static int ctty_number(void)
{
	char text[1024] = "";
	int fd = OK(open("/proc/self/stat", O_RDONLY)), number;

	OK(read(fd, text, sizeof(text) - 1));
	close(fd);
	CHECK(strrchr(text, ')') != NULL);
	EQ(sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %d", &number), 1);
	return number;
}

static void inherits(void)
{
	pid_t group = getpgrp(), session = getsid(0), pid = OK(fork());

	EQ(getpgid(0), group);
	EQ(getpgid(getpid()), group);
	EQ(getsid(getpid()), session);
	if (pid == 0) {
		EQ(getpgrp(), group);
		EQ(getsid(0), session);
		_exit(0);
	}
	EQ(getpgid(pid), group);
	child_join(pid);
}

static void set_group(void)
{
	pid_t pid = spawn_pause(), other = spawn_pause();

	OK(setpgid(pid, 0));
	EQ(getpgid(pid), pid);
	OK(setpgid(other, pid));
	EQ(getpgid(other), pid);
	EQ(getsid(other), getsid(0));
	end_child(pid);
	/* The group outlives its leader. */
	EQ(getpgid(other), pid);
	OK(kill(-pid, 0));
	OK(setpgid(other, getpgrp()));
	FAILS(ESRCH, kill(-pid, 0));
	end_child(other);
	OK(setpgid(0, 0));
	OK(setpgid(getpid(), getpid()));
}

static void set_group_errors(void)
{
	int hold[2];
	char byte;

	OK(pipe(hold));
	pid_t plain = spawn_pause(), leader = OK(fork());

	if (leader == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		OK(setsid());
		OK(write(hold[1], "x", 1));
		for (;;)
			pause();
	}
	EQ(read(hold[0], &byte, 1), 1);
	FAILS(EINVAL, setpgid(0, -1));
	FAILS(EINVAL, setpgid(plain, -5));
	FAILS(ESRCH, setpgid(getppid(), 0));
	FAILS(EINVAL, setpgid(-1, 0));
	FAILS(ESRCH, setpgid(-1, getpgrp()));
	/* No such group, a group in another session, a child in another session. */
	FAILS(EPERM, setpgid(0, plain));
	FAILS(EPERM, setpgid(plain, leader));
	FAILS(EPERM, setpgid(leader, getpgrp()));
	FAILS(EPERM, setpgid(leader, leader));
	end_child(plain);
	end_child(leader);
	FAILS(ESRCH, setpgid(plain, 0));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(setsid());
		FAILS(EPERM, setpgid(0, 0));
		FAILS(EPERM, setpgid(0, getppid()));
		_exit(0);
	}
	child_join(pid);
}

static void new_session(void)
{
	/* The row leads its group. */
	FAILS(EPERM, setsid());
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(setsid(), getpid());
		EQ(getsid(0), getpid());
		EQ(getpgrp(), getpid());
		FAILS(EPERM, setsid());
		EQ(ctty_number(), 0);
		_exit(0);
	}
	child_join(pid);
}

static void lookup_errors(void)
{
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(0);
	EQ(abi_wait(pid), 0);
	FAILS(ESRCH, getpgid(pid));
	FAILS(ESRCH, getsid(pid));
	FAILS(ESRCH, getpgid(-1));
	FAILS(ESRCH, getsid(-1));
}

static void kill_group(void)
{
	pid_t pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = spawn_pause();
		OK(setpgid(pids[i], pids[0]));
	}
	pid_t outside = spawn_pause();

	OK(kill(-pids[0], 0));
	OK(kill(-pids[0], SIGTERM));
	for (int i = 0; i < 3; i++)
		EQ(abi_wait(pids[i]), SIGTERM);
	FAILS(ESRCH, kill(-pids[0], SIGTERM));
	EQ(waitpid(outside, NULL, WNOHANG), 0);
	end_child(outside);
}

static void kill_own_group(void)
{
	pid_t pid = OK(fork());

	on_signal(SIGUSR1, SIG_IGN, 0);
	if (pid == 0) {
		OK(setpgid(0, 0));
		pid_t member = spawn_pause();

		on_signal(SIGUSR2, tick, 0);
		OK(kill(0, SIGUSR2));
		EQ(count, 1);
		EQ(abi_wait(member), SIGUSR2);
		_exit(0);
	}
	child_join(pid);
}

static void stops(void)
{
	static const int sigs[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	atomic_int *shared = shared_mem(sizeof(*shared));
	int status;
	pid_t pid = OK(fork());

	if (pid == 0) {
		for (;;) {
			++*shared;
			abi_sleep_ms(1);
		}
	}
	for (int i = 0; i < 4; i++) {
		OK(kill(pid, sigs[i]));
		EQ(waitpid(pid, &status, WUNTRACED), pid);
		EQ(status, sigs[i] << 8 | 0x7f);
		int before = *shared;

		abi_sleep_ms(20);
		EQ(*shared, before);
		OK(kill(pid, SIGCONT));
		EQ(waitpid(pid, &status, WCONTINUED), pid);
		await(shared, before + 2);
	}
	end_child(pid);
}

static void stopped_takes_kill(void)
{
	int status;
	pid_t pid = spawn_pause();

	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	end_child(pid);
}

static void continue_always_works(void)
{
	for (int how = 0; how < 3; how++) {
		int status;
		atomic_int *shared = shared_mem(sizeof(*shared));
		pid_t pid = OK(fork());

		if (pid == 0) {
			if (how == 0)
				on_signal(SIGCONT, SIG_IGN, 0);
			else
				on_signal(SIGCONT, tick, 0);
			if (how == 1)
				sig_mask(SIG_BLOCK, SIGCONT);
			OK(kill(getpid(), SIGSTOP));
			/* Only an unblocked handler has run by now. */
			EQ(count, how == 2);
			*shared = 1;
			_exit(0);
		}
		EQ(waitpid(pid, &status, WUNTRACED), pid);
		EQ(WSTOPSIG(status), SIGSTOP);
		OK(kill(pid, SIGCONT));
		await(shared, 1);
		child_join(pid);
	}
}

static void caught_stop(void)
{
	on_signal(SIGTSTP, tick, 0);
	OK(kill(getpid(), SIGTSTP));
	EQ(count, 1);
	on_signal(SIGTSTP, SIG_IGN, 0);
	OK(kill(getpid(), SIGTSTP));
}

static void stopped_twice(void)
{
	int status;
	pid_t pid = spawn_pause();

	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	OK(kill(pid, SIGSTOP));
	OK(kill(pid, SIGTSTP));
	abi_sleep_ms(10);
	EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	OK(kill(pid, SIGCONT));
	EQ(waitpid(pid, &status, WCONTINUED), pid);
	abi_sleep_ms(10);
	EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	end_child(pid);
}

/* A new session has no parent in it: its group is orphaned. */
static void orphans_do_not_stop(void)
{
	int status;
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(setsid());
		OK(kill(getpid(), SIGTSTP));
		OK(kill(getpid(), SIGTTIN));
		OK(kill(getpid(), SIGTTOU));
		OK(kill(getpid(), SIGSTOP));
		_exit(7);
	}
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(status, SIGSTOP << 8 | 0x7f);
	OK(kill(pid, SIGCONT));
	EQ(abi_wait(pid), 7 << 8);
}

static volatile char hup_order[4];
static volatile int hup_at;

static void note(int sig)
{
	hup_order[hup_at++] = sig == SIGHUP ? 'H' : 'C';
}

/*
 * session leader -> middle -> member, the last in a group of its own: when
 * middle dies, the member's group has nobody outside it in the session but
 * the adopter, which is not in it.
 */
static void newly_orphaned(void)
{
	atomic_int *state = shared_mem(2 * sizeof(*state));
	int hold[2], status;
	char byte;

	OK(pipe(hold));
	pid_t leader = OK(fork());

	if (leader == 0) {
		OK(setsid());
		pid_t middle = OK(fork());

		if (middle == 0) {
			pid_t member = OK(fork());

			if (member == 0) {
				struct sigaction sa = { .sa_handler = note };

				sigfillset(&sa.sa_mask);
				OK(sigaction(SIGHUP, &sa, NULL));
				OK(sigaction(SIGCONT, &sa, NULL));
				OK(setpgid(0, 0));
				kill(getpid(), SIGSTOP);
				while (hup_at < 2)
					abi_sleep_ms(1);
				state[0] = hup_order[0] == 'H' && hup_order[1] == 'C' ? 1 : 2;
				_exit(0);
			}
			EQ(waitpid(member, &status, WUNTRACED), member);
			CHECK(WIFSTOPPED(status));
			_exit(0);
		}
		child_join(middle);
		_exit(0);
	}
	child_join(leader);
	close(hold[1]);
	EQ(read(hold[0], &byte, 1), 0);
	EQ(state[0], 1);
}

/* A new session in the calling child, with a pseudoterminal; the master. */
static int make_terminal(int *slave)
{
	int master = OK(open("/dev/ptmx", O_RDWR | O_NOCTTY)), unlock = 0, number;
	char path[32];

	OK(ioctl(master, TIOCSPTLCK, &unlock));
	OK(ioctl(master, TIOCGPTN, &number));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	OK(setsid());
	*slave = OK(open(path, O_RDWR | O_NOCTTY));
	return master;
}

static int make_ctty(int *slave)
{
	int master = make_terminal(slave);

	OK(ioctl(*slave, TIOCSCTTY, 0));
	return master;
}

/* Runs body as a child, which leads a session. */
static void in_child(void (*body)(void))
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		body();
		_exit(0);
	}
	child_join(pid);
}

static void ctty_body(void)
{
	int slave, master = make_terminal(&slave);
	pid_t session;

	FAILS(ENOTTY, tcgetpgrp(slave));
	EQ(ctty_number(), 0);
	OK(ioctl(slave, TIOCSCTTY, 0));
	EQ(tcgetpgrp(slave), getpid());
	EQ(tcgetpgrp(master), getpid());
	OK(ioctl(slave, TIOCGSID, &session));
	EQ(session, getpid());
	CHECK(ctty_number() != 0);
	EQ(write(slave, "hi", 2), 2);
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(setsid());
		FAILS(ENOTTY, tcgetpgrp(slave));
		/* Another session's terminal cannot be had without force. */
		FAILS(EPERM, ioctl(slave, TIOCSCTTY, 0));
		_exit(0);
	}
	child_join(pid);
}

static void ctty(void)
{
	in_child(ctty_body);
}

static void foreground_errors_body(void)
{
	int slave, value;

	make_ctty(&slave);
	pid_t gone = OK(fork());

	if (gone == 0)
		_exit(0);
	child_join(gone);
	FAILS(EINVAL, ioctl(slave, TIOCSPGRP, &(int){ -1 }));
	FAILS(ESRCH, tcsetpgrp(slave, gone));
	/* A group of another session. */
	FAILS(EPERM, tcsetpgrp(slave, getppid()));
	FAILS(EFAULT, ioctl(slave, TIOCSPGRP, bad_ptr()));
	FAILS(EFAULT, ioctl(slave, TIOCGPGRP, bad_ptr()));
	FAILS(EBADF, tcgetpgrp(999));
	value = OK(open("/dev/null", O_RDWR));
	FAILS(ENOTTY, tcgetpgrp(value));
	FAILS(ENOTTY, tcsetpgrp(value, getpid()));
}

static void foreground_errors(void)
{
	in_child(foreground_errors_body);
}

static void background_body(void)
{
	int slave, status, master = make_ctty(&slave);
	char byte;
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(setpgid(0, 0));
		EQ(read(slave, &byte, 1), 1);
		EQ(byte, 'x');
		on_signal(SIGTTIN, SIG_IGN, 0);
		OK(tcsetpgrp(slave, getppid()));
		FAILS(EIO, read(slave, &byte, 1));
		_exit(0);
	}
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(status, SIGTTIN << 8 | 0x7f);
	OK(tcsetpgrp(slave, pid));
	EQ(write(master, "x\n", 2), 2);
	OK(kill(pid, SIGCONT));
	child_join(pid);
	EQ(tcgetpgrp(slave), getpid());
}

static void background_read(void)
{
	in_child(background_body);
}

static void background_set_body(void)
{
	int slave, status;

	make_ctty(&slave);
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(setpgid(0, 0));
		OK(tcsetpgrp(slave, getpid()));
		_exit(0);
	}
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(status, SIGTTOU << 8 | 0x7f);
	EQ(tcgetpgrp(slave), getpid());
	end_child(pid);
	pid = OK(fork());
	if (pid == 0) {
		OK(setpgid(0, 0));
		on_signal(SIGTTOU, SIG_IGN, 0);
		OK(tcsetpgrp(slave, getpid()));
		EQ(tcgetpgrp(slave), getpid());
		_exit(0);
	}
	child_join(pid);
}

static void background_set(void)
{
	in_child(background_set_body);
}

static void tostop_body(void)
{
	int slave, status;
	struct termios termios;

	make_ctty(&slave);
	OK(tcgetattr(slave, &termios));
	for (int tostop = 0; tostop < 2; tostop++) {
		termios.c_lflag &= ~TOSTOP;
		termios.c_lflag |= tostop ? TOSTOP : 0;
		OK(tcsetattr(slave, TCSANOW, &termios));
		pid_t pid = OK(fork());

		if (pid == 0) {
			OK(setpgid(0, 0));
			EQ(write(slave, "y", 1), 1);
			_exit(0);
		}
		EQ(waitpid(pid, &status, WUNTRACED), pid);
		EQ(status, tostop ? SIGTTOU << 8 | 0x7f : 0);
		if (tostop)
			end_child(pid);
	}
}

static void tostop(void)
{
	in_child(tostop_body);
}

static void keys_body(void)
{
	static const struct {
		char key;
		int status;
	} keys[] = { { 3, SIGINT }, { 26, SIGTSTP << 8 | 0x7f } };
	int slave, status, master = make_ctty(&slave);

	for (size_t i = 0; i < 2; i++) {
		pid_t pid = spawn_pause(), front = spawn_pause();

		OK(setpgid(pid, pid));
		OK(setpgid(front, front));
		OK(tcsetpgrp(slave, front));
		EQ(write(master, &keys[i].key, 1), 1);
		EQ(waitpid(front, &status, WUNTRACED), front);
		EQ(status, keys[i].status);
		on_signal(SIGTTOU, SIG_IGN, 0);
		OK(tcsetpgrp(slave, getpid()));
		EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
		end_child(pid);
		if (WIFSTOPPED(keys[i].status))
			end_child(front);
	}
}

static void keys(void)
{
	in_child(keys_body);
}

static void hangup_body(void)
{
	int slave, master = make_ctty(&slave);
	char byte;

	on_signal(SIGHUP, tick, 0);
	on_signal(SIGCONT, SIG_IGN, 0);
	OK(close(master));
	await(&count, 1);
	EQ(read(slave, &byte, 1), 0);
	FAILS(EIO, write(slave, "x", 1));
	FAILS(EIO, tcgetpgrp(slave));
	EQ(ctty_number(), 0);
}

static void hangup(void)
{
	in_child(hangup_body);
}

static void leader_dies(void)
{
	int hold[2], status;
	char byte;

	OK(pipe(hold));
	pid_t leader = OK(fork());

	if (leader == 0) {
		int slave;

		make_ctty(&slave);
		pid_t front = OK(fork());

		if (front == 0) {
			on_signal(SIGHUP, tick, 0);
			OK(write(hold[1], "r", 1));
			await(&count, 1);
			EQ(ctty_number(), 0);
			OK(write(hold[1], "h", 1));
			_exit(0);
		}
		EQ(read(hold[0], &byte, 1), 1);
		_exit(0);
	}
	EQ(waitpid(leader, &status, 0), leader);
	child_good(status);
	close(hold[1]);
	EQ(read(hold[0], &byte, 1), 1);
	EQ(byte, 'h');
	EQ(read(hold[0], &byte, 1), 0);
}

static void give_up_body(void)
{
	int slave;

	make_ctty(&slave);
	on_signal(SIGHUP, tick, 0);
	pid_t pid = OK(fork());

	if (pid == 0) {
		/* A member gives up only its own. */
		OK(ioctl(slave, TIOCNOTTY));
		EQ(ctty_number(), 0);
		_exit(0);
	}
	child_join(pid);
	EQ(count, 0);
	EQ(tcgetpgrp(slave), getpid());
	OK(ioctl(slave, TIOCNOTTY));
	EQ(count, 1);
	FAILS(ENOTTY, tcgetpgrp(slave));
	FAILS(ENOTTY, ioctl(slave, TIOCNOTTY));
}

static void give_up(void)
{
	in_child(give_up_body);
}

static const struct abi_row rows[] = {
	{ inherits, "a child is in its parent's group and session" },
	{ set_group, "setpgid makes and joins groups" },
	{ set_group_errors, "setpgid errors" },
	{ new_session, "setsid" },
	{ lookup_errors, "getpgid and getsid errors" },
	{ kill_group, "kill reaches a whole group and nobody else" },
	{ kill_own_group, "kill(0) reaches the caller's group" },
	{ stops, "four signals stop, SIGCONT resumes" },
	{ stopped_takes_kill, "SIGKILL ends a stopped process" },
	{ continue_always_works, "SIGCONT resumes though ignored, blocked or caught" },
	{ caught_stop, "a caught or ignored SIGTSTP does not stop" },
	{ stopped_twice, "stops sent to a stopped process are dropped by SIGCONT" },
	{ orphans_do_not_stop, "terminal stops pass an orphaned group by" },
	{ newly_orphaned, "a stopped group that becomes orphaned gets SIGHUP, SIGCONT" },
	{ ctty, "a session takes a controlling terminal" },
	{ foreground_errors, "tcsetpgrp and tcgetpgrp errors" },
	{ background_read, "SIGTTIN for a background reader, EIO if ignored" },
	{ background_set, "SIGTTOU for a background tcsetpgrp" },
	{ tostop, "TOSTOP stops background writers" },
	{ keys, "interrupt and suspend keys reach the foreground group" },
	{ hangup, "closing the master hangs the session up" },
	{ leader_dies, "the session leader's end hangs its foreground group up" },
	{ give_up, "TIOCNOTTY" },
};

ABI_MAIN(rows)
