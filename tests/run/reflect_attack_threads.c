/*
 * Guest code that lies to the reflect gate about its threads: they end, die or go on where the
 * kernel believes them asleep, and there are more of them than anybody needs.
 *
 *	reflect_attack_threads [ROW]
 */
#include "reflect_attack_rows.h"

#include <linux/futex.h>

/* --- host threads that end without the kernel's doing */

static void end_host_thread(void)
{
	const unsigned long none[6] = { 0 };

	call_in_layer(end_well, SYS_exit, none);
}

static int host_thread_ends(void)
{
	end_host_thread();
	return 0;
}

static void *ends_alone(void *arg)
{
	end_host_thread();
	return arg;
}

static int host_thread_ends_beside(void)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++)
		pthread_create(&thread, NULL, ends_alone, NULL);
	sleep_ms(10);
	_exit(0);
}

/* Processes that the host kills at the same moment: each is noticed. */
static int deaths_at_once(void)
{
	const unsigned long none[6] = { 0 };
	long at = now_ms() + 60;
	pid_t pid[16];

	for (int i = 0; i < 16; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			while (now_ms() < at)
				;
			call_in_layer(end_well, SYS_socket, none);
		}
	}
	for (int i = 0; i < 16; i++)
		if (ended_within(pid[i], 4000) < 0)
			return HARM;
	return 0;
}

static void *works_the_mapper(void *arg)
{
	for (;;) {
		char *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
		pid_t pid;

		memset(p, 1, 16 * PAGE);
		pid = fork();
		if (!pid)
			_exit(0);
		munmap(p, 16 * PAGE);
		waitpid(pid, NULL, 0);
	}
	return arg;
}

/* ... also while the kernel itself waits for that process's mapper. */
static void dies_while_mapping(void)
{
	const unsigned long none[6] = { 0 };
	pthread_t thread;

	pthread_create(&thread, NULL, works_the_mapper, NULL);
	pthread_create(&thread, NULL, works_the_mapper, NULL);
	for (long until = now_ms() + 1 + below(8); now_ms() < until;)
		;
	call_in_layer(end_well, SYS_socket, none);
}

static int deaths_while_mapping(void)
{
	return in_children(60, dies_while_mapping);
}

/* --- threads that seem to sleep, and run on in the layer */

/* The mapper's loop with a ring of one's own making, in the channel: calls that are allowed, one
 * after the other.  Meanwhile the channel says that the thread has made a call and sleeps. */
static void run_forged_ring(struct channel *ch)
{
	struct ring *ring = (struct ring *)((char *)ch + 0x3000);
	char *loop = NULL;

	for (char *p = layer.text; p < layer.text + layer.size - 8; p++)
		if (!memcmp(p, "\x44\x8b\x33\x45\x39\xf7", 6))	/* movl (%rbx), %r14d; cmpl %r14d, %r15d */
			loop = p;
	if (!loop) {
		said("the mapper's loop", "it is not found");
		_exit(HARM);
	}
	memset(ring, 0, 0x4800);
	ring->posted = 1U << 31;
	for (int i = 0; i < RING_OPS; i++)
		ring->op[i] = (struct ring_op){
			.nr = SYS_futex, .arg = { (uint64_t)&ch->state, FUTEX_WAKE, 1 } };
	jump_to(&(struct jump){ .ip = (unsigned long)loop, .bx = (unsigned long)ring,
				.sp = (unsigned long)ch + CHANNEL_CALL_STACK });
}

/* Asks for the end of the process while it lives on. */
static int ends_awake(void)
{
	struct channel *ch = own_channel();

	memset(ch->arg, 0, sizeof(ch->arg));
	ch->nr = SYS_getpid;
	ch->save[7] = (uint64_t)end_well;
	run_forged_ring(ch);
	return 0;
}

static pthread_t other_thread;
static struct channel *volatile other_channel;

static void *stays_awake(void *arg)
{
	other_channel = own_channel();
	run_forged_ring(other_channel);
	return arg;
}

/* The sibling is taken for asleep in all that the space can write. */
static int survives_exit(void)
{
	pthread_create(&other_thread, NULL, stays_awake, NULL);
	while (!other_channel)
		sched_yield();
	sleep_ms(1);
	__atomic_store_n(&other_channel->state, CH_TRAP_ASLEEP, __ATOMIC_SEQ_CST);
	_exit(0);
}

