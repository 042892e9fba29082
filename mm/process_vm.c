/* process_vm_readv and process_vm_writev: memory of another process, through a bounded buffer. */
#include "internal.h"
#include "um/iov.h"
#include "um/kmalloc.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define CHUNK 65536UL

/* Takes in the remote array: only sizes are checked, the addresses are another mm's. */
static struct iovec *import_remote(uaddr_t uvec, unsigned long nr)
{
	struct iovec *vec;

	if (nr > UIO_MAXIOV)
		return ERR_PTR(-EINVAL);
	vec = kzalloc((nr ? nr : 1) * sizeof(*vec));
	if (copy_from_user(vec, uvec, nr * sizeof(*vec))) {
		kfree(vec);
		return ERR_PTR(-EFAULT);
	}
	for (unsigned long i = 0; i < nr; i++) {
		if ((ssize_t)vec[i].iov_len < 0) {
			kfree(vec);
			return ERR_PTR(-EINVAL);
		}
	}
	return vec;
}

/* Moves up to n bytes at one remote place; how many. */
static size_t move_chunk(struct mm *mm, uaddr_t addr, struct iov_iter *local, char *buf, size_t n,
			 bool write)
{
	if (!write) {
		n = access_mm(mm, addr, buf, n, false, false);
		return copy_to_iter(buf, n, local);
	}
	n = copy_from_iter(buf, n, local);
	return access_mm(mm, addr, buf, n, true, false);
}

static ssize_t move_remote(struct mm *mm, struct iov_iter *local, const struct iovec *remote,
			   unsigned long nr, bool write)
{
	char *buf = kzalloc(CHUNK);
	ssize_t done = 0;

	for (unsigned long i = 0; i < nr && local->count; i++) {
		uaddr_t addr = (uaddr_t)remote[i].iov_base;
		size_t left = remote[i].iov_len;

		while (left && local->count) {
			size_t n = min(min(left, local->count), CHUNK);
			size_t got = move_chunk(mm, addr, local, buf, n, write);

			done += (ssize_t)got;
			addr += got;
			left -= got;
			if (got < n || fatal_signal_pending(current)) {
				kfree(buf);
				return done ? done : -EFAULT;
			}
		}
	}
	kfree(buf);
	return done;
}

/* The mm of a process that current may inspect, held as by another task; or ERR_PTR. */
static struct mm *inspect_mm(int pid)
{
	struct task *task = find_task(pid);

	if (!task)
		return ERR_PTR(-ESRCH);
	if (task->group != current->group && !may_inspect(task))
		return ERR_PTR(-EPERM);
	if (!task->mm)
		return ERR_PTR(-ESRCH);
	return mm_hold(task->mm);
}

static long process_vm_rw(int pid, uaddr_t lvec, unsigned long lnr, uaddr_t rvec,
			  unsigned long rnr, unsigned long flags, bool write)
{
	struct iovec *to_free, *remote;
	struct iov_iter local;
	struct mm *mm;
	long result;

	if (flags)
		return -EINVAL;
	result = iov_import(&local, lvec, lnr, &to_free);
	if (result)
		return result;
	remote = import_remote(rvec, rnr);
	if (IS_ERR(remote)) {
		result = PTR_ERR(remote);
		goto free_local;
	}
	if (!local.count)
		goto free_remote;
	mm = inspect_mm(pid);
	if (IS_ERR(mm)) {
		result = PTR_ERR(mm);
		goto free_remote;
	}
	result = move_remote(mm, &local, remote, rnr, write);
	mm_drop(mm);
free_remote:
	kfree(remote);
free_local:
	kfree(to_free);
	return result;
}

SYSCALL_DEFINE6(process_vm_readv, A_PID, int, pid, A_IOV_OUT, uaddr_t, lvec, A_ULONG, unsigned long,
		lnr, A_PTR, uaddr_t, rvec, A_ULONG, unsigned long, rnr, A_HEX, unsigned long, flags)
{
	return process_vm_rw(pid, lvec, lnr, rvec, rnr, flags, false);
}

SYSCALL_DEFINE6(process_vm_writev, A_PID, int, pid, A_IOV_IN, uaddr_t, lvec, A_ULONG, unsigned long,
		lnr, A_PTR, uaddr_t, rvec, A_ULONG, unsigned long, rnr, A_HEX, unsigned long, flags)
{
	return process_vm_rw(pid, lvec, lnr, rvec, rnr, flags, true);
}
