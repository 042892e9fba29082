/*
 * strace=FILE: the guest's system calls in strace's own line format, one host file for all tasks,
 * each line beginning with the task's pid.
 *
 * A call's line is built in two halves, as the arguments that the call fills can be shown only
 * afterwards.  When another task prints in between, the first half ends with "<unfinished ...>"
 * and the second begins with "<... NAME resumed>".
 */
#include <asm/mman.h>
#include <asm/prctl.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/time.h>
#include <stdio.h>

#include "um/boot.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/init.h"
#include "um/fs.h"
#include "um/mm.h"
#include "um/names.h"
#include "um/os.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

enum { LINE_MAX_BYTES = 1024, STRING_SHOWN = 32 };

bool strace_on;
static int strace_fd = -1;
static struct task *open_line;		/* whose first half stands at the file's end */

struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

static void add(struct line *line, const char *fmt, ...) __printf(2, 3);

static void add(struct line *line, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line->text + line->len, sizeof(line->text) - line->len, fmt, args);
	va_end(args);
	line->len = min(line->len + (size_t)max(n, 0), sizeof(line->text) - 1);
}

static void emit(const struct line *line)
{
	const char *p = line->text;
	size_t left = line->len;

	while (left) {
		ssize_t n = os_write(strace_fd, p, left);

		if (n <= 0) {
			strace_on = false;
			pr_err("strace=%s: %s; no more calls are written", boot.strace_file,
			       os_strerror((int)-n));
			return;
		}
		p += n;
		left -= (size_t)n;
	}
}

/* --- values */

struct name {
	unsigned long value;
	const char *name;
};
#define NAME(x) { (unsigned long)(x), #x }

static const struct name open_flags[] = {
	NAME(O_CREAT), NAME(O_EXCL), NAME(O_NOCTTY), NAME(O_TRUNC), NAME(O_APPEND), NAME(O_NONBLOCK),
	NAME(O_SYNC), NAME(O_DSYNC), NAME(O_DIRECT), NAME(O_LARGEFILE), NAME(O_TMPFILE),
	NAME(O_DIRECTORY), NAME(O_NOFOLLOW), NAME(O_NOATIME), NAME(O_CLOEXEC), NAME(O_PATH),
};
static const struct name prot_flags[] = { NAME(PROT_READ), NAME(PROT_WRITE), NAME(PROT_EXEC),
					  NAME(PROT_GROWSDOWN) };
static const struct name map_flags[] = {
	NAME(MAP_SHARED_VALIDATE), NAME(MAP_SHARED), NAME(MAP_PRIVATE), NAME(MAP_FIXED_NOREPLACE), NAME(MAP_FIXED),
	NAME(MAP_ANONYMOUS), NAME(MAP_GROWSDOWN), NAME(MAP_DENYWRITE), NAME(MAP_LOCKED),
	NAME(MAP_NORESERVE), NAME(MAP_POPULATE), NAME(MAP_NONBLOCK), NAME(MAP_STACK), NAME(MAP_HUGETLB),
};
static const struct name clone_flags[] = {
	NAME(CLONE_VM), NAME(CLONE_FS), NAME(CLONE_FILES), NAME(CLONE_SIGHAND), NAME(CLONE_PIDFD),
	NAME(CLONE_PTRACE), NAME(CLONE_VFORK), NAME(CLONE_PARENT), NAME(CLONE_THREAD),
	NAME(CLONE_NEWNS), NAME(CLONE_SYSVSEM), NAME(CLONE_SETTLS), NAME(CLONE_PARENT_SETTID),
	NAME(CLONE_CHILD_CLEARTID), NAME(CLONE_DETACHED), NAME(CLONE_UNTRACED),
	NAME(CLONE_CHILD_SETTID), NAME(CLONE_NEWUTS), NAME(CLONE_NEWIPC), NAME(CLONE_NEWUSER),
	NAME(CLONE_NEWPID), NAME(CLONE_NEWNET), NAME(CLONE_IO),
};
static const struct name at_flags[] = { NAME(AT_SYMLINK_NOFOLLOW), NAME(AT_REMOVEDIR),
					NAME(AT_SYMLINK_FOLLOW), NAME(AT_NO_AUTOMOUNT),
					NAME(AT_EMPTY_PATH) };
