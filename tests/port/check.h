/*
 * What the levels of port-check share.  A level is one static program that prints TAP.  The name of
 * each check begins with the hook that is at fault when it fails:
 *
 *	not ok 7 - UPT_SYSCALL_ARG3: the third argument
 *
 * which is what tests/port/port-check reads.  Nothing here knows a CPU: what a register should hold
 * is learnt from the host, by asking it in another way than the port does.
 */
#ifndef TESTS_PORT_CHECK_H
#define TESTS_PORT_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* `hook` is one name of the contract, `what` a few words.  ok as it is, for `if (!check(...))`. */
bool check(const char *hook, const char *what, bool ok);
/* Both values are printed if they differ. */
bool check_same(const char *hook, const char *what, unsigned long got, unsigned long wanted);
void skip(const char *hook, const char *what, const char *why);
/* Said before a hook that may end the program: it is at fault if no check follows. */
void trying(const char *hook);
/* Prints a line of diagnosis. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The plan; a level's exit status: 1 if a check failed. */
int checks_done(void);

#endif
