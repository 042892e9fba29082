/*
 * What no correct program passes: wild addresses, closed descriptors, absurd
 * lengths and numbers.  Every call refuses with the right error, and the
 * process goes on.
 */
#include "fixture.h"

#include <linux/futex.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Placeholders in a call's arguments: each wild address, each bad descriptor. */
enum { W = 0x5a5a0001, D = 0x5a5a0002, STEPS = 4 };

struct call {
	const char *name;
	long number;
	int err;
	long args[6];
};

/* On 32-bit CPUs the older fcntl does not know all commands, under some kernels. */
#ifdef SYS_fcntl64
#undef SYS_fcntl
#define SYS_fcntl SYS_fcntl64
#endif

#define CALL(name, err, ...)                                                                       \
	{                                                                                          \
#name, SYS_##name, err,                                                            \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define P(pointer) ((long)(pointer))
#define RUN(calls) run(calls, sizeof(calls) / sizeof((calls)[0]))

static long wild_address(int step)
{
	const long addresses[STEPS] = { P(wild()), P(wild()) + 64, 64, -64 };

	return addresses[step];
}

static void run_one(const struct call *c, int step)
{
	const long bad_fds[STEPS] = { -1, 9999, 0x7fffffff, -100000 };
	long a[6];

	for (int i = 0; i < 6; i++)
		a[i] = c->args[i] == W	 ? wild_address(step)
		       : c->args[i] == D ? bad_fds[step]
					 : c->args[i];
	errno = 0;
	long value = syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);

	if (value != -1 || errno != c->err)
		abi_fail_errno(__FILE__, step, c->name, value, errno, c->err);
}

static void run(const struct call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (int step = 0; step < STEPS; step++)
			run_one(&calls[i], step);
}

static void paths(void)
{
	const struct call calls[] = {
		CALL(openat, EFAULT, AT_FDCWD, W, O_RDONLY),
		CALL(mkdirat, EFAULT, AT_FDCWD, W, 0700),
		CALL(mknodat, EFAULT, AT_FDCWD, W, S_IFREG | 0600, 0),
		CALL(unlinkat, EFAULT, AT_FDCWD, W, 0),
		CALL(symlinkat, EFAULT, W, AT_FDCWD, P("l")),
		CALL(symlinkat, EFAULT, P("x"), AT_FDCWD, W),
		CALL(linkat, EFAULT, AT_FDCWD, W, AT_FDCWD, P("l"), 0),
		CALL(linkat, EFAULT, AT_FDCWD, P("f"), AT_FDCWD, W, 0),
		CALL(renameat2, EFAULT, AT_FDCWD, W, AT_FDCWD, P("l"), 0),
		CALL(renameat2, EFAULT, AT_FDCWD, P("f"), AT_FDCWD, W, 0),
		CALL(readlinkat, EFAULT, AT_FDCWD, W, P("x"), 1),
		CALL(fchmodat, EFAULT, AT_FDCWD, W, 0600),
		CALL(fchownat, EFAULT, AT_FDCWD, W, -1, -1, 0),
		CALL(faccessat, EFAULT, AT_FDCWD, W, F_OK),
		CALL(utimensat, EFAULT, AT_FDCWD, W, 0, 0),
		CALL(chdir, EFAULT, W),
		CALL(truncate, EFAULT, W, 0),
		CALL(statfs, EFAULT, W, P(malloc(1000))),
		CALL(statx, EFAULT, AT_FDCWD, W, 0, 0xfff, P(malloc(1000))),
		CALL(execve, EFAULT, W, 0, 0),
		CALL(getxattr, EFAULT, W, P("user.a"), 0, 0),
		CALL(removexattr, EFAULT, P("f"), W),
		CALL(memfd_create, EFAULT, W, 0),
	};

	put_file("f", "");
	RUN(calls);
	CHECK(exists("f") && !exists("l"));
}

