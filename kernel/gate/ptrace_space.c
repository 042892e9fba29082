/*
 * The ptrace gate's spaces: host processes cloned from a zygote, with nothing mapped but the
 * layer's text, a batch page that only K can write, and the host's vDSO.
 *
 * A space's first thread is its mapper.  It runs nothing but the layer's batch executor, on K's
 * word, and is stopped at all other times; so a batch needs no guest thread to stop.  Spaces and
 * threads that are no longer needed are emptied and kept for the next fork or exec.
 */
#include <asm/mman.h>
#include <linux/sched.h>
#include <asm/unistd.h>

#include "place.h"
#include "ptrace_space.h"
#include "space_op.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/printk.h"
#include "um/ptrace_host.h"
#include "um/vdso.h"

enum {
	/* Batch pages: as many spaces as a host can have processes, or K can address. */
	MAX_SLOTS = sizeof(long) > 4 ? 65536 : 4096,
	POOL_MAX = 8,		/* empty spaces kept */
	SPARE_MAX = 4,		/* idle threads kept per space */
	OPS_PER_PAGE = 64,	/* in one batch: fits the smallest page with room to spare */
};

static struct {
	int pid;
	int layer_fd, channel_fd;
	unsigned long layer_addr, channel_addr;
	unsigned long vdso_addr;	/* the host's, if the guests' vDSO can use it */
	unsigned long end;		/* of all of these */
	unsigned long regs[MAX_REG_NR];	/* what all mappers' registers are made from */
	char *channels;			/* K's mapping of all batch pages */
	unsigned long next_slot;
	unsigned *free_slots, nr_free_slots;
} zygote;

static LIST_HEAD(all_spaces);
static LIST_HEAD(pool);
static unsigned pool_size;
size_t fp_size;
static void *fp_initial;
int home_cpu;

/* Threads by host tid; tids are handed out in sequence, so their low bits spread well. */
#define TID_BUCKETS 1024
static struct list_head threads_by_tid[TID_BUCKETS];

static struct list_head *tid_bucket(int tid)
{
	return &threads_by_tid[(unsigned)tid % TID_BUCKETS];
}

struct gate_thread *find_gate_thread(int tid)
{
	struct gate_thread *thread;

	list_for_each_entry(thread, tid_bucket(tid), hash_node)
		if (thread->tid == tid)
			return thread;
	return NULL;
}

static struct layer_op *batch_page(unsigned slot)
{
	return (struct layer_op *)(zygote.channels + slot * PAGE_SIZE);
}

static int slot_alloc(unsigned *slot)
{
	if (zygote.nr_free_slots) {
		*slot = zygote.free_slots[--zygote.nr_free_slots];
		return 0;
	}
	if (zygote.next_slot == MAX_SLOTS)
		return -EAGAIN;
	*slot = (unsigned)zygote.next_slot++;
	return 0;
}

static void slot_free(unsigned slot)
{
	zygote.free_slots[zygote.nr_free_slots++] = slot;
}

/* Waits until `tid` stops with SIGSTOP, as new threads do. */
static int wait_new_thread(int tid)
{
	struct os_stop stop;
	int err;

	do {
		err = os_wait_stop(tid, true, &stop);
		if (err || stop.why == STOP_GONE)
			return err ? err : -ESRCH;
	} while (stop.why != STOP_SIGNAL || stop.sig != SIGSTOP);
	return 0;
}

/*
 * Runs `count` operations that are already in the batch page of `slot` on the stopped thread
 * `tid`.  *new_tid, if wanted, is the thread or process that one of them made, stopped.  0,
 * the failing operation's -errno with *left operations undone, or -ESRCH when the thread is gone.
 */
