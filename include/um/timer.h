/* Clocks and one-shot kernel timers.  kernel/timer.c.  Everything in nanoseconds. */
#ifndef UM_TIMER_H
#define UM_TIMER_H

#include <linux/time_types.h>

#include "um/types.h"
#include "um/wait.h"

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL
#define USER_HZ 100	/* the unit of times(2) and /proc/stat */

u64 ktime_mono(void);
u64 ktime_real(void);
u64 ktime_real_coarse(void);	/* behind by up to a tick of the host, and much cheaper to read */
u64 ktime_to_host(u64 mono);	/* a guest CLOCK_MONOTONIC time as the host's, for os_event.h */
u64 ktime_boot(void);	/* since um started: the guest's CLOCK_BOOTTIME and uptime */
/* What has to be added to the host's clock for the guest's, modulo 2^64. */
u64 ktime_mono_offset(void);
u64 ktime_real_offset(void);
/* CLOCK_REALTIME minus CLOCK_MONOTONIC, in ns, which clock_settime in the guest changes.  A
 * callback list for those that sleep on the real clock: */
extern struct wait_queue_head clock_was_set;
void ktime_set_real(u64 real_ns);

/* A timer's function runs in the main loop, not in a task, and must not sleep. */
struct timer {
	u64 expires;	/* CLOCK_MONOTONIC ns */
	void (*fn)(struct timer *timer);
	long heap_pos;	/* private; 0: not armed */
};

void timer_init(struct timer *timer, void (*fn)(struct timer *));
void timer_arm(struct timer *timer, u64 expires);	/* re-arms when armed */
bool timer_cancel(struct timer *timer);			/* true if it was armed */
static inline bool timer_armed(const struct timer *timer)
{
	return timer->heap_pos != 0;
}
/* For the main loop: runs what is due; the next expiry, or KTIME_MAX. */
u64 timers_run(void);

/* Conversions; *_get reads user memory: 0, -EFAULT, or -EINVAL for a malformed time.  The
 * result saturates at KTIME_MAX - 1.  A user's timespec has 32-bit words in the older of a 32-bit
 * CPU's calls (SYSCALL_TIMEn), 64-bit ones in all others. */
size_t timespec_size(void);
int timespec_copy(struct __kernel_timespec *spec, uaddr_t ts);	/* unchecked: 0, -EFAULT */
int timespec_get(u64 *ns, uaddr_t ts);
int timespec_put(uaddr_t ts, u64 ns);
int timeval_get(u64 *ns, uaddr_t tv);
int timeval_put(uaddr_t tv, u64 ns);
static inline struct __kernel_timespec ns_to_timespec(u64 ns)
{
	return (struct __kernel_timespec){ (s64)(ns / NSEC_PER_SEC), (s64)(ns % NSEC_PER_SEC) };
}
static inline u64 deadline_after(u64 ns)
{
	u64 now = ktime_mono();

	return ns >= KTIME_MAX - now ? KTIME_MAX : now + ns;
}

#endif
