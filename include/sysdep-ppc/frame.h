/*
 * ppc: where the host's signal frames have their parts.  The contract's names; used by the host
 * code that captures a frame and by kernel/frame.c.
 *
 * The frame of a handler with SA_SIGINFO, from the stack pointer up: room for the handler's caller,
 * that is the back chain and 76 bytes; siginfo; ucontext.  One without has room of 64 bytes and the
 * sigcontext.  Both end with the registers, struct mcontext, to which ucontext and sigcontext
 * point, and room that code before the System V ABI may have been using.  The link register holds the
 * restorer.
 */
#ifndef __SYSDEP_PPC_FRAME_H
#define __SYSDEP_PPC_FRAME_H

#include "asm-um/frame-link.h"

#ifdef UM_HOST_CODE
#include <signal.h>
#define FRAME_HOST_SIGCONTEXT(uc) ((uc)->uc_mcontext.uc_regs)
#else
#include "sysdep/sigcontext.h"
#endif

/* The bytes below the stack pointer that belong to the interrupted code: none. */
#define FRAME_REDZONE 0
#define FRAME_ALIGN 16
#define FRAME_SP_AT_SIGRETURN 0
/* That room: 19 general and 18 floating-point registers. */
#define FRAME_GAP_SIZE 224
/* The ucontext's pointer to the registers. */
#define FRAME_REGS_FIELD uc_regs
/* um/frame.h: the frame without SA_SIGINFO. */
#define FRAME_OLD_HEAD 64
#define FRAME_OLD_CONTEXT(sp) ((sp) + FRAME_OLD_HEAD + 32)
#define FRAME_OLD_MASK_LOW (offsetof(struct uapi_sigcontext, oldmask) - 32)
#define FRAME_OLD_MASK_HIGH (offsetof(struct uapi_sigcontext, _unused[3]) - 32)
#define FRAME_OLD_SIZE (FRAME_OLD_CONTEXT(0) + sizeof(struct mcontext) + FRAME_GAP_SIZE)
#define FRAME_OLD_SP_AT_SIGRETURN 0
/* arch/sys-ppc/sigtramp.S, and where it goes on for frames without SA_SIGINFO */
#define FRAME_SIGRETURN_IMAGE 4
#define FRAME_OLD_SIGRETURN 12

#ifndef UM_HOST_CODE
/* K's form of the FP state is a little longer than the frame's (sysdep/ptrace_user.h). */
#define FRAME_FP_OWN_FORM

struct arch_frame_data {
	unsigned long fpstate_offset;	/* from the sigcontext */
	unsigned long fpstate_size;	/* in K's form */
};

void setup_arch_frame(struct arch_frame_data_raw *in, struct arch_frame_data *out);
/* fp_to_frame does all that the host asks for. */
#define seal_arch_frame(sc, fp, addr, arch) ((void)(sc), (void)(fp), (void)(addr), (void)(arch))
/* Between the mc_fregs of a frame and `size` bytes, no less than all, of K's form. */
void fp_to_frame(void *in_frame, const void *fp, unsigned long size);
void fp_from_frame(void *fp, const void *in_frame, unsigned long size);
#endif

#endif
