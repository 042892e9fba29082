/*
 * ptrace: becoming traced, stops and how they are waited for, events, memory
 * and registers, signals in between, group stops, detaching and the tracer's
 * end.  Nothing here names a CPU's register.
 */
#include "child.h"
#include "cpu.h"

#include <elf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define EVENT(status) ((status) >> 16)
#define STOPPED(sig) ((sig) << 8 | 0x7f)
#define EVENT_STOP 128			/* PTRACE_EVENT_STOP */

/* The C library's declaration takes an enum, and returns peeked words. */
static long trace(int request, pid_t pid, unsigned long addr, unsigned long data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

static int wait_status(pid_t pid)
{
	int status;

	EQ(waitpid(pid, &status, __WALL), pid);
	return status;
}

/* A child that is traced and has stopped itself; it then runs fn. */
static pid_t tracee(void (*fn)(void), unsigned long options)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(trace(PTRACE_TRACEME, 0, 0, 0));
		raise(SIGSTOP);
		fn();
		_exit(0);
	}
	EQ(wait_status(pid), STOPPED(SIGSTOP));
	if (options)
		OK(trace(PTRACE_SETOPTIONS, pid, 0, options));
	return pid;
}

static void cont(pid_t pid, int sig)
{
	OK(trace(PTRACE_CONT, pid, 0, sig));
}

static void go_and_end(pid_t pid)
{
	cont(pid, 0);
	EQ(wait_status(pid), 0);
}

static void nothing(void)
{
}

static void calls_getppid(void)
{
	syscall(SYS_getppid);
}

static void traceme(void)
{
	pid_t pid = tracee(nothing, 0);
	siginfo_t info;

	OK(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info));
	EQ(info.si_signo, SIGSTOP);
	EQ(info.si_pid, pid);
	go_and_end(pid);
	pid = OK(fork());
	if (pid == 0) {
		OK(trace(PTRACE_TRACEME, 0, 0, 0));
		FAILS(EPERM, trace(PTRACE_TRACEME, 0, 0, 0));
		_exit(0);
	}
	child_join(pid);
}

static void errors(void)
{
	pid_t pid = OK(fork());
	int fd[2];

	FAILS(ESRCH, trace(PTRACE_CONT, 0x3ffffff, 0, 0));
	FAILS(ESRCH, trace(PTRACE_ATTACH, 0x3ffffff, 0, 0));
	FAILS(ESRCH, trace(PTRACE_CONT, getppid(), 0, 0));
	FAILS(EPERM, trace(PTRACE_ATTACH, getpid(), 0, 0));
	if (pid == 0)
		pause();
	FAILS(EIO, trace(PTRACE_SEIZE, pid, 1, 0));
	FAILS(EIO, trace(PTRACE_SEIZE, pid, 0, 1u << 30));
	OK(trace(PTRACE_SEIZE, pid, 0, 0));
	FAILS(EPERM, trace(PTRACE_SEIZE, pid, 0, 0));
	/* It runs. */
	FAILS(ESRCH, trace(PTRACE_CONT, pid, 0, 0));
	OK(kill(pid, SIGKILL));
	EQ(wait_status(pid), SIGKILL);
	pid = tracee(nothing, 0);
	FAILS(EIO, trace(PTRACE_CONT, pid, 0, 65));
	FAILS(EIO, trace(PTRACE_DETACH, pid, 0, 65));
	FAILS(EINVAL, trace(PTRACE_SETOPTIONS, pid, 0, 1u << 30));
	FAILS(EIO, trace(9999, pid, 0, 0));
	FAILS(EIO, trace(PTRACE_INTERRUPT, pid, 0, 0));
	FAILS(EIO, trace(PTRACE_LISTEN, pid, 0, 0));
	/* Only the tracer may. */
	OK(pipe(fd));
	pid_t other = OK(fork());

	if (other == 0) {
		FAILS(ESRCH, trace(PTRACE_CONT, pid, 0, 0));
		FAILS(EPERM, trace(PTRACE_ATTACH, pid, 0, 0));
		_exit(0);
	}
	child_join(other);
	go_and_end(pid);
	FAILS(ESRCH, trace(PTRACE_CONT, pid, 0, 0));
}

