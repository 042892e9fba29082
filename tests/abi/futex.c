/*
 * futex: wait and wake, bitsets, requeue, wake-op, timeouts both ways,
 * waiters in threads and in processes, robust lists, and errors.
 */
#include "child.h"

#include <linux/futex.h>
#include <pthread.h>

static uint32_t word, word2;

static long futex(void *addr, int op, uint32_t val, const void *timeout, void *addr2, uint32_t val3)
{
	return syscall(SYS_futex, addr, op, val, timeout, addr2, val3);
}

static long wake(void *addr, int n)
{
	return futex(addr, FUTEX_WAKE, n, NULL, NULL, 0);
}

/* A thread that waits once on a word; what the call said. */
struct waiter {
	pthread_t thread;
	uint32_t *addr;
	uint32_t bits;
	int op;
	atomic_int done;
	int error;
};

static void *waiter_run(void *arg)
{
	struct waiter *waiter = arg;
	long value = futex(waiter->addr, waiter->op, 0, NULL, NULL, waiter->bits);

	waiter->error = value == 0 ? 0 : errno;
	waiter->done = 1;
	return NULL;
}

static void waiter_start(struct waiter *waiter, uint32_t *addr, int op, uint32_t bits)
{
	*waiter = (struct waiter){ .addr = addr, .op = op, .bits = bits };
	EQ(pthread_create(&waiter->thread, NULL, waiter_run, waiter), 0);
}

static void waiter_join(struct waiter *waiter)
{
	EQ(pthread_join(waiter->thread, NULL), 0);
	EQ(waiter->error, 0);
}

/*
 * The number of waiters on a word: requeueing them onto their own word tells
 * without waking any.
 */
static int waiting(uint32_t *addr, int flag)
{
	return OK(futex(addr, FUTEX_CMP_REQUEUE | flag, 0, (void *)1000UL, addr, *addr));
}

static void await_waiters(uint32_t *addr, int n)
{
	while (waiting(addr, 0) < n)
		abi_sleep_ms(1);
}

static void value_differs(void)
{
	word = 5;
	FAILS(EAGAIN, futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0));
	FAILS(EAGAIN, futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 6, NULL, NULL, 0));
	FAILS(EAGAIN, futex(&word, FUTEX_WAIT_BITSET, 4, NULL, NULL, FUTEX_BITSET_MATCH_ANY));
	EQ(wake(&word, 1), 0);
	EQ(wake(&word, 0x7fffffff), 0);
}

static void wake_counts(void)
{
	struct waiter waiters[4];

	for (int i = 0; i < 4; i++)
		waiter_start(&waiters[i], &word, FUTEX_WAIT, 0);
	await_waiters(&word, 4);
	EQ(wake(&word, 1), 1);
	EQ(waiting(&word, 0), 3);
	EQ(wake(&word, 2), 2);
	EQ(wake(&word, 100), 1);
	EQ(wake(&word, 100), 0);
	for (int i = 0; i < 4; i++)
		waiter_join(&waiters[i]);
}

static void wake_order(void)
{
	struct waiter waiters[3];

	for (int i = 0; i < 3; i++) {
		waiter_start(&waiters[i], &word, FUTEX_WAIT, 0);
		await_waiters(&word, i + 1);
	}
	/* First come, first woken. */
	for (int i = 0; i < 3; i++) {
		EQ(wake(&word, 1), 1);
		await(&waiters[i].done, 1);
		for (int j = i + 1; j < 3; j++)
			EQ(waiters[j].done, 0);
		waiter_join(&waiters[i]);
	}
}

