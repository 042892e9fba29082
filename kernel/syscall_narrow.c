/*
 * What 32-bit CPUs need to make a call: 64-bit arguments that come in two registers, and the older
 * of calls with two generations, whose times or ids are narrow.
 */
#include "um/bug.h"
#include "um/cred.h"
#include "um/sched.h"
#include "um/syscall.h"

/* How many registers argument i takes, when the ones before it have taken `used`: with the one
 * that is left out so that a pair begins at an even one. */
static int arg_words(const struct syscall_row *row, int i, int used, int *gap)
{
	bool pair = row->size[i] > sizeof(long);

	*gap = pair && ARCH_SPLIT_ARGS_ALIGNED && used % 2;
	return pair ? 2 : 1;
}

u64 syscall_split_arg(const struct syscall_row *row, const unsigned long *words, int i)
{
	int at = 0, n = 0, gap;

	for (int k = 0; k <= i; k++) {
		at += n;
		n = arg_words(row, k, at, &gap);
		at += gap;
	}
	if (n == 1)
		return words[at];
	/* In the order in which memory would hold the two. */
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		return (u64)words[at] << 32 | words[at + 1];
	return (u64)words[at + 1] << 32 | words[at];
}

const struct syscall_row *syscall_row_named(const char *name)
{
	const struct syscall_row *row;

	table_for_each(row, um_syscalls)
		if (!strcmp(row->name, name))
			return row;
	panic("no system call row is named %s", name);
}

long syscall_time32(long (*call)(const unsigned long *args), const unsigned long *args)
{
	long result;

	current->time32 = true;
	result = call(args);
	current->time32 = false;
	return result;
}

long syscall_ids16(const struct syscall_row *row, long (*call)(const unsigned long *args),
		   const unsigned long *args)
{
	unsigned long wide[SYSCALL_MAX_ARGS];
	long result;

	for (int i = 0; i < row->nargs; i++)
		wide[i] = row->kind[i] == A_UID ? id_from_16((u16)args[i]) : args[i];
	result = call(wide);
	return row->nargs ? result : id_to_16((u32)result);
}
