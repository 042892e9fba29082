/*
 * Code around system calls that a kernel in user space is tempted to change: what reads, copies,
 * patches, moves, interrupts or single-steps it must find it as it was written.
 *
 * Each row calls its site often enough for it to be "hot" first.
 */
#include "abi.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>

#ifndef __x86_64__
static void other_cpu(void)
{
	abi_skip("the code of this test is x86_64's");
}

static const struct abi_row rows[] = { { other_cpu, "sites" } };
#else

enum { PAGE = 4096, HOT = 50 };

/* A page of code: position-independent, so that it can be put into files too. */
__asm__(".pushsection .text.sites, \"ax\"\n"
	"	.balign 4096\n"
	"sites_start:\n"
	"	.ascii \"\\177ELF\"\n"	/* files of it look like programs, and are mapped as such */
	"	.balign 16\n"
	"site_getppid:\n"		/* mov, syscall */
	"	movl $110, %eax\n"
	"	syscall\n"
	"	ret\n"
	"	.balign 16\n"
	"site_read:\n"			/* xor, syscall, with padding near by */
	"	xorl %eax, %eax\n"
	"	syscall\n"
	"	ret\n"
	"	.balign 16\n"
	"site_any:\n"			/* the number comes from elsewhere */
	"	movl %edi, %eax\n"
	"	syscall\n"
	"	ret\n"
	"	.balign 16\n"
	"site_tight:\n"			/* no padding */
	"	xorl %eax, %eax\n"
	"	syscall\n"
	"	cmpq $0, %rax\n"
	"	ret\n"
	"	.balign 16\n"
	"site_lookalike:\n"		/* mov to r8d: its last bytes are those of a mov to eax */
	"	movl %edi, %eax\n"
	"	movl $110, %r8d\n"
	"	syscall\n"
	"	movq %r8, %rax\n"
	"	ret\n"
	"	.balign 16\n"
	/* Calls getppid with every register and the red zone known; rax: how many differ after. */
	"site_registers:\n"
	"	pushq %rbx\n pushq %rbp\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
	"	movq $0x1111, %rbx\n movq $0x2222, %rbp\n movq $0x3333, %rdx\n"
	"	movq $0x4444, %rsi\n movq $0x5555, %rdi\n movq $0x6666, %r8\n"
	"	movq $0x7777, %r9\n movq $0x8888, %r10\n movq $0x9999, %r12\n"
	"	movq $0xaaaa, %r13\n movq $0xbbbb, %r14\n movq $0xcccc, %r15\n"
	"	movq %r12, %xmm3\n movq %r13, %xmm15\n"
	"	movq $0x1234, -8(%rsp)\n movq $0x5678, -128(%rsp)\n"
	"	cmpq $0, %rbx\n stc\n"
	"	movl $110, %eax\n"
	"	syscall\n"
	"	jnc 1f\n jz 1f\n js 1f\n jo 1f\n"
	"	cmpq $0x1111, %rbx\n jne 1f\n cmpq $0x2222, %rbp\n jne 1f\n"
	"	cmpq $0x3333, %rdx\n jne 1f\n cmpq $0x4444, %rsi\n jne 1f\n"
	"	cmpq $0x5555, %rdi\n jne 1f\n cmpq $0x6666, %r8\n jne 1f\n"
	"	cmpq $0x7777, %r9\n jne 1f\n cmpq $0x8888, %r10\n jne 1f\n"
	"	cmpq $0x9999, %r12\n jne 1f\n cmpq $0xaaaa, %r13\n jne 1f\n"
	"	cmpq $0xbbbb, %r14\n jne 1f\n cmpq $0xcccc, %r15\n jne 1f\n"
	"	cmpq $0x1234, -8(%rsp)\n jne 1f\n cmpq $0x5678, -128(%rsp)\n jne 1f\n"
	"	movq %xmm3, %rax\n cmpq %r12, %rax\n jne 1f\n"
	"	movq %xmm15, %rax\n cmpq %r13, %rax\n jne 1f\n"
	"	xorl %eax, %eax\n jmp 2f\n"
	"1:	movl $1, %eax\n"
	"2:	popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbp\n popq %rbx\n"
	"	ret\n"
	"	.balign 4096\n"
	"sites_end:\n"
	".popsection\n");

