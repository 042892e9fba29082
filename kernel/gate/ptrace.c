/*
 * The ptrace gate: K traces every space, and each system call, fault and trap of guest code is
 * a stop that K waits for.  Works wherever ptrace(2) does.
 *
 * A system call is kept from the host in one of three ways (stop_way), which look the same from
 * above: SYSEMU stops it at entry and never makes it; a seccomp filter's RET_TRACE stop drops
 * it by setting the number to -1; else it is turned into getpid at its entry stop, and stops
 * again at its exit.
 *
 * One wait serves everything: the bell, a traced helper that stops when a host descriptor or
 * timer needs K, is a child like the others.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

#include "ptrace_space.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/os_event.h"
#include "um/printk.h"
#include "um/ptrace_host.h"

/* A round trip between two host CPUs costs five times what it costs on one, so a task that
 * calls often stays on K's CPU; one that computes for longer than this may use any. */
#define LONG_RUN (2 * NSEC_PER_MSEC)
#define SHORT_RUNS_TO_PIN 8

#define WAITS_TO_SEE_ALL 16
#define STOPS_AT_ONCE 65536U	/* a bound, should one thread stop over and over meanwhile */

static int bell_tid;
static bool bell_waiting;	/* it has stopped; dispatch, then let it go on */

static int ptrace_gate_init(void)
{
	int err = spaces_init();

	if (err)
		return err;
	bell_tid = os_bell_start(os_event_fd());
	if (bell_tid < 0)
		return bell_tid;
	os_set_cpu(bell_tid, home_cpu);
	return 0;
}

static void ptrace_gate_shutdown(void)
{
	os_kill_process(bell_tid);
	spaces_shutdown();
}

static int ptrace_thread_add(struct space *space, struct task *task, struct task *fp_from)
{
	struct gate_thread *thread = traced_thread_take(space);

	if (!thread)
		return -EAGAIN;
	thread->task = task;
	task->gthread = thread;
	os_thread_cpu_time(space->pid, thread->tid, &thread->time_base);
	if (fp_from && fp_from->gthread) {
		void *fp = kzalloc(fp_size);

		if (os_getfp(fp_from->gthread->tid, fp, fp_size) > 0)
			os_setfp(thread->tid, fp, fp_size);
		kfree(fp);
	}
	return 0;
}

static int end_call(struct gate_thread *thread, unsigned long *gp);

/* Stops a thread that runs, without telling its task.  When it stops for another reason first,
 * the SIGSTOP is still to come: stop_sent stays set, and whoever uses the thread next sees one
 * EV_INTERRUPT too many, which is harmless. */
static void thread_stop(struct gate_thread *thread)
{
	unsigned long gp[MAX_REG_NR];
	struct os_stop stop;

	if (!thread->running || thread->dead)
		return;
	if (!thread->stop_sent)
		os_stop_thread(thread->space->pid, thread->tid);
	thread->stop_sent = true;
	thread->running = false;
	if (os_wait_stop(thread->tid, true, &stop) || stop.why == STOP_GONE)
		thread->dead = true;
	else if (stop.why == STOP_SIGNAL && stop.sig == SIGSTOP)
		thread->stop_sent = false;
	else if (stop.why == STOP_SYSCALL)
		thread->dead = os_getregs(thread->tid, gp) || end_call(thread, gp);
}

static void ptrace_thread_end(struct task *task)
{
	struct gate_thread *thread = task->gthread;

	if (!thread)
		return;
	thread_stop(thread);
	if (thread->debugged && !thread->dead)
		os_pokeuser(thread->tid, PT_DEBUG_CONTROL_OFFSET, 0);
	thread->debugged = false;
	task->gthread = NULL;
	traced_thread_give(thread);
}

static void choose_cpu(struct gate_thread *thread, u64 ran)
{
	if (ran > LONG_RUN) {
		thread->short_runs = 0;
	} else if (!thread->pinned && ++thread->short_runs >= SHORT_RUNS_TO_PIN) {
		thread->pinned = true;
		os_set_cpu(thread->tid, home_cpu);
	}
}

static void ptrace_resume(struct task *task, bool single_step)
{
	static const enum os_resume plain[] = { OS_SYSEMU, OS_CONT, OS_SYSCALL };
	struct gate_thread *thread = task->gthread;
	enum os_resume how = plain[stop_way];
	int err;

	BUG_ON(!thread || thread->running);
	thread->stepping = single_step && stop_way != WAY_SYSEMU && PT_STEP_FLAG;
	if (thread->stepping)
		PT_SET_STEP(task->regs.gp);
	else if (single_step)
		how = stop_way == WAY_SYSEMU ? OS_SYSEMU_STEP : OS_STEP;
	err = thread->dead ? -ESRCH : os_setregs(thread->tid, task->regs.gp);
	if (!err)
		err = os_resume(thread->tid, how);
	if (err) {
		if (err != -ESRCH) {
			pr_err("%s[%d]: registers refused by the host: %s\n", task->comm, task->pid,
			       os_strerror(-err));
			show_regs((struct pt_regs *)&task->regs);
		}
		traced_space_lost(thread->space);
		return;
	}
	thread->running = true;
	thread->resumed_at = task->entered;
}