static const struct name access_modes[] = { { 4, "R_OK" }, { 2, "W_OK" }, { 1, "X_OK" } };
static const struct name wait_flags[] = { { 1, "WNOHANG" }, { 2, "WSTOPPED" }, { 4, "WEXITED" },
					  { 8, "WCONTINUED" }, { 0x1000000, "WNOWAIT" },
					  { 0x80000000, "__WCLONE" }, { 0x40000000, "__WALL" } };
static const struct name whences[] = { { 0, "SEEK_SET" }, { 1, "SEEK_CUR" }, { 2, "SEEK_END" },
				       { 3, "SEEK_DATA" }, { 4, "SEEK_HOLE" } };
static const struct name sighows[] = { NAME(SIG_BLOCK), NAME(SIG_UNBLOCK), NAME(SIG_SETMASK) };
static const struct name clocks[] = {
	NAME(CLOCK_REALTIME), NAME(CLOCK_MONOTONIC), NAME(CLOCK_PROCESS_CPUTIME_ID),
	NAME(CLOCK_THREAD_CPUTIME_ID), NAME(CLOCK_MONOTONIC_RAW), NAME(CLOCK_REALTIME_COARSE),
	NAME(CLOCK_MONOTONIC_COARSE), NAME(CLOCK_BOOTTIME), NAME(CLOCK_TAI),
};
static const struct name fcntl_cmds[] = {
	NAME(F_DUPFD), NAME(F_GETFD), NAME(F_SETFD), NAME(F_GETFL), NAME(F_SETFL), NAME(F_GETLK),
	NAME(F_SETLK), NAME(F_SETLKW), NAME(F_SETOWN), NAME(F_GETOWN), NAME(F_SETSIG), NAME(F_GETSIG),
	NAME(F_DUPFD_CLOEXEC), NAME(F_SETPIPE_SZ), NAME(F_GETPIPE_SZ), NAME(F_ADD_SEALS),
	NAME(F_GET_SEALS),
};
static const struct name madvices[] = {
	NAME(MADV_NORMAL), NAME(MADV_RANDOM), NAME(MADV_SEQUENTIAL), NAME(MADV_WILLNEED),
	NAME(MADV_DONTNEED), NAME(MADV_FREE), NAME(MADV_REMOVE), NAME(MADV_DONTFORK),
	NAME(MADV_DOFORK), NAME(MADV_HUGEPAGE), NAME(MADV_NOHUGEPAGE), NAME(MADV_DONTDUMP),
	NAME(MADV_DODUMP),
};
static const struct name futex_ops[] = {
	NAME(FUTEX_WAIT), NAME(FUTEX_WAKE), NAME(FUTEX_REQUEUE), NAME(FUTEX_CMP_REQUEUE),
	NAME(FUTEX_WAKE_OP), NAME(FUTEX_LOCK_PI), NAME(FUTEX_UNLOCK_PI), NAME(FUTEX_TRYLOCK_PI),
	NAME(FUTEX_WAIT_BITSET), NAME(FUTEX_WAKE_BITSET),
};
static const struct name resources[] = {
	NAME(RLIMIT_CPU), NAME(RLIMIT_FSIZE), NAME(RLIMIT_DATA), NAME(RLIMIT_STACK), NAME(RLIMIT_CORE),
	NAME(RLIMIT_RSS), NAME(RLIMIT_NPROC), NAME(RLIMIT_NOFILE), NAME(RLIMIT_MEMLOCK), NAME(RLIMIT_AS),
	NAME(RLIMIT_LOCKS), NAME(RLIMIT_SIGPENDING), NAME(RLIMIT_MSGQUEUE), NAME(RLIMIT_NICE),
	NAME(RLIMIT_RTPRIO),
};
static const struct name families[] = { { 0, "AF_UNSPEC" }, { 1, "AF_UNIX" }, { 2, "AF_INET" },
					{ 10, "AF_INET6" }, { 16, "AF_NETLINK" } };
