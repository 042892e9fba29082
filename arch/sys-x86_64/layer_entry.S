/*
 * The layer's ways in, where no C code can be: signals, trampolines, the mapper.
 *
 * A guest can jump to any instruction here, with any registers.  The system calls that it can
 * make so are those its filter allows (os/space_filter.c): harmless ones.
 */
#include <asm/unistd.h>

#include "um/layer.h"

#define SECCOMP_SET_MODE_FILTER 1	/* <linux/seccomp.h>, which is not for assembly */

#define SHARED(field) __start_layer_text + LAYER_SHARED_OFFSET + (field)(%rip)
#define COMMON(field) __start_layer_text + LAYER_COMMON_OFFSET + (field)(%rip)
#define RING __start_layer_text + LAYER_RING_OFFSET(%rip)
#define SAVE_SP (CHO_SAVE)
#define SAVE_BX (CHO_SAVE + 8)
#define SAVE_BP (CHO_SAVE + 16)
#define SAVE_R12 (CHO_SAVE + 24)
#define SAVE_R13 (CHO_SAVE + 32)
#define SAVE_R14 (CHO_SAVE + 40)
#define SAVE_R15 (CHO_SAVE + 48)
#define SAVE_RET (CHO_SAVE + 56)
#define SAVE_FLAGS (CHO_SAVE + 64)
/* channel.soft, as arch_soft_regs (layer_regs.c) fills it. */
#define SOFT_R8 (CHO_SOFT)
#define SOFT_DI (CHO_SOFT + 64)
#define SOFT_SI (CHO_SOFT + 72)
#define SOFT_BP (CHO_SOFT + 80)
#define SOFT_BX (CHO_SOFT + 88)
#define SOFT_DX (CHO_SOFT + 96)
#define SOFT_AX (CHO_SOFT + 104)
#define SOFT_CX (CHO_SOFT + 112)
#define SOFT_SP (CHO_SOFT + 120)
#define SOFT_IP (CHO_SOFT + 128)
#define SOFT_FLAGS (CHO_SOFT + 136)
/* How often a call looks for its answer before it waits in C: about 2 us. */
#define CALL_SPINS 1500

	.section layer_text, "ax", @progbits
	.globl layer_call, layer_call_saved, layer_call_flags, layer_call_known, layer_call_known_end
	.globl layer_call_posted, layer_call_restored, layer_call_restored_end, layer_call_fast_end
	.globl layer_handler, layer_restorer, layer_parked, layer_first_trap, layer_mapper
	.hidden layer_call_wait, layer_soft_wait, layer_trap, layer_go

/*
 * A rewritten system call: eax is its number, rcx the address it returns to; r11 is free, as
 * after `syscall`; all else must be as it was, the flags too, and the stack is not ours.  gs is the
 * channel.
 *
 * The labels matter to arch/sys-x86_64/layer_regs.c: it makes up the guest's registers when a
 * signal comes on the way.
 */
	.balign 64
layer_call:
	movq	%rcx, %gs:SAVE_RET
	movl	%eax, %gs:CHO_NR
layer_call_saved:
	movl	%eax, %r11d
	lahf
	seto	%al
layer_call_flags:
	cmpl	$QUICK_CALLS, %r11d
	jae	1f
	movq	%rcx, %gs:CHO_WORD
	leaq	RING, %rcx
	movzbl	RINGO_QUICK(%rcx, %r11), %ecx
	testl	%ecx, %ecx
	jz	1f
	/* The layer knows the answer. */
	movq	%gs:CHO_VALUES(, %rcx, 8), %r11
	movq	%gs:SAVE_RET, %rcx
	addb	$0x7f, %al	/* sets the overflow flag if al is 1 */
	sahf
layer_call_known:
	movq	%r11, %rax
	jmp	*%rcx
layer_call_known_end:

	/* K's to answer. */
1:	movq	%rdi, %gs:CHO_ARG
	movq	%rsi, %gs:CHO_ARG + 8
	movq	%rdx, %gs:CHO_ARG + 16
	movq	%r10, %gs:CHO_ARG + 24
	movq	%r8, %gs:CHO_ARG + 32
	movq	%r9, %gs:CHO_ARG + 40
	movzwl	%ax, %eax
	orl	$CALL_SPINS << 16, %eax
	movl	$CH_CALL, %r11d
	xchgl	%r11d, %gs:CHO_STATE
