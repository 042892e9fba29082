/*
 * System information, scheduling calls, priorities, random bytes, personality
 * and the calls that do not exist.
 */
#include "child.h"

#include <linux/capability.h>
#include <linux/membarrier.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

static void names(void)
{
	struct utsname name;
	int major, minor;
	char host[65] = "";

	OK(uname(&name));
	EQ(strcmp(name.sysname, "Linux"), 0);
	CHECK(sscanf(name.release, "%d.%d", &major, &minor) == 2 && major >= 4);
	CHECK(name.machine[0] && name.version[0]);
	OK(gethostname(host, sizeof(host)));
	EQ(strcmp(host, name.nodename), 0);
	FAILS(EFAULT, syscall(SYS_uname, bad_ptr()));
}

static void set_names(void)
{
	struct utsname before, now;
	char longest[66];

	memset(longest, 'h', sizeof(longest));
	OK(uname(&before));
	if (!has_cap(CAP_SYS_ADMIN)) {
		FAILS(EPERM, sethostname("x", 1));
		FAILS(EPERM, setdomainname("x", 1));
		return;
	}
	FAILS(EINVAL, sethostname(longest, 65));
	FAILS(EINVAL, syscall(SYS_sethostname, longest, -1));
	FAILS(EFAULT, syscall(SYS_sethostname, bad_ptr(), 5));
	FAILS(EINVAL, setdomainname(longest, 65));
	/* In a namespace of its own, so that the machine keeps its name. */
	if (unshare(CLONE_NEWUTS) == -1)
		abi_skip("no UTS namespaces");
	OK(sethostname(longest, 64));
	OK(uname(&now));
	EQ(strlen(now.nodename), 64);
	OK(sethostname("abc", 2));
	OK(setdomainname("dom", 3));
	OK(uname(&now));
	EQ(strcmp(now.nodename, "ab"), 0);
	EQ(strcmp(now.domainname, "dom"), 0);
}

static void system_information(void)
{
	struct sysinfo info;
	struct timespec boot;

	OK(sysinfo(&info));
	OK(clock_gettime(CLOCK_BOOTTIME, &boot));
	CHECK(boot.tv_sec - info.uptime <= 60 && info.uptime - boot.tv_sec <= 1);
	CHECK(info.totalram > 0 && info.freeram <= info.totalram);
	CHECK(info.procs > 0 && info.mem_unit > 0);
	FAILS(EFAULT, syscall(SYS_sysinfo, bad_ptr()));
}

static void cpu_number(void)
{
	unsigned int cpu = 12345, node = 12345;

	OK(syscall(SYS_getcpu, &cpu, &node, NULL));
	CHECK((long)cpu < sysconf(_SC_NPROCESSORS_CONF));
	CHECK(node < 1024);
	OK(syscall(SYS_getcpu, NULL, NULL, NULL));
	FAILS(EFAULT, syscall(SYS_getcpu, bad_ptr(), NULL, NULL));
}

static void affinity(void)
{
	cpu_set_t all, one, seen;
	int cpu = 0;

	long size = OK(syscall(SYS_sched_getaffinity, 0, sizeof(all), &all));

	CHECK(size > 0 && size % (long)sizeof(long) == 0);
	OK(sched_getaffinity(0, sizeof(all), &all));
	CHECK(CPU_COUNT(&all) >= 1);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	OK(sched_setaffinity(0, sizeof(one), &one));
	OK(sched_getaffinity(getpid(), sizeof(seen), &seen));
	CHECK(CPU_EQUAL(&seen, &one));
	EQ(sched_getcpu(), cpu);
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(sched_getaffinity(0, sizeof(seen), &seen));
		CHECK(CPU_EQUAL(&seen, &one));
		_exit(0);
	}
	child_join(pid);
	OK(sched_setaffinity(0, sizeof(all), &all));
	OK(sched_getaffinity(0, sizeof(seen), &seen));
	CHECK(CPU_EQUAL(&seen, &all));
}

static pid_t gone(void)
{
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(0);
	EQ(abi_wait(pid), 0);
	return pid;
}

