/* x86_64: sizes of system call sites and stubs (um/site.h); arch/sys-x86_64/layer_site.c */
#ifndef __SYSDEP_X86_64_SITE_H
#define __SYSDEP_X86_64_SITE_H

#define SITE_INSN_SIZE 2	/* syscall */
/* mov $nr,%eax; lea back(%rip),%rcx; movabs $entry,%r11; jmp *%r11.  rcx and r11 are free, since
 * the system call instruction itself loses them. */
#define SITE_STUB_SIZE 25
/* What the stub has loaded: the call number, in the registers of an interrupted thread. */
#define SITE_SET_NUMBER(regs, nr) UPT_SET(regs, HOST_AX, (unsigned long)(nr))
#define SITE_JUMP_REACH (1L << 30)	/* rel32, with room for both ends */

#endif
