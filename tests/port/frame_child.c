/* See frame_child.h. */
#include "frame_child.h"

#include <stdio.h>

#include "check.h"
#include "host.h"
#include "um/gate.h"
#include "um/mm.h"
#include "um/os_process.h"

#include "sysdep/ptrace_user.h"

enum { FP_ROOM = 65536 };

const unsigned long long old_mask = 0x2200000000000000ULL;	/* two that nobody sends */

int pid;
struct task *task;
char *stack;			/* shared; the child's */
unsigned long handler, place;	/* where nothing is mapped */
struct uml_pt_regs before;	/* the child's state when the signal comes */
static unsigned char fp_before[FP_ROOM], fp_now[FP_ROOM];
static size_t fp_size;
int nr_words;			/* registers that the host has in NT_PRSTATUS */

void returns(int sig)
{
	(void)sig;
}

int child_main(void *arg)
{
	volatile double x = 1.5, y = 0;

	(void)arg;
	for (int i = 0; i < 20; i++)
		y = y * x + i;
	host_set_handler(SIGUSR1, handler);
	host_set_handler(SIGUSR2, (unsigned long)returns);
	host_stop_here();
	return 0;
}

/* --- the child's state */

/* Each word of the FP state that takes one gets a value of its own. */
static void fp_make_distinct(void)
{
	fp_size = (size_t)max(os_getfp(pid, fp_before, FP_ROOM), (ssize_t)0);
	for (size_t at = 0; at + 8 <= fp_size; at += 8) {
		u64 old, new = 0x3ff0000000000000ULL + at * 0x101010101ULL;

		memcpy(&old, fp_before + at, 8);
		memcpy(fp_before + at, &new, 8);
		if (os_setfp(pid, fp_before, fp_size) || os_getfp(pid, fp_now, FP_ROOM) < 0 ||
		    memcmp(fp_before, fp_now, fp_size)) {
			memcpy(fp_before + at, &old, 8);
			os_setfp(pid, fp_before, fp_size);
		}
	}
	os_getfp(pid, fp_before, FP_ROOM);
}

/* The child's state as it was, but for the stack pointer. */
bool state_reset(unsigned long sp)
{
	task->regs = before;
	UPT_SP(&task->regs) = sp;
	return stub_store(task) && !os_setfp(pid, fp_before, fp_size) &&
	       host_set_mask(pid, old_mask);
}

/* A state that has nothing of the old one: what comes back has been restored. */
void state_spoil(void)
{
	memset(fp_now, 0, fp_size);
	arch_fp_init(fp_now, fp_size);
	os_setfp(pid, fp_now, fp_size);
	host_set_mask(pid, 0);
}

/* Lets it run, with a signal or none, until it stops at `ip` for want of a page. */
bool run_to(int sig, unsigned long ip)
{
	struct os_stop stop;

	if (os_resume_signal(pid, sig) || os_wait_stop(pid, true, &stop) ||
	    stop.why != STOP_SIGNAL || !stub_load(task)) {
		note("the child cannot go on");
		return false;
	}
	if (stop.sig == SIGSEGV && UPT_IP(&task->regs) == ip)
		return true;
	note("the child stopped at %#lx, signal %d, not at %#lx", UPT_IP(&task->regs), stop.sig,
	     ip);
	return false;
}

void state_make(void)
{
	static unsigned long words[WORDS];
	static bool settable[WORDS];

	nr_words = (int)min(host_make_distinct(pid, words, settable, WORDS), (size_t)FRAME_SIZE);
	stub_load(task);
	PT_SYSCALL_NR(task->regs.gp) = -1UL;
	UPT_IP(&task->regs) = place;
	UPT_SP(&task->regs) = (unsigned long)stack + STACK_SIZE / 2;
	stub_store(task);
	fp_make_distinct();
	/* A fault leaves a mark in the flags of some CPUs, and a way through a frame brings values
	 * that the FPU has no bits for into the form that stays. */
	check("ptrace_setregs", "the child goes on where it is sent", run_to(0, place));
	check("ptrace_setregs", "... and through a handler", run_to(SIGUSR2, place));
	os_getfp(pid, fp_before, FP_ROOM);
	before = task->regs;
}

/* The first register that differs, from what it was before the signal; -1: none.  The call's number
 * is of no concern, nor is which page a handler returns to. */
int first_changed(const struct uml_pt_regs *a, const struct uml_pt_regs *b)
{
	for (int i = 0; i < nr_words; i++)
		if (a->gp[i] != b->gp[i] && i != (int)(PT_SYSCALL_NR_OFFSET / sizeof(long)) &&
		    (!stub_mm.sigpage || a->gp[i] != stub_mm.sigpage))
			return i;
	return -1;
}

void check_restored(const char *hook, const char *what)
{
	int i = first_changed(&task->regs, &before);

	if (!check(hook, what, i < 0))
		note("register %d: %#lx, was %#lx", i, task->regs.gp[i], before.gp[i]);
}

bool carried[WORDS];	/* registers that the host's frame holds */

/* By a frame of the host's: only what it holds, since some flags are the host's own business. */
void check_from_frame(const char *hook, const char *what)
{
	for (int i = 0; i < nr_words; i++)
		if (!carried[i])
			task->regs.gp[i] = before.gp[i];
	check_restored(hook, what);
}

void check_fp(const char *hook, const char *what)
{
	size_t at = 0;

	os_getfp(pid, fp_now, FP_ROOM);
	while (at < fp_size && fp_now[at] == fp_before[at])
		at++;
	if (!check(hook, what, at == fp_size))
		note("byte %zu of %zu: %#x, was %#x", at, fp_size, fp_now[at], fp_before[at]);
}