static void syscalls(int good)
{
	struct __ptrace_syscall_info info;
	pid_t pid = tracee(calls_getppid, good ? PTRACE_O_TRACESYSGOOD : 0);
	int found = 0, status;

	for (;;) {
		OK(trace(PTRACE_SYSCALL, pid, 0, 0));
		status = wait_status(pid);
		if (!WIFSTOPPED(status))
			break;
		EQ(status, STOPPED(SIGTRAP | (good ? 0x80 : 0)));
		memset(&info, 0, sizeof(info));
		CHECK(OK(trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info),
			       (unsigned long)&info)) > 0);
		if (!good)
			EQ(info.op, PTRACE_SYSCALL_INFO_NONE);
		if (found == 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY &&
		    info.entry.nr == SYS_getppid)
			found = 1;
		else if (found == 1) {
			EQ(info.op, PTRACE_SYSCALL_INFO_EXIT);
			EQ(info.exit.rval, getpid());
			EQ(info.exit.is_error, 0);
			found = 2;
		}
	}
	EQ(status, 0);
	EQ(found, good ? 2 : 0);
}

static void syscall_stops(void)
{
	syscalls(1);
	syscalls(0);
}

static volatile long word_to_peek = 0x12345678;

static void exits_with_word(void)
{
	_exit((int)word_to_peek & 0xff);
}

static void memory(void)
{
	pid_t pid = tracee(exits_with_word, 0);
	void *bad = bad_ptr();
	long word = 0;

	OK(trace(PTRACE_PEEKDATA, pid, (unsigned long)&word_to_peek, (unsigned long)&word));
	EQ(word, 0x12345678);
	OK(trace(PTRACE_POKEDATA, pid, (unsigned long)&word_to_peek, 77));
	EQ(word_to_peek, 0x12345678);
	/* Program text is written on a copy of its own. */
	OK(trace(PTRACE_PEEKTEXT, pid, (unsigned long)calls_getppid, (unsigned long)&word));
	EQ(memcmp(&word, (void *)calls_getppid, sizeof(word)), 0);
	OK(trace(PTRACE_POKETEXT, pid, (unsigned long)calls_getppid, ~word));
	EQ(memcmp(&word, (void *)calls_getppid, sizeof(word)), 0);
	FAILS(EIO, trace(PTRACE_PEEKDATA, pid, 0, (unsigned long)&word));
	FAILS(EIO, trace(PTRACE_POKEDATA, pid, 0, 1));
	FAILS(EFAULT, trace(PTRACE_PEEKDATA, pid, (unsigned long)&word_to_peek,
			    (unsigned long)bad));
	cont(pid, 0);
	EQ(wait_status(pid), 77 << 8);
}

static void registers(void)
{
	pid_t pid = tracee(nothing, 0);
	static char set[8192], again[8192];
	struct iovec iov = { set, sizeof(set) };
	size_t len;

	OK(trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&iov));
	len = iov.iov_len;
	CHECK(len > 0 && len < sizeof(set));
	OK(trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, (unsigned long)&iov));
	iov = (struct iovec){ again, sizeof(again) };
	OK(trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&iov));
	EQ(iov.iov_len, len);
	EQ(memcmp(set, again, len), 0);
	iov = (struct iovec){ set, 3 };
	FAILS(EINVAL, trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&iov));
	iov = (struct iovec){ set, sizeof(long) };
	OK(trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&iov));
	EQ(iov.iov_len, sizeof(long));
	FAILS(EINVAL, trace(PTRACE_GETREGSET, pid, 0x9999, (unsigned long)&iov));
	iov = (struct iovec){ set, sizeof(set) };
	OK(trace(PTRACE_GETREGSET, pid, NT_PRFPREG, (unsigned long)&iov));
	OK(trace(PTRACE_SETREGSET, pid, NT_PRFPREG, (unsigned long)&iov));
	go_and_end(pid);
}

