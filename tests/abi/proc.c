/*
 * /proc: the shape of its files and their agreement with what system calls say.
 * Values that differ between machines are never compared with constants.
 */
#include "fixture.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

static char text[262144];

/* Reads a whole file, in pieces; its length. */
static size_t slurp(const char *path)
{
	int fd = OK(open(path, O_RDONLY));
	size_t got = 0;
	ssize_t n;

	while ((n = OK(read(fd, text + got, sizeof(text) - 1 - got))) > 0)
		got += n;
	text[got] = '\0';
	close(fd);
	return got;
}

/* The rest of the line that starts with key, in the file read last. */
static const char *line_of(const char *key)
{
	size_t n = strlen(key);

	for (char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, key, n) == 0)
			return at + n;
	}
	abi_fail(__FILE__, __LINE__, key, 0);
}

static long long number_of(const char *key)
{
	const char *at = line_of(key);

	while (*at == ' ' || *at == '\t')
		at++;
	CHECK((*at >= '0' && *at <= '9') || *at == '-');
	return strtoll(at, NULL, 10);
}

static void link_is(const char *path, const char *want)
{
	char have[4096];
	ssize_t n = OK(readlink(path, have, sizeof(have) - 1));

	have[n] = '\0';
	CHECK(strcmp(have, want) == 0);
}

static void self(void)
{
	char want[32], task[64];

	snprintf(want, sizeof(want), "%d", getpid());
	link_is("/proc/self", want);
	snprintf(task, sizeof(task), "%d/task/%d", getpid(), getpid());
	link_is("/proc/thread-self", task);
	snprintf(task, sizeof(task), "/proc/%d", getpid());
	CHECK(S_ISDIR(stat_of(task).st_mode));
	EQ(stat_of(task).st_uid, geteuid());
	FAILS(ENOENT, open("/proc/0/stat", O_RDONLY));
	FAILS(ENOENT, open("/proc/none", O_RDONLY));
	FAILS(ENOENT, open("/proc/self/none", O_RDONLY));
}

static void in_stat(void)
{
	char comm[64], state;
	int pid, ppid, pgrp, session, tty, tpgid, fields = 0;

	slurp("/proc/self/stat");
	EQ(sscanf(text, "%d (%63[^)]) %c %d %d %d %d %d", &pid, comm, &state, &ppid, &pgrp,
		  &session, &tty, &tpgid),
	   8);
	EQ(pid, getpid());
	EQ(state, 'R');
	EQ(ppid, getppid());
	EQ(pgrp, getpgrp());
	EQ(session, getsid(0));
	for (char *at = strrchr(text, ')'); *at; at++)
		fields += *at == ' ';
	CHECK(fields >= 50 - 2);
	CHECK(text[strlen(text) - 1] == '\n');
}

static void stat_of_child(void)
{
	char path[64], state = 0;
	pid_t pid = OK(fork());

	if (pid == 0)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (int i = 0; i < 2000 && state != 'S'; i++) {
		slurp(path);
		EQ(sscanf(strrchr(text, ')'), ") %c", &state), 1);
		abi_sleep_ms(1);
	}
	EQ(state, 'S');
	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, NULL, WUNTRACED), pid);
	slurp(path);
	EQ(strrchr(text, ')')[2], 'T');
	OK(kill(pid, SIGKILL));
	siginfo_t info;

	OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	slurp(path);
	EQ(strrchr(text, ')')[2], 'Z');
	abi_wait(pid);
	FAILS(ENOENT, open(path, O_RDONLY));
}

static void status(void)
{
	unsigned int r, e, s, f;

	umask(027);
	slurp("/proc/self/status");
	EQ(number_of("Pid:"), getpid());
	EQ(number_of("Tgid:"), getpid());
	EQ(number_of("PPid:"), getppid());
	EQ(number_of("TracerPid:"), 0);
	EQ(number_of("Threads:"), 1);
	EQ(sscanf(line_of("Uid:"), "%u %u %u %u", &r, &e, &s, &f), 4);
	EQ(r, getuid());
	EQ(e, geteuid());
	EQ(sscanf(line_of("Gid:"), "%u %u %u %u", &r, &e, &s, &f), 4);
	EQ(r, getgid());
	EQ(strtol(line_of("Umask:"), NULL, 8), 027);
	CHECK(strncmp(line_of("State:"), "\tR (running)", 12) == 0);
	CHECK(number_of("VmSize:") >= number_of("VmRSS:"));
	CHECK(number_of("VmRSS:") > 0);
	EQ(number_of("FDSize:") % 32, 0);
}

