/*
 * probe_ptrace.c - which of a tracee's calls and registers a tracer can see,
 * change, drop and replace, and with how many stops.
 */
#include "probe.h"

#include <fcntl.h>
#include <sys/mman.h>

/* Requests that older headers lack. */
#if defined(__powerpc__)
#define REQ_SYSEMU 29
#define REQ_SYSEMU_SINGLESTEP 30
#else
#define REQ_SYSEMU 31
#define REQ_SYSEMU_SINGLESTEP 32
#endif
#define REQ_GET_SYSCALL_INFO 0x420e
#define REQ_SET_SYSCALL_INFO 0x4212

long expected;

/* What the tracees do. They return 0 when all is as the tracer wants it. */
int tracee_getpid(void)
{
	return syscall(SYS_getpid) == expected ? 0 : 1;
}

/* A call with an effect that can be seen: 2 when it did happen. */
static int tracee_umask(void)
{
	long ret;

	syscall(SYS_umask, 022L);
	ret = syscall(SYS_umask, 077L);
	if (syscall(SYS_umask, 022L) == 077)
		return 2;
	return ret == MAGIC ? 0 : 1;
}

static int tracee_argument(void)
{
	syscall(SYS_umask, 022L);
	return syscall(SYS_umask, 022L) == 077 ? 0 : 3;
}

static int tracee_error(void)
{
	return syscall(SYS_umask, 022L) == -1 && errno == ENOENT ? 0 : 1;
}

void judge(pid_t pid)
{
	int status = tracee_step(pid, PTRACE_CONT);

	if (status < 0)
		return no();
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return yes();
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		return value("no:result-lost");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		return value("no:call-done");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		return value("no:no-effect");
	value("no:status-%x", status);
	tracee_kill(pid);
}

/* Goes to the entry of the next call of this number. */
static int to_entry(pid_t pid, long nr, int request)
{
	int status, entry = 0;

	for (;;) {
		status = tracee_step(pid, request);
		if (!tracee_at_call(status))
			return -1;
		entry = request == PTRACE_SYSCALL ? !entry : 1;
		if (entry && tracee_nr(pid) == nr)
			return 0;
	}
}

/* The second umask() of tracee_umask(). */
static int to_umask(pid_t pid)
{
	if (to_entry(pid, SYS_umask, PTRACE_SYSCALL) ||
	    !tracee_at_call(tracee_step(pid, PTRACE_SYSCALL)))
		return -1;
	return to_entry(pid, SYS_umask, PTRACE_SYSCALL);
}

static void probe_getregset(void)
{
	struct tracee_regs r;
	pid_t pid = tracee_start(tracee_getpid, 0);

	if (pid < 0)
		return no();
	if (tracee_get(pid, &r))
		no();
	else
		value("%zu", r.size);
	tracee_kill(pid);
}

/* The other register sets, as TYPE:BYTES. */
static void probe_regsets(void)
{
	static const int first[] = { 2, 0x46e62b7f, 0x100, 0x200, 0x300, 0x400,
				     0x900 };
	static unsigned char buf[65536];
	pid_t pid = tracee_start(tracee_getpid, 0);
	size_t i, n = 0;
	char all[sizeof(shared->value)] = "";

	for (i = 0; pid >= 0 && i < sizeof(first) / sizeof(*first); i++) {
		int count = first[i] >= 0x100 && first[i] < 0x1000 ? 0x20 : 1;
		int type;

		for (type = first[i]; type < first[i] + count; type++) {
			struct iovec iov = { buf, sizeof(buf) };

			if (ptrace(PTRACE_GETREGSET, pid, (void *)(long)type,
				   &iov) || n + 24 > sizeof(all))
				continue;
			n += snprintf(all + n, sizeof(all) - n, "%s0x%x:%zu",
				      n ? "," : "", type, iov.iov_len);
		}
	}
	value("%s", n ? all : "no");
	if (pid >= 0)
		tracee_kill(pid);
}

static void probe_change_nr(void)
{
	pid_t pid;

	expected = getpid();
	pid = tracee_start(tracee_getpid, 0);
	if (pid < 0 || to_entry(pid, SYS_getpid, PTRACE_SYSCALL) ||
	    tracee_set_nr(pid, SYS_getppid))
		return no();
	judge(pid);
}

/* A call's first argument: some kernels keep a copy that cannot be reached. */
static void probe_change_arg(void)
{
	struct tracee_regs r;
	pid_t pid = tracee_start(tracee_argument, 0);

	if (pid < 0 || to_entry(pid, SYS_umask, PTRACE_SYSCALL) ||
	    tracee_get(pid, &r))
		return no();
	if (r.word[WORD_ARG] != 022) {
		value("no:reads-%lx", r.word[WORD_ARG]);
		tracee_kill(pid);
		return;
	}
	r.word[WORD_ARG] = 077;
	if (tracee_set(pid, &r))
		return no();
	judge(pid);
}

/* The call is dropped at its entry, the result set at its exit. */
static void probe_nullify(void)
{
	pid_t pid = tracee_start(tracee_umask, 0);

	if (pid < 0 || to_umask(pid) || tracee_set_nr(pid, -1) ||
	    !tracee_at_call(tracee_step(pid, PTRACE_SYSCALL)) ||
	    tracee_set_ret(pid, MAGIC))
		return no();
	judge(pid);
}

