/*
 * The reflect gate's spaces: clones of a zygote that has nothing mapped but the layer.  They are
 * made ahead of need, with one guest thread each, and come back when they are empty.
 *
 * A space is used again only when the host itself says that nothing of the last guest is left:
 * its memory has been unmapped (an acknowledgement), and all of its threads sleep at one moment,
 * in the layer, at the one instruction from which nothing but K's word goes on.  A thread that
 * only pretends to wait would otherwise live on in another process.  Where the host does not
 * tell, spaces are used once.  The threads then begin again as new ones do, which gives back
 * what guest code may have changed in them.
 *
 * fork takes one from here too.  Letting the host copy the parent's process instead cost 0.36 ms
 * for 40 shared mappings, 0.5 ms for 400 and 1.1 ms for 2,000 (clone, a thread in it with its
 * filter, and the end; two CPUs), all of it while the parent waits, and then every page would
 * still have to be protected.  A whole fork, exit and wait of a small program takes less by the
 * pool, since the space has been made ahead of need.
 */
#include <asm/mman.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/prctl.h>

#include "reflect.h"
#include "space_op.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/os_process.h"
#include "um/os_reflect.h"
#include "um/printk.h"

enum {
	POOL_MAX = 8,		/* empty spaces kept */
	POOL_WANTED = 3,	/* ... and made ahead of need */
	SPARE_MAX = 16,		/* idle threads kept per space */
};
#define START_TIMEOUT (10 * NSEC_PER_SEC)

struct space zygote;
static struct space **by_slot;
static unsigned by_slot_cap;
static LIST_HEAD(all_spaces);
static LIST_HEAD(pool);
static LIST_HEAD(starting);
static LIST_HEAD(emptying);	/* and DYING ones */
static unsigned pool_size, nr_starting;
static bool child_ended;

struct space *space_of_slot(unsigned slot)
{
	return slot < by_slot_cap ? by_slot[slot] : NULL;
}

static void remember_slot(struct space *space)
{
	if (space->slot >= by_slot_cap) {
		unsigned cap = max(by_slot_cap * 2, max(64U, space->slot + 1));

		by_slot = krealloc(by_slot, cap * sizeof(*by_slot));
		memset(by_slot + by_slot_cap, 0, (cap - by_slot_cap) * sizeof(*by_slot));
		by_slot_cap = cap;
	}
	by_slot[space->slot] = space;
}

int space_memory(struct space *space)
{
	int slot = slot_alloc(&ring_slots);

	if (slot < 0)
		return slot;
	space->slot = (unsigned)slot;
	space->ring = slot_memory(&ring_slots, space->slot);
	if (!space->ring) {
		slot_free(&ring_slots, space->slot);
		return -ENOMEM;
	}
	space->common = (struct layer_common *)((char *)space->ring +
						PAGE_ALIGN((size_t)RING_SIZE));
	space->ring->token = 1ULL << 63 | (u64)space->slot << 32;
	INIT_LIST_HEAD(&space->threads);
	INIT_LIST_HEAD(&space->node);
	remember_slot(space);
	return 0;
}

/* --- making spaces */

static void post_own_memory(struct space *space, u64 offset, size_t at, size_t size,
			    unsigned long prot)
{
	const unsigned long args[] = { layer_addr + at, size, prot, MAP_SHARED | MAP_FIXED,
				       SPACE_FD_RINGS, LAYER_MMAP_OFFSET(offset) };

	ring_post(space, LAYER_NR_MMAP, args, 6);
}

/* The clone reads its next operation from the zygote's ring: exchange that for its own.  In its
 * own ring it goes on counting where it is. */