static void results(void)
{
	const struct call calls[] = {
		CALL(statx, EFAULT, AT_FDCWD, P("."), 0, 0xfff, W),
		CALL(statfs, EFAULT, P("."), W),
		CALL(getcwd, EFAULT, W, 4096),
		CALL(pipe2, EFAULT, W, 0),
		CALL(socketpair, EFAULT, AF_UNIX, SOCK_STREAM, 0, W),
		CALL(uname, EFAULT, W),
		CALL(sysinfo, EFAULT, W),
		CALL(times, EFAULT, W),
		CALL(getrusage, EFAULT, 0, W),
		CALL(prlimit64, EFAULT, 0, 7, 0, W),
		CALL(getresuid, EFAULT, W, W, W),
		CALL(getresgid, EFAULT, W, W, W),
		CALL(sched_getparam, EFAULT, 0, W),
		CALL(sched_getaffinity, EFAULT, 0, 1024, W),
		CALL(getrandom, EFAULT, W, 8, 0),
		CALL(getcpu, EFAULT, W, 0, 0),
		CALL(prctl, EFAULT, PR_GET_NAME, W),
		CALL(prctl, EFAULT, PR_GET_PDEATHSIG, W),
		CALL(getpriority, EINVAL, 99, 0),
		CALL(readlinkat, EFAULT, AT_FDCWD, P("l"), W, 8),
	};

	OK(symlink("target", "l"));
	RUN(calls);
}

static void times_and_signals(void)
{
	const struct call calls[] = {
		CALL(clock_getres, EFAULT, CLOCK_MONOTONIC, W),
		CALL(clock_gettime, EFAULT, CLOCK_PROCESS_CPUTIME_ID, W),
		CALL(nanosleep, EFAULT, W, 0),
		CALL(clock_nanosleep, EFAULT, CLOCK_MONOTONIC, 0, W, 0),
		CALL(getitimer, EFAULT, 0, W),
		CALL(setitimer, EFAULT, 0, W, 0),
		CALL(timer_create, EFAULT, CLOCK_MONOTONIC, W, P(malloc(64))),
		CALL(rt_sigaction, EFAULT, SIGUSR1, W, 0, 8),
		CALL(rt_sigprocmask, EFAULT, SIG_BLOCK, W, 0, 8),
		CALL(rt_sigprocmask, EFAULT, SIG_BLOCK, 0, W, 8),
		CALL(rt_sigpending, EFAULT, W, 8),
		CALL(rt_sigtimedwait, EFAULT, W, 0, 0, 8),
		CALL(rt_sigsuspend, EFAULT, W, 8),
		CALL(sigaltstack, EFAULT, W, 0),
		CALL(sigaltstack, EFAULT, 0, W),
		CALL(timerfd_settime, EFAULT, 50, 0, W, 0),
		CALL(ppoll, EFAULT, W, 1, 0, 0, 8),
		CALL(pselect6, EFAULT, 10, W, 0, 0, 0, 0),
		CALL(futex, EFAULT, W, FUTEX_WAIT, 0, 0),
		CALL(futex, EFAULT, W, FUTEX_WAKE_OP, 1, 1, W, 0),
	};

	EQ(dup2(OK(syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0)), 50), 50);
	RUN(calls);
	signal(SIGUSR1, tick);
	OK(raise(SIGUSR1));
	EQ(tick_count, 1);
}

