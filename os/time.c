/* The host's clocks. */
#include <errno.h>
#include <time.h>

#include "um/os.h"

#define NSEC 1000000000ULL

static u64 read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

u64 os_clock_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

u64 os_clock_real(void)
{
	return read_clock(CLOCK_REALTIME);
}

u64 os_clock_real_coarse(void)
{
	return read_clock(CLOCK_REALTIME_COARSE);
}

u64 os_clock_cpu(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void os_sleep_ns(u64 ns)
{
	struct timespec ts = { ns / NSEC, ns % NSEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}
