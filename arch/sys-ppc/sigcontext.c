/* ppc: between the registers and a frame's struct mcontext in K. */
#include "sysdep/sigcontext.h"

#include "um/frame.h"

void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc)
{
	unsigned long msr = regs->gp[PT_MSR];

	memcpy(regs->gp, sc->mc_gregs, sizeof(sc->mc_gregs));
	regs->gp[PT_MSR] = msr;
	regs->gp[PT_TRAP] = 0;
	regs->gp[HOST_SYSCALL] = -1UL;
	regs->syscall = -1;
}

/* The host takes the first argument of a trapped call for its result: one that looks like an error
 * has become a positive number, and one like ERESTARTNOINTR has the call made again. */
static void undo_result(unsigned long *gp)
{
	const unsigned long restart_no_intr = -513UL;

	if (gp[PT_ORIG_R3] == restart_no_intr)
		gp[PT_NIP] += UPT_SYSCALL_INSN_SIZE;
	gp[PT_R3] = gp[PT_ORIG_R3];
	gp[PT_CCR] &= ~CR0_SO;
}

void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall)
{
	regs->sc = NULL;
	memcpy(regs->gp, sc->mc_gregs, sizeof(sc->mc_gregs));
	if (regs->gp[PT_TRAP] == TRAP_SYSCALL)
		undo_result(regs->gp);
	regs->gp[PT_MSR] &= ~MSR_VEC;
	regs->gp[HOST_SYSCALL] = -1UL;
	regs->syscall = (long)syscall;
	regs->is_user = 1;
}

void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs)
{
	unsigned long has_vectors = sc->mc_gregs[PT_MSR] & MSR_VEC;

	memcpy(sc->mc_gregs, regs->gp, sizeof(sc->mc_gregs));
	sc->mc_gregs[PT_MSR] = (regs->gp[PT_MSR] & ~MSR_VEC) | has_vectors;
}
