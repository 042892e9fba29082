/* The kernel's end by its own hand, with a report that helps. */
#include <stdio.h>

#include "um/arch.h"
#include "um/boot.h"
#include "um/bug.h"
#include "um/os.h"
#include "um/printk.h"
#include "um/record.h"
#include "um/sched.h"
#include "um/tty.h"

enum { RECORDS_SHOWN = 16, PANIC_STATUS = 125 };

void panic(const char *fmt, ...)
{
	static bool panicking;
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (panicking) {	/* in the report itself: only what needs nothing */
		os_write_stderr(text, strlen(text));
		os_exit(PANIC_STATUS);
	}
	panicking = true;
	console_restore();
	pr_err("Kernel panic: %s\n", text);
	pr_err("in task %s, pid %d, system call %d\n", current->comm, current->pid,
	       current->syscall_nr);
	if (current->mm)
		show_regs((struct pt_regs *)&current->regs);
	records_print(RECORDS_SHOWN);
	os_print_backtrace();
	os_exit(PANIC_STATUS);
}

void warn_report(const char *file, int line, const char *func, const char *what)
{
	pr_warn("%s:%d %s: unexpected: %s (task %s, pid %d)\n", file, line, func, what,
		current->comm, current->pid);
}
