/*
 * seccomp(2): strict mode, and filters in classic BPF.
 *
 * A task's filters are a chain, newest first, that threads and children share from the fork on:
 * each link is immutable and counted.  All of the chain are run, and the most severe action is
 * taken.  A task that has any of this has SYSCALL_WORK_SECCOMP set; others pay nothing.
 */
#include <linux/audit.h>

#include "signal_internal.h"
#include "um/bpf.h"
#include "um/kmalloc.h"
#include "um/printk.h"
#include "um/ptrace.h"
#include "um/ptrace_uapi.h"
#include "um/seccomp.h"
#include "um/syscall.h"
#include "um/uaccess.h"

struct seccomp_filter {
	int refs;
	bool log;			/* SECCOMP_FILTER_FLAG_LOG */
	unsigned len;
	struct seccomp_filter *prev;	/* a reference */
	struct sock_filter insns[];
};

/* Linux's limit of all programs that one call runs through, and the charge for each. */
#define MAX_INSNS_PER_PATH ((1 << 18) / sizeof(struct sock_filter))
#define FILTER_PENALTY 4

static void filter_put(struct seccomp_filter *filter)
{
	while (filter && --filter->refs == 0) {
		struct seccomp_filter *prev = filter->prev;

		kfree(filter);
		filter = prev;
	}
}

static struct seccomp_filter *filter_get(struct seccomp_filter *filter)
{
	if (filter)
		filter->refs++;
	return filter;
}

void seccomp_inherit(struct task *child, const struct task *from)
{
	child->seccomp.mode = from->seccomp.mode;
	child->seccomp.filter = filter_get(from->seccomp.filter);
	if (child->seccomp.mode)
		child->syscall_work |= SYSCALL_WORK_SECCOMP;
}

void seccomp_forget(struct task *task)
{
	filter_put(task->seccomp.filter);
	task->seccomp.filter = NULL;
}

unsigned seccomp_filter_count(const struct task *task)
{
	unsigned n = 0;

	for (const struct seccomp_filter *f = task->seccomp.filter; f; f = f->prev)
		n++;
	return n;
}

/* --- a call */

static void describe_call(struct seccomp_data *data, struct uml_pt_regs *regs)
{
	data->nr = (int)UPT_SYSCALL_NR(regs);
	data->arch = ARCH_AUDIT;
	data->instruction_pointer = UPT_IP(regs);
	data->args[0] = UPT_SYSCALL_ARG1(regs);
	data->args[1] = UPT_SYSCALL_ARG2(regs);
	data->args[2] = UPT_SYSCALL_ARG3(regs);
	data->args[3] = UPT_SYSCALL_ARG4(regs);
	data->args[4] = UPT_SYSCALL_ARG5(regs);
	data->args[5] = UPT_SYSCALL_ARG6(regs);
}

/* The most severe answer: actions compare as signed numbers, the lowest wins, the newest filter
 * among equals. */
static u32 run_filters(const struct task *task, const struct seccomp_data *data,
		       const struct seccomp_filter **match)
{
	u32 result = SECCOMP_RET_ALLOW;

	for (const struct seccomp_filter *f = task->seccomp.filter; f; f = f->prev) {
		u32 answer = bpf_run(f->insns, data);

		if ((s32)(answer & SECCOMP_RET_ACTION_FULL) <
		    (s32)(result & SECCOMP_RET_ACTION_FULL)) {
			result = answer;
			*match = f;
		}
	}
	return result;
}

static void fill_sigsys(siginfo_t *info, struct task *task, int reason)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = SIGSYS;
	info->si_code = SYS_SECCOMP;
	info->si_call_addr = (void *)UPT_IP(&task->regs);
	info->si_errno = reason;
	info->si_arch = ARCH_AUDIT;
	info->si_syscall = (int)UPT_SYSCALL_NR(&task->regs);
}

static void trap(struct task *task, int reason)
{
	siginfo_t info;

	fill_sigsys(&info, task, reason);
	/* The registers are as before the call. */
	UPT_ORIG_SYSCALL(&task->regs) = UPT_SYSCALL_NR(&task->regs);
	force_sig_info(&info, task);
}

