/* riscv64: calls of this CPU alone. */
#ifndef __SYSDEP_RISCV64_SYSCALLS_H
#define __SYSDEP_RISCV64_SYSCALLS_H

#include "um/syscall.h"

extern const struct syscall_row row_riscv_flush_icache;

/* Initializers for the table; kernel/syscall.c adds the rows that every CPU has. */
#define ARCH_SYSCALLS [__NR_riscv_flush_icache] = &row_riscv_flush_icache,
#define LAST_ARCH_SYSCALL 450	/* set_mempolicy_home_node, the last that Linux 6.1 has */

#endif
