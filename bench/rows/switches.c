/* From one thread of control to another and back: signals, pipes, futexes. */
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rows.h"

static volatile long handled;

static void handler(int sig)
{
	(void)sig;
	handled++;
}

static long long signal_row(const struct row *row, long n)
{
	struct sigaction action = { .sa_handler = handler }, before;
	pid_t self = getpid();
	long long start, took;

	(void)row;
	if (sigaction(SIGUSR1, &action, &before))
		return fail("sigaction");
	handled = 0;
	start = now_ns();
	for (long i = 0; i < n; i++)
		kill(self, SIGUSR1);
	took = now_ns() - start;
	sigaction(SIGUSR1, &before, NULL);
	return handled == n ? took : fail("%ld of %ld signals came", handled, n);
}

/* The other process: gives every byte back. */
static void echo_bytes(int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1)
		if (write(to, &byte, 1) != 1)
			break;
	_exit(0);
}

static long long pipe_row(const struct row *row, long n)
{
	int there[2], back[2];
	long long start, took = -1;
	char byte = 0;
	pid_t pid;

	(void)row;
	if (pipe(there))
		return fail("pipe");
	if (pipe(back)) {
		close(there[0]);
		close(there[1]);
		return fail("pipe");
	}
	pid = fork();
	if (pid == 0) {
		close(there[1]);
		close(back[0]);
		echo_bytes(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	if (pid < 0) {
		fail("fork");
		goto out;
	}
	start = now_ns();
	for (long i = 0; i < n; i++)
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) {
			fail("the pipes");
			goto out;
		}
	took = now_ns() - start;
out:
	close(there[1]);
	close(back[0]);
	if (pid > 0 && wait_for(pid))
		return -1;
	return took;
}

/* Whose turn it is: 0 the first thread's, 1 the second's. */
static int turn;

static void give_turn(int to)
{
	__atomic_store_n(&turn, to, __ATOMIC_RELEASE);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void await_turn(int mine)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != mine)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !mine, NULL, NULL, 0);
}

static void *second_thread(void *arg)
{
	for (long i = *(long *)arg; i > 0; i--) {
		await_turn(1);
		give_turn(0);
	}
	return NULL;
}

static long long futex_row(const struct row *row, long n)
{
	pthread_t second;
	long long start;

	(void)row;
	turn = 0;
	if (pthread_create(&second, NULL, second_thread, &n))
		return fail("pthread_create");
	start = now_ns();
	for (long i = 0; i < n; i++) {
		give_turn(1);
		await_turn(0);
	}
	start = now_ns() - start;
	pthread_join(second, NULL);
	return start;
}

const struct row switch_rows[] = {
	{ .name = "signal", .run = signal_row },
	{ .name = "pipe-pingpong", .run = pipe_row },
	{ .name = "futex-pingpong", .run = futex_row },
	{ 0 },
};
