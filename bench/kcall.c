/*
 * What K itself takes for a system call: everything from the dispatch of a call to the moment
 * before user code would go on, and nothing of the way in and out.  This is um's own code linked
 * with one change: when init is to run its first user code, the calls of this file are made
 * instead, as init's, and each also natively, in turns.
 */
#include <asm/unistd.h>
#include <linux/eventpoll.h>
#include <linux/futex.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/socket.h>

#include "kcall.h"
#include "sysdep/frame.h"
#include "um/boot.h"
#include "um/bug.h"
#include "um/fs.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/signal.h"
#include "um/syscall.h"
#include "um/uaccess.h"

enum { ROUNDS = 15, CALLS = 20000 };

/* Offsets into a way's memory. */
enum { AT_TEXT = 0, AT_BUF = 4096, AT_OUT = 16384, AT_WORD = 32768 };

void __wrap_user_mode_run(struct task *task, bool single_step);

/* --- the calls, made of K */

static long kernel_call(long nr, unsigned long a, unsigned long b, unsigned long c,
			unsigned long d)
{
	struct task *task = current;
	struct uml_pt_regs *regs = &task->regs;

	regs->syscall = nr;
	UPT_ORIG_SYSCALL(regs) = (unsigned long)nr;
	UPT_SYSCALL_ARG1(regs) = a;
	UPT_SYSCALL_ARG2(regs) = b;
	UPT_SYSCALL_ARG3(regs) = c;
	UPT_SYSCALL_ARG4(regs) = d;
	syscall_dispatch(task);
	if (task->sigpending || task->in_syscall)
		signals_deliver(task);
	return UPT_SYSCALL_RET(regs);
}

static void kernel_put(unsigned long to, const void *from, unsigned long n)
{
	BUG_ON(copy_to_user(to, from, n));
}

/* The signal's frame is on the stack and would be left by the handler's return. */
static void kernel_signal_return(void)
{
	UPT_SP(&current->regs) += FRAME_SP_AT_SIGRETURN;
	kernel_call(__NR_rt_sigreturn, 0, 0, 0, 0);
}

static struct kcall_way kernel;

/* As rt_sigaction(2) takes it where there is a restorer. */
static void kernel_take_signal(void)
{
	unsigned long action[4] = { 0x1000, SA_RESTORER, 0x1000, 0 };

	kernel_put(kernel.mem + AT_TEXT, action, sizeof(action));
	kernel_call(__NR_rt_sigaction, SIGUSR2, kernel.mem + AT_TEXT, 0, sizeof(ksigset_t));
}

static struct kcall_way kernel = {
	.call = kernel_call,
	.put = kernel_put,
	.take_signal = kernel_take_signal,
	.signal_return = kernel_signal_return,
};

/* --- rows: prepare gives up to two descriptors, run makes the calls */

struct row {
	const char *name;
	void (*prepare)(const struct kcall_way *way, int fd[2]);
	void (*run)(const struct kcall_way *way, const int fd[2], int calls);
};

static int must(long fd)
{
	BUG_ON(fd < 0);
	return (int)fd;
}

static void put_path(const struct kcall_way *way, const char *path)
{
	way->put(way->mem + AT_TEXT, path, strlen(path) + 1);
}

static int open_path(const struct kcall_way *way, const char *path, int flags)
{
	put_path(way, path);
	return must(way->call(__NR_openat, AT_FDCWD, way->mem + AT_TEXT, flags, 0));
}

static void prepare_nothing(const struct kcall_way *way __maybe_unused, int fd[2] __maybe_unused)
{
}

static void prepare_zero(const struct kcall_way *way, int fd[2])
{
	fd[0] = open_path(way, "/dev/zero", O_RDONLY);
}

static void prepare_null(const struct kcall_way *way, int fd[2])
{
	fd[0] = open_path(way, "/dev/null", O_WRONLY);
}

static void prepare_path(const struct kcall_way *way, int fd[2] __maybe_unused)
{
	put_path(way, KCALL_FILE);
}

static void prepare_file(const struct kcall_way *way, int fd[2])
{
	fd[0] = open_path(way, KCALL_FILE, O_RDONLY);
}

static void prepare_tmpfs(const struct kcall_way *way, int fd[2])
{
	put_path(way, "kcall");
	fd[0] = must(way->call(__NR_memfd_create, way->mem + AT_TEXT, 0, 0, 0));
	way->call(__NR_pwrite64, fd[0], way->mem + AT_BUF, 4096, 0);
}