layer_call_posted:
	cmpl	$0, SHARED(SHAREDO_SLEEPING)
	jne	4f
2:	movl	%gs:CHO_STATE, %r11d
	cmpl	$CH_CALL, %r11d
	jne	3f
	subl	$0x10000, %eax
	jae	2b
	jmp	4f
3:	cmpl	$CH_CALL_DONE, %r11d
	jne	4f
6:	movq	%gs:CHO_WORD, %r11
	movq	%gs:SAVE_RET, %rcx
	addb	$0x7f, %al
	sahf
layer_call_restored:
	movq	%r11, %rax
	jmp	*%rcx
layer_call_restored_end:

	/* No answer yet, or one that asks for more: C code, on a stack of its own. */
4:	movq	%rsp, %gs:SAVE_SP
	movq	%rbx, %gs:SAVE_BX
	movq	%rbp, %gs:SAVE_BP
	movq	%r12, %gs:SAVE_R12
	movq	%r13, %gs:SAVE_R13
	movq	%r14, %gs:SAVE_R14
	movq	%r15, %gs:SAVE_R15
	movq	%rax, %gs:SAVE_FLAGS
layer_call_fast_end:

	/* From here on a signal finds the registers in the channel. */
	movq	%gs:CHO_SELF, %rdi
	leaq	CHANNEL_CALL_STACK(%rdi), %rsp
	call	layer_call_wait
	testl	%eax, %eax
	jnz	8f
	movq	%gs:CHO_ARG, %rdi
	movq	%gs:CHO_ARG + 8, %rsi
	movq	%gs:CHO_ARG + 16, %rdx
	movq	%gs:CHO_ARG + 24, %r10
	movq	%gs:CHO_ARG + 32, %r8
	movq	%gs:CHO_ARG + 40, %r9
	movq	%gs:SAVE_SP, %rsp
	movq	%gs:SAVE_FLAGS, %rax
	jmp	6b

	/* K needs all registers: those of the CPU's core are in the channel already. */
8:	movq	%gs:CHO_SELF, %rdi
	movl	SHARED(SHAREDO_FP_MASK), %eax
	movl	SHARED(SHAREDO_FP_MASK + 4), %edx
	xsave64	CHANNEL_SOFT_FP(%rdi)
	call	layer_soft_wait
	movq	%gs:CHO_SELF, %rdi
	movl	SHARED(SHAREDO_FP_MASK), %eax
	movl	SHARED(SHAREDO_FP_MASK + 4), %edx
	xrstor64 CHANNEL_SOFT_FP(%rdi)
	movq	SOFT_R8(%rdi), %r8
	movq	SOFT_R8 + 8(%rdi), %r9
	movq	SOFT_R8 + 16(%rdi), %r10
	movq	SOFT_R8 + 24(%rdi), %r11
	movq	SOFT_R8 + 32(%rdi), %r12
	movq	SOFT_R8 + 40(%rdi), %r13
	movq	SOFT_R8 + 48(%rdi), %r14
	movq	SOFT_R8 + 56(%rdi), %r15
	movq	SOFT_SI(%rdi), %rsi
	movq	SOFT_BP(%rdi), %rbp
	movq	SOFT_BX(%rdi), %rbx
	movq	SOFT_DX(%rdi), %rdx
	movq	SOFT_CX(%rdi), %rcx
	leaq	SOFT_FLAGS(%rdi), %rsp
	popfq
	movq	SOFT_AX(%rdi), %rax
	movq	SOFT_SP(%rdi), %rsp
	movq	%gs:SOFT_DI, %rdi
	jmp	*%gs:SOFT_IP

/*
 * A host signal, on the channel's signal stack; rsp is the frame, edi the signal.  All others
 * are blocked.  From layer_parked on nothing is used but rsp and what K wrote: K has seen by
 * the host's word that a thread of a recycled space sleeps there with that rsp.
 */
	.balign 16
layer_handler:
	movq	%rsp, %rsi
	andq	$-CHANNEL_SIZE, %rsi
	movq	%rsp, CHO_FRAME(%rsi)
	movq	%rsp, %rbx
	andq	$-16, %rsp
	call	layer_trap
	movq	%rbx, %rsp
	testl	%eax, %eax
	jnz	2f
