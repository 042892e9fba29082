/*
 * Resource limits: reading and setting them, who may raise them, and what
 * each does at its edge: descriptors, file size, stack, address space, data,
 * processes, locked memory, nice.
 */
#include "child.h"

#include <limits.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>

static atomic_int caught;

static void note_signal(int sig)
{
	caught = sig;
}

/* The kernel's own form of a limit, the same on every CPU. */
struct limit64 {
	uint64_t cur, max;
};

static long prlimit_raw(pid_t pid, int resource, const struct limit64 *new, struct limit64 *old)
{
	return syscall(SYS_prlimit64, pid, resource, new, old);
}

static void lower(int resource, rlim_t value)
{
	struct rlimit lim;

	OK(getrlimit(resource, &lim));
	lim.rlim_cur = value;
	OK(setrlimit(resource, &lim));
}

static void all_readable(void)
{
	struct rlimit lim;
	struct limit64 raw;

	for (int resource = 0; resource < 16; resource++) {
		OK(getrlimit(resource, &lim));
		CHECK(lim.rlim_cur <= lim.rlim_max);
		OK(prlimit_raw(0, resource, NULL, &raw));
		CHECK(raw.cur == lim.rlim_cur || lim.rlim_cur == RLIM_INFINITY);
	}
}

static void round_trip(void)
{
	static const int resources[] = { RLIMIT_CPU,  RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK,
					 RLIMIT_CORE, RLIMIT_AS,    RLIMIT_LOCKS };
	struct rlimit lim, seen;

	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		OK(getrlimit(resources[i], &lim));
		lim.rlim_cur = lim.rlim_max < 0x7f000000 ? lim.rlim_max : 0x7f000000;
		OK(setrlimit(resources[i], &lim));
		OK(getrlimit(resources[i], &seen));
		CHECK(seen.rlim_cur == lim.rlim_cur && seen.rlim_max == lim.rlim_max);
		lim.rlim_cur = lim.rlim_max;
		OK(setrlimit(resources[i], &lim));
	}
}

static void exchange(void)
{
	struct limit64 first = { 40, 90 }, second = { 30, 80 }, old;

	OK(prlimit_raw(0, RLIMIT_NOFILE, &first, NULL));
	OK(prlimit_raw(getpid(), RLIMIT_NOFILE, &second, &old));
	EQ(old.cur, 40);
	EQ(old.max, 90);
	OK(prlimit_raw(0, RLIMIT_NOFILE, NULL, &old));
	EQ(old.cur, 30);
	EQ(old.max, 80);
	EQ(prlimit_raw(0, RLIMIT_NOFILE, NULL, NULL), 0);
}

static void errors(void)
{
	struct limit64 lim = { 20, 10 };
	void *bad = bad_ptr();

	FAILS(EINVAL, prlimit_raw(0, RLIMIT_NOFILE, &lim, NULL));
	FAILS(EINVAL, prlimit_raw(0, 16, NULL, &lim));
	FAILS(EINVAL, prlimit_raw(0, -1, NULL, &lim));
	FAILS(EINVAL, prlimit_raw(0, 16, NULL, NULL));
	FAILS(EFAULT, prlimit_raw(0, RLIMIT_NOFILE, bad, NULL));
	FAILS(EFAULT, prlimit_raw(0, RLIMIT_NOFILE, NULL, bad));
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(0);
	EQ(abi_wait(pid), 0);
	FAILS(ESRCH, prlimit_raw(pid, RLIMIT_NOFILE, NULL, NULL));
	/* No process may have more descriptors than fs.nr_open, nor may root. */
	lim.cur = lim.max = 1ULL << 40;
	FAILS(EPERM, prlimit_raw(0, RLIMIT_NOFILE, &lim, NULL));
}

