/*
 * Job control: a session's controlling terminal, its foreground group, and what happens to the
 * others when they touch the terminal.
 *
 * tty->session and tty->pgrp hold references, as does each group->ctty.
 */
#include "tty.h"

#include "um/sched.h"
#include "um/signal.h"
#include "um/uaccess.h"

#define for_each_group_leader(t)                                                                   \
	for_each_task(t)                                                                           \
		if (thread_group_leader(t))

/* current's controlling terminal; no reference. */
struct tty *tty_current(void)
{
	return current->group->ctty;
}

/* Forgets the group's terminal: setsid, exit. */
void tty_release_ctty(struct thread_group *group)
{
	struct tty *tty = group->ctty;

	group->ctty = NULL;
	tty_put(tty);
}

/* fork: the child has its parent's terminal. */
void tty_inherit(struct thread_group *child, struct thread_group *parent)
{
	child->ctty = parent->ctty ? tty_get(parent->ctty) : NULL;
}

static void session_forget_tty(struct pid *session)
{
	struct task *t;

	for_each_group_leader(t)
		if (t->group->session == session)
			tty_release_ctty(t->group);
}

static void set_foreground(struct tty *tty, struct pid *pgrp)
{
	struct pid *old = tty->pgrp;

	tty->pgrp = pid_get(pgrp);
	pid_put(old);
}

static void set_session(struct tty *tty, struct pid *session)
{
	struct pid *old = tty->session;

	tty->session = pid_get(session);
	pid_put(old);
}

void tty_set_ctty(struct tty *tty)
{
	struct thread_group *group = current->group;
	struct tty *old = group->ctty;

	set_session(tty, group->session);
	set_foreground(tty, group->pgrp);
	group->ctty = tty_get(tty);
	tty_put(old);
}

/* open(2): a session leader without terminal gets one that is nobody's. */
void tty_open_ctty(struct tty *tty, struct file *file)
{
	struct thread_group *group = current->group;

	if (group->session_leader && !group->ctty && !tty->session && (file->mode & FMODE_READ))
		tty_set_ctty(tty);
}

/* --- the background */

static bool is_ignored(int sig)
{
	return (current->blocked & sigbit(sig)) || current->sighand->action[sig - 1].handler == 1;
}

/* 0: current may use its terminal.  Else its group has got `sig`, and the call is to be made
 * again (-ERESTARTSYS); or that would be of no use: -EIO. */