static void bitset(void)
{
	struct waiter waiters[2];

	waiter_start(&waiters[0], &word, FUTEX_WAIT_BITSET, 1);
	waiter_start(&waiters[1], &word, FUTEX_WAIT_BITSET, 6);
	await_waiters(&word, 2);
	EQ(futex(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 8), 0);
	EQ(futex(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 4), 1);
	waiter_join(&waiters[1]);
	EQ(waiters[0].done, 0);
	EQ(futex(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, FUTEX_BITSET_MATCH_ANY), 1);
	waiter_join(&waiters[0]);
	FAILS(EINVAL, futex(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 0));
	FAILS(EINVAL, futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
}

static void requeue(void)
{
	struct waiter waiters[4];

	for (int i = 0; i < 4; i++)
		waiter_start(&waiters[i], &word, FUTEX_WAIT, 0);
	await_waiters(&word, 4);
	/* Plain REQUEUE counts the woken, and since Linux 2.6.27 the moved. */
	EQ(futex(&word, FUTEX_REQUEUE, 1, (void *)2UL, &word2, 0), 3);
	EQ(waiting(&word, 0), 1);
	EQ(waiting(&word2, 0), 2);
	EQ(wake(&word2, 10), 2);
	EQ(wake(&word, 10), 1);
	for (int i = 0; i < 4; i++)
		waiter_join(&waiters[i]);
}

static void cmp_requeue(void)
{
	struct waiter waiters[3];

	for (int i = 0; i < 3; i++)
		waiter_start(&waiters[i], &word, FUTEX_WAIT, 0);
	await_waiters(&word, 3);
	FAILS(EAGAIN, futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)9UL, &word2, 77));
	EQ(waiting(&word, 0), 3);
	EQ(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)9UL, &word2, 0), 3);
	EQ(wake(&word, 9), 0);
	EQ(wake(&word2, 9), 2);
	for (int i = 0; i < 3; i++)
		waiter_join(&waiters[i]);
	FAILS(EINVAL, futex(&word, FUTEX_CMP_REQUEUE, -1, (void *)1UL, &word2, 0));
	FAILS(EINVAL, futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)-1UL, &word2, 0));
}

static void wake_op(void)
{
	struct waiter first, second;

	waiter_start(&first, &word, FUTEX_WAIT, 0);
	waiter_start(&second, &word2, FUTEX_WAIT, 0);
	await_waiters(&word, 1);
	await_waiters(&word2, 1);
	/* word2 = 5; its old value 0 is not greater than 3, so only word wakes. */
	EQ(futex(&word, FUTEX_WAKE_OP, 1, (void *)1UL, &word2,
		 FUTEX_OP(FUTEX_OP_SET, 5, FUTEX_OP_CMP_GT, 3)),
	   1);
	EQ(word2, 5);
	waiter_join(&first);
	EQ(second.done, 0);
	EQ(futex(&word, FUTEX_WAKE_OP, 1, (void *)1UL, &word2,
		 FUTEX_OP(FUTEX_OP_ADD, 7, FUTEX_OP_CMP_EQ, 5)),
	   1);
	EQ(word2, 12);
	waiter_join(&second);
}