static int executor_run(int tid, unsigned count, int *new_tid, unsigned *left)
{
	unsigned long gp[MAX_REG_NR];
	struct os_stop stop;
	int child = 0;

	memcpy(gp, zygote.regs, sizeof(gp));
	LAYER_BATCH_START(gp, zygote.layer_addr + (layer_batch - layer_text_start),
			  zygote.channel_addr, count);
	if (os_setregs(tid, gp))
		return -ESRCH;
	do {
		if (os_resume(tid, OS_CONT) || os_wait_stop(tid, true, &stop) ||
		    stop.why == STOP_GONE)
			return -ESRCH;
		if (stop.why == STOP_EVENT_CLONE && os_new_child(tid, &child))
			return -ESRCH;
	} while (stop.why != STOP_SIGNAL || (stop.sig != LAYER_DONE_SIGNAL && stop.sig != SIGILL));
	if (child && wait_new_thread(child))
		return -ESRCH;
	if (new_tid)
		*new_tid = child;
	if (stop.sig == LAYER_DONE_SIGNAL)
		return 0;
	if (os_getregs(tid, gp))
		return -ESRCH;
	*left = (unsigned)LAYER_BATCH_LEFT(gp);
	return (int)LAYER_BATCH_RESULT(gp);
}

static int run_one_op(int tid, unsigned slot, const struct layer_op *op, int *new_tid)
{
	unsigned left;

	*batch_page(slot) = *op;
	return executor_run(tid, 1, new_tid, &left);
}

static struct layer_op op_unmap(unsigned long from, unsigned long to)
{
	return (struct layer_op){ __NR_munmap, { from, to - from } };
}

/* The zygote: nothing mapped below and above the layer, nothing but init state in its FPU. */
static int zygote_empty(void)
{
	struct layer_op below = op_unmap(0, zygote.layer_addr);
	struct layer_op above = op_unmap(zygote.end, ALIGN_DOWN(host_task_size, PAGE_SIZE));
	int err = run_one_op(zygote.pid, 0, &below, NULL);

	return err ? err : run_one_op(zygote.pid, 0, &above, NULL);
}

static int fp_init_zygote(void)
{
	char *probe = kzalloc(65536);
	ssize_t n = os_getfp(zygote.pid, probe, 65536);

	kfree(probe);
	if (n < 0)
		return (int)n;
	fp_size = (size_t)n;
	fp_initial = kzalloc(fp_size);
	arch_fp_init(fp_initial, fp_size);
	return os_setfp(zygote.pid, fp_initial, fp_size);
}

void fp_reset(struct gate_thread *thread)
{
	os_setfp(thread->tid, fp_initial, fp_size);
}

/* The layer's page(s), the batch page behind it, and the host's vDSO, at a random place above
 * guest memory. */
static int layer_make(void)
{
	size_t size = PAGE_ALIGN((size_t)(layer_text_end - layer_text_start));
	size_t vdso_size = vdso_host_probe();
	void *text;

	zygote.layer_fd = os_memfd("um-layer", size);
	zygote.channel_fd = os_memfd("um-channels", (u64)MAX_SLOTS * PAGE_SIZE);
	if (zygote.layer_fd < 0 || zygote.channel_fd < 0)
		return min(zygote.layer_fd, zygote.channel_fd);
	text = os_map_shared(zygote.layer_fd, 0, size, true);
	zygote.channels = os_map_shared(zygote.channel_fd, 0, (size_t)MAX_SLOTS * PAGE_SIZE, true);
	if (IS_ERR(text) || IS_ERR(zygote.channels))
		return -ENOMEM;
	memcpy(text, layer_text_start, (size_t)(layer_text_end - layer_text_start));
	arch_sync_icache(text, size);
	os_unmap(text, size);
	zygote.layer_addr = layer_place(size + PAGE_SIZE + vdso_size, PAGE_SIZE);
	if (!zygote.layer_addr)
		return -ENOMEM;
	zygote.channel_addr = zygote.layer_addr + size;
	zygote.end = zygote.channel_addr + PAGE_SIZE + vdso_size;
	if (vdso_size)
		zygote.vdso_addr = zygote.end - vdso_size;
	vdso_host_moved(zygote.vdso_addr, vdso_size);
	if (LAYER_BREAKPOINT && ptrace_rewrite) {
		gate_trampoline_entry = zygote.layer_addr + (layer_breakpoint - layer_text_start);
		gate_trampoline_any = true;
	}
	return 0;
}

