/* riscv64: new fibers, new programs, fault details. */
#include "um/arch.h"
#include "um/sched.h"

/* What switch_to loads. */
struct switch_frame {
	void (*ra)(void);
	unsigned long s0_s11[12];	/* s0 is 0, which ends backtraces */
	unsigned long fs0_fs11[12];
	unsigned long room;
};

void *switch_prepare(void *stack_top, void (*entry)(void))
{
	struct switch_frame *frame = (struct switch_frame *)ALIGN_DOWN((unsigned long)stack_top, 16);

	*--frame = (struct switch_frame){ .ra = entry };
	return frame;
}

void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp)
{
	*regs = (struct uml_pt_regs)EMPTY_UML_PT_REGS;
	UPT_IP(regs) = ip;
	UPT_SP(regs) = sp;
}

/* Frames of this CPU have no fault details. */
void arch_fault_info(struct task *task)
{
	task->arch.fault_err = 0;
}
