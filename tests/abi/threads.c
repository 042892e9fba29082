/*
 * Threads: raw clone with its tid words, the futex a dying thread wakes, what
 * threads share and what each has of its own, how they end, singly, as a
 * group and by exec, and signals aimed at one of them.
 */
#include "child.h"

#include <dirent.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define SHARE (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define STACK_SIZE (64 * 1024)

static char stack[STACK_SIZE] __attribute__((aligned(64)));

static pid_t gettid_raw(void)
{
	return syscall(SYS_gettid);
}

/* Waits until the kernel clears the tid word of an ending thread. */
static void join_word(atomic_int *word)
{
	int tid;

	while ((tid = atomic_load(word)) != 0)
		syscall(SYS_futex, word, FUTEX_WAIT, tid, NULL, NULL, 0);
}

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	EQ(pthread_create(&thread, NULL, fn, arg), 0);
	return thread;
}

static void join(pthread_t thread)
{
	EQ(pthread_join(thread, NULL), 0);
}

struct probe {
	atomic_int word, parent_word, ids[3];
};

/* Runs on the caller's libc TLS: raw calls only. */
static int raw_thread(void *arg)
{
	struct probe *probe = arg;

	probe->ids[0] = syscall(SYS_getpid);
	probe->ids[1] = syscall(SYS_gettid);
	probe->ids[2] = probe->parent_word;
	return 0;
}

static void clone_thread(void)
{
	struct probe probe = { .word = -1 };
	pid_t tid =
		OK(clone(raw_thread, stack + STACK_SIZE,
			 SHARE | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
			 &probe, &probe.parent_word, NULL, &probe.word));

	join_word(&probe.word);
	EQ(probe.ids[0], getpid());
	EQ(probe.ids[1], tid);
	EQ(probe.ids[2], tid);
	EQ(probe.parent_word, tid);
	CHECK(tid != getpid());
	EQ(gettid_raw(), getpid());
	FAILS(ECHILD, waitpid(tid, NULL, __WALL));
	FAILS(ECHILD, waitpid(-1, NULL, __WALL));
}

static int raw_set_address(void *arg)
{
	struct probe *probe = arg;

	probe->ids[0] = syscall(SYS_set_tid_address, &probe->word);
	probe->ids[1] = syscall(SYS_gettid);
	return 0;
}

static void set_tid_address(void)
{
	struct probe probe = { .word = 1 };

	OK(clone(raw_set_address, stack + STACK_SIZE, SHARE, &probe));
	join_word(&probe.word);
	CHECK(probe.ids[0] == probe.ids[1] && probe.ids[0] > 0);
	EQ(syscall(SYS_set_tid_address, &probe.parent_word), getpid());
}

static __thread int tls_zero;
static __thread int tls_set = 77;

static void *tls_thread(void *arg)
{
	EQ(tls_zero, 0);
	EQ(tls_set, 77);
	tls_zero = tls_set = (int)(intptr_t)arg;
	sched_yield();
	abi_sleep_ms(5);
	EQ(tls_zero, (intptr_t)arg);
	EQ(tls_set, (intptr_t)arg);
	return NULL;
}

static void thread_local(void)
{
	pthread_t threads[8];

	tls_zero = 5;
	for (intptr_t i = 0; i < 8; i++)
		threads[i] = start(tls_thread, (void *)(i + 100));
	for (int i = 0; i < 8; i++)
		join(threads[i]);
	EQ(tls_zero, 5);
	EQ(tls_set, 77);
}

static void *exit_raw(void *arg)
{
	syscall(SYS_exit, (int)(intptr_t)arg);
	return NULL;
}

static void thread_exit_alone(void)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		start(exit_raw, (void *)9);
		while (atoi(proc_field("/proc/self/status", "Threads")) != 1)
			abi_sleep_ms(1);
		_exit(0);
	}
	child_join(pid);
}

static void *exit_later(void *arg)
{
	abi_sleep_ms(50);
	syscall(SYS_exit, (int)(intptr_t)arg);
	return NULL;
}

static void leader_exits_first(void)
{
	int status;
	long long begin = abi_now_ms();
	pid_t pid = OK(fork());

	if (pid == 0) {
		start(exit_later, (void *)5);
		syscall(SYS_exit, 3);
	}
	EQ(waitpid(pid, &status, 0), pid);
	CHECK(abi_now_ms() - begin >= 40);
	/* The leader's code before Linux 6.0, the last thread's since. */
	CHECK(status == 3 << 8 || status == 5 << 8);
}

static void *group_exit(void *arg)
{
	abi_sleep_ms(10);
	syscall(SYS_exit_group, (int)(intptr_t)arg);
	return NULL;
}

