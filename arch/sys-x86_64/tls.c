/* x86_64: fs is the TLS register; gs is the guest's if it wants it, else leads trampolines to the
 * channel. */
#include "um/arch.h"
#include "um/layer_regs.h"
#include "um/sched.h"

int arch_set_tls(struct task *task, unsigned long tls)
{
	if (tls >= ARCH_TASK_SIZE)
		return -EPERM;
	UPT_SET(&task->regs, HOST_FS_BASE, tls);
	return 0;
}

void arch_get_tls(const struct uml_pt_regs *regs, unsigned long channel,
		  u64 tls[LAYER_TLS_WORDS])
{
	tls[0] = regs->gp[HOST_FS_BASE];
	tls[1] = regs->gp[HOST_GS_BASE] ? regs->gp[HOST_GS_BASE] : channel;
}
