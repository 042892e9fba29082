/* ptrace(2) requests and waits. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "um/os_process.h"
#include "um/os_reflect.h"

#include "ptrace_requests.h"
#include "sysdep/ptrace_user.h"

static void stop_decode(int status, struct os_stop *stop)
{
	int sig, event;

	if (!WIFSTOPPED(status)) {
		stop->why = STOP_GONE;
		return;
	}
	sig = WSTOPSIG(status);
	event = status >> 16;
	if (sig == (SIGTRAP | 0x80)) {
		stop->why = STOP_SYSCALL;
	} else if (event == PTRACE_EVENT_SECCOMP) {
		stop->why = STOP_SECCOMP;
	} else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK ||
		   event == PTRACE_EVENT_VFORK) {
		stop->why = STOP_EVENT_CLONE;
	} else {
		stop->why = STOP_SIGNAL;
		stop->sig = sig;
	}
}

int os_wait_stop(int tid, bool block, struct os_stop *stop)
{
	int status, got;

	do
		got = waitpid(tid, &status, __WALL | (block ? 0 : WNOHANG));
	while (got < 0 && errno == EINTR);
	stop->sig = 0;
	stop->tid = got;
	if (got < 0)
		return -errno;
	if (got == 0)
		stop->why = STOP_NONE;
	else
		stop_decode(status, stop);
	return 0;
}

int os_resume(int tid, enum os_resume how)
{
	static const int request[] = {
		[OS_CONT] = PTRACE_CONT,	       [OS_SYSCALL] = PTRACE_SYSCALL,
		[OS_SYSEMU] = REQUEST_SYSEMU,	       [OS_STEP] = PTRACE_SINGLESTEP,
		[OS_SYSEMU_STEP] = REQUEST_SYSEMU_STEP,
	};

	return ptrace(request[how], tid, 0, 0) ? -errno : 0;
}

int os_resume_signal(int tid, int sig)
{
	return ptrace(PTRACE_CONT, tid, 0, (long)sig) ? -errno : 0;
}

int os_get_siginfo(int tid, void *info)
{
	return ptrace(PTRACE_GETSIGINFO, tid, 0, info) ? -errno : 0;
}

int os_new_child(int tid, int *child)
{
	unsigned long message;

	if (ptrace(PTRACE_GETEVENTMSG, tid, 0, &message))
		return -errno;
	*child = (int)message;
	return 0;
}

int os_getregs(int tid, unsigned long *gp)
{
	return ptrace_getregs(tid, (struct sys_pt_regs *)gp);
}

int os_setregs(int tid, const unsigned long *gp)
{
	return ptrace_setregs(tid, (struct sys_pt_regs *)gp);
}

/* A word of the host's struct user. */
int os_peekuser(int tid, unsigned long offset, unsigned long *word)
{
	errno = 0;
	*word = (unsigned long)ptrace(PTRACE_PEEKUSER, tid, offset, 0);
	return -errno;
}

int os_pokeuser(int tid, unsigned long offset, unsigned long word)
{
	return ptrace(PTRACE_POKEUSER, tid, offset, word) ? -errno : 0;
}

int os_stop_thread(int tgid, int tid)
{
	return syscall(SYS_tgkill, tgid, tid, SIGSTOP) ? -errno : 0;
}

int os_kill_process(int pid)
{
	return kill(pid, SIGKILL) ? -errno : 0;
}

/* The CPUs that um was started with; os_set_cpu(-1) goes back to them. */
static const cpu_set_t *all_cpus(void)
{
	static cpu_set_t set;
	static bool known;

	if (!known)
		known = sched_getaffinity(0, sizeof(set), &set) == 0;
	return &set;
}

int os_set_cpu(int tid, int cpu)
{
	cpu_set_t one;

	if (cpu < 0)
		return sched_setaffinity(tid, sizeof(one), all_cpus()) ? -errno : 0;
	all_cpus();
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(tid, sizeof(one), &one) ? -errno : 0;
}

int os_set_cpus_but(int tid, int but)
{
	cpu_set_t set = *all_cpus();

	if (but >= 0 && CPU_COUNT(&set) > 1)
		CPU_CLR(but, &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

int os_other_cpu(int cpu)
{
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (i != cpu && CPU_ISSET(i, all_cpus()))
			return i;
	return cpu;
}

int os_current_cpu(void)
{
	return sched_getcpu();
}

/* A file of the thread's in /proc, as text; false: it cannot be read. */
static bool read_of_thread(int tgid, int tid, const char *name, char *text, size_t room)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", tgid, tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, room - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The first number of schedstat: time spent on a CPU, ns (proc(5), sched-stats.rst).  Hosts that do
 * not keep it (CONFIG_SCHED_INFO) have stat's times in user and kernel mode, fields 14 and 15, in
 * ticks; the name before them may hold blanks and parentheses. */
int os_thread_cpu_time(int tgid, int tid, u64 *ns)
{
	unsigned long user, system;
	const char *fields;
	char text[512];

	if (read_of_thread(tgid, tid, "schedstat", text, sizeof(text))) {
		*ns = strtoull(text, NULL, 10);
		return 0;
	}
	if (!read_of_thread(tgid, tid, "stat", text, sizeof(text)))
		return -EIO;
	fields = strrchr(text, ')');
	if (!fields || sscanf(fields, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			      &user, &system) != 2)
		return -EIO;
	*ns = (u64)(user + system) * (1000000000 / (u64)sysconf(_SC_CLK_TCK));
	return 0;
}
