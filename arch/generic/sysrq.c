/* Prints a task's user registers, by the names that the port gives them. */
#include <stdio.h>

#include "um/arch.h"
#include "um/printk.h"

enum { PER_LINE = 3 };

static const char *const names[MAX_REG_NR] = { ARCH_REG_NAMES };

void show_regs(struct pt_regs *regs)
{
	char line[PER_LINE * 32];
	int at = 0, shown = 0;

	for (int i = 0; i < MAX_REG_NR; i++) {
		if (!names[i])
			continue;
		at += snprintf(line + at, sizeof(line) - (size_t)at, "%5s: %0*lx ", names[i],
			       (int)sizeof(long) * 2, UPT_REG(&regs->regs, i));
		if (++shown % PER_LINE == 0) {
			pr_err("%s\n", line);
			at = 0;
		}
	}
	line[at] = '\0';
	pr_err("%s call: %ld\n", line, regs->regs.syscall);
}
