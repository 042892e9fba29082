/* @CPU@: the system call table's size, and calls of this CPU alone. */
#ifndef __SYSDEP_@CPU_UPPER@_SYSCALLS_H
#define __SYSDEP_@CPU_UPPER@_SYSCALLS_H

#include "um/syscall.h"

/* Optional: ARCH_SYSCALLS, initializers of the table for calls that only this CPU has, whose rows are
 * in arch/sys-@CPU@/syscalls.c. */

#define LAST_ARCH_SYSCALL @LAST_SYSCALL@	/* @LAST_SYSCALL_NAME@, the last that the headers have */

#endif
