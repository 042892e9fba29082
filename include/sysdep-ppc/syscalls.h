/* ppc: no calls of this CPU alone.  Linux has some (swapcontext, debug_setcontext, subpage_prot,
 * pciconfig_*, rtas), which the C library does not use. */
#ifndef __SYSDEP_PPC_SYSCALLS_H
#define __SYSDEP_PPC_SYSCALLS_H

#include "um/syscall.h"

#define LAST_ARCH_SYSCALL 450	/* set_mempolicy_home_node, the last that Linux 6.1 has */

#endif