static const struct name sock_types[] = { { 1, "SOCK_STREAM" }, { 2, "SOCK_DGRAM" },
					  { 3, "SOCK_RAW" }, { 5, "SOCK_SEQPACKET" } };
static const struct name epoll_ops[] = { { 1, "EPOLL_CTL_ADD" }, { 2, "EPOLL_CTL_DEL" },
					 { 3, "EPOLL_CTL_MOD" } };

static void add_choice(struct line *line, unsigned long value, const struct name *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].value == value) {
			add(line, "%s", names[i].name);
			return;
		}
	}
	add(line, "%#lx", value);
}

static void add_flags(struct line *line, unsigned long value, const struct name *names, size_t count,
		      const char *zero)
{
	bool any = false;

	if (!value) {
		add(line, "%s", zero);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!names[i].value || (value & names[i].value) != names[i].value)
			continue;
		add(line, "%s%s", any ? "|" : "", names[i].name);
		value &= ~names[i].value;
		any = true;
	}
	if (value)
		add(line, "%s%#lx", any ? "|" : "", value);
}

#define CHOICE(line, value, names) add_choice(line, value, names, ARRAY_SIZE(names))
#define FLAGS(line, value, names, zero) add_flags(line, value, names, ARRAY_SIZE(names), zero)

static void add_open_flags(struct line *line, unsigned long value)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };

	add(line, "%s", modes[value & O_ACCMODE]);
	value &= ~(unsigned long)O_ACCMODE;
	if (value) {
		add(line, "|");
		FLAGS(line, value, open_flags, "0");
	}
}

static void add_byte(struct line *line, u8 c, bool digit_follows)
{
	static const char escaped[] = "\n\r\t\v\f\\\"", letters[] = "nrtvf\\\"";
	const char *p = c ? strchr(escaped, c) : NULL;

	if (p)
		add(line, "\\%c", letters[p - escaped]);
	else if (c >= 32 && c < 127)
		add(line, "%c", c);
	else
		add(line, digit_follows ? "\\%03o" : "\\%o", c);
}

static void add_bytes(struct line *line, const u8 *bytes, size_t n, bool more)
{
	add(line, "\"");
	for (size_t i = 0; i < n; i++)
		add_byte(line, bytes[i], i + 1 < n && bytes[i + 1] >= '0' && bytes[i + 1] <= '9');
	add(line, "\"%s", more ? "..." : "");
}

static void add_data(struct line *line, uaddr_t addr, size_t n)
{
	u8 bytes[STRING_SHOWN];
	size_t shown = min(n, sizeof(bytes));

	if (!addr) {
		add(line, "NULL");
	} else if (copy_from_user(bytes, addr, shown)) {
		add(line, "%#lx", addr);
	} else {
		add_bytes(line, bytes, shown, n > shown);
	}
}

static void add_string(struct line *line, uaddr_t addr)
{
	char text[256];
	long n = addr ? strncpy_from_user(text, addr, sizeof(text)) : -EFAULT;

	if (!addr)
		add(line, "NULL");
	else if (n < 0)
		add(line, "%#lx", addr);
	else
		add_bytes(line, (u8 *)text, (size_t)n, (size_t)n == sizeof(text));
}

static void add_strings(struct line *line, uaddr_t array)
{
	uaddr_t s;

	add(line, "[");
	for (int i = 0; i < 32; i++, array += sizeof(s)) {
		if (!array || get_user(s, array) || !s)
			break;
		if (i)
			add(line, ", ");
		add_string(line, s);
	}
	add(line, "]");
}

static void add_signal(struct line *line, int sig)
{
	add(line, "%s", signal_name(sig));
}

