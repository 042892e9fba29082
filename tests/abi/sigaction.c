/*
 * Signal handlers: every sa_flag, what siginfo says for each origin, masks
 * during a handler, order of delivery, alternate stacks, jumps out of a
 * handler, what a handler must not disturb, default actions, kill's errors.
 */
#include "child.h"
#include "cpu.h"

#include <limits.h>
#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <ucontext.h>

/*
 * What handlers write is atomic or volatile: libc declares kill() and others
 * as never calling back, so the compiler would keep old values across them.
 */
static atomic_int count, depth, deepest;
static volatile siginfo_t seen;
static sigset_t seen_mask;
static sigjmp_buf jump;
static volatile char order[4];
static volatile int order_length;

static void tick(int sig)
{
	(void)sig;
	count++;
}

static void record(int sig, siginfo_t *info, void *context)
{
	(void)context;
	seen = *info;
	sigprocmask(SIG_BLOCK, NULL, &seen_mask);
	count = sig;
}

static void record_and_jump(int sig, siginfo_t *info, void *context)
{
	record(sig, info, context);
	siglongjmp(jump, 1);
}

static void runs_before_return(void)
{
	on_signal(SIGUSR1, tick, 0);
	for (int i = 1; i <= 20; i++) {
		OK(kill(getpid(), SIGUSR1));
		EQ(count, i);
	}
}

