/*
 * Pending signals: real-time queues and their order, masks, sigpending,
 * sigtimedwait, sigsuspend, the queue's limit, signals to a thread and to a
 * process, and what may be queued to whom.
 */
#include "child.h"

#include <pthread.h>
#include <sys/resource.h>

#define SET_SIZE (_NSIG / 8)

static atomic_int count, ready, taken;
static volatile int values[32], signals[32];

static void tick(int sig)
{
	(void)sig;
	count++;
}

static void record(int sig, siginfo_t *info, void *context)
{
	int at = count;

	(void)context;
	signals[at] = sig;
	values[at] = info->si_value.sival_int;
	count = at + 1;
}

static void queue(int sig, int value)
{
	OK(sigqueue(getpid(), sig, (union sigval){ .sival_int = value }));
}

/* A handler for sig with everything masked while it runs. */
static void record_alone(int sig)
{
	struct sigaction sa = { .sa_sigaction = record, .sa_flags = SA_SIGINFO };

	sigfillset(&sa.sa_mask);
	OK(sigaction(sig, &sa, NULL));
}

static sigset_t set_of(int first, int second)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, first);
	if (second)
		sigaddset(&set, second);
	return set;
}

static bool is_pending(int sig)
{
	sigset_t set;

	OK(sigpending(&set));
	return sigismember(&set, sig);
}

static void queue_in_order(void)
{
	record_alone(SIGRTMIN);
	sig_mask(SIG_BLOCK, SIGRTMIN);
	for (int i = 0; i < 10; i++)
		queue(SIGRTMIN, i * 3);
	EQ(count, 0);
	sig_mask(SIG_UNBLOCK, SIGRTMIN);
	EQ(count, 10);
	for (int i = 0; i < 10; i++)
		EQ(values[i], i * 3);
}

static void coalesce(void)
{
	record_alone(SIGUSR1);
	sig_mask(SIG_BLOCK, SIGUSR1);
	for (int i = 7; i < 12; i++)
		queue(SIGUSR1, i);
	OK(kill(getpid(), SIGUSR1));
	sig_mask(SIG_UNBLOCK, SIGUSR1);
	EQ(count, 1);
	EQ(values[0], 7);
}

static void lowest_first(void)
{
	sigset_t set, old;

	sigfillset(&set);
	OK(sigprocmask(SIG_BLOCK, &set, &old));
	for (int i = 4; i >= 0; i--) {
		record_alone(SIGRTMIN + i);
		queue(SIGRTMIN + i, i);
		queue(SIGRTMIN + i, i + 100);
	}
	record_alone(SIGUSR2);
	queue(SIGUSR2, 50);
	OK(sigprocmask(SIG_SETMASK, &old, NULL));
	EQ(count, 11);
	EQ(signals[0], SIGUSR2);
	for (int i = 0; i < 5; i++) {
		EQ(signals[1 + 2 * i], SIGRTMIN + i);
		EQ(values[1 + 2 * i], i);
		EQ(values[2 + 2 * i], i + 100);
	}
}

static void mask_operations(void)
{
	sigset_t set = set_of(SIGUSR1, SIGUSR2), old;

	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	set = set_of(SIGUSR1, SIGHUP);
	OK(sigprocmask(SIG_BLOCK, &set, &old));
	EQ(sigismember(&old, SIGUSR2), 1);
	EQ(sigismember(&old, SIGHUP), 0);
	set = set_of(SIGUSR1, 0);
	OK(sigprocmask(SIG_UNBLOCK, &set, NULL));
	OK(sigprocmask(SIG_BLOCK, NULL, &old));
	EQ(sigismember(&old, SIGUSR1), 0);
	EQ(sigismember(&old, SIGUSR2), 1);
	EQ(sigismember(&old, SIGHUP), 1);
	OK(sigprocmask(SIG_SETMASK, &set, NULL));
	OK(sigprocmask(99, NULL, &old));
	EQ(sigismember(&old, SIGUSR1), 1);
	EQ(sigismember(&old, SIGUSR2), 0);
	sigfillset(&set);
	OK(sigprocmask(SIG_SETMASK, &set, NULL));
	OK(sigprocmask(SIG_SETMASK, NULL, &old));
	EQ(sigismember(&old, SIGKILL), 0);
	EQ(sigismember(&old, SIGSTOP), 0);
	EQ(sigismember(&old, SIGTERM), 1);
}

