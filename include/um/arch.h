/* The port contract on one page: what generic code may ask of the CPU.  Each name below comes
 * from include/sysdep-$(SUBARCH)/ or arch/sys-$(SUBARCH)/; Documentation/porting.md explains. */
#ifndef UM_ARCH_H
#define UM_ARCH_H

#include "um/types.h"

#include "asm-um/ptrace-generic.h"	/* struct pt_regs, PT_REGS_* over sysdep/ptrace.h */
#include "asm-um/archparam.h"		/* ELF and memory constants, struct arch_thread */

struct task;
struct fiber;

/* Saves the callee-saved state on the running stack, its pointer in *save, and goes on with the
 * stack `load`.  arch/sys-X/switch_to.S */
void switch_to(void **save, void *load);
/* Prepares a new stack so that the first switch_to to it calls entry(); the pointer to load. */
void *switch_prepare(void *stack_top, void (*entry)(void));

/* exec: registers of a program that begins at ip with stack pointer sp. */
void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp);
/* clone's tls argument.  0 or -errno. */
int arch_set_tls(struct task *task, unsigned long tls);
/* A fault's details for the signal frame's sigcontext. */
void arch_fault_info(struct task *task);

/* A register by ptrace offset, for guest ptrace(2): -EIO for one that does not exist or a value
 * that user code cannot hold.  regno and value as PTRACE_POKEUSER has them. */
int putreg(struct task *child, unsigned long regno, unsigned long value);
unsigned long getreg(struct task *child, unsigned long regno);
/* The floating-point state that a program starts with, in PT_FP_REGSET's form. */
void arch_fp_init(void *buf, size_t size);
/* K has written n bytes that may be code: whoever fetches instructions there next, in any process
 * and at any address, finds them.  arch/sys-X/cache.c, where fetches do not see stores by nature */
void arch_sync_icache(const void *start, size_t n);
/* Prints the registers: SysRq, panic. arch/sys-X/sysrq.c */
void show_regs(struct pt_regs *regs);
/* The internet checksum (RFC 1071) of n bytes, folded to 16 bits, in network order. */
u16 ip_compute_csum(const void *data, size_t n);

#endif