static void take_pair(const struct kcall_way *way, int fd[2])
{
	if (way == &kernel)
		BUG_ON(copy_from_user(fd, way->mem + AT_OUT, 2 * sizeof(int)));
	else
		memcpy(fd, (void *)(way->mem + AT_OUT), 2 * sizeof(int));
}

static void prepare_pipe(const struct kcall_way *way, int fd[2])
{
	must(way->call(__NR_pipe2, way->mem + AT_OUT, 0, 0, 0));
	take_pair(way, fd);
}

static void prepare_socketpair(const struct kcall_way *way, int fd[2])
{
	must(way->call(__NR_socketpair, 1 /* AF_UNIX */, 1 /* SOCK_STREAM */, 0,
		       way->mem + AT_OUT));
	take_pair(way, fd);
}

static void prepare_eventfd(const struct kcall_way *way, int fd[2])
{
	const u64 one = 1;

	fd[0] = fd[1] = must(way->call(__NR_eventfd2, 0, 0, 0, 0));
	way->put(way->mem + AT_BUF, &one, sizeof(one));
}

static void prepare_poll(const struct kcall_way *way, int fd[2])
{
	struct pollfd fds[2];

	prepare_pipe(way, fd);
	fds[0] = (struct pollfd){ .fd = fd[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = fd[1], .events = POLLOUT };
	way->put(way->mem + AT_BUF, fds, sizeof(fds));
}

static void prepare_epoll(const struct kcall_way *way, int fd[2])
{
	struct epoll_event event = { .events = EPOLLIN };

	prepare_pipe(way, fd);
	way->put(way->mem + AT_BUF, &event, sizeof(event));
	must(way->call(__NR_write, fd[1], way->mem + AT_BUF, 1, 0));
	fd[1] = fd[0];
	fd[0] = must(way->call(__NR_epoll_create1, 0, 0, 0, 0));
	must(way->call(__NR_epoll_ctl, fd[0], EPOLL_CTL_ADD, fd[1], way->mem + AT_BUF));
}

static void prepare_signal(const struct kcall_way *way, int fd[2])
{
	way->take_signal();
	fd[0] = (int)way->call(__NR_getpid, 0, 0, 0, 0);
	fd[1] = (int)way->call(__NR_gettid, 0, 0, 0, 0);
}

/* In the rows, `w`, `fd` and the way's memory are at hand. */
#define MEM(offset) (w->mem + (offset))
#define CALL(nr, a, b, c, d)                                                                       \
	w->call(__NR_##nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c),             \
		(unsigned long)(d))
#define RUN(name, ...)                                                                             \
	static void run_##name(const struct kcall_way *w, const int fd[2] __maybe_unused,          \
			       int calls)                                                          \
	{                                                                                          \
		while (calls--) {                                                                  \
			__VA_ARGS__;                                                               \
		}                                                                                  \
	}

RUN(getppid, CALL(getppid, 0, 0, 0, 0))
RUN(read1, CALL(read, fd[0], MEM(AT_BUF), 1, 0))
RUN(write1, CALL(write, fd[0], MEM(AT_BUF), 1, 0))
RUN(pread4k, CALL(pread64, fd[0], MEM(AT_BUF), 4096, 0))
RUN(pwrite4k, CALL(pwrite64, fd[0], MEM(AT_BUF), 4096, 0))
RUN(lseek, CALL(lseek, fd[0], 0, SEEK_SET, 0))
RUN(stat, CALL(stat, MEM(AT_TEXT), MEM(AT_OUT), 0, 0))
RUN(newfstatat, CALL(newfstatat, AT_FDCWD, MEM(AT_TEXT), MEM(AT_OUT), 0))
RUN(fstat, CALL(fstat, fd[0], MEM(AT_OUT), 0, 0))
RUN(access, CALL(access, MEM(AT_TEXT), 4, 0, 0))
RUN(open_close, CALL(close, CALL(openat, AT_FDCWD, MEM(AT_TEXT), O_RDONLY, 0), 0, 0, 0))
RUN(dup_close, CALL(close, CALL(dup, fd[0], 0, 0, 0), 0, 0, 0))
RUN(transfer, CALL(write, fd[1], MEM(AT_BUF), 8, 0); CALL(read, fd[0], MEM(AT_OUT), 8, 0))
RUN(poll, CALL(poll, MEM(AT_BUF), 2, 0, 0))
RUN(epoll_wait, CALL(epoll_wait, fd[0], MEM(AT_OUT), 8, 0))
RUN(futex_wake, CALL(futex, MEM(AT_WORD), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0))
RUN(futex_again, CALL(futex, MEM(AT_WORD), FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, 0))
RUN(sigprocmask, CALL(rt_sigprocmask, SIG_BLOCK, 0, MEM(AT_OUT), sizeof(ksigset_t)))
RUN(signal, CALL(tgkill, fd[0], fd[1], SIGUSR2, 0); w->signal_return())

