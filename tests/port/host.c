/* See host.h. */
#include "host.h"

#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "um/os_frame.h"

static void refuse(const char *what)
{
	printf("Bail out! the host: %s: %s\n", what, strerror(errno));
	exit(1);
}

void *host_shared(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		refuse("shared memory");
	return mem;
}

int host_numbered_file(unsigned pages)
{
	size_t page = host_page_size();
	int fd = memfd_create("numbered", 0);
	char *text = malloc(page);

	if (fd < 0 || !text)
		refuse("a file in memory");
	for (unsigned i = 1; i <= pages; i++) {
		memset(text, (int)i, page);
		if (write(fd, text, page) != (ssize_t)page)
			refuse("writing to a file in memory");
	}
	free(text);
	return fd;
}

void *host_code(const void *code, size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		refuse("memory for code");
	memcpy(mem, code, size);
	__builtin___clear_cache(mem, (char *)mem + size);
	if (mprotect(mem, size, PROT_READ | PROT_EXEC))
		refuse("making memory executable");
	return mem;
}

unsigned long host_free_range(size_t size)
{
	void *mem = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || munmap(mem, size))
		refuse("a free range of addresses");
	return (unsigned long)mem;
}

size_t host_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* --- children */

static void filter_install(long nr)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(101);
}

/* The child's first steps; true in the child. */
static bool child_begin(int *pid)
{
	fflush(stdout);
	*pid = fork();
	if (*pid < 0)
		refuse("fork");
	if (*pid)
		return false;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(100);
	return true;
}

/* Waits for its first stop. */
static int child_stopped(int pid, int sig)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != sig)
		refuse("a traced child's first stop");
	if (ptrace(PTRACE_SETOPTIONS, pid, 0,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP))
		refuse("PTRACE_SETOPTIONS");
	return pid;
}

int host_child_filtered(int (*fn)(void *arg), void *arg, long nr)
{
	int pid;

	if (child_begin(&pid)) {
		pid_t self = getpid();

		if (nr >= 0)
			filter_install(nr);
		kill(self, SIGSTOP);
		_exit(fn(arg));
	}
	return child_stopped(pid, SIGSTOP);
}

int host_child(int (*fn)(void *arg), void *arg)
{
	return host_child_filtered(fn, arg, -1);
}

int host_child_exec(const char *name)
{
	int pid;

	if (child_begin(&pid)) {
		execl("/proc/self/exe", name, (char *)NULL);
		_exit(102);
	}
	return child_stopped(pid, SIGTRAP);
}

int host_child_at_exec(const char *name)
{
	struct host_stop stop;
	int pid, status;

	if (child_begin(&pid)) {
		kill(getpid(), SIGSTOP);
		execl("/proc/self/exe", name, (char *)NULL);
		_exit(102);
	}
	child_stopped(pid, SIGSTOP);
	do {
		if (ptrace(PTRACE_SYSCALL, pid, 0, 0) || waitpid(pid, &status, 0) != pid ||
		    !WIFSTOPPED(status) || !host_stop_info(pid, &stop)) {
			host_end(pid);
			return -1;
		}
	} while (stop.at != HOST_ENTRY || stop.nr != SYS_execve);
	return pid;
}

void host_end(int pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, __WALL) == pid && !WIFEXITED(status) && !WIFSIGNALED(status))
		;
}

struct host_answer host_call(long nr, const unsigned long arg[6])
{
	struct host_answer answer;

	errno = 0;
	answer.result = syscall(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	answer.error = errno;
	return answer;
}

void host_pread(unsigned long long offset)
{
	char byte;

	if (pread64(-1, &byte, 1, (off64_t)offset) >= 0)
		refuse("a bad descriptor");
}

int host_clone_writes(int index)
{
	volatile int tid = 0;
	long arg[5] = { CLONE_CHILD_SETTID | SIGCHLD, 0, 0, 0, 0 };
	int pid, status;

	arg[index] = (long)&tid;
	fflush(stdout);
	pid = (int)syscall(SYS_clone, arg[0], arg[1], arg[2], arg[3], arg[4]);
	if (pid < 0)
		refuse("clone");
	if (pid == 0)
		_exit(tid != 0);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		refuse("a cloned child");
	return WEXITSTATUS(status);
}

/* --- what the host says */

const char *host_platform(void)
{
	return (const char *)getauxval(AT_PLATFORM);
}

/* A 64-bit host tells 32-bit programs its own name unless they ask for the other. */
const char *host_machine(void)
{
	static struct utsname name;

	if (sizeof(long) == 4)
		personality(PER_LINUX32);
	uname(&name);
	return name.machine;
}

bool host_can_map(unsigned long page)
{
	void *mem = mmap((void *)page, host_page_size(), PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (mem == MAP_FAILED)
		return errno == EEXIST;
	munmap(mem, host_page_size());
	return (unsigned long)mem == page;
}

bool host_stop_info(int pid, struct host_stop *stop)
{
	struct ptrace_syscall_info info;

	memset(stop, 0, sizeof(*stop));
	memset(&info, 0, sizeof(info));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return false;
	stop->arch = info.arch;
	stop->ip = (unsigned long)info.instruction_pointer;
	stop->sp = (unsigned long)info.stack_pointer;
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_ENTRY:
	case PTRACE_SYSCALL_INFO_SECCOMP:
		stop->at = info.op == PTRACE_SYSCALL_INFO_ENTRY ? HOST_ENTRY : HOST_SECCOMP;
		stop->nr = (unsigned long)info.entry.nr;
		for (int i = 0; i < 6; i++)
			stop->arg[i] = (unsigned long)info.entry.args[i];
		break;
	case PTRACE_SYSCALL_INFO_EXIT:
		stop->at = HOST_EXIT;
		stop->result = (long)info.exit.rval;
		break;
	}
	return true;
}

size_t host_get_words(int pid, unsigned long *words, size_t room)
{
	struct iovec iov = { words, room * sizeof(long) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &iov))
		refuse("PTRACE_GETREGSET, NT_PRSTATUS");
	return iov.iov_len / sizeof(long);
}

