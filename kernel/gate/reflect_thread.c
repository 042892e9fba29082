/*
 * Guest threads on the host: made by their space's mapper, each with a channel.
 *
 * A new thread narrows its filter and returns, by sigreturn from a frame that K wrote, to
 * instructions of the layer that clear what frames do not hold, the selectors, and trap.  So its
 * channel then holds a frame as the host makes them, and from there on it is like any other: K
 * puts registers into the frame and lets it go.
 */
#include <asm/mman.h>
#include <asm/unistd.h>

#include "reflect.h"
#include "um/arch.h"
#include "um/bug.h"
#include "um/frame.h"
#include "um/kmalloc.h"
#include "um/layer_regs.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/os_reflect.h"
#include "um/printk.h"

#include "sysdep/frame.h"
#include "sysdep/layer.h"
#include "sysdep/sigcontext.h"

static unsigned long in_layer(const char *symbol)
{
	return layer_addr + (unsigned long)(symbol - __start_layer_text);
}

uaddr_t channel_addr(const struct gate_thread *thread)
{
	return layer_addr + LAYER_CHANNELS_OFFSET + (uaddr_t)thread->index * CHANNEL_SIZE;
}

void *thread_frame(struct gate_thread *thread)
{
	return (char *)thread->ch + frame_offset;
}

static void set_host_state(struct gate_thread *thread, void *frame)
{
	frame_set_host_state(frame, channel_addr(thread) + (uaddr_t)((char *)frame - (char *)thread->ch),
			     os_guest_sigmask(),
			     channel_addr(thread) + CHANNEL_SIGNAL_STACK,
			     CHANNEL_SIZE - CHANNEL_SIGNAL_STACK);
}

static void first_frame(struct gate_thread *thread)
{
	void *frame = (char *)thread->ch + CHANNEL_FIRST_FRAME;
	struct uml_pt_regs regs;

	arch_start_thread(&regs, in_layer(layer_first_trap),
			  channel_addr(thread) + CHANNEL_CALL_STACK);
	frame_first(frame, &regs);
	set_host_state(thread, frame);
}

/* Maps the channel, then makes the thread, which begins with this stack pointer. */
static void post_creation(struct gate_thread *thread)
{
	struct space *space = thread->space;
	const unsigned long sp = channel_addr(thread) + CHANNEL_FIRST_FRAME + FRAME_SP_AT_SIGRETURN;
	const struct ring_op ops[] = {
		{ .nr = LAYER_NR_MMAP,
		  .arg = { channel_addr(thread), CHANNEL_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_FIXED, SPACE_FD_CHANNELS,
			   LAYER_MMAP_OFFSET(slot_offset(&channel_slots, thread->slot)) } },
		{ .nr = __NR_clone,
		  .arg = { LAYER_CLONE_THREAD, sp,
			   channel_addr(thread) + offsetof(struct channel, tid) },
		  .extra = sp },
	};

	ring_reserve(space, ARRAY_SIZE(ops));
	for (unsigned i = 0; i < ARRAY_SIZE(ops); i++)
		ring_put(space, &ops[i]);
}

struct gate_thread *thread_spawn(struct space *space)
{
	struct gate_thread *thread;
	struct channel *ch;
	int slot;

	if (space->next_index >= SPACE_THREADS_MAX)
		return NULL;
	slot = slot_alloc(&channel_slots);
	ch = slot < 0 ? NULL : slot_memory(&channel_slots, (unsigned)slot);
	if (!ch)
		return NULL;
	thread = kzalloc_type(struct gate_thread);
	thread->space = space;
	thread->slot = (unsigned)slot;
	thread->ch = ch;
	thread->index = space->next_index++;
	thread->at = TH_STARTING;
	INIT_LIST_HEAD(&thread->run_node);
	list_add(&thread->node, &space->threads);
	space->nr_threads++;
	ch->self = channel_addr(thread);
	first_frame(thread);
	post_creation(thread);
	return thread;
}

