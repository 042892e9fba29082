/*
 * Gates: the way from guest code into K and back.  Nothing above this header knows which one is
 * in use.  kernel/gate/
 *
 * A space is the host process that an mm lives in.  It has one mapper thread, which never runs
 * guest code and does the space operations, and one host thread per task.
 */
#ifndef UM_GATE_H
#define UM_GATE_H

#include "um/counter.h"
#include "um/init.h"
#include "um/sched.h"

struct space;

enum space_op_type {
	SPACE_MAP,
	SPACE_UNMAP,
	SPACE_PROTECT,
	SPACE_FENCE,	/* instruction fetches see what has been stored: ARCH_SPACE_FENCE */
};

#define SPACE_READ 1
#define SPACE_WRITE 2
#define SPACE_EXEC 4

struct space_op {
	enum space_op_type type;
	uaddr_t addr;		/* page-aligned */
	size_t len;		/* page-aligned */
	u64 offset;		/* SPACE_MAP: where in physmem */
	unsigned prot;		/* SPACE_READ... */
	bool populate;		/* SPACE_MAP: the host fills its page tables now */
};

struct gate {
	const char *name;
	/* Tries what it needs on throwaway children, logging each verdict; NULL, or what the host
	 * does not allow. */
	const char *(*probe)(void);
	int (*init)(void);
	void (*shutdown)(void);		/* all host processes of the gate end, and are reaped */
	/* An empty space (nothing mapped but the layer); ERR_PTR(-EAGAIN): the host has no more
	 * processes. */
	struct space *(*space_get)(void);
	/* All its threads have been ended.  The space is gone for the caller; empty(arg) is called,
	 * at once or later, when none of physmem is mapped in it any more. */
	void (*space_put)(struct space *space, void (*empty)(void *arg), void *arg);
	/* Runs the operations in order, before any task of the space that is resumed from now on.
	 * 0, or -errno: one has failed, now or earlier; what is mapped is not known. */
	int (*space_batch)(struct space *space, const struct space_op *ops, unsigned nr);
	/* A number for all operations given so far; have they been done, by the host's word?  NULL:
	 * space_batch returns when they have. */
	u64 (*space_ticket)(struct space *space);
	bool (*space_settled)(struct space *space, u64 ticket);
	/* Waits until they have; false: the space is dead, or one has failed.  NULL as above. */
	bool (*space_settle)(struct space *space);
	/* Waits for a space that is being emptied; false: there is none.  May be NULL. */
	bool (*reclaim)(void);
	/* A host thread for the task in the space; its registers are task->regs, its FP state
	 * copied from fp_from's thread (NULL: fresh).  0 or -errno. */
	int (*thread_add)(struct space *space, struct task *task, struct task *fp_from);
	void (*thread_end)(struct task *task);	/* any state; harmless without a thread */
	/* Runs the task's user code with task->regs.  The next wait may report its event. */
	void (*resume)(struct task *task, bool single_step);
	/* Looks for a short while whether the task just resumed has its next event already: then it
	 * is in task->event, as after gate_event_arrived, which is not called.  May be NULL. */
	bool (*spin)(struct task *task);
	/* A task whose event is being handled will sleep in K: its host thread need not look for
	 * the answer meanwhile.  May be NULL. */
	void (*park)(struct task *task);
	/* What getpid, getppid, gettid and the get*id calls answer for it has
	 * changed.  May be NULL. */
	void (*identity)(struct task *task);
	/* With task->regs_partial set, only the system call's number, arguments and address are in
	 * task->regs: gets the others.  The task's own fiber only; may sleep.
	 * NULL if that never is. */
	void (*full_regs)(struct task *task);
	bool (*can_step)(void);		/* does resume do single steps here? */
	void (*interrupt)(struct task *task);	/* a resumed task: EV_INTERRUPT
						   soon, unless another event */
	/* Waits until something happened: a task's event (task->event and task->regs are set, and
	 * gate_event_arrived(task) is called), or the host descriptors and timers of os_event.h
	 * have news.  block false: only looks. */
	void (*wait)(bool block);
	/* Every few ms, for each task that has been running user code since the last tick. */
	void (*tick)(struct task *task, u64 now);
	/* The floating-point and vector state, in the form of the port's signal frames.  Size in
	 * bytes, or -errno; buf NULL: only the size. */
	ssize_t (*fp_get)(struct task *task, void *buf, size_t size);
	int (*fp_set)(struct task *task, const void *buf, size_t size);
	/* The CPU's debug registers, as words of struct user (<sys/user.h>), for ptrace(2): those
	 * of the task's host thread.  They are off again when the task leaves it.  0 or -errno. */
	int (*debug_get)(struct task *task, unsigned long offset, unsigned long *word);
	int (*debug_set)(struct task *task, unsigned long offset, unsigned long word);
	int (*host_tid)(struct task *task);	/* for records; 0: none */
	/* Adds the gate's own counters (um/counter.h): host processes and threads, spaces and so
	 * on, each name only it has; at most 32.  Absent: none. */
	void (*counters)(struct counter_list *list);
	/* User CPU time of the task's host thread so far, ns. */
	u64 (*user_time)(struct task *task);
};

extern const struct gate *gate;		/* the one in use; set by gate_select at boot */
extern const struct gate ptrace_gate, reflect_gate;
/*
 * Where a rewritten system call site goes to (um/rewrite.h), in every space; 0: sites stay as they
 * are.  There the call's number is in its register, the return address where the port's stub
 * leaves it, and all else as the guest had it.
 */
extern unsigned long gate_trampoline_entry;
/* Sites whose system call instruction itself is replaced are welcome: the gate has no need to
 * send a thread back to it, where it would come to the entry again. */
extern bool gate_trampoline_any;
const char *gate_select(void);		/* mode=; logs the host checks; NULL, or what is wrong */
void gate_event_arrived(struct task *task);	/* kernel/sched.c: makes its fiber run */
/* A fault, of which task->regs and task->event.info are all that is known: into task->event. */
void gate_fault(struct task *task);
void gate_wait_for_event(struct task *task);	/* its fiber sleeps until gate_event_arrived */
void gate_task_lost(struct task *task);	/* its host thread died from outside: kill the task */

/* Where guest memory ends; above it are the layer and the channels.  Set by gate_select, as is the
 * end of what the host gives its processes. */
extern uaddr_t task_size;
extern unsigned long host_task_size;

#endif
