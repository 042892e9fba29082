/*
 * What K and the layer share: the layer's place in a space, and the memory in which they talk.
 * Included by kernel code, by the layer's freestanding code and by the port's assembly.
 *
 * From the layer's base address, the same in all spaces of one run:
 *
 *	text		r-x	layer/ and the port's entry code
 *	shared		r--	one page of K's for all spaces
 *	ring		r--	this space's requests to its mapper, and its flags
 *	common		rw-	what the mapper says to this space's threads
 *	host vdso	r-x	the host's own clock functions
 *	channels	rw-	one for each thread
 *
 * Guest code can read all of it, and write its channels and the common page: nothing in those
 * binds K (Documentation/gate.md says what each lie can do: nothing but harm the liar).
 */
#ifndef UM_LAYER_H
#define UM_LAYER_H

/* All multiples of 64 KiB, the largest page size of any port. */
#define LAYER_TEXT_ROOM 0x10000
#define LAYER_SHARED_OFFSET 0x10000
#define LAYER_RING_OFFSET 0x20000
#define LAYER_COMMON_OFFSET 0x30000
#define LAYER_VDSO_OFFSET 0x40000
#define LAYER_VDSO_ROOM 0x20000
#define LAYER_CHANNELS_OFFSET 0x60000

/* A channel: its head, then the stack of calls that wait, then, up to its end, the signal stack
 * with the frame.  Aligned to its size, so that a stack pointer in it finds it. */
#define CHANNEL_SIZE 0x10000
#define CHANNEL_CALL_STACK 0x1000	/* the top of the calls' stack, in the head's page */
#define CHANNEL_FIRST_FRAME 0x3000	/* where K puts the frame of a thread's first return */
#define CHANNEL_SOFT_FP 0x4000		/* floating-point state of a soft trap, aligned to 64 */
#define CHANNEL_SIGNAL_STACK 0x8000	/* the bottom of the signal stack */

/* channel.state.  The thread makes CALL and TRAP, and sleeps in the ASLEEP ones; K makes the
 * others. */
#define CH_RUN 0		/* guest code runs */
#define CH_CALL 1		/* a trampoline's call waits for its answer */
#define CH_CALL_PARK 2		/* ... and is told to sleep, since it will take long */
#define CH_CALL_ASLEEP 3	/* ... and sleeps */
#define CH_CALL_DONE 4		/* answered: channel.word is the result */
#define CH_CALL_MAP 5		/* answered; memory up to channel.map_seq must be in place first */
#define CH_CALL_FULL 6		/* K needs all registers: make a soft trap of it */
#define CH_CALL_HARD 7		/* ... a real one, also out of a soft trap */
#define CH_TRAP 8		/* a signal frame waits */
#define CH_TRAP_PARK 9
#define CH_TRAP_ASLEEP 10
#define CH_TRAP_GO 11		/* do what channel.go asks, then return to the frame */
/* A soft trap: the layer has saved all registers itself, and loads channel.soft at CH_TRAP_GO.
 * Answered as a call, it is none. */
#define CH_SOFT 12
#define CH_SOFT_PARK 13
#define CH_SOFT_ASLEEP 14

/* channel.go: what the thread does at CH_TRAP_GO before it returns */
#define GO_AFTER_MAP 1		/* wait for map_seq */
#define GO_WITH_TLS 2		/* set the TLS registers to channel.tls */

/* Offsets for assembly; struct channel is checked against them (kernel/gate/reflect_zygote.c). */
#define CHO_STATE 0
#define CHO_NR 4
#define CHO_WORD 8
#define CHO_ARG 16
#define CHO_SELF 64
#define CHO_SAVE 72
#define CHO_TLS 216
#define CHO_FRAME 240
#define CHO_VALUES 256
#define CHO_SOFT 320

/* Requests: operations of 64 bytes behind a header of 2 KiB. */
#define RING_OPS 256		/* a power of two */
#define RINGO_POSTED 0
#define RINGO_TOKEN 8
#define RINGO_QUICK 64
#define RINGO_FIRST 2048
#define RING_SIZE (RINGO_FIRST + RING_OPS * 64)
#define QUICK_CALLS 512
#define RING_FATAL 0x80000000	/* op.skip: the mapper's process ends if this one fails */
#define COMMONO_DONE 0
#define COMMONO_WAITERS 4
#define COMMONO_RESULTS 2048	/* each operation's, as u64 */

