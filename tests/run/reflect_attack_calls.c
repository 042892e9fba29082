/*
 * Guest code that makes host calls of its choice: from the layer's own `syscall` instructions,
 * with any number and arguments, and by the CPU's other ways into a kernel.
 *
 *	reflect_attack_calls FILE PID ADDRESS [ROW]
 *	reflect_attack_calls canary
 *
 * FILE is to be made on the host, PID is a host process to be harmed, ADDRESS is in its memory.
 * The second form is that process, on the host: it says PID and ADDRESS, and at the end of its
 * input whether it is unharmed.
 */
#include "reflect_attack_rows.h"

#include <asm/prctl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>

static const char *file;
static long host_pid;
static unsigned long host_addr;

/* --- calls from the layer, one after the other as far as the process lives */

struct attempt {
	const char *name;
	long nr;
	unsigned long a[6];
	bool (*harm)(void);	/* did it have its effect?  NULL: that the host made it is one */
};

static const struct attempt *attempt;
static char wanted[16 * PAGE] __attribute__((aligned(4096)));

/* The signal that brought us here: the filter's, or that of the undefined instruction behind the
 * call, which the host has made then. */
static bool host_made_it(void)
{
	return own_channel()->sig != SIGSYS;
}

static void judge(void)
{
	_exit((attempt->harm ? attempt->harm : host_made_it)() ? HARM : 0);
}

/* A fault on the way to judge() would hide that signal: all that it needs is touched before. */
static int try_call(void)
{
	(void)*(volatile char *)judge;
	(void)*(volatile char *)host_made_it;
	(void)*(volatile char *)own_channel;
	memset(landing_stack, 0, sizeof(landing_stack));
	call_in_layer(judge, attempt->nr, attempt->a);
	return 0;
}

static bool no_harm(void)
{
	return false;
}

static bool text_writable(void)
{
	return reachable(layer.text, true);
}

static bool ring_writable(void)
{
	return reachable(layer.text + LAYER_RING_OFFSET, true) ||
	       reachable(layer.text + LAYER_SHARED_OFFSET, true);
}

static bool text_gone(void)
{
	return !reachable(layer.text, false);
}

static bool wanted_gone(void)
{
	return !reachable(wanted, false);
}

/* mmap of each descriptor, at an address that is free, and over one that is not. */
static char *const free_place = (char *)0x3000000000;

static bool mapped(void)
{
	return reachable(free_place, false);
}

static bool wanted_changed(void)
{
	return wanted[0] != 0;
}

#define P(x) ((unsigned long)(x))
static char name_room[4096];
static struct iovec iov = { name_room, 64 }, there;
static struct sock_fprog allow_all = {
	1, (struct sock_filter[]){ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) }
};
static struct clone_args clone3_args = { .exit_signal = SIGCHLD };
static char *argv[] = { "sh", NULL };
static uint32_t futex_word;
static uint64_t doorbell = 1, token = 1ULL << 63;