static void group_exit_code(void)
{
	for (int leader_gone = 0; leader_gone < 2; leader_gone++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			start(group_exit, (void *)6);
			if (leader_gone)
				syscall(SYS_exit, 3);
			for (;;)
				pause();
		}
		EQ(abi_wait(pid), 6 << 8);
	}
}

static void *block_read(void *arg)
{
	char byte;

	read(*(int *)arg, &byte, 1);
	return NULL;
}

static void *block_futex(void *arg)
{
	for (;;)
		syscall(SYS_futex, arg, FUTEX_WAIT, 0, NULL, NULL, 0);
	return NULL;
}

static void *block_sleep(void *arg)
{
	(void)arg;
	abi_sleep_ms(100000);
	return NULL;
}

static void group_exit_blocked(void)
{
	int pipefd[2], word = 0;

	OK(pipe(pipefd));
	pid_t pid = OK(fork());

	if (pid == 0) {
		start(block_read, &pipefd[0]);
		start(block_futex, &word);
		start(block_sleep, NULL);
		abi_sleep_ms(20);
		_exit(4);
	}
	EQ(abi_wait(pid), 4 << 8);
}

static void *fatal(void *arg)
{
	abi_sleep_ms(10);
	syscall(SYS_tgkill, getpid(), gettid_raw(), (int)(intptr_t)arg);
	return NULL;
}

static void fatal_signal(void)
{
	static const int sigs[] = { SIGTERM, SIGKILL, SIGUSR1 };

	for (size_t i = 0; i < 3; i++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			start(block_sleep, NULL);
			start(fatal, (void *)(intptr_t)sigs[i]);
			for (;;)
				pause();
		}
		EQ(abi_wait(pid), sigs[i]);
	}
}

/* After an exec by a thread: alone, with the leader's pid. */
__attribute__((constructor)) static void after_exec(int argc, char **argv, char **envp)
{
	(void)envp;
	if (argc < 4 || strcmp(argv[1], "@exec") != 0)
		return;
	if (getpid() != atoi(argv[2]) || gettid_raw() != getpid())
		_exit(1);
	if (getppid() != atoi(argv[3]))
		_exit(2);
	_exit(atoi(proc_field("/proc/self/status", "Threads")) == 1 ? 0 : 3);
}

static char self_path[4096];

static void *exec_thread(void *arg)
{
	char self[12], parent[12];
	char *argv[] = { "zero", "@exec", self, parent, NULL }, *envp[] = { NULL };

	(void)arg;
	abi_sleep_ms(10);
	snprintf(self, sizeof(self), "%d", getpid());
	snprintf(parent, sizeof(parent), "%d", getppid());
	CHECK(gettid_raw() != getpid());
	OK(execve(self_path, argv, envp));
	return NULL;
}

static void exec_from_thread(void)
{
	/* Once the leader is gone, /proc/self/exe is too. */
	OK(readlink("/proc/self/exe", self_path, sizeof(self_path) - 1));
	for (int leader_gone = 0; leader_gone < 2; leader_gone++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			start(block_sleep, NULL);
			start(exec_thread, NULL);
			if (leader_gone)
				syscall(SYS_exit, 3);
			for (;;)
				pause();
		}
		child_join(pid);
	}
}

static atomic_int got_tid, ready_tid, stop;

static void note_tid(int sig)
{
	(void)sig;
	got_tid = gettid_raw();
}

static void *target(void *arg)
{
	(void)arg;
	ready_tid = gettid_raw();
	while (!stop)
		abi_sleep_ms(1);
	return NULL;
}

static void directed(void)
{
	on_signal(SIGUSR1, note_tid, 0);
	pthread_t thread = start(target, NULL);

	await(&ready_tid, 1);
	OK(syscall(SYS_tgkill, getpid(), (int)ready_tid, SIGUSR1));
	await(&got_tid, 1);
	EQ(got_tid, ready_tid);
	got_tid = 0;
	OK(syscall(SYS_tkill, getpid(), SIGUSR1));
	EQ(got_tid, getpid());
	got_tid = 0;
	OK(syscall(SYS_tkill, (int)ready_tid, SIGUSR1));
	await(&got_tid, 1);
	EQ(got_tid, ready_tid);
	stop = 1;
	join(thread);
}