static void hard_limit(void)
{
	struct rlimit lim = { 50, 60 };

	OK(setrlimit(RLIMIT_NOFILE, &lim));
	lim.rlim_max = 70;
	if (has_cap(CAP_SYS_RESOURCE))
		OK(setrlimit(RLIMIT_NOFILE, &lim));
	else
		FAILS(EPERM, setrlimit(RLIMIT_NOFILE, &lim));
	pid_t pid = OK(fork());

	if (pid == 0) {
		drop_root();
		OK(getrlimit(RLIMIT_NOFILE, &lim));
		lim.rlim_cur = lim.rlim_max;
		OK(setrlimit(RLIMIT_NOFILE, &lim));
		lim.rlim_max++;
		FAILS(EPERM, setrlimit(RLIMIT_NOFILE, &lim));
		lim.rlim_cur = lim.rlim_max = 45;
		OK(setrlimit(RLIMIT_NOFILE, &lim));
		lim.rlim_max = 46;
		FAILS(EPERM, setrlimit(RLIMIT_NOFILE, &lim));
		_exit(0);
	}
	child_join(pid);
}

static void other_process(void)
{
	struct limit64 lim = { 33, 44 }, seen;
	pid_t pid = OK(fork());

	if (pid == 0) {
		do {
			abi_sleep_ms(1);
			OK(prlimit_raw(0, RLIMIT_NOFILE, NULL, &seen));
		} while (seen.cur != 33);
		_exit(0);
	}
	OK(prlimit_raw(pid, RLIMIT_NOFILE, &lim, NULL));
	child_join(pid);
	OK(prlimit_raw(0, RLIMIT_NOFILE, NULL, &seen));
	CHECK(seen.cur != 33);
	if (geteuid() != 0)
		return;
	pid = OK(fork());
	if (pid == 0) {
		drop_root();
		FAILS(EPERM, prlimit_raw(getppid(), RLIMIT_NOFILE, NULL, &seen));
		FAILS(EPERM, prlimit_raw(getppid(), RLIMIT_NOFILE, &lim, NULL));
		_exit(0);
	}
	child_join(pid);
}

static void inherited(void)
{
	struct rlimit lim = { 33, 44 };

	OK(setrlimit(RLIMIT_NOFILE, &lim));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(getrlimit(RLIMIT_NOFILE, &lim));
		EQ(lim.rlim_cur, 33);
		EQ(lim.rlim_max, 44);
		lower(RLIMIT_NOFILE, 11);
		_exit(0);
	}
	child_join(pid);
	OK(getrlimit(RLIMIT_NOFILE, &lim));
	EQ(lim.rlim_cur, 33);
}

static void limits_file(void)
{
	struct rlimit lim = { 33, 44 };
	char line[256];
	int found = 0;

	OK(setrlimit(RLIMIT_NOFILE, &lim));
	FILE *file = fopen("/proc/self/limits", "r");

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		unsigned int cur, max;

		if (sscanf(line, "Max open files %u %u files", &cur, &max) == 2) {
			EQ(cur, 33);
			EQ(max, 44);
			found++;
		}
	}
	EQ(found, 1);
	fclose(file);
}

static void descriptors(void)
{
	int high = OK(fcntl(0, F_DUPFD, 50)), pipefd[2], last = -1, fd;

	lower(RLIMIT_NOFILE, 20);
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	EQ(errno, EMFILE);
	EQ(last, 19);
	FAILS(EMFILE, dup(0));
	FAILS(EMFILE, pipe(pipefd));
	FAILS(EMFILE, fcntl(0, F_DUPFD, 3));
	FAILS(EINVAL, fcntl(0, F_DUPFD, 20));
	FAILS(EBADF, dup2(0, 20));
	FAILS(EBADF, dup3(0, 20, O_CLOEXEC));
	EQ(dup2(0, 19), 19);
	/* What was open above the limit stays open. */
	OK(fcntl(high, F_GETFD));
	OK(close(19));
	FAILS(EMFILE, pipe(pipefd));
	EQ(dup(high), 19);
	OK(close(19));
	lower(RLIMIT_NOFILE, 0);
	FAILS(EMFILE, open("/dev/null", O_RDONLY));
	OK(fcntl(0, F_GETFD));
}

