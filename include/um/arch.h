/*
 * The port contract on one page: what generic code may ask of the CPU.  Documentation/porting.md
 * explains each hook and in which order a port comes by them; tests/port/ checks them one by one;
 * tools/newport writes a skeleton of all of them.
 *
 * Macros, in include/sysdep-X/ and include/asm-um/archparam-X.h (those in brackets may be left
 * out):
 *
 *	archparam-X.h	ARCH_PAGE_SHIFT ELF_ARCH ELF_CLASS ARCH_ELF_CLASS ELF_DATA ELF_PLATFORM
 *			UTS_MACHINE ARCH_AUDIT ARCH_HOST_TASK_SIZE ARCH_TASK_SIZE STACK_ALIGN,
 *			struct arch_thread, and with defaults in asm-um/archparam.h
 *			[ARCH_CLONE_TLS_LAST ARCH_SPLIT_ARGS_ALIGNED ARCH_SWITCH_FP_CONTROL
 *			ARCH_OLD_SIGSUSPEND3 ARCH_OLD_MMAP ARCH_HWCAP ARCH_HWCAP2 ARCH_AUXV
 *			ARCH_SPACE_FENCE ARCH_HOST_TASK_SIZE_MIN ARCH_PLATFORM_IS_MODEL]
 *	ptrace.h	struct uml_pt_regs, EMPTY_UML_PT_REGS MAX_REG_NR, UPT_REG UPT_SET UPT_IP
 *			UPT_SP UPT_FP UPT_SYSCALL_ARG1 to 6, UPT_SYSCALL_NR UPT_ORIG_SYSCALL
 *			UPT_SYSCALL_RET UPT_SET_SYSCALL_RETURN UPT_RESTART_SYSCALL
 *			UPT_SYSCALL_INSN_SIZE, ARCH_REG_NAMES ARCH_PRSTATUS_WORDS, [UPT_TLS
 *			UPT_TRACE_ENTRY UPT_SET_SYSCALL_ARG1 ARCH_REGSETS]
 *	ptrace_user.h	PT_SYSCALL_NR PT_SYSCALL_RET PT_IP PT_SP, PT_*_OFFSET of these and of
 *			PT_SYSCALL_ARG1 to 6, FRAME_SIZE FRAME_SIZE_OFFSET PT_FP_REGSET, struct
 *			sys_pt_regs, and with defaults in um/ptrace_host.h and where they are used
 *			[PT_SET_STEP PT_CLEAR_STEP PT_HOST_STEPS PT_STOPS_HIDE
 *			PT_DEBUG_CONTROL_OFFSET PT_NULL_CALL PT_OWN_REQUEST PT_THREAD_POINTER
 *			PT_IS_STATE ARCH_FP_REGSETS ARCH_USER_WORDS ARCH_USER_FP ARCH_REGSET_REQUESTS
 *			UM_HAVE_GETREGS UM_HAVE_SETREGS]
 *	sigcontext.h	[SC_FAULT_ADDR SC_FAULT_WRITE SC_FAULT_EXEC SEGV_IS_FIXABLE SC_IS_FLAT]
 *			SC_RESTART_SYSCALL SC_SET_SYSCALL_RETURN SC_START_SYSCALL, and the functions
 *			of sigcontext.c
 *	frame.h		FRAME_REDZONE FRAME_ALIGN FRAME_SP_AT_SIGRETURN frame_restorer frame_sp
 *			setup_arch_frame_raw setup_arch_frame seal_arch_frame [FRAME_SIGRETURN_CODE
 *			FRAME_SIGRETURN_IMAGE FRAME_FP_OWN_FORM FRAME_HOST_SIGCONTEXT
 *			FRAME_REGS_FIELD FRAME_TAIL_SIZE FRAME_GAP_SIZE FRAME_OLD_*]
 *	layer.h		LAYER_BATCH_START LAYER_BATCH_RESULT LAYER_BATCH_LEFT [LAYER_CALLS
 *			LAYER_TLS_CHANGES LAYER_AT_BREAKPOINT LAYER_BREAKPOINT_TO_SYSCALL, and with
 *			defaults LAYER_DONE_SIGNAL LAYER_NR_MMAP LAYER_MMAP_OFFSET];
 *			layer_batch.S: layer_text_start layer_batch layer_text_end
 *	syscalls.h	LAST_ARCH_SYSCALL [ARCH_SYSCALLS EXECUTE_SYSCALL]
 *	layer_syscall.h, layer_entry.S	[the reflect gate: layer_handler layer_restorer
 *			layer_first_trap layer_parked layer_mapper; layer_enter_mapper
 *			layer_syscall4 layer_ticks layer_relax layer_trap_now layer_set_tls
 *			[LAYER_BASE LAYER_TLS_CALL LAYER_TLS_ARG_1 LAYER_TLS_ARG_2]; um/layer.h,
 *			um/layer_regs.h]
 *	site.h, vdso.h	[rewritten system call sites: um/site.h; the vDSO: um/vdso.h]
 *
 * What most ports would write alike there is in headers that they include, of asm-um/:
 * uml-pt-regs.h (all of ptrace.h's but the registers' numbers, REGNO_*), ptrace_user.h,
 * layer-generic.h (struct layer_op, and those defaults), sigcontext-generic.h, and frame-link.h (a
 * handler's return address is in a register).
 *
 * What a family of CPUs has in arch/ARCH_FAMILY/ asks its ports for less than this and for hooks of
 * its own.  Those of x86: in asm-um/sigcontext-x86.h, frame-x86.h, layer-x86.h and xsave.h, and for
 * guests' ptrace upt_allowed USER_REG_NR USER_SIZE USER_DEBUGREG in sysdep/ptrace.h.
 *
 * Functions that other headers declare: ptrace_getregs and ptrace_setregs (sysdep/ptrace_user.h);
 * arch_ptrace, arch_regset_* (um/ptrace.h); sc_save_state, sc_restore_state, arch_enter_handler
 * (um/frame.h); arch_get_tls, arch_note_tls (um/layer_regs.h); cpu_relax, word_* (um/semaphore.h).
 * Files of arch/generic/ have those that most CPUs write alike, until the port has a file of the
 * same name.
 */