static void status_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMAX);
	OK(sigprocmask(SIG_SETMASK, &set, NULL));
	signal(SIGUSR2, SIG_IGN);
	signal(SIGTERM, tick);
	OK(raise(SIGUSR1));
	slurp("/proc/self/status");
	EQ(strtoull(line_of("SigBlk:"), NULL, 16), 1ULL << 63 | 1ULL << (SIGUSR1 - 1));
	EQ(strtoull(line_of("SigPnd:"), NULL, 16) | strtoull(line_of("ShdPnd:"), NULL, 16),
	   1ULL << (SIGUSR1 - 1));
	CHECK(strtoull(line_of("SigIgn:"), NULL, 16) & 1ULL << (SIGUSR2 - 1));
	CHECK(strtoull(line_of("SigCgt:"), NULL, 16) & 1ULL << (SIGTERM - 1));
	CHECK(strcspn(line_of("SigBlk:\t"), "\n") == 16);
}

static char *maps_entry(const void *address, unsigned long *from, unsigned long *to, char *mode)
{
	slurp("/proc/self/maps");
	for (char *at = strtok(text, "\n"); at; at = strtok(NULL, "\n")) {
		EQ(sscanf(at, "%lx-%lx %4s", from, to, mode), 3);
		CHECK(*from < *to && *from % page_size() == 0);
		if ((unsigned long)address >= *from && (unsigned long)address < *to)
			return at;
	}
	return NULL;
}

static void maps(void)
{
	unsigned long from, to;
	char mode[5], *entry, name[64];
	size_t size = page_size();
	int fd = make_file("mapped", "");
	char *at;

	OK(ftruncate(fd, 4 * size));
	at = mmap(NULL, 2 * size, PROT_READ, MAP_SHARED, fd, size);
	CHECK(at != MAP_FAILED);
	entry = maps_entry(at + size, &from, &to, mode);
	CHECK(entry);
	EQ(from, (unsigned long)at);
	EQ(to, (unsigned long)(at + 2 * size));
	CHECK(strcmp(mode, "r--s") == 0);
	snprintf(name, sizeof(name), " %08lx ", (unsigned long)size);
	CHECK(strstr(entry, name));
	CHECK(strcmp(strrchr(entry, '/'), "/mapped") == 0);
	snprintf(name, sizeof(name), " %llu ", (unsigned long long)stat_of("mapped").st_ino);
	CHECK(strstr(entry, name));
	OK(munmap(at, 2 * size));
	CHECK(!maps_entry(at, &from, &to, mode) || to != (unsigned long)at + 2 * size);
}

static void maps_of_memory(void)
{
	unsigned long from, to, last = 0;
	char mode[5], *entry;
	size_t size = page_size();
	char *at = mmap(NULL, 3 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	OK(mprotect(at + size, size, PROT_NONE));
	CHECK(maps_entry(at + size, &from, &to, mode));
	EQ(from, (unsigned long)(at + size));
	EQ(to, (unsigned long)(at + 2 * size));
	CHECK(strcmp(mode, "---p") == 0);
	entry = maps_entry(&from, &from, &to, mode);
	CHECK(entry && strstr(entry, "[stack]"));
	entry = maps_entry(sbrk(size), &from, &to, mode);
	CHECK(entry && strstr(entry, "[heap]"));
	CHECK(maps_entry((void *)(uintptr_t)maps, &from, &to, mode));
	CHECK(mode[0] == 'r' && mode[2] == 'x');
	slurp("/proc/self/maps");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		EQ(sscanf(line, "%lx-%lx", &from, &to), 2);
		CHECK(from >= last);
		last = to;
	}
}

static void descriptors(void)
{
	char path[64], want[4096];
	int fd = make_file("f", "abc"), seen = 0;
	DIR *dir;

	CHECK(getcwd(want, sizeof(want) - 2));
	strcat(want, "/f");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	link_is(path, want);
	OK(lseek(fd, 2, SEEK_SET));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	slurp(path);
	EQ(number_of("pos:"), 2);
	EQ(strtol(line_of("flags:"), NULL, 8) & O_ACCMODE, O_RDWR);
	dir = opendir("/proc/self/fd");
	CHECK(dir);
	for (struct dirent *d; (d = readdir(dir));) {
		if (d->d_name[0] == '.')
			continue;
		OK(fcntl(atoi(d->d_name), F_GETFD));
		seen += atoi(d->d_name) == fd;
	}
	EQ(seen, 1);
	FAILS(ENOENT, open("/proc/self/fd/9999", O_RDONLY));
	FAILS(ENOENT, readlink("/proc/self/fd/x", want, 10));
}

