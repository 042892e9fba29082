/*
 * The layer's C part: how a thread waits for K.  Freestanding, position-independent, without
 * data or calls to anything outside the layer; copied into every space.
 *
 * All of it runs with the guest's authority.  Each function may be entered by guest code at any
 * instruction, so nothing here is a check that anything relies on.
 */
#include "um/layer.h"

#include "sysdep/layer_syscall.h"

#define __layer __attribute__((section("layer_text"), visibility("hidden")))
#define load(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)

/* Where this copy of the layer begins.  A port whose compiler would not find it by a distance from
 * the code has its own way. */
#ifndef LAYER_BASE
#define LAYER_BASE __start_layer_text
#endif

enum { LAYER_FUTEX_WAIT = 0, LAYER_FUTEX_WAKE = 1 };	/* futex(2), shared between processes */

static inline const struct layer_shared *shared_page(void)
{
	return (const struct layer_shared *)(LAYER_BASE + LAYER_SHARED_OFFSET);
}

static inline struct layer_common *common_page(void)
{
	return (struct layer_common *)(LAYER_BASE + LAYER_COMMON_OFFSET);
}

static inline const struct ring *ring_page(void)
{
	return (const struct ring *)(LAYER_BASE + LAYER_RING_OFFSET);
}

static inline void futex_wait(const u32 *word, u32 value)
{
	layer_syscall4(__NR_futex, (long)word, LAYER_FUTEX_WAIT, (long)value, 0);
}

/* K looks at channels while it is awake; asleep it waits for this descriptor. */
static inline void ring_doorbell(void)
{
	const struct layer_shared *shared = shared_page();

	/* After the state has been stored, in the order that all agree on: K does the reverse. */
	if (__atomic_load_n(&shared->sleeping, __ATOMIC_SEQ_CST))
		layer_syscall4(__NR_write, SPACE_FD_DOORBELL, (long)&shared->doorbell_value,
			       sizeof(shared->doorbell_value), 0);
}

/* Looks at the state until it is no longer `waiting`, or for as long as that is worth it. */
static inline u32 spin_while(const u32 *state, u32 waiting)
{
	u32 budget = load(&shared_page()->spin), now;
	u32 start = layer_ticks();

	while ((now = load(state)) == waiting && layer_ticks() - start < budget)
		layer_relax();
	return now;
}

/* Runs this space's mapper until it has done `seq` operations. */
static inline void wait_for_mapper(u32 seq)
{
	struct layer_common *common = common_page();
	u32 done;

	if ((s32)(load(&common->done) - seq) >= 0)
		return;
	layer_syscall4(__NR_futex, (long)&ring_page()->posted, LAYER_FUTEX_WAKE, 1, 0);
	for (;;) {
		/* The mapper takes the note down when it wakes those who left it: who has not yet
		 * fallen asleep on the note does not, then. */
		__atomic_store_n(&common->waiters, 1, __ATOMIC_SEQ_CST);
		done = __atomic_load_n(&common->done, __ATOMIC_SEQ_CST);
		if ((s32)(done - seq) >= 0)
			return;
		futex_wait(&common->waiters, 1);
	}
}

/* From `state` to asleep, unless K was faster. */
static inline bool fall_asleep(u32 *state, u32 from, u32 asleep)
{
	return __atomic_compare_exchange_n(state, &from, asleep, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* What K wants done before the thread returns to its frame. */
__layer void layer_go(struct channel *ch)
{
	u32 go = ch->go;

	if (go & GO_WITH_TLS)
		layer_set_tls(ch);
	if (go & GO_AFTER_MAP)
		wait_for_mapper(ch->map_seq);
	__atomic_store_n(&ch->state, CH_RUN, __ATOMIC_RELEASE);
}

/* A trampoline's call has no answer yet, or one that needs more than a jump back.  0: now it has
 * its answer; 1: the caller is to make a soft trap of it. */
__layer int layer_call_wait(struct channel *ch)
{
	ring_doorbell();
	for (;;) {
		u32 state = spin_while(&ch->state, CH_CALL);

		switch (state) {
		case CH_CALL:
		case CH_CALL_PARK:
			fall_asleep(&ch->state, state, CH_CALL_ASLEEP);
			break;
		case CH_CALL_ASLEEP:
			futex_wait(&ch->state, CH_CALL_ASLEEP);
			break;
		case CH_CALL_FULL:
			if (shared_page()->fp_mask)
				return 1;
			layer_trap_now();
			break;
		case CH_CALL_HARD:
			layer_trap_now();
			break;
		case CH_CALL_MAP:
			wait_for_mapper(ch->map_seq);
			return 0;
		default:
			return 0;
		}
	}
}

/* All registers are in the channel.  0: channel.soft is to be loaded; 1: K needed none of them, and
 * has answered the call. */
__layer int layer_soft_wait(struct channel *ch)
{
	__atomic_exchange_n(&ch->state, CH_SOFT, __ATOMIC_SEQ_CST);
	ring_doorbell();
	for (;;) {
		u32 state = spin_while(&ch->state, CH_SOFT);

		switch (state) {
		case CH_SOFT:
		case CH_SOFT_PARK:
			fall_asleep(&ch->state, state, CH_SOFT_ASLEEP);
			break;
		case CH_SOFT_ASLEEP:
			futex_wait(&ch->state, CH_SOFT_ASLEEP);
			break;
		case CH_CALL_HARD:
			layer_trap_now();
			break;
		case CH_CALL_MAP:
			wait_for_mapper(ch->map_seq);
			return 1;
		case CH_CALL_DONE:
			return 1;
		case CH_TRAP_GO:
			layer_go(ch);
			return 0;
		default:	/* a signal's handler has seen K's answer */
			return 0;
		}
	}
}

/* A signal's handler: posts the frame.  True once K has answered; false: the caller is to
 * sleep on the state. */
__layer int layer_trap(int sig, struct channel *ch)
{
	u32 state;

	ch->sig = (u32)sig;
	__atomic_exchange_n(&ch->state, CH_TRAP, __ATOMIC_SEQ_CST);
	ring_doorbell();
	for (;;) {
		state = spin_while(&ch->state, CH_TRAP);
		if (state != CH_TRAP && state != CH_TRAP_PARK)
			return state != CH_TRAP_ASLEEP;
		if (fall_asleep(&ch->state, state, CH_TRAP_ASLEEP))
			return false;
	}
}
