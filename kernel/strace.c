/*
 * strace=FILE: the guest's system calls in strace's own line format, one host file for all tasks,
 * each line beginning with the task's pid.
 *
 * A call's line is built in two halves, as the arguments that the call fills can be shown only
 * afterwards.  When another task prints in between, the first half ends with "<unfinished ...>"
 * and the second begins with "<... NAME resumed>".
 */
#include <stdio.h>

#include "um/boot.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/init.h"
#include "um/names.h"
#include "um/os.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/syscall.h"

#include "strace.h"

bool strace_on;
static int strace_fd = -1;
static struct task *open_line; /* whose first half stands at the file's end */

void line_add(struct line *line, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line->text + line->len, sizeof(line->text) - line->len, fmt, args);
	va_end(args);
	line->len = min(line->len + (size_t)max(n, 0), sizeof(line->text) - 1);
}

static void emit(const struct line *line)
{
	const char *p = line->text;
	size_t left = line->len;

	while (left) {
		ssize_t n = os_write(strace_fd, p, left);

		if (n <= 0) {
			strace_on = false;
			pr_err("strace=%s: %s; no more calls are written", boot.strace_file,
			       os_strerror((int)-n));
			return;
		}
		p += n;
		left -= (size_t)n;
	}
}

static int first_output(const struct syscall_row *row)
{
	for (int i = 0; i < row->nargs; i++)
		if (arg_is_output(row->kind[i]))
			return i;
	return row->nargs;
}

/* Another task's half line is ended first. */
static void close_open_line(struct task *task)
{
	static const struct line unfinished = { " <unfinished ...>\n", 18 };

	if (open_line && open_line != task)
		emit(&unfinished);
	if (open_line != task)
		open_line = NULL;
}

static void begin(struct line *line, struct task *task)
{
	line->len = 0;
	line_add(line, "%-5d ", task->pid);
}

void strace_enter(struct task *task, const struct syscall_row *row, const u64 *args)
{
	struct line line;
	int stop = first_output(row);

	/* Reading the guest's memory may sleep: the text is whole before the file is touched. */
	begin(&line, task);
	line_add(&line, "%s(", row->name);
	for (int i = 0; i < stop; i++) {
		if (i)
			line_add(&line, ", ");
		line_add_input(&line, row, i, args);
	}
	close_open_line(task);
	emit(&line);
	open_line = task;
}

static void add_result(struct line *line, const struct syscall_row *row, long result)
{
	bool pointer = !strncmp(row->name, "mmap", 4) || !strcmp(row->name, "brk") ||
		       !strcmp(row->name, "mremap");

	if (result < 0 && result >= -MAX_ERRNO)
		line_add(line, ") = %s %s (%s)\n",
			 result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK ? "?" : "-1",
			 errno_name((int)-result), errno_text((int)-result));
	else
		line_add(line, pointer ? ") = %#lx\n" : ") = %ld\n", result);
}

void strace_exit(struct task *task, const struct syscall_row *row, const u64 *args,
		 long result)
{
	struct line line = { .len = 0 }, head = { .len = 0 };

	for (int i = first_output(row); i < row->nargs; i++) {
		if (i)
			line_add(&line, ", ");
		if (arg_is_output(row->kind[i]))
			line_add_output(&line, row, i, args, result);
		else
			line_add_input(&line, row, i, args);
	}
	add_result(&line, row, result);
	if (open_line != task) {
		close_open_line(task);
		begin(&head, task);
		line_add(&head, "<... %s resumed>", row->name);
		emit(&head);
	}
	emit(&line);
	open_line = NULL;
}

void strace_signal(struct task *task, int sig, const siginfo_t *info)
{
	struct line line;

	close_open_line(NULL);
	begin(&line, task);
	line_add(&line, "--- %s {si_signo=%s, si_code=%d", signal_name(sig), signal_name(sig),
		 info->si_code);
	if (info->si_code <= 0 || sig == SIGCHLD)
		line_add(&line, ", si_pid=%d, si_uid=%u", info->si_pid, info->si_uid);
	else if (sig == SIGSEGV || sig == SIGBUS)
		line_add(&line, ", si_addr=%p", info->si_addr);
	line_add(&line, "} ---\n");
	emit(&line);
}

void strace_task_end(struct task *task, int status)
{
	struct line line;

	close_open_line(NULL);
	begin(&line, task);
	if (status & 0x7f)
		line_add(&line, "+++ killed by %s%s +++\n", signal_name(status & 0x7f),
			 status & 0x80 ? " (core dumped)" : "");
	else
		line_add(&line, "+++ exited with %d +++\n", status >> 8 & 0xff);
	emit(&line);
}

static int strace_init(void)
{
	if (!boot.strace_file)
		return 0;
	strace_fd = os_create_log(boot.strace_file);
	if (strace_fd < 0)
		panic("strace=%s: %s", boot.strace_file, os_strerror(-strace_fd));
	strace_on = true;
	return 0;
}
INITCALL(INIT_CORE, strace_init);