static void info_of_kill(void)
{
	on_siginfo(SIGUSR1, record, 0);
	OK(kill(getpid(), SIGUSR1));
	EQ(seen.si_signo, SIGUSR1);
	EQ(seen.si_code, SI_USER);
	EQ(seen.si_errno, 0);
	EQ(seen.si_pid, getpid());
	EQ(seen.si_uid, getuid());
	OK(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
	EQ(seen.si_code, SI_TKILL);
	EQ(seen.si_pid, getpid());
}

static void info_of_sigqueue(void)
{
	union sigval value = { .sival_int = -123456 };

	on_siginfo(SIGUSR1, record, 0);
	OK(sigqueue(getpid(), SIGUSR1, value));
	EQ(seen.si_code, SI_QUEUE);
	EQ(seen.si_value.sival_int, -123456);
	EQ(seen.si_pid, getpid());
	value.sival_ptr = &value;
	OK(sigqueue(getpid(), SIGUSR1, value));
	CHECK(seen.si_value.sival_ptr == &value);
}

static void info_of_child(void)
{
	static const int codes[] = { CLD_STOPPED, CLD_CONTINUED, CLD_KILLED };
	static const int sigs[] = { SIGSTOP, SIGCONT, SIGKILL };

	on_siginfo(SIGCHLD, record, 0);
	pid_t pid = OK(fork());

	if (pid == 0)
		for (;;)
			pause();
	for (int i = 0; i < 3; i++) {
		count = 0;
		OK(kill(pid, sigs[i]));
		await(&count, 1);
		EQ(seen.si_code, codes[i]);
		EQ(seen.si_pid, pid);
		EQ(seen.si_status, sigs[i]);
		EQ(seen.si_uid, getuid());
	}
	EQ(abi_wait(pid), SIGKILL);
}

/* Faults once on addr; the handler must see this signal, code and address. */
static void fault(volatile char *addr, bool write, int sig, int code)
{
	count = 0;
	if (sigsetjmp(jump, 1) == 0) {
		if (write)
			*addr = 1;
		else
			(void)*addr;
	}
	EQ(count, sig);
	EQ(seen.si_code, code);
	CHECK(seen.si_addr == addr);
}

static void info_of_faults(void)
{
	char *none = bad_ptr(), *page;
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	on_siginfo(SIGSEGV, record_and_jump, 0);
	on_siginfo(SIGBUS, record_and_jump, 0);
	fault(none + 5, false, SIGSEGV, SEGV_ACCERR);
	fault(none + 6, true, SIGSEGV, SEGV_ACCERR);
	OK(mprotect(none, page_size(), PROT_READ));
	(void)*(volatile char *)none;
	fault(none + 7, true, SIGSEGV, SEGV_ACCERR);
	OK(munmap(none, page_size()));
	fault(none + 9, false, SIGSEGV, SEGV_MAPERR);
	fault(none + 9, true, SIGSEGV, SEGV_MAPERR);
	page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(page != MAP_FAILED);
	fault(page + 3, false, SIGBUS, BUS_ADRERR);
	fault(page + 3, true, SIGBUS, BUS_ADRERR);
}

static void info_of_division(void)
{
	volatile int zero = 0, result = 1;

	if (!DIVISION_TRAPS)
		abi_skip("integer division does not trap on this CPU");
	on_siginfo(SIGFPE, record_and_jump, 0);
	if (sigsetjmp(jump, 1) == 0)
		result = result / zero;
	EQ(count, SIGFPE);
	EQ(seen.si_code, FPE_INTDIV);
	CHECK(seen.si_addr != NULL);
}

static void info_of_trap(void)
{
	on_siginfo(SIGILL, record_and_jump, 0);
	on_siginfo(SIGTRAP, record_and_jump, 0);
	if (sigsetjmp(jump, 1) == 0)
		__builtin_trap();
	CHECK(count == SIGILL || count == SIGTRAP);
	CHECK(seen.si_code > 0);
	if (count == SIGILL)
		CHECK(seen.si_addr != NULL);
}

static void info_of_timers(void)
{
	struct itimerval it = { .it_value = { 0, 1000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1,
				  .sigev_value.sival_int = 4711 };
	struct itimerspec when = { .it_value = { 0, 1000000 } };
	timer_t timer;

	on_siginfo(SIGALRM, record, 0);
	on_siginfo(SIGUSR1, record, 0);
	OK(setitimer(ITIMER_REAL, &it, NULL));
	await(&count, 1);
	EQ(seen.si_signo, SIGALRM);
	EQ(seen.si_code, SI_KERNEL);
	count = 0;
	OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	OK(timer_settime(timer, 0, &when, NULL));
	await(&count, 1);
	EQ(seen.si_signo, SIGUSR1);
	EQ(seen.si_code, SI_TIMER);
	EQ(seen.si_value.sival_int, 4711);
	EQ(seen.si_overrun, 0);
}

static void info_of_pipe(void)
{
	int pipefd[2];

	OK(pipe(pipefd));
	close(pipefd[0]);
	on_siginfo(SIGPIPE, record, 0);
	FAILS(EPIPE, write(pipefd[1], "x", 1));
	EQ(count, SIGPIPE);
	EQ(seen.si_code, SI_USER);
	EQ(seen.si_pid, getpid());
	count = 0;
	EQ(write(pipefd[1], "", 0), 0);
	EQ(count, 0);
	on_signal(SIGPIPE, SIG_IGN, 0);
	FAILS(EPIPE, write(pipefd[1], "x", 1));
}

static void mask_in_handler(void)
{
	struct sigaction sa = { .sa_sigaction = record, .sa_flags = SA_SIGINFO };
	sigset_t set;

	sig_mask(SIG_BLOCK, SIGWINCH);
	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaddset(&sa.sa_mask, SIGKILL);
	OK(sigaction(SIGUSR1, &sa, NULL));
	OK(kill(getpid(), SIGUSR1));
	EQ(sigismember(&seen_mask, SIGUSR1), 1);
	EQ(sigismember(&seen_mask, SIGUSR2), 1);
	EQ(sigismember(&seen_mask, SIGWINCH), 1);
	EQ(sigismember(&seen_mask, SIGKILL), 0);
	EQ(sigismember(&seen_mask, SIGHUP), 0);
	OK(sigprocmask(SIG_BLOCK, NULL, &set));
	EQ(sigismember(&set, SIGUSR1), 0);
	EQ(sigismember(&set, SIGUSR2), 0);
	EQ(sigismember(&set, SIGWINCH), 1);
	sa.sa_flags |= SA_NODEFER;
	OK(sigaction(SIGUSR1, &sa, NULL));
	OK(kill(getpid(), SIGUSR1));
	EQ(sigismember(&seen_mask, SIGUSR1), 0);
	EQ(sigismember(&seen_mask, SIGUSR2), 1);
}

static void nest(int sig)
{
	int now = ++depth;

	if (now > deepest)
		deepest = now;
	if (count++ < 3)
		kill(getpid(), sig);
	depth--;
}

static void nodefer(void)
{
	on_signal(SIGUSR1, nest, 0);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, 4);
	EQ(deepest, 1);
	count = 0;
	on_signal(SIGUSR1, nest, SA_NODEFER);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, 4);
	EQ(deepest, 4);
	EQ(depth, 0);
}

