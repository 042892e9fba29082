/*
 * prctl: name, death signal, dumpable, subreaper, timer slack, THP, seccomp
 * and the small read-only answers; who inherits what; EINVAL and EFAULT.
 */
#include "child.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>

static void name(void)
{
	char have[17];

	memset(have, 'z', sizeof(have));
	OK(prctl(PR_SET_NAME, "0123456789abcdefgh"));
	OK(prctl(PR_GET_NAME, have));
	EQ(memcmp(have, "0123456789abcde\0z", 17), 0);
	OK(prctl(PR_SET_NAME, "x"));
	OK(prctl(PR_GET_NAME, have));
	EQ(strcmp(have, "x"), 0);
	/* All sixteen bytes are written. */
	EQ(have[15], 0);
	OK(prctl(PR_SET_NAME, ""));
	OK(prctl(PR_GET_NAME, have));
	EQ(strcmp(have, ""), 0);
	FAILS(EFAULT, prctl(PR_SET_NAME, bad_ptr()));
	FAILS(EFAULT, prctl(PR_GET_NAME, bad_ptr()));
}

static void name_files(void)
{
	char have[32] = "";
	int fd;

	OK(prctl(PR_SET_NAME, "a b(c)"));
	fd = OK(open("/proc/self/comm", O_RDWR));
	EQ(read(fd, have, sizeof(have)), 7);
	EQ(memcmp(have, "a b(c)\n", 7), 0);
	EQ(strcmp(proc_field("/proc/self/status", "Name"), "a b(c)\n"), 0);
	EQ(write(fd, "written", 7), 7);
	OK(prctl(PR_GET_NAME, have));
	EQ(strcmp(have, "written"), 0);
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(prctl(PR_GET_NAME, have));
		EQ(strcmp(have, "written"), 0);
		_exit(0);
	}
	child_join(pid);
}

static void death_signal(void)
{
	int sig = -1;

	OK(prctl(PR_GET_PDEATHSIG, &sig));
	EQ(sig, 0);
	OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	OK(prctl(PR_GET_PDEATHSIG, &sig));
	EQ(sig, SIGUSR1);
	FAILS(EINVAL, prctl(PR_SET_PDEATHSIG, 65));
	FAILS(EINVAL, prctl(PR_SET_PDEATHSIG, -1));
	FAILS(EFAULT, prctl(PR_GET_PDEATHSIG, bad_ptr()));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(prctl(PR_GET_PDEATHSIG, &sig));
		EQ(sig, 0);
		_exit(0);
	}
	child_join(pid);
	OK(prctl(PR_SET_PDEATHSIG, 0));
	OK(prctl(PR_GET_PDEATHSIG, &sig));
	EQ(sig, 0);
}

static void death_signal_arrives(void)
{
	int hold[2], ready[2];
	char byte;

	OK(pipe(hold));
	OK(pipe(ready));
	pid_t pid = OK(fork());

	if (pid == 0) {
		if (OK(fork()) == 0) {
			sigset_t set;
			siginfo_t info;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR1);
			OK(sigprocmask(SIG_BLOCK, &set, NULL));
			OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
			OK(write(ready[1], "r", 1));
			EQ(sigwaitinfo(&set, &info), SIGUSR1);
			OK(write(hold[1], "s", 1));
			_exit(0);
		}
		EQ(read(ready[0], &byte, 1), 1);
		_exit(0);
	}
	close(hold[1]);
	child_join(pid);
	EQ(read(hold[0], &byte, 1), 1);
	EQ(byte, 's');
	EQ(read(hold[0], &byte, 1), 0);
}

static void dumpable(void)
{
	EQ(prctl(PR_GET_DUMPABLE), 1);
	OK(prctl(PR_SET_DUMPABLE, 0));
	EQ(prctl(PR_GET_DUMPABLE), 0);
	FAILS(EINVAL, prctl(PR_SET_DUMPABLE, 2));
	FAILS(EINVAL, prctl(PR_SET_DUMPABLE, -1));
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(prctl(PR_GET_DUMPABLE), 0);
		_exit(0);
	}
	child_join(pid);
	OK(prctl(PR_SET_DUMPABLE, 1));
	EQ(prctl(PR_GET_DUMPABLE), 1);
}

static void dumpable_after_setuid(void)
{
	if (geteuid() != 0)
		abi_skip("needs root");
	OK(setresuid(65534, 65534, 65534));
	/* fs.suid_dumpable decides between 0 and 2. */
	CHECK(OK(prctl(PR_GET_DUMPABLE)) != 1);
	OK(prctl(PR_SET_DUMPABLE, 1));
	EQ(prctl(PR_GET_DUMPABLE), 1);
}

static void subreaper(void)
{
	int is = -1;

	OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
	EQ(is, 0);
	OK(prctl(PR_SET_CHILD_SUBREAPER, 7));
	OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
	EQ(is, 1);
	OK(prctl(PR_SET_CHILD_SUBREAPER, 0));
	OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
	EQ(is, 0);
	FAILS(EFAULT, prctl(PR_GET_CHILD_SUBREAPER, bad_ptr()));
}

static void slack(void)
{
	int initial = OK(prctl(PR_GET_TIMERSLACK));

	CHECK(initial > 0);
	OK(prctl(PR_SET_TIMERSLACK, 123456));
	EQ(prctl(PR_GET_TIMERSLACK), 123456);
	pid_t pid = OK(fork());

	if (pid == 0) {
		/* A child's slack and its default are its parent's slack. */
		EQ(prctl(PR_GET_TIMERSLACK), 123456);
		OK(prctl(PR_SET_TIMERSLACK, 77));
		EQ(prctl(PR_GET_TIMERSLACK), 77);
		OK(prctl(PR_SET_TIMERSLACK, 0));
		EQ(prctl(PR_GET_TIMERSLACK), 123456);
		_exit(0);
	}
	child_join(pid);
	OK(prctl(PR_SET_TIMERSLACK, 0));
	EQ(prctl(PR_GET_TIMERSLACK), initial);
}

