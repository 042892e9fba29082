/* What the ptrace gate's files share. */
#ifndef KERNEL_GATE_PTRACE_SPACE_H
#define KERNEL_GATE_PTRACE_SPACE_H

#include "um/gate.h"
#include "um/os_process.h"

/* A host thread that runs, or can run, guest code. */
struct gate_thread {
	int tid;			/* the host's */
	struct space *space;
	struct task *task;		/* NULL: spare */
	struct list_head node;		/* on space->threads */
	bool running;			/* resumed, no stop seen yet */
	bool pinned;			/* kept on K's CPU */
	bool stop_sent;			/* a SIGSTOP that we sent has yet to be seen */
	bool dead;			/* its process is gone */
	bool debugged;			/* its debug registers have been set */
	bool stepping;			/* by the trap flag, which its next stop clears */
	unsigned short_runs;		/* in a row, while not pinned */
	u64 resumed_at;
	u64 time_base;			/* CPU time it had when its task got it, ns */
	struct list_head hash_node;	/* in ptrace_space.c's table, by tid */
};

struct space {
	int pid;			/* the mapper: the host process's first thread */
	unsigned slot;			/* its batch page in the channel memfd */
	struct list_head threads;
	unsigned nr_spare;
	bool dead;
	struct list_head node;		/* on the pool, when empty */
	struct list_head all_node;
};

/* How the guest's system calls are stopped; chosen at boot. */
enum stop_way { WAY_SYSEMU, WAY_SECCOMP, WAY_SYSCALL };
extern enum stop_way stop_way;
const char *ptrace_gate_probe(void);
extern bool ptrace_rewrite;	/* the switch `rewrite`: sites are rewritten to a breakpoint */

/* --- ptrace_space.c */
int spaces_init(void);
struct space *ptrace_space_get(void);
void ptrace_space_put(struct space *space, void (*empty)(void *arg), void *arg);
int ptrace_space_batch(struct space *space, const struct space_op *ops, unsigned nr);
/* A stopped spare thread of the space; NULL: the host has none to give. */
struct gate_thread *traced_thread_take(struct space *space);
void traced_thread_give(struct gate_thread *thread);
struct gate_thread *find_gate_thread(int tid);
void traced_space_lost(struct space *space);	/* its process has died */
void ptrace_counters(struct counter_list *list);
void spaces_shutdown(void);		/* ends and reaps every traced process */
extern int home_cpu;			/* K's own */

/* The port's FP register set, as large as this host's. */
extern size_t fp_size;
void fp_reset(struct gate_thread *thread);

#endif