static void resethand(void)
{
	struct sigaction sa;

	on_siginfo(SIGUSR1, record, SA_RESETHAND);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, SIGUSR1);
	/* One-shot alone still blocks the signal while its handler runs. */
	EQ(sigismember(&seen_mask, SIGUSR1), 1);
	OK(sigaction(SIGUSR1, NULL, &sa));
	CHECK(sa.sa_handler == SIG_DFL);
	pid_t pid = OK(fork());

	if (pid == 0) {
		on_signal(SIGUSR1, tick, SA_RESETHAND);
		kill(getpid(), SIGUSR1);
		kill(getpid(), SIGUSR1);
		_exit(0);
	}
	EQ(abi_wait(pid), SIGUSR1);
}

static char *volatile altstack_base;
static volatile int onstack_flags;

static void note_stack(int sig)
{
	char here;
	stack_t now;

	(void)sig;
	if (&here >= altstack_base && &here < altstack_base + 65536)
		count++;
	sigaltstack(NULL, &now);
	onstack_flags = now.ss_flags;
}

static void try_change(int sig)
{
	stack_t other = { .ss_sp = altstack_base, .ss_size = 65536 };

	(void)sig;
	if (sigaltstack(&other, NULL) == -1 && errno == EPERM)
		count++;
}

static void use_altstack(int flags)
{
	stack_t altstack = { .ss_size = 65536, .ss_flags = flags };

	altstack_base = altstack.ss_sp = malloc(65536);
	OK(sigaltstack(&altstack, NULL));
}

static void onstack(void)
{
	stack_t now;

	OK(sigaltstack(NULL, &now));
	EQ(now.ss_flags, SS_DISABLE);
	use_altstack(0);
	OK(sigaltstack(NULL, &now));
	CHECK(now.ss_sp == altstack_base && now.ss_size == 65536 && now.ss_flags == 0);
	on_signal(SIGUSR1, note_stack, SA_ONSTACK);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, 1);
	EQ(onstack_flags, SS_ONSTACK);
	on_signal(SIGUSR1, note_stack, 0);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, 1);
	EQ(onstack_flags, 0);
	on_signal(SIGUSR1, try_change, SA_ONSTACK);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, 2);
}

static void altstack_errors(void)
{
	stack_t altstack = { .ss_sp = malloc(65536), .ss_size = 1024 };

	FAILS(ENOMEM, sigaltstack(&altstack, NULL));
	altstack.ss_size = 65536;
	altstack.ss_flags = 0x100;
	FAILS(EINVAL, sigaltstack(&altstack, NULL));
	FAILS(EFAULT, syscall(SYS_sigaltstack, bad_ptr(), NULL));
	FAILS(EFAULT, syscall(SYS_sigaltstack, NULL, bad_ptr()));
	altstack.ss_flags = SS_DISABLE;
	altstack.ss_size = 0;
	OK(sigaltstack(&altstack, NULL));
	use_altstack(0);
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(sigaltstack(NULL, &altstack));
		CHECK(altstack.ss_sp == altstack_base && altstack.ss_flags == 0);
		_exit(0);
	}
	child_join(pid);
}

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static void autodisarm(void)
{
	stack_t now;

	use_altstack(SS_AUTODISARM);
	/* Only the frame with siginfo holds the stack that its end puts back. */
	on_signal(SIGUSR1, note_stack, SA_ONSTACK | SA_SIGINFO);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, 1);
	EQ(onstack_flags, SS_DISABLE);
	OK(sigaltstack(NULL, &now));
	EQ(now.ss_flags, (int)SS_AUTODISARM);
	CHECK(now.ss_sp == altstack_base && now.ss_size == 65536);
}

static void overflow_jump(int sig)
{
	note_stack(sig);
	siglongjmp(jump, 1);
}

static int recurse(volatile int *level)
{
	volatile char pad[4096];

	pad[0] = pad[4095] = (char)++*level;
	if (*level < 0)
		return 0;
	return recurse(level) + pad[0];
}

static void stack_overflow(void)
{
	struct rlimit lim = { 1024 * 1024, 1024 * 1024 };
	volatile int level = 0;

	OK(setrlimit(RLIMIT_STACK, &lim));
	use_altstack(0);
	on_signal(SIGSEGV, overflow_jump, SA_ONSTACK);
	for (int i = 1; i <= 3; i++) {
		level = 0;
		if (sigsetjmp(jump, 1) == 0)
			recurse(&level);
		EQ(count, i);
		CHECK(level > 20 && level < 1000);
	}
}