static int survives_exec(void)
{
	pthread_create(&other_thread, NULL, stays_awake, NULL);
	while (!other_channel)
		sched_yield();
	__atomic_store_n(&other_channel->state, CH_TRAP_ASLEEP, __ATOMIC_SEQ_CST);
	execl(self_path, self_path, "victim", "150", (char *)NULL);
	return 0;
}

/* A call of exit_group that is made by the thread's channel, not by the thread. */
static void *ends_by_lie(void *arg)
{
	struct channel *ch = arg;

	sleep_ms(5);
	memset(ch->arg, 0, sizeof(ch->arg));
	ch->nr = SYS_exit_group;
	forge_trap(ch, SIGSYS);
	spin_on();
	return NULL;
}

static int ended_by_sibling(void)
{
	pthread_create(&other_thread, NULL, ends_by_lie, own_channel());
	ends_awake();
	return 0;
}

/* Two that are awake in turn: whenever one of them is looked at, it sleeps. */
static void *naps(void *arg)
{
	volatile uint32_t *turn = arg;

	for (;;) {
		struct channel *ch = own_channel();

		__atomic_store_n(&ch->state, CH_TRAP_ASLEEP, __ATOMIC_SEQ_CST);
		syscall(SYS_futex, turn, FUTEX_WAIT, *turn, &(struct timespec){ 0, 50000 });
		++*turn;
		__atomic_store_n(&((struct channel *)layer.channels)->state, below(15), __ATOMIC_SEQ_CST);
	}
	return arg;
}

static int nap_in_turn(void)
{
	static uint32_t turn;

	for (int i = 0; i < 3; i++)
		pthread_create(&other_thread, NULL, naps, &turn);
	sleep_ms(40);
	_exit(0);
}

/* --- too much of everything */

/* New threads that do not get a CPU, while requests pass that must not be theirs. */
static int flood(void)
{
	pthread_t thread;

	for (int i = 0; i < 12; i++)
		pthread_create(&thread, NULL, (void *(*)(void *))spin_on, NULL);
	for (long until = now_ms() + 1500; now_ms() < until;) {
		char *p = mmap(NULL, 600 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || pthread_create(&thread, NULL, nothing, NULL))
			break;
		pthread_detach(thread);
		for (int i = 0; i < 600; i += 2)
			p[i * PAGE] = 1;
		for (int i = 0; i < 600; i += 2)
			madvise(p + i * PAGE, PAGE, MADV_DONTNEED);
		for (int i = 0; i < 600; i += 2)
			if (p[i * PAGE])
				return HARM;
		munmap(p, 600 * PAGE);
	}
	_exit(0);
}

static void *sleeps(void *arg)
{
	pause();
	return arg;
}

static int many_threads(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	for (int i = 0; i < 1500; i++)
		if (pthread_create(&thread, &attr, sleeps, NULL))
			break;
	_exit(0);
}

/* More pieces than the host allows mappings: nothing stays mapped that should not. */
static int many_pieces(void)
{
	const size_t nr = 20000;
	char *p = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < nr; i++)
		p[i * PAGE] = 1;
	for (size_t i = 0; i < nr; i += 2)
		munmap(p + i * PAGE, PAGE);
	for (size_t i = 0; i < nr; i += 997)
		if (reachable(p + i * PAGE, false) != (i % 2 == 1))
			return HARM;
	return 0;
}

static const struct row rows[] = {
	{ "a host thread ends", host_thread_ends, 50 },
	{ "host threads end beside others", host_thread_ends_beside, 2000 },
	{ "the host kills many at once", deaths_at_once, 20000 },
	{ "the host kills while the kernel waits", deaths_while_mapping, 30000 },
	{ "awake at its end", ends_awake, 50 },
	{ "awake at its end, by a sibling's lie", ended_by_sibling, 300 },
	{ "awake when a sibling ends all", survives_exit, 2000 },
	{ "awake when a sibling makes exec", survives_exec, 5000 },
	{ "awake in turn", nap_in_turn, 2000 },
	{ "new threads while requests pass", flood, 8000 },
	{ "threads without end", many_threads, 20000 },
	{ "pieces without end", many_pieces, 30000 },
};

int main(int argc, char **argv)
{
	return attack_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}
