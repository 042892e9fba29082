/*
 * Processes with threads that fork, exec, signal, map, protect, unmap and exit at random:
 *
 *	stress SECONDS SEED
 *
 * Each process knows what its memory must hold and looks; the first thing that is wrong is said,
 * and the status is 1.  The order of what happens is the scheduler's, so a seed repeats the
 * choices of each thread, not the whole run.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 3, THREADS = 3, OWN_PAGES = 8, PAGE = 4096, STATUS_EXEC = 42 };

static char *self;
static double deadline;
static __thread volatile sig_atomic_t signals_seen;	/* by this thread */
static __thread sigjmp_buf *volatile fault_jump;

/* What a process's own pages are filled with: written when it begins, then only read. */
static uint32_t own_pages[OWN_PAGES * PAGE / 4];
static uint32_t own_seed;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint32_t next(uint32_t *state)	/* xorshift; never 0 */
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint32_t seed_of(uint32_t a, uint32_t b)
{
	uint32_t mixed = (a * 2654435761u) ^ (b * 40503u + 977u);

	return mixed ? mixed : 1;
}

__attribute__((format(printf, 1, 2), noreturn)) static void wrong(const char *fmt, ...)
{
	char text[200];
	va_list args;
	int n = snprintf(text, sizeof(text), "stress: pid %d: ", getpid());

	va_start(args, fmt);
	n += vsnprintf(text + n, sizeof(text) - (size_t)n - 1, fmt, args);
	va_end(args);
	text[n++] = '\n';
	if (write(2, text, (size_t)n) < 0)
		_exit(2);
	_exit(1);
}

/* --- memory that must hold what was written */

static void own_fill(uint32_t seed)
{
	uint32_t state = own_seed = seed;

	for (size_t i = 0; i < OWN_PAGES * PAGE / 4; i++)
		own_pages[i] = next(&state);
}

static void own_check(void)
{
	uint32_t state = own_seed;

	for (size_t i = 0; i < OWN_PAGES * PAGE / 4; i++) {
		uint32_t want = next(&state);

		if (own_pages[i] != want)
			wrong("its memory has %#x at word %zu, not %#x", own_pages[i], i, want);
	}
}

static void pages_fill(uint32_t *p, size_t pages, uint32_t seed)
{
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE / 4] = p[i * PAGE / 4 + PAGE / 4 - 1] = seed + (uint32_t)i;
}

static void pages_check(const uint32_t *p, size_t from, size_t to, uint32_t seed)
{
	for (size_t i = from; i < to; i++)
		if (p[i * PAGE / 4] != seed + i || p[i * PAGE / 4 + PAGE / 4 - 1] != seed + i)
			wrong("page %zu of a mapping has %#x, not %#x", i, p[i * PAGE / 4],
			      (unsigned)(seed + i));
}

/* --- signals */

static void on_user(int sig)
{
	(void)sig;
	signals_seen++;
}

static void on_fault(int sig)
{
	if (!fault_jump)
		wrong("signal %d out of the blue", sig);
	siglongjmp(*fault_jump, 1);
}

static bool write_faults(volatile uint32_t *p)
{
	sigjmp_buf jump;

	if (sigsetjmp(jump, 1)) {
		fault_jump = NULL;
		return true;
	}
	fault_jump = &jump;
	*p = 1;
	fault_jump = NULL;
	return false;
}

/* --- what threads do */

static void check_status(pid_t pid, int want, const char *what)
{
	int status, got;

	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got != pid)
		wrong("%s: waitpid: %s", what, strerror(errno));
	if (want >= 0 ? !WIFEXITED(status) || WEXITSTATUS(status) != want :
			!WIFSIGNALED(status) || WTERMSIG(status) != -want)
		wrong("%s: status %#x, not %d", what, (unsigned)status, want);
}

/* In a child with this thread alone: its copy is as the parent's was, and then its own. */
static void do_fork(uint32_t *state)
{
	uint32_t seed = next(state);
	int status = (int)(seed & 31);
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (!pid) {
		own_check();
		own_fill(seed_of(seed, 3));
		own_check();
		_exit(status);
	}
	check_status(pid, status, "fork");
}

static void do_exec(uint32_t *state)
{
	char *argv[] = { self, "exec", NULL };
	pid_t pid = next(state) & 1 ? vfork() : fork();

	if (pid < 0)
		return;
	if (!pid) {
		execv(self, argv);
		_exit(99);
	}
	check_status(pid, STATUS_EXEC, "exec");
}

static void *spin(void *arg)
{
	volatile uint32_t *count = arg;

	for (;;)
		++*count;
	return NULL;
}

/* A child with threads that run ends them by exec, by exit or by being killed. */
static void do_end_threads(uint32_t *state)
{
	static uint32_t count;
	char *argv[] = { self, "exec", NULL };
	uint32_t how = next(state) % 3;
	pid_t pid = fork();
	pthread_t id;

	if (pid < 0)
		return;
	if (!pid) {
		for (int i = 0; i < 2; i++)
			if (pthread_create(&id, NULL, spin, &count))
				_exit(98);
		if (how == 0)
			execv(self, argv);
		if (how == 1)
			_exit(STATUS_EXEC);
		kill(getpid(), SIGKILL);
		_exit(97);
	}
	check_status(pid, how == 2 ? -SIGKILL : STATUS_EXEC, "the end of threads");
}

