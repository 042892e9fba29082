/*
 * The host as the oracle: traced children, and what the host itself says about their registers.
 * Free of host headers, so that the levels can include the kernel's.  tests/port/host.c
 *
 * Everything fails the same way: a line that says what the host refused, and exit status 1.  A
 * child never outlives the test.
 */
#ifndef TESTS_PORT_HOST_H
#define TESTS_PORT_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory that this process and its children share, at one address. */
void *host_shared(size_t size);
/* A file of so many pages, each full of its own number, counted from 1. */
int host_numbered_file(unsigned pages);
/* A copy of `size` bytes of code that can be executed. */
void *host_code(const void *code, size_t size);
/* Addresses that nothing is mapped at. */
unsigned long host_free_range(size_t size);
size_t host_page_size(void);

/* A child that will run fn(arg) and exit with its result; traced, stopped before it. */
int host_child(int (*fn)(void *arg), void *arg);
/* The same, after the seccomp filter that makes every call of number nr a RET_TRACE stop. */
int host_child_filtered(int (*fn)(void *arg), void *arg, long nr);
/* A child that has just called exec on this very program, stopped there, with `name` as its
 * argv[0]: what a new program starts with.  It never runs. */
int host_child_exec(const char *name);
/* The same, stopped before it calls exec; -1: the host does not say where a child has stopped. */
int host_child_at_exec(const char *name);
void host_end(int pid);			/* SIGKILL, and reaps */

/* For children and tests alike: the C library's syscall(), whose answer is split into result and
 * errno as programs see it. */
struct host_answer {
	long result;
	int error;
};
struct host_answer host_call(long nr, const unsigned long arg[6]);

/* The C library's pread64 of a bad descriptor, at this offset. */
void host_pread(unsigned long long offset);

/* The stop as PTRACE_GET_SYSCALL_INFO describes it.  False: this host has no such request. */
struct host_stop {
	enum { HOST_NO_CALL, HOST_ENTRY, HOST_EXIT, HOST_SECCOMP } at;
	unsigned arch;
	unsigned long ip, sp;
	unsigned long nr, arg[6];	/* at entry */
	long result;			/* at exit; -errno for an error */
};
bool host_stop_info(int pid, struct host_stop *stop);

/* NT_PRSTATUS, the host's own register set, as words.  How many there are; false: refused. */
size_t host_get_words(int pid, unsigned long *words, size_t room);
bool host_set_words(int pid, const unsigned long *words, size_t nr);
/* Gives each word that takes one a value of its own, small and positive; settable[i]: it has.  The
 * value is host_distinct(i). */
unsigned long host_distinct(size_t i);
size_t host_make_distinct(int pid, unsigned long *words, bool *settable, size_t room);

/* The child's memory; false for a bad address. */
bool host_read(int pid, void *to, unsigned long from, size_t n);
bool host_write(int pid, unsigned long to, const void *from, size_t n);

/* Runs fn(arg), which is to fault, in this process; look() is called in the handler with the
 * frame's sigcontext and siginfo's code and address, then fn is left.  False: it did not fault. */
bool host_fault(void (*fn)(void *arg), void *arg,
		void (*look)(void *sigcontext, int code, unsigned long addr, void *out), void *out);
/* Pages for it: the first readable, the second of no access at all. */
char *host_fault_pages(void);

/* Makes `handler`, any address, this process's handler of sig. */
void host_set_handler(int sig, unsigned long handler);
/* What the host has on record of it: the flags and the restorer (0: none) that
 * the C library adds. */
struct host_action {
	unsigned long flags, restorer;
};
struct host_action host_action_of(int sig);
/* Stops the calling child once more, for its tracer to see; `quietly`: by a fault, without the C
 * library, which a child without its own thread pointer cannot use. */
void host_stop_here(void);
void host_stop_quietly(void) __attribute__((noreturn));
/* Lets a child go on to its next such stop. */
void host_run_to_stop(int pid);
/* Does a child that is cloned with CLONE_CHILD_SETTID write to the address that is clone's argument
 * `index`, counted from 0? */
int host_clone_writes(int index);
/* AT_PLATFORM's string, or NULL, and uname's machine. */
const char *host_platform(void);
const char *host_machine(void);
bool host_can_map(unsigned long page);
/* A stopped child's blocked signals; n is bit n - 1. */
bool host_get_mask(int pid, unsigned long long *mask);
bool host_set_mask(int pid, unsigned long long mask);
/* The same as a frame has it. */
unsigned long long host_mask_from(const void *words);

#endif