static void huge_pages(void)
{
	EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
	OK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
	FAILS(EINVAL, prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0));
	FAILS(EINVAL, prctl(PR_GET_THP_DISABLE, 0, 0, 1, 0));
	FAILS(EINVAL, prctl(PR_SET_THP_DISABLE, 1, 0, 1, 0));
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
		_exit(0);
	}
	child_join(pid);
	OK(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
	EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
}

static void keep_caps(void)
{
	EQ(prctl(PR_GET_KEEPCAPS), 0);
	OK(prctl(PR_SET_KEEPCAPS, 1));
	EQ(prctl(PR_GET_KEEPCAPS), 1);
	FAILS(EINVAL, prctl(PR_SET_KEEPCAPS, 2));
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(prctl(PR_GET_KEEPCAPS), 1);
		_exit(0);
	}
	child_join(pid);
	OK(prctl(PR_SET_KEEPCAPS, 0));
	EQ(prctl(PR_GET_KEEPCAPS), 0);
}

static void timing(void)
{
	EQ(prctl(PR_GET_TIMING), PR_TIMING_STATISTICAL);
	OK(prctl(PR_SET_TIMING, PR_TIMING_STATISTICAL));
	FAILS(EINVAL, prctl(PR_SET_TIMING, PR_TIMING_TIMESTAMP));
}

static void unknown(void)
{
	FAILS(EINVAL, prctl(0));
	FAILS(EINVAL, prctl(-1));
	FAILS(EINVAL, prctl(0x7fffffff));
	FAILS(EINVAL, prctl(9999, 1, 2, 3, 4));
}

static void tid_address(void)
{
	/* The kernel writes a pointer. */
	void *have = NULL;
	static int word;

	OK(syscall(SYS_set_tid_address, &word));
	if (prctl(PR_GET_TID_ADDRESS, &have) == -1 && errno == EINVAL)
		abi_skip("no checkpoint support");
	CHECK(have == &word);
	FAILS(EFAULT, prctl(PR_GET_TID_ADDRESS, bad_ptr()));
}

static void *thread_names(void *arg)
{
	char have[16];

	(void)arg;
	OK(prctl(PR_GET_NAME, have));
	EQ(strcmp(have, "main"), 0);
	OK(prctl(PR_SET_NAME, "other"));
	EQ(prctl(PR_GET_DUMPABLE), 0);
	OK(prctl(PR_SET_DUMPABLE, 1));
	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	return NULL;
}

static void scope(void)
{
	char have[16];
	pthread_t thread;

	OK(prctl(PR_SET_NAME, "main"));
	OK(prctl(PR_SET_DUMPABLE, 0));
	EQ(pthread_create(&thread, NULL, thread_names, NULL), 0);
	EQ(pthread_join(thread, NULL), 0);
	OK(prctl(PR_GET_NAME, have));
	EQ(strcmp(have, "main"), 0);
	EQ(prctl(PR_GET_DUMPABLE), 1);
	EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

static void strict_mode(void)
{
	EQ(prctl(PR_GET_SECCOMP), 0);
	for (int bad = 0; bad < 2; bad++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			OK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
			if (bad)
				syscall(SYS_getpid);
			else
				syscall(SYS_write, 2, "", 0);
			syscall(SYS_exit, 0);
		}
		EQ(abi_wait(pid) & 0x7f, bad ? SIGKILL : 0);
	}
}

static void filter_mode(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 77),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	drop_root();
	FAILS(EACCES, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	FAILS(EFAULT, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, bad_ptr()));
	FAILS(EINVAL, prctl(PR_SET_SECCOMP, 9, &program));
	OK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	FAILS(77, syscall(SYS_getppid));
	EQ(prctl(PR_GET_SECCOMP), 2);
	pid_t pid = OK(fork());

	if (pid == 0) {
		FAILS(77, syscall(SYS_getppid));
		_exit(0);
	}
	child_join(pid);
}

static void memory_map(void)
{
	if (!has_cap(CAP_SYS_RESOURCE)) {
		FAILS(EPERM, prctl(PR_SET_MM, PR_SET_MM_BRK, 0, 0, 0));
		return;
	}
	FAILS(EINVAL, prctl(PR_SET_MM, 9999, page_size(), 0, 0));
	FAILS(EINVAL, prctl(PR_SET_MM, PR_SET_MM_BRK, 0, 0, 1));
}

static const struct abi_row rows[] = {
	{ name, "PR_SET_NAME keeps fifteen bytes" },
	{ name_files, "the name in /proc/self, and in a child" },
	{ death_signal, "PR_SET_PDEATHSIG is not inherited" },
	{ death_signal_arrives, "the death signal arrives" },
	{ dumpable, "PR_SET_DUMPABLE" },
	{ dumpable_after_setuid, "a change of uid makes undumpable" },
	{ subreaper, "PR_SET_CHILD_SUBREAPER" },
	{ slack, "PR_SET_TIMERSLACK and its default" },
	{ huge_pages, "PR_SET_THP_DISABLE" },
	{ keep_caps, "PR_SET_KEEPCAPS" },
	{ timing, "PR_SET_TIMING" },
	{ unknown, "EINVAL for unknown options" },
	{ tid_address, "PR_GET_TID_ADDRESS" },
	{ scope, "what belongs to a thread and what to the process" },
	{ strict_mode, "strict seccomp" },
	{ filter_mode, "a seccomp filter returns an errno" },
	{ memory_map, "PR_SET_MM needs privilege and a known field" },
};

ABI_MAIN(rows)
