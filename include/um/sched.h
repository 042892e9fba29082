/*
 * Tasks: guest threads.  What threads share hangs off them by reference-counted pointers: the
 * thread group, mm, files, fs context, signal handlers, credentials.
 *
 * K is single-threaded: a task's fields may be read and written by whichever fiber runs.  Who
 * does so is said beside the field.
 */
#ifndef UM_SCHED_H
#define UM_SCHED_H

#include <linux/resource.h>
#include <linux/sched.h>

#include "um/arch.h"
#include "um/cred.h"
#include "um/fiber.h"
#include "um/list.h"
#include "um/pid.h"
#include "um/ptrace.h"
#include "um/seccomp.h"
#include "um/signal.h"
#include "um/timer.h"
#include "um/wait.h"

#define TASK_COMM_LEN 16

struct mm;
struct files;
struct fs_context;
struct space;
struct tty;
struct posix_timers;

enum task_flags {
	PF_KTHREAD = 1 << 0,	 /* no user part */
	PF_EXITING = 1 << 1,	 /* in do_exit */
	PF_FORKNOEXEC = 1 << 2,	 /* has not called exec since fork */
	PF_SUPERPRIV = 1 << 3,
	PF_DUMPCORE = 1 << 4,	 /* its wait status says that it dumped core */
	PF_RESCHED = 1 << 5,	 /* wants to yield before it goes back to user code */
	PF_VFORK_DONE = 1 << 6,
	PF_NOTIFY = 1 << 7,	 /* task_exit_to_user has extra work (kick) */
};

/* CPU time in ns; user from the host's accounting, system from K's. */
struct cpu_times {
	u64 user, system;
};

/* What all threads of a process share. */
struct thread_group {
	int refs;
	struct task *leader;
	struct list_head threads;	/* task.thread_node; the leader's stays until reaped */
	int nr_threads;			/* that have not become zombies */
	int nr_live;			/* that have not started to exit */
	int nr_held;			/* ended threads that a tracer has yet to wait for */

	struct thread_group *parent;	/* whose wait4 reaps us; init's is itself NULL */
	struct task *parent_task;	/* the thread that forked us (PDEATHSIG, __WNOTHREAD) */
	struct list_head children;	/* child.sibling */
	struct list_head sibling;
	struct wait_queue_head wait_child;	/* woken on each child's state change */

	struct pid *pgrp, *session;	/* references */
	struct list_head pgrp_node, session_node; /* in pgrp->pgrp_members, session->... */
	struct tty *ctty;		/* the controlling terminal, or NULL; a tty_get reference */
	struct pid *tty_old_pgrp;	/* of a leader whose terminal was hung up: who was in its
					   foreground; session_lost_leader releases it */
	bool session_leader;
	bool did_exec;			/* setpgid by the parent is EACCES after exec */

	struct sigpending shared_pending;
	struct task *curr_target;	/* where the last group signal went */
	bool group_exit;		/* all threads are to die with group_exit_code */
	int group_exit_code;		/* wait status form */
	struct task *group_exec_task;	/* the thread that waits for the others' end in exec */
	bool stopped;			/* job control: all threads are (to be) stopped */
	int stop_sig;			/* what stopped us */
	int stop_pending;		/* threads that have yet to stop */
	bool init_may_die;		/* pid 1: a fault's signal may end it (signal.c) */
	bool stop_reported, continued_reported; /* wait4 already told: see kernel/exit.c */
	bool cont_pending_report;	/* WCONTINUED has something to tell */
	bool stop_to_report;		/* WUNTRACED has something to tell */
	bool is_child_subreaper, has_child_subreaper;
	int exit_signal;		/* to the parent at the end; SIGCHLD for fork */

	struct rlimit64 rlim[RLIM_NLIMITS];
	struct cpu_times dead_times;	/* of threads that have ended */
	struct cpu_times child_times;	/* of reaped children, and theirs */
	struct rusage_counts {
		u64 minflt, majflt, nvcsw, nivcsw, inblock, oublock, maxrss_kb;
	} dead_counts, child_counts;
	struct itimers *itimers;	/* kernel/itimer.c */
	struct posix_timers *posix_timers; /* kernel/posix_timer.c */
	int oom_score_adj;
	u64 start_time;			/* ktime_boot */
};

