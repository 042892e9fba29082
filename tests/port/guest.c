/*
 * What the guest levels of port-check run inside um: `guest first` is a first program, without
 * more than a few system calls; `guest processes` forks, runs programs, makes threads with their
 * own thread-local variables, and handles signals while the FPU is in use.
 *
 * The same TAP as the other levels': each check begins with the hook that is most likely at fault.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, ROUNDS = 200 };

/* --- a first program */

static int first(int argc, char **argv)
{
	struct utsname name;
	_Alignas(16) volatile char here = 0;

	check("arch_start_thread", "main has its arguments", argc == 2 && !strcmp(argv[1], "first"));
	check("STACK_ALIGN", "the stack is aligned", (uintptr_t)&here % 16 == 0);
	check("UPT_SYSCALL_RET", "a process has a number", getpid() > 1);
	check("UPT_SYSCALL_ARG1", "uname fills a structure", !uname(&name) && !strcmp(name.sysname, "Linux"));
	errno = 0;
	check("UPT_SET_SYSCALL_RETURN", "an error is an error", close(-1) == -1 && errno == EBADF);
	return checks_done();
}

/* --- processes */

static int exit_status(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static void check_fork(void)
{
	volatile int shared = 1;
	pid_t pid = fork();

	if (pid == 0) {
		shared = 2;
		_exit(shared + 40);
	}
	check("UPT_SET_SYSCALL_RETURN", "fork returns in the parent and in the child", pid > 0);
	check("UPT_SET_SYSCALL_RETURN", "... whose memory is its own",
	      exit_status(pid) == 42 && shared == 1);
}

static void check_exec(const char *self)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(1);
		execl(self, self, "first", (char *)NULL);
		_exit(99);
	}
	check("arch_start_thread", "fork, then exec", exit_status(pid) == 0);
}

/* 64-bit arguments, which 32-bit CPUs pass in two registers. */
static void check_wide(void)
{
	const off_t far = 0x100000000LL + 5;
	FILE *file = tmpfile();
	int fd = file ? fileno(file) : -1;
	char got = 0;

	check("UPT_SYSCALL_ARG6", "a file of 4 GiB, by 64-bit offsets",
	      fd >= 0 && pwrite(fd, "x", 1, far) == 1 && lseek(fd, 0, SEEK_END) == far + 1);
	check("UPT_SYSCALL_ARG6", "... is read there", pread(fd, &got, 1, far) == 1 && got == 'x' &&
	      pread(fd, &got, 1, 5) == 1 && got == 0);
}

/* --- threads */

static __thread unsigned long own = 0x1000;

static void *thread_main(void *arg)
{
	unsigned long n = (unsigned long)arg;

	if (own != 0x1000)
		return NULL;
	for (int i = 0; i < ROUNDS; i++) {
		own = n * 1000 + (unsigned long)i;
		sched_yield();
		if (own != n * 1000 + (unsigned long)i)
			return NULL;
	}
	return (void *)own;
}

static void check_threads(void)
{
	pthread_t threads[THREADS];
	bool made = true, own_each = true;

	for (unsigned long n = 0; n < THREADS; n++)
		made = made && !pthread_create(&threads[n], NULL, thread_main, (void *)(n + 1));
	if (!check("ARCH_CLONE_TLS_LAST", "threads are made", made))
		return;
	for (unsigned long n = 0; n < THREADS; n++) {
		void *result = NULL;

		pthread_join(threads[n], &result);
		own_each = own_each && result == (void *)((n + 1) * 1000 + ROUNDS - 1);
	}
	check("arch_set_tls", "each thread has its own variables", own_each && own == 0x1000);
}

/* --- signals */

static volatile sig_atomic_t handled;
static volatile double handler_value;

static void on_signal(int sig)
{
	double x = sig;

	for (int i = 0; i < 50; i++)
		x = x * 1.25 - i;
	handler_value = x;
	handled++;
}

static void check_signals(void)
{
	double x = 1, y = 1;
	bool same = true;

	signal(SIGUSR1, on_signal);
	for (int i = 0; i < ROUNDS; i++) {
		x = x * 1.0625 + i;
		raise(SIGUSR1);
		y = y * 1.0625 + i;
		same = same && x == y;
	}
	check("arch_signal_frame", "handlers run, and return", handled == ROUNDS);
	check("copy_sc_to_user", "... without a trace in the FPU", same);
}

static volatile uintptr_t fault_at;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	fault_at = (uintptr_t)info->si_addr;
	mprotect(info->si_addr, 1, PROT_READ | PROT_WRITE);
}

static void check_fault(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	sigaction(SIGSEGV, &action, NULL);
	*(volatile char *)page = 7;
	check("arch_fault_info", "a handler hears of a fault, and cures it",
	      fault_at == (uintptr_t)page && *page == 7);
}

static void check_restart(void)
{
	int fd[2];
	char byte = 0;
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	pid_t parent = getpid(), pid;

	sigaction(SIGUSR2, &action, NULL);
	handled = 0;
	if (pipe(fd))
		return;
	pid = fork();
	if (pid == 0) {
		usleep(50000);
		kill(parent, SIGUSR2);
		usleep(50000);
		_exit(write(fd[1], "y", 1) == 1 ? 0 : 1);
	}
	check("UPT_RESTART_SYSCALL", "a read goes on after a signal",
	      read(fd[0], &byte, 1) == 1 && byte == 'y' && handled == 1);
	exit_status(pid);
}

static int processes(const char *self)
{
	check_fork();
	check_exec(self);
	check_wide();
	check_threads();
	check_signals();
	check_fault();
	check_restart();
	return checks_done();
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "processes"))
		return processes(argv[0]);
	return first(argc, argv);
}