static volatile int usr1_count;

static void count_usr1(int sig)
{
	(void)sig;
	usr1_count++;
}

static void raises_usr1(void)
{
	on_signal(SIGUSR1, count_usr1, 0);
	raise(SIGUSR1);
	_exit(usr1_count);
}

static void signals(void)
{
	pid_t pid = tracee(raises_usr1, 0);

	/* Taken away. */
	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGUSR1));
	go_and_end(pid);
	/* Let through. */
	pid = tracee(raises_usr1, 0);
	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGUSR1));
	cont(pid, SIGUSR1);
	EQ(wait_status(pid), 1 << 8);
	/* Replaced by a deadly one. */
	pid = tracee(raises_usr1, 0);
	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGUSR1));
	cont(pid, SIGTERM);
	EQ(wait_status(pid), SIGTERM);
}

static void raises_ignored(void)
{
	on_signal(SIGUSR1, SIG_IGN, 0);
	raise(SIGUSR1);
	raise(SIGWINCH);
}

static void ignored_signals(void)
{
	pid_t pid = tracee(raises_ignored, 0);

	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGUSR1));
	cont(pid, SIGUSR1);
	EQ(wait_status(pid), STOPPED(SIGWINCH));
	cont(pid, SIGWINCH);
	EQ(wait_status(pid), 0);
}

static void raises_with_value(void)
{
	struct sigaction sa;
	union sigval value = { .sival_int = 5 };
	siginfo_t info;
	sigset_t set;

	(void)sa;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	OK(sigqueue(getpid(), SIGRTMIN, value));
	raise(SIGUSR2);
	EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	EQ(info.si_value.sival_int, 5);
}

enum { BITS = 8 * sizeof(long) };

static void siginfo_and_mask(void)
{
	struct __ptrace_peeksiginfo_args args = { .nr = 4, .flags = 1 };
	pid_t pid = tracee(raises_with_value, 0);
	siginfo_t info[4];
	unsigned long mask[64 / BITS];	/* the first word has the lowest signals */

	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGUSR2));
	OK(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)info));
	EQ(info[0].si_signo, SIGUSR2);
	EQ(trace(PTRACE_PEEKSIGINFO, pid, (unsigned long)&args, (unsigned long)info), 1);
	EQ(info[0].si_signo, SIGRTMIN);
	EQ(info[0].si_value.sival_int, 5);
	args.flags = 2;
	FAILS(EINVAL, trace(PTRACE_PEEKSIGINFO, pid, (unsigned long)&args, (unsigned long)info));
	OK(trace(PTRACE_GETSIGMASK, pid, sizeof(mask), (unsigned long)&mask));
	for (int i = 0; i < 64 / BITS; i++)
		EQ(mask[i], i == (SIGRTMIN - 1) / BITS ? 1UL << (SIGRTMIN - 1) % BITS : 0);
	FAILS(EINVAL, trace(PTRACE_GETSIGMASK, pid, 4, (unsigned long)&mask));
	OK(trace(PTRACE_SETSIGMASK, pid, sizeof(mask), (unsigned long)&mask));
	go_and_end(pid);
}

static void forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(5);
	_exit(abi_wait(pid) == 5 << 8 ? 0 : 1);
}

static void fork_event(void)
{
	pid_t pid = tracee(forks, PTRACE_O_TRACEFORK);
	unsigned long child = 0;

	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_FORK << 8));
	OK(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&child));
	EQ(wait_status(child), STOPPED(SIGSTOP));
	cont(pid, 0);
	cont(child, 0);
	/* Its tracer first, then its parent. */
	EQ(wait_status(child), 5 << 8);
	EQ(wait_status(pid), STOPPED(SIGCHLD));
	go_and_end(pid);
}

static void vforks(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(6);
	abi_wait(pid);
}

