/*
 * A fuzzer for the system calls, as a guest program:
 *
 *	attack_fuzz SEED SECONDS [PROCESSES]
 *
 * Processes with two threads each make calls whose arguments are mostly of the right kind: open
 * descriptors of many types, addresses at the edges of mapped pages, lengths and structures that
 * are nearly right.  They share descriptors, memory and a directory, so that what one call sleeps
 * on another takes away.  What a seed does is the same each time up to the races between them.
 * Says "survived" at the end: what the calls answered is not looked at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARENA (64UL << 10)	/* the memory that calls are pointed at */
#define PAGE 4096UL
#define GROUND (64 * PAGE)
/* Where nothing else is: the arena, and far from it the others. */
#if __SIZEOF_POINTER__ > 4
#define ARENA_AT (1UL << 44)
#else
#define ARENA_AT (1UL << 30)
#endif
#define SHARED_AT (ARENA_AT + (1UL << 29))
#define GROUND_AT (ARENA_AT + (1UL << 30))
enum { FD_LOW = 3, FD_HIGH = 48, NAMES = 12, CALLS_PER_CHILD = 4000 };

static char *arena;		/* mapped, a page that is not, read-only, mapped from a file */
static char *shared;		/* MAP_SHARED between all processes */
static char *ground;		/* private memory that calls map, protect and unmap */

/* --- chance */

static __thread uint64_t state;

static uint64_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dULL;
}

static unsigned below(unsigned n)
{
	return (unsigned)(any() >> 33) % n;
}

static bool one_in(unsigned n)
{
	return below(n) == 0;
}

/* --- arguments */

static long edge(void)
{
	static const long edges[] = { 0, 1, 2, 3, 4, 7, 8, 16, 31, 64, 100, 255, 256, 511, 4095, 4096,
				      4097, 8192, 65535, 65536, 1 << 20, INT_MAX, -1, -2, INT_MIN,
				      (long)(1ULL << 32), LONG_MAX, LONG_MIN, LONG_MAX - 4095, -4096,
				      (long)0xffffffffUL, (long)0xc0000000UL, (long)(1ULL << 46),
				      (long)((1ULL << 47) - 4096), (long)(1ULL << 47),
				      (long)(1ULL << 62) };

	return one_in(3) ? (long)((int64_t)any() >> below(64)) : edges[below(sizeof(edges) / sizeof(edges[0]))];
}

static long small(void)
{
	return one_in(12) ? edge() : (long)below(one_in(3) ? 9000 : 40);
}

static long flags(void)
{
	long bits = 0;

	if (one_in(3))
		return 0;
	for (int n = (int)below(4); n >= 0; n--)
		bits |= 1L << below(32);
	return bits;
}

static long fd(void)
{
	static const int odd[] = { -1, -100, 0, 1, 2, 1000, 100000, INT_MAX };

	return one_in(12) ? odd[below(8)] : FD_LOW + (int)below(FD_HIGH - FD_LOW);
}

static char *address(void)
{
	switch (below(24)) {
	case 0:
		return NULL;
	case 1:
		return (char *)edge();
	case 2:
		return shared + below(PAGE);
	case 3:
		return arena + ARENA + below(3 * PAGE);
	case 5:
	case 6:
		return ground + below(GROUND);
	case 4: /* ends at the hole */
		return arena + ARENA - below(64);
	default:
		return arena + (below(ARENA) & ~7u);
	}
}

/* A few bytes of what structures are made of, at an address that can be written. */
static char *structure(void)
{
	char *p = arena + (below(ARENA - 512) & ~7u);
	int n = (int)below(12);

	for (int i = 0; i < n; i++) {
		long value = one_in(3) ? (long)address() : one_in(2) ? fd() : small();

		if (one_in(3))
			memcpy(p + i * 8, &(int){ (int)value }, 4);
		else
			memcpy(p + i * sizeof(value), &value, sizeof(value));
	}
	return one_in(15) ? address() : p;
}

static char *iovec(void)
{
	struct iovec *vec = (struct iovec *)(arena + (below(ARENA - 1024) & ~7u));

	for (int i = 0; i < 8; i++) {
		vec[i].iov_base = address();
		vec[i].iov_len = one_in(8) ? (size_t)edge() : below(5000);
	}
	return (char *)vec;
}