static void buffers(void)
{
	const struct call calls[] = {
		CALL(read, EFAULT, 50, W, 8),
		CALL(write, EFAULT, 50, W, 8),
		CALL(readv, EFAULT, 50, W, 1),
		CALL(writev, EFAULT, 50, W, 1),
		CALL(sendto, EFAULT, 51, W, 8, 0, 0, 0),
		CALL(sendto, EFAULT, 51, P("x"), 1, 0, W, 16),
		CALL(sendmsg, EFAULT, 51, W, 0),
		CALL(recvmsg, EFAULT, 51, W, 0),
		CALL(bind, EFAULT, 51, W, 16),
		CALL(connect, EFAULT, 51, W, 16),
		CALL(getsockname, EFAULT, 51, W, W),
		CALL(setsockopt, EFAULT, 51, SOL_SOCKET, SO_SNDBUF, W, 4),
		CALL(getsockopt, EFAULT, 51, SOL_SOCKET, SO_TYPE, W, W),
		CALL(getdents64, EFAULT, 52, W, 4096),
		CALL(ioctl, EFAULT, 53, FIONREAD, W),
		CALL(fcntl, EFAULT, 50, F_GETLK, W),
		CALL(epoll_ctl, EFAULT, 54, 1, 53, W),
		CALL(sendfile, EFAULT, 50, 50, W, 1),
		CALL(splice, EFAULT, 50, W, 53, 0, 1, 0),
		CALL(inotify_add_watch, EFAULT, 55, W, 1),
		CALL(setgroups, EFAULT, 1, W),
	};
	size_t count = sizeof(calls) / sizeof(calls[0]) - (geteuid() != 0);
	int s[2], p[2];

	EQ(dup2(make_file("f", "12345678"), 50), 50);
	OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	EQ(dup2(s[0], 51), 51);
	EQ(dup2(OK(open(".", O_RDONLY)), 52), 52);
	OK(pipe(p));
	EQ(dup2(p[1], 53), 53);
	EQ(dup2(OK(syscall(SYS_epoll_create1, 0)), 54), 54);
	EQ(dup2(OK(syscall(SYS_inotify_init1, 0)), 55), 55);
	run(calls, count);
	EQ(lseek(50, 0, SEEK_CUR), 0);
	CHECK(file_is("f", "12345678"));
}

static void bad_descriptors(void)
{
	const long buf = P(calloc(1, 4096));
	const struct call calls[] = {
		CALL(read, EBADF, D, buf, 8),
		CALL(write, EBADF, D, buf, 8),
		CALL(readv, EBADF, D, buf, 1),
		CALL(writev, EBADF, D, buf, 1),
		CALL(lseek, EBADF, D, 0, 0),
		CALL(close, EBADF, D),
		CALL(dup, EBADF, D),
		CALL(dup3, EBADF, D, 60, 0),
		CALL(fcntl, EBADF, D, F_GETFD),
		CALL(ioctl, EBADF, D, FIONREAD, buf),
		CALL(fsync, EBADF, D),
		CALL(fdatasync, EBADF, D),
		CALL(syncfs, EBADF, D),
		CALL(flock, EBADF, D, 1),
		CALL(fchdir, EBADF, D),
		CALL(fchmod, EBADF, D, 0600),
		CALL(fchown, EBADF, D, -1, -1),
		CALL(fstatfs, EBADF, D, buf),
		CALL(getdents64, EBADF, D, buf, 4096),
		CALL(fgetxattr, EBADF, D, P("user.a"), buf, 10),
		CALL(flistxattr, EBADF, D, buf, 10),
		CALL(sendfile, EBADF, D, 0, 0, 1),
		CALL(splice, EBADF, D, 0, 1, 0, 1, 0),
		CALL(tee, EBADF, D, 1, 1, 0),
		CALL(vmsplice, EBADF, D, buf, 1, 0),
		CALL(copy_file_range, EBADF, D, 0, D, 0, 1, 0),
	};

	RUN(calls);
}

