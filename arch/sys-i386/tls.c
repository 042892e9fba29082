/*
 * i386: TLS is segments.  Each thread has three descriptors in the GDT for itself, and loads a
 * selector of one into gs.  K keeps them with the registers, and sees to it that the task's host
 * thread has the same; so their numbers are the host's.
 *
 * What a descriptor gives access to is the space's own memory, whatever it says.
 */
#include "sysdep/tls.h"

#include <linux/elf.h>

#include "asm-um/xsave.h"
#include "sysdep/syscalls.h"
#include "um/arch.h"
#include "um/layer_regs.h"
#include "um/ptrace_uapi.h"
#include "um/sched.h"
#include "um/uaccess.h"

/* Both forms stand for no segment (Linux: LDT_empty, LDT_zero). */
static bool is_empty(const struct tls_desc *desc)
{
	u32 flags = desc->flags & TLS_FLAGS;

	return !desc->base && !desc->limit && (!flags || flags == (TLS_READ_ONLY | TLS_ABSENT));
}

/* Linux takes 32-bit data segments only. */
static bool is_allowed(const struct tls_desc *desc)
{
	return is_empty(desc) || (desc->flags & (TLS_32BIT | TLS_CODE | TLS_ABSENT)) == TLS_32BIT;
}

static void pack(const struct tls_desc *desc, unsigned long *words)
{
	const u32 user_data = 7 << 12 | 1 << 8;	/* code or data, DPL 3; accessed */
	u32 flags = desc->flags;

	words[0] = words[1] = 0;
	if (is_empty(desc))
		return;
	words[0] = desc->base << 16 | (desc->limit & 0xffff);
	words[1] = (desc->base & 0xff000000) | (desc->base >> 16 & 0xff) |
		   (desc->limit & 0xf0000) | user_data | 1 << 15 | (flags >> 1 & 3) << 10 |
		   (~flags >> 3 & 1) << 9 | (flags & 1) << 22 | (flags >> 4 & 1) << 23 |
		   (flags >> 6 & 1) << 20;
}

/* A free entry's number, or -ESRCH. */
static int find_free(const struct task *task)
{
	const unsigned long *words = &task->regs.gp[HOST_TLS];

	for (int i = 0; i < TLS_ENTRIES; i++)
		if (!words[2 * i] && !words[2 * i + 1])
			return (int)tls_first_entry() + i;
	return -ESRCH;
}

int tls_set(struct task *task, int entry, uaddr_t from, bool allocate)
{
	struct tls_desc desc;
	u32 index;

	if (copy_from_user(&desc, from, sizeof(desc)))
		return -EFAULT;
	if (!is_allowed(&desc))
		return -EINVAL;
	if (entry == -1)
		entry = (int)desc.entry;
	if (entry == -1 && allocate) {
		entry = find_free(task);
		if (entry < 0)
			return entry;
		if (put_user((u32)entry, from))
			return -EFAULT;
	}
	index = (u32)entry - tls_first_entry();
	if (index >= TLS_ENTRIES)
		return -EINVAL;
	pack(&desc, &task->regs.gp[HOST_TLS + 2 * index]);
	task->regs.gp[HOST_TLS_OWNER] = 0;
	return 0;
}

int tls_get(struct task *task, int entry, uaddr_t to)
{
	const unsigned long *words;
	struct tls_desc desc;
	u32 index;

	if (entry == -1 && get_user(entry, to))
		return -EFAULT;
	index = (u32)entry - tls_first_entry();
	if (index >= TLS_ENTRIES)
		return -EINVAL;
	words = &task->regs.gp[HOST_TLS + 2 * index];
	tls_unpack(&desc, (u32)entry, words[0], words[1]);
	return copy_to_user(to, &desc, sizeof(desc));
}

int arch_set_tls(struct task *task, unsigned long tls)
{
	return tls_set(task, -1, tls, false);
}

void arch_get_tls(const struct uml_pt_regs *regs, unsigned long channel __maybe_unused,
		  u64 tls[LAYER_TLS_WORDS])
{
	for (int i = 0; i < TLS_ENTRIES; i++)
		tls[i] = regs->gp[HOST_TLS + 2 * i] | (u64)regs->gp[HOST_TLS + 2 * i + 1] << 32;
}

long arch_own_request(struct task *child, long request, unsigned long addr, unsigned long data)
{
	switch (request) {
	case PTRACE_GETFPXREGS:
	case PTRACE_SETFPXREGS:
		return regset_move(child, NT_PRXFPREG, data, request == PTRACE_SETFPXREGS);
	case PTRACE_GET_THREAD_AREA:
		return (int)addr < 0 ? -EIO : tls_get(child, (int)addr, data);
	case PTRACE_SET_THREAD_AREA:
		return (int)addr < 0 ? -EIO : tls_set(child, (int)addr, data, false);
	}
	return -EIO;
}