static const struct row rows[] = {
	{ "getppid", prepare_nothing, run_getppid },
	{ "read 1 /dev/zero", prepare_zero, run_read1 },
	{ "write 1 /dev/null", prepare_null, run_write1 },
	{ "pread 4K tmpfs", prepare_tmpfs, run_pread4k },
	{ "pwrite 4K tmpfs", prepare_tmpfs, run_pwrite4k },
	{ "pread 4K root", prepare_file, run_pread4k },
	{ "lseek", prepare_file, run_lseek },
	{ "stat", prepare_path, run_stat },
	{ "newfstatat", prepare_path, run_newfstatat },
	{ "fstat", prepare_file, run_fstat },
	{ "access", prepare_path, run_access },
	{ "open+close", prepare_path, run_open_close },
	{ "dup+close", prepare_file, run_dup_close },
	{ "pipe write+read", prepare_pipe, run_transfer },
	{ "socketpair write+read", prepare_socketpair, run_transfer },
	{ "eventfd write+read", prepare_eventfd, run_transfer },
	{ "poll 2", prepare_poll, run_poll },
	{ "epoll_wait(0), 1 ready", prepare_epoll, run_epoll_wait },
	{ "futex wake", prepare_nothing, run_futex_wake },
	{ "futex wait, EAGAIN", prepare_nothing, run_futex_again },
	{ "rt_sigprocmask", prepare_nothing, run_sigprocmask },
	{ "tgkill self+sigreturn", prepare_signal, run_signal },
};

/* --- measuring */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double one_round(const struct row *row, const struct kcall_way *way, const int fd[2])
{
	unsigned long start = kcall_clock();

	row->run(way, fd, CALLS);
	return (double)(kcall_clock() - start) / CALLS;
}

static double median(double *ns)
{
	ksort(ns, ROUNDS, sizeof(*ns), by_value);
	return ns[ROUNDS / 2];
}

static void measure(const struct row *row)
{
	const struct kcall_way *ways[] = { &kernel, &kcall_host };
	double ns[ARRAY_SIZE(ways)][ROUNDS];
	int fd[ARRAY_SIZE(ways)][2] = { { -1, -1 }, { -1, -1 } };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		row->prepare(ways[i], fd[i]);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
			ns[i][round] = one_round(row, ways[i], fd[i]);
	kcall_print(row->name, median(ns[0]), median(ns[1]));
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (row->prepare == prepare_signal)
			continue;
		for (int j = 0; j < 2; j++)
			if (fd[i][j] >= 0)
				ways[i]->call(__NR_close, (unsigned long)fd[i][j], 0, 0, 0);
	}
}

/* The gate's FP state is behind host calls that are not what is measured here. */
static ssize_t no_fp_get(struct task *task __maybe_unused, void *buf __maybe_unused,
			 size_t size __maybe_unused)
{
	return (ssize_t)sizeof(struct { char legacy[512]; });
}

static int no_fp_set(struct task *task __maybe_unused, const void *buf __maybe_unused,
		     size_t size __maybe_unused)
{
	return 0;
}

/* In the place of sched.c's: user code is to run. */
void __wrap_user_mode_run(struct task *task __maybe_unused, bool single_step __maybe_unused)
{
	static struct gate without_fp;

	without_fp = *gate;
	without_fp.fp_get = no_fp_get;
	without_fp.fp_set = no_fp_set;
	gate = &without_fp;
	kernel.mem = (unsigned long)mm_map(current->mm, 0, KCALL_MEM, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!kcall_only || strstr(rows[i].name, kcall_only))
			measure(&rows[i]);
	kernel_shutdown(0);
}