static void wake_op_arithmetic(void)
{
	static const struct {
		int op;
		uint32_t arg, before, after;
	} cases[] = {
		{ FUTEX_OP_SET, 9, 100, 9 },   { FUTEX_OP_ADD, 0xfff, 100, 99 },
		{ FUTEX_OP_OR, 3, 100, 103 },  { FUTEX_OP_ANDN, 4, 100, 96 },
		{ FUTEX_OP_XOR, 101, 100, 1 }, { FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 4, 100, 116 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		word2 = cases[i].before;
		EQ(futex(&word, FUTEX_WAKE_OP, 1, (void *)1UL, &word2,
			 (uint32_t)cases[i].op << 28 | cases[i].arg << 12),
		   0);
		EQ(word2, cases[i].after);
	}
	FAILS(ENOSYS, futex(&word, FUTEX_WAKE_OP, 1, (void *)1UL, &word2, 6U << 28));
	FAILS(EFAULT, futex(&word, FUTEX_WAKE_OP, 1, (void *)1UL, bad_ptr(), 0));
}

static struct timespec after_ms(clockid_t clock, long ms)
{
	struct timespec ts;

	OK(clock_gettime(clock, &ts));
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void timeouts(void)
{
	struct timespec relative = { 0, 30000000 }, zero = { 0, 0 }, until;
	long long begin = abi_now_ms();

	FAILS(ETIMEDOUT, futex(&word, FUTEX_WAIT, 0, &relative, NULL, 0));
	CHECK(abi_now_ms() - begin >= 29);
	FAILS(ETIMEDOUT, futex(&word, FUTEX_WAIT, 0, &zero, NULL, 0));
	begin = abi_now_ms();
	until = after_ms(CLOCK_MONOTONIC, 30);
	FAILS(ETIMEDOUT, futex(&word, FUTEX_WAIT_BITSET, 0, &until, NULL, ~0U));
	CHECK(abi_now_ms() - begin >= 29);
	until = after_ms(CLOCK_REALTIME, 30);
	FAILS(ETIMEDOUT,
	      futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &until, NULL, ~0U));
	until = (struct timespec){ 0, 1 };
	FAILS(ETIMEDOUT, futex(&word, FUTEX_WAIT_BITSET, 0, &until, NULL, ~0U));
	/* The value is looked at before the clock. */
	FAILS(EAGAIN, futex(&word, FUTEX_WAIT, 1, &zero, NULL, 0));
	EQ(waiting(&word, 0), 0);
}

static void errors(void)
{
	struct timespec bad_time = { 0, 1000000000 };
	char *bad = bad_ptr();

	FAILS(EINVAL, futex((char *)&word + 1, FUTEX_WAIT, 0, NULL, NULL, 0));
	FAILS(EINVAL, futex((char *)&word + 2, FUTEX_WAKE, 1, NULL, NULL, 0));
	FAILS(EFAULT, futex(bad, FUTEX_WAIT, 0, NULL, NULL, 0));
	FAILS(EFAULT, futex(bad, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0));
	FAILS(EFAULT, futex(bad, FUTEX_WAKE, 1, NULL, NULL, 0));
	/* A private waker needs no memory behind the address. */
	EQ(futex(bad, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0), 0);
	FAILS(EINVAL, futex(&word, FUTEX_WAIT, 0, &bad_time, NULL, 0));
	bad_time = (struct timespec){ -1, 0 };
	FAILS(EINVAL, futex(&word, FUTEX_WAIT, 0, &bad_time, NULL, 0));
	FAILS(EFAULT, futex(&word, FUTEX_WAIT, 0, bad, NULL, 0));
	FAILS(ENOSYS, futex(&word, 77, 0, NULL, NULL, 0));
	FAILS(ENOSYS, futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0));
	FAILS(EFAULT, futex(&word, FUTEX_REQUEUE, 1, (void *)1UL, bad, 0));
}

static atomic_int ticks;

static void tick(int sig)
{
	(void)sig;
	ticks++;
}

static void interrupted(void)
{
	struct timespec far = { 100, 0 };
	pid_t row = getpid(), pid = OK(fork());

	if (pid == 0) {
		for (;;) {
			abi_sleep_ms(10);
			kill(row, SIGUSR1);
		}
	}
	on_signal(SIGUSR1, tick, 0);
	FAILS(EINTR, futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0));
	FAILS(EINTR, futex(&word, FUTEX_WAIT, 0, &far, NULL, 0));
	OK(kill(pid, SIGKILL));
	abi_wait(pid);
	CHECK(ticks >= 2);
}

static void between_processes(void)
{
	uint32_t *shared = shared_mem(sizeof(*shared));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(futex(shared, FUTEX_WAIT, 0, NULL, NULL, 0));
		_exit(0);
	}
	while (wake(shared, 1) == 0)
		abi_sleep_ms(1);
	child_join(pid);
}

