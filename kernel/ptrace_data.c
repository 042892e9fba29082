/*
 * ptrace(2) requests that read or write a stopped tracee: memory, registers, signals, and what
 * the stop was for.
 */
#include <linux/audit.h>
#include <linux/elf.h>
#include <linux/uio.h>

#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/ptrace.h"
#include "um/ptrace_uapi.h"
#include "um/uaccess.h"

/* --- memory */

static bool access_tracee(struct task *child, uaddr_t addr, void *buf, size_t n, bool write)
{
	struct mm *mm = child->mm;
	size_t done;

	if (!mm)
		return false;
	mm_hold(mm);
	done = mm->users ? access_mm(mm, addr, buf, n, write, true) : 0;
	mm_drop(mm);
	return done == n;
}

static long peek(struct task *child, uaddr_t addr, uaddr_t to)
{
	unsigned long word;

	if (!access_tracee(child, addr, &word, sizeof(word), false))
		return -EIO;
	return put_user(word, to);
}

static long poke(struct task *child, uaddr_t addr, unsigned long word)
{
	return access_tracee(child, addr, &word, sizeof(word), true) ? 0 : -EIO;
}

/* --- signals */

static long get_siginfo(struct task *child, uaddr_t to)
{
	return child->ptrace.info ? siginfo_put(to, child->ptrace.info) : -EINVAL;
}

static long set_siginfo(struct task *child, uaddr_t from)
{
	siginfo_t info;
	int err = siginfo_get(&info, from);

	if (err)
		return err;
	/* The copy may have slept: the stop may be over. */
	if (!child->ptrace.info)
		return -EINVAL;
	*child->ptrace.info = info;
	return 0;
}

static bool nth_siginfo(const struct sigpending *pending, u64 n, siginfo_t *info)
{
	const struct sigqueue *entry;

	list_for_each_entry(entry, &pending->queue, node) {
		if (n-- == 0) {
			*info = entry->info;
			return true;
		}
	}
	return false;
}

static long peek_siginfo(struct task *child, uaddr_t uargs, uaddr_t to)
{
	struct ptrace_peeksiginfo_args args;
	const struct sigpending *pending;
	siginfo_t info;
	int n;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~(u32)PTRACE_PEEKSIGINFO_SHARED || args.nr < 0)
		return -EINVAL;
	pending = args.flags ? &child->group->shared_pending : &child->pending;
	for (n = 0; n < args.nr; n++) {
		if (!nth_siginfo(pending, args.off + (u64)n, &info))
			break;
		if (siginfo_put(to + (uaddr_t)n * sizeof(info), &info))
			return n ? n : -EFAULT;
	}
	return n;
}

static long get_sigmask(struct task *child, unsigned long size, uaddr_t to)
{
	if (size != sizeof(ksigset_t))
		return -EINVAL;
	return sigset_put(to, child->restore_sigmask ? child->saved_sigmask : child->blocked);
}

static long set_sigmask(struct task *child, unsigned long size, uaddr_t from)
{
	ksigset_t set;

	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (sigset_get(&set, from))
		return -EFAULT;
	child->restore_sigmask = false;
	set_blocked(child, set);
	return 0;
}

/* --- register sets */

static long move_regset(struct task *child, unsigned type, uaddr_t uiov, bool set)
{
	struct iovec iov;
	ssize_t size = arch_regset_size(child, type);
	void *buf;
	int err;

	if (copy_from_user(&iov, uiov, sizeof(iov)))
		return -EFAULT;
	if (size < 0)
		return size;
	if (iov.iov_len % sizeof(long))
		return -EINVAL;
	iov.iov_len = min(iov.iov_len, (size_t)size);
	buf = kzalloc(iov.iov_len ? iov.iov_len : 1);
	if (set) {
		err = copy_from_user(buf, (uaddr_t)iov.iov_base, iov.iov_len);
		if (!err)
			err = arch_regset_set(child, type, buf, iov.iov_len);
	} else {
		err = arch_regset_get(child, type, buf, iov.iov_len);
		if (!err)
			err = copy_to_user((uaddr_t)iov.iov_base, buf, iov.iov_len);
	}
	kfree(buf);
	return err ? err : put_user(iov.iov_len, uiov + offsetof(struct iovec, iov_len));
}

