/* What the reflect gate asks of the host about the threads and processes of its spaces. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "um/os.h"
#include "um/os_event.h"
#include "um/os_reflect.h"

#include "sysdep/layer_syscall.h"

int os_futex_wake(const u32 *word)
{
	long woken = syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);

	return woken < 0 ? -errno : (int)woken;
}

int os_interrupt_thread(int pid, int tid)
{
	return syscall(SYS_tgkill, pid, tid, OS_INTERRUPT_SIGNAL) ? -errno : 0;
}

/* A file of the thread's in /proc, as text; its length or -errno. */
static ssize_t read_of_thread(int pid, int tid, const char *name, char *text, size_t room)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, room - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/* The third number of schedstat (Linux, Documentation/scheduler/sched-stats.rst). */
u64 os_thread_runs(int pid, int tid)
{
	unsigned long long ran, waited, runs;
	char text[96];

	if (read_of_thread(pid, tid, "schedstat", text, sizeof(text)) <= 0 ||
	    sscanf(text, "%llu %llu %llu", &ran, &waited, &runs) != 3)
		return 0;
	return runs;
}

/* proc(5), /proc/pid/syscall: the number, six arguments, stack pointer, program counter. */
bool os_thread_sleeps(int pid, int tid, unsigned long word, unsigned long sp, unsigned long ip)
{
	unsigned long arg[6], at_sp, at_ip;
	char text[256];
	long nr;

	if (read_of_thread(pid, tid, "syscall", text, sizeof(text)) <= 0)
		return false;
	if (sscanf(text, "%ld %lx %lx %lx %lx %lx %lx %lx %lx", &nr, &arg[0], &arg[1], &arg[2],
		   &arg[3], &arg[4], &arg[5], &at_sp, &at_ip) != 9)
		return false;
	return nr == SYS_futex && arg[0] == word && arg[1] == FUTEX_WAIT && at_sp == sp &&
	       at_ip == ip;
}

/* The same file. */
bool os_thread_runnable(int pid, int tid)
{
	char text[256];

	return read_of_thread(pid, tid, "syscall", text, sizeof(text)) > 0 &&
	       strncmp(text, "running", 7) == 0;
}

bool os_thread_exists(int pid, int tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, tid);
	return faccessat(AT_FDCWD, path, F_OK, 0) == 0;
}

int os_reap(int pid)
{
	int got;

	do
		got = waitpid(pid, NULL, WNOHANG | __WALL);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got == pid;
}

void os_reap_wait(int pid)
{
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

int os_reap_any(void)
{
	int got;

	do
		got = waitpid(-1, NULL, WNOHANG | __WALL);
	while (got < 0 && errno == EINTR);
	return got > 0 ? got : 0;
}

int os_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int os_ack_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

void os_yield_cpu(void)
{
	sched_yield();
}

bool os_wait_events(void)
{
	struct epoll_event event;

	return epoll_wait(os_event_fd(), &event, 1, -1) > 0;
}

size_t os_min_signal_stack(void)
{
	unsigned long size = getauxval(AT_MINSIGSTKSZ);

	return size ? size : (size_t)MINSIGSTKSZ;
}

u32 os_layer_ticks_per_us(void)
{
	static u32 per_us;

	if (!per_us) {
		u64 begin = os_clock_mono(), now;
		u32 ticks = layer_ticks();

		do
			now = os_clock_mono();
		while (now - begin < 200000);
		per_us = (u32)((u64)(layer_ticks() - ticks) * 1000 / (now - begin));
		per_us = per_us ? per_us : 1;
	}
	return per_us;
}