/* A message with descriptors or nonsense in its control part. */
static char *message(void)
{
	char *p = arena + (below(ARENA - 4096) & ~7u);
	struct msghdr *m = (struct msghdr *)p;
	struct cmsghdr *c = (struct cmsghdr *)(p + 256);
	int n = 1 + (int)below(4);

	m->msg_name = one_in(3) ? address() : NULL;
	m->msg_namelen = (socklen_t)below(130);
	m->msg_iov = (struct iovec *)iovec();
	m->msg_iovlen = below(4);
	m->msg_control = one_in(4) ? NULL : c;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = one_in(4) ? (int)below(5) : SCM_RIGHTS;
	c->cmsg_len = one_in(8) ? (size_t)small() : CMSG_LEN((size_t)n * sizeof(int));
	m->msg_controllen = one_in(8) ? (size_t)small() : CMSG_SPACE((size_t)n * sizeof(int));
	for (int i = 0; i < n; i++)
		((int *)CMSG_DATA(c))[i] = (int)fd();
	m->msg_flags = 0;
	return p;
}

static char *socket_name(void)
{
	struct sockaddr_un *un = (struct sockaddr_un *)(arena + (below(ARENA - 256) & ~7u));

	memset(un, 0, sizeof(*un));
	un->sun_family = one_in(8) ? (sa_family_t)below(20) : AF_UNIX;
	snprintf(un->sun_path + (one_in(2) ? 1 : 0), 20, "s%u", below(4));
	return (char *)un;
}

static const char *const odd_names[] = {
	"", "/", ".", "..", "/proc/self/maps", "/proc/self/fd/5", "/proc/self/mem", "/proc/self/root",
	"/proc/self/exe", "/proc/self/cwd", "/proc/1/status", "/proc/self/fd", "/proc/self/environ",
	"/proc/mounts", "/proc/sys/kernel/hostname", "/dev/ptmx", "/dev/tty", "/dev/null", "/dev/zero",
	"/dev/full", "/dev/pts/0", "/dev/pts/1", "/proc/self/task", "/proc/self/stat", "/sys",
	"/proc/self/smaps", "/proc/self/mountinfo", "/proc/self/pagemap", "/proc/self/auxv",
};

/* A name in the working directory, or one of the odd ones. */
static char *name(void)
{
	char *p = arena + (below(ARENA - 4096) & ~7u);

	switch (below(10)) {
	case 0:
		return address();
	case 1:
		return strcpy(p, odd_names[below(sizeof(odd_names) / sizeof(odd_names[0]))]);
	case 2:
		sprintf(p, "n%u/n%u/../n%u", below(NAMES), below(NAMES), below(NAMES));
		return p;
	case 3:
		sprintf(p, "n%u/n%u", below(NAMES), below(NAMES));
		return p;
	case 4:
		sprintf(p, "/proc/self/fd/%ld/n%u", fd(), below(NAMES));
		return p;
	default:
		sprintf(p, "n%u", below(NAMES));
		return p;
	}
}

static pid_t keeper;	/* begins and ends the others: never
			   traced, stopped or written to by them */

static long some_pid(void)
{
	static const int odd[] = { 0, 1, -1, INT_MAX, INT_MIN };
	long pid = one_in(2) ? getpid() : one_in(2) ? syscall(SYS_gettid) : (long)(2 + below(40));

	if (one_in(8))
		return odd[below(5)];
	return pid == keeper ? getpid() : pid;
}

/* A time of at most some milliseconds, mostly. */
static char *timespec(void)
{
	struct timespec *t = (struct timespec *)(arena + (below(ARENA - 64) & ~7u));

	for (int i = 0; i < 2; i++) {
		t[i].tv_sec = one_in(12) ? edge() : 0;
		t[i].tv_nsec = one_in(12) ? edge() : (long)below(2000000);
	}
	return one_in(20) ? address() : (char *)t;
}

