/*
 * Waiting for children: wait4 and waitid with every flag, by pid, group and
 * pidfd; stops and continues; what stays waitable; zombies; usage; errors.
 */
#include "child.h"

#include <limits.h>
#include <linux/wait.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static pid_t spawn_exit(int code)
{
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(code);
	return pid;
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

static void wait_any(void)
{
	pid_t pids[3];
	int status, seen = 0;

	for (int i = 0; i < 3; i++)
		pids[i] = spawn_exit(i + 1);
	for (int n = 0; n < 3; n++) {
		pid_t pid = OK(wait4(-1, &status, 0, NULL));

		for (int i = 0; i < 3; i++) {
			if (pid == pids[i]) {
				EQ(status, (i + 1) << 8);
				seen |= 1 << i;
			}
		}
	}
	EQ(seen, 7);
	FAILS(ECHILD, wait4(-1, &status, 0, NULL));
}

static void echild(void)
{
	int status = 0x5a5a;
	siginfo_t info;

	FAILS(ECHILD, wait4(-1, &status, WNOHANG, NULL));
	FAILS(ECHILD, wait4(0, &status, 0, NULL));
	FAILS(ECHILD, wait4(getpid(), &status, 0, NULL));
	FAILS(ECHILD, wait4(getppid(), &status, 0, NULL));
	FAILS(ECHILD, wait4(-getpgrp(), &status, 0, NULL));
	FAILS(ECHILD, waitid(P_ALL, 0, &info, WEXITED));
	FAILS(ECHILD, waitid(P_PID, getpid(), &info, WEXITED | WNOHANG));
	EQ(status, 0x5a5a);
	pid_t pid = spawn_pause();

	FAILS(ECHILD, wait4(getppid(), &status, WNOHANG, NULL));
	end_child(pid);
	FAILS(ECHILD, wait4(pid, &status, 0, NULL));
}

static void wnohang(void)
{
	int status = 0x5a5a;
	pid_t pid = spawn_pause();

	EQ(wait4(pid, &status, WNOHANG, NULL), 0);
	EQ(wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, NULL), 0);
	EQ(status, 0x5a5a);
	end_child(pid);
}

