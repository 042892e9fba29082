/*
 * Guest code that uses the layer's entry for calls without a trap as it may be used, by hand: the
 * registers come back while signals interrupt it, and no other process finds them afterwards.
 *
 *	reflect_attack_entry [ROW]
 */
#include "reflect_attack_rows.h"

#include <sys/time.h>

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
	{ "calls by hand under signals", calls_under_signals, 8000 },
	{ "nothing is left in a channel", secrets, 8000 },
};

int main(int argc, char **argv)
{
	return attack_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}
