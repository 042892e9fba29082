/*
 * The queue between an mm's page tables and its space: operations wait here, merged with their
 * neighbours, until space_post or space_flush hands them to the gate in one batch.  Pages that
 * lost their place in the page tables wait with them, and are put only when the space can no
 * longer reach them.
 *
 * Invariant: an entry's SPACE bits are what the host has mapped after the queue has run.  The
 * queue never sleeps; when it would become too long, or the host's limit of mappings comes
 * near, everything is unmapped in one operation (space_forget) and comes back by faults.
 */
#include "internal.h"
#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/os_heap.h"
#include "um/printk.h"
#include "um/rewrite.h"

#define QUEUE_MAX 2048

struct space_queue {
	struct space_op *ops;
	unsigned nr, cap;
	struct page **pages;		/* to be put after the flush */
	size_t nr_pages, cap_pages;
	size_t nr_waiting;		/* the first of them: what takes them out of
					   the space has been given to the gate */
	u64 ticket;			/* ... which has done it when it has settled this */
	unsigned long maps;		/* the host's mappings, estimated from above */
	struct mutex flushing;
	bool fence;			/* code has been stored: ARCH_SPACE_FENCE */
	u64 removals;			/* operations that took rights away */
	bool closing;			/* nothing is mapped any more */
	int broken;			/* the space does not obey: the error that said so */
	u64 flushed_at;			/* when the last flush that has
					   ended began, on flush_clock */
};

/* Counts flushes as they begin, and those who ask what has been flushed since. */
static u64 flush_clock;

static unsigned long map_limit(void)
{
	static unsigned long limit;

	if (!limit)
		limit = max(os_max_map_count() / 4 * 3, 1024UL);
	return limit;
}

struct space_queue *space_queue_new(void)
{
	struct space_queue *q = kzalloc_type(struct space_queue);

	mutex_init(&q->flushing);
	return q;
}

static void put_pages(struct space_queue *q, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		page_put(q->pages[i]);
	q->nr_pages -= nr;
	q->nr_waiting -= min(q->nr_waiting, nr);
	memmove(q->pages, q->pages + nr, q->nr_pages * sizeof(*q->pages));
	if (!q->nr_pages && q->cap_pages > 1024) {
		kfree(q->pages);
		q->pages = NULL;
		q->cap_pages = 0;
	}
}

void space_queue_free(struct space_queue *q)
{
	BUG_ON(q->nr_pages);
	kfree(q->pages);
	kfree(q->ops);
	kfree(q);
}

bool space_queued(const struct mm *mm)
{
	const struct space_queue *q = mm->queue;

	return q->flushing.owner || ((q->nr || q->nr_pages || q->fence) && !q->broken);
}

u64 space_flush_now(void)
{
	return ++flush_clock;
}

bool space_unflushed(const struct mm *mm, u64 since)
{
	return mm->space && mm->queue->flushed_at < since && space_queued(mm);
}

u64 space_removals(const struct mm *mm)
{
	return mm->queue->removals;
}

bool space_stale(const struct mm *mm)
{
	return mm->queue->nr_pages != 0;
}

unsigned space_queue_length(const struct mm *mm)
{
	return mm->queue->nr;
}

static bool op_follows(const struct space_op *a, const struct space_op *b)
{
	return a->addr + a->len == b->addr &&
	       (a->type != SPACE_MAP || a->offset + a->len == b->offset);
}

static bool op_merge_unmap(struct space_op *last, const struct space_op *op)
{
	uaddr_t end = max(last->addr + last->len, op->addr + op->len);

	if (op->addr > last->addr + last->len || last->addr > op->addr + op->len)
		return false;
	last->addr = min(last->addr, op->addr);
	last->len = end - last->addr;
	return true;
}

bool space_op_merge(struct space_op *last, const struct space_op *op)
{
	if (last->type != op->type)
		return false;
	if (op->type == SPACE_UNMAP)
		return op_merge_unmap(last, op);
	if (last->prot != op->prot || last->populate != op->populate)
		return false;
	if (op_follows(last, op)) {
		last->len += op->len;
		return true;
	}
	if (!op_follows(op, last))
		return false;
	last->addr = op->addr;
	last->offset = op->offset;
	last->len += op->len;
	return true;
}

/* Does `op` map all of what `last` only unmapped? */
static bool op_replaces(const struct space_op *last, const struct space_op *op)
{
	return op->type == SPACE_MAP && last->type == SPACE_UNMAP && op->addr <= last->addr &&
	       op->addr + op->len >= last->addr + last->len;
}

/* Does `op` unmap all that `last` is about? */
static bool op_undoes(const struct space_op *last, const struct space_op *op)
{
	return op->type == SPACE_UNMAP && op->addr <= last->addr &&
	       op->addr + op->len >= last->addr + last->len;
}

