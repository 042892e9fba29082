/*
 * Making and ending processes: fork, vfork, clone, clone3 and pidfds; what a
 * child inherits, what it shares by flag, how its end is coded, and who
 * becomes the parent of an orphan.
 */
#include "child.h"

#include <linux/sched.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#define STACK_SIZE (256 * 1024)

static char stack[STACK_SIZE] __attribute__((aligned(64)));

static long raw_clone3(struct clone_args *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

/* A fork with clone flags; the child runs on its copy of the stack. */
static pid_t fork_flags(uint64_t flags, int exit_signal)
{
	struct clone_args args = { .flags = flags, .exit_signal = exit_signal };

	return raw_clone3(&args, sizeof(args));
}

static pid_t clone_fn(int (*fn)(void *), int flags, void *arg)
{
	return clone(fn, stack + STACK_SIZE, flags, arg);
}

static void fork_returns(void)
{
	pid_t parent = getpid(), pid = OK(fork());
	pid_t *seen = shared_mem(sizeof(*seen));
	int pipefd[2];

	if (pid == 0) {
		EQ(getppid(), parent);
		CHECK(getpid() != parent);
		EQ(syscall(SYS_gettid), getpid());
		_exit(0);
	}
	child_join(pid);
	OK(pipe(pipefd));
	pid = OK(fork());
	if (pid == 0) {
		*seen = getpid();
		_exit(0);
	}
	child_join(pid);
	EQ(*seen, pid);
	EQ(getpid(), parent);
}

static void exit_codes(void)
{
	static const int codes[][2] = { { 0, 0 },   { 1, 1 },	      { 255, 255 },
					{ 256, 0 }, { 0x1234, 0x34 }, { -1, 255 } };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		pid_t pid = OK(fork());

		if (pid == 0)
			syscall(i & 1 ? SYS_exit : SYS_exit_group, codes[i][0]);
		EQ(abi_wait(pid), codes[i][1] << 8);
	}
}

static void signal_status(void)
{
	static const int sigs[] = { SIGHUP,  SIGINT,  SIGKILL,	 SIGPIPE, SIGALRM, SIGTERM,
				    SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGIO };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		pid_t pid = OK(fork());

		if (pid == 0)
			for (;;)
				pause();
		OK(kill(pid, sigs[i]));
		EQ(abi_wait(pid), sigs[i]);
	}
}

static void fatal_without_dump(void)
{
	static const int sigs[] = { SIGQUIT, SIGILL,  SIGABRT, SIGFPE,	SIGSEGV,
				    SIGBUS,  SIGTRAP, SIGXCPU, SIGXFSZ, SIGSYS };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			OK(prctl(PR_SET_DUMPABLE, 0));
			kill(getpid(), sigs[i]);
			_exit(0);
		}
		EQ(abi_wait(pid), sigs[i]);
	}
}

static void handler_nop(int sig)
{
	(void)sig;
}

static void fork_inherits(void)
{
	struct rlimit lim = { 64, 64 }, seen;
	struct sigaction sa;
	sigset_t mask;

	OK(mkdir("d", 0755));
	OK(chdir("d"));
	umask(031);
	OK(setrlimit(RLIMIT_NOFILE, &lim));
	sig_mask(SIG_BLOCK, SIGUSR1);
	on_signal(SIGUSR2, handler_nop, SA_RESTART);
	on_signal(SIGHUP, SIG_IGN, 0);
	OK(setpriority(PRIO_PROCESS, 0, 7));
	pid_t group = getpgrp(), session = getsid(0), pid = OK(fork());

	if (pid == 0) {
		char cwd[4096];

		CHECK(getcwd(cwd, sizeof(cwd)) != NULL);
		EQ(strcmp(strrchr(cwd, '/'), "/d"), 0);
		EQ(umask(0), 031);
		OK(getrlimit(RLIMIT_NOFILE, &seen));
		EQ(seen.rlim_cur, 64);
		OK(sigprocmask(SIG_BLOCK, NULL, &mask));
		EQ(sigismember(&mask, SIGUSR1), 1);
		OK(sigaction(SIGUSR2, NULL, &sa));
		CHECK(sa.sa_handler == handler_nop && (sa.sa_flags & SA_RESTART));
		OK(sigaction(SIGHUP, NULL, &sa));
		CHECK(sa.sa_handler == SIG_IGN);
		EQ(getpriority(PRIO_PROCESS, 0), 7);
		EQ(getpgrp(), group);
		EQ(getsid(0), session);
		_exit(0);
	}
	child_join(pid);
}

