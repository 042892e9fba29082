/*
 * The host side of the reflect gate: the zygote, futexes, signals to guest threads, and what the
 * host says about them.  os/reflect.c, os/space_filter.c, os/guest_signals.c, os/guest_thread.c
 */
#ifndef UM_OS_REFLECT_H
#define UM_OS_REFLECT_H

#include "um/types.h"

/* The signal that brings a running guest thread back to K. */
#define OS_INTERRUPT_SIGNAL 12	/* SIGUSR2 on all of Linux's CPUs but mips and alpha */

struct os_reflect_zygote {
	unsigned long layer_addr;	/* where the layer is, um/layer.h */
	size_t reserved;		/* bytes there, by os_range_reserve */
	size_t text_size;		/* of the layer's text, in bytes */
	int text_fd, shared_fd;
	int fd[8];			/* by SPACE_FD_*: what spaces have open */
	u64 ring_offset, common_offset;	/* the zygote's own, in SPACE_FD_RINGS */
	size_t ring_size, common_size;
	int home_cpu;			/* K's, which guest threads leave to it; -1: it has none */
	unsigned long vdso_room;	/* bytes at LAYER_VDSO_OFFSET; 0:
					   the host's vDSO is not kept */
};

/* A child that runs the mapper's loop, under its filter; it ends with K.  Its pid or -errno. */
int os_reflect_zygote_start(const struct os_reflect_zygote *zygote);

/* The filter that each guest thread installs, as a struct sock_fprog and its code, to be read at
 * `addr` in the space.  Bytes written, or -ENOSPC. */
ssize_t os_thread_filter(void *to, size_t room, unsigned long addr, unsigned long text,
			 size_t text_size);

/* Sets this process's handler of all signals that guest threads take.  It runs on the signal stack
 * with all other signals blocked, for K knows of one frame there.  `restorer` calls rt_sigreturn;
 * not used on CPUs where the host has no place for it.  0 or -errno. */
int os_guest_handlers(unsigned long handler, unsigned long restorer);
/* The signals that guest threads have unblocked, complemented: a host sigset's first word(s). */
u64 os_guest_sigmask(void);

int os_futex_wake(const u32 *word);		/* one sleeper, in any process */
int os_interrupt_thread(int pid, int tid);
/* Is the thread asleep in futex(word) with this stack pointer, its call returning to ip?  Only
 * the host's word counts here.  False also when the host does not tell. */
bool os_thread_sleeps(int pid, int tid, unsigned long word, unsigned long sp, unsigned long ip);
/* How often the thread has been given a CPU; 0: the host does not tell. */
u64 os_thread_runs(int pid, int tid);
/* Has it a CPU, or waits for one?  False: it sleeps, or is gone. */
bool os_thread_runnable(int pid, int tid);
bool os_thread_exists(int pid, int tid);
int os_reap(int pid);			/* 1: it has ended and is reaped, 0: not yet, -errno */
void os_reap_wait(int pid);		/* waits for the end of a process that has been killed */
int os_reap_any(void);			/* reaps some child that has ended: its pid; 0: none */
/* Guest threads run on all CPUs that um may use, or on those but `but`. */
int os_other_cpu(int cpu);		/* some other that um may use;
					   cpu itself if there is none */
int os_set_cpus_but(int tid, int but);
int os_eventfd(void);			/* close-on-exec, non-blocking */
int os_ack_pipe(int fds[2]);		/* reading does not block */
void os_yield_cpu(void);
bool os_wait_events(void);			/* sleeps until os_event_fd() is readable */
/* The smallest signal stack the host accepts for its frames, in bytes. */
size_t os_min_signal_stack(void);
/* How many layer_ticks() a microsecond has. */
u32 os_layer_ticks_per_us(void);

#endif
