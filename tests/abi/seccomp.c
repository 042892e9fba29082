/*
 * seccomp: actions of filters, which filter wins, inheritance, threads, what
 * is checked of a program, and what /proc shows.
 */
#include "child.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1	/* si_code, <asm-generic/siginfo.h> */
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RET(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static long seccomp(unsigned op, unsigned flags, void *args)
{
	return syscall(SYS_seccomp, op, flags, args);
}

static long try_install(struct sock_filter *code, unsigned short len)
{
	struct sock_fprog program = { len, code };

	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	return seccomp(SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* From now on, `action` for the call `nr`. */
static void on_call(unsigned nr, unsigned action)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		RET(action),
		RET(SECCOMP_RET_ALLOW),
	};

	OK(try_install(code, LEN(code)));
}

static void errno_limits(void)
{
	on_call(SYS_getppid, SECCOMP_RET_ERRNO | 5000);
	on_call(SYS_getuid, SECCOMP_RET_ERRNO);
	FAILS(4095, syscall(SYS_getppid));
	EQ(syscall(SYS_getuid), 0);
}

static void kills(unsigned action)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		on_call(SYS_getppid, action);
		syscall(SYS_getppid);
		_exit(0);
	}
	EQ(abi_wait(pid) & 0x7f, SIGSYS);
}

static void kill_actions(void)
{
	kills(SECCOMP_RET_KILL_PROCESS);
	kills(SECCOMP_RET_KILL_THREAD);
	kills(0x12340000);
}

static atomic_int thread_lives;

static void *thread_dies(void *arg)
{
	on_call(SYS_getppid, SECCOMP_RET_KILL_THREAD);
	atomic_store(&thread_lives, 1);
	syscall(SYS_getppid);
	atomic_store(&thread_lives, 2);
	return arg;
}

static void kill_thread(void)
{
	pthread_t thread;

	EQ(pthread_create(&thread, NULL, thread_dies, NULL), 0);
	EQ(pthread_join(thread, NULL), 0);
	EQ(atomic_load(&thread_lives), 1);
	CHECK(syscall(SYS_getppid) > 0);
}

static siginfo_t seen;
static volatile int seen_count;

static void on_sys(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	seen = *info;
	seen_count++;
}

static void trap_details(void)
{
	on_siginfo(SIGSYS, on_sys, 0);
	on_call(SYS_getppid, SECCOMP_RET_TRAP | 123);
	syscall(SYS_getppid);
	EQ(seen_count, 1);
	EQ(seen.si_signo, SIGSYS);
	EQ(seen.si_code, SYS_SECCOMP);
	EQ(seen.si_errno, 123);
	EQ(seen.si_syscall, SYS_getppid);
	CHECK(seen.si_call_addr != NULL);
	CHECK(seen.si_arch != 0);
}

static void trap_kills(int block)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		if (block)
			sig_mask(SIG_BLOCK, SIGSYS);
		else
			on_signal(SIGSYS, SIG_IGN, 0);
		on_call(SYS_getppid, SECCOMP_RET_TRAP);
		syscall(SYS_getppid);
		_exit(0);
	}
	EQ(abi_wait(pid) & 0x7f, SIGSYS);
}

static void trap_unhandled(void)
{
	trap_kills(0);
	trap_kills(1);
}

static void trace_without_tracer(void)
{
	on_call(SYS_getppid, SECCOMP_RET_TRACE | 5);
	FAILS(ENOSYS, syscall(SYS_getppid));
	on_call(SYS_getpid, SECCOMP_RET_LOG);
	EQ(syscall(SYS_getpid), getpid());
}

static void severest(void)
{
	on_call(SYS_getppid, SECCOMP_RET_ERRNO | 11);
	on_call(SYS_getppid, SECCOMP_RET_LOG);
	FAILS(11, syscall(SYS_getppid));
	/* Of equals the newest counts. */
	on_call(SYS_getppid, SECCOMP_RET_ERRNO | 12);
	FAILS(12, syscall(SYS_getppid));
	on_call(SYS_getppid, SECCOMP_RET_ALLOW);
	FAILS(12, syscall(SYS_getppid));
	EQ(strcmp(proc_field("/proc/self/status", "Seccomp"), "2\n"), 0);
	EQ(strcmp(proc_field("/proc/self/status", "Seccomp_filters"), "4\n"), 0);
}

static void arguments(void)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_lseek, 0, 10),
		LOAD(args[1]),
		BPF_STMT(BPF_ST, 3),
		LOAD(args[2]),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_MEM, 3),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 3),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SECCOMP_RET_DATA),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_A, 0),
		RET(SECCOMP_RET_ALLOW),
	};

	OK(try_install(code, LEN(code)));
	FAILS(36, syscall(SYS_lseek, -1, 10L, 2));
	FAILS(3, syscall(SYS_lseek, -1, 1L, 0));
}

static void division(void)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_lseek, 0, 6),
		LOAD(args[1]),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_IMM, 100),
		BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_A, 0),
		RET(SECCOMP_RET_ALLOW),
	};
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(try_install(code, LEN(code)));
		FAILS(25, syscall(SYS_lseek, -1, 4L, 0));
		syscall(SYS_lseek, -1, 0L, 0);
		_exit(0);
	}
	EQ(abi_wait(pid) & 0x7f, SIGSYS);
}