static void post_clone(struct space *space)
{
	const struct ring_op clone = { .nr = __NR_clone, .skip = 1, .arg = { LAYER_CLONE_SPACE } };
	const struct ring_op own_ring = {
		.nr = LAYER_NR_MMAP, .skip = RING_FATAL,
		.arg = { layer_addr + LAYER_RING_OFFSET, PAGE_ALIGN((size_t)RING_SIZE), PROT_READ,
			 MAP_SHARED | MAP_FIXED, SPACE_FD_RINGS,
			 LAYER_MMAP_OFFSET(slot_offset(&ring_slots, space->slot)) }
	};
	const unsigned long die[] = { PR_SET_PDEATHSIG, SIGKILL };

	ring_reserve(&zygote, 2);
	space->clone_op = zygote.posted;
	space->posted = space->acked = space->token = zygote.posted + 2;
	post_own_memory(space, slot_offset(&ring_slots, space->slot) + PAGE_ALIGN((size_t)RING_SIZE),
			LAYER_COMMON_OFFSET, PAGE_ALIGN(sizeof(struct layer_common)),
			PROT_READ | PROT_WRITE);
	ring_post(space, __NR_prctl, die, 2);
	thread_spawn(space);
	zygote.common->result[space->clone_op % RING_OPS] = 0;
	ring_put(&zygote, &clone);
	ring_put(&zygote, &own_ring);
	ring_wake(&zygote);
}

struct space *space_start(void)
{
	struct space *space = kzalloc_type(struct space);
	int err = space_memory(space);

	if (err) {
		kfree(space);
		return ERR_PTR(-EAGAIN);
	}
	space->state = SP_STARTING;
	list_add(&space->all_node, &all_spaces);
	list_add_tail(&space->node, &starting);
	nr_starting++;
	post_clone(space);
	return space;
}

struct gate_thread *first_thread(struct space *space)
{
	return list_first_entry(&space->threads, struct gate_thread, node);
}

static void into_pool(struct space *space)
{
	space->state = SP_POOLED;
	space->nr_spare = space->nr_threads;
	list_move_tail(&space->node, &pool);
	pool_size++;
}

static bool all_reported(struct space *space)
{
	struct gate_thread *thread;

	list_for_each_entry(thread, &space->threads, node)
		if (!thread_reported(thread) || !thread_tid(thread))
			return false;
	return true;
}

/* True: it is ready, and in the pool. */
static bool start_finished(struct space *space)
{
	/* Not one of C's atomic loads, which some 32-bit CPUs do not have for 64 bits: a host's pid
	 * is in the lower half. */
	long result = (long)*(volatile u64 *)&zygote.common->result[space->clone_op % RING_OPS];

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!space->pid && result > 0)
		space->pid = (int)result;
	if (!space->pid || !all_reported(space))
		return false;
	nr_starting--;
	into_pool(space);
	return true;
}

static void space_free(struct space *space)
{
	struct gate_thread *thread, *next;

	list_for_each_entry_safe(thread, next, &space->threads, node)
		thread_forget(thread);
	by_slot[space->slot] = NULL;
	slot_free(&ring_slots, space->slot);
	list_del(&space->node);
	list_del(&space->all_node);
	kfree(space);
}

static void space_kill(struct space *space);

/* The host refused the clone, and nothing of the space came to be; or the space came to be, and its
 * thread was refused. */
static bool start_refused(struct space *space)
{
	if (space->pid && space->failed) {
		nr_starting--;
		space_kill(space);
		return true;
	}
	if (!zygote.failed || space->pid)
		return false;
	zygote.failed = false;
	nr_starting--;
	space_free(space);
	return true;
}

struct space *wait_for_start(struct space *space)
{
	u64 deadline = os_clock_mono() + START_TIMEOUT;

	for (unsigned turns = 0; !start_finished(space); turns++) {
		acks_read();
		if (start_refused(space))
			return ERR_PTR(-EAGAIN);
		if (turns < 1000)
			continue;
		os_yield_cpu();
		if (os_clock_mono() > deadline) {
			pr_err("a new space does not come up within 10 s\n");
			space_lost(space);
			return ERR_PTR(-EAGAIN);
		}
	}
	return space;
}

struct space *reflect_space_get(void)
{
	struct space *space = list_first_entry_or_null(&pool, struct space, node);

	if (!space) {
		space = list_first_entry_or_null(&starting, struct space, node);
		if (!space)
			space = space_start();
		if (!IS_ERR(space))
			space = wait_for_start(space);
		if (IS_ERR(space))
			return space;
	}
	list_del(&space->node);
	INIT_LIST_HEAD(&space->node);
	pool_size--;
	space->state = SP_USED;
	space->failed = false;
	return space;
}

/* --- ending them */

static void became_empty(struct space *space)
{
	void (*empty)(void *arg) = space->empty;

	space->empty = NULL;
	if (empty)
		empty(space->empty_arg);
}

