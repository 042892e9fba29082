/*
 * Host descriptors and host signals that K waits for beside its guests.  os/event.c
 *
 * Call-backs run in the main loop, not in a task, and must not sleep.
 */
#ifndef UM_OS_EVENT_H
#define UM_OS_EVENT_H

#include "um/types.h"

/* What a watch waits for and what its call-back gets; HUP and ERR always come. */
enum { OS_EV_IN = 1, OS_EV_OUT = 4, OS_EV_ERR = 8, OS_EV_HUP = 16 };

struct os_watch {
	int fd;				/* immutable while watched */
	unsigned events;		/* OS_EV_*; level-triggered; 0: paused */
	void (*ready)(struct os_watch *watch, unsigned events);
};

int os_watch_add(struct os_watch *watch);	/* -EPERM: a kind of file that is always ready */
void os_watch_change(struct os_watch *watch, unsigned events);
void os_watch_del(struct os_watch *watch);	/* harmless when not added */

/* Host signals to K (SIGWINCH, SIGTERM, ...) as call-backs. */
void os_on_signal(int sig, void (*fn)(int sig));

bool os_events_pending(void);
/* Runs the call-backs of what is ready; does not wait. */
void os_events_dispatch(void);
/* The next dispatch is wanted at this CLOCK_MONOTONIC time at the latest (UINT64_MAX: none). */
void os_event_deadline(u64 mono_ns);
/* The descriptor that is readable while os_events_dispatch has something to do. */
int os_event_fd(void);
int os_event_init(void);

/* Slow host work, off K's thread.  fn touches only the request and the host; the calling fiber
 * sleeps meanwhile (kernel/host_work.c).  Returns fn's value. */
long host_work(long (*fn)(void *request), void *request);

#endif
