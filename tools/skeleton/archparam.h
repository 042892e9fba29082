/* @CPU@: ELF, memory layout and per-thread state. */
#ifndef __UM_ARCHPARAM_@CPU_UPPER@_H
#define __UM_ARCHPARAM_@CPU_UPPER@_H

#include <linux/audit.h>
#include <linux/elf-em.h>

/* The host's smallest page; level 8 compares. */
#define ARCH_PAGE_SHIFT 12

/* elf(5): what a program for this CPU says in e_machine, EI_CLASS and EI_DATA.  From the compiler. */
#define ELF_ARCH @ELF_ARCH@
#define ELF_CLASS ELFCLASS@BITS@
#define ARCH_ELF_CLASS @BITS@
#define ELF_DATA @ELF_DATA@
#define ARCH_AUDIT @ARCH_AUDIT@	/* seccomp(2), PTRACE_GET_SYSCALL_INFO */
/* uname's machine, and AT_PLATFORM's string, or NULL for none: what the host's processes see. */
#define UTS_MACHINE "@MACHINE@"
#define ELF_PLATFORM "@MACHINE@"

/* Where user addresses end on the host, and where those of guests do: the layer lives between them,
 * at a random place that must be free in K too. */
#error "not yet: ARCH_HOST_TASK_SIZE: where the host's user addresses end"
#error "not yet: ARCH_TASK_SIZE: where the guests' end, 64 MiB or more below"
/* The stack pointer of a new program; level 8 compares. */
#define STACK_ALIGN 16

/* Optional, if true of this CPU: ARCH_CLONE_TLS_LAST 1 (clone's last argument is tls, not child_tid),
 * ARCH_SPLIT_ARGS_ALIGNED 1 (32-bit: 64-bit arguments begin at an even register),
 * ARCH_HWCAP(host) (features whose state K does not carry), ARCH_SWITCH_FP_CONTROL 1,
 * ARCH_SPACE_FENCE (where instruction fetches do not see stores, and K's cache.c cannot help other
 * processes: the host call with which each helps itself). */

/* State that uml_pt_regs does not hold: what arch_fault_info keeps for the signal's frame.  fault_err
 * is also in messages about faults; 0 where the CPU has no such code. */
struct arch_thread {
	unsigned long fault_addr, fault_err;
};

#endif
