/* Slow host calls: a helper thread makes them while the fiber sleeps. */
#include "um/fiber.h"
#include "um/os_event.h"
#include "um/os_worker.h"
#include "um/sched.h"

struct fiber_work {
	struct os_work work;
	struct wait_queue_head wait;
	bool finished;
};

static void work_done(struct os_work *work)
{
	struct fiber_work *fw = container_of(work, struct fiber_work, work);

	fw->finished = true;
	wake_up(&fw->wait);
}

/* Runs fn(request) off K's thread and returns its value.  Not interruptible, since the request
 * lives with the caller.  Where nothing can sleep (boot) or the host has no thread for us, K
 * itself makes the call. */
long host_work(long (*fn)(void *request), void *request)
{
	struct fiber_work fw = { .work = { .fn = fn, .request = request, .done = work_done } };

	init_waitqueue_head(&fw.wait);
	if (running_fiber == &main_fiber || os_work_submit(&fw.work))
		return fn(request);
	wait_event(&fw.wait, fw.finished);
	return fw.work.result;
}
