/* i386: calls of this CPU alone. */
#ifndef __SYSDEP_I386_SYSCALLS_H
#define __SYSDEP_I386_SYSCALLS_H

#include "um/syscall.h"

struct task;

/* arch/sys-i386/tls.c; `entry` -1: the descriptor's own.  0 or -errno. */
int tls_set(struct task *task, int entry, uaddr_t from, bool allocate);
int tls_get(struct task *task, int entry, uaddr_t to);

extern const struct syscall_row row_set_thread_area, row_get_thread_area;

/* Initializers for the table; kernel/syscall.c adds the rows that every CPU has. */
#define ARCH_SYSCALLS                                                                              \
	[__NR_set_thread_area] = &row_set_thread_area,                                             \
	[__NR_get_thread_area] = &row_get_thread_area,
#define LAST_ARCH_SYSCALL 450	/* set_mempolicy_home_node, the last that Linux 6.1 has */

#endif
