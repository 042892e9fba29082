/*
 * Descriptors as such: dup and its family, fcntl, close, close_range, exec and
 * fork, tables shared with CLONE_FILES.
 */
#include "fixture.h"

#include <linux/close_range.h>
#include <sys/resource.h>

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void lowest(void)
{
	int base = OK(open("/dev/null", O_RDONLY)), p[2];

	for (int i = 1; i <= 4; i++)
		EQ(dup(base), base + i);
	OK(close(base + 1));
	OK(close(base + 3));
	EQ(dup(base), base + 1);
	EQ(open("/dev/null", O_RDONLY), base + 3);
	OK(close(base + 1));
	OK(close(base + 3));
	OK(pipe(p));
	EQ(p[0], base + 1);
	EQ(p[1], base + 3);
	OK(close(0));
	EQ(dup(base), 0);
}

static void dup_shares(void)
{
	int fd = make_file("f", "abc"), copy = OK(dup(fd));

	OK(lseek(fd, 2, SEEK_SET));
	EQ(lseek(copy, 0, SEEK_CUR), 2);
	OK(fcntl(copy, F_SETFL, O_APPEND | O_NONBLOCK));
	EQ(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK), O_APPEND | O_NONBLOCK);
	OK(fcntl(fd, F_SETFD, FD_CLOEXEC));
	EQ(fcntl(copy, F_GETFD), 0);
	OK(close(fd));
	EQ(lseek(copy, 0, SEEK_CUR), 2);
	FAILS(EBADF, dup(fd));
	FAILS(EBADF, dup(-1));
}

static void dup_onto(void)
{
	int a = make_file("a", "a"), b = make_file("b", "b"), p[2];
	char c;

	EQ(dup2(a, b), b);
	EQ(read(b, &c, 1), 1);
	EQ(c, 'a');
	EQ(dup2(a, 50), 50);
	EQ(dup2(a, a), a);
	FAILS(EBADF, dup2(99, 99));
	FAILS(EBADF, dup2(99, a));
	CHECK(is_open(a));
	FAILS(EBADF, dup2(a, -1));
	FAILS(EBADF, dup2(a, 1 << 30));
	/* The target was closed: its pipe ends. */
	OK(pipe(p));
	EQ(dup2(a, p[1]), p[1]);
	EQ(read(p[0], &c, 1), 0);
	OK(fcntl(a, F_SETFD, FD_CLOEXEC));
	EQ(dup2(a, 51), 51);
	EQ(fcntl(51, F_GETFD), 0);
	EQ(dup2(a, a), a);
	EQ(fcntl(a, F_GETFD), FD_CLOEXEC);
}

static void dup_three(void)
{
	int fd = OK(open("/dev/null", O_RDONLY));

	EQ(dup3(fd, 60, O_CLOEXEC), 60);
	EQ(fcntl(60, F_GETFD), FD_CLOEXEC);
	EQ(dup3(fd, 60, 0), 60);
	EQ(fcntl(60, F_GETFD), 0);
	FAILS(EINVAL, dup3(fd, fd, 0));
	FAILS(EINVAL, dup3(fd, 61, O_NONBLOCK));
	FAILS(EINVAL, dup3(-1, -1, 0));
	FAILS(EBADF, dup3(99, 61, 0));
	FAILS(EBADF, dup3(fd, -1, 0));
}

static void dup_from(void)
{
	int fd = OK(open("/dev/null", O_RDONLY));

	EQ(fcntl(fd, F_DUPFD, 40), 40);
	EQ(fcntl(fd, F_DUPFD, 40), 41);
	EQ(fcntl(fd, F_GETFD), 0);
	EQ(fcntl(fd, F_DUPFD_CLOEXEC, 40), 42);
	EQ(fcntl(42, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd, F_DUPFD, 0), fd + 1);
	FAILS(EINVAL, fcntl(fd, F_DUPFD, -1));
	FAILS(EINVAL, fcntl(fd, F_DUPFD, 1 << 30));
	FAILS(EBADF, fcntl(99, F_DUPFD, 0));
}

static void descriptor_flags(void)
{
	int fd = OK(open("/dev/null", O_RDONLY));

	EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd, F_SETFD, 0x7ffffffe), 0);
	EQ(fcntl(fd, F_GETFD), 0);
	FAILS(EBADF, fcntl(-1, F_GETFD));
	FAILS(EBADF, fcntl(99, F_SETFD, 0));
	FAILS(EINVAL, fcntl(fd, 9999, 0));
	FAILS(EBADF, fcntl(99, 9999, 0));
}

static void status_flags(void)
{
	int fd = make_file("f", "abc");
	int keep = fcntl(fd, F_GETFL) & ~(O_APPEND | O_NONBLOCK);

	/* Only some flags can change; the rest of the argument is ignored. */
	OK(fcntl(fd, F_SETFL, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK));
	EQ(fcntl(fd, F_GETFL), keep | O_NONBLOCK);
	EQ(stat_of("f").st_size, 3);
	OK(fcntl(fd, F_SETFL, O_APPEND));
	EQ(fcntl(fd, F_GETFL), keep | O_APPEND);
	OK(fcntl(fd, F_SETFL, 0));
	EQ(fcntl(fd, F_GETFL), keep);
}

