/* x86: registers as guest debuggers ask for them, by ptrace offset. */
#include "um/ptrace.h"
#include "um/sched.h"

/* Flags that user code may change: CF PF AF ZF SF TF DF OF NT RF AC (Intel SDM vol. 1, 3.4.3). */
#define USER_EFLAGS 0x54dd5UL

static bool is_segment(int reg)
{
	return reg == HOST_CS || reg == HOST_SS || reg == HOST_DS || reg == HOST_ES ||
	       reg == HOST_FS || reg == HOST_GS;
}

int putreg(struct task *child, unsigned long regno, unsigned long value)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg >= USER_REG_NR)
		return -EIO;
	if (reg == HOST_ORIG_AX) {
		/* K keeps the call's number apart; without one nothing is restarted. */
		child->regs.syscall = (long)(int)value;
		child->in_syscall = child->regs.syscall >= 0;
		return 0;
	}
	if (!upt_allowed(&child->regs, (int)reg, value))
		return -EIO;
	if (reg == HOST_EFLAGS)
		value = (UPT_REG(&child->regs, reg) & ~USER_EFLAGS) | (value & USER_EFLAGS);
	UPT_SET(&child->regs, reg, value);
	return 0;
}

unsigned long getreg(struct task *child, unsigned long regno)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg >= USER_REG_NR)
		return -1UL;
	if (is_segment((int)reg))
		return UPT_REG(&child->regs, reg) & 0xffff;
	if (reg == HOST_ORIG_AX)
		return (unsigned long)child->regs.syscall;
	return UPT_REG(&child->regs, reg);
}
