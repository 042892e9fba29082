/*
 * probe_seccomp.c - what a filter can do with a call, and who else can be asked
 * about it: the program itself by a signal, its tracer, a supervisor.
 */
#include "probe.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <ucontext.h>

/* What older headers lack. */
#define PRCTL_SYSCALL_USER_DISPATCH 59
#define SI_SECCOMP 1 /* si_code of SIGSYS */
#define SI_USER_DISPATCH 2

/* Where the register that holds a call's result lies in a signal frame. */
#if defined(__x86_64__)
#define FRAME_RET(uc) ((uc)->uc_mcontext.gregs[REG_RAX])
#elif defined(__i386__)
#define FRAME_RET(uc) ((uc)->uc_mcontext.gregs[REG_EAX])
#elif defined(__aarch64__)
#define FRAME_RET(uc) ((uc)->uc_mcontext.regs[0])
#elif defined(__arm__)
#define FRAME_RET(uc) ((uc)->uc_mcontext.arm_r0)
#elif defined(__powerpc64__)
#define FRAME_RET(uc) ((uc)->uc_mcontext.gp_regs[3])
#define FRAME_CCR(uc) ((uc)->uc_mcontext.gp_regs[38])
#elif defined(__powerpc__)
#define FRAME_RET(uc) ((uc)->uc_mcontext.uc_regs->gregs[3])
#define FRAME_CCR(uc) ((uc)->uc_mcontext.uc_regs->gregs[38])
#elif defined(__s390x__)
#define FRAME_RET(uc) ((uc)->uc_mcontext.gregs[2])
#elif defined(__riscv)
#define FRAME_RET(uc) ((uc)->uc_mcontext.__gregs[10])
#endif

static volatile sig_atomic_t got_signal, got_code, got_call;
static volatile unsigned char selector;

static int filter_call(long nr, uint32_t action, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return syscall(SYS_seccomp, (long)SECCOMP_SET_MODE_FILTER, (long)flags,
		       &prog);
}

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	selector = 0;
	got_signal = sig;
	got_code = info->si_code;
	got_call = info->si_syscall;
	FRAME_RET(uc) = MAGIC;
#if defined(FRAME_CCR)
	FRAME_CCR(uc) &= ~CCR_SO;
#endif
}

static int catch_sigsys(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_sigsys;
	sa.sa_flags = SA_SIGINFO;
	return sigaction(SIGSYS, &sa, NULL);
}

static void probe_ret_errno(void)
{
	if (filter_call(SYS_getpid, SECCOMP_RET_ERRNO | EXDEV, 0))
		return no();
	if (syscall(SYS_getpid) == -1 && errno == EXDEV)
		yes();
	else
		value("no:result");
}

static void probe_ret_trap(void)
{
	long ret;

	if (catch_sigsys() || filter_call(SYS_getpid, SECCOMP_RET_TRAP, 0))
		return no();
	ret = syscall(SYS_getpid);
	if (got_signal != SIGSYS)
		value("no:no-signal");
	else if (got_code != SI_SECCOMP || got_call != SYS_getpid)
		value("no:siginfo-%d-%d", (int)got_code, (int)got_call);
	else if (ret != MAGIC)
		value("no:result-lost");
	else
		yes();
}

static int tracee_filtered_getpid(void)
{
	if (filter_call(SYS_getpid, SECCOMP_RET_TRACE, 0))
		return 3;
	return tracee_getpid();
}

static int tracee_filtered_umask(void)
{
	long ret;

	if (filter_call(SYS_umask, SECCOMP_RET_TRACE, 0))
		return 3;
	ret = syscall(SYS_umask, 077L);
	/* The tracer lets this one through. */
	if (syscall(SYS_umask, 022L) == 077)
		return 2;
	return ret == MAGIC ? 0 : 1;
}

static int at_seccomp(int status)
{
	return status >= 0 && WIFSTOPPED(status) &&
	       status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
}