static void owners(void)
{
	int p[2];
	struct f_owner_ex owner = { F_OWNER_PID, getpid() }, back;

	OK(pipe(p));
	EQ(fcntl(p[0], F_GETOWN), 0);
	OK(fcntl(p[0], F_SETOWN, getpid()));
	EQ(fcntl(p[0], F_GETOWN), getpid());
	OK(fcntl(p[0], F_SETOWN_EX, &owner));
	OK(fcntl(p[0], F_GETOWN_EX, &back));
	EQ(back.pid, getpid());
	owner.type = 9;
	FAILS(EINVAL, fcntl(p[0], F_SETOWN_EX, &owner));
	FAILS(EFAULT, fcntl(p[0], F_GETOWN_EX, wild()));
	EQ(fcntl(p[0], F_GETSIG), 0);
	OK(fcntl(p[0], F_SETSIG, SIGUSR1));
	EQ(fcntl(p[0], F_GETSIG), SIGUSR1);
	FAILS(EINVAL, fcntl(p[0], F_SETSIG, 99));
}

static void async_signal(void)
{
	int p[2];

	OK(pipe(p));
	signal(SIGIO, tick);
	OK(fcntl(p[0], F_SETOWN, getpid()));
	EQ(write(p[1], "x", 1), 1);
	abi_sleep_ms(20);
	EQ(tick_count, 0);
	OK(fcntl(p[0], F_SETFL, O_ASYNC));
	EQ(write(p[1], "x", 1), 1);
	for (int i = 0; i < 1000 && !tick_count; i++)
		abi_sleep_ms(1);
	CHECK(tick_count > 0);
}

static void closes(void)
{
	int fd = OK(open("/dev/null", O_RDONLY));

	OK(close(fd));
	FAILS(EBADF, close(fd));
	FAILS(EBADF, close(-1));
	FAILS(EBADF, close(1 << 30));
	FAILS(EBADF, fcntl(fd, F_GETFD));
}

static void close_ranges(void)
{
	for (int fd = 30; fd < 40; fd++)
		EQ(dup2(0, fd), fd);
	if (syscall(SYS_close_range, 32, 34, 0) < 0) {
		EQ(errno, ENOSYS);
		abi_skip("no close_range");
	}
	for (int fd = 30; fd < 40; fd++)
		EQ(is_open(fd), fd < 32 || fd > 34);
	OK(syscall(SYS_close_range, 32, 33, 0));
	OK(syscall(SYS_close_range, 36, ~0U, 0));
	CHECK(is_open(35) && !is_open(36) && !is_open(39));
	OK(syscall(SYS_close_range, 30, 30, 0));
	CHECK(!is_open(30) && is_open(31));
	FAILS(EINVAL, syscall(SYS_close_range, 5, 4, 0));
	FAILS(EINVAL, syscall(SYS_close_range, 30, 31, 0x1000));
	CHECK(is_open(31));
}

static void close_range_cloexec(void)
{
	for (int fd = 30; fd < 34; fd++)
		EQ(dup2(0, fd), fd);
	if (syscall(SYS_close_range, 31, 32, CLOSE_RANGE_CLOEXEC) < 0) {
		CHECK(errno == ENOSYS || errno == EINVAL);
		abi_skip("no CLOSE_RANGE_CLOEXEC");
	}
	EQ(fcntl(30, F_GETFD), 0);
	EQ(fcntl(31, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(32, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(33, F_GETFD), 0);
}

/* Runs this program again, to say which of these descriptors it has. */
static int open_after_exec(const char *fds)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		execl("/proc/self/exe", "fdtable", "--open", fds, NULL);
		_exit(99);
	}
	int status = abi_wait(pid);

	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int report_open(const char *fds)
{
	int open_fds = 0;
	char *end;

	for (int bit = 0; *fds; fds = end, bit++)
		open_fds |= is_open(strtol(fds, &end, 10)) << bit;
	return open_fds;
}

static void across_exec(void)
{
	EQ(dup2(0, 30), 30);
	EQ(dup3(0, 31, O_CLOEXEC), 31);
	EQ(dup2(31, 32), 32);
	EQ(fcntl(0, F_DUPFD_CLOEXEC, 33), 33);
	EQ(dup2(0, 34), 34);
	OK(fcntl(34, F_SETFD, FD_CLOEXEC));
	EQ(open_after_exec("30 31 32 33 34 35"), 1 | 4);
	CHECK(is_open(31) && is_open(33) && is_open(34));
}

static void failed_exec(void)
{
	EQ(dup3(0, 31, O_CLOEXEC), 31);
	put_file("f", "");
	FAILS(EACCES, execl("f", "f", NULL));
	FAILS(ENOENT, execl("none", "none", NULL));
	CHECK(is_open(31));
}

static void across_fork(void)
{
	int fd = make_file("f", "abcdef"), cloexec = OK(dup3(fd, 40, O_CLOEXEC));
	char c;
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(fcntl(cloexec, F_GETFD), FD_CLOEXEC);
		EQ(read(fd, &c, 1), 1);
		EQ(c, 'a');
		OK(fcntl(fd, F_SETFL, O_APPEND));
		OK(close(fd));
		_exit(0);
	}
	child_ends(pid);
	/* Offset and status flags are shared, the table is not. */
	EQ(read(fd, &c, 1), 1);
	EQ(c, 'b');
	EQ(fcntl(fd, F_GETFL) & O_APPEND, O_APPEND);
}

