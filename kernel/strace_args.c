/*
 * strace=: how each kind of argument is printed.  Flags and choices have tables; structures are
 * shown by what matters in them, or by their address.
 */
#include <asm/mman.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/time.h>
#include <stdio.h>

#include "um/err.h"
#include "um/fs.h"
#include "um/mm.h"
#include "um/names.h"
#include "um/sched.h"
#include "um/uaccess.h"

#include "strace.h"

enum { STRING_SHOWN = 32 };

struct name {
	unsigned long value;
	const char *name;
};
#define NAME(x)                                                                                    \
	{                                                                                          \
		(unsigned long)(x), #x                                                             \
	}

static const struct name open_flags[] = {
	NAME(O_CREAT),	  NAME(O_EXCL),	     NAME(O_NOCTTY),  NAME(O_TRUNC),
	NAME(O_APPEND),	  NAME(O_NONBLOCK),  NAME(O_SYNC),    NAME(O_DSYNC),
	NAME(O_DIRECT),	  NAME(O_LARGEFILE), NAME(O_TMPFILE), NAME(O_DIRECTORY),
	NAME(O_NOFOLLOW), NAME(O_NOATIME),   NAME(O_CLOEXEC), NAME(O_PATH),
};
static const struct name prot_flags[] = { NAME(PROT_READ), NAME(PROT_WRITE), NAME(PROT_EXEC),
					  NAME(PROT_GROWSDOWN) };
static const struct name map_flags[] = {
	NAME(MAP_SHARED_VALIDATE), NAME(MAP_SHARED),	NAME(MAP_PRIVATE),
	NAME(MAP_FIXED_NOREPLACE), NAME(MAP_FIXED),	NAME(MAP_ANONYMOUS),
	NAME(MAP_GROWSDOWN),	   NAME(MAP_DENYWRITE), NAME(MAP_LOCKED),
	NAME(MAP_NORESERVE),	   NAME(MAP_POPULATE),	NAME(MAP_NONBLOCK),
	NAME(MAP_STACK),	   NAME(MAP_HUGETLB),
};
static const struct name clone_flags[] = {
	NAME(CLONE_VM),
	NAME(CLONE_FS),
	NAME(CLONE_FILES),
	NAME(CLONE_SIGHAND),
	NAME(CLONE_PIDFD),
	NAME(CLONE_PTRACE),
	NAME(CLONE_VFORK),
	NAME(CLONE_PARENT),
	NAME(CLONE_THREAD),
	NAME(CLONE_NEWNS),
	NAME(CLONE_SYSVSEM),
	NAME(CLONE_SETTLS),
	NAME(CLONE_PARENT_SETTID),
	NAME(CLONE_CHILD_CLEARTID),
	NAME(CLONE_DETACHED),
	NAME(CLONE_UNTRACED),
	NAME(CLONE_CHILD_SETTID),
	NAME(CLONE_NEWUTS),
	NAME(CLONE_NEWIPC),
	NAME(CLONE_NEWUSER),
	NAME(CLONE_NEWPID),
	NAME(CLONE_NEWNET),
	NAME(CLONE_IO),
};
static const struct name at_flags[] = { NAME(AT_SYMLINK_NOFOLLOW), NAME(AT_REMOVEDIR),
					NAME(AT_SYMLINK_FOLLOW), NAME(AT_NO_AUTOMOUNT),
					NAME(AT_EMPTY_PATH) };
static const struct name access_modes[] = { { 4, "R_OK" }, { 2, "W_OK" }, { 1, "X_OK" } };
static const struct name wait_flags[] = { { 1, "WNOHANG" },	    { 2, "WSTOPPED" },
					  { 4, "WEXITED" },	    { 8, "WCONTINUED" },
					  { 0x1000000, "WNOWAIT" }, { 0x80000000, "__WCLONE" },
					  { 0x40000000, "__WALL" } };
static const struct name whences[] = { { 0, "SEEK_SET" },
				       { 1, "SEEK_CUR" },
				       { 2, "SEEK_END" },
				       { 3, "SEEK_DATA" },
				       { 4, "SEEK_HOLE" } };
