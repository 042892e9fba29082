/*
 * System call dispatch: the table made from the rows, and the one place where a call begins and
 * ends.
 */
#include <stdio.h>

#include "um/bug.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/printk.h"
#include "um/record.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/vdso.h"

#if __has_include("sysdep/syscalls.h")
#include "sysdep/syscalls.h"
#endif
#ifndef LAST_ARCH_SYSCALL
#define LAST_ARCH_SYSCALL 450	/* set_mempolicy_home_node, the last that Linux 6.1 has */
#endif

#ifndef ARCH_SYSCALLS
#define ARCH_SYSCALLS	/* a port without calls of its own */
#endif
#ifndef EXECUTE_SYSCALL
#define EXECUTE_SYSCALL(syscall, regs)                                                             \
	sys_call_table[syscall]->call((const unsigned long[]){                                     \
		UPT_SYSCALL_ARG1(regs), UPT_SYSCALL_ARG2(regs), UPT_SYSCALL_ARG3(regs),            \
		UPT_SYSCALL_ARG4(regs), UPT_SYSCALL_ARG5(regs), UPT_SYSCALL_ARG6(regs) })
#endif

#define NR_SYSCALLS (LAST_ARCH_SYSCALL + 1)

const struct syscall_row *sys_call_table[NR_SYSCALLS] = { ARCH_SYSCALLS };
const int nr_syscalls = NR_SYSCALLS;

static int syscall_table_init(void)
{
	const struct syscall_row *row;

	table_for_each(row, um_syscalls) {
		if (row->nr == NR_NONE)
			continue;
		if (row->nr >= NR_SYSCALLS)
			panic("system call %s has number %d: LAST_ARCH_SYSCALL, %d, is too low",
			      row->name, row->nr, LAST_ARCH_SYSCALL);
		if (sys_call_table[row->nr])
			panic("system call %d has two rows: %s and %s", row->nr, row->name,
			      sys_call_table[row->nr]->name);
		sys_call_table[row->nr] = row;
	}
	return 0;
}
INITCALL(INIT_TABLES, syscall_table_init);

/* Once per number, so that a missing call is seen and a guest cannot fill the log. */
static void report_missing(struct task *task, long nr)
{
	static u8 reported[DIV_ROUND_UP(NR_SYSCALLS, 8)];

	if (nr < 0 || nr >= NR_SYSCALLS)
		return;
	if (reported[nr / 8] & (1 << nr % 8))
		return;
	reported[nr / 8] |= 1 << nr % 8;
	pr_debug("%s[%d]: system call %ld is not implemented\n", task->comm, task->pid, nr);
}

static void call_traced(struct task *task, const struct syscall_row *row, long nr)
{
	struct uml_pt_regs *regs = &task->regs;
	const unsigned long words[SYSCALL_MAX_ARGS] = {
		UPT_SYSCALL_ARG1(regs), UPT_SYSCALL_ARG2(regs), UPT_SYSCALL_ARG3(regs),
		UPT_SYSCALL_ARG4(regs), UPT_SYSCALL_ARG5(regs), UPT_SYSCALL_ARG6(regs),
	};
	u64 args[SYSCALL_MAX_ARGS];
	long result;

	for (int i = 0; i < row->nargs; i++)
		args[i] = syscall_arg(row, words, i);
	strace_enter(task, row, args);
	result = row->call(words);
	if (regs->syscall == nr)
		UPT_SET_SYSCALL_RETURN(regs, result);
	strace_exit(task, row, args, result);
}

/*
 * exec and rt_sigreturn replace all registers: they set regs->syscall to -1, and their result is
 * not put anywhere.
 */
void syscall_dispatch(struct task *task)
{
	struct uml_pt_regs *regs = &task->regs;
	long nr = UPT_SYSCALL_NR(regs), result;
	struct syscall_record_entry *record;

	if (unlikely(vdso_host_call(UPT_IP(regs)))) {
		UPT_SET_SYSCALL_RETURN(regs, -ENOSYS);
		return;
	}
	record = record_syscall(task, nr);
	task->syscall_nr = (int)nr;
	task->in_syscall = true;
	if (unlikely(task->syscall_work)) {
		bool made = syscall_enter_work(task);

		nr = UPT_SYSCALL_NR(regs);
		if (!made)
			goto done;
	}
	if (nr < 0 || nr >= NR_SYSCALLS || !sys_call_table[nr]) {
		report_missing(task, nr);
		UPT_SET_SYSCALL_RETURN(regs, -ENOSYS);
	} else if (unlikely(strace_on)) {
		call_traced(task, sys_call_table[nr], nr);
	} else {
		result = EXECUTE_SYSCALL(nr, regs);
		if (regs->syscall == nr)
			UPT_SET_SYSCALL_RETURN(regs, result);
	}
done:
	result = UPT_SYSCALL_RET(regs);
	if (record->pid == task->pid && record->nr == nr)
		record->result = (unsigned long)result;
	/* Only these look at the call again on the way out. */
	if (regs->syscall < 0 || result > -ERESTARTSYS || result < -ERESTART_RESTARTBLOCK)
		task->in_syscall = false;
	task->syscall_nr = -1;
	if (unlikely(task->syscall_work))
		syscall_exit_work(task);
}

/* `um --syscalls`: the manual's list. */
void syscall_table_print(void (*line)(const char *text))
{
	char text[80];

	for (int nr = 0; nr < NR_SYSCALLS; nr++) {
		if (!sys_call_table[nr])
			continue;
		snprintf(text, sizeof(text), "%3d %s", nr, sys_call_table[nr]->name);
		line(text);
	}
}
