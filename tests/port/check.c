/* See check.h. */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>

enum { CPU_SECONDS = 20 };	/* a level takes less than one; a hook may loop */

static int count, failed;

/* In a run of several programs each one's lines are known by the first. */
extern char *program_invocation_short_name;

__attribute__((constructor)) static void begin(void)
{
	const struct rlimit limit = { CPU_SECONDS, CPU_SECONDS };

	setrlimit(RLIMIT_CPU, &limit);
	printf("# program %s\n", program_invocation_short_name);
	fflush(stdout);
}

bool check(const char *hook, const char *what, bool ok)
{
	failed += !ok;
	printf("%sok %d - %s: %s\n", ok ? "" : "not ", ++count, hook, what);
	fflush(stdout);
	return ok;
}

bool check_same(const char *hook, const char *what, unsigned long got, unsigned long wanted)
{
	if (!check(hook, what, got == wanted))
		note("got %#lx, the host says %#lx", got, wanted);
	return got == wanted;
}

void skip(const char *hook, const char *what, const char *why)
{
	printf("ok %d - %s: %s # SKIP %s\n", ++count, hook, what, why);
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

void trying(const char *hook)
{
	printf("# trying %s\n", hook);
	fflush(stdout);
}

int checks_done(void)
{
	printf("1..%d\n", count);
	return failed != 0;
}