static void descriptor_names(void)
{
	int p[2];
	char path[64], want[64];
	struct stat st;

	OK(pipe(p));
	OK(fstat(p[0], &st));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[0]);
	snprintf(want, sizeof(want), "pipe:[%llu]", (unsigned long long)st.st_ino);
	link_is(path, want);
	EQ(stat_of(path).st_mode, S_IFLNK | 0500);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[1]);
	EQ(stat_of(path).st_mode, S_IFLNK | 0300);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)OK(open("/dev/null", O_RDWR)));
	link_is(path, "/dev/null");
}

static void programs_and_places(void)
{
	char have[4096], cwd[4096];
	ssize_t n = OK(readlink("/proc/self/exe", have, sizeof(have)));
	struct stat a, b;

	CHECK(n > 1 && have[0] == '/');
	CHECK(getcwd(cwd, sizeof(cwd)));
	link_is("/proc/self/cwd", cwd);
	link_is("/proc/self/root", "/");
	OK(stat("/proc/self/cwd", &a));
	OK(stat(".", &b));
	EQ(a.st_ino, b.st_ino);
	OK(mkdir("d", 0755));
	OK(chdir("d"));
	OK(rmdir("../d"));
	strcat(cwd, "/d (deleted)");
	link_is("/proc/self/cwd", cwd);
	OK(fstat(OK(open("/proc/self/exe", O_RDONLY)), &a));
	CHECK(S_ISREG(a.st_mode) && a.st_mode & 0111);
}

static void command_line(void)
{
	extern char **environ;
	size_t n = slurp("/proc/self/cmdline");

	CHECK(n > 1);
	EQ(text[n - 1], 0);
	CHECK(strstr(text, "proc"));
	n = slurp("/proc/self/environ");
	if (environ[0]) {
		CHECK(n > 0);
		EQ(text[n - 1], 0);
		CHECK(strcmp(text, environ[0]) == 0);
	}
}

static void names(void)
{
	OK(prctl(PR_SET_NAME, "a name (1)"));
	slurp("/proc/self/comm");
	CHECK(strcmp(text, "a name (1)\n") == 0);
	slurp("/proc/self/status");
	CHECK(strncmp(line_of("Name:\t"), "a name (1)\n", 11) == 0);
	slurp("/proc/self/stat");
	CHECK(strstr(text, " (a name (1)) "));
	int fd = OK(open("/proc/self/comm", O_WRONLY));

	EQ(write(fd, "much longer than fits", 21), 21);
	slurp("/proc/self/comm");
	CHECK(strcmp(text, "much longer tha\n") == 0);
}