static char child_stack[65536] __attribute__((aligned(64)));

static int change_table(void *arg)
{
	int fd = *(int *)arg;

	if (dup2(fd, 44) != 44 || close(fd) < 0)
		return 1;
	return 0;
}

static void shared_table(void)
{
	int fd = make_file("f", "abc");
	pid_t pid = OK(
		clone(change_table, child_stack + sizeof(child_stack), CLONE_FILES | SIGCHLD, &fd));

	child_ends(pid);
	CHECK(!is_open(fd) && is_open(44));
	/* Without CLONE_FILES the changes stay the child's. */
	fd = make_file("g", "");
	OK(close(44));
	child_ends(OK(clone(change_table, child_stack + sizeof(child_stack), SIGCHLD, &fd)));
	CHECK(is_open(fd) && !is_open(44));
}

static int unshare_table(void *arg)
{
	int fd = *(int *)arg;

	if (unshare(CLONE_FILES) < 0)
		return 1;
	return close(fd) < 0;
}

static void unshared_table(void)
{
	int fd = make_file("f", "abc");

	child_ends(OK(clone(unshare_table, child_stack + sizeof(child_stack), CLONE_FILES | SIGCHLD,
			    &fd)));
	CHECK(is_open(fd));
}

static int exec_self(void *arg)
{
	execl("/proc/self/exe", "fdtable", "--open", arg, NULL);
	return 99;
}

static void exec_unshares(void)
{
	EQ(dup3(0, 30, O_CLOEXEC), 30);
	EQ(dup2(0, 31), 31);

	int status = abi_wait(OK(clone(exec_self, child_stack + sizeof(child_stack),
				       CLONE_FILES | SIGCHLD, "30 31")));

	CHECK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 2);
	CHECK(is_open(30));
}

static void grows(void)
{
	struct rlimit limit;

	OK(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < 1024)
		abi_skip("few descriptors allowed");
	limit.rlim_cur = 1024;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	EQ(dup2(0, 1023), 1023);
	FAILS(EBADF, dup2(0, 1024));
	for (int fd = 100; fd < 700; fd++)
		EQ(dup2(0, fd), fd);
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(!(is_open(1023) && is_open(699) && !is_open(700)));
	child_ends(pid);
	/* A lower limit leaves what is open. */
	limit.rlim_cur = 20;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	CHECK(is_open(1023));
	EQ(dup2(0, 5), 5);
	FAILS(EBADF, dup2(0, 20));
}

static void exit_closes(void)
{
	int p[2];
	char c;
	pid_t pid;

	OK(pipe(p));
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(50);
		raise(SIGKILL);
	}
	OK(close(p[1]));
	EQ(read(p[0], &c, 1), 0);
	EQ(WTERMSIG(abi_wait(pid)), SIGKILL);
}

static void listed_in_proc(void)
{
	char name[64];
	struct stat st;

	EQ(dup2(OK(open("/dev/null", O_RDONLY)), 45), 45);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", 45);
	OK(lstat(name, &st));
	CHECK(S_ISLNK(st.st_mode));
	OK(stat(name, &st));
	CHECK(S_ISCHR(st.st_mode));
	OK(close(45));
	FAILS(ENOENT, lstat(name, &st));
}

static const struct abi_row rows[] = {
	{ lowest, "the lowest free descriptor is given" },
	{ dup_shares, "dup shares offset and status flags, not FD_CLOEXEC" },
	{ dup_onto, "dup2 replaces its target" },
	{ dup_three, "dup3 and O_CLOEXEC" },
	{ dup_from, "F_DUPFD starts at its argument" },
	{ descriptor_flags, "F_SETFD keeps one bit" },
	{ status_flags, "F_SETFL changes what may change" },
	{ owners, "F_SETOWN, F_SETOWN_EX and F_SETSIG" },
	{ async_signal, "O_ASYNC sends SIGIO" },
	{ closes, "close errors" },
	{ close_ranges, "close_range" },
	{ close_range_cloexec, "CLOSE_RANGE_CLOEXEC" },
	{ across_exec, "exec closes what is marked" },
	{ failed_exec, "a failed exec closes nothing" },
	{ across_fork, "fork copies the table and shares the files" },
	{ shared_table, "CLONE_FILES shares the table" },
	{ unshared_table, "unshare(CLONE_FILES) parts it" },
	{ exec_unshares, "exec parts a shared table first" },
	{ grows, "large tables and RLIMIT_NOFILE" },
	{ exit_closes, "a killed process closes its descriptors" },
	{ listed_in_proc, "/proc/self/fd follows" },
};

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--open") == 0)
		return report_open(argv[2]);
	close_inherited();
	return abi_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}
