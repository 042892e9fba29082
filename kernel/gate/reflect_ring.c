/*
 * Requests to mappers, and their acknowledgements.
 *
 * A ring is read-only in its space, so what the mapper does is what K wrote.  That it has done it,
 * K believes only when the mapper says so through the acknowledgement pipe, which the filter of
 * guest threads does not let them write, with a token that is in the ring.  The common page's
 * count is for the space's own threads: a guest that changes it harms only itself.
 *
 * An operation's place is used again only when the one before it there has been acknowledged.
 */
#include <asm/unistd.h>

#include "reflect.h"
#include "um/bug.h"
#include "um/os.h"
#include "um/os_event.h"
#include "um/os_reflect.h"
#include "um/os_tty.h"

#include "sysdep/layer.h"

#define TOKEN_FAILED (1ULL << 63)	/* slot << 32 | operation, or this */
#define TOKEN_EVERY 64			/* operations, at the most */

int ack_fds[2];
static unsigned outstanding;

int rings_init(void)
{
	return os_ack_pipe(ack_fds);
}

unsigned acks_outstanding(void)
{
	return outstanding;
}

static void ack_one(u64 token)
{
	struct space *space = space_of_slot((unsigned)(token >> 32 & 0x7fffffff));

	if (!space)
		return;
	if (token & TOKEN_FAILED) {
		if (!space->failed)
			space->failed_after = space->acked;
		space->failed = true;
		return;
	}
	outstanding -= outstanding != 0;
	space->acked = (u32)token;
}

void acks_read(void)
{
	u64 tokens[64];
	ssize_t n;

	do {
		n = os_read(ack_fds[0], tokens, sizeof(tokens));
		for (ssize_t i = 0; i < n / (ssize_t)sizeof(tokens[0]); i++)
			ack_one(tokens[i]);
	} while (n == sizeof(tokens));
}

void ring_wake(struct space *space)
{
	os_futex_wake(&space->ring->posted);
}

/* Lets the mapper have this CPU: a yield does, unless the host counts it to another group of
 * processes than K; then K sleeps, for a millisecond at most. */
static void let_mapper_run(unsigned turns)
{
	const unsigned yields = 1000;

	if (turns < yields)
		os_yield_cpu();
	else
		os_poll_fd(ack_fds[0], OS_EV_IN, 1);
}

/* Waits for the mapper, on whichever CPU it is to run. */
static bool wait_for(struct space *space, u32 op)
{
	for (unsigned turns = 0; (s32)(space->acked - op) < 0 && !space->dead; turns++) {
		acks_read();
		if ((s32)(space->acked - op) >= 0)
			break;
		if (turns % 64 == 0)
			ring_wake(space);
		if (turns > 100)
			let_mapper_run(turns);
		if (turns % 4096 == 4095)
			spaces_reap();	/* its guest can have it killed */
	}
	return !space->dead;
}

void ring_token(struct space *space)
{
	struct ring_op op = { .nr = __NR_write, .arg = { SPACE_FD_ACK, 0, sizeof(u64) } };
	size_t place = offsetof(struct ring, op) + (space->posted % RING_OPS) * sizeof(op) +
		       offsetof(struct ring_op, extra);

	if (space->token == space->posted)
		return;
	op.arg[1] = layer_addr + LAYER_RING_OFFSET + place;
	op.extra = (u64)space->slot << 32 | (u32)(space->posted + 1);
	ring_put(space, &op);
	space->token = space->posted;
	outstanding++;
}

void ring_reserve(struct space *space, unsigned nr)
{
	if (space->posted - space->token >= TOKEN_EVERY)
		ring_token(space);
	/* One place more is kept for a token. */
	if (space->posted + nr + 1 - space->acked <= RING_OPS)
		return;
	ring_token(space);
	wait_for(space, space->posted + nr + 1 - RING_OPS / 2);
}

void ring_put(struct space *space, const struct ring_op *op)
{
	space->ring->op[space->posted % RING_OPS] = *op;
	space->posted++;
	__atomic_store_n(&space->ring->posted, space->posted, __ATOMIC_SEQ_CST);
}

void ring_post(struct space *space, u32 nr, const unsigned long *args, unsigned nr_args)
{
	struct ring_op op = { .nr = nr };

	for (unsigned i = 0; i < nr_args; i++)
		op.arg[i] = args[i];
	ring_reserve(space, 1);
	ring_put(space, &op);
}

bool ring_settle(struct space *space)
{
	ring_token(space);
	return wait_for(space, space->posted);
}
