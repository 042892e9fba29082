/*
 * The seccomp filters of spaces (seccomp(2), BPF).
 *
 * Outside the layer's text every system call traps: that is how guests make theirs.  Inside it
 * a mapper may do what a space is made and changed with; each guest thread then narrows its own
 * authority to what harms nobody but itself, since guest code can jump to any instruction of the
 * layer with any registers.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "um/err.h"
#include "um/layer.h"
#include "um/os_reflect.h"

#include "asm-um/archparam.h"
#include "space_filter.h"
#include "sysdep/layer.h"
#include "sysdep/layer_syscall.h"
#include "sysdep/ptrace.h"

/* Offsets of the halves of a 64-bit word of struct seccomp_data. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { LOW = 0, HIGH = 4 };
#else
enum { LOW = 4, HIGH = 0 };
#endif
#define IP_OFFSET offsetof(struct seccomp_data, instruction_pointer)
#define ARG_OFFSET(n) (offsetof(struct seccomp_data, args) + 8 * (size_t)(n))

struct filter {
	struct sock_filter code[160];
	unsigned nr;
};

static void add(struct filter *f, unsigned code, u8 jt, u8 jf, u32 k)
{
	f->code[f->nr++] = (struct sock_filter)BPF_JUMP(code, k, jt, jf);
}

static void load(struct filter *f, size_t offset)
{
	add(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, (u32)offset);
}

static void verdict(struct filter *f, u32 action)
{
	add(f, BPF_RET | BPF_K, 0, 0, action);
}

/* Where the first argument and the result share a register, and the frame has it once, the host takes
 * an argument of -ERESTART... for a result when it makes the frame of the trap: it becomes -EINTR, or
 * the call is set up to be made again (arch/arm64/kernel/signal.c, do_signal, is an example).  The
 * trap of such a call brings the argument's low half with it: si_errno, which else is 0. */
#ifdef REGNO_ORIG_ARG1
static void trap_restarts(struct filter *f, unsigned long text, size_t size)
{
	u64 end = (u64)text + size;
	const u64 first = -(unsigned long)ERESTART_RESTARTBLOCK;
	const u64 last = -(unsigned long)ERESTARTSYS;

	load(f, ARG_OFFSET(0) + HIGH);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 12, (u32)(first >> 32));
	load(f, ARG_OFFSET(0) + LOW);
	add(f, BPF_JMP | BPF_JGE | BPF_K, 0, 10, (u32)first);
	add(f, BPF_JMP | BPF_JGT | BPF_K, 9, 0, (u32)last);
	/* The layer's own calls may have anything there. */
	load(f, IP_OFFSET + HIGH);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, (u32)((u64)text >> 32));
	load(f, IP_OFFSET + LOW);
	add(f, BPF_JMP | BPF_JGE | BPF_K, 0, 1, (u32)text);
	add(f, BPF_JMP | BPF_JGT | BPF_K, 0, 4, (u32)end);
	load(f, ARG_OFFSET(0) + LOW);
	add(f, BPF_ALU | BPF_AND | BPF_K, 0, 0, SECCOMP_RET_DATA);
	add(f, BPF_ALU | BPF_OR | BPF_K, 0, 0, SECCOMP_RET_TRAP);
	add(f, BPF_RET | BPF_A, 0, 0, 0);
}
#else
static void trap_restarts(struct filter *f __maybe_unused, unsigned long text __maybe_unused,
			  size_t size __maybe_unused)
{
}
#endif

/* The CPU's own ABI, and an instruction of the layer's text; else the call traps. */
static void layer_only(struct filter *f, unsigned long text, size_t size)
{
	u64 end = (u64)text + size;

	load(f, offsetof(struct seccomp_data, arch));
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCH_AUDIT);
	verdict(f, SECCOMP_RET_TRAP);
	load(f, IP_OFFSET + HIGH);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, (u32)((u64)text >> 32));
	verdict(f, SECCOMP_RET_TRAP);
	load(f, IP_OFFSET + LOW);
	add(f, BPF_JMP | BPF_JGE | BPF_K, 1, 0, (u32)text);
	verdict(f, SECCOMP_RET_TRAP);
	/* The call returns behind its instruction, at most at the end of the text. */
	add(f, BPF_JMP | BPF_JGT | BPF_K, 0, 1, (u32)end);
	verdict(f, SECCOMP_RET_TRAP);
	load(f, offsetof(struct seccomp_data, nr));
}