static void probe_ret_trace(void)
{
	pid_t pid;

	expected = getpid();
	pid = tracee_start(tracee_filtered_getpid, PTRACE_O_TRACESECCOMP);
	if (pid < 0 || !at_seccomp(tracee_step(pid, PTRACE_CONT)) ||
	    tracee_set_nr(pid, SYS_getppid))
		return no();
	judge(pid);
}

/* The call is dropped and its result set, all at the one seccomp stop. */
static void probe_trace_one_stop(void)
{
	pid_t pid = tracee_start(tracee_filtered_umask, PTRACE_O_TRACESECCOMP);

	if (pid < 0 || !at_seccomp(tracee_step(pid, PTRACE_CONT)) ||
	    tracee_set_nr(pid, -1) || tracee_set_ret(pid, MAGIC) ||
	    !at_seccomp(tracee_step(pid, PTRACE_CONT)))
		return no();
	judge(pid);
}

static void user_notif(int add_fd)
{
	struct seccomp_notif notif;
	struct seccomp_notif_resp resp;
	struct seccomp_notif_addfd add;
	pid_t pid;
	int status;

	shared->number = -1;
	/* A child that shares the file descriptors, so the parent can serve. */
#if defined(__s390x__)
	pid = syscall(SYS_clone, 0L, (long)(CLONE_FILES | SIGCHLD), 0L, 0L, 0L);
#else
	pid = syscall(SYS_clone, (long)(CLONE_FILES | SIGCHLD), 0L, 0L, 0L, 0L);
#endif
	if (pid < 0)
		return no();
	if (pid == 0) {
		int fd = filter_call(SYS_getppid, SECCOMP_RET_USER_NOTIF,
				     SECCOMP_FILTER_FLAG_NEW_LISTENER);

		shared->number = fd < 0 ? -1000 - errno : fd;
		_exit(syscall(SYS_getppid) == MAGIC ? 0 : 1);
	}
	while (shared->number == -1)
		sched_yield();
	if (shared->number < 0) {
		errno = -1000 - shared->number;
		no();
		goto end;
	}
	memset(&notif, 0, sizeof(notif));
	memset(&resp, 0, sizeof(resp));
	if (ioctl(shared->number, SECCOMP_IOCTL_NOTIF_RECV, &notif)) {
		no();
		goto end;
	}
	if (add_fd) {
		memset(&add, 0, sizeof(add));
		add.id = notif.id;
		if (ioctl(shared->number, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0) {
			no();
			goto end;
		}
	}
	resp.id = notif.id;
	resp.val = MAGIC;
	if (ioctl(shared->number, SECCOMP_IOCTL_NOTIF_SEND, &resp) ||
	    waitpid(pid, &status, 0) != pid) {
		no();
		goto end;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		yes();
	else
		value("no:result");
	return;
end:
	kill(pid, SIGKILL);
}

static void probe_user_notif(void)
{
	user_notif(0);
}

static void probe_notif_addfd(void)
{
	user_notif(1);
}

static void probe_user_dispatch(void)
{
	long ret;

	if (catch_sigsys() || prctl(PRCTL_SYSCALL_USER_DISPATCH, 1L, 0L, 0L,
				    &selector))
		return no();
	selector = 1;
	ret = syscall(SYS_getpid);
	selector = 0;
	if (got_signal != SIGSYS)
		value("no:no-signal");
	else if (got_code != SI_USER_DISPATCH || got_call != SYS_getpid)
		value("no:siginfo-%d-%d", (int)got_code, (int)got_call);
	else if (ret != MAGIC)
		value("no:result-lost");
	else
		yes();
}

void probe_all_seccomp(void)
{
	probe("seccomp_filter", probe_ret_errno);
	probe("seccomp_ret_trap", probe_ret_trap);
	probe("seccomp_ret_trace", probe_ret_trace);
	probe("seccomp_trace_one_stop", probe_trace_one_stop);
	probe("seccomp_user_notif", probe_user_notif);
	probe("seccomp_notif_addfd", probe_notif_addfd);
	probe("syscall_user_dispatch", probe_user_dispatch);
}