static void fork_resets(void)
{
	struct itimerval timer = { .it_value = { 1000, 0 } };
	sigset_t pending;

	sig_mask(SIG_BLOCK, SIGUSR1);
	OK(kill(getpid(), SIGUSR1));
	OK(setitimer(ITIMER_REAL, &timer, NULL));
	OK(setitimer(ITIMER_VIRTUAL, &timer, NULL));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(sigpending(&pending));
		EQ(sigismember(&pending, SIGUSR1), 0);
		OK(getitimer(ITIMER_REAL, &timer));
		EQ(timer.it_value.tv_sec | timer.it_value.tv_usec, 0);
		OK(getitimer(ITIMER_VIRTUAL, &timer));
		EQ(timer.it_value.tv_sec | timer.it_value.tv_usec, 0);
		struct rusage usage;

		OK(getrusage(RUSAGE_CHILDREN, &usage));
		EQ(usage.ru_maxrss, 0);
		_exit(0);
	}
	child_join(pid);
	OK(sigpending(&pending));
	EQ(sigismember(&pending, SIGUSR1), 1);
	CHECK(alarm(0) > 0);
}

static void fork_files(void)
{
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	OK(write(fd, "abcdef", 6));
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(lseek(fd, 2, SEEK_SET), 2);
		OK(fcntl(fd, F_SETFL, O_APPEND));
		OK(fcntl(fd, F_SETFD, FD_CLOEXEC));
		OK(close(fd));
		_exit(0);
	}
	child_join(pid);
	EQ(lseek(fd, 0, SEEK_CUR), 2);
	CHECK(OK(fcntl(fd, F_GETFL)) & O_APPEND);
	EQ(fcntl(fd, F_GETFD), 0);
}

static void vfork_suspends(void)
{
	volatile int seen = 0;
	pid_t pid = vfork();

	CHECK(pid >= 0);
	if (pid == 0) {
		struct timespec nap = { 0, 50000000 };

		nanosleep(&nap, NULL);
		seen = 1;
		_exit(3);
	}
	EQ(seen, 1);
	EQ(abi_wait(pid), 3 << 8);
}

static void vfork_killed(void)
{
	pid_t pid = vfork();

	CHECK(pid >= 0);
	if (pid == 0) {
		kill(getpid(), SIGKILL);
		_exit(0);
	}
	EQ(abi_wait(pid), SIGKILL);
}

static void clone_files(void)
{
	for (int share = 0; share < 2; share++) {
		int fd = OK(dup(0));
		pid_t pid = OK(fork_flags(share ? CLONE_FILES : 0, SIGCHLD));

		if (pid == 0) {
			OK(close(fd));
			EQ(dup2(0, 60), 60);
			_exit(0);
		}
		child_join(pid);
		if (share) {
			FAILS(EBADF, fcntl(fd, F_GETFD));
			OK(close(60));
		} else {
			OK(fcntl(fd, F_GETFD));
			FAILS(EBADF, fcntl(60, F_GETFD));
		}
	}
}

static void clone_fs(void)
{
	char before[4096], after[4096];

	OK(mkdir("d", 0755));
	umask(022);
	for (int share = 0; share < 2; share++) {
		CHECK(getcwd(before, sizeof(before)) != NULL);
		pid_t pid = OK(fork_flags(share ? CLONE_FS : 0, SIGCHLD));

		if (pid == 0) {
			OK(chdir("d"));
			EQ(umask(077), 022);
			_exit(0);
		}
		child_join(pid);
		CHECK(getcwd(after, sizeof(after)) != NULL);
		EQ(strcmp(before, after) == 0, !share);
		EQ(umask(022), share ? 077 : 022);
	}
}

static int poke(void *arg)
{
	*(volatile int *)arg = 42;
	return 7;
}

