/*
 * execve and execveat: what the new program gets (arguments, environment,
 * auxiliary vector, descriptors, signals, ids), what it loses (threads,
 * handlers, alternate stack, POSIX timers), scripts, and every way to fail.
 *
 * Rows run this very binary again, through /proc/self/exe or a copy or a link
 * of it; a constructor sees an argv[1] that starts with '@' and runs the
 * matching probe instead of main.  A probe has no verdict: it exits with 0, or
 * with the number of the check that failed.
 */
#include "child.h"

#include <pthread.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/vfs.h>

#define SELF "/proc/self/exe"

extern char **environ;

static char *empty_env[] = { NULL };

static int probe_args(int argc, char **argv)
{
	if (argc != 5 || argv[5] != NULL)
		return 1;
	if (strcmp(argv[0], "zero") != 0 || strcmp(argv[2], "") != 0)
		return 2;
	if (strcmp(argv[3], "a b\n\t\"") != 0 || strcmp(argv[4], "\xff\x01") != 0)
		return 3;
	if (!environ[0] || strcmp(environ[0], "A=1") != 0)
		return 4;
	if (!environ[1] || strcmp(environ[1], "noequals") != 0 || environ[2])
		return 5;
	return 0;
}

static int probe_noenv(int argc, char **argv)
{
	(void)argv;
	return argc == 2 && environ[0] == NULL ? 0 : 1;
}

/* Prints every argument on its own line. */
static int probe_print(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		dprintf(1, "%s\n", argv[i]);
	return 0;
}

static int probe_fds(int argc, char **argv)
{
	(void)argc;
	int closed = atoi(argv[2]), kept = atoi(argv[3]);

	if (fcntl(closed, F_GETFD) != -1 || errno != EBADF)
		return 1;
	if (fcntl(kept, F_GETFD) != 0)
		return 2;
	if (lseek(kept, 0, SEEK_CUR) != 3)
		return 3;
	return 0;
}

static int probe_auxv(int argc, char **argv)
{
	unsigned long pair[2];
	unsigned long pagesz = 0;
	char *random = (char *)getauxval(AT_RANDOM);
	int fd = open("/proc/self/auxv", O_RDONLY);

	(void)argc;
	if (getauxval(AT_PAGESZ) != page_size() || getauxval(AT_CLKTCK) != 100)
		return 1;
	if (getauxval(AT_UID) != getuid() || getauxval(AT_EUID) != geteuid() ||
	    getauxval(AT_GID) != getgid() || getauxval(AT_EGID) != getegid())
		return 2;
	if (getauxval(AT_SECURE) != 0)
		return 3;
	if (strcmp((char *)getauxval(AT_EXECFN), argv[2]) != 0)
		return 4;
	if (!getauxval(AT_PHDR) || getauxval(AT_PHNUM) < 2 || !getauxval(AT_ENTRY))
		return 5;
	if (!random)
		return 6;
	while (read(fd, pair, sizeof(pair)) == sizeof(pair) && pair[0] != AT_NULL)
		if (pair[0] == AT_PAGESZ)
			pagesz = pair[1];
	if (pagesz != page_size())
		return 7;
	for (int i = 0; i < 16; i++)
		dprintf(1, "%02x", (unsigned char)random[i]);
	return 0;
}

static int probe_signals(int argc, char **argv)
{
	struct sigaction sa;
	sigset_t set;
	stack_t altstack;

	(void)argc;
	(void)argv;
	sigaction(SIGUSR1, NULL, &sa);
	if (sa.sa_handler != SIG_DFL)
		return 1;
	sigaction(SIGUSR2, NULL, &sa);
	if (sa.sa_handler != SIG_IGN)
		return 2;
	sigprocmask(SIG_BLOCK, NULL, &set);
	if (!sigismember(&set, SIGHUP) || sigismember(&set, SIGINT))
		return 3;
	sigpending(&set);
	if (!sigismember(&set, SIGHUP))
		return 4;
	sigaltstack(NULL, &altstack);
	if (altstack.ss_flags != SS_DISABLE)
		return 5;
	return 0;
}