#ifndef UM_ARCH_H
#define UM_ARCH_H

#include "um/types.h"

#include "asm-um/ptrace-generic.h"	/* struct pt_regs, PT_REGS_* over sysdep/ptrace.h */
#include "asm-um/archparam.h"		/* ELF and memory constants, struct arch_thread */

#if !defined(ELF_ARCH) || !defined(ELF_CLASS) || !defined(ELF_DATA) || !defined(ARCH_ELF_CLASS)
#error "archparam-X.h: define ELF_ARCH, ELF_CLASS, ELF_DATA, ARCH_ELF_CLASS: a program's ELF header"
#endif
#if !defined(ELF_PLATFORM) || !defined(UTS_MACHINE)
#error "archparam-X.h: define UTS_MACHINE and ELF_PLATFORM: uname's and AT_PLATFORM's strings"
#endif
#ifndef ARCH_AUDIT
#error "archparam-X.h: define ARCH_AUDIT: AUDIT_ARCH_*, what seccomp calls this CPU"
#endif
#ifndef ARCH_PAGE_SHIFT
#error "archparam-X.h: define ARCH_PAGE_SHIFT: the guests' page, no smaller than the host's"
#endif
#ifndef ARCH_HOST_TASK_SIZE
#error "archparam-X.h: define ARCH_HOST_TASK_SIZE: where the host's user addresses end"
#endif
#ifndef ARCH_TASK_SIZE
#error "archparam-X.h: define ARCH_TASK_SIZE: where the guests' end; the layer is between the two"
#endif
#ifndef STACK_ALIGN
#error "archparam-X.h: define STACK_ALIGN: of a new program's stack pointer"
#endif

struct task;
struct fiber;

/* Saves the callee-saved state on the running stack, its pointer in *save, and goes on with the
 * stack `load`.  arch/sys-X/switch_to.S */
void switch_to(void **save, void *load);
/* Prepares a new stack so that the first switch_to to it calls entry(); the pointer to load. */
void *switch_prepare(void *stack_top, void (*entry)(void));

/* exec: registers of a program that begins at ip with stack pointer sp. */
void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp);
/* clone's tls argument: an address, or what else the CPU's Linux has there.  0 or -errno. */
int arch_set_tls(struct task *task, unsigned long tls);
/* What task->event says of a fault, for the sigcontext of its signal: into task->arch. */
void arch_fault_info(struct task *task);

/* A register by ptrace offset, for guest ptrace(2): -EIO for one that does not exist or a value
 * that user code cannot hold.  regno and value as PTRACE_POKEUSER has them. */
int putreg(struct task *child, unsigned long regno, unsigned long value);
unsigned long getreg(struct task *child, unsigned long regno);	/* -1UL: no such register */
/* The floating-point state that a program starts with, in PT_FP_REGSET's form. */
void arch_fp_init(void *buf, size_t size);
/* K has written n bytes that may be code: whoever fetches instructions there next, in any process
 * and at any address, finds them.  arch/sys-X/cache.c, where fetches do not see stores by nature */
void arch_sync_icache(const void *start, size_t n);
/* Prints the registers: SysRq, panic. */
void show_regs(struct pt_regs *regs);
/* The internet checksum (RFC 1071) of n bytes, folded to 16 bits, in network order. */
u16 ip_compute_csum(const void *data, size_t n);

#endif
