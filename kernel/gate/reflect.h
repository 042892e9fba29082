/* What the reflect gate's files share. */
#ifndef KERNEL_GATE_REFLECT_H
#define KERNEL_GATE_REFLECT_H

#include "um/gate.h"
#include "um/layer.h"

/* In one space: there is room for their channels between ARCH_TASK_SIZE and the host's end. */
#define SPACE_THREADS_MAX (sizeof(long) > 4 ? 16384U : 512U)

/* Where a guest's host thread is, as far as K has seen. */
enum thread_at {
	TH_STARTING,	/* made, or told to trap: has not yet reported */
	TH_TRAPPED,	/* waits with a frame in its channel: all registers can be had */
	TH_CALLING,	/* waits in a trampoline's call: number
			   and arguments are all that is known */
	TH_RUNNING,	/* guest code */
};

struct gate_thread {
	int tid;			/* the host's; 0: not yet known */
	struct space *space;
	struct task *task;		/* NULL: spare */
	struct list_head node;		/* on space->threads */
	struct list_head run_node;	/* on running_threads, while K waits for its event */
	unsigned index;			/* its channel's place in the space */
	unsigned slot;			/* its channel */
	struct channel *ch;		/* K's mapping; the guest can write it */
	enum thread_at at;
	bool dead;			/* its process is gone */
	bool soft;			/* TRAPPED: by the layer's own doing,
					   there is no signal frame */
	bool all_posted;		/* CALLING: all registers are in the channel already */
	bool softened;			/* RUNNING: it went on from a soft
					   trap, and has made no call since */
	long result;			/* RUNNING: of the last call */
	bool stepping;			/* by the trap flag, which its next trap clears */
	bool interrupted;		/* the interrupt signal is on its way */
	bool tls_known;			/* tls is what the host has */
	bool roaming;			/* may use K's CPU: it computes */
	unsigned events;		/* since the last tick */
	u64 tls[LAYER_TLS_WORDS];
	u64 time_base;
	u64 runs;			/* how often it had run when it was last seen asleep */
	unsigned defied;		/* ticks for which it has not done what it must */
	u64 defied_cpu;			/* the host's CPU time it had used when that began */
	void *fp;			/* STARTING: the FP state it is to have, or NULL */
};

enum space_state { SP_STARTING, SP_POOLED, SP_USED, SP_EMPTYING, SP_DYING };

struct space {
	int pid;			/* the host's; 0: not yet known */
	u32 clone_op;			/* in the zygote's ring */
	enum space_state state;
	unsigned slot;			/* its ring */
	struct ring *ring;		/* K's mapping */
	struct layer_common *common;	/* the guest can write it */
	u32 posted;			/* operations given to the mapper */
	u32 acked;			/* done by the host's word: an acknowledgement said so */
	u32 token;			/* the last acknowledgement asked for */
	bool known_calls;		/* the layer answers some calls */
	bool failed;			/* an operation failed; what is mapped is not known */
	u32 failed_after;		/* the last one known to be done before it did */
	bool dead;
	struct list_head threads;
	unsigned nr_threads, nr_spare, next_index;
	struct list_head node;		/* on the pool, or the list of those that become empty */
	struct list_head all_node;
	void (*empty)(void *arg);	/* EMPTYING, DYING: called when
					   nothing is mapped any more */
	void *empty_arg;
	u64 empty_since;
};

/* --- reflect_slot.c: rings and channels, by number */
struct slots;
extern struct slots ring_slots, channel_slots;
int slots_init(void);
int slot_alloc(struct slots *slots);		/* -EAGAIN: none left */
unsigned slots_used(const struct slots *slots);
void slot_free(struct slots *slots, unsigned slot);	/* nobody maps it any more;
							   it reads as zero */
void *slot_memory(struct slots *slots, unsigned slot);	/* K's mapping; NULL: the host gives none */
u64 slot_offset(const struct slots *slots, unsigned slot);	/* in the memfd */
int slots_fd(const struct slots *slots);
size_t ring_room(void);				/* of a ring slot: the ring, then the common page */

/* --- reflect_ring.c: operations and acknowledgements */
extern int ack_fds[2];
int rings_init(void);
/* Hands one operation to the mapper, in order.  May wait for room. */
void ring_post(struct space *space, u32 nr, const unsigned long *args, unsigned nr_args);
/* Several that belong together: room for all, then each. */
void ring_reserve(struct space *space, unsigned nr);
void ring_put(struct space *space, const struct ring_op *op);
void ring_token(struct space *space);		/* asks for an acknowledgement of all so far */
void ring_wake(struct space *space);		/* the mapper runs now */
void acks_read(void);				/* those that have come */
/* Waits until all that is posted has been done.  False: the space is dead. */
bool ring_settle(struct space *space);
unsigned acks_outstanding(void);

