/*
 * probe.h - what the probe's parts share: how a probe says its value, and the
 * lists of probes that each part has.
 */
#ifndef PROBE_H
#define PROBE_H

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tracee.h"

#define MAGIC 1234 /* a result no real call here gives */

/* Memory of the process that runs a probe and of all its children. */
struct shared {
	char value[512];
	volatile int number;
};

extern struct shared *shared;

/*
 * A probe is a function that calls one of these; the last call counts. One
 * that calls none says "no". no() says why, by errno.
 */
void value(const char *format, ...) __attribute__((format(printf, 1, 2)));
void yes(void);
void no(void);

/* Runs a probe in a process of its own and prints what it said. */
void probe(const char *key, void (*fn)(void));

/* A tracee that is content when its getpid() gives what is expected here. */
extern long expected;
int tracee_getpid(void);
/* Runs a tracee to its end and says whether it was content. */
void judge(pid_t pid);

void probe_all_ptrace(void);
void probe_all_seccomp(void);
void probe_all_calls(void);

#endif
