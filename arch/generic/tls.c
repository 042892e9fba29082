/* The TLS pointer, for CPUs that keep it in one register of the task's, UPT_TLS. */
#include "um/arch.h"
#include "um/layer_regs.h"
#include "um/sched.h"

int arch_set_tls(struct task *task, unsigned long tls)
{
	UPT_TLS(&task->regs) = tls;
	return 0;
}

void arch_get_tls(const struct uml_pt_regs *regs, unsigned long channel __maybe_unused,
		  u64 tls[LAYER_TLS_WORDS])
{
	struct uml_pt_regs copy = *regs;

	tls[0] = UPT_TLS(&copy);
}

void arch_note_tls(struct uml_pt_regs *regs, const u64 tls[LAYER_TLS_WORDS])
{
	UPT_TLS(regs) = (unsigned long)tls[0];
}