static void more_descriptors(void)
{
	const long buf = P(calloc(1, 4096));
	const struct call calls[] = {
		CALL(openat, EBADF, D, P("x"), O_RDONLY),
		CALL(mkdirat, EBADF, D, P("x"), 0700),
		CALL(unlinkat, EBADF, D, P("x"), 0),
		CALL(symlinkat, EBADF, P("y"), D, P("x")),
		CALL(readlinkat, EBADF, D, P("x"), buf, 10),
		CALL(statx, EBADF, D, P("x"), 0, 0xfff, buf),
		CALL(faccessat, EBADF, D, P("x"), 0),
		CALL(bind, EBADF, D, buf, 16),
		CALL(connect, EBADF, D, buf, 16),
		CALL(listen, EBADF, D, 1),
		CALL(accept4, EBADF, D, 0, 0, 0),
		CALL(shutdown, EBADF, D, 0),
		CALL(getsockname, EBADF, D, buf, buf),
		CALL(getpeername, EBADF, D, buf, buf),
		CALL(getsockopt, EBADF, D, 1, 1, buf, buf),
		CALL(setsockopt, EBADF, D, 1, 1, buf, 4),
		CALL(sendto, EBADF, D, buf, 1, 0, 0, 0),
		CALL(recvfrom, EBADF, D, buf, 1, 0, 0, 0),
		CALL(sendmsg, EBADF, D, buf, 0),
		CALL(recvmsg, EBADF, D, buf, 0),
		CALL(epoll_ctl, EBADF, D, 1, 0, buf),
		CALL(epoll_pwait, EBADF, D, buf, 1, 0, 0, 8),
		CALL(inotify_rm_watch, EBADF, D, 1),
		CALL(timerfd_settime, EBADF, D, 0, buf, 0),
		CALL(timerfd_gettime, EBADF, D, buf),
	};

	RUN(calls);
}

static void lengths(void)
{
	const long buf = P(calloc(1, 4096));
	const struct call calls[] = {
		CALL(read, EFAULT, 50, buf, -1),
		CALL(write, EFAULT, 50, buf, -1),
		CALL(readv, EINVAL, 50, buf, -1),
		CALL(readv, EINVAL, 50, buf, 1 << 20),
		CALL(munmap, EINVAL, 0, -1),
		CALL(munmap, EINVAL, P(wild()), 0),
		CALL(munmap, EINVAL, P(wild()) + 1, 1),
		CALL(mprotect, EINVAL, P(wild()) + 1, 1, 0),
		CALL(mprotect, EINVAL, P(wild()), 1, 0x7000),
		CALL(madvise, EINVAL, P(wild()), -1, 0),
		CALL(madvise, EINVAL, P(wild()), 1, 999),
		CALL(mremap, EINVAL, P(wild()), 1, 0, 0),
		CALL(mremap, EINVAL, P(wild()) + 1, 1, 1, 0),
		CALL(msync, EINVAL, P(wild()) + 1, 1, 4),
		CALL(ppoll, EINVAL, buf, 0x7fffffff, 0, 0, 8),
		CALL(pselect6, EINVAL, -1, 0, 0, 0, 0, 0),
		CALL(epoll_pwait, EINVAL, 54, buf, 0x7fffffff, 0, 0, 8),
		CALL(getgroups, EINVAL, -1, buf),
		CALL(bind, EINVAL, 51, buf, -1),
		CALL(bind, EINVAL, 51, buf, 4096),
		CALL(setsockopt, EINVAL, 51, SOL_SOCKET, SO_SNDBUF, buf, -1),
		CALL(rt_sigprocmask, EINVAL, 0, buf, 0, 7),
		CALL(rt_sigaction, EINVAL, SIGUSR1, buf, 0, 64),
		CALL(sched_getaffinity, EINVAL, 0, 1, buf),
		CALL(readlinkat, EINVAL, AT_FDCWD, P("f"), buf, 0),
	};

	EQ(dup2(make_file("f", "12345678"), 50), 50);
	EQ(dup2(OK(socket(AF_UNIX, SOCK_DGRAM, 0)), 51), 51);
	EQ(dup2(OK(syscall(SYS_epoll_create1, 0)), 54), 54);
	RUN(calls);
}

