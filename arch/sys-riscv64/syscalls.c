/* riscv64: the calls that only this CPU has. */
#define UM_ARCH_ROWS
#include "um/mm.h"
#include "um/sched.h"
#include "um/syscall.h"

#include "sysdep/syscalls.h"

/* All threads of the caller, or it alone, will find as code what it has stored: riscv_flush_icache(2),
 * which looks at no address. */
SYSCALL_DEFINE3(riscv_flush_icache, A_PTR, uaddr_t, start, A_PTR, uaddr_t, end, A_HEX, unsigned long,
		flags)
{
	const unsigned long local = 1;	/* SYS_RISCV_FLUSH_ICACHE_LOCAL */

	(void)start, (void)end;
	if (flags & ~local)
		return -EINVAL;
	space_fence(current->mm);
	return 0;
}