static void vfork_events(void)
{
	pid_t pid = tracee(vforks, PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE);
	unsigned long child = 0, done = 0;

	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_VFORK << 8));
	OK(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&child));
	EQ(wait_status(child), STOPPED(SIGSTOP));
	cont(pid, 0);
	cont(child, 0);
	EQ(wait_status(child), 6 << 8);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_VFORK_DONE << 8));
	OK(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&done));
	EQ(done, child);
	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGCHLD));
	go_and_end(pid);
}

static void *empty_thread(void *arg)
{
	return arg;
}

static void makes_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, empty_thread, NULL);
	pthread_join(thread, NULL);
}

static void thread_events(void)
{
	pid_t pid = tracee(makes_thread, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT);
	unsigned long tid = 0, code = 99;

	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_CLONE << 8));
	OK(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&tid));
	EQ(wait_status(tid), STOPPED(SIGSTOP));
	cont(pid, 0);
	cont(tid, 0);
	EQ(wait_status(tid), STOPPED(SIGTRAP | PTRACE_EVENT_EXIT << 8));
	OK(trace(PTRACE_GETEVENTMSG, tid, 0, (unsigned long)&code));
	EQ(code, 0);
	cont(tid, 0);
	/* An ended thread is waited for like a child. */
	EQ(wait_status(tid), 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_EXIT << 8));
	go_and_end(pid);
}

static void execs(void)
{
	char *argv[] = { "/proc/self/exe", "no such row", NULL };

	execv(argv[0], argv);
	_exit(9);
}

static void exec_stops(void)
{
	pid_t pid = tracee(execs, 0);
	unsigned long old = 0;
	siginfo_t info;

	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP));
	OK(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info));
	EQ(info.si_code, SI_USER);
	OK(kill(pid, SIGKILL));
	EQ(wait_status(pid), SIGKILL);
	pid = tracee(execs, PTRACE_O_TRACEEXEC);
	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_EXEC << 8));
	OK(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&old));
	EQ(old, pid);
	OK(kill(pid, SIGKILL));
	EQ(wait_status(pid), SIGKILL);
}

static void exits_three(void)
{
	_exit(3);
}

static void exit_event(void)
{
	pid_t pid = tracee(exits_three, PTRACE_O_TRACEEXIT);
	unsigned long code = 0;

	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_EXIT << 8));
	OK(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&code));
	EQ(code, 3 << 8);
	cont(pid, 0);
	EQ(wait_status(pid), 3 << 8);
}

static void filtered_call(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 42),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	OK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	_exit(syscall(SYS_getppid) == getppid() ? 4 : 5);
}

static void seccomp_event(void)
{
	pid_t pid = tracee(filtered_call, PTRACE_O_TRACESECCOMP);
	struct __ptrace_syscall_info info;
	unsigned long data = 0;

	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_SECCOMP << 8));
	OK(trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&data));
	EQ(data, 42);
	OK(trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (unsigned long)&info));
	EQ(info.op, PTRACE_SYSCALL_INFO_SECCOMP);
	EQ(info.seccomp.nr, SYS_getppid);
	EQ(info.seccomp.ret_data, 42);
	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGTRAP | PTRACE_EVENT_SECCOMP << 8));
	cont(pid, 0);
	EQ(wait_status(pid), 4 << 8);
}

static void attach_detach(void)
{
	pid_t pid = OK(fork());
	char path[64];
	const char *tracer;

	if (pid == 0)
		for (;;)
			pause();
	OK(trace(PTRACE_ATTACH, pid, 0, 0));
	EQ(wait_status(pid), STOPPED(SIGSTOP));
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	tracer = proc_field(path, "TracerPid");
	EQ(atoi(tracer), getpid());
	EQ(strcmp(proc_field(path, "State"), "t (tracing stop)\n"), 0);
	OK(trace(PTRACE_DETACH, pid, 0, 0));
	EQ(atoi(proc_field(path, "TracerPid")), 0);
	/* A second time, and leaving with a signal. */
	OK(trace(PTRACE_ATTACH, pid, 0, 0));
	EQ(wait_status(pid), STOPPED(SIGSTOP));
	OK(trace(PTRACE_DETACH, pid, 0, SIGTERM));
	EQ(wait_status(pid), SIGTERM);
}