void thread_forget(struct gate_thread *thread)
{
	list_del(&thread->run_node);
	list_del(&thread->node);
	thread->space->nr_threads--;
	slot_free(&channel_slots, thread->slot);
	kfree(thread->fp);
	kfree(thread);
}

/* The host refused the clone.  Its channel is another's only when the space has let it go. */
static void thread_refused(struct gate_thread *thread)
{
	struct space *space = thread->space;
	const unsigned long channel[] = { channel_addr(thread), CHANNEL_SIZE };

	ring_post(space, __NR_munmap, channel, ARRAY_SIZE(channel));
	if (!ring_settle(space) || space->failed) {
		space_lost(space);
		return;
	}
	space->next_index--;
	thread_forget(thread);
}

/* A token before it and one behind: a failure between the two is the clone's, and all else is
 * mapped as K takes it to be. */
struct gate_thread *thread_spawn_settled(struct space *space)
{
	struct gate_thread *thread;
	bool others_failed;
	u32 before;

	ring_reserve(space, 1);
	ring_token(space);
	before = space->token;
	thread = thread_spawn(space);
	if (!thread || (ring_settle(space) && thread_tid(thread)))
		return thread;
	if (space->dead)
		return NULL;
	others_failed = space->failed && (s32)(space->failed_after - before) < 0;
	space->failed = false;
	thread_refused(thread);
	space->failed |= others_failed;
	return NULL;
}

int thread_tid(struct gate_thread *thread)
{
	struct space *space = thread->space;
	u32 tid;

	if (thread->tid || !space->pid)
		return thread->tid;
	/* The guest can write there: the host must confirm that it is a thread of the space. */
	tid = __atomic_load_n(&thread->ch->tid, __ATOMIC_ACQUIRE);
	if (tid && tid <= INT_MAX && os_thread_exists(space->pid, (int)tid))
		thread->tid = (int)tid;
	return thread->tid;
}

static u32 channel_state(const struct gate_thread *thread)
{
	return __atomic_load_n(&thread->ch->state, __ATOMIC_ACQUIRE);
}

static bool is_trap(u32 state)
{
	return state == CH_TRAP || state == CH_TRAP_PARK || state == CH_TRAP_ASLEEP;
}

bool thread_reported(struct gate_thread *thread)
{
	u32 state = channel_state(thread);

	if (thread->at != TH_STARTING)
		return true;
	if (!is_trap(state))
		return false;
	thread->at = TH_TRAPPED;
	thread_tid(thread);
	if (thread->fp) {
		thread_fp_set(thread, thread->fp, frame_fp_size());
		kfree(thread->fp);
		thread->fp = NULL;
	}
	return true;
}

/* The waiting thread is to go on.  One in a soft trap may have got the interrupt signal
 * meanwhile: then its handler takes this, and leaves it to the soft trap. */
static void wake_to_go(struct gate_thread *thread, bool soft)
{
	u32 was = __atomic_exchange_n(&thread->ch->state, CH_TRAP_GO, __ATOMIC_SEQ_CST);

	if (was == CH_TRAP_ASLEEP || was == CH_SOFT_ASLEEP)
		os_futex_wake(&thread->ch->state);
	if (soft && is_trap(was))
		thread->interrupted = false;
}

void thread_harden(struct gate_thread *thread)
{
	u32 *word = &thread->ch->state, was = __atomic_load_n(word, __ATOMIC_ACQUIRE);

	if (thread->at != TH_TRAPPED || !thread->soft || thread->dead)
		return;
	do {
		if (is_trap(was)) {
			/* The interrupt signal came: there is a frame, in which all can be put. */
			thread->soft = false;
			thread->interrupted = false;
			thread_fp_set(thread, (char *)thread->ch + CHANNEL_SOFT_FP, frame_fp_size());
			return;
		}
	} while (!__atomic_compare_exchange_n(word, &was, CH_CALL_HARD, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_ACQUIRE));
	thread->soft = false;
	thread->at = TH_STARTING;
	if (was == CH_SOFT_ASLEEP)
		os_futex_wake(word);
}

