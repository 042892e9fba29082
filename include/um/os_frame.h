/* Captures a signal frame of the host.  os/frame.c */
#ifndef UM_OS_FRAME_H
#define UM_OS_FRAME_H

#include "sysdep/frame.h"
#include "um/types.h"

/* For host code: where the registers are, to which on some CPUs the ucontext only points. */
#ifndef FRAME_HOST_SIGCONTEXT
#define FRAME_HOST_SIGCONTEXT(uc) (&(uc)->uc_mcontext)
#endif

/* Addresses of the frame's parts, all in the caller's stack memory. */
struct frame_raw {
	unsigned long sp;	/* at the handler's entry: where the frame begins */
	unsigned long restorer;	/* of the return address's slot; outside of the frame: has none */
	unsigned long siginfo, ucontext, sigcontext;	/* an old frame has no more than the last */
	struct arch_frame_data_raw arch;
};

/* Raises a signal whose handler runs on the given memory, and records its frame there.  old: of a
 * handler without SA_SIGINFO, on CPUs where that is another (FRAME_OLD_CONTEXT). */
int os_capture_frame(void *stack, size_t size, bool old, struct frame_raw *raw);

#endif
