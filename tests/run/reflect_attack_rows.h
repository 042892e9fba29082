/*
 * How the programs that attack the reflect gate run their attacks, and what they ask for.
 *
 * An attack runs in a process of its own.  It may end as it likes, also by being killed, but not
 * with status HARM, which says that it had an effect; it can be killed; and after it a new
 * process works, and the attackers' parent finds its own memory as it was.
 */
#ifndef REFLECT_ATTACK_ROWS_H
#define REFLECT_ATTACK_ROWS_H

#include "reflect_attack.h"

/* --- time */

static inline void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static inline long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for the child's end: its wait status, or -1. */
static inline int ended_within(pid_t pid, long ms)
{
	long deadline = now_ms() + ms;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return status;
		if (now_ms() > deadline)
			return -1;
		sleep_ms(got ? 1 : 2);
	}
}

/* --- what an attack must not harm: a word in memory, a process after it */

static unsigned char canary[8 * PAGE];

static inline void canary_fill(void)
{
	for (size_t i = 0; i < sizeof(canary); i++)
		canary[i] = (unsigned char)(i * 7 + 3);
}

static inline bool canary_lives(void)
{
	for (size_t i = 0; i < sizeof(canary); i++)
		if (canary[i] != (unsigned char)(i * 7 + 3))
			return false;
	return true;
}

static const char self_path[] = "/proc/self/exe";
static volatile sig_atomic_t victim_signals;

static inline void victim_signal(int sig)
{
	(void)sig;
	victim_signals++;
}

/* What a process must be able to do that uses a space after an attacker: calls, faults, signals
 * that interrupt it, children; and nobody changes its memory meanwhile. */
static inline int victim(long ms)
{
	long until = now_ms() + ms;
	volatile char *fresh;

	canary_fill();
	signal(SIGALRM, victim_signal);
	ualarm(1000, 0);
	while (!victim_signals)
		if (now_ms() > until + 5000)
			return 2;
	fresh = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 64; i++)
		if (fresh[i * PAGE]++)
			return 3;
	do
		if (!canary_lives())
			return 4;
	while (now_ms() < until);
	return getpid() == (pid_t)syscall(SYS_gettid) ? 0 : 5;
}

static inline int run_victim(long ms)
{
	pid_t pid = fork();
	char text[16];
	int status;

	if (!pid) {
		snprintf(text, sizeof(text), "%ld", ms);
		execl(self_path, self_path, "victim", text, (char *)NULL);
		_exit(6);
	}
	status = ended_within(pid, 10000);
	if (status < 0) {
		kill(pid, SIGKILL);
		ended_within(pid, 5000);
	}
	return status;
}

/* --- rows */

struct row {
	const char *name;
	int (*attack)(void);
	long ms;		/* how long it may go on before it is killed; 0: a second */
};

static inline bool said(const char *name, const char *what)
{
	printf("not ok %s: %s\n", name, what);
	fflush(stdout);
	return false;
}

/* Several victims: they may get any of the spaces that are kept. */
enum { VICTIMS = 10 };

static inline bool aftermath(const char *name)
{
	char text[64];

	if (!canary_lives())
		return said(name, "another process's memory has changed");
	for (int i = 0; i < VICTIMS; i++) {
		int status = run_victim(i ? 0 : 3);

		snprintf(text, sizeof(text), "a process after it suffers, wait status %#x", status);
		if (status)
			return said(name, text);
	}
	return true;
}

static inline bool run_attack(const char *name, int (*attack)(void), long ms)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(attack());
	status = ended_within(pid, ms ? ms : 1000);
	if (status < 0) {
		kill(pid, SIGKILL);
		status = ended_within(pid, 8000);
		if (status < 0)
			return said(name, "it cannot be killed");
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == HARM)
		return said(name, "it had its effect");
	return aftermath(name);
}

/* Attacks in as many children; none may be impossible to kill. */
static inline int in_children(int nr, void (*attack)(void))
{
	for (int i = 0; i < nr; i++) {
		pid_t pid = fork();

		if (!pid) {
			chance_state ^= (uint64_t)i * 0x9e3779b97f4a7c15ULL;
			attack();
			_exit(0);
		}
		if (ended_within(pid, 50) >= 0)
			continue;
		kill(pid, SIGKILL);
		if (ended_within(pid, 5000) < 0)
			return HARM;
	}
	return 0;
}

static inline int run_rows(const struct row *rows, size_t nr, const char *only)
{
	int failed = 0;

	canary_fill();
	for (size_t i = 0; i < nr; i++) {
		if (only && !strstr(rows[i].name, only))
			continue;
		if (run_attack(rows[i].name, rows[i].attack, rows[i].ms))
			printf("ok %s\n", rows[i].name);
		else
			failed++;
	}
	printf("survived\n");
	return failed != 0;
}

/* main() of a program that takes no other word than a row's name. */
static inline int attack_main(int argc, char **argv, const struct row *rows, size_t nr)
{
	if (argc > 2 && !strcmp(argv[1], "victim"))
		return victim(atol(argv[2]));
	find_layer();
	return run_rows(rows, nr, argc > 1 ? argv[1] : NULL);
}

#endif