static void mask_errors(void)
{
	sigset_t set = set_of(SIGUSR1, 0);
	void *bad = bad_ptr();

	FAILS(EINVAL, syscall(SYS_rt_sigprocmask, 99, &set, NULL, SET_SIZE));
	FAILS(EINVAL, syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, SET_SIZE - 4));
	FAILS(EINVAL, syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, SET_SIZE * 2));
	FAILS(EFAULT, syscall(SYS_rt_sigprocmask, SIG_BLOCK, bad, NULL, SET_SIZE));
	FAILS(EFAULT, syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, bad, SET_SIZE));
	FAILS(EINVAL, syscall(SYS_rt_sigpending, &set, SET_SIZE * 2));
	FAILS(EFAULT, syscall(SYS_rt_sigpending, bad, SET_SIZE));
	FAILS(EINVAL, syscall(SYS_rt_sigsuspend, &set, SET_SIZE - 4));
	FAILS(EFAULT, syscall(SYS_rt_sigsuspend, bad, SET_SIZE));
	FAILS(EINVAL, syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, SET_SIZE - 4));
	FAILS(EFAULT, syscall(SYS_rt_sigtimedwait, bad, NULL, NULL, SET_SIZE));
}

static void pending(void)
{
	EQ(is_pending(SIGUSR1), 0);
	sig_mask(SIG_BLOCK, SIGUSR1);
	sig_mask(SIG_BLOCK, SIGUSR2);
	OK(kill(getpid(), SIGUSR1));
	OK(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2));
	EQ(is_pending(SIGUSR1), 1);
	EQ(is_pending(SIGUSR2), 1);
	EQ(is_pending(SIGHUP), 0);
	on_signal(SIGUSR1, tick, 0);
	sig_mask(SIG_UNBLOCK, SIGUSR1);
	EQ(count, 1);
	EQ(is_pending(SIGUSR1), 0);
}

static void status_file(void)
{
	unsigned long long bit1 = 1ULL << (SIGUSR1 - 1), bit2 = 1ULL << (SIGUSR2 - 1);

	sig_mask(SIG_BLOCK, SIGUSR1);
	sig_mask(SIG_BLOCK, SIGUSR2);
	on_signal(SIGHUP, SIG_IGN, 0);
	on_signal(SIGUSR1, tick, 0);
	OK(kill(getpid(), SIGUSR1));
	OK(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2));
	EQ(strtoull(proc_field("/proc/self/status", "ShdPnd"), NULL, 16), bit1);
	EQ(strtoull(proc_field("/proc/self/status", "SigPnd"), NULL, 16), bit2);
	EQ(strtoull(proc_field("/proc/self/status", "SigBlk"), NULL, 16), bit1 | bit2);
	CHECK(strtoull(proc_field("/proc/self/status", "SigIgn"), NULL, 16) & 1);
	EQ(strtoull(proc_field("/proc/self/status", "SigCgt"), NULL, 16), bit1);
	CHECK(atoi(proc_field("/proc/self/status", "SigQ")) >= 2);
}

static void wait_info(void)
{
	sigset_t set = set_of(SIGUSR1, SIGRTMIN);
	siginfo_t info;

	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	queue(SIGRTMIN, 41);
	queue(SIGRTMIN, 42);
	OK(kill(getpid(), SIGUSR1));
	EQ(sigwaitinfo(&set, &info), SIGUSR1);
	EQ(info.si_signo, SIGUSR1);
	EQ(info.si_code, SI_USER);
	EQ(info.si_pid, getpid());
	EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	EQ(info.si_code, SI_QUEUE);
	EQ(info.si_value.sival_int, 41);
	EQ(info.si_uid, getuid());
	EQ(is_pending(SIGRTMIN), 1);
	EQ(sigwaitinfo(&set, NULL), SIGRTMIN);
	EQ(is_pending(SIGRTMIN), 0);
}

