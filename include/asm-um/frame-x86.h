/*
 * x86: signal frames, as far as they are the same on both CPUs of the family; included by their
 * sysdep/frame.h, which has FRAME_FSAVE_SIZE, the bytes of the older form of the x87 state (fsave.h)
 * that stand before the XSAVE area.
 *
 * At a handler's entry the stack pointer is at the return address, the restorer.  The XSAVE area's
 * place relative to the rest is the same in all frames, because both are placed by alignment to 64
 * bytes.
 */
#ifndef __UM_FRAME_X86_H
#define __UM_FRAME_X86_H

#ifdef UM_HOST_CODE
#include <signal.h>
#else
#include <asm/sigcontext.h>
#endif

#include "asm-um/xsave.h"

/* New frames keep the template's stack pointer modulo this: XSAVE wants 64 bytes. */
#define FRAME_ALIGN 64

static inline __attribute__((always_inline)) unsigned long frame_restorer(void)
{
	unsigned long *fp = __builtin_frame_address(0);

	return (unsigned long)(fp + 1);
}

static inline __attribute__((always_inline)) unsigned long frame_sp(void)
{
	unsigned long *fp = __builtin_frame_address(0);

	return (unsigned long)(fp + 1);
}

struct arch_frame_data_raw {
	unsigned long sigcontext, fpstate;
};

static inline void setup_arch_frame_raw(struct arch_frame_data_raw *data, struct sigcontext *sc)
{
	data->sigcontext = (unsigned long)sc;
	data->fpstate = (unsigned long)sc->fpstate;
}

#ifndef UM_HOST_CODE
/* What K moves is the XSAVE area. */
struct arch_frame_data {
	unsigned long fpstate_offset;	/* from the sigcontext */
	unsigned long fpstate_size;	/* with the magic word at its end */
	struct _fpx_sw_bytes sw;	/* as the host fills them */
};

static inline void setup_arch_frame(struct arch_frame_data_raw *in, struct arch_frame_data *out)
{
	struct _fpstate *fp = (struct _fpstate *)in->fpstate;

	out->fpstate_offset = in->fpstate + FRAME_FSAVE_SIZE - in->sigcontext;
	out->fpstate_size = FXSAVE_SIZE;
	out->sw = fp->sw_reserved;
	if (out->sw.magic1 == FP_XSTATE_MAGIC1)
		out->fpstate_size = out->sw.extended_size - FRAME_FSAVE_SIZE;
}

/* Makes the FP state at `fp`, which the host will find at `addr`, one that its sigreturn takes.
 * arch/x86/sigcontext.c */
void seal_arch_frame(struct sigcontext *sc, void *fp, unsigned long addr,
		     const struct arch_frame_data *arch);
#endif

#endif