extern unsigned char sites_start[], sites_end[], site_getppid[], site_read[], site_any[],
	site_tight[], site_lookalike[], site_registers[];

typedef long (*call0)(void);
typedef long (*call3)(long, void *, long);

/* Where in the page is the number that site_getppid loads. */
#define NUMBER_AT (site_getppid - sites_start + 1)

/* The same function in another mapping of the page. */
static void *at(unsigned char *base, unsigned char *function)
{
	return base + (function - sites_start);
}

/* A file that holds the page twice, so that code is also at an offset. */
static int code_file(const char *name)
{
	int fd = OK(open(name, O_RDWR | O_CREAT | O_TRUNC, 0755));

	EQ(OK(write(fd, sites_start, PAGE)), PAGE);
	EQ(OK(write(fd, sites_start, PAGE)), PAGE);
	return fd;
}

static unsigned char *map_at(int fd, unsigned char *where)
{
	CHECK(mmap(where, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
	      where);
	return where;
}

/* Somewhere, with free pages around it, as programs and libraries have them. */
static unsigned char *map_code(int fd)
{
	unsigned char *room = mmap(NULL, 6 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(room != MAP_FAILED);
	OK(munmap(room, 6 * PAGE));
	return map_at(fd, room + 2 * PAGE);
}

static int zero_fd(void)
{
	return OK(open("/dev/zero", O_RDONLY));
}

static void heat(unsigned char *base)
{
	int fd = zero_fd();
	char c;

	for (int i = 0; i < HOT; i++) {
		EQ(((call0)at(base, site_getppid))(), getppid());
		c = 1;
		EQ(((call3)at(base, site_read))(fd, &c, 1), 1);
		EQ(c, 0);
		EQ(((call3)at(base, site_any))(SYS_getpid, NULL, 0), getpid());
		EQ(((call3)at(base, site_tight))(fd, &c, 1), 1);
		EQ(((call3)at(base, site_lookalike))(SYS_getpid, NULL, 0), 110);
		EQ(((call0)at(base, site_registers))(), 0);
	}
	OK(close(fd));
}

/* --- readers */

static void same_bytes(const unsigned char *have, const unsigned char *want)
{
	for (int i = 0; i < PAGE; i++)
		if (have[i] != want[i])
			EQ(have[i] << 16 | i, want[i] << 16 | i);
}

static unsigned char *original(void)
{
	static unsigned char copy[PAGE];

	memcpy(copy, sites_start, PAGE);
	return copy;
}

static void read_own_text(void)
{
	unsigned char *want = original();

	for (int i = 0; i < 10; i++) {
		heat(sites_start);
		same_bytes(sites_start, want);
	}
}

static void read_fresh_mapping(void)
{
	int fd = code_file("code");
	unsigned char *base = map_code(fd) , *want = original();

	heat(base + PAGE);
	same_bytes(base + PAGE, want);
	heat(base);
	same_bytes(base, want);
	heat(base);
}

static void kernel_reads_text(void)
{
	unsigned char *want = original(), have[PAGE];
	struct iovec local = { have, PAGE }, remote;
	int fd = code_file("code"), out = OK(open("out", O_RDWR | O_CREAT, 0600));
	unsigned char *base = map_code(fd);

	heat(base);
	EQ(OK(pwrite(out, base, PAGE, 0)), PAGE);
	EQ(OK(pread(out, have, PAGE, 0)), PAGE);
	same_bytes(have, want);
	memset(have, 0, PAGE);
	remote = (struct iovec){ base, PAGE };
	EQ(OK(process_vm_readv(getpid(), &local, 1, &remote, 1, 0)), PAGE);
	same_bytes(have, want);
	memset(have, 0, PAGE);
	out = OK(open("/proc/self/mem", O_RDONLY));
	EQ(OK(pread(out, have, PAGE, (off_t)(uintptr_t)base)), PAGE);
	same_bytes(have, want);
	EQ(OK(pread(fd, have, PAGE, 0)), PAGE);
	same_bytes(have, want);
}

static void copy_runs(void)
{
	unsigned char *copy;

	heat(sites_start);
	copy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(copy != MAP_FAILED);
	memcpy(copy, sites_start, PAGE);
	OK(mprotect(copy, PAGE, PROT_READ | PROT_EXEC));
	heat(copy);
}

/* --- jumps */

static void jump_to_syscall(void)
{
	call3 behind_mov = (call3)(void *)(site_getppid + 5);

	heat(sites_start);
	for (int i = 0; i < HOT; i++) {
		long result;

		__asm__ volatile("call *%2" : "=a"(result) : "a"(SYS_getpid), "r"(behind_mov)
				 : "rcx", "r11", "memory");
		EQ(result, getpid());
	}
	heat(sites_start);
}

/* --- writers */

static void patched_by_program(void)
{
	heat(sites_start);
	OK(mprotect(sites_start, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
	for (int i = 0; i < HOT; i++) {
		site_getppid[1] = SYS_getpid;
		EQ(((call0)(void *)site_getppid)(), getpid());
		site_getppid[1] = SYS_getppid;
		EQ(((call0)(void *)site_getppid)(), getppid());
	}
	OK(mprotect(sites_start, PAGE, PROT_READ | PROT_EXEC));
	heat(sites_start);
}

static void protection_changes(void)
{
	unsigned char *base = map_code(code_file("code")) , *want = original();

	for (int i = 0; i < 5; i++) {
		heat(base);
		OK(mprotect(base, PAGE, PROT_READ));
		same_bytes(base, want);
		OK(mprotect(base, PAGE, PROT_NONE));
		OK(mprotect(base, PAGE, PROT_READ | PROT_EXEC));
	}
	heat(base);
}

static void made_at_run_time(void)
{
	static const short numbers[] = { SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid };
	unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	memcpy(page, site_getppid, 8);
	for (int i = 0; i < 2000; i++) {
		short nr = numbers[i / 7 % 4];

		memcpy(page + 1, &nr, sizeof(nr));
		EQ(((call0)(void *)page)(), syscall(nr));
	}
}

static void file_written(void)
{
	int fd = code_file("code");
	unsigned char *base = map_code(fd), nr;

	for (int i = 0; i < 5; i++) {
		heat(base);
		nr = SYS_getpid;
		EQ(OK(pwrite(fd, &nr, 1, NUMBER_AT)), 1);
		for (int j = 0; j < HOT; j++)
			EQ(((call0)at(base, site_getppid))(), getpid());
		nr = SYS_getppid;
		EQ(OK(pwrite(fd, &nr, 1, NUMBER_AT)), 1);
	}
	heat(base);
}

static void file_written_by_mapping(void)
{
	int fd = code_file("code");
	unsigned char *base = map_code(fd), *shared;

	heat(base);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(shared != MAP_FAILED);
	for (int i = 0; i < 5; i++) {
		shared[NUMBER_AT] = SYS_getpid;
		for (int j = 0; j < HOT; j++)
			EQ(((call0)at(base, site_getppid))(), getpid());
		shared[NUMBER_AT] = SYS_getppid;
		heat(base);
	}
	OK(munmap(shared, PAGE));
	heat(base);
}

/* --- places */

static void mapped_again(void)
{
	int fd = code_file("code"), other = code_file("other");
	unsigned char *base = map_code(fd), nr = SYS_getpid;

	EQ(OK(pwrite(other, &nr, 1, NUMBER_AT)), 1);
	for (int i = 0; i < 10; i++) {
		heat(base);
		OK(munmap(base, 2 * PAGE));
		map_at(other, base);
		for (int j = 0; j < HOT; j++)
			EQ(((call0)at(base, site_getppid))(), getpid());
		map_at(fd, base);
	}
}

static void moved(void)
{
	int fd = code_file("code");
	unsigned char *base = map_code(fd), *to;

	to = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(to != MAP_FAILED);
	heat(base);
	to = mremap(base, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 8 * PAGE);
	CHECK(to != MAP_FAILED);
	heat(to);
	base = to;
	to = mremap(base, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, base - 5 * PAGE);
	CHECK(to != MAP_FAILED);
	heat(to);
	heat(base + PAGE);
}

/* Something comes to lie right below the file, with the file's code hot. */
static void mapped_below(void)
{
	unsigned char *base = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *below;

	CHECK(base != MAP_FAILED);
	base += 8 * PAGE;
	OK(munmap(base - PAGE, PAGE));
	map_at(code_file("code"), base);
	for (int i = 0; i < 5; i++) {
		heat(base);
		below = mmap(base - PAGE, PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		CHECK(below == base - PAGE);
		for (int j = 0; j < PAGE; j++)
			EQ(below[j], 0);
		memset(below, 0xcc, PAGE);
		heat(base);
		for (int j = 0; j < PAGE; j++)
			EQ(below[j], 0xcc);
		OK(munmap(below, PAGE));
	}
	heat(base);
}

static void child_calls(void)
{
	unsigned char *base = map_code(code_file("code")) , *want = original();
	pid_t pid;

	heat(base);
	pid = OK(fork());
	if (!pid) {
		heat(base);
		same_bytes(base, want);
		heat(base);
		_exit(0);
	}
	heat(base);
	EQ(abi_wait(pid), 0);
}

/* --- signals */

static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	(void)sig;
	signals = signals + 1;
	getppid();
}

static void registers_under_signals(void)
{
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	long long end = abi_now_ms() + 400;

	OK(sigaction(SIGALRM, &action, NULL));
	OK(setitimer(ITIMER_REAL, &timer, NULL));
	while (abi_now_ms() < end)
		for (int i = 0; i < 20; i++)
			EQ(((call0)(void *)site_registers)(), 0);
	CHECK(signals > 5);
}

static pthread_t target;
static volatile bool stop;

static void *shoot(void *arg)
{
	/* A moment between two, or the target would do nothing but handle them. */
	while (!stop) {
		pthread_kill(target, SIGUSR1);
		for (int i = 0; i < 20; i++)
			sched_yield();
	}
	return arg;
}

static void registers_under_fire(void)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	int fd = zero_fd();
	pthread_t thread;
	char c;

	OK(sigaction(SIGUSR1, &action, NULL));
	target = pthread_self();
	CHECK(!pthread_create(&thread, NULL, shoot, NULL));
	for (int i = 0; i < 2000 || signals < 100; i++) {
		EQ(((call0)(void *)site_registers)(), 0);
		EQ(((call3)(void *)site_read)(fd, &c, 1), 1);
		EQ(((call3)(void *)site_any)(SYS_getpid, NULL, 0), getpid());
	}
	stop = true;
	CHECK(!pthread_join(thread, NULL));
}

/* A read that a handler interrupts is made again, or fails. */
static void restarted(void)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	struct itimerval timer = { { 0, 0 }, { 0, 20000 } };
	int fds[2];
	char c;
	pid_t pid;

	heat(sites_start);
	OK(sigaction(SIGALRM, &action, NULL));
	OK(pipe(fds));
	pid = OK(fork());
	if (!pid) {
		abi_sleep_ms(150);
		EQ(OK(write(fds[1], "x", 1)), 1);
		_exit(0);
	}
	OK(setitimer(ITIMER_REAL, &timer, NULL));
	EQ(((call3)(void *)site_read)(fds[0], &c, 1), 1);
	EQ(c, 'x');
	EQ(signals, 1);
	EQ(abi_wait(pid), 0);
	action.sa_flags = 0;
	OK(sigaction(SIGALRM, &action, NULL));
	OK(setitimer(ITIMER_REAL, &timer, NULL));
	EQ(((call3)(void *)site_read)(fds[0], &c, 1), -EINTR);
}

/* --- threads */

enum { THREADS = 4, CALLS = 60 };
static unsigned char *shared_base;
static pthread_barrier_t barrier;

static void *call_sites(void *arg)
{
	int fd = *(int *)arg;
	char c;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < CALLS; i++) {
		EQ(((call0)at(shared_base, site_getppid))(), getppid());
		EQ(((call3)at(shared_base, site_read))(fd, &c, 1), 1);
		EQ(((call3)at(shared_base, site_any))(SYS_getpid, NULL, 0), getpid());
	}
	return NULL;
}

/* All threads come to new code at once; with `reader`, one reads it meanwhile. */
static void threads_on_fresh_code(bool reader)
{
	unsigned char *want = original();
	int zero = zero_fd();

	CHECK(!pthread_barrier_init(&barrier, NULL, THREADS + 1));
	for (int round = 0; round < 10; round++) {
		pthread_t threads[THREADS];

		shared_base = map_code(code_file("code"));
		for (int i = 0; i < THREADS; i++)
			CHECK(!pthread_create(&threads[i], NULL, call_sites, &zero));
		pthread_barrier_wait(&barrier);
		for (int i = 0; reader && i < 3; i++) {
			abi_sleep_ms(2);
			same_bytes(shared_base, want);
		}
		for (int i = 0; i < THREADS; i++)
			CHECK(!pthread_join(threads[i], NULL));
		same_bytes(shared_base, want);
		/* It stays: the next one is to be elsewhere. */
	}
}

static void threads_call(void)
{
	threads_on_fresh_code(false);
}

static void threads_call_and_read(void)
{
	threads_on_fresh_code(true);
}

static void *call_until_stop(void *arg)
{
	int fd = *(int *)arg;
	char c;

	while (!stop) {
		EQ(((call3)at(shared_base, site_read))(fd, &c, 1), 1);
		EQ(((call3)at(shared_base, site_any))(SYS_getpid, NULL, 0), getpid());
	}
	return NULL;
}

/* One thread patches the text that others run: they see either. */
static void threads_call_patched_code(void)
{
	int zero = zero_fd();
	pthread_t threads[2];

	shared_base = map_code(code_file("code"));
	heat(shared_base);
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, call_until_stop, &zero));
	for (int i = 0; i < 30; i++) {
		OK(mprotect(shared_base, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
		shared_base[PAGE - 1] = (unsigned char)i;
		OK(mprotect(shared_base, PAGE, PROT_READ | PROT_EXEC));
		OK(madvise(shared_base, PAGE, MADV_DONTNEED));
		abi_sleep_ms(2);
	}
	stop = true;
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
}

/* --- a debugger */

static void wait_stop(pid_t pid, int sig)
{
	int status;

	EQ(OK(waitpid(pid, &status, 0)), pid);
	CHECK(WIFSTOPPED(status));
	EQ(WSTOPSIG(status), sig);
}

static pid_t traced_child(void)
{
	pid_t pid;

	heat(sites_start);
	pid = OK(fork());
	if (!pid) {
		int fd = zero_fd();
		char c;

		heat(sites_start);
		OK(ptrace(PTRACE_TRACEME, 0, 0, 0));
		raise(SIGSTOP);
		((call0)(void *)site_getppid)();
		((call3)(void *)site_read)(fd, &c, 1);
		heat(sites_start);
		_exit(0);
	}
	wait_stop(pid, SIGSTOP);
	return pid;
}

static void debugger_peeks(void)
{
	unsigned char *want = original();
	pid_t pid = traced_child();

	for (size_t i = 0; i < PAGE; i += sizeof(long)) {
		long word = ptrace(PTRACE_PEEKTEXT, pid, sites_start + i, 0), wanted;

		memcpy(&wanted, want + i, sizeof(wanted));
		EQ(word, wanted);
	}
	OK(ptrace(PTRACE_DETACH, pid, 0, 0));
	EQ(abi_wait(pid), 0);
}

static void debugger_breakpoint(void)
{
	pid_t pid = traced_child();
	struct user_regs_struct regs;
	long word = ptrace(PTRACE_PEEKTEXT, pid, site_getppid, 0);

	OK(ptrace(PTRACE_POKETEXT, pid, site_getppid, (word & ~0xffL) | 0xcc));
	OK(ptrace(PTRACE_CONT, pid, 0, 0));
	wait_stop(pid, SIGTRAP);
	OK(ptrace(PTRACE_GETREGS, pid, 0, &regs));
	EQ(regs.rip, (uintptr_t)site_getppid + 1);
	regs.rip--;
	OK(ptrace(PTRACE_SETREGS, pid, 0, &regs));
	OK(ptrace(PTRACE_POKETEXT, pid, site_getppid, word));
	OK(ptrace(PTRACE_CONT, pid, 0, 0));
	EQ(abi_wait(pid), 0);
}

/* Every instruction of both sites is stepped on, and none that is not theirs. */
static void debugger_steps(void)
{
	static const struct { unsigned char *site; int offset; } want[] = {
		{ site_getppid, 0 }, { site_getppid, 5 }, { site_getppid, 7 },
		{ site_read, 0 }, { site_read, 2 }, { site_read, 4 },
	};
	pid_t pid = traced_child();
	struct user_regs_struct regs;
	unsigned seen = 0;

	for (int i = 0; i < 5000 && seen < 6; i++) {
		OK(ptrace(PTRACE_SINGLESTEP, pid, 0, 0));
		wait_stop(pid, SIGTRAP);
		OK(ptrace(PTRACE_GETREGS, pid, 0, &regs));
		if (regs.rip == (uintptr_t)want[seen].site + (uintptr_t)want[seen].offset)
			seen++;
	}
	EQ(seen, 6);
	OK(ptrace(PTRACE_DETACH, pid, 0, 0));
	EQ(abi_wait(pid), 0);
}

/* A process is attached to while it calls, again and again. */
static void debugger_comes_and_goes(void)
{
	pid_t pid = OK(fork());

	if (!pid)
		for (;;)
			heat(sites_start);
	for (int i = 0; i < 20; i++) {
		struct user_regs_struct regs;

		abi_sleep_ms(3);
		OK(ptrace(PTRACE_ATTACH, pid, 0, 0));
		wait_stop(pid, SIGSTOP);
		OK(ptrace(PTRACE_GETREGS, pid, 0, &regs));
		for (int step = 0; step < 20; step++) {
			OK(ptrace(PTRACE_SINGLESTEP, pid, 0, 0));
			wait_stop(pid, SIGTRAP);
		}
		OK(ptrace(PTRACE_DETACH, pid, 0, 0));
	}
	OK(kill(pid, SIGKILL));
	CHECK(WIFSIGNALED(abi_wait(pid)));
}

/* The FP state that a handler finds in its frame, and what it leaves there. */
static unsigned fp_seen, fp_left;
static unsigned mxcsr_in_handler;

static void change_fp(int sig, siginfo_t *info, void *context)
{
	struct _libc_fpstate *fp = ((ucontext_t *)context)->uc_mcontext.fpregs;

	(void)sig;
	(void)info;
	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr_in_handler));
	fp_seen = fp->_xmm[7].element[0];
	fp->_xmm[7].element[0] = fp_left;
	__asm__ volatile("pcmpeqd %%xmm7, %%xmm7\n fldpi" ::: "xmm7", "st");
}

