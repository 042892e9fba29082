/* The page of code that signal handlers return to, for C libraries without a restorer of their
 * own.  kernel/sigpage.c */
#ifndef UM_SIGPAGE_H
#define UM_SIGPAGE_H

#include "um/signal.h"

struct mm;

/* Where the code begins in an image made of arch/sys-X/sigtramp.S (layer/sigtramp.lds). */
#define SIGTRAMP_TEXT 0x200

/* Maps it into a new program's mm, on CPUs that have one.  0 or -errno. */
int sigpage_map(struct mm *mm);
/* Where it is an ELF image, its address, for AT_SYSINFO_EHDR; else 0. */
uaddr_t sigpage_image(const struct mm *mm);
/* What a handler of this action returns to; 0: the program has not said, and there is no page. */
uaddr_t sigpage_restorer(const struct task *task, const struct k_sigaction *action);

#endif