static void space_kill(struct space *space)
{
	space->state = SP_DYING;
	if (!space->dead && space->pid)
		os_kill_process(space->pid);
	space->dead = true;
	list_move_tail(&space->node, &emptying);
}

void reflect_space_put(struct space *space, void (*empty)(void *arg), void *arg)
{
	const unsigned long all[] = { 0, task_size };
	struct gate_thread *thread;

	space->empty = empty;
	space->empty_arg = arg;
	list_move_tail(&space->node, &emptying);
	if (space->dead) {
		space->state = SP_DYING;
		return;
	}
	space->state = SP_EMPTYING;
	list_for_each_entry(thread, &space->threads, node) {
		thread_harden(thread);
		thread_park(thread);
	}
	ring_post(space, __NR_munmap, all, 2);
	ring_token(space);
	ring_wake(space);
}

/* What the guest says of its threads' ids can be wrong: two of them the same. */
static bool tid_is_unique(const struct gate_thread *thread)
{
	struct gate_thread *other;

	list_for_each_entry(other, &thread->space->threads, node)
		if (other != thread && other->tid == thread->tid)
			return false;
	return true;
}

/*
 * All at one moment: while one is looked at, another that is awake could wake it, and then sleep
 * when it is looked at itself.  So each is looked at twice.  Whoever has not run between the two
 * looks has slept all the time from one to the other, and the moment between the two rounds is in
 * all of these times.  A thread alone has nobody who would wake it.
 */
static bool all_asleep(struct space *space)
{
	struct gate_thread *thread;
	u64 runs;

	list_for_each_entry(thread, &space->threads, node)
		if (!thread_asleep(thread, &thread->runs) || !tid_is_unique(thread))
			return false;
	if (space->nr_threads == 1)
		return true;
	list_for_each_entry(thread, &space->threads, node)
		if (!thread_asleep(thread, &runs) || !runs || runs != thread->runs)
			return false;
	return true;
}

/* For the next guest: nothing of the last one's is left in what the space can write. */
static void make_ready(struct space *space)
{
	struct gate_thread *thread;

	memset(space->common, 0, sizeof(*space->common));
	space->common->done = space->posted;
	memset(space->ring->quick, 0, sizeof(space->ring->quick));
	list_for_each_entry(thread, &space->threads, node)
		thread_restart(thread);
	space->state = SP_STARTING;
	list_move_tail(&space->node, &starting);
	nr_starting++;
}

/* A thread that is to sleep, and does not within this time, is up to something. */
#define SLEEP_TIMEOUT (100 * NSEC_PER_MSEC)

/* Unmapped by the host's word: its pages are free, and it may be used again if all is well. */
static void emptied(struct space *space)
{
	if (space->failed) {
		space_kill(space);	/* it may not even be empty: the host's end of it is sure */
		return;
	}
	if (space->empty) {
		became_empty(space);
		space->empty_since = os_clock_mono();
	}
	if (pool_size + nr_starting >= POOL_MAX || !space->nr_threads ||
	    space->nr_threads > SPARE_MAX)
		space_kill(space);
	else if (all_asleep(space))
		make_ready(space);
	else if (os_clock_mono() - space->empty_since > SLEEP_TIMEOUT)
		space_kill(space);
}

static void tend_emptying(struct space *space)
{
	if (space->state == SP_DYING) {
		if (!space->pid || os_reap(space->pid)) {
			became_empty(space);
			space_free(space);
		}
		return;
	}
	if ((s32)(space->acked - space->posted) >= 0)
		emptied(space);
}

void space_lost(struct space *space)
{
	struct gate_thread *thread;

	if (space->dead)
		return;
	space->dead = true;
	if (space->pid)
		os_kill_process(space->pid);
	list_for_each_entry(thread, &space->threads, node) {
		thread->dead = true;
		running_del(thread);
		if (thread->task)
			gate_task_lost(thread->task);
	}
	if (space->state == SP_USED)
		return;		/* until its mm lets it go */
	if (space->state == SP_POOLED)
		pool_size--;
	if (space->state == SP_STARTING)
		nr_starting--;
	space->state = SP_DYING;
	list_move_tail(&space->node, &emptying);
}

void spaces_note_child(int sig __maybe_unused)
{
	child_ended = true;
}

static struct space *space_of_pid(int pid)
{
	struct space *space;

	list_for_each_entry(space, &all_spaces, all_node)
		if (space->pid == pid)
			return space;
	return NULL;
}

