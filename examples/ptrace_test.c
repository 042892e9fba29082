/*
 * Can this host run um through ptrace?  The porting guide's question, asked in the smallest way:
 * a child calls getpid twice and prints what it got, while its parent turns each of these calls
 * into getppid by changing the call's number.  So the child must see its parent's pid:
 *
 *	Parent pid = 3246
 *	getpid() returned 3246
 *	getpid() returned 3246
 *
 * What depends on the CPU is the port's ptrace_user: PT_SYSCALL_NR, and how registers are read and
 * written.  Where the host refuses, the program says what failed and exits with 1.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sysdep/ptrace_user.h"

static pid_t child;

static void die(const char *what)
{
	fprintf(stderr, "ptrace_test: %s: %s\n", what, strerror(errno));
	if (child > 0)
		kill(child, SIGKILL);
	exit(1);
}

/* The C library may remember its pid: only the system call itself asks the host. */
static void print_pid(long wanted)
{
	long got = syscall(SYS_getpid);

	printf("getpid() returned %ld\n", got);
	fflush(stdout);
	if (got != wanted) {
		fprintf(stderr, "ptrace_test: the host made the call with its old number\n");
		exit(1);
	}
}

static void child_main(long parent)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		die("ptrace(PTRACE_TRACEME), letting the parent trace");
	kill(getpid(), SIGSTOP);
	print_pid(parent);
	print_pid(parent);
	exit(0);
}

/* Waits for the child's next stop; its end is the program's end. */
static int wait_stop(void)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		die("waiting for the child");
	if (WIFEXITED(status))
		exit(WEXITSTATUS(status) ? 1 : 0);
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "ptrace_test: the child was killed by signal %d\n",
			WTERMSIG(status));
		exit(1);
	}
	return WSTOPSIG(status);
}

/* The child is before a system call, or behind one: there the number has been changed already. */
static void change_call(void)
{
	struct sys_pt_regs regs;

	if (ptrace_getregs(child, &regs))
		die("reading a system call's number through ptrace");
	if ((int)PT_SYSCALL_NR(regs.regs) != SYS_getpid)
		return;
	PT_SYSCALL_NR(regs.regs) = SYS_getppid;
	if (ptrace_setregs(child, &regs))
		die("changing a system call's number through ptrace");
}

int main(void)
{
	pid_t parent = getpid();
	int sig = 0;

	printf("Parent pid = %d\n", parent);
	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0)
		child_main(parent);
	if (wait_stop() != SIGSTOP) {
		fprintf(stderr, "ptrace_test: the child did not stop as it should\n");
		kill(child, SIGKILL);
		exit(1);
	}
	if (ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		die("ptrace(PTRACE_SETOPTIONS)");
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, 0, (long)sig))
			die("ptrace(PTRACE_SYSCALL), running to the next system call");
		sig = wait_stop();
		if (sig != (SIGTRAP | 0x80))
			continue;
		sig = 0;
		change_call();
	}
}