static int probe_alone(int argc, char **argv)
{
	(void)argc;
	if (atoi(proc_field("/proc/self/status", "Threads")) != 1)
		return 1;
	if (getpid() != atoi(argv[2]) || syscall(SYS_gettid) != getpid())
		return 2;
	if (getppid() != atoi(argv[3]) || getpgrp() != atoi(argv[4]))
		return 3;
	return 0;
}

static int probe_timers(int argc, char **argv)
{
	struct itimerspec left;

	(void)argc;
	if (alarm(0) == 0)
		return 1;
	if (syscall(SYS_timer_gettime, atoi(argv[2]), &left) != -1 || errno != EINVAL)
		return 2;
	return 0;
}

static int probe_names(int argc, char **argv)
{
	char name[17] = "", line[64];
	int fd = open("/proc/self/cmdline", O_RDONLY);
	static const char want[] = "zero\0@names";

	(void)argc;
	(void)argv;
	prctl(PR_GET_NAME, name);
	if (strcmp(name, "a-name-longer-t") != 0)
		return 1;
	if (read(fd, line, sizeof(line)) != sizeof(want) || memcmp(line, want, sizeof(want)))
		return 2;
	close(fd);
	fd = open("/proc/self/environ", O_RDONLY);
	if (read(fd, line, sizeof(line)) != 4 || memcmp(line, "K=v", 4) != 0)
		return 3;
	return 0;
}

static int probe_ids(int argc, char **argv)
{
	(void)argc;
	if (geteuid() != (uid_t)atoi(argv[2]) || getuid() != 0)
		return 1;
	uid_t real, effective, saved;

	getresuid(&real, &effective, &saved);
	if (saved != effective)
		return 2;
	if (getauxval(AT_SECURE) != (effective != 0))
		return 3;
	return 0;
}

static int probe_state(int argc, char **argv)
{
	struct rlimit lim;
	int sig = 0;

	(void)argc;
	(void)argv;
	if (umask(0) != 035 || access("here", F_OK) != 0)
		return 1;
	if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur != 77)
		return 2;
	if (getpriority(PRIO_PROCESS, 0) != 3)
		return 3;
	if (prctl(PR_GET_PDEATHSIG, &sig) < 0 || sig != SIGUSR1)
		return 4;
	return 0;
}

static int probe_true(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static const struct probe {
	const char *name;
	int (*run)(int argc, char **argv);
} probes[] = {
	{ "@args", probe_args },   { "@noenv", probe_noenv },	{ "@print", probe_print },
	{ "@fds", probe_fds },	   { "@auxv", probe_auxv },	{ "@signals", probe_signals },
	{ "@alone", probe_alone }, { "@timers", probe_timers }, { "@names", probe_names },
	{ "@ids", probe_ids },	   { "@state", probe_state },	{ "@true", probe_true },
};

__attribute__((constructor)) static void probe_start(int argc, char **argv, char **envp)
{
	(void)envp;
	if (argc < 2 || argv[1][0] != '@')
		return;
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (strncmp(argv[1], probes[i].name, strlen(probes[i].name)) == 0)
			_exit(probes[i].run(argc, argv));
	_exit(99);
}

/* Runs path in a child; its output, NUL-terminated, if out is not NULL. */
static void run(const char *path, char *const argv[], char *const envp[], char *out, size_t size)
{
	int pipefd[2];
	size_t used = 0;
	ssize_t got;

	OK(pipe(pipefd));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(dup2(pipefd[1], 1));
		close(pipefd[0]);
		close(pipefd[1]);
		OK(execve(path, argv, envp));
	}
	close(pipefd[1]);
	while (out && (got = OK(read(pipefd[0], out + used, size - 1 - used))) > 0)
		used += got;
	if (out)
		out[used] = '\0';
	child_join(pid);
	close(pipefd[0]);
}

