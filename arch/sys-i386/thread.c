/* i386: new fibers, new programs. */
#include "um/arch.h"
#include "um/sched.h"

/* What switch_to pops: MXCSR and control word, four registers, the return address. */
struct switch_frame {
	u32 mxcsr;
	u16 fpu_cw, pad;
	unsigned long edi, esi, ebx, ebp;
	void (*ip)(void);
	unsigned long no_caller;	/* keeps the stack as after a call, and ends backtraces */
};

void *switch_prepare(void *stack_top, void (*entry)(void))
{
	unsigned long at = ALIGN_DOWN((unsigned long)stack_top, 16UL);
	struct switch_frame *frame;

	/* At entry() the stack is 16-byte aligned but for the 4 bytes of a return address. */
	at -= 16 + offsetof(struct switch_frame, no_caller) + 4;
	frame = (struct switch_frame *)at;
	*frame = (struct switch_frame){ .mxcsr = 0x1f80, .fpu_cw = 0x37f, .ip = entry };
	return frame;
}

enum { EFLAGS_IF_FIXED = 0x202 };

/* User selectors are K's own: they are others under a 64-bit kernel. */
void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp)
{
	u16 cs, ds;

	__asm__("movw %%cs, %0\n\tmovw %%ds, %1" : "=r"(cs), "=r"(ds));
	*regs = (struct uml_pt_regs)EMPTY_UML_PT_REGS;
	regs->gp[HOST_IP] = ip;
	regs->gp[HOST_SP] = sp;
	regs->gp[HOST_CS] = cs;
	regs->gp[HOST_SS] = ds;
	regs->gp[HOST_DS] = ds;
	regs->gp[HOST_ES] = ds;
	regs->gp[HOST_EFLAGS] = EFLAGS_IF_FIXED;
	regs->gp[HOST_ORIG_AX] = -1UL;
}
