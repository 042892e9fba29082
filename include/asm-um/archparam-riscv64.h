/* riscv64: ELF, memory layout and per-thread state. */
#ifndef __UM_ARCHPARAM_RISCV64_H
#define __UM_ARCHPARAM_RISCV64_H

#include <asm/unistd.h>
#include <linux/audit.h>
#include <linux/elf-em.h>

#define ARCH_PAGE_SHIFT 12

/* elf(5): what a program for this CPU says in e_machine, EI_CLASS and EI_DATA. */
#define ELF_ARCH EM_RISCV
#define ELF_CLASS ELFCLASS64
#define ARCH_ELF_CLASS 64
#define ELF_DATA ELFDATA2LSB
#define ARCH_AUDIT AUDIT_ARCH_RISCV64	/* seccomp(2), PTRACE_GET_SYSCALL_INFO */
#define UTS_MACHINE "riscv64"
#define ELF_PLATFORM NULL	/* Linux gives programs none */

/* User addresses have 38, 47 or 56 bits, as the CPU's page tables have three, four or five levels
 * (Documentation/riscv/vm-layout.rst); hosts with fewer than 56 are found out at boot.  Guests get 47
 * at the most: programs that keep something in the upper bits of pointers, as many do, are used to no
 * more.  All above is the layer's to choose a random place from. */
#define ARCH_HOST_TASK_SIZE (1UL << 56)
#define ARCH_TASK_SIZE (1UL << 47)
/* Of a new program's stack pointer. */
#define STACK_ALIGN 16

/* clone's last argument is child_tid, the one before it tls (CLONE_BACKWARDS). */

/* riscv_flush_icache(2), whose fences are those of the caller's own address space. */
#define ARCH_SPACE_FENCE __NR_riscv_flush_icache

/* One bit for each extension's letter.  Not for guests: vectors, whose registers K does not carry. */
#define ARCH_HWCAP(host) ((host) & ~(1UL << ('V' - 'A')))

/* Signal frames say nothing of a fault but what is in the siginfo: an error code there is not. */
struct arch_thread {
	unsigned long fault_err;
};

#endif