int spaces_init(void)
{
	struct os_zygote start;
	int err = layer_make();

	if (err)
		return err;
	for (unsigned i = 0; i < TID_BUCKETS; i++)
		INIT_LIST_HEAD(&threads_by_tid[i]);
	start = (struct os_zygote){
		.layer_fd = zygote.layer_fd,
		.layer_addr = zygote.layer_addr,
		.reserved = zygote.end - zygote.layer_addr,
		.layer_size = zygote.channel_addr - zygote.layer_addr,
		.channel_fd = zygote.channel_fd,
		.channel_addr = zygote.channel_addr,
		.page_size = PAGE_SIZE,
		.vdso_addr = zygote.vdso_addr,
		.physmem_fd = physmem_fd(),
		.trace_filter = stop_way == WAY_SECCOMP,
	};
	zygote.free_slots = kzalloc(MAX_SLOTS * sizeof(unsigned));
	zygote.next_slot = 1;	/* slot 0 is the zygote's own */
	home_cpu = os_current_cpu();
	os_set_cpu(0, home_cpu);
	zygote.pid = os_zygote_start(&start);
	os_unmap((void *)start.layer_addr, start.reserved);
	if (zygote.pid < 0)
		return zygote.pid;
	err = os_getregs(zygote.pid, zygote.regs);
	if (!err)
		err = zygote_empty();
	return err ? err : fp_init_zygote();
}

/* A copy of the zygote: a host process of its own, K's child. */
static struct space *space_clone(void)
{
	struct layer_op clone = { __NR_clone, { CLONE_PARENT } };
	struct space *space = kzalloc_type(struct space);
	struct layer_op map_channel;
	int err = slot_alloc(&space->slot);

	if (err)
		goto free;
	err = run_one_op(zygote.pid, 0, &clone, &space->pid);
	if (err)
		goto free_slot;
	INIT_LIST_HEAD(&space->threads);
	list_add(&space->all_node, &all_spaces);
	/* Still on the zygote's batch page: exchange it for our own, by the last
	 * operation read from it. */
	map_channel = (struct layer_op){ LAYER_NR_MMAP,
					 { zygote.channel_addr, PAGE_SIZE, PROT_READ,
					   MAP_SHARED | MAP_FIXED, ZYGOTE_CHANNEL_FD,
					   LAYER_MMAP_OFFSET(space->slot * PAGE_SIZE) } };
	err = run_one_op(space->pid, 0, &map_channel, NULL);
	if (err)
		goto kill;
	return space;

kill:
	list_del(&space->all_node);
	os_kill_process(space->pid);
	os_wait_stop(space->pid, true, &(struct os_stop){ 0 });
free_slot:
	slot_free(space->slot);
free:
	kfree(space);
	return ERR_PTR(err == -ENOMEM ? -ENOMEM : -EAGAIN);
}

struct space *ptrace_space_get(void)
{
	struct space *space = list_first_entry_or_null(&pool, struct space, node);

	if (!space)
		return space_clone();
	list_del(&space->node);
	pool_size--;
	return space;
}

static void thread_forget(struct gate_thread *thread)
{
	list_del(&thread->hash_node);
	list_del(&thread->node);
	kfree(thread);
}

/* Ends the host process and reaps all its threads. */
static void space_kill(struct space *space)
{
	struct os_stop stop;
	struct gate_thread *thread, *next;

	if (!space->dead)
		os_kill_process(space->pid);
	list_for_each_entry_safe(thread, next, &space->threads, node) {
		BUG_ON(thread->task);
		if (!thread->dead)
			do
				stop.why = STOP_GONE;
			while (!os_wait_stop(thread->tid, true, &stop) && stop.why != STOP_GONE);
		thread_forget(thread);
	}
	do
		stop.why = STOP_GONE;
	while (!space->dead && !os_wait_stop(space->pid, true, &stop) && stop.why != STOP_GONE);
	slot_free(space->slot);
	list_del(&space->all_node);
	kfree(space);
}

void ptrace_space_put(struct space *space, void (*empty)(void *arg), void *arg)
{
	struct layer_op unmap = op_unmap(0, task_size);

	if (space->dead || pool_size >= POOL_MAX ||
	    run_one_op(space->pid, space->slot, &unmap, NULL)) {
		space_kill(space);
	} else {
		list_add(&space->node, &pool);
		pool_size++;
	}
	empty(arg);
}

