/*
 * The frame of every ABI test: a program is a table of rows {function, name},
 * printed as TAP.  The same static binary runs on the host, whose answers are
 * the oracle, and in a guest; both must print the same lines.  So a row's
 * output must not contain what differs from run to run: pids, addresses,
 * times.
 *
 * Each row runs in a child process of its own, in an empty directory of its
 * own, so that nothing one row leaves behind reaches the next, and with a
 * deadline, so that a hang is a failure with a name.
 */
#ifndef TESTS_ABI_H
#define TESTS_ABI_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct abi_row {
	void (*run)(void);
	const char *name;
};

/* Ends the row as failed, saying where and which condition did not hold. */
#define CHECK(cond)                                                            \
	do {                                                                   \
		int check_errno = errno;                                       \
		if (!(cond))                                                   \
			abi_fail(__FILE__, __LINE__, #cond, check_errno);      \
	} while (0)

/* A call that must succeed; its value.  The failure shows errno. */
#define OK(call)                                                               \
	({                                                                     \
		errno = 0;                                                     \
		__auto_type ok_value = (call);                                 \
		if (ok_value == (__typeof__(ok_value))-1)                      \
			abi_fail(__FILE__, __LINE__, #call, errno);            \
		ok_value;                                                      \
	})

/* A call that must return -1 with this errno. */
#define FAILS(err, call)                                                       \
	do {                                                                   \
		errno = 0;                                                     \
		long fails_value = (long)(call);                               \
		int fails_errno = errno;                                       \
		if (fails_value != -1 || fails_errno != (err))                 \
			abi_fail_errno(__FILE__, __LINE__, #call, fails_value, \
				       fails_errno, (err));                    \
	} while (0)

/* Two integers that must be equal; the failure shows both. */
#define EQ(have, want)                                                         \
	do {                                                                   \
		long long eq_have = (long long)(have);                         \
		long long eq_want = (long long)(want);                         \
		if (eq_have != eq_want)                                        \
			abi_fail_eq(__FILE__, __LINE__, #have, eq_have,        \
				    eq_want);                                  \
	} while (0)

_Noreturn void abi_fail(const char *file, int line, const char *what, int err);
_Noreturn void abi_fail_errno(const char *file, int line, const char *what,
			      long value, int have, int want);
_Noreturn void abi_fail_eq(const char *file, int line, const char *what,
			   long long have, long long want);
/* Ends the row as skipped, for what the host itself cannot offer. */
_Noreturn void abi_skip(const char *why);

/* Runs all rows; main's return value.  argv[1], if any, picks rows by name. */
int abi_main(int argc, char **argv, const struct abi_row *rows, size_t count);

/* Sleeps, in milliseconds, also across signals. */
void abi_sleep_ms(long ms);
/* CLOCK_MONOTONIC in milliseconds. */
long long abi_now_ms(void);
/* Reaps pid; its raw wait status. */
int abi_wait(pid_t pid);

#define ABI_MAIN(rows)                                                         \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		return abi_main(argc, argv, rows,                              \
				sizeof(rows) / sizeof((rows)[0]));             \
	}

#endif
