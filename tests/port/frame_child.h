/* The child that level 7's frames are made for: its state before a signal, and whether that has
 * come back.  tests/port/frame_child.c */
#ifndef TESTS_PORT_FRAME_CHILD_H
#define TESTS_PORT_FRAME_CHILD_H

#include "kernel_stub.h"

enum {
	WORDS = 512,
	STACK_SIZE = 256 * 1024,
};

extern const unsigned long long old_mask;
extern int pid;
extern struct task *task;
extern char *stack;			/* shared; the child's */
extern unsigned long handler, place;	/* where nothing is mapped: of signal
					   handlers, and the child's */
extern struct uml_pt_regs before;	/* the child's state when the signal comes */
extern int nr_words;			/* registers that the host has in NT_PRSTATUS */
extern bool carried[WORDS];		/* registers that the host's frame holds */

int child_main(void *arg);
void returns(int sig);			/* a handler that does nothing */
/* Gives each register and each word of the FP state that takes one a value of its own. */
void state_make(void);
/* The child's state as it was, but for the stack pointer. */
bool state_reset(unsigned long sp);
/* A state that has nothing of the old one: what comes back has been restored. */
void state_spoil(void);
/* Lets it run, with a signal or 0, until it stops at `ip` for want of a page; its registers. */
bool run_to(int sig, unsigned long ip);
/* The first register that differs; -1: none.  The call's number is of no concern, nor is which page
 * a handler returns to. */
int first_changed(const struct uml_pt_regs *a, const struct uml_pt_regs *b);
void check_restored(const char *hook, const char *what);	/* task->regs against before */
/* only what the host's frame holds */
void check_from_frame(const char *hook, const char *what);
void check_fp(const char *hook, const char *what);

#endif
