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
 *
 * Calls with two generations: 32-bit CPUs grew new numbers where the first form was too narrow.
 *	SYSCALL_NEWER2(getgroups, getgroups32, ...)	the wide form: under the second name where
 *							the CPU has it, else under the first
 *	SYSCALL_OLDER2(getgroups, getgroups32, ...)	the narrow form: under the first name, where
 *							the CPU has both
 *	SYSCALL_TIME2(timer_gettime, timer_gettime64, ...)	one function for both: user times
 *							have 32-bit words in the call of the
 *							first name of 32-bit CPUs (um/timer.h)
 *	SYSCALL_ID1(setuid, setuid32, A_UID, ...)	one function for both: where the CPU has
 *							both, ids of the first have 16 bits
 */
#ifndef UM_SYSCALL_H
#define UM_SYSCALL_H

#include "um/err.h"
#include "um/init.h"
#include "um/nr.h"
#include "um/signal.h"
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
	bool time32;			/* its user times have 32-bit words */
	long (*call)(const unsigned long *args);
};
TABLE_DECLARE(const struct syscall_row, um_syscalls);

/* Argument i of a call whose registers hold `words`: a 64-bit argument of a 32-bit CPU is in two of
 * them (ARCH_SPLIT_ARGS_ALIGNED). */
u64 syscall_split_arg(const struct syscall_row *row, const unsigned long *words, int i);
static inline u64 syscall_arg(const struct syscall_row *row, const unsigned long *words, int i)
{
	return sizeof(long) == sizeof(u64) ? words[i] : syscall_split_arg(row, words, i);
}

/* The row of that name, whether this CPU has a number for it or not; panics if there is none. */
const struct syscall_row *syscall_row_named(const char *name);
/* Calls a SYSCALL_TIME function for 32-bit times. */
long syscall_time32(long (*call)(const unsigned long *args), const unsigned long *args);
/* Calls a SYSCALL_ID function for 16-bit ids: as arguments, or as the result of one without. */
long syscall_ids16(const struct syscall_row *row, long (*call)(const unsigned long *args),
		   const unsigned long *args);

/* By number; NULL where nothing is implemented. */
extern const struct syscall_row *sys_call_table[];
extern const int nr_syscalls;
void syscall_table_print(void (*line)(const char *text));	/* number and name of each */

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
#define SC_CAST(i, kind, type, arg) (type) syscall_arg(sc_row, sc_args, i)
#define SC_KIND(i, kind, type, arg) kind
#define SC_SIZE(i, kind, type, arg) sizeof(type)

/* A port's own rows (it defines UM_ARCH_ROWS) are not in the linker table but named in its
 * ARCH_SYSCALLS. */
#ifdef UM_ARCH_ROWS
#define SYSCALL_ROW(sname) const struct syscall_row row_##sname
#else
#define SYSCALL_ROW(sname) static const struct syscall_row row_##sname TABLE_ROW(um_syscalls)
#endif