static void file_size(void)
{
	char data[64] = "";
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	on_signal(SIGXFSZ, note_signal, 0);
	lower(RLIMIT_FSIZE, 100);
	EQ(write(fd, data, 64), 64);
	EQ(write(fd, data, 64), 36);
	EQ(caught, 0);
	FAILS(EFBIG, write(fd, data, 64));
	EQ(caught, SIGXFSZ);
	caught = 0;
	FAILS(EFBIG, pwrite(fd, data, 1, 100));
	EQ(caught, SIGXFSZ);
	EQ(pwrite(fd, data, 10, 95), 5);
	caught = 0;
	FAILS(EFBIG, ftruncate(fd, 101));
	EQ(caught, SIGXFSZ);
	OK(ftruncate(fd, 100));
	caught = 0;
	FAILS(EFBIG, writev(fd, &(struct iovec){ data, 4 }, 1));
	EQ(caught, SIGXFSZ);
	EQ(lseek(fd, 0, SEEK_END), 100);
}

static void file_size_other(void)
{
	int pipefd[2], null = OK(open("/dev/null", O_WRONLY));

	on_signal(SIGXFSZ, note_signal, 0);
	OK(pipe(pipefd));
	lower(RLIMIT_FSIZE, 0);
	/* Only regular files have a size to limit. */
	EQ(write(null, "abc", 3), 3);
	EQ(write(pipefd[1], "abc", 3), 3);
	EQ(caught, 0);
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	FAILS(EFBIG, write(fd, "a", 1));
	EQ(caught, SIGXFSZ);
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(prctl(PR_SET_DUMPABLE, 0));
		on_signal(SIGXFSZ, SIG_DFL, 0);
		write(fd, "a", 1);
		_exit(0);
	}
	EQ(abi_wait(pid), SIGXFSZ);
}

static int recurse(volatile int level)
{
	volatile char pad[1024];

	pad[0] = pad[1023] = (char)level;
	if (level == 0)
		return 0;
	return recurse(level - 1) + pad[0];
}

static void stack_size(void)
{
	for (int deep = 0; deep < 2; deep++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			OK(prctl(PR_SET_DUMPABLE, 0));
			lower(RLIMIT_STACK, 1024 * 1024);
			recurse(deep ? 2000 : 400);
			_exit(0);
		}
		EQ(abi_wait(pid), deep ? SIGSEGV : 0);
	}
	lower(RLIMIT_STACK, 4096 * 1024);
	recurse(2000);
}

static void *map(size_t size, int prot)
{
	return mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void address_space(void)
{
	size_t big = 256 * 1024 * 1024;
	void *mem = map(big, PROT_NONE);

	CHECK(mem != MAP_FAILED);
	OK(munmap(mem, big));
	lower(RLIMIT_AS, 64 * 1024 * 1024);
	CHECK(map(big, PROT_NONE) == MAP_FAILED);
	EQ(errno, ENOMEM);
	CHECK(map(big, PROT_READ | PROT_WRITE) == MAP_FAILED);
	EQ(errno, ENOMEM);
	mem = map(1024 * 1024, PROT_READ | PROT_WRITE);
	CHECK(mem != MAP_FAILED);
	CHECK(mremap(mem, 1024 * 1024, big, MREMAP_MAYMOVE) == MAP_FAILED);
	EQ(errno, ENOMEM);
	CHECK(sbrk(big) == (void *)-1);
	EQ(errno, ENOMEM);
}

static void data_size(void)
{
	size_t big = 256 * 1024 * 1024;

	lower(RLIMIT_DATA, 32 * 1024 * 1024);
	CHECK(map(big, PROT_READ | PROT_WRITE) == MAP_FAILED);
	EQ(errno, ENOMEM);
	CHECK(sbrk(big) == (void *)-1);
	/* Neither shared nor unwritable memory is data. */
	void *mem = map(big, PROT_READ);

	CHECK(mem != MAP_FAILED);
	FAILS(ENOMEM, mprotect(mem, big, PROT_READ | PROT_WRITE));
	OK(munmap(mem, big));
	mem = mmap(NULL, big, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(mem != MAP_FAILED);
}

static void processes(void)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		drop_root();
		lower(RLIMIT_NPROC, 0);
		FAILS(EAGAIN, fork());
		FAILS(EAGAIN, fork());
		_exit(0);
	}
	child_join(pid);
	if (geteuid() != 0)
		return;
	/* Root's processes are not counted against it. */
	lower(RLIMIT_NPROC, 0);
	pid = OK(fork());
	if (pid == 0)
		_exit(0);
	child_join(pid);
}