static void clone_vm(void)
{
	volatile int value = 0;
	pid_t pid = OK(clone_fn(poke, CLONE_VM | SIGCHLD, (void *)&value));

	EQ(abi_wait(pid), 7 << 8);
	EQ(value, 42);
	value = 0;
	pid = OK(clone_fn(poke, SIGCHLD, (void *)&value));
	EQ(abi_wait(pid), 7 << 8);
	EQ(value, 0);
}

static void on_usr2(int sig)
{
	(void)sig;
}

static int share_handlers(void *arg)
{
	(void)arg;
	signal(SIGUSR2, on_usr2);
	return 0;
}

static void clone_sighand(void)
{
	struct sigaction sa;
	pid_t pid = OK(clone_fn(share_handlers, CLONE_VM | SIGCHLD, NULL));

	EQ(abi_wait(pid), 0);
	OK(sigaction(SIGUSR2, NULL, &sa));
	CHECK(sa.sa_handler == SIG_DFL);
	pid = OK(clone_fn(share_handlers, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL));
	EQ(abi_wait(pid), 0);
	OK(sigaction(SIGUSR2, NULL, &sa));
	CHECK(sa.sa_handler == on_usr2);
}

static void clone_bad_flags(void)
{
	FAILS(EINVAL, fork_flags(CLONE_SIGHAND, SIGCHLD));
	FAILS(EINVAL, fork_flags(CLONE_THREAD, 0));
	FAILS(EINVAL, fork_flags(CLONE_THREAD | CLONE_VM, 0));
	FAILS(EINVAL, fork_flags(CLONE_NEWNS | CLONE_FS, SIGCHLD));
	FAILS(EINVAL, fork_flags(CLONE_DETACHED, SIGCHLD));
	FAILS(EINVAL, fork_flags(0, 65));
	FAILS(EINVAL, fork_flags(0, 0x100 | SIGCHLD));
	FAILS(EINVAL, fork_flags(1ULL << 60, SIGCHLD));
	FAILS(EINVAL, fork_flags(CLONE_PARENT, SIGCHLD));
}

static void clone_parent(void)
{
	atomic_int *who = shared_mem(sizeof(*who));
	pid_t row = getpid(), pid = OK(fork());

	if (pid == 0) {
		pid_t sibling = OK(fork_flags(CLONE_PARENT, 0));

		if (sibling == 0) {
			EQ(getppid(), row);
			_exit(0);
		}
		FAILS(ECHILD, waitpid(sibling, NULL, __WALL));
		*who = sibling;
		_exit(0);
	}
	child_join(pid);
	int status;

	EQ(waitpid(*who, &status, __WALL), *who);
	child_good(status);
}

static atomic_int caught;

static void note_signal(int sig)
{
	caught = sig;
}

static void clone_exit_signal(void)
{
	int status;

	on_signal(SIGUSR1, note_signal, 0);
	on_signal(SIGCHLD, note_signal, 0);
	pid_t pid = OK(fork_flags(0, SIGUSR1));

	if (pid == 0)
		_exit(4);
	await(&caught, 1);
	EQ(caught, SIGUSR1);
	FAILS(ECHILD, waitpid(-1, &status, WNOHANG));
	EQ(waitpid(-1, &status, __WCLONE), pid);
	EQ(status, 4 << 8);
	caught = 0;
	pid = OK(fork_flags(0, 0));
	if (pid == 0)
		_exit(5);
	EQ(waitpid(pid, &status, __WALL), pid);
	EQ(status, 5 << 8);
	EQ(caught, 0);
}

static void clone_tids(void)
{
	pid_t *tids = shared_mem(2 * sizeof(*tids));
	struct clone_args args = {
		.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
		.exit_signal = SIGCHLD,
		.parent_tid = (uintptr_t)&tids[0],
		.child_tid = (uintptr_t)&tids[1],
	};
	pid_t pid = OK(raw_clone3(&args, sizeof(args)));

	if (pid == 0) {
		EQ(tids[0], getpid());
		EQ(tids[1], getpid());
		_exit(0);
	}
	EQ(tids[0], pid);
	child_join(pid);
	/* An exiting process whose memory is its own does not clear the word. */
	CHECK(tids[1] == pid);
}