static void stop_and_continue(void)
{
	int status;
	pid_t pid = spawn_pause();

	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	EQ(status, SIGSTOP << 8 | 0x7f);
	EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	OK(kill(pid, SIGCONT));
	EQ(waitpid(pid, &status, WCONTINUED), pid);
	EQ(status, 0xffff);
	CHECK(WIFCONTINUED(status) && !WIFSTOPPED(status) && !WIFSIGNALED(status));
	EQ(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
	end_child(pid);
}

static void stop_unseen(void)
{
	siginfo_t info;
	int status;
	pid_t pid = spawn_pause();

	OK(kill(pid, SIGSTOP));
	OK(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
	EQ(waitpid(pid, &status, WNOHANG), 0);
	EQ(waitpid(pid, &status, WNOHANG | WCONTINUED), 0);
	EQ(waitpid(pid, &status, WNOHANG | WUNTRACED), pid);
	end_child(pid);
}

static void continue_forgets_stop(void)
{
	int status;
	pid_t pid = spawn_pause();
	siginfo_t info;

	OK(kill(pid, SIGSTOP));
	OK(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
	OK(kill(pid, SIGCONT));
	EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	EQ(waitpid(pid, &status, WCONTINUED), pid);
	EQ(status, 0xffff);
	end_child(pid);
}

static void killed_while_stopped(void)
{
	int status;
	pid_t pid = spawn_pause();

	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	OK(kill(pid, SIGTERM));
	abi_sleep_ms(20);
	EQ(waitpid(pid, &status, WNOHANG), 0);
	OK(kill(pid, SIGCONT));
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, SIGTERM);
}

static void info_is(const siginfo_t *info, pid_t pid, int code, int status)
{
	EQ(info->si_signo, SIGCHLD);
	EQ(info->si_errno, 0);
	EQ(info->si_code, code);
	EQ(info->si_pid, pid);
	EQ(info->si_uid, getuid());
	EQ(info->si_status, status);
}

static void waitid_info(void)
{
	siginfo_t info;
	pid_t pid = spawn_exit(0x1fe);

	OK(waitid(P_PID, pid, &info, WEXITED));
	info_is(&info, pid, CLD_EXITED, 0xfe);
	pid = spawn_pause();
	OK(kill(pid, SIGSTOP));
	OK(waitid(P_PID, pid, &info, WSTOPPED));
	info_is(&info, pid, CLD_STOPPED, SIGSTOP);
	OK(kill(pid, SIGCONT));
	OK(waitid(P_PID, pid, &info, WCONTINUED));
	info_is(&info, pid, CLD_CONTINUED, SIGCONT);
	OK(kill(pid, SIGKILL));
	OK(waitid(P_ALL, 0, &info, WEXITED));
	info_is(&info, pid, CLD_KILLED, SIGKILL);
}

static void wnowait(void)
{
	siginfo_t info;
	pid_t pid = spawn_exit(5);

	for (int i = 0; i < 3; i++) {
		OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
		info_is(&info, pid, CLD_EXITED, 5);
	}
	OK(kill(pid, 0));
	EQ(abi_wait(pid), 5 << 8);
	FAILS(ECHILD, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
}

static void waitid_nothing(void)
{
	siginfo_t info;
	pid_t pid = spawn_pause();

	memset(&info, 0xff, sizeof(info));
	EQ(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
	EQ(info.si_signo, 0);
	EQ(info.si_pid, 0);
	EQ(info.si_code, 0);
	EQ(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOHANG, NULL), 0);
	end_child(pid);
	pid = spawn_exit(0);
	EQ(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL), 0);
	FAILS(ECHILD, waitpid(pid, NULL, 0));
}

static void bad_options(void)
{
	siginfo_t info;
	int status;
	pid_t pid = spawn_pause();

	FAILS(EINVAL, wait4(pid, &status, WEXITED, NULL));
	FAILS(EINVAL, wait4(pid, &status, WNOWAIT, NULL));
	FAILS(EINVAL, wait4(pid, &status, 0x100, NULL));
	FAILS(EINVAL, waitid(P_PID, pid, &info, 0));
	FAILS(EINVAL, waitid(P_PID, pid, &info, WNOHANG));
	FAILS(EINVAL, waitid(P_PID, pid, &info, WEXITED | 0x100));
	FAILS(EINVAL, waitid(17, pid, &info, WEXITED));
	FAILS(EINVAL, waitid(P_PID, 0, &info, WEXITED));
	FAILS(EINVAL, waitid(P_PID, -1, &info, WEXITED));
	FAILS(EINVAL, waitid(P_PGID, -1, &info, WEXITED));
	FAILS(EINVAL, waitid(P_PIDFD, -1, &info, WEXITED));
	FAILS(EBADF, waitid(P_PIDFD, 999, &info, WEXITED));
	FAILS(EBADF, waitid(P_PIDFD, 0, &info, WEXITED));
	FAILS(ESRCH, wait4(INT_MIN, &status, 0, NULL));
	end_child(pid);
}

static void bad_pointers(void)
{
	void *bad = bad_ptr();
	pid_t pid = spawn_exit(1);

	/* The child is gone all the same. */
	FAILS(EFAULT, syscall(SYS_wait4, pid, bad, 0, NULL));
	FAILS(ECHILD, waitpid(pid, NULL, 0));
	pid = spawn_exit(1);
	FAILS(EFAULT, syscall(SYS_wait4, pid, NULL, 0, bad));
	FAILS(ECHILD, waitpid(pid, NULL, 0));
	pid = spawn_exit(1);
	FAILS(EFAULT, syscall(SYS_waitid, P_PID, pid, bad, WEXITED, NULL));
	FAILS(ECHILD, waitpid(pid, NULL, 0));
}

static pid_t spawn_group(pid_t group, int code)
{
	int hold[2];
	char byte;

	OK(pipe(hold));
	pid_t pid = OK(fork());

	if (pid == 0) {
		close(hold[1]);
		if (read(hold[0], &byte, 1) != 0)
			_exit(1);
		_exit(code);
	}
	OK(setpgid(pid, group));
	close(hold[0]);
	close(hold[1]);
	return pid;
}

static void by_group(void)
{
	siginfo_t info;
	int status;
	pid_t mine = spawn_exit(1), other = spawn_group(0, 2);

	EQ(waitpid(-other, &status, 0), other);
	EQ(status, 2 << 8);
	FAILS(ECHILD, waitpid(-other, &status, 0));
	other = spawn_group(0, 3);
	EQ(waitpid(0, &status, 0), mine);
	EQ(status, 1 << 8);
	FAILS(ECHILD, waitpid(0, &status, 0));
	OK(waitid(P_PGID, other, &info, WEXITED));
	info_is(&info, other, CLD_EXITED, 3);
	mine = spawn_exit(4);
	OK(waitid(P_PGID, 0, &info, WEXITED));
	info_is(&info, mine, CLD_EXITED, 4);
}

/* Uses CPU until the process has had this much. */
static void burn_ms(long ms)
{
	struct timespec used;

	do {
		for (volatile int i = 0; i < 10000; i++)
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	} while (used.tv_sec * 1000 + used.tv_nsec / 1000000 < ms);
}

static long used_ms(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
	       (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

static void usage_of_child(void)
{
	struct rusage usage = { 0 }, children;
	siginfo_t info;
	pid_t pid = OK(fork());

	if (pid == 0) {
		burn_ms(60);
		_exit(0);
	}
	OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	OK(getrusage(RUSAGE_CHILDREN, &children));
	EQ(used_ms(&children), 0);
	EQ(wait4(pid, NULL, 0, &usage), pid);
	CHECK(used_ms(&usage) >= 40);
	CHECK(usage.ru_maxrss > 0);
	OK(getrusage(RUSAGE_CHILDREN, &children));
	CHECK(used_ms(&children) >= 40);
	pid = OK(fork());
	if (pid == 0) {
		burn_ms(60);
		_exit(0);
	}
	OK(syscall(SYS_waitid, P_PID, pid, &info, WEXITED, &usage));
	CHECK(used_ms(&usage) >= 40);
}

static void grandchildren_usage(void)
{
	struct rusage children;
	pid_t pid = OK(fork());

	if (pid == 0) {
		pid_t grandchild = OK(fork());

		if (grandchild == 0) {
			burn_ms(60);
			_exit(0);
		}
		child_join(grandchild);
		_exit(0);
	}
	child_join(pid);
	OK(getrusage(RUSAGE_CHILDREN, &children));
	CHECK(used_ms(&children) >= 40);
}

static void ignored_children(void)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };

	for (int flag = 0; flag < 2; flag++) {
		sa.sa_handler = flag ? SIG_DFL : SIG_IGN;
		sa.sa_flags = flag ? SA_NOCLDWAIT : 0;
		OK(sigaction(SIGCHLD, &sa, NULL));
		pid_t first = spawn_exit(1), second = OK(fork());

		if (second == 0) {
			abi_sleep_ms(30);
			_exit(0);
		}
		FAILS(ECHILD, waitpid(-1, NULL, 0));
		/* The last waiter may wake just before the pid is free. */
		while (kill(first, 0) == 0 || kill(second, 0) == 0)
			abi_sleep_ms(1);
		EQ(errno, ESRCH);
	}
}

static void zombie(void)
{
	siginfo_t info;
	pid_t pid = OK(fork());

	if (pid == 0) {
		setpgid(0, 0);
		_exit(0);
	}
	OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	EQ(getpgid(pid), pid);
	EQ(getsid(pid), getsid(0));
	OK(kill(pid, SIGKILL));
	OK(kill(-pid, 0));
	EQ(abi_wait(pid), 0);
	FAILS(ESRCH, kill(pid, 0));
	FAILS(ESRCH, kill(-pid, 0));
	FAILS(ESRCH, getpgid(pid));
}

static void blocks_until_end(void)
{
	int status;
	long long start = abi_now_ms();
	pid_t pid = OK(fork());

	if (pid == 0) {
		abi_sleep_ms(60);
		_exit(6);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 6 << 8);
	CHECK(abi_now_ms() - start >= 50);
}

static atomic_int ticks;

static void tick(int sig)
{
	(void)sig;
	ticks++;
}

static void interrupted(void)
{
	pid_t parent = getpid(), child = spawn_pause(), killer;

	on_signal(SIGUSR1, tick, 0);	/* before the killer is there, which may be quicker */
	killer = OK(fork());
	if (killer == 0) {
		abi_sleep_ms(30);
		for (;;) {
			kill(parent, SIGUSR1);
			abi_sleep_ms(10);
		}
	}
	FAILS(EINTR, waitpid(child, NULL, 0));
	CHECK(ticks > 0);
	on_signal(SIGUSR1, SIG_IGN, 0);
	end_child(killer);
	end_child(child);
}

static void *wait_not_mine(void *arg)
{
	pid_t pid = *(pid_t *)arg;

	FAILS(ECHILD, waitpid(pid, NULL, WNOHANG | __WNOTHREAD));
	FAILS(ECHILD, waitpid(-1, NULL, WNOHANG | __WNOTHREAD));
	EQ(abi_wait(pid), 3 << 8);
	return NULL;
}

static void threads_share_children(void)
{
	pthread_t thread;
	pid_t pid = spawn_exit(3);

	EQ(pthread_create(&thread, NULL, wait_not_mine, &pid), 0);
	EQ(pthread_join(thread, NULL), 0);
	FAILS(ECHILD, waitpid(pid, NULL, 0));
}

static int clone_exit(void *arg)
{
	(void)arg;
	return 2;
}

static void clone_children(void)
{
	static char stack[64 * 1024] __attribute__((aligned(64)));
	siginfo_t info;
	int status;
	pid_t pid = OK(clone(clone_exit, stack + sizeof(stack), 0, NULL));

	FAILS(ECHILD, waitpid(pid, &status, 0));
	EQ(waitpid(pid, &status, __WALL), pid);
	EQ(status, 2 << 8);
	pid = OK(clone(clone_exit, stack + sizeof(stack), 0, NULL));
	OK(waitid(P_PID, pid, &info, WEXITED | __WCLONE));
	EQ(info.si_pid, pid);
	pid = spawn_exit(1);
	FAILS(ECHILD, waitpid(pid, &status, __WCLONE));
	EQ(waitpid(pid, &status, __WALL), pid);
}

static void by_pidfd(void)
{
	siginfo_t info;
	pid_t pid = spawn_pause();
	int fd = OK(syscall(SYS_pidfd_open, pid, O_NONBLOCK));

	FAILS(EAGAIN, waitid(P_PIDFD, fd, &info, WEXITED));
	EQ(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG), 0);
	OK(kill(pid, SIGSTOP));
	while (waitid(P_PIDFD, fd, &info, WSTOPPED) < 0) {
		EQ(errno, EAGAIN);
		abi_sleep_ms(1);
	}
	info_is(&info, pid, CLD_STOPPED, SIGSTOP);
	end_child(pid);
	FAILS(ECHILD, waitid(P_PIDFD, fd, &info, WEXITED));
}

static void sigchld_per_child(void)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sig_mask(SIG_BLOCK, SIGCHLD);
	pid_t pid = spawn_exit(8);

	EQ(sigwaitinfo(&set, &info), SIGCHLD);
	info_is(&info, pid, CLD_EXITED, 8);
	EQ(waitpid(pid, NULL, WNOHANG), pid);
}

