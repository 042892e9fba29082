/* riscv64: registers as guest debuggers ask for them. */
#include "um/ptrace.h"
#include "um/sched.h"

int putreg(struct task *child, unsigned long regno, unsigned long value)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg > HOST_SYSCALL)
		return -EIO;
	if (reg == HOST_SYSCALL) {
		/* K keeps the call's number apart; without one nothing is restarted. */
		child->regs.syscall = (long)(int)value;
		child->in_syscall = child->regs.syscall >= 0;
		return 0;
	}
	/* Debuggers know a7 only: during a call it is the number. */
	if (reg == HOST_A7 && child->in_syscall)
		child->regs.syscall = (long)(int)value;
	UPT_SET(&child->regs, reg, value);
	return 0;
}

unsigned long getreg(struct task *child, unsigned long regno)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg > HOST_SYSCALL)
		return -1UL;
	if (reg == HOST_SYSCALL)
		return (unsigned long)child->regs.syscall;
	return UPT_REG(&child->regs, reg);
}
