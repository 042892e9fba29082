/*
 * The system call table.  Each call is one row, defined where it is implemented; dispatch,
 * strace= and the manual's list are made from the rows.
 *
 *	SYSCALL_DEFINE3(read, A_FD, int, fd, A_BUF_OUT, uaddr_t, buf, A_SIZE, size_t, count)
 *	{
 *		return ...;	// >= 0, or -errno
 *	}
 *
 * Arguments come as (kind, type, name).  A call that some CPU does not have gets its number
 * from nr.h, as NR_NONE, and is left out there.  The table is filled at boot from the rows and
 * the port's ARCH_SYSCALLS (sysdep/syscalls.h).  kernel/syscall.c
 */
#ifndef UM_SYSCALL_H
#define UM_SYSCALL_H

#include "um/err.h"
#include "um/init.h"
#include "um/nr.h"
#include "um/types.h"

/* How strace= prints an argument.  OUT kinds are printed after the call. */
enum arg_kind {
	A_NONE,
	A_INT, A_UINT, A_LONG, A_ULONG, A_HEX, A_PTR, A_OCT,
	A_SIZE, A_LOFF,
	A_FD, A_DFD,		/* a descriptor; one where AT_FDCWD may stand */
	A_PATH, A_STR,		/* user strings */
	A_OFLAGS, A_MODE,	/* open flags; permission bits */
	A_BUF_IN, A_BUF_OUT,	/* data; the length is the next argument, or the result */
	A_IOV_IN, A_IOV_OUT,	/* struct iovec array; the count is the next argument */
	A_STRV,			/* NULL-terminated string array (execve) */
	A_SIG, A_SIGSET, A_SIGACT_IN, A_SIGACT_OUT, A_SIGHOW, A_SIGINFO_OUT,
	A_PID, A_WSTATUS_OUT, A_WAITFLAGS, A_CLONEFLAGS,
	A_PROT, A_MAPFLAGS, A_MADVICE,
	A_WHENCE, A_STAT_OUT, A_STATX_OUT, A_DIRENTS_OUT, A_ATFLAGS, A_ACCMODE,
	A_CLOCK, A_TIMESPEC_IN, A_TIMESPEC_OUT, A_TIMEVAL_IN, A_TIMEVAL_OUT,
	A_FCNTL, A_IOCTL, A_POLLFDS, A_FUTEXOP, A_RESOURCE, A_RLIMIT_IN, A_RLIMIT_OUT,
	A_SOCKFAMILY, A_SOCKTYPE, A_SOCKADDR_IN, A_SOCKADDR_OUT, A_MSGFLAGS,
	A_EPOLLOP, A_EPOLLEVENT_IN, A_EPOLLEVENT_OUT, A_INTPTR_OUT, A_PIPE_OUT, A_DEV,
	A_ARCHPRCTL, A_PRCTL, A_UID,
};

#define SYSCALL_MAX_ARGS 6

struct syscall_row {
	const char *name;
	int nr;				/* NR_NONE: not on this CPU */
	int nargs;
	u8 kind[SYSCALL_MAX_ARGS];
	u8 size[SYSCALL_MAX_ARGS];	/* sizeof each argument's type */
	long (*call)(const unsigned long *args);
};
TABLE_DECLARE(const struct syscall_row, um_syscalls);

/* By number; NULL where nothing is implemented. */
extern const struct syscall_row *sys_call_table[];
extern const int nr_syscalls;
void syscall_table_print(void (*line)(const char *text));	/* number and name of each */

