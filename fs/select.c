/* select(2), pselect6(2). */
#include <linux/time.h>

#include "poll_wait.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define WORD_BITS (8 * (unsigned)sizeof(long))
#define SET_WORDS(n) DIV_ROUND_UP(n, WORD_BITS)
/* Numbers beyond the descriptor table are ignored.  Linux's has 64 entries at first, but at least
 * 256 in all that a shell (which uses 255) has started: the same is seen here. */
#define MIN_TABLE 256

/* What each of the three sets asks for, select(2). */
#define READ_EVENTS (EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR)
#define WRITE_EVENTS (EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR)
#define EXCEPT_EVENTS EPOLLPRI

enum { SET_READ, SET_WRITE, SET_EXCEPT, NR_SETS };

static const u32 set_events[NR_SETS] = { READ_EVENTS, WRITE_EVENTS, EXCEPT_EVENTS };

/* in[] and out[] point into one allocation; a set that was not given is empty. */
struct fd_sets {
	unsigned n;
	uaddr_t user[NR_SETS];
	unsigned long *in[NR_SETS], *out[NR_SETS];
	unsigned long *memory;
};

static bool set_test(const unsigned long *set, unsigned fd)
{
	return set[fd / WORD_BITS] >> (fd % WORD_BITS) & 1;
}

static int sets_load(struct fd_sets *sets)
{
	unsigned words = SET_WORDS(sets->n), i;

	sets->memory = kmalloc_user((2 * NR_SETS * words + 1) * sizeof(long));
	if (!sets->memory)
		return -ENOMEM;
	for (i = 0; i < NR_SETS; i++) {
		sets->in[i] = sets->memory + i * words;
		sets->out[i] = sets->memory + (NR_SETS + i) * words;
		memset(sets->in[i], 0, words * sizeof(long));
		if (sets->user[i] &&
		    copy_from_user(sets->in[i], sets->user[i], words * sizeof(long)))
			return -EFAULT;
	}
	return 0;
}

static int sets_store(const struct fd_sets *sets)
{
	unsigned i;

	for (i = 0; i < NR_SETS; i++)
		if (sets->user[i] && copy_to_user(sets->user[i], sets->out[i],
						  SET_WORDS(sets->n) * sizeof(long)))
			return -EFAULT;
	return 0;
}

/* The events that the sets ask of this descriptor. */
static u32 wanted_events(const struct fd_sets *sets, unsigned fd)
{
	u32 wanted = 0;
	unsigned i;

	for (i = 0; i < NR_SETS; i++)
		if (set_test(sets->in[i], fd))
			wanted |= set_events[i];
	return wanted;
}

static int set_results(struct fd_sets *sets, unsigned fd, u32 events)
{
	unsigned i;
	int count = 0;

	for (i = 0; i < NR_SETS; i++) {
		if (!set_test(sets->in[i], fd) || !(events & (set_events[i] | EPOLLNVAL)))
			continue;
		sets->out[i][fd / WORD_BITS] |= 1UL << (fd % WORD_BITS);
		count++;
	}
	return count;
}

static int select_fd(struct fd_sets *sets, unsigned fd, struct poll_waiter *waiter)
{
	u32 wanted = wanted_events(sets, fd);
	struct file *file;
	u32 events = EPOLLNVAL;	/* closed meanwhile: ready, the next call on it will tell */

	if (!wanted)
		return 0;
	file = fget_io(fd);
	if (file) {
		waiter->pt.events = wanted;
		events = vfs_poll(file, &waiter->pt);
		fput(file);
	}
	return set_results(sets, fd, events);
}

static bool word_empty(const struct fd_sets *sets, unsigned word)
{
	return !(sets->in[SET_READ][word] | sets->in[SET_WRITE][word] | sets->in[SET_EXCEPT][word]);
}

static int select_round(struct fd_sets *sets, struct poll_waiter *waiter)
{
	int count = 0;
	unsigned fd;

	for (fd = 0; fd < sets->n; fd++) {
		if (fd % WORD_BITS == 0 && word_empty(sets, fd / WORD_BITS)) {
			fd += WORD_BITS - 1;
			continue;
		}
		count += select_fd(sets, fd, waiter);
		if (count)
			waiter->pt.queue = NULL;
	}
	waiter->pt.queue = NULL;
	return count;
}

static int check_open(const struct fd_sets *sets)
{
	struct file *file;
	unsigned fd;

	for (fd = 0; fd < sets->n; fd++) {
		if (!wanted_events(sets, fd))
			continue;
		file = fget_io(fd);
		if (!file)
			return -EBADF;
		fput(file);
	}
	return 0;
}