/* The arguments that are known at run time only are filled in by prepare(). */
static struct attempt attempts[] = {
	{ "open", SYS_open, { 0, O_CREAT | O_RDWR, 0666 }, NULL },
	{ "openat", SYS_openat, { P(AT_FDCWD), 0, O_CREAT | O_RDWR, 0666 }, NULL },
	{ "mkdir", SYS_mkdir, { 0, 0777 }, NULL },
	{ "unlink", SYS_unlink, { 0 }, NULL },
	{ "fork", SYS_fork, { 0 }, NULL },
	{ "vfork", SYS_vfork, { 0 }, NULL },
	{ "clone of a process", SYS_clone, { SIGCHLD }, NULL },
	{ "clone as of a space", SYS_clone, { LAYER_CLONE_SPACE }, NULL },
	{ "clone as of a thread", SYS_clone, { LAYER_CLONE_THREAD }, NULL },
	{ "clone3", SYS_clone3, { P(&clone3_args), sizeof(clone3_args) }, NULL },
	{ "execve", SYS_execve, { P("/bin/sh"), P(argv), P(argv + 1) }, NULL },
	{ "ptrace attach", SYS_ptrace, { PTRACE_ATTACH, 0 }, NULL },
	{ "ptrace traceme", SYS_ptrace, { PTRACE_TRACEME }, NULL },
	{ "kill", SYS_kill, { 0, SIGKILL }, NULL },
	{ "kill of the parent's group", SYS_kill, { 0, SIGTERM }, NULL },
	{ "tkill", SYS_tkill, { 0, SIGKILL }, NULL },
	{ "tgkill", SYS_tgkill, { 0, 0, SIGKILL }, NULL },
	{ "process_vm_writev", SYS_process_vm_writev, { 0, P(&iov), 1, P(&there), 1, 0 }, NULL },
	{ "process_vm_readv", SYS_process_vm_readv, { 0, P(&iov), 1, P(&there), 1, 0 }, NULL },
	{ "prctl dumpable", SYS_prctl, { PR_SET_DUMPABLE, 0 }, NULL },
	{ "prctl death signal", SYS_prctl, { PR_SET_PDEATHSIG, 0 }, NULL },
	{ "prctl seccomp", SYS_prctl, { PR_SET_SECCOMP, SECCOMP_MODE_FILTER, P(&allow_all) }, NULL },
	{ "seccomp filter", SYS_seccomp, { SECCOMP_SET_MODE_FILTER, 0, P(&allow_all) }, NULL },
	{ "seccomp strict", SYS_seccomp, { SECCOMP_SET_MODE_STRICT, 0, 0 }, NULL },
	{ "rt_sigaction", SYS_rt_sigaction, { SIGSYS, 0, P(name_room), 8 }, NULL },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, { SIG_BLOCK, 0, P(name_room), 8 }, NULL },
	{ "sigaltstack", SYS_sigaltstack, { 0, P(name_room) }, NULL },
	{ "arch_prctl cpuid", SYS_arch_prctl, { ARCH_SET_CPUID, 0 }, NULL },
	{ "arch_prctl get", SYS_arch_prctl, { ARCH_GET_FS, P(name_room) }, NULL },
	{ "arch_prctl fs", SYS_arch_prctl, { ARCH_SET_FS, 0x1234 }, no_harm },
	{ "socket", SYS_socket, { AF_INET, SOCK_STREAM, 0 }, NULL },
	{ "socketpair", SYS_socketpair, { AF_UNIX, SOCK_STREAM, 0, P(name_room) }, NULL },
	{ "memfd_create", SYS_memfd_create, { P("x"), 0 }, NULL },
	{ "dup2", SYS_dup2, { SPACE_FD_ACK, SPACE_FD_DOORBELL }, NULL },
	{ "close", SYS_close, { SPACE_FD_PHYSMEM }, NULL },
	{ "ftruncate of physmem", SYS_ftruncate, { SPACE_FD_PHYSMEM, 0 }, NULL },
	{ "pwrite64 to physmem", SYS_pwrite64, { SPACE_FD_PHYSMEM, P(name_room), 4096, 0 }, NULL },
	{ "pread64 of physmem", SYS_pread64, { SPACE_FD_PHYSMEM, P(name_room), 4096, 0 }, NULL },
	{ "read of the doorbell", SYS_read, { SPACE_FD_DOORBELL, P(name_room), 8 }, NULL },
	{ "write to the doorbell", SYS_write, { SPACE_FD_DOORBELL, P(&doorbell), 8 }, no_harm },
	{ "write of nonsense to the doorbell", SYS_write, { SPACE_FD_DOORBELL, 16, ~0UL }, no_harm },
	{ "write of an acknowledgement", SYS_write, { SPACE_FD_ACK, P(&token), 8 }, NULL },
	{ "write to physmem", SYS_write, { SPACE_FD_PHYSMEM, P(name_room), 4096 }, NULL },
	{ "write to the rings", SYS_write, { SPACE_FD_RINGS, P(name_room), 4096 }, NULL },
	{ "writev", SYS_writev, { SPACE_FD_DOORBELL, P(&iov), 1 }, NULL },
	{ "sendfile", SYS_sendfile, { SPACE_FD_ACK, SPACE_FD_PHYSMEM, 0, 4096 }, NULL },
	{ "vmsplice", SYS_vmsplice, { SPACE_FD_ACK, P(&iov), 1, 0 }, NULL },
	{ "io_uring_setup", SYS_io_uring_setup, { 8, P(name_room) }, NULL },
	{ "userfaultfd", SYS_userfaultfd, { 0 }, NULL },
	{ "bpf", SYS_bpf, { 0, P(name_room), 64 }, NULL },
	{ "perf_event_open", SYS_perf_event_open, { P(name_room), 0, -1UL, -1UL, 0 }, NULL },
	{ "unshare", SYS_unshare, { CLONE_FILES }, NULL },
	{ "setns", SYS_setns, { 3, 0 }, NULL },
	{ "setuid", SYS_setuid, { 0 }, NULL },
	{ "exit_group", SYS_exit_group, { 0 }, NULL },
	{ "exit with a status", SYS_exit, { 7 }, NULL },
	{ "modify_ldt", SYS_modify_ldt, { 0, P(name_room), 4096 }, NULL },
	{ "set_robust_list", SYS_set_robust_list, { P(name_room), 24 }, NULL },
	{ "rseq", SYS_rseq, { P(wanted), 32, 0, 0 }, NULL },
	{ "sched_setaffinity", SYS_sched_setaffinity, { 0, 8, P(name_room) }, NULL },
	{ "setpriority", SYS_setpriority, { 0, 0, 5 }, NULL },
	{ "prlimit64", SYS_prlimit64, { 0, 7, 0, P(name_room) }, NULL },
	{ "ioctl", SYS_ioctl, { SPACE_FD_DOORBELL, 0x5421, P(name_room) }, NULL },
	{ "timer_create", SYS_timer_create, { 0, 0, P(name_room) }, NULL },
	{ "setitimer", SYS_setitimer, { 0, P(wanted), 0 }, NULL },
	{ "personality", SYS_personality, { 0x40000 }, NULL },
	{ "pidfd_open", SYS_pidfd_open, { 0, 0 }, NULL },
	{ "shmget", SYS_shmget, { 0, 4096, 01777 }, NULL },
	{ "remap_file_pages", SYS_remap_file_pages, { P(wanted), PAGE, 0, 1, 0 }, NULL },
	{ "mremap", SYS_mremap, { P(wanted), PAGE, 16 * PAGE, 1 }, NULL },
	{ "madvise", SYS_madvise, { P(wanted), PAGE, MADV_DONTNEED }, NULL },
	{ "brk", SYS_brk, { 0 }, NULL },
	{ "pkey_mprotect", SYS_pkey_mprotect, { P(wanted), PAGE, 7, 0 }, NULL },
	{ "munmap of the guest's own", SYS_munmap, { P(wanted), PAGE }, wanted_gone },
	{ "munmap of the layer", SYS_munmap, { 0, PAGE }, text_gone },
	{ "mprotect of the layer", SYS_mprotect, { 0, PAGE, 7 }, text_writable },
	{ "mprotect of the ring", SYS_mprotect, { 1, PAGE, 3 }, ring_writable },
	{ "futex wake", SYS_futex, { P(&futex_word), FUTEX_WAKE, 1 }, no_harm },
	{ "futex wake, private", SYS_futex, { P(&futex_word), FUTEX_WAKE_PRIVATE, 1 }, NULL },
	{ "futex requeue", SYS_futex, { P(&futex_word), FUTEX_REQUEUE, 1, 1, P(wanted) }, NULL },
	{ "futex wake_op", SYS_futex, { P(&futex_word), FUTEX_WAKE_OP, 1, 1, P(wanted), 0 }, NULL },
	{ "futex lock_pi", SYS_futex, { P(&futex_word), FUTEX_LOCK_PI, 0, 0 }, NULL },
	{ "futex wait_bitset", SYS_futex, { P(&futex_word), FUTEX_WAIT_BITSET, 1, 0, 0, 1 }, NULL },
	{ "futex wait, high bits set", SYS_futex, { P(&futex_word), 1UL << 32, 1, 0 }, NULL },
	{ "futex_waitv", 449, { P(wanted), 1, 0, 0, 0 }, NULL },
	{ "x32 getpid", 0x40000000 | SYS_getpid, { 0 }, NULL },
	{ "x32 mmap", 0x40000000 | SYS_mmap, { 0, PAGE, 3, MAP_SHARED, 3, 0 }, NULL },
	{ "number -1", -1, { 0 }, NULL },
	{ "a number that is none", 9999, { 0 }, NULL },
	{ "mmap over the text", SYS_mmap, { 0, PAGE, 7, MAP_SHARED | MAP_FIXED, 3, 0 }, text_writable },
	{ "mmap of nothing over the ring", SYS_mmap, { 1, PAGE, 3,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1UL, 0 }, ring_writable },
};