static void do_kill(uint32_t *state)
{
	static const int sigs[] = { SIGKILL, SIGTERM, SIGHUP };
	int sig = sigs[next(state) % 3];
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (!pid)
		for (;;)
			if (next(state) & 1)
				getppid();
	if (next(state) & 1)
		usleep(next(state) % 500);
	kill(pid, sig);
	check_status(pid, -sig, "kill");
}

static void do_map(uint32_t *state)
{
	size_t pages = 2 + next(state) % 30, cut = 1 + next(state) % (pages - 1);
	uint32_t seed = next(state);
	uint32_t *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			   MAP_ANONYMOUS | (seed & 1 ? MAP_SHARED : MAP_PRIVATE), -1, 0);

	if (p == MAP_FAILED)
		return;
	for (size_t i = 0; i < pages; i++)
		if (p[i * PAGE / 4 + seed % (PAGE / 4)])
			wrong("fresh memory is not zero");
	pages_fill(p, pages, seed);
	if (mprotect(p, cut * PAGE, PROT_READ))
		wrong("mprotect: %s", strerror(errno));
	if (!write_faults(p))
		wrong("a page that may only be read was written");
	pages_check(p, 0, pages, seed);
	if (mprotect(p, cut * PAGE, PROT_READ | PROT_WRITE) || write_faults(p + PAGE / 8))
		wrong("a page that may be written again cannot be");
	if (munmap(p, cut * PAGE))
		wrong("munmap: %s", strerror(errno));
	pages_check(p, cut, pages, seed);
	munmap((char *)p + cut * PAGE, (pages - cut) * PAGE);
}

static void *short_thread(void *arg)
{
	own_check();
	return arg;
}

static void do_thread(uint32_t *state)
{
	void *value, *want = (void *)(uintptr_t)next(state);
	pthread_t id;

	if (pthread_create(&id, NULL, short_thread, want))
		return;
	pthread_kill(id, 0);
	if (pthread_join(id, &value) || value != want)
		wrong("a thread's value is %p, not %p", value, want);
}

static void do_signal(uint32_t *state)
{
	int before = signals_seen;

	if (next(state) & 1)
		pthread_kill(pthread_self(), SIGUSR1);
	else
		raise(SIGUSR1);
	if (signals_seen == before)
		wrong("a signal to oneself was not seen");
}

/* To any thread of the process, whatever it is doing. */
static void do_signal_others(uint32_t *state)
{
	for (uint32_t i = next(state) % 4; i; i--)
		kill(getpid(), SIGUSR2);
}

static void do_pipe(uint32_t *state)
{
	char out[512], in[512];
	size_t n = 1 + next(state) % sizeof(out);
	int fd[2];

	if (pipe(fd))
		return;
	memset(out, (int)next(state), n);
	if (write(fd[1], out, n) != (ssize_t)n || read(fd[0], in, n) != (ssize_t)n ||
	    memcmp(in, out, n))
		wrong("a pipe changed what was written");
	close(fd[0]);
	close(fd[1]);
}

static void (*const deeds[])(uint32_t *state) = {
	do_fork, do_exec, do_end_threads, do_kill, do_map, do_map, do_thread, do_thread, do_signal,
	do_signal_others, do_pipe,
};

static unsigned long done_here;

static void *worker_thread(void *arg)
{
	uint32_t state = (uint32_t)(uintptr_t)arg;

	while (now() < deadline) {
		deeds[next(&state) % (sizeof(deeds) / sizeof(deeds[0]))](&state);
		own_check();
		__atomic_fetch_add(&done_here, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* One process with its threads; says how much it did. */
static void worker(uint32_t seed, int result)
{
	struct sigaction user = { .sa_handler = on_user, .sa_flags = SA_RESTART };
	struct sigaction fault = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	pthread_t id[THREADS];

	sigaction(SIGUSR1, &user, NULL);
	sigaction(SIGUSR2, &user, NULL);
	sigaction(SIGSEGV, &fault, NULL);
	own_fill(seed_of(seed, 1));
	for (uint32_t i = 0; i < THREADS; i++)
		if (pthread_create(&id[i], NULL, worker_thread,
				   (void *)(uintptr_t)seed_of(seed, 100 + i)))
			wrong("no thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(id[i], NULL);
	if (write(result, &done_here, sizeof(done_here)) != sizeof(done_here))
		wrong("no result");
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned long sum = 0, one;
	pid_t pid[WORKERS];
	uint32_t seed;
	int result[2];

	if (argc == 2 && !strcmp(argv[1], "exec"))
		return STATUS_EXEC;
	if (argc != 3 || pipe(result))
		errx(2, "usage: stress SECONDS SEED");
	self = argv[0];
	deadline = now() + atof(argv[1]);
	seed = (uint32_t)strtoul(argv[2], NULL, 0);
	for (uint32_t i = 0; i < WORKERS; i++) {
		pid[i] = fork();
		if (!pid[i])
			worker(seed_of(seed, i), result[1]);
	}
	for (int i = 0; i < WORKERS; i++)
		check_status(pid[i], 0, "a worker");
	for (int i = 0; i < WORKERS; i++)
		if (read(result[0], &one, sizeof(one)) == sizeof(one))
			sum += one;
	printf("stress: %lu deeds\n", sum);
	return 0;
}