/* Where nothing but PTRACE_SYSCALL stops system calls, PTRACE_SINGLESTEP would let one through:
 * there a step needs the CPU's flag, which the stop takes back. */
static bool ptrace_can_step(void)
{
	return PT_STEP_FLAG || (PT_HOST_STEPS && stop_way != WAY_SYSCALL);
}

static void ptrace_interrupt(struct task *task)
{
	struct gate_thread *thread = task->gthread;

	if (!thread || !thread->running || thread->stop_sent || thread->dead)
		return;
	thread->stop_sent = true;
	os_stop_thread(thread->space->pid, thread->tid);
}

/* The host's getpid has been made in place of the guest's call: at its exit the result is
 * ours to set.  -ESRCH when the thread died. */
static int nullify(struct gate_thread *thread, unsigned long *gp)
{
	long nr = (long)PT_SYSCALL_NR(gp);
	struct os_stop stop;

	PT_SYSCALL_NR(gp) = PT_NULL_CALL(gp);
	if (os_setregs(thread->tid, gp) || os_resume(thread->tid, OS_SYSCALL))
		return -ESRCH;
	do {
		if (os_wait_stop(thread->tid, true, &stop) || stop.why == STOP_GONE)
			return -ESRCH;
		/* A signal that came first waits for its turn: ours to interrupt is noted, others
		 * are the host's and not for guests. */
		if (stop.why == STOP_SIGNAL) {
			if (stop.sig == SIGSTOP)
				thread->stop_sent = false;
			if (os_resume(thread->tid, OS_SYSCALL))
				return -ESRCH;
		}
	} while (stop.why != STOP_SYSCALL);
	PT_SYSCALL_NR(gp) = (unsigned long)nr;
	return 0;
}

/* From a call's stop, which hides a register, to a signal's, which comes before the thread runs
 * any of its code.  Then gp is complete.  -ESRCH when the thread died. */
static int leave_call(struct gate_thread *thread, unsigned long *gp)
{
	struct os_stop stop;

	/* Without a number the host restarts nothing on the way. */
	PT_SYSCALL_NR(gp) = -1UL;
	if (os_setregs(thread->tid, gp))
		return -ESRCH;
	if (!thread->stop_sent)
		os_stop_thread(thread->space->pid, thread->tid);
	do {
		if (os_resume(thread->tid, stop_way == WAY_SYSEMU ? OS_SYSEMU : OS_SYSCALL) ||
		    os_wait_stop(thread->tid, true, &stop) || stop.why != STOP_SIGNAL)
			return -ESRCH;
	} while (stop.sig != SIGSTOP);
	thread->stop_sent = false;
	return os_getregs(thread->tid, gp);
}

/* At the stop of PTRACE_SYSEMU or PTRACE_SYSCALL: nothing of the call is left
 * for the host to do. */
static int end_call(struct gate_thread *thread, unsigned long *gp)
{
	int err = stop_way == WAY_SYSCALL ? nullify(thread, gp) : 0;

	return !err && PT_STOPS_HIDE ? leave_call(thread, gp) : err;
}

static void event_syscall(struct gate_thread *thread, struct task *task)
{
	unsigned long *gp = task->regs.gp;

	task->regs.syscall = (long)(int)PT_SYSCALL_NR(gp);
	if (stop_way != WAY_SECCOMP && end_call(thread, gp)) {
		traced_space_lost(thread->space);
		return;
	}
	/* The host must see no call of its own to make, skip or restart. */
	PT_SYSCALL_NR(gp) = -1UL;
	task->event.type = EV_SYSCALL;
}

/* The breakpoint of rewritten sites: what a system call would have been. */
static void event_breakpoint(struct task *task)
{
	unsigned long *gp = task->regs.gp;

	LAYER_BREAKPOINT_TO_SYSCALL(gp);
	task->regs.syscall = (long)(int)PT_SYSCALL_NR(gp);
	task->event.type = EV_SYSCALL;
	task->event.rewritten = true;
}

/* True if the task is to run K's code; false: nothing of its own, resume it. */
static bool event_signal(struct gate_thread *thread, struct task *task, int sig)
{
	struct gate_event *ev = &task->event;

	switch (sig) {
	case SIGSTOP:
		thread->stop_sent = false;
		ev->type = EV_INTERRUPT;
		return true;
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGTRAP:
		if (os_get_siginfo(thread->tid, &ev->info))
			return false;
		/* Sent by a host process, not raised by the CPU: not the guest's business. */
		if (ev->info.si_code <= 0)
			return false;
		break;
	default:
		return false;
	}
	ev->type = EV_TRAP;
	if (sig == SIGTRAP && gate_trampoline_entry &&
	    LAYER_AT_BREAKPOINT(task->regs.gp, gate_trampoline_entry)) {
		event_breakpoint(task);
	} else if (sig == SIGSEGV) {
		gate_fault(task);
	}
	return true;
}

