/*
 * Guest code that lies to the reflect gate: forged frames, requests that nobody made, threads
 * that seem to wait and do not, words changed under the kernel's hands; and what becomes of the
 * host process that it did so in, when another guest process gets that.
 *
 *	reflect_attack_lies [ROW]
 *	reflect_attack_lies fuzz SEED SECONDS
 */
#include "reflect_attack.h"

#include <asm/prctl.h>
#include <linux/futex.h>
#include <sys/resource.h>
#include <sys/time.h>

static ucontext_t frame;

/* --- forged sigreturns */

static void end_well(void)
{
	_exit(0);
}

static void call_on(void)
{
	for (;;)
		getppid();
}

static void spin_on(void)
{
	for (;;)
		;
}

static void sleep_in_layer(void)
{
	static uint32_t word;
	const unsigned long a[6] = { (unsigned long)&word, FUTEX_WAIT, 0, 0 };

	call_in_layer(spin_on, SYS_futex, a);
}

static void fault_on(void)
{
	__asm__ volatile("movl $0, 16");
}

static int return_to(void (*ip)(void), bool blocked)
{
	frame_for(&frame, ip);
	if (blocked)
		memset(&frame.uc_sigmask, 0xff, 8);
	host_sigreturn(&frame);
	return 0;
}

static int blocked_call(void)
{
	return return_to(call_on, true);
}

static int blocked_spin(void)
{
	return return_to(spin_on, true);
}

static int blocked_sleep(void)
{
	return return_to(sleep_in_layer, true);
}

/* Where the layer's handler sleeps: the system call that a look at the stack pointer follows. */
static char *handlers_sleep(void)
{
	for (unsigned i = 0; i < layer.nr_sites; i++)
		if (!memcmp(layer.site[i] + 2, "\x48\x89\xe7\x48\x81\xe7", 6))	/* movq %rsp, %rdi; andq */
			return layer.site[i];
	said("the handler's sleep", "it is not found");
	_exit(HARM);
}

/* Ends the process by a forged trap, the thread asleep at the very place where it should be, but
 * for the signal stack: the host keeps one that covers all when a later frame's stack pointer is
 * on it, and then the next process there has no other. */
static int whole_stack(void)
{
	struct channel *ch = own_channel();
	ucontext_t *trap;

	frame_for(&frame, (void (*)(void))handlers_sleep());
	frame.uc_stack.ss_sp = NULL;
	frame.uc_stack.ss_size = ~0UL;
	frame.uc_mcontext.gregs[REG_RSP] = (greg_t)ch->frame;
	frame.uc_mcontext.gregs[REG_RAX] = SYS_futex;
	frame.uc_mcontext.gregs[REG_RDI] = (greg_t)&ch->state;
	frame.uc_mcontext.gregs[REG_RDX] = CH_TRAP_ASLEEP;
	memset(&frame.uc_sigmask, 0xff, 8);
	/* A frame as it should be, to be changed; no fault may come after it. */
	__asm__ volatile("syscall" :: "a"(SYS_getppid) : "rcx", "r11", "memory");
	trap = (ucontext_t *)(ch->frame + 8);
	trap->uc_mcontext.gregs[REG_RAX] = SYS_exit_group;
	trap->uc_mcontext.gregs[REG_RDI] = 0;
	ch->sig = SIGSYS;
	__atomic_store_n(&ch->state, CH_TRAP_ASLEEP, __ATOMIC_SEQ_CST);
	host_sigreturn(&frame);
	return 0;
}

static int stack_elsewhere(void)
{
	static char stack[65536];

	frame_for(&frame, fault_on);
	frame.uc_stack.ss_sp = stack;
	frame.uc_stack.ss_size = sizeof(stack);
	host_sigreturn(&frame);
	return 0;
}

static int stack_at_the_edge(void)
{
	frame_for(&frame, fault_on);
	frame.uc_stack.ss_sp = (char *)own_channel() - 4096;
	frame.uc_stack.ss_size = 8192;
	host_sigreturn(&frame);
	return 0;
}

/* Each in a child; none may be impossible to kill. */
static int in_children(int nr, void (*attack)(void))
{
	for (int i = 0; i < nr; i++) {
		pid_t pid = fork();

		if (!pid) {
			chance_state ^= (uint64_t)i * 0x9e3779b97f4a7c15ULL;
			attack();
			_exit(0);
		}
		if (ended_within(pid, 50) >= 0)
			continue;
		kill(pid, SIGKILL);
		if (ended_within(pid, 5000) < 0)
			return HARM;
	}
	return 0;
}

