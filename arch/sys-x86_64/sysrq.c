/* x86_64: prints a task's user registers. */
#include "um/arch.h"
#include "um/printk.h"

void show_regs(struct pt_regs *regs)
{
	struct uml_pt_regs *r = &regs->regs;

	pr_err("RIP: %04lx:%016lx RSP: %04lx:%016lx EFLAGS: %08lx\n", UPT_REG(r, HOST_CS),
	       UPT_IP(r), UPT_REG(r, HOST_SS), UPT_SP(r), UPT_REG(r, HOST_EFLAGS));
	pr_err("RAX: %016lx RBX: %016lx RCX: %016lx\n", UPT_REG(r, HOST_AX), UPT_REG(r, HOST_BX),
	       UPT_REG(r, HOST_CX));
	pr_err("RDX: %016lx RSI: %016lx RDI: %016lx\n", UPT_REG(r, HOST_DX), UPT_REG(r, HOST_SI),
	       UPT_REG(r, HOST_DI));
	pr_err("RBP: %016lx R08: %016lx R09: %016lx\n", UPT_REG(r, HOST_BP), UPT_REG(r, HOST_R8),
	       UPT_REG(r, HOST_R9));
	pr_err("R10: %016lx R11: %016lx R12: %016lx\n", UPT_REG(r, HOST_R10), UPT_REG(r, HOST_R11),
	       UPT_REG(r, HOST_R12));
	pr_err("R13: %016lx R14: %016lx R15: %016lx\n", UPT_REG(r, HOST_R13), UPT_REG(r, HOST_R14),
	       UPT_REG(r, HOST_R15));
	pr_err("FS:  %016lx GS:  %016lx call: %ld\n", UPT_REG(r, HOST_FS_BASE),
	       UPT_REG(r, HOST_GS_BASE), r->syscall);
}