/* With the number loaded: this call is allowed with any arguments. */
static void allow(struct filter *f, long nr)
{
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (u32)nr);
	verdict(f, SECCOMP_RET_ALLOW);
}

/* ... and this one, if argument `arg` is one of the two values. */
static void allow_if(struct filter *f, long nr, int arg, u64 one, u64 other)
{
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 10, (u32)nr);
	load(f, ARG_OFFSET(arg) + HIGH);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 2, (u32)(one >> 32));
	load(f, ARG_OFFSET(arg) + LOW);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 4, 0, (u32)one);
	load(f, ARG_OFFSET(arg) + HIGH);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, (u32)(other >> 32));
	load(f, ARG_OFFSET(arg) + LOW);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (u32)other);
	verdict(f, SECCOMP_RET_ALLOW);
	verdict(f, SECCOMP_RET_TRAP);
}

/* What the layer itself needs, and any guest may have. */
static void allow_harmless(struct filter *f)
{
	allow_if(f, SYS_futex, 1, 0 /* FUTEX_WAIT */, 1 /* FUTEX_WAKE */);
	allow(f, SYS_rt_sigreturn);
#ifdef LAYER_TLS_CALL
#ifdef LAYER_TLS_ARG_1
	allow_if(f, LAYER_TLS_CALL, 0, LAYER_TLS_ARG_1, LAYER_TLS_ARG_2);
#else
	allow(f, LAYER_TLS_CALL);
#endif
#endif
}

ssize_t os_thread_filter(void *to, size_t room, unsigned long addr, unsigned long text,
			 size_t text_size)
{
	struct filter f = { .nr = 0 };
	struct sock_fprog prog;
	size_t size;

	trap_restarts(&f, text, text_size);
	layer_only(&f, text, text_size);
	allow_harmless(&f);
	allow_if(&f, SYS_write, 0, SPACE_FD_DOORBELL, SPACE_FD_DOORBELL);
	verdict(&f, SECCOMP_RET_TRAP);
	size = f.nr * sizeof(f.code[0]);
	if (sizeof(prog) + size > room)
		return -ENOSPC;
	prog = (struct sock_fprog){ .len = (unsigned short)f.nr,
				    .filter = (struct sock_filter *)(addr + sizeof(prog)) };
	memcpy(to, &prog, sizeof(prog));
	memcpy((char *)to + sizeof(prog), f.code, size);
	return (ssize_t)(sizeof(prog) + size);
}

int install_mapper_filter(unsigned long text, size_t text_size)
{
	struct filter f = { .nr = 0 };
	struct sock_fprog prog;

	layer_only(&f, text, text_size);
	allow_harmless(&f);
	allow_if(&f, SYS_write, 0, SPACE_FD_DOORBELL, SPACE_FD_ACK);
	allow(&f, LAYER_NR_MMAP);
	allow(&f, SYS_munmap);
	allow(&f, SYS_mprotect);
	if (ARCH_SPACE_FENCE)
		allow(&f, ARCH_SPACE_FENCE);
	allow_if(&f, SYS_clone, 0, LAYER_CLONE_SPACE, LAYER_CLONE_THREAD);
	allow_if(&f, SYS_prctl, 0, PR_SET_PDEATHSIG, PR_SET_PDEATHSIG);
	allow_if(&f, SYS_seccomp, 0, SECCOMP_SET_MODE_FILTER, SECCOMP_SET_MODE_FILTER);
	allow(&f, SYS_exit_group);
	verdict(&f, SECCOMP_RET_KILL_PROCESS);
	prog = (struct sock_fprog){ .len = (unsigned short)f.nr, .filter = f.code };
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) ? -errno : 0;
}