/* --- what the stop is */

static void entry_args(u64 *args, struct uml_pt_regs *regs)
{
	args[0] = UPT_SYSCALL_ARG1(regs);
	args[1] = UPT_SYSCALL_ARG2(regs);
	args[2] = UPT_SYSCALL_ARG3(regs);
	args[3] = UPT_SYSCALL_ARG4(regs);
	args[4] = UPT_SYSCALL_ARG5(regs);
	args[5] = UPT_SYSCALL_ARG6(regs);
}

static size_t info_entry(struct ptrace_syscall_info *info, struct uml_pt_regs *regs)
{
	info->op = PTRACE_SYSCALL_INFO_ENTRY;
	info->entry.nr = (u64)UPT_SYSCALL_NR(regs);
	entry_args((u64 *)info->entry.args, regs);
	return offsetof(struct ptrace_syscall_info, entry) + sizeof(info->entry);
}

static size_t info_exit(struct ptrace_syscall_info *info, struct uml_pt_regs *regs)
{
	long result = UPT_SYSCALL_RET(regs);

	info->op = PTRACE_SYSCALL_INFO_EXIT;
	info->exit.rval = result;
	info->exit.is_error = result < 0 && result >= -MAX_ERRNO;
	return offsetof(struct ptrace_syscall_info, exit.is_error) + sizeof(info->exit.is_error);
}

static size_t info_seccomp(struct ptrace_syscall_info *info, struct task *child)
{
	info->op = PTRACE_SYSCALL_INFO_SECCOMP;
	info->seccomp.nr = (u64)UPT_SYSCALL_NR(&child->regs);
	entry_args((u64 *)info->seccomp.args, &child->regs);
	info->seccomp.ret_data = (u32)child->ptrace.message;
	return offsetof(struct ptrace_syscall_info, seccomp.ret_data) +
	       sizeof(info->seccomp.ret_data);
}

static long syscall_info(struct task *child, unsigned long room, uaddr_t to)
{
	struct ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };
	size_t size = offsetof(struct ptrace_syscall_info, entry);
	int code = child->ptrace.info ? child->ptrace.info->si_code : 0;

	info.arch = ARCH_AUDIT;
	info.instruction_pointer = UPT_IP(&child->regs);
	info.stack_pointer = UPT_SP(&child->regs);
	if (code == (SIGTRAP | 0x80) && child->ptrace.message == PTRACE_EVENTMSG_SYSCALL_ENTRY)
		size = info_entry(&info, &child->regs);
	else if (code == (SIGTRAP | 0x80) && child->ptrace.message == PTRACE_EVENTMSG_SYSCALL_EXIT)
		size = info_exit(&info, &child->regs);
	else if (code == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
		size = info_seccomp(&info, child);
	if (copy_to_user(to, &info, min((size_t)room, size)))
		return -EFAULT;
	return (long)size;
}

long ptrace_data_request(struct task *child, long request, unsigned long addr, unsigned long data)
{
	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
		return peek(child, addr, data);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return poke(child, addr, data);
	case PTRACE_GETEVENTMSG:
		return put_user(child->ptrace.message, data);
	case PTRACE_GETSIGINFO:
		return get_siginfo(child, data);
	case PTRACE_SETSIGINFO:
		return set_siginfo(child, data);
	case PTRACE_PEEKSIGINFO:
		return peek_siginfo(child, addr, data);
	case PTRACE_GETSIGMASK:
		return get_sigmask(child, addr, data);
	case PTRACE_SETSIGMASK:
		return set_sigmask(child, addr, data);
	case PTRACE_GETREGSET:
	case PTRACE_SETREGSET:
		return move_regset(child, (unsigned)addr, data, request == PTRACE_SETREGSET);
	case PTRACE_GET_SYSCALL_INFO:
		return syscall_info(child, addr, data);
	}
	return arch_ptrace(child, request, addr, data);
}