/* A symbolic link "self" to this binary, to have a short relative path. */
static void link_self(void)
{
	char path[4096];
	ssize_t len = OK(readlink(SELF, path, sizeof(path) - 1));

	path[len] = '\0';
	OK(symlink(path, "self"));
}

static void copy_self(const char *name, mode_t mode)
{
	char buf[16384];
	ssize_t got;
	int from = OK(open(SELF, O_RDONLY)), to = OK(open(name, O_WRONLY | O_CREAT | O_EXCL, 0700));

	while ((got = OK(read(from, buf, sizeof(buf)))) > 0)
		EQ(write(to, buf, got), got);
	OK(fchmod(to, mode));
	close(from);
	close(to);
}

static void script(const char *name, const char *text, mode_t mode)
{
	int fd = OK(open(name, O_WRONLY | O_CREAT | O_EXCL, 0600));

	EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	OK(fchmod(fd, mode));
	close(fd);
}

static void args_and_env(void)
{
	char *argv[] = { "zero", "@args", "", "a b\n\t\"", "\xff\x01", NULL };
	char *envp[] = { "A=1", "noequals", NULL };

	run(SELF, argv, envp, NULL, 0);
}

static void no_env(void)
{
	char *argv[] = { "zero", "@noenv", NULL };

	run(SELF, argv, empty_env, NULL, 0);
	run(SELF, argv, NULL, NULL, 0);
}

static void long_string(void)
{
	size_t limit = 32 * page_size();
	char *text = malloc(limit + 1);
	char *argv[] = { "zero", "@true", text, NULL };
	char *envp[] = { text, NULL };
	struct rlimit lim;

	/* Room for one whole string and more, whatever the page size. */
	OK(getrlimit(RLIMIT_STACK, &lim));
	lim.rlim_cur = lim.rlim_max < 32 * limit ? lim.rlim_max : 32 * limit;
	OK(setrlimit(RLIMIT_STACK, &lim));
	memset(text, 'x', limit);
	text[limit] = '\0';
	FAILS(E2BIG, execve(SELF, argv, empty_env));
	argv[2] = NULL;
	FAILS(E2BIG, execve(SELF, argv, envp));
	argv[2] = text;
	text[limit - 1] = '\0';
	run(SELF, argv, empty_env, NULL, 0);
}

static void too_much(void)
{
	enum { MANY = 600 };
	char *argv[MANY + 1];
	struct rlimit lim;
	size_t size = page_size() / 4;
	char *text = malloc(size);

	/* A quarter of the stack limit, but at least 32 pages. */
	OK(getrlimit(RLIMIT_STACK, &lim));
	lim.rlim_cur = 64 * page_size();
	OK(setrlimit(RLIMIT_STACK, &lim));
	memset(text, 'x', size - 1);
	text[size - 1] = '\0';
	for (int i = 0; i < MANY; i++)
		argv[i] = text;
	argv[MANY] = NULL;
	FAILS(E2BIG, execve(SELF, argv, empty_env));
	argv[0] = "zero";
	argv[1] = "@true";
	argv[64] = NULL;
	run(SELF, argv, empty_env, NULL, 0);
}

static void many_args(void)
{
	enum { MANY = 2000 };
	static char *argv[MANY + 1];
	static char out[MANY * 4];

	for (int i = 0; i < MANY; i++)
		argv[i] = "x";
	argv[1] = "@print";
	argv[MANY] = NULL;
	run(SELF, argv, empty_env, out, sizeof(out));
	EQ(strlen(out), (MANY - 1) * 2 + strlen("@print\n"));
}

