/* x86_64: the calls that only this CPU has. */
#define UM_ARCH_ROWS
#include <asm/prctl.h>

#include "um/rewrite.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#include "sysdep/syscalls.h"

SYSCALL_DEFINE2(arch_prctl, A_ARCHPRCTL, int, option, A_HEX, uaddr_t, addr)
{
	/* The host thread's registers are changed with all the others. */
	task_full_regs(current);
	switch (option) {
	case ARCH_SET_FS:
		return arch_set_tls(current, addr);
	case ARCH_SET_GS:
		if (addr >= ARCH_TASK_SIZE)
			return -EPERM;
		/* Trampolines find their channel by gs, as long as it is not the guest's. */
		if (addr)
			rewrite_traced(current->mm, true);
		UPT_SET(&current->regs, HOST_GS_BASE, addr);
		return 0;
	case ARCH_GET_FS:
		return put_user(UPT_REG(&current->regs, HOST_FS_BASE), addr);
	case ARCH_GET_GS:
		return put_user(UPT_REG(&current->regs, HOST_GS_BASE), addr);
	}
	return -EINVAL;
}