/* The same file page, mapped at different places. */
static void file_backed(void)
{
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	OK(ftruncate(fd, page_size()));
	pid_t pid = OK(fork());
	uint32_t *map = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint32_t *again = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(map != MAP_FAILED && again != MAP_FAILED && map != again);
	if (pid == 0) {
		OK(futex(&again[5], FUTEX_WAIT, 0, NULL, NULL, 0));
		_exit(0);
	}
	while (wake(&map[5], 1) == 0)
		abi_sleep_ms(1);
	child_join(pid);
}

static void private_memory(void)
{
	int ready[2];
	char byte;

	OK(pipe(ready));
	pid_t pid = OK(fork());

	if (pid == 0) {
		struct timespec some = { 0, 60000000 };

		OK(write(ready[1], "r", 1));
		FAILS(ETIMEDOUT, futex(&word, FUTEX_WAIT, 0, &some, NULL, 0));
		_exit(0);
	}
	EQ(read(ready[0], &byte, 1), 1);
	/* The same address, but the memory is the child's own. */
	for (int i = 0; i < 10; i++) {
		EQ(wake(&word, 1), 0);
		abi_sleep_ms(3);
	}
	child_join(pid);
}

static void private_flag(void)
{
	struct waiter waiter;

	waiter_start(&waiter, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0);
	while (waiting(&word, FUTEX_PRIVATE_FLAG) < 1)
		abi_sleep_ms(1);
	EQ(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0), 1);
	waiter_join(&waiter);
}

struct robust_node {
	struct robust_list list;
	uint32_t futex;
};

static void robust_set(struct robust_list_head *head, struct robust_node *node, uint32_t value)
{
	head->list.next = &node->list;
	head->futex_offset = offsetof(struct robust_node, futex);
	head->list_op_pending = NULL;
	node->list.next = &head->list;
	node->futex = value;
	OK(syscall(SYS_set_robust_list, head, sizeof(*head)));
}

struct robust_shared {
	struct robust_node node;
	struct robust_list_head head;
};

static void robust_death(void)
{
	for (int waiters = 0; waiters < 2; waiters++) {
		struct robust_shared *shared = shared_mem(sizeof(*shared));
		uint32_t value;
		pid_t pid = OK(fork());

		if (pid == 0) {
			value = getpid() | (waiters ? FUTEX_WAITERS : 0);
			robust_set(&shared->head, &shared->node, value);
			abi_sleep_ms(20);
			syscall(SYS_exit, 0);
		}
		while ((value = *(volatile uint32_t *)&shared->node.futex) == 0)
			abi_sleep_ms(1);
		/* Only a futex marked as waited for is woken. */
		if (waiters && !(value & FUTEX_OWNER_DIED)) {
			errno = 0;
			if (futex(&shared->node.futex, FUTEX_WAIT, value, NULL, NULL, 0) == -1)
				EQ(errno, EAGAIN);
		}
		child_join(pid);
		EQ(shared->node.futex, FUTEX_OWNER_DIED | (waiters ? FUTEX_WAITERS : 0));
	}
}

static void robust_others(void)
{
	struct robust_shared *shared = shared_mem(sizeof(*shared));
	pid_t pid = OK(fork());

	if (pid == 0) {
		/* Not the dying thread's: left as it is. */
		robust_set(&shared->head, &shared->node, getpid() + 1);
		syscall(SYS_exit, 0);
	}
	child_join(pid);
	EQ(shared->node.futex, pid + 1);
	pid = OK(fork());
	if (pid == 0) {
		/* Not on the list, but being taken at the time of death. */
		robust_set(&shared->head, &shared->node, getpid());
		shared->head.list.next = &shared->head.list;
		shared->head.list_op_pending = &shared->node.list;
		kill(getpid(), SIGKILL);
	}
	EQ(abi_wait(pid), SIGKILL);
	EQ(shared->node.futex, FUTEX_OWNER_DIED);
}

