/* Counts and limits of address space: RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK, overcommit. */
#include "internal.h"

int sysctl_overcommit_memory;		/* 0: refuse the obvious, 1: never refuse, 2: strict */
int sysctl_overcommit_ratio = 50;	/* percent of RAM, for 2 */

static u64 committed;

static bool is_data(unsigned flags)
{
	return (flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

/* An area of these flags grew by `pages` (or shrank). */
void mm_account(struct mm *mm, unsigned flags, long pages)
{
	mm->total_vm += (unsigned long)pages;
	if ((flags & (VM_EXEC | VM_WRITE | VM_GROWSDOWN)) == VM_EXEC)
		mm->exec_vm += (unsigned long)pages;
	else if (flags & VM_GROWSDOWN)
		mm->stack_vm += (unsigned long)pages;
	else if (is_data(flags))
		mm->data_vm += (unsigned long)pages;
	if (flags & VM_LOCKED)
		mm->locked_vm += (unsigned long)pages;
	mm->hiwater_vm = max(mm->hiwater_vm, mm->total_vm);
}

bool mm_may_expand(struct mm *mm, unsigned flags, unsigned long pages)
{
	if (mm->total_vm + pages > rlimit(RLIMIT_AS) >> PAGE_SHIFT)
		return false;
	return !is_data(flags) || mm->data_vm + pages <= rlimit(RLIMIT_DATA) >> PAGE_SHIFT;
}

u64 commit_limit_pages(void)
{
	return (u64)physmem_pages * (unsigned)sysctl_overcommit_ratio / 100;
}

/* Reserves pages for an accountable area. */
int vm_commit(unsigned long pages)
{
	if (sysctl_overcommit_memory == 0 && pages > physmem_pages)
		return -ENOMEM;
	if (sysctl_overcommit_memory == 2 && committed + pages > commit_limit_pages())
		return -ENOMEM;
	committed += pages;
	return 0;
}

void vm_uncommit(unsigned long pages)
{
	committed -= pages;
}

u64 nr_committed_pages(void)
{
	return committed;
}

int mlock_allowed(struct mm *mm, unsigned long more_pages)
{
	if (mm->locked_vm + more_pages <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT)
		return 0;
	return capable(CAP_IPC_LOCK) ? 0 : -EAGAIN;
}

bool can_mlock(void)
{
	return rlimit(RLIMIT_MEMLOCK) != 0 || capable(CAP_IPC_LOCK);
}
