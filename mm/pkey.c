/* Memory protection keys, of which there are none: what a CPU without them answers. */
#include "um/err.h"
#include "um/sched.h"
#include "um/syscall.h"

#define PKEY_DISABLE_MASK 3UL	/* PKEY_DISABLE_ACCESS and PKEY_DISABLE_WRITE */

SYSCALL_DEFINE2(pkey_alloc, A_HEX, unsigned long, flags, A_HEX, unsigned long, rights)
{
	return flags || rights & ~PKEY_DISABLE_MASK ? -EINVAL : -ENOSPC;
}

SYSCALL_DEFINE1(pkey_free, A_INT, int, key __maybe_unused)
{
	return -EINVAL;
}
