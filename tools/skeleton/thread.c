/* @CPU@: new fibers, new programs, fault details. */
#include "um/arch.h"
#include "um/bug.h"
#include "um/sched.h"

/* Prepares a new stack so that the first switch_to to it calls entry(), as aligned as after a call.
 * Returns the pointer to load. */
void *switch_prepare(void *stack_top, void (*entry)(void))
{
	(void)stack_top, (void)entry;
	panic("not yet: switch_prepare");
}

/* exec: the registers of a program that begins at ip with stack pointer sp, as the host starts its
 * own; flags and system registers too. */
void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp)
{
	(void)regs, (void)ip, (void)sp;
	panic("not yet: arch_start_thread");
}

/* What task->event says of a fault goes into task->arch, for the frame of its signal. */
void arch_fault_info(struct task *task)
{
	(void)task;
	panic("not yet: arch_fault_info");
}