/* The function sys_ID, and the row row_ID for it. */
#define SC_DEFINE(n, id, row_name, row_nr, ...)                                                    \
	static long sys_##id(SC_ARGS##n(SC_DECL, __VA_ARGS__));                                    \
	static long call_##id(const unsigned long *sc_args);                                       \
	SYSCALL_ROW(id) = {                                                                        \
		.name = row_name,                                                                  \
		.nr = row_nr,                                                                      \
		.nargs = n,                                                                        \
		.kind = { SC_ARGS##n(SC_KIND, __VA_ARGS__) },                                      \
		.size = { SC_ARGS##n(SC_SIZE, __VA_ARGS__) },                                      \
		.call = call_##id,                                                                 \
	};                                                                                         \
	static long call_##id(const unsigned long *sc_args)                                        \
	{                                                                                          \
		const struct syscall_row *sc_row __maybe_unused = &row_##id;                       \
                                                                                                   \
		return sys_##id(SC_ARGS##n(SC_CAST, __VA_ARGS__));                                 \
	}                                                                                          \
	static long sys_##id(SC_ARGS##n(SC_DECL, __VA_ARGS__))
#define SC_DEFINE0(id, row_name, row_nr)                                                           \
	static long sys_##id(void);                                                                \
	static long call_##id(const unsigned long *sc_args __maybe_unused)                         \
	{                                                                                          \
		return sys_##id();                                                                 \
	}                                                                                          \
	SYSCALL_ROW(id) = { .name = row_name, .nr = row_nr, .call = call_##id };                   \
	static long sys_##id(void)

#define SYSCALL_DEFINE(n, sname, ...) SC_DEFINE(n, sname, #sname, __NR_##sname, __VA_ARGS__)
#define SYSCALL_DEFINE0(sname) SC_DEFINE0(sname, #sname, __NR_##sname)
#define SYSCALL_DEFINE1(...) SYSCALL_DEFINE(1, __VA_ARGS__)
#define SYSCALL_DEFINE2(...) SYSCALL_DEFINE(2, __VA_ARGS__)
#define SYSCALL_DEFINE3(...) SYSCALL_DEFINE(3, __VA_ARGS__)
#define SYSCALL_DEFINE4(...) SYSCALL_DEFINE(4, __VA_ARGS__)
#define SYSCALL_DEFINE5(...) SYSCALL_DEFINE(5, __VA_ARGS__)
#define SYSCALL_DEFINE6(...) SYSCALL_DEFINE(6, __VA_ARGS__)

#define SC_NEWER_NAME(old, new) (__NR_##new != NR_NONE ? #new : #old)
#define SC_NEWER_NR(old, new) (__NR_##new != NR_NONE ? __NR_##new : __NR_##old)
#define SC_OLDER_NR(old, new) (__NR_##new != NR_NONE ? __NR_##old : NR_NONE)

#define SYSCALL_NEWER(n, old, new, ...)                                                            \
	SC_DEFINE(n, new, SC_NEWER_NAME(old, new), SC_NEWER_NR(old, new), __VA_ARGS__)
#define SYSCALL_NEWER0(old, new) SC_DEFINE0(new, SC_NEWER_NAME(old, new), SC_NEWER_NR(old, new))
#define SYSCALL_NEWER1(...) SYSCALL_NEWER(1, __VA_ARGS__)
#define SYSCALL_NEWER2(...) SYSCALL_NEWER(2, __VA_ARGS__)
#define SYSCALL_NEWER3(...) SYSCALL_NEWER(3, __VA_ARGS__)
#define SYSCALL_NEWER5(...) SYSCALL_NEWER(5, __VA_ARGS__)

#define SYSCALL_OLDER(n, old, new, ...)                                                            \
	SC_DEFINE(n, old, #old, SC_OLDER_NR(old, new), __VA_ARGS__)
#define SYSCALL_OLDER0(old, new) SC_DEFINE0(old, #old, SC_OLDER_NR(old, new))
#define SYSCALL_OLDER1(...) SYSCALL_OLDER(1, __VA_ARGS__)
#define SYSCALL_OLDER2(...) SYSCALL_OLDER(2, __VA_ARGS__)
#define SYSCALL_OLDER3(...) SYSCALL_OLDER(3, __VA_ARGS__)

/* On 64-bit CPUs the first name is the only one, and its times are wide. */
#define SC_HAS_TIME32 (sizeof(long) < sizeof(u64))
#define SYSCALL_TIME(n, old, new, ...)                                                             \
	static long call_##new(const unsigned long *sc_args);                                      \
	static long call32_##old(const unsigned long *sc_args)                                     \
	{                                                                                          \
		return syscall_time32(call_##new, sc_args);                                        \
	}                                                                                          \
	SYSCALL_ROW(old) = {                                                                       \
		.name = #old,                                                                      \
		.nr = SC_HAS_TIME32 ? __NR_##old : NR_NONE,                                        \
		.nargs = n,                                                                        \
		.kind = { SC_ARGS##n(SC_KIND, __VA_ARGS__) },                                      \
		.size = { SC_ARGS##n(SC_SIZE, __VA_ARGS__) },                                      \
		.time32 = true,                                                                    \
		.call = call32_##old,                                                              \
	};                                                                                         \
	SC_DEFINE(n, new, SC_HAS_TIME32 ? #new : #old, SC_HAS_TIME32 ? __NR_##new : __NR_##old,    \
		  __VA_ARGS__)
#define SYSCALL_TIME2(...) SYSCALL_TIME(2, __VA_ARGS__)
#define SYSCALL_TIME4(...) SYSCALL_TIME(4, __VA_ARGS__)
#define SYSCALL_TIME5(...) SYSCALL_TIME(5, __VA_ARGS__)
#define SYSCALL_TIME6(...) SYSCALL_TIME(6, __VA_ARGS__)

#define SYSCALL_ID(n, old, new, ...)                                                               \
	static long call_##new(const unsigned long *sc_args);                                      \
	static long call16_##old(const unsigned long *sc_args);                                    \
	SYSCALL_ROW(old) = {                                                                       \
		.name = #old,                                                                      \
		.nr = SC_OLDER_NR(old, new),                                                       \
		.nargs = n,                                                                        \
		.kind = { SC_ARGS##n(SC_KIND, __VA_ARGS__) },                                      \
		.size = { SC_ARGS##n(SC_SIZE, __VA_ARGS__) },                                      \
		.call = call16_##old,                                                              \
	};                                                                                         \
	static long call16_##old(const unsigned long *sc_args)                                     \
	{                                                                                          \
		return syscall_ids16(&row_##old, call_##new, sc_args);                             \
	}                                                                                          \
	SYSCALL_NEWER(n, old, new, __VA_ARGS__)
#define SYSCALL_ID0(old, new)                                                                      \
	static long call_##new(const unsigned long *sc_args);                                      \
	static long call16_##old(const unsigned long *sc_args);                                    \
	SYSCALL_ROW(old) = { .name = #old, .nr = SC_OLDER_NR(old, new), .call = call16_##old };    \
	static long call16_##old(const unsigned long *sc_args)                                     \
	{                                                                                          \
		return syscall_ids16(&row_##old, call_##new, sc_args);                             \
	}                                                                                          \
	SYSCALL_NEWER0(old, new)
#define SYSCALL_ID1(...) SYSCALL_ID(1, __VA_ARGS__)
#define SYSCALL_ID2(...) SYSCALL_ID(2, __VA_ARGS__)
#define SYSCALL_ID3(...) SYSCALL_ID(3, __VA_ARGS__)

struct task;
/* Runs the call in task->regs and puts the result there.  Logs numbers without a row once. */
void syscall_dispatch(struct task *task);
/* strace=: the two halves of a line.  kernel/strace.c */
extern bool strace_on;
void strace_enter(struct task *task, const struct syscall_row *row, const u64 *args);
void strace_exit(struct task *task, const struct syscall_row *row, const u64 *args,
		 long result);
void strace_signal(struct task *task, int sig, const siginfo_t *info);
void strace_task_end(struct task *task, int status);

#endif
