/* i386: calls of this CPU alone, and how a table entry is called. */
#ifndef __SYSDEP_I386_SYSCALLS_H
#define __SYSDEP_I386_SYSCALLS_H

#include "um/syscall.h"

#include "sysdep/ptrace.h"

extern const struct syscall_row row_set_thread_area, row_get_thread_area;

/* Initializers for the table; kernel/syscall.c adds the rows that every CPU has. */
#define ARCH_SYSCALLS                                                                              \
	[__NR_set_thread_area] = &row_set_thread_area,                                             \
	[__NR_get_thread_area] = &row_get_thread_area,
#define LAST_ARCH_SYSCALL 450	/* set_mempolicy_home_node, the last that Linux 6.1 has */
#define EXECUTE_SYSCALL(syscall, regs)                                                             \
	sys_call_table[syscall]->call((const unsigned long[]){                                     \
		UPT_SYSCALL_ARG1(regs), UPT_SYSCALL_ARG2(regs), UPT_SYSCALL_ARG3(regs),            \
		UPT_SYSCALL_ARG4(regs), UPT_SYSCALL_ARG5(regs), UPT_SYSCALL_ARG6(regs) })

#endif
