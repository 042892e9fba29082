/*
 * Guest code that lies to the reflect gate by forged signal frames: registers, masks, signal
 * stacks and floating point of its choice, given to the host's own sigreturn.
 *
 *	reflect_attack_frames [ROW]
 */
#include "reflect_attack_rows.h"

#include <linux/futex.h>

static ucontext_t frame;

/* --- signals blocked, signal stacks of its own choice */

static void call_on(void)
{
	for (;;)
		getppid();
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

static int blocked_call(void)
{
	return go_on_blocked(call_on);
}

static int blocked_spin(void)
{
	return go_on_blocked(spin_on);
}

static int blocked_sleep(void)
{
	return go_on_blocked(sleep_in_layer);
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

/* --- nonsense in parts of a frame, and in all of it */

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
};

int main(int argc, char **argv)
{
	return attack_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}
