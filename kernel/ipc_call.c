/*
 * ipc(2): all System V IPC calls behind one number, for CPUs that had no numbers of their own for
 * them at first.  The call's own arguments are in other places for each of them.
 */
#include "ipc.h"

#include "um/syscall.h"
#include "um/uaccess.h"

struct ipc_args {
	int first;
	unsigned long second, third;
	uaddr_t ptr;
	unsigned long fifth;
};

/* The call of that name, whether it has a number here or not. */
static long call_row(const char *name, unsigned long a, unsigned long b, unsigned long c,
		     unsigned long d, unsigned long e)
{
	return syscall_row_named(name)->call((const unsigned long[]){ a, b, c, d, e, 0 });
}

static long ipc_semctl(const struct ipc_args *a)
{
	int cmd = (int)a->third;
	unsigned long arg;

	if (!a->ptr)
		return -EINVAL;
	if (get_user(arg, a->ptr))
		return -EFAULT;
	return sem_control(a->first, (unsigned)a->second, cmd & ~IPC_64, arg, !(cmd & IPC_64));
}

/* The oldest programs have message and type in a structure. */
static long ipc_msgrcv(const struct ipc_args *a, unsigned version)
{
	struct {
		uaddr_t msg;
		long type;
	} kludge = { a->ptr, (long)a->fifth };

	if (!version && !a->ptr)
		return -EINVAL;
	if (!version && get_user(kludge, a->ptr))
		return -EFAULT;
	return call_row("msgrcv", (unsigned)a->first, kludge.msg, a->second,
			(unsigned long)kludge.type, a->third);
}

/* Addresses could be mistaken for errors: the result is stored. */
static long ipc_shmat(const struct ipc_args *a, unsigned version)
{
	long addr;

	if (version == 1)
		return -EINVAL;
	addr = call_row("shmat", (unsigned)a->first, a->ptr, a->second, 0, 0);
	if (IS_ERR((void *)addr))
		return addr;
	return put_user(addr, a->third) ? -EFAULT : 0;
}

static long control_cmd(unsigned long second, bool *old)
{
	*old = !(second & IPC_64);
	return (int)second & ~IPC_64;
}

static long ipc_dispatch(unsigned call, unsigned version, const struct ipc_args *a)
{
	unsigned long first = (unsigned long)a->first;
	bool old;
	int cmd = (int)control_cmd(a->second, &old);

	switch (call) {
	case SEMOP:
		return call_row("semop", first, a->ptr, a->second, 0, 0);
	case SEMTIMEDOP:
		return call_row("semtimedop", first, a->ptr, a->second, a->fifth, 0);
	case SEMGET:
		return call_row("semget", first, a->second, a->third, 0, 0);
	case SEMCTL:
		return ipc_semctl(a);
	case MSGSND:
		return call_row("msgsnd", first, a->ptr, a->second, a->third, 0);
	case MSGRCV:
		return ipc_msgrcv(a, version);
	case MSGGET:
		return call_row("msgget", first, a->second, 0, 0, 0);
	case MSGCTL:
		return msg_control(a->first, cmd, a->ptr, old);
	case SHMAT:
		return ipc_shmat(a, version);
	case SHMDT:
		return call_row("shmdt", a->ptr, 0, 0, 0, 0);
	case SHMGET:
		return call_row("shmget", first, a->second, a->third, 0, 0);
	case SHMCTL:
		return shm_control(a->first, cmd, a->ptr, old);
	}
	return -ENOSYS;
}

SYSCALL_DEFINE6(ipc, A_UINT, unsigned, call, A_INT, int, first, A_HEX, unsigned long, second, A_HEX,
		unsigned long, third, A_PTR, uaddr_t, ptr, A_HEX, unsigned long, fifth)
{
	const struct ipc_args args = { first, second, third, ptr, fifth };

	return ipc_dispatch(call & 0xffff, call >> 16, &args);
}
