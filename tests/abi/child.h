/*
 * What rows about processes and signals share: children whose verdict counts,
 * memory seen by all of them, bad pointers, short waits without deadlines of
 * their own (the row's deadline ends a wait that never comes true).
 */
#ifndef TESTS_ABI_CHILD_H
#define TESTS_ABI_CHILD_H

#include "abi.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <sys/mman.h>

/* Ends the row if a child's status is a verdict or anything but exit(0). */
static inline void child_good(int status)
{
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 101 || WEXITSTATUS(status) == 102))
		_exit(WEXITSTATUS(status));
	EQ(status, 0);
}

/* Reaps a child that must exit with 0. */
static inline void child_join(pid_t pid)
{
	child_good(abi_wait(pid));
}

/* Zeroed memory that children share with the caller. */
static inline void *shared_mem(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* An address that faults on any access. */
static inline void *bad_ptr(void)
{
	void *mem = mmap(NULL, page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

/* Until another process, thread or handler raises the flag to at least this. */
static inline void await(atomic_int *flag, int least)
{
	while (atomic_load(flag) < least)
		abi_sleep_ms(1);
}

static inline void on_signal(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	OK(sigaction(sig, &sa, NULL));
}

static inline void on_siginfo(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	OK(sigaction(sig, &sa, NULL));
}

/* Blocks or unblocks one signal. */
static inline void sig_mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	OK(sigprocmask(how, &set, NULL));
}

/* In a child: to an ordinary user's identity, if the caller is root. */
static inline void drop_root(void)
{
	if (geteuid() != 0)
		return;
	OK(setresgid(65534, 65534, 65534));
	OK(setresuid(65534, 65534, 65534));
}

/* The text after "key:" in a file of /proc/self, in a static buffer; "" if none. */
static inline const char *proc_field(const char *path, const char *key)
{
	static char line[512];
	FILE *file = fopen(path, "r");
	size_t len = strlen(key);
	const char *value = "";

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, len) == 0 && line[len] == ':') {
			value = line + len + 1;
			break;
		}
	}
	fclose(file);
	return value + strspn(value, " \t");
}

static sigjmp_buf touch_jump;

static inline void touch_fault(int sig)
{
	siglongjmp(touch_jump, sig);
}

/* Reads, or writes back, one byte: 0, or the signal that this raised. */
static inline int touch(const volatile void *addr, bool write)
{
	int sig = sigsetjmp(touch_jump, 1);

	if (sig != 0)
		return sig;
	on_signal(SIGSEGV, touch_fault, 0);
	on_signal(SIGBUS, touch_fault, 0);
	char byte = *(const volatile char *)addr;

	if (write)
		*(volatile char *)(uintptr_t)addr = byte;
	return 0;
}

/* Whether a capability is effective: in a container even root lacks some. */
static inline bool has_cap(int cap)
{
	return strtoull(proc_field("/proc/self/status", "CapEff"), NULL, 16) >> cap & 1;
}

#endif
