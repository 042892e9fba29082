/* ppc: registers as guest debuggers ask for them, by ptrace offset. */
#include "um/ptrace.h"
#include "um/sched.h"

int putreg(struct task *child, unsigned long regno, unsigned long value)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg >= HOST_WORDS)
		return -EIO;
	/* What is no register of user code stays as it is, and nobody is told (Linux). */
	if (reg == PT_MSR || reg > PT_TRAP || reg == PT_MQ)
		return 0;
	UPT_SET(&child->regs, reg, value);
	if (reg == PT_TRAP) {
		/* Only what a system call left is one that may be restarted. */
		child->in_syscall = child->in_syscall && (value & ~0xfUL) == TRAP_SYSCALL;
	} else if (reg == PT_R0 && child->in_syscall) {
		/* K keeps the call's number apart. */
		child->regs.syscall = (long)value;
	}
	return 0;
}

unsigned long getreg(struct task *child, unsigned long regno)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg >= HOST_WORDS)
		return -1UL;
	return UPT_REG(&child->regs, reg);
}
