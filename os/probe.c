/* Host features, each tried on a throwaway child. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "um/os_process.h"

#include "sysdep/ptrace_user.h"

/* What the child's getpid must be made to return. */
enum { WRONG_PID = 0x5a5a };

static int probe_child(bool filter)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	pid_t pid = fork(), self;

	if (pid)
		return pid < 0 ? -errno : pid;
	self = getpid();	/* now: the filter catches this call,
				   and the C library's raise makes it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(1);
	if (filter && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)))
		_exit(1);
	kill(self, SIGSTOP);
	_exit(syscall(SYS_getpid) == WRONG_PID ? 0 : 2);
}

/* Of a stopped child, -1 if it cannot be asked: the number and the result of its system call. */
static long call_number(int pid)
{
	struct sys_pt_regs regs;

	return ptrace_getregs(pid, &regs) ? -1 : (long)PT_SYSCALL_NR(regs.regs);
}

static long call_result(int pid)
{
	struct sys_pt_regs regs;

	return ptrace_getregs(pid, &regs) ? -1 : (long)PT_SYSCALL_RET(regs.regs);
}

static int set_number(int pid, long nr)
{
	struct sys_pt_regs regs;
	int err = ptrace_getregs(pid, &regs);

	PT_SYSCALL_NR(regs.regs) = (unsigned long)nr;
	return err ? err : ptrace_setregs(pid, &regs);
}

/* The call, if it is still to be made, is not. */
static int set_result(int pid, long result)
{
	struct sys_pt_regs regs;
	int err = ptrace_getregs(pid, &regs);

	PT_SYSCALL_NR(regs.regs) = -1UL;
	PT_SYSCALL_RET(regs.regs) = (unsigned long)result;
	return err ? err : ptrace_setregs(pid, &regs);
}

/* Each returns 0 when the child has stopped in getpid with the result replaced. */
static int answer_syscall(int pid, const char **what)
{
	struct os_stop stop;

	*what = "waiting for PTRACE_SYSCALL's stops";
	for (bool entry = true;; entry = !entry) {
		if (os_resume(pid, OS_SYSCALL) || os_wait_stop(pid, true, &stop) ||
		    stop.why != STOP_SYSCALL)
			return -EIO;
		if (!entry || call_number(pid) != SYS_getpid)
			continue;
		*what = "changing a system call's number";
		if (set_number(pid, SYS_getppid))
			return -EIO;
		*what = "changing a system call's result";
		if (os_resume(pid, OS_SYSCALL) || os_wait_stop(pid, true, &stop) ||
		    call_result(pid) != getpid())
			return -EIO;
		return set_result(pid, WRONG_PID);
	}
}

static int answer_sysemu(int pid, const char **what)
{
	struct os_stop stop;

	*what = "PTRACE_SYSEMU";
	/* The raise that stopped the child ends first; what it calls then is answered with 0. */
	for (;;) {
		if (os_resume(pid, OS_SYSEMU) || os_wait_stop(pid, true, &stop) ||
		    stop.why != STOP_SYSCALL)
			return -EIO;
		if (call_number(pid) == SYS_getpid)
			return set_result(pid, WRONG_PID);
		if (set_result(pid, 0))
			return -EIO;
	}
}

static int answer_seccomp(int pid, const char **what)
{
	struct os_stop stop;

	*what = "a seccomp filter's RET_TRACE stop";
	if (os_resume(pid, OS_CONT) || os_wait_stop(pid, true, &stop) || stop.why != STOP_SECCOMP)
		return -EIO;
	*what = "dropping a system call at its RET_TRACE stop";
	return set_result(pid, WRONG_PID);
}

static int probe(bool filter, int (*answer)(int pid, const char **what), const char **what)
{
	int pid = probe_child(filter), status = -1, err = -EIO;

	*what = "starting a traced child";
	if (pid < 0)
		return pid;
	if (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		*what = "PTRACE_SETOPTIONS";
		if (!ptrace(PTRACE_SETOPTIONS, pid, 0,
			    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP))
			err = answer(pid, what);
		if (!err) {
			ptrace(PTRACE_CONT, pid, 0, 0);
			waitpid(pid, &status, 0);
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
		}
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return err;
}

int os_probe_ptrace(const char **what)
{
	return probe(false, answer_syscall, what);
}

int os_probe_sysemu(const char **what)
{
	return probe(false, answer_sysemu, what);
}

int os_probe_seccomp_trace(const char **what)
{
	return probe(true, answer_seccomp, what);
}

/* The SIGSYS handler answers the call: its result is whatever the handler leaves. */
static volatile sig_atomic_t trapped;

static void trap_handler(int sig __attribute__((unused)))
{
	trapped = 1;
}

static int trap_child(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	signal(SIGSYS, trap_handler);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 1;
	syscall(SYS_getpid);
	return trapped ? 0 : 2;
}

int os_probe_seccomp_trap(const char **what)
{
	pid_t pid = fork();
	int status;

	*what = "starting a child";
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(trap_child());
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	*what = "a seccomp filter with RET_TRAP";
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static void read_refused(int sig)
{
	(void)sig;
	_exit(0);
}

/* A child that tries to read a page which it may only execute. */
int os_probe_exec_only(const char **what)
{
	pid_t pid = fork();
	int status;

	*what = "a program that reads its own code sees the jumps that calls were turned into";
	if (pid < 0)
		return -errno;
	if (!pid) {
		volatile char *page = mmap(NULL, (size_t)getpagesize(), PROT_EXEC,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		signal(SIGSEGV, read_refused);
		if (page != MAP_FAILED)
			(void)*page;
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EACCES;
}