static void timed_wait(void)
{
	sigset_t set = set_of(SIGUSR1, 0);
	struct timespec now = { 0, 0 }, some = { 0, 40000000 }, bad = { 0, 1000000000 };
	siginfo_t info;

	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	FAILS(EAGAIN, sigtimedwait(&set, &info, &now));
	long long begin = abi_now_ms();

	FAILS(EAGAIN, sigtimedwait(&set, &info, &some));
	CHECK(abi_now_ms() - begin >= 35);
	FAILS(EINVAL, sigtimedwait(&set, &info, &bad));
	bad = (struct timespec){ -1, 0 };
	FAILS(EINVAL, sigtimedwait(&set, &info, &bad));
	OK(kill(getpid(), SIGUSR1));
	EQ(sigtimedwait(&set, &info, &now), SIGUSR1);
	FAILS(EFAULT, syscall(SYS_rt_sigtimedwait, &set, NULL, bad_ptr(), SET_SIZE));
}

static void wait_wakes(void)
{
	sigset_t set = set_of(SIGUSR1, 0);
	siginfo_t info;
	pid_t row = getpid();

	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	pid_t pid = OK(fork());

	if (pid == 0) {
		abi_sleep_ms(30);
		_exit(sigqueue(row, SIGUSR1, (union sigval){ .sival_int = 9 }));
	}
	EQ(sigwaitinfo(&set, &info), SIGUSR1);
	EQ(info.si_value.sival_int, 9);
	EQ(info.si_pid, pid);
	child_join(pid);
}

/* Signals the caller every 10 ms until it is killed. */
static pid_t pester(int sig)
{
	pid_t row = getpid(), pid = OK(fork());

	if (pid == 0) {
		for (;;) {
			abi_sleep_ms(10);
			kill(row, sig);
		}
	}
	return pid;
}

static void wait_interrupted(void)
{
	sigset_t set = set_of(SIGUSR1, 0);
	struct timespec far = { 100, 0 };

	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	on_signal(SIGUSR2, tick, SA_RESTART);
	pid_t pid = pester(SIGUSR2);

	FAILS(EINTR, sigwaitinfo(&set, NULL));
	FAILS(EINTR, sigtimedwait(&set, NULL, &far));
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
	CHECK(count >= 2);
}

static void suspend(void)
{
	sigset_t inside, now;

	on_signal(SIGUSR1, tick, SA_RESTART);
	sig_mask(SIG_BLOCK, SIGUSR1);
	sig_mask(SIG_BLOCK, SIGHUP);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, 0);
	sigfillset(&inside);
	sigdelset(&inside, SIGUSR1);
	FAILS(EINTR, sigsuspend(&inside));
	EQ(count, 1);
	OK(sigprocmask(SIG_BLOCK, NULL, &now));
	EQ(sigismember(&now, SIGUSR1), 1);
	EQ(sigismember(&now, SIGHUP), 1);
	EQ(sigismember(&now, SIGINT), 0);
}

static sigset_t handler_mask;

static void note_mask(int sig)
{
	(void)sig;
	sigprocmask(SIG_BLOCK, NULL, &handler_mask);
	count++;
}

static void suspend_mask(void)
{
	sigset_t inside;

	on_signal(SIGUSR1, note_mask, 0);
	on_signal(SIGUSR2, tick, 0);
	sig_mask(SIG_BLOCK, SIGUSR1);
	sigemptyset(&inside);
	sigaddset(&inside, SIGUSR2);
	pid_t pid = pester(SIGUSR1), other = pester(SIGUSR2);

	FAILS(EINTR, sigsuspend(&inside));
	/* The handler runs under the mask of sigsuspend plus its own signal. */
	EQ(sigismember(&handler_mask, SIGUSR2), 1);
	EQ(sigismember(&handler_mask, SIGUSR1), 1);
	OK(kill(pid, SIGKILL));
	OK(kill(other, SIGKILL));
	abi_wait(pid);
	abi_wait(other);
}