static void robust_calls(void)
{
	struct robust_list_head head = { .list.next = &head.list }, *have = NULL;
	size_t size = 0;
	pid_t pid;

	FAILS(EINVAL, syscall(SYS_set_robust_list, &head, sizeof(head) - 1));
	OK(syscall(SYS_set_robust_list, &head, sizeof(head)));
	OK(syscall(SYS_get_robust_list, 0, &have, &size));
	CHECK(have == &head && size == sizeof(head));
	OK(syscall(SYS_get_robust_list, getpid(), &have, &size));
	CHECK(have == &head);
	FAILS(EFAULT, syscall(SYS_get_robust_list, 0, bad_ptr(), &size));
	pid = OK(fork());
	if (pid == 0)
		_exit(0);
	EQ(abi_wait(pid), 0);
	FAILS(ESRCH, syscall(SYS_get_robust_list, pid, &have, &size));
}

static void robust_mutex(void)
{
	pthread_mutex_t *mutex = shared_mem(sizeof(*mutex));
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	EQ(pthread_mutex_init(mutex, &attr), 0);
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(pthread_mutex_lock(mutex), 0);
		_exit(0);
	}
	child_join(pid);
	EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
	EQ(pthread_mutex_consistent(mutex), 0);
	EQ(pthread_mutex_unlock(mutex), 0);
	EQ(pthread_mutex_lock(mutex), 0);
}

struct ring {
	uint32_t turn[2];
	int count;
};

static void ping_pong(void)
{
	enum { ROUNDS = 300 };
	struct ring *ring = shared_mem(sizeof(*ring));
	pid_t pid = OK(fork());
	int me = pid == 0;

	for (int i = 0; i < ROUNDS; i++) {
		_Atomic uint32_t *mine = (_Atomic uint32_t *)&ring->turn[me];
		_Atomic uint32_t *other = (_Atomic uint32_t *)&ring->turn[!me];

		if (me || i > 0)
			while (atomic_load(mine) == 0)
				futex(mine, FUTEX_WAIT, 0, NULL, NULL, 0);
		atomic_store(mine, 0);
		ring->count++;
		atomic_store(other, 1);
		wake(other, 1);
	}
	if (pid == 0)
		_exit(0);
	child_join(pid);
	EQ(ring->count, 2 * ROUNDS);
}

static void priority_inheritance(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;

	word = 0;
	if (futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == -1 && errno == ENOSYS)
		abi_skip("no PI futexes");
	EQ(word, syscall(SYS_gettid));
	FAILS(EDEADLK, futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	EQ(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	EQ(word, 0);
	FAILS(EPERM, futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	pthread_mutexattr_init(&attr);
	EQ(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT), 0);
	EQ(pthread_mutex_init(&mutex, &attr), 0);
	EQ(pthread_mutex_lock(&mutex), 0);
	EQ(pthread_mutex_unlock(&mutex), 0);
}

static const struct abi_row rows[] = {
	{ value_differs, "EAGAIN when the value differs, and nobody to wake" },
	{ wake_counts, "wake says how many it woke" },
	{ wake_order, "waiters are woken in order" },
	{ bitset, "bitsets pick waiters" },
	{ requeue, "requeue" },
	{ cmp_requeue, "compare and requeue" },
	{ wake_op, "wake-op wakes by the old value" },
	{ wake_op_arithmetic, "wake-op's operations" },
	{ timeouts, "relative and absolute timeouts" },
	{ errors, "EINVAL, EFAULT and ENOSYS" },
	{ interrupted, "EINTR from a handler" },
	{ between_processes, "shared anonymous memory" },
	{ file_backed, "one file page at two addresses" },
	{ private_memory, "private memory is not shared by address" },
	{ private_flag, "private futexes" },
	{ robust_death, "a dying owner marks its robust futex" },
	{ robust_others, "robust list: others' words, pending operation, SIGKILL" },
	{ robust_calls, "set_robust_list and get_robust_list" },
	{ robust_mutex, "a robust mutex says EOWNERDEAD" },
	{ ping_pong, "two processes take turns" },
	{ priority_inheritance, "PI futexes" },
};

ABI_MAIN(rows)
