/* x86_64: where a sigcontext has which register. */
#ifndef __SYSDEP_X86_64_SIGCONTEXT_H
#define __SYSDEP_X86_64_SIGCONTEXT_H

#define SC_IP(sc) ((sc)->rip)
#define SC_AX(sc) ((sc)->rax)
#define ARCH_SC_REGS(x)                                                                            \
	x(R8, r8) x(R9, r9) x(R10, r10) x(R11, r11) x(R12, r12) x(R13, r13) x(R14, r14)            \
	x(R15, r15) x(DI, rdi) x(SI, rsi) x(BP, rbp) x(BX, rbx) x(DX, rdx) x(AX, rax) x(CX, rcx)   \
	x(SP, rsp) x(IP, rip)
#define ARCH_SC_SELECTORS(x)	/* a program's own are not in the frame */

#include "asm-um/sigcontext-x86.h"

#endif
