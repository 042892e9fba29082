/* riscv64: the system call table's size. */
#ifndef __SYSDEP_RISCV64_SYSCALLS_H
#define __SYSDEP_RISCV64_SYSCALLS_H

#include "um/syscall.h"

#define LAST_ARCH_SYSCALL 450	/* set_mempolicy_home_node, the last that the headers have */

#endif
