/* The page of code that signal handlers return to, for C libraries without a restorer of their
 * own.  kernel/sigpage.c */
#ifndef UM_SIGPAGE_H
#define UM_SIGPAGE_H

#include "um/signal.h"

struct mm;

/* Maps it into a new program's mm, on CPUs that have one.  0 or -errno. */
int sigpage_map(struct mm *mm);
/* What a handler of this action returns to; 0: the program has not said, and there is no page. */
uaddr_t sigpage_restorer(const struct task *task, const struct k_sigaction *action);

#endif
