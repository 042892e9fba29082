/* x86_64: register access by ptrace offset, as guest debuggers ask for it. */
#include "um/arch.h"
#include "um/err.h"
#include "um/sched.h"


unsigned long *upt_slot(struct uml_pt_regs *regs, int reg)
{
	return &regs->gp[reg];
}

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

	if (regno % sizeof(long) || reg >= MAX_REG_NR)
		return -EIO;
	if (is_segment((int)reg)) {
		/* Only what it holds already, or null for a data segment: K keeps no other selectors. */
		if (value != UPT_REG(&child->regs, reg) && (value || reg == HOST_CS || reg == HOST_SS))
			return -EIO;
	} else if (reg == HOST_EFLAGS) {
		value = (UPT_REG(&child->regs, reg) & ~USER_EFLAGS) | (value & USER_EFLAGS);
	} else if ((reg == HOST_FS_BASE || reg == HOST_GS_BASE) && value >= ARCH_HOST_TASK_SIZE) {
		return -EIO;
	}
	UPT_SET(&child->regs, reg, value);
	return 0;
}

unsigned long getreg(struct task *child, unsigned long regno)
{
	unsigned long reg = regno / sizeof(long);

	if (regno % sizeof(long) || reg >= MAX_REG_NR)
		return -1UL;
	if (is_segment((int)reg))
		return UPT_REG(&child->regs, reg) & 0xffff;
	return UPT_REG(&child->regs, reg);
}
