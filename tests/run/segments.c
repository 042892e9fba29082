/*
 * Programs that play with segments, on i386: jumps to 64-bit code, where a system call has another
 * number and another way in; selectors of every kind; signal frames with such selectors.
 * They may get any error or signal, but no answer of the host's.  Says "survived" at its end.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef __i386__
int main(void)
{
	puts("skip: segments are i386's");
	return 0;
}
#else
#include <asm/ldt.h>

#define CODE64 "0x33"	/* the selector of 64-bit user code, under a 64-bit kernel */

static long *shared;	/* what a child found out */

/* By the instruction `syscall`, in 64-bit code; the call's arguments are of no use to anybody. */
static long call64(long nr)
{
	long result;

	__asm__ volatile("lcall $" CODE64 ", $1f\n\t"
			 "jmp 2f\n\t"
			 ".code64\n"
			 "1:\tsyscall\n\t"
			 "lretl\n\t"
			 ".code32\n"
			 "2:"
			 : "=a"(result)
			 : "a"(nr), "b"(-1), "D"(-1), "S"(0), "d"(0)
			 : "ecx", "memory");
	return result;
}

static long int80_64(long nr)
{
	long result;

	__asm__ volatile("lcall $" CODE64 ", $1f\n\t"
			 "jmp 2f\n\t"
			 ".code64\n"
			 "1:\tint $0x80\n\t"
			 "lretl\n\t"
			 ".code32\n"
			 "2:"
			 : "=a"(result)
			 : "a"(nr)
			 : "ecx", "memory");
	return result;
}

/* What a child makes of fn(arg); -1 if it dies of it. */
static long in_child(long (*fn)(long arg), long arg)
{
	pid_t pid = fork();
	int status;

	*shared = -1;
	if (!pid) {
		*shared = fn(arg);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(99);
	return WIFSIGNALED(status) ? -1 : *shared;
}

static void code64(void)
{
	/* On x86_64: getpid, getuid, getppid, gettid, time, all of which answer with a number above
	 * 0 (the host's user of these tests may be 0).  On i386: mkdir, socketcall, iopl,
	 * sigaltstack, geteuid32, which do not. */
	static const int numbers[] = { 39, 102, 110, 186, 201 };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		printf("64-bit call %d: %s\n", numbers[i],
		       in_child(call64, numbers[i]) > 0 ? "ANSWERED" : "not answered");
}

static long own_pid64(long nr)
{
	return int80_64(nr) == getpid() ? 0 : 1;
}

static void code64_old_calls(void)
{
	printf("int $0x80 of 64-bit code: %s\n",
	       in_child(own_pid64, SYS_getpid) > 0 ? "ANOTHER ANSWER" : "own answer or none");
}

#define WITH(segment)                                                                              \
	static long with_##segment(long selector)                                                  \
	{                                                                                          \
		__asm__ volatile("movl %0, %%" #segment "\n\t"                                     \
				 "movl $20, %%eax\n\t"                                             \
				 "int $0x80\n\t"                                                   \
				 "movl $1, %%eax\n\t"                                              \
				 "xorl %%ebx, %%ebx\n\t"                                           \
				 "int $0x80"                                                       \
				 :                                                                 \
				 : "r"(selector)                                                   \
				 : "eax", "ebx", "memory");                                        \
		return 0;                                                                          \
	}
WITH(ds)
WITH(es)
WITH(fs)
WITH(gs)
WITH(ss)

static void selectors(void)
{
	for (long selector = 0; selector < 0x100; selector++) {
		if (selector % 4 == 1 || selector % 4 == 2)
			continue;
		in_child(with_ds, selector);
		in_child(with_es, selector);
		in_child(with_fs, selector);
		in_child(with_gs, selector);
		in_child(with_ss, selector);
	}
	puts("selectors: done");
}

static long frame_register;	/* of gregset_t */
static long frame_value;

static void change_frame(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[frame_register] = (int)frame_value;
}

static long return_with(long selector)
{
	struct sigaction act = { .sa_sigaction = change_frame, .sa_flags = SA_SIGINFO };

	frame_value = selector;
	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
	return 0;
}

static void frames(void)
{
	static const int registers[] = { REG_CS, REG_SS, REG_DS, REG_ES, REG_FS, REG_GS };
	static const long values[] = { 0, 3, 8, 0x10, 0x18, 0x23, 0x2b, 0x33, 0x60, 0x68, 0x73, 0x7b,
				       0x7f, 0x1003, 0xffff, 0x12340007 };

	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		frame_register = registers[i];
		for (unsigned k = 0; k < sizeof(values) / sizeof(values[0]); k++)
			in_child(return_with, values[k]);
	}
	puts("frames: done");
}

static long set_area(long seed)
{
	struct user_desc desc;

	srand((unsigned)seed);
	for (unsigned i = 0; i < 1000; i++) {
		for (size_t k = 0; k < sizeof(desc); k++)
			((unsigned char *)&desc)[k] = (unsigned char)rand();
		if (rand() % 4)
			desc.entry_number = rand() % 20 - 2;
		if (syscall(SYS_set_thread_area, &desc))
			continue;
		__asm__ volatile("movl %0, %%fs" :: "r"(desc.entry_number * 8 + 3));
	}
	return 0;
}

static void areas(void)
{
	for (long seed = 1; seed <= 20; seed++)
		in_child(set_area, seed);
	puts("areas: done");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	code64();
	code64_old_calls();
	selectors();
	frames();
	areas();
	puts("survived");
	return 0;
}
#endif