/* --- what the letters below stand for */
static long argument(char kind)
{
	switch (kind) {
	case 'f':
		return fd();
	case 'd':
		return one_in(2) ? AT_FDCWD : fd();
	case 'n':
		return (long)name();
	case 'a':
		return (long)address();
	case 's':
		return (long)structure();
	case 'v':
		return (long)iovec();
	case 'm':
		return (long)message();
	case 'u':
		return (long)socket_name();
	case 't':
		return (long)timespec();
	case 'l':
		return small();
	case 'e':
		return edge();
	case 'F':
		return flags();
	case 'p':
		return some_pid();
	case 'S':
		return one_in(8) ? edge() : (long)below(65);
	case 'P': /* page-aligned */
		return (long)ground + (long)(below(64) * PAGE) + (one_in(30) ? 1 : 0);
	case 'L': /* pages */
		return one_in(15) ? edge() : (long)(below(20) * PAGE);
	case 'o':
		return (long)(below(3) | (one_in(2) ? O_CREAT : 0) | (one_in(8) ? O_TRUNC : 0) |
			      O_NONBLOCK | (one_in(6) ? O_APPEND : 0) | (one_in(6) ? O_PATH : 0) |
			      (one_in(8) ? O_TMPFILE : 0) | (one_in(10) ? O_DIRECTORY : 0) |
			      (one_in(10) ? O_NOFOLLOW : 0) | (one_in(20) ? flags() : 0));
	case '0':
		return 0;
	case '8':
		return one_in(20) ? edge() : 8;
	case 'M': /* milliseconds */
		return one_in(30) ? small() : (long)below(3);
	default: /* b: a choice of few */
		return (long)below(12);
	}
}

struct call {
	long nr;
	const char *kinds;
	unsigned weight;
};