#define SHAREDO_SLEEPING 0
#define SHAREDO_FP_MASK 16
#define SHAREDO_FILTER 24	/* guest threads' struct sock_fprog */

/* The descriptors of every space. */
#define SPACE_FD_PHYSMEM 3
#define SPACE_FD_CHANNELS 4
#define SPACE_FD_RINGS 5
#define SPACE_FD_DOORBELL 6
#define SPACE_FD_ACK 7

/* What a space and a thread of it are cloned with (clone(2)): a child of K's like the zygote, and
 * one that shares all. */
#define LAYER_CLONE_SPACE 0x00008000UL	/* CLONE_PARENT */
#define LAYER_CLONE_THREAD 0x00150f00UL	/* CLONE_VM FS FILES SIGHAND THREAD SYSVSEM PARENT_SETTID */

/* What a call's value may be in the layer: index 0 says that K answers. */
#define VALUE_PID 1
#define VALUE_PPID 2
#define VALUE_TID 3
#define VALUE_UID 4
#define VALUE_EUID 5
#define VALUE_GID 6
#define VALUE_EGID 7
#define NR_VALUES 8
/* ... or, in ring.quick like the values: it is posted with all registers, as a soft trap. */
#define QUICK_ALL 0xff

/* How much TLS registers may take, in words of 64 bits. */
#define LAYER_TLS_WORDS 3

#ifndef __ASSEMBLER__
#include "um/types.h"

struct channel {
	u32 state;
	u32 nr;
	u64 word;		/* CALL: the address it returns to; DONE: the result */
	u64 arg[6];
	u64 self;		/* this channel's address in the space */
	u64 save[16];		/* the port's: registers of a call that waits */
	u32 sig;		/* TRAP: the signal */
	u32 map_seq;
	u32 go;			/* TRAP_GO: GO_* */
	u32 tid;		/* the host's, by CLONE_PARENT_SETTID */
	u64 tls[LAYER_TLS_WORDS]; /* the port's TLS registers, for GO_WITH_TLS */
	u64 frame;		/* TRAP: where the frame is, for K's first look at boot */
	u64 room[1];
	u64 value[NR_VALUES];
	u64 soft[18];		/* the port's: the registers that a soft trap ends with */
};

struct ring_op {
	u32 nr;
	u32 skip;		/* operations that only a new process is to run */
	u64 arg[6];
	u64 extra;		/* the stack pointer, or data for arg to point at */
};

struct ring {
	u32 posted;		/* operations so far; the mapper's futex */
	u32 pad;
	u64 token;		/* what the mapper writes to K when an operation failed */
	u8 head[RINGO_QUICK - 16];
	u8 quick[QUICK_CALLS];	/* system call number -> VALUE_*, QUICK_ALL, or 0 */
	u8 room[RINGO_FIRST - RINGO_QUICK - QUICK_CALLS];
	struct ring_op op[RING_OPS];
};

struct layer_common {
	u32 done;		/* operations done */
	u32 waiters;		/* somebody sleeps until it changes; a futex */
	u8 room[COMMONO_RESULTS - 8];
	u64 result[RING_OPS];
};

struct layer_shared {
	u32 sleeping;		/* K waits for the doorbell */
	u32 spin;		/* how long a thread looks for K's answer before it sleeps, in the
				   port's ticks; 0: it sleeps at once */
	u64 doorbell_value;	/* what is written to the doorbell: 1 */
	u64 fp_mask;		/* the port's: what of the FPU a soft
				   trap saves; 0: no soft traps */
};

/* The layer's text, as linked into um; copied to where spaces map it. */
extern const char __start_layer_text[] __attribute__((visibility("hidden")));
extern const char __stop_layer_text[] __attribute__((visibility("hidden")));
/* Entries in it, the port's: */
extern const char layer_handler[];	/* host signals */
extern const char layer_restorer[];	/* sigreturn */
extern const char layer_call[];		/* stubs jump here; only with LAYER_CALLS */
extern const char layer_mapper[];	/* a mapper's loop */
extern const char layer_first_trap[];	/* a new thread's first instruction: traps */
extern const char layer_parked[];	/* where a sleeping thread's system call returns to */
#endif

#endif
