/*
 * K's own seccomp filter: what K may ask of the host once it has booted, so that a bug in K is
 * not the whole account of the user who started it.
 *
 * The tables below are the whole list.  They hold what os/ and the C library beneath it call
 * after boot, and no more: no exec, no new process, no executable memory, no socket but those a
 * console on the command line needs, and of the calls that reach other processes only the forms
 * that the gates use.  A row that names arguments allows only calls that have them; several rows
 * of one call are alternatives.
 *
 * Calls with rows in `plain` alone cost next to nothing: the host knows after one look at the
 * filter that they are always allowed.
 *
 * Anything else raises SIGSYS in K: it is a bug or an attack, and K must not go on.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "um/os_confine.h"
#include "um/os_reflect.h"
#include "um/types.h"

#include "asm-um/archparam.h"
#include "ptrace_requests.h"
#include "sysdep/ptrace_user.h"

#define INT_BITS 0xffffffffULL	/* what the host sees of an int argument */
#define INT_SIGN 0x80000000ULL

/* Newer than the library: as in file.c. */
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#endif

/* The list ends with the negative number that no call has, not even one unknown to this CPU. */
#define END __NR_SCMP_ERROR

static const int plain[] = {
	/* descriptors and data */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
	SCMP_SYS(preadv), SCMP_SYS(preadv2), SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	SCMP_SYS(close), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(openat), SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64), SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(syncfs), SCMP_SYS(memfd_create),
	/* names and attributes */
	SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(fstatat64),
	SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(fstatfs64), SCMP_SYS(getdents64),
	SCMP_SYS(readlinkat), SCMP_SYS(mkdirat), SCMP_SYS(symlinkat), SCMP_SYS(linkat),
	SCMP_SYS(unlinkat), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(fchmodat),
	SCMP_SYS(fchownat), SCMP_SYS(utimensat), SCMP_SYS(utimensat_time64), SCMP_SYS(getxattr),
	SCMP_SYS(lgetxattr), SCMP_SYS(setxattr), SCMP_SYS(listxattr), SCMP_SYS(removexattr),
	SYS_getxattrat,
	/* waiting */
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64), SCMP_SYS(eventfd2), SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_settime64), SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(wait4), SCMP_SYS(waitpid), SCMP_SYS(waitid), SCMP_SYS(futex),
	SCMP_SYS(futex_time64), SCMP_SYS(restart_syscall),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mincore),
	SCMP_SYS(membarrier),
	/* K's threads and signals */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* questions that give nothing away */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getcpu), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid),
	SCMP_SYS(geteuid), SCMP_SYS(geteuid32), SCMP_SYS(getegid), SCMP_SYS(getegid32),
	SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(uname),
	END
};

/* Allowed if both arguments are as said: (argument & mask) == value; mask 0: any. */
struct limited {
	int nr;
	struct {
		unsigned arg;
		u64 mask, value;
	} when[2];
};

#define WHEN_INT(arg, value) { arg, INT_BITS, (unsigned)(value) }
#define WHEN_NONE(arg, bits) { arg, bits, 0 }
#define WHEN_ALL(arg, bits) { arg, bits, bits }

static const struct limited limited[] = {
	{ SCMP_SYS(mmap), { WHEN_NONE(2, PROT_EXEC) } },
	{ SCMP_SYS(mmap2), { WHEN_NONE(2, PROT_EXEC) } },
	{ SCMP_SYS(mprotect), { WHEN_NONE(2, PROT_EXEC) } },
	/* Threads, not processes.  The C library tries clone3 first: see below. */
	{ SCMP_SYS(clone), { WHEN_ALL(0, CLONE_THREAD | CLONE_VM) } },
	/* Limits can be asked for, not set. */
	{ SCMP_SYS(prlimit64), { WHEN_NONE(2, ~0ULL) } },
	{ SCMP_SYS(ugetrlimit), { { 0 } } },
	/* send: on a connected socket that was given to um, to no other address. */
	{ SCMP_SYS(sendto), { WHEN_NONE(4, ~0ULL) } },
	{ SCMP_SYS(send), { { 0 } } },
	/* terminals; TIOCSTI, which types into them, is not among these */
	{ SCMP_SYS(ioctl), { WHEN_INT(1, TCGETS) } },
	{ SCMP_SYS(ioctl), { WHEN_INT(1, TCSETS) } },
#ifdef TCGETS2	/* what newer C libraries use for tcgetattr and tcsetattr */
	{ SCMP_SYS(ioctl), { WHEN_INT(1, TCGETS2) } },
	{ SCMP_SYS(ioctl), { WHEN_INT(1, TCSETS2) } },
#endif
	{ SCMP_SYS(ioctl), { WHEN_INT(1, TIOCGWINSZ) } },
	{ SCMP_SYS(ioctl), { WHEN_INT(1, TIOCGPTN) } },
	{ SCMP_SYS(ioctl), { WHEN_INT(1, TIOCSPTLCK) } },
	/* One process, and only to end it: not a group, not all. */
	{ SCMP_SYS(kill), { WHEN_NONE(0, INT_SIGN), WHEN_INT(1, SIGKILL) } },
	{ SCMP_SYS(tgkill), { WHEN_NONE(0, INT_SIGN), WHEN_INT(2, SIGKILL) } },
	{ END }
};

static const struct limited trace[] = {
	{ SCMP_SYS(tgkill), { WHEN_NONE(0, INT_SIGN), WHEN_INT(2, SIGSTOP) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_CONT) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_SYSCALL) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, REQUEST_SYSEMU) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_SINGLESTEP) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, REQUEST_SYSEMU_STEP) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_GETSIGINFO) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_GETEVENTMSG) } },