/* kill() of itself, from a site that is hot soon: what xmm7 is afterwards. */
static unsigned xmm7_over_kill(unsigned before)
{
	unsigned after;
	long result = SYS_kill;

	__asm__ volatile("movd %2, %%xmm7\n syscall\n movd %%xmm7, %1"
			 : "+a"(result), "=r"(after)
			 : "r"(before), "D"((long)getpid()), "S"((long)SIGUSR1)
			 : "rcx", "r11", "xmm7", "memory");
	EQ(result, 0);
	return after;
}

static void fp_over_signals(void)
{
	struct sigaction act = { .sa_sigaction = change_fp, .sa_flags = SA_SIGINFO };

	OK(sigaction(SIGUSR1, &act, NULL));
	for (unsigned i = 1; i < 4 * HOT; i++) {
		/* Twice the same, then something else, and now and then nothing but zero. */
		unsigned before = i % 7 ? i / 2 : 0;

		fp_left = i % 3 ? before : ~i;
		EQ(xmm7_over_kill(before), fp_left);
		EQ(fp_seen, before);
	}
}

/* A handler begins as a program does, whatever the interrupted code has set. */
static void fp_of_handlers(void)
{
	const unsigned initial = 0x1f80, upwards = 0x5f80;
	struct sigaction act = { .sa_sigaction = change_fp, .sa_flags = SA_SIGINFO };
	unsigned now;

	OK(sigaction(SIGUSR1, &act, NULL));
	for (unsigned i = 1; i < 4 * HOT; i++) {
		__asm__ volatile("ldmxcsr %0" ::"m"(upwards));
		mxcsr_in_handler = 0;
		fp_left = i;
		EQ(xmm7_over_kill(i), i);
		EQ(mxcsr_in_handler, initial);
		__asm__ volatile("stmxcsr %0" : "=m"(now));
		EQ(now, upwards);
	}
}