static const struct name sighows[] = { NAME(SIG_BLOCK), NAME(SIG_UNBLOCK), NAME(SIG_SETMASK) };
static const struct name clocks[] = {
	NAME(CLOCK_REALTIME),	       NAME(CLOCK_MONOTONIC),	  NAME(CLOCK_PROCESS_CPUTIME_ID),
	NAME(CLOCK_THREAD_CPUTIME_ID), NAME(CLOCK_MONOTONIC_RAW), NAME(CLOCK_REALTIME_COARSE),
	NAME(CLOCK_MONOTONIC_COARSE),  NAME(CLOCK_BOOTTIME),	  NAME(CLOCK_TAI),
};
static const struct name fcntl_cmds[] = {
	NAME(F_DUPFD),	       NAME(F_GETFD),	   NAME(F_SETFD),      NAME(F_GETFL),
	NAME(F_SETFL),	       NAME(F_GETLK),	   NAME(F_SETLK),      NAME(F_SETLKW),
	NAME(F_SETOWN),	       NAME(F_GETOWN),	   NAME(F_SETSIG),     NAME(F_GETSIG),
	NAME(F_DUPFD_CLOEXEC), NAME(F_SETPIPE_SZ), NAME(F_GETPIPE_SZ), NAME(F_ADD_SEALS),
	NAME(F_GET_SEALS),
};
static const struct name madvices[] = {
	NAME(MADV_NORMAL),   NAME(MADV_RANDOM),	  NAME(MADV_SEQUENTIAL), NAME(MADV_WILLNEED),
	NAME(MADV_DONTNEED), NAME(MADV_FREE),	  NAME(MADV_REMOVE),	 NAME(MADV_DONTFORK),
	NAME(MADV_DOFORK),   NAME(MADV_HUGEPAGE), NAME(MADV_NOHUGEPAGE), NAME(MADV_DONTDUMP),
	NAME(MADV_DODUMP),
};
static const struct name futex_ops[] = {
	NAME(FUTEX_WAIT),	 NAME(FUTEX_WAKE),	 NAME(FUTEX_REQUEUE),
	NAME(FUTEX_CMP_REQUEUE), NAME(FUTEX_WAKE_OP),	 NAME(FUTEX_LOCK_PI),
	NAME(FUTEX_UNLOCK_PI),	 NAME(FUTEX_TRYLOCK_PI), NAME(FUTEX_WAIT_BITSET),
	NAME(FUTEX_WAKE_BITSET),
};
static const struct name resources[] = {
	NAME(RLIMIT_CPU),      NAME(RLIMIT_FSIZE), NAME(RLIMIT_DATA),	NAME(RLIMIT_STACK),
	NAME(RLIMIT_CORE),     NAME(RLIMIT_RSS),   NAME(RLIMIT_NPROC),	NAME(RLIMIT_NOFILE),
	NAME(RLIMIT_MEMLOCK),  NAME(RLIMIT_AS),	   NAME(RLIMIT_LOCKS),	NAME(RLIMIT_SIGPENDING),
	NAME(RLIMIT_MSGQUEUE), NAME(RLIMIT_NICE),  NAME(RLIMIT_RTPRIO),
};
static const struct name families[] = { { 0, "AF_UNSPEC" },
					{ 1, "AF_UNIX" },
					{ 2, "AF_INET" },
					{ 10, "AF_INET6" },
					{ 16, "AF_NETLINK" } };
static const struct name sock_types[] = {
	{ 1, "SOCK_STREAM" }, { 2, "SOCK_DGRAM" }, { 3, "SOCK_RAW" }, { 5, "SOCK_SEQPACKET" }
};
static const struct name epoll_ops[] = { { 1, "EPOLL_CTL_ADD" },
					 { 2, "EPOLL_CTL_DEL" },
					 { 3, "EPOLL_CTL_MOD" } };

static void add_choice(struct line *line, unsigned long value, const struct name *names,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].value == value) {
			line_add(line, "%s", names[i].name);
			return;
		}
	}
	line_add(line, "%#lx", value);
}

static void add_flags(struct line *line, unsigned long value, const struct name *names,
		      size_t count, const char *zero)
{
	bool any = false;

	if (!value) {
		line_add(line, "%s", zero);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!names[i].value || (value & names[i].value) != names[i].value)
			continue;
		line_add(line, "%s%s", any ? "|" : "", names[i].name);
		value &= ~names[i].value;
		any = true;
	}
	if (value)
		line_add(line, "%s%#lx", any ? "|" : "", value);
}

#define CHOICE(line, value, names) add_choice(line, value, names, ARRAY_SIZE(names))
#define FLAGS(line, value, names, zero) add_flags(line, value, names, ARRAY_SIZE(names), zero)

static void add_open_flags(struct line *line, unsigned long value)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };

	line_add(line, "%s", modes[value & O_ACCMODE]);
	value &= ~(unsigned long)O_ACCMODE;
	if (value) {
		line_add(line, "|");
		FLAGS(line, value, open_flags, "0");
	}
}

