/*
 * i386: where the host's signal frames have their parts.  The contract's names; used by the host
 * code that captures a frame and by kernel/frame.c.
 *
 * The frame of a handler with SA_SIGINFO, from the stack pointer up: return address, the three
 * arguments, siginfo, ucontext, 8 bytes of code.  One without has return address, signal number,
 * sigcontext, room for an FPU state that is not used, the second word of the mask, and code.
 * Above both is the FPU's state: the 112 bytes that FSAVE would have written, then the XSAVE
 * area, aligned to 64 bytes.
 */
#ifndef __SYSDEP_I386_FRAME_H
#define __SYSDEP_I386_FRAME_H

#ifdef UM_HOST_CODE
#include <signal.h>
#else
#include <asm/sigcontext.h>
#endif

/* Nothing below the stack pointer belongs to the interrupted code. */
#define FRAME_REDZONE 0
/* New frames keep the template's stack pointer modulo this: XSAVE wants 64 bytes. */
#define FRAME_ALIGN 64
/* rt_sigreturn is called after the handler's `ret` has popped the restorer. */
#define FRAME_SP_AT_SIGRETURN 4
/* The code that calls rt_sigreturn. */
#define FRAME_TAIL_SIZE 8
/* um/frame.h: the frame without SA_SIGINFO.  sigreturn is called by code that has popped the
 * signal number too. */
#define FRAME_OLD_CONTEXT(sp) ((sp) + 8)
#define FRAME_OLD_MASK_LOW offsetof(struct sigcontext, oldmask)
#define FRAME_OLD_MASK_HIGH (sizeof(struct sigcontext) + sizeof(struct _fpstate_32))
#define FRAME_OLD_SIZE (8 + FRAME_OLD_MASK_HIGH + sizeof(u32) + FRAME_TAIL_SIZE)
#define FRAME_OLD_SP_AT_SIGRETURN 8
/* The FSAVE image before the XSAVE area. */
#define FRAME_FSAVE_SIZE 112

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
/* The FSAVE image is not K's: what K moves begins behind it. */
struct arch_frame_data {
	unsigned long fpstate_offset;	/* of the XSAVE area, from the sigcontext */
	unsigned long fpstate_size;	/* with the magic word at its end */
	struct _fpx_sw_bytes sw;	/* as the host fills them */
};

static inline void setup_arch_frame(struct arch_frame_data_raw *in, struct arch_frame_data *out)
{
	struct _fpstate_32 *fp = (struct _fpstate_32 *)in->fpstate;

	out->fpstate_offset = in->fpstate + FRAME_FSAVE_SIZE - in->sigcontext;
	out->fpstate_size = sizeof(*fp) - FRAME_FSAVE_SIZE;
	out->sw = fp->sw_reserved;
	if (out->sw.magic1 == FP_XSTATE_MAGIC1)
		out->fpstate_size = out->sw.extended_size - FRAME_FSAVE_SIZE;
}

/* Makes the FP state at `fp`, which the host will find at `addr`, one that its sigreturn takes.
 * arch/sys-i386/fpstate.c */
void seal_arch_frame(struct sigcontext *sc, void *fp, unsigned long addr,
		     const struct arch_frame_data *arch);
#endif

#endif
