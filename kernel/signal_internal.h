/* What kernel/sig*.c, jobctl.c and coredump.c share; the rest of K uses um/signal.h. */
#ifndef KERNEL_SIGNAL_INTERNAL_H
#define KERNEL_SIGNAL_INTERNAL_H

#include "um/sched.h"

#define ACT_DFL 0
#define ACT_IGN 1

/* What a signal does by default, signal(7). */
#define SIG_DEFAULT_IGNORED (sigbit(SIGCONT) | sigbit(SIGCHLD) | sigbit(SIGWINCH) | sigbit(SIGURG))
#define SIG_DEFAULT_STOP (sigbit(SIGSTOP) | sigbit(SIGTSTP) | sigbit(SIGTTIN) | sigbit(SIGTTOU))
#define SIG_DEFAULT_CORE                                                                           \
	(sigbit(SIGQUIT) | sigbit(SIGILL) | sigbit(SIGTRAP) | sigbit(SIGABRT) | sigbit(SIGFPE) |   \
	 sigbit(SIGSEGV) | sigbit(SIGBUS) | sigbit(SIGSYS) | sigbit(SIGXCPU) | sigbit(SIGXFSZ))
/* Taken before others: their frames are to show where the fault was. */
#define SIG_SYNCHRONOUS                                                                            \
	(sigbit(SIGSEGV) | sigbit(SIGBUS) | sigbit(SIGILL) | sigbit(SIGTRAP) | sigbit(SIGFPE) |    \
	 sigbit(SIGSYS))

/* --- sigqueue.c */
/* Adds an entry with a copy of info for `task`; NULL if over its user's limit, which `override`
 * ignores. */
struct sigqueue *sigqueue_add(struct sigpending *pending, struct task *task, const siginfo_t *info,
			      bool override);
/* Drops what POSIX timers have sent: exec. */
void flush_timer_signals(struct sigpending *pending);

/* --- signal.c */
/* Ends a thread's sleep for a signal; `fatal` also ends killable sleeps and stops. */
void signal_wake_up(struct task *task, bool fatal);
/* A thread of the group that has not started to exit, or NULL. */
struct task *group_live_thread(struct thread_group *group);
/* Pid 1, which is sent no signal that it has no handler for. */
bool group_unkillable(const struct thread_group *group);
/* Drops signal `set` from the group's and all its threads' queues. */
void flush_group(struct thread_group *group, ksigset_t set);

/* --- signal_calls.c: of current */
/* A signal's handling: the old goes to *old, and new, if not NULL, is installed, without what it
 * may not have.  0 or -EINVAL. */
int sigaction_set(int sig, struct k_sigaction *new, struct k_sigaction *old);
int sigmask_change(int how, ksigset_t set);	/* sigprocmask(2): 0 or -EINVAL */
ksigset_t sigs_pending(void);			/* those that are blocked */
long sigsuspend(ksigset_t mask);		/* -ERESTARTNOHAND */

/* --- signal_deliver.c */
/* current's process ends of the signal, with a core if it is one of those that leave one. */
void die_of_signal(struct task *task, int sig, const siginfo_t *info) __noreturn;

/* --- jobctl.c */
void jobctl_start_stop(struct task *task, int sig);	/* from current, on a stop signal */
void jobctl_take_part(struct task *task);		/* sleeps while the group is stopped */
void jobctl_leave(struct task *task);			/* an exiting thread is not waited for */
void jobctl_continue(struct thread_group *group);	/* SIGCONT has been sent */
void jobctl_cancel(struct thread_group *group);		/* SIGKILL: no stop any more */

#endif