int tty_check_job(struct tty *tty, int sig)
{
	struct pid *pgrp = current->group->pgrp;

	if (current->group->ctty != tty || !tty->pgrp || pgrp == tty->pgrp)
		return 0;
	if (is_ignored(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (pgrp_is_orphaned(pgrp, NULL))
		return -EIO;
	kill_pgrp(pgrp, sig, NULL);
	return -ERESTARTSYS;
}

int tty_check_change(struct tty *tty)
{
	return tty_check_job(tty, SIGTTOU);
}

/* --- hangup and the leader's end */

/* A hangup: the session has no terminal any more, and its leader is told. */
void tty_signal_leader(struct tty *tty, bool exit_session)
{
	struct pid *session = tty->session;
	struct task *t;

	if (!session)
		return;
	for_each_group_leader(t) {
		struct thread_group *group = t->group;

		if (group->session != session)
			continue;
		if (group->ctty == tty)
			tty_release_ctty(group);
		if (!group->session_leader)
			continue;
		send_sig(SIGHUP, t);
		send_sig(SIGCONT, t);
		pid_put(group->tty_old_pgrp);
		group->tty_old_pgrp = pid_get(tty->pgrp);
	}
	if (tty->pgrp && exit_session)
		kill_pgrp(tty->pgrp, SIGHUP, NULL);
	set_foreground(tty, NULL);
	set_session(tty, NULL);
}

static void hangup_group(struct pid *pgrp, bool with_cont)
{
	kill_pgrp(pgrp, SIGHUP, NULL);
	if (with_cont)
		kill_pgrp(pgrp, SIGCONT, NULL);
}

/* Takes the terminal from the leader's whole session: it exits, or gave it up (TIOCNOTTY). */
static void disassociate(struct thread_group *leader, bool on_exit)
{
	struct tty *tty = leader->ctty;

	if (!tty) {
		if (on_exit && leader->tty_old_pgrp)
			hangup_group(leader->tty_old_pgrp, true);
		return;
	}
	tty_get(tty);
	if (on_exit && !tty->link)
		tty_vhangup(tty, true);
	else if (tty->pgrp)
		hangup_group(tty->pgrp, !on_exit);
	if (tty->session == leader->session) {
		set_session(tty, NULL);
		set_foreground(tty, NULL);
	}
	session_forget_tty(leader->session);
	tty_put(tty);
}

/* A session leader exits. */
void session_lost_leader(struct thread_group *leader)
{
	if (!leader->session_leader)
		return;
	disassociate(leader, true);
	pid_put(leader->tty_old_pgrp);
	leader->tty_old_pgrp = NULL;
}

/* --- ioctls */

static long give_up_ctty(struct tty *tty)
{
	struct thread_group *group = current->group;

	if (group->ctty != tty)
		return -ENOTTY;
	if (group->session_leader)
		disassociate(group, false);
	tty_release_ctty(group);
	return 0;
}

static long take_ctty(struct tty *tty, struct file *file, unsigned long arg)
{
	struct thread_group *group = current->group;

	if (group->session_leader && group->session == tty->session)
		return 0;
	if (!group->session_leader || group->ctty)
		return -EPERM;
	if (tty->session) {
		if (arg != 1 || !capable(CAP_SYS_ADMIN))
			return -EPERM;
		session_forget_tty(tty->session);
	}
	if (!(file->mode & FMODE_READ) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	tty_set_ctty(tty);
	return 0;
}

static long get_foreground(struct tty *tty, struct tty *real, unsigned long arg)
{
	int nr = pid_nr(real->pgrp);

	if (tty == real && current->group->ctty != real)
		return -ENOTTY;
	return put_user(nr, arg);
}

/* The session of a process group, or of the process that has its number; NULL: neither. */
static struct pid *session_of_pgrp(struct pid *pgrp)
{
	struct task *t;

	for_each_group_leader(t)
		if (t->group->pgrp == pgrp)
			return t->group->session;
	return pgrp->task ? pgrp->task->group->session : NULL;
}

static long set_foreground_nr(struct tty *real, unsigned long arg)
{
	struct pid *pgrp;
	int nr, err = tty_check_change(real);

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (get_user(nr, arg))
		return -EFAULT;
	if (nr < 0)
		return -EINVAL;
	if (current->group->ctty != real || real->session != current->group->session)
		return -ENOTTY;
	pgrp = pid_find(nr);
	if (!pgrp)
		return -ESRCH;
	if (session_of_pgrp(pgrp) != current->group->session)
		return -EPERM;
	set_foreground(real, pgrp);
	return 0;
}

static long get_session(struct tty *tty, struct tty *real, unsigned long arg)
{
	int nr = pid_nr(real->session);

	if (tty == real && current->group->ctty != real)
		return -ENOTTY;
	return real->session ? put_user(nr, arg) : -ENOTTY;
}

long tty_jobctl_ioctl(struct tty *tty, struct file *file, unsigned cmd, unsigned long arg)
{
	struct tty *real = tty_real(tty);

	switch (cmd) {
	case TIOCNOTTY:
		return give_up_ctty(tty);
	case TIOCSCTTY:
		return take_ctty(real, file, arg);
	case TIOCGPGRP:
		return get_foreground(tty, real, arg);
	case TIOCSPGRP:
		return set_foreground_nr(real, arg);
	case TIOCGSID:
		return get_session(tty, real, arg);
	}
	return -ENOIOCTLCMD;
}
