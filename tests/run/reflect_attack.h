/*
 * The tools of the programs that attack the reflect gate from within a guest: where the layer is,
 * jumps into it with registers of one's choice, forged sigreturns, chance.  How their attacks are
 * run and judged: reflect_attack_rows.h.
 */
#ifndef REFLECT_ATTACK_H
#define REFLECT_ATTACK_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "um/layer.h"

enum { HARM = 42, PAGE = 4096 };

/* --- the layer, as a guest finds it */

static struct {
	char *text, *channels;
	size_t size;
	struct channel *own;
	char *site[64];		/* `syscall` instructions, or bytes that are one */
	unsigned nr_sites;
	char *last_site;	/* rt_sigreturn's: what follows traps */
	char *call;		/* where trampolines enter */
} layer;

static sigjmp_buf probing;

static inline void probe_failed(int sig)
{
	siglongjmp(probing, sig);
}

/* Is the byte there, by reading it or by writing what it holds already? */
static inline bool reachable(volatile char *p, bool write)
{
	struct sigaction act = { .sa_handler = probe_failed }, old[2];
	bool is = false;

	sigaction(SIGSEGV, &act, &old[0]);
	sigaction(SIGBUS, &act, &old[1]);
	if (!sigsetjmp(probing, 1)) {
		char c = *p;

		if (write)
			*p = c;
		is = true;
	}
	sigaction(SIGSEGV, &old[0], NULL);
	sigaction(SIGBUS, &old[1], NULL);
	return is;
}

static inline struct channel *own_channel(void)
{
	struct channel *ch;

	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(ch) : "i"(CHO_SELF));
	return ch;
}

/* movq %rcx, %gs:...; only the way in for calls begins so. */
static const char call_begins[] = { 0x65, 0x48, (char)0x89, 0x0c, 0x25 };

static inline bool is_layer(char *at)
{
	if (!reachable(at, false))
		return false;
	return memmem(at, PAGE, call_begins, sizeof(call_begins)) != NULL;
}

static inline void find_sites(void)
{
	for (size_t i = 0; i + 1 < layer.size; i++) {
		char *p = layer.text + i;

		if (p[0] != 0x0f || p[1] != 0x05)
			continue;
		if (layer.nr_sites < sizeof(layer.site) / sizeof(layer.site[0]))
			layer.site[layer.nr_sites++] = p;
		if (i >= 5 && p[-5] == (char)0xb8 && p[-4] == SYS_rt_sigreturn)
			layer.last_site = p;
	}
}

static inline void find_layer(void)
{
	struct channel *ch = own_channel();
	char *at = (char *)ch - LAYER_CHANNELS_OFFSET;

	layer.own = ch;
	while (!is_layer(at))
		at -= CHANNEL_SIZE;
	layer.text = at;
	layer.channels = at + LAYER_CHANNELS_OFFSET;
	while (layer.size < LAYER_TEXT_ROOM && reachable(at + layer.size, false))
		layer.size += PAGE;
	layer.call = memmem(at, layer.size, call_begins, sizeof(call_begins));
	find_sites();
	if (!layer.nr_sites || !layer.last_site) {
		printf("not ok no system calls are found in the layer\n");
		exit(1);
	}
}

/* --- jumps */

struct jump {
	unsigned long ip, sp, ax, di, si, dx, r10, r8, r9, bx, r15, cx;
};

void jump_to(const struct jump *jump) __attribute__((noreturn));
__asm__(".text\n"
	"jump_to:\n"
	"	movq 16(%rdi), %rax\n"
	"	movq 32(%rdi), %rsi\n"
	"	movq 40(%rdi), %rdx\n"
	"	movq 48(%rdi), %r10\n"
	"	movq 56(%rdi), %r8\n"
	"	movq 64(%rdi), %r9\n"
	"	movq 72(%rdi), %rbx\n"
	"	movq 80(%rdi), %r15\n"
	"	movq 88(%rdi), %rcx\n"
	"	movq 8(%rdi), %rsp\n"
	"	movq 0(%rdi), %r11\n"
	"	movq 24(%rdi), %rdi\n"
	"	jmp *%r11\n");

