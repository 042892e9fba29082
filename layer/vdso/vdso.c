/*
 * The functions of the guests' vDSO (vdso(7)).  Freestanding and position-independent: no data but
 * the page before the image, which K writes (struct vvar).  They run in the guest with the
 * caller's rights, and fault on a bad pointer as Linux's do.
 *
 * What they do not know they leave to the system call, also the moment in which K sets a clock:
 * that needs no loop here, since K makes the call when it is done.
 */
#include <asm/unistd.h>
#include <linux/time.h>

#include "um/vdso.h"

#include "sysdep/vdso.h"

extern struct vvar vvar __attribute__((visibility("hidden")));	/* placed by vdso.lds.S */

typedef int (*clock_gettime_fn)(int clock, struct __kernel_timespec *ts);

#define CLOCK_BIT(id) (1U << (id))
/* As clock_read in kernel/time.c has them. */
#define REAL_CLOCKS                                                                                \
	(CLOCK_BIT(CLOCK_REALTIME) | CLOCK_BIT(CLOCK_REALTIME_COARSE) | CLOCK_BIT(CLOCK_TAI))
#define MONO_CLOCKS                                                                                \
	(CLOCK_BIT(CLOCK_MONOTONIC) | CLOCK_BIT(CLOCK_MONOTONIC_COARSE) |                          \
	 CLOCK_BIT(CLOCK_MONOTONIC_RAW) | CLOCK_BIT(CLOCK_BOOTTIME))
#define COARSE_CLOCKS (CLOCK_BIT(CLOCK_REALTIME_COARSE) | CLOCK_BIT(CLOCK_MONOTONIC_COARSE))

/* The clock's bit, or 0 for one that only the system call knows: a CPU's time, for one. */
static unsigned clock_bit(int clock)
{
	unsigned bit = (unsigned)clock < 32 ? CLOCK_BIT(clock) : 0;

	return bit & (REAL_CLOCKS | MONO_CLOCKS);
}

/* False: the system call has to be made.  Inline and without copies of the structure: wide loads of
 * what the host's function has just stored in halves would cost as much as all the rest here. */
static inline __attribute__((always_inline)) bool read_clock(unsigned bit, s64 *sec, s64 *ns)
{
	const struct vvar_offset *offset = bit & REAL_CLOCKS ? &vvar.real : &vvar.mono;
	u32 seq = __atomic_load_n(&vvar.seq, __ATOMIC_ACQUIRE);
	clock_gettime_fn host = (clock_gettime_fn)vvar.host_clock_gettime;
	struct __kernel_timespec now;

	if (!bit || !host || seq & 1 ||
	    host(bit & REAL_CLOCKS ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now))
		return false;
	*sec = now.tv_sec + offset->sec;
	*ns = now.tv_nsec + offset->ns;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&vvar.seq, __ATOMIC_RELAXED) != seq)
		return false;
	if (*ns >= 1000000000) {
		*ns -= 1000000000;
		++*sec;
	}
	return true;
}

int VDSO_SYMBOL(clock_gettime)(int clock, struct __kernel_timespec *ts)
{
	unsigned bit = clock_bit(clock);
	s64 sec, ns;

	if (!read_clock(bit, &sec, &ns))
		return (int)vdso_syscall(__NR_clock_gettime, clock, (long)ts, 0);
	/* A second is a whole number of coarse ticks. */
	if (bit & COARSE_CLOCKS)
		ns -= ns % COARSE_NS;
	ts->tv_sec = sec;
	ts->tv_nsec = ns;
	return 0;
}

int VDSO_SYMBOL(clock_getres)(int clock, struct __kernel_timespec *res)
{
	unsigned bit = clock_bit(clock);

	if (!bit)
		return (int)vdso_syscall(__NR_clock_getres, clock, (long)res, 0);
	if (res)
		*res = (struct __kernel_timespec){ 0, bit & COARSE_CLOCKS ? COARSE_NS : 1 };
	return 0;
}

/* The time zone, which hardly any program asks for, is K's to tell. */
int VDSO_SYMBOL(gettimeofday)(struct __kernel_old_timeval *tv, void *tz)
{
	s64 sec, ns;

	if (tz || (tv && !read_clock(CLOCK_BIT(CLOCK_REALTIME), &sec, &ns)))
		return (int)vdso_syscall(__NR_gettimeofday, (long)tv, (long)tz, 0);
	if (tv) {
		tv->tv_sec = sec;
		tv->tv_usec = ns / 1000;
	}
	return 0;
}

__kernel_old_time_t VDSO_SYMBOL(time)(__kernel_old_time_t *to)
{
	struct __kernel_timespec now;
	s64 sec, ns;

	/* Not every CPU has a system call `time`. */
	if (!read_clock(CLOCK_BIT(CLOCK_REALTIME), &sec, &ns)) {
		vdso_syscall(__NR_clock_gettime, CLOCK_REALTIME, (long)&now, 0);
		sec = now.tv_sec;
	}
	if (to)
		*to = sec;
	return sec;
}

/* Guests are told one CPU and one memory node, as K's getcpu says too. */
int VDSO_SYMBOL(getcpu)(unsigned *cpu, unsigned *node, void *cache __maybe_unused)
{
	if (cpu)
		*cpu = 0;
	if (node)
		*node = 0;
	return 0;
}
