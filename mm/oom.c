/*
 * The OOM killer: when reclaim finds nothing more, the process that has the most memory dies,
 * its private pages at once, and whoever waited tries again.
 */
#include <linux/oom.h>

#include "internal.h"
#include "um/printk.h"
#include "um/timer.h"

#define OOM_WAIT (100 * NSEC_PER_MSEC)
#define OOM_PATIENCE (2 * NSEC_PER_SEC)	/* for a victim that does not get to its end */

struct mm *oom_victim;		/* is dying; not referenced */
static u64 victim_since;

/* The mm is gone. */
void oom_forget(struct mm *mm)
{
	if (oom_victim == mm)
		oom_victim = NULL;
}

/* A process's badness in pages; 0: not to be killed. */
static u64 badness(const struct task *task)
{
	const struct mm *mm = task->mm;
	s64 points;

	if (!mm || !init_task || mm->oom_victim || task->flags & PF_KTHREAD)
		return 0;
	if (same_group(task, init_task) ||
	    task->group->oom_score_adj == OOM_SCORE_ADJ_MIN)
		return 0;
	points = (s64)(mm->rss + mm_pagetable_bytes(mm) / PAGE_SIZE);
	points += (s64)physmem_pages / 1000 * task->group->oom_score_adj;
	return points > 0 ? (u64)points : 1;
}

static struct task *choose_victim(void)
{
	struct task *task, *worst = NULL;
	u64 most = 0;

	for_each_task(task) {
		u64 points = badness(task);

		if (points > most) {
			most = points;
			worst = task;
		}
	}
	/* The first process only when it is the last one that could give anything. */
	if (!worst && init_task && init_task->mm && !init_task->mm->oom_victim)
		worst = init_task;
	return worst;
}

static unsigned long kilobytes(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

static void report(const struct task *victim)
{
	const struct mm *mm = victim->mm;

	pr_warn("%s invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), "
		"order=0, oom_score_adj=%d\n",
		current->comm, current->group ? current->group->oom_score_adj : 0);
	pr_warn("oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=%s,pid=%d,uid=%u\n",
		victim->comm, victim->tgid, victim->cred->uid);
	pr_err("Out of memory: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, "
	       "file-rss:%lukB, shmem-rss:%lukB, UID:%u pgtables:%lukB oom_score_adj:%d\n",
	       victim->tgid, victim->comm, kilobytes(mm->total_vm), kilobytes(mm->anon_rss),
	       kilobytes(mm->file_rss), kilobytes(mm->shmem_rss), victim->cred->uid,
	       (unsigned long)(mm_pagetable_bytes(mm) / 1024), victim->group->oom_score_adj);
}

/* Every process that runs in the victim's mm dies with it. */
static void kill_users(struct mm *mm)
{
	struct task *task;

	for_each_task(task)
		if (task->mm == mm && !(task->flags & PF_KTHREAD))
			send_sig(SIGKILL, task);
}

/* The victim will not need its private memory again, even if it takes long to end. */
static void reap(struct mm *mm)
{
	struct vm_area *vma;

	list_for_each_entry(vma, &mm->areas, list)
		if (!(vma->flags & VM_SHARED))
			zap_range(vma, vma->start, vma->end);
}

static void kill_victim(struct task *victim)
{
	struct mm *mm = mm_hold(victim->mm);

	report(victim);
	mm->oom_victim = true;
	oom_victim = mm;
	victim_since = ktime_mono();
	kill_users(mm);
	if (mm != current->mm)
		reap(mm);
	space_flush(mm);
	mm_drop(mm);
}

static bool victim_pending(void)
{
	return oom_victim && ktime_mono() - victim_since < OOM_PATIENCE;
}

int out_of_memory(void)
{
	u64 before = nr_free_pages();
	struct task *victim;

	if (current->mm && fatal_signal_pending(current))
		return -ENOMEM;
	/* Processes that have ended may hold pages until the host has unmapped them. */
	while (nr_free_pages() <= before && gate->reclaim && gate->reclaim())
		;
	if (nr_free_pages() > before)
		return 0;
	if (!victim_pending()) {
		victim = choose_victim();
		if (victim)
			kill_victim(victim);
		else
			pr_warn_once("Out of memory and no killable processes...\n");
	}
	if (current->mm && (current->mm->oom_victim || fatal_signal_pending(current)))
		return -ENOMEM;
	wait_event_full(&memory_wait, nr_free_pages() > before, TASK_KILLABLE,
			ktime_mono() + OOM_WAIT, false);
	return current->mm && fatal_signal_pending(current) ? -ENOMEM : 0;
}
