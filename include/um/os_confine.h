/*
 * What host calls K may still make once it has booted.  os/confine.c
 *
 * The filter is for life: what a call needs has to be on the list in os/confine.c, or in one of
 * the groups below and asked for before os_confine.
 */
#ifndef UM_OS_CONFINE_H
#define UM_OS_CONFINE_H

#include "um/types.h"

/* Groups of calls that only some runs need. */
enum os_calls {
	OS_CALLS_TRACE,		/* ptrace of K's own children, by the ptrace gate */
	OS_CALLS_REFLECT,	/* what the reflect gate does with its spaces */
	OS_CALLS_LISTEN,	/* a TCP socket, for consoles on a port */
	OS_CALLS_SEND_FD,	/* descriptors to a helper, for consoles in an xterm */
	OS_CALLS_GROUPS
};

void os_confine_allow(enum os_calls calls);	/* before os_confine */
bool os_confine_allows(enum os_calls calls);	/* always true while K is not confined */

/* Puts K and all its threads, those to come too, under no_new_privs and a seccomp filter.
 * A call that is not allowed is not made; `refused` gets its number and name ("?": none known)
 * on the thread that tried, and must not return.  0, or -errno: no filter. */
int os_confine(void (*refused)(int nr, const char *name));

/* In the child of K's that spaces are made from: for life, and for all that are made from it, no
 * host calls but those that map memory, make threads and spaces, end them, and stop itself;
 * another ends the process.  Keeps whoever has taken over K from having its spaces make calls for
 * it.  0 or -errno. */
int os_confine_space(void);

#endif
