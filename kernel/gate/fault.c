/* What a host's siginfo says of a fault, for hosts and CPUs that say it nowhere else: the address,
 * and never whether it was a write. */
#include "um/gate.h"
#include "um/ptrace_host.h"
#include "um/sched.h"

static enum fault_access fault_access(const struct task *task, const siginfo_t *info)
{
	unsigned long addr = (unsigned long)info->si_addr;

	if (addr == PT_IP(task->regs.gp))
		return FAULT_EXEC;
	/* The page can only be executed.  If it was a write, it comes again with another code. */
	if (info->si_code == SEGV_PKUERR)
		return FAULT_READ;
	return FAULT_UNKNOWN;
}

void gate_fault(struct task *task)
{
	struct gate_event *ev = &task->event;

	ev->type = EV_FAULT;
	ev->addr = (uaddr_t)ev->info.si_addr;
	ev->fixable = ev->info.si_code != SI_KERNEL;
	ev->access = fault_access(task, &ev->info);
}