#define C(name, kinds, weight) { SYS_##name, kinds, weight }
static const struct call calls[] = {
	/* files by name */
	C(openat, "dnob", 12), C(openat2, "dnsl", 2), C(mkdirat, "dnb", 4), C(mknodat, "dnFl", 4),
	C(unlinkat, "dn0", 4), C(unlinkat, "dnF", 3), C(renameat2, "dndnb", 8), C(linkat, "dndnF", 4),
	C(symlinkat, "ndn", 4), C(readlinkat, "dnal", 2), C(faccessat, "dnb", 1), C(chdir, "n", 2),
	C(fchdir, "f", 2), C(fchmodat, "dnl", 2), C(fchownat, "dnllF", 2),
	C(statx, "dnFFs", 2), C(truncate, "nl", 3), C(utimensat, "dntF", 2), C(getxattr, "nnal", 1),
	C(setxattr, "nnalb", 2), C(listxattr, "nal", 1), C(removexattr, "nn", 1), C(statfs, "ns", 1),
	C(getcwd, "al", 1), C(inotify_add_watch, "fnF", 4), C(inotify_rm_watch, "fb", 2),
	C(name_to_handle_at, "dnssF", 1), C(chroot, "n", 1), C(umask, "l", 1),
	/* files by descriptor */
	C(read, "fal", 8), C(write, "fal", 10), C(pread64, "fale", 3), C(pwrite64, "fall", 4),
	C(readv, "fvb", 4), C(writev, "fvb", 4), C(preadv2, "fvbl0F", 2), C(pwritev2, "fvbl0F", 2),
	C(lseek, "feb", 3), C(ftruncate, "fl", 4), C(fallocate, "fFll", 4), C(fsync, "f", 1),
	C(fdatasync, "f", 1), C(sync_file_range, "fllF", 1), C(fadvise64, "fllb", 1), C(fstat, "fs", 2),
	C(getdents64, "fal", 4), C(fchmod, "fl", 1), C(fchown, "fll", 1), C(flock, "fb", 3),
	C(fcntl, "flF", 8), C(fcntl, "fbs", 6), C(fgetxattr, "fnal", 1), C(fsetxattr, "fnal0", 1),
	C(sendfile, "ffsl", 4), C(splice, "fsfslF", 4), C(splice, "f0f0lF", 6), C(tee, "fflF", 3),
	C(vmsplice, "fvbF", 3), C(copy_file_range, "fsfsl0", 3), C(readahead, "fll", 1),
	C(close, "f", 6), C(dup, "f", 3), C(dup2, "ff", 8), C(dup3, "ffF", 2), C(close_range, "ff0", 1),
	/* new descriptors */
	C(pipe2, "sF", 5), C(eventfd2, "lF", 2), C(epoll_create1, "0", 3), C(timerfd_create, "b0", 2),
	C(signalfd4, "fs80", 2), C(inotify_init1, "0", 2), C(memfd_create, "nb", 3),
	C(socketpair, "1bbs", 5), C(socket, "1b0", 3), C(pidfd_open, "p0", 2), C(userfaultfd, "F", 1),
	/* waiting */
	C(epoll_ctl, "fbfs", 10), C(epoll_pwait, "fsbM0", 5), C(poll, "sbM", 4), C(ppoll, "sbt0", 2),
	C(select, "bssst", 2), C(pselect6, "bssst0", 3), C(timerfd_settime, "fbts", 3),
	C(timerfd_gettime, "fs", 1), C(nanosleep, "ts", 1), C(clock_nanosleep, "bbts", 2),
	C(futex, "abltal", 10), C(futex, "aFltal", 3), C(sched_yield, "", 1),
	/* sockets */
	C(bind, "ful", 4), C(connect, "ful", 5), C(listen, "fb", 3), C(accept4, "fssF", 5),
	C(sendto, "falFul", 5), C(recvfrom, "falFss", 5), C(sendmsg, "fmF", 8), C(recvmsg, "fmF", 8),
	C(sendmmsg, "fmbF", 2), C(recvmmsg, "fmbFt", 2), C(shutdown, "fb", 3), C(getsockname, "fss", 1),
	C(getpeername, "fss", 1), C(setsockopt, "fblsb", 3), C(setsockopt, "f1bsb", 4),
	C(getsockopt, "f1bss", 2),
	/* terminals and other ioctls */
	C(ioctl, "fTs", 14), C(ioctl, "fes", 2),
	/* memory */
	C(mmap, "PLbFfL", 6), C(mmap, "PLbMfL", 6), C(munmap, "PL", 3), C(mprotect, "PLb", 3),
	C(mremap, "PLLbP", 4), C(madvise, "PLl", 4), C(msync, "PLb", 2), C(mincore, "PLa", 1),
	C(mlock, "PL", 1), C(munlock, "PL", 1), C(mlockall, "b", 1), C(munlockall, "", 1), C(brk, "e", 1),
	C(process_vm_readv, "pvbvb0", 3), C(process_vm_writev, "pvbvb0", 2), C(membarrier, "F0", 1),
	C(process_madvise, "fvbb0", 1), C(remap_file_pages, "PL0lF", 1), C(mbind, "PLbabF", 1),
	/* processes, signals, time */
	C(getpgid, "p", 1), C(setpgid, "pp", 1), C(getsid, "p", 1), C(setsid, "", 1),
	C(wait4, "psNs", 3), C(waitid, "bpsNs", 3), C(kill, "pZ", 2), C(tgkill, "ppZ", 2),
	C(rt_sigqueueinfo, "pZs", 2), C(rt_tgsigqueueinfo, "ppZs", 1), C(rt_sigpending, "s8", 1),
	C(rt_sigtimedwait, "sst8", 2), C(sigaltstack, "ss", 1), C(pidfd_send_signal, "fZs0", 2),
	C(pidfd_getfd, "ff0", 2), C(setitimer, "lss", 1), C(getitimer, "bs", 1),
	C(timer_create, "bss", 4), C(timer_settime, "bbts", 4), C(timer_gettime, "bs", 1),
	C(timer_delete, "b", 2), C(timer_getoverrun, "b", 1), C(clock_gettime, "es", 1),
	C(clock_getres, "es", 1), C(prctl, "lssss", 5), C(getrlimit, "bs", 1),
	C(prlimit64, "pb0s", 1), C(getrusage, "bs", 1), C(times, "s", 1), C(getpriority, "bp", 1),
	C(setpriority, "bpl", 1), C(sched_setaffinity, "pls", 1), C(sched_getaffinity, "pls", 1),
	C(sched_setscheduler, "pbs", 1), C(sched_getattr, "psl0", 1), C(sched_setattr, "ps0", 1),
	C(capget, "ss", 1), C(capset, "ss", 1), C(getgroups, "ls", 1), C(setgroups, "bs", 1),
	C(setresuid, "lll", 1), C(setfsuid, "l", 1), C(uname, "a", 1), C(sysinfo, "a", 1),
	C(getrandom, "alb", 1), C(syslog, "bal", 1), C(set_robust_list, "sl", 1),
	C(get_robust_list, "pss", 1), C(rseq, "slbb", 1), C(ptrace, "lpss", 3), C(kcmp, "ppbff", 1),
	C(sethostname, "al", 1), C(personality, "F", 1), C(unshare, "F", 1), C(execve, "nss", 1),
	C(execveat, "dnssF", 1), C(arch_prctl, "la", 1), C(iopl, "b", 1), C(io_setup, "ls", 1),
	C(acct, "n", 1), C(swapon, "nl", 1), C(quotactl, "lnls", 1),
#ifdef SYS_newfstatat
	C(newfstatat, "dnsF", 3),
#endif
#ifdef SYS_fcntl64	/* 32-bit CPUs' */
	C(fstatat64, "dnsF", 3), C(stat64, "ns", 1), C(fcntl64, "flF", 8), C(fcntl64, "fbs", 6),
	C(_llseek, "fbesb", 3), C(truncate64, "nbb", 2), C(ftruncate64, "fbb", 3), C(statfs64, "nls", 1),
	C(sendfile64, "ffsl", 3), C(mmap2, "PLbFfb", 6), C(mmap2, "PLbMfb", 6),
	C(clock_gettime64, "es", 1), C(clock_nanosleep_time64, "bbts", 2), C(ppoll_time64, "sbt0", 2),
	C(pselect6_time64, "bssst0", 2), C(futex_time64, "abltal", 5), C(recvmmsg_time64, "fmbFt", 2),
	C(timerfd_settime64, "fbts", 2), C(timer_settime64, "bbts", 2), C(utimensat_time64, "dntF", 2),
	C(rt_sigtimedwait_time64, "sst8", 2),
#endif
#ifdef SYS_socketcall	/* those of the first CPUs */
	C(socketcall, "bs", 8), C(ipc, "bbbbsl", 8), C(_newselect, "bssst", 2), C(waitpid, "psN", 2),
	C(sigaction, "bss", 2), C(sigpending, "s", 1), C(sigsuspend, "bbl", 1), C(readdir, "fs", 1),
	C(olduname, "a", 1), C(stime, "s", 1), C(signal, "be", 1),
#endif
	/* mounts */
	C(mount, "nnnFn", 2), C(mount, "nnnBn", 3), C(mount, "nnKFn", 3), C(umount2, "nb", 4),
	C(pivot_root, "nn", 1),
};
#undef C

