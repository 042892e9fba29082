/* Starting processes and threads, and waiting for their end. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows.h"

static void *thread_main(void *arg)
{
	return arg;
}

static long long thread_row(const struct row *row, long n)
{
	long long start = now_ns();
	pthread_t thread;

	(void)row;
	for (long i = 0; i < n; i++)
		if (pthread_create(&thread, NULL, thread_main, NULL) || pthread_join(thread, NULL))
			return fail("pthread_create");
	return now_ns() - start;
}

static long long fork_row(const struct row *row, long n)
{
	long long start = now_ns();

	(void)row;
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0)
			return fail("fork");
		if (wait_for(pid))
			return -1;
	}
	return now_ns() - start;
}

static long long vfork_exec_row(const struct row *row, long n)
{
	long long start = now_ns();

	(void)row;
	for (long i = 0; i < n; i++) {
		pid_t pid = vfork();

		if (pid == 0) {
			execl(own_path, "rows", "true", NULL);
			_exit(127);
		}
		if (pid < 0)
			return fail("vfork");
		if (wait_for(pid))
			return -1;
	}
	return now_ns() - start;
}

static long long fork_exec_row(const struct row *row, long n)
{
	long long start = now_ns();

	(void)row;
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			execl("/bin/true", "true", NULL);
			_exit(127);
		}
		if (pid < 0)
			return fail("fork");
		if (wait_for(pid))
			return -1;
	}
	return now_ns() - start;
}

const struct row process_rows[] = {
	{ .name = "pthread", .run = thread_row },
	{ .name = "fork+exit+wait", .run = fork_row },
	{ .name = "vfork+exec-static", .run = vfork_exec_row },
	{ .name = "fork+exec-dynamic", .run = fork_exec_row },
	{ 0 },
};