static void change_context(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	if (!sigismember(&uc->uc_sigmask, sig))
		count++;
	sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static void context_mask(void)
{
	sigset_t set;

	on_siginfo(SIGUSR1, change_context, 0);
	OK(kill(getpid(), SIGUSR1));
	EQ(count, 1);
	OK(sigprocmask(SIG_BLOCK, NULL, &set));
	EQ(sigismember(&set, SIGUSR2), 1);
}

static void no_child_stop(void)
{
	int status;

	on_siginfo(SIGCHLD, record, SA_NOCLDSTOP);
	pid_t pid = OK(fork());

	if (pid == 0)
		for (;;)
			pause();
	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	OK(kill(pid, SIGCONT));
	EQ(waitpid(pid, &status, WCONTINUED), pid);
	EQ(count, 0);
	OK(kill(pid, SIGKILL));
	await(&count, 1);
	EQ(seen.si_code, CLD_KILLED);
	EQ(abi_wait(pid), SIGKILL);
}

static void no_child_wait(void)
{
	on_siginfo(SIGCHLD, record, SA_NOCLDWAIT);
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(3);
	await(&count, 1);
	EQ(seen.si_code, CLD_EXITED);
	EQ(seen.si_status, 3);
	FAILS(ECHILD, waitpid(pid, NULL, 0));
}

static void errors(void)
{
	struct sigaction sa = { .sa_handler = tick };
	char old[256];

	FAILS(EINVAL, sigaction(SIGKILL, &sa, NULL));
	FAILS(EINVAL, sigaction(SIGSTOP, &sa, NULL));
	FAILS(EINVAL, syscall(SYS_rt_sigaction, 0, NULL, old, _NSIG / 8));
	FAILS(EINVAL, syscall(SYS_rt_sigaction, 65, NULL, old, _NSIG / 8));
	FAILS(EINVAL, syscall(SYS_rt_sigaction, -1, NULL, old, _NSIG / 8));
	FAILS(EINVAL, syscall(SYS_rt_sigaction, SIGUSR1, NULL, old, 4));
	FAILS(EFAULT, syscall(SYS_rt_sigaction, SIGUSR1, bad_ptr(), NULL, _NSIG / 8));
	FAILS(EFAULT, syscall(SYS_rt_sigaction, SIGUSR1, NULL, bad_ptr(), _NSIG / 8));
	OK(sigaction(SIGKILL, NULL, &sa));
	CHECK(sa.sa_handler == SIG_DFL);
}

static void old_action(void)
{
	struct sigaction sa = { .sa_handler = tick, .sa_flags = SA_RESTART | SA_NODEFER }, old;

	sigaddset(&sa.sa_mask, SIGHUP);
	sigaddset(&sa.sa_mask, SIGSTOP);
	OK(sigaction(SIGUSR1, &sa, &old));
	CHECK(old.sa_handler == SIG_DFL);
	sa.sa_handler = SIG_IGN;
	sa.sa_flags = 0;
	sigemptyset(&sa.sa_mask);
	OK(sigaction(SIGUSR1, &sa, &old));
	CHECK(old.sa_handler == tick);
	EQ(old.sa_flags & (SA_RESTART | SA_NODEFER | SA_SIGINFO | SA_RESETHAND | SA_ONSTACK),
	   SA_RESTART | SA_NODEFER);
	EQ(sigismember(&old.sa_mask, SIGHUP), 1);
	EQ(sigismember(&old.sa_mask, SIGINT), 0);
	EQ(sigismember(&old.sa_mask, SIGSTOP), 0);
	OK(sigaction(SIGUSR1, NULL, &old));
	CHECK(old.sa_handler == SIG_IGN);
}

/* Stands for what an interrupted program must not notice. */
static void clobber(int sig)
{
	volatile double a = 3.25, b = 7.5;

	(void)sig;
	for (int i = 0; i < 8; i++)
		a = a * b - (double)i / 3.0;
	count++;
}

static double series(int terms, double scale)
{
	double a = scale, b = 1.5, c = 0.25, d = -3.0, e = 11.0;

	for (int i = 1; i <= terms; i++) {
		a += b / i;
		b = c * i - a;
		c += d / (i + 1);
		d = e * 0.5 - c;
		e = a * 0.125 + i;
	}
	return a + b + c + d + e;
}

static void floating_point(void)
{
	/* Emulated CPUs take milliseconds for a signal. */
	struct itimerval it = { { 0, 10000 }, { 0, 10000 } };
	volatile double scale = 2.75;
	double want = series(2000, scale);
	long long end = abi_now_ms() + 2000;

	on_signal(SIGALRM, clobber, SA_RESTART);
	OK(setitimer(ITIMER_REAL, &it, NULL));
	while (count < 30 && abi_now_ms() < end) {
		double got = series(2000, scale);

		CHECK(memcmp(&got, &want, sizeof(got)) == 0);
	}
	CHECK(count > 0);
}

static void log_start(int sig)
{
	order[order_length++] = sig;
}

static void delivery_order(void)
{
	struct sigaction sa = { .sa_handler = log_start };
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	/* With the other masked, the lower number runs first. */
	sa.sa_mask = set;
	for (int nested = 0; nested < 2; nested++) {
		OK(sigaction(SIGUSR1, &sa, NULL));
		OK(sigaction(SIGUSR2, &sa, NULL));
		OK(sigprocmask(SIG_BLOCK, &set, &old));
		OK(kill(getpid(), SIGUSR2));
		OK(kill(getpid(), SIGUSR1));
		EQ(order_length, 0);
		OK(sigprocmask(SIG_SETMASK, &old, NULL));
		EQ(order_length, 2);
		EQ(order[0], nested ? SIGUSR2 : SIGUSR1);
		EQ(order[1], nested ? SIGUSR1 : SIGUSR2);
		/* Unmasked, the higher interrupts the lower before it begins. */
		sigemptyset(&sa.sa_mask);
		order_length = 0;
	}
}

static void jump_out(int sig)
{
	(void)sig;
	count++;
	siglongjmp(jump, count);
}

static void jumps(void)
{
	volatile char *bad = bad_ptr();
	sigset_t set;

	on_signal(SIGSEGV, jump_out, 0);
	for (volatile int i = 1; i <= 100; i++) {
		int value = sigsetjmp(jump, 1);

		if (value == 0)
			*bad = 1;
		EQ(value, i);
	}
	OK(sigprocmask(SIG_BLOCK, NULL, &set));
	EQ(sigismember(&set, SIGSEGV), 0);
	/* A jump that does not restore the mask leaves the signal blocked. */
	on_signal(SIGUSR1, jump_out, 0);
	if (sigsetjmp(jump, 0) == 0)
		kill(getpid(), SIGUSR1);
	OK(sigprocmask(SIG_BLOCK, NULL, &set));
	EQ(sigismember(&set, SIGUSR1), 1);
}

static void ignoring(void)
{
	sigset_t set;

	on_signal(SIGUSR1, SIG_IGN, 0);
	OK(kill(getpid(), SIGUSR1));
	/* Blocked and pending, then ignored: gone for good. */
	on_signal(SIGUSR2, tick, 0);
	sig_mask(SIG_BLOCK, SIGUSR2);
	OK(kill(getpid(), SIGUSR2));
	on_signal(SIGUSR2, SIG_IGN, 0);
	OK(sigpending(&set));
	EQ(sigismember(&set, SIGUSR2), 0);
	on_signal(SIGUSR2, tick, 0);
	sig_mask(SIG_UNBLOCK, SIGUSR2);
	EQ(count, 0);
	/* Back to a default that ignores drops it as well. */
	on_signal(SIGURG, tick, 0);
	sig_mask(SIG_BLOCK, SIGURG);
	OK(kill(getpid(), SIGURG));
	on_signal(SIGURG, SIG_DFL, 0);
	OK(sigpending(&set));
	EQ(sigismember(&set, SIGURG), 0);
}

static void harmless_defaults(void)
{
	OK(kill(getpid(), SIGCHLD));
	OK(kill(getpid(), SIGURG));
	OK(kill(getpid(), SIGWINCH));
	OK(kill(getpid(), SIGCONT));
	pid_t pid = OK(fork());

	if (pid == 0) {
		kill(getpid(), SIGRTMIN);
		_exit(0);
	}
	EQ(abi_wait(pid), SIGRTMIN);
}

static void forced_faults(void)
{
	for (int how = 0; how < 2; how++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			volatile char *bad = bad_ptr();

			OK(prctl(PR_SET_DUMPABLE, 0));
			if (how == 0) {
				on_signal(SIGSEGV, tick, 0);
				sig_mask(SIG_BLOCK, SIGSEGV);
			} else {
				on_signal(SIGSEGV, SIG_IGN, 0);
			}
			/* Sent by kill it can be blocked or ignored; a fault cannot. */
			kill(getpid(), SIGSEGV);
			abi_sleep_ms(1);
			if (how == 0) {
				on_signal(SIGSEGV, SIG_IGN, 0);
				on_signal(SIGSEGV, tick, 0);
			}
			*bad = 1;
			_exit(0);
		}
		EQ(abi_wait(pid), SIGSEGV);
	}
}