/* The letters that need their call's own values. */
static long special(char kind)
{
	static const unsigned tty[] = { 0x5401, 0x5402, 0x5403, 0x5404, 0x5405, 0x5406, 0x5407, 0x5408,
		0x5409, 0x540a, 0x540b, 0x540c, 0x540d, 0x540e, 0x540f, 0x5410, 0x5411, 0x5412, 0x5413,
		0x5414, 0x5415, 0x541b, 0x541d, 0x5420, 0x5421, 0x5422, 0x5423, 0x5424, 0x5425, 0x5427,
		0x5428, 0x5429, 0x5441, 0x5450, 0x5451, 0x5452, 0x80045430, 0x40045431, 0x80045438,
		0x80045439, 0x40045436 };

	switch (kind) {
	case '1':
		return one_in(20) ? (long)below(40) : 1; /* AF_UNIX, SOL_SOCKET */
	case 'T':
		return tty[below(sizeof(tty) / sizeof(tty[0]))];
	case 'N':
		return WNOHANG | flags();
	case 'Z': /* a signal that ends nobody */
		return one_in(4) ? 0 : one_in(2) ? SIGUSR1 : SIGRTMIN + (int)below(3);
	case 'M':
		return 1 + below(2) + (one_in(2) ? 0x20 : 0) + (one_in(4) ? MAP_NORESERVE : 0) +
		       (one_in(4) ? MAP_POPULATE : 0);
	case 'B':
		return MS_BIND | (one_in(3) ? MS_REC : 0) | (one_in(5) ? MS_MOVE : 0);
	case 'K': {
		static const char *const types[] = { "tmpfs", "proc", "sysfs", "devpts", "devtmpfs",
						     "overlay", "hostfs", "ramfs" };
		return (long)types[below(8)];
	}
	}
	return argument(kind);
}

static bool is_special(char kind)
{
	return strchr("1TNZBK", kind) != NULL;
}