static void refused(struct sock_filter insn)
{
	struct sock_filter code[] = { insn, RET(SECCOMP_RET_ALLOW) };

	FAILS(EINVAL, try_install(code, LEN(code)));
}

static void bad_programs(void)
{
	struct sock_filter no_return[] = { BPF_STMT(BPF_LD | BPF_IMM, 1) };
	struct sock_filter unset[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_ST, 0),
		BPF_STMT(BPF_LD | BPF_MEM, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};

	refused((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64));
	refused((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2));
	refused((struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0));
	refused((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0));
	refused((struct sock_filter)BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0));
	refused((struct sock_filter)BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3));
	refused((struct sock_filter)BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32));
	refused((struct sock_filter)BPF_STMT(BPF_ST, BPF_MEMWORDS));
	refused((struct sock_filter)BPF_STMT(BPF_LD | BPF_MEM, 0));
	refused((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
	refused((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, -1));
	refused((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1));
	refused((struct sock_filter)BPF_STMT(0xffff, 0));
	FAILS(EINVAL, try_install(no_return, 1));
	FAILS(EINVAL, try_install(no_return, 0));
	FAILS(EINVAL, try_install(unset, LEN(unset)));
	FAILS(EFAULT, try_install(bad_ptr(), 3));
	EQ(prctl(PR_GET_SECCOMP), 0);
}

static void operations(void)
{
	unsigned action = SECCOMP_RET_ERRNO, unknown = 0x12340000;
	struct seccomp_notif_sizes sizes;
	struct sock_filter code[] = { RET(SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 1, code };

	FAILS(EINVAL, seccomp(99, 0, NULL));
	FAILS(EINVAL, seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL));
	FAILS(EINVAL, seccomp(SECCOMP_SET_MODE_STRICT, 0, &action));
	OK(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action));
	FAILS(EINVAL, seccomp(SECCOMP_GET_ACTION_AVAIL, 1, &action));
	FAILS(EOPNOTSUPP, seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &unknown));
	FAILS(EFAULT, seccomp(SECCOMP_GET_ACTION_AVAIL, 0, bad_ptr()));
	OK(seccomp(SECCOMP_GET_NOTIF_SIZES, 0, &sizes));
	EQ(sizes.seccomp_data, sizeof(struct seccomp_data));
	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	FAILS(EINVAL, seccomp(SECCOMP_SET_MODE_FILTER, 1u << 20, &program));
	OK(seccomp(SECCOMP_SET_MODE_FILTER,
		   SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program));
	/* The mode cannot change any more. */
	FAILS(EINVAL, prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	FAILS(EINVAL, seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL));
}

static atomic_int stage;

static void *waits_for_sync(void *arg)
{
	atomic_store(&stage, 1);
	await(&stage, 2);
	FAILS(44, syscall(SYS_getppid));
	EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	return arg;
}

static void thread_sync(void)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		RET(SECCOMP_RET_ERRNO | 44),
		RET(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { LEN(code), code };
	pthread_t thread;

	EQ(pthread_create(&thread, NULL, waits_for_sync, NULL), 0);
	await(&stage, 1);
	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	EQ(seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program), 0);
	atomic_store(&stage, 2);
	EQ(pthread_join(thread, NULL), 0);
}

static atomic_int other_tid;

static void *has_own_filter(void *arg)
{
	on_call(SYS_getuid, SECCOMP_RET_ERRNO | 45);
	atomic_store(&other_tid, (int)syscall(SYS_gettid));
	atomic_store(&stage, 1);
	await(&stage, 2);
	return arg;
}

static void thread_sync_fails(void)
{
	struct sock_filter code[] = { RET(SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 1, code };
	pthread_t thread;

	EQ(pthread_create(&thread, NULL, has_own_filter, NULL), 0);
	await(&stage, 1);
	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	EQ(seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program),
	   atomic_load(&other_tid));
	FAILS(ESRCH, seccomp(SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
			     &program));
	EQ(prctl(PR_GET_SECCOMP), 0);
	atomic_store(&stage, 2);
	EQ(pthread_join(thread, NULL), 0);
}

static void exec_keeps(void)
{
	char *argv[] = { "/proc/self/exe", "no such row", NULL };
	pid_t pid = OK(fork());

	if (pid == 0) {
		on_call(SYS_brk, SECCOMP_RET_KILL_PROCESS);
		execv(argv[0], argv);
		_exit(3);
	}
	EQ(abi_wait(pid) & 0x7f, SIGSYS);
}

static const struct abi_row rows[] = {
	{ errno_limits, "SECCOMP_RET_ERRNO and its limits" },
	{ kill_actions, "the kill actions, and unknown ones" },
	{ kill_thread, "SECCOMP_RET_KILL_THREAD ends only the thread" },
	{ trap_details, "SECCOMP_RET_TRAP and its siginfo" },
	{ trap_unhandled, "a trap ignored or blocked kills" },
	{ trace_without_tracer, "TRACE without a tracer; LOG" },
	{ severest, "the severest answer of all filters counts" },
	{ arguments, "a filter computes with arguments" },
	{ division, "division, and by zero" },
	{ bad_programs, "programs that are refused" },
	{ operations, "seccomp(2)'s operations and flags" },
	{ thread_sync, "TSYNC brings a thread in line" },
	{ thread_sync_fails, "TSYNC names a thread that differs" },
	{ exec_keeps, "exec keeps filters" },
};

ABI_MAIN(rows)