struct robust_list_state {
	uaddr_t head;
	unsigned long len;
};

/* How restart_syscall goes on; set by a call that returns -ERESTART_RESTARTBLOCK. */
struct restart_block {
	long (*fn)(struct restart_block *rb);
	u64 data[6];
};

/* The last event the gate reported for a task. */
enum gate_event_type { EV_IDLE, EV_SYSCALL, EV_FAULT, EV_TRAP, EV_INTERRUPT, EV_EXIT };

enum fault_access {
	FAULT_READ,
	FAULT_WRITE,
	FAULT_EXEC,
	FAULT_UNKNOWN,	/* the gate cannot tell: assume a write where one is allowed */
};

struct gate_event {
	enum gate_event_type type;
	struct task *task;
	bool rewritten;		/* EV_SYSCALL: it came from a rewritten site, by its stub */
	/* EV_FAULT */
	uaddr_t addr;
	enum fault_access access;
	bool fixable;		/* mapping a page may cure it */
	/* EV_FAULT, EV_TRAP: what the host said */
	siginfo_t info;
};

struct task {
	struct fiber *fiber;		/* NULL for a zombie */
	enum task_state state;		/* sched.c, wait.c; others through their functions */
	unsigned flags;			/* enum task_flags */
	struct list_head run_node;	/* on the run queue */
	void (*kernel_fn)(void *arg);	/* what its fiber runs before user code; may be NULL */
	void *kernel_arg;
	struct list_head all_node;	/* on all_tasks */
	struct timer sleep_timer;
	int refs;			/* task_get/task_put; one for being in the pid table */

	int pid;			/* the tid; tgid is group->leader's */
	int tgid;
	struct pid *pid_ref;
	struct thread_group *group;
	struct list_head thread_node;	/* in group->threads */
	char comm[TASK_COMM_LEN];

	struct mm *mm;			/* NULL for kernel threads and after exit */
	struct files *files;
	struct fs_context *fs;
	struct sighand *sighand;
	struct cred *cred;		/* immutable once set; replaced as a whole */

	struct uml_pt_regs regs;	/* user registers while in K */
	bool regs_partial;		/* gate: regs hold a system call, not all registers */
	struct gate_event event;	/* gate writes, task's own fiber reads */
	struct gate_thread *gthread;	/* the gate's own record */
	struct arch_thread arch;	/* TLS and the like that regs do not hold */
	bool in_syscall;		/* regs.syscall is one that may be restarted */
	bool time32;			/* its user times have 32-bit words: um/timer.h */

	ksigset_t blocked, saved_sigmask;
	bool restore_sigmask;		/* sigsuspend, ppoll...: put saved_sigmask back */
	ksigset_t real_blocked;		/* sigtimedwait's: blocked but for its sleep */
	struct sigpending pending;
	bool sigpending;		/* recalc_sigpending()'s verdict */
	uaddr_t sas_sp;			/* sigaltstack */
	size_t sas_size;
	int sas_flags;
	struct restart_block restart;
	int pdeath_signal;
	bool jobctl_stop;		/* this thread has yet to stop for group->stopped */

	uaddr_t set_child_tid, clear_child_tid;
	struct robust_list_state robust;
	struct task *vfork_parent;	/* sleeps until we exec or end */
	struct wait_queue_head vfork_wait;
	int exit_code;			/* wait status form */
	struct wait_queue_head exit_wait;	/* woken when it has become a zombie */

	u64 start_time;			/* ktime_mono */
	struct cpu_times times;		/* task_times() brings it up to date */
	u64 entered;			/* ktime_mono of the last entry to or exit from K */
	struct rusage_counts counts;
	u64 timer_slack;
	u64 default_timer_slack;	/* the parent's at fork; 0: timer_slack
					   has not been set since */
	int nice;
	int sched_policy, sched_priority;
	bool sched_reset_on_fork;
	int ioprio;			/* ioprio_set(2)'s value; 0: from nice */
	u64 affinity;			/* of the guest's CPUs, for sched_getaffinity */
	u64 personality;
	bool no_new_privs;
	bool thp_disable;		/* PR_SET_THP_DISABLE, only to be shown; inherited */

