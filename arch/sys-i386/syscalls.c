/* i386: the calls that only this CPU has. */
#define UM_ARCH_ROWS
#include "um/sched.h"
#include "um/syscall.h"

#include "sysdep/ptrace.h"
#include "sysdep/syscalls.h"

SYSCALL_DEFINE1(set_thread_area, A_PTR, uaddr_t, desc)
{
	return tls_set(current, -1, desc, true);
}

SYSCALL_DEFINE1(get_thread_area, A_PTR, uaddr_t, desc)
{
	return tls_get(current, -1, desc);
}