#define SC_ARGS0(m)
#define SC_ARGS1(m, k, t, a, ...) m(0, k, t, a)
#define SC_ARGS2(m, k, t, a, ...) m(0, k, t, a), SC_ARGS2_(m, __VA_ARGS__)
#define SC_ARGS2_(m, k, t, a, ...) m(1, k, t, a)
#define SC_ARGS3(m, k, t, a, ...) m(0, k, t, a), SC_ARGS3_(m, __VA_ARGS__)
#define SC_ARGS3_(m, k, t, a, ...) m(1, k, t, a), SC_ARGS3__(m, __VA_ARGS__)
#define SC_ARGS3__(m, k, t, a, ...) m(2, k, t, a)
#define SC_ARGS4(m, k, t, a, ...) m(0, k, t, a), SC_ARGS4_(m, __VA_ARGS__)
#define SC_ARGS4_(m, k, t, a, ...) m(1, k, t, a), SC_ARGS4__(m, __VA_ARGS__)
#define SC_ARGS4__(m, k, t, a, ...) m(2, k, t, a), SC_ARGS4___(m, __VA_ARGS__)
#define SC_ARGS4___(m, k, t, a, ...) m(3, k, t, a)
#define SC_ARGS5(m, k, t, a, ...) m(0, k, t, a), SC_ARGS5_(m, __VA_ARGS__)
#define SC_ARGS5_(m, k, t, a, ...) m(1, k, t, a), SC_ARGS5__(m, __VA_ARGS__)
#define SC_ARGS5__(m, k, t, a, ...) m(2, k, t, a), SC_ARGS5___(m, __VA_ARGS__)
#define SC_ARGS5___(m, k, t, a, ...) m(3, k, t, a), SC_ARGS5____(m, __VA_ARGS__)
#define SC_ARGS5____(m, k, t, a, ...) m(4, k, t, a)
#define SC_ARGS6(m, k, t, a, ...) m(0, k, t, a), SC_ARGS6_(m, __VA_ARGS__)
#define SC_ARGS6_(m, k, t, a, ...) m(1, k, t, a), SC_ARGS6__(m, __VA_ARGS__)
#define SC_ARGS6__(m, k, t, a, ...) m(2, k, t, a), SC_ARGS6___(m, __VA_ARGS__)
#define SC_ARGS6___(m, k, t, a, ...) m(3, k, t, a), SC_ARGS6____(m, __VA_ARGS__)
#define SC_ARGS6____(m, k, t, a, ...) m(4, k, t, a), SC_ARGS6_____(m, __VA_ARGS__)
#define SC_ARGS6_____(m, k, t, a, ...) m(5, k, t, a)

#define SC_DECL(i, kind, type, arg) type arg
#define SC_CAST(i, kind, type, arg) (type) sc_args[i]
#define SC_KIND(i, kind, type, arg) kind
#define SC_SIZE(i, kind, type, arg) sizeof(type)

/* A port's own rows (it defines UM_ARCH_ROWS) are not in the linker table but named in its
 * ARCH_SYSCALLS. */
#ifdef UM_ARCH_ROWS
#define SYSCALL_ROW(sname) const struct syscall_row row_##sname
#else
#define SYSCALL_ROW(sname) static const struct syscall_row row_##sname TABLE_ROW(um_syscalls)
#endif

#define SYSCALL_DEFINE(n, sname, ...)                                                              \
	static long sys_##sname(SC_ARGS##n(SC_DECL, __VA_ARGS__));                                 \
	static long call_##sname(const unsigned long *sc_args)                                     \
	{                                                                                          \
		return sys_##sname(SC_ARGS##n(SC_CAST, __VA_ARGS__));                              \
	}                                                                                          \
	SYSCALL_ROW(sname) = {                                                                     \
		.name = #sname,                                                                    \
		.nr = __NR_##sname,                                                                \
		.nargs = n,                                                                        \
		.kind = { SC_ARGS##n(SC_KIND, __VA_ARGS__) },                                      \
		.size = { SC_ARGS##n(SC_SIZE, __VA_ARGS__) },                                      \
		.call = call_##sname,                                                              \
	};                                                                                         \
	static long sys_##sname(SC_ARGS##n(SC_DECL, __VA_ARGS__))
#define SYSCALL_DEFINE0(sname)                                                                     \
	static long sys_##sname(void);                                                             \
	static long call_##sname(const unsigned long *sc_args __maybe_unused)                            \
	{                                                                                          \
		return sys_##sname();                                                              \
	}                                                                                          \
	SYSCALL_ROW(sname) = {                                                                     \
		.name = #sname,                                                                    \
		.nr = __NR_##sname,                                                                \
		.call = call_##sname,                                                              \
	};                                                                                         \
	static long sys_##sname(void)
#define SYSCALL_DEFINE1(...) SYSCALL_DEFINE(1, __VA_ARGS__)
#define SYSCALL_DEFINE2(...) SYSCALL_DEFINE(2, __VA_ARGS__)
#define SYSCALL_DEFINE3(...) SYSCALL_DEFINE(3, __VA_ARGS__)
#define SYSCALL_DEFINE4(...) SYSCALL_DEFINE(4, __VA_ARGS__)
#define SYSCALL_DEFINE5(...) SYSCALL_DEFINE(5, __VA_ARGS__)
#define SYSCALL_DEFINE6(...) SYSCALL_DEFINE(6, __VA_ARGS__)

struct task;
/* Runs the call in task->regs and puts the result there.  Logs numbers without a row once. */
void syscall_dispatch(struct task *task);
/* strace=: the two halves of a line.  kernel/strace.c */
extern bool strace_on;
void strace_enter(struct task *task, const struct syscall_row *row, const unsigned long *args);
void strace_exit(struct task *task, const struct syscall_row *row, const unsigned long *args,
		 long result);
void strace_signal(struct task *task, int sig, const siginfo_t *info);
void strace_task_end(struct task *task, int status);

#endif
