/*
 * @CPU@: where the host's signal frame has its parts.  The contract's names; used by the host code
 * that captures a frame (os/frame.c) and by kernel/frame.c.
 *
 * (Say here what the frame is from the stack pointer up, and where the FP state is.)
 */
#ifndef __SYSDEP_@CPU_UPPER@_FRAME_H
#define __SYSDEP_@CPU_UPPER@_FRAME_H

#ifdef UM_HOST_CODE
#include <signal.h>
#else
#include <asm/sigcontext.h>
#endif

/* The bytes below the stack pointer that belong to the interrupted code, by the ABI. */
#error "not yet: FRAME_REDZONE"
/* New frames keep the template's stack pointer modulo this. */
#error "not yet: FRAME_ALIGN"
/* How far above the frame the stack pointer is when sigreturn is called: where a handler's return
 * pops an address its size, else 0. */
#error "not yet: FRAME_SP_AT_SIGRETURN"
/* Where Linux has the sigreturn call in its vDSO, since C libraries bring none (no SA_RESTORER): its
 * instructions, as words, { 0x..., 0x... }.  Else leave it out. */
#error "not yet: FRAME_SIGRETURN_CODE, or no restorer of its own"

/* In the handler: the address of the slot with the return address.  Where that is in a register, this
 * and all up to setup_arch_frame_raw is in asm-um/frame-link.h, to be included instead. */
static inline __attribute__((always_inline)) unsigned long frame_restorer(void)
{
#error "not yet: frame_restorer"
}

/* In the handler: the stack pointer as it was at its first instruction. */
static inline __attribute__((always_inline)) unsigned long frame_sp(void)
{
	return (unsigned long)__builtin_dwarf_cfa();
}

/* Addresses in the frame, as the handler finds them; may be empty. */
struct arch_frame_data_raw {
	unsigned long none;
};

static inline void setup_arch_frame_raw(struct arch_frame_data_raw *data, struct sigcontext *sc)
{
	(void)sc;
	data->none = 0;
}

#ifndef UM_HOST_CODE
/* What K keeps of them: where the FP state is, from the sigcontext, and its size. */
struct arch_frame_data {
	unsigned long fpstate_offset, fpstate_size;
};

static inline void setup_arch_frame(struct arch_frame_data_raw *in, struct arch_frame_data *out)
{
#error "not yet: setup_arch_frame"
}

/* Makes the FP state at `fp`, which the host will find at `addr`, one that its sigreturn takes. */
static inline void seal_arch_frame(struct sigcontext *sc, void *fp, unsigned long addr,
				   const struct arch_frame_data *arch)
{
#error "not yet: seal_arch_frame"
}
/* Optional: FRAME_FP_OWN_FORM with fp_to_frame and fp_from_frame, where the frame has the FP state in
 * another order than ptrace (um/frame.h). */
#endif

#endif
