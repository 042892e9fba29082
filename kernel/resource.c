/* Resource limits, usage and nice values: getrlimit(2), getrusage(2), getpriority(2). */
#include <linux/resource.h>

#include "um/cred.h"
#include "um/mm.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/timer.h"
#include "um/uaccess.h"

#define NR_OPEN (1024 * 1024)	/* /proc/sys/fs/nr_open */
#define MIN_NICE (-20)
#define MAX_NICE 19

/* A process whose limits current may see and change: prlimit(2). */
static bool may_prlimit(const struct task *task)
{
	const struct cred *self = current->cred, *target = task->cred;

	if (task == current)
		return true;
	if (self->uid == target->euid && self->uid == target->suid && self->uid == target->uid &&
	    self->gid == target->egid && self->gid == target->sgid && self->gid == target->gid)
		return true;
	return capable(CAP_SYS_RESOURCE);
}

static long do_prlimit(struct task *task, unsigned resource, struct rlimit64 *new,
		       struct rlimit64 *old)
{
	struct rlimit64 *limit;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	limit = &task->group->rlim[resource];
	if (new) {
		if (new->rlim_cur > new->rlim_max)
			return -EINVAL;
		if (resource == RLIMIT_NOFILE && new->rlim_max > NR_OPEN)
			return -EPERM;
		if (new->rlim_max > limit->rlim_max && !capable(CAP_SYS_RESOURCE))
			return -EPERM;
	}
	if (old)
		*old = *limit;
	if (new)
		*limit = *new;
	return 0;
}