/* For those whose first argument is 0 above. */
static unsigned long first_argument(const struct attempt *t)
{
	switch (t->nr) {
	case SYS_open:
	case SYS_mkdir:
	case SYS_unlink:
		return P(file);
	case SYS_kill:
		return t->a[1] == SIGTERM ? 0 : (unsigned long)host_pid;
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_process_vm_readv:
	case SYS_process_vm_writev:
	case SYS_pidfd_open:
		return (unsigned long)host_pid;
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_mmap:
		return P(layer.text);
	}
	return 0;
}

static void prepare(struct attempt *t)
{
	bool ring = (t->nr == SYS_mprotect || t->nr == SYS_mmap) && t->a[0] == 1;

	if (ring)
		t->a[0] = P(layer.text + LAYER_RING_OFFSET);
	else if (!t->a[0])
		t->a[0] = first_argument(t);
	if (t->nr == SYS_openat)
		t->a[1] = P(file);
	if (t->nr == SYS_tgkill || (t->nr == SYS_ptrace && t->a[0] == PTRACE_ATTACH))
		t->a[1] = (unsigned long)host_pid;
}

static int failures;

static void report(const char *what, const char *name, int (*attack)(void), const char *only)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %s", what, name);
	if (only && !strstr(text, only))
		return;
	if (run_attack(text, attack, 0))
		printf("ok %s\n", text);
	else
		failures++;
}

