/* arm64: registers as guest debuggers ask for them. */
#include <asm/ptrace.h>

#include "um/ptrace.h"
#include "um/sched.h"

#include "sysdep/sigcontext.h"

int putreg(struct task *child, unsigned long regno, unsigned long value)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg >= HOST_ORIG_X0)
		return -EIO;
	if (reg == HOST_SYSCALL) {
		/* K keeps the call's number apart; without one nothing is restarted. */
		child->regs.syscall = (long)(int)value;
		child->in_syscall = child->regs.syscall >= 0;
		return 0;
	}
	if (reg == HOST_PSTATE)
		value &= PSTATE_USER;
	UPT_SET(&child->regs, reg, value);
	return 0;
}

unsigned long getreg(struct task *child, unsigned long regno)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg >= HOST_ORIG_X0)
		return -1UL;
	if (reg == HOST_SYSCALL)
		return (unsigned long)child->regs.syscall;
	return UPT_REG(&child->regs, reg);
}
