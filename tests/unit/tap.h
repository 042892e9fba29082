/* TAP for the unit tests: ok(condition, name), and done() at the end. */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdio.h>

static int tap_count, tap_failed;

#define ok(cond, name)                                                                             \
	do {                                                                                       \
		bool tap_ok = (cond);                                                              \
		tap_count++;                                                                       \
		tap_failed += !tap_ok;                                                             \
		printf("%sok %d - %s\n", tap_ok ? "" : "not ", tap_count, name);                   \
		if (!tap_ok)                                                                       \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);                        \
	} while (0)

static inline int done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

/* The same numbers in each run. */
static inline unsigned long prandom(void)
{
	static unsigned long long x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned long)(x >> 16);
}

#endif
