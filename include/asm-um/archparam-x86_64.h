/* x86_64: ELF, memory layout and per-thread state. */
#ifndef __UM_ARCHPARAM_X86_64_H
#define __UM_ARCHPARAM_X86_64_H

#include <linux/audit.h>
#include <linux/elf-em.h>

#define ARCH_PAGE_SHIFT 12

/* elf(5): what a program for this CPU says in e_machine and EI_CLASS. */
#define ELF_ARCH EM_X86_64
#define ELF_CLASS ELFCLASS64
#define ARCH_ELF_CLASS 64
#define ELF_DATA ELFDATA2LSB
#define ELF_PLATFORM "x86_64"
#define UTS_MACHINE "x86_64"
#define ARCH_AUDIT AUDIT_ARCH_X86_64	/* seccomp(2), PTRACE_GET_SYSCALL_INFO */

/* User addresses end at 2^47 less a page (Documentation/x86/x86_64/mm.rst); guests get all but
 * the last 4 GB, where the layer lives at a random place. */
#define ARCH_HOST_TASK_SIZE ((1UL << 47) - 4096)
#define ARCH_TASK_SIZE ((1UL << 47) - (4UL << 30))
#define STACK_ALIGN 16
#define ARCH_CLONE_TLS_LAST 1	/* clone's 4th argument is child_tid, the 5th tls */

/* State that uml_pt_regs does not hold: none here, TLS is fs_base. */
struct arch_thread {
	/* The last fault, for the signal frame: error code, trap number, address. */
	unsigned long fault_err, fault_trap, fault_addr;
};

#endif