#ifdef UM_HAVE_GETREGS
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_GETREGS) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_SETREGS) } },
#endif
#ifdef PT_OWN_REQUEST	/* one more that the port's ptrace_user.c makes */
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PT_OWN_REQUEST) } },
#endif
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_GETREGSET) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_SETREGSET) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_PEEKUSER) } },
	{ SCMP_SYS(ptrace), { WHEN_INT(0, PTRACE_POKEUSER) } },
	{ END }
};

static const struct limited reflect[] = {
	{ SCMP_SYS(tgkill), { WHEN_NONE(0, INT_SIGN), WHEN_INT(2, OS_INTERRUPT_SIGNAL) } },
	{ SCMP_SYS(faccessat), { { 0 } } },
	{ SCMP_SYS(faccessat2), { { 0 } } },
	{ END }
};

static const struct limited listen_calls[] = {
	{ SCMP_SYS(socket), { WHEN_INT(0, AF_INET), WHEN_INT(1, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC) } },
	{ SCMP_SYS(setsockopt), { WHEN_INT(1, SOL_SOCKET), WHEN_INT(2, SO_REUSEADDR) } },
	{ SCMP_SYS(bind), { { 0 } } },
	{ SCMP_SYS(listen), { { 0 } } },
	{ SCMP_SYS(accept4), { { 0 } } },
	{ END }
};

static const struct limited send_fd[] = {
	{ SCMP_SYS(sendmsg), { { 0 } } },
	{ END }
};

static const struct limited *const groups[OS_CALLS_GROUPS] = {
	[OS_CALLS_TRACE] = trace,
	[OS_CALLS_REFLECT] = reflect,
	[OS_CALLS_LISTEN] = listen_calls,
	[OS_CALLS_SEND_FD] = send_fd,
};

static bool group_allowed[OS_CALLS_GROUPS];
static bool confined;
static void (*refused_fn)(int nr, const char *name);

void os_confine_allow(enum os_calls calls)
{
	group_allowed[calls] = true;
}

bool os_confine_allows(enum os_calls calls)
{
	return !confined || group_allowed[calls];
}

/* libseccomp leaves out a call that this CPU does not have; what else it refuses is an error. */
static int allow_limited(scmp_filter_ctx filter, const struct limited *row)
{
	for (; row->nr != END; row++) {
		struct scmp_arg_cmp when[2];
		unsigned n = 0;
		int err;

		for (unsigned i = 0; i < 2; i++)
			if (row->when[i].mask)
				when[n++] = (struct scmp_arg_cmp){ row->when[i].arg, SCMP_CMP_MASKED_EQ,
								   row->when[i].mask,
								   row->when[i].value };
		err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, row->nr, n, when);
		if (err)
			return err;
	}
	return 0;
}

static int allow_all(scmp_filter_ctx filter)
{
	const struct limited self[] = {
		/* raise and abort */
		{ SCMP_SYS(tgkill), { WHEN_INT(0, getpid()) } },
		{ END }
	};
	int err = 0;

	for (const int *nr = plain; *nr != END && !err; nr++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *nr, 0);
	if (!err)
		err = allow_limited(filter, limited);
	if (!err)
		err = allow_limited(filter, self);
	for (unsigned i = 0; i < OS_CALLS_GROUPS && !err; i++)
		if (group_allowed[i])
			err = allow_limited(filter, groups[i]);
	/* Its arguments are in memory, where no filter sees them; the C library
	 * then takes clone. */
	return err ? err : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int set_attributes(scmp_filter_ctx filter)
{
	/* All threads at once. */
	int err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	/* Older hosts would slow all of K down against guessed loads; K runs nobody else's code. */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	/* A tree of comparisons, not a list. */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return err ? err : seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
}

int os_confine_space(void)
{
	static const int calls[] = {
		SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(clone),
		SCMP_SYS(exit), SCMP_SYS(exit_group),
		/* what a guest's call is turned into where it cannot be dropped */
		SCMP_SYS(getpid),
		/* guests reach these without K, through the host's vsyscall page
		 * where it has one */
		SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getcpu),
	};
	const struct limited stop_self[] = {
		{ SCMP_SYS(tgkill), { WHEN_INT(0, getpid()), WHEN_INT(2, SIGSTOP) } },
		{ END }
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int err;

	if (!filter)
		return -ENOMEM;
	err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	if (!err)
		err = allow_limited(filter, stop_self);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && !err; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	if (!err && ARCH_SPACE_FENCE)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, ARCH_SPACE_FENCE, 0);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

static void on_refused(int sig __maybe_unused, siginfo_t *info, void *context __maybe_unused)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);

	refused_fn(info->si_syscall, name ? name : "?");
	abort();
}

/* SA_NODEFER: a refused call in the report itself is to end K, not to hang it. */
static int catch_refused(void (*refused)(int nr, const char *name))
{
	struct sigaction act = { .sa_sigaction = on_refused, .sa_flags = SA_SIGINFO | SA_NODEFER };
	sigset_t one;

	refused_fn = refused;
	sigemptyset(&one);
	sigaddset(&one, SIGSYS);
	return sigaction(SIGSYS, &act, NULL) || sigprocmask(SIG_UNBLOCK, &one, NULL) ? -errno : 0;
}

int os_confine(void (*refused)(int nr, const char *name))
{
	scmp_filter_ctx filter;
	int err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || catch_refused(refused))
		return -errno;
	filter = seccomp_init(SCMP_ACT_TRAP);
	if (!filter)
		return -ENOMEM;
	err = set_attributes(filter);
	if (!err)
		err = allow_all(filter);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	confined = !err;
	return err;
}