static void path_errors(void)
{
	char *argv[] = { "zero", NULL };
	char long_name[300];

	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	OK(mkdir("dir", 0755));
	script("plain", "text\n", 0644);
	OK(symlink("loop", "loop"));
	FAILS(ENOENT, execve("missing", argv, empty_env));
	FAILS(ENOENT, execve("", argv, empty_env));
	FAILS(ENOENT, execve("missing/x", argv, empty_env));
	FAILS(ENOTDIR, execve("plain/x", argv, empty_env));
	FAILS(EACCES, execve("plain", argv, empty_env));
	FAILS(EACCES, execve("dir", argv, empty_env));
	FAILS(EACCES, execve("/dev/null", argv, empty_env));
	FAILS(ELOOP, execve("loop", argv, empty_env));
	FAILS(ENAMETOOLONG, execve(long_name, argv, empty_env));
}

static void pointer_errors(void)
{
	char *argv[] = { "zero", "@true", NULL }, *holed[] = { "zero", bad_ptr(), NULL };
	void *bad = bad_ptr();

	FAILS(EFAULT, syscall(SYS_execve, bad, argv, empty_env));
	FAILS(EFAULT, syscall(SYS_execve, SELF, bad, empty_env));
	FAILS(EFAULT, syscall(SYS_execve, SELF, argv, bad));
	FAILS(EFAULT, syscall(SYS_execve, SELF, holed, empty_env));
	FAILS(EFAULT, syscall(SYS_execve, SELF, argv, holed));
}

static void bad_format(void)
{
	char *argv[] = { "zero", NULL };
	static const char elf[] = "\177ELF\0\0\0\0\0\0\0\0\0\0\0\0";
	char other[4096];	/* the beginning of a program, but for a CPU that never was */
	int fd;

	script("empty", "", 0755);
	script("text", "echo hello\n", 0755);
	script("hashonly", "#!\n", 0755);
	script("blank", "#!   \n", 0755);
	fd = OK(open("elf", O_WRONLY | O_CREAT, 0755));
	OK(write(fd, elf, sizeof(elf)));
	close(fd);
	fd = OK(open("/proc/self/exe", O_RDONLY));
	EQ(read(fd, other, sizeof(other)), (ssize_t)sizeof(other));
	close(fd);
	other[18] = other[19] = 0x7f;	/* e_machine */
	fd = OK(open("other", O_WRONLY | O_CREAT, 0755));
	OK(write(fd, other, sizeof(other)));
	close(fd);
	FAILS(ENOEXEC, execve("other", argv, empty_env));
	FAILS(ENOEXEC, execve("empty", argv, empty_env));
	FAILS(ENOEXEC, execve("text", argv, empty_env));
	FAILS(ENOEXEC, execve("hashonly", argv, empty_env));
	FAILS(ENOEXEC, execve("blank", argv, empty_env));
	FAILS(ENOEXEC, execve("elf", argv, empty_env));
}

static void script_args(void)
{
	char *argv[] = { "ignored", "one", "two three", NULL };
	char out[512];

	link_self();
	script("s1", "#!./self @print\n", 0755);
	run("./s1", argv, empty_env, out, sizeof(out));
	EQ(strcmp(out, "./self\n@print\n./s1\none\ntwo three\n"), 0);
	script("s2", "#! \t./self \t@print  x  y \t \nrest", 0755);
	run("s2", argv, empty_env, out, sizeof(out));
	EQ(strcmp(out, "./self\n@print  x  y\ns2\none\ntwo three\n"), 0);
	script("s3", "#!./self @print", 0755);
	argv[1] = NULL;
	run("./s3", argv, empty_env, out, sizeof(out));
	EQ(strcmp(out, "./self\n@print\n./s3\n"), 0);
}

static void script_without_arg(void)
{
	char *argv[] = { "ignored", NULL }, out[512];

	link_self();
	script("@print", "#!./self\n", 0755);
	run("@print", argv, empty_env, out, sizeof(out));
	EQ(strcmp(out, "./self\n@print\n"), 0);
}

