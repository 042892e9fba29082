/* Helper threads that wait on slow host calls for K.  os/worker.c; kernel code uses host_work(). */
#ifndef UM_OS_WORKER_H
#define UM_OS_WORKER_H

#include "um/types.h"

/* One piece of work.  fn runs in a helper thread and touches only the request and the host; then
 * `done` runs in the main loop.  The structure is the caller's and must stay until then. */
struct os_work {
	struct os_work *next;		/* worker.c's */
	long (*fn)(void *request);
	void *request;
	long result;			/* fn's value, set before done */
	void (*done)(struct os_work *work);
};

/* 0, or -errno when no helper thread can be had: nothing has been queued. */
int os_work_submit(struct os_work *work);

#endif