static void add_sigset(struct line *line, uaddr_t addr)
{
	ksigset_t set;
	bool any = false;

	if (!addr) {
		add(line, "NULL");
		return;
	}
	if (get_user(set, addr)) {
		add(line, "%#lx", addr);
		return;
	}
	/* As strace: the complement where that is shorter. */
	bool inverted = __builtin_popcountll(set) > KNSIG / 2;

	add(line, inverted ? "~[" : "[");
	for (int sig = 1; sig <= KNSIG; sig++) {
		if (!!(set & sigbit(sig)) == inverted)
			continue;
		add(line, "%s%s", any ? " " : "",
		    strncmp(signal_name(sig), "SIG", 3) ? signal_name(sig) : signal_name(sig) + 3);
		any = true;
	}
	add(line, "]");
}

static void add_time(struct line *line, uaddr_t addr, const char *fraction)
{
	struct __kernel_timespec ts;

	if (!addr)
		add(line, "NULL");
	else if (copy_from_user(&ts, addr, sizeof(ts)))
		add(line, "%#lx", addr);
	else
		add(line, "{tv_sec=%lld, %s=%lld}", (long long)ts.tv_sec, fraction,
		    (long long)ts.tv_nsec);
}

static void add_int_at(struct line *line, uaddr_t addr, int count)
{
	int value;

	if (!addr) {
		add(line, "NULL");
		return;
	}
	add(line, "[");
	for (int i = 0; i < count; i++) {
		if (get_user(value, addr + (size_t)i * sizeof(value)))
			break;
		add(line, "%s%d", i ? ", " : "", value);
	}
	add(line, "]");
}

static void add_wait_status(struct line *line, uaddr_t addr)
{
	int status;

	if (!addr || get_user(status, addr))
		add(line, addr ? "%#lx" : "NULL", addr);
	else if (status == 0xffff)
		add(line, "[{WIFCONTINUED(s)}]");
	else if ((status & 0xff) == 0x7f)
		add(line, "[{WIFSTOPPED(s) && WSTOPSIG(s) == %s}]", signal_name(status >> 8 & 0xff));
	else if (status & 0x7f)
		add(line, "[{WIFSIGNALED(s) && WTERMSIG(s) == %s%s}]", signal_name(status & 0x7f),
		    status & 0x80 ? " && WCOREDUMP(s)" : "");
	else
		add(line, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]", status >> 8 & 0xff);
}

static void add_stat(struct line *line, uaddr_t addr)
{
	struct stat st;

	if (copy_from_user(&st, addr, sizeof(st)))
		add(line, "%#lx", addr);
	else
		add(line, "{st_mode=%#o, st_size=%lld, ...}", (unsigned)st.st_mode,
		    (long long)st.st_size);
}

/* --- arguments */

/* Shown only after the call: what it has filled in. */
static bool is_output(u8 kind)
{
	switch (kind) {
	case A_BUF_OUT: case A_STAT_OUT: case A_WSTATUS_OUT: case A_TIMESPEC_OUT: case A_TIMEVAL_OUT:
	case A_INTPTR_OUT: case A_PIPE_OUT:
		return true;
	}
	return false;
}

/* The plain value, as wide as the argument's type. */
static long long value_of(const struct syscall_row *row, int i, unsigned long arg)
{
	return row->size[i] == sizeof(int) ? (int)arg : (long long)(long)arg;
}

static void add_output(struct line *line, const struct syscall_row *row, int i,
		       const unsigned long *args, long result)
{
	if (result < 0) {
		if (args[i])
			add(line, "%#lx", args[i]);
		else
			add(line, "NULL");
		return;
	}
	switch (row->kind[i]) {
	case A_BUF_OUT:
		add_data(line, args[i], (size_t)result);
		break;
	case A_STAT_OUT:
		add_stat(line, args[i]);
		break;
	case A_WSTATUS_OUT:
		if (result)
			add_wait_status(line, args[i]);
		else
			add(line, "%#lx", args[i]);
		break;
	case A_TIMESPEC_OUT:
		add_time(line, args[i], "tv_nsec");
		break;
	case A_TIMEVAL_OUT:
		add_time(line, args[i], "tv_usec");
		break;
	case A_INTPTR_OUT:
		add_int_at(line, args[i], 1);
		break;
	case A_PIPE_OUT:
		add_int_at(line, args[i], 2);
		break;
	}
}

