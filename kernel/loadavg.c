/* The load averages of uptime(1): exponential means of the runnable tasks over 1, 5 and 15
 * minutes, as fixed-point numbers of 11 fraction bits (proc(5), sysinfo(2)). */
#include "um/init.h"
#include "um/sched.h"
#include "um/timer.h"

#define SAMPLE_NS (5 * NSEC_PER_SEC)
#define FIXED_ONE 2048UL

unsigned long avenrun[3];

/* 2048 / e^(5s / 1, 5, 15 min), rounded. */
static const unsigned long decay[3] = { 1884, 2014, 2037 };

static struct timer sample_timer;

static void sample(struct timer *timer)
{
	unsigned long active = (unsigned long)nr_running_tasks() * FIXED_ONE;
	int i;

	for (i = 0; i < 3; i++) {
		unsigned long sum = avenrun[i] * decay[i] + active * (FIXED_ONE - decay[i]);

		if (active >= avenrun[i])
			sum += FIXED_ONE - 1;
		avenrun[i] = sum / FIXED_ONE;
	}
	timer_arm(timer, ktime_mono() + SAMPLE_NS);
}

static int loadavg_init(void)
{
	timer_init(&sample_timer, sample);
	timer_arm(&sample_timer, ktime_mono() + SAMPLE_NS);
	return 0;
}

INITCALL(INIT_LATE, loadavg_init);
