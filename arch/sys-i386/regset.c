/* i386: register sets, with the XSAVE area and its older forms, and this CPU's own requests. */
#include <linux/elf.h>

#include "asm-um/xsave.h"
#include "um/gate.h"
#include "um/ptrace.h"
#include "um/ptrace_uapi.h"
#include "um/sched.h"
#include "um/uaccess.h"

#include "fsave.h"
#include "sysdep/frame.h"
#include "sysdep/syscalls.h"

/* struct user of <sys/user.h>: the registers come first, the debug registers last. */
#define USER_SIZE 284
#define USER_DEBUGREG 252
#define DEBUG_ADDRESSES 4	/* the first four debug registers hold addresses */

ssize_t arch_regset_size(struct task *child, unsigned type)
{
	switch (type) {
	case NT_PRSTATUS:
		return USER_REG_NR * sizeof(long);
	case NT_PRFPREG:
		return FSAVE_SIZE;
	case NT_PRXFPREG:
		return FXSAVE_SIZE;
	case NT_X86_XSTATE:
		return gate->fp_get(child, NULL, 0);
	}
	return -EINVAL;
}

static int get_fsave(struct task *child, void *buf, size_t size)
{
	u8 fxsave[FXSAVE_SIZE], fsave[FRAME_FSAVE_SIZE];
	int err = xsave_get(child, fxsave, sizeof(fxsave));

	fsave_from_fxsave(fsave, fxsave);
	memcpy(buf, fsave, min(size, sizeof(fsave)));
	return err;
}

static int set_fsave(struct task *child, const void *buf, size_t size)
{
	u8 fxsave[FXSAVE_SIZE], fsave[FRAME_FSAVE_SIZE];
	int err = xsave_get(child, fxsave, sizeof(fxsave));

	if (err)
		return err;
	fsave_from_fxsave(fsave, fxsave);
	memcpy(fsave, buf, min(size, sizeof(fsave)));
	fsave_to_fxsave(fxsave, fsave);
	return xsave_set_legacy(child, fxsave, sizeof(fxsave));
}

int arch_regset_get(struct task *child, unsigned type, void *buf, size_t size)
{
	unsigned long *words = buf;

	if (type == NT_PRFPREG)
		return get_fsave(child, buf, size);
	if (type != NT_PRSTATUS)
		return xsave_get(child, buf, size);
	for (size_t i = 0; i < size / sizeof(long); i++)
		words[i] = getreg(child, i * sizeof(long));
	return 0;
}

int arch_regset_set(struct task *child, unsigned type, const void *buf, size_t size)
{
	const unsigned long *words = buf;
	int err = 0;

	if (type == NT_PRFPREG)
		return set_fsave(child, buf, size);
	if (type == NT_PRXFPREG)
		return xsave_set_legacy(child, buf, size);
	if (type == NT_X86_XSTATE)
		return (ssize_t)size == gate->fp_get(child, NULL, 0) ?
			       gate->fp_set(child, buf, size) : -EFAULT;
	for (size_t i = 0; i < size / sizeof(long) && !err; i++)
		err = putreg(child, i * sizeof(long), words[i]);
	return err;
}

/* --- this CPU's own requests */

static bool user_offset_valid(unsigned long offset)
{
	return offset % sizeof(long) == 0 && offset < USER_SIZE;
}

static long peek_user(struct task *child, unsigned long offset, uaddr_t to)
{
	unsigned long word = 0;

	if (!user_offset_valid(offset))
		return -EIO;
	if (offset < USER_REG_NR * sizeof(long))
		word = getreg(child, offset);
	else if (offset >= USER_DEBUGREG && gate->debug_get(child, offset, &word))
		return -EIO;
	return put_user(word, to);
}

/* Breakpoints are for guest memory only. */
static long poke_user(struct task *child, unsigned long offset, unsigned long word)
{
	if (!user_offset_valid(offset))
		return -EIO;
	if (offset < USER_REG_NR * sizeof(long))
		return putreg(child, offset, word);
	if (offset < USER_DEBUGREG)
		return -EIO;
	if (offset < USER_DEBUGREG + DEBUG_ADDRESSES * sizeof(long) && word >= ARCH_TASK_SIZE)
		return -EINVAL;
	return gate->debug_set(child, offset, word);
}

static long move_set(struct task *child, unsigned type, uaddr_t at, bool set)
{
	size_t size = (size_t)arch_regset_size(child, type);
	u8 buf[FXSAVE_SIZE] __attribute__((aligned(sizeof(long))));
	int err;

	if (set) {
		err = copy_from_user(buf, at, size);
		return err ? err : arch_regset_set(child, type, buf, size);
	}
	err = arch_regset_get(child, type, buf, size);
	return err ? err : copy_to_user(at, buf, size);
}

long arch_ptrace(struct task *child, long request, unsigned long addr, unsigned long data)
{
	switch (request) {
	case PTRACE_PEEKUSR:
		return peek_user(child, addr, data);
	case PTRACE_POKEUSR:
		return poke_user(child, addr, data);
	case PTRACE_GETREGS:
	case PTRACE_SETREGS:
		return move_set(child, NT_PRSTATUS, data, request == PTRACE_SETREGS);
	case PTRACE_GETFPREGS:
	case PTRACE_SETFPREGS:
		return move_set(child, NT_PRFPREG, data, request == PTRACE_SETFPREGS);
	case PTRACE_GETFPXREGS:
	case PTRACE_SETFPXREGS:
		return move_set(child, NT_PRXFPREG, data, request == PTRACE_SETFPXREGS);
	case PTRACE_GET_THREAD_AREA:
		return (int)addr < 0 ? -EIO : tls_get(child, (int)addr, data);
	case PTRACE_SET_THREAD_AREA:
		return (int)addr < 0 ? -EIO : tls_set(child, (int)addr, data, false);
	}
	return -EIO;
}