static void locked_memory(void)
{
	size_t page = page_size();
	char *mem = map(8 * page, PROT_READ | PROT_WRITE);

	CHECK(mem != MAP_FAILED);
	drop_root();
	lower(RLIMIT_MEMLOCK, 4 * page);
	OK(mlock(mem, 4 * page));
	FAILS(ENOMEM, mlock(mem + 4 * page, page));
	/* Locking what is locked costs nothing. */
	OK(mlock(mem, 2 * page));
	OK(munlock(mem, page));
	OK(mlock(mem + 4 * page, page));
	OK(munlockall());
	FAILS(ENOMEM, mlock(mem, 5 * page));
	CHECK(mmap(NULL, 8 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0) ==
	      MAP_FAILED);
	EQ(errno, EAGAIN);
	lower(RLIMIT_MEMLOCK, 0);
	FAILS(EPERM, mlock(mem, page));
	FAILS(EPERM, mlockall(MCL_CURRENT));
}

static void nice_limit(void)
{
	struct rlimit lim = { 25, 25 };
	bool raised = has_cap(CAP_SYS_RESOURCE);

	if (raised)
		OK(setrlimit(RLIMIT_NICE, &lim));
	drop_root();
	OK(getrlimit(RLIMIT_NICE, &lim));
	OK(setpriority(PRIO_PROCESS, 0, 5));
	if (raised) {
		/* 25 allows nice 20 - 25 and no less. */
		OK(setpriority(PRIO_PROCESS, 0, -5));
		FAILS(EACCES, setpriority(PRIO_PROCESS, 0, -6));
		EQ(getpriority(PRIO_PROCESS, 0), -5);
	}
	lower(RLIMIT_NICE, 0);
	OK(setpriority(PRIO_PROCESS, 0, 10));
	FAILS(EACCES, setpriority(PRIO_PROCESS, 0, 9));
	EQ(getpriority(PRIO_PROCESS, 0), 10);
}

static void core_limit(void)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		lower(RLIMIT_CORE, 0);
		OK(prctl(PR_SET_DUMPABLE, 0));
		kill(getpid(), SIGQUIT);
		_exit(0);
	}
	int status = abi_wait(pid);

	CHECK(WIFSIGNALED(status) && !WCOREDUMP(status));
	FAILS(ENOENT, access("core", F_OK));
}

static const struct abi_row rows[] = {
	{ all_readable, "all sixteen limits can be read" },
	{ round_trip, "a soft limit set is the one read" },
	{ exchange, "prlimit64 sets and returns the old" },
	{ errors, "EINVAL, EFAULT, ESRCH, and EPERM beyond nr_open" },
	{ hard_limit, "without privilege a hard limit only falls" },
	{ other_process, "prlimit64 on another process" },
	{ inherited, "fork inherits limits" },
	{ limits_file, "/proc/self/limits" },
	{ descriptors, "RLIMIT_NOFILE" },
	{ file_size, "RLIMIT_FSIZE: short write, then EFBIG with SIGXFSZ" },
	{ file_size_other, "RLIMIT_FSIZE is for regular files, and kills by default" },
	{ stack_size, "RLIMIT_STACK ends stack growth" },
	{ address_space, "RLIMIT_AS" },
	{ data_size, "RLIMIT_DATA counts private writable memory" },
	{ processes, "RLIMIT_NPROC" },
	{ locked_memory, "RLIMIT_MEMLOCK" },
	{ nice_limit, "RLIMIT_NICE" },
	{ core_limit, "RLIMIT_CORE of zero writes no core" },
};

ABI_MAIN(rows)