static void odd_fp(void)
{
	static char area[8192] __attribute__((aligned(64)));

	frame_for(&frame, end_well);
	for (size_t i = 0; i < sizeof(area); i++)
		area[i] = (char)any();
	if (below(2))		/* nearly right: the magic words that say how long it is */
		memcpy(area + 464, (uint32_t[]){ 0x46505853, 2696 + below(400), 0xff, 0, 2692 }, 20);
	frame.uc_mcontext.fpregs = (void *)(below(4) ? area + below(2) : (char *)any());
	host_sigreturn(&frame);
}

static void odd_selectors(void)
{
	frame_for(&frame, end_well);
	frame.uc_mcontext.gregs[REG_CSGSFS] = (greg_t)(below(3) ? any() : 0x002b000000000023UL);
	frame.uc_flags = below(8);
	host_sigreturn(&frame);
}

static void odd_place(void)
{
	frame_for(&frame, end_well);
	frame.uc_mcontext.gregs[REG_RIP] = (greg_t)(below(2) ? any() : (uintptr_t)layer.text + below(4096));
	frame.uc_mcontext.gregs[REG_RSP] = (greg_t)(below(2) ? any() : (uintptr_t)own_channel() + below(65536));
	frame.uc_mcontext.gregs[REG_EFL] = (greg_t)any();
	host_sigreturn(&frame);
}

static void odd_all(void)
{
	for (size_t i = 0; i < sizeof(frame) / 8; i++)
		((uint64_t *)&frame)[i] = any() >> below(64);
	host_sigreturn(&frame);
}

static int odd_fps(void)
{
	return in_children(40, odd_fp);
}

static int odd_selector_values(void)
{
	return in_children(60, odd_selectors);
}

static int odd_places(void)
{
	return in_children(60, odd_place);
}

static int odd_frames(void)
{
	return in_children(60, odd_all);
}

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

/* --- requests that nobody made */

static void forge_trap(struct channel *ch, int sig)
{
	ch->sig = (uint32_t)sig;
	__atomic_store_n(&ch->state, CH_TRAP, __ATOMIC_SEQ_CST);
}

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
	return return_to(lie_blocked, true);
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

