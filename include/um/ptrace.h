/*
 * Guest ptrace(2).  kernel/ptrace.c: what a tracer asks for; ptrace_data.c: what it reads and
 * writes; ptrace_stop.c: the tracee's stops.
 *
 * A tracee stops in its own fiber, in K, in state TASK_TRACED: its registers are in task->regs,
 * its host thread stands still.  Requests and events by name: um/ptrace_uapi.h.
 */
#ifndef UM_PTRACE_H
#define UM_PTRACE_H

#include "um/signal.h"

struct task;

/* task->syscall_work: what makes a call leave the short way. */
enum syscall_work {
	SYSCALL_WORK_SECCOMP = 1 << 0,
	SYSCALL_WORK_TRACE = 1 << 1,	/* stops at entry and exit */
	SYSCALL_WORK_EMU = 1 << 2,	/* stops at entry, and the call is not made */
	SYSCALL_WORK_STEP = 1 << 3,	/* a single step ends at the call's exit */
};

struct ptrace_state {
	struct task *tracer;		/* NULL: not traced */
	struct list_head node;		/* in tracer->ptrace.tracees */
	struct list_head tracees;
	unsigned options;		/* PTRACE_O_* */
	bool seized;
	bool trap_stop;			/* to stop soon: PTRACE_INTERRUPT, or a group stop */
	bool trap_notify;		/* seized: the group stop's state has changed */
	bool listening;			/* PTRACE_LISTEN: stopped, but not for requests */
	bool zombie_held;		/* an ended thread that its tracer has yet to wait for */
	/* In a stop: the status to report, 0 once it has been.  The tracer sets it to the signal to
	 * go on with. */
	int code;
	unsigned long message;		/* PTRACE_GETEVENTMSG */
	siginfo_t *info;		/* of the stop; NULL in a group stop, and outside stops */
};

static inline unsigned ptrace_event_option(int event)
{
	return 1u << event;
}

/* --- hooks; current is the tracee unless one is named */
void ptrace_init(struct task *task);	/* of a new task: nothing */
bool ptrace_event_enabled(const struct task *task, int event);
/* Stops for PTRACE_EVENT_*, if the tracer wants it.  Sleeps. */
void ptrace_event(int event, unsigned long message);
void ptrace_exec(int old_pid);		/* a new program is about to run */
/* A plain SIGTRAP stop, as after entering a handler while stepping.  Sleeps. */
void ptrace_notify(int code);
/* A dequeued signal, before anything is done about it: what to deliver (0: nothing), in *info. */
int ptrace_signal(struct task *task, int sig, siginfo_t *info);
void ptrace_trap(struct task *task);	/* trap_stop or trap_notify is set: stops */
void ptrace_trap_notify(struct task *task);	/* seized: SIGCONT or a stop signal has come */
/* At a call's entry and exit, when task->syscall_work is set.  False: the call is not made, and
 * its result is in the registers.  Both may sleep. */
bool syscall_enter_work(struct task *task);
void syscall_exit_work(struct task *task);
/* fork: what PTRACE_EVENT_* the call is, 0 if the tracer does not want it; and the child, which
 * its parent's tracer traces too if `follow`. */
int ptrace_fork_event(u64 clone_flags, int exit_signal);
void ptrace_init_child(struct task *child, bool follow);
/* The tracer ends: its tracees go on, or are killed (PTRACE_O_EXITKILL). */
void ptrace_exit(struct task *task);
void ptrace_unlink(struct task *task);	/* not traced any more; wakes it if it was stopped */
/* Tells the tracer that the task's state has changed: SIGCHLD and its wait. */
void ptrace_tell_tracer(struct task *task, int why, int status);
/* Is `task` traced by a thread of the process that would wait for it anyway? */
bool ptraced_by_parent(const struct task *task);

/* --- kernel/ptrace_data.c: the requests that read and write a stopped tracee.  May sleep. */
long ptrace_data_request(struct task *child, long request, unsigned long addr, unsigned long data);

/* --- the port: arch/sys-X/ptrace.c */
/* Requests that only some CPUs have; -EIO for others. */
long arch_ptrace(struct task *child, long request, unsigned long addr, unsigned long data);
/* A register set by its note type (NT_*): its size, or -EINVAL.  get and set move exactly that
 * many bytes, or a multiple of the word less. */
ssize_t arch_regset_size(struct task *child, unsigned type);
int arch_regset_get(struct task *child, unsigned type, void *buf, size_t size);
int arch_regset_set(struct task *child, unsigned type, const void *buf, size_t size);

#endif
