/* arm64: new fibers, new programs, fault details. */
#include "um/arch.h"
#include "um/sched.h"

#include "sysdep/sigcontext.h"

/* What switch_to loads. */
struct switch_frame {
	unsigned long x19_x28[10];
	unsigned long fp;	/* 0 ends backtraces */
	void (*ip)(void);
	unsigned long d8_d15[8];
};

void *switch_prepare(void *stack_top, void (*entry)(void))
{
	struct switch_frame *frame = (struct switch_frame *)ALIGN_DOWN((unsigned long)stack_top, 16);

	*--frame = (struct switch_frame){ .ip = entry };
	return frame;
}

void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp)
{
	*regs = (struct uml_pt_regs)EMPTY_UML_PT_REGS;
	UPT_IP(regs) = ip;
	UPT_SP(regs) = sp;
}

void arch_fault_info(struct task *task)
{
	const struct gate_event *ev = &task->event;
	struct arch_thread *arch = &task->arch;
	int sig = ev->info.si_signo, code = ev->info.si_code;
	bool exec = ev->access == FAULT_EXEC;

	*arch = (struct arch_thread){ 0 };
	if (sig != SIGSEGV && sig != SIGBUS)
		return;
	arch->fault_addr = ev->type == EV_FAULT ? ev->addr : (unsigned long)ev->info.si_addr;
	arch->fault_err = (unsigned long)(exec ? ESR_CLASS_EXEC : ESR_CLASS_DATA) << 26 | ESR_32BIT_INSN;
	/* The two signals' codes are the same numbers. */
	if (sig == SIGBUS && code == BUS_ADRALN)
		arch->fault_err |= ESR_ALIGNMENT;
	else if (sig == SIGSEGV && code == SEGV_ACCERR)
		arch->fault_err |= ESR_LEVEL_3 | ESR_PERMISSION;
	else
		arch->fault_err |= ESR_LEVEL_3 | ESR_TRANSLATION;
	if (ev->access == FAULT_WRITE)
		arch->fault_err |= ESR_WRITE;
}
