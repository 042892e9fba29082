/*
 * Who runs where, and who spins.
 *
 * A hand-over between two threads costs 0.25 us when the other one is looking, 4 us through the
 * scheduler on one CPU, and 15 to 30 us when it has to wake an idle CPU of a virtual machine.
 * So there are two ways to live:
 *
 *  apart     K has a CPU for itself (home) and looks at the channels; guests use the others.  For
 *            guests that call often; very often, when more of them run than there are other CPUs.
 *  together  K sleeps between events, on the CPU of the one guest that runs, and nobody spins.  For
 *            guests that compute, and on one CPU.
 *
 * Threads that compute beside others may use all CPUs, K's too.
 */
#include "reflect.h"
#include "um/clock.h"
#include "um/os.h"
#include "um/os_process.h"
#include "um/os_reflect.h"

enum {
	SPIN_US = 150,		/* how long K looks before it sleeps */
	SPIN_CROWD_US = 12,	/* ... when a guest could use its CPU meanwhile */
	LAYER_SPIN_US = 20,	/* ... and a thread that waits for K */
	FAILURES = 3,		/* spins in vain, until living together */
	NEAR_EVENTS = 24,	/* so many in a row, until living apart */
	COMPUTES = 5,		/* events per tick: a thread with less computes */
	CALLS = 100,		/* ... and one with more calls often */
};

static enum { ONE_CPU, APART, TOGETHER } life;
static int home, other;		/* CPUs */
static unsigned failures, near;
static unsigned nr_cpus;

int placement_init(void)
{
	nr_cpus = (unsigned)os_cpu_count();
	if (nr_cpus < 2)
		return -1;
	home = os_current_cpu();
	other = os_other_cpu(home);
	life = APART;
	os_set_cpu(0, home);
	return home;
}

void placement_start(void)
{
	layer_shared->spin = life == APART ? LAYER_SPIN_US * os_layer_ticks_per_us() : 0;
}

static void live_apart(void)
{
	life = APART;
	failures = 0;
	os_set_cpu(0, home);
	placement_start();
}

static void live_together(unsigned nr_running)
{
	life = TOGETHER;
	near = 0;
	placement_start();
	if (nr_running == 1)
		os_set_cpu(0, other);
	else
		os_set_cpus_but(0, -1);
}

bool placement_spins(unsigned nr_running)
{
	return life == APART && nr_running;
}

u64 placement_spin_ns(unsigned nr_running)
{
	return (nr_running < nr_cpus ? SPIN_US : SPIN_CROWD_US) * NSEC_PER_USEC;
}

void placement_spun(bool found, unsigned nr_running)
{
	if (found)
		failures = 0;
	else if (life == APART && ++failures >= FAILURES)
		live_together(nr_running);
}

/* An event soon after K slept would have been seen by a spin. */
void placement_slept(u64 ns, unsigned nr_running)
{
	if (ns > placement_spin_ns(nr_running) / 2)
		near = 0;
	else if (life == TOGETHER && ++near >= NEAR_EVENTS)
		live_apart();
}

/* What computes beside others may use K's CPU too; what calls often leaves it to K. */
void placement_tick(struct gate_thread *thread, unsigned nr_running)
{
	unsigned events = thread->events;

	thread->events = 0;
	if (life == ONE_CPU || !thread->tid || thread->dead)
		return;
	if (!thread->roaming && nr_running > 1 && events < COMPUTES) {
		thread->roaming = true;
		os_set_cpus_but(thread->tid, -1);
	} else if (thread->roaming && events > CALLS) {
		thread->roaming = false;
		os_set_cpus_but(thread->tid, home);
	}
}