static volatile sig_atomic_t nr_ticks;

static void count_tick(int sig)
{
	(void)sig;
	nr_ticks++;
}

/* Numbers behind the last call's, from a hot site, with signals that come meanwhile. */
static void unknown_numbers(void)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction act = { .sa_handler = count_tick };

	OK(sigaction(SIGALRM, &act, NULL));
	OK(setitimer(ITIMER_REAL, &often, NULL));
	while (nr_ticks < 100)
		FAILS(ENOSYS, syscall(600));
}

static const struct abi_row rows[] = {
	{ read_own_text, "a program reads its own text" },
	{ read_fresh_mapping, "a program reads a file that it runs code of" },
	{ kernel_reads_text, "system calls read text" },
	{ copy_runs, "a copy of the code runs" },
	{ jump_to_syscall, "a jump to the system call instruction" },
	{ patched_by_program, "a program patches its text" },
	{ protection_changes, "the text's protection changes" },
	{ made_at_run_time, "code made at run time changes its numbers" },
	{ file_written, "the file is written while its code runs" },
	{ file_written_by_mapping, "the file is written through a shared mapping" },
	{ mapped_again, "text is unmapped, and other text mapped there" },
	{ moved, "text moves" },
	{ mapped_below, "a mapping right below the text" },
	{ child_calls, "a child runs and reads the text" },
	{ registers_under_signals, "registers and red zone with a timer's signals" },
	{ registers_under_fire, "registers and red zone with another thread's signals" },
	{ fp_over_signals, "floating-point registers over signals to oneself" },
	{ fp_of_handlers, "handlers begin with initial floating-point state" },
	{ unknown_numbers, "a call that does not exist, with a timer's signals" },
	{ restarted, "an interrupted call is restarted, or fails" },
	{ threads_call, "threads come to new code at once" },
	{ threads_call_and_read, "threads run code that another one reads" },
	{ threads_call_patched_code, "threads run text that another one patches" },
	{ debugger_peeks, "a debugger reads the text" },
	{ debugger_breakpoint, "a debugger's breakpoint" },
	{ debugger_steps, "a debugger's single steps" },
	{ debugger_comes_and_goes, "a debugger attaches and detaches" },
};
#endif

ABI_MAIN(rows)
