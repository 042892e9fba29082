/* i386: where a sigcontext has which register. */
#ifndef __SYSDEP_I386_SIGCONTEXT_H
#define __SYSDEP_I386_SIGCONTEXT_H

#define SC_IP(sc) ((sc)->eip)
#define SC_AX(sc) ((sc)->eax)
#define ARCH_SC_REGS(x)                                                                            \
	x(BX, ebx) x(CX, ecx) x(DX, edx) x(SI, esi) x(DI, edi) x(BP, ebp) x(AX, eax) x(SP, esp)    \
	x(IP, eip)
#define ARCH_SC_SELECTORS(x) x(DS, ds) x(ES, es) x(FS, fs) x(GS, gs)

#include "asm-um/sigcontext-x86.h"

#endif