static void kill_errors(void)
{
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(0);
	EQ(abi_wait(pid), 0);
	FAILS(ESRCH, kill(pid, 0));
	FAILS(ESRCH, kill(-pid, 0));
	FAILS(ESRCH, kill(INT_MIN, 0));
	FAILS(EINVAL, kill(getpid(), 65));
	FAILS(EINVAL, kill(getpid(), -1));
	OK(kill(getpid(), 0));
	if (geteuid() != 0)
		return;
	pid = OK(fork());
	if (pid == 0) {
		drop_root();
		FAILS(EPERM, kill(getppid(), 0));
		FAILS(EPERM, kill(getppid(), SIGTERM));
		FAILS(EINVAL, kill(getppid(), 65));
		_exit(0);
	}
	child_join(pid);
}

/* As the kernel has it, without what the C library adds.  Where the kernel has code of its own that
 * calls sigreturn a handler can return to that. */
static void no_restorer(void)
{
	static const unsigned long flags[] = { 0, SA_SIGINFO };
	const int end = KERNEL_HAS_RESTORER ? 0 : SIGSEGV;

	for (int i = 0; i < 2; i++) {
		struct {
			void (*handler)(int);
			unsigned long flags, rest[4];
		} action = { .handler = tick, .flags = flags[i] };
		pid_t pid = OK(fork());

		if (pid == 0) {
			OK(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8));
			kill(getpid(), SIGUSR1);
			_exit(count != 1);
		}
		EQ(abi_wait(pid) & 0xff7f, end);	/* a core or not */
	}
}