/* The same with the result set at the entry too, and no stop at the exit. */
static void probe_nullify_one_stop(void)
{
	pid_t pid = tracee_start(tracee_umask, 0);

	if (pid < 0 || to_umask(pid) || tracee_set_nr(pid, -1) ||
	    tracee_set_ret(pid, MAGIC))
		return no();
	judge(pid);
}

static void probe_error_result(void)
{
	pid_t pid = tracee_start(tracee_error, 0);

	if (pid < 0 || to_entry(pid, SYS_umask, PTRACE_SYSCALL) ||
	    tracee_set_nr(pid, -1) ||
	    !tracee_at_call(tracee_step(pid, PTRACE_SYSCALL)) ||
	    tracee_set_ret(pid, -ENOENT))
		return no();
	judge(pid);
}

/* Takes over the second umask() of tracee_umask() with PTRACE_SYSEMU. */
static void sysemu(int exit_stop)
{
	pid_t pid = tracee_start(tracee_umask, 0);
	int status;

	if (pid < 0)
		return no();
	status = tracee_step(pid, REQ_SYSEMU);
	if (status < 0) {
		no();
		tracee_kill(pid);
		return;
	}
	/* The first umask() of the tracee; its result is not looked at. */
	if (!tracee_at_call(status) || tracee_nr(pid) != SYS_umask ||
	    tracee_set_ret(pid, 0) ||
	    !tracee_at_call(tracee_step(pid, REQ_SYSEMU)) ||
	    tracee_nr(pid) != SYS_umask ||
	    (exit_stop && !tracee_at_call(tracee_step(pid, PTRACE_SYSCALL))) ||
	    tracee_set_ret(pid, MAGIC)) {
		value("no:stops");
		tracee_kill(pid);
		return;
	}
	judge(pid);
}

/* The result is set where the tracee stops, at the call's entry. */
static void probe_sysemu(void)
{
	sysemu(0);
}

/* The result is set at a second stop, at the call's exit. */
static void probe_sysemu_two_stops(void)
{
	sysemu(1);
}

static void probe_request(int request)
{
	pid_t pid = tracee_start(tracee_getpid, 0);
	int i;

	if (pid < 0)
		return no();
	for (i = 0; i < 3; i++)
		if (tracee_step(pid, request) < 0)
			break;
	if (i == 3)
		yes();
	else
		no();
	tracee_kill(pid);
}

static void probe_sysemu_singlestep(void)
{
	probe_request(REQ_SYSEMU_SINGLESTEP);
}

static void probe_singlestep(void)
{
	probe_request(PTRACE_SINGLESTEP);
}

static void probe_syscall_info(void)
{
	struct {
		uint8_t op, pad[3];
		uint32_t arch;
		uint64_t ip, sp, nr, args[6];
	} info = { 0 };
	pid_t pid = tracee_start(tracee_getpid, 0);

	if (pid < 0 || to_entry(pid, SYS_getpid, PTRACE_SYSCALL))
		return no();
	if (ptrace(REQ_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) < 0)
		no();
	else if (info.op == 1 && info.nr == SYS_getpid)
		yes();
	else
		value("no:content");
	tracee_kill(pid);
}

static void probe_set_syscall_info(void)
{
	uint64_t info[11] = { 0 };
	pid_t pid = tracee_start(tracee_getpid, 0);

	if (pid < 0 || to_entry(pid, SYS_getpid, PTRACE_SYSCALL))
		return no();
	if (ptrace(REQ_GET_SYSCALL_INFO, pid, (void *)sizeof(info), info) < 0 ||
	    ptrace(REQ_SET_SYSCALL_INFO, pid, (void *)sizeof(info), info) < 0)
		no();
	else
		yes();
	tracee_kill(pid);
}

/* A tracer's write into a page the tracee itself may not write. */
static void probe_proc_mem_write(void)
{
	static const char *text;
	char path[64];
	pid_t pid;
	int fd;

	text = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid = tracee_start(tracee_getpid, 0);
	if (text == MAP_FAILED || pid < 0)
		return no();
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	if (fd < 0 || pwrite(fd, "x", 1, (off_t)(uintptr_t)text) != 1)
		no();
	else
		yes();
	tracee_kill(pid);
}

void probe_all_ptrace(void)
{
	probe("ptrace_getregset_bytes", probe_getregset);
	probe("ptrace_regsets", probe_regsets);
	probe("ptrace_change_nr", probe_change_nr);
	probe("ptrace_change_arg", probe_change_arg);
	probe("ptrace_nullify", probe_nullify);
	probe("ptrace_nullify_one_stop", probe_nullify_one_stop);
	probe("ptrace_error_result", probe_error_result);
	probe("ptrace_sysemu", probe_sysemu);
	probe("ptrace_sysemu_two_stops", probe_sysemu_two_stops);
	probe("ptrace_sysemu_singlestep", probe_sysemu_singlestep);
	probe("ptrace_singlestep", probe_singlestep);
	probe("ptrace_get_syscall_info", probe_syscall_info);
	probe("ptrace_set_syscall_info", probe_set_syscall_info);
	probe("proc_mem_write", probe_proc_mem_write);
}