static void add_byte(struct line *line, u8 c, bool digit_follows)
{
	static const char escaped[] = "\n\r\t\v\f\\\"", letters[] = "nrtvf\\\"";
	const char *p = c ? strchr(escaped, c) : NULL;

	if (p)
		line_add(line, "\\%c", letters[p - escaped]);
	else if (c >= 32 && c < 127)
		line_add(line, "%c", c);
	else
		line_add(line, digit_follows ? "\\%03o" : "\\%o", c);
}

static void add_bytes(struct line *line, const u8 *bytes, size_t n, bool more)
{
	line_add(line, "\"");
	for (size_t i = 0; i < n; i++)
		add_byte(line, bytes[i], i + 1 < n && bytes[i + 1] >= '0' && bytes[i + 1] <= '9');
	line_add(line, "\"%s", more ? "..." : "");
}

static void add_data(struct line *line, uaddr_t addr, size_t n)
{
	u8 bytes[STRING_SHOWN];
	size_t shown = min(n, sizeof(bytes));

	if (!addr) {
		line_add(line, "NULL");
	} else if (copy_from_user(bytes, addr, shown)) {
		line_add(line, "%#lx", addr);
	} else {
		add_bytes(line, bytes, shown, n > shown);
	}
}

static void add_string(struct line *line, uaddr_t addr)
{
	char text[256];
	long n = addr ? strncpy_from_user(text, addr, sizeof(text)) : -EFAULT;

	if (!addr)
		line_add(line, "NULL");
	else if (n < 0)
		line_add(line, "%#lx", addr);
	else
		add_bytes(line, (u8 *)text, (size_t)n, (size_t)n == sizeof(text));
}

static void add_strings(struct line *line, uaddr_t array)
{
	uaddr_t s;

	line_add(line, "[");
	for (int i = 0; i < 32; i++, array += sizeof(s)) {
		if (!array || get_user(s, array) || !s)
			break;
		if (i)
			line_add(line, ", ");
		add_string(line, s);
	}
	line_add(line, "]");
}

static void add_signal(struct line *line, int sig)
{
	line_add(line, "%s", signal_name(sig));
}

static void add_sigset(struct line *line, uaddr_t addr)
{
	ksigset_t set;
	bool any = false;

	if (!addr) {
		line_add(line, "NULL");
		return;
	}
	if (get_user(set, addr)) {
		line_add(line, "%#lx", addr);
		return;
	}
	/* As strace: the complement where that is shorter. */
	bool inverted = __builtin_popcountll(set) > KNSIG / 2;

	line_add(line, inverted ? "~[" : "[");
	for (int sig = 1; sig <= KNSIG; sig++) {
		if (!!(set & sigbit(sig)) == inverted)
			continue;
		line_add(line, "%s%s", any ? " " : "",
			 strncmp(signal_name(sig), "SIG", 3) ? signal_name(sig)
							     : signal_name(sig) + 3);
		any = true;
	}
	line_add(line, "]");
}

/* Seconds and a fraction: two longs in a timeval, and in a timespec of 32-bit words. */
static void add_time(struct line *line, uaddr_t addr, bool longs, const char *fraction)
{
	struct __kernel_timespec ts;
	struct __kernel_old_timeval tv;

	if (!addr) {
		line_add(line, "NULL");
		return;
	}
	if (longs ? get_user(tv, addr) : get_user(ts, addr)) {
		line_add(line, "%#lx", addr);
		return;
	}
	line_add(line, "{tv_sec=%lld, %s=%ld}", longs ? (long long)tv.tv_sec : (long long)ts.tv_sec,
		 fraction, longs ? (long)tv.tv_usec : (long)ts.tv_nsec);
}

static void add_int_at(struct line *line, uaddr_t addr, int count)
{
	int value;

	if (!addr) {
		line_add(line, "NULL");
		return;
	}
	line_add(line, "[");
	for (int i = 0; i < count; i++) {
		if (get_user(value, addr + (size_t)i * sizeof(value)))
			break;
		line_add(line, "%s%d", i ? ", " : "", value);
	}
	line_add(line, "]");
}

static void add_wait_status(struct line *line, uaddr_t addr)
{
	int status;

	if (!addr || get_user(status, addr))
		line_add(line, addr ? "%#lx" : "NULL", addr);
	else if (status == 0xffff)
		line_add(line, "[{WIFCONTINUED(s)}]");
	else if ((status & 0xff) == 0x7f)
		line_add(line, "[{WIFSTOPPED(s) && WSTOPSIG(s) == %s}]",
			 signal_name(status >> 8 & 0xff));
	else if (status & 0x7f)
		line_add(line, "[{WIFSIGNALED(s) && WTERMSIG(s) == %s%s}]",
			 signal_name(status & 0x7f), status & 0x80 ? " && WCOREDUMP(s)" : "");
	else
		line_add(line, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]", status >> 8 & 0xff);
}

