/*
 * arm64: where the host's signal frame has its parts.  The contract's names; used by the host
 * code that captures a frame and by kernel/frame.c.
 *
 * The frame, from the stack pointer up: siginfo, ucontext, whose sigcontext ends with records of
 * 4 KiB, the first one with the FP state.  Above K puts a frame record, x29 and x30 of the code
 * that was interrupted, where x29 of the handler points.  x30 is the restorer.
 */
#ifndef __SYSDEP_ARM64_FRAME_H
#define __SYSDEP_ARM64_FRAME_H

#include "asm-um/frame-link.h"

#ifdef UM_HOST_CODE
#include <signal.h>
#else
#include <asm/sigcontext.h>
#endif

/* The bytes below the stack pointer that belong to the interrupted code: none. */
#define FRAME_REDZONE 0
/* New frames keep the template's stack pointer modulo this. */
#define FRAME_ALIGN 16
#define FRAME_SP_AT_SIGRETURN 0
/* mov x8, #__NR_rt_sigreturn; svc #0: as in Linux's vDSO */
#define FRAME_SIGRETURN_CODE { 0xd2801168, 0xd4000001 }

#ifndef UM_HOST_CODE
struct arch_frame_data {
	unsigned long fpstate_offset;	/* from the sigcontext */
	unsigned long fpstate_size;
};

static inline void setup_arch_frame(struct arch_frame_data_raw *in, struct arch_frame_data *out)
{
	(void)in;
	out->fpstate_offset = __builtin_offsetof(struct sigcontext, __reserved);
	out->fpstate_size = sizeof(struct fpsimd_context);
}

/* The FP state, complete, is the only record: others (ESR, SVE) would be of another task. */
static inline void seal_arch_frame(struct sigcontext *sc, void *fp, unsigned long addr,
				   const struct arch_frame_data *arch)
{
	struct fpsimd_context *record = fp;

	(void)sc, (void)addr, (void)arch;
	record->head = (struct _aarch64_ctx){ FPSIMD_MAGIC, sizeof(*record) };
	record[1].head = (struct _aarch64_ctx){ 0, 0 };
}

/* struct user_fpsimd_state of ptrace(2), and the frame's record: as large, but in another order. */
#define FRAME_FP_OWN_FORM
enum { FP_VREGS_SIZE = 512 };

static inline void fp_to_frame(void *in_frame, const void *fp, unsigned long size)
{
	struct fpsimd_context *record = in_frame;
	const char *from = fp;

	if (size < FP_VREGS_SIZE + 8)
		return;
	__builtin_memcpy(record->vregs, from, FP_VREGS_SIZE);
	__builtin_memcpy(&record->fpsr, from + FP_VREGS_SIZE, 4);
	__builtin_memcpy(&record->fpcr, from + FP_VREGS_SIZE + 4, 4);
}

static inline void fp_from_frame(void *fp, const void *in_frame, unsigned long size)
{
	const struct fpsimd_context *record = in_frame;
	char *to = fp;

	if (size < FP_VREGS_SIZE + 8)
		return;
	__builtin_memcpy(to, record->vregs, FP_VREGS_SIZE);
	__builtin_memcpy(to + FP_VREGS_SIZE, &record->fpsr, 4);
	__builtin_memcpy(to + FP_VREGS_SIZE + 4, &record->fpcr, 4);
}
#endif

#endif
