/*
 * What K waits for on the host beside its guests: descriptors, one deadline, and signals, all
 * behind one epoll descriptor.
 *
 * Signals come through an eventfd that a handler writes, not through a signalfd: that one is
 * readable only for the process whose signals are pending, and it is the bell, another process,
 * that waits on the epoll descriptor.
 *
 * A watch is known to the host by its address.  Call-backs may delete any watch, also one that
 * is among the events already fetched: those are forgotten in the batch.
 */
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "um/os.h"
#include "um/os_event.h"

#define BATCH 32
#define NSEC 1000000000ULL

static int epoll_fd = -1;
static int timer_fd = -1;
static int signal_fd = -1;
static struct epoll_event batch[BATCH];
static int batch_size;
static u64 deadline = UINT64_MAX;	/* what timer_fd is set to */
static void (*signal_fns[_NSIG])(int sig);
static volatile sig_atomic_t signal_came[_NSIG];

static int set_watch(int op, struct os_watch *watch)
{
	struct epoll_event event = { .events = watch->events, .data.ptr = watch };

	return epoll_ctl(epoll_fd, op, watch->fd, &event) ? -errno : 0;
}

int os_watch_add(struct os_watch *watch)
{
	int err;

	if (!watch->events)
		return 0;
	err = set_watch(EPOLL_CTL_ADD, watch);
	return err == -EEXIST ? set_watch(EPOLL_CTL_MOD, watch) : err;
}

static void forget_fetched(const struct os_watch *watch)
{
	int i;

	for (i = 0; i < batch_size; i++)
		if (batch[i].data.ptr == watch)
			batch[i].data.ptr = NULL;
}

/* A paused watch is not in the epoll set at all: the host would report HUP again and again. */
void os_watch_change(struct os_watch *watch, unsigned events)
{
	if (!events) {
		os_watch_del(watch);
		watch->events = 0;
		return;
	}
	watch->events = events;
	if (set_watch(EPOLL_CTL_MOD, watch) == -ENOENT)
		set_watch(EPOLL_CTL_ADD, watch);
}

void os_watch_del(struct os_watch *watch)
{
	forget_fetched(watch);
	set_watch(EPOLL_CTL_DEL, watch);
}

static void signals_ready(struct os_watch *watch, unsigned events __maybe_unused)
{
	u64 count;
	int sig;

	os_read(watch->fd, &count, sizeof(count));
	for (sig = 1; sig < _NSIG; sig++) {
		if (!signal_came[sig])
			continue;
		signal_came[sig] = 0;
		if (signal_fns[sig])
			signal_fns[sig](sig);
	}
}

static struct os_watch signal_watch = { .events = OS_EV_IN, .ready = signals_ready };

static void note_signal(int sig)
{
	static const u64 one = 1;
	int err = errno;

	signal_came[sig] = 1;
	if (write(signal_fd, &one, sizeof(one)) < 0)
		errno = EAGAIN;		/* it is readable then anyway */
	errno = err;
}

void os_on_signal(int sig, void (*fn)(int sig))
{
	struct sigaction act = { .sa_handler = note_signal, .sa_flags = SA_RESTART | SA_ONSTACK };
	sigset_t one;

	signal_fns[sig] = fn;
	sigaction(sig, &act, NULL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static void timer_ready(struct os_watch *watch, unsigned events __maybe_unused)
{
	u64 count;

	if (os_read(watch->fd, &count, sizeof(count)) == sizeof(count))
		deadline = UINT64_MAX;
}

static struct os_watch timer_watch = { .events = OS_EV_IN, .ready = timer_ready };

void os_event_deadline(u64 mono_ns)
{
	struct itimerspec spec = { 0 };

	if (mono_ns == deadline)
		return;
	deadline = mono_ns;
	if (mono_ns != UINT64_MAX) {
		spec.it_value.tv_sec = mono_ns / NSEC;
		/* 0 would disarm it */
		spec.it_value.tv_nsec = mono_ns ? mono_ns % NSEC : 1;
	}
	timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

bool os_events_pending(void)
{
	struct epoll_event event;

	return epoll_wait(epoll_fd, &event, 1, 0) > 0;
}

void os_events_dispatch(void)
{
	int i, n;

	do
		n = epoll_wait(epoll_fd, batch, BATCH, 0);
	while (n < 0 && errno == EINTR);
	batch_size = n > 0 ? n : 0;
	for (i = 0; i < batch_size; i++) {
		struct os_watch *watch = batch[i].data.ptr;

		if (watch)
			watch->ready(watch, batch[i].events);
	}
	batch_size = 0;
}

int os_event_fd(void)
{
	return epoll_fd;
}

int os_event_init(void)
{
	os_cpu_count();		/* now, while K may still run on all of them */
	signal(SIGPIPE, SIG_IGN);
	/* Whoever starts um may ignore it; then the host would reap K's children before K does. */
	signal(SIGCHLD, SIG_DFL);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (epoll_fd < 0 || timer_fd < 0 || signal_fd < 0)
		return -errno;
	timer_watch.fd = timer_fd;
	signal_watch.fd = signal_fd;
	if (os_watch_add(&timer_watch) || os_watch_add(&signal_watch))
		return -EINVAL;
	return 0;
}
