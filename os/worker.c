/*
 * Helper threads that make slow host calls for K.
 *
 * Threads are started one by one while work waits and none is idle, up to MAX_WORKERS; they stay.
 * They block all signals but SIGSYS.  Finished work is handed back through an eventfd that the main
 * loop watches, so `done` runs where all kernel code runs.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "um/os.h"
#include "um/os_event.h"
#include "um/os_process.h"
#include "um/os_worker.h"

#define MAX_WORKERS 4
#define WORKER_STACK (256 * 1024)

struct work_list {
	struct os_work *first, **last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more_work = PTHREAD_COND_INITIALIZER;
/* Under the lock: */
static struct work_list todo = { NULL, &todo.first };
static struct work_list finished = { NULL, &finished.first };
static int nr_workers, nr_idle, nr_todo;

static void list_push(struct work_list *list, struct os_work *work)
{
	work->next = NULL;
	*list->last = work;
	list->last = &work->next;
}

static struct os_work *list_pop(struct work_list *list)
{
	struct os_work *work = list->first;

	if (work) {
		list->first = work->next;
		if (!work->next)
			list->last = &list->first;
	}
	return work;
}

static void bell_rung(struct os_watch *watch, unsigned events __maybe_unused)
{
	struct os_work *work;
	u64 count;

	os_read(watch->fd, &count, sizeof(count));
	for (;;) {
		pthread_mutex_lock(&lock);
		work = list_pop(&finished);
		pthread_mutex_unlock(&lock);
		if (!work)
			return;
		work->done(work);
	}
}

static struct os_watch bell = { .fd = -1, .events = OS_EV_IN, .ready = bell_rung };

static struct os_work *wait_for_work(void)
{
	nr_idle++;
	while (!todo.first)
		pthread_cond_wait(&more_work, &lock);
	nr_idle--;
	nr_todo--;
	return list_pop(&todo);
}

static void *worker(void *arg __maybe_unused)
{
	const u64 one = 1;

	os_set_cpu(0, -1);	/* K, which started us, may be tied to one */
	pthread_mutex_lock(&lock);
	for (;;) {
		struct os_work *work = wait_for_work();

		pthread_mutex_unlock(&lock);
		work->result = work->fn(work->request);
		pthread_mutex_lock(&lock);
		list_push(&finished, work);
		os_write(bell.fd, &one, sizeof(one));
	}
	return NULL;
}

/* Under the lock. */
static int start_worker(void)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	sigdelset(&all, SIGSYS);	/* a call that K may not make is reported, here too */
	pthread_sigmask(SIG_BLOCK, &all, &old);
	err = pthread_create(&thread, &attr, worker, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (!err)
		nr_workers++;
	return -err;
}

static int start_bell(void)
{
	int err;

	if (bell.fd >= 0)
		return 0;
	bell.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell.fd < 0)
		return -errno;
	err = os_watch_add(&bell);
	if (err) {
		close(bell.fd);
		bell.fd = -1;
	}
	return err;
}

int os_work_submit(struct os_work *work)
{
	int err = start_bell();

	if (err)
		return err;
	pthread_mutex_lock(&lock);
	if (nr_idle <= nr_todo && nr_workers < MAX_WORKERS)
		err = start_worker();
	if (nr_workers) {
		err = 0;
		list_push(&todo, work);
		nr_todo++;
		pthread_cond_signal(&more_work);
	}
	pthread_mutex_unlock(&lock);
	return err;
}