static void tgkill_errors(void)
{
	pthread_t thread = start(target, NULL);
	int pid = getpid();

	await(&ready_tid, 1);
	int tid = ready_tid;

	OK(syscall(SYS_tgkill, pid, tid, 0));
	FAILS(ESRCH, syscall(SYS_tgkill, tid, tid, 0));
	FAILS(ESRCH, syscall(SYS_tgkill, tid, pid, 0));
	FAILS(EINVAL, syscall(SYS_tgkill, 0, tid, 0));
	FAILS(EINVAL, syscall(SYS_tgkill, pid, -1, 0));
	FAILS(EINVAL, syscall(SYS_tgkill, pid, tid, 65));
	FAILS(EINVAL, syscall(SYS_tgkill, pid, tid, -1));
	FAILS(EINVAL, syscall(SYS_tkill, 0, 0));
	/* kill() finds the process by any of its threads. */
	OK(kill(tid, 0));
	stop = 1;
	join(thread);
	while (syscall(SYS_tgkill, pid, tid, 0) == 0)
		abi_sleep_ms(1);
	FAILS(ESRCH, syscall(SYS_tkill, tid, 0));
}

static void *process_wide(void *arg)
{
	int fd = *(int *)arg;

	OK(close(fd));
	OK(chdir("d"));
	umask(031);
	on_signal(SIGUSR2, note_tid, 0);
	return NULL;
}

static void shared_state(void)
{
	int fd = OK(dup(0));
	char cwd[4096];
	struct sigaction sa;

	OK(mkdir("d", 0755));
	join(start(process_wide, &fd));
	FAILS(EBADF, fcntl(fd, F_GETFD));
	CHECK(getcwd(cwd, sizeof(cwd)) && strcmp(strrchr(cwd, '/'), "/d") == 0);
	EQ(umask(0), 031);
	OK(sigaction(SIGUSR2, NULL, &sa));
	CHECK(sa.sa_handler == note_tid);
}

static void *unsharing(void *arg)
{
	int fd = *(int *)arg;

	OK(unshare(CLONE_FILES | CLONE_FS));
	OK(close(fd));
	OK(chdir("d"));
	umask(031);
	FAILS(EINVAL, unshare(CLONE_VM));
	FAILS(EINVAL, unshare(CLONE_SIGHAND));
	return NULL;
}

static void unshared_state(void)
{
	int fd = OK(dup(0));
	char before[4096], after[4096];

	OK(mkdir("d", 0755));
	umask(022);
	CHECK(getcwd(before, sizeof(before)) != NULL);
	join(start(unsharing, &fd));
	OK(fcntl(fd, F_GETFD));
	CHECK(getcwd(after, sizeof(after)) && strcmp(before, after) == 0);
	EQ(umask(0), 022);
	FAILS(EINVAL, unshare(1 << 1));
}

static void *own_state(void *arg)
{
	char name[16] = "";
	sigset_t set;
	stack_t altstack;

	(void)arg;
	OK(pthread_sigmask(SIG_BLOCK, NULL, &set));
	EQ(sigismember(&set, SIGUSR1), 1);
	sig_mask(SIG_BLOCK, SIGUSR2);
	OK(sigaltstack(NULL, &altstack));
	EQ(altstack.ss_flags, SS_DISABLE);
	OK(prctl(PR_GET_NAME, name));
	EQ(strcmp(name, "leader"), 0);
	OK(prctl(PR_SET_NAME, "worker"));
	OK(setpriority(PRIO_PROCESS, 0, 9));
	return NULL;
}

static void per_thread_state(void)
{
	char name[16] = "";
	sigset_t set;
	stack_t altstack = { .ss_sp = malloc(65536), .ss_size = 65536 };

	sig_mask(SIG_BLOCK, SIGUSR1);
	OK(sigaltstack(&altstack, NULL));
	OK(prctl(PR_SET_NAME, "leader"));
	join(start(own_state, NULL));
	OK(sigprocmask(SIG_BLOCK, NULL, &set));
	EQ(sigismember(&set, SIGUSR2), 0);
	OK(sigaltstack(NULL, &altstack));
	EQ(altstack.ss_flags, 0);
	OK(prctl(PR_GET_NAME, name));
	EQ(strcmp(name, "leader"), 0);
	EQ(getpriority(PRIO_PROCESS, 0), 0);
}

static void *forking(void *arg)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(gettid_raw(), getpid());
		EQ(atoi(proc_field("/proc/self/status", "Threads")), 1);
		_exit(0);
	}
	*(pid_t *)arg = pid;
	return NULL;
}

static void fork_in_thread(void)
{
	pthread_t sleeper = start(target, NULL);
	pid_t pid = 0;

	join(start(forking, &pid));
	child_join(pid);
	stop = 1;
	join(sleeper);
}

static void *fork_and_die(void *arg)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		abi_sleep_ms(40);
		_exit(getppid() == *(pid_t *)arg ? 0 : 1);
	}
	*(pid_t *)arg = pid;
	return NULL;
}

static void parent_is_process(void)
{
	pid_t pid = getpid();

	join(start(fork_and_die, &pid));
	child_join(pid);
}