static const struct abi_row rows[] = {
	{ runs_before_return, "kill to oneself runs the handler before it returns" },
	{ info_of_kill, "siginfo of kill and tgkill" },
	{ info_of_sigqueue, "siginfo of sigqueue" },
	{ info_of_child, "siginfo of a child's stop, continue and death" },
	{ info_of_faults, "siginfo of SIGSEGV and SIGBUS" },
	{ info_of_division, "siginfo of SIGFPE" },
	{ info_of_trap, "siginfo of a trap instruction" },
	{ info_of_timers, "siginfo of timers" },
	{ info_of_pipe, "SIGPIPE with EPIPE" },
	{ mask_in_handler, "the mask in a handler, and after it" },
	{ nodefer, "SA_NODEFER nests, its absence queues" },
	{ resethand, "SA_RESETHAND runs once" },
	{ onstack, "SA_ONSTACK and the alternate stack's flags" },
	{ altstack_errors, "sigaltstack errors and inheritance" },
	{ autodisarm, "SS_AUTODISARM" },
	{ stack_overflow, "stack overflow caught on the alternate stack" },
	{ context_mask, "a handler changes the mask it returns to" },
	{ no_child_stop, "SA_NOCLDSTOP" },
	{ no_child_wait, "SA_NOCLDWAIT" },
	{ errors, "sigaction errors" },
	{ old_action, "sigaction gives back what was set" },
	{ floating_point, "floating point survives handlers" },
	{ delivery_order, "order of two signals unblocked at once" },
	{ jumps, "siglongjmp out of handlers" },
	{ ignoring, "ignoring a pending signal drops it" },
	{ harmless_defaults, "default actions that ignore, and a real-time one that kills" },
	{ forced_faults, "a fault cannot be blocked or ignored" },
	{ kill_errors, "kill errors" },
	{ no_restorer, "handlers without a restorer" },
};

ABI_MAIN(rows)