1:	movq	%rsp, %rdi
	andq	$-CHANNEL_SIZE, %rdi
	xorl	%esi, %esi		/* FUTEX_WAIT */
	movl	$CH_TRAP_ASLEEP, %edx
	xorl	%r10d, %r10d
	movl	$__NR_futex, %eax
	syscall
layer_parked:
	movq	%rsp, %rdi
	andq	$-CHANNEL_SIZE, %rdi
	cmpl	$CH_TRAP_ASLEEP, CHO_STATE(%rdi)
	je	1b
2:	movq	%rsp, %rdi
	andq	$-CHANNEL_SIZE, %rdi
	movq	%rsp, %rbx
	andq	$-16, %rsp
	call	layer_go
	leaq	8(%rbx), %rsp
layer_restorer:
	movl	$__NR_rt_sigreturn, %eax
	syscall
layer_first_trap:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	ud2

/*
 * The mapper: rbx is the ring, r15d the next operation.  State in registers only: no stack, no
 * memory but the ring.  What it stores is for this space's threads, not for itself.  A thread that
 * it makes is on its own at once, and narrows its filter before it touches any memory.
 */
	.balign 16
layer_mapper:
1:	movl	RINGO_POSTED(%rbx), %r14d
	cmpl	%r14d, %r15d
	je	3f
	movl	%r15d, %r12d
	andl	$RING_OPS - 1, %r12d
	movl	%r12d, %ebp
	shll	$6, %ebp
	leaq	RINGO_FIRST(%rbx, %rbp), %rbp
	movl	0(%rbp), %eax
	movq	8(%rbp), %rdi
	movq	16(%rbp), %rsi
	movq	24(%rbp), %rdx
	movq	32(%rbp), %r10
	movq	40(%rbp), %r8
	movq	48(%rbp), %r9
	movq	56(%rbp), %rsp
	syscall
	/* What follows clone is run by the child before its memory is its own: no store there. */
	incl	%r15d
	testq	%rax, %rax
	jz	7f
	leaq	COMMON(COMMONO_RESULTS), %rcx
	movq	%rax, (%rcx, %r12, 8)
	movl	4(%rbp), %ecx
	cmpq	$-4095, %rax
	jae	5f
2:	andl	$RING_OPS - 1, %ecx
	addl	%ecx, %r15d
	jmp	1b

3:	movl	%r15d, %eax
	xchgl	%eax, COMMON(COMMONO_DONE)
	xorl	%eax, %eax
	xchgl	%eax, COMMON(COMMONO_WAITERS)
	testl	%eax, %eax
	jz	4f
	leaq	COMMON(COMMONO_WAITERS), %rdi
	movl	$1, %esi		/* FUTEX_WAKE */
	movl	$0x7fffffff, %edx
	movl	$__NR_futex, %eax
	syscall
4:	leaq	RINGO_POSTED(%rbx), %rdi
	xorl	%esi, %esi		/* FUTEX_WAIT */
	movl	%r15d, %edx
	xorl	%r10d, %r10d
	movl	$__NR_futex, %eax
	syscall
	jmp	1b

	/* One failed. */
5:	testl	$RING_FATAL, %ecx
	jnz	6f
	movl	%ecx, %r13d
	movl	$SPACE_FD_ACK, %edi
	leaq	RINGO_TOKEN(%rbx), %rsi
	movl	$8, %edx
	movl	$__NR_write, %eax
	syscall
	movl	%r13d, %ecx
	jmp	2b
6:	movl	$99, %edi
	movl	$__NR_exit_group, %eax
	syscall
	ud2

	/* It gave 0: only in a new thread is rdi still this.  The thread must not read the ring, where
	 * K may have put something else before it gets a CPU: all it needs is the filter, and rsp. */
7:	cmpq	$LAYER_CLONE_THREAD, %rdi
	jne	1b
	movl	$__NR_seccomp, %eax
	movl	$SECCOMP_SET_MODE_FILTER, %edi
	xorl	%esi, %esi
	leaq	SHARED(SHAREDO_FILTER), %rdx
	syscall
	testq	%rax, %rax
	jnz	6b
	jmp	layer_restorer

	.section .note.GNU-stack, "", @progbits