static void *count_up(void *arg)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&lock);
		++*(volatile int *)arg;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void contention(void)
{
	pthread_t threads[6];
	int count = 0;

	for (int i = 0; i < 6; i++)
		threads[i] = start(count_up, &count);
	for (int i = 0; i < 6; i++)
		join(threads[i]);
	EQ(count, 12000);
}

static void *add_one(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return NULL;
}

static void many_threads(void)
{
	atomic_int count = 0;
	pthread_t threads[64];

	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 64; i++)
			threads[i] = start(add_one, &count);
		for (int i = 0; i < 64; i++)
			join(threads[i]);
	}
	EQ(count, 256);
}

static void *keep_counting(void *arg)
{
	for (;;) {
		atomic_fetch_add((atomic_int *)arg, 1);
		abi_sleep_ms(1);
	}
	return NULL;
}

static void stop_all(void)
{
	atomic_int *count = shared_mem(2 * sizeof(*count));
	int status, before[2];
	pid_t pid = OK(fork());

	if (pid == 0) {
		start(keep_counting, &count[0]);
		keep_counting(&count[1]);
	}
	await(&count[0], 3);
	await(&count[1], 3);
	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	before[0] = count[0];
	before[1] = count[1];
	abi_sleep_ms(40);
	EQ(count[0], before[0]);
	EQ(count[1], before[1]);
	OK(kill(pid, SIGCONT));
	await(&count[0], before[0] + 1);
	await(&count[1], before[1] + 1);
	OK(kill(pid, SIGKILL));
	EQ(abi_wait(pid), SIGKILL);
}

static void task_directory(void)
{
	pthread_t thread = start(target, NULL);
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int found = 0, count = 0;

	CHECK(dir != NULL);
	await(&ready_tid, 1);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		found |= atoi(entry->d_name) == getpid() ? 1 : 0;
		found |= atoi(entry->d_name) == ready_tid ? 2 : 0;
	}
	EQ(count, 2);
	EQ(found, 3);
	stop = 1;
	join(thread);
}

static void *drop_uid(void *arg)
{
	(void)arg;
	OK(syscall(SYS_setuid, 65534));
	CHECK(syscall(SYS_geteuid) == 65534);
	return NULL;
}

static void own_credentials(void)
{
	if (geteuid() != 0)
		abi_skip("needs root");
	join(start(drop_uid, NULL));
	EQ(syscall(SYS_geteuid), 0);
}

static void *blocked_reader(void *arg)
{
	char byte;

	EQ(read(*(int *)arg, &byte, 1), 1);
	EQ(byte, 'x');
	return NULL;
}

static void block_is_own(void)
{
	int pipefd[2];

	OK(pipe(pipefd));
	pthread_t thread = start(blocked_reader, &pipefd[0]);

	abi_sleep_ms(20);
	EQ(write(pipefd[1], "x", 1), 1);
	join(thread);
}

static void *cancellable(void *arg)
{
	ready_tid = 1;
	block_read(arg);
	return NULL;
}

static void cancel(void)
{
	int pipefd[2];
	void *result = NULL;

	OK(pipe(pipefd));
	pthread_t thread = start(cancellable, &pipefd[0]);

	await(&ready_tid, 1);
	EQ(pthread_cancel(thread), 0);
	EQ(pthread_join(thread, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
}

static const struct abi_row rows[] = {
	{ clone_thread, "raw clone: ids, tid words, no child to wait for" },
	{ set_tid_address, "set_tid_address returns the tid and moves the word" },
	{ thread_local, "thread-local storage is each thread's own" },
	{ thread_exit_alone, "a thread's exit ends that thread only" },
	{ leader_exits_first, "the process lasts until its last thread" },
	{ group_exit_code, "exit_group from a thread ends all with its code" },
	{ group_exit_blocked, "exit_group ends threads blocked in calls" },
	{ fatal_signal, "a fatal signal to one thread ends all" },
	{ exec_from_thread, "exec by a thread takes the leader's place" },
	{ directed, "tgkill and tkill reach the thread named" },
	{ tgkill_errors, "tgkill and tkill errors" },
	{ shared_state, "descriptors, cwd, umask and handlers are shared" },
	{ unshared_state, "unshare splits descriptors and cwd off" },
	{ per_thread_state, "mask, alternate stack, name and nice are each thread's own" },
	{ fork_in_thread, "fork copies only the calling thread" },
	{ parent_is_process, "a child outlives the thread that made it" },
	{ contention, "a contended mutex counts right" },
	{ many_threads, "four rounds of sixty-four threads" },
	{ stop_all, "SIGSTOP stops every thread" },
	{ task_directory, "/proc/self/task lists the threads" },
	{ own_credentials, "raw setuid changes one thread" },
	{ block_is_own, "a blocked thread holds up no other" },
	{ cancel, "a blocked read is cancelled" },
};

ABI_MAIN(rows)
