/* x86: what a signal frame says about a fault. */
#include "um/arch.h"
#include "um/sched.h"

/* Page-fault error code bits: Intel SDM vol. 3, 4.7; trap numbers: 6.3.1. */
enum { PF_PROTECTION = 1, PF_IS_WRITE = 2, PF_USER = 4, PF_INSTR = 16 };
enum { TRAP_DE = 0, TRAP_DB = 1, TRAP_BP = 3, TRAP_UD = 6, TRAP_GP = 13, TRAP_PF = 14 };

static void page_fault_info(const struct gate_event *ev, struct arch_thread *arch)
{
	arch->fault_trap = TRAP_PF;
	arch->fault_addr = ev->addr;
	arch->fault_err = PF_USER | (ev->info.si_code == SEGV_ACCERR ? PF_PROTECTION : 0) |
			  (ev->access == FAULT_WRITE ? PF_IS_WRITE : 0) |
			  (ev->access == FAULT_EXEC ? PF_INSTR : 0);
}

void arch_fault_info(struct task *task)
{
	const struct gate_event *ev = &task->event;
	struct arch_thread *arch = &task->arch;

	arch->fault_err = 0;
	arch->fault_addr = 0;
	switch (ev->info.si_signo) {
	case SIGSEGV:
	case SIGBUS:
		if (ev->fixable)
			page_fault_info(ev, arch);
		else
			arch->fault_trap = TRAP_GP;
		break;
	case SIGFPE:
		arch->fault_trap = TRAP_DE;
		break;
	case SIGILL:
		arch->fault_trap = TRAP_UD;
		break;
	case SIGTRAP:
		arch->fault_trap = ev->info.si_code == SI_KERNEL ? TRAP_BP : TRAP_DB;
		break;
	}
}
