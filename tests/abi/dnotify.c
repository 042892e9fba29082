/*
 * F_NOTIFY: which changes in a directory are signalled, once or for good, and
 * when a request ends.
 */
#include "abi.h"

static volatile sig_atomic_t count, last_fd, last_code;
static volatile long last_band;
static int dir;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	count++;
	last_fd = info->si_fd;
	last_code = info->si_code;
	last_band = info->si_band;
}

/* An open directory "d" whose events come as a real-time signal, each counted. */
static void begin(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

	OK(sigaction(SIGRTMIN + 1, &action, NULL));
	OK(mkdir("d", 0755));
	OK(mkdir("other", 0755));
	dir = OK(open("d", O_RDONLY | O_DIRECTORY));
	OK(fcntl(dir, F_SETSIG, SIGRTMIN + 1));
}

static void make_file(const char *name)
{
	OK(close(OK(open(name, O_WRONLY | O_CREAT | O_EXCL, 0644))));
}

/* How many signals came since it was last asked. */
static int signals(void)
{
	int seen = count;

	count = 0;
	return seen;
}

static void one_shot(void)
{
	struct f_owner_ex owner;

	begin();
	OK(fcntl(dir, F_NOTIFY, DN_CREATE));
	OK(fcntl(dir, F_GETOWN_EX, &owner));
	EQ(owner.type, F_OWNER_PID);
	EQ(owner.pid == getpid(), 1);
	make_file("d/a");
	EQ(signals(), 1);
	EQ(last_fd, dir);
	EQ(last_code, POLL_MSG);
	EQ(last_band, 0x441);
	make_file("d/b");
	EQ(signals(), 0);
}

static void names(void)
{
	begin();
	OK(fcntl(dir, F_NOTIFY, DN_CREATE | DN_DELETE | DN_MULTISHOT));
	make_file("d/a");
	EQ(signals(), 1);
	OK(rename("d/a", "d/b"));
	EQ(signals(), 2);
	OK(rename("d/b", "other/b"));
	EQ(signals(), 1);
	OK(rename("other/b", "d/b"));
	EQ(signals(), 1);
	OK(unlink("d/b"));
	EQ(signals(), 1);
	OK(mkdir("d/e", 0755));
	OK(rmdir("d/e"));
	EQ(signals(), 2);
}

static void renames(void)
{
	begin();
	make_file("d/a");
	OK(fcntl(dir, F_NOTIFY, DN_RENAME | DN_MULTISHOT));
	OK(rename("d/a", "d/b"));
	EQ(signals(), 1);
	OK(rename("d/b", "other/b"));
	OK(rename("other/b", "d/b"));
	EQ(signals(), 0);
}

static void contents(void)
{
	int fd;
	char c;

	begin();
	fd = OK(open("d/a", O_RDWR | O_CREAT, 0644));
	OK(fcntl(dir, F_NOTIFY, DN_MODIFY | DN_MULTISHOT));
	EQ(write(fd, "x", 1), 1);
	EQ(signals(), 1);
	EQ(pread(fd, &c, 1, 0), 1);
	OK(fchmod(fd, 0600));
	EQ(signals(), 0);
	OK(fcntl(dir, F_NOTIFY, DN_ACCESS | DN_ATTRIB | DN_MULTISHOT));
	EQ(pread(fd, &c, 1, 0), 1);
	EQ(signals(), 1);
	OK(fchmod(fd, 0644));
	EQ(signals(), 1);
	OK(chmod("d", 0700));
	EQ(signals(), 1);
}

static void ends(void)
{
	pid_t pid;

	begin();
	OK(fcntl(dir, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
	OK(fcntl(dir, F_NOTIFY, 0));
	make_file("d/a");
	EQ(signals(), 0);
	OK(fcntl(dir, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
	pid = OK(fork());
	if (pid == 0) {
		close(dir);
		_exit(0);
	}
	EQ(abi_wait(pid), 0);
	make_file("d/b");
	EQ(signals(), 1);
	OK(close(OK(dup(dir)))); /* any descriptor of it */
	make_file("d/c");
	EQ(signals(), 0);
}

static void errors(void)
{
	int fd;

	begin();
	make_file("file");
	fd = OK(open("file", O_RDONLY));
	FAILS(ENOTDIR, fcntl(fd, F_NOTIFY, DN_CREATE));
	OK(fcntl(fd, F_NOTIFY, 0));
	OK(fcntl(dir, F_NOTIFY, 0x40));
	fd = OK(open("d", O_PATH));
	FAILS(EBADF, fcntl(fd, F_NOTIFY, DN_CREATE));
}

static const struct abi_row rows[] = {
	{ one_shot, "one event without DN_MULTISHOT" },
	{ names, "DN_CREATE and DN_DELETE" },
	{ renames, "DN_RENAME within the directory only" },
	{ contents, "DN_MODIFY, DN_ACCESS and DN_ATTRIB" },
	{ ends, "requests end with F_NOTIFY 0 and with close" },
	{ errors, "errors" },
};

ABI_MAIN(rows)
