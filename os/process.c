/*
 * The host processes that K starts for the ptrace gate: the zygote, from which spaces are
 * cloned, and the bell.  Both are traced by K, and end with it (PTRACE_O_EXITKILL, and
 * PR_SET_PDEATHSIG for the moment before it is set).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "um/os.h"
#include "um/os_confine.h"
#include "um/os_process.h"
#include "um/os_vdso.h"
#include "um/ptrace_host.h"

#define TRACE_OPTIONS                                                                              \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |    \
	 PTRACE_O_TRACEVFORK | PTRACE_O_TRACESECCOMP)

/* The C library has told the host kernel about areas of this process (rseq, robust list, thread
 * id) that it would write to after they have become the guest's: take that back. */
void os_forget_libc_areas(void)
{
#ifdef RSEQ_SIG
	if (__rseq_size)
		syscall(SYS_rseq, (char *)PT_THREAD_POINTER + __rseq_offset, 32, 1, RSEQ_SIG);
#endif
	syscall(SYS_set_robust_list, NULL, 3 * sizeof(long));
	syscall(SYS_set_tid_address, NULL);
}

static int install_trace_filter(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE) };
	struct sock_fprog program = { 1, code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* The child's side: never returns. */
static void zygote_child(const struct os_zygote *z, int parent)
{
	const struct rlimit no_core = { 0, 0 };
	int physmem, channel, self = getpid();
	sigset_t none;

	sigemptyset(&none);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setsid();
	setrlimit(RLIMIT_CORE, &no_core);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	munmap((void *)z->layer_addr, z->reserved);
	/* Out of the way first: the wanted numbers may be in use by the other. */
	physmem = fcntl(z->physmem_fd, F_DUPFD, 10);
	channel = fcntl(z->channel_fd, F_DUPFD, 10);
	if (mmap((void *)z->layer_addr, z->layer_size, PROT_READ | PROT_EXEC,
		 MAP_SHARED | MAP_FIXED_NOREPLACE, z->layer_fd, 0) == MAP_FAILED ||
	    mmap((void *)z->channel_addr, z->page_size, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE,
		 z->channel_fd, 0) == MAP_FAILED)
		_exit(2);
	/* From here on the C library's own clock functions would jump into nothing. */
	if (z->vdso_addr && os_vdso_move(z->vdso_addr))
		_exit(7);
	if (dup2(physmem, ZYGOTE_PHYSMEM_FD) < 0 || dup2(channel, ZYGOTE_CHANNEL_FD) < 0)
		_exit(3);
	close(0);
	close(1);
	close(2);
	syscall(SYS_close_range, ZYGOTE_CHANNEL_FD + 1, ~0U, 0);
	os_forget_libc_areas();
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(4);
	raise(SIGSTOP);
	if (z->trace_filter && install_trace_filter())
		_exit(5);
	/* A second filter would overrule the one that traces.  Without any, on a host that has
	 * none, K's tracing alone decides what spaces may call, as it does anyway. */
	if (!z->trace_filter)
		os_confine_space();
	syscall(SYS_tgkill, self, self, SIGSTOP);
	_exit(6);
}

/* Waits for a traced child's SIGSTOP; -errno, or -ECHILD when it ended instead. */
static int wait_for_stop(int pid)
{
	struct os_stop stop;
	int err;

	for (;;) {
		err = os_wait_stop(pid, true, &stop);
		if (err)
			return err;
		if (stop.why == STOP_GONE)
			return -ECHILD;
		if (stop.why == STOP_SIGNAL && stop.sig == SIGSTOP)
			return 0;
		err = os_resume(pid, OS_CONT);
		if (err)
			return err;
	}
}

static int trace_child(int pid)
{
	int err = wait_for_stop(pid);

	if (!err && ptrace(PTRACE_SETOPTIONS, pid, 0, TRACE_OPTIONS))
		err = -errno;
	if (err) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, __WALL);
	}
	return err;
}

int os_zygote_start(const struct os_zygote *zygote)
{
	int parent = getpid(), err;
	pid_t pid = fork();

	if (pid == 0)
		zygote_child(zygote, parent);
	if (pid < 0)
		return -errno;
	os_confine_allow(OS_CALLS_TRACE);
	err = trace_child(pid);
	if (err)
		return err;
	err = os_resume(pid, OS_CONT);
	if (!err)
		err = wait_for_stop(pid);
	return err ? err : pid;
}

/* In the bell: a copy of K's memory that shares only the descriptors. */
static void bell_child(int epoll_fd, int parent)
{
	struct epoll_event event;
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGSTOP);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "um-bell");
	if (getppid() != parent || ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(1);
	raise(SIGSTOP);
	for (;;) {
		if (epoll_wait(epoll_fd, &event, 1, -1) > 0)
			syscall(SYS_tgkill, getpid(), getpid(), SIGSTOP);
		else if (errno != EINTR)
			_exit(2);
	}
}

int os_bell_start(int epoll_fd)
{
	int parent = getpid();
	pid_t pid = (pid_t)syscall(SYS_clone, (long)(CLONE_FILES | SIGCHLD), 0, 0, 0, 0);
	int err;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		bell_child(epoll_fd, parent);
	err = trace_child(pid);
	if (!err)
		err = os_resume(pid, OS_CONT);
	return err ? err : pid;
}

int os_set_parent_death_kill(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}