static void pause_returns(void)
{
	on_signal(SIGUSR1, tick, SA_RESTART);
	pid_t pid = pester(SIGUSR1);

	FAILS(EINTR, pause());
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
	CHECK(count >= 1);
}

static void queue_limit(void)
{
	struct rlimit lim = { 8, 8 };
	union sigval value = { .sival_int = 1 };
	int queued = 0;

	on_signal(SIGUSR1, tick, 0);
	sig_mask(SIG_BLOCK, SIGUSR1);
	sig_mask(SIG_BLOCK, SIGRTMIN);
	OK(setrlimit(RLIMIT_SIGPENDING, &lim));
	while (queued < 100 && sigqueue(getpid(), SIGRTMIN, value) == 0)
		queued++;
	EQ(errno, EAGAIN);
	CHECK(queued <= 8);
	lim.rlim_cur = 0;
	OK(setrlimit(RLIMIT_SIGPENDING, &lim));
	FAILS(EAGAIN, sigqueue(getpid(), SIGRTMIN + 1, value));
	/* What needs no record in a queue still arrives. */
	OK(kill(getpid(), SIGUSR1));
	EQ(is_pending(SIGUSR1), 1);
	sig_mask(SIG_UNBLOCK, SIGUSR1);
	EQ(count, 1);
}

static void *take(void *arg)
{
	sigset_t set = set_of(SIGUSR1, SIGUSR2);
	struct timespec now = { 0, 0 };

	ready = syscall(SYS_gettid);
	await(&taken, 1);
	/* The leader's own signal is not this thread's; the process's is. */
	int first = sigtimedwait(&set, NULL, &now);
	int second = sigtimedwait(&set, NULL, &now);

	*(int *)arg = second == -1 ? first : -1;
	return NULL;
}

static void thread_and_process(void)
{
	sigset_t set = set_of(SIGUSR1, SIGUSR2);
	pthread_t thread;
	int got = 0;

	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	EQ(pthread_create(&thread, NULL, take, &got), 0);
	await(&ready, 1);
	OK(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
	OK(kill(getpid(), SIGUSR2));
	taken = 1;
	EQ(pthread_join(thread, NULL), 0);
	EQ(got, SIGUSR2);
	EQ(is_pending(SIGUSR1), 1);
	EQ(is_pending(SIGUSR2), 0);
}

static void *unblocked_thread(void *arg)
{
	(void)arg;
	sig_mask(SIG_UNBLOCK, SIGUSR1);
	ready = syscall(SYS_gettid);
	await(&taken, 1);
	return NULL;
}

static void note_thread(int sig)
{
	(void)sig;
	taken = syscall(SYS_gettid);
}

static void unblocked_thread_takes(void)
{
	pthread_t thread;

	sig_mask(SIG_BLOCK, SIGUSR1);
	on_signal(SIGUSR1, note_thread, 0);
	EQ(pthread_create(&thread, NULL, unblocked_thread, NULL), 0);
	await(&ready, 1);
	OK(kill(getpid(), SIGUSR1));
	EQ(pthread_join(thread, NULL), 0);
	EQ(taken, ready);
}

static void queue_info(void)
{
	siginfo_t info = { .si_code = -7 }, seen;
	sigset_t set = set_of(SIGRTMIN, 0);
	pid_t row = getpid();

	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	info.si_value.sival_int = 77;
	info.si_pid = 12345;
	OK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &info));
	EQ(sigwaitinfo(&set, &seen), SIGRTMIN);
	EQ(seen.si_code, -7);
	EQ(seen.si_pid, 12345);
	EQ(seen.si_value.sival_int, 77);
	info.si_code = SI_QUEUE;
	OK(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGRTMIN, &info));
	EQ(sigwaitinfo(&set, &seen), SIGRTMIN);
	pid_t pid = OK(fork());

	if (pid == 0) {
		info.si_code = SI_USER;
		FAILS(EPERM, syscall(SYS_rt_sigqueueinfo, row, SIGRTMIN, &info));
		info.si_code = SI_TKILL;
		FAILS(EPERM, syscall(SYS_rt_sigqueueinfo, row, SIGRTMIN, &info));
		OK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &info));
		_exit(0);
	}
	child_join(pid);
	EQ(is_pending(SIGRTMIN), 0);
}