/* --- reflect_zygote.c */
int reflect_spaces_init(int home_cpu);	/* K's CPU, for the zygote to begin on; -1: any */

/* --- reflect_space.c */
extern struct space zygote;			/* its ring is where clones are asked for */
int space_memory(struct space *space);		/* its ring; 0 or -errno */
struct space *space_start(void);		/* asked for, on its way to the pool; ERR_PTR */
struct space *wait_for_start(struct space *space);	/* ERR_PTR */
struct gate_thread *first_thread(struct space *space);
void spaces_note_child(int sig);		/* SIGCHLD */
extern unsigned long layer_addr;
extern size_t frame_offset;			/* of the frame in a channel */
extern struct layer_shared *layer_shared;
void reflect_counters(struct counter_list *list);
void reflect_spaces_shutdown(void);
struct space *reflect_space_get(void);
void reflect_space_put(struct space *space, void (*empty)(void *arg), void *arg);
int reflect_space_batch(struct space *space, const struct space_op *ops, unsigned nr);
bool reflect_reclaim(void);
void space_lost(struct space *space);		/* its process ended, or must */
void spaces_tend(bool idle);			/* the pool, the emptying ones, ended processes */
void spaces_reap(void);				/* those whose process has ended are lost */
struct space *space_of_slot(unsigned slot);
struct gate_thread *space_take_thread(struct space *space);
void space_give_thread(struct gate_thread *thread);

/* --- reflect_cpu.c */
int placement_init(void);			/* K's CPU, which guests leave to
						   it; -1: there is one CPU */
void placement_start(void);			/* once layer_shared is there */
bool placement_spins(unsigned nr_running);	/* is it worth while to look before sleeping? */
u64 placement_spin_ns(unsigned nr_running);
void placement_spun(bool found, unsigned nr_running);
void placement_slept(u64 ns, unsigned nr_running);	/* K slept so long */
void placement_tick(struct gate_thread *thread, unsigned nr_running);

/* --- reflect_known.c */
void known_values_set(struct gate_thread *thread);	/* what the layer answers for its task */
void known_calls_on(struct space *space);
void known_calls_off(struct space *space);		/* all calls come to K */
/* Whether the task's call, which its thread has posted, needed all registers: the next one of its
 * kind in this space is then posted with them, or without. */
void known_call_needs(struct gate_thread *thread, bool all);

/* --- probe.c */
const char *reflect_gate_probe(void);

/* --- reflect.c */
void reflect_watch_doorbell(int fd);
void running_del(struct gate_thread *thread);		/* K no longer waits for its event */

/* --- reflect_event.c */
bool look_at(struct gate_thread *thread);	/* true: its event has come, and is in its task */

/* --- reflect_thread.c */
struct gate_thread *thread_spawn(struct space *space);	/* NULL: no channel left */
/* The same, and waits until the host has made it.  NULL: no channel left, or the host refuses. */
struct gate_thread *thread_spawn_settled(struct space *space);
void thread_forget(struct gate_thread *thread);
bool thread_reported(struct gate_thread *thread);	/* STARTING: has it?  Then it is TRAPPED */
void thread_park(struct gate_thread *thread);		/* it sleeps while it waits */
void thread_harden(struct gate_thread *thread);		/* a soft trap becomes a real one */
/* Is it asleep by the host's word, where it should be; how often it has run, or 0. */
bool thread_asleep(struct gate_thread *thread, u64 *runs);
void thread_restart(struct gate_thread *thread);	/* asleep, of an empty
							   space: as a new one */
void *thread_frame(struct gate_thread *thread);
uaddr_t channel_addr(const struct gate_thread *thread);
int thread_tid(struct gate_thread *thread);		/* 0: not known yet */
/* TRAPPED: the frame gets the registers, and the thread goes on. */
void thread_go(struct gate_thread *thread, const struct uml_pt_regs *regs);
void thread_answer_call(struct gate_thread *thread, u32 state);
int thread_fp_get(struct gate_thread *thread, void *buf, size_t size);
int thread_fp_set(struct gate_thread *thread, const void *buf, size_t size);
void thread_fp_copy(struct gate_thread *to, struct gate_thread *from);	/* from: TRAPPED */
void thread_fp_reset(struct gate_thread *thread);

#endif
