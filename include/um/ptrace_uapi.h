/* The requests and events of ptrace(2), for the files that serve them.  <linux/ptrace.h> brings
 * the CPU's own struct pt_regs; K has another of that name. */
#ifndef UM_PTRACE_UAPI_H
#define UM_PTRACE_UAPI_H

#define pt_regs uapi_pt_regs
#include <linux/ptrace.h>
#undef pt_regs

#endif