static void clear_out(struct fd_sets *sets)
{
	memset(sets->out[0], 0, NR_SETS * SET_WORDS(sets->n) * sizeof(long));
}

/* The count; 0 after the deadline; -ERESTARTNOHAND on a signal; -ENOMEM. */
static long select_wait(struct fd_sets *sets, const struct poll_timeout *timeout)
{
	struct poll_waiter waiter;
	int count, err = 0;

	poll_waiter_init(&waiter);
	for (;;) {
		clear_out(sets);
		count = select_round(sets, &waiter);
		if (count || err)
			break;
		err = waiter.error;
		if (!err)
			err = poll_waiter_sleep(&waiter, timeout->zero ? 0 : timeout->deadline);
	}
	poll_waiter_end(&waiter);
	if (count)
		return count;
	if (err == -EINTR)
		return -ERESTARTNOHAND;
	return err == -ETIMEDOUT ? 0 : err;
}

static long do_select(int n, const uaddr_t user[NR_SETS], const struct poll_timeout *timeout)
{
	struct fd_sets sets = { .user = { user[0], user[1], user[2] } };
	long ret;

	if (n < 0)
		return -EINVAL;
	sets.n = min((unsigned)n, max(current->files->max, (unsigned)MIN_TABLE));
	ret = sets_load(&sets);
	if (!ret)
		ret = check_open(&sets);
	if (!ret)
		ret = select_wait(&sets, timeout);
	if (ret >= 0 && sets_store(&sets))
		ret = -EFAULT;
	kfree(sets.memory);
	return ret;
}

/* Microseconds beyond a second are carried over, as select (but no other call) allows. */
static int select_timeout_get(struct poll_timeout *timeout, uaddr_t user)
{
	struct __kernel_old_timeval tv;
	u64 sec, usec;

	*timeout = (struct poll_timeout){ .deadline = KTIME_MAX, .user = user, .timeval = true };
	if (!user)
		return 0;
	if (get_user(tv, user))
		return -EFAULT;
	if (tv.tv_sec < 0 || tv.tv_usec < 0)
		return -EINVAL;
	sec = (u64)tv.tv_sec + tv.tv_usec / 1000000;
	usec = tv.tv_usec % 1000000;
	if (sec >= KTIME_MAX / NSEC_PER_SEC)
		poll_timeout_set(timeout, KTIME_MAX);
	else
		poll_timeout_set(timeout, sec * NSEC_PER_SEC + usec * NSEC_PER_USEC);
	return 0;
}

static long select_user(int n, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t tvp)
{
	const uaddr_t user[NR_SETS] = { in, out, ex };
	struct poll_timeout timeout;
	long ret = select_timeout_get(&timeout, tvp);

	return ret ? ret : poll_finish(&timeout, do_select(n, user, &timeout));
}

SYSCALL_NEWER5(select, _newselect, A_INT, int, n, A_PTR, uaddr_t, in, A_PTR, uaddr_t, out, A_PTR,
	       uaddr_t, ex, A_TIMEVAL_IN, uaddr_t, tvp)
{
	return select_user(n, in, out, ex, tvp);
}

/* All five arguments in memory, as the first select had them. */
SYSCALL_OLDER1(select, _newselect, A_PTR, uaddr_t, uargs)
{
	struct {
		unsigned long n;
		uaddr_t in, out, ex, tvp;
	} args;

	if (get_user(args, uargs))
		return -EFAULT;
	return select_user((int)args.n, args.in, args.out, args.ex, args.tvp);
}

/* What pselect6's last argument points to: select(2), "C library/kernel differences". */
struct sigset_arg {
	unsigned long mask, size;
};

SYSCALL_TIME6(pselect6, pselect6_time64, A_INT, int, n, A_PTR, uaddr_t, in, A_PTR, uaddr_t, out,
	      A_PTR, uaddr_t, ex, A_TIMESPEC_IN, uaddr_t, tsp, A_PTR, uaddr_t, sig)
{
	const uaddr_t user[NR_SETS] = { in, out, ex };
	struct sigset_arg arg = { 0, 0 };
	struct poll_timeout timeout;
	long ret;

	if (sig && get_user(arg, sig))
		return -EFAULT;
	ret = poll_timeout_get(&timeout, tsp);
	if (!ret)
		ret = set_user_sigmask(arg.mask, arg.size);
	if (ret)
		return ret;
	return poll_finish(&timeout, do_select(n, user, &timeout));
}