static void seize(void)
{
	pid_t pid = OK(fork());
	int status;

	if (pid == 0)
		for (;;)
			pause();
	OK(trace(PTRACE_SEIZE, pid, 0, 0));
	EQ(waitpid(pid, &status, WNOHANG | __WALL), 0);
	OK(trace(PTRACE_INTERRUPT, pid, 0, 0));
	EQ(wait_status(pid), STOPPED(SIGTRAP | EVENT_STOP << 8));
	cont(pid, 0);
	/* A group stop: the signal, then the stop itself. */
	OK(kill(pid, SIGTSTP));
	EQ(wait_status(pid), STOPPED(SIGTSTP));
	cont(pid, SIGTSTP);
	EQ(wait_status(pid), STOPPED(SIGTSTP | EVENT_STOP << 8));
	OK(trace(PTRACE_LISTEN, pid, 0, 0));
	EQ(waitpid(pid, &status, WNOHANG | __WALL), 0);
	FAILS(ESRCH, trace(PTRACE_CONT, pid, 0, 0));
	OK(kill(pid, SIGCONT));
	EQ(wait_status(pid), STOPPED(SIGTRAP | EVENT_STOP << 8));
	cont(pid, 0);
	EQ(wait_status(pid), STOPPED(SIGCONT));
	OK(kill(pid, SIGKILL));
	EQ(wait_status(pid), SIGKILL);
}

static void attach_stopped(void)
{
	pid_t pid = OK(fork());
	int status;

	if (pid == 0)
		for (;;)
			pause();
	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	OK(trace(PTRACE_ATTACH, pid, 0, 0));
	EQ(wait_status(pid), STOPPED(SIGSTOP));
	OK(trace(PTRACE_DETACH, pid, 0, 0));
	OK(kill(pid, SIGKILL));
	EQ(wait_status(pid), SIGKILL);
}

