/*
 * ppc: the structures of signal frames.  What the contract and generic code call the sigcontext, the
 * registers at a frame's end, is struct mcontext here; the UAPI's struct sigcontext is but a head of
 * older frames with a pointer to that.
 */
#ifndef __SYSDEP_PPC_MCONTEXT_H
#define __SYSDEP_PPC_MCONTEXT_H

#include "sysdep/ptrace.h"

#define sigcontext uapi_sigcontext
#define pt_regs uapi_pt_regs
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#undef pt_regs
#undef sigcontext
#define sigcontext mcontext

#endif