static char landing_stack[65536] __attribute__((aligned(64)));

/* Makes a system call from the layer's own last one.  What follows there traps, K takes the
 * registers from the channel, and so `landed` runs, unless the process has been killed.  The
 * call that K sees meanwhile is getpid. */
static inline void call_in_layer(void (*landed)(void), long nr, const unsigned long a[6])
{
	struct channel *ch = own_channel();
	struct jump jump = { .ip = (unsigned long)layer.last_site, .ax = (unsigned long)nr, .di = a[0],
			     .si = a[1], .dx = a[2], .r10 = a[3], .r8 = a[4], .r9 = a[5] };

	jump.sp = (unsigned long)landing_stack + sizeof(landing_stack) / 2 - 8;
	ch->save[0] = jump.sp;
	ch->save[7] = (unsigned long)landed;
	ch->nr = SYS_getpid;
	jump_to(&jump);
}

/* The host's rt_sigreturn with a frame of one's own. */
static inline void host_sigreturn(const ucontext_t *uc)
{
	struct jump jump = { .ip = (unsigned long)layer.last_site, .sp = (unsigned long)uc,
			     .ax = SYS_rt_sigreturn };

	jump_to(&jump);
}

/* A frame that goes on at `ip` on the landing stack, with the signal mask of a guest thread. */
static inline void frame_for(ucontext_t *uc, void (*ip)(void))
{
	const uint64_t mask = ~(1ULL << (SIGSYS - 1) | 1ULL << (SIGSEGV - 1) | 1ULL << (SIGBUS - 1) |
				1ULL << (SIGTRAP - 1) | 1ULL << (SIGILL - 1) | 1ULL << (SIGFPE - 1) |
				1ULL << (SIGUSR2 - 1));
	const unsigned long selectors = 0x002b000000000033UL;	/* ss, cs of 64-bit code */

	memset(uc, 0, sizeof(*uc));
	memcpy(&uc->uc_sigmask, &mask, sizeof(mask));
	uc->uc_stack.ss_sp = (char *)own_channel() + CHANNEL_SIGNAL_STACK;
	uc->uc_stack.ss_size = CHANNEL_SIZE - CHANNEL_SIGNAL_STACK;
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)ip;
	uc->uc_mcontext.gregs[REG_RSP] = (greg_t)(landing_stack + sizeof(landing_stack) - 8);
	uc->uc_mcontext.gregs[REG_EFL] = 0x202;
	uc->uc_mcontext.gregs[REG_CSGSFS] = (greg_t)selectors;
}

/* Goes on at `ip` with all signals blocked, the kernel's own too. */
static inline int go_on_blocked(void (*ip)(void))
{
	static ucontext_t frame;

	frame_for(&frame, ip);
	memset(&frame.uc_sigmask, 0xff, 8);
	host_sigreturn(&frame);
	return 0;
}

/* Tells the kernel that the channel's thread has trapped, by this signal. */
static inline void forge_trap(struct channel *ch, int sig)
{
	ch->sig = (uint32_t)sig;
	__atomic_store_n(&ch->state, CH_TRAP, __ATOMIC_SEQ_CST);
}

/* --- where an attack may go on */

static inline void end_well(void)
{
	_exit(0);
}

static inline void spin_on(void)
{
	for (;;)
		;
}

static inline void *nothing(void *arg)
{
	return arg;
}

/* --- chance */

static __thread uint64_t chance_state = 88172645463325252ULL;

static inline uint64_t any(void)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return chance_state * 0x2545f4914f6cdd1dULL;
}

static inline unsigned below(unsigned n)
{
	return (unsigned)(any() >> 33) % n;
}

#endif