	unsigned syscall_work;		/* enum syscall_work: calls take the long way */
	struct task_seccomp seccomp;
	struct ptrace_state ptrace;	/* kernel/ptrace*.c */

	int syscall_nr;			/* for records and panic: the call being run, or -1 */
	uaddr_t fault_addr;		/* mm/fault.c, owner only: the last
					   fault that found nothing */
	unsigned fault_repeats;		/* to do, how often in a row it came, and what */
	u64 fault_removals;		/* space_removals() said then */
};

extern struct task *current_task;	/* whose fiber runs; the idle task in the main loop */
#define current current_task
extern struct list_head all_tasks;	/* leaders and threads alike, zombies included */
extern struct task *init_task;		/* pid 1, once there */
extern int nr_tasks;			/* limit: nr_tasks_max */
extern int nr_tasks_max;

/* --- kernel/sched.c: the run queue and main loop */
void wake_up_task(struct task *task);	/* sleeping in any state but stopped/traced: make it run */
/* Wakes a task only if it sleeps in one of these states; true if it did. */
enum {
	WAKE_INTERRUPTIBLE = 1 << TASK_INTERRUPTIBLE,
	WAKE_KILLABLE = 1 << TASK_KILLABLE,
	WAKE_UNINTERRUPTIBLE = 1 << TASK_UNINTERRUPTIBLE,
	WAKE_STOPPED = 1 << TASK_STOPPED | 1 << TASK_TRACED,
	WAKE_SLEEPING = WAKE_INTERRUPTIBLE | WAKE_KILLABLE | WAKE_UNINTERRUPTIBLE,
};
bool wake_up_state(struct task *task, unsigned states);
void schedule(void);			/* current has set its state; runs others until woken */
void yield(void);
/* A running (TASK_USER) task comes back to K soon, with EV_INTERRUPT. Others: nothing. */
void kick_task(struct task *task);
/* All of current's registers are in current->regs from here on. */
void task_full_regs(struct task *task);
/* A task without user part, runnable at once.  It ends when fn returns. */
struct task *kthread_run(void (*fn)(void *arg), void *arg, const char *name);
void main_loop(void) __noreturn;
void task_start(struct task *task);	/* first run: kernel_fn, then user code */
void task_fiber_gone(void) __noreturn;	/* the end of do_exit: this fiber never runs again */
extern struct thread_group *init_group;	/* pid 1's: who adopts orphans */
/* Counts for /proc/loadavg and /proc/stat. */
int nr_running_tasks(void);
extern unsigned long avenrun[3];	/* load averages, in 1/2048 (kernel/loadavg.c) */
extern u64 nr_context_switches, nr_forks_total;

/* --- kernel/task.c, fork.c, exit.c */
struct task *task_get(struct task *task);
void task_put(struct task *task);
struct task *find_task(int tid);		/* a thread, or NULL; no reference */
struct thread_group *find_group(int tgid);	/* a process, or NULL; no reference */
static inline bool thread_group_leader(const struct task *task)
{
	return task->pid == task->tgid;
}
static inline bool same_group(const struct task *a, const struct task *b)
{
	return a->group == b->group;
}
#define for_each_task(t) list_for_each_entry(t, &all_tasks, all_node)
#define for_each_thread(group, t) list_for_each_entry(t, &(group)->threads, thread_node)
/* The pid of `task` as getppid shows it; 0 for init. */
int task_ppid(const struct task *task);
struct cpu_times task_times(struct task *task);		/* up to now */
struct cpu_times group_times(struct thread_group *group); /* all threads, dead ones too */
void do_exit(int status) __noreturn;	/* current; status in wait form */
void do_group_exit(int status) __noreturn;
u64 rlimit(int resource);		/* current's soft limit */
u64 task_rlimit(const struct task *task, int resource);
void fill_rusage(struct thread_group *group, int who, void *rusage_out); /* resource.c */


/* --- kernel/exec.c */
/* Runs a program from K: for init.  Strings are K's.  -errno, or 0 with current->regs set.  Where
 * more can be said of an error than its name, *why is that, kmalloc'ed, else NULL. */
int kernel_execve(const char *path, char *const argv[], char *const envp[], char **why);

#endif