static void affinity_errors(void)
{
	cpu_set_t set;
	pid_t pid = gone();

	CPU_ZERO(&set);
	FAILS(EINVAL, sched_setaffinity(0, sizeof(set), &set));
	FAILS(ESRCH, sched_getaffinity(pid, sizeof(set), &set));
	FAILS(EINVAL, syscall(SYS_sched_getaffinity, 0, 3, &set));
	FAILS(EINVAL, syscall(SYS_sched_getaffinity, 0, 0, &set));
	FAILS(EFAULT, syscall(SYS_sched_getaffinity, 0, sizeof(set), bad_ptr()));
	FAILS(EFAULT, syscall(SYS_sched_setaffinity, 0, sizeof(set), bad_ptr()));
	CPU_SET(0, &set);
	FAILS(ESRCH, sched_setaffinity(pid, sizeof(set), &set));
}

static void scheduler(void)
{
	struct sched_param param = { .sched_priority = 5 };

	EQ(sched_getscheduler(0), SCHED_OTHER);
	OK(sched_getparam(0, &param));
	EQ(param.sched_priority, 0);
	OK(sched_setscheduler(0, SCHED_BATCH, &param));
	EQ(sched_getscheduler(getpid()), SCHED_BATCH);
	OK(sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &param));
	EQ(sched_getscheduler(0), SCHED_OTHER | SCHED_RESET_ON_FORK);
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(sched_getscheduler(0), SCHED_OTHER);
		_exit(0);
	}
	child_join(pid);
	OK(sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &param));
	/* To clear that flag again takes privilege. */
	if (has_cap(CAP_SYS_NICE))
		OK(sched_setscheduler(0, SCHED_OTHER, &param));
	else
		FAILS(EPERM, sched_setscheduler(0, SCHED_OTHER, &param));
	OK(sched_setscheduler(0, SCHED_IDLE | SCHED_RESET_ON_FORK, &param));
	EQ(sched_getscheduler(0), SCHED_IDLE | SCHED_RESET_ON_FORK);
}

static void scheduler_errors(void)
{
	struct sched_param param = { .sched_priority = 1 };
	pid_t pid = gone();

	FAILS(EINVAL, sched_setscheduler(0, SCHED_OTHER, &param));
	FAILS(EINVAL, sched_setparam(0, &param));
	param.sched_priority = 0;
	FAILS(EINVAL, sched_setscheduler(0, SCHED_FIFO, &param));
	FAILS(EINVAL, sched_setscheduler(0, 99, &param));
	FAILS(EINVAL, sched_setscheduler(-1, SCHED_OTHER, &param));
	FAILS(EINVAL, sched_getscheduler(-1));
	FAILS(EINVAL, sched_getparam(-1, &param));
	FAILS(ESRCH, sched_getscheduler(pid));
	FAILS(ESRCH, sched_setscheduler(pid, SCHED_OTHER, &param));
	FAILS(EFAULT, syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, bad_ptr()));
	FAILS(EFAULT, syscall(SYS_sched_getparam, 0, bad_ptr()));
	FAILS(EINVAL, syscall(SYS_sched_getparam, 0, NULL));
	drop_root();
	struct rlimit none = { 0, 0 };

	OK(setrlimit(RLIMIT_RTPRIO, &none));
	param.sched_priority = 1;
	FAILS(EPERM, sched_setscheduler(0, SCHED_FIFO, &param));
}