static void wait_details(void)
{
	pid_t pid = tracee(exits_three, PTRACE_O_TRACEEXIT);
	siginfo_t info;

	cont(pid, 0);
	memset(&info, 0, sizeof(info));
	OK(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
	EQ(info.si_code, CLD_TRAPPED);
	EQ(info.si_status, SIGTRAP | PTRACE_EVENT_EXIT << 8);
	OK(waitid(P_PID, pid, &info, WSTOPPED));
	info.si_pid = 0;
	OK(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
	EQ(info.si_pid, 0);
	cont(pid, 0);
	EQ(wait_status(pid), 3 << 8);
}

/* A grandchild that a sibling traces. */
static void tracer_is_not_parent(void)
{
	atomic_int *step = shared_mem(sizeof(*step));
	pid_t pid = OK(fork());
	int status;

	if (pid == 0) {
		await(step, 2);
		_exit(8);
	}
	pid_t tracer = OK(fork());

	if (tracer == 0) {
		OK(trace(PTRACE_SEIZE, pid, 0, 0));
		atomic_store(step, 1);
		EQ(wait_status(pid), 8 << 8);
		FAILS(ECHILD, waitpid(pid, &status, 0));
		_exit(0);
	}
	await(step, 1);
	EQ(waitpid(pid, &status, WNOHANG), 0);
	atomic_store(step, 2);
	EQ(wait_status(pid), 8 << 8);
	child_join(tracer);
}

static void tracer_ends(unsigned long options, int want)
{
	atomic_int *step = shared_mem(sizeof(*step));
	pid_t pid = OK(fork());

	if (pid == 0) {
		await(step, 1);
		_exit(8);
	}
	pid_t tracer = OK(fork());

	if (tracer == 0) {
		OK(trace(PTRACE_SEIZE, pid, 0, options));
		OK(trace(PTRACE_INTERRUPT, pid, 0, 0));
		EQ(wait_status(pid), STOPPED(SIGTRAP | EVENT_STOP << 8));
		_exit(0);
	}
	child_join(tracer);
	atomic_store(step, 1);
	EQ(wait_status(pid), want);
}

static void tracer_dies(void)
{
	tracer_ends(0, 8 << 8);
	tracer_ends(PTRACE_O_EXITKILL, SIGKILL);
}

/* In a guest a step takes a flag among the registers, in gates that have no other means. */
static void need_steps(void)
{
	pid_t pid;

	if (STEPS_BY_FLAG)
		return;
	pid = tracee(nothing, 0);
	errno = 0;
	if (trace(PTRACE_SINGLESTEP, pid, 0, 0) < 0 && errno == EIO)
		abi_skip("no single steps by a flag of this CPU");
	EQ(wait_status(pid), STOPPED(SIGTRAP));
	go_and_end(pid);
}

static void single_steps(void)
{
	need_steps();

	pid_t pid = tracee(nothing, 0);
	siginfo_t info;

	for (int i = 0; i < 20; i++) {
		OK(trace(PTRACE_SINGLESTEP, pid, 0, 0));
		EQ(wait_status(pid), STOPPED(SIGTRAP));
		OK(trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info));
		EQ(info.si_signo, SIGTRAP);
		CHECK(info.si_code > 0);
	}
	go_and_end(pid);
}

static void steps_to_end(void)
{
	need_steps();

	pid_t pid = tracee(raises_usr1, 0);
	int status, steps = 0, sig = 0;

	do {
		OK(trace(PTRACE_SINGLESTEP, pid, 0, sig));
		status = wait_status(pid);
		if (WIFSTOPPED(status))
			sig = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
		steps++;
	} while (WIFSTOPPED(status));
	EQ(status, 1 << 8);
	CHECK(steps > 50);
}

static void kill_in_stop(void)
{
	pid_t pid = tracee(nothing, 0);

	OK(trace(PTRACE_KILL, pid, 0, 0));
	EQ(wait_status(pid), SIGKILL);
	/* With the options' EXIT event, a killed tracee does not stop for long. */
	pid = tracee(nothing, 0);
	OK(kill(pid, SIGKILL));
	EQ(wait_status(pid), SIGKILL);
}

static volatile int chld_count;
static siginfo_t chld_info;

static void on_chld(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (!chld_count++)
		chld_info = *info;
}

static void sigchld(void)
{
	pid_t pid;

	on_siginfo(SIGCHLD, on_chld, SA_RESTART);
	pid = tracee(nothing, 0);
	EQ(chld_count, 1);
	EQ(chld_info.si_code, CLD_TRAPPED);
	EQ(chld_info.si_pid, pid);
	EQ(chld_info.si_status, SIGSTOP);
	go_and_end(pid);
}

static const struct abi_row rows[] = {
	{ traceme, "PTRACE_TRACEME" },
	{ errors, "ESRCH, EPERM, EIO and EINVAL" },
	{ syscall_stops, "stops at entry and exit of calls" },
	{ memory, "reading and writing a tracee's memory" },
	{ registers, "register sets" },
	{ signals, "signals taken, let through and replaced" },
	{ ignored_signals, "ignored signals are seen" },
	{ siginfo_and_mask, "siginfo, the queue and the mask" },
	{ fork_event, "the event of fork" },
	{ vfork_events, "the events of vfork" },
	{ thread_events, "threads: clone, exit, and being waited for" },
	{ exec_stops, "the stop and the event of exec" },
	{ exit_event, "the event of exit" },
	{ seccomp_event, "the event of a seccomp filter" },
	{ attach_detach, "attach and detach" },
	{ seize, "seize, interrupt, group stop and listen" },
	{ attach_stopped, "attaching to a stopped process" },
	{ wait_details, "waitid of a tracee" },
	{ tracer_is_not_parent, "tracer first, then parent" },
	{ tracer_dies, "the tracer's end, with and without EXITKILL" },
	{ single_steps, "single steps" },
	{ steps_to_end, "single steps through calls and handlers" },
	{ kill_in_stop, "killing a stopped tracee" },
	{ sigchld, "SIGCHLD of a stop" },
};

ABI_MAIN(rows)
