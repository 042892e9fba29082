/* Process ids as calls show them, process groups and sessions. */
#include "um/err.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/tty.h"

#include "task.h"

SYSCALL_DEFINE0(getpid)
{
	return current->tgid;
}

SYSCALL_DEFINE0(gettid)
{
	return current->pid;
}

SYSCALL_DEFINE0(getppid)
{
	return task_ppid(current);
}

/* The process with this pid, 0 being current's; NULL if there is none. */
static struct thread_group *group_by_pid(int pid)
{
	return pid ? find_group(pid) : current->group;
}

SYSCALL_DEFINE1(getpgid, A_PID, int, pid)
{
	struct thread_group *group = group_by_pid(pid);

	return group ? pid_nr(group->pgrp) : -ESRCH;
}

SYSCALL_DEFINE0(getpgrp)
{
	return pid_nr(current->group->pgrp);
}

SYSCALL_DEFINE1(getsid, A_PID, int, pid)
{
	struct thread_group *group = group_by_pid(pid);

	return group ? pid_nr(group->session) : -ESRCH;
}

/* A group that exists, with a member in current's session. */
static bool pgrp_in_session(struct pid *pgrp)
{
	struct thread_group *group;

	list_for_each_entry(group, &pgrp->pgrp_members, pgrp_node)
		if (group->session == current->group->session)
			return true;
	return false;
}

/* setpgid(2): the order of the checks decides which error wins. */
SYSCALL_DEFINE2(setpgid, A_PID, int, pid, A_PID, int, pgid)
{
	struct thread_group *self = current->group, *group;
	struct pid *pgrp;

	if (!pid)
		pid = current->tgid;
	if (!pgid)
		pgid = pid;
	if (pgid < 0)
		return -EINVAL;
	group = find_group(pid);
	if (!group || (group != self && group->parent != self))
		return pid_find(pid) && find_task(pid) && !group ? -EINVAL : -ESRCH;
	if (group->session_leader)
		return -EPERM;
	if (group != self && group->session != self->session)
		return -EPERM;
	if (group != self && group->did_exec)
		return -EACCES;
	if (pgid == pid) {
		pgrp = group->leader->pid_ref;
	} else {
		pgrp = pid_find(pgid);
		if (!pgrp || !pgrp_in_session(pgrp))
			return -EPERM;
	}
	if (group->pgrp != pgrp)
		group_set_pgrp(group, pgrp);
	return 0;
}

SYSCALL_DEFINE0(setsid)
{
	struct thread_group *group = current->group;
	struct pid *pid = group->leader->pid_ref;

	if (group->session_leader || !list_empty(&pid->pgrp_members))
		return -EPERM;
	tty_release_ctty(group);
	group->session_leader = true;
	group_set_session(group, pid);
	group_set_pgrp(group, pid);
	return pid->nr;
}
