/* i386: ELF, memory layout and per-thread state. */
#ifndef __UM_ARCHPARAM_I386_H
#define __UM_ARCHPARAM_I386_H

#include <linux/audit.h>
#include <linux/elf-em.h>

#define ARCH_PAGE_SHIFT 12

/* elf(5): what a program for this CPU says in e_machine and EI_CLASS. */
#define ELF_ARCH EM_386
#define ELF_CLASS ELFCLASS32
#define ARCH_ELF_CLASS 32
#define ELF_DATA ELFDATA2LSB
#define ELF_PLATFORM "i686"
#define UTS_MACHINE "i686"
#define ARCH_AUDIT AUDIT_ARCH_I386	/* seccomp(2), PTRACE_GET_SYSCALL_INFO */

/* User addresses end two pages below 4 GiB under a 64-bit kernel (IA32_PAGE_OFFSET), at 3 GiB under
 * a 32-bit one.  Guests get all but some 256 MB, where the layer finds its place above K's own
 * mappings: the host begins those 128 MB below the stack. */
#define ARCH_HOST_TASK_SIZE 0xffffe000UL
#define ARCH_TASK_SIZE 0xf0000000UL
#define STACK_ALIGN 16
#define ARCH_CLONE_TLS_LAST 0	/* clone's 4th argument is tls, the 5th child_tid */
#define ARCH_OLD_MMAP 1
#define ARCH_OLD_SIGSUSPEND3 1

/* State that uml_pt_regs does not hold. */
struct arch_thread {
	/* The last fault, for the signal frame: error code, trap number, address. */
	unsigned long fault_err, fault_trap, fault_addr;
};

#endif
