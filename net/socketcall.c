/*
 * socketcall(2): the socket calls behind one number, for CPUs that had no numbers of their own for
 * them at first.  The arguments are in memory.
 */
#include <linux/net.h>

#include "um/init.h"
#include "um/syscall.h"
#include "um/uaccess.h"

static const char *const names[] = {
	[SYS_SOCKET] = "socket",
	[SYS_BIND] = "bind",
	[SYS_CONNECT] = "connect",
	[SYS_LISTEN] = "listen",
	[SYS_ACCEPT] = "accept",
	[SYS_GETSOCKNAME] = "getsockname",
	[SYS_GETPEERNAME] = "getpeername",
	[SYS_SOCKETPAIR] = "socketpair",
	[SYS_SEND] = "send",
	[SYS_RECV] = "recv",
	[SYS_SENDTO] = "sendto",
	[SYS_RECVFROM] = "recvfrom",
	[SYS_SHUTDOWN] = "shutdown",
	[SYS_SETSOCKOPT] = "setsockopt",
	[SYS_GETSOCKOPT] = "getsockopt",
	[SYS_SENDMSG] = "sendmsg",
	[SYS_RECVMSG] = "recvmsg",
	[SYS_ACCEPT4] = "accept4",
	[SYS_RECVMMSG] = "recvmmsg",
	[SYS_SENDMMSG] = "sendmmsg",
};

static const struct syscall_row *rows[ARRAY_SIZE(names)];

static int socketcall_init(void)
{
	for (unsigned i = SYS_SOCKET; i < ARRAY_SIZE(names); i++)
		rows[i] = syscall_row_named(names[i]);
	return 0;
}
INITCALL(INIT_TABLES, socketcall_init);

SYSCALL_DEFINE2(socketcall, A_INT, int, call, A_PTR, uaddr_t, uargs)
{
	unsigned long args[SYSCALL_MAX_ARGS] = { 0 };
	const struct syscall_row *row;

	if (call < SYS_SOCKET || call >= (int)ARRAY_SIZE(names))
		return -EINVAL;
	row = rows[call];
	if (copy_from_user(args, uargs, (size_t)row->nargs * sizeof(args[0])))
		return -EFAULT;
	return row->call(args);
}