static void numbers(void)
{
	const long buf = P(calloc(1, 4096));
	const struct call calls[] = {
		CALL(kill, ESRCH, 0x7fffffff, 0),
		CALL(kill, EINVAL, getpid(), 99),
		CALL(kill, EINVAL, getpid(), -1),
		CALL(tgkill, EINVAL, -1, 1, 0),
		CALL(tgkill, ESRCH, getpid(), 0x7fffffff, 0),
		CALL(getpgid, ESRCH, -1),
		CALL(getsid, ESRCH, 0x7fffffff),
		CALL(setpgid, EINVAL, 0, -1),
		CALL(setpgid, ESRCH, 0x7fffffff, 0),
		CALL(wait4, ECHILD, -1, 0, 0, 0),
		CALL(wait4, EINVAL, -1, 0, 0x10000, 0),
		CALL(waitid, EINVAL, 99, 0, 0, 4, 0),
		CALL(waitid, EINVAL, 0, 0, 0, 0, 0),
		CALL(prctl, EINVAL, 0x7fffffff, 0),
		CALL(prlimit64, EINVAL, 0, 999, 0, 0),
		CALL(prlimit64, ESRCH, 0x7fffffff, 0, 0, 0),
		CALL(getitimer, EINVAL, 99, 64),
		CALL(clock_gettime, EINVAL, 99, 64),
		CALL(futex, ENOSYS, P(wild()), 99, 0, 0),
		CALL(futex, EINVAL, P(wild()) + 1, FUTEX_WAKE, 0, 0),
		CALL(rt_sigaction, EINVAL, SIGKILL, buf, 0, 8),
		CALL(rt_sigaction, EINVAL, 0, 0, 0, 8),
		CALL(rt_sigaction, EINVAL, 999, 0, 0, 8),
		CALL(sched_getparam, EINVAL, -1, 64),
		CALL(sched_getscheduler, ESRCH, 0x7fffffff),
		CALL(sched_get_priority_max, EINVAL, 99),
		CALL(unshare, EINVAL, 0x1),
		CALL(socket, EAFNOSUPPORT, 999, 1, 0),
		CALL(ioctl, ENOTTY, 50, 0x5afe, 0),
		CALL(fcntl, EINVAL, 50, 0x5afe, 0),
		CALL(lseek, EINVAL, 50, 0, 99),
		CALL(eventfd2, EINVAL, 0, -1),
		CALL(epoll_create1, EINVAL, -1),
		CALL(inotify_init1, EINVAL, -1),
		CALL(pipe2, EINVAL, 0, 0x5afe0000),
	};

	EQ(dup2(make_file("f", "12345678"), 50), 50);
	RUN(calls);
}

static void unknown_calls(void)
{
	const long numbers[] = { -1, 0x7fffffff, 100000, -1000, 5000 };

	for (int i = 0; i < 5; i++)
		FAILS(ENOSYS, syscall(numbers[i], 0, 0, 0, 0, 0, 0));
}

static void halfway(void)
{
	char *end = page_before_wild() + page_size();

	/* The result begins in good memory and ends in bad. */
	FAILS(EFAULT, syscall(SYS_uname, end - 100));
	FAILS(EFAULT, syscall(SYS_sysinfo, end - 8));
	FAILS(EFAULT, syscall(SYS_statx, AT_FDCWD, ".", 0, 0xfff, end - 200));
	FAILS(EFAULT, syscall(SYS_pipe2, end - 4, 0));
	FAILS(EFAULT, syscall(SYS_getrusage, 0, end - 16));
	FAILS(EFAULT, syscall(SYS_rt_sigprocmask, SIG_BLOCK, end - 4, NULL, 8));
	FAILS(EFAULT, syscall(SYS_ppoll, end - 4, 1, NULL, NULL, 8));
	end[-1] = 'x';
	FAILS(EFAULT, open(end - 1, O_RDONLY));
	/* A descriptor table must not keep what was not reported. */
	int next = OK(dup(0));

	OK(close(next));
	FAILS(EFAULT, syscall(SYS_pipe2, end - 4, 0));
	EQ(dup(0), next);
}