/* The judge must know a call that is allowed for one that was made. */
static void judge_sees(void)
{
	struct attempt allowed = { "futex wake", SYS_futex, { P(&futex_word), FUTEX_WAKE, 1 }, NULL };
	pid_t pid;
	int status;

	attempt = &allowed;
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(try_call());
	status = ended_within(pid, 5000);
	if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == HARM)
		printf("ok an allowed call is seen\n");
	else
		failures += !said("an allowed call", "it is not seen");
}

static void calls(const char *only)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		attempt = &attempts[i];
		prepare(&attempts[i]);
		report("from the layer", attempt->name, try_call, only);
	}
}

/* --- mmap of every descriptor, from one thread and beside others */

static int try_maps(void)
{
	static const unsigned long offsets[] = { 0, PAGE, 1 << 20, 64 << 20 };
	static struct attempt map = { "mmap", SYS_mmap, { 0 }, mapped };

	for (int fd = -1; fd < 16; fd++) {
		for (int i = 0; i < 4; i++) {
			const unsigned long a[6] = { P(free_place), PAGE, PROT_READ | PROT_WRITE,
						     MAP_SHARED | MAP_FIXED | (fd < 0 ? MAP_ANONYMOUS : 0),
						     P(fd), offsets[i] };
			pid_t pid = fork();
			int status;

			memcpy(map.a, a, sizeof(a));
			attempt = &map;
			if (!pid)
				try_call();
			if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			    WEXITSTATUS(status) == HARM)
				return HARM;
		}
	}
	return 0;
}

/* --- from each of the layer's instructions, while a sibling looks at what happens */

static void *jumper(void *arg)
{
	struct jump jump = { .ip = P(arg), .ax = (unsigned long)attempt->nr, .di = attempt->a[0],
			     .si = attempt->a[1], .dx = attempt->a[2], .r10 = attempt->a[3],
			     .r8 = attempt->a[4], .r9 = attempt->a[5] };

	jump.sp = P(landing_stack + sizeof(landing_stack) / 2 - 8);
	jump_to(&jump);
}

static char *chosen_site;

static int try_beside_sibling(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, jumper, chosen_site))
		return 1;
	sleep_ms(5);
	_exit(attempt->harm() ? HARM : 0);
}

static void calls_from_sites(const char *only)
{
	struct attempt some[] = {
		{ "mmap", SYS_mmap, { P(free_place), PAGE, 3, MAP_SHARED | MAP_FIXED, 3, 0 }, mapped },
		{ "mmap of its own", SYS_mmap, { P(wanted), PAGE, 3, MAP_SHARED | MAP_FIXED, 3,
			PAGE }, wanted_changed },
		{ "munmap", SYS_munmap, { P(wanted), PAGE }, wanted_gone },
		{ "mprotect", SYS_mprotect, { P(layer.text), PAGE, 7 }, text_writable },
		{ "clone", SYS_clone, { LAYER_CLONE_THREAD }, no_harm },
		{ "open", SYS_open, { P(file), O_CREAT | O_RDWR, 0666 }, no_harm },
		{ "kill", SYS_kill, { (unsigned long)host_pid, SIGKILL }, no_harm },
	};
	char name[64];

	for (unsigned s = 0; s < layer.nr_sites; s++) {
		for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
			attempt = &some[i];
			chosen_site = layer.site[s];
			snprintf(name, sizeof(name), "from the instruction at +%#lx beside a sibling",
				 (long)(layer.site[s] - layer.text));
			report(name, some[i].name, try_beside_sibling, only);
		}
	}
}

/* --- the CPU's other ways */

