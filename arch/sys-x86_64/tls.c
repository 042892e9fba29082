/* x86_64: fs is the TLS register; gs is the guest's if it wants it, else leads trampolines to the
 * channel. */
#include <asm/prctl.h>

#include "asm-um/xsave.h"
#include "um/arch.h"
#include "um/layer_regs.h"
#include "um/ptrace.h"
#include "um/ptrace_uapi.h"
#include "um/sched.h"
#include "um/uaccess.h"

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

static long tls_base(struct task *child, uaddr_t at, unsigned long option)
{
	switch (option) {
	case ARCH_GET_FS:
		return put_user(getreg(child, HOST_FS_BASE * sizeof(long)), at);
	case ARCH_GET_GS:
		return put_user(getreg(child, HOST_GS_BASE * sizeof(long)), at);
	case ARCH_SET_FS:
		return putreg(child, HOST_FS_BASE * sizeof(long), at) ? -EPERM : 0;
	case ARCH_SET_GS:
		return putreg(child, HOST_GS_BASE * sizeof(long), at) ? -EPERM : 0;
	}
	return -EINVAL;
}

long arch_own_request(struct task *child, long request, unsigned long addr, unsigned long data)
{
	return request == PTRACE_ARCH_PRCTL ? tls_base(child, addr, data) : -EIO;
}
