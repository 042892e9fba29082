/*
 * Guest code that lies to the reflect gate in the words that it shares with it: requests that
 * nobody made, traps that did not happen, words changed under the kernel's hands.
 *
 *	reflect_attack_lies [ROW]
 *	reflect_attack_lies fuzz SEED SECONDS
 */
#include "reflect_attack_rows.h"

/* --- requests that nobody made */

static void forged_calls(void)
{
	struct channel *ch = own_channel();

	for (long until = now_ms() + 30; now_ms() < until;) {
		for (int i = 0; i < 6; i++)
			ch->arg[i] = any() >> below(64);
		ch->word = any() >> below(64);
		do
			ch->nr = below(470);
		while (ch->nr == SYS_kill || ch->nr == SYS_tkill || ch->nr == SYS_reboot ||
		       ch->nr == SYS_tgkill);
		__atomic_store_n(&ch->state, CH_CALL, __ATOMIC_SEQ_CST);
		for (int i = below(3000); i > 0; i--)
			__asm__ volatile("pause");
	}
}

static void forged_traps(void)
{
	struct channel *ch = own_channel();
	char *signal_stack = (char *)ch + CHANNEL_SIGNAL_STACK;

	for (long until = now_ms() + 30; now_ms() < until;) {
		for (int i = 0; i < 200; i++)
			((uint64_t *)signal_stack)[below(0x8000 / 8)] =
				below(2) ? any() >> below(64) : (uintptr_t)layer.text + below(4096);
		forge_trap(ch, (int)below(66));
		for (int i = below(3000); i > 0; i--)
			__asm__ volatile("pause");
	}
}

static void each_state(void)
{
	struct channel *ch = own_channel();

	for (uint32_t state = 0; state < 300; state++) {
		__atomic_store_n(&ch->state, state < 260 ? state : (uint32_t)any(), __ATOMIC_SEQ_CST);
		for (int i = 0; i < 300; i++)
			__asm__ volatile("pause");
	}
}

static int call_lies(void)
{
	return in_children(20, forged_calls);
}

static int trap_lies(void)
{
	return in_children(20, forged_traps);
}

static int state_lies(void)
{
	return in_children(20, each_state);
}

/* The kernel needs all registers for these, and asks for a trap that never comes. */
static int call_without_registers(void)
{
	static const int nrs[] = { SYS_fork, SYS_vfork, SYS_exit, SYS_exit_group, SYS_execve,
				   SYS_rt_sigreturn, SYS_pause, SYS_ptrace };

	for (unsigned i = 0; i < sizeof(nrs) / sizeof(nrs[0]); i++) {
		pid_t pid = fork();

		if (!pid) {
			struct channel *ch = own_channel();

			memset(ch->arg, 0, sizeof(ch->arg));
			ch->nr = (uint32_t)nrs[i];
			ch->word = (uint64_t)end_well;
			__atomic_store_n(&ch->state, CH_CALL, __ATOMIC_SEQ_CST);
			for (;;)
				;
		}
		sleep_ms(10);
		kill(pid, SIGKILL);
		if (ended_within(pid, 8000) < 0)
			return HARM;
	}
	return 0;
}

/* ... with the kernel's own signals blocked too. */
static void lie_blocked(void)
{
	struct channel *ch = own_channel();

	ch->arg[0] = 0;
	ch->nr = SYS_exit_group;
	ch->word = (uint64_t)end_well;
	__atomic_store_n(&ch->state, CH_CALL, __ATOMIC_SEQ_CST);
	for (;;)
		;
}

static int call_blocked(void)
{
	return go_on_blocked(lie_blocked);
}

/* --- scribbling */

static void *calls(void *arg)
{
	char *p;

	for (;;) {
		getppid();
		p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p != MAP_FAILED) {
			p[PAGE] = 1;
			mprotect(p, PAGE, PROT_READ);
			munmap(p, 8 * PAGE);
		}
		sched_yield();
	}
	return arg;
}

static void *forks(void *arg)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid > 0)
			ended_within(pid, 100);
	}
	return arg;
}

static void *spawns(void *arg)
{
	pthread_t thread;

	for (;;)
		if (!pthread_create(&thread, NULL, nothing, NULL))
			pthread_detach(thread);
	return arg;
}

static struct layer_common *common_page(void)
{
	return (struct layer_common *)(layer.text + LAYER_COMMON_OFFSET);
}

static uint64_t lie(void)
{
	switch (below(6)) {
	case 0:
		return below(16);
	case 1:
		return (uintptr_t)layer.text + below(0x1000);
	case 2:
		return (uintptr_t)layer.channels + below(0x50000);
	case 3:
		return below(40000);	/* a thread's id, a number */
	case 4:
		return 0;
	}
	return any() >> below(64);
}