static void priority_range(void)
{
	struct timespec slice = { -1, -1 };

	EQ(sched_get_priority_min(SCHED_OTHER), 0);
	EQ(sched_get_priority_max(SCHED_OTHER), 0);
	EQ(sched_get_priority_min(SCHED_FIFO), 1);
	EQ(sched_get_priority_max(SCHED_FIFO), 99);
	EQ(sched_get_priority_max(SCHED_RR), 99);
	FAILS(EINVAL, sched_get_priority_max(99));
	FAILS(EINVAL, sched_get_priority_min(-1));
	OK(sched_yield());
	OK(sched_rr_get_interval(0, &slice));
	CHECK(slice.tv_sec >= 0 && slice.tv_nsec >= 0);
	FAILS(EINVAL, sched_rr_get_interval(-1, &slice));
	FAILS(ESRCH, sched_rr_get_interval(gone(), &slice));
}

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static void attributes(void)
{
	struct attr attr = { .size = sizeof(attr), .policy = SCHED_BATCH, .nice = 4 };

	OK(syscall(SYS_sched_setattr, 0, &attr, 0));
	EQ(getpriority(PRIO_PROCESS, 0), 4);
	memset(&attr, 0, sizeof(attr));
	OK(syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0));
	EQ(attr.size, sizeof(attr));
	EQ(attr.policy, SCHED_BATCH);
	EQ(attr.nice, 4);
	FAILS(EINVAL, syscall(SYS_sched_getattr, 0, &attr, sizeof(attr) - 1, 0));
	FAILS(EINVAL, syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 1));
	FAILS(EINVAL, syscall(SYS_sched_getattr, -1, &attr, sizeof(attr), 0));
	FAILS(EINVAL, syscall(SYS_sched_setattr, 0, NULL, 0));
	FAILS(EFAULT, syscall(SYS_sched_setattr, 0, bad_ptr(), 0));
	attr.size = sizeof(attr) - 1;
	FAILS(E2BIG, syscall(SYS_sched_setattr, 0, &attr, 0));
}

static void priorities(void)
{
	EQ(getpriority(PRIO_PROCESS, 0), 0);
	/* The call itself returns 20 minus the value. */
	EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 20);
	OK(setpriority(PRIO_PROCESS, getpid(), 3));
	EQ(getpriority(PRIO_PROCESS, getpid()), 3);
	EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 17);
	EQ(nice(2), 5);
	OK(setpriority(PRIO_PROCESS, 0, 100));
	EQ(getpriority(PRIO_PROCESS, 0), 19);
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(getpriority(PRIO_PROCESS, 0), 19);
		_exit(0);
	}
	child_join(pid);
}

static void priority_of_group(void)
{
	atomic_int *go = shared_mem(sizeof(*go));
	pid_t pid = OK(fork());

	if (pid == 0) {
		await(go, 1);
		EQ(getpriority(PRIO_PROCESS, 0), 6);
		_exit(0);
	}
	OK(setpriority(PRIO_PROCESS, pid, 4));
	/* The lowest value of the group is the group's. */
	EQ(getpriority(PRIO_PGRP, 0), 0);
	OK(setpriority(PRIO_PGRP, getpgrp(), 6));
	EQ(getpriority(PRIO_PROCESS, 0), 6);
	EQ(getpriority(PRIO_PROCESS, pid), 6);
	*go = 1;
	child_join(pid);
}

static void priority_errors(void)
{
	pid_t pid = gone();

	FAILS(ESRCH, getpriority(PRIO_PROCESS, pid));
	FAILS(ESRCH, setpriority(PRIO_PROCESS, pid, 5));
	FAILS(ESRCH, getpriority(PRIO_PGRP, pid));
	FAILS(EINVAL, getpriority(3, 0));
	FAILS(EINVAL, setpriority(-1, 0, 5));
	if (geteuid() == 0) {
		pid = OK(fork());
		if (pid == 0) {
			drop_root();
			FAILS(EPERM, setpriority(PRIO_PROCESS, getppid(), 5));
			_exit(0);
		}
		child_join(pid);
	}
}

static void random_bytes(void)
{
	unsigned char one[256], two[256];

	EQ(getrandom(one, sizeof(one), 0), 256);
	EQ(getrandom(two, sizeof(two), GRND_NONBLOCK), 256);
	CHECK(memcmp(one, two, sizeof(one)) != 0);
	EQ(getrandom(one, 0, 0), 0);
	EQ(getrandom(one, 10, GRND_RANDOM | GRND_NONBLOCK), 10);
	FAILS(EINVAL, getrandom(one, 1, 0x80));
	FAILS(EINVAL, getrandom(one, 1, GRND_RANDOM | 0x4));
	FAILS(EFAULT, syscall(SYS_getrandom, bad_ptr(), 10, 0));
	int fd = OK(open("/dev/urandom", O_RDONLY));

	EQ(read(fd, two, sizeof(two)), 256);
	CHECK(memcmp(one, two, sizeof(one)) != 0);
}