static void queue_push(struct space_queue *q, const struct space_op *op)
{
	if (op->type == SPACE_UNMAP || op->type == SPACE_PROTECT || op->prot == SPACE_EXEC)
		q->removals++;
	if (op->type == SPACE_MAP && op->prot & SPACE_EXEC) {
		arch_sync_icache(page_address(pfn_to_page((pfn_t)(op->offset >> PAGE_SHIFT))), op->len);
		q->fence = ARCH_SPACE_FENCE != 0;
	}
	while (q->nr && (op_undoes(&q->ops[q->nr - 1], op) || op_replaces(&q->ops[q->nr - 1], op)))
		q->nr--;
	if (q->nr && space_op_merge(&q->ops[q->nr - 1], op))
		return;
	if (q->nr == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 16;
		q->ops = krealloc(q->ops, q->cap * sizeof(*q->ops));
	}
	q->ops[q->nr++] = *op;
	q->maps += op->type == SPACE_MAP ? 2 : 1;
}

void space_fence(struct mm *mm)
{
	if (mm->space)
		mm->queue->fence = ARCH_SPACE_FENCE != 0;
}

void space_forget(struct mm *mm)
{
	struct space_op op = { .type = SPACE_UNMAP, .addr = 0, .len = task_size };
	unsigned long vpn = 0;
	pte_t pte;

	if (!mm->space)
		return;
	for_each_pte(mm->pgd, vpn, task_size >> PAGE_SHIFT, pte)
		pte_set(mm->pgd, vpn, pte & ~PTE_SPACE);
	rewrite_unmapping(mm, 0, task_size);
	mm->queue->nr = 0;
	queue_push(mm->queue, &op);
	mm->queue->maps = 0;
}

/* How many mappings the host needs for what the entries say. */
static unsigned long count_extents(struct mm *mm)
{
	unsigned long vpn = 0, next = 0, extents = 0;
	pte_t pte, last = 0;

	for_each_pte(mm->pgd, vpn, task_size >> PAGE_SHIFT, pte) {
		if (!pte_space(pte))
			continue;
		if (vpn != next || pte_space(pte) != pte_space(last) ||
		    pte_pfn(pte) != pte_pfn(last) + 1)
			extents++;
		next = vpn + 1;
		last = pte;
	}
	return extents;
}

void space_room(struct mm *mm)
{
	struct space_queue *q = mm->queue;

	if (likely(q->nr < QUEUE_MAX && q->maps < map_limit()))
		return;
	if (q->nr < QUEUE_MAX)
		q->maps = count_extents(mm);
	if (q->nr >= QUEUE_MAX || q->maps > map_limit() / 2)
		space_forget(mm);
}

void space_map_page(struct mm *mm, unsigned long vpn, unsigned rights, bool populate)
{
	struct space_op op = { .addr = vpn << PAGE_SHIFT, .len = PAGE_SIZE };
	struct page *patched = NULL;
	pte_t pte;

	if (!mm->space || mm->queue->closing)
		return;
	space_room(mm);
	pte = pte_get(mm->pgd, vpn);
	if (rights == (SPACE_READ | SPACE_EXEC) && !(pte & PTE_ANON))
		patched = rewrite_page(mm, vpn, pte_page(pte));
	if (patched)
		rights = SPACE_EXEC;
	if (pte_space(pte) == rights)
		return;
	op.prot = rights;
	if (!rights) {
		op.type = SPACE_UNMAP;
	} else if (pte_space(pte) & ~rights && !patched && pte_space(pte) != SPACE_EXEC) {
		op.type = SPACE_PROTECT;
	} else {
		op.type = SPACE_MAP;
		op.offset = (u64)(patched ? page_to_pfn(patched) : pte_pfn(pte)) << PAGE_SHIFT;
		op.populate = populate;
	}
	if (pte_space(pte) == SPACE_EXEC)
		rewrite_unmapping(mm, op.addr, op.addr + PAGE_SIZE);
	queue_push(mm->queue, &op);
	pte_set(mm->pgd, vpn, (pte & ~PTE_SPACE) | (unsigned long)rights << PTE_SPACE_SHIFT);
}

void space_map_run(struct mm *mm, unsigned long vpn, pte_t pte, unsigned nr,
		   enum map_when when)
{
	const struct space_op op = {
		.type = SPACE_MAP,
		.addr = vpn << PAGE_SHIFT,
		.len = (size_t)nr << PAGE_SHIFT,
		.offset = (u64)pte_pfn(pte) << PAGE_SHIFT,
		.prot = pte_space(pte),
		.populate = when == MAP_NOW_POPULATED,
	};

	queue_push(mm->queue, &op);
	if (op.prot == (SPACE_READ | SPACE_EXEC))
		for (unsigned i = 0; i < nr; i++)
			space_map_page(mm, vpn + i, op.prot, false);
}

void space_map_stubs(struct mm *mm, uaddr_t addr, const struct page *page)
{
	struct space_op op = { .type = SPACE_MAP, .addr = addr, .len = PAGE_SIZE,
			       .prot = SPACE_EXEC, .populate = true };

	op.offset = (u64)page_to_pfn(page) << PAGE_SHIFT;
	queue_push(mm->queue, &op);
}