static void *nothing(void *arg)
{
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

/* --- calls without a trap, by hand, while signals come */

static volatile long interruptions;

static void interrupt(int sig)
{
	interruptions += sig != 0;
}

/* All registers but rax, rcx and r11 must be as before, and so must the flags and the red zone. */
long call_by_hand(long nr, const void *entry);
__asm__(".text\n"
	"call_by_hand:\n"
	"	pushq %rbx\n	pushq %rbp\n	pushq %r12\n	pushq %r13\n	pushq %r14\n	pushq %r15\n"
	"	movq %rdi, %rax\n	movq %rsi, %r11\n"
	"	movq $0x1111, %rdi\n	movq $0x2222, %rsi\n	movq $0x3333, %rdx\n"
	"	movq $0x4444, %r10\n	movq $0x5555, %r8\n	movq $0x6666, %r9\n"
	"	movq $0x7777, %rbx\n	movq $0x8888, %rbp\n	movq $0x9999, %r12\n"
	"	movq $0xaaaa, %r13\n	movq $0xbbbb, %r14\n	movq $0xcccc, %r15\n"
	"	movq $0xdddd, -8(%rsp)\n	movq $0xeeee, -120(%rsp)\n"
	"	leaq 1f(%rip), %rcx\n"
	"	stc\n"
	"	jmp *%r11\n"
	"	.byte 0x0f, 0x05\n"	/* a signal returns to before the call here, to make it so */
	"1:	jnc 9f\n"
	"	cmpq $0x1111, %rdi\n	jne 9f\n	cmpq $0x2222, %rsi\n	jne 9f\n"
	"	cmpq $0x3333, %rdx\n	jne 9f\n	cmpq $0x4444, %r10\n	jne 9f\n"
	"	cmpq $0x5555, %r8\n	jne 9f\n	cmpq $0x6666, %r9\n	jne 9f\n"
	"	cmpq $0x7777, %rbx\n	jne 9f\n	cmpq $0x8888, %rbp\n	jne 9f\n"
	"	cmpq $0x9999, %r12\n	jne 9f\n	cmpq $0xaaaa, %r13\n	jne 9f\n"
	"	cmpq $0xbbbb, %r14\n	jne 9f\n	cmpq $0xcccc, %r15\n	jne 9f\n"
	"	cmpq $0xdddd, -8(%rsp)\n	jne 9f\n	cmpq $0xeeee, -120(%rsp)\n	jne 9f\n"
	"	jmp 8f\n"
	"9:	movq $-99999, %rax\n"
	"8:	popq %r15\n	popq %r14\n	popq %r13\n	popq %r12\n	popq %rbp\n	popq %rbx\n"
	"	ret\n");

static int calls_under_signals(void)
{
	const struct itimerval often = { { 0, 60 }, { 0, 60 } }, never = { { 0, 0 }, { 0, 0 } };
	const long nrs[] = { SYS_getpid, SYS_getppid, SYS_getpgrp, SYS_sched_yield, SYS_gettid };
	const long want[] = { getpid(), getppid(), getpgrp(), 0, getpid() };
	struct sigaction act = { .sa_handler = interrupt };
	long until = now_ms() + 1500;
	int result = 0;

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (now_ms() < until && !result)
		for (int i = 0; i < 5; i++)
			if (call_by_hand(nrs[i], layer.call) != want[i])
				result = HARM;
	setitimer(ITIMER_REAL, &never, NULL);
	return interruptions > 20 ? result : 1;
}

/* --- what a process leaves behind */

#define SECRET 0x5ec4e75ec4e75ec4UL

/* A call as a rewritten site makes it, which takes so long that the layer saves all registers. */
static int leaves_secret(void)
{
	__asm__ volatile("movq %0, %%r12\n\tmovq %0, %%r13\n\tmovq %0, %%r14\n\tmovq %0, %%r15\n\t"
			 "xorl %%edi, %%edi\n\txorl %%esi, %%esi\n\tmovl $5, %%edx\n\t"
			 "movl %2, %%eax\n\tleaq 1f(%%rip), %%rcx\n\tjmp *%1\n"
			 "1:\tmovl %3, %%eax\n\txorl %%edi, %%edi\n\tsyscall"
			 :: "r"(SECRET), "b"(layer.call), "i"(SYS_poll), "i"(SYS_exit_group)
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r11", "r12", "r13", "r14", "r15", "memory",
			   "cc");
	return 0;
}

static int finds_secret(void)
{
	volatile uint64_t *word = (volatile uint64_t *)own_channel();

	for (size_t i = 0; i < CHANNEL_SIZE / 8; i++)
		if (word[i] == SECRET)
			return HARM;
	return 0;
}

static int secrets(void)
{
	for (int i = 0; i < 40; i++) {
		int status = 0;
		pid_t pid = fork();

		if (!pid)
			_exit(i % 3 ? finds_secret() : leaves_secret());
		waitpid(pid, &status, 0);
		if (i % 3 && WIFEXITED(status) && WEXITSTATUS(status) == HARM)
			return HARM;
		sleep_ms(3);
	}
	return 0;
}

static const struct row rows[] = {
	{ "sigreturn: signals blocked, calls", blocked_call, 200 },
	{ "sigreturn: signals blocked, spins", blocked_spin, 50 },
	{ "sigreturn: signals blocked, sleeps in the layer", blocked_sleep, 50 },
	{ "sigreturn: all memory as signal stack", whole_stack, 0 },
	{ "sigreturn: a signal stack elsewhere", stack_elsewhere, 50 },
	{ "sigreturn: a signal stack between channels", stack_at_the_edge, 50 },
	{ "sigreturn: floating point of nonsense", odd_fps, 20000 },
	{ "sigreturn: selectors", odd_selector_values, 20000 },
	{ "sigreturn: places and flags", odd_places, 20000 },
	{ "sigreturn: nonsense", odd_frames, 20000 },
	{ "a host thread ends", host_thread_ends, 50 },
	{ "host threads end beside others", host_thread_ends_beside, 2000 },
	{ "the host kills many at once", deaths_at_once, 20000 },
	{ "the host kills while the kernel waits", deaths_while_mapping, 30000 },
	{ "calls that were not made", call_lies, 20000 },
	{ "traps that did not happen", trap_lies, 20000 },
	{ "each state", state_lies, 20000 },
	{ "calls that refuse to give registers", call_without_registers, 30000 },
	{ "... with signals blocked", call_blocked, 50 },
	{ "awake at its end", ends_awake, 50 },
	{ "awake at its end, by a sibling's lie", ended_by_sibling, 300 },
	{ "awake when a sibling ends all", survives_exit, 2000 },
	{ "awake when a sibling makes exec", survives_exec, 5000 },
	{ "awake in turn", nap_in_turn, 2000 },
	{ "scribbles over siblings", scribbles, 30000 },
	{ "scribbles over its own", own_scribbles, 30000 },
	{ "lies about the mapper", mapper_lies, 20000 },
	{ "lies about threads", thread_lies, 20000 },
	{ "a vfork child scribbles", vfork_scribbles, 2000 },
	{ "new threads while requests pass", flood, 8000 },
	{ "threads without end", many_threads, 20000 },
	{ "pieces without end", many_pieces, 30000 },
	{ "calls by hand under signals", calls_under_signals, 8000 },
	{ "nothing is left in a channel", secrets, 8000 },
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
	self_path = "/proc/self/exe";
	if (argc > 2 && !strcmp(argv[1], "victim"))
		return victim(atol(argv[2]));
	find_layer();
	if (argc > 3 && !strcmp(argv[1], "fuzz"))
		return fuzz(strtoull(argv[2], NULL, 0), atol(argv[3]));
	return run_rows(rows, sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
