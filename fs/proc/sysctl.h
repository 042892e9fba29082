/* Rows of /proc/sys that are one number each.  sysctl.c */
#ifndef FS_PROC_SYSCTL_H
#define FS_PROC_SYSCTL_H

#include "proc.h"

/* Where a number lives. */
enum sysctl_kind {
	SYSCTL_OWN,	/* here, in `value`: a hint that nothing but its readers looks at */
	SYSCTL_FIXED,	/* here, and it cannot be changed: writing what it is succeeds */
	SYSCTL_INT,	/* in the int, unsigned, bool or u64 that `at` points at */
	SYSCTL_UINT,
	SYSCTL_BOOL,
	SYSCTL_U64,
};

struct sysctl {
	enum sysctl_kind kind;
	void *at;
	long long value, low, high;	/* low..high: what may be written */
};

int sysctl_show(struct seq_file *m, void *private);
int sysctl_write(const struct proc_row *row, const char *text, size_t n);

#define SYSCTL_ROW(ident, name, perm, ...)                                                         \
	static struct sysctl ctl_##ident = { __VA_ARGS__ };                                     \
	PROC_FILE(sysctl_##ident) = { .path = "sys/" name, .mode = perm, .show = sysctl_show,      \
				      .private = &ctl_##ident, .write_row = sysctl_write }
/* A number of K's own, in a variable. */
#define SYSCTL_VAR(ident, name, type, var, from, to)                                               \
	SYSCTL_ROW(ident, name, 0644, .kind = type, .at = &(var), .low = from, .high = to)
#define SYSCTL_HINT(ident, name, start, from, to)                                                  \
	SYSCTL_ROW(ident, name, 0644, .kind = SYSCTL_OWN, .value = start, .low = from, .high = to)
#define SYSCTL_CONST(ident, name, number)                                                          \
	SYSCTL_ROW(ident, name, 0644, .kind = SYSCTL_FIXED, .value = number)
/* One that Linux does not let anybody write. */
#define SYSCTL_READONLY(ident, name, number)                                                       \
	SYSCTL_ROW(ident, name, 0444, .kind = SYSCTL_FIXED, .value = number)

/* A file with a show function of its own; write may be NULL. */
#define SYSCTL_FILE(ident, name, perm, show_fn, write_fn)                                          \
	PROC_FILE(sysctl_##ident) = { .path = "sys/" name, .mode = perm, .show = show_fn,          \
				      .write = write_fn }

/* The first line of what was written, without blanks at its end, cut to n with its NUL. */
void sysctl_word(char *to, size_t n, const char *text);

#endif
