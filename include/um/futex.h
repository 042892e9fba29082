/* Fast user-space locks: what other parts of the kernel do with them.  kernel/futex.c */
#ifndef UM_FUTEX_H
#define UM_FUTEX_H

#include "um/types.h"

struct task;

/* Wakes up to n waiters on a word of current's memory, as FUTEX_WAKE does: for
 * CLONE_CHILD_CLEARTID. */
void futex_wake_addr(uaddr_t addr, int n);
/* current ends or execs, its memory is still there: its robust and PI locks become free, marked
 * FUTEX_OWNER_DIED.  May sleep. */
void futex_exit_robust(struct task *task);

#endif
