/* The life of an mm.  `users` tasks run in it; `refs` keep the structure. */
#include "internal.h"
#include "um/bug.h"
#include "um/counter.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/os.h"

#define MMAP_GAP_MIN (128UL << 20)
#define MMAP_RANDOM_PAGES (1UL << 16)

/* Below the largest stack that the limit allows, as Linux does, at a random place. */
static uaddr_t default_mmap_base(void)
{
	unsigned long gap = (unsigned long)min(rlimit(RLIMIT_STACK), (u64)(task_size / 6 * 5));
	unsigned long random = 0;

	os_random(&random, sizeof(random));
	random = (random % MMAP_RANDOM_PAGES) << PAGE_SHIFT;
	gap = min(max(gap + STACK_GUARD_GAP, MMAP_GAP_MIN), task_size / 6 * 5);
	return (task_size - gap - min(random, task_size / 16)) & PAGE_MASK;
}

static u64 nr_mms;

/* Without a place for mmap yet. */
struct mm *mm_alloc(void)
{
	struct space *space = gate->space_get();
	struct mm *mm;

	if (IS_ERR(space))
		return (struct mm *)space;
	mm = kzalloc_type(struct mm);
	nr_mms++;
	mm->users = 1;
	mm->refs = 1;
	mm->space = space;
	INIT_LIST_HEAD(&mm->areas);
	mutex_init(&mm->lock);
	mm->pgd = pgtable_new();
	mm->queue = space_queue_new();
	mm->dumpable = true;
	return mm;
}

struct mm *mm_new(void)
{
	struct mm *mm = mm_alloc();

	if (!IS_ERR(mm))
		mm->mmap_base = default_mmap_base();
	return mm;
}

struct mm *mm_get_users(struct mm *mm)
{
	mm->users++;
	return mm;
}

struct mm *mm_hold(struct mm *mm)
{
	mm->refs++;
	return mm;
}

void mm_drop(struct mm *mm)
{
	BUG_ON(mm->refs <= 0);
	if (--mm->refs)
		return;
	fork_hints_put(mm->hints);
	fork_hints_put(mm->parent_hints);
	space_queue_free(mm->queue);
	pgtable_free(mm->pgd);
	nr_mms--;
	kfree(mm);
}

/* Nothing is unmapped in the space piece by piece: it goes as a whole, and the pages with it. */
static void mm_empty(struct mm *mm)
{
	LIST_HEAD(doomed);

	update_hiwater(mm);
	space_close(mm);
	mutex_lock(&mm->lock);
	mm_unmap_locked(mm, 0, ALIGN_DOWN(task_size, PAGE_SIZE), &doomed);
	mutex_unlock(&mm->lock);
	space_release(mm);
	vma_free_list(&doomed);
	if (mm->exe_file)
		fput(mm->exe_file);
	mm->exe_file = NULL;
}

void mm_put_users(struct mm *mm)
{
	BUG_ON(mm->users <= 0);
	if (--mm->users) {
		/* What the leaving task changed (clear_child_tid) must reach the others. */
		space_flush(mm);
		return;
	}
	oom_forget(mm);
	mm_empty(mm);
	mm_drop(mm);
}

u64 mm_pagetable_bytes(const struct mm *mm)
{
	return pgtable_bytes(mm->pgd);
}

UM_COUNTER(mms)
{
	return nr_mms;
}