/* Processes that have ended, by K's doing or without.  All that there are: several may have made
 * one signal. */
void spaces_reap(void)
{
	struct space *space;
	int pid;

	child_ended = false;
	while ((pid = os_reap_any()) > 0) {
		if (pid == zygote.pid)
			panic("the zygote process has been killed from outside");
		space = space_of_pid(pid);
		if (!space)
			continue;
		space->pid = 0;		/* another process may get the number */
		if (space->dead)
			continue;
		pr_err("space %d: its host process has ended\n", pid);
		space_lost(space);
	}
}

void spaces_tend(bool idle)
{
	struct space *space, *next;

	if (acks_outstanding() || zygote.failed)
		acks_read();
	list_for_each_entry_safe(space, next, &emptying, node)
		tend_emptying(space);
	list_for_each_entry_safe(space, next, &starting, node)
		if (!start_refused(space))
			start_finished(space);
	if (child_ended)
		spaces_reap();
	if (idle && pool_size + nr_starting < POOL_WANTED && !nr_starting)
		space_start();
}

/* The first whose pages are still held; NULL: there is none. */
static struct space *space_with_pages(void)
{
	struct space *space;

	list_for_each_entry(space, &emptying, node)
		if (space->empty)
			return space;
	return NULL;
}

bool reflect_reclaim(void)
{
	struct space *space = space_with_pages();

	if (!space)
		return false;
	while (space == space_with_pages()) {
		ring_wake(space);
		spaces_reap();
		spaces_tend(false);
		os_yield_cpu();
	}
	return true;
}

/* --- threads */

struct gate_thread *space_take_thread(struct space *space)
{
	struct gate_thread *thread;

	if (space->dead)
		return NULL;
	list_for_each_entry(thread, &space->threads, node) {
		if (!thread->task && !thread->dead) {
			space->nr_spare--;
			return thread;
		}
	}
	return thread_spawn_settled(space);
}

void space_give_thread(struct gate_thread *thread)
{
	struct space *space = thread->space;

	thread->task = NULL;
	if (thread->dead)
		return;
	space->nr_spare++;
	thread_harden(thread);
	thread_park(thread);
}

/* --- operations */

int reflect_space_batch(struct space *space, const struct space_op *ops, unsigned nr)
{
	bool removal = false;

	if (space->dead)
		return -ESRCH;
	if (space->failed) {
		pr_warn_once("space %d: the host refused an operation on its memory\n", space->pid);
		space->failed = false;
		return -ENOMEM;
	}
	for (unsigned i = 0; i < nr; i++) {
		struct layer_op call;

		space_op_check(&ops[i]);
		call = space_op_encode(&ops[i], SPACE_FD_PHYSMEM);
		ring_post(space, (u32)call.nr, call.arg, 6);
		removal |= ops[i].type == SPACE_UNMAP || ops[i].type == SPACE_PROTECT;
	}
	if (removal)
		ring_token(space);
	/* A space that is being filled for its first task has nobody to wake the mapper, which can
	 * have done all by the time the task comes. */
	if (nr && space->nr_spare == space->nr_threads)
		ring_wake(space);
	return 0;
}

void reflect_counters(struct counter_list *list)
{
	u64 spaces = 0, unused = 0, threads = 0, spare = 0;
	struct space *space;

	list_for_each_entry(space, &all_spaces, all_node) {
		spaces++;
		unused += space->state != SP_USED;
		threads += space->nr_threads;
		spare += space->nr_spare;
	}
	counter_add(list, "channels", slots_used(&channel_slots));
	counter_add(list, "rings", slots_used(&ring_slots));
	counter_add(list, "host_processes", spaces + 1);
	counter_add(list, "host_threads", spaces + threads + 1);
	counter_add(list, "host_threads_spare", spare);
	counter_add(list, "spaces", spaces);
	counter_add(list, "spaces_pooled", unused);
}

void reflect_spaces_shutdown(void)
{
	struct space *space;

	list_for_each_entry(space, &all_spaces, all_node)
		if (space->pid)
			os_kill_process(space->pid);
	os_kill_process(zygote.pid);
	list_for_each_entry(space, &all_spaces, all_node)
		if (space->pid)
			os_reap_wait(space->pid);
	os_reap_wait(zygote.pid);
}
