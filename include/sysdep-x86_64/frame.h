/*
 * x86_64: where the host's signal frame has its parts.  The contract's names; used by the host
 * code that captures a frame and by kernel/frame.c.
 *
 * The frame, from the stack pointer up: return address (the restorer), ucontext, siginfo; then
 * the XSAVE area, whose place relative to the rest is the same in all frames because both are
 * placed by alignment to 64 bytes.
 */
#ifndef __SYSDEP_X86_64_FRAME_H
#define __SYSDEP_X86_64_FRAME_H

#ifdef UM_HOST_CODE
#include <signal.h>
#else
#include <asm/sigcontext.h>
#endif

/* The bytes below the stack pointer that belong to the interrupted code (System V ABI, 3.2.2). */
#define FRAME_REDZONE 128
/* New frames keep the template's stack pointer modulo this: XSAVE wants 64 bytes. */
#define FRAME_ALIGN 64
/* sigreturn is called after the handler's `ret` has popped the restorer. */
#define FRAME_SP_AT_SIGRETURN 8

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
struct arch_frame_data {
	unsigned long fpstate_offset;	/* from the sigcontext */
	unsigned long fpstate_size;	/* with the magic word at its end */
	struct _fpx_sw_bytes sw;	/* as the host fills them */
};

static inline void setup_arch_frame(struct arch_frame_data_raw *in, struct arch_frame_data *out)
{
	struct _fpstate *fp = (struct _fpstate *)in->fpstate;

	out->fpstate_offset = in->fpstate - in->sigcontext;
	out->fpstate_size = sizeof(*fp);
	out->sw = fp->sw_reserved;
	if (out->sw.magic1 == FP_XSTATE_MAGIC1)
		out->fpstate_size = out->sw.extended_size;
}

/* Makes the FP state at `fp`, which the host will find at `addr`, one that its sigreturn takes. */
static inline void seal_arch_frame(struct sigcontext *sc, void *fp, unsigned long addr,
				   const struct arch_frame_data *arch)
{
	const unsigned magic2 = FP_XSTATE_MAGIC2;

	sc->fpstate = (struct _fpstate *)addr;
	((struct _fpstate *)fp)->sw_reserved = arch->sw;
	if (arch->sw.magic1 == FP_XSTATE_MAGIC1)
		__builtin_memcpy((char *)fp + arch->sw.xstate_size, &magic2, sizeof(magic2));
}
#endif

#endif