void space_unmap_range(struct mm *mm, uaddr_t start, uaddr_t end)
{
	struct space_op op = { .type = SPACE_UNMAP, .addr = start, .len = end - start };

	if (!mm->space || mm->queue->closing || start >= end)
		return;
	space_room(mm);
	rewrite_unmapping(mm, start, end);
	queue_push(mm->queue, &op);
}

void space_put_page(struct mm *mm, struct page *page)
{
	struct space_queue *q = mm->queue;

	if (!mm->space) {
		page_put(page);
		return;
	}
	if (q->nr_pages == q->cap_pages) {
		q->cap_pages = q->cap_pages ? q->cap_pages * 2 : 64;
		q->pages = krealloc(q->pages, q->cap_pages * sizeof(*q->pages));
	}
	q->pages[q->nr_pages++] = page;
}

/* Runs what is queued now; more may come while it sleeps. */
static int run_batch(struct mm *mm)
{
	const struct space_op fence = { .type = SPACE_FENCE };
	struct space_queue *q = mm->queue;
	struct space_op *ops;
	unsigned nr, cap;
	int err = 0;

	if (q->fence)
		queue_push(q, &fence);
	q->fence = false;
	ops = q->ops;
	nr = q->nr;
	cap = q->cap;
	q->ops = NULL;
	q->nr = q->cap = 0;
	if (mm->space && nr) {
		count_batch(ops, nr);
		err = gate->space_batch(mm->space, ops, nr);
	}
	if (q->ops) {
		kfree(ops);
	} else {
		q->ops = ops;
		q->cap = cap;
	}
	return err;
}

/* Gives the gate what is queued.  After a failure, which most likely met the host's limits, the
 * space begins again empty. */
static int hand_over(struct mm *mm)
{
	struct space_queue *q = mm->queue;
	int err = run_batch(mm);

	if (err) {
		pr_warn_once("a space refused its mappings (error %d); mapping afresh\n", -err);
		space_forget(mm);
		err = run_batch(mm);
	}
	if (!err && q->nr_pages > q->nr_waiting) {
		q->nr_waiting = q->nr_pages;
		q->ticket = gate->space_ticket && mm->space ? gate->space_ticket(mm->space) : 0;
	}
	q->broken = err;
	return err;
}

static bool settled(const struct mm *mm)
{
	return !gate->space_settled || !mm->space ||
	       gate->space_settled(mm->space, mm->queue->ticket);
}

/* So many pages at most wait for the space to let them go. */
#define WAITING_MAX 1024

int space_post(struct mm *mm)
{
	struct space_queue *q = mm->queue;
	int err;

	if (!space_queued(mm))
		return q->broken;
	if (q->nr_pages > WAITING_MAX)
		return space_flush(mm);
	mutex_lock(&q->flushing);
	if (q->nr && mm->nr_ahead)
		ahead_run(mm);
	rewrite_settle(mm);
	err = q->nr || q->nr_pages > q->nr_waiting ? hand_over(mm) : 0;
	if (!err && q->nr_waiting && settled(mm))
		put_pages(q, q->nr_waiting);
	mutex_unlock(&q->flushing);
	return err;
}

int space_flush(struct mm *mm)
{
	struct space_queue *q = mm->queue;
	u64 began;
	int err;

	if (!space_queued(mm) && !(gate->space_settle && mm->space && !q->broken))
		return q->broken;
	mutex_lock(&q->flushing);
	began = ++flush_clock;
	rewrite_settle(mm);
	err = hand_over(mm);
	if (!err && gate->space_settle && mm->space && !gate->space_settle(mm->space))
		err = q->broken = -ESRCH;
	if (!err && q->nr_waiting)
		put_pages(q, q->nr_waiting);
	q->flushed_at = began;
	mutex_unlock(&q->flushing);
	return err;
}

/* --- the end: the pages wait until the gate has emptied the space */

struct last_pages {
	struct page **pages;
	size_t nr;
	struct rewrite_mm *rewrite;
};

static void put_last_pages(void *arg)
{
	struct last_pages *last = arg;

	for (size_t i = 0; i < last->nr; i++)
		page_put(last->pages[i]);
	rewrite_mm_gone(last->rewrite);
	kfree(last->pages);
	kfree(last);
}

void space_close(struct mm *mm)
{
	mutex_lock(&mm->queue->flushing);
	mm->queue->closing = true;
	mm->queue->nr = 0;
	mutex_unlock(&mm->queue->flushing);
}

void space_release(struct mm *mm)
{
	struct space_queue *q = mm->queue;
	struct last_pages *last;

	if (!mm->space)
		return;
	last = kzalloc_type(struct last_pages);
	last->pages = q->pages;
	last->nr = q->nr_pages;
	last->rewrite = mm->rewrite;
	mm->rewrite = NULL;
	q->pages = NULL;
	q->nr_pages = q->cap_pages = q->nr_waiting = 0;
	gate->space_put(mm->space, put_last_pages, last);
	mm->space = NULL;
}
