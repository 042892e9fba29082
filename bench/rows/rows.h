/*
 * The rows of bench/compare: what is timed, in one static program that runs the same on the host
 * and in every contender.
 *
 * A row is a function that does one thing n times and says how long that took.  Each file has a
 * table of its rows; main.c finds them by name and chooses n.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

struct row {
	const char *name;
	int arg;		/* for rows that share their functions */
	/* Optional: what is made before, and ended after, and not timed.  0, or -1 after fail(). */
	int (*prepare)(const struct row *row);
	/* Does it n times; the ns that it took, or -1 after fail(). */
	long long (*run)(const struct row *row, long n);
	void (*finish)(const struct row *row);
	int once;		/* real work: n is 1, nothing is tried out before */
};

/* Tables of rows; each ends with a row without a name. */
extern const struct row call_rows[], file_rows[], memory_rows[], process_rows[], switch_rows[],
	sleeper_rows[], work_rows[];

/* ns of a clock that only goes forward. */
long long now_ns(void);

/* Keeps the reason why a row cannot be measured (with errno's text if that is set); always -1. */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* This program's own file, to be executed. */
extern const char *own_path;

/* The directory with what bench/compare generated: read only, the host's file system. */
extern const char *work_dir;

/* A directory in a tmpfs, where rows may write. */
extern const char *scratch_dir;

/* Waits for a child; 0 if it exited with status 0, else -1 after fail(). */
int wait_for(int pid);

/*
 * Starts `count` processes that sleep until sleepers_end().  With `exec` each is a program of its
 * own, else a fork of this one.  0, or -1 after fail(), when none are left.
 */
int sleepers_start(int count, int exec);
void sleepers_end(void);
/* What such a program does: sleeps until its standard input ends. */
int sleeper_main(void);

#endif