static void personalities(void)
{
	int initial = personality(0xffffffff);

	CHECK(initial != -1);
	EQ(personality(initial | ADDR_NO_RANDOMIZE), initial);
	EQ(personality(0xffffffff), initial | ADDR_NO_RANDOMIZE);
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(personality(0xffffffff), initial | ADDR_NO_RANDOMIZE);
		_exit(0);
	}
	child_join(pid);
	EQ(personality(initial), initial | ADDR_NO_RANDOMIZE);
}

static void barriers(void)
{
	long offered = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	if (offered == -1 && errno == ENOSYS)
		abi_skip("no membarrier");
	CHECK(offered >= 0);
	FAILS(EINVAL, syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 5, 0));
	FAILS(EINVAL, syscall(SYS_membarrier, 1 << 30, 0, 0));
	if (!(offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED))
		return;
	FAILS(EPERM, syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	OK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
	OK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
}

static void no_such_call(void)
{
	static const long numbers[] = { 5000, 100000, -2, 0x7fffffff };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		FAILS(ENOSYS, syscall(numbers[i], 1, 2, 3, 4, 5, 6));
}

static void current_directory(void)
{
	char path[4096], small[4];

	memset(path, 'z', sizeof(path));
	/* The call returns the length with the NUL. */
	long length = OK(syscall(SYS_getcwd, path, sizeof(path)));

	EQ(length, strlen(path) + 1);
	EQ(path[0], '/');
	FAILS(ERANGE, syscall(SYS_getcwd, small, sizeof(small)));
	FAILS(ERANGE, syscall(SYS_getcwd, path, length - 1));
	EQ(syscall(SYS_getcwd, path, length), length);
	FAILS(EFAULT, syscall(SYS_getcwd, bad_ptr(), 4096));
	OK(mkdir("d", 0755));
	OK(chdir("d"));
	EQ(syscall(SYS_getcwd, path, sizeof(path)), length + 2);
	OK(rmdir("../d"));
	FAILS(ENOENT, syscall(SYS_getcwd, path, sizeof(path)));
}

static void load_averages(void)
{
	struct sysinfo info;

	OK(sysinfo(&info));
	for (int i = 0; i < 3; i++)
		CHECK(info.loads[i] < 10000UL << SI_LOAD_SHIFT);
	CHECK(info.freeswap <= info.totalswap);
	CHECK(get_nprocs() >= 1);
}

static void io_priority(void)
{
	enum { WHO_PROCESS = 1, CLASS_SHIFT = 13, BEST_EFFORT = 2 };

	if (syscall(SYS_ioprio_get, WHO_PROCESS, 0) == -1 && errno == ENOSYS)
		abi_skip("no I/O priorities");
	OK(syscall(SYS_ioprio_set, WHO_PROCESS, 0, BEST_EFFORT << CLASS_SHIFT | 6));
	EQ(syscall(SYS_ioprio_get, WHO_PROCESS, 0), BEST_EFFORT << CLASS_SHIFT | 6);
	FAILS(EINVAL, syscall(SYS_ioprio_get, 99, 0));
	FAILS(EINVAL, syscall(SYS_ioprio_set, WHO_PROCESS, 0, 7 << CLASS_SHIFT));
	FAILS(ESRCH, syscall(SYS_ioprio_get, WHO_PROCESS, gone()));
}

static const struct abi_row rows[] = {
	{ names, "uname" },
	{ set_names, "sethostname and setdomainname" },
	{ system_information, "sysinfo" },
	{ load_averages, "sysinfo's loads and swap" },
	{ cpu_number, "getcpu" },
	{ affinity, "CPU affinity" },
	{ affinity_errors, "CPU affinity errors" },
	{ scheduler, "scheduling policies" },
	{ scheduler_errors, "scheduling errors" },
	{ priority_range, "priority ranges, yield, interval" },
	{ attributes, "sched_setattr and sched_getattr" },
	{ priorities, "getpriority, setpriority, nice" },
	{ priority_of_group, "the priority of a process group" },
	{ priority_errors, "priority errors" },
	{ random_bytes, "getrandom" },
	{ personalities, "personality" },
	{ barriers, "membarrier" },
	{ io_priority, "I/O priority" },
	{ no_such_call, "ENOSYS for calls that do not exist" },
	{ current_directory, "getcwd returns a length" },
};

ABI_MAIN(rows)