static void report_failed_op(const struct space *space, const struct space_op *op, int err)
{
	pr_err("space %d: %s %#lx +%#zx offset %#llx prot %u: %s\n", space->pid, space_op_name(op),
	       op->addr, op->len, (unsigned long long)op->offset, op->prot, os_strerror(-err));
}

int ptrace_space_batch(struct space *space, const struct space_op *ops, unsigned nr)
{
	while (nr) {
		unsigned count = min(nr, (unsigned)OPS_PER_PAGE), left;
		struct layer_op *page = batch_page(space->slot);
		int err;

		if (space->dead)
			return -ESRCH;
		for (unsigned i = 0; i < count; i++) {
			space_op_check(&ops[i]);
			page[i] = space_op_encode(&ops[i], ZYGOTE_PHYSMEM_FD);
		}
		err = executor_run(space->pid, count, NULL, &left);
		if (err == -ESRCH) {
			traced_space_lost(space);
			return err;
		}
		if (err) {
			report_failed_op(space, &ops[count - left], err);
			return err;
		}
		ops += count;
		nr -= count;
	}
	return 0;
}

static struct gate_thread *thread_new(struct space *space)
{
	struct layer_op clone = { __NR_clone,
				  { CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
				    CLONE_SYSVSEM } };
	struct gate_thread *thread;
	int tid = 0;

	if (space->dead || run_one_op(space->pid, space->slot, &clone, &tid) || !tid)
		return NULL;
	thread = kzalloc_type(struct gate_thread);
	thread->tid = tid;
	thread->space = space;
	thread->pinned = true;	/* inherited from the zygote */
	list_add(&thread->node, &space->threads);
	list_add(&thread->hash_node, tid_bucket(tid));
	return thread;
}

struct gate_thread *traced_thread_take(struct space *space)
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
	return thread_new(space);
}

/* Ends a stopped host thread for good. */
static void thread_exit(struct gate_thread *thread)
{
	struct layer_op end = { __NR_exit, { 0 } };

	run_one_op(thread->tid, thread->space->slot, &end, NULL);
	thread_forget(thread);
}

void traced_thread_give(struct gate_thread *thread)
{
	struct space *space = thread->space;

	thread->task = NULL;
	if (thread->dead)
		return;
	if (space->nr_spare >= SPARE_MAX) {
		thread_exit(thread);
		return;
	}
	space->nr_spare++;
	fp_reset(thread);
}

void traced_space_lost(struct space *space)
{
	struct gate_thread *thread;

	if (space->dead)
		return;
	pr_err("space %d: its host process has been killed from outside\n", space->pid);
	space->dead = true;
	os_kill_process(space->pid);
	list_for_each_entry(thread, &space->threads, node) {
		struct os_stop stop;

		do
			stop.why = STOP_GONE;
		while (!thread->dead && !os_wait_stop(thread->tid, true, &stop) &&
		       stop.why != STOP_GONE);
		thread->dead = true;
		thread->running = false;
		if (thread->task)
			gate_task_lost(thread->task);
	}
	os_wait_stop(space->pid, false, &(struct os_stop){ 0 });
}

/* Host threads: with the mappers, the zygote and the bell. */
void ptrace_counters(struct counter_list *list)
{
	u64 spaces = 0, threads = 0, spare = 0;
	struct gate_thread *thread;
	struct space *space;

	list_for_each_entry(space, &all_spaces, all_node) {
		spaces++;
		spare += space->nr_spare;
		list_for_each_entry(thread, &space->threads, node)
			threads++;
	}
	counter_add(list, "channels", zygote.next_slot - zygote.nr_free_slots);
	counter_add(list, "host_processes", spaces + 2);
	counter_add(list, "host_threads", spaces + threads + 2);
	counter_add(list, "host_threads_spare", spare);
	counter_add(list, "spaces", spaces);
	counter_add(list, "spaces_pooled", pool_size);
}

void spaces_shutdown(void)
{
	struct space *space;
	struct os_stop stop;

	list_for_each_entry(space, &all_spaces, all_node)
		os_kill_process(space->pid);
	os_kill_process(zygote.pid);
	while (!os_wait_stop(-1, true, &stop))
		;
}