bool host_set_words(int pid, const unsigned long *words, size_t nr)
{
	struct iovec iov = { (void *)words, nr * sizeof(long) };

	return ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &iov) == 0;
}

unsigned long host_distinct(size_t i)
{
	return 0x10000 + 0x1010 * (unsigned long)i;
}

size_t host_make_distinct(int pid, unsigned long *words, bool *settable, size_t room)
{
	size_t nr = host_get_words(pid, words, room);
	unsigned long *now = calloc(room, sizeof(long));

	for (size_t i = 0; i < nr; i++) {
		unsigned long old = words[i];

		words[i] = host_distinct(i);
		settable[i] = host_set_words(pid, words, nr);
		host_get_words(pid, now, room);
		settable[i] = settable[i] && now[i] == host_distinct(i);
		if (!settable[i]) {
			words[i] = old;
			host_set_words(pid, words, nr);
		}
	}
	free(now);
	return host_get_words(pid, words, room);
}

bool host_read(int pid, void *to, unsigned long from, size_t n)
{
	struct iovec here = { to, n }, there = { (void *)from, n };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)n;
}

bool host_write(int pid, unsigned long to, const void *from, size_t n)
{
	struct iovec here = { (void *)from, n }, there = { (void *)to, n };

	return process_vm_writev(pid, &here, 1, &there, 1, 0) == (ssize_t)n;
}

/* --- faults in this process */

enum { FAULT = 1, NO_FAULT };

static sigjmp_buf fault_out;
static void (*fault_look)(void *sigcontext, int code, unsigned long addr, void *out);
static void *fault_to;

static void fault_handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	/* Executed it was then, but what is there is no instruction. */
	if (sig == SIGILL)
		siglongjmp(fault_out, NO_FAULT);
	fault_look(FRAME_HOST_SIGCONTEXT(uc), info->si_code, (unsigned long)info->si_addr,
		   fault_to);
	siglongjmp(fault_out, FAULT);
}

bool host_fault(void (*fn)(void *arg), void *arg,
		void (*look)(void *sigcontext, int code, unsigned long addr, void *out), void *out)
{
	struct sigaction action = { .sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO };
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL };
	struct sigaction old[3];
	int out_by;

	fault_look = look;
	fault_to = out;
	for (int i = 0; i < 3; i++)
		sigaction(signals[i], &action, &old[i]);
	out_by = sigsetjmp(fault_out, 1);
	if (!out_by)
		fn(arg);
	for (int i = 0; i < 3; i++)
		sigaction(signals[i], &old[i], NULL);
	return out_by == FAULT;
}

char *host_fault_pages(void)
{
	size_t page = host_page_size();
	char *mem = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || mprotect(mem + page, page, PROT_NONE))
		refuse("pages to fault on");
	return mem;
}

/* --- signal handlers */

void host_set_handler(int sig, unsigned long handler)
{
	struct sigaction action = {
		.sa_sigaction = (void (*)(int, siginfo_t *, void *))handler,
		.sa_flags = SA_SIGINFO,
	};

	if (sigaction(sig, &action, NULL))
		refuse("sigaction");
}

void host_stop_here(void)
{
	kill(getpid(), SIGSTOP);
}

void host_stop_quietly(void)
{
	__builtin_trap();
}

void host_run_to_stop(int pid)
{
	int status;

	ptrace(PTRACE_CONT, pid, 0, 0);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		refuse("a child's next stop");
}

/* The host's form: words, the first of which has the lowest signals. */
enum { MASK_WORDS = 8 / sizeof(long) };

unsigned long long host_mask_from(const void *words)
{
	unsigned long word[MASK_WORDS];
	unsigned long long mask = 0;

	memcpy(word, words, sizeof(word));
	for (unsigned i = 0; i < MASK_WORDS; i++)
		mask |= (unsigned long long)word[i] << i * 8 * sizeof(long);
	return mask;
}

bool host_get_mask(int pid, unsigned long long *mask)
{
	unsigned long word[MASK_WORDS];

	if (ptrace(PTRACE_GETSIGMASK, pid, sizeof(word), word))
		return false;
	*mask = host_mask_from(word);
	return true;
}

bool host_set_mask(int pid, unsigned long long mask)
{
	unsigned long word[MASK_WORDS];

	for (unsigned i = 0; i < MASK_WORDS; i++)
		word[i] = (unsigned long)(mask >> i * 8 * sizeof(long));
	return ptrace(PTRACE_SETSIGMASK, pid, sizeof(word), word) == 0;
}
