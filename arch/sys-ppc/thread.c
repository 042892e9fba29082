/* ppc: new fibers, new programs, fault details. */
#include "um/arch.h"
#include "um/sched.h"

/* What switch_to loads, and the frame of the function to which it returns. */
struct switch_frame {
	u32 back_chain, no_lr;
	u32 cr, pad;
	double f14_f31[18];
	u32 r14_r31[18];
	u32 room[2];
	u32 outer_back_chain;	/* 0 ends backtraces */
	void (*ip)(void);
	u32 outer_room[2];
};

void *switch_prepare(void *stack_top, void (*entry)(void))
{
	struct switch_frame *frame = (struct switch_frame *)ALIGN_DOWN((unsigned long)stack_top, 16UL);

	*--frame = (struct switch_frame){ .ip = entry };
	return frame;
}

void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp)
{
	*regs = (struct uml_pt_regs)EMPTY_UML_PT_REGS;
	UPT_IP(regs) = ip;
	UPT_SP(regs) = sp;
	UPT_SET(regs, PT_MSR, MSR_OF_USER);
}

/* For signal frames the host has left all among the registers: trap, DAR and DSISR. */
void arch_fault_info(struct task *task)
{
	task->arch.fault_err = UPT_REG(&task->regs, PT_DSISR);
}