static void __noreturn kill_for_call(struct task *task, bool process, int reason)
{
	siginfo_t info;

	if (!process && task->group->nr_live > 1)
		do_exit(SIGSYS);
	fill_sigsys(&info, task, reason);
	die_of_signal(task, SIGSYS, &info);
}

static void log_action(const struct task *task, const struct seccomp_filter *match,
		       const char *what)
{
	if (match && match->log)
		pr_info("%s[%d]: seccomp: system call %ld: %s\n", task->comm, task->pid,
			UPT_SYSCALL_NR(&task->regs), what);
}

static bool apply_filters(struct task *task, bool traced_already);

/* The tracer sees the call, and may change or drop it. */
static bool trace_call(struct task *task, u16 data)
{
	if (!ptrace_event_enabled(task, PTRACE_EVENT_SECCOMP)) {
		UPT_SET_SYSCALL_RETURN(&task->regs, -ENOSYS);
		return false;
	}
	ptrace_event(PTRACE_EVENT_SECCOMP, data);
	if (fatal_signal_pending(task) || UPT_SYSCALL_NR(&task->regs) < 0)
		return false;
	return apply_filters(task, true);
}

static bool apply_filters(struct task *task, bool traced_already)
{
	const struct seccomp_filter *match = NULL;
	struct seccomp_data data;
	u32 answer;
	u16 value;

	describe_call(&data, &task->regs);
	answer = run_filters(task, &data, &match);
	value = answer & SECCOMP_RET_DATA;
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return true;
	case SECCOMP_RET_LOG:
		pr_info("%s[%d]: seccomp: system call %d logged\n", task->comm, task->pid, data.nr);
		return true;
	case SECCOMP_RET_TRACE:
		return traced_already || trace_call(task, value);
	case SECCOMP_RET_USER_NOTIF:
		UPT_SET_SYSCALL_RETURN(&task->regs, -ENOSYS);
		return false;
	case SECCOMP_RET_ERRNO:
		log_action(task, match, "errno");
		UPT_SET_SYSCALL_RETURN(&task->regs, -(long)min((int)value, MAX_ERRNO));
		return false;
	case SECCOMP_RET_TRAP:
		log_action(task, match, "trap");
		trap(task, value);
		return false;
	case SECCOMP_RET_KILL_THREAD:
		log_action(task, match, "the thread is killed");
		kill_for_call(task, false, value);
	default:
		log_action(task, match, "the process is killed");
		kill_for_call(task, true, value);
	}
}

static bool strict_allows(long nr)
{
	return nr == __NR_read || nr == __NR_write || nr == __NR_exit || nr == __NR_rt_sigreturn;
}

bool seccomp_enter(struct task *task)
{
	if (task->seccomp.mode == SECCOMP_MODE_FILTER)
		return apply_filters(task, false);
	if (!strict_allows(UPT_SYSCALL_NR(&task->regs)))
		do_exit(SIGKILL);
	return true;
}

/* --- setting up */

static bool may_assign(int mode)
{
	return !current->seccomp.mode || current->seccomp.mode == mode;
}

static void assign(struct task *task, int mode)
{
	task->seccomp.mode = mode;
	task->syscall_work |= SYSCALL_WORK_SECCOMP;
}

static long set_strict(void)
{
	if (!may_assign(SECCOMP_MODE_STRICT))
		return -EINVAL;
	assign(current, SECCOMP_MODE_STRICT);
	return 0;
}

/* A new filter from user memory, checked, not yet in a chain; ERR_PTR. */
static struct seccomp_filter *prepare_filter(uaddr_t uprog)
{
	struct seccomp_filter *filter;
	struct sock_fprog prog;
	size_t size;
	int err;

	if (copy_from_user(&prog, uprog, sizeof(prog)))
		return ERR_PTR(-EFAULT);
	if (!prog.len || prog.len > BPF_MAXINSNS)
		return ERR_PTR(-EINVAL);
	if (!current->no_new_privs && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EACCES);
	size = prog.len * sizeof(struct sock_filter);
	filter = kzalloc(sizeof(*filter) + size);
	filter->refs = 1;
	filter->len = prog.len;
	err = copy_from_user(filter->insns, (uaddr_t)prog.filter, size);
	if (!err)
		err = bpf_check_seccomp(filter->insns, filter->len);
	if (err) {
		kfree(filter);
		return ERR_PTR(err);
	}
	return filter;
}

