/* arm64: ELF, memory layout and per-thread state. */
#ifndef __UM_ARCHPARAM_ARM64_H
#define __UM_ARCHPARAM_ARM64_H

#include <asm/hwcap.h>
#include <linux/audit.h>
#include <linux/elf-em.h>

#define ARCH_PAGE_SHIFT 12

/* elf(5): what a program for this CPU says in e_machine and EI_CLASS. */
#define ELF_ARCH EM_AARCH64
#define ELF_CLASS ELFCLASS64
#define ARCH_ELF_CLASS 64
#define ELF_DATA ELFDATA2LSB
#define ELF_PLATFORM "aarch64"
#define UTS_MACHINE "aarch64"
#define ARCH_AUDIT AUDIT_ARCH_AARCH64

/* User addresses have 48 bits on most hosts, 39 on some (Documentation/arm64/memory.rst).  Guests
 * get all but the last TB, or quarter, where the layer lives at a random place.  It must be free in
 * K too, whose own memory the host puts below the end at a distance of 1 GB or less. */
#define ARCH_HOST_TASK_SIZE (1UL << 48)
#define ARCH_TASK_SIZE ((1UL << 48) - (1UL << 40))
#define STACK_ALIGN 16

/* Not for guests: vector state that K does not carry (SVE, SME), memory tags, and authenticated
 * pointers: the keys are those of um, which all spaces inherit and no exec changes.  (Code that
 * signs without asking so works, whichever space it moves to.)  And CPUID, by which programs would
 * look for these themselves. */
#define ARCH_HWCAP(host)                                                                           \
	((host) & ~((unsigned long)HWCAP_SVE | HWCAP_CPUID | HWCAP_PACA | HWCAP_PACG))
#define ARCH_HWCAP2(host) ((host) & ARCH_HWCAP2_SAFE)
#define ARCH_HWCAP2_SAFE                                                                           \
	((unsigned long)HWCAP2_DCPODP | HWCAP2_FLAGM2 | HWCAP2_FRINT | HWCAP2_I8MM | HWCAP2_BF16 | \
	 HWCAP2_DGH | HWCAP2_RNG | HWCAP2_ECV)

/* State that uml_pt_regs does not hold. */
struct arch_thread {
	unsigned long fault_err, fault_addr;	/* the last fault, for the signal frame: ESR, address */
};

#endif