static void script_nested(void)
{
	char *argv[] = { "ignored", "end", NULL }, out[512], line[32], name[8];

	link_self();
	script("s0", "#!./self @print\n", 0755);
	for (int i = 1; i < 6; i++) {
		snprintf(line, sizeof(line), "#!./s%d a%d\n", i - 1, i);
		snprintf(name, sizeof(name), "s%d", i);
		script(name, line, 0755);
	}
	run("./s2", argv, empty_env, out, sizeof(out));
	EQ(strcmp(out, "./self\n@print\n./s0\na1\n./s1\na2\n./s2\nend\n"), 0);
	run("./s4", argv, empty_env, NULL, 0);
	FAILS(ELOOP, execve("./s5", argv, empty_env));
	script("round", "#!./round\n", 0755);
	FAILS(ELOOP, execve("./round", argv, empty_env));
}

static void script_errors(void)
{
	char *argv[] = { "zero", NULL };

	OK(mkdir("dir", 0755));
	script("plain", "x", 0644);
	script("s1", "#!./missing\n", 0755);
	script("s2", "#!./plain\n", 0755);
	script("s3", "#!./dir\n", 0755);
	script("s4", "#!/proc/self/exe\n", 0644);
	FAILS(ENOENT, execve("s1", argv, empty_env));
	FAILS(EACCES, execve("s2", argv, empty_env));
	FAILS(EACCES, execve("s3", argv, empty_env));
	FAILS(EACCES, execve("s4", argv, empty_env));
}

static void close_on_exec(void)
{
	char closed[12], kept[12], *argv[] = { "zero", "@fds", closed, kept, NULL };
	int fd = OK(open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0644)), copy = OK(dup(fd));

	OK(lseek(fd, 3, SEEK_SET));
	snprintf(closed, sizeof(closed), "%d", fd);
	snprintf(kept, sizeof(kept), "%d", copy);
	run(SELF, argv, empty_env, NULL, 0);
	/* The caller's own table is as it was, and a failed exec closes nothing. */
	OK(fcntl(fd, F_GETFD));
	FAILS(ENOENT, execve("missing", argv, empty_env));
	OK(fcntl(fd, F_GETFD));
}

static long raw_execveat(int fd, const char *path, char *const argv[], int flags)
{
	return syscall(SYS_execveat, fd, path, argv, empty_env, flags);
}

static void execveat_forms(void)
{
	char *argv[] = { "zero", "@true", NULL };
	int dir = OK(open(".", O_RDONLY | O_DIRECTORY)), fd = OK(open(SELF, O_RDONLY));
	int path_fd = OK(open(SELF, O_PATH));

	link_self();
	OK(mkdir("d", 0755));
	OK(chdir("d"));
	for (int form = 0; form < 5; form++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			if (form == 0)
				raw_execveat(dir, "self", argv, 0);
			else if (form == 1)
				raw_execveat(fd, "", argv, AT_EMPTY_PATH);
			else if (form == 2)
				raw_execveat(path_fd, "", argv, AT_EMPTY_PATH);
			else if (form == 3)
				raw_execveat(999, SELF, argv, 0);
			else
				raw_execveat(AT_FDCWD, "../self", argv, 0);
			_exit(50 + form);
		}
		child_join(pid);
	}
}

static void execveat_errors(void)
{
	char *argv[] = { "zero", "@true", NULL };
	int dir = OK(open(".", O_RDONLY | O_DIRECTORY)), fd = OK(open(SELF, O_RDONLY));

	link_self();
	FAILS(EBADF, raw_execveat(999, "self", argv, 0));
	FAILS(EBADF, raw_execveat(999, "", argv, AT_EMPTY_PATH));
	FAILS(EINVAL, raw_execveat(dir, "self", argv, 1));
	FAILS(ENOENT, raw_execveat(fd, "", argv, 0));
	FAILS(ENOTDIR, raw_execveat(fd, "self", argv, 0));
	FAILS(ELOOP, raw_execveat(dir, "self", argv, AT_SYMLINK_NOFOLLOW));
	FAILS(EACCES, raw_execveat(dir, "", argv, AT_EMPTY_PATH));
	script("s", "#!./self @true\n", 0755);
	fd = OK(open("s", O_RDONLY | O_CLOEXEC));
	/* The interpreter could not open /dev/fd/N. */
	FAILS(ENOENT, raw_execveat(fd, "", argv, AT_EMPTY_PATH));
}