static void one_call(const struct call *c)
{
	long a[6] = { 0 };
	bool map = c->nr == SYS_mmap;

	for (int i = 0; c->kinds[i]; i++) {
		char kind = c->kinds[i];

		a[i] = is_special(kind) || (map && kind == 'M') ? special(kind) : argument(kind);
	}
	/* Never over the program itself or its stacks. */
	if (map)
		a[3] &= one_in(2) ? ~0L : ~(long)(MAP_FIXED | MAP_GROWSDOWN);
	if (c->nr == SYS_brk || (c->nr == SYS_setitimer && a[0] == ITIMER_REAL))
		a[0] = -1;
	if ((c->nr == SYS_kill || c->nr == SYS_rt_sigqueueinfo) && a[0] <= 1)
		return;
	syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static const struct call *choose(void)
{
	static unsigned total;
	unsigned n;

	if (!total)
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
			total += calls[i].weight;
	n = below(total);
	for (size_t i = 0;; i++) {
		if (n < calls[i].weight)
			return &calls[i];
		n -= calls[i].weight;
	}
}

/* --- processes */

static uint64_t thread_seed;

static void *second_thread(void *arg)
{
	(void)arg;
	state = thread_seed;
	for (;;)
		one_call(choose());
	return NULL;
}

static void nothing(int sig)
{
	(void)sig;
}

/* Descriptors of every kind, that come to be known by their small numbers. */
static void some_descriptors(void)
{
	int pair[2];

	for (int i = FD_LOW; i < FD_HIGH; i++)
		close(i);
	pipe2(pair, O_NONBLOCK);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
	socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair);
	socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair);
	eventfd(0, EFD_NONBLOCK);
	epoll_create1(0);
	epoll_create1(0);
	timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	inotify_init1(IN_NONBLOCK);
	(void)!syscall(SYS_memfd_create, "m", 3);
	posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	open(".", O_RDONLY);
	open("n1", O_RDWR | O_CREAT | O_NONBLOCK, 0666);
	open("n2", O_RDWR | O_CREAT | O_NONBLOCK, 0666);
	open("/proc/self/maps", O_RDONLY);
	open("/proc/self/fd", O_RDONLY);
	open("/dev/zero", O_RDWR);
	socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
}

static void child(uint64_t seed)
{
	int null = open("/dev/null", O_RDWR);
	pthread_t thread;
	sigset_t none;

	/* What it says is nobody's concern. */
	for (int i = 0; i < FD_LOW; i++)
		dup2(null, i);
	state = seed;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* What sleeps is woken. */
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 5000 }, { 0, 5000 } }, NULL);
	some_descriptors();
	for (unsigned long i = 0; i < ARENA; i += sizeof(long))
		memcpy(arena + i, &(long){ one_in(3) ? small() : 0 }, sizeof(long));
	thread_seed = any();
	pthread_create(&thread, NULL, second_thread, NULL);
	for (int i = 0; i < CALLS_PER_CHILD; i++)
		one_call(choose());
	_exit(0);
}

static void set_up_memory(void)
{
	int file = open("file", O_RDWR | O_CREAT, 0666);

	if (ftruncate(file, (off_t)PAGE))
		exit(1);
	arena = mmap((void *)ARENA_AT, ARENA + 4 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	munmap(arena + ARENA, PAGE);
	mprotect(arena + ARENA + PAGE, PAGE, PROT_READ);
	mmap(arena + ARENA + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
	     0);
	ground = mmap((void *)GROUND_AT, GROUND, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	shared = mmap((void *)SHARED_AT, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	close(file);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Is there a place for a new child?  An old one that has stopped itself or lost its way is killed;
 * as another may trace it, its end is not waited for. */
static bool vacant(pid_t kid, double since)
{
	if (kid && waitpid(kid, NULL, WNOHANG) == 0) {
		if (now() - since > 3)
			kill(kid, SIGKILL);
		return false;
	}
	return true;
}

static void keep(pid_t *kids, double *since, int n, uint64_t seed)
{
	for (int i = 0; i < n; i++) {
		if (!vacant(kids[i], since[i]))
			continue;
		state = seed + (uint64_t)i * 977;
		since[i] = now();
		kids[i] = fork();
		if (!kids[i])
			child(any() ^ seed);
	}
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	double end = now() + (argc > 2 ? atof(argv[2]) : 5);
	int n = argc > 3 ? atoi(argv[3]) : 4;
	pid_t kids[32] = { 0 };
	double since[32] = { 0 };
	struct rlimit small_files = { 1 << 20, 1 << 20 };

	if (n < 1 || n > 32)
		return 2;
	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	if ((mkdir("/tmp/attack", 0777) && errno != EEXIST) || chdir("/tmp/attack"))
		return 1;
	chmod("/tmp/attack", 01777);
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGSEGV && sig != SIGBUS && sig != SIGILL && sig != SIGFPE && sig != SIGCHLD)
			sigaction(sig, &(struct sigaction){ .sa_handler = nothing }, NULL);
	setrlimit(RLIMIT_FSIZE, &small_files);
	set_up_memory();
	keeper = getpid();
	while (now() < end) {
		seed += 0x9e3779b97f4a7c15ULL;
		keep(kids, since, n, seed);
		usleep(10000);
	}
	for (int i = 0; i < n; i++)
		if (kids[i])
			kill(kids[i], SIGKILL);
	for (int i = 0; i < 400 && (waitpid(-1, NULL, WNOHANG) >= 0 || errno == EINTR); i++)
		usleep(5000);
	printf("survived\n");
	return 0;
}