static void fault_body(void *at)
{
	*(volatile char *)at = 1;
}

static int signal_of(void (*body)(void *), void *at)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		body(at);
		_exit(0);
	}
	int status = abi_wait(pid);

	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void jump_body(void *at)
{
	((void (*)(void))(uintptr_t)at)();
}

static void touches(void)
{
	int fd = make_file("f", "");
	char *past;

	for (int step = 0; step < STEPS; step++) {
		EQ(signal_of(fault_body, (void *)wild_address(step)), SIGSEGV);
		EQ(signal_of(jump_body, (void *)(wild_address(step) & -16)), SIGSEGV);
	}
	past = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(past != MAP_FAILED);
	EQ(signal_of(fault_body, past), SIGBUS);
}

static void bad_stack_body(void *at)
{
	stack_t stack = { .ss_sp = at, .ss_size = page_size() };
	struct sigaction act = { .sa_handler = tick, .sa_flags = SA_ONSTACK };

	/* The old minimum is smaller than some CPUs' frames, the page may be too. */
	if (stack.ss_size < (size_t)SIGSTKSZ)
		stack.ss_size = SIGSTKSZ;
	OK(sigaltstack(&stack, NULL));
	OK(sigaction(SIGUSR1, &act, NULL));
	raise(SIGUSR1);
}

static void bad_frame_body(void *at)
{
	(void)at;
	syscall(SYS_rt_sigreturn);
	_exit(0);
}

static void bad_stacks(void)
{
	size_t size = 1 << 20;
	void *none = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EQ(signal_of(bad_stack_body, none), SIGSEGV);
	CHECK(signal_of(bad_frame_body, NULL) != 0);
}

static void bad_clone(void)
{
	pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(7);
	EQ(WEXITSTATUS(abi_wait(pid)), 7);
	/* The flags that need each other. */
	FAILS(EINVAL, syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0));
	FAILS(EINVAL, syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
	FAILS(EINVAL, syscall(SYS_clone, CLONE_NEWNS | CLONE_FS | SIGCHLD, 0, 0, 0, 0));
}

static void bad_exec(void)
{
	char *good[] = { "x", NULL }, *bad[] = { "x", wild(), NULL };
	char **torn = (char **)(page_before_wild() + page_size()) - 1;

	*torn = "x";
	close(OK(open("prog", O_WRONLY | O_CREAT, 0755)));
	FAILS(EFAULT, execve("prog", wild(), good + 1));
	FAILS(EFAULT, execve("prog", good, wild()));
	FAILS(EFAULT, execve("prog", bad, good + 1));
	FAILS(EFAULT, execve("prog", good, bad));
	FAILS(EFAULT, execve("prog", torn, good + 1));
	FAILS(ENOEXEC, execve("prog", good, good + 1));
}

static const struct abi_row rows[] = {
	{ paths, "wild paths are EFAULT" },
	{ results, "wild results are EFAULT" },
	{ times_and_signals, "wild times, signal sets and futexes" },
	{ buffers, "wild buffers are EFAULT" },
	{ bad_descriptors, "bad descriptors are EBADF in file calls" },
	{ more_descriptors, "bad descriptors are EBADF in other calls" },
	{ lengths, "absurd lengths and ranges" },
	{ numbers, "absurd numbers" },
	{ unknown_calls, "unknown calls are ENOSYS" },
	{ halfway, "results that end in bad memory" },
	{ touches, "touching bad memory is SIGSEGV or SIGBUS" },
	{ bad_stacks, "a handler without a stack is SIGSEGV" },
	{ bad_clone, "clone flags that contradict" },
	{ bad_exec, "wild arguments of execve" },
};

ABI_MAIN(rows)