/* A call's answer, unless a signal has made it a trap meanwhile: that is seen in its turn. */
void thread_answer_call(struct gate_thread *thread, u32 state)
{
	u32 *word = &thread->ch->state, was = __atomic_load_n(word, __ATOMIC_ACQUIRE);

	do {
		if (is_trap(was))
			return;
	} while (!__atomic_compare_exchange_n(word, &was, state, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_ACQUIRE));
	if (was == CH_CALL_ASLEEP || was == CH_SOFT_ASLEEP)
		os_futex_wake(word);
}

static void hint(struct gate_thread *thread, u32 from, u32 to)
{
	__atomic_compare_exchange_n(&thread->ch->state, &from, to, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
}

void thread_park(struct gate_thread *thread)
{
	if (thread->at == TH_CALLING && !thread->all_posted)
		hint(thread, CH_CALL, CH_CALL_PARK);
	else if (thread->at == TH_CALLING || (thread->at == TH_TRAPPED && thread->soft))
		hint(thread, CH_SOFT, CH_SOFT_PARK);
	else if (thread->at == TH_TRAPPED)
		hint(thread, CH_TRAP, CH_TRAP_PARK);
}

/* The count stands on both sides of the look: it counts only if it is the same. */
bool thread_asleep(struct gate_thread *thread, u64 *runs)
{
	int tid = thread_tid(thread), pid = thread->space->pid;

	if (!tid || channel_state(thread) != CH_TRAP_ASLEEP)
		return false;
	*runs = thread->space->nr_threads > 1 ? os_thread_runs(pid, tid) : 0;
	if (!os_thread_sleeps(pid, tid, channel_addr(thread), channel_addr(thread) + frame_offset,
			      in_layer(layer_parked)))
		return false;
	return !*runs || os_thread_runs(pid, tid) == *runs;
}

static u32 prepare_go(struct gate_thread *thread, const struct uml_pt_regs *regs)
{
	struct space *space = thread->space;
	struct channel *ch = thread->ch;
	u64 tls[LAYER_TLS_WORDS] = { 0 };
	u32 go = 0;

	arch_get_tls(regs, channel_addr(thread), tls);
	if (!thread->tls_known || memcmp(tls, thread->tls, sizeof(tls))) {
		memcpy(thread->tls, tls, sizeof(tls));
		memcpy(ch->tls, tls, sizeof(tls));
		thread->tls_known = true;
		go |= GO_WITH_TLS;
	}
	if ((s32)(__atomic_load_n(&space->common->done, __ATOMIC_ACQUIRE) - space->posted) < 0) {
		ch->map_seq = space->posted;
		go |= GO_AFTER_MAP;
	}
	return go;
}

void thread_go(struct gate_thread *thread, const struct uml_pt_regs *regs)
{
	struct uml_pt_regs copy = *regs;
	void *frame = thread_frame(thread);

	BUG_ON(thread->at != TH_TRAPPED);
	if (LAYER_CALLS && thread->soft && !arch_soft_regs(thread->ch, regs)) {
		thread_harden(thread);
		if (thread->at == TH_STARTING) {
			/* look_at sends it on when it has trapped. */
			thread_fp_set(thread, (char *)thread->ch + CHANNEL_SOFT_FP, frame_fp_size());
			return;
		}
	}
	thread->softened = thread->soft;
	if (!thread->soft) {
		regs_to_sc(frame_sigcontext(frame), &copy);
		set_host_state(thread, frame);
	}
	thread->soft = false;
	thread->ch->go = prepare_go(thread, regs);
	thread->at = TH_RUNNING;
	thread->ch->nr = ~0U;
	wake_to_go(thread, thread->softened);
}

/* What calls and signals have left there is nobody else's business. */
static void clear_channel(struct gate_thread *thread)
{
	const size_t below_frame = 1024;	/* more than the layer's own functions use */
	struct channel *ch = thread->ch;
	char *start = (char *)ch;

	memset(&ch->nr, 0, offsetof(struct channel, self) - offsetof(struct channel, nr));
	memset(ch->save, 0, sizeof(*ch) - offsetof(struct channel, save));
	memset(start + CHANNEL_CALL_STACK - below_frame, 0, below_frame);
	memset(start + CHANNEL_SOFT_FP, 0, frame_fp_size());
	memset(start + frame_offset - below_frame, 0, CHANNEL_SIZE - frame_offset + below_frame);
	ch->self = channel_addr(thread);
}

/*
 * The way of a new thread: to the instruction that traps, and so to a frame of the host's making.
 * The stack pointer must be 0 there.  The host sets no signal stack for one that returns onto the
 * stack that it has, which the guest may have made to cover all memory: only 0 is on no stack.
 */
void thread_restart(struct gate_thread *thread)
{
	struct uml_pt_regs regs;

	clear_channel(thread);
	kfree(thread->fp);
	thread->fp = NULL;
	thread->at = TH_TRAPPED;
	thread->soft = thread->softened = false;
	thread->interrupted = false;
	thread_fp_reset(thread);
	arch_start_thread(&regs, in_layer(layer_first_trap), 0);
	/* The TLS registers can wait: they are all set before the next guest's first code. */
	arch_get_tls(&regs, channel_addr(thread), thread->tls);
	thread->tls_known = true;
	thread_go(thread, &regs);
	thread->at = TH_STARTING;
	thread->tls_known = false;
}

/* --- floating point: it is in the channel, and nowhere else while the thread waits */

static void *thread_fp(struct gate_thread *thread)
{
	return thread->soft ? (char *)thread->ch + CHANNEL_SOFT_FP :
			      frame_fpstate(thread_frame(thread));
}

int thread_fp_get(struct gate_thread *thread, void *buf, size_t size)
{
	if (thread->at != TH_TRAPPED || size > frame_fp_size())
		return -ESRCH;
	if (LAYER_CALLS)
		arch_fp_read(buf, thread_fp(thread), size);
	else
		fp_from_frame(buf, thread_fp(thread), size);
	return 0;
}

/* What is the same already stays in the caches of both CPUs; all of a state is, when a handler has
 * returned that has left its frame's alone. */
static void copy_changed(char *to, const char *from, size_t size)
{
	const size_t cache_line = 64;

	for (size_t at = 0; at < size; at += cache_line) {
		size_t part = min(cache_line, size - at);

		if (memcmp(to + at, from + at, part))
			memcpy(to + at, from + at, part);
	}
}

int thread_fp_set(struct gate_thread *thread, const void *buf, size_t size)
{
	if (size > frame_fp_size())
		return -EINVAL;
	if (thread->at == TH_STARTING) {
		if (!thread->fp)
			thread->fp = kzalloc(frame_fp_size());
		memcpy(thread->fp, buf, size);
		return 0;
	}
	if (thread->at != TH_TRAPPED)
		return -ESRCH;
	if (thread->soft) {
		copy_changed(thread_fp(thread), buf, size);
		return 0;
	}
	/* The host has just written the frame, on the other CPU: to look there
	 * first would be slow. */
	fp_to_frame(thread_fp(thread), buf, size);
	frame_fp_seal(thread_frame(thread), channel_addr(thread) + frame_offset);
	return 0;
}

void thread_fp_copy(struct gate_thread *to, struct gate_thread *from)
{
	size_t size = frame_fp_size();
	void *fp = kzalloc(size);

	if (!thread_fp_get(from, fp, size))
		thread_fp_set(to, fp, size);
	kfree(fp);
}

void thread_fp_reset(struct gate_thread *thread)
{
	size_t size = frame_fp_size();
	void *fp = kzalloc(size);

	arch_fp_init(fp, size);
	thread_fp_set(thread, fp, size);
	kfree(fp);
}