static void clone3_errors(void)
{
	struct {
		struct clone_args args;
		uint64_t tail;
	} big = { .args = { .exit_signal = SIGCHLD } };

	FAILS(EINVAL, raw_clone3(&big.args, 63));
	FAILS(E2BIG, raw_clone3(&big.args, page_size() + 1));
	FAILS(EFAULT, raw_clone3(bad_ptr(), sizeof(big.args)));
	big.tail = 1;
	FAILS(E2BIG, raw_clone3(&big.args, sizeof(big)));
	big.tail = 0;
	pid_t pid = OK(raw_clone3(&big.args, sizeof(big)));

	if (pid == 0)
		_exit(0);
	child_join(pid);
	big.args.stack = 4096;
	FAILS(EINVAL, raw_clone3(&big.args, sizeof(big.args)));
	big.args.stack = 0;
	big.args.stack_size = 4096;
	FAILS(EINVAL, raw_clone3(&big.args, sizeof(big.args)));
}

static void clear_sighand(void)
{
	struct sigaction sa;

	on_signal(SIGUSR1, note_signal, 0);
	on_signal(SIGUSR2, SIG_IGN, 0);
	FAILS(EINVAL, fork_flags(CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM, SIGCHLD));
	pid_t pid = OK(fork_flags(CLONE_CLEAR_SIGHAND, SIGCHLD));

	if (pid == 0) {
		OK(sigaction(SIGUSR1, NULL, &sa));
		CHECK(sa.sa_handler == SIG_DFL);
		OK(sigaction(SIGUSR2, NULL, &sa));
		CHECK(sa.sa_handler == SIG_IGN);
		_exit(0);
	}
	child_join(pid);
	OK(sigaction(SIGUSR1, NULL, &sa));
	CHECK(sa.sa_handler == note_signal);
}