static const struct abi_row rows[] = {
	{ wait_any, "wait for any child returns each once" },
	{ echild, "ECHILD without a matching child" },
	{ wnohang, "WNOHANG returns 0 and leaves the status alone" },
	{ stop_and_continue, "a stop and a continue are each reported once" },
	{ stop_unseen, "a stop shows only with WUNTRACED" },
	{ continue_forgets_stop, "a continue takes the place of an unreaped stop" },
	{ killed_while_stopped, "a stopped child dies of SIGTERM after SIGCONT" },
	{ waitid_info, "waitid fills siginfo" },
	{ wnowait, "WNOWAIT leaves the child waitable" },
	{ waitid_nothing, "waitid without news clears siginfo; NULL is allowed" },
	{ bad_options, "EINVAL, EBADF and ESRCH for bad arguments" },
	{ bad_pointers, "EFAULT reaps the child all the same" },
	{ by_group, "children picked by process group" },
	{ usage_of_child, "rusage of the child, and of children after the wait" },
	{ grandchildren_usage, "usage of waited grandchildren adds up" },
	{ ignored_children, "SIG_IGN and SA_NOCLDWAIT leave no zombies" },
	{ zombie, "a zombie keeps its pid, group and session" },
	{ blocks_until_end, "waitpid blocks until the child ends" },
	{ interrupted, "EINTR from a handler" },
	{ threads_share_children, "a thread reaps another's child unless __WNOTHREAD" },
	{ clone_children, "__WCLONE and __WALL" },
	{ by_pidfd, "waitid by pidfd, also nonblocking" },
	{ sigchld_per_child, "SIGCHLD carries what waitid tells" },
};

ABI_MAIN(rows)
