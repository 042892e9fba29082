/* See kernel_stub.h. */
#include "kernel_stub.h"

#include <stdio.h>

#include "host.h"
#include "check.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/gate.h"
#include "um/init.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/os_process.h"
#include "um/printk.h"
#include "um/rewrite.h"
#include "um/sigpage.h"
#include "um/uaccess.h"

#include "sysdep/frame.h"

void *calloc(size_t n, size_t size);
void free(void *p);
void exit(int status) __noreturn;
unsigned long getauxval(unsigned long type);

static struct thread_group group;
struct mm stub_mm;
static struct task the_task = { .group = &group, .mm = &stub_mm };
static int user_pid;
struct task *current_task = &the_task;
uaddr_t task_size = ARCH_TASK_SIZE;
uaddr_t stub_lowest = ~0UL, stub_highest;

struct task *stub_task(int pid)
{
	user_pid = pid;
	memset(&the_task, 0, sizeof(the_task));
	the_task.group = &group;
	the_task.mm = &stub_mm;
	the_task.regs = (struct uml_pt_regs)EMPTY_UML_PT_REGS;
	return &the_task;
}

void stub_boot(void)
{
	const struct initcall *call;

	table_for_each(call, um_initcalls)
		if (call->call())
			panic("%s failed", call->name);
	stub_forget();
}

bool stub_load(struct task *task)
{
	return os_getregs(user_pid, task->regs.gp) == 0;
}

bool stub_store(struct task *task)
{
	return os_setregs(user_pid, task->regs.gp) == 0;
}

void stub_forget(void)
{
	stub_lowest = ~0UL;
	stub_highest = 0;
}

/* --- user memory */

int copy_from_user(void *to, uaddr_t from, size_t n)
{
	return host_read(user_pid, to, from, n) ? 0 : -EFAULT;
}

int copy_to_user(uaddr_t to, const void *from, size_t n)
{
	if (!host_write(user_pid, to, from, n))
		return -EFAULT;
	stub_lowest = min(stub_lowest, to);
	stub_highest = max(stub_highest, to + n);
	return 0;
}

int sigset_get(ksigset_t *set, uaddr_t from)
{
	unsigned long words[sizeof(*set) / sizeof(long)];
	int err = copy_from_user(words, from, sizeof(words));

	*set = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		*set |= (ksigset_t)words[i] << i * 8 * sizeof(long);
	return err;
}

int sigset_put(uaddr_t to, ksigset_t set)
{
	unsigned long words[sizeof(set) / sizeof(long)];

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = (unsigned long)(set >> i * 8 * sizeof(long));
	return copy_to_user(to, words, sizeof(words));
}

int siginfo_put(uaddr_t to, const siginfo_t *info)
{
	return copy_to_user(to, info, sizeof(*info));
}

uaddr_t sigpage_restorer(const struct task *task, const struct k_sigaction *action)
{
	if (action->restorer)
		return action->restorer;
#ifdef FRAME_OLD_SIGRETURN_AT
	if (!(action->flags & SA_SIGINFO))
		return task->mm->sigpage + FRAME_OLD_SIGRETURN_AT;
#endif
	return task->mm->sigpage;
}

int sigaltstack_set(struct task *task, const stack_t *ss, uaddr_t sp)
{
	(void)task, (void)ss, (void)sp;
	return 0;
}

/* --- the gate: the child's own FPU */

static ssize_t stub_fp_get(struct task *task, void *buf, size_t size)
{
	static char whole[65536];
	ssize_t n = os_getfp(user_pid, whole, sizeof(whole));

	(void)task;
	if (n > 0 && buf)
		memcpy(buf, whole, min((size_t)n, size));
	return n;
}

static int stub_fp_set(struct task *task, const void *buf, size_t size)
{
	(void)task;
	return os_setfp(user_pid, buf, size);
}

static const struct gate stub_gate = {
	.name = "stub",
	.fp_get = stub_fp_get,
	.fp_set = stub_fp_set,
};
const struct gate *gate = &stub_gate;

/* --- the rest */

unsigned long os_auxval(unsigned long type)
{
	return getauxval(type);
}

void *kzalloc(size_t size)
{
	return calloc(1, size);
}

void kfree(const void *p)
{
	free((void *)p);
}

void printk(enum printk_level level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	va_end(args);
}

/* A port's hook that is not written yet ends here: "not yet: HOOK". */
void panic(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	note("panic: %s", text);
	fflush(stdout);
	exit(1);
}

void task_full_regs(struct task *task)
{
	(void)task;
}

void rewrite_traced(struct mm *mm, bool traced)
{
	(void)mm, (void)traced;
}
