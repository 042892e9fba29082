/* @CPU@: registers as guest debuggers ask for them, by offset: the index in gp[] times a word. */
#include "um/bug.h"
#include "um/ptrace.h"
#include "um/sched.h"

/* -EIO for a register that is not there (or not aligned), and for a value that user code cannot
 * hold; flags that only the system may change stay.  The number's register is child->regs.syscall,
 * with child->in_syscall. */
int putreg(struct task *child, unsigned long regno, unsigned long value)
{
	(void)child, (void)regno, (void)value;
	panic("not yet: putreg");
}

/* -1UL for a register that is not there. */
unsigned long getreg(struct task *child, unsigned long regno)
{
	(void)child, (void)regno;
	panic("not yet: getreg");
}
