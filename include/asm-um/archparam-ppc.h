/* ppc: ELF, memory layout and per-thread state. */
#ifndef __UM_ARCHPARAM_PPC_H
#define __UM_ARCHPARAM_PPC_H

#include <linux/audit.h>
#include <linux/auxvec.h>
#include <linux/elf-em.h>

#include <asm/cputable.h>

#define ARCH_PAGE_SHIFT 12

/* elf(5): what a program for this CPU says in e_machine and EI_CLASS. */
#define ELF_ARCH EM_PPC
#define ELF_CLASS ELFCLASS32
#define ARCH_ELF_CLASS 32
#define ELF_DATA ELFDATA2MSB
#define ELF_PLATFORM "powerpc"
#define ARCH_PLATFORM_IS_MODEL 1
#define UTS_MACHINE "ppc"
#define ARCH_AUDIT AUDIT_ARCH_PPC	/* seccomp(2), PTRACE_GET_SYSCALL_INFO */

/* User addresses end 64 KiB below 4 GiB under a 64-bit kernel (TASK_SIZE_USER32 with its largest
 * pages), at 0xb0000000 under most 32-bit ones (CONFIG_TASK_SIZE).  Guests get all but some 256 MB,
 * where the layer finds its place above K's own mappings: the host begins those 128 MB below the
 * stack. */
#define ARCH_HOST_TASK_SIZE 0xffff0000UL
#define ARCH_HOST_TASK_SIZE_MIN 0xb0000000UL
#define ARCH_TASK_SIZE 0xf0000000UL
#define STACK_ALIGN 16
#define ARCH_SPLIT_ARGS_ALIGNED 1

/* Sizes of cache blocks, by which the C library clears memory; and the padding that Linux has. */
#define ARCH_AUXV AT_IGNOREPPC, AT_DCACHEBSIZE, AT_ICACHEBSIZE, AT_UCACHEBSIZE

/* Not for guests: registers that K does not carry, those of VSX, SPE and transactional memory,
 * and what came after them, which counts on VSX. */
#define ARCH_HWCAP(host)                                                                           \
	((host) & ~((unsigned long)PPC_FEATURE_HAS_VSX | PPC_FEATURE_ARCH_2_06 |                   \
		    PPC_FEATURE_HAS_SPE | PPC_FEATURE_HAS_EFP_SINGLE | PPC_FEATURE_HAS_EFP_DOUBLE))
#define ARCH_HWCAP2(host) ((host) & ((unsigned long)PPC_FEATURE2_ISEL | PPC_FEATURE2_DARN))

/* State that uml_pt_regs does not hold. */
struct arch_thread {
	unsigned long fault_err;	/* of the last fault, for the log: DSISR */
};

#endif
