/* arm64: reading and changing a signal frame's sigcontext; the contract's names. */
#ifndef __SYSDEP_ARM64_SIGCONTEXT_H
#define __SYSDEP_ARM64_SIGCONTEXT_H

#include <asm/sigcontext.h>

#include "sysdep/ptrace.h"

/* The record of this magic, of at least `size` bytes; NULL: the frame has none. */
void *sc_record(struct sigcontext *sc, unsigned magic, unsigned long size);
/* The exception syndrome that the host has put into the frame of a fault; 0: none. */
unsigned long sc_esr(struct sigcontext *sc);

/* What user code may set of the processor state: the condition flags, and (Arm ARM C5.2.18) DIT,
 * SSBS, BTYPE and TCO, of which the last two are off when a handler begins. */
#define PSTATE_USER 0xf3001c00UL
#define PSTATE_NOT_IN_HANDLER 0x02000c00UL

/* Exception syndromes, Arm ARM D17.2.37: the class, and of aborts the kind and what was tried. */
#define ESR_CLASS(esr) ((esr) >> 26 & 0x3f)
#define ESR_CLASS_EXEC 0x20	/* an instruction abort, from user code */
#define ESR_CLASS_DATA 0x24
#define ESR_32BIT_INSN (1UL << 25)
#define ESR_CACHE (1UL << 8)	/* cache maintenance, which counts as a write there */
#define ESR_WRITE (1UL << 6)
#define ESR_KIND(esr) ((esr) & 0x3c)
#define ESR_TRANSLATION 0x04
#define ESR_ACCESS_FLAG 0x08
#define ESR_PERMISSION 0x0c
#define ESR_ALIGNMENT 0x21
#define ESR_LEVEL_3 3UL

#define SC_RESTART_SYSCALL(sc) ((void)((sc)->pc -= UPT_SYSCALL_INSN_SIZE))
#define SC_SET_SYSCALL_RETURN(sc, result) ((void)((sc)->regs[0] = (unsigned long)(result)))
#define SC_FAULT_ADDR(sc) ((sc)->fault_address)
#define SC_FAULT_WRITE(sc)                                                                         \
	(ESR_CLASS(sc_esr(sc)) == ESR_CLASS_DATA && (sc_esr(sc) & (ESR_WRITE | ESR_CACHE)) == ESR_WRITE)
#define SC_FAULT_EXEC(sc) (ESR_CLASS(sc_esr(sc)) == ESR_CLASS_EXEC)
#define SEGV_IS_FIXABLE(sc) esr_is_fixable(sc_esr(sc))
/* The result's register is the first argument's: nothing to set before the call. */
#define SC_START_SYSCALL(sc) ((void)(sc))

static inline int esr_is_fixable(unsigned long esr)
{
	return (ESR_CLASS(esr) == ESR_CLASS_EXEC || ESR_CLASS(esr) == ESR_CLASS_DATA) &&
	       ESR_KIND(esr) >= ESR_TRANSLATION && ESR_KIND(esr) <= ESR_PERMISSION;
}

#include "asm-um/sigcontext-generic.h"

#endif