static void limits(void)
{
	struct rlimit limit;
	long soft;

	OK(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 77;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	slurp("/proc/self/limits");
	line_of("Limit                     Soft Limit           Hard Limit           Units");
	soft = number_of("Max open files");
	EQ(soft, 77);
	line_of("Max cpu time");
	line_of("Max stack size");
	line_of("Max core file size");
}

static void mounts(void)
{
	int roots = 0, procs = 0;
	char dir[1024], type[256], flags[1024];
	int dump, pass;

	slurp("/proc/self/mounts");
	for (char *at = strtok(text, "\n"); at; at = strtok(NULL, "\n")) {
		EQ(sscanf(at, "%*s %1023s %255s %1023s %d %d", dir, type, flags, &dump, &pass), 5);
		EQ(dump + pass, 0);
		CHECK(strncmp(flags, "rw", 2) == 0 || strncmp(flags, "ro", 2) == 0);
		roots += strcmp(dir, "/") == 0;
		procs += strcmp(dir, "/proc") == 0 && strcmp(type, "proc") == 0;
	}
	CHECK(roots >= 1 && procs >= 1);
	link_is("/proc/mounts", "self/mounts");
}

static void mount_details(void)
{
	int id, parent, procs = 0;
	unsigned int maj, min;
	char root[1024], dir[1024];
	struct stat st = stat_of("/proc");

	slurp("/proc/self/mountinfo");
	for (char *at = strtok(text, "\n"); at; at = strtok(NULL, "\n")) {
		EQ(sscanf(at, "%d %d %u:%u %1023s %1023s", &id, &parent, &maj, &min, root, dir), 6);
		CHECK(strstr(at, " - "));
		if (strcmp(dir, "/proc") == 0) {
			procs++;
			EQ(makedev(maj, min), st.st_dev);
		}
	}
	CHECK(procs >= 1);
}

static void tasks(void)
{
	char want[32];
	DIR *dir = opendir("/proc/self/task");
	int seen = 0;

	CHECK(dir);
	snprintf(want, sizeof(want), "%d", getpid());
	for (struct dirent *d; (d = readdir(dir));)
		if (d->d_name[0] != '.') {
			CHECK(strcmp(d->d_name, want) == 0);
			seen++;
		}
	EQ(seen, 1);
	EQ(stat_of("/proc/self/task").st_nlink, 3);
	snprintf(want, sizeof(want), "/proc/self/task/%d/comm", getpid());
	CHECK(exists(want));
}

static void listed(void)
{
	DIR *dir = opendir("/proc");
	pid_t last = 0;
	int me = 0, stat_file = 0;

	CHECK(dir);
	for (struct dirent *d; (d = readdir(dir));) {
		if (d->d_name[0] >= '0' && d->d_name[0] <= '9') {
			CHECK(atoi(d->d_name) > last);
			last = atoi(d->d_name);
			me += last == getpid();
		}
		stat_file += strcmp(d->d_name, "stat") == 0;
	}
	EQ(me, 1);
	EQ(stat_file, 1);
}

static void memory(void)
{
	struct sysinfo info;
	long long total;

	slurp("/proc/meminfo");
	total = number_of("MemTotal:");
	CHECK(total > 0 && number_of("MemFree:") <= total);
	CHECK(number_of("MemAvailable:") <= total);
	CHECK(number_of("Buffers:") + number_of("Cached:") <= total);
	CHECK(number_of("SwapFree:") <= number_of("SwapTotal:"));
	OK(sysinfo(&info));
	EQ((unsigned long long)info.totalram * info.mem_unit / 1024, total);
	CHECK(strstr(text, " kB\n"));
}

static void system_stat(void)
{
	long long user, nice, sys, idle, now = time(NULL), boot;
	int cpus = 0;
	struct sysinfo info;

	slurp("/proc/stat");
	EQ(sscanf(line_of("cpu "), "%lld %lld %lld %lld", &user, &nice, &sys, &idle), 4);
	CHECK(user >= 0 && idle >= 0);
	boot = number_of("btime");
	OK(sysinfo(&info));
	CHECK(llabs(now - info.uptime - boot) <= 60);
	CHECK(number_of("processes") > 0);
	CHECK(number_of("ctxt") > 0);
	CHECK(number_of("procs_running") >= 1);
	for (char *at = text; (at = strstr(at, "\ncpu")); at++)
		cpus++;
	EQ(cpus, sysconf(_SC_NPROCESSORS_ONLN));
}

static void uptime_and_load(void)
{
	double up, idle, a, b, c;
	int running, total, last;
	struct sysinfo info;

	slurp("/proc/uptime");
	EQ(sscanf(text, "%lf %lf", &up, &idle), 2);
	OK(sysinfo(&info));
	CHECK(up > 0 && info.uptime + 2 >= up && info.uptime <= up + 60);
	slurp("/proc/loadavg");
	EQ(sscanf(text, "%lf %lf %lf %d/%d %d", &a, &b, &c, &running, &total, &last), 6);
	CHECK(a >= 0 && running >= 1 && total >= running && last > 0);
}

static void version(void)
{
	struct utsname uts;
	char want[512];

	OK(uname(&uts));
	slurp("/proc/version");
	snprintf(want, sizeof(want), "Linux version %s ", uts.release);
	CHECK(strncmp(text, want, strlen(want)) == 0);
	CHECK(strstr(text, uts.version));
	slurp("/proc/sys/kernel/osrelease");
	snprintf(want, sizeof(want), "%s\n", uts.release);
	CHECK(strcmp(text, want) == 0);
	slurp("/proc/sys/kernel/hostname");
	snprintf(want, sizeof(want), "%s\n", uts.nodename);
	CHECK(strcmp(text, want) == 0);
	slurp("/proc/sys/kernel/ostype");
	CHECK(strcmp(text, "Linux\n") == 0);
	slurp("/proc/sys/kernel/version");
	CHECK(strncmp(text, uts.version, strlen(uts.version)) == 0);
}

static void filesystems(void)
{
	slurp("/proc/filesystems");
	line_of("nodev\tproc\n");
	line_of("nodev\ttmpfs\n");
	line_of("nodev\tdevpts\n");
	slurp("/proc/cpuinfo");
	CHECK(strlen(text) > 20 && strchr(text, ':'));
}

static void kernel_settings(void)
{
	slurp("/proc/sys/kernel/pid_max");
	CHECK(strtol(text, NULL, 10) >= 300);
	CHECK(getpid() < strtol(text, NULL, 10));
	slurp("/proc/sys/kernel/random/boot_id");
	EQ(strlen(text), 37);
	slurp("/proc/sys/kernel/random/uuid");
	EQ(strlen(text), 37);
	EQ(text[14], '4');
	slurp("/proc/sys/fs/pipe-max-size");
	CHECK(strtol(text, NULL, 10) >= (long)page_size());
	slurp("/proc/sys/kernel/ngroups_max");
	EQ(strtol(text, NULL, 10), 65536);
	FAILS(ENOENT, open("/proc/sys/kernel/none", O_RDONLY));
}

static void partial_reads(void)
{
	char a[64], b[64];
	int fd = OK(open("/proc/self/status", O_RDONLY));
	size_t n = slurp("/proc/self/status");

	/* Byte by byte it is the same beginning, and offsets work. */
	CHECK(n > 64);
	for (int i = 0; i < 20; i++)
		EQ(read(fd, a + i, 1), 1);
	CHECK(memcmp(a, text, 20) == 0);
	EQ(pread(fd, b, 8, 4), 8);
	CHECK(memcmp(b, text + 4, 8) == 0);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	EQ(read(fd, b, 5), 5);
	CHECK(memcmp(b, "Name:", 5) == 0);
	EQ(lseek(fd, 1 << 20, SEEK_SET), 1 << 20);
	EQ(read(fd, b, 5), 0);
	FAILS(EFAULT, pread(fd, wild(), 5, 0));
}

static void files_of_proc(void)
{
	struct statfs s;
	struct stat st = stat_of("/proc/self/status");

	EQ(st.st_size, 0);
	EQ(st.st_mode, S_IFREG | 0444);
	OK(statfs("/proc/self", &s));
	EQ(s.f_type, 0x9fa0);
	FAILS(ENOENT, open("/proc/new", O_WRONLY | O_CREAT, 0600));
	errno = 0;
	CHECK(mkdir("/proc/self/new", 0700) < 0);
	CHECK(errno == ENOENT || errno == EPERM || errno == EACCES);
	CHECK(unlink("/proc/self/status") < 0 && (errno == EPERM || errno == EACCES));
}

static void memory_file(void)
{
	volatile int here = 1234;
	int there = 5678, fd = OK(open("/proc/self/mem", O_RDWR));
	off_t at = (off_t)(uintptr_t)&here;

	EQ(pread(fd, &there, sizeof(there), at), sizeof(there));
	EQ(there, 1234);
	there = 99;
	EQ(pwrite(fd, &there, sizeof(there), at), sizeof(there));
	EQ(here, 99);
	FAILS(EIO, pread(fd, &there, 1, (off_t)(uintptr_t)page_size() / 2));
}

static void kin(void)
{
	char path[64];
	pid_t pid = OK(fork());

	if (pid == 0)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	slurp(path);
	EQ(number_of("Pid:"), pid);
	EQ(number_of("PPid:"), getpid());

	int fd = OK(open(path, O_RDONLY));
	char c;

	OK(kill(pid, SIGKILL));
	abi_wait(pid);
	FAILS(ESRCH, read(fd, &c, 1));
	FAILS(ENOENT, open(path, O_RDONLY));
}

static const struct abi_row rows[] = {
	{ self, "/proc/self and /proc/thread-self" },
	{ in_stat, "stat agrees with the calls" },
	{ stat_of_child, "a child's state: S, T, Z, gone" },
	{ status, "status agrees with the calls" },
	{ status_signals, "status shows signal sets" },
	{ maps, "maps shows a mapped file" },
	{ maps_of_memory, "maps shows memory, heap, stack, in order" },
	{ descriptors, "fd and fdinfo" },
	{ descriptor_names, "names and modes in fd" },
	{ programs_and_places, "exe, cwd and root" },
	{ command_line, "cmdline and environ" },
	{ names, "comm" },
	{ limits, "limits" },
	{ mounts, "mounts" },
	{ mount_details, "mountinfo" },
	{ tasks, "task" },
	{ listed, "/proc lists processes in order" },
	{ memory, "meminfo agrees with sysinfo" },
	{ system_stat, "stat of the system" },
	{ uptime_and_load, "uptime and loadavg" },
	{ version, "version and sys/kernel agree with uname" },
	{ filesystems, "filesystems and cpuinfo" },
	{ kernel_settings, "sys/kernel and sys/fs" },
	{ partial_reads, "reads in pieces" },
	{ files_of_proc, "modes, sizes, and nothing is created" },
	{ memory_file, "mem reads and writes memory" },
	{ kin, "another process, and its end" },
};

ABI_MAIN(rows)