static void queue_errors(void)
{
	union sigval value = { .sival_int = 1 };
	siginfo_t info = { .si_code = SI_QUEUE };
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(0);
	EQ(abi_wait(pid), 0);
	FAILS(ESRCH, sigqueue(pid, SIGUSR1, value));
	FAILS(EINVAL, sigqueue(getpid(), 65, value));
	OK(sigqueue(getpid(), 0, value));
	FAILS(EFAULT, syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, bad_ptr()));
	FAILS(EINVAL, syscall(SYS_rt_tgsigqueueinfo, 0, getpid(), SIGUSR1, &info));
	FAILS(EINVAL, syscall(SYS_rt_tgsigqueueinfo, getpid(), -1, SIGUSR1, &info));
	FAILS(ESRCH, syscall(SYS_rt_tgsigqueueinfo, getpid(), pid, SIGUSR1, &info));
}

static void stop_and_continue_cancel(void)
{
	sig_mask(SIG_BLOCK, SIGTSTP);
	sig_mask(SIG_BLOCK, SIGCONT);
	on_signal(SIGCONT, tick, 0);
	OK(kill(getpid(), SIGTSTP));
	EQ(is_pending(SIGTSTP), 1);
	OK(kill(getpid(), SIGCONT));
	EQ(is_pending(SIGTSTP), 0);
	EQ(is_pending(SIGCONT), 1);
	sig_mask(SIG_BLOCK, SIGTTOU);
	OK(kill(getpid(), SIGTTOU));
	EQ(is_pending(SIGTTOU), 1);
	EQ(is_pending(SIGCONT), 0);
	sig_mask(SIG_UNBLOCK, SIGCONT);
	EQ(count, 0);
}

static void fork_clears(void)
{
	sig_mask(SIG_BLOCK, SIGRTMIN);
	queue(SIGRTMIN, 1);
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(is_pending(SIGRTMIN), 0);
		_exit(0);
	}
	child_join(pid);
	EQ(is_pending(SIGRTMIN), 1);
}

static void unblock_delivers(void)
{
	on_signal(SIGUSR1, tick, 0);
	for (int i = 1; i <= 20; i++) {
		sig_mask(SIG_BLOCK, SIGUSR1);
		OK(kill(getpid(), SIGUSR1));
		EQ(count, i - 1);
		sig_mask(SIG_UNBLOCK, SIGUSR1);
		EQ(count, i);
	}
}

static const struct abi_row rows[] = {
	{ queue_in_order, "a real-time signal queues in order, with values" },
	{ coalesce, "a standard signal keeps the first of many" },
	{ lowest_first, "the lowest signal number comes first" },
	{ mask_operations, "SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK" },
	{ mask_errors, "EINVAL and EFAULT of the mask calls" },
	{ pending, "sigpending shows process and thread" },
	{ status_file, "signal sets in /proc/self/status" },
	{ wait_info, "sigwaitinfo takes pending signals" },
	{ timed_wait, "sigtimedwait times out" },
	{ wait_wakes, "sigwaitinfo wakes for a signal from elsewhere" },
	{ wait_interrupted, "another signal's handler ends sigwaitinfo" },
	{ suspend, "sigsuspend lets a pending signal in and restores the mask" },
	{ suspend_mask, "a handler runs under sigsuspend's mask" },
	{ pause_returns, "pause returns EINTR after a handler" },
	{ queue_limit, "RLIMIT_SIGPENDING" },
	{ thread_and_process, "a thread's signal is not another's" },
	{ unblocked_thread_takes, "a process's signal goes to a thread that lets it in" },
	{ queue_info, "rt_sigqueueinfo: what may be claimed, and to whom" },
	{ queue_errors, "sigqueue errors" },
	{ stop_and_continue_cancel, "SIGCONT and stop signals cancel each other" },
	{ fork_clears, "a child starts with nothing pending" },
	{ unblock_delivers, "unblocking delivers before it returns" },
};

ABI_MAIN(rows)
