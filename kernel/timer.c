/*
 * Kernel timers, the clocks beneath them, and times in user memory.
 *
 * Armed timers are in a binary heap ordered by expiry, heap[1] the earliest; a timer's heap_pos
 * is its place.
 */
#include "um/timer.h"

#include "um/counter.h"
#include "um/init.h"
#include "um/kmalloc.h"
#include "um/os.h"
#include "um/sched.h"
#include "um/uaccess.h"
#include "um/vdso.h"

static struct timer **heap;
static long heap_count, heap_space;

struct wait_queue_head clock_was_set = WAIT_QUEUE_HEAD_INIT(clock_was_set);
static u64 start_mono;	/* the host's CLOCK_MONOTONIC when the guest's was zero */
static u64 real_offset;	/* guest's CLOCK_REALTIME minus the host's, modulo 2^64 */

/* Counts from the first call, which is made early at boot: the guest's own CLOCK_MONOTONIC, so
 * that it and CLOCK_BOOTTIME agree about when the machine started. */
u64 ktime_mono(void)
{
	u64 now = os_clock_mono();

	if (!start_mono)
		start_mono = now - 1;
	return now - start_mono;
}

u64 ktime_to_host(u64 mono)
{
	return mono == KTIME_MAX ? KTIME_MAX : mono + start_mono;
}

u64 ktime_real(void)
{
	return os_clock_real() + real_offset;
}

u64 ktime_real_coarse(void)
{
	return os_clock_real_coarse() + real_offset;
}

u64 ktime_boot(void)
{
	return ktime_mono();
}

u64 ktime_mono_offset(void)
{
	return -start_mono;
}

u64 ktime_real_offset(void)
{
	return real_offset;
}

static int clock_start(void)
{
	ktime_boot();
	return 0;
}

/* Sets the guest's wall clock; the host's stays as it is. */
void ktime_set_real(u64 real_ns)
{
	real_offset = real_ns - os_clock_real();
	vdso_update();
	wake_up_all(&clock_was_set);
}

static void heap_put(long pos, struct timer *timer)
{
	heap[pos] = timer;
	timer->heap_pos = pos;
}

static void sift_up(long pos, struct timer *timer)
{
	while (pos > 1 && heap[pos / 2]->expires > timer->expires) {
		heap_put(pos, heap[pos / 2]);
		pos /= 2;
	}
	heap_put(pos, timer);
}

static void sift_down(long pos, struct timer *timer)
{
	for (;;) {
		long child = 2 * pos;

		if (child > heap_count)
			break;
		if (child < heap_count && heap[child + 1]->expires < heap[child]->expires)
			child++;
		if (heap[child]->expires >= timer->expires)
			break;
		heap_put(pos, heap[child]);
		pos = child;
	}
	heap_put(pos, timer);
}

void timer_init(struct timer *timer, void (*fn)(struct timer *))
{
	timer->fn = fn;
	timer->heap_pos = 0;
}

bool timer_cancel(struct timer *timer)
{
	long pos = timer->heap_pos;
	struct timer *last;

	if (!pos)
		return false;
	timer->heap_pos = 0;
	last = heap[heap_count--];
	if (last == timer)
		return true;
	if (pos > 1 && heap[pos / 2]->expires > last->expires)
		sift_up(pos, last);
	else
		sift_down(pos, last);
	return true;
}

void timer_arm(struct timer *timer, u64 expires)
{
	timer_cancel(timer);
	timer->expires = expires;
	if (heap_count + 1 >= heap_space) {
		heap_space = heap_space ? heap_space * 2 : 64;
		heap = krealloc(heap, heap_space * sizeof(*heap));
	}
	sift_up(++heap_count, timer);
}

/* Timers that are armed anew for the past while we are here wait for the next round. */
u64 timers_run(void)
{
	u64 now = ktime_mono();
	long left;

	for (left = heap_count; left && heap_count && heap[1]->expires <= now; left--) {
		struct timer *timer = heap[1];

		timer_cancel(timer);
		timer->fn(timer);
	}
	return heap_count ? heap[1]->expires : KTIME_MAX;
}

static u64 to_ns(u64 seconds, u64 ns)
{
	if (seconds >= (KTIME_MAX - 1) / NSEC_PER_SEC)
		return KTIME_MAX - 1;
	return seconds * NSEC_PER_SEC + ns;
}

/* struct timespec of the calls from before time64, which the UAPI has no name for any more. */
struct timespec32 {
	s32 sec, nsec;
};

static bool times_are_narrow(void)
{
	return sizeof(long) < sizeof(u64) && current->time32;
}

size_t timespec_size(void)
{
	return times_are_narrow() ? sizeof(struct timespec32) : sizeof(struct __kernel_timespec);
}

int timespec_copy(struct __kernel_timespec *spec, uaddr_t ts)
{
	struct timespec32 narrow;

	if (!times_are_narrow()) {
		if (get_user(*spec, ts))
			return -EFAULT;
		/* Half of the word is padding where the C library's tv_nsec is a short long. */
		if (sizeof(long) < sizeof(spec->tv_nsec))
			spec->tv_nsec = (long)spec->tv_nsec;
		return 0;
	}
	if (get_user(narrow, ts))
		return -EFAULT;
	*spec = (struct __kernel_timespec){ narrow.sec, narrow.nsec };
	return 0;
}

int timespec_get(u64 *ns, uaddr_t ts)
{
	struct __kernel_timespec spec;

	if (timespec_copy(&spec, ts))
		return -EFAULT;
	if (spec.tv_sec < 0 || spec.tv_nsec < 0 || spec.tv_nsec >= (s64)NSEC_PER_SEC)
		return -EINVAL;
	*ns = to_ns(spec.tv_sec, spec.tv_nsec);
	return 0;
}

int timespec_put(uaddr_t ts, u64 ns)
{
	struct __kernel_timespec spec = ns_to_timespec(ns);
	struct timespec32 narrow = { (s32)spec.tv_sec, (s32)spec.tv_nsec };

	return times_are_narrow() ? put_user(narrow, ts) : put_user(spec, ts);
}

int timeval_get(u64 *ns, uaddr_t tv)
{
	struct __kernel_old_timeval val;

	if (get_user(val, tv))
		return -EFAULT;
	if (val.tv_sec < 0 || val.tv_usec < 0 || val.tv_usec >= 1000000)
		return -EINVAL;
	*ns = to_ns(val.tv_sec, val.tv_usec * NSEC_PER_USEC);
	return 0;
}

int timeval_put(uaddr_t tv, u64 ns)
{
	struct __kernel_old_timeval val = { .tv_sec = ns / NSEC_PER_SEC,
					    .tv_usec = ns % NSEC_PER_SEC / NSEC_PER_USEC };

	return put_user(val, tv);
}

INITCALL(INIT_CORE, clock_start);

UM_COUNTER(timers)
{
	return (u64)heap_count;
}