/* Channels 0 to 3, mostly their heads and frames, and the common page. */
static void scribble_once(void)
{
	struct layer_common *common = common_page();
	char *ch = layer.channels + below(4) * CHANNEL_SIZE;

	switch (below(8)) {
	case 0:
		common->done = below(2) ? (uint32_t)lie() : common->done + below(9) - 4;
		break;
	case 1:
		common->waiters = below(2);
		break;
	case 2:
		common->result[below(RING_OPS)] = lie();
		break;
	case 3:
	case 4:
		((uint64_t *)ch)[below(48)] = lie();
		break;
	case 5:
		((struct channel *)ch)->state = below(16);
		break;
	default:
		((uint64_t *)(ch + CHANNEL_SIGNAL_STACK))[below(0x8000 / 8)] = lie();
	}
}

static void scribble_for(long ms, unsigned pause)
{
	for (long until = now_ms() + ms; now_ms() < until;)
		for (int i = 0; i < 64; i++) {
			scribble_once();
			for (unsigned k = below(pause + 1); k > 0; k--)
				__asm__ volatile("pause");
		}
}

static void scribble_over_siblings(void)
{
	void *(*const work[])(void *) = { calls, forks, spawns };
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		if (!pthread_create(&thread, NULL, work[i], NULL))
			reachable(layer.channels + (i + 1) * CHANNEL_SIZE, true);
	scribble_for(40, below(2) ? 0 : 2000);
	_exit(0);
}

static void scribble_over_own(void)
{
	scribble_for(20, below(2) ? 0 : 2000);
	fork();
	_exit(0);
}

static int scribbles(void)
{
	return in_children(25, scribble_over_siblings);
}

static int own_scribbles(void)
{
	return in_children(25, scribble_over_own);
}

/* What the mapper has done is said to be more or less than it has. */
static void done_lies(void)
{
	struct layer_common *common = common_page();
	pthread_t thread;

	pthread_create(&thread, NULL, calls, NULL);
	pthread_create(&thread, NULL, forks, NULL);
	for (long until = now_ms() + 30; now_ms() < until;)
		__atomic_store_n(&common->done, below(2) ? ~0U / 2 : 0, __ATOMIC_SEQ_CST);
	_exit(0);
}

static int mapper_lies(void)
{
	return in_children(15, done_lies);
}

/* Which threads there are is written by the mapper where we can change it. */
static void result_lies(void)
{
	struct layer_common *common = common_page();
	pthread_t thread;

	pthread_create(&thread, NULL, spawns, NULL);
	for (long until = now_ms() + 30; now_ms() < until;)
		common->result[below(RING_OPS)] = below(2) ? (uint64_t)getpid() : lie();
	_exit(0);
}

static int thread_lies(void)
{
	return in_children(15, result_lies);
}

static int vfork_scribbles(void)
{
	pid_t pid = vfork();

	if (!pid) {
		for (int i = 0; i < 3000; i++)
			((uint64_t *)layer.channels)[2 + below(30)] = lie();
		execl(self_path, self_path, "victim", "50", (char *)NULL);
		_exit(1);
	}
	return 0;
}

static const struct row rows[] = {
	{ "calls that were not made", call_lies, 20000 },
	{ "traps that did not happen", trap_lies, 20000 },
	{ "each state", state_lies, 20000 },
	{ "calls that refuse to give registers", call_without_registers, 30000 },
	{ "... with signals blocked", call_blocked, 50 },
	{ "scribbles over siblings", scribbles, 30000 },
	{ "scribbles over its own", own_scribbles, 30000 },
	{ "lies about the mapper", mapper_lies, 20000 },
	{ "lies about threads", thread_lies, 20000 },
	{ "a vfork child scribbles", vfork_scribbles, 2000 },
};

/* --- the fuzzer: children that scribble in all ways, until the time is over */

static void fuzz_child(void)
{
	switch (below(4)) {
	case 0:
		forged_calls();
		break;
	case 1:
		forged_traps();
		break;
	case 2:
		scribble_over_own();
		break;
	default:
		scribble_over_siblings();
	}
}

static int fuzz(uint64_t seed, long seconds)
{
	long until = now_ms() + seconds * 1000;
	unsigned children = 0;

	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	find_layer();
	canary_fill();
	chance_state = seed * 0x9e3779b97f4a7c15ULL + 1;
	while (now_ms() < until) {
		pid_t pid = fork();

		children++;
		any();
		if (!pid) {
			fuzz_child();
			_exit(0);
		}
		if (ended_within(pid, 60) < 0) {
			kill(pid, SIGKILL);
			if (ended_within(pid, 8000) < 0)
				return said("fuzz", "a child cannot be killed"), 1;
		}
		if (children % 8 == 0 && !aftermath("fuzz"))
			return 1;
	}
	printf("ok fuzz, %u children\nsurvived\n", children);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "fuzz"))
		return fuzz(strtoull(argv[2], NULL, 0), atol(argv[3]));
	return attack_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}
