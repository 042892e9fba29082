/* Level 9, threads: the order of clone's arguments, and the TLS pointer. */
#include <linux/sched.h>

#include "check.h"
#include "host.h"
#include "kernel_stub.h"
#include "um/ptrace_host.h"

#ifdef TLS_ENTRIES
#include "sysdep/tls.h"
#endif

/* clone(2) says where the child writes its tid: which of the last two arguments does it heed? */
static void check_clone(void)
{
	int fourth = host_clone_writes(3), fifth = host_clone_writes(4);

	check("ARCH_CLONE_TLS_LAST", "child_tid is the fourth argument of clone, or the fifth",
	      fourth != fifth && fourth == (ARCH_CLONE_TLS_LAST != 0));
}

/* --- a child whose thread pointer is set */

static unsigned long *area;	/* shared: each word holds its own address, as some ABIs want */
static void *volatile *found;
enum { AREA = 1024 };

static int teller(void *arg)
{
	(void)arg;
	host_stop_here();
	*found = PT_THREAD_POINTER;
	host_stop_quietly();
}

/* clone's tls argument for a thread pointer: itself, or a descriptor's address. */
static unsigned long tls_argument(const struct task *task, unsigned long wanted)
{
#ifdef TLS_ENTRIES
	struct tls_desc *desc = (struct tls_desc *)area;

	*desc = (struct tls_desc){ .entry = task->regs.gp[HOST_GS] >> 3, .base = wanted,
				   .limit = 0xfffff, .flags = TLS_32BIT | TLS_PAGES | TLS_USEABLE };
	return (unsigned long)desc;
#else
	(void)task;
	return wanted;
#endif
}

static void check_tls(void)
{
	unsigned long wanted = (unsigned long)&area[AREA / 2];
	struct uml_pt_regs before;
	int pid = host_child(teller, NULL);
	struct task *task = stub_task(pid);

	host_run_to_stop(pid);
	stub_load(task);
	before = task->regs;
	if (arch_set_tls(task, tls_argument(task, wanted)) ||
	    !memcmp(before.gp, task->regs.gp, sizeof(before.gp))) {
		skip("arch_set_tls", "the thread pointer",
		     "not an address in a register: the guest will show");
	} else if (check("arch_set_tls", "the host takes it", stub_store(task))) {
		host_run_to_stop(pid);
		check_same("arch_set_tls", "the thread pointer", (unsigned long)*found, wanted);
	}
	host_end(pid);
}

int main(void)
{
	area = host_shared(AREA * sizeof(long));
	found = host_shared(sizeof(*found));
	for (int i = 0; i < AREA; i++)
		area[i] = (unsigned long)&area[i];
	check_clone();
	trying("arch_set_tls");
	check_tls();
	return checks_done();
}
