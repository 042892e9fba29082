/* What processes that only sleep cost the others: time for each system call, and memory. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows.h"

/* Sleepers read from `wake`'s one end until its other end is closed. */
static int wake[2] = { -1, -1 };
static int sleeping;

int sleeper_main(void)
{
	char byte;

	/* The starter waits for this byte: this process is complete now, and about to sleep. */
	if (write(1, "", 1) != 1)
		return 1;
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}

static void become_sleeper(int started, int exec)
{
	dup2(wake[0], 0);
	dup2(started, 1);
	close(wake[0]);
	close(wake[1]);
	if (!exec)
		_exit(sleeper_main());
	execl(own_path, "rows", "sleep", NULL);
	_exit(127);
}

void sleepers_end(void)
{
	if (wake[1] >= 0) {
		close(wake[0]);
		close(wake[1]);
	}
	wake[0] = wake[1] = -1;
	for (; sleeping > 0; sleeping--)
		waitpid(-1, NULL, 0);
}

int sleepers_start(int count, int exec)
{
	int started[2], status = 0;
	char byte;

	sleepers_end();
	if (pipe(wake))
		return fail("pipe");
	if (pipe(started)) {
		sleepers_end();
		return fail("pipe");
	}
	while (sleeping < count) {
		pid_t pid = fork();

		if (pid == 0) {
			close(started[0]);
			become_sleeper(started[1], exec);
		}
		if (pid < 0) {
			status = fail("fork of sleeper %d", sleeping + 1);
			break;
		}
		sleeping++;
	}
	close(started[1]);
	for (int i = 0; i < sleeping && !status; i++) {
		errno = 0;
		if (read(started[0], &byte, 1) != 1)
			status = fail("a sleeper did not start");
	}
	close(started[0]);
	if (status)
		sleepers_end();
	return status;
}

static int start_beside(const struct row *row)
{
	return sleepers_start(row->arg, 0);
}

static void end_beside(const struct row *row)
{
	(void)row;
	sleepers_end();
}

/* A call that no kernel can answer without looking at its processes. */
static long long getpriority_row(const struct row *row, long n)
{
	long long start = now_ns();

	(void)row;
	for (long i = 0; i < n; i++)
		getpriority(PRIO_PROCESS, 0);
	return now_ns() - start;
}

#define BESIDE(count) \
	{ .name = "beside-" #count, .arg = count, .prepare = start_beside, .run = getpriority_row, \
	  .finish = end_beside }

const struct row sleeper_rows[] = {
	BESIDE(10),
	BESIDE(100),
	BESIDE(1000),
	{ 0 },
};
