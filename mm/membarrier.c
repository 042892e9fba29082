/* membarrier: the host's own barrier over all CPUs serves every command, since guest threads
 * are host threads.  It is slow there, so it runs off K's thread. */
#include <linux/membarrier.h>

#include "internal.h"
#include "um/os_event.h"
#include "um/os_heap.h"
#include "um/syscall.h"

#define COMMANDS                                                                                   \
	(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED |                                 \
	 MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED |             \
	 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)

static long barrier_work(void *arg)
{
	(void)arg;
	return os_membarrier_global();
}

static long barrier(void)
{
	return host_work(barrier_work, NULL);
}

SYSCALL_DEFINE3(membarrier, A_HEX, int, cmd, A_HEX, unsigned, flags, A_INT, int, cpu)
{
	struct mm *mm = current->mm;

	(void)cpu;
	if (flags)
		return -EINVAL;
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return COMMANDS;
	case MEMBARRIER_CMD_GLOBAL:
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		return barrier();
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		if (!(mm->membarrier & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
			return -EPERM;
		return mm->users == 1 ? 0 : barrier();
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		mm->membarrier |= (unsigned)cmd;
		return 0;
	}
	return -EINVAL;
}
