/* arm64: no calls of this CPU alone. */
#ifndef __SYSDEP_ARM64_SYSCALLS_H
#define __SYSDEP_ARM64_SYSCALLS_H

#include "um/syscall.h"

#define LAST_ARCH_SYSCALL 450	/* set_mempolicy_home_node, the last that Linux 6.1 has */

#endif