static void add_input(struct line *line, const struct syscall_row *row, int i,
		      const unsigned long *args)
{
	unsigned long arg = args[i];
	size_t count = i + 1 < row->nargs ? args[i + 1] : 0;

	switch (row->kind[i]) {
	case A_UINT: case A_ULONG: case A_SIZE:
		if (row->size[i] == sizeof(int))
			arg = (unsigned)arg;
		add(line, "%lu", arg);
		break;
	case A_UID:
		add(line, (unsigned)arg == ~0U ? "-1" : "%u", (unsigned)arg);
		break;
	case A_HEX: case A_IOCTL: case A_PRCTL: case A_ARCHPRCTL: case A_DEV: case A_MSGFLAGS:
		add(line, arg ? "%#lx" : "0", arg);
		break;
	case A_OCT: case A_MODE:
		add(line, arg ? "0%lo" : "000", arg & 07777);
		break;
	case A_DFD:
		if ((int)arg == AT_FDCWD)
			add(line, "AT_FDCWD");
		else
			add(line, "%d", (int)arg);
		break;
	case A_PATH: case A_STR:
		add_string(line, arg);
		break;
	case A_STRV:
		add_strings(line, arg);
		break;
	case A_BUF_IN:
		add_data(line, arg, count);
		break;
	case A_OFLAGS:
		add_open_flags(line, arg);
		break;
	case A_PROT:
		FLAGS(line, arg, prot_flags, "PROT_NONE");
		break;
	case A_MAPFLAGS:
		FLAGS(line, arg, map_flags, "0");
		break;
	case A_CLONEFLAGS:
		FLAGS(line, arg & ~0xffUL, clone_flags, arg & 0xff ? "" : "0");
		if (arg & 0xff)
			add(line, "%s%s", arg & ~0xffUL ? "|" : "", signal_name((int)arg & 0xff));
		break;
	case A_ATFLAGS:
		FLAGS(line, arg, at_flags, "0");
		break;
	case A_ACCMODE:
		FLAGS(line, arg, access_modes, "F_OK");
		break;
	case A_WAITFLAGS:
		FLAGS(line, (unsigned)arg, wait_flags, "0");
		break;
	case A_WHENCE:
		CHOICE(line, (unsigned)arg, whences);
		break;
	case A_SIGHOW:
		CHOICE(line, (unsigned)arg, sighows);
		break;
	case A_CLOCK:
		CHOICE(line, (unsigned)arg, clocks);
		break;
	case A_FCNTL:
		CHOICE(line, (unsigned)arg, fcntl_cmds);
		break;
	case A_MADVICE:
		CHOICE(line, (unsigned)arg, madvices);
		break;
	case A_RESOURCE:
		CHOICE(line, (unsigned)arg, resources);
		break;
	case A_SOCKFAMILY:
		CHOICE(line, (unsigned)arg, families);
		break;
	case A_SOCKTYPE:
		CHOICE(line, arg & 0xf, sock_types);
		add(line, "%s%s", arg & O_CLOEXEC ? "|SOCK_CLOEXEC" : "",
		    arg & O_NONBLOCK ? "|SOCK_NONBLOCK" : "");
		break;
	case A_EPOLLOP:
		CHOICE(line, (unsigned)arg, epoll_ops);
		break;
	case A_FUTEXOP:
		CHOICE(line, arg & 0x7f, futex_ops);
		add(line, "%s%s", arg & FUTEX_PRIVATE_FLAG ? "_PRIVATE" : "",
		    arg & FUTEX_CLOCK_REALTIME ? "|FUTEX_CLOCK_REALTIME" : "");
		break;
	case A_SIG:
		add_signal(line, (int)arg);
		break;
	case A_SIGSET:
		add_sigset(line, arg);
		break;
	case A_TIMESPEC_IN:
		add_time(line, arg, "tv_nsec");
		break;
	case A_TIMEVAL_IN:
		add_time(line, arg, "tv_usec");
		break;
	case A_INT: case A_LONG: case A_LOFF: case A_FD: case A_PID:
		add(line, "%lld", value_of(row, i, arg));
		break;
	default:	/* structures: where they are */
		add(line, arg ? "%#lx" : "NULL", arg);
	}
}