static void aux_vector(void)
{
	char first[64], second[64], *argv[] = { "zero", "@auxv", "./self", NULL };

	link_self();
	run("./self", argv, empty_env, first, sizeof(first));
	run("./self", argv, empty_env, second, sizeof(second));
	EQ(strlen(first), 32);
	CHECK(strcmp(first, second) != 0);
}

static void nop(int sig)
{
	(void)sig;
}

static void signals(void)
{
	char *argv[] = { "zero", "@signals", NULL };
	stack_t altstack = { .ss_sp = malloc(65536), .ss_size = 65536 };
	pid_t pid = OK(fork());

	if (pid == 0) {
		on_signal(SIGUSR1, nop, SA_ONSTACK);
		on_signal(SIGUSR2, SIG_IGN, 0);
		OK(sigaltstack(&altstack, NULL));
		sig_mask(SIG_BLOCK, SIGHUP);
		OK(kill(getpid(), SIGHUP));
		OK(execve(SELF, argv, empty_env));
	}
	child_join(pid);
}

static void *sleeper(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void threads_vanish(void)
{
	char self[12], parent[12], group[12];
	char *argv[] = { "zero", "@alone", self, parent, group, NULL };
	pid_t pid = OK(fork());

	if (pid == 0) {
		pthread_t thread;

		for (int i = 0; i < 4; i++)
			EQ(pthread_create(&thread, NULL, sleeper, NULL), 0);
		snprintf(self, sizeof(self), "%d", getpid());
		snprintf(parent, sizeof(parent), "%d", getppid());
		snprintf(group, sizeof(group), "%d", getpgrp());
		OK(execve(SELF, argv, empty_env));
	}
	child_join(pid);
}

static void timers(void)
{
	char id[12], *argv[] = { "zero", "@timers", id, NULL };
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	pid_t pid = OK(fork());

	if (pid == 0) {
		int timer;

		OK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
		snprintf(id, sizeof(id), "%d", timer);
		alarm(1000);
		OK(execve(SELF, argv, empty_env));
	}
	child_join(pid);
}

static void names(void)
{
	char *argv[] = { "zero", "@names", NULL }, *envp[] = { "K=v", NULL };

	link_self();
	OK(rename("self", "a-name-longer-than-fifteen"));
	run("./a-name-longer-than-fifteen", argv, envp, NULL, 0);
}

static void state_kept(void)
{
	char *argv[] = { "zero", "@state", NULL };
	struct rlimit lim = { 77, 77 };

	script("here", "", 0644);
	pid_t pid = OK(fork());

	if (pid == 0) {
		umask(035);
		OK(setrlimit(RLIMIT_NOFILE, &lim));
		OK(setpriority(PRIO_PROCESS, 0, 3));
		OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
		OK(execve(SELF, argv, empty_env));
	}
	child_join(pid);
}

static void text_busy(void)
{
	char *argv[] = { "zero", "@true", NULL };

	copy_self("copy", 0755);
	int fd = OK(open("copy", O_WRONLY));

	FAILS(ETXTBSY, execve("./copy", argv, empty_env));
	close(fd);
	run("./copy", argv, empty_env, NULL, 0);
}

static void execute_only(void)
{
	char *argv[] = { "zero", "@true", NULL };

	copy_self("copy", 0111);
	run("./copy", argv, empty_env, NULL, 0);
	OK(chmod("copy", 0666));
	FAILS(EACCES, execve("./copy", argv, empty_env));
}

static void setuid_file(void)
{
	char *argv[] = { "zero", "@ids", "65534", NULL };
	struct statfs fs;

	if (geteuid() != 0)
		abi_skip("needs root");
	OK(statfs(".", &fs));
	if (fs.f_flags & 2 /* ST_NOSUID */)
		abi_skip("the directory is mounted nosuid");
	copy_self("copy", 0755);
	OK(chown("copy", 65534, 65534));
	OK(chmod("copy", 04755));
	run("./copy", argv, empty_env, NULL, 0);
	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	argv[2] = "0";
	run("./copy", argv, empty_env, NULL, 0);
}

static void vfork_error(void)
{
	char *argv[] = { "zero", NULL };
	volatile int error = 0;
	pid_t pid = vfork();

	CHECK(pid >= 0);
	if (pid == 0) {
		execve("missing", argv, empty_env);
		error = errno;
		_exit(9);
	}
	EQ(error, ENOENT);
	EQ(abi_wait(pid), 9 << 8);
	pid = vfork();
	CHECK(pid >= 0);
	if (pid == 0) {
		char *good[] = { "zero", "@true", NULL };

		execve(SELF, good, empty_env);
		_exit(9);
	}
	child_join(pid);
}

static void setpgid_after_exec(void)
{
	char *argv[] = { "zero", "@print", NULL }, byte;
	int pipefd[2];

	OK(pipe2(pipefd, O_CLOEXEC));
	pid_t pid = OK(fork());

	if (pid == 0) {
		static const char block[4096];
		int full[2];

		/* The new program blocks in a write until it is killed. */
		OK(pipe2(full, O_NONBLOCK));
		while (write(full[1], block, sizeof(block)) > 0)
			;
		OK(fcntl(full[1], F_SETFL, 0));
		OK(dup2(full[1], 1));
		OK(execve(SELF, argv, empty_env));
	}
	close(pipefd[1]);
	EQ(read(pipefd[0], &byte, 1), 0);
	FAILS(EACCES, setpgid(pid, pid));
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
}

static const struct abi_row rows[] = {
	{ args_and_env, "arguments and environment arrive byte for byte" },
	{ no_env, "an empty and a NULL environment" },
	{ long_string, "E2BIG from 32 pages in one string" },
	{ too_much, "E2BIG beyond a quarter of the stack limit" },
	{ many_args, "two thousand arguments" },
	{ path_errors, "ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG" },
	{ pointer_errors, "EFAULT for path, vectors and strings" },
	{ bad_format, "ENOEXEC" },
	{ script_args, "a script's interpreter, its one argument, the rest" },
	{ script_without_arg, "a script's interpreter without argument" },
	{ script_nested, "scripts as interpreters, five deep" },
	{ script_errors, "a script whose interpreter cannot run" },
	{ close_on_exec, "close-on-exec descriptors close, others keep their offset" },
	{ execveat_forms, "execveat by directory, by descriptor, by O_PATH" },
	{ execveat_errors, "execveat errors" },
	{ aux_vector, "auxiliary vector" },
	{ signals, "handlers reset; ignored, blocked and pending kept" },
	{ threads_vanish, "other threads vanish; pid, parent and group stay" },
	{ timers, "alarm stays, POSIX timers go" },
	{ names, "comm, cmdline, environ" },
	{ state_kept, "umask, cwd, limits, nice, death signal stay" },
	{ text_busy, "ETXTBSY for a file open for writing" },
	{ execute_only, "an unreadable file runs, an unexecutable one does not" },
	{ setuid_file, "a set-user-ID file, and no_new_privs" },
	{ vfork_error, "vfork and exec: the error comes back" },
	{ setpgid_after_exec, "setpgid on a child that has done exec" },
};

ABI_MAIN(rows)