static bool is_ancestor(const struct seccomp_filter *of, const struct seccomp_filter *candidate)
{
	if (!candidate)
		return true;
	for (; of; of = of->prev)
		if (of == candidate)
			return true;
	return false;
}

/* The tid of a thread whose filters are not a part of ours; 0: all can be brought in line. */
static int thread_that_differs(void)
{
	struct task *t;

	for_each_thread(current->group, t) {
		if (t == current || t->flags & PF_EXITING || !t->seccomp.mode)
			continue;
		if (t->seccomp.mode != SECCOMP_MODE_FILTER ||
		    !is_ancestor(current->seccomp.filter, t->seccomp.filter))
			return t->pid;
	}
	return 0;
}

static void sync_threads(void)
{
	struct task *t;

	for_each_thread(current->group, t) {
		if (t == current || t->flags & PF_EXITING)
			continue;
		filter_get(current->seccomp.filter);
		filter_put(t->seccomp.filter);
		t->seccomp.filter = current->seccomp.filter;
		if (current->no_new_privs)
			t->no_new_privs = true;
		assign(t, SECCOMP_MODE_FILTER);
	}
}

static unsigned long path_length(const struct seccomp_filter *filter)
{
	unsigned long total = 0;

	for (; filter; filter = filter->prev)
		total += filter->len + FILTER_PENALTY;
	return total;
}

static long attach_filter(struct seccomp_filter *filter, unsigned long flags)
{
	int tid;

	if (!may_assign(SECCOMP_MODE_FILTER))
		return -EINVAL;
	if (filter->len + path_length(current->seccomp.filter) > MAX_INSNS_PER_PATH)
		return -ENOMEM;
	if (flags & SECCOMP_FILTER_FLAG_TSYNC) {
		tid = thread_that_differs();
		if (tid)
			return flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH ? -ESRCH : tid;
	}
	filter->log = flags & SECCOMP_FILTER_FLAG_LOG;
	filter->prev = current->seccomp.filter;
	current->seccomp.filter = filter;
	assign(current, SECCOMP_MODE_FILTER);
	if (flags & SECCOMP_FILTER_FLAG_TSYNC)
		sync_threads();
	return 0;
}

#define KNOWN_FLAGS                                                                                \
	(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |    \
	 SECCOMP_FILTER_FLAG_TSYNC_ESRCH)

static long set_filter(unsigned long flags, uaddr_t uprog)
{
	struct seccomp_filter *filter;
	long err;

	if (flags & ~(unsigned long)KNOWN_FLAGS)
		return -EINVAL;
	filter = prepare_filter(uprog);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	err = attach_filter(filter, flags);
	if (err)
		filter_put(filter);
	return err;
}

static long action_available(uaddr_t uaction)
{
	u32 action;

	if (get_user(action, uaction))
		return -EFAULT;
	switch (action) {
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ALLOW:
		return 0;
	}
	return -EOPNOTSUPP;
}

static long notif_sizes(uaddr_t to)
{
	const struct seccomp_notif_sizes sizes = {
		.seccomp_notif = sizeof(struct seccomp_notif),
		.seccomp_notif_resp = sizeof(struct seccomp_notif_resp),
		.seccomp_data = sizeof(struct seccomp_data),
	};

	return copy_to_user(to, &sizes, sizeof(sizes));
}

long prctl_set_seccomp(unsigned long mode, uaddr_t filter)
{
	switch (mode) {
	case SECCOMP_MODE_STRICT:
		return set_strict();
	case SECCOMP_MODE_FILTER:
		return set_filter(0, filter);
	}
	return -EINVAL;
}

SYSCALL_DEFINE3(seccomp, A_UINT, unsigned, op, A_HEX, unsigned, flags, A_PTR, uaddr_t, args)
{
	switch (op) {
	case SECCOMP_SET_MODE_STRICT:
		return flags || args ? -EINVAL : set_strict();
	case SECCOMP_SET_MODE_FILTER:
		return set_filter(flags, args);
	case SECCOMP_GET_ACTION_AVAIL:
		return flags ? -EINVAL : action_available(args);
	case SECCOMP_GET_NOTIF_SIZES:
		return flags ? -EINVAL : notif_sizes(args);
	}
	return -EINVAL;
}
