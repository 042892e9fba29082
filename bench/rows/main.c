/*
 * rows: measures what it is asked for, for bench/compare.
 *
 *	rows list			the rows' names
 *	rows serve DIR NAME		answers requests from standard input until that ends; writes
 *					to a directory NAME.* on a tmpfs
 *	BENCH_MACHINE=DIR rows		the same as the first process of a machine, which then ends
 *	rows true, rows sleep		the programs that rows execute
 *
 * Requests and answers are lines.  An answer begins with '@', so that it can be told from what a
 * kernel writes on the same console, and from the echo of a terminal.
 *
 *	run ROW MS	@run ROW ok NS COUNT TOTAL, where one time took NS on the average of COUNT
 *			times, chosen so that all took about MS milliseconds, and the whole request
 *			took TOTAL ns of this clock; or @run ROW failed REASON
 *	hold N		starts N sleeping processes: @hold ok, or @hold failed REASON
 *	release		ends them: @release ok
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/magic.h>

#include "rows.h"

static const struct row *const tables[] = { call_rows, file_rows, memory_rows, process_rows,
					    switch_rows, sleeper_rows, work_rows };
enum { NR_TABLES = sizeof(tables) / sizeof(tables[0]) };

const char *own_path, *work_dir, *scratch_dir;
static char reason[256];

long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int fail(const char *fmt, ...)
{
	int err = errno;
	size_t len;
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	len = strlen(reason);
	if (err)
		snprintf(reason + len, sizeof(reason) - len, ": %s", strerror(err));
	return -1;
}

int wait_for(int pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return fail("waiting for a child");
	errno = 0;
	if (WIFSIGNALED(status))
		return fail("a child was ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status) ? fail("a child ended with status %d", WEXITSTATUS(status)) : 0;
}

static const struct row *find_row(const char *name)
{
	for (int i = 0; i < NR_TABLES; i++)
		for (const struct row *row = tables[i]; row->name; row++)
			if (!strcmp(row->name, name))
				return row;
	return NULL;
}

static void list_rows(void)
{
	for (int i = 0; i < NR_TABLES; i++)
		for (const struct row *row = tables[i]; row->name; row++)
			puts(row->name);
}

/* ns of one time, or -1; the n that it was measured with in *count.  n grows until the clock's
 * grain and the first times' cold caches do not matter. */
static double measure(const struct row *row, long long wanted_ns, long *count)
{
	long n = 1;

	for (;;) {
		long long took = row->run(row, n);

		*count = n;
		if (took < 0)
			return -1;
		if (row->once || took >= wanted_ns * 3 / 4)
			return (double)took / (double)n;
		/* By at most 10, since the first few times say little about the next ones. */
		if (took < wanted_ns / 10)
			n *= 10;
		else
			n = (long)((double)n * (double)wanted_ns / (double)took) + 1;
	}
}

static void answer_run(const char *name, long ms)
{
	const struct row *row = find_row(name);
	long long start = now_ns();
	double ns = -1;
	long count = 0;

	errno = 0;
	if (!row)
		fail("there is no such row");
	else if (!row->prepare || !row->prepare(row))
		ns = measure(row, ms * 1000000LL, &count);
	if (row && row->finish)
		row->finish(row);
	if (ns < 0)
		printf("@run %s failed %s\n", name, reason);
	else
		printf("@run %s ok %.1f %ld %lld\n", name, ns, count, now_ns() - start);
}

static int serve(void)
{
	char line[128], name[64];
	long n;

	printf("@ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "run %63s %ld", name, &n) == 2) {
			answer_run(name, n);
		} else if (sscanf(line, "hold %ld", &n) == 1) {
			errno = 0;
			if (sleepers_start((int)n, 1))
				printf("@hold failed %s\n", reason);
			else
				printf("@hold ok\n");
		} else if (!strncmp(line, "release", 7)) {
			sleepers_end();
			printf("@release ok\n");
		}
		fflush(stdout);
	}
	return 0;
}

/* Some contenders have a tmpfs at the one place, some at the other. */
static int find_scratch(const char *name)
{
	static const char *const places[] = { "/dev/shm", "/tmp", "/run" };
	static char dir[128];
	struct statfs fs;

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (statfs(places[i], &fs) || fs.f_type != TMPFS_MAGIC)
			continue;
		snprintf(dir, sizeof(dir), "%s/%.64s.XXXXXX", places[i], name);
		if (mkdtemp(dir)) {
			scratch_dir = dir;
			return 0;
		}
	}
	fprintf(stderr, "rows: no tmpfs that can be written to\n");
	return -1;
}

static int serve_in(const char *dir, const char *scratch_name)
{
	int status;

	own_path = realpath("/proc/self/exe", NULL);
	work_dir = dir;
	if (!own_path || find_scratch(scratch_name) || chdir(scratch_dir)) {
		fprintf(stderr, "rows: cannot start: %s\n", strerror(errno));
		return 1;
	}
	/* The same programs and messages everywhere; what they write for a while goes to memory. */
	clearenv();
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	setenv("LC_ALL", "C", 1);
	setenv("TMPDIR", scratch_dir, 1);
	status = serve();
	sleepers_end();
	if (chdir("/") || rmdir(scratch_dir))
		status = 1;
	return status;
}

/* The root is the host's, read only, so nothing can be mounted where there is no directory. */
static int machine_main(const char *dir)
{
	mount("none", "/proc", "proc", 0, NULL);
	mount("none", "/dev", "devtmpfs", 0, NULL);
	mkdir("/dev/shm", 01777);
	mount("none", "/dev/shm", "tmpfs", 0, "mode=1777");
	serve_in(dir, "rows");
	fflush(stdout);
	return reboot(RB_POWER_OFF);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *machine = getenv("BENCH_MACHINE");

	if (!strcmp(what, "true"))
		return 0;
	if (!strcmp(what, "sleep"))
		return sleeper_main();
	if (!strcmp(what, "list")) {
		list_rows();
		return 0;
	}
	if (argc == 4 && !strcmp(what, "serve"))
		return serve_in(argv[2], argv[3]);
	/* A kernel's command line passes variables on whatever is in them, other
	 * words not always. */
	if (argc == 1 && machine)
		return machine_main(machine);
	fprintf(stderr, "usage: rows list | serve DIR NAME\n");
	return 2;
}