static long by_int80(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

static int try_int80(void)
{
	static char low_name[64];

	snprintf(low_name, sizeof(low_name), "%s", file);
	for (int nr = 1; nr < 460; nr++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(1);
			by_int80(nr, (long)low_name, O_CREAT | O_RDWR, 0777);
			_exit(0);
		}
		if (ended_within(pid, 30) < 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
	}
	return 0;
}

static int try_sysenter(void)
{
	static char stack[4096];

	__asm__ volatile("movq %0, %%rbp\n\tmovl $39, %%eax\n\tsysenter\n\tud2"
			 :: "r"(stack + 2048) : "rax", "memory");
	return 0;
}

static int try_x32(void)
{
	for (long nr = 0; nr < 600; nr++)
		if (nr != SYS_exit && nr != SYS_exit_group && nr != SYS_pause &&
		    syscall(0x40000000 | nr, 0, 0, 0, 0, 0, 0) >= 0)
			return HARM;
	return 0;
}

static int try_selectors(void)
{
	for (unsigned sel = 0; sel < 0x110; sel++) {
		pid_t pid = fork();

		if (!pid) {
			__asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" :: "r"(sel));
			(void)!getppid();
			if (sel & 1)
				__asm__ volatile("mov %0, %%fs" :: "r"(sel));
			else
				__asm__ volatile("mov %0, %%gs" :: "r"(sel));
			_exit(0);
		}
		if (ended_within(pid, 2000) < 0)
			return HARM;
	}
	return 0;
}

static const unsigned long wild[] = { 0, 1, 8, 0x1000, 0x7fffffffe000, 0x7fffffffffff,
				      0x800000000000, 0xffff800000000000, ~0UL, ~0UL - 4095 };

/* With bases that lead nowhere no call can be made: the process may end by a signal. */
static int try_bases(void)
{
	for (unsigned i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		for (int way = 0; way < 4; way++) {
			pid_t pid = fork();

			if (!pid) {
				if (way == 0)
					__asm__ volatile("wrgsbase %0" :: "r"(wild[i]));
				if (way == 1)
					__asm__ volatile("wrfsbase %0" :: "r"(wild[i]));
				if (way >= 2)
					__asm__ volatile("syscall" :: "a"(SYS_arch_prctl),
							 "D"(way == 2 ? ARCH_SET_FS : ARCH_SET_GS),
							 "S"(wild[i]) : "rcx", "r11", "memory");
				__asm__ volatile("syscall" :: "a"(SYS_getpid) : "rcx", "r11", "memory");
				__asm__ volatile("syscall" :: "a"(SYS_exit_group), "D"(0));
			}
			if (ended_within(pid, 3000) < 0)
				return HARM;
		}
	}
	return 0;
}

/* --- memory of the layer's that may not be written */

static int try_writes(void)
{
	for (size_t at = 0; at < LAYER_CHANNELS_OFFSET; at += PAGE) {
		bool common = at >= LAYER_COMMON_OFFSET && at < LAYER_VDSO_OFFSET;

		if (!common && reachable(layer.text + at, true))
			return HARM;
	}
	return 0;
}

static const struct row rows[] = {
	{ "mmap of each descriptor", try_maps, 20000 },
	{ "int 0x80, each number", try_int80, 40000 },
	{ "sysenter", try_sysenter, 0 },
	{ "x32 numbers", try_x32, 20000 },
	{ "each selector", try_selectors, 20000 },
	{ "wild fs and gs", try_bases, 20000 },
	{ "writes to text, shared page and ring", try_writes, 5000 },
};

static int sing(void)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };

	canary_fill();
	printf("%d %p\n", getpid(), (void *)canary);
	fflush(stdout);
	poll(&in, 1, 600000);
	printf("%s\n", canary_lives() ? "unharmed" : "harmed");
	return 0;
}

int main(int argc, char **args)
{
	const char *only = argc > 4 ? args[4] : NULL;

	if (argc == 2 && !strcmp(args[1], "canary"))
		return sing();
	if (argc > 2 && !strcmp(args[1], "victim"))
		return victim(atol(args[2]));
	if (argc < 4)
		return 2;
	file = args[1];
	host_pid = atol(args[2]);
	host_addr = strtoul(args[3], NULL, 0);
	there = (struct iovec){ (void *)host_addr, 64 };
	find_layer();
	canary_fill();
	judge_sees();
	calls(only);
	calls_from_sites(only);
	return run_rows(rows, sizeof(rows) / sizeof(rows[0]), only) || failures;
}
