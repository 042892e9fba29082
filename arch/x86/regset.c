/* x86: register sets, with the XSAVE area and its older forms, and the requests that only this family has. */
#include <linux/elf.h>

#include "asm-um/fsave.h"
#include "asm-um/xsave.h"
#include "sysdep/frame.h"
#include "um/gate.h"
#include "um/ptrace.h"
#include "um/ptrace_uapi.h"
#include "um/sched.h"
#include "um/uaccess.h"

#define DEBUG_ADDRESSES 4	/* the first four debug registers hold addresses */
#define USER_DEBUGREG_END (USER_DEBUGREG + 8 * sizeof(long))

/* 32-bit programs know the x87 state by its older form, and FXSAVE's as one of its own. */
enum { HAS_FSAVE = FRAME_FSAVE_SIZE != 0 };

ssize_t arch_regset_size(struct task *child, unsigned type)
{
	switch (type) {
	case NT_PRSTATUS:
		return USER_REG_NR * sizeof(long);
	case NT_PRFPREG:
		return HAS_FSAVE ? FSAVE_SIZE : FXSAVE_SIZE;
	case NT_PRXFPREG:
		return HAS_FSAVE ? FXSAVE_SIZE : -EINVAL;
	case NT_X86_XSTATE:
		return gate->fp_get(child, NULL, 0);
	}
	return -EINVAL;
}

static int get_fsave(struct task *child, void *buf, size_t size)
{
	u8 fxsave[FXSAVE_SIZE], fsave[FSAVE_FRAME_SIZE];
	int err = xsave_get(child, fxsave, sizeof(fxsave));

	fsave_from_fxsave(fsave, fxsave);
	memcpy(buf, fsave, min(size, sizeof(fsave)));
	return err;
}

static int set_fsave(struct task *child, const void *buf, size_t size)
{
	u8 fxsave[FXSAVE_SIZE], fsave[FSAVE_FRAME_SIZE];
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

	if (HAS_FSAVE && type == NT_PRFPREG)
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

	if (HAS_FSAVE && type == NT_PRFPREG)
		return set_fsave(child, buf, size);
	if (type == NT_PRFPREG || type == NT_PRXFPREG)
		return xsave_set_legacy(child, buf, size);
	if (type == NT_X86_XSTATE)
		return (ssize_t)size == gate->fp_get(child, NULL, 0) ?
			       gate->fp_set(child, buf, size) : -EFAULT;
	for (size_t i = 0; i < size / sizeof(long) && !err; i++)
		err = putreg(child, i * sizeof(long), words[i]);
	return err;
}

/* --- the requests that only this family has */

static bool user_offset_valid(unsigned long offset)
{
	return offset % sizeof(long) == 0 && offset < USER_SIZE;
}

static bool is_debug_register(unsigned long offset)
{
	return offset >= USER_DEBUGREG && offset < USER_DEBUGREG_END;
}

static long peek_user(struct task *child, unsigned long offset, uaddr_t to)
{
	unsigned long word = 0;

	if (!user_offset_valid(offset))
		return -EIO;
	if (offset < USER_REG_NR * sizeof(long))
		word = getreg(child, offset);
	else if (is_debug_register(offset) && gate->debug_get(child, offset, &word))
		return -EIO;
	return put_user(word, to);
}

/* Breakpoints are for guest memory only. */
static long poke_debug_register(struct task *child, unsigned long offset, unsigned long word)
{
	if (offset < USER_DEBUGREG + DEBUG_ADDRESSES * sizeof(long) && word >= ARCH_TASK_SIZE)
		return -EINVAL;
	return gate->debug_set(child, offset, word);
}

static long poke_user(struct task *child, unsigned long offset, unsigned long word)
{
	if (!user_offset_valid(offset))
		return -EIO;
	if (offset < USER_REG_NR * sizeof(long))
		return putreg(child, offset, word);
	return is_debug_register(offset) ? poke_debug_register(child, offset, word) : -EIO;
}

long regset_move(struct task *child, unsigned type, uaddr_t at, bool set)
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
		return regset_move(child, NT_PRSTATUS, data, request == PTRACE_SETREGS);
	case PTRACE_GETFPREGS:
	case PTRACE_SETFPREGS:
		return regset_move(child, NT_PRFPREG, data, request == PTRACE_SETFPREGS);
	}
	return arch_own_request(child, request, addr, data);
}