static void thread_event(struct gate_thread *thread, const struct os_stop *stop)
{
	struct task *task = thread->task;

	thread->running = false;
	if (stop->why == STOP_GONE) {
		thread->dead = true;
		traced_space_lost(thread->space);
		return;
	}
	if (!task)
		return;
	if (os_getregs(thread->tid, task->regs.gp)) {
		traced_space_lost(thread->space);
		return;
	}
	if (thread->stepping)
		PT_CLEAR_STEP(task->regs.gp);
	task->regs.syscall = -1;
	task->event.task = task;
	task->event.rewritten = false;
	if (stop->why == STOP_SYSCALL || stop->why == STOP_SECCOMP) {
		event_syscall(thread, task);
	} else if (stop->why != STOP_SIGNAL || !event_signal(thread, task, stop->sig)) {
		ptrace_resume(task, task->syscall_work & SYSCALL_WORK_STEP);
		return;
	} else {
		PT_SYSCALL_NR(task->regs.gp) = -1UL;
	}
	if (thread->dead)
		return;
	gate_event_arrived(task);
	choose_cpu(thread, task->entered - thread->resumed_at);
}

/* Waits for one stop, or only looks for one; false: there was none. */
static bool wait_for_one(bool block)
{
	struct gate_thread *thread;
	struct os_stop stop;

	if (os_wait_stop(-1, block, &stop) || stop.why == STOP_NONE)
		return false;
	if (stop.tid == bell_tid) {
		if (stop.why == STOP_GONE)
			panic("the bell process has been killed from outside");
		bell_waiting = true;
		os_events_dispatch();
		return true;
	}
	thread = find_gate_thread(stop.tid);
	if (thread)
		thread_event(thread, &stop);
	return true;
}

/* The host reports the newest thread's stop first, so one that stops again and again, at once,
 * would keep K from ever seeing the others: every so often all that have stopped are seen. */
static void ptrace_wait(bool block)
{
	static unsigned waits;
	unsigned more = ++waits % WAITS_TO_SEE_ALL ? 0 : STOPS_AT_ONCE;

	if (bell_waiting) {
		bell_waiting = false;
		if (os_resume(bell_tid, OS_CONT))
			panic("the bell process has been killed from outside");
	}
	if (!wait_for_one(block))
		return;
	while (more-- && wait_for_one(false))
		;
}

/* On each tick: what computes may leave K's CPU. */
static void ptrace_tick(struct task *task, u64 now)
{
	struct gate_thread *thread = task->gthread;

	if (!thread || !thread->running || !thread->pinned || now - thread->resumed_at < LONG_RUN)
		return;
	thread->pinned = false;
	thread->short_runs = 0;
	os_set_cpu(thread->tid, -1);
}

static ssize_t ptrace_fp_get(struct task *task, void *buf, size_t size)
{
	if (!buf)
		return (ssize_t)fp_size;
	if (!task->gthread)
		return -ESRCH;
	return os_getfp(task->gthread->tid, buf, size);
}

static int ptrace_fp_set(struct task *task, const void *buf, size_t size)
{
	return task->gthread ? os_setfp(task->gthread->tid, buf, size) : -ESRCH;
}

static int ptrace_debug_get(struct task *task, unsigned long offset, unsigned long *word)
{
	return task->gthread ? os_peekuser(task->gthread->tid, offset, word) : -ESRCH;
}

static int ptrace_debug_set(struct task *task, unsigned long offset, unsigned long word)
{
	if (!task->gthread)
		return -ESRCH;
	task->gthread->debugged = true;
	return os_pokeuser(task->gthread->tid, offset, word);
}

static u64 ptrace_user_time(struct task *task)
{
	struct gate_thread *thread = task->gthread;
	u64 now;

	if (!thread || thread->dead || os_thread_cpu_time(thread->space->pid, thread->tid, &now))
		return 0;
	return now - thread->time_base;
}

static int ptrace_host_tid(struct task *task)
{
	return task->gthread ? task->gthread->tid : 0;
}

const struct gate ptrace_gate = {
	.name = "ptrace",
	.probe = ptrace_gate_probe,
	.init = ptrace_gate_init,
	.shutdown = ptrace_gate_shutdown,
	.space_get = ptrace_space_get,
	.space_put = ptrace_space_put,
	.space_batch = ptrace_space_batch,
	.thread_add = ptrace_thread_add,
	.thread_end = ptrace_thread_end,
	.resume = ptrace_resume,
	.can_step = ptrace_can_step,
	.interrupt = ptrace_interrupt,
	.wait = ptrace_wait,
	.tick = ptrace_tick,
	.fp_get = ptrace_fp_get,
	.fp_set = ptrace_fp_set,
	.debug_get = ptrace_debug_get,
	.debug_set = ptrace_debug_set,
	.host_tid = ptrace_host_tid,
	.counters = ptrace_counters,
	.user_time = ptrace_user_time,
};
