/*
 * riscv64: where the host's signal frame has its parts.  The contract's names; used by the host code
 * that captures a frame (os/frame.c) and by kernel/frame.c.
 *
 * The frame, from the stack pointer up: siginfo, ucontext.  The sigcontext at its end is the general
 * registers as ptrace has them, then the FP state, in room for one with registers of 128 bits: of that
 * the last three words lead to records of other extensions.  ra is the restorer.
 */
#ifndef __SYSDEP_RISCV64_FRAME_H
#define __SYSDEP_RISCV64_FRAME_H

#include "asm-um/frame-link.h"

#ifdef UM_HOST_CODE
#include <signal.h>
#else
#include <asm/sigcontext.h>
#endif

/* The bytes below the stack pointer that belong to the interrupted code: none (psABI). */
#define FRAME_REDZONE 0
/* New frames keep the template's stack pointer modulo this. */
#define FRAME_ALIGN 16
#define FRAME_SP_AT_SIGRETURN 0
/* li a7, __NR_rt_sigreturn; ecall: as in Linux's vDSO */
#define FRAME_SIGRETURN_CODE { 0x08b00893, 0x00000073 }

#ifndef UM_HOST_CODE
struct arch_frame_data {
	unsigned long fpstate_offset;	/* from the sigcontext */
	unsigned long fpstate_size;
};

static inline void setup_arch_frame(struct arch_frame_data_raw *in, struct arch_frame_data *out)
{
	(void)in;
	out->fpstate_offset = __builtin_offsetof(struct sigcontext, sc_fpregs);
	out->fpstate_size = sizeof(struct __riscv_d_ext_state);
}

/* No records of other extensions: they would be of another task. */
static inline void seal_arch_frame(struct sigcontext *sc, void *fp, unsigned long addr,
				   const struct arch_frame_data *arch)
{
	(void)fp, (void)addr, (void)arch;
	__builtin_memset(sc->sc_fpregs.q.reserved, 0, sizeof(sc->sc_fpregs.q.reserved));
}
#endif

#endif
