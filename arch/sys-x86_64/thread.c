/* x86_64: new fibers, new programs. */
#include "um/arch.h"
#include "um/sched.h"

/* What switch_to pops: MXCSR and control word, six registers, the return address. */
struct switch_frame {
	u32 mxcsr;
	u16 fpu_cw, pad;
	unsigned long r15, r14, r13, r12, rbx, rbp;
	void (*ip)(void);
	unsigned long no_caller;	/* keeps the stack as after a call, and ends backtraces */
};

void *switch_prepare(void *stack_top, void (*entry)(void))
{
	struct switch_frame *frame = (struct switch_frame *)((char *)stack_top - sizeof(*frame));

	/* At entry() the stack is 16-byte aligned plus the 8 bytes of a return address. */
	frame = (struct switch_frame *)(ALIGN_DOWN((unsigned long)frame, 16) - 8);
	*frame = (struct switch_frame){ .mxcsr = 0x1f80, .fpu_cw = 0x37f, .ip = entry };
	return frame;
}

/* User code and data selectors of 64-bit Linux, arch/x86 segment ABI as ptrace(2) shows them. */
enum { USER_CS = 0x33, USER_SS = 0x2b, EFLAGS_IF_FIXED = 0x202 };

void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp)
{
	*regs = (struct uml_pt_regs)EMPTY_UML_PT_REGS;
	regs->gp[HOST_IP] = ip;
	regs->gp[HOST_SP] = sp;
	regs->gp[HOST_CS] = USER_CS;
	regs->gp[HOST_SS] = USER_SS;
	regs->gp[HOST_EFLAGS] = EFLAGS_IF_FIXED;
	regs->gp[HOST_ORIG_AX] = -1UL;
}
