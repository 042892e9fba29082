/* Signals: sending, queues, dispositions, delivery.  kernel/signal*.c
 * Structures and numbers are the UAPI's; sets are 64-bit everywhere in K. */
#ifndef UM_SIGNAL_H
#define UM_SIGNAL_H

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/signal.h>

#include "um/list.h"
#include "um/types.h"

#define KNSIG 64
#define sigbit(sig) (1ULL << ((sig)-1))
#define SIG_KERNEL_ONLY (sigbit(SIGKILL) | sigbit(SIGSTOP))

struct task;
struct thread_group;
struct pid;
struct uml_pt_regs;

struct k_sigaction {
	uaddr_t handler;	/* SIG_DFL 0, SIG_IGN 1 */
	unsigned long flags;
	uaddr_t restorer;
	ksigset_t mask;
};

/* Shared by CLONE_SIGHAND. */
struct sighand {
	int refs;
	struct k_sigaction action[KNSIG];	/* action[sig - 1] */
	struct wait_queue_head *signalfd_wait;	/* see signalfd.c: woken on each signal sent */
};

struct sigqueue {
	struct list_head node;
	siginfo_t info;
	struct user_sigs *user;		/* whose RLIMIT_SIGPENDING count it is in, or NULL */
	struct posix_timer *timer;	/* its preallocated entry: not freed on delivery */
	/* For such an entry: it has been taken off the queue (info is the taker's copy, which it
	 * may complete: si_overrun) or flushed (info NULL).  May queue it again later. */
	void (*taken)(struct sigqueue *entry, siginfo_t *info);
};

struct sigpending {
	struct list_head queue;
	ksigset_t set;
};

/* --- sending.  None of these sleeps. */
/* To one thread (group false) or any thread of its group.  info NULL: SI_KERNEL.  0 or -EAGAIN
 * (a real-time signal over RLIMIT_SIGPENDING).  No permission check. */
int send_signal(int sig, const siginfo_t *info, struct task *task, bool group);
int send_sig(int sig, struct task *task);		/* from the kernel, to the group */
/* A timer's own entry (timer, taken, info set; node initialised).  0; 1 if the signal is ignored
 * and nothing was queued; still queued: counts one more in info.si_overrun and returns 0. */
int send_sigqueue(struct sigqueue *entry, struct task *task, bool group);
void sigqueue_unqueue(struct sigqueue *entry);	/* timer_delete: what is queued stays, as a copy */
/* A fault's signal: not to be blocked or ignored; kills instead. */
void force_sig_info(const siginfo_t *info, struct task *task);
void force_sig(int sig, struct task *task);
void force_sig_fault(int sig, int code, uaddr_t addr);	/* to current */
int kill_pgrp(struct pid *pgrp, int sig, const siginfo_t *info);	/* 0 or -ESRCH */
int kill_session(struct pid *session, int sig);
void zap_group(struct thread_group *group, int status, struct task *except); /* SIGKILL to all */

/* --- state */
bool signal_pending(const struct task *task);
bool fatal_signal_pending(const struct task *task);
void recalc_sigpending(struct task *task);
void set_blocked(struct task *task, ksigset_t mask);	/* also retargets group signals */
/* A set as user memory holds it: words of `long` size, the lowest signals first.  0, -EFAULT. */
#define SIGSET_WORDS (KNSIG / (8 * sizeof(unsigned long)))
void sigset_to_words(unsigned long word[SIGSET_WORDS], ksigset_t set);
int sigset_get(ksigset_t *set, uaddr_t from);
int sigset_put(uaddr_t to, ksigset_t set);
/* For sigsuspend, ppoll, epoll_pwait: installs *mask until the call ends; restores it after
 * delivery if a signal interrupted.  uaddr 0: nothing.  Returns 0, -EINVAL, -EFAULT. */
int set_user_sigmask(uaddr_t mask, size_t size);
void restore_user_sigmask(bool interrupted);	/* before returning from the call */
/* Takes the next pending signal in `set`; 0 if none.  For delivery, sigtimedwait, signalfd. */
int dequeue_signal(struct task *task, ksigset_t set, siginfo_t *info);
void flush_pending(struct sigpending *pending, ksigset_t set);
void sigpending_init(struct sigpending *pending);
u64 user_sigpending(uid_t uid);		/* entries queued to this real user's tasks: SigQ */

/* --- life of a task */
struct sighand *sighand_new(void);			/* all default */
struct sighand *sighand_copy(const struct sighand *from);
void sighand_put(struct sighand *sighand);
void signals_exec(struct task *task);	/* handlers to default, altstack off; sighand unshared */
void signals_exit(struct task *task);	/* drops the private queue, retargets group signals */

/* --- on the way to user mode: delivers, stops, restarts system calls.  May not return.  To be
 * called when sigpending or restore_sigmask is set, and after a call whose result is -ERESTART*. */
void signals_deliver(struct task *task);
/* Notifies the parent of `group` of a stop, continue or end: SIGCHLD and wait_child. */
void notify_parent_stop(struct thread_group *group, int why /* CLD_STOPPED, CLD_CONTINUED */);
/* No thread of `pgrp` has a parent in the same session but another group (POSIX): stop signals
 * from the terminal are then lost.  `except` is taken as gone, may be NULL.  kernel/exit.c */
bool pgrp_is_orphaned(struct pid *pgrp, struct thread_group *except);
/* core(5), in current's working directory; true if one was written.  kernel/coredump.c */
bool core_dump(int sig, const siginfo_t *info);
extern char core_pattern[128];		/* /proc/sys/kernel/core_pattern; core_uses_pid: */
extern bool core_uses_pid;

/* Copies: siginfo to user in the layout the signal's code says, with nothing of K in padding. */
int siginfo_put(uaddr_t to, const siginfo_t *info);
int siginfo_get(siginfo_t *info, uaddr_t from);

/* --- the port: arch/sys-X/signal.c builds and takes down frames */
int arch_signal_frame(struct task *task, int sig, const struct k_sigaction *action,
		      const siginfo_t *info, ksigset_t oldset); /* 0, -EFAULT */
long arch_sigreturn(struct task *task, ksigset_t *set);		/* sets all registers */
long arch_old_sigreturn(struct task *task, ksigset_t *set);	/* um/frame.h: FRAME_OLD_CONTEXT */

#endif
