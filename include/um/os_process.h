/*
 * Host processes and ptrace(2), for the ptrace gate.  os/process.c, os/ptrace.c
 *
 * Every request comes from K's one thread, which is the tracer.  Thread ids are the host's.
 */
#ifndef UM_OS_PROCESS_H
#define UM_OS_PROCESS_H

#include "um/types.h"

/* How a resumed thread's system calls are stopped. */
enum os_resume {
	OS_CONT,	/* not at all (or by a seccomp filter) */
	OS_SYSCALL,	/* PTRACE_SYSCALL: at the next entry or exit */
	OS_SYSEMU,	/* PTRACE_SYSEMU: at entry, and not done */
	OS_STEP,	/* one instruction */
	OS_SYSEMU_STEP,	/* one instruction, calls as with OS_SYSEMU */
};

/* What the zygote maps and keeps open. */
struct os_zygote {
	int layer_fd;			/* the layer's text */
	unsigned long layer_addr;
	size_t reserved;		/* bytes at layer_addr, by os_range_reserve */
	size_t layer_size;
	int channel_fd;			/* becomes ZYGOTE_CHANNEL_FD; its
					   first page is the batch page */
	unsigned long channel_addr;
	size_t page_size;
	unsigned long vdso_addr;	/* where the host's vDSO is to be
					   moved (os_vdso.h); 0: nowhere */
	int physmem_fd;			/* becomes ZYGOTE_PHYSMEM_FD */
	bool trace_filter;		/* install the seccomp filter that answers RET_TRACE */
	bool native_personality;	/* ADDR_NO_RANDOMIZE off */
};
enum { ZYGOTE_PHYSMEM_FD = 3, ZYGOTE_CHANNEL_FD = 4 };

/* In a child that will lose this process's memory: the host kernel is not to write to it. */
void os_forget_libc_areas(void);
/* Starts a child that maps the layer, is traced by K with all options, dies with K, and stops.
 * Its pid or -errno. */
int os_zygote_start(const struct os_zygote *zygote);
/* Starts the bell: a traced child that shares K's descriptors, waits on epoll_fd, and stops
 * whenever it is readable; os_resume lets it wait again.  Its pid or -errno. */
int os_bell_start(int epoll_fd);

/* How a wait for a traced thread ended. */
struct os_stop {
	int tid;
	enum {
		STOP_NONE,		/* nothing to report (no blocking wanted) */
		STOP_SYSCALL,		/* PTRACE_SYSCALL or SYSEMU */
		STOP_SECCOMP,		/* the filter's RET_TRACE */
		STOP_SIGNAL,		/* about to be delivered: sig */
		STOP_EVENT_CLONE,	/* has made a new thread or process */
		STOP_GONE,		/* exited or killed: nothing left of it */
	} why;
	int sig;
};

/* Waits for tid (-1: any).  0 or -errno (-ECHILD). */
int os_wait_stop(int tid, bool block, struct os_stop *stop);
int os_resume(int tid, enum os_resume how);
int os_resume_signal(int tid, int sig);		/* delivers it */
int os_get_siginfo(int tid, void *info);	/* the UAPI's siginfo_t */
int os_new_child(int tid, int *child);		/* after STOP_EVENT_CLONE */
int os_getregs(int tid, unsigned long *gp);	/* the port's order: ptrace_getregs */
int os_setregs(int tid, const unsigned long *gp);
ssize_t os_getfp(int tid, void *buf, size_t size);	/* the port's PT_FP_REGSET; bytes */
int os_setfp(int tid, const void *buf, size_t size);
/* Words of struct user: registers and debug registers. */
int os_peekuser(int tid, unsigned long offset, unsigned long *word);
int os_pokeuser(int tid, unsigned long offset, unsigned long word);
int os_stop_thread(int tgid, int tid);		/* it will stop with SIGSTOP */
int os_kill_process(int pid);			/* SIGKILL */
/* Keeps a thread (0: K) on one CPU; cpu -1: lets it run on all that K was started with. */
int os_set_cpu(int tid, int cpu);
int os_current_cpu(void);
int os_thread_cpu_time(int tgid, int tid, u64 *ns);
int os_set_parent_death_kill(void);

/* Probes on throwaway children; each 0 or -errno, with *what set to what failed. */
int os_probe_ptrace(const char **what);			/* trace, stop, change a call's number */
int os_probe_sysemu(const char **what);			/* PTRACE_SYSEMU nullifies a call */
int os_probe_seccomp_trap(const char **what);		/* SIGSYS instead of a call */
int os_probe_exec_only(const char **what);		/* PROT_EXEC alone cannot be read */
int os_probe_seccomp_trace(const char **what);		/* one stop: number -1 and the result set */

#endif