static void clone_pidfd(void)
{
	int fd = -1;
	struct clone_args args = { .flags = CLONE_PIDFD,
				   .exit_signal = SIGCHLD,
				   .pidfd = (uintptr_t)&fd };
	pid_t pid = OK(raw_clone3(&args, sizeof(args)));

	if (pid == 0)
		for (;;)
			pause();
	struct pollfd poller = { fd, POLLIN, 0 };
	siginfo_t info = { 0 };

	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(poll(&poller, 1, 0), 0);
	OK(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	OK(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	EQ(poll(&poller, 1, -1), 1);
	CHECK(poller.revents & POLLIN);
	OK(waitid(P_PIDFD, fd, &info, WEXITED));
	EQ(info.si_pid, pid);
	EQ(info.si_status, SIGTERM);
	FAILS(ESRCH, syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

static void pidfd_open_errors(void)
{
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(0);
	int fd = OK(syscall(SYS_pidfd_open, pid, 0));

	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	child_join(pid);
	FAILS(ESRCH, syscall(SYS_pidfd_open, pid, 0));
	FAILS(EINVAL, syscall(SYS_pidfd_open, 0, 0));
	FAILS(EINVAL, syscall(SYS_pidfd_open, -1, 0));
	FAILS(EINVAL, syscall(SYS_pidfd_open, getpid(), 1));
	FAILS(EBADF, syscall(SYS_pidfd_send_signal, 999, 0, NULL, 0));
	FAILS(EBADF, syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0));
}

/* A directory /proc/PID serves pidfd_send_signal as a pidfd does, one below task/ does not. */
static void proc_dir_as_pidfd(void)
{
	char name[64];
	pid_t pid = OK(fork());
	int fd;

	if (pid == 0)
		for (;;)
			pause();
	snprintf(name, sizeof(name), "/proc/%d/task/%d", pid, pid);
	fd = OK(open(name, O_RDONLY | O_DIRECTORY));
	FAILS(EBADF, syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	OK(close(fd));
	snprintf(name, sizeof(name), "/proc/%d", pid);
	fd = OK(open(name, O_PATH));
	FAILS(EBADF, syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	OK(close(fd));
	fd = OK(open(name, O_RDONLY | O_DIRECTORY));
	OK(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	OK(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	EQ(abi_wait(pid), SIGTERM);
	FAILS(ESRCH, syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

/* Forks a child that forks a child and dies; the grandchild reports its parents. */
static pid_t make_orphan(atomic_int *parents)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		pid_t middle = getpid();

		if (OK(fork()) == 0) {
			parents[0] = getppid();
			while (getppid() == middle)
				abi_sleep_ms(1);
			parents[1] = getppid();
			_exit(9);
		}
		await(parents, 1);
		_exit(0);
	}
	return pid;
}

static void orphan_moves(void)
{
	atomic_int *parents = shared_mem(2 * sizeof(*parents));
	pid_t pid = make_orphan(parents);

	child_join(pid);
	await(&parents[1], 1);
	EQ(parents[0], pid);
	CHECK(parents[1] != pid && parents[1] != getpid());
	FAILS(ECHILD, wait(NULL));
}

static void subreaper(void)
{
	atomic_int *parents = shared_mem(2 * sizeof(*parents));
	int is = -1, status;

	OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
	EQ(is, 0);
	OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
	EQ(is, 1);
	pid_t pid = make_orphan(parents);

	child_join(pid);
	CHECK(OK(wait(&status)) != pid);
	EQ(status, 9 << 8);
	EQ(parents[1], getpid());
	FAILS(ECHILD, wait(NULL));
	pid = OK(fork());
	if (pid == 0) {
		OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
		EQ(is, 0);
		_exit(0);
	}
	child_join(pid);
}

static void nearest_subreaper(void)
{
	atomic_int *parents = shared_mem(2 * sizeof(*parents));

	OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
		child_join(make_orphan(parents));
		OK(wait(NULL));
		EQ(parents[1], getpid());
		_exit(0);
	}
	child_join(pid);
	FAILS(ECHILD, wait(NULL));
}

static void many_children(void)
{
	enum { MANY = 60 };
	pid_t pids[MANY];

	for (int i = 0; i < MANY; i++) {
		pids[i] = OK(fork());
		if (pids[i] == 0)
			_exit(i);
		for (int j = 0; j < i; j++)
			CHECK(pids[i] != pids[j]);
	}
	for (int i = MANY - 1; i >= 0; i--)
		EQ(abi_wait(pids[i]), i << 8);
}

static void deep_chain(void)
{
	pid_t pid = OK(fork());

	for (int depth = 0; pid == 0 && depth < 30; depth++) {
		pid = OK(fork());
		if (pid != 0)
			_exit(WEXITSTATUS(abi_wait(pid)));
	}
	if (pid == 0)
		_exit(33);
	EQ(abi_wait(pid), 33 << 8);
}

static const struct abi_row rows[] = {
	{ fork_returns, "fork returns 0 and the pid" },
	{ exit_codes, "exit keeps eight bits" },
	{ signal_status, "terminating signals are the status" },
	{ fatal_without_dump, "no core bit for a process that is not dumpable" },
	{ fork_inherits, "fork inherits cwd, umask, limits, signals, nice, group" },
	{ fork_resets, "fork drops pending signals, timers and usage" },
	{ fork_files, "fork copies descriptors and shares descriptions" },
	{ vfork_suspends, "vfork shares memory and holds the parent" },
	{ vfork_killed, "vfork lets the parent go when the child is killed" },
	{ clone_files, "CLONE_FILES shares the descriptor table" },
	{ clone_fs, "CLONE_FS shares cwd and umask" },
	{ clone_vm, "CLONE_VM shares memory" },
	{ clone_sighand, "CLONE_SIGHAND shares handlers" },
	{ clone_bad_flags, "clone refuses flags that do not go together" },
	{ clone_parent, "CLONE_PARENT makes a sibling" },
	{ clone_exit_signal, "clone's exit signal decides signal and wait" },
	{ clone_tids, "clone stores tids in parent and child" },
	{ clone3_errors, "clone3 checks size, tail and stack" },
	{ clear_sighand, "CLONE_CLEAR_SIGHAND resets handlers, not SIG_IGN" },
	{ clone_pidfd, "CLONE_PIDFD: poll, signal, wait" },
	{ proc_dir_as_pidfd, "pidfd_send_signal through /proc/PID" },
	{ pidfd_open_errors, "pidfd_open and pidfd_send_signal errors" },
	{ orphan_moves, "an orphan gets another parent" },
	{ subreaper, "a subreaper adopts orphans and its children are none" },
	{ nearest_subreaper, "the nearest subreaper adopts" },
	{ many_children, "sixty children at once keep their codes" },
	{ deep_chain, "thirty generations pass an exit code up" },
};

ABI_MAIN(rows)