SYSCALL_DEFINE4(prlimit64, A_PID, int, pid, A_RESOURCE, unsigned, resource, A_RLIMIT_IN, uaddr_t,
		unew, A_RLIMIT_OUT, uaddr_t, uold)
{
	struct rlimit64 new, old;
	struct task *task;
	long err;

	if (unew && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	task = pid ? find_task(pid) : current;
	if (!task)
		return -ESRCH;
	if (!may_prlimit(task))
		return -EPERM;
	err = do_prlimit(task, resource, unew ? &new : NULL, uold ? &old : NULL);
	if (err)
		return err;
	return uold ? copy_to_user(uold, &old, sizeof(old)) : 0;
}

static unsigned long limit_to_long(u64 value)
{
	return value > (unsigned long)RLIM_INFINITY ? RLIM_INFINITY : (unsigned long)value;
}

static u64 limit_from_long(unsigned long value)
{
	return value == (unsigned long)RLIM_INFINITY ? RLIM64_INFINITY : value;
}

SYSCALL_NEWER2(getrlimit, ugetrlimit, A_RESOURCE, unsigned, resource, A_PTR, uaddr_t, to)
{
	struct rlimit64 limit;
	struct rlimit out;
	long err = do_prlimit(current, resource, NULL, &limit);

	if (err)
		return err;
	out.rlim_cur = limit_to_long(limit.rlim_cur);
	out.rlim_max = limit_to_long(limit.rlim_max);
	return copy_to_user(to, &out, sizeof(out));
}

/* From when limits were signed. */
SYSCALL_OLDER2(getrlimit, ugetrlimit, A_RESOURCE, unsigned, resource, A_PTR, uaddr_t, to)
{
	struct rlimit64 limit;
	struct rlimit out;
	long err = do_prlimit(current, resource, NULL, &limit);

	if (err)
		return err;
	out.rlim_cur = (unsigned long)min(limit.rlim_cur, (u64)INT_MAX);
	out.rlim_max = (unsigned long)min(limit.rlim_max, (u64)INT_MAX);
	return copy_to_user(to, &out, sizeof(out));
}

SYSCALL_DEFINE2(setrlimit, A_RESOURCE, unsigned, resource, A_PTR, uaddr_t, from)
{
	struct rlimit64 limit;
	struct rlimit in;

	if (copy_from_user(&in, from, sizeof(in)))
		return -EFAULT;
	limit.rlim_cur = limit_from_long(in.rlim_cur);
	limit.rlim_max = limit_from_long(in.rlim_max);
	return do_prlimit(current, resource, &limit, NULL);
}

static void usage_add(struct rusage *out, const struct rusage_counts *counts)
{
	out->ru_minflt += (__kernel_long_t)counts->minflt;
	out->ru_majflt += (__kernel_long_t)counts->majflt;
	out->ru_nvcsw += (__kernel_long_t)counts->nvcsw;
	out->ru_nivcsw += (__kernel_long_t)counts->nivcsw;
	out->ru_inblock += (__kernel_long_t)counts->inblock;
	out->ru_oublock += (__kernel_long_t)counts->oublock;
	out->ru_maxrss = max(out->ru_maxrss, (__kernel_long_t)counts->maxrss_kb);
}

static void usage_of_mm(struct rusage *out, const struct mm *mm)
{
	unsigned long pages;

	if (!mm)
		return;
	pages = max(mm->hiwater_rss, mm->rss);
	out->ru_maxrss = max(out->ru_maxrss, (__kernel_long_t)(pages * (PAGE_SIZE / 1024)));
}

static void usage_of_group(struct rusage *out, struct thread_group *group)
{
	struct task *t;

	usage_add(out, &group->dead_counts);
	for_each_thread(group, t) {
		if (t->state >= TASK_ZOMBIE)
			continue;	/* counted with the dead */
		usage_add(out, &t->counts);
		usage_of_mm(out, t->mm);
	}
}

/* rusage_out: struct rusage, zeroed here.  who: RUSAGE_*; RUSAGE_THREAD is current. */
void fill_rusage(struct thread_group *group, int who, void *rusage_out)
{
	struct rusage *out = rusage_out;
	struct cpu_times sum = { 0, 0 }, part;

	memset(out, 0, sizeof(*out));
	if (who == RUSAGE_THREAD) {
		sum = task_times(current);
		usage_add(out, &current->counts);
		usage_of_mm(out, current->mm);
	}
	if (who == RUSAGE_SELF || who == RUSAGE_BOTH) {
		part = group_times(group);
		sum.user += part.user;
		sum.system += part.system;
		usage_of_group(out, group);
	}
	if (who == RUSAGE_CHILDREN || who == RUSAGE_BOTH) {
		sum.user += group->child_times.user;
		sum.system += group->child_times.system;
		usage_add(out, &group->child_counts);
	}
	out->ru_utime.tv_sec = (__typeof__(out->ru_utime.tv_sec))(sum.user / NSEC_PER_SEC);
	out->ru_utime.tv_usec = (__typeof__(out->ru_utime.tv_usec))(sum.user % NSEC_PER_SEC / 1000);
	out->ru_stime.tv_sec = (__typeof__(out->ru_stime.tv_sec))(sum.system / NSEC_PER_SEC);
	out->ru_stime.tv_usec =
		(__typeof__(out->ru_stime.tv_usec))(sum.system % NSEC_PER_SEC / 1000);
}

SYSCALL_DEFINE2(getrusage, A_INT, int, who, A_PTR, uaddr_t, to)
{
	struct rusage usage;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	fill_rusage(current->group, who, &usage);
	return copy_to_user(to, &usage, sizeof(usage));
}

/* --- nice values.  `which` selects tasks: one, a process group's, or a user's. */

static bool selected(const struct task *t, int which, u32 who)
{
	if (t->state >= TASK_ZOMBIE)
		return false;
	switch (which) {
	case PRIO_PROCESS:
		return who ? t->pid == (int)who : t == current;
	case PRIO_PGRP:
		return who ? pid_nr(t->group->pgrp) == (int)who :
			     t->group->pgrp == current->group->pgrp;
	default:
		return t->cred->uid == (who ? who : current_uid());
	}
}

/* All selected tasks, one after the other (t NULL: the first).  One alone is
 * found by its number. */
static struct task *next_selected(struct task *t, int which, u32 who)
{
	struct list_head *node = t ? t->all_node.next : all_tasks.next;

	if (which == PRIO_PROCESS) {
		t = t ? NULL : who ? find_task((int)who) : current;
		return t && selected(t, which, who) ? t : NULL;
	}
	for (; node != &all_tasks; node = node->next) {
		t = list_entry(node, struct task, all_node);
		if (selected(t, which, who))
			return t;
	}
	return NULL;
}

SYSCALL_DEFINE2(getpriority, A_INT, int, which, A_INT, int, who)
{
	long best = -ESRCH;
	struct task *t = NULL;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	while ((t = next_selected(t, which, (u32)who)))
		best = max(best, 20L - t->nice);
	return best;
}

static long set_one_nice(struct task *t, int nice)
{
	const struct cred *target = t->cred;

	if (target->uid != current_euid() && target->euid != current_euid() &&
	    !capable(CAP_SYS_NICE))
		return -EPERM;
	if (nice < t->nice && (u64)(20 - nice) > task_rlimit(t, RLIMIT_NICE) &&
	    !capable(CAP_SYS_NICE))
		return -EACCES;
	t->nice = nice;
	return 0;
}

SYSCALL_DEFINE3(setpriority, A_INT, int, which, A_INT, int, who, A_INT, int, nice)
{
	long ret = -ESRCH, err;
	struct task *t = NULL;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = max(MIN_NICE, min(nice, MAX_NICE));
	while ((t = next_selected(t, which, (u32)who))) {
		err = set_one_nice(t, nice);
		if (err || ret == -ESRCH)
			ret = err;
	}
	return ret;
}

SYSCALL_DEFINE1(nice, A_INT, int, increment)
{
	const int most = MAX_NICE - MIN_NICE + 1;
	int nice = current->nice + max(-most, min(increment, most));

	nice = max(MIN_NICE, min(nice, MAX_NICE));
	/* Linux says EPERM here for what setpriority calls EACCES. */
	return set_one_nice(current, nice) ? -EPERM : 0;
}
