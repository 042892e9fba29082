/*
 * The layer's ways in, where no C code can be: signals, the mapper.
 *
 * A guest can jump to any instruction here, with any registers.  The system calls that it can
 * make so are those its filter allows (os/space_filter.c): harmless ones.
 *
 * The text runs at another address than it is linked at: position-independent, nothing by pages, no
 * data but what is found from a register.  Offsets are um/layer.h's.  A CPU with weak memory order
 * needs acquire where CHO_STATE, RINGO_POSTED are read, and release where COMMONO_DONE is written.
 */
#include <asm/unistd.h>

#include "um/layer.h"

#define SECCOMP_SET_MODE_FILTER 1	/* <linux/seccomp.h>, which is not for assembly */

	.section layer_text, "ax", %progbits
	.globl layer_handler, layer_restorer, layer_parked, layer_first_trap, layer_mapper
	.hidden layer_trap, layer_go

/*
 * A host signal, on the channel's signal stack, all others blocked.  The stack pointer is at the
 * frame, the signal's number where the ABI has the first argument.  The channel begins where the
 * stack pointer is rounded down to CHANNEL_SIZE.
 *
 *	channel[CHO_FRAME] = stack pointer, as 64 bits
 *	LAYER_TLS_CHANGES: channel[CHO_TLS] = the TLS register, as 64 bits
 *	if (layer_trap(signal, channel) == 0)
 *		do futex(channel + CHO_STATE, FUTEX_WAIT, CH_TRAP_ASLEEP, NULL)
 *	layer_parked:
 *		while (channel[CHO_STATE] == CH_TRAP_ASLEEP)
 *	layer_go(channel)
 *
 * and on to layer_restorer with the stack pointer where a handler leaves it (FRAME_SP_AT_SIGRETURN).
 * From layer_parked on only the stack pointer is used and what K wrote: K has seen by the host's
 * word that a thread of a recycled space sleeps there with that stack pointer.
 */
layer_handler:
	.error "not yet: layer_handler"
layer_parked:
	.error "not yet: layer_parked"

/* rt_sigreturn; and, right behind it, a new thread's first instruction, which must give SIGILL. */
layer_restorer:
	.error "not yet: layer_restorer"
layer_first_trap:
	.error "not yet: layer_first_trap"

/*
 * The mapper: does the ring's operations.  Two registers that a system call keeps hold the ring's
 * address and the number of the next operation (layer_enter_mapper, in sysdep/layer_syscall.h, loads
 * them); it has no stack, and writes no memory but the common page.
 *
 *	while (next != ring[RINGO_POSTED])
 *		op = ring + RINGO_FIRST + next % RING_OPS * 64: u32 nr, u32 skip, u64 arg[6], u64 extra
 *		stack pointer = extra
 *		r = the call, nr with arg 1 to 6
 *		next++
 *		if (r == 0)		no memory is touched here: after clone it is the parent's still
 *			if (arg 1, kept in a register, == LAYER_CLONE_THREAD)
 *				goto new_thread
 *			continue
 *		common[COMMONO_RESULTS + 8 * (next - 1) % RING_OPS] = r, as 64 bits
 *		if (r is an error)
 *			if (skip & RING_FATAL)
 *				exit_group(99)
 *			write(SPACE_FD_ACK, ring + RINGO_TOKEN, 8)
 *		next += skip % RING_OPS
 *	common[COMMONO_DONE] = next, and after a full barrier
 *	if (common[COMMONO_WAITERS])
 *		common[COMMONO_WAITERS] = 0
 *		futex(common + COMMONO_WAITERS, FUTEX_WAKE, INT_MAX)
 *	futex(ring + RINGO_POSTED, FUTEX_WAIT, next, NULL), and again
 *
 *	new_thread:			reads nothing of the ring: K may have put something else there
 *		if (seccomp(SECCOMP_SET_MODE_FILTER, 0, shared + SHAREDO_FILTER))
 *			exit_group(99)
 *		goto layer_restorer
 *
 * The common page is LAYER_COMMON_OFFSET - LAYER_RING_OFFSET from the ring, the shared one
 * LAYER_SHARED_OFFSET - LAYER_RING_OFFSET.
 */
layer_mapper:
	.error "not yet: layer_mapper"

	.section .note.GNU-stack, "", %progbits
