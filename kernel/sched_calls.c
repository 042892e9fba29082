/*
 * Scheduling calls.  The host schedules the guest's threads, so policy and priority are kept and
 * shown, with Linux's rules for who may ask for what, but change nothing; sched_yield is real.
 */
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <linux/sched/types.h>

#include "um/cred.h"
#include "um/os.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/timer.h"
#include "um/uaccess.h"

#define MAX_RT_PRIO 99
#define RR_TIMESLICE_NS (100 * NSEC_PER_MSEC)	/* sched_rr_get_interval(2) */
#define FAIR_TIMESLICE_NS (4 * NSEC_PER_MSEC)

struct sched_request {
	int policy;
	int priority;	/* of real-time policies */
	int nice;
	bool reset_on_fork;
	bool keep_policy;
};

static bool is_rt(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool known_policy(int policy)
{
	return is_rt(policy) || policy == SCHED_NORMAL || policy == SCHED_BATCH ||
	       policy == SCHED_IDLE;
}

static struct task *sched_target(int pid)
{
	return pid ? find_task(pid) : current;
}

static bool owns(const struct task *task)
{
	return current_euid() == task->cred->euid || current_euid() == task->cred->uid;
}

/* sched(7), "Privileges and resource limits". */
static long may_change(const struct task *task, const struct sched_request *req)
{
	u64 rtprio = task_rlimit(task, RLIMIT_RTPRIO);

	if (cred_capable(current->cred, CAP_SYS_NICE))
		return 0;
	if (!is_rt(req->policy) && req->nice < task->nice &&
	    (u64)(20 - req->nice) > task_rlimit(task, RLIMIT_NICE))
		return -EPERM;
	if (is_rt(req->policy)) {
		if (req->policy != task->sched_policy && !rtprio)
			return -EPERM;
		if (req->priority > task->sched_priority && (u64)req->priority > rtprio)
			return -EPERM;
	}
	if (task->sched_policy == SCHED_IDLE && req->policy != SCHED_IDLE &&
	    (u64)(20 - task->nice) > task_rlimit(task, RLIMIT_NICE))
		return -EPERM;
	if (!owns(task) || (task->sched_reset_on_fork && !req->reset_on_fork))
		return -EPERM;
	return 0;
}

static long change(struct task *task, struct sched_request *req)
{
	long err;

	if (req->keep_policy) {
		req->policy = task->sched_policy;
		req->reset_on_fork = task->sched_reset_on_fork;
	}
	if (!known_policy(req->policy))
		return -EINVAL;
	if (req->priority < 0 || req->priority > MAX_RT_PRIO ||
	    is_rt(req->policy) != (req->priority != 0))
		return -EINVAL;
	err = may_change(task, req);
	if (err)
		return err;
	task->sched_policy = req->policy;
	task->sched_priority = req->priority;
	task->sched_reset_on_fork = req->reset_on_fork;
	if (!is_rt(req->policy))
		task->nice = req->nice;
	return 0;
}

static long set_scheduler(int pid, int policy, uaddr_t uparam, bool keep_policy)
{
	struct sched_request req = {
		.policy = policy & ~SCHED_RESET_ON_FORK,
		.reset_on_fork = policy & SCHED_RESET_ON_FORK,
		.keep_policy = keep_policy,
	};
	struct task *task;

	if (!uparam || pid < 0)
		return -EINVAL;
	if (get_user(req.priority, uparam))
		return -EFAULT;
	task = sched_target(pid);
	if (!task)
		return -ESRCH;
	req.nice = task->nice;
	return change(task, &req);
}

SYSCALL_DEFINE3(sched_setscheduler, A_PID, int, pid, A_INT, int, policy, A_PTR, uaddr_t, param)
{
	return policy < 0 ? -EINVAL : set_scheduler(pid, policy, param, false);
}

SYSCALL_DEFINE2(sched_setparam, A_PID, int, pid, A_PTR, uaddr_t, param)
{
	return set_scheduler(pid, 0, param, true);
}

SYSCALL_DEFINE1(sched_getscheduler, A_PID, int, pid)
{
	struct task *task;

	if (pid < 0)
		return -EINVAL;
	task = sched_target(pid);
	if (!task)
		return -ESRCH;
	return task->sched_policy | (task->sched_reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

SYSCALL_DEFINE2(sched_getparam, A_PID, int, pid, A_PTR, uaddr_t, param)
{
	struct task *task;

	if (!param || pid < 0)
		return -EINVAL;
	task = sched_target(pid);
	if (!task)
		return -ESRCH;
	return put_user(task->sched_priority, param);
}

static bool all_zero(uaddr_t from, size_t n, long *err)
{
	u8 byte;

	for (; n; n--, from++) {
		if (get_user(byte, from)) {
			*err = -EFAULT;
			return false;
		}
		if (byte) {
			*err = -E2BIG;
			return false;
		}
	}
	return true;
}

/* The attribute structure grows: a shorter one is filled with zeroes, a longer one must be zero
 * beyond what is known here. */
static long import_attr(struct sched_attr *attr, uaddr_t from)
{
	long err = -E2BIG;
	u32 size;

	if (get_user(size, from + offsetof(struct sched_attr, size)))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > 4096 ||
	    (size > sizeof(*attr) && !all_zero(from + sizeof(*attr), size - sizeof(*attr), &err))) {
		u32 known = sizeof(*attr);

		if (err == -E2BIG && put_user(known, from + offsetof(struct sched_attr, size)))
			return -EFAULT;
		return err;
	}
	memset(attr, 0, sizeof(*attr));
	if (copy_from_user(attr, from, min((size_t)size, sizeof(*attr))))
		return -EFAULT;
	if ((attr->sched_flags & SCHED_FLAG_UTIL_CLAMP) && size < SCHED_ATTR_SIZE_VER1)
		return -EINVAL;
	return 0;
}

SYSCALL_DEFINE3(sched_setattr, A_PID, int, pid, A_PTR, uaddr_t, uattr, A_HEX, unsigned, flags)
{
	struct sched_request req = { 0 };
	struct sched_attr attr;
	struct task *task;
	long err;

	if (!uattr || pid < 0 || flags)
		return -EINVAL;
	err = import_attr(&attr, uattr);
	if (err)
		return err;
	if ((int)attr.sched_policy < 0 ||
	    (attr.sched_flags & ~(u64)(SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_ALL)))
		return -EINVAL;
	task = sched_target(pid);
	if (!task)
		return -ESRCH;
	req.policy = (int)attr.sched_policy;
	req.priority = (int)attr.sched_priority;
	req.nice = max(-20, min((int)attr.sched_nice, 19));
	req.reset_on_fork = attr.sched_flags & SCHED_FLAG_RESET_ON_FORK;
	req.keep_policy = attr.sched_flags & SCHED_FLAG_KEEP_POLICY;
	if (attr.sched_flags & SCHED_FLAG_KEEP_PARAMS) {
		req.priority = task->sched_priority;
		req.nice = task->nice;
	}
	return change(task, &req);
}

SYSCALL_DEFINE4(sched_getattr, A_PID, int, pid, A_PTR, uaddr_t, uattr, A_UINT, unsigned, size,
		A_HEX, unsigned, flags)
{
	struct sched_attr attr;
	struct task *task;

	if (!uattr || pid < 0 || size > 4096 || size < SCHED_ATTR_SIZE_VER0 || flags)
		return -EINVAL;
	task = sched_target(pid);
	if (!task)
		return -ESRCH;
	memset(&attr, 0, sizeof(attr));
	attr.size = (u32)min((size_t)size, sizeof(attr));
	attr.sched_policy = (u32)task->sched_policy;
	if (task->sched_reset_on_fork)
		attr.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
	if (is_rt(task->sched_policy))
		attr.sched_priority = (u32)task->sched_priority;
	else
		attr.sched_nice = task->nice;
	attr.sched_util_max = 1024;
	return copy_to_user(uattr, &attr, attr.size);
}

static long priority_limit(int policy, int rt)
{
	if (is_rt(policy))
		return rt;
	return known_policy(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

SYSCALL_DEFINE1(sched_get_priority_max, A_INT, int, policy)
{
	return priority_limit(policy, MAX_RT_PRIO);
}

SYSCALL_DEFINE1(sched_get_priority_min, A_INT, int, policy)
{
	return priority_limit(policy, 1);
}

static long rr_interval(int pid, uaddr_t to)
{
	struct task *task;
	u64 slice = FAIR_TIMESLICE_NS;

	if (pid < 0)
		return -EINVAL;
	task = sched_target(pid);
	if (!task)
		return -ESRCH;
	if (task->sched_policy == SCHED_RR)
		slice = RR_TIMESLICE_NS;
	else if (task->sched_policy == SCHED_FIFO)
		slice = 0;
	return timespec_put(to, slice);
}

SYSCALL_TIME2(sched_rr_get_interval, sched_rr_get_interval_time64, A_PID, int, pid, A_TIMESPEC_OUT,
	      uaddr_t, to)
{
	return rr_interval(pid, to);
}

SYSCALL_DEFINE0(sched_yield)
{
	yield();
	return 0;
}

static u64 cpu_online_mask(void)
{
	int cpus = os_cpu_count();

	return cpus >= 64 ? ~0ULL : (1ULL << max(cpus, 1)) - 1;
}

SYSCALL_DEFINE3(sched_getaffinity, A_PID, int, pid, A_UINT, unsigned, len, A_PTR, uaddr_t, to)
{
	unsigned long word[sizeof(u64) / sizeof(unsigned long)];
	struct task *task;
	size_t size = min((size_t)len, sizeof(word));
	u64 mask;

	if ((u64)len * 8 < (u64)min(os_cpu_count(), 64) || len % sizeof(long))
		return -EINVAL;
	task = pid < 0 ? NULL : sched_target(pid);
	if (!task)
		return -ESRCH;
	mask = task->affinity & cpu_online_mask();
	for (unsigned i = 0; i < ARRAY_SIZE(word); i++)
		word[i] = (unsigned long)(mask >> (i * 8 * sizeof(long)));
	if (copy_to_user(to, word, size))
		return -EFAULT;
	return (long)size;
}

SYSCALL_DEFINE3(sched_setaffinity, A_PID, int, pid, A_UINT, unsigned, len, A_PTR, uaddr_t, from)
{
	unsigned long word[sizeof(u64) / sizeof(unsigned long)] = { 0 };
	struct task *task;
	u64 mask = 0;

	if (copy_from_user(word, from, min((size_t)len, sizeof(word))))
		return -EFAULT;
	for (unsigned i = 0; i < ARRAY_SIZE(word); i++)
		mask |= (u64)word[i] << (i * 8 * sizeof(long));
	task = pid < 0 ? NULL : sched_target(pid);
	if (!task)
		return -ESRCH;
	if (!owns(task) && !capable(CAP_SYS_NICE))
		return -EPERM;
	mask &= cpu_online_mask();
	if (!mask)
		return -EINVAL;
	task->affinity = mask;
	return 0;
}

/* --- I/O priorities, ioprio_set(2): kept and shown. */

static bool io_selected(const struct task *t, int which, u32 who)
{
	if (t->state >= TASK_ZOMBIE)
		return false;
	switch (which) {
	case IOPRIO_WHO_PROCESS:
		return who ? t->pid == (int)who : t == current;
	case IOPRIO_WHO_PGRP:
		return who ? pid_nr(t->group->pgrp) == (int)who :
			     t->group->pgrp == current->group->pgrp;
	default:
		return t->cred->uid == (who ? who : current_uid());
	}
}

static long check_ioprio(int ioprio)
{
	int class = IOPRIO_PRIO_CLASS(ioprio), level = IOPRIO_PRIO_DATA(ioprio);

	switch (class) {
	case IOPRIO_CLASS_RT:
		if (!capable(CAP_SYS_NICE) && !capable(CAP_SYS_ADMIN))
			return -EPERM;
		return level >= 8 ? -EINVAL : 0;
	case IOPRIO_CLASS_BE:
		return level >= 8 ? -EINVAL : 0;
	case IOPRIO_CLASS_IDLE:
		return 0;
	case IOPRIO_CLASS_NONE:
		return level ? -EINVAL : 0;
	}
	return -EINVAL;
}

SYSCALL_DEFINE3(ioprio_set, A_INT, int, which, A_INT, int, who, A_HEX, int, ioprio)
{
	long ret = check_ioprio(ioprio);
	struct task *t;

	if (ret)
		return ret;
	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	ret = -ESRCH;
	for_each_task(t) {
		if (!io_selected(t, which, (u32)who))
			continue;
		if (t->cred->uid != current_euid() && t->cred->uid != current_uid() &&
		    !capable(CAP_SYS_NICE))
			return -EPERM;
		t->ioprio = ioprio;
		ret = 0;
	}
	return ret;
}

static int effective_ioprio(const struct task *t)
{
	if (IOPRIO_PRIO_CLASS(t->ioprio) != IOPRIO_CLASS_NONE)
		return t->ioprio;
	return IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, (t->nice + 20) / 5);
}

SYSCALL_DEFINE2(ioprio_get, A_INT, int, which, A_INT, int, who)
{
	long best = -ESRCH;
	struct task *t;

	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	for_each_task(t) {
		if (!io_selected(t, which, (u32)who))
			continue;
		if (which == IOPRIO_WHO_PROCESS)
			return t->ioprio;
		best = best < 0 ? effective_ioprio(t) : min(best, (long)effective_ioprio(t));
	}
	return best;
}