static void add_stat(struct line *line, uaddr_t addr)
{
	struct stat st;

	if (copy_from_user(&st, addr, sizeof(st)))
		line_add(line, "%#lx", addr);
	else
		line_add(line, "{st_mode=%#o, st_size=%lld, ...}", (unsigned)st.st_mode,
			 (long long)st.st_size);
}

bool arg_is_output(u8 kind)
{
	switch (kind) {
	case A_BUF_OUT:
	case A_STAT_OUT:
	case A_WSTATUS_OUT:
	case A_TIMESPEC_OUT:
	case A_TIMEVAL_OUT:
	case A_INTPTR_OUT:
	case A_PIPE_OUT:
		return true;
	}
	return false;
}

/* The plain value, as wide as the argument's type. */
static long long value_of(const struct syscall_row *row, int i, u64 arg)
{
	return row->size[i] == sizeof(int) ? (int)arg : (long long)arg;
}

void line_add_output(struct line *line, const struct syscall_row *row, int i,
		     const u64 *args, long result)
{
	uaddr_t addr = (uaddr_t)args[i];

	if (result < 0) {
		if (addr)
			line_add(line, "%#lx", addr);
		else
			line_add(line, "NULL");
		return;
	}
	switch (row->kind[i]) {
	case A_BUF_OUT:
		add_data(line, addr, (size_t)result);
		break;
	case A_STAT_OUT:
		add_stat(line, addr);
		break;
	case A_WSTATUS_OUT:
		if (result)
			add_wait_status(line, addr);
		else
			line_add(line, "%#lx", addr);
		break;
	case A_TIMESPEC_OUT:
		add_time(line, addr, row->time32, "tv_nsec");
		break;
	case A_TIMEVAL_OUT:
		add_time(line, addr, true, "tv_usec");
		break;
	case A_INTPTR_OUT:
		add_int_at(line, addr, 1);
		break;
	case A_PIPE_OUT:
		add_int_at(line, addr, 2);
		break;
	}
}

void line_add_input(struct line *line, const struct syscall_row *row, int i,
		    const u64 *args)
{
	unsigned long arg = (unsigned long)args[i];
	size_t count = i + 1 < row->nargs ? (size_t)args[i + 1] : 0;

	switch (row->kind[i]) {
	case A_UINT:
	case A_ULONG:
	case A_SIZE:
		if (row->size[i] == sizeof(int))
			arg = (unsigned)arg;
		line_add(line, "%lu", arg);
		break;
	case A_UID:
		line_add(line, (unsigned)arg == ~0U ? "-1" : "%u", (unsigned)arg);
		break;
	case A_HEX:
	case A_IOCTL:
	case A_PRCTL:
	case A_ARCHPRCTL:
	case A_DEV:
	case A_MSGFLAGS:
		line_add(line, args[i] ? "%#llx" : "0", (unsigned long long)args[i]);
		break;
	case A_OCT:
	case A_MODE:
		line_add(line, arg ? "0%lo" : "000", arg & 07777);
		break;
	case A_DFD:
		if ((int)arg == AT_FDCWD)
			line_add(line, "AT_FDCWD");
		else
			line_add(line, "%d", (int)arg);
		break;
	case A_PATH:
	case A_STR:
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
			line_add(line, "%s%s", arg & ~0xffUL ? "|" : "",
				 signal_name((int)arg & 0xff));
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
		line_add(line, "%s%s", arg & O_CLOEXEC ? "|SOCK_CLOEXEC" : "",
			 arg & O_NONBLOCK ? "|SOCK_NONBLOCK" : "");
		break;
	case A_EPOLLOP:
		CHOICE(line, (unsigned)arg, epoll_ops);
		break;
	case A_FUTEXOP:
		CHOICE(line, arg & 0x7f, futex_ops);
		line_add(line, "%s%s", arg & FUTEX_PRIVATE_FLAG ? "_PRIVATE" : "",
			 arg & FUTEX_CLOCK_REALTIME ? "|FUTEX_CLOCK_REALTIME" : "");
		break;
	case A_SIG:
		add_signal(line, (int)arg);
		break;
	case A_SIGSET:
		add_sigset(line, arg);
		break;
	case A_TIMESPEC_IN:
		add_time(line, arg, row->time32, "tv_nsec");
		break;
	case A_TIMEVAL_IN:
		add_time(line, arg, true, "tv_usec");
		break;
	case A_INT:
	case A_LONG:
	case A_LOFF:
	case A_FD:
	case A_PID:
		line_add(line, "%lld", value_of(row, i, args[i]));
		break;
	default: /* structures: where they are */
		line_add(line, arg ? "%#lx" : "NULL", arg);
	}
}
