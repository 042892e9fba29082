/*
 * The calls that send signals: kill and its relatives.  Here are the permission checks and the
 * rules for what a sender may claim in the siginfo; um/signal.h's functions check nothing.
 */
#include "signal_internal.h"

#include "um/cred.h"
#include "um/fs.h"
#include "um/pidfd.h"
#include "um/proc_fs.h"
#include "um/syscall.h"
#include "um/uaccess.h"

static int check_kill(int sig, struct task *task)
{
	if (sig < 0 || sig > KNSIG)
		return -EINVAL;
	return may_signal(task, sig) ? 0 : -EPERM;
}

/* Signal 0 only checks. */
static int checked_send(int sig, const siginfo_t *info, struct task *task, bool group)
{
	int err = check_kill(sig, task);

	if (err || !sig)
		return err;
	return send_signal(sig, info, task, group);
}

static void sender_info(siginfo_t *info, int sig, int code)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = current->tgid;
	info->si_uid = current_uid();
}

static bool is_process(const struct task *t)
{
	return t->state != TASK_DEAD && t->group->leader == t;
}

static long kill_one(int pid, int sig, const siginfo_t *info)
{
	struct task *task = find_task(pid);

	return task ? checked_send(sig, info, task, true) : -ESRCH;
}

/* Succeeds if at least one process could be signalled; else the last error. */
static long kill_group(struct pid *pgrp, int sig, const siginfo_t *info)
{
	struct thread_group *group;
	bool success = false;
	long ret = -ESRCH;

	if (!pgrp)
		return -ESRCH;
	list_for_each_entry(group, &pgrp->pgrp_members, pgrp_node) {
		ret = checked_send(sig, info, group->leader, true);
		success |= !ret;
	}
	return success ? 0 : ret;
}

/* All but init and the sender's own process; those that may not be signalled are no error. */
static long kill_everyone(int sig, const siginfo_t *info)
{
	bool found = false;
	long ret = 0, err;
	struct task *t;

	for_each_task(t) {
		if (!is_process(t) || t->tgid <= 1 || same_group(t, current) ||
		    (t->flags & PF_KTHREAD))
			continue;
		found = true;
		err = checked_send(sig, info, t, true);
		if (err != -EPERM)
			ret = err;
	}
	return found ? ret : -ESRCH;
}

static long kill_something(int pid, int sig, const siginfo_t *info)
{
	if (pid > 0)
		return kill_one(pid, sig, info);
	if (pid == INT_MIN)
		return -ESRCH;
	if (pid == -1)
		return kill_everyone(sig, info);
	return kill_group(pid ? pid_find(-pid) : current->group->pgrp, sig, info);
}

SYSCALL_DEFINE2(kill, A_PID, int, pid, A_SIG, int, sig)
{
	siginfo_t info;

	sender_info(&info, sig, SI_USER);
	return kill_something(pid, sig, &info);
}

static long send_to_thread(int tgid, int pid, int sig, const siginfo_t *info)
{
	struct task *task = find_task(pid);

	if (!task || (tgid > 0 && task->tgid != tgid))
		return -ESRCH;
	return checked_send(sig, info, task, false);
}

SYSCALL_DEFINE3(tgkill, A_PID, int, tgid, A_PID, int, pid, A_SIG, int, sig)
{
	siginfo_t info;

	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	sender_info(&info, sig, SI_TKILL);
	return send_to_thread(tgid, pid, sig, &info);
}

SYSCALL_DEFINE2(tkill, A_PID, int, pid, A_SIG, int, sig)
{
	siginfo_t info;

	if (pid <= 0)
		return -EINVAL;
	sender_info(&info, sig, SI_TKILL);
	return send_to_thread(0, pid, sig, &info);
}

/* Nobody may pass his signal off as the kernel's or as kill's, except to himself. */
static bool may_claim(const siginfo_t *info, int pid)
{
	return (info->si_code < 0 && info->si_code != SI_TKILL) || pid == current->tgid;
}

SYSCALL_DEFINE3(rt_sigqueueinfo, A_PID, int, pid, A_SIG, int, sig, A_PTR, uaddr_t, uinfo)
{
	siginfo_t info;
	int err;

	err = siginfo_get(&info, uinfo);
	if (err)
		return err;
	info.si_signo = sig;
	if (!may_claim(&info, pid))
		return -EPERM;
	return kill_one(pid, sig, &info);
}

SYSCALL_DEFINE4(rt_tgsigqueueinfo, A_PID, int, tgid, A_PID, int, pid, A_SIG, int, sig, A_PTR,
		uaddr_t, uinfo)
{
	siginfo_t info;
	int err;

	err = siginfo_get(&info, uinfo);
	if (err)
		return err;
	info.si_signo = sig;
	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	if ((info.si_code >= 0 || info.si_code == SI_TKILL) && pid != current->pid)
		return -EPERM;
	return send_to_thread(tgid, pid, sig, &info);
}

static long pidfd_signal(struct pid *pid, int sig, uaddr_t uinfo)
{
	siginfo_t info;
	int err;

	if (uinfo) {
		err = siginfo_get(&info, uinfo);
		if (err)
			return err;
		if (info.si_signo != sig)
			return -EINVAL;
		if (!may_claim(&info, pid->nr))
			return -EPERM;
	} else {
		sender_info(&info, sig, SI_USER);
	}
	return pid->task ? checked_send(sig, &info, pid->task, true) : -ESRCH;
}

SYSCALL_DEFINE4(pidfd_send_signal, A_FD, int, fd, A_SIG, int, sig, A_PTR, uaddr_t, info, A_HEX,
		unsigned, flags)
{
	struct file *file;
	struct pid *pid;
	long ret;

	if (flags)
		return -EINVAL;
	file = fget_io(fd);
	if (!file)
		return -EBADF;
	pid = pidfd_pid(file);
	if (!pid)	/* an open /proc/PID does as well */
		pid = proc_dir_pid(file);
	ret = pid ? pidfd_signal(pid, sig, info) : -EBADF;
	fput(file);
	return ret;
}
