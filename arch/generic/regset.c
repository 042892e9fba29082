/*
 * Register sets and requests of ptrace(2) over the port's putreg and getreg: the general
 * registers, the floating-point ones, and what the port names in ARCH_REGSETS, sets that are a
 * run of its registers.  Where Linux also knows PTRACE_PEEKUSR and the like, ARCH_USER_WORDS says
 * how many registers they reach.  A port with other sets has a file of this name.
 */
#include <linux/elf.h>

#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/ptrace.h"
#include "um/ptrace_uapi.h"
#include "um/sched.h"
#include "um/uaccess.h"

#include "sysdep/ptrace_user.h"

#ifndef ARCH_REGSETS
#define ARCH_REGSETS
#endif

static const struct regset {
	unsigned type;
	unsigned first, count;	/* registers, by putreg's number over the size of a word */
	unsigned width;		/* bytes that the set has for each */
} sets[] = { { NT_PRSTATUS, 0, ARCH_PRSTATUS_WORDS, sizeof(long) }, ARCH_REGSETS };

static const struct regset *find_set(unsigned type)
{
	for (unsigned i = 0; i < ARRAY_SIZE(sets); i++)
		if (sets[i].type == type)
			return &sets[i];
	return NULL;
}

ssize_t arch_regset_size(struct task *child, unsigned type)
{
	const struct regset *set = find_set(type);

	if (set)
		return set->count * set->width;
	return type == PT_FP_REGSET ? gate->fp_get(child, NULL, 0) : -EINVAL;
}

static int get_fp(struct task *child, void *buf, size_t size)
{
	ssize_t got = gate->fp_get(child, buf, size);

	return got < 0 ? (int)got : 0;
}

/* What is not given stays as it is. */
static int set_fp(struct task *child, const void *buf, size_t size)
{
	ssize_t whole = gate->fp_get(child, NULL, 0);
	void *state;
	int err;

	if (whole < (ssize_t)size)
		return -EIO;
	state = kzalloc((size_t)whole);
	err = get_fp(child, state, (size_t)whole);
	if (!err) {
		memcpy(state, buf, size);
		err = gate->fp_set(child, state, (size_t)whole);
	}
	kfree(state);
	return err;
}

int arch_regset_get(struct task *child, unsigned type, void *buf, size_t size)
{
	const struct regset *set = find_set(type);

	if (!set)
		return get_fp(child, buf, size);
	for (unsigned i = 0; i < size / set->width; i++) {
		unsigned long word = getreg(child, (set->first + i) * sizeof(long));
		u32 half = (u32)word;

		if (set->width == sizeof(word))
			memcpy((u8 *)buf + i * sizeof(word), &word, sizeof(word));
		else
			memcpy((u8 *)buf + i * sizeof(half), &half, sizeof(half));
	}
	return 0;
}

int arch_regset_set(struct task *child, unsigned type, const void *buf, size_t size)
{
	const struct regset *set = find_set(type);
	int err = 0;

	if (!set)
		return set_fp(child, buf, size);
	for (unsigned i = 0; i < size / set->width && !err; i++) {
		unsigned long word;
		u32 half;

		memcpy(&word, (const u8 *)buf + i * set->width, set->width);
		if (set->width != sizeof(word)) {
			memcpy(&half, (const u8 *)buf + i * sizeof(half), sizeof(half));
			word = half;
		}
		err = putreg(child, (set->first + i) * sizeof(long), word);
	}
	return err;
}

#ifdef ARCH_USER_WORDS
static bool is_user_word(unsigned long offset)
{
	return offset % sizeof(long) == 0 && offset / sizeof(long) < ARCH_USER_WORDS;
}

/* The general registers to or from user memory, as the older requests have them. */
static long move_general(struct task *child, uaddr_t at, bool set)
{
	unsigned long words[ARCH_PRSTATUS_WORDS];
	int err;

	if (set) {
		err = copy_from_user(words, at, sizeof(words));
		return err ? err : arch_regset_set(child, NT_PRSTATUS, words, sizeof(words));
	}
	err = arch_regset_get(child, NT_PRSTATUS, words, sizeof(words));
	return err ? err : copy_to_user(at, words, sizeof(words));
}

long arch_ptrace(struct task *child, long request, unsigned long addr, unsigned long data)
{
	switch (request) {
	case PTRACE_PEEKUSR:
		return is_user_word(addr) ? put_user(getreg(child, addr), data) : -EIO;
	case PTRACE_POKEUSR:
		return is_user_word(addr) ? putreg(child, addr, data) : -EIO;
	case PTRACE_GETREGS:
	case PTRACE_SETREGS:
		return move_general(child, data, request == PTRACE_SETREGS);
	}
	return -EIO;
}
#else
/* Newer CPUs have register sets only. */
long arch_ptrace(struct task *child __maybe_unused, long request __maybe_unused,
		 unsigned long addr __maybe_unused, unsigned long data __maybe_unused)
{
	return -EIO;
}
#endif
