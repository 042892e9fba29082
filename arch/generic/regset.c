/*
 * Register sets and requests of ptrace(2) over the port's putreg and getreg: the general
 * registers, the floating-point ones, and what the port names in ARCH_REGSETS, sets that are a
 * run of its registers.  Where Linux also knows PTRACE_PEEKUSR, ARCH_USER_WORDS says how many
 * registers it reaches, and ARCH_USER_FP from which word on the first floating-point set;
 * ARCH_REGSET_REQUESTS are its requests for whole sets.  A port with other sets has a file of this
 * name.
 */
#include <linux/elf.h>

#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/ptrace.h"
#include "um/ptrace_host.h"
#include "um/ptrace_uapi.h"
#include "um/sched.h"
#include "um/uaccess.h"

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

/* --- floating point */

static const struct fp_regset fp_sets[] = { ARCH_FP_REGSETS };

static const struct fp_regset *find_fp_set(unsigned type)
{
	for (unsigned i = 0; i < ARRAY_SIZE(fp_sets); i++)
		if (fp_sets[i].type == type)
			return &fp_sets[i];
	return NULL;
}

/* The whole state, which the caller kfrees; NULL: the gate could not tell. */
static u8 *whole_fp(struct task *child, size_t *size)
{
	ssize_t whole = gate->fp_get(child, NULL, 0);
	u8 *state = whole < 0 ? NULL : kzalloc((size_t)whole);

	if (state && gate->fp_get(child, state, (size_t)whole) < 0) {
		kfree(state);
		return NULL;
	}
	*size = (size_t)whole;
	return state;
}

/* To or from `buf`, `size` bytes of a set from `at` on.  What is not given stays as it is. */
static int move_fp(struct task *child, unsigned type, size_t at, void *buf, size_t size, bool set)
{
	const struct fp_regset *fp = find_fp_set(type);
	size_t whole;
	u8 *state = whole_fp(child, &whole);
	int err = fp && state && fp->offset + at + size <= whole ? 0 : -EIO;

	if (!err && set) {
		memcpy(state + fp->offset + at, buf, size);
		err = gate->fp_set(child, state, whole);
	} else if (!err) {
		memcpy(buf, state + fp->offset + at, size);
	}
	kfree(state);
	return err;
}

/* --- all sets */

ssize_t arch_regset_size(struct task *child, unsigned type)
{
	const struct regset *set = find_set(type);
	const struct fp_regset *fp = find_fp_set(type);
	ssize_t whole;

	if (set)
		return set->count * set->width;
	if (!fp)
		return -EINVAL;
	whole = gate->fp_get(child, NULL, 0);
	return whole < 0 ? whole : min(whole - (ssize_t)fp->offset, (ssize_t)fp->size);
}

int arch_regset_get(struct task *child, unsigned type, void *buf, size_t size)
{
	const struct regset *set = find_set(type);

	if (!set)
		return move_fp(child, type, 0, buf, size, false);
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
		return move_fp(child, type, 0, (void *)buf, size, true);
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
#ifndef ARCH_USER_FP
#define ARCH_USER_FP ARCH_USER_WORDS	/* none */
#endif

static long access_user(struct task *child, unsigned long offset, unsigned long *word, bool set)
{
	const size_t fp_at = ARCH_USER_FP * sizeof(long);

	if (offset % sizeof(long))
		return -EIO;
	if (ARCH_USER_FP > ARCH_USER_WORDS && offset >= fp_at &&
	    offset - fp_at < fp_sets[0].size)
		return move_fp(child, fp_sets[0].type, offset - fp_at, word, sizeof(*word), set);
	if (offset / sizeof(long) >= ARCH_USER_WORDS)
		return -EIO;
	if (set)
		return putreg(child, offset, *word);
	*word = getreg(child, offset);
	return 0;
}

static const struct regset_request {
	long get, set;
	unsigned type;
	size_t size;
} requests[] = { ARCH_REGSET_REQUESTS };

static long move_set(struct task *child, const struct regset_request *r, uaddr_t at, bool set)
{
	void *buf = kzalloc(r->size);
	long err = set ? copy_from_user(buf, at, r->size) :
			 arch_regset_get(child, r->type, buf, r->size);

	if (!err)
		err = set ? arch_regset_set(child, r->type, buf, r->size) :
			    copy_to_user(at, buf, r->size);
	kfree(buf);
	return err;
}

long arch_ptrace(struct task *child, long request, unsigned long addr, unsigned long data)
{
	unsigned long word = data;
	long err;

	if (request == PTRACE_POKEUSR)
		return access_user(child, addr, &word, true);
	if (request == PTRACE_PEEKUSR) {
		err = access_user(child, addr, &word, false);
		return err ? err : put_user(word, data);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(requests); i++)
		if (request == requests[i].get || request == requests[i].set)
			return move_set(child, &requests[i], data, request == requests[i].set);
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