static int first_output(const struct syscall_row *row)
{
	for (int i = 0; i < row->nargs; i++)
		if (is_output(row->kind[i]))
			return i;
	return row->nargs;
}

/* Another task's half line is ended first. */
static void close_open_line(struct task *task)
{
	static const struct line unfinished = { " <unfinished ...>\n", 18 };

	if (open_line && open_line != task)
		emit(&unfinished);
	if (open_line != task)
		open_line = NULL;
}

static void begin(struct line *line, struct task *task)
{
	line->len = 0;
	add(line, "%-5d ", task->pid);
}

void strace_enter(struct task *task, const struct syscall_row *row, const unsigned long *args)
{
	struct line line;
	int stop = first_output(row);

	/* Reading the guest's memory may sleep: the text is whole before the file is touched. */
	begin(&line, task);
	add(&line, "%s(", row->name);
	for (int i = 0; i < stop; i++) {
		if (i)
			add(&line, ", ");
		add_input(&line, row, i, args);
	}
	close_open_line(task);
	emit(&line);
	open_line = task;
}

static void add_result(struct line *line, const struct syscall_row *row, long result)
{
	bool pointer = !strcmp(row->name, "mmap") || !strcmp(row->name, "brk") ||
		       !strcmp(row->name, "mremap");

	if (result < 0 && result >= -MAX_ERRNO)
		add(line, ") = %s %s (%s)\n", result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK ?
		    "?" : "-1", errno_name((int)-result), errno_text((int)-result));
	else
		add(line, pointer ? ") = %#lx\n" : ") = %ld\n", result);
}

void strace_exit(struct task *task, const struct syscall_row *row, const unsigned long *args,
		 long result)
{
	struct line line = { .len = 0 }, head = { .len = 0 };

	for (int i = first_output(row); i < row->nargs; i++) {
		if (i)
			add(&line, ", ");
		if (is_output(row->kind[i]))
			add_output(&line, row, i, args, result);
		else
			add_input(&line, row, i, args);
	}
	add_result(&line, row, result);
	if (open_line != task) {
		close_open_line(task);
		begin(&head, task);
		add(&head, "<... %s resumed>", row->name);
		emit(&head);
	}
	emit(&line);
	open_line = NULL;
}

void strace_signal(struct task *task, int sig, const siginfo_t *info)
{
	struct line line;

	close_open_line(NULL);
	begin(&line, task);
	add(&line, "--- %s {si_signo=%s, si_code=%d", signal_name(sig), signal_name(sig),
	    info->si_code);
	if (info->si_code <= 0 || sig == SIGCHLD)
		add(&line, ", si_pid=%d, si_uid=%u", info->si_pid, info->si_uid);
	else if (sig == SIGSEGV || sig == SIGBUS)
		add(&line, ", si_addr=%p", info->si_addr);
	add(&line, "} ---\n");
	emit(&line);
}

void strace_task_end(struct task *task, int status)
{
	struct line line;

	close_open_line(NULL);
	begin(&line, task);
	if (status & 0x7f)
		add(&line, "+++ killed by %s%s +++\n", signal_name(status & 0x7f),
		    status & 0x80 ? " (core dumped)" : "");
	else
		add(&line, "+++ exited with %d +++\n", status >> 8 & 0xff);
	emit(&line);
}

static int strace_init(void)
{
	if (!boot.strace_file)
		return 0;
	strace_fd = os_create_log(boot.strace_file);
	if (strace_fd < 0)
		panic("strace=%s: %s", boot.strace_file, os_strerror(-strace_fd));
	strace_on = true;
	return 0;
}
INITCALL(INIT_CORE, strace_init);
